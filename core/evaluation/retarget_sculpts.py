# SPDX-License-Identifier: GPL-3.0-or-later
"""Mouth shapes as sculptors make them: what the keys of test rigs look like.

These are not the meanings by which names are believed (`core.retarget.channels`), and must not be: no
sculptor saw that table. Each set was written from what its convention's own pages show of the mouth, and each
rig's sculptor takes every shape larger or smaller, the two sides unequally, and adds something that nobody
asked for.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..head import load_head
from ..retarget.arkit import ARKIT_INDEX, ARKIT_NAMES

Doubles = NDArray[np.float64]
Sculpts = Mapping[str, Mapping[str, float]]

PAIRS: Final = {
    name.removesuffix("Left"): (name, name.removesuffix("Left") + "Right")
    for name in ARKIT_NAMES
    if name.endswith("Left") and name.removesuffix("Left") + "Right" in ARKIT_NAMES
}
"""Name without its side -> both names: "mouthSmile" is both corners."""

OCULUS: Final[Sculpts] = {
    "viseme_sil": {},
    "viseme_PP": {"jawOpen": 0.05, "mouthClose": 0.05, "mouthPress": 0.5, "mouthRollLower": 0.2},
    "viseme_FF": {"jawOpen": 0.06, "mouthRollLower": 0.6, "mouthUpperUp": 0.25},
    "viseme_TH": {"jawOpen": 0.16, "mouthLowerDown": 0.2, "tongueOut": 0.3},
    "viseme_DD": {"jawOpen": 0.12, "mouthUpperUp": 0.15, "mouthLowerDown": 0.25},
    "viseme_kk": {"jawOpen": 0.22, "mouthLowerDown": 0.1, "mouthStretch": 0.1},
    "viseme_CH": {"jawOpen": 0.09, "mouthFunnel": 0.6, "mouthUpperUp": 0.15},
    "viseme_SS": {"jawOpen": 0.04, "mouthStretch": 0.35, "mouthLowerDown": 0.25, "mouthUpperUp": 0.15},
    "viseme_nn": {"jawOpen": 0.17, "mouthUpperUp": 0.1, "mouthLowerDown": 0.1},
    "viseme_RR": {"jawOpen": 0.12, "mouthFunnel": 0.25, "mouthPucker": 0.3},
    "viseme_aa": {"jawOpen": 0.65, "mouthLowerDown": 0.1},
    "viseme_E": {"jawOpen": 0.35, "mouthSmile": 0.25, "mouthStretch": 0.15},
    "viseme_I": {"jawOpen": 0.18, "mouthSmile": 0.4, "mouthStretch": 0.25, "mouthLowerDown": 0.15},
    "viseme_O": {"jawOpen": 0.45, "mouthFunnel": 0.5, "mouthPucker": 0.15},
    "viseme_U": {"jawOpen": 0.15, "mouthPucker": 0.8, "mouthFunnel": 0.2},
}
"""The 15 visemes of Oculus Lipsync, after the pictures of its viseme reference (Meta)."""

VRM: Final[Sculpts] = {
    "A": {"jawOpen": 0.55},
    "I": {"jawOpen": 0.1, "mouthStretch": 0.5, "mouthLowerDown": 0.4, "mouthUpperUp": 0.3},
    "U": {"jawOpen": 0.15, "mouthPucker": 0.9},
    "E": {"jawOpen": 0.3, "mouthStretch": 0.4, "mouthSmile": 0.1},
    "O": {"jawOpen": 0.45, "mouthFunnel": 0.45, "mouthPucker": 0.3},
    "Blink": {"eyeBlink": 1.0},
}
"""The vowels of VRM 0 (aa ih ou ee oh in VRM 1) and its blink: Japanese vowels, drawn plainly."""

PRESTON_BLAIR: Final[Sculpts] = {
    "A": {"mouthPress": 0.45, "mouthShrugLower": 0.15},
    "B": {"jawOpen": 0.07, "mouthUpperUp": 0.2, "mouthLowerDown": 0.3, "mouthStretch": 0.15},
    "C": {"jawOpen": 0.25, "mouthLowerDown": 0.15, "mouthSmile": 0.1},
    "D": {"jawOpen": 0.6, "mouthLowerDown": 0.15, "mouthUpperUp": 0.1},
    "E": {"jawOpen": 0.22, "mouthFunnel": 0.35, "mouthPucker": 0.25},
    "F": {"jawOpen": 0.1, "mouthPucker": 0.85, "mouthFunnel": 0.1},
    "G": {"jawOpen": 0.08, "mouthRollLower": 0.55, "mouthUpperUp": 0.2},
    "H": {"jawOpen": 0.35, "mouthLowerDown": 0.2, "tongueOut": 0.15},
    "X": {},
}
"""The nine drawings A to H and X of Rhubarb Lip Sync, after the pictures in its manual (Preston Blair's
mouth positions)."""

_STYLE: Final = (0.7, 1.35)
"""Between which all of a sculptor's jaws, and all lips, are larger or smaller than described: some sculpt
speech that mumbles, others a stage's."""
_FACTORS: Final = (0.7, 1.3)
"""Between which each shape is beside its sculptor's style."""
_SIDES: Final = 0.06
"""Part by which the two sides differ, standard deviation."""
_STRAY: Final = (
    "browInnerUp",
    "browDown",
    "cheekSquint",
    "noseSneer",
    "mouthDimple",
    "mouthFrown",
    "mouthSmile",
    "mouthStretch",
    "mouthPucker",
    "mouthShrugUpper",
    "eyeSquint",
    "jawForward",
)
"""What shapes may have beside what was asked for, two of these; none opens lips that shall be closed."""
_STRAY_SIZE: Final = (0.05, 0.2)
_BEYOND: Final = 0.04
"""Size, as of beta, of what a sculptor does that no ARKit shape does: a thirtieth of an open jaw."""


def both_sides(weights: Mapping[str, float]) -> Doubles:
    """(52,) ARKit weights of names that may stand for both sides ("mouthSmile")."""
    result = np.zeros(len(ARKIT_NAMES))
    for name, weight in weights.items():
        for each in PAIRS.get(name, (name,)):
            result[ARKIT_INDEX[each]] = weight
    return result


class Sculptor:
    """Somebody who sculpts shapes of the built-in head from descriptions.

    Args:
        seed: who it is.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        style = np.random.default_rng((seed, 0))
        self._jaw, self._lips = (float(style.uniform(*_STYLE)) for _ in range(2))

    def shape(self, number: int, weights: Mapping[str, float]) -> Doubles:
        """(V, 3) metres: a shape as described, more or less; nothing for one that is rest.

        What shall close does: jaw and `mouthClose` are taken larger and smaller together, blinks as they are.

        Args:
            number: of the shape; each has mistakes of its own.
            weights: ARKit weights; names without a side stand for both.
        """
        head = load_head()
        if not weights:
            return np.zeros(head.template.shape)
        random = np.random.default_rng((self._seed, 1 + number))
        factors = {
            name: random.uniform(*_FACTORS) * (self._jaw if name.startswith("jaw") else self._lips)
            for name in weights
        }
        factors |= {name: 1.0 for name in weights if name.startswith("eyeBlink")}
        if {"jawOpen", "mouthClose"} <= factors.keys():
            factors["mouthClose"] = factors["jawOpen"]
        shape = both_sides({name: weight * factors[name] for name, weight in weights.items()})
        # Whoever sculpts a single shape has less to keep apart.
        share = 0.5 if len(weights) == 1 else 1.0
        for stray in random.choice(_STRAY, 2, replace=False).tolist():
            shape += both_sides({stray: share * random.uniform(*_STRAY_SIZE)})
        for left, right in PAIRS.values():
            tilt = _SIDES * random.standard_normal()
            shape[ARKIT_INDEX[left]] *= 1 + tilt
            shape[ARKIT_INDEX[right]] *= 1 - tilt
        return head.displacement(shape).astype(np.float64) + _beyond(random)


def _beyond(random: np.random.Generator) -> Doubles:
    """(V, 3) metres of something that is no mixture of ARKit shapes."""
    head = load_head()
    beta = random.standard_normal(len(head.arkit_to_expression)) * head.expression_spread
    known, _ = np.linalg.qr(head.arkit_to_expression.astype(np.float64))
    beta -= known @ (known.T @ beta)
    beta *= _BEYOND / np.linalg.norm(beta)
    moved = head.vertices(beta=beta.astype(np.float32)).astype(np.float64) - head.template
    upper, lower = (head.landmarks[f"inner_lip_{name}"] for name in ("upper", "lower"))
    # Whatever else it does, it does not part the lips: those who sculpt look at that first.
    parted = (moved[upper] - moved[lower])[len(upper) // 2, 1]
    return -moved if parted > 0 else moved
