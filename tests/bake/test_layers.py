# SPDX-License-Identifier: GPL-3.0-or-later
"""Channels that several parts move are keyed with the sum of the take's stored layers."""

import bpy
import numpy as np
import pytest
from soliloquy.bake.layers import Layer, read_layers, write_layers
from soliloquy.bake.shape_keys import bake_motion
from soliloquy.core.retarget.arkit import ARKIT_INDEX

from .heads import curves_of, make_head, make_motion

STEP = 1 / 65535


def test_layers_are_stored_and_read(tmp_path):
    action = bpy.data.actions.new("take")
    action.use_fake_user = True
    weights = np.random.default_rng(0).random((40, 3)).astype(np.float32)
    layers = {"Mouth": Layer(-7, ("jawOpen", "mouthClose", "mouthLeft"), weights)}
    write_layers(action, "11", layers)
    write_layers(action, "12", {"Blink": Layer(3, ("eyeBlinkLeft",), weights[:, :1])})
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "layers.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "layers.blend"))
    action = bpy.data.actions["take"]
    (part, layer), *rest = read_layers(action, "11").items()
    assert (part, rest) == ("Mouth", [])
    assert (layer.first_frame, layer.channels) == (-7, ("jawOpen", "mouthClose", "mouthLeft"))
    assert np.abs(layer.weights - weights).max() <= STEP
    assert list(read_layers(action, "12")) == ["Blink"]
    assert read_layers(action, "13") == {}


def test_newer_frames_lie_over_older_ones():
    old = Layer(10, ("a", "b"), np.full((10, 2), 0.5, np.float32))
    merged = old.updated(Layer(15, ("b", "c"), np.full((10, 2), 0.25, np.float32)))
    assert (merged.first_frame, merged.end_frame) == (10, 25)
    assert merged.channel("a", 10, 15).tolist() == [0.5] * 5 + [0] * 10
    assert merged.channel("b", 10, 15).tolist() == [0.5] * 5 + [0.25] * 10
    assert merged.channel("c", 8, 17).tolist() == [0] * 7 + [0.25] * 10


def test_another_part_on_the_same_channel_is_added():
    head, motion = make_head(), make_motion(50)
    bake_motion(head, motion, start_frame=1, take="hello")
    animation = head.data.shape_keys.animation_data
    key = str(animation.action_slot.handle) if hasattr(animation, "action_slot") else "0"
    layers = read_layers(animation.action, key)
    assert set(layers) == {"Mouth", "Blink"}
    smile = Layer(11, ("mouthSmileLeft",), np.full((20, 1), 0.3, np.float32))
    write_layers(animation.action, key, layers | {"Emotion": smile})

    bake_motion(head, motion, start_frame=1, take="hello", parts=("Mouth",))

    speech = motion.weights[:, ARKIT_INDEX["mouthSmileLeft"]].copy()
    speech[10:30] = np.minimum(speech[10:30] + 0.3, 1)
    curve = curves_of(head)["mouthSmileLeft"]
    values = [curve.evaluate(frame) for frame in range(1, 51)]
    assert values == pytest.approx(speech, abs=2 * STEP)
    assert curve.group.name == "Mouth"
