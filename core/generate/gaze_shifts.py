# SPDX-License-Identifier: GPL-3.0-or-later
"""When and where a speaker's eyes jump, relative to what is looked at.

- How long a speaker looks at the listener (93.9 frames at 30 a second on average) and away (27.8), how far
  away, P = 15.7 exp(-A / 6.9) per cent for A degrees, and in which of eight directions: Lee, Badler and
  Badler, "Eyes Alive", ACM TOG 21(3), 2002. Jumps of less than 3 degrees do not leave a listener's face, so
  that the exponential begins there, and what is smaller are the jumps between the listener's eyes and
  mouth.
- Speakers look away as they begin to speak and back towards the end: Kendon, "Some functions of
  gaze-direction in social interaction", Acta Psychologica 26, 1967. They look away while they think:
  Glenberg, Schroeder and Robertson, Memory and Cognition 26(4), 1998; Doherty-Sneddon and Phelps, Memory
  and Cognition 33(4), 2005. By how much that is likelier then is our own choice; the mean durations stay
  near those above.
- Fixations on a face go mostly to the eyes, then to the mouth (Yarbus, "Eye Movements and Vision", 1967);
  their shares and durations are our own choice.

Letters: N steps of the clock, S shifts.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .cues import SpeechCues
from .draws import random_of
from .event_clock import STEP, EventClock, likelihood, past_mean, steps

MEAN_AT = 93.9 / 30
MEAN_AWAY = 27.8 / 30
"""Seconds."""
LEAST_AT, LEAST_AWAY = 0.5, 0.25
"""Seconds that a look lasts at least; what is above is drawn from an exponential distribution, as the spread
of these durations is about their mean (Lee, Badler and Badler)."""
SIZE_FALL = np.radians(6.9)
LEAST_SIZE = np.radians(3.0)
MOST_SIDEWAYS, MOST_UP, MOST_DOWN = np.radians([27.0, 14.0, 17.0])
"""How far a look away goes at most: our own choice, a little less than the eyeLook shapes of the built-in
head (27, 15 and 18 degrees) show."""
DIRECTION_SHARES = np.array([15.54, 6.46, 17.69, 7.44, 16.80, 7.89, 20.38, 7.79])
"""Per cent of the directions, from the subject's left on over up, the subject's right and down, every 45
degrees."""
_DIRECTION_SPREAD = np.radians(15.0)
"""Half of how far directions differ within a sector: our own choice."""
_TURN_BACK = np.radians(30.0)
"""Beyond so many radians from straight ahead eyes look away to the other side."""

_PACE = 1.2
"""By how much the clocks of looks that follow cues run faster: such looks wait for their times, and without
it would last longer than those above."""
THINKING_SIZE = np.radians(3.0)
"""How much farther eyes look away that think, or begin to speak, than at other times."""
_AVERSION = 2.5
"""Likelihood of looking away from which on that is why they do."""
THINKING_PAUSE = 0.6
"""Seconds from which on a speaker thinks in a pause."""
TURN_END = 3.0
"""Seconds of silence that tell the end of what a speaker has to say."""

_EYES_APART = np.radians(2.96)
_MOUTH_BELOW = np.radians(3.1)
"""Of a listener 1.2 m away: 62 mm between the eyes, the mouth 65 mm below them."""
_MOUTH_SHARE = 0.2
_SPOT_SPREAD = np.radians(0.25)
_AWAY_SPREAD = np.radians(0.8)
"""How far fixations are scattered about an eye, and about a place away from the listener."""
_LEAST_FIXATION = 0.3
_MEAN_FIXATION = 0.9
_CLEAR = 0.25
"""Seconds between two shifts, at least: the eyes do not jump again before (saccadic latencies are about 0.2
s, Carpenter, "Movements of the Eyes", 1988)."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class GazeShifts:
    """Saccades between fixations.

    Attributes:
        start: (2,) radians yaw, pitch at the start, relative to what is looked at.
        times: (S,) seconds, rising.
        places: (S, 2) radians, where each ends.
        away: (S,) whether it ends off the listener's face.
        moves: (S,) whether it leaves the face or comes back, other than from one spot to the next.
    """

    start: Floats
    times: Floats
    places: Floats
    away: NDArray[np.bool_]
    moves: NDArray[np.bool_]


def plan_gaze_shifts(
    duration: float, *, seed: int, cues: SpeechCues, look_at: Floats | None = None
) -> GazeShifts:
    """Saccades of a clip of `duration` seconds.

    Args:
        duration: seconds.
        seed: any whole number.
        cues: of the speech.
        look_at: (N,) yaw in radians of what is looked at, at each step of `event_clock`; straight ahead by
            default.
    """
    leave, return_ = _likelihoods(duration, cues)
    times, directions = _looks_away(duration, seed, leave, return_, len(cues.phrases) > 0, look_at)
    return _with_fixations(duration, seed, times, directions)


def _likelihoods(duration: float, cues: SpeechCues) -> tuple[Floats, Floats]:
    """(N,) how likely a speaker is to look away, and to look back, at each step of the clock."""
    count = steps(duration)
    pauses = cues.pauses
    lengths = pauses[:, 1] - pauses[:, 0]
    last = np.arange(len(pauses)) == len(pauses) - 1
    thinking = (lengths >= THINKING_PAUSE) & (lengths < TURN_END) & ~last
    thinking[:1] = False  # nothing was said yet
    # A speaker begins after a pause, and at the start of the sound.
    begins = (lengths >= THINKING_PAUSE) | (np.arange(len(pauses)) == 0)
    begins[-1] = False
    turns = (lengths >= TURN_END) | last
    if len(cues.phrases) == 0:
        begins = thinking = turns = np.zeros(len(pauses), bool)
    else:
        turns[0] = False
    starts, ends = cues.phrases[:, 0], cues.phrases[:, 1]
    long = ends - starts > 1.0

    begin = pauses[begins, 1]
    think = pauses[thinking]
    turn = pauses[turns, 0]
    leave = likelihood(
        count,
        [
            (begin - 0.3, begin + 0.7, 3.0),
            (think[:, 0] + 0.1, think[:, 1], 4.0),
            (ends[long] - 0.8, ends[long], 0.4),
            (turn - 1.0, turn + 1.0, 0.25),
        ],
    )
    return_ = likelihood(
        count,
        [
            (begin - 0.3, begin + 0.5, 0.5),
            (think[:, 0] - 0.2, think[:, 1] - 0.2, 0.4),
            (ends[long] - 0.8, ends[long] - 0.2, 2.5),
            (turn - 0.8, turn + 1.0, 3.0),
        ],
    )
    return leave, return_


def _looks_away(
    duration: float,
    seed: int,
    leave: Floats,
    return_: Floats,
    speaks: bool,
    look_at: Floats | None,
) -> tuple[Floats, Floats]:
    """(L, 2) seconds of leaving and coming back, and (L, 2) where the eyes are meanwhile."""
    rows = int(duration / (LEAST_AT + LEAST_AWAY)) + 2
    draws = random_of(seed, "gaze").random((rows, 6))
    waits = -np.log1p(-draws[:, :2]) * [MEAN_AT - LEAST_AT, MEAN_AWAY - LEAST_AWAY]
    directions = _directions(draws[:, 2:])
    pace = _PACE if speaks else 1.0
    leaving, returning = (EventClock(pace * speed / past_mean(speed, 1.0)) for speed in (leave, return_))
    times: list[tuple[float, float]] = []
    now = 0.0
    for (wait_at, wait_away), direction in zip(waits.tolist(), directions, strict=True):
        left, _ = leaving.time(leaving.reading(now) + LEAST_AT + wait_at)
        left = max(left, now + LEAST_AT)
        if left >= duration:
            break
        now, _ = returning.time(returning.reading(left) + LEAST_AWAY + wait_away)
        now = max(now, left + LEAST_AWAY)
        if leave[int(left / STEP)] >= _AVERSION:
            direction *= 1 + THINKING_SIZE / np.hypot(*direction)
            direction /= max(1.0, _stretch(direction))
        yaw = 0.0 if look_at is None else look_at[int(left / STEP)]
        if abs(yaw + direction[0]) > _TURN_BACK:
            direction[0] = -abs(direction[0]) * np.sign(yaw)
        times.append((left, now))
    return np.reshape(times, (-1, 2)), directions[: len(times)]


def _directions(draws: Floats) -> Floats:
    """(L, 2) radians of places away from the listener, from (L, 4) numbers in 0..1."""
    edges = np.cumsum(DIRECTION_SHARES) / DIRECTION_SHARES.sum()
    sector = np.minimum(np.searchsorted(edges, draws[:, 0], "right"), 7)
    # The mean of two is likelier in the middle of the sector.
    angle = sector * np.pi / 4 + (draws[:, 1] + draws[:, 2] - 1) * _DIRECTION_SPREAD
    across, up = np.cos(angle), np.sin(angle)
    most = 1 / _stretch(np.stack([across, up], axis=-1))
    size = LEAST_SIZE - SIZE_FALL * np.log1p(-draws[:, 3] * -np.expm1(-(most - LEAST_SIZE) / SIZE_FALL))
    return np.stack([across * size, up * size], axis=1)


def _stretch(directions: Floats) -> NDArray[np.floating]:
    """(...) how far directions (..., 2) are on the way to where looks away end."""
    across, up = np.moveaxis(directions, -1, 0)
    return np.hypot(across / MOST_SIDEWAYS, up / np.where(up > 0, MOST_UP, MOST_DOWN))


def _with_fixations(duration: float, seed: int, looks: Floats, directions: Floats) -> GazeShifts:
    """Looks away, and in between the jumps from spot to spot."""
    rows = int(duration / _LEAST_FIXATION) + 2
    draws = random_of(seed, "fixation").random((rows, 5))
    # The sum of two exponential waits: neither a rhythm nor two jumps at once.
    waits = -np.log1p(-draws[:, 0]) - np.log1p(-draws[:, 1])
    times = np.cumsum(_LEAST_FIXATION + (_MEAN_FIXATION - _LEAST_FIXATION) / 2 * waits)
    times = np.concatenate([[0.0], times[:-1]])
    radius, angle = np.sqrt(-2 * np.log1p(-draws[:, 3])), 2 * np.pi * draws[:, 4]
    scatter = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    spots = _spots(draws[:, 2]) + _SPOT_SPREAD * scatter

    start = spots[0]

    edges = looks.ravel()
    # Eyes come back to the spot that would be theirs by then.
    returns = spots[np.searchsorted(times, looks[:, 1], "right") - 1]
    times = times[(times > 0) & (times < duration)]
    spots, scatter = spots[1 : len(times) + 1], scatter[1 : len(times) + 1]
    before = np.searchsorted(edges, times, "right")
    away = before % 2 == 1
    bounds = np.concatenate([[-np.inf], edges, [np.inf]])
    clear = (times - bounds[before] >= _CLEAR) & (bounds[before + 1] - times >= _CLEAR)
    spots[away] = directions[before[away] // 2] + _AWAY_SPREAD * scatter[away]

    all_times = np.concatenate([edges, times[clear]])
    all_places = np.concatenate([np.stack([directions, returns], axis=1).reshape(-1, 2), spots[clear]])
    all_away = np.concatenate([np.tile([True, False], len(looks)), away[clear]])
    moves = np.arange(len(all_times)) < len(edges)
    order = np.argsort(all_times, kind="stable")
    order = order[all_times[order] < duration]
    return GazeShifts(start, all_times[order], all_places[order], all_away[order], moves[order])


def _spots(draws: Floats) -> Floats:
    """(N, 2) radians: an eye or the mouth of the listener, from (N,) numbers in 0..1; the origin lies between
    the eyes."""
    spots = np.array([[-_EYES_APART / 2, 0], [_EYES_APART / 2, 0], [0, -_MOUTH_BELOW]])
    side = (1 - _MOUTH_SHARE) / 2
    return spots[np.searchsorted([side, 2 * side], draws, "right")]
