# SPDX-License-Identifier: GPL-3.0-or-later
"""What a voice feels: its course to z_e, and z_e to arousal, valence and emotions.

Shape letters: S segments, 10 a second; F frames; E = 7 emotions; D of z_e.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...audio.mel import LogMelStream
from ...errors import InputError, ModelError
from ...growing import GrowingRows
from ...runtime import Network, load_network
from ..content import DISENTANGLED_FOLDER
from ..prosody import Prosody
from .directions import EMOTIONS, NEUTRAL
from .emotion_table import EmotionTable
from .voice_frames import SEGMENT_FPS, VOICE_MEL, phone_change, voice_context, voice_frames

EMOTION_FILE: Final = "emotion.onnx"
"""In a folder that training wrote."""
_SHIPPED: Final = "disentangled_audio"

_SMOOTHING: Final = 1.0
"""Seconds, standard deviation: feelings last for phrases."""
_REACH: Final = 3
"""Standard deviations that are looked at."""
UNSURE, _SURE = 0.45, 0.95
"""Arousal or valence up to here is how people speak who feel nothing in particular (the model's card has how
many held-out people do), and from where it is shown as a whole."""
_LEAST_SPEECH: Final = 0.1
"""Share of the course that must be spoken for it to say anything."""


@dataclass(frozen=True)
class VoiceEmotion:
    """What is heard of a feeling in each segment; segment k is at second k / 10.

    Attributes:
        arousal: (S,) -1 (asleep) to 1 (frantic); 0 where nobody speaks.
        valence: (S,) -1 (awful) to 1 (wonderful); likewise.
        intensities: (S, E) in 0..1, of `EMOTIONS`.
    """

    arousal: NDArray[np.float32]
    valence: NDArray[np.float32]
    intensities: NDArray[np.float32]

    def at(self, times: NDArray[np.floating]) -> NDArray[np.float32]:
        """Intensities (F, E) at some seconds (F,)."""
        if not len(self.intensities):
            return np.zeros((len(times), len(EMOTIONS)), np.float32)
        heard = np.arange(len(self.intensities)) / SEGMENT_FPS
        columns = [np.interp(times, heard, column) for column in self.intensities.T]
        return np.stack(columns, axis=1).astype(np.float32)


def emotion_network(model: str, *, providers: Sequence[str] | None = None, threads: int = 1) -> Network:
    """The network that hears what a voice feels.

    Args:
        model: the name of the one that ships, or the folder or emotion.onnx that training wrote.
        providers: as for `load_network`.
        threads: likewise.

    Raises:
        InputError: no such model or provider.
        ModelError: the file is missing or damaged, or another network.
    """
    path = DISENTANGLED_FOLDER if model == _SHIPPED else Path(model)
    if path.is_dir():
        path /= EMOTION_FILE
    if path.suffix != ".onnx":
        raise InputError(
            f"No emotion network is called '{model}': expected disentangled_audio, or the folder or "
            "emotion.onnx that 'soliloquy train disentangled' wrote."
        )
    network = load_network(str(path), providers=providers, threads=threads)
    name, part = (network.metadata.get(key, "") for key in ("model", "part"))
    if (name, part) != ("disentangled_audio", "emotion"):
        raise ModelError(
            f"The network is '{f'{name} {part}'.strip() or '?'}', expected the emotion encoder of "
            "disentangled_audio: choose an emotion.onnx that 'soliloquy train disentangled' wrote."
        )
    return network


class VoiceMeter:
    """Takes the spectrum of a sound that comes in blocks of any sizes."""

    def __init__(self) -> None:
        self._stream = LogMelStream(VOICE_MEL)
        self._mel = GrowingRows()

    def push(self, block: NDArray[np.float32]) -> None:
        """Listen to the next samples (n,) at 16 kHz."""
        self._mel.append(self._stream.push(block))

    def course(self, prosody: Prosody, phones: NDArray[np.floating]) -> NDArray[np.float32]:
        """The course (S, 104) of the voice, at the end of the sound.

        Args:
            prosody: of the same sound.
            phones: (F, 40) posteriors of the speech encoder.
        """
        self._mel.append(self._stream.finish())
        frames = voice_frames(self._mel.rows().astype(np.float32, copy=False), prosody)
        return voice_context(frames, prosody, phone_change(phones))


def feel(network: Network, course: NDArray[np.float32]) -> VoiceEmotion:
    """What a voice feels.

    Args:
        network: from `emotion_network`.
        course: (S, 104) of the voice.
    """
    metadata = network.metadata
    table = EmotionTable.from_json(metadata["table"])
    means = np.array(json.loads(metadata["h_e"]), np.float32)
    variance = float(metadata["prior_variance"])
    (latents, _) = network.run(course=course)
    # One segment says little: the mean over seconds of what is spoken says who feels what.
    latents = _smoothed(latents, np.maximum(course[:, -1] - _LEAST_SPEECH, 0))
    spoken = np.clip((course[:, -1] - _LEAST_SPEECH) / _LEAST_SPEECH, 0, 1)
    arousal, valence = np.zeros(len(course), np.float32), np.zeros(len(course), np.float32)
    intensities = np.zeros((len(course), len(EMOTIONS)), np.float32)
    if table.has_grid:
        readout = np.array(json.loads(metadata["readout"]), np.float32)
        arousal, valence = np.clip(latents @ readout[:, :-1].T + readout[:, -1], -1, 1).T
        intensities = plane_intensities(arousal, valence)
    if table.names:
        # Acted emotions have names of their own, which tell more than two numbers.
        intensities = named_intensities(table.names, table.name_posterior(latents, means, variance))
    # Without any speech the latents are nothing, of which the readout would make a feeling.
    arousal, valence, *felt = (each * spoken for each in (arousal, valence, *intensities.T))
    return VoiceEmotion(arousal, valence, np.stack(felt, axis=1))


def plane_intensities(arousal: NDArray[np.floating], valence: NDArray[np.floating]) -> NDArray[np.float32]:
    """Intensities (S, E) of the emotions that lie in a direction of arousal and valence (S,) each.

    Happiness, anger and sadness have corners of the plane of their own; what is only aroused widens eyes and
    raises brows, as the beginning of surprise (Russell, "A circumplex model of affect", Journal of
    Personality and Social Psychology 39, 1980). Fear, disgust and contempt lie beside others there: two
    numbers cannot tell them apart, so a hand or a network of named emotions must.
    """
    up, down = (_beyond(sign * np.asarray(arousal, np.float32)) for sign in (1, -1))
    pleasant, unpleasant = (_beyond(sign * np.asarray(valence, np.float32)) for sign in (1, -1))
    result = np.zeros((len(up), len(EMOTIONS)), np.float32)
    valued = {
        "happiness": pleasant * (0.5 + 0.5 * up),
        "anger": unpleasant * up,
        "sadness": np.maximum(down * (0.25 + 0.75 * unpleasant), 0.6 * unpleasant * (1 - up))
        * (1 - pleasant),
        "surprise": 0.4 * up * (1 - np.maximum(pleasant, unpleasant)),
    }
    for name, value in valued.items():
        result[:, EMOTIONS.index(name)] = value
    return np.clip(result, 0, 1)


def named_intensities(names: Sequence[str], posterior: NDArray[np.floating]) -> NDArray[np.float32]:
    """Intensities (S, E) of acted emotions, from the posterior (S, N) of their N names.

    What is no likelier than by chance, or than that nothing is felt, is not shown: a voice that could be any
    of them would have a face of all.
    """
    count = len(names)
    least = np.full(len(posterior), 1 / count)
    if NEUTRAL in names:
        least = np.maximum(least, posterior[:, names.index(NEUTRAL)])
    shown = np.maximum(posterior - least[:, None], 0) * count / max(count - 1, 1)
    result = np.zeros((len(posterior), len(EMOTIONS)), np.float32)
    for name, column in zip(names, shown.T, strict=True):
        if name != NEUTRAL:
            result[:, EMOTIONS.index(name)] = column
    return result


def _beyond(value: NDArray[np.float32]) -> NDArray[np.float32]:
    """What of a coordinate is more than people show who feel nothing in particular, 0..1."""
    return np.clip((value - UNSURE) / (_SURE - UNSURE), 0, 1)


def _smoothed(values: NDArray[np.float32], weights: NDArray[np.floating]) -> NDArray[np.float32]:
    """Weighted means (S, D) over the seconds around each segment."""
    deviation = _SMOOTHING * SEGMENT_FPS
    reach = int(_REACH * deviation)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / deviation) ** 2)
    count = np.convolve(weights, kernel)[reach : reach + len(weights)]
    sums = [np.convolve(column * weights, kernel)[reach : reach + len(weights)] for column in values.T]
    mean = np.stack(sums, axis=1) / np.maximum(count, 1e-6)[:, None]
    return np.where(count[:, None] > 1e-6, mean, 0).astype(np.float32)
