# SPDX-License-Identifier: GPL-3.0-or-later
"""Blinks in a curve of lids: where they are, fewer of them, and full ones.

A network that moves its own lids blinks as the people did from whom it learnt. Someone who is filmed for
hours may blink 45 times a minute, often twice or three times in a row; animators want 15 to 20. So blinks are
found in what the network drew, and some are taken away, never added: what remains is the network's own.

The thresholds were set on 45 minutes of one captured speaker (25 frames a second, 0 open .. 1 closed): swings
of the lids have a gap at 0.1-0.2 between the small movements that follow gaze and mouth and the blinks; these
are at half their height or more for 0.12-0.32 s (99 %), take up to 0.28 s to close, half a second where the
lids flutter, and up to 0.6 s to open.

Letter: F frames.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..head import load_head
from ..retarget.arkit import arkit_indices
from .blink import LEAST_INTERVAL
from .draws import random_of

LEAST_DEPTH = 0.2
"""Closure that a blink adds at least. Shallower ones are hardly seen, and small movements reach 0.15."""
LONGEST = 0.5
"""Seconds at more than half the depth. Longer is no blink: eyes that squint, look down or are kept shut."""
FULL_DEPTH = 0.6
"""A blink that adds so much was meant to close; a shallower one is a half-blink."""

_REOPENED = 0.5
"""Part of the smaller blink's height that lids open between two blinks; with less it is one that flutters."""
_FOOT = 0.1
"""Part of the depth at which a blink begins and ends: lids come to rest slowly, and never quite."""
_CLOSING = 0.5
_OPENING = 0.7
"""Seconds around the peak within which the lids' level before and after it is looked for: a drift of the lids
and the squint of another sentence are farther away."""
_BRIDGE_CLOSING = 0.1
_BRIDGE_OPENING = 0.25
"""Seconds for the way to or from a neighbour that was kept and from which the lids had not yet opened."""
_SMALL = 0.1
"""A difference of a bridge's ends that needs no movement of its own."""
_JOINED = 0.1
"""Seconds between removed blinks below which one bridge spans both."""
_MOST_PASSES = 8


@dataclass(frozen=True)
class LidEvent:
    """A blink in a curve.

    Attributes:
        first, last: frames between which the lids move, both included; at them they are nearly at rest.
        peak: the most closed frame.
        depth: what the peak adds to the higher of the two levels around it.
        before, after: closure from which the lids come and to which they go. That of `first` and `last`,
            except where the clip begins or ends within the blink: there the level of the other side.
    """

    first: int
    peak: int
    last: int
    depth: float
    before: float
    after: float


def own_lids() -> NDArray[np.float32]:
    """What the built-in head's own closed lids add to beta (64,)."""
    eyelids = arkit_indices(("eyeBlinkLeft", "eyeBlinkRight"))
    return load_head().arkit_to_expression[:, eyelids].sum(axis=1)


def find_blinks(closure: ArrayLike, fps: float) -> list[LidEvent]:
    """The blinks of a curve, in order of time.

    A blink stands out from the levels of the lids just before and after it, whatever these are: squints and
    slow drifts are none, and a blink of squinting eyes is one. Two blinks in a row are two where the lids
    open at least half way between them. A blink that the clip's start or end cuts off counts where what is
    left of it is deep enough.

    Args:
        closure: (F,) 0 open .. 1 closed.
        fps: frames per second.

    Raises:
        ValueError: not one curve of finite numbers, or fps is not above 0.
    """
    curve = _checked(closure, fps)
    events = (_event(curve, group, fps) for group in _groups(curve, _turns(curve), fps))
    return [event for event in events if event is not None]


def blink_rate(closure: ArrayLike, fps: float) -> float:
    """Blinks a minute of a curve (F,); 0 for one without frames. Errors as `find_blinks`."""
    count = len(np.asarray(closure))
    return len(find_blinks(closure, fps)) * 60 * fps / count if count else 0.0


def thin_blinks(closure: ArrayLike, fps: float, *, per_minute: float, seed: int) -> NDArray[np.floating]:
    """A curve with fewer blinks: some are taken away until the clip has no more than its share.

    Blinks are kept evenly along their row, one drawn from each stretch of it, deep ones rather than shallow
    ones, none that the clip cuts off, and none nearer to another than drawn blinks are
    (`blink.LEAST_INTERVAL`). Where a blink was, the lids go smoothly from where it began to where it ended;
    all else stays equal to the bit. A curve that has no more blinks than allowed stays as it is.

    Args:
        closure: (F,) 0 open .. 1 closed.
        fps: frames per second.
        per_minute: highest mean rate; 0 takes all blinks away. Where it gives a clip no whole number of
            blinks, the seed draws between the two next to it, so that many clips have this rate together.
        seed: any whole number; draws which blinks stay.

    Returns:
        (F,) of the type of `closure`, a new array.

    Raises:
        ValueError: not one curve of finite numbers, fps is not above 0, or the rate is negative.
    """
    if not per_minute >= 0:
        raise ValueError(f"{per_minute} blinks a minute: expected 0 or more.")
    curve = _checked(closure, fps)
    random = random_of(seed, "lids")
    # Part of a blink is a chance of one: short clips, rounded down, would never blink.
    allowed = int(per_minute * len(curve) / fps / 60 + 1e-9 + random.random() * (1 - 1e-6))
    interval = min(LEAST_INTERVAL, 30 / per_minute) * fps if per_minute else 0.0
    # Where lids flutter, a small swing beside a blink may be deep enough for one when that blink is gone.
    for _ in range(_MOST_PASSES):
        events = find_blinks(curve, fps)
        if len(events) <= allowed:
            break
        kept = set(_chosen(events, allowed, interval, curve, random))
        curve = without_blinks(curve, [event for event in events if event not in kept], fps)
    return curve.astype(_kind(closure))


def without_blinks(
    closure: NDArray[np.floating], events: Sequence[LidEvent], fps: float
) -> NDArray[np.float64]:
    """A curve (F,) in which some blinks of `find_blinks`, in order of time, give way to smooth bridges."""
    curve = np.array(closure, np.float64)
    groups: list[list[LidEvent]] = []
    for event in events:
        if groups and event.first - groups[-1][-1].last < _JOINED * fps:
            groups[-1].append(event)
        else:
            groups.append([event])
    for group in groups:
        first, last = group[0].first, group[-1].last
        before, after = group[0].before, group[-1].after
        # Beside a blink that the clip cuts off there is nothing to come from or to go to.
        if before != curve[first]:
            before = after
        elif after != curve[last]:
            after = before
        curve[first : last + 1] = _bridge(before, after, last - first, fps)
    return curve


def full_blinks(closure: ArrayLike, fps: float, *, least_depth: float = FULL_DEPTH) -> NDArray[np.floating]:
    """A curve whose deep blinks close fully.

    At 25 or 30 frames a second few frames show closed eyes, and a network draws the mean of what it may have
    been: 0.7 to 0.95. Such a blink is stretched over its own levels until its peak is 1; half-blinks stay so.

    Args:
        closure: (F,) 0 open .. 1 closed.
        fps: frames per second.
        least_depth: what a blink adds at least in order to be stretched.

    Returns:
        (F,) of the type of `closure`, a new array.

    Raises:
        ValueError: as `find_blinks`.
    """
    curve = _checked(closure, fps)
    for event in find_blinks(curve, fps):
        if event.depth < least_depth or curve[event.peak] >= 1:
            continue
        frames = slice(event.first, event.last + 1)
        level = np.linspace(event.before, event.after, event.last - event.first + 1)
        at_peak = level[event.peak - event.first]
        factor = (1 - at_peak) / (curve[event.peak] - at_peak)
        curve[frames] = level + (curve[frames] - level) * factor
    return curve.astype(_kind(closure))


def _checked(closure: ArrayLike, fps: float) -> NDArray[np.float64]:
    """A copy of the curve."""
    curve = np.array(closure, np.float64)
    if curve.ndim != 1:
        raise ValueError(f"A lid curve of shape {curve.shape}: expected (frames,).")
    if not np.isfinite(curve).all():
        raise ValueError("A lid curve holds values that are no numbers.")
    if not (np.isfinite(fps) and fps > 0):
        raise ValueError(f"The frame rate is {fps}: expected frames per second above 0.")
    return curve


def _kind(closure: ArrayLike) -> np.dtype:
    kind = np.asarray(closure).dtype
    return kind if np.issubdtype(kind, np.floating) else np.dtype(np.float64)


def _turns(curve: NDArray[np.float64]) -> list[int]:
    """Frames of peaks and of the valleys between them, in turn, a peak first and last.

    They are the highest and lowest frames between movements of `LEAST_DEPTH`, whatever the curve does in
    smaller steps. The clip's first and last frames may be peaks.
    """
    if len(curve) < 2:
        return []
    # Only where the curve changes its direction can it turn.
    steps = np.sign(np.diff(curve))
    moving = np.flatnonzero(steps)
    corners = moving[1:][steps[moving[1:]] != steps[moving[:-1]]]
    values = curve.tolist()
    turns: list[int] = []
    low = high = direction = 0
    for frame in [*corners.tolist(), len(values) - 1]:
        low = frame if values[frame] < values[low] else low
        high = frame if values[frame] > values[high] else high
        if direction <= 0 and values[frame] - values[low] >= LEAST_DEPTH:
            if direction < 0:
                turns.append(low)
            direction, high = 1, frame
        elif direction >= 0 and values[high] - values[frame] >= LEAST_DEPTH:
            turns.append(high)
            direction, low = -1, frame
    return [*turns, high] if direction > 0 else turns


@dataclass(frozen=True)
class _Group:
    """Peaks that may be one blink: first and last of them, and the frames between which it lies."""

    first_peak: int
    last_peak: int
    start: int
    end: int


def _groups(curve: NDArray[np.float64], turns: list[int], fps: float) -> list[_Group]:
    """The peaks, those joined between which the lids hardly open."""
    peaks, valleys = turns[0::2], [0, *turns[1::2], len(curve) - 1]
    groups: list[_Group] = []
    for number, peak in enumerate(peaks):
        here = _within(_Group(peak, peak, valleys[number], valleys[number + 1]), fps)
        if groups and (both := _one_blink(curve, groups[-1], here, valleys[number], fps)):
            groups[-1] = both
        else:
            groups.append(here)
    return groups


def _within(group: _Group, fps: float) -> _Group:
    """The group without what is too far from its peaks to belong to it."""
    start = max(group.start, group.first_peak - round(_CLOSING * fps))
    end = min(group.end, group.last_peak + round(_OPENING * fps))
    return _Group(group.first_peak, group.last_peak, start, end)


def _one_blink(
    curve: NDArray[np.float64], left: _Group, right: _Group, valley: int, fps: float
) -> _Group | None:
    """Both groups as one where the lids open less than half way between them, and not for too long."""
    if left.end < valley or right.start > valley:
        return None
    both = _Group(left.first_peak, right.last_peak, left.start, right.end)
    tops = [curve[group.first_peak : group.last_peak + 1].max() for group in (left, right)]
    base = curve[both.start : both.end + 1].min()
    if curve[valley] - base <= (1 - _REOPENED) * (min(tops) - base):
        return None
    return both if _seconds_above(curve, both, base + (max(tops) - base) / 2, fps) <= LONGEST else None


def _seconds_above(curve: NDArray[np.float64], group: _Group, level: float, fps: float) -> float:
    """How long the curve stays above a level, from before the first peak until after the last."""
    before = np.flatnonzero(curve[group.start : group.first_peak + 1] <= level)
    after = np.flatnonzero(curve[group.last_peak : group.end + 1] <= level)
    first = group.start + before[-1] + 1 if len(before) else group.start
    last = group.last_peak + after[0] - 1 if len(after) else group.end
    return (last - first + 1) / fps


def _event(curve: NDArray[np.float64], group: _Group, fps: float) -> LidEvent | None:
    """The blink of a group of peaks; None where it is too shallow or too long for one."""
    rising = curve[group.start : group.first_peak + 1]
    falling = curve[group.last_peak : group.end + 1]
    peak = group.first_peak + int(np.argmax(curve[group.first_peak : group.last_peak + 1]))
    before, after = float(rising.min()), float(falling.min())
    # On the clip's border the lids may be anywhere in a blink; they came from, or go to, where they rest.
    if group.start == 0 and rising[0] == before:
        before = min(before, after)
    if group.end == len(curve) - 1 and falling[-1] == after:
        after = min(before, after)
    depth = float(curve[peak]) - max(before, after)
    if depth < LEAST_DEPTH:
        return None
    if _seconds_above(curve, group, max(before, after) + depth / 2, fps) > LONGEST:
        return None
    at_rest = np.flatnonzero(rising <= before + _FOOT * (curve[peak] - before))
    first = group.start + int(at_rest[-1]) if len(at_rest) else group.start
    at_rest = np.flatnonzero(falling <= after + _FOOT * (curve[peak] - after))
    last = group.last_peak + int(at_rest[0]) if len(at_rest) else group.end
    # Nowhere at rest: the clip cuts the blink off.
    before = float(curve[first]) if curve[first] <= before + _FOOT * (curve[peak] - before) else before
    after = float(curve[last]) if curve[last] <= after + _FOOT * (curve[peak] - after) else after
    return LidEvent(first, peak, last, depth, before, after)


def _chosen(
    events: Sequence[LidEvent],
    allowed: int,
    interval: float,
    curve: NDArray[np.float64],
    random: np.random.Generator,
) -> list[LidEvent]:
    """At most `allowed` of some blinks, evenly drawn, `interval` frames apart."""
    whole = [e for e in events if e.before == curve[e.first] and e.after == curve[e.last]]
    if not (allowed and whole):
        return []
    peaks = np.array([event.peak for event in whole])
    share = np.array([event.depth for event in whole])
    free = np.ones(len(whole), bool)
    kept: list[LidEvent] = []
    stretches = np.array_split(np.arange(len(whole)), min(allowed, len(whole)))
    # A stretch may have none that is far enough from the one before: then any others fill up.
    for stretch in [*stretches, *[np.arange(len(whole))] * allowed]:
        those = stretch[free[stretch]]
        if len(kept) == allowed or not free.any():
            break
        if len(those):
            one = random.choice(those, p=share[those] / share[those].sum())
            kept.append(whole[one])
            free &= np.abs(peaks - peaks[one]) >= interval
            free[one] = False
    return kept


def _bridge(before: float, after: float, frames: int, fps: float) -> NDArray[np.float64]:
    """(frames + 1,) from one level to the other.

    Where one end lies in a neighbour that is not quite open, that neighbour closes or opens at a blink's
    speed, and the lids rest in between.
    """
    steps = np.arange(frames + 1, dtype=np.float64)
    if abs(after - before) <= _SMALL:
        share = steps / max(frames, 1)
    elif after > before:
        share = 1 - (frames - steps) / max(min(frames, _BRIDGE_CLOSING * fps), 1)
    else:
        share = steps / max(min(frames, _BRIDGE_OPENING * fps), 1)
    share = np.clip(share, 0, 1)
    return before + (after - before) * share * share * (3 - 2 * share)
