# SPDX-License-Identifier: GPL-3.0-or-later
"""What the eyes look at: where it is for a head at rest, and that asking changes nothing."""

from math import atan2, degrees, hypot, radians

import bpy
import numpy as np
import pytest
from mathutils import Quaternion
from soliloquy.bake import create_head
from soliloquy.blender_addon.job import plan, why_not

from .characters import make_character
from .conftest import select

ANIMATE = bpy.ops.soliloquy.animate_from_audio

EYES = (0, -0.1, 1.7)
"""About where the blinks of the character's mesh are."""


@pytest.fixture
def eyes(file_source, lively):
    return bpy.context.scene.soliloquy.eyes


def add(name, location, data=None):
    obj = bpy.data.objects.new(name, data)
    obj.location = location
    bpy.context.scene.collection.objects.link(obj)
    return obj


def seen():
    """Degrees of yaw and pitch (N, 2), and times (N,)."""
    look_at = plan(bpy.context).look_at
    return np.degrees(look_at.directions), np.asarray(look_at.times)


def towards(place, eyes=EYES):
    """Degrees of yaw and pitch to a place, for a head at rest that faces -Y."""
    x, y, z = np.subtract(place, eyes)
    return degrees(atan2(x, -y)), degrees(atan2(z, hypot(x, y)))


def test_straight_ahead_is_no_aim(eyes):
    select(make_character()[0])
    assert plan(bpy.context).look_at is None


@pytest.mark.parametrize("place", [(0, -3, 1.7), (2, -3, 1.7), (-1, -2, 2.5), (0.5, -4, 0.5)])
def test_an_object_that_stands_still_is_read_once(place, eyes):
    select(make_character()[0])
    eyes.look_at, eyes.look_at_object = "OBJECT", add("Aim", place)
    directions, times = seen()
    assert len(times) == 1
    np.testing.assert_allclose(directions[0], towards(place), atol=3)


def test_the_camera_and_its_cuts(eyes):
    scene = bpy.context.scene
    select(make_character()[0])
    eyes.look_at = "CAMERA"
    assert why_not(bpy.context) == "The scene has no camera that the eyes could look at."
    with pytest.raises(RuntimeError, match="no camera"):
        ANIMATE()
    one = add("One", (1, -4, 1.7), bpy.data.cameras.new("One"))
    two = add("Two", (-3, -3, 2.0), bpy.data.cameras.new("Two"))
    scene.camera = one
    np.testing.assert_allclose(seen()[0][0], towards(one.location), atol=3)
    for frame, camera in ((1, one), (50, two)):
        scene.timeline_markers.new(f"F_{frame}", frame=frame).camera = camera
    directions, times = seen()
    frames = 1 + times * scene.render.fps
    # The cut takes one frame.
    np.testing.assert_allclose(
        directions[frames <= 49.01], [towards(one.location)] * sum(frames <= 49.01), atol=3
    )
    np.testing.assert_allclose(
        directions[frames > 49.5], [towards(two.location)] * sum(frames > 49.5), atol=3
    )
    assert any(abs(frames - 49) < 0.01)
    assert any(abs(frames - 50) < 0.01)
    scene.timeline_markers.clear()


def test_a_moving_object_is_read_a_few_times_a_second(eyes):
    scene = bpy.context.scene
    select(make_character()[0])
    aim = add("Aim", (0, -3, 1.7))
    for frame, x in ((1, -2), (101, 2)):
        aim.location.x = x
        aim.keyframe_insert("location", index=0, frame=frame)
    for curve in _curves(aim):
        for key in curve.keyframe_points:
            key.interpolation = "LINEAR"
    # What has no key yet survives, and so does the frame between two.
    aim.location.y = -2.5
    aim.location.x = 0.123
    scene.frame_set(17, subframe=0.25)
    aim.location.x = 0.123
    eyes.look_at, eyes.look_at_object = "OBJECT", aim
    scenes = len(bpy.data.scenes)
    directions, times = seen()
    assert (scene.frame_current, scene.frame_subframe) == (17, 0.25)
    assert aim.location.x == pytest.approx(0.123)
    assert len(bpy.data.scenes) == scenes
    assert times[0] == 0
    assert times[-1] == pytest.approx(4, abs=0.05)
    assert 3 < len(times) / times[-1] < 6
    expected = [towards((-2 + 4 * time * scene.render.fps / 100, -2.5, 1.7)) for time in times]
    np.testing.assert_allclose(directions, np.minimum(expected, towards((2, -2.5, 1.7))), atol=4)


def test_a_character_that_turns_sees_the_aim_elsewhere(eyes):
    face, rig = make_character()
    select(face)
    eyes.look_at, eyes.look_at_object = "OBJECT", add("Aim", (0, -50, 1.7))
    assert seen()[0][0, 0] == pytest.approx(0, abs=1)
    rig.rotation_euler.z = radians(30)
    bpy.context.view_layer.update()
    # The head has turned to its left, so what was ahead is at its right.
    assert seen()[0][0, 0] == pytest.approx(-30, abs=1)
    spine = rig.pose.bones["spine"]
    spine.rotation_mode = "XYZ"
    for frame, angle in ((1, 0), (101, 40)):
        # The bone's own Y points up: as the armature's Z.
        spine.rotation_euler.y = radians(angle)
        spine.keyframe_insert("rotation_euler", frame=frame)
    directions, times = seen()
    assert len(times) > 10
    assert directions[0, 0] == pytest.approx(-30, abs=1)
    assert directions[-1, 0] == pytest.approx(-70, abs=3)


def test_what_the_head_was_animated_to_does_not_count(eyes):
    """Else each animation would go on from the one before."""
    face, _ = make_character()
    select(face)
    eyes.look_at, eyes.look_at_object = "OBJECT", add("Aim", (2, -3, 1.7))
    before = seen()[0][0]
    ANIMATE()
    bpy.context.scene.frame_set(30)
    after = seen()[0]
    np.testing.assert_allclose(after, [before], atol=1e-3)
    # Nor where the scene moves anyway.
    bpy.context.scene.soliloquy.eyes.look_at_object.keyframe_insert("location", frame=1)
    after = seen()[0]
    assert len(after) > 10
    np.testing.assert_allclose(after, np.tile(before, (len(after), 1)), atol=1e-3)


@pytest.mark.parametrize("mode", ["QUATERNION", "ZXY", "AXIS_ANGLE"])
def test_a_head_that_is_animated_by_hand_sees_the_aim_from_where_it_turns_to(mode, eyes):
    face, rig = make_character()
    select(face)
    settings = bpy.context.scene.soliloquy.head
    eyes.look_at, eyes.look_at_object = "OBJECT", add("Aim", (0, -50, 1.7))
    for name, share in (("neck", 0.25), ("head", 0.75)):
        bone = rig.pose.bones[name]
        bone.rotation_mode = mode
        for frame, angle in ((1, 0), (101, radians(40))):
            # The bones' own Y points up, as the armature's Z.
            if mode == "QUATERNION":
                bone.rotation_quaternion = Quaternion((0, 1, 0), share * angle)
                bone.keyframe_insert("rotation_quaternion", frame=frame)
            elif mode == "AXIS_ANGLE":
                bone.rotation_axis_angle = (share * angle, 0, 1, 0)
                bone.keyframe_insert("rotation_axis_angle", frame=frame)
            else:
                bone.rotation_euler.y = share * angle
                bone.keyframe_insert("rotation_euler", frame=frame)
    assert seen()[0][-1, 0] == pytest.approx(0, abs=1)
    settings.use = False
    without = seen()[0]
    assert without[0, 0] == pytest.approx(0, abs=1)
    assert without[-1, 0] == pytest.approx(-40, abs=1)
    settings.use, settings.mode = True, "add"
    added = seen()[0]
    np.testing.assert_allclose(added, without)
    # What is added does not count, however often.
    for _ in range(2):
        ANIMATE()
        np.testing.assert_allclose(seen()[0], added, atol=1e-3)


def test_a_head_object_goes_on_from_where_it_is_when_the_speech_begins(eyes):
    head = create_head(bpy.context.scene.collection)
    pivot = head.parent
    select(head)
    for frame, angle in ((1, 20), (41, 0)):
        pivot.rotation_euler.z = radians(angle)
        pivot.keyframe_insert("rotation_euler", frame=frame)
    eyes.look_at, eyes.look_at_object = "OBJECT", add("Aim", (0, -50, 0))
    bpy.context.scene.frame_set(41)
    for _ in range(2):
        directions = seen()[0]
        np.testing.assert_allclose(directions[:, 0], -20, atol=1)
        ANIMATE()


def test_a_rig_with_constraints_and_drivers_stands_still_without_keys(eyes):
    face, rig = make_character()
    select(face)
    rig.pose.bones["spine"].constraints.new("COPY_ROTATION").target = add("Control", (0, 0, 0))
    driver = rig.pose.bones["hips"].driver_add("location", 0).driver
    driver.variables.new().targets[0].id = rig
    eyes.look_at, eyes.look_at_object = "OBJECT", add("Aim", (2, -3, 1.7))
    assert len(seen()[0]) == 1
    bpy.data.objects["Control"].keyframe_insert("rotation_euler", frame=1)
    assert len(seen()[0]) > 10
    bpy.data.objects["Control"].animation_data_clear()
    assert len(seen()[0]) == 1
    driver.expression = "frame / 100"
    assert len(seen()[0]) > 10


def test_the_built_in_head_on_its_empty(eyes):
    """What it was animated to, by a location too, does not count either."""
    head = create_head(bpy.context.scene.collection, location=(1, 2, 0.5))
    select(head)
    eyes.look_at, eyes.look_at_object = "OBJECT", add("Aim", (1.5, 1, 0.5))
    before = seen()[0][0]
    np.testing.assert_allclose(before, towards((1.5, 1, 0.5), (1, 1.91, 0.53)), atol=2)
    ANIMATE()
    bpy.context.scene.frame_set(30)
    after = seen()[0]
    np.testing.assert_allclose(after, np.tile(before, (len(after), 1)), atol=1e-3)
    head.parent.scale = (3, 3, 3)
    bpy.context.view_layer.update()
    assert seen()[0][0, 0] > before[0] + 3


def test_a_hidden_aim_and_a_head_without_a_rig(head, eyes):
    aim = add("Aim", (1, -3, 0))
    aim.hide_viewport = True
    eyes.look_at, eyes.look_at_object = "OBJECT", aim
    directions, _ = seen()
    assert directions[0, 0] == pytest.approx(degrees(atan2(1, 3)), abs=15)
    eyes.look_at_object = None
    assert "No object is chosen that the eyes look at" in why_not(bpy.context)
    eyes.use_gaze = False
    assert why_not(bpy.context) is None


def test_it_reaches_the_generator(eyes, lively):
    select(make_character()[0])
    eyes.look_at, eyes.look_at_object = "OBJECT", add("Aim", (2, -3, 1.7))
    ANIMATE()
    assert np.degrees(lively[0]["look_at"].directions[0, 0]) == pytest.approx(towards((2, -3, 1.7))[0], abs=3)
    eyes.use_gaze = False
    bpy.ops.soliloquy.animate_part(part="Mouth")
    # The eyes have keys: they go on looking there, and the lids go with them.
    assert lively[1]["settings"].gaze
    np.testing.assert_array_equal(lively[1]["look_at"].directions, lively[0]["look_at"].directions)


def _curves(obj):
    action = obj.animation_data.action
    if not hasattr(action, "layers"):
        return list(action.fcurves)
    bags = [bag for layer in action.layers for strip in layer.strips for bag in strip.channelbags]
    return [curve for bag in bags for curve in bag.fcurves]
