# SPDX-License-Identifier: GPL-3.0-or-later
"""Baked curves hold the motion, and nothing else of the animator's is touched."""

import time
from dataclasses import replace

import bpy
import numpy as np
import pytest
from soliloquy.bake.action import LAYERED
from soliloquy.bake.errors import BakeError
from soliloquy.bake.shape_keys import bake_motion
from soliloquy.core.errors import InputError
from soliloquy.core.motion import FaceMotion
from soliloquy.core.retarget.arkit import ARKIT_INDEX, BLINK_NAMES, MOUTH_NAMES, PARTS

from .heads import curves_of, make_head, make_motion, snapshot


def weight(motion, name):
    return motion.weights[:, ARKIT_INDEX[name]]


def evaluate(curve, frames):
    return np.array([curve.evaluate(frame) for frame in frames])


def group_names(head):
    animation = head.data.shape_keys.animation_data
    if not LAYERED:
        return {group.name for group in animation.action.groups}
    bag = animation.action.layers[0].strips[0].channelbag(animation.action_slot)
    return {group.name for group in bag.groups}


def bake(head, motion, **options):
    return bake_motion(head, motion, **{"start_frame": 1, "take": "hello"} | options)


def test_curves_equal_the_motion(head, motion):
    report = bake(head, motion, start_frame=10)
    curves = curves_of(head)
    assert set(curves) == {*MOUTH_NAMES, *BLINK_NAMES} - {"tongueOut"}
    for name, curve in curves.items():
        assert evaluate(curve, range(10, 60)) == pytest.approx(weight(motion, name), abs=1e-6)
        assert {key.interpolation for key in curve.keyframe_points} == {"LINEAR"}
    assert set(report.keyed) == set(curves)
    assert report.resting == ("tongueOut",)
    assert report.key_count == 51 * len(curves)  # one more comes to rest
    assert (report.first_frame, report.last_frame) == (10, 59)
    assert report.warnings == ()


def test_evaluated_shape_keys_equal_the_motion(head, motion):
    bake(head, motion, start_frame=10)
    for frame in (10, 33, 59):
        bpy.context.scene.frame_set(frame)
        evaluated = head.data.shape_keys.evaluated_get(bpy.context.evaluated_depsgraph_get())
        for name in (*MOUTH_NAMES, *BLINK_NAMES):
            expected = weight(motion, name)[frame - 10]
            assert evaluated.key_blocks[name].value == pytest.approx(expected, abs=1e-6)


def test_take_is_one_action_with_one_group_for_each_part(head, motion):
    report = bake(head, motion, take="Grüße aus München.wav", parts=tuple(PARTS))
    action = head.data.shape_keys.animation_data.action
    assert report.action == action.name == "Grüße aus München.wav"
    assert list(bpy.data.actions) == [action]
    groups = {name: curve.group.name for name, curve in curves_of(head).items()}
    assert groups == {name: part for part, names in PARTS.items() for name in names if name != "tongueOut"}


def test_emptied_groups_go_and_others_stay(head, motion):
    keys = head.data.shape_keys.key_blocks
    keys["jawOpen"].keyframe_insert("value", frame=5, group="Emptied")
    keys["mouthFunnel"].keyframe_insert("value", frame=5, group="Both")
    keys["browInnerUp"].keyframe_insert("value", frame=5, group="Both")
    bake(head, motion)
    assert group_names(head) == {"Mouth", "Blink", "Both"}
    bake(head, FaceMotion.still(50, 25.0))
    assert group_names(head) == {"Both"}


def test_long_unicode_names(motion):
    head = make_head(name="Köpfchen " + "头" * 15)
    report = bake(head, motion, take="Ein sehr langer Satz – " * 12 + "声.wav")
    assert report.action == head.data.shape_keys.animation_data.action.name
    assert report.action.startswith("Ein sehr langer Satz")


def test_other_channels_and_other_frames_are_kept(motion):
    head = make_head(["jawOpen", "mouthClose", "mouthFunnel", "smirk"])
    keys = head.data.shape_keys.key_blocks
    for name in ("jawOpen", "smirk"):
        for frame, value in ((-20, 0.2), (12, 0.7), (300, 0.4)):
            keys[name].value = value
            keys[name].keyframe_insert("value", frame=frame)
    action = head.data.shape_keys.animation_data.action
    action.name = "by hand"
    first = curves_of(head)["jawOpen"].keyframe_points[0]
    first.interpolation, first.type, first.handle_left_type = "BOUNCE", "BREAKDOWN", "FREE"
    first.handle_left = (-25.0, 0.9)
    smirk_before = snapshot()["by hand"]["curves"]["smirk"]

    report = bake(head, motion, take="other name")

    assert report.action == "by hand"
    assert snapshot()["by hand"]["curves"]["smirk"] == smirk_before
    jaw = curves_of(head)["jawOpen"]
    assert [key.co[0] for key in jaw.keyframe_points] == [-20, *range(1, 51), 54, 300]
    first, last = jaw.keyframe_points[0], jaw.keyframe_points[-1]
    assert (first.interpolation, first.type, first.handle_left_type) == ("BOUNCE", "BREAKDOWN", "FREE")
    assert first.handle_left[:] == pytest.approx((-25, 0.9))
    assert (first.co[1], last.co[1]) == pytest.approx((0.2, 0.4))
    assert last.interpolation == "BEZIER"
    assert evaluate(jaw, range(1, 51)) == pytest.approx(weight(motion, "jawOpen"), abs=1e-6)


def test_two_sounds_in_one_take(head):
    first, second = make_motion(30), make_motion(20, moving=["jawOpen", "mouthPucker"])
    bake(head, first, start_frame=1)
    bake(head, second, start_frame=101, take="second")
    assert len(bpy.data.actions) == 1
    jaw, funnel = curves_of(head)["jawOpen"], curves_of(head)["mouthFunnel"]
    assert evaluate(jaw, range(1, 31)) == pytest.approx(weight(first, "jawOpen"), abs=1e-6)
    assert evaluate(jaw, range(101, 121)) == pytest.approx(weight(second, "jawOpen"), abs=1e-6)
    # The funnel ends the first sound off rest; it must be at rest during the second.
    assert weight(first, "mouthFunnel")[-1] > 0.01
    assert evaluate(funnel, range(101, 121)) == pytest.approx(0)
    assert len(funnel.keyframe_points) == 31


def test_baking_one_part_again_leaves_the_others(head, motion):
    bake(head, motion)
    before = snapshot()["hello"]["curves"]
    other = replace(motion, weights=motion.weights[::-1].copy())
    bake(head, other, parts=("Blink",))
    after = snapshot()["hello"]["curves"]
    assert {name for name in before if before[name] != after[name]} == set(BLINK_NAMES)
    blink = curves_of(head)["eyeBlinkLeft"]
    assert evaluate(blink, range(1, 51)) == pytest.approx(weight(other, "eyeBlinkLeft"), abs=1e-6)


def test_baking_a_frame_range_again(head, motion):
    bake(head, motion)
    other = replace(motion, weights=motion.weights[::-1].copy())
    report = bake(head, other, frame_range=(20, 29))
    expected = weight(motion, "jawOpen").copy()
    expected[19:29] = weight(other, "jawOpen")[19:29]
    jaw = curves_of(head)["jawOpen"]
    assert len(jaw.keyframe_points) == 51
    assert evaluate(jaw, range(1, 51)) == pytest.approx(expected, abs=1e-6)
    assert (report.first_frame, report.last_frame) == (20, 29)


def test_frame_range_is_cut_to_the_motion(head, motion):
    report = bake(head, motion, start_frame=-5, frame_range=(-100, 0))
    assert (report.first_frame, report.last_frame) == (-5, 0)
    assert evaluate(curves_of(head)["jawOpen"], range(-5, 1)) == pytest.approx(
        weight(motion, "jawOpen")[:6], abs=1e-6
    )


def test_baking_twice_changes_nothing(head, motion):
    bake(head, motion)
    before = snapshot()
    bake(head, motion)
    assert snapshot() == before


def test_negative_start_frames(head, motion):
    bake(head, motion, start_frame=-1000)
    jaw = curves_of(head)["jawOpen"]
    assert jaw.keyframe_points[0].co[0] == -1000
    assert evaluate(jaw, range(-1000, -950)) == pytest.approx(weight(motion, "jawOpen"), abs=1e-6)


def test_resting_channels_lose_their_old_keys(head, motion):
    bake(head, motion)
    bpy.context.scene.frame_set(20)
    bake(head, make_motion(moving=["jawOpen"]))
    assert set(curves_of(head)) == {"jawOpen"}
    bpy.context.scene.frame_set(21)
    assert head.data.shape_keys.key_blocks["mouthFunnel"].value == 0
    assert not head.data.shape_keys.key_blocks["mouthFunnel"].mute


def test_constant_channel_off_rest_needs_few_keys(head):
    motion = make_motion(moving=["jawOpen"])
    motion.weights[:, ARKIT_INDEX["mouthPucker"]] = 0.25
    bake(head, motion)
    pucker = curves_of(head)["mouthPucker"]
    assert [tuple(key.co) for key in pucker.keyframe_points] == [(1, 0.25), (50, 0.25), (54, 0)]


def test_key_posed_by_hand_comes_to_rest(head):
    head.data.shape_keys.key_blocks["mouthFunnel"].value = 0.6
    bake(head, make_motion(moving=["jawOpen"]))
    assert evaluate(curves_of(head)["mouthFunnel"], range(1, 51)) == pytest.approx(0)


def test_motion_at_rest_writes_nothing(head):
    report = bake(head, FaceMotion.still(20, 25.0))
    assert report.keyed == ()
    assert report.movement is None
    assert curves_of(head) == {}


def test_slider_ranges(head, motion):
    keys = head.data.shape_keys.key_blocks
    keys["jawOpen"].slider_max = 0.5
    keys["mouthPucker"].slider_max = 2.0
    keys["mouthPucker"].slider_min = -1.0
    keys["mouthFunnel"].slider_min = 0.1
    bake(head, motion)
    curves = curves_of(head)
    frames = range(1, 51)
    assert evaluate(curves["jawOpen"], frames) == pytest.approx(
        weight(motion, "jawOpen").clip(0, 0.5), abs=1e-6
    )
    assert evaluate(curves["mouthPucker"], frames) == pytest.approx(weight(motion, "mouthPucker"), abs=1e-6)
    assert evaluate(curves["mouthFunnel"], frames) == pytest.approx(
        weight(motion, "mouthFunnel").clip(0.1, 1), abs=1e-6
    )
    assert keys["mouthPucker"].slider_max == 2.0


def test_weights_beyond_one_are_cut(head, motion):
    bake(head, replace(motion, weights=motion.weights * 3 - 1))
    values = evaluate(curves_of(head)["jawOpen"], range(1, 51))
    assert values.min() == 0
    assert values.max() == 1


def test_key_reduction_stays_within_its_error(head):
    motion = make_motion(500)
    motion.weights[:] = motion.weights[np.linspace(0, 60, 500).astype(int)] * 0.5 + 0.25
    motion.weights[:, ARKIT_INDEX["mouthClose"]] = 0
    motion.weights[:, ARKIT_INDEX["mouthFunnel"]] = 0
    for name in ("mouthLowerDownLeft", "mouthLowerDownRight", "mouthUpperUpLeft", "mouthUpperUpRight"):
        motion.weights[:, ARKIT_INDEX[name]] = 0
    motion.weights[137, ARKIT_INDEX["jawOpen"]] = 0.0
    report = bake(head, motion, key_reduction=0.02)
    assert report.key_count < 0.5 * 500 * len(report.keyed)
    for name, curve in curves_of(head).items():
        assert np.abs(evaluate(curve, range(1, 501)) - weight(motion, name)).max() <= 0.02 + 1e-6
    for name in ("jawOpen", "mouthPucker", "mouthRollLower"):  # the closed frame keeps every mouth key
        assert 138 in [key.co[0] for key in curves_of(head)[name].keyframe_points]


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_numbers_that_are_none_are_refused(head, motion, bad):
    motion.weights[7, ARKIT_INDEX["mouthFunnel"]] = bad
    before = snapshot()
    with pytest.raises(BakeError, match="mouthFunnel at frame 8"):
        bake(head, motion)
    assert snapshot() == before


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"take": " "}, InputError, "no name"),
        ({"parts": ("Ears",)}, InputError, "Ears"),
        ({"parts": ()}, InputError, "parts"),
        ({"key_reduction": 0.0}, InputError, "between 0 and 1"),
        ({"key_reduction": float("nan")}, InputError, "between 0 and 1"),
        ({"blocked": "perhaps"}, InputError, "perhaps"),
        ({"frame_range": (60, 90)}, BakeError, "frames 1 to 50, the range is 60 to 90"),
        ({"start_frame": 1_048_560}, BakeError, "Move the sound"),
    ],
)
def test_unusable_arguments_change_nothing(head, motion, options, error, message):
    before = snapshot()
    with pytest.raises(error, match=message):
        bake(head, motion, **options)
    assert snapshot() == before


def test_motion_without_frames(head):
    with pytest.raises(BakeError, match="no frame"):
        bake(head, FaceMotion.still(0, 25.0))


def test_short_motion(head):
    for count in (1, 2):
        motion = make_motion(count)
        motion.weights[:, ARKIT_INDEX["jawOpen"]] = 0.5
        bake(head, motion)
        frames = [key.co[0] for key in curves_of(head)["jawOpen"].keyframe_points]
        assert frames == [*range(1, count + 1), count + 4]


def test_error_while_writing_restores_everything(head, motion, monkeypatch):
    bake(head, make_motion(40), take="before")
    head.data.shape_keys.key_blocks["jawOpen"].mute = True
    before = snapshot()
    calls = []

    def fail_late(*_):
        calls.append(None)
        if len(calls) == 20:
            raise RuntimeError("power cut")
        return np.arange(50)

    monkeypatch.setattr("soliloquy.bake.channel_curves.key_rows", fail_late)
    with pytest.raises(RuntimeError, match="power cut"):
        bake(head, motion, blocked="fix", start_frame=30)
    assert snapshot() == before


def test_error_in_the_first_take_leaves_no_action(head, motion, monkeypatch):
    before = snapshot()

    def fail(*_):
        raise RuntimeError("power cut")

    monkeypatch.setattr("soliloquy.bake.movement.measure_movement", fail)
    with pytest.raises(RuntimeError, match="power cut"):
        bake(head, motion)
    assert snapshot() == before
    assert head.data.shape_keys.animation_data is None


def test_the_scene_stays_where_it_is(head, motion):
    scene = bpy.context.scene
    scene.frame_set(7, subframe=0.25)
    cube = bpy.data.objects.new("Cube", None)
    scene.collection.objects.link(cube)
    cube.keyframe_insert("location", frame=1)
    bpy.context.view_layer.update()
    cube.location.x = 5.0  # moved by hand, not keyed yet
    bake(head, motion)
    assert (scene.frame_current, scene.frame_subframe) == (7, 0.25)
    assert cube.location.x == 5.0
    assert list(bpy.data.scenes) == [scene]
    assert head.users_scene == (scene,)


def test_viewport_shows_the_take_at_once(head, motion):
    bpy.context.scene.frame_set(20)
    bake(head, motion)
    bpy.context.view_layer.update()
    value = head.data.shape_keys.key_blocks["jawOpen"].value
    assert value == pytest.approx(weight(motion, "jawOpen")[19], abs=1e-6)


def test_action_of_two_heads_is_not_shared_any_more(motion):
    one, other = make_head(name="One"), make_head(name="Other")
    bake(one, make_motion(30), take="idle")
    keys_of_one, keys_of_other = one.data.shape_keys, other.data.shape_keys
    keys_of_other.animation_data_create().action = keys_of_one.animation_data.action
    if hasattr(bpy.types, "ActionSlot"):
        keys_of_other.animation_data.action_slot = keys_of_one.animation_data.action_slot
    before = snapshot()["idle"]
    bake(one, motion, start_frame=20)
    assert keys_of_other.animation_data.action.name == "idle"
    assert snapshot()["idle"] == before
    jaw = curves_of(one)["jawOpen"]
    assert [jaw.keyframe_points[0].co[0], jaw.keyframe_points[-1].co[0]] == [1, 73]


@pytest.mark.skipif(not hasattr(bpy.types, "ActionSlot"), reason="slots came with Blender 4.4")
def test_action_with_slots_of_other_datablocks(head, motion):
    head.keyframe_insert("location", frame=3)
    action = head.animation_data.action
    head.data.shape_keys.animation_data_create().action = action
    bake(head, motion)
    assert head.data.shape_keys.animation_data.action == action
    assert len(action.slots) == 2
    assert head.animation_data.action_slot != head.data.shape_keys.animation_data.action_slot
    assert "jawOpen" in curves_of(head)


def test_other_spellings_halves_and_doubles(motion):
    names = [
        'we"ird\\:JawOpen',
        "mouth_close",
        "Brow Inner Up L",
        "Brow Inner Up R",
        "noseSneer",
        "mouthSmile.L",
    ]
    head = make_head(names)
    bake(head, motion, parts=("Mouth", "Brows"))
    curves = {path: evaluate(curve, range(1, 51)) for path, curve in curves_of(head).items()}
    assert curves['we"ird\\:JawOpen'] == pytest.approx(weight(motion, "jawOpen"), abs=1e-6)
    for key in ("Brow Inner Up L", "Brow Inner Up R"):
        assert curves[key] == pytest.approx(weight(motion, "browInnerUp"), abs=1e-6)
    mean = (weight(motion, "noseSneerLeft") + weight(motion, "noseSneerRight")) / 2
    assert curves["noseSneer"] == pytest.approx(mean, abs=1e-6)
    assert curves["mouthSmile.L"] == pytest.approx(weight(motion, "mouthSmileLeft"), abs=1e-6)


def test_a_jaw_closes_the_lips_where_no_shape_does(motion):
    """Without mouthClose the jaw has to: it is not as open as the motion's where lips meet."""
    head = make_head(["jawOpen", "mouthFunnel"])
    motion = make_motion(moving=["jawOpen"])
    motion.weights[20:30, ARKIT_INDEX["mouthClose"]] = motion.weights[20:30, ARKIT_INDEX["jawOpen"]]
    bake(head, motion)
    jaw = evaluate(curves_of(head)["jawOpen"], range(1, 51))
    asked = weight(motion, "jawOpen")
    assert (jaw[22:28] < 0.2 * asked[22:28]).all()
    assert (jaw[8:15] > 0.7 * asked[8:15]).all()


def test_missing_shapes_are_listed(motion):
    report = bake(make_head(["jawOpen", "mouthClose", "eyeBlinkLeft"]), motion)
    assert len(report.missing) == len(MOUTH_NAMES) + len(BLINK_NAMES) - 3
    (warning,) = report.warnings
    assert "mouthFunnel" in warning
    assert "eyeBlinkRight" in warning
    assert "browInnerUp" not in warning  # not of the baked parts


def test_a_minute_of_speech_in_two_seconds(head):
    motion = make_motion(3600, 60.0)
    bake(head, motion, parts=tuple(PARTS))
    start = time.process_time()  # wall time says little on a busy machine
    report = bake(head, motion, parts=tuple(PARTS))
    assert time.process_time() - start < 2.0
    assert report.key_count == 3601 * 51
