# SPDX-License-Identifier: GPL-3.0-or-later
"""Other styles of captured performances, made by editing them: these are edited takes, not other people.

Two captured speakers cannot show how differently people speak. So each performance is edited as a whole, in
ways that animators know styles by: how far the mouth opens, rounds and spreads, how clearly sounds are shaped
(hyper- and hypo-articulation: Lindblom, Explaining phonetic variation, 1990), what the face does all the
time, how lively the brows are, which side leads. Lips that were closed stay closed.

Shape letters: F frames, W = 52 ARKit weights.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...generate.articulation import Demands, constrain
from ...head import lip_gap_model
from ...retarget.arkit import ARKIT_INDEX, BROW_NAMES, MOUTH_NAMES, OPPOSED_PAIRS, arkit_indices

GROUPS: Final[dict[str, tuple[str, ...]]] = {
    "opening": ("jawOpen", "mouthClose", "mouthLowerDown", "mouthUpperUp"),
    "rounding": ("mouthPucker", "mouthFunnel"),
    "spreading": ("mouthSmile", "mouthStretch", "mouthDimple"),
    "brows": ("brow",),
}
"""Beginnings of the names of the shapes whose movements are scaled together."""

POSTURES: Final[dict[str, Mapping[str, float]]] = {
    "smile": {"mouthSmile": 0.5, "cheekSquint": 0.3, "mouthDimple": 0.15},
    "frown": {"mouthFrown": 0.5, "mouthShrugLower": 0.2},
    "press": {"mouthPress": 0.4, "mouthRollLower": 0.15, "mouthRollUpper": 0.15},
    "pout": {"mouthPucker": 0.5, "mouthFunnel": 0.3},
    "stretch": {"mouthStretch": 0.5},
    "jaw": {"jawOpen": 0.18},
    "jut": {"jawForward": 0.5},
    "teeth": {"mouthUpperUp": 0.3, "mouthLowerDown": 0.2},
    "sneer": {"noseSneer": 0.4, "mouthUpperUp": 0.12},
    "left": {"mouthLeft": 0.4, "jawLeft": 0.15},
    "right": {"mouthRight": 0.4, "jawRight": 0.15},
    "brows up": {"browInnerUp": 0.5, "browOuterUp": 0.45},
    "brows down": {"browDown": 0.6},
    "worry": {"browInnerUp": 0.6},
}
"""What a face may do all the time, at its strongest; names are beginnings of ARKit's."""

_BROW_POSTURES: Final = ("brows up", "brows down", "worry")

_SLOW_SECONDS: Final = 0.16
"""Standard deviation of what counts as slow: a syllable takes a fifth of a second."""
_CLOSED, _PARTED = 0.7, 1.6
"""Times the height at which lips count as closed: below the first they stay so, above the second not."""


@dataclass(frozen=True)
class StyleEdit:
    """How a performance is changed.

    Attributes:
        gains: factor of the movements of each of `GROUPS`; 1 where none is given.
        postures: share of each of `POSTURES`; negative ones count as 0.
        clarity: factor of what is faster than a syllable's movement: above 1 sounds are shaped clearly, below
            they run into each other.
        smoothing: standard deviation in seconds of a Gaussian over time.
        side: -1..1; of movements and postures of the mouth, how far the subject's left leads (> 0) or the
            right (< 0).
    """

    gains: Mapping[str, float] = field(default_factory=dict)
    postures: Mapping[str, float] = field(default_factory=dict)
    clarity: float = 1.0
    smoothing: float = 0.0
    side: float = 0.0


PRESET_EDITS: Final = {
    "calm": StyleEdit({"opening": 0.65, "rounding": 0.7, "spreading": 0.6, "brows": 0.6}, clarity=0.85),
    "articulated": StyleEdit({"opening": 1.15, "rounding": 1.6, "spreading": 1.6}, clarity=1.5),
    "mumbling": StyleEdit(
        {"opening": 0.25, "rounding": 0.7, "spreading": 0.5}, {"press": 0.35}, clarity=0.55, smoothing=0.05
    ),
    "big": StyleEdit({"opening": 1.8, "rounding": 1.2, "spreading": 1.2}, {"teeth": 0.3}, clarity=1.1),
    "smiling": StyleEdit({"spreading": 1.2, "brows": 1.4}, {"smile": 0.9, "brows up": 0.5}),
    "grim": StyleEdit({"opening": 0.8}, {"frown": 0.9, "brows down": 0.7, "press": 0.35}),
    "pouting": StyleEdit({"rounding": 1.5, "spreading": 0.5}, {"pout": 0.8}),
    "one_sided": StyleEdit({}, {"left": 0.6, "smile": 0.45}, side=1.0),
}
"""The edits that the presets of `generate.style_presets` are read from."""


def edited(weights: NDArray[np.float32], edit: StyleEdit, fps: float) -> NDArray[np.float32]:
    """A performance (F, 52) in another style.

    Lips that were closed are closed, and no two opposed shapes act at once.
    """
    from scipy.ndimage import gaussian_filter1d

    mouth, brows = arkit_indices(MOUTH_NAMES), arkit_indices(BROW_NAMES)
    result = weights.astype(np.float32)
    moving = [*mouth, *brows]
    slow = gaussian_filter1d(result[:, moving], _SLOW_SECONDS * fps, axis=0, mode="nearest")
    result[:, moving] = slow + np.float32(edit.clarity) * (result[:, moving] - slow)
    if edit.smoothing > 0:
        result[:, moving] = gaussian_filter1d(result[:, moving], edit.smoothing * fps, axis=0, mode="nearest")
    for group, gain in edit.gains.items():
        result[:, _columns(GROUPS[group])] *= np.float32(gain)
    result += posture(edit)
    for side, sign in (("Left", 1), ("Right", -1)):
        columns = [
            index for name, index in ARKIT_INDEX.items() if name.startswith("mouth") and name.endswith(side)
        ]
        result[:, columns] *= np.float32(1 + 0.6 * sign * edit.side)
    result = np.clip(result, 0, 1)
    for one, other in OPPOSED_PAIRS:
        pair = result[:, [ARKIT_INDEX[one], ARKIT_INDEX[other]]]
        result[:, [ARKIT_INDEX[one], ARKIT_INDEX[other]]] = pair - pair.min(axis=1, keepdims=True)
    model = lip_gap_model()
    opening = model.heights(weights) / model.closed
    closed = np.clip((_PARTED - opening) / (_PARTED - _CLOSED), 0, 1).astype(np.float32)
    nothing = np.zeros_like(closed)
    return constrain(result, Demands(closed, nothing, nothing, nothing, nothing, nothing))


def posture(edit: StyleEdit) -> NDArray[np.float32]:
    """What an edit adds all the time (52,)."""
    added = np.zeros(len(ARKIT_INDEX), np.float32)
    for name, share in edit.postures.items():
        for start, weight in POSTURES[name].items():
            added[_columns((start,))] += max(0.0, share) * weight
    return added


def random_edit(random: np.random.Generator) -> StyleEdit:
    """Any style: most often two or three things that are unusual, seldom everything."""
    gains = {
        name: float(np.exp(np.clip(random.normal(0, 0.4), -1.1, 0.65)))
        for name in GROUPS
        if random.random() < 0.6
    }
    brows = [name for name in POSTURES if name in _BROW_POSTURES]
    mouth = [name for name in POSTURES if name not in _BROW_POSTURES]
    count = random.choice(4, p=(0.3, 0.35, 0.25, 0.1))
    chosen = [*random.choice(mouth, size=count, replace=False)]
    if random.random() < 0.4:
        chosen.append(random.choice(brows))
    slurs = random.random() < 0.35
    return StyleEdit(
        gains=gains,
        postures={str(name): float(random.uniform(0.15, 1)) for name in chosen},
        clarity=float(np.exp(random.normal(-0.25, 0.2) if slurs else random.normal(0.1, 0.25))),
        smoothing=float(random.uniform(0, 0.07)) if slurs else 0.0,
        side=float(np.clip(random.normal(0, 0.5), -1, 1)) if random.random() < 0.3 else 0.0,
    )


def _columns(starts: tuple[str, ...]) -> list[int]:
    return [index for name, index in ARKIT_INDEX.items() if name.startswith(starts)]
