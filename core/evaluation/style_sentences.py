# SPDX-License-Identifier: GPL-3.0-or-later
"""Sentences that nobody was trained on, spoken by a generator in several styles.

Shape letters: F frames.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..audio import SAMPLE_RATE
from ..frame_times import frame_count, frame_times
from ..generate.articulation import Demands, constrain, demands
from ..generate.expression import ExpressionTrack
from ..generate.generators import FaceGenerator
from ..generate.speech import SPEECH_FPS
from ..generate.styles import Style
from ..head import load_head
from ..motion import Phone
from ..phone_decoding import decode_phones
from ..retarget.solve import WeightSolver
from ..runtime import Network
from ..training.captures import Capture
from .captured_people import evenly
from .generators_closures import unheard_clips
from .generators_motion import Speaker

Voice = Callable[[Style | None], FaceGenerator]
"""The generator that speaks in a style; None for one that nobody gave a style."""


@dataclass(frozen=True)
class Sentence:
    """What is said.

    Attributes:
        title: who says it.
        samples: (n,) at 16 kHz.
        phones: what is said, timed; empty where nobody knows.
    """

    title: str
    samples: NDArray[np.float32]
    phones: tuple[Phone, ...]


@dataclass(frozen=True)
class Spoken:
    """A sentence in a style.

    Attributes:
        track: expression at the generator's rate.
        alone: (F, 52) weights of the network alone.
        constrained: (F, 52) with articulation, as `animate` makes them.
    """

    track: ExpressionTrack
    alone: NDArray[np.float32]
    constrained: NDArray[np.float32]


def read_sentences(data: Path, captures: Sequence[Capture], count: int) -> list[Sentence]:
    """Sentences of people who were never heard and of held-out clips, in turn.

    Args:
        data: folder of the sets of speech; those that are not there are left out.
        captures: held-out clips.
        count: at most so many.
    """
    groups = [
        [Sentence(title, samples, phones) for phones, samples in clips]
        for title, clips in unheard_clips(data, count)
    ]
    captured = [
        Sentence("held-out clip", clip.samples, clip.phones or ()) for clip in evenly(captures, count)
    ]
    # A captured one second: also two sentences are of two kinds.
    groups.insert(1, captured)
    in_turn = chain.from_iterable(zip_longest(*groups))
    return [each for each in in_turn if each is not None][:count]


def speak(
    voice: Voice, encoder: Network, sentence: Sentence, styles: Mapping[str, Style | None], fps: float
) -> dict[str, Spoken]:
    """A sentence in each style, by name.

    Args:
        voice: the generator of a style.
        encoder: the speech encoder; one that remembers hears the sentence once.
        sentence: what is said.
        styles: by name; None without any.
        fps: frames a second of the weights.
    """
    solver = WeightSolver(load_head().arkit_to_expression)
    times = frame_times(frame_count(len(sentence.samples) / SAMPLE_RATE, fps), fps)
    wanted: Demands | None = None
    result = {}
    for name, style in styles.items():
        track, features = Speaker(voice(style), encoder).track(sentence.samples)
        if wanted is None:
            found = decode_phones(features.phones, SPEECH_FPS).spoken
            wanted = demands(features, len(times), fps, heard=found)
        alone = solver.solve(track.at(times))
        result[name] = Spoken(track, alone, constrain(alone, wanted))
    return result
