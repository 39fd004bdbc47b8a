# SPDX-License-Identifier: GPL-3.0-or-later
"""Heads of other people's rigs, made from the built-in head, and what their lips are seen to do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import bmesh
import bpy
import numpy as np
from mathutils import Matrix
from numpy.typing import NDArray
from soliloquy.bake import create_head
from soliloquy.bake.head_mesh import to_blender_axes
from soliloquy.bake.movement import evaluated_in, scene_of_its_own
from soliloquy.core.generate import AnimationSettings, animate
from soliloquy.core.head import load_head
from soliloquy.core.head.lip_gap import CLOSED_GAP, lip_gap_model
from soliloquy.core.motion import FaceMotion
from soliloquy.core.phones import BILABIALS
from soliloquy.core.retarget.arkit import ARKIT_INDEX, ARKIT_NAMES

SOUND = Path(__file__).resolve().parents[2] / "samples" / "soliloquy.flac"


@cache
def speech(fps: float = 24.0) -> FaceMotion:
    """The sample as it is animated, without emotion."""
    return animate(SOUND, fps=fps, settings=AnimationSettings(voice_emotion=0, idle_amount=0))


def make_rig(
    sculpts: Mapping[str, Mapping[str, float]], name: str = "Face", *, seed: int = 1
) -> bpy.types.Object:
    """The built-in head with other keys: by name what a sculptor took the shape for, in ARKit terms."""
    random = np.random.default_rng(seed)
    return make_rig_of({key: _sculpted(weights, random) for key, weights in sculpts.items()}, name)


def _sculpted(weights: Mapping[str, float], random: np.random.Generator) -> NDArray[np.floating]:
    """Displacements (V, 3) for ARKit weights, "mouthSmile" for both sides, as sculptors make them: larger or
    smaller, one side more than the other, and a little of something else."""
    shape = np.zeros(len(ARKIT_NAMES))
    for name, weight in weights.items():
        size = weight * random.uniform(0.85, 1.15)
        sides = [each for each in (name, f"{name}Left", f"{name}Right") if each in ARKIT_INDEX]
        for each in sides:
            shape[ARKIT_INDEX[each]] = size * (random.uniform(0.95, 1.05) if len(sides) > 1 else 1.0)
    if weights:
        shape[ARKIT_INDEX[str(random.choice(("cheekSquintLeft", "noseSneerRight", "browInnerUp")))]] += 0.08
    return np.tensordot(shape, load_head().arkit_deltas, 1)


def make_rig_of(shapes: Mapping[str, NDArray[np.floating]], name: str = "Face") -> bpy.types.Object:
    """The built-in head with other keys: by name the displacements (V, 3) in head axes."""
    obj = create_head(bpy.context.scene.collection, name)
    rest = to_blender_axes(load_head().template)
    for index in range(len(ARKIT_NAMES)):
        obj.shape_key_remove(obj.data.shape_keys.key_blocks[ARKIT_NAMES[index]])
    for key, shape in shapes.items():
        block = obj.shape_key_add(name=key, from_mix=False)
        block.value = 0.0
        block.points.foreach_set("co", (rest + to_blender_axes(shape)).ravel())
    bpy.context.view_layer.update()
    return obj


def remove_left_half(obj: bpy.types.Object) -> None:
    """Leave what is on the subject's right, with all keys."""
    edited = bmesh.new()
    edited.from_mesh(obj.data)
    left = [vertex for vertex in edited.verts if vertex.co.x > 1e-4]
    bmesh.ops.delete(edited, geom=left, context="VERTS")
    edited.to_mesh(obj.data)
    edited.free()


@dataclass(frozen=True)
class Lips:
    """What lips are seen to do: metres (F,), and the distance between them that counts as closed."""

    gap: NDArray[np.float64]
    width: NDArray[np.float64]
    closed: float


def lips_of(obj: bpy.types.Object, count: int, to_blender: Matrix | None = None) -> Lips:
    """The evaluated lips of a head of the built-in topology, or of its skin alone, from frame 1 on.

    `to_blender` leads from the mesh's coordinates to metres, Z up, facing -Y, where these are others.
    """
    head = load_head()
    upper, lower = head.landmarks["inner_lip_upper"], head.landmarks["inner_lip_lower"]
    corners = head.landmarks["mouth_corners"]
    rows = np.array([upper[len(upper) // 2], lower[len(lower) // 2], *corners])
    seen = np.empty((count, 4, 3))
    flat = np.empty(len(obj.data.vertices) * 3, np.float32)
    with scene_of_its_own(obj) as scene:
        for frame in range(count):
            evaluated_in(obj, scene, 1 + frame).data.vertices.foreach_get("co", flat)
            seen[frame] = flat.reshape(-1, 3)[rows]
    if to_blender is not None:
        seen = seen @ np.array(to_blender.to_3x3()).T
    # Up is Z, the subject's left X.
    gap, width = seen[:, 0, 2] - seen[:, 1, 2], np.abs(seen[:, 3, 0] - seen[:, 2, 0])
    right, left = head.template[corners]
    return Lips(gap, width, CLOSED_GAP * float(np.linalg.norm(left - right)))


def asked_gap(motion: FaceMotion) -> NDArray[np.float64]:
    """Metres (F,) by which the lips of the built-in head would be apart."""
    return lip_gap_model().heights(motion.weights)


def sealed_share(motion: FaceMotion, gap: NDArray[np.floating], closed: float) -> float:
    """Part of the m, b and p that are closed on the built-in head and on this one too."""
    asked = asked_gap(motion)
    events, met = 0, 0
    for phone in motion.phones:
        if phone.name not in BILABIALS:
            continue
        rows = slice(int(phone.start * motion.fps), int(np.ceil(phone.end * motion.fps)) + 1)
        if asked[rows].min() < closed:
            events += 1
            met += bool(gap[rows].min() < closed)
    assert events > 5
    return met / events


def vowels_open(motion: FaceMotion, gap: NDArray[np.floating], names: Sequence[str]) -> float:
    """The mean gap, metres, at the middles of some phones."""
    rows = [int((phone.start + phone.end) / 2 * motion.fps) for phone in motion.phones if phone.name in names]
    assert rows
    return float(np.mean(gap[np.minimum(rows, len(gap) - 1)]))
