# SPDX-License-Identifier: GPL-3.0-or-later
"""The evaluated mouth moves after baking, through modifiers and scales, or an error says why not."""

import bpy
import numpy as np
import pytest
from soliloquy.bake.errors import BakeError
from soliloquy.bake.shape_keys import bake_motion
from soliloquy.core.retarget.arkit import ARKIT_INDEX

from .heads import make_head, make_motion, snapshot

JAW_DROP = 0.3


def bake(head, motion, **options):
    return bake_motion(head, motion, **{"start_frame": 1, "take": "hello"} | options)


def add_armature(head):
    armature = bpy.data.objects.new("Rig", bpy.data.armatures.new("Rig"))
    bpy.context.scene.collection.objects.link(armature)
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    bone = armature.data.edit_bones.new("Head")
    bone.head, bone.tail = (0, 0, 0), (0, 0, 1)
    bpy.ops.object.mode_set(mode="OBJECT")
    head.vertex_groups.new(name="Head").add(range(len(head.data.vertices)), 1.0, "REPLACE")
    head.modifiers.new("Armature", "ARMATURE").object = armature
    # The head turns all the time: movement of the head is not movement of the mouth.
    pose = armature.pose.bones["Head"]
    pose.rotation_mode = "XYZ"
    for frame in (1, 50):
        pose.rotation_euler.y = frame / 50
        pose.keyframe_insert("rotation_euler", frame=frame)


MODIFIERS = {
    "none": lambda head: None,
    "subdivision": lambda head: head.modifiers.new("Subdivision", "SUBSURF"),
    "mirror": lambda head: head.modifiers.new("Mirror", "MIRROR"),
    "armature": add_armature,
    "all": lambda head: [add_armature(head), *(head.modifiers.new(k, k) for k in ("MIRROR", "SUBSURF"))],
    "centimetres": lambda head: setattr(head, "scale", (0.01, 0.01, 0.01)),
    "hundredfold": lambda head: setattr(head, "scale", (100, 100, 100)),
}


@pytest.mark.parametrize("kind", MODIFIERS)
def test_mouth_moves(head, kind):
    MODIFIERS[kind](head)
    motion = make_motion(moving=["jawOpen"])
    movement = bake(head, motion).movement
    assert movement is not None
    widest = motion.weights[:, ARKIT_INDEX["jawOpen"]].max() * JAW_DROP
    # Subdivision smooths the one moved vertex; turning bones spread the drop over two axes.
    assert 0.3 * widest < movement < 1.01 * widest


@pytest.mark.parametrize("kind", MODIFIERS)
def test_what_the_animator_sees(head, kind):
    """The same by other means: the evaluated mesh in the animator's own scene with and without the action."""
    MODIFIERS[kind](head)
    motion = make_motion(moving=["jawOpen"])
    bake(head, motion)
    frame = 1 + int(motion.weights[:, ARKIT_INDEX["jawOpen"]].argmax())

    def evaluated():
        bpy.context.scene.frame_set(frame)
        mesh = head.evaluated_get(bpy.context.evaluated_depsgraph_get()).data
        return np.array([vertex.co[:] for vertex in mesh.vertices])

    talking = evaluated()
    head.data.shape_keys.animation_data.action = None
    head.data.shape_keys.key_blocks["jawOpen"].value = 0
    assert np.abs(talking - evaluated()).max() > 0.3 * JAW_DROP


def refused(head, motion, match):
    before = snapshot()
    with pytest.raises(BakeError, match=match) as caught:
        bake(head, motion)
    assert "\n" not in str(caught.value)
    assert snapshot() == before


def test_empty_shapes(motion):
    head = make_head(["jawOpen", "mouthFunnel"])
    for key in head.data.shape_keys.key_blocks[1:]:
        for point, rest in zip(key.points, head.data.shape_keys.reference_key.points, strict=True):
            point.co = rest.co
    refused(head, motion, "shape keys are empty")


def test_closed_slider_range(motion):
    head = make_head(["jawOpen"])
    head.data.shape_keys.key_blocks["jawOpen"].slider_max = 0.0
    refused(head, motion, "slider range of 'jawOpen'")


def test_hidden_by_a_vertex_group(head, motion):
    head.vertex_groups.new(name="empty").add([0], 0.0, "REPLACE")
    for key in head.data.shape_keys.key_blocks[1:]:
        key.vertex_group = "empty"
    refused(head, motion, "a modifier, a vertex group")


def test_value_taken_by_another_animation(head, motion):
    """An NLA track alone is no obstacle: the take's action lies over it."""
    keys = head.data.shape_keys
    keys.key_blocks["jawOpen"].keyframe_insert("value", frame=1)
    animation = keys.animation_data
    animation.nla_tracks.new().strips.new("idle", 1, animation.action)
    animation.action = None
    bake(head, motion)
    bpy.context.scene.frame_set(20)
    expected = motion.weights[19, ARKIT_INDEX["jawOpen"]]
    assert keys.key_blocks["jawOpen"].value == pytest.approx(expected, abs=1e-6)


def test_mix_with_the_nla_is_told(head, motion):
    keys = head.data.shape_keys
    keys.key_blocks["jawOpen"].value = 1.0
    keys.key_blocks["jawOpen"].keyframe_insert("value", frame=1)
    animation = keys.animation_data
    animation.nla_tracks.new().strips.new("open", 1, animation.action)
    animation.action = None
    animation.action_influence = 0.5
    (warning,) = bake(head, make_motion(moving=["mouthFunnel"])).warnings
    assert "NLA" in warning
    assert "jawOpen" in warning


def test_hidden_object_is_baked_but_not_checked(head, motion):
    head.hide_viewport = True
    report = bake(head, motion)
    assert report.movement is None
    assert "hidden" in report.warnings[0]
    head.hide_viewport = False
    head.hide_set(True)
    assert bake(head, motion).movement > 0


def test_head_of_no_scene(motion):
    head = make_head()
    bpy.context.scene.collection.objects.unlink(head)
    assert bake(head, motion).movement > 0
    assert head.users_scene == ()
