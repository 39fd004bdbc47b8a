# SPDX-License-Identifier: GPL-3.0-or-later
"""Teeth, tongue and lashes move with the face: as one whole, and one take."""

from contextlib import ExitStack

import bpy
import numpy as np
import pytest
from soliloquy.bake import bake_motion, find_companions
from soliloquy.bake.companion_takes import companion_actions
from soliloquy.bake.errors import BakeError
from soliloquy.bake.takes import TakeFacts, begin_take, record_take, remove_take, show_take, take_name
from soliloquy.core.retarget.arkit import ARKIT_INDEX, PARTS

from .heads import curves_of, make_head, make_motion, snapshot

TEETH = ("jawOpen", "mouthClose", "jawLeft")


def make_armature(name="Rig"):
    armature = bpy.data.objects.new(name, bpy.data.armatures.new(name))
    bpy.context.scene.collection.objects.link(armature)
    return armature


def hang_on(armature, *objects):
    for obj in objects:
        obj.modifiers.new("Armature", "ARMATURE").object = armature


@pytest.fixture
def mouth(head):
    """A head, its teeth and its tongue on one armature."""
    teeth, tongue = make_head(TEETH, "Teeth"), make_head(["tongueOut", "jawOpen"], "Tongue")
    hang_on(make_armature(), head, teeth, tongue)
    return head, teeth, tongue


def bake(head, motion, **options):
    companions = find_companions(head)
    return bake_motion(
        head, motion, **{"start_frame": 1, "take": "hello", "companions": companions} | options
    )


def action_of(obj):
    animation = obj.data.shape_keys.animation_data
    return animation.action if animation is not None else None


def values_of(obj, name, count=50):
    curve = curves_of(obj)[name]
    return np.array([curve.evaluate(frame) for frame in range(1, count + 1)])


def test_meshes_of_one_armature_go_together(mouth):
    head, teeth, tongue = mouth
    other = make_head(name="Somebody Else")
    hang_on(make_armature("Other Rig"), other)
    for obj in (head, shirt := make_head(["Thin"], "Shirt")):
        obj.shape_key_add(name="Body Fat", from_mix=False)
    boots = bpy.data.objects.new("Boots", bpy.data.meshes.new("Boots"))
    bpy.context.scene.collection.objects.link(boots)
    hang_on(bpy.data.objects["Rig"], shirt, boots)
    assert find_companions(head) == (teeth, tongue)
    assert find_companions(other) == ()
    assert find_companions(boots) == ()
    # The same mesh twice has its shape keys once.
    twin = bpy.data.objects.new("Teeth Twin", teeth.data)
    bpy.context.scene.collection.objects.link(twin)
    hang_on(bpy.data.objects["Rig"], twin)
    assert find_companions(head) == (teeth, tongue)


def test_another_face_on_the_same_armature_is_somebody_else(mouth):
    head, teeth, tongue = mouth
    other = make_head(name="Twin")
    hang_on(bpy.data.objects["Rig"], other)
    # In one place it is a double of the face, such as a mesh for close-ups.
    assert other in find_companions(head)
    other.location.x = 10
    bpy.context.view_layer.update()
    assert find_companions(head) == (teeth, tongue)


def test_meshes_of_one_parent_go_together_where_they_lie_together(head):
    root = bpy.data.objects.new("Character", None)
    bpy.context.scene.collection.objects.link(root)
    teeth, far = make_head(TEETH, "Teeth"), make_head(name="Twin")
    lashes = make_head(["eyeBlinkLeft", "eyeBlinkRight"], "Lashes")
    teeth.scale = (0.2, 0.2, 0.2)
    far.location.x = 5
    for obj in (head, far):
        obj.parent = root
    teeth.parent = lashes.parent = head
    bpy.context.view_layer.update()
    assert find_companions(head) == (lashes, teeth)
    bpy.context.scene.collection.objects.unlink(lashes)
    assert find_companions(head) == (teeth,)


def test_keys_of_one_name_do_the_same(mouth, motion):
    head, teeth, _ = mouth
    report = bake(head, motion)
    assert [each.object_name for each in report.companions] == ["Teeth", "Tongue"]
    assert report.companions[0].keyed == TEETH
    assert report.companions[0].action == action_of(teeth).name == "hello Teeth"
    assert report.companions[1].keyed == ("jawOpen",)
    for name in TEETH:
        np.testing.assert_array_equal(values_of(teeth, name), values_of(head, name))
        assert curves_of(teeth)[name].group.name == "Mouth"
    own = sum(len(curve.keyframe_points) for curve in curves_of(head).values())
    added = sum(each.key_count for each in report.companions)
    assert report.key_count == own + added
    assert added > 3 * 50
    # Baked again it is the same.
    before = snapshot()
    assert bake(head, motion).warnings == report.warnings
    assert snapshot() == before


def test_companions_have_keys_of_their_own(motion):
    head, brows = make_head(["jawOpen", "mouthFunnel"]), make_head(["browInnerUp", "jawOpen"], "Brows")
    hang_on(make_armature(), head, brows)
    report = bake(head, motion, parts=("Mouth", "Blink", "Brows"))
    assert report.companions[0].keyed == ("browInnerUp", "jawOpen")
    expected = motion.weights[:, ARKIT_INDEX["browInnerUp"]]
    np.testing.assert_allclose(values_of(brows, "browInnerUp"), expected, atol=1e-4)


def test_empty_keys_of_companions_get_none(mouth, motion):
    head, teeth, _ = mouth
    keys = teeth.data.shape_keys.key_blocks
    for point, rest in zip(keys["jawLeft"].points, keys[0].points, strict=True):
        point.co = rest.co
    assert bake(head, motion).companions[0].keyed == ("jawOpen", "mouthClose")


def test_narrow_sliders_of_a_companion(mouth, motion):
    head, teeth, _ = mouth
    teeth.data.shape_keys.key_blocks["jawOpen"].slider_max = 0.5
    bake(head, motion)
    np.testing.assert_array_equal(values_of(teeth, "jawOpen"), np.minimum(values_of(head, "jawOpen"), 0.5))


def test_parts_and_frames_of_companions(mouth, motion):
    head, teeth, _ = mouth
    bake(head, motion)
    before = snapshot()["hello Teeth"]["curves"]
    assert bake(head, motion, parts=("Blink",)).companions == ()
    assert snapshot()["hello Teeth"]["curves"] == before
    half = make_motion()
    half.weights[:] *= 0.5
    bake(head, half, frame_range=(10, 20))
    np.testing.assert_array_equal(values_of(teeth, "jawOpen"), values_of(head, "jawOpen"))


def test_all_is_taken_back_where_one_fails(mouth, motion):
    head, _, tongue = mouth
    bpy.context.view_layer.objects.active = tongue
    bpy.ops.object.mode_set(mode="EDIT")
    before = snapshot()
    with pytest.raises(BakeError, match="'Tongue' is in Edit Mode"):
        bake(head, motion)
    assert snapshot() == before
    bpy.ops.object.mode_set(mode="OBJECT")
    bake(head, motion)
    before = snapshot()
    links = dict(companion_actions(action_of(head)))
    bpy.ops.object.mode_set(mode="EDIT")
    half = make_motion()
    half.weights[:] *= 0.5
    with pytest.raises(BakeError, match="'Tongue' is in Edit Mode"):
        bake(head, half)
    bpy.ops.object.mode_set(mode="OBJECT")
    assert snapshot() == before
    assert companion_actions(action_of(head)) == links


def test_driven_keys_of_companions_are_left_alone(mouth, motion):
    """As a rule they follow the face already."""
    head, teeth, _ = mouth
    driver = teeth.data.shape_keys.key_blocks["jawOpen"].driver_add("value").driver
    variable = driver.variables.new()
    variable.targets[0].id_type = "KEY"
    variable.targets[0].id = head.data.shape_keys
    variable.targets[0].data_path = 'key_blocks["jawOpen"].value'
    driver.expression = variable.name
    for choice in ("error", "fix"):
        report = bake(head, motion, blocked=choice)
        assert report.companions[0].keyed == ("mouthClose", "jawLeft")
        assert report.warnings == ()
        assert not teeth.data.shape_keys.animation_data.drivers[0].mute


def test_other_blocked_keys_of_companions(mouth, motion):
    head, teeth, tongue = mouth
    teeth.data.shape_keys.key_blocks["jawOpen"].mute = True
    tongue.show_only_shape_key = True
    report = bake(head, motion)
    assert [each.keyed for each in report.companions] == [("mouthClose", "jawLeft")]
    assert report.warnings == (
        "Shape keys of 'Teeth' were left out: 'jawOpen' is muted.",
        "Shape keys of 'Tongue' were left out: one shape key is pinned (Solo Active Shape Key).",
    )
    report = bake(head, motion, blocked="fix")
    assert [each.keyed for each in report.companions] == [TEETH, ("jawOpen",)]
    assert not tongue.show_only_shape_key


def test_linked_companions_are_left_out(head, motion, tmp_path):
    teeth = make_head(TEETH, "Teeth")
    bpy.data.libraries.write(str(tmp_path / "teeth.blend"), {teeth})
    bpy.data.objects.remove(teeth)
    with bpy.data.libraries.load(str(tmp_path / "teeth.blend"), link=True) as (_, loaded):
        loaded.objects = ["Teeth"]
    (teeth,) = loaded.objects
    bpy.context.scene.collection.objects.link(teeth)
    report = bake(head, motion, companions=(teeth,))
    assert report.companions == ()
    (warning,) = report.warnings
    assert warning.startswith("'Teeth' is linked from another file and was not animated along")


# Takes


def make_take(head, seed, *, new=False, companions=None):
    motion = make_motion(30)
    motion.weights[:] = motion.weights * (1 - 0.1 * seed)
    chosen = find_companions(head) if companions is None else companions
    with ExitStack() as rollback:
        if new:
            begin_take(head, take_name("line 01", seed), rollback)
        bake_motion(head, motion, start_frame=1, take="line 01", parts=tuple(PARTS), companions=chosen)
        rollback.pop_all()
    record_take(head, TakeFacts("line 01", "meshtalk", "natural", seed))
    return action_of(head)


def test_takes_of_companions_are_shown_with_the_face(mouth):
    head, teeth, tongue = mouth
    first = make_take(head, 0)
    lively = values_of(teeth, "jawOpen", 30)
    before = snapshot()["line 01 Teeth"]
    second = make_take(head, 5, new=True)
    assert action_of(teeth).name == "line 01 seed 5 Teeth"
    assert snapshot()["line 01 Teeth"] == before
    np.testing.assert_allclose(values_of(teeth, "jawOpen", 30), lively * 0.5, atol=1e-4)
    show_take(head, first.name)
    assert [action_of(each).name for each in (teeth, tongue)] == ["line 01 Teeth", "line 01 Tongue"]
    show_take(head, second.name)
    assert action_of(teeth).name == "line 01 seed 5 Teeth"
    show_take(head, first.name)
    remove_take(head, second.name)
    assert sorted(action.name for action in bpy.data.actions) == [
        "line 01",
        "line 01 Teeth",
        "line 01 Tongue",
    ]


def test_takes_follow_a_companion_that_was_renamed(mouth):
    head, teeth, _ = mouth
    first = make_take(head, 0)
    lively = values_of(teeth, "jawOpen", 30)
    teeth.name = "Dentures"
    second = make_take(head, 5, new=True)
    assert action_of(teeth).name == "line 01 seed 5 Dentures"
    show_take(head, first.name)
    assert action_of(teeth).name == "line 01 Teeth"
    np.testing.assert_array_equal(values_of(teeth, "jawOpen", 30), lively)
    show_take(head, second.name)
    np.testing.assert_allclose(values_of(teeth, "jawOpen", 30), lively * 0.5, atol=1e-4)


def test_a_take_without_companions_lets_them_rest(mouth):
    head, teeth, _ = mouth
    first = make_take(head, 0, companions=())
    second = make_take(head, 3, new=True)
    bpy.context.scene.frame_set(15)
    assert teeth.data.shape_keys.key_blocks["jawOpen"].value > 0.1
    show_take(head, first.name)
    bpy.context.view_layer.update()
    assert action_of(teeth) is None
    assert teeth.data.shape_keys.key_blocks["jawOpen"].value == 0
    assert bpy.data.actions["line 01 Teeth"].use_fake_user
    show_take(head, second.name)
    bpy.context.scene.frame_set(14)
    assert teeth.data.shape_keys.key_blocks["jawOpen"].value > 0.1


def test_what_companions_play_otherwise_stays(mouth):
    """An action that the user gave a companion meanwhile is none of ours."""
    head, teeth, _ = mouth
    first = make_take(head, 0)
    make_take(head, 1, new=True)
    mine = bpy.data.actions.new("mine")
    teeth.data.shape_keys.animation_data.action = mine
    bpy.data.objects.remove(bpy.data.objects["Tongue"])
    show_take(head, first.name)
    assert action_of(teeth).name == "line 01 Teeth"
    assert mine.use_fake_user


def test_a_failed_new_take_takes_companions_back(mouth):
    head, _, tongue = mouth
    make_take(head, 0)
    before = snapshot()
    bpy.context.view_layer.objects.active = tongue
    bpy.ops.object.mode_set(mode="EDIT")
    with pytest.raises(BakeError, match="Edit Mode"):
        make_take(head, 2, new=True)
    bpy.ops.object.mode_set(mode="OBJECT")
    assert snapshot() == before


def test_takes_of_companions_are_saved(mouth, tmp_path):
    head, *_ = mouth
    first = make_take(head, 0)
    second = make_take(head, 2, new=True)
    names = (first.name, second.name)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "takes.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "takes.blend"))
    head, teeth = bpy.data.objects["Head"], bpy.data.objects["Teeth"]
    show_take(head, names[0])
    assert action_of(teeth).name == "line 01 Teeth"
    show_take(head, names[1])
    assert action_of(teeth).name == "line 01 seed 2 Teeth"
