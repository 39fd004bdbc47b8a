# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rig can do of what speech asks of a face, and what it cannot.

Shape letters: F poses, S samples.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .arkit import ARKIT_INDEX, ARKIT_NAMES
from .face_features import face_features

OPEN_MOUTH: Final = "open the mouth"
"""Name of the ability without which nothing speaks."""

ENOUGH: Final = 0.5
"""Share of what is asked from which a rig is said to do it."""


@dataclass(frozen=True)
class Ability:
    """How far a rig does one thing. Lengths in metres of a head of the built-in one's size.

    Attributes:
        name: what it is, as the end of "this head cannot ...".
        part: the part of a take that it belongs to.
        asked: what the built-in head does.
        reached: what the rig does of it.
        residual: root mean square of what is left over the samples of the face that the pose moves.
    """

    name: str
    part: str
    asked: float
    reached: float
    residual: float

    @property
    def share(self) -> float:
        """Part of what is asked that is reached."""
        return self.reached / self.asked

    @property
    def is_enough(self) -> bool:
        """Whether nobody needs to be told."""
        return self.share >= ENOUGH

    @property
    def note(self) -> str:
        """One line for the user."""
        return (
            f"This head cannot {self.name}: {abs(max(self.share, 0)):.0%} of what is asked is reached, and "
            f"{1000 * self.residual:.1f} mm are left where the face moves."
        )


@dataclass(frozen=True)
class _Asked:
    """A pose, the part that makes it, and the measure that tells whether it was made."""

    name: str
    part: str
    weights: Mapping[str, float]
    measure: str
    minus: str | None = None


_ALL: Final = (
    _Asked(OPEN_MOUTH, "Mouth", {"jawOpen": 0.5}, "lip gap 3"),
    _Asked("close the lips while the jaw is open", "Mouth", {"jawOpen": 0.3, "mouthClose": 0.3}, "jaw"),
    _Asked("purse the lips", "Mouth", {"jawOpen": 0.12, "mouthPucker": 0.7}, "mouth width"),
    _Asked("spread the lips", "Mouth", {"mouthSmileLeft": 0.5, "mouthSmileRight": 0.5}, "mouth width"),
    _Asked("bring the lower lip in under the teeth", "Mouth", {"mouthRollLower": 0.6}, "lower lip height"),
    _Asked(
        "raise the upper lip",
        "Mouth",
        {"mouthUpperUpLeft": 0.6, "mouthUpperUpRight": 0.6},
        "upper lip height",
    ),
    _Asked(
        "move the corners of the mouth apart from each other",
        "Mouth",
        {"mouthSmileLeft": 0.6},
        "corner height left",
        "corner height right",
    ),
    _Asked("close the left eye", "Blink", {"eyeBlinkLeft": 1.0}, "left lid gap"),
    _Asked("close the right eye", "Blink", {"eyeBlinkRight": 1.0}, "right lid gap"),
    _Asked("close one eye alone", "Blink", {"eyeBlinkLeft": 1.0}, "left lid gap", "right lid gap"),
    _Asked(
        "raise the brows",
        "Brows",
        {"browInnerUp": 0.6, "browOuterUpLeft": 0.6, "browOuterUpRight": 0.6},
        "left brow",
    ),
    _Asked("lower the brows", "Brows", {"browDownLeft": 0.7, "browDownRight": 0.7}, "left brow"),
)


def judge(
    parts: frozenset[str],
    show: Callable[[NDArray[np.float32], str], NDArray[np.floating]],
) -> tuple[Ability, ...]:
    """What a rig does of each pose that speech asks for.

    Args:
        parts: parts that are asked about.
        show: displacements (F, S, 3) that the rig shows for ARKit weights (F, 52), by the keys of one part.
    """
    features = face_features()
    result = []
    for each in _ALL:
        if each.part not in parts:
            continue
        weights = np.zeros((1, len(ARKIT_NAMES)), np.float32)
        for name, weight in each.weights.items():
            weights[0, ARKIT_INDEX[name]] = weight
        asked = np.tensordot(weights.astype(np.float64), features.arkit, 1)
        reached = np.asarray(show(weights, each.part), np.float64)
        values = []
        for displacements in (asked, reached):
            value = features.measure(each.measure, displacements)[0]
            if each.minus is not None:
                value -= features.measure(each.minus, displacements)[0]
            values.append(float(value))
        moved = np.linalg.norm(asked[0], axis=1) > 0.1 * np.linalg.norm(asked[0], axis=1).max()
        residual = np.sqrt((((reached - asked)[0, moved]) ** 2).sum(axis=1).mean())
        result.append(Ability(each.name, each.part, values[0], values[1], float(residual)))
    return tuple(result)
