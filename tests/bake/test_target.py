# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be animated, what is refused with one clear line, and what is in the way."""

from dataclasses import replace

import bpy
import pytest
from soliloquy.bake.blocked import BlockedKey
from soliloquy.bake.errors import BakeError
from soliloquy.bake.shape_keys import bake_motion
from soliloquy.bake.target import find_target
from soliloquy.core.retarget.arkit import ARKIT_INDEX, ARKIT_NAMES

from .heads import curves_of, make_head, make_motion, snapshot


def bake(head, motion, **options):
    return bake_motion(head, motion, **{"start_frame": 1, "take": "hello"} | options)


def test_complete_head(head):
    target = find_target(head)
    assert target.object_name == "Head"
    assert target.mapping == {name: (name,) for name in ARKIT_NAMES}
    assert target.keys == ARKIT_NAMES
    assert target.missing == ()
    assert target.blocked == ()
    assert target.warnings == ()


def test_missing_shapes_are_a_warning():
    target = find_target(make_head(["JawOpen", "smirk", "eyeBlink_L"]))
    assert target.mapping == {"jawOpen": ("JawOpen",), "eyeBlinkLeft": ("eyeBlink_L",)}
    assert len(target.missing) == 50
    (warning,) = target.warnings
    assert warning.startswith("'Head' has 2 of 52 ARKit shapes; missing: ")
    assert "mouthClose" in warning


def test_reference_key_is_never_driven():
    head = make_head(["mouthFunnel"])
    head.data.shape_keys.reference_key.name = "jawOpen"
    assert "jawOpen" not in find_target(head).mapping


def refused(obj, match):
    before = snapshot()
    with pytest.raises(BakeError, match=match) as caught:
        find_target(obj)
    assert "\n" not in str(caught.value)
    assert snapshot() == before


def test_nothing_selected():
    refused(None, "No head is selected")


@pytest.mark.parametrize("kind", ["empty", "lattice"])
def test_not_a_mesh(kind):
    data = bpy.data.lattices.new("L") if kind == "lattice" else None
    refused(bpy.data.objects.new("Thing", data), f"'Thing' is of type {kind}, not a mesh")


def test_no_shape_keys():
    obj = bpy.data.objects.new("Plain", bpy.data.meshes.new("Plain"))
    bpy.context.scene.collection.objects.link(obj)
    refused(obj, "'Plain' has no shape keys")
    obj.shape_key_add(name="Basis")
    refused(obj, "'Plain' has no shape keys")


def test_no_jaw_and_no_lips_by_name(motion):
    """It is a target, because shapes may tell what names do not; but this is no head."""
    head = make_head(["eyeBlinkLeft", "browInnerUp", "smirk"])
    target = find_target(head)
    assert (target.speaks_by_name, target.wants_shapes) == (False, True)
    before = snapshot()
    with pytest.raises(BakeError, match=r"3 shape keys of 'Head'.*cannot be measured.*jawOpen") as caught:
        bake(head, motion)
    assert "\n" not in str(caught.value)
    by_names = replace(target.rig, method="names")
    with pytest.raises(BakeError, match=r"3 shape keys of 'Head'.*jawOpen"):
        find_target(head, by_names)
    with pytest.raises(BakeError, match=r"3 shape keys of 'Head'.*jawOpen"):
        bake(head, motion, mapping=by_names)
    assert snapshot() == before


def test_a_jaw_alone_can_speak(motion):
    head = make_head(["jawOpen"])
    assert bake(head, motion).keyed == ("jawOpen",)


def test_lips_without_a_jaw_can_speak_with_a_warning(motion):
    head = make_head(["mouthFunnel"])
    (warning,) = bake(head, motion).warnings
    assert "Without jawOpen" in warning


def test_lips_are_checked_where_they_move_not_where_the_jaw_does():
    motion = make_motion(50, moving=["jawOpen"])
    motion.weights[40, ARKIT_INDEX["mouthFunnel"]] = 0.5
    assert motion.weights[40, ARKIT_INDEX["jawOpen"]] < 0.9
    assert bake(make_head(["mouthFunnel"]), motion).movement == pytest.approx(0.15)
    whole = make_head(name="Whole")
    key(whole).mute = True
    assert bake(whole, motion, blocked="skip").movement == pytest.approx(0.15)


def test_edit_mode(head):
    bpy.context.view_layer.objects.active = head
    bpy.ops.object.mode_set(mode="EDIT")
    refused(head, "Edit Mode")
    bpy.ops.object.mode_set(mode="OBJECT")
    find_target(head)


def key(head, name="jawOpen"):
    return head.data.shape_keys.key_blocks[name]


def animate_by_hand(head, name="jawOpen"):
    key(head, name).keyframe_insert("value", frame=500, group="Face")
    return curves_of(head)[name]


def drive(head):
    driver = key(head).driver_add("value").driver
    driver.expression = "0.3"


def mute_curve(head):
    animate_by_hand(head).mute = True


def lock_curve(head):
    animate_by_hand(head).lock = True


def mute_group(head):
    animate_by_hand(head).group.mute = True


def lock_group(head):
    animate_by_hand(head).group.lock = True


ONE_KEY = {
    "has a driver": drive,
    "is muted": lambda head: setattr(key(head), "mute", True),
    "is locked": lambda head: setattr(key(head), "lock_shape", True),
    "has a muted F-curve": mute_curve,
    "has a locked F-curve": lock_curve,
    "is in the muted channel group 'Face'": mute_group,
    "is in the locked channel group 'Face'": lock_group,
}


def no_influence(head):
    animate_by_hand(head)
    head.data.shape_keys.animation_data.action_influence = 0.0


def solo_track(head):
    animation = head.data.shape_keys.animation_data_create()
    animation.nla_tracks.new().is_solo = True


def tweak_mode(head):
    animate_by_hand(head)
    animation = head.data.shape_keys.animation_data
    action = animation.action
    track = animation.nla_tracks.new()
    strip = track.strips.new("strip", 1, action)
    strip.select = True
    animation.action = None
    animation.nla_tracks.active = track
    animation.use_tweak_mode = True
    assert animation.use_tweak_mode


WHOLE_OBJECT = {
    "one shape key is pinned": lambda head: setattr(head, "show_only_shape_key", True),
    "its shape keys are absolute": lambda head: setattr(head.data.shape_keys, "use_relative", False),
    "its action has zero influence": no_influence,
    "plays solo": solo_track,
    "an NLA strip is open in tweak mode": tweak_mode,
}


@pytest.mark.parametrize("reason", ONE_KEY)
def test_one_key_in_the_way(head, motion, reason):
    ONE_KEY[reason](head)
    assert find_target(head).blocked == (BlockedKey("jawOpen", reason),)
    before = snapshot()
    with pytest.raises(BakeError, match=f"'jawOpen' {reason}") as caught:
        bake(head, motion)
    assert "\n" not in str(caught.value)
    assert snapshot() == before

    report = bake(head, motion, blocked="skip")
    assert report.skipped == (f"'jawOpen' {reason}",)
    assert "jawOpen" not in report.keyed
    assert "mouthFunnel" in report.keyed
    assert find_target(head).blocked == (BlockedKey("jawOpen", reason),)

    report = bake(head, motion, blocked="fix")
    assert {curve.group.name for curve in curves_of(head).values()} == {"Mouth", "Blink"}
    assert report.unblocked == (f"'jawOpen' {reason}",)
    assert "jawOpen" in report.keyed
    assert find_target(head).blocked == ()
    bpy.context.scene.frame_set(20)
    expected = curves_of(head)["jawOpen"].evaluate(20)
    assert expected > 0.1
    assert key(head).value == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("reason", WHOLE_OBJECT)
def test_all_keys_in_the_way(head, motion, reason):
    WHOLE_OBJECT[reason](head)
    assert [blocked.key for blocked in find_target(head).blocked] == [""]
    before = snapshot()
    with pytest.raises(BakeError, match=reason):
        bake(head, motion)
    with pytest.raises(BakeError, match=f"nothing is left to bake.*{reason}"):
        bake(head, motion, blocked="skip")
    assert snapshot() == before

    bake(head, motion, blocked="fix")
    assert find_target(head).blocked == ()
    bpy.context.scene.frame_set(20)
    expected = curves_of(head)["jawOpen"].evaluate(20)
    assert expected > 0.1
    assert key(head).value == pytest.approx(expected, abs=1e-6)


def test_keys_of_other_parts_are_not_in_the_way(head, motion):
    key(head, "browInnerUp").mute = True
    assert find_target(head).blocked == (BlockedKey("browInnerUp", "is muted"),)
    bake(head, motion)
    with pytest.raises(BakeError, match="browInnerUp"):
        bake(head, motion, parts=("Brows",))


def test_everything_skipped(motion):
    blinks = make_head(["eyeBlinkLeft", "jawOpen"], name="Blinks")
    key(blinks, "eyeBlinkLeft").mute = True
    with pytest.raises(BakeError, match="nothing is left to bake"):
        bake(blinks, motion, parts=("Blink",), blocked="skip")


def test_a_failed_fix_is_taken_back(head, motion):
    """The mouth cannot move because its vertex group is empty: what was cleared is blocked again."""
    drive(head)
    key(head).mute = True
    head.show_only_shape_key = True
    head.vertex_groups.new(name="empty").add([0], 0.0, "REPLACE")
    for block in head.data.shape_keys.key_blocks:
        block.vertex_group = "empty"
    before = snapshot()
    with pytest.raises(BakeError, match="does not move"):
        bake(head, motion, blocked="fix")
    assert snapshot() == before
