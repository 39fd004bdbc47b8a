# SPDX-License-Identifier: GPL-3.0-or-later
"""From what the speech encoder heard to timed phones, without knowing what was said.

The likeliest sequence of phones, each of a least duration, by Viterbi over the posteriors.

Shape letters: F frames, P phones of `PHONES`, R runs of one phone.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .errors import InputError
from .motion import Phone
from .phone_track import PhoneTrack
from .phones import PHONE_INDEX, PHONES, SILENCE_PHONE

FLOOR: Final = 1e-4
"""Posteriors are taken for at least this: a net is never so sure that it must be right."""
REFERENCE_RATE: Final = 40.0
"""Frames a second that log likelihoods are scaled to, so that penalties mean the same at every rate: frames
that come faster tell less each."""
SHORTEST_PHONE: Final = 0.03
"""Seconds."""
_CHANGE_PENALTY: Final = 1.0
_NEVER: Final = np.float32(-1e30)
_FRAMES_PER_BLOCK: Final = 4096


def checked_posteriors(posteriors: NDArray[np.floating]) -> NDArray[np.floating]:
    """Posteriors as they came.

    Raises:
        InputError: not probabilities of shape (F, 40).
    """
    posteriors = np.asarray(posteriors)
    if posteriors.ndim != 2 or posteriors.shape[1] != len(PHONES) or len(posteriors) == 0:
        raise InputError(f"Posteriors have shape {posteriors.shape}, expected (frames, {len(PHONES)}).")
    if not (np.isfinite(posteriors).all() and posteriors.min() >= 0 and posteriors.max() <= 1.01):
        raise InputError("Posteriors are no probabilities: expected numbers from 0 to 1.")
    return posteriors


def scaled_logs(posteriors: NDArray[np.floating], rate: float) -> NDArray[np.float32]:
    """Log likelihoods as Viterbi adds them up, shape of `posteriors`."""
    logs = np.log(np.maximum(posteriors, np.float32(FLOOR), dtype=np.float32))
    logs *= np.float32(REFERENCE_RATE / rate)
    return logs


def _each_scaled(posteriors: NDArray[np.floating], rate: float) -> Iterator[NDArray[np.float32]]:
    """`scaled_logs` row by row; hours of them are not held whole."""
    for first in range(0, len(posteriors), _FRAMES_PER_BLOCK):
        yield from scaled_logs(posteriors[first : first + _FRAMES_PER_BLOCK], rate)


def shortest_frames(rate: float) -> int:
    """Least frames of a phone."""
    return max(1, round(SHORTEST_PHONE * rate))


def decode_phones(
    posteriors: NDArray[np.floating], rate: float, *, first: float = 0.0, duration: float | None = None
) -> PhoneTrack:
    """The likeliest phones of a sound.

    Args:
        posteriors: (F, 40) probabilities in the order of `PHONES`.
        rate: frames a second.
        first: second of frame 0.
        duration: seconds of the sound; by default to half a frame after the last.

    Raises:
        InputError: not such posteriors.
    """
    posteriors = checked_posteriors(posteriors)
    codes = likeliest_codes(posteriors, rate)
    starts = np.flatnonzero(np.diff(codes, prepend=-1))
    if duration is None:
        duration = first + (len(codes) - 0.5) / rate
    phones = timed_phones(posteriors, rate, codes[starts], starts, first, duration)
    return PhoneTrack(tuple(phones), duration)


def likeliest_codes(posteriors: NDArray[np.floating], rate: float) -> NDArray[np.int64]:
    """Phone index of each frame (F,) of the likeliest sequence."""
    states = min(shortest_frames(rate), len(posteriors))
    logs = _each_scaled(posteriors, rate)
    # A phone is a chain of states, left only from the last; only the last lasts.
    best = np.full((states, len(PHONES)), _NEVER, np.float32)
    best[0] = next(logs)
    # A phone that begins comes from the phone that is likeliest to end, whichever it is itself.
    came_from = np.zeros(len(posteriors), np.uint8)
    stayed = np.zeros((len(posteriors), len(PHONES)), bool)
    for frame, log in enumerate(logs, 1):
        last = best[-1].copy()
        before = int(last.argmax())
        entered = last[before] - _CHANGE_PENALTY
        came_from[frame] = before
        if states == 1:
            np.greater_equal(last, entered, out=stayed[frame])
            best[0] = np.maximum(last, entered)
        else:
            np.greater_equal(last, best[-2], out=stayed[frame])
            np.maximum(last, best[-2], out=best[-1])
            best[1:-1] = best[:-2].copy()
            best[0] = entered
        best += log
        best -= best.max()
    codes = np.empty(len(posteriors), np.int64)
    code, state = int(best[-1].argmax()), states - 1
    for frame in range(len(posteriors) - 1, -1, -1):
        codes[frame] = code
        if states > 1 and state < states - 1:
            if state == 0:
                code, state = int(came_from[frame]), states - 1
            else:
                state -= 1
        elif not stayed[frame, code]:
            if states == 1:
                code = int(came_from[frame])
            else:
                state -= 1
    return codes


def timed_phones(
    posteriors: NDArray[np.floating],
    rate: float,
    codes: NDArray[np.int64],
    starts: NDArray[np.int64],
    first: float,
    duration: float,
) -> list[Phone]:
    """Phones from runs of frames.

    A boundary lies where the likelihoods of the two phones cross, if they do between the two frames beside
    it; else in the middle.

    Args:
        posteriors: (F, 40).
        rate: frames a second.
        codes: (R,) phone index of each run.
        starts: (R,) first frame of each run; the first is 0.
        first: second of frame 0.
        duration: where the last run ends.
    """
    after, before = starts[1:], starts[1:] - 1
    old, new = codes[:-1], codes[1:]
    logs = [
        np.log(np.maximum(posteriors[frames, which].astype(np.float64), FLOOR))
        for frames in (before, after)
        for which in (old, new)
    ]
    lead, lag = logs[0] - logs[1], logs[3] - logs[2]
    crossing = (lead > 0) & (lag > 0)
    part = np.where(crossing, lead / np.where(crossing, lead + lag, 1), 0.5)
    edges = np.concatenate([[0.0], np.clip(first + (before + part) / rate, 0.0, duration), [duration]])
    totals = np.concatenate([starts, [len(posteriors)]])
    confidence = [
        float(np.mean(posteriors[start:end, code], dtype=np.float64))
        for start, end, code in zip(totals[:-1].tolist(), totals[1:].tolist(), codes.tolist(), strict=True)
    ]
    return [
        Phone(PHONES[code], start, end, min(1.0, sure))
        for code, start, end, sure in zip(
            codes.tolist(), edges[:-1].tolist(), edges[1:].tolist(), confidence, strict=True
        )
    ]


SILENCE_CODE: Final = PHONE_INDEX[SILENCE_PHONE]
