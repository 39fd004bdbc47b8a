# SPDX-License-Identifier: GPL-3.0-or-later
"""What Soliloquy wrote goes when it is baked again; what the user keyed stays or is named."""

from dataclasses import replace

import numpy as np
import pytest
from soliloquy.bake.layers import Layer
from soliloquy.bake.shape_keys import bake_motion
from soliloquy.bake.target import find_target
from soliloquy.core.motion import FaceMotion
from soliloquy.core.retarget.arkit import ARKIT_INDEX

from .heads import curves_of, make_head, make_motion, snapshot


def bake(head, motion, **options):
    return bake_motion(head, motion, **{"start_frame": 1, "take": "hello"} | options)


def key_by_hand(head, name, *pairs):
    key = head.data.shape_keys.key_blocks[name]
    for frame, value in pairs:
        key.value = value
        key.keyframe_insert("value", frame=frame)


def frames_of(head, name):
    return [key.co[0] for key in curves_of(head)[name].keyframe_points]


def test_hand_keys_of_resting_channels_stay(head):
    key_by_hand(head, "mouthSmileLeft", (5, 0.2), (20, 0.7), (90, 0.1))
    key_by_hand(head, "mouthFunnel", (20, 0.4))
    head.data.shape_keys.animation_data.action.name = "by hand"
    before = snapshot()["by hand"]["curves"]
    for _ in range(2):
        report = bake(head, make_motion(moving=["jawOpen"]))
        after = snapshot()["by hand"]["curves"]
        assert {name: after[name] for name in before} == before
        assert report.warnings == ()
        assert report.keyed == ("jawOpen",)
        assert "mouthSmileLeft" in report.resting


def test_replaced_hand_keys_are_named(head, motion):
    key_by_hand(head, "jawOpen", (-5, 0.1), (12, 0.99), (13, 0.5))
    key_by_hand(head, "mouthFunnel", (30.0, 0.9))
    report = bake(head, motion)
    (warning,) = report.warnings
    assert warning == "Keys that Soliloquy did not write were replaced: 2 of jawOpen, 1 of mouthFunnel."
    assert frames_of(head, "jawOpen")[0] == -5


@pytest.mark.parametrize("key_reduction", [None, 0.02])
def test_own_keys_are_replaced_without_a_word(head, motion, key_reduction):
    head.data.shape_keys.key_blocks["jawOpen"].slider_max = 0.5
    bake(head, motion, key_reduction=key_reduction)
    assert bake(head, make_motion(40)).warnings == ()
    assert bake(head, motion, frame_range=(10, 30)).warnings == ()


def test_takes_of_before_there_were_mappings(head, motion):
    """Their layers do not say which keys were keyed, nor by what: it was by names."""
    bake(head, motion)
    action = head.data.shape_keys.animation_data.action
    stored = action["soliloquy_layers"].to_dict()
    for parts in stored.values():
        for layer in parts.values():
            del layer["keys"], layer["driver"]
    action["soliloquy_layers"] = stored
    curves_of(head)["jawOpen"].keyframe_points[10].co[1] = 0.9
    assert bake(head, motion).warnings == ("Keys that Soliloquy did not write were replaced: 1 of jawOpen.",)
    bake(head, make_motion(40))
    assert frames_of(head, "jawOpen") == [*range(1, 41), 44]


def test_another_mapping_replaces_its_keys_without_a_word(head, motion):
    bake(head, motion)
    key_by_hand(head, "mouthFunnel", (20.5, 0.9))
    rig = find_target(head).rig
    half = tuple(replace(row, gain=0.5) for row in rig.keys)
    report = bake(head, motion, mapping=replace(rig, keys=half))
    # A key between two frames cannot be its own.
    assert report.warnings == ("Keys that Soliloquy did not write were replaced: 1 of mouthFunnel.",)
    jaw = curves_of(head)["jawOpen"]
    asked = motion.weights[:, ARKIT_INDEX["jawOpen"]]
    np.testing.assert_allclose([jaw.evaluate(1 + row) for row in range(50)], 0.5 * asked, atol=1e-5)


def test_edited_key_of_a_take_is_named(head, motion):
    bake(head, motion)
    curves_of(head)["jawOpen"].keyframe_points[10].co[1] = 0.9
    assert bake(head, motion).warnings == ("Keys that Soliloquy did not write were replaced: 1 of jawOpen.",)


@pytest.mark.parametrize("start", [-80, 21, 60, 200])
def test_moved_strip_takes_its_keys_along(head, motion, start):
    bake(head, motion)
    key_by_hand(head, "jawOpen", (-300, 0.5), (500, 0.5))
    key_by_hand(head, "browInnerUp", (10, 0.5))
    bake(head, motion, start_frame=start)
    speech = [*range(start, start + 50), start + 53]
    assert frames_of(head, "jawOpen") == [-300, *speech, 500]
    assert frames_of(head, "mouthFunnel") == speech
    assert frames_of(head, "browInnerUp") == [10]


def test_moved_strip_leaves_another_sound(head, motion):
    bake(head, motion)
    bake(head, motion, start_frame=31, take="other")
    bake(head, motion, start_frame=201)
    speech = [*range(31, 81), 84, *range(201, 251), 254]
    assert frames_of(head, "jawOpen") == speech


def test_frame_range_leaves_the_rest_of_the_take(head, motion):
    bake(head, motion)
    bake(head, motion, frame_range=(20, 30))
    assert frames_of(head, "jawOpen") == [*range(1, 51), 54]


@pytest.mark.parametrize(("fps", "after"), [(25.0, 4), (60.0, 9), (4.0, 1)])
def test_face_comes_to_rest_after_the_motion(head, fps, after):
    motion = make_motion(50, fps)
    motion.weights[-1, ARKIT_INDEX["mouthFunnel"]] = 0
    bake(head, motion)
    jaw = curves_of(head)["jawOpen"]
    assert motion.weights[-1, ARKIT_INDEX["jawOpen"]] > 0.1
    assert frames_of(head, "jawOpen") == [*range(1, 51), 50 + after]
    assert [jaw.evaluate(frame) for frame in (50 + after, 1000)] == [0, 0]
    assert frames_of(head, "mouthFunnel") == [*range(1, 51)]


def test_no_rest_before_the_next_key(head, motion):
    key_by_hand(head, "jawOpen", (53, 0.6))
    bake(head, motion)
    assert frames_of(head, "jawOpen") == [*range(1, 51), 53]


def test_no_rest_into_the_next_sound(head, motion):
    bake(head, motion, start_frame=52, take="second")
    before = curves_of(head)["jawOpen"].evaluate(52)
    bake(head, motion)
    assert frames_of(head, "jawOpen") == [*range(1, 51), *range(52, 102), 105]
    assert curves_of(head)["jawOpen"].evaluate(52) == before
    assert bake(head, motion, start_frame=52, take="second").warnings == ()


def test_no_rest_after_a_frame_range(head, motion):
    bake(head, motion, frame_range=(10, 50))
    assert frames_of(head, "jawOpen") == [*range(10, 51)]


def test_spans_are_cut_by_newer_ones():
    old = Layer(1, ("a",), np.ones((50, 1), np.float32), (("one", 1, 50),))
    both = old.updated(Layer(20, ("a",), np.ones((10, 1), np.float32), (("two", 20, 29),)))
    assert both.spans == (("one", 1, 19), ("one", 30, 50), ("two", 20, 29))
    left = both.without_take("one")
    assert left.spans == (("two", 20, 29),)
    assert left.channel("a", 1, 50).tolist() == [0] * 19 + [1] * 10 + [0] * 21


def test_still_motion_takes_the_moved_keys_away():
    head = make_head()
    bake(head, make_motion())
    bake(head, FaceMotion.still(20, 25.0), start_frame=300)
    assert curves_of(head) == {}
