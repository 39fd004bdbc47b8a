# SPDX-License-Identifier: GPL-3.0-or-later
from contextlib import ExitStack

import bpy
import numpy as np
import pytest
from soliloquy.bake import bake_motion
from soliloquy.bake.errors import BakeError
from soliloquy.bake.takes import TakeFacts, begin_take, record_take, shape_key_takes, show_take, take_name

from .heads import curves_of, make_head, make_motion, snapshot


def animation_of(obj):
    return obj.data.shape_keys.animation_data


def bake(obj, seed, *, sound="line 01", new=False, start=1, moving=None, model="meshtalk"):
    """A take whose motion depends on the seed."""
    motion = make_motion(30, moving=moving)
    motion.weights[:] = motion.weights * (1 - 0.1 * seed)
    with ExitStack() as rollback:
        if new:
            begin_take(obj, take_name(sound, seed), rollback)
        bake_motion(obj, motion, start_frame=start, take=sound, parts=("Mouth", "Blink", "Brows"))
        rollback.pop_all()
    record_take(obj, TakeFacts(sound, model, "natural", seed))
    return animation_of(obj).action


def jaw(obj):
    return [key.co[1] for key in curves_of(obj)["jawOpen"].keyframe_points]


def test_a_new_take_leaves_the_earlier_one_as_it_is():
    obj = make_head()
    first = bake(obj, 0)
    before, curves = snapshot()[first.name], jaw(obj)
    second = bake(obj, 3, new=True)
    assert (first.name, second.name) == ("line 01", "line 01 seed 3")
    assert snapshot()[first.name] == before
    assert first.use_fake_user
    np.testing.assert_allclose(jaw(obj), np.array(curves) * 0.7, atol=1e-5)
    takes = shape_key_takes(obj)
    assert [(take.name, take.is_shown) for take in takes] == [("line 01", False), ("line 01 seed 3", True)]
    assert takes[1].facts == (TakeFacts("line 01", "meshtalk", "natural", 3, "Head"),)


def test_other_sounds_and_keys_made_by_hand_are_in_the_new_take_too():
    obj = make_head()
    bake(obj, 0)
    action = bake(obj, 1, sound="line 02", start=100)
    obj.data.shape_keys.key_blocks["eyeLookUpLeft"].keyframe_insert("value", frame=7)
    assert len(shape_key_takes(obj)) == 1
    facts = shape_key_takes(obj)[0].facts
    assert [(each.sound, each.seed) for each in facts] == [("line 01", 0), ("line 02", 1)]
    before = jaw(obj)
    new = bake(obj, 2, new=True)
    assert new != action
    assert "eyeLookUpLeft" in curves_of(obj)
    after = jaw(obj)
    np.testing.assert_allclose(after[:30], np.array(before[:30]) * 0.8, atol=1e-5)
    assert after[31:] == before[31:]
    assert [(each.sound, each.seed) for each in shape_key_takes(obj)[1].facts] == [
        ("line 02", 1),
        ("line 01", 2),
    ]


def test_showing_a_take_and_back():
    obj = make_head()
    first = bake(obj, 0)
    scene = bpy.context.scene
    scene.frame_set(15)
    keys = obj.data.shape_keys.key_blocks
    lively = keys["jawOpen"].value
    second = bake(obj, 5, new=True, moving=("jawOpen", "mouthClose"))
    bpy.context.view_layer.update()
    show_take(obj, first.name)
    bpy.context.view_layer.update()
    assert animation_of(obj).action == first
    assert second.use_fake_user
    assert keys["jawOpen"].value == pytest.approx(lively)
    assert keys["browInnerUp"].value > 0.1
    show_take(obj, second.name)
    bpy.context.view_layer.update()
    assert keys["jawOpen"].value == pytest.approx(lively * 0.5)
    # What only the other take moves rests.
    assert keys["browInnerUp"].value == 0
    before = snapshot()
    show_take(obj, second.name)
    assert snapshot() == before
    with pytest.raises(BakeError, match="no take 'gone'"):
        show_take(obj, "gone")
    assert snapshot() == before


def test_takes_of_other_heads_are_not_listed_and_a_renamed_head_keeps_its_own():
    obj, other = make_head(), make_head(name="Other")
    bake(obj, 0)
    bake(obj, 1, new=True)
    bake(other, 0, sound="line 09")
    assert [take.name for take in shape_key_takes(obj)] == ["line 01", "line 01 seed 1"]
    assert [take.name for take in shape_key_takes(other)] == ["line 09"]
    obj.name = "Renamed"
    assert len(shape_key_takes(obj)) == 2
    obj.data.shape_keys.animation_data_clear()
    assert shape_key_takes(obj) == ()


def test_a_failed_new_take_leaves_the_file_as_it_was():
    obj = make_head()
    bake(obj, 0)
    before = snapshot()
    users = [(each.name, each.use_fake_user) for each in bpy.data.actions]
    obj.data.shape_keys.key_blocks["jawOpen"].lock_shape = True
    with pytest.raises(BakeError):
        bake(obj, 1, new=True)
    obj.data.shape_keys.key_blocks["jawOpen"].lock_shape = False
    assert snapshot() == before
    assert [(each.name, each.use_fake_user) for each in bpy.data.actions] == users
    # Without an action too.
    fresh = make_head(name="Fresh")
    before = snapshot()
    fresh.data.shape_keys.key_blocks["jawOpen"].lock_shape = True
    with pytest.raises(BakeError):
        bake(fresh, 1, new=True)
    fresh.data.shape_keys.key_blocks["jawOpen"].lock_shape = False
    assert snapshot() == before


def test_the_first_take_may_have_a_seed_in_its_name():
    obj = make_head()
    assert bake(obj, 4, new=True).name == "line 01 seed 4"
    # Animated anew with another seed, the name goes along; a name of the user's stays.
    assert bake(obj, 6).name == "line 01 seed 6"
    animation_of(obj).action.name = "the good one"
    assert bake(obj, 7).name == "the good one"


def test_names_fit_into_blender():
    name = take_name("ä" * 60, 12)
    assert name.endswith("ä seed 12")
    assert len(name.encode()) <= 63
    assert bpy.data.actions.new(name).name == name


def test_actions_without_facts_are_takes_while_they_are_shown():
    obj = make_head()
    bake_motion(obj, make_motion(30), start_frame=1, take="old")
    assert [(take.name, take.facts) for take in shape_key_takes(obj)] == [("old", ())]
    assert shape_key_takes(make_head(name="Other")) == ()
