# SPDX-License-Identifier: GPL-3.0-or-later
"""Speech of people nobody trained on, as recorded and edited in every way, and its latents.

Shape letters: T columns of what is heard, S segments of the voice's course, N segments that are probed, n
samples.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelError
from ..generate.content import CONTENT_FILE, content_rows
from ..generate.emotion.voice import EMOTION_FILE
from ..generate.emotion.voice_frames import SEGMENT_FPS
from ..generate.expression_inputs import INPUT_CHANNELS
from ..generate.speech import SPEECH_FPS, SpeechFeatures
from ..phones import PHONES
from ..runtime import Network, load_network
from ..training.augment import Augmented, Samples, coloured_noise
from ..training.disentangled.segments import spans_of
from ..training.disentangled.sequences import AudioSequence, LabelledClip, listened, read_clips
from ..training.emotion.edits import VoiceEdit, WorldVoice, deviating, edit_of
from .praat_edits import praat_edited

SETS: Final = ("librispeech", "speechocean", "kokoro")
"""Those with people whom nobody trains on; of the last, nobody is real."""
SYNTHETIC: Final = "kokoro/"
"""What names of clips with synthetic voices begin with."""

RECORDED: Final = "as recorded"
VOCODED: Final = "WORLD, no edit"
KNOWN: Final = "WORLD"
"""The edits of the training."""
WEAK, STRONG = 0.5, 1.4
STRENGTHS: Final = {KNOWN: 1.0, f"WORLD, {WEAK:g} times": WEAK, f"WORLD, {STRONG:g} times": STRONG}
OTHER_TOOL: Final = "Praat"
NOISY: Final = "WORLD, under noise of 10 dB"
CORNERS: Final = ((-1, -1), (-1, 1), (1, -1), (1, 1))
"""Signs of arousal and valence of the four classes."""
CORNER_NAMES: Final = ("calm, unpleasant", "calm, pleasant", "aroused, unpleasant", "aroused, pleasant")

UNEDITED: Final = 2
"""Clips that are heard as they were recorded only, for each that is edited."""
_FARTHEST_IN: Final = 0.6
"""Arousal and valence of an edit are at least this, at most 1, before its strength."""
_NOISE_DECIBELS: Final = 10.0
_SEGMENTS: Final = 16
"""Of each version of a clip."""


class LatentNetworks:
    """The exported encoders of a folder."""

    def __init__(self, folder: Path) -> None:
        """Load content.onnx and emotion.onnx.

        Raises:
            ModelError: a file is missing or another network.
        """
        self.content, self.emotion = (
            load_network(str(folder / name), providers=["cpu"]) for name in (CONTENT_FILE, EMOTION_FILE)
        )
        for network, part, name in (
            (self.content, "content", CONTENT_FILE),
            (self.emotion, "emotion", EMOTION_FILE),
        ):
            if network.metadata.get("part") != part:
                raise ModelError(
                    f"'{folder / name}' is '{network.metadata.get('model', '?')}', expected the {part} "
                    "encoder of disentangled_audio: choose a folder that 'soliloquy train disentangled' "
                    "wrote."
                )

    def content_rows(self, heard: NDArray[np.floating]) -> NDArray[np.float32]:
        """z_c (T, D) of what is heard (T, 142); row k is centred half a column before column k."""
        rows = heard.astype(np.float32)
        phones, articulation, embedding = np.split(rows, [len(PHONES), INPUT_CHANNELS["phones"]], axis=1)
        features = SpeechFeatures(phones, articulation, np.ones(len(rows), np.float32), embedding)
        return np.concatenate(list(content_rows([features], self.content)))

    def voice_rows(self, course: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """z_e and z_s (S, D) of the course (S, 104) of a voice."""
        z_e, z_s = self.emotion.run(course=course)
        return z_e, z_s


@dataclass(frozen=True)
class ProbedSegments:
    """Segments of all versions of all clips.

    Attributes:
        values: (N, D) of "z_c", "z_e", "z_s", and of what they are made of, "heard" and "course".
        viseme: (N,) number of what is said.
        person: (N,) who speaks.
        clip: (N,) names.
        version: (N,) how they were edited.
        feeling: (N, 2) arousal and valence of the edits.
    """

    values: dict[str, NDArray[np.floating]]
    viseme: NDArray[np.int64]
    person: NDArray[np.str_]
    clip: NDArray[np.str_]
    version: NDArray[np.str_]
    feeling: NDArray[np.float64]

    @property
    def corner(self) -> NDArray[np.int64]:
        """(N,) place among `CORNERS`."""
        signs = (self.feeling > 0).astype(np.int64)
        return 2 * signs[:, 0] + signs[:, 1]


def read_versions(
    data: Path, encoder: Network, clips: int, done: Callable[[int, int], None]
) -> list[AudioSequence]:
    """What is heard of clips as they were recorded, and of one in `UNEDITED` + 1 in all versions.

    Args:
        data: folder of the sets.
        encoder: the speech encoder.
        clips: of each set that are edited, at most.
        done: called with how many clips are done, and of how many.

    Raises:
        InputError: a folder is not a set.
    """
    read = read_clips(data, SETS, clips * (UNEDITED + 1), validation=True, seed=2)
    sequences: list[AudioSequence] = []
    for number, clip in enumerate(read):
        made = versions(clip.samples, number)
        if number % (UNEDITED + 1):
            # Who speaks is asked of many clips as they are; edits take their time.
            made = itertools.islice(made, 1)
        for version, feeling, changed in made:
            sequences.append(heard_version(clip, changed, version, feeling, encoder))
        done(number + 1, len(read))
    return sequences


def versions(samples: Samples, seed: int) -> Iterator[tuple[str, tuple[float, float], Augmented]]:
    """All versions of a sound: name, arousal and valence, and the sound.

    Each way of editing makes one of every corner, so that corners have the same people and sentences. The
    same corner has the same deviations in every way.

    Args:
        samples: (n,) at 16 kHz.
        seed: of all choices.
    """
    random = np.random.default_rng([seed, 3])
    yield RECORDED, (0.0, 0.0), Augmented(samples, 1.0)
    voice = WorldVoice(samples)
    yield VOCODED, (0.0, 0.0), voice.edited(deviating(VoiceEdit(), random))
    for corner in CORNERS:
        point = random.uniform(_FARTHEST_IN, 1, 2) * corner
        own = int(random.integers(2**31))
        for version, strength in STRENGTHS.items():
            arousal, valence = (float(each) for each in strength * point)
            edit = deviating(edit_of(arousal, valence), np.random.default_rng(own))
            changed = voice.edited(edit)
            yield version, (arousal, valence), changed
            if version == KNOWN:
                noise = coloured_noise(len(changed.samples), 1.0, np.random.default_rng(own))
                noisy = with_noise(changed.samples, noise, _NOISE_DECIBELS)
                yield NOISY, (arousal, valence), replace(changed, samples=noisy)
                yield OTHER_TOOL, (arousal, valence), praat_edited(samples, edit)


def with_noise(samples: Samples, noise: Samples, decibels: float) -> Samples:
    """A sound (n,) under noise (n,), so many decibels above it in mean power."""
    power = np.mean(samples**2) / max(float(np.mean(noise**2)), 1e-12)
    return (samples + noise * np.float32(np.sqrt(power * 10 ** (-decibels / 10)))).astype(np.float32)


def heard_version(
    clip: LabelledClip, changed: Augmented, version: str, feeling: tuple[float, float], encoder: Network
) -> AudioSequence:
    """What the model takes of one version of a clip."""
    moved = tuple(
        replace(phone, start=phone.start / changed.speed, end=phone.end / changed.speed)
        for phone in clip.phones or ()
    )
    edited = replace(clip, samples=changed.samples, phones=moved)
    return listened(edited, encoder, version=version, arousal=feeling[0], valence=feeling[1])


def probed_segments(
    sequences: Sequence[AudioSequence], networks: LatentNetworks, *, seed: int = 0
) -> ProbedSegments:
    """Latents of segments around moments in phones and pauses, drawn alike for all versions of a clip."""
    values: dict[str, list[NDArray[np.floating]]] = {}
    counts, visemes = [], []
    for sequence in sequences:
        starts, ends, labels = spans_of(sequence)
        random = np.random.default_rng([seed, len(sequence.name), len(starts)])
        chosen = random.choice(len(starts), min(_SEGMENTS, len(starts)), replace=False)
        times = random.uniform(starts[chosen], ends[chosen])
        z_e, z_s = networks.voice_rows(sequence.course)
        # Rows of z_c lie half a column before the columns that they are counted by.
        rows = {
            "z_c": (networks.content_rows(sequence.heard), times * SPEECH_FPS + 0.5),
            "z_e": (z_e, times * SEGMENT_FPS),
            "z_s": (z_s, times * SEGMENT_FPS),
            "heard": (sequence.heard.astype(np.float32), times * SPEECH_FPS),
            "course": (sequence.course, times * SEGMENT_FPS),
        }
        for name, (table, places) in rows.items():
            inside = np.clip(np.round(places).astype(int), 0, len(table) - 1)
            values.setdefault(name, []).append(table[inside])
        visemes.append(labels[chosen])
        counts.append(len(chosen))

    def repeated(column: list[str]) -> NDArray[np.str_]:
        return np.repeat(np.array(column), counts)

    return ProbedSegments(
        {name: np.concatenate(tables) for name, tables in values.items()},
        np.concatenate(visemes),
        repeated([each.speaker for each in sequences]),
        repeated([each.name for each in sequences]),
        repeated([each.version for each in sequences]),
        np.repeat(np.array([(each.arousal, each.valence) for each in sequences]), counts, axis=0),
    )
