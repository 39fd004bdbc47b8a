# SPDX-License-Identifier: GPL-3.0-or-later
"""What the disentangled audio model learns from: sequences whose visemes, emotion and origin are known.

A clip becomes several sequences: as recorded, edited to sound otherwise, in another place, under noise. Each
is a sequence of its own, so that the sequence's latent is where voice, place and noise go.

Shape letters: T columns of what is heard, V frames of the voice, S segments of its course, K entries.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...audio import SAMPLE_RATE
from ...audio.mel import log_mel
from ...generate.content import heard_rows
from ...generate.emotion.voice_frames import VOICE_MEL, phone_change, voice_context, voice_frames
from ...generate.prosody import ProsodyMeter
from ...generate.speech import SPEECH_FPS, SpeechFeatures, hear
from ...motion import Phone
from ...phone_decoding import decode_phones
from ...runtime import Network, load_network
from ..augment import Augmented, Samples, add_noise, in_a_place
from ..emotion.edits import VoiceEdit, WorldVoice, deviating, edit_of
from ..speech_sets import SpeechSet

LONGEST_CLIP: Final = 6.0
"""Seconds taken of a clip."""
EDITS: Final = 3
"""Edited versions of each clip, beside one as recorded and one that is edited without feeling."""

_PEOPLE_KNOWN: Final = ("train",)
_CHANGED: Final = 0.5
"""Share of the edited versions that are put into another place, under noise, or both."""
_STRONG, _STRONG_SHARE = 0.6, 0.6
"""From where a feeling is strong, and how many are."""
_QUIETEST, _LOUDEST = -1.0, 30.0
"""Decibels of speech over noise."""


@dataclass(frozen=True)
class LabelledClip:
    """A clip of speech.

    Attributes:
        name: set and clip.
        speaker: who speaks.
        samples: (n,) float32 at 16 kHz.
        phones: timed, in order; None where nobody knows them.
        emotion: acted, of `EMOTIONS` or neutral; "" where nothing was acted, and edits may be.
        strength: of the acted emotion, 0..1.
    """

    name: str
    speaker: str
    samples: Samples
    phones: tuple[Phone, ...] | None
    emotion: str = ""
    strength: float = 1.0


@dataclass(frozen=True)
class AudioSequence:
    """One version of a clip.

    Attributes:
        name: of the clip.
        speaker: who speaks.
        version: "recorded", "neutral", "edited" or "acted".
        heard: (T, 142) float16 posteriors, articulation and embedding, 80 a second.
        voice: (V, 34) float16, `voice_frames`.
        course: (S, 104) float32, `voice_context`.
        phones: timed, in order.
        arousal: -1..1.
        valence: -1..1.
        emotion: acted, or "".
        strength: of the acted emotion.
        is_noisy: whether place or noise were changed.
    """

    name: str
    speaker: str
    version: str
    heard: NDArray[np.float16]
    voice: NDArray[np.float16]
    course: NDArray[np.float32]
    phones: tuple[Phone, ...]
    arousal: float = 0.0
    valence: float = 0.0
    emotion: str = ""
    strength: float = 1.0
    is_noisy: bool = False


def read_clips(
    data: Path, sets: Sequence[str], count: int, *, validation: bool, seed: int
) -> list[LabelledClip]:
    """Clips of sets with timed phones, cut to `LONGEST_CLIP`.

    Args:
        data: folder of the sets.
        sets: their names.
        count: clips of each, at most.
        validation: of people nobody trains on.
        seed: of the draw.

    Raises:
        InputError: a folder is not a set.
    """
    clips = []
    for name in sets:
        dataset = SpeechSet(data / name)
        wanted = [
            number
            for number, label in enumerate(dataset.labels)
            if label.phones and (label.split == "val" if validation else label.split in _PEOPLE_KNOWN)
        ]
        random = np.random.default_rng([seed, len(dataset)])
        for number in sorted(random.permutation(wanted)[:count].tolist()):
            label = dataset.labels[number]
            samples = dataset.sound(number)
            length = min(len(samples), int(LONGEST_CLIP * SAMPLE_RATE))
            first = int(random.integers(0, len(samples) - length + 1))
            moved = (
                replace(phone, start=phone.start - first / SAMPLE_RATE, end=phone.end - first / SAMPLE_RATE)
                for phone in label.phones or ()
            )
            inside = tuple(phone for phone in moved if phone.start >= 0 and phone.end <= length / SAMPLE_RATE)
            clips.append(LabelledClip(label.name, label.speaker, samples[first : first + length], inside))
    return clips


def make_sequences(
    clips: Sequence[LabelledClip], encoder: str, *, seed: int, edits: int = EDITS, workers: int = 2
) -> list[AudioSequence]:
    """All versions of all clips.

    Args:
        clips: as recorded.
        encoder: speech encoder that ships, or an .onnx file.
        seed: of edits, places and noise.
        edits: edited versions of each clip; acted ones are not edited.
        workers: processes.
    """
    tasks = [
        (number, clip, clips[number - 1].samples, encoder, seed, edits) for number, clip in enumerate(clips)
    ]
    made: list[AudioSequence] = []
    log = logging.getLogger(__name__)
    for done, versions in enumerate(_mapped(tasks, workers), 1):
        made += versions
        if done % 100 == 0:
            log.info("%d of %d clips are prepared.", done, len(clips))
    return made


def _mapped(tasks: Sequence[tuple], workers: int) -> Iterator[list[AudioSequence]]:
    if workers < 2:
        yield from map(_versions, tasks)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(_versions, tasks, chunksize=4)


def _versions(task: tuple[int, LabelledClip, Samples, str, int, int]) -> list[AudioSequence]:
    """The versions of one clip."""
    number, clip, other, encoder, seed, edits = task
    random = np.random.default_rng([seed, number, len(clip.samples)])
    network = load_network(encoder, providers=["cpu"])
    plain = Augmented(clip.samples, 1.0)
    if clip.emotion:
        versions = [(plain, "acted", 0.0, 0.0)] * 2
    else:
        voice = WorldVoice(clip.samples)
        versions = [(plain, "recorded", 0.0, 0.0)]
        if edits:
            versions.append((voice.edited(deviating(VoiceEdit(), random)), "neutral", 0.0, 0.0))
        for _ in range(edits):
            arousal, valence = drawn_feeling(random)
            edit = deviating(edit_of(arousal, valence), random)
            versions.append((voice.edited(edit), "edited", arousal, valence))
    made = []
    for place, (changed, version, arousal, valence) in enumerate(versions):
        # One of the recorded and acted ones stays as it is, so that clean speech is known.
        is_noisy = place > 0 and (version == "acted" or bool(random.random() < _CHANGED))
        samples = elsewhere(changed.samples, other, random) if is_noisy else changed.samples
        made.append(
            listened(
                replace(clip, samples=samples, phones=_faster(clip.phones, changed.speed)),
                network,
                version=version,
                arousal=arousal,
                valence=valence,
                is_noisy=is_noisy,
            )
        )
        if clip.phones is None:
            # What is heard in the clean one is said in all: noise hides phones and invents others.
            clip = replace(clip, phones=made[0].phones)
    return made


def drawn_feeling(random: np.random.Generator) -> tuple[float, float]:
    """Arousal and valence: often strong ones, by which voices are told apart, else any."""
    size = random.uniform(_STRONG, 1, 2) if random.random() < _STRONG_SHARE else random.uniform(0, 1, 2)
    arousal, valence = (float(each) for each in size * random.choice([-1, 1], 2))
    return arousal, valence


def elsewhere(samples: Samples, other: Samples, random: np.random.Generator) -> Samples:
    """The same in another place, through another microphone, under noise."""
    placed = in_a_place(samples, random) if random.random() < 0.6 else samples
    return add_noise(placed, [other], float(random.uniform(_QUIETEST, _LOUDEST)), random)


def listened(
    clip: LabelledClip,
    network: Network,
    *,
    version: str = "recorded",
    arousal: float = 0.0,
    valence: float = 0.0,
    is_noisy: bool = False,
) -> AudioSequence:
    """What a clip sounds like to the model.

    Args:
        clip: the clip; phones that nobody knows are those that are heard.
        network: the speech encoder.
        version: see `AudioSequence`.
        arousal: -1..1.
        valence: -1..1.
        is_noisy: see `AudioSequence`.
    """
    meter = ProsodyMeter()
    meter.push(clip.samples)
    features = SpeechFeatures.joined(hear(network, [clip.samples]))
    prosody = meter.finish(features.voice)
    frames = voice_frames(log_mel(clip.samples, VOICE_MEL), prosody)
    course = voice_context(frames, prosody, phone_change(features.phones))
    return AudioSequence(
        name=clip.name,
        speaker=clip.speaker,
        version=version,
        heard=heard_rows(features).astype(np.float16),
        voice=frames.astype(np.float16),
        course=course,
        phones=_phones_of(features) if clip.phones is None else clip.phones,
        arousal=arousal,
        valence=valence,
        emotion=clip.emotion,
        strength=clip.strength,
        is_noisy=is_noisy,
    )


def _phones_of(features: SpeechFeatures) -> tuple[Phone, ...]:
    return decode_phones(features.phones, SPEECH_FPS).spoken


def _faster(phones: Iterable[Phone] | None, speed: float) -> tuple[Phone, ...] | None:
    if phones is None:
        return None
    return tuple(replace(phone, start=phone.start / speed, end=phone.end / speed) for phone in phones)
