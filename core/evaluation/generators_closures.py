# SPDX-License-Identifier: GPL-3.0-or-later
"""What the generators show of the sounds of people who were never heard, side by side.

As `closures`, each clip heard once for all.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..audio import SAMPLE_RATE
from ..frame_times import frame_count, frame_times
from ..generate.articulation import constrain, demands
from ..generate.speech import SPEECH_FPS
from ..head import load_head
from ..motion import Phone
from ..phone_decoding import decode_phones
from ..retarget.solve import WeightSolver
from ..training.speech_sets import SpeechSet
from .captured_people import Group
from .generators_motion import Speaker
from .loudness import loudness_weights
from .mouth_events import MouthCounts

CLOSURE_FPS: Final = 60.0
"""Frames a second at which closures are looked at; 25 where captured faces stand beside."""
UNHEARD: Final = {
    "real people": ("librispeech", "val"),
    "with an accent": ("speechocean", "val"),
    "synthetic voices": ("kokoro", "val"),
}
"""Name in the table to set and split: nobody of these was heard in any training here."""

ALONE: Final = "alone"
CONSTRAINED: Final = "constraints"
LOUDNESS: Final = "loudness"
CAPTURED: Final = "captured"

Counts = dict[tuple[str, str], MouthCounts]
"""By contestant and mode, of `ALONE` and `CONSTRAINED`."""


def unheard_clips(data: Path, most: int) -> Iterator[tuple[str, list[tuple[tuple[Phone, ...], NDArray]]]]:
    """For each group whose set is there: at most so many clips, evenly spread, with phones and samples."""
    for title, (name, split) in UNHEARD.items():
        if not (data / name).is_dir():
            continue
        spoken = SpeechSet(data / name)
        wanted = [number for number, each in enumerate(spoken.labels) if each.split == split and each.phones]
        chosen = wanted[:: max(1, -(-len(wanted) // most))]
        yield title, [(spoken.labels[number].phones or (), spoken.sound(number)) for number in chosen]


def count_closures(
    speakers: Mapping[str, Speaker],
    clips: list[tuple[tuple[Phone, ...], NDArray[np.float32]]],
    fps: float = CLOSURE_FPS,
) -> Counts:
    """Counts of each speaker, alone and with the constraints, and of a jaw that follows the loudness."""
    solver = WeightSolver(load_head().arkit_to_expression)
    counts: Counts = {(LOUDNESS, ALONE): MouthCounts()}
    counts |= {(name, mode): MouthCounts() for name in speakers for mode in (ALONE, CONSTRAINED)}
    for spoken, samples in clips:
        times = frame_times(frame_count(len(samples) / SAMPLE_RATE, fps), fps)
        counts[LOUDNESS, ALONE].add(loudness_weights(samples, times), spoken, fps)
        wanted = None
        for name, speaker in speakers.items():
            track, features = speaker.track(samples)
            raw = solver.solve(track.at(times))
            counts[name, ALONE].add(raw, spoken, fps)
            if wanted is None:
                found = decode_phones(features.phones, SPEECH_FPS).spoken
                wanted = demands(features, len(times), fps, heard=found)
            counts[name, CONSTRAINED].add(constrain(raw, wanted), spoken, fps)
    return counts


def count_captured(speakers: Mapping[str, Speaker], group: Group) -> Counts:
    """The same for captured clips with known phones, at their frames, the captured faces beside."""
    clips = [(clip.phones or (), clip.samples) for clip in group.captures if clip.phones]
    counts = count_closures(speakers, clips, group.captures[0].fps)
    captured = counts[CAPTURED, ALONE] = MouthCounts()
    for clip in group.captures:
        if clip.phones:
            captured.add(clip.weights, clip.phones, clip.fps)
    return counts
