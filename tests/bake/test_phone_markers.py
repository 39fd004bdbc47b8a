# SPDX-License-Identifier: GPL-3.0-or-later
import bpy
import pytest
from soliloquy.bake import write_phone_markers
from soliloquy.bake.phone_markers import PROPERTY
from soliloquy.core.motion import Phone

PHONES = (Phone("SIL", 0.0, 0.2), Phone("M", 0.2, 0.3), Phone("AY", 0.3, 0.8), Phone("SIL", 0.8, 1.0))


@pytest.fixture
def scene():
    found = bpy.context.scene
    found.timeline_markers.clear()
    found.pop(PROPERTY, None)
    yield found
    found.timeline_markers.clear()
    found.pop(PROPERTY, None)


def written(scene):
    return sorted((marker.frame, marker.name) for marker in scene.timeline_markers)


def write(scene, phones=PHONES, take="line", frames=(1, 999), start_frame=11):
    return write_phone_markers(scene, phones, take=take, start_frame=start_frame, fps=24, frames=frames)


def test_each_phone_has_a_marker_on_its_nearest_frame(scene):
    assert write(scene) == 4
    assert written(scene) == [(11, "SIL"), (16, "M"), (18, "AY"), (30, "SIL")]
    assert not any(marker.select for marker in scene.timeline_markers)


def test_a_second_time_replaces_its_own_and_no_others(scene):
    scene.timeline_markers.new("M", frame=5)
    write(scene, take="other", start_frame=101)
    write(scene)
    moved = next(marker for marker in scene.timeline_markers if marker.frame == 18)
    moved.frame = 19
    write(scene, PHONES[:2])
    assert written(scene) == [
        (5, "M"),
        (11, "SIL"),
        (16, "M"),
        (19, "AY"),
        (101, "SIL"),
        (106, "M"),
        (108, "AY"),
        (120, "SIL"),
    ]


def test_markers_of_the_user_stay_even_where_they_look_the_same(scene):
    own = [("M", 16), ("AY", 18), ("SIL", 11), ("M", 40)]
    for name, frame in own:
        scene.timeline_markers.new(name, frame=frame)
    ours = [(11, "SIL"), (16, "M"), (18, "AY"), (30, "SIL")]
    for _ in range(2):
        write(scene)
        assert written(scene) == sorted([*((frame, name) for name, frame in own), *ours])
    write(scene, ())
    assert [(marker.name, marker.frame) for marker in scene.timeline_markers] == own
    assert all(marker.select for marker in scene.timeline_markers)


def test_a_marker_that_became_a_cut_stays(scene):
    write(scene)
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    try:
        next(marker for marker in scene.timeline_markers if marker.name == "M").camera = camera
        write(scene, ())
        assert written(scene) == [(16, "M")]
        assert scene.timeline_markers[0].camera == camera
    finally:
        bpy.data.objects.remove(camera)


def test_only_markers_within_the_frames_change(scene):
    write(scene)
    assert write(scene, frames=(12, 17), start_frame=10) == 2
    assert written(scene) == [(11, "SIL"), (15, "M"), (17, "AY"), (18, "AY"), (30, "SIL")]
    write(scene)
    assert written(scene) == [(11, "SIL"), (16, "M"), (18, "AY"), (30, "SIL")]


def test_a_property_of_somebody_else_is_no_hindrance(scene):
    scene[PROPERTY] = "{"
    assert write(scene) == 4
