# SPDX-License-Identifier: GPL-3.0-or-later
"""Vertex takes are read back: the weights of what their caches show."""

from dataclasses import replace

import bpy
import numpy as np
import pytest
from soliloquy.bake import (
    bake_motion,
    bake_vertices,
    hide_vertex_takes,
    performances_of,
    read_performance,
    show_vertex_take,
)
from soliloquy.bake.errors import BakeError
from soliloquy.bake.recording import completed
from soliloquy.core.head import load_head
from soliloquy.core.motion import FaceMotion
from soliloquy.core.retarget.arkit import ARKIT_INDEX

from .heads import make_head
from .moving_heads import add_head, person, plain_head


def mouthing(count=80, fps=25.0, speed=1.0):
    """A mouth that speaks, and brows; beta follows."""
    motion = FaceMotion.still(count, fps)
    waves = {
        "jawOpen": 5,
        "mouthPucker": 3.1,
        "mouthSmileLeft": 2.2,
        "mouthSmileRight": 2.2,
        "browInnerUp": 1.3,
    }
    for name, cycles in waves.items():
        turn = speed * cycles * np.arange(count) / fps
        motion.weights[:, ARKIT_INDEX[name]] = 0.25 - 0.25 * np.cos(turn)
    return completed(motion)


@pytest.fixture(autouse=True)
def rate():
    bpy.context.scene.render.fps, bpy.context.scene.render.fps_base = 25, 1.0


TURNED = np.array([[0, 0, 100.0], [100.0, 0, 0], [0, 100.0, 0]])


HEADS = {"its own": add_head, "of somebody else": lambda: plain_head("Ben", TURNED, person())}


@pytest.mark.parametrize("head", HEADS)
def test_a_vertex_take_comes_back(saved, head):
    obj, motion = HEADS[head](), mouthing()
    bake_vertices(obj, motion, start_frame=10, take="line")
    assert performances_of(obj) == ("line",)
    read = read_performance(obj)
    assert (len(read), read.fps) == (80, 25.0)
    # Beta says more than weights do: other weights may make nearly the same face.
    np.testing.assert_allclose(read.weights, motion.weights, atol=0.02)
    apart = (read.expression - motion.expression) @ load_head().expression_basis
    assert np.abs(apart).max() < 5e-4
    half = read_performance(obj, fps=50.0, frame_range=(20, 80))
    np.testing.assert_allclose(half.weights[::2], read.weights[10:71], atol=1e-4)


def test_takes_of_keys_and_of_vertices(saved):
    obj = add_head()
    first, second = mouthing(), mouthing(60, speed=1.7)
    bake_motion(obj, mouthing(70, speed=0.6), start_frame=1, take="line")
    one = bake_vertices(obj, first, start_frame=1, take="line").take
    two = bake_vertices(obj, second, start_frame=1, take="other").take
    assert performances_of(obj) == (two, "line")
    assert len(read_performance(obj)) == 60
    assert len(read_performance(obj, action=two)) == 60
    assert len(read_performance(obj, action="line")) > 70
    show_vertex_take(obj, one)
    assert len(read_performance(obj)) == len(read_performance(obj, action="line")) == 80
    assert len(read_performance(obj, action=two)) == 60
    action = obj.data.shape_keys.animation_data.action
    assert len(read_performance(obj, action=action)) > 70
    hide_vertex_takes(obj)
    assert performances_of(obj) == ("line", two)
    assert len(read_performance(obj)) > 70


def test_refusals(saved):
    obj = add_head()
    moving = mouthing()
    still = replace(moving, expression=np.repeat(moving.expression[7:8], 80, axis=0))
    bake_vertices(obj, still, start_frame=1, take="still")
    with pytest.raises(BakeError, match="'still' does not move the mouth"):
        read_performance(obj)
    bake_vertices(obj, mouthing(40), start_frame=1, take="short")
    with pytest.raises(BakeError, match=r"'short' lasts 1\.6 s"):
        read_performance(obj)
    bake_vertices(obj, mouthing(), start_frame=1, take="line").file.unlink()
    with pytest.raises(BakeError, match="The cache of take 'line' is missing"):
        read_performance(obj)
    cube = make_head(("a",), "Cube")
    bake_vertices(obj, mouthing(), start_frame=1, take="line")
    obj.data = cube.data
    with pytest.raises(BakeError, match="are not those of the built-in head"):
        read_performance(obj)
