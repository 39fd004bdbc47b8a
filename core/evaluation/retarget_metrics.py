# SPDX-License-Identifier: GPL-3.0-or-later
"""How near a rig's face comes to the full rig's, on its own lips.

Letters: F frames, L marks (`made_heads.marks`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..generate.articulation import ANTICIPATION, SETTLING, SHORTEST_PAUSE
from ..head.lip_gap import CLOSED_GAP
from ..motion import Phone
from ..phones import BILABIALS
from .made_heads import MARKS
from .mouth_events import TOLERANCE, pauses

Doubles = NDArray[np.float64]
Flags = NDArray[np.bool_]

PAIRS: Final = 7
"""Of inner lips; the middle one tells the gap."""
OPEN_GAP: Final = 0.08
"""Lips farther apart than this part of the mouth's width are open for all to see."""
_LID_PAIRS: Final = 3
_SHUT: Final = 0.2
_NEARLY: Final = 0.3
"""Lids nearer than this part of their distance at rest are shut, and nearly shut."""


@dataclass(frozen=True)
class FaceCurves:
    """What is seen of a moving face, metres in head axes.

    Attributes:
        gap: (F,) height between the middles of the inner lips.
        width: (F,) between the corners of the mouth.
        lids: (F,) height between the lids, both eyes.
        lips: (F, N, 3) inner lips and corners.
        rest_width: metres between the corners at rest.
        open_lids: metres between the lids at rest.
    """

    gap: Doubles
    width: Doubles
    lids: Doubles
    lips: Doubles
    rest_width: float
    open_lids: float

    @property
    def closed(self) -> float:
        """Metres of gap below which the lips are closed."""
        return CLOSED_GAP * self.rest_width

    @property
    def opening(self) -> Doubles:
        """(F,) the gap as a part of the mouth's width at rest."""
        return self.gap / self.rest_width


def face_curves(marks: Doubles, rest: Doubles) -> FaceCurves:
    """Curves of marks (F, L, 3) of a face whose marks rest at (L, 3)."""
    gap, width, lids = _measured(marks)
    _, still_width, still_lids = _measured(rest[None])
    lips = marks[:, : 2 * PAIRS + 2]
    return FaceCurves(gap, width, lids, lips, float(still_width[0]), float(still_lids[0]))


def _measured(marks: Doubles) -> tuple[Doubles, Doubles, Doubles]:
    sizes = {"inner_lip_upper": PAIRS, "inner_lip_lower": PAIRS, "mouth_corners": 2}
    places, first = {}, 0
    for name in MARKS:
        places[name] = slice(first, first := first + sizes.get(name, _LID_PAIRS))
    upper, lower = marks[:, places["inner_lip_upper"]], marks[:, places["inner_lip_lower"]]
    corners = marks[:, places["mouth_corners"]]
    lids = [
        marks[:, places[f"eyelid_upper_{side}"], 1] - marks[:, places[f"eyelid_lower_{side}"], 1]
        for side in ("left", "right")
    ]
    return (
        upper[:, PAIRS // 2, 1] - lower[:, PAIRS // 2, 1],
        corners[:, 1, 0] - corners[:, 0, 0],
        np.concatenate(lids, axis=1).mean(axis=1),
    )


@dataclass
class Score:
    """One rig beside the full one, over all clips.

    Attributes:
        gap: correlation of the lip gap.
        size: standard deviation of the lip gap in parts of the mouth's width, the built-in head's being 1.
        width: correlation of the mouth's width.
        off: mean distance of inner lips and corners from where the full rig has them, millimetres.
        seals: share of the m, b, p that the full rig seals in which this one seals too.
        shut: share of the frames of wide open lips of the full rig in which this one's are closed.
        silence: share of the frames of pauses in which the full rig's lips are closed and this one's are.
        blinks: share of the full rig's blinks in which these lids shut.
        jitter: mean acceleration of the lip gap by how far it swings, that of the full rig being 1.
    """

    gap: float
    size: float
    width: float
    off: float
    seals: float
    shut: float
    silence: float
    blinks: float
    jitter: float


SCORES: Final = tuple(field.name for field in fields(Score))


def score(
    made: Sequence[FaceCurves],
    full: Sequence[FaceCurves],
    usual: Sequence[FaceCurves],
    phones: Sequence[Sequence[Phone]],
    fps: float,
) -> Score:
    """Compare clips of a rig with the same clips of the full rig.

    Args:
        made: of the rig.
        full: of the full rig on the same head.
        usual: of the built-in head.
        phones: what was spoken in each clip.
        fps: frames a second.
    """
    seals, shut, silence, blinks, off = [], [], [], [], []
    for one, other, spoken in zip(made, full, phones, strict=True):
        off.append(1000 * np.linalg.norm(one.lips - other.lips, axis=2).mean(axis=1))
        closed, known = one.gap < one.closed, other.gap < other.closed
        times = np.arange(len(closed)) / fps
        for phone in spoken:
            near = (times >= phone.start - TOLERANCE) & (times <= phone.end + TOLERANCE)
            if phone.name in BILABIALS and known[near].any():
                seals.append(closed[near].any())
        shut.append(closed[other.gap > OPEN_GAP / CLOSED_GAP * other.closed])
        still = np.zeros(len(times), bool)
        for start, end in pauses(spoken, float(times[-1]), SHORTEST_PAUSE):
            still |= (times >= start + SETTLING) & (times <= end - ANTICIPATION)
        silence.append(closed[still & known])
        for first, last in _stretches(other.lids < _SHUT * other.open_lids):
            blinks.append(one.lids[first:last].min() < _NEARLY * one.open_lids)
    return Score(
        gap=_correlation([each.gap for each in made], [each.gap for each in full]),
        size=_ratio([each.opening.std() for each in made], [each.opening.std() for each in usual]),
        width=_correlation([each.width for each in made], [each.width for each in full]),
        off=_mean(off),
        seals=_mean([np.array(seals)]),
        shut=_mean(shut),
        silence=_mean(silence),
        blinks=_mean([np.array(blinks)]),
        jitter=_ratio([_jitter(each.gap) for each in made], [_jitter(each.gap) for each in full]),
    )


def _stretches(flags: Flags) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _jitter(curve: Doubles) -> float:
    return float(np.abs(np.diff(curve, 2)).mean() / max(curve.std(), 1e-9))


def _correlation(made: Sequence[Doubles], full: Sequence[Doubles]) -> float:
    """Of all clips one after the other; 0 where the rig does not move."""
    one, other = np.concatenate(made), np.concatenate(full)
    one, other = one - one.mean(), other - other.mean()
    size = float(np.sqrt((one @ one) * (other @ other)))
    return float(one @ other) / size if size > 1e-15 else 0.0


def _ratio(made: Sequence[float], full: Sequence[float]) -> float:
    return float(np.mean(made) / np.mean(full))


def _mean(values: Sequence[NDArray]) -> float:
    together = np.concatenate(values) if values else np.zeros(0)
    return float(together.mean()) if len(together) else float("nan")
