# SPDX-License-Identifier: GPL-3.0-or-later
"""A small generated head: a grid whose lower half drops with the jaw, with all 52 ARKit shapes."""

from collections.abc import Callable, Sequence

import bpy
import numpy as np
import pytest
from soliloquy.core.motion import FaceMotion
from soliloquy.core.retarget.arkit import ARKIT_INDEX, ARKIT_NAMES

GRID = 6


def make_head(names: Sequence[str] = ARKIT_NAMES, name: str = "Head") -> bpy.types.Object:
    """A mesh object in the scene with a Basis key and one key per name, each moving other vertices."""
    x, z = np.meshgrid(np.linspace(-1, 1, GRID), np.linspace(-1, 1, GRID))
    vertices = np.stack([x, np.zeros_like(x), z], axis=-1).reshape(-1, 3)
    corners = np.arange(GRID * GRID).reshape(GRID, GRID)
    faces = np.stack([corners[:-1, :-1], corners[:-1, 1:], corners[1:, 1:], corners[1:, :-1]], axis=-1)
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(vertices.tolist(), [], faces.reshape(-1, 4).tolist())
    obj = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(obj)
    obj.shape_key_add(name="Basis", from_mix=False)
    for index, key_name in enumerate(names):
        key = obj.shape_key_add(name=key_name, from_mix=False)
        key.value = 0.0
        moved = vertices.copy()
        moved[index % len(moved)] += (0.0, -0.1, -0.3)
        key.points.foreach_set("co", moved.astype(np.float32).ravel())
    return obj


def make_motion(count: int = 50, fps: float = 25.0, moving: Sequence[str] | None = None) -> FaceMotion:
    """A motion with a different curve on each moving channel (all but tongueOut by default)."""
    if moving is None:
        moving = [name for name in ARKIT_NAMES if name != "tongueOut"]
    motion = FaceMotion.still(count, fps)
    frames = np.arange(count)
    for name in moving:
        index = ARKIT_INDEX[name]
        motion.weights[:, index] = 0.5 - 0.5 * np.cos(frames * (0.2 + 0.01 * index))
    return motion


@pytest.fixture
def head() -> bpy.types.Object:
    return make_head()


@pytest.fixture
def motion() -> FaceMotion:
    return make_motion()


@pytest.fixture
def curves_of() -> Callable[[bpy.types.Object], dict[str, bpy.types.FCurve]]:
    """F-curves of an object's shape keys by shape key name."""
    from soliloquy.bake.action import assigned_curves

    def curves(obj: bpy.types.Object) -> dict[str, bpy.types.FCurve]:
        found = assigned_curves(obj.data.shape_keys)
        return {path.split('"')[1]: curve for path, curve in found.items()}

    return curves
