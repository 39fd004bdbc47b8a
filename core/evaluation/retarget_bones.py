# SPDX-License-Identifier: GPL-3.0-or-later
"""A face that bones move, made from the built-in head: real skinning, and poses set for each shape.

The bones are those that game characters have: a jaw, eight on the lips (three of them carried by the jaw) and
two for each eye's lids. An animator set them as near to a sculpted shape as they go, which is not near: what
lies between them follows by linear blend skinning.

Letters: V vertices of the built-in head, N vertices of a selection, B bones, P poses, F frames.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..head import load_head
from ..head_rotation import matrices_from_quaternions, quaternions_from_matrices
from ..retarget.arkit import ARKIT_INDEX, ARKIT_NAMES
from ..retarget.bone_poses import BoneChannels, BonePoses
from .made_heads import MadeHead, marks
from .retarget_sculpts import OCULUS, Sculptor, Sculpts

Doubles = NDArray[np.float64]
Indices = NDArray[np.int64]

JAW: Final = "jaw"
UPPER: Final = ("lip_upper_R", "lip_upper", "lip_upper_L")
LOWER: Final = ("lip_lower_R", "lip_lower", "lip_lower_L")
CORNERS: Final = ("lip_corner_R", "lip_corner_L")
LIDS: Final = ("lid_upper_R", "lid_upper_L", "lid_lower_R", "lid_lower_L")
BONES: Final = (JAW, *UPPER, *LOWER, *CORNERS, *LIDS)
"""Those of the lower lip are the jaw's children; all lie in head axes at rest."""

_REACH: Final = 0.008
"""Metres: standard deviation of the weights around a bone of the lips."""
_SIDE_PAIRS: Final = (1, 3, 5)
"""Pairs of inner lips at which bones sit, of seven from right to left."""


@dataclass(frozen=True, eq=False)
class Skeleton:
    """Bones of the built-in head and what hangs on them.

    Attributes:
        pivots: (B, 3) metres in head axes.
        weights: (V, B) of each vertex; what is left of 1 stays with the skull.
    """

    pivots: Doubles
    weights: Doubles

    def skinned(self, channels: BoneChannels, chosen: Indices) -> Doubles:
        """(F, N, 3) metres in head axes where some vertices come to, for channels (F, B)."""
        rest = load_head().template[chosen].astype(np.float64)
        weights = self.weights[chosen]
        turns = matrices_from_quaternions(channels.rotations)
        jaw = BONES.index(JAW)

        def moved(bone: int, points: Doubles) -> Doubles:
            from_pivot = points - self.pivots[bone]
            turned = np.einsum("fij,fnj->fni", turns[:, bone], np.broadcast_to(from_pivot, shape))
            return turned + self.pivots[bone] + channels.locations[:, bone, None]

        shape = (len(channels.locations), len(chosen), 3)
        result = (1 - weights.sum(axis=1))[:, None] * np.broadcast_to(rest, shape)
        for bone, name in enumerate(BONES):
            if weights[:, bone].any():
                points = moved(bone, rest)
                if name in LOWER:
                    from_jaw = points - self.pivots[jaw]
                    points = np.einsum("fij,fnj->fni", turns[:, jaw], from_jaw)
                    points += self.pivots[jaw] + channels.locations[:, jaw, None]
                result = result + weights[:, bone][:, None] * points
        return result


def skeleton() -> Skeleton:
    """Bones and their weights, found on the built-in head."""
    head = load_head()
    template = head.template.astype(np.float64)
    deltas = head.arkit_deltas.astype(np.float64)
    turn, _, pivot = _jaw_motion(deltas[ARKIT_INDEX["jawOpen"]])
    opened = (template - pivot) @ turn.T + pivot - template
    moved = deltas[ARKIT_INDEX["jawOpen"]]
    size = np.maximum((opened**2).sum(axis=1), 1e-12)
    with_jaw = np.clip((moved * opened).sum(axis=1) / size, 0, 1)
    with_jaw[np.linalg.norm(moved, axis=1) < 2e-4] = 0

    upper, lower = head.landmarks["inner_lip_upper"], head.landmarks["inner_lip_lower"]
    at = {JAW: pivot}
    at |= {name: template[upper[pair]] for name, pair in zip(UPPER, _SIDE_PAIRS, strict=True)}
    at |= {name: template[lower[pair]] for name, pair in zip(LOWER, _SIDE_PAIRS, strict=True)}
    at |= {name: template[v] for name, v in zip(CORNERS, head.landmarks["mouth_corners"], strict=True)}
    for name in LIDS:
        at[name] = _eye(name).mean(axis=0)
    pivots = np.array([at[name] for name in BONES])

    skin = np.zeros(len(template), bool)
    skin[head.spans["skin"]] = True
    weights = np.zeros((len(template), len(BONES)))
    for name in (*UPPER, *LOWER, *CORNERS):
        near = np.exp(-((template - at[name]) ** 2).sum(axis=1) / (2 * _REACH**2)) * skin
        share = with_jaw if name in LOWER else 1 - with_jaw if name in UPPER else 1.0
        weights[:, BONES.index(name)] = near * share
    total = weights.sum(axis=1, keepdims=True)
    weights *= np.minimum(1, 0.95 / np.maximum(total, 1e-9))
    for name in LIDS:
        weights[:, BONES.index(name)] = _lid_weights(name, skin)
    left = 1 - weights.sum(axis=1)
    weights[:, BONES.index(JAW)] = left * with_jaw
    return Skeleton(pivots, weights)


def _jaw_motion(displacement: Doubles) -> tuple[Doubles, Doubles, Doubles]:
    """How the lower teeth move: turn (3, 3), offset (3,), and the point of the middle plane that stays."""
    head = load_head()
    before = head.template[head.spans["teeth_lower"]].astype(np.float64)
    after = before + displacement[head.spans["teeth_lower"]]
    left, _, right = np.linalg.svd((after - after.mean(axis=0)).T @ (before - before.mean(axis=0)))
    turn = left @ np.diag([1, 1, np.sign(np.linalg.det(left @ right))]) @ right
    offset = after.mean(axis=0) - turn @ before.mean(axis=0)
    still = np.zeros(3)
    still[1:] = np.linalg.lstsq((np.eye(3) - turn)[1:, 1:], offset[1:], rcond=None)[0]
    return turn, offset, still


def _eye(lid: str) -> Doubles:
    head = load_head()
    side = "left" if lid.endswith("L") else "right"
    return head.template[head.spans[f"eye_{side}"]].astype(np.float64)


def _shape(name: str) -> Doubles:
    return load_head().arkit_deltas[ARKIT_INDEX[name]].astype(np.float64)


def _lid_weights(bone: str, skin: NDArray[np.bool_]) -> Doubles:
    """(V,) how far each vertex of the skin goes with a lid, from the shape that moves it."""
    side = "Left" if bone.endswith("L") else "Right"
    moved = _shape(f"eyeBlink{side}" if "upper" in bone else f"eyeSquint{side}")[:, 1]
    down = -moved if "upper" in bone else moved
    lashes = np.zeros(len(down), bool)
    lashes[load_head().spans["lashes"]] = True
    return np.clip(down / down[skin].max(), 0, 1) * (skin | lashes)


def set_bones(bones: Skeleton, displacement: Doubles) -> BoneChannels:
    """Channels (B,) that come as near to a shape (V, 3) as these bones go."""
    head = load_head()
    template = head.template.astype(np.float64)
    channels = BoneChannels.at_rest(1, len(BONES))
    turn, offset, _ = _jaw_motion(displacement)
    jaw = BONES.index(JAW)
    if np.abs(displacement[head.spans["teeth_lower"]]).max() > 1e-5:
        channels.rotations[0, jaw] = quaternions_from_matrices(turn[None])[0]
        channels.locations[0, jaw] = offset + (turn - np.eye(3)) @ bones.pivots[jaw]
    for name in LIDS:
        side = "left" if name.endswith("L") else "right"
        rim = head.landmarks[f"eyelid_{'upper' if 'upper' in name else 'lower'}_{side}"]
        centre = bones.pivots[BONES.index(name)]
        before, after = template[rim] - centre, template[rim] + displacement[rim] - centre
        rise = np.arctan2(after[:, 1], after[:, 2]) - np.arctan2(before[:, 1], before[:, 2])
        held = bones.weights[rim, BONES.index(name)]
        angle = -float((rise * held).sum() / np.maximum((held**2).sum(), 1e-9))
        channels.rotations[0, BONES.index(name)] = (np.cos(angle / 2), np.sin(angle / 2), 0, 0)
    # Where the jaw is, the lips are linear in what their bones are moved by.
    lips = np.flatnonzero((head.regions["lips"] > 0.3) & (bones.weights.sum(axis=1) > 0))
    left = template[lips] + displacement[lips] - bones.skinned(channels, lips)[0]
    names = (*UPPER, *LOWER, *CORNERS)
    weights = bones.weights[lips][:, [BONES.index(name) for name in names]]
    moves = np.linalg.lstsq(weights, left, rcond=1e-3)[0]
    for name, move in zip(names, moves, strict=True):
        # A child of the jaw is moved in the jaw's axes.
        channels.locations[0, BONES.index(name)] = turn.T @ move if name in LOWER else move
    return BoneChannels(channels.locations[0], channels.rotations[0], channels.scales[0])


@dataclass(frozen=True, eq=False)
class BoneRig:
    """A mesh with bones and a library of poses, which stand for keys.

    Attributes:
        title: in tables.
        head: its face.
        bones: its skeleton.
        poses: P poses; `keys` are their names.
    """

    title: str
    head: MadeHead
    bones: Skeleton
    poses: BonePoses

    @property
    def keys(self) -> tuple[str, ...]:
        """(P,) names of the poses."""
        return self.poses.names

    @property
    def reference(self) -> MadeHead:
        """The head whose full rig it should look like."""
        return self.head

    def displacement(self, key: int) -> Doubles:
        """(V, 3) metres that a pose at 1 moves the built-in head."""
        values = np.zeros((1, len(self.keys)))
        values[0, key] = 1
        everything = np.arange(load_head().vertex_count)
        return self.bones.skinned(self.poses.blend(values), everything)[0] - load_head().template

    @cached_property
    def deltas(self) -> NDArray[np.float32]:
        """(P, W, 3) what each pose at 1 moves, in the mesh's units and axes."""
        return np.stack([self.head.delta(self.displacement(key)) for key in range(len(self.keys))])

    def marks_at(self, values: NDArray[np.floating]) -> Doubles:
        """(F, L, 3) metres in head axes where the marks are at values (F, P), skinned."""
        chosen = marks()
        moved = self.bones.skinned(self.poses.blend(values), chosen)
        placed = moved + self.head.offsets[chosen]
        return self.head.warp(placed.reshape(-1, 3)).reshape(placed.shape)

    def vertices_at(self, values: NDArray[np.floating]) -> Doubles:
        """(F, W, 3) metres in head axes at values (F, P), skinned."""
        template = load_head().template
        moved = self.bones.skinned(self.poses.blend(values), np.arange(len(template))) - template
        return np.stack(
            [self.head.to_head_axes(self.head.vertices + self.head.delta(each)) for each in moved]
        )


def _posed(title: str, head: MadeHead, sculpts: Sculpts, seed: int) -> BoneRig:
    bones, sculptor = skeleton(), Sculptor(seed)
    poses = [
        set_bones(bones, sculptor.shape(number, weights)) for number, weights in enumerate(sculpts.values())
    ]
    together = BoneChannels(
        *(np.stack([getattr(pose, each) for pose in poses]) for each in ("locations", "rotations", "scales"))
    )
    library = BonePoses(tuple(sculpts), BONES, together, BoneChannels.at_rest(len(BONES)))
    return BoneRig(title, head, bones, library)


def viseme_bones(head: MadeHead, seed: int) -> BoneRig:
    """One pose for each Oculus viseme, and one for the lids."""
    sculpts = {**OCULUS, "Blink": {"eyeBlink": 1.0}}
    return _posed("bones, 15 visemes + Blink", head, sculpts, seed)


def arkit_bones(head: MadeHead, seed: int) -> BoneRig:
    """One pose for each ARKit shape that such bones can do anything of."""
    nothing = ("cheek", "nose", "brow", "eyeLook", "tongue", "eyeWide")
    names: Sequence[str] = [name for name in ARKIT_NAMES if not name.startswith(nothing)]
    return _posed(f"bones, {len(names)} ARKit poses", head, {name: {name: 1.0} for name in names}, seed)
