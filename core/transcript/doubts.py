# SPDX-License-Identifier: GPL-3.0-or-later
"""Second thoughts about an alignment: words that fit nothing, and transcripts of another sound.

Viterbi lays words on a sound as long as leaving them out costs more, short ones on anything. What was not
said gives itself away: its sounds are as short as they may be, and the encoder heard others.

Shape letters: F frames, S states.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..phone_decoding import FLOOR, SILENCE_CODE, shortest_frames
from .graph import OTHER_SPEECH, Graph

_DOUBT: Final = 0.01
"""Mean probability of its phones below which a word in the shortest possible time was not said. Of words that
were said, one in a thousand is left out in this way (one in a hundred with a strong accent); of words that
were not said and had found a place, a third."""
_ANOTHER_TEXT: Final = 0.3
"""Below it a transcript is not of this sound; see `fit`. Right ones reach it with a strong accent, too, and
in noise as loud as the voice; of wrong ones one in fifty does."""
_LEAST_SPEECH: Final = 0.3
"""Seconds in which something must be said to tell."""


def without_doubtful_words(
    posteriors: NDArray[np.floating], rate: float, graph: Graph, path: NDArray[np.int64]
) -> NDArray[np.int64]:
    """A way (F,) on which the words that fit nothing are left to what stands beside them.

    Args:
        posteriors: (F, 40).
        rate: frames a second.
        graph: of the words.
        path: (F,) state of each frame.
    """
    shortest = shortest_frames(rate)
    path = path.copy()
    starts, ends = _stretches(np.where(graph.of_word[path], graph.unit[path], -1))
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        states = path[start:end]
        if not graph.of_word[states[0]] or end - start == len(path):
            continue
        runs, lengths = np.unique(graph.run[states], return_counts=True)
        if (lengths > shortest).any():
            continue
        sure = posteriors[np.arange(start, end), graph.code[states]].astype(np.float64)
        if np.bincount(graph.run[states] - runs[0], sure)[runs - runs[0]].mean() >= _DOUBT * shortest:
            continue
        before = path[start - 1] if start else path[end]
        after = path[end] if end < len(path) else before
        split = _best_split(posteriors[start:end], int(graph.code[before]), int(graph.code[after]))
        path[start : start + split], path[start + split : end] = before, after
    return path


def fit(posteriors: NDArray[np.floating], rate: float, graph: Graph, path: NDArray[np.int64]) -> float | None:
    """How well a transcript fits a sound, about 0.7 where it is right; None where nothing is said.

    The product of three: the share of the transcript's phones that found a place, or the share of the
    speech that has a word, whichever is more (a text may be a part of what is said, or the other way
    round); how probable the words' phones are against the likeliest ones; the share of the phones that last
    longer than they must.
    """
    likeliest = posteriors.argmax(axis=1)
    speech = likeliest != SILENCE_CODE
    if speech.sum() < _LEAST_SPEECH * rate:
        return None
    of_word = graph.of_word[path]
    if not of_word.any():
        return 0.0
    states = path[of_word]
    starts, ends = _stretches(graph.run[states])
    # Phones of each unit's usual pronunciation.
    usual = graph.chain == 1
    sizes = np.bincount(graph.unit[usual][np.diff(graph.run[usual], prepend=-1) != 0], minlength=graph.units)
    found = sizes[np.unique(graph.unit[states])].sum() / sizes.sum()
    covered = min(1.0, of_word.sum() / speech.sum())
    probable = posteriors[np.flatnonzero(of_word), graph.code[states]].mean(dtype=np.float64)
    most = posteriors[speech].max(axis=1).mean(dtype=np.float64)
    lasting = np.mean(ends - starts > shortest_frames(rate))
    return float(max(found, covered) * min(1.0, probable / most) * lasting)


def is_of_another_text(fitting: float | None) -> bool:
    """Whether a transcript with this `fit` was not said in the sound."""
    return fitting is not None and fitting < _ANOTHER_TEXT


def _stretches(values: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First place of each run of equal values, and the place after its last."""
    edges = np.flatnonzero(np.diff(values)) + 1
    return np.concatenate([[0], edges]), np.concatenate([edges, [len(values)]])


def _best_split(posteriors: NDArray[np.floating], before: int, after: int) -> int:
    """How many frames of a stretch are best given to what stands before it."""
    logs = [np.concatenate([[0.0], np.cumsum(_logs(posteriors, code))]) for code in (before, after)]
    return int((logs[0] + logs[1][-1] - logs[1]).argmax())


def _logs(posteriors: NDArray[np.floating], code: int) -> NDArray[np.float64]:
    if code == OTHER_SPEECH:
        likeliest = np.delete(posteriors, SILENCE_CODE, axis=1).max(axis=1)
    else:
        likeliest = posteriors[:, code]
    return np.log(np.maximum(likeliest.astype(np.float64), FLOOR))
