# SPDX-License-Identifier: GPL-3.0-or-later
"""Forced alignment: when each of some known phones was spoken, by Viterbi over posteriors.

Shape letters: F frames, S states.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .errors import InputError
from .phones import PHONE_INDEX, SILENCE_PHONE

_NEVER = -1e30


@dataclass(frozen=True)
class Alignment:
    """Where phones lie.

    Attributes:
        starts: (phones,) first frame of each.
        ends: (phones,) frame after the last of each; what lies between two phones is silence.
        scores: (phones,) mean log likelihood of each phone's frames.
    """

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    scores: NDArray[np.float32]


def align_phones(
    log_likelihoods: NDArray[np.floating], names: Sequence[str], *, pause_penalty: float = 4.0
) -> Alignment:
    """The likeliest times of `names`, in order, with silence before, after and, where it pays, between.

    Args:
        log_likelihoods: (F, 40) of `PHONES`: log posteriors, less the log prior if that is known.
        names: ARPAbet phones without silence.
        pause_penalty: log likelihood that a pause between two phones costs, against pauses of a frame.

    Raises:
        InputError: no phones, or more than frames.
    """
    count = len(names)
    if count == 0 or len(log_likelihoods) < count:
        raise InputError(f"{count} phones cannot be aligned with {len(log_likelihoods)} frames.")
    # States: silence, phone, silence, phone, ..., silence. Even ones are silence and may be left out.
    states = np.full(2 * count + 1, PHONE_INDEX[SILENCE_PHONE])
    states[1::2] = [PHONE_INDEX[name] for name in names]
    emitted = np.asarray(log_likelihoods, np.float64)[:, states]
    enter = np.zeros(len(states))
    enter[2:-1:2] = -pause_penalty
    is_phone = np.arange(len(states)) % 2 == 1
    best = np.full(len(states), _NEVER)
    best[:2] = emitted[0, :2]
    came_from = np.zeros(emitted.shape, np.int8)
    from_before = np.full(len(states), _NEVER)
    from_phone = np.full(len(states), _NEVER)
    for frame in range(1, len(emitted)):
        from_before[1:] = best[:-1] + enter[1:]
        from_phone[2:] = np.where(is_phone[2:], best[:-2], _NEVER)
        steps = came_from[frame]
        steps[from_before > best] = 1
        best = np.maximum(best, from_before)
        steps[from_phone > best] = 2
        best = np.maximum(best, from_phone) + emitted[frame]
    path = np.empty(len(emitted), np.int64)
    state = len(states) - 1 if best[-1] >= best[-2] else len(states) - 2
    for frame in range(len(emitted) - 1, -1, -1):
        path[frame] = state
        state -= int(came_from[frame, state])
    wanted = 2 * np.arange(count) + 1
    starts = np.searchsorted(path, wanted, side="left")
    ends = np.searchsorted(path, wanted, side="right")
    total = np.concatenate([[0.0], np.cumsum(emitted[np.arange(len(path)), path])])
    scores = (total[ends] - total[starts]) / np.maximum(ends - starts, 1)
    return Alignment(starts, ends, scores.astype(np.float32))
