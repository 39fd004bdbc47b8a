# SPDX-License-Identifier: GPL-3.0-or-later
"""Rigs of other people, made from the built-in head, whose lips are known.

Letters: F frames, K keys, W vertices of the rig's mesh, L marks (`made_heads.marks`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..head import load_head
from ..retarget.arkit import ARKIT_NAMES, PARTS
from .made_heads import MadeHead
from .retarget_sculpts import OCULUS, PAIRS, PRESTON_BLAIR, VRM, Sculptor, Sculpts, both_sides

Doubles = NDArray[np.float64]
Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class KeyedRig:
    """A mesh with shape keys.

    Attributes:
        title: in tables.
        head: its face.
        keys: (K,) names.
        shapes: (K,) functions that give the displacement (V, 3) of the built-in head.
        reference: the head whose full rig it should look like.
    """

    title: str
    head: MadeHead
    keys: tuple[str, ...]
    shapes: tuple[Callable[[], Doubles], ...]
    reference: MadeHead

    @cached_property
    def deltas(self) -> Floats:
        """(K, W, 3) in the mesh's units and axes."""
        return np.stack([self.head.delta(shape()) for shape in self.shapes])

    def marks_at(self, values: NDArray[np.floating]) -> Doubles:
        """(F, L, 3) metres in head axes where the marks are at values (F, K)."""
        rows = self.head.mark_rows
        moved = np.tensordot(np.asarray(values, np.float64), self.deltas[:, rows].astype(np.float64), 1)
        return self.head.to_head_axes(self.head.vertices[rows] + moved)

    def vertices_at(self, values: NDArray[np.floating]) -> Doubles:
        """(F, W, 3) metres in head axes at values (F, K)."""
        moved = np.tensordot(np.asarray(values, np.float64), self.deltas.astype(np.float64), 1)
        return self.head.to_head_axes(self.head.vertices + moved)


def full_rig(head: MadeHead) -> KeyedRig:
    """All 52 ARKit shapes: what the others are compared with."""
    return _mixtures("ARKit", head, ARKIT_NAMES, np.eye(len(ARKIT_NAMES)))


def _mixtures(title: str, head: MadeHead, names: Sequence[str], weights: Doubles) -> KeyedRig:
    """Keys (K,) that are mixtures (K, 52) of the ARKit shapes."""
    model = load_head()

    def shape(row: Doubles) -> Callable[[], Doubles]:
        return lambda: model.displacement(row).astype(np.float64)

    return KeyedRig(title, head, tuple(names), tuple(shape(row) for row in weights), head)


def _sculptures(title: str, head: MadeHead, sculpts: Sculpts, seed: int) -> KeyedRig:
    sculptor = Sculptor(seed)

    def shape(number: int, weights: dict[str, float]) -> Callable[[], Doubles]:
        return lambda: sculptor.shape(number, weights)

    shapes = tuple(shape(number, dict(weights)) for number, weights in enumerate(sculpts.values()))
    return KeyedRig(title, head, tuple(sculpts), shapes, head)


def oculus(head: MadeHead, seed: int) -> KeyedRig:
    """15 visemes of Oculus Lipsync, sculpted by whoever `seed` is."""
    return _sculptures("15 Oculus visemes", head, OCULUS, seed)


APART: Final = {"jawOpen": 0.1, "mouthLowerDown": 0.1, "mouthUpperUp": 0.15}
"""What a face does whose lips stand open at rest: 4.5 mm."""


def lips_apart(head: MadeHead, seed: int) -> KeyedRig:
    """15 visemes of a head that was modelled with its lips apart: only some keys close them."""
    rest = load_head().displacement(both_sides(APART)).astype(np.float64)
    sculptor = Sculptor(seed)

    def shape(number: int, weights: dict[str, float]) -> Callable[[], Doubles]:
        # Sculptors look at the face that they want, wherever it began.
        return lambda: sculptor.shape(number, weights) - rest

    visemes = {name: dict(weights) for name, weights in OCULUS.items() if weights}
    shapes = tuple(shape(number, weights) for number, weights in enumerate(visemes.values(), 1))
    parted = replace(head, name=f"{head.name}, lips apart", offsets=head.offsets + rest)
    return KeyedRig("14 Oculus visemes, lips apart at rest", parted, tuple(visemes), shapes, head)


def vrm(head: MadeHead, seed: int) -> KeyedRig:
    """VRM's five vowels and blink."""
    return _sculptures("VRM: A I U E O, Blink", head, VRM, seed)


def preston_blair(head: MadeHead, seed: int) -> KeyedRig:
    """Nine drawings."""
    return _sculptures("9 Preston Blair", head, PRESTON_BLAIR, seed)


def nameless(head: MadeHead, seed: int) -> KeyedRig:
    """All ARKit shapes, sculpted, under names that say nothing, in any order."""
    random = np.random.default_rng(seed)
    order = random.permutation(len(ARKIT_NAMES))
    sculpts = {f"Key {place + 1}": {ARKIT_NAMES[each]: 1.0} for place, each in enumerate(order)}
    return _sculptures("ARKit without names", head, sculpts, seed)


def misnamed(head: MadeHead, seed: int) -> KeyedRig:
    """All ARKit shapes, each under the name of another: names that lie."""
    order = np.random.default_rng(seed).permutation(len(ARKIT_NAMES))
    return _mixtures("ARKit, names scrambled", head, ARKIT_NAMES, np.eye(len(ARKIT_NAMES))[order])


def without(head: MadeHead, missing: Sequence[str]) -> KeyedRig:
    """ARKit as it should be, but for some shapes."""
    rows = [row for row, name in enumerate(ARKIT_NAMES) if name not in missing]
    names = [ARKIT_NAMES[row] for row in rows]
    return _mixtures(f"ARKit without {', '.join(missing)}", head, names, np.eye(len(ARKIT_NAMES))[rows])


MIXED_MOUTHS: Final = 24
MIXED_OTHERS: Final = 6


def mixtures(head: MadeHead, seed: int) -> KeyedRig:
    """Unnamed morphs, each a random mixture of two to four shapes of one part, both sides alike."""
    random = np.random.default_rng(seed)
    rows = []
    for part, count in (("Mouth", MIXED_MOUTHS), ("Blink", MIXED_OTHERS // 2), ("Brows", MIXED_OTHERS // 2)):
        names = sorted({_without_side(name) for name in PARTS[part]} - {"tongueOut"})
        for _ in range(count):
            chosen = random.choice(names, size=min(len(names), random.integers(2, 5)), replace=False)
            rows.append(both_sides({str(name): random.uniform(0.2, 1.0) for name in chosen}))
    weights = np.array(rows)[random.permutation(len(rows))]
    return _mixtures("random mixtures", head, [f"Morph.{row:03}" for row in range(len(rows))], weights)


def handful(head: MadeHead, seed: int) -> KeyedRig:
    """Six unnamed morphs, as a simple character has them."""
    sculpts: Sculpts = {
        "Key 1": {"jawOpen": 0.7},
        "Key 2": {"mouthPucker": 0.8},
        "Key 3": {"mouthSmile": 0.7},
        "Key 4": {"mouthFrown": 0.6},
        "Key 5": {"eyeBlink": 1.0},
        "Key 6": {"browInnerUp": 0.8, "browOuterUp": 0.8},
    }
    return _sculptures("6 unnamed morphs", head, sculpts, seed)


def _without_side(name: str) -> str:
    for side in ("Left", "Right"):
        if name.endswith(side) and name.removesuffix(side) in PAIRS:
            return name.removesuffix(side)
    return name
