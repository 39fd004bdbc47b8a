# SPDX-License-Identifier: GPL-3.0-or-later
"""The 52 ARKit shapes and the expression units on hm08's vertices, corrected for the template."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...retarget.arkit import ARKIT_NAMES
from .assemble import lash_vertices
from .lids import mend_blink
from .lips import CLOSED_SHAPES, keep_closed, mend_mouth_close, part_crossed, round_opening
from .rings import MOUTH_BORDER, Rings
from .source import HeadSource

_ANCESTRY_FOLDERS: Final = ("african", "asian", "caucasian")


def arkit_shapes(
    source: HeadSource,
    scale: float,
    neutral: NDArray[np.float64],
    rings: Rings,
    groups: dict[str, NDArray[np.int64]],
    eyes: dict[str, tuple[NDArray[np.float64], float]],
    teeth_front: "TeethFront",
) -> NDArray[np.float64]:
    """(52, 19158, 3) metres in the order of `ARKIT_NAMES`.

    `scale` metres per source unit; `neutral` (19158, 3) metres; `eyes` centre and radius of the eyeball of
    each side ("Left", "Right").
    """
    shapes = _symmetric({name: source.arkit_target(name) * scale for name in ARKIT_NAMES}, source.mirror())
    for side, ring in (("Left", rings.left_eye), ("Right", rings.right_eye)):
        letter = side[0].lower()
        lashes = lash_vertices(groups, letter)
        name = f"eyeBlink{side}"
        shapes[name] = mend_blink(neutral, shapes[name], ring, lashes, *eyes[side])
    shapes["jawOpen"] += round_opening(neutral, shapes["jawOpen"], rings, height=1.0, amount=0.5)
    shapes["mouthFunnel"] += round_opening(
        neutral, shapes["mouthFunnel"], rings, height=0.65, amount=0.9, power=1.2, upper_share=0.5
    )
    for name in ARKIT_NAMES:
        if name in CLOSED_SHAPES:
            shapes[name] += keep_closed(neutral, shapes[name], rings)
        elif name.startswith("mouth") and name != "mouthClose":
            shapes[name] += part_crossed(neutral, shapes[name], rings)
        if name.startswith("mouth") and name != "mouthClose":
            shapes[name] += teeth_front.keep_in_front(neutral, shapes[name], rings)
    shapes["mouthClose"] += mend_mouth_close(neutral, shapes["jawOpen"], shapes["mouthClose"], rings)
    return np.stack([shapes[name] for name in ARKIT_NAMES])


def _symmetric(
    shapes: dict[str, NDArray[np.float64]], mirror: NDArray[np.int64]
) -> dict[str, NDArray[np.float64]]:
    """Shapes made exact mirror images of their partners: the source differs by up to 1 mm."""

    def partner(name: str) -> str:
        if name.endswith("Left"):
            return name.removesuffix("Left") + "Right"
        return name.removesuffix("Right") + "Left" if name.endswith("Right") else name

    return {name: (shape + shapes[partner(name)][mirror] * [-1, 1, 1]) / 2 for name, shape in shapes.items()}


def expression_units(source: HeadSource, scale: float) -> NDArray[np.float64]:
    """(34, 19158, 3) metres: MakeHuman's expression units, the mean over its three ancestries."""
    folder = "expression/units"
    names = source.target_names(f"{folder}/{_ANCESTRY_FOLDERS[0]}")
    units = [
        sum(source.target(f"{folder}/{ancestry}/{name}") for ancestry in _ANCESTRY_FOLDERS) for name in names
    ]
    return np.stack(units) * (scale / len(_ANCESTRY_FOLDERS))


class TeethFront:
    """How far forward the upper teeth stand, so that lips are kept in front of them."""

    _CLEARANCE: Final = 0.0012
    _LAYER: Final = 0.0006
    """Metres in front of the teeth for the contact line and for each ring further out."""

    def __init__(self, arch: NDArray[np.float64]) -> None:
        """`arch` (N, 3) metres: vertices of the upper teeth."""
        self._bottom, self._top = float(arch[:, 1].min()), float(arch[:, 1].max())
        edges = np.linspace(-0.026, 0.026, 27)
        self._x = (edges[1:] + edges[:-1]) / 2
        near = [arch[np.abs(arch[:, 0] - x) < 0.003, 2] for x in self._x]
        self._z = np.array([column.max() for column in near])

    def keep_in_front(
        self, neutral: NDArray[np.float64], displacement: NDArray[np.float64], rings: Rings
    ) -> NDArray[np.float64]:
        """(V, 3): forward push for lip vertices that a shape would move into the upper teeth."""
        push = np.zeros_like(neutral)
        contact = 8
        for row in range(MOUTH_BORDER, 13):
            ring = rings.mouth[row]
            moved = neutral[ring] + displacement[ring]
            layer = self._LAYER * max(0, contact - row)
            needed = np.interp(moved[:, 0], self._x, self._z) + self._CLEARANCE + layer
            # What the neutral lip lacks is no fault of the shape.
            neutral_lack = np.maximum(
                np.interp(neutral[ring, 0], self._x, self._z) + self._CLEARANCE + layer - neutral[ring, 2], 0
            )
            lack = np.maximum(needed - moved[:, 2] - neutral_lack, 0)
            beside = (
                (moved[:, 1] > self._bottom - 0.001)
                & (moved[:, 1] < self._top)
                & (np.abs(moved[:, 0]) < 0.024)
            )
            push[ring, 2] = np.where(beside, lack, 0)
        return push
