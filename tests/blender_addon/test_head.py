# SPDX-License-Identifier: GPL-3.0-or-later
"""Head and eyes from the panel: on bones and objects, part by part, in one undo step, as takes."""

import bpy
import numpy as np
import pytest
from mathutils import Matrix
from soliloquy.bake import create_head
from soliloquy.bake.pose import FACINGS, bake_pose
from soliloquy.blender_addon.job import compute as compute_job
from soliloquy.blender_addon.job import notes, plan, why_not, write
from soliloquy.blender_addon.kept_takes import kept_takes
from soliloquy.blender_addon.parts import ALL_PARTS, place_parts
from soliloquy.blender_addon.rig import found_carriers, rig_of
from soliloquy.core.generate.settings import HEAD_STYLES
from soliloquy.core.retarget.arkit import ARKIT_NAMES, EMOTION

from ..bake.heads import curves_of, make_head
from .characters import groups, keyed, make_character, turned
from .conftest import select

ANIMATE = bpy.ops.soliloquy.animate_from_audio
PART = bpy.ops.soliloquy.animate_part
NEW_TAKE = bpy.ops.soliloquy.new_take


@pytest.fixture
def character(file_source, lively):
    """A character on a rig, selected; the sound of the panel is noise."""
    face, rig = make_character()
    select(face)
    return face, rig


def faces_and_rigs():
    return [bpy.data.objects["Anna"].data.shape_keys, bpy.data.objects["Anna Rig"]]


def everything():
    return [keyed(owner) for owner in faces_and_rigs()]


def of_part(part):
    """Keys of one part, in the face and on the rig."""
    return [{path: keys for path, keys in each.items() if path[2] == part} for each in everything()]


def test_a_click_animates_face_head_and_eye_bones(character):
    face, rig = character
    assert why_not(bpy.context) is None
    assert ANIMATE() == {"FINISHED"}
    assert groups(face.data.shape_keys) >= {"Mouth", "Blink", "Gaze", "Brows"}
    assert groups(rig) == {"Head", "Gaze"}
    bones = {path.split('"')[1] for path, *_ in keyed(rig)}
    assert bones == {"head", "neck", "eye.L", "eye.R"}
    still = turned(rig, "head", [-20])
    frames = range(5, 90, 5)
    assert np.abs(turned(rig, "head", frames) - still).max() > 0.05


def test_every_setting_reaches_the_generator_and_the_rig(character, lively, monkeypatch):
    settings = bpy.context.scene.soliloquy
    settings.head.style, settings.head.amount = "emphatic", 0.5
    settings.eyes.gaze_amount, settings.eyes.accents = 0.25, 1.5
    settings.head.limit_yaw, settings.head.mode = np.radians(20), "add"
    baked = []
    monkeypatch.setattr(
        "soliloquy.bake.pose.bake_pose", lambda *a, **b: baked.append(b) or bake_pose(*a, **b)
    )
    assert ANIMATE() == {"FINISHED"}
    amounts = lively[0]["settings"]
    assert (amounts.head_style, amounts.head_amount) == ("emphatic", 0.5)
    assert (amounts.gaze_amount, amounts.accents, amounts.gaze) == (0.25, 1.5, True)
    assert baked[0]["mode"] == "add"
    assert (baked[0]["limits"].yaw, baked[0]["limits"].pitch) == pytest.approx((20, 40))
    styles = settings.head.bl_rna.properties["style"].enum_items.keys()
    assert tuple(styles) == HEAD_STYLES
    facings = bpy.types.Object.bl_rna.properties["soliloquy_facing"]
    assert tuple(facings.enum_items.keys()) == FACINGS


GROUPED = tuple(part for part in ALL_PARTS if part != EMOTION)
"""Parts whose keys are in a group of their own; emotion's are in those of the others."""


@pytest.mark.parametrize("part", GROUPED)
def test_each_part_alone_leaves_the_keys_of_all_others(part, character):
    assert ANIMATE() == {"FINISHED"}
    before = {each: of_part(each) for each in GROUPED}
    assert all(any(keys) for keys in before.values())
    # Another seed and other amounts give this part other keys.
    settings = bpy.context.scene.soliloquy
    settings.performance.seed = 9
    settings.mouth.amount = settings.eyes.blink_amount = settings.eyes.brows_amount = 0.5
    assert PART(part=part) == {"FINISHED"}
    after = {each: of_part(each) for each in GROUPED}
    assert after[part] != before[part]
    for other in GROUPED:
        assert other == part or after[other] == before[other], other


def test_parts_that_are_off_get_no_keys(character, lively):
    _, rig = character
    settings = bpy.context.scene.soliloquy
    settings.head.use = False
    assert ANIMATE() == {"FINISHED"}
    assert groups(rig) == {"Gaze"}
    # Eyes do not go against turns that nobody sees.
    assert lively[-1]["settings"].head_amount == 0
    settings.eyes.use_gaze = False
    assert ANIMATE() == {"FINISHED"}
    assert lively[-1]["settings"].head_amount == 0


def test_a_still_head_blinks(character, lively):
    face, rig = character
    settings = bpy.context.scene.soliloquy
    settings.head.amount = settings.eyes.gaze_amount = 0
    assert ANIMATE() == {"FINISHED"}
    assert "Head" not in groups(rig)
    assert len(curves_of(face)["eyeBlinkLeft"].keyframe_points) > 3


def test_eyes_alone_go_with_a_head_that_turns_already(character, lively):
    settings = bpy.context.scene.soliloquy
    settings.head.use = settings.eyes.use_gaze = False
    PART(part="Gaze")
    assert lively[-1]["settings"].head_amount == 0
    PART(part="Head")
    assert lively[-1]["settings"].head_amount == 1
    PART(part="Gaze")
    assert lively[-1]["settings"].head_amount == 1


@pytest.mark.parametrize(("gaze_on", "keys", "bones"), [("both", 1, 1), ("keys", 1, 0), ("bones", 0, 1)])
def test_gaze_goes_where_it_is_to_go(gaze_on, keys, bones, character):
    face, rig = character
    bpy.context.scene.soliloquy.eyes.gaze_on = gaze_on
    assert ANIMATE() == {"FINISHED"}
    assert ("Gaze" in groups(face.data.shape_keys), "Gaze" in groups(rig)) == (keys, bones)


def test_eyes_that_would_turn_twice_turn_by_bones_alone(character):
    face, _ = character
    moved = [index % len(face.data.vertices) for index in range(52) if "eyeLook" in ARKIT_NAMES[index]]
    for side in ("eye.L", "eye.R"):
        face.vertex_groups.new(name=side).add(moved, 1.0, "REPLACE")
    job = plan(bpy.context)
    assert job.placed.rig == ("Head", "Gaze")
    assert "Gaze" not in job.placed.face
    assert "twice as far" in job.placed.notes[0]
    bpy.context.scene.soliloquy.eyes.gaze_on = "keys"
    assert plan(bpy.context).placed.face == ("Mouth", "Blink", "Gaze", "Brows", "Emotion")


def add_eye(rig, name, bone=None, group=None):
    """An eye of its own in the head of a character, with a shape key that turns it."""
    eye = make_head(("eyeLookUpLeft", "eyeLookDownLeft"), name=name)
    if group is not None:
        eye.parent = rig
        eye.vertex_groups.new(name=group).add(range(len(eye.data.vertices)), 1.0, "REPLACE")
        eye.modifiers.new("Armature", "ARMATURE").object = rig
    if bone is not None:
        eye.parent, eye.parent_type, eye.parent_bone = rig, "BONE", bone
    eye.matrix_world = Matrix.Translation((0.03, -0.1, 1.77)) @ Matrix.Scale(0.01, 4)
    bpy.context.view_layer.update()
    return eye


@pytest.mark.parametrize("hangs", [{"group": "eye.L"}, {"bone": "eye.L"}, {"group": "DEF-eye.L"}, {}])
def test_eyes_of_their_own_that_would_turn_twice_turn_by_bones_alone(hangs, character):
    face, rig = character
    eye = add_eye(rig, "Eyeball", **hangs)
    select(face)
    if not hangs:
        eye.parent = rig
    placed = plan(bpy.context).placed
    assert placed.rig == ("Head", "Gaze")
    assert ("Gaze" in placed.face) == (not hangs)
    assert any("only the bones were animated" in note for note in placed.notes) == bool(hangs)
    # Where it is not animated along, nothing turns it but its bone.
    eye.soliloquy_along = False
    assert "Gaze" in plan(bpy.context).placed.face


@pytest.mark.parametrize("hangs", [{"group": "eye.L"}, {"bone": "eye.L"}, None])
def test_where_vertices_move_eyes_on_bones_turn_by_their_vertices_alone(hangs, character):
    face, rig = character
    if hangs is not None:
        add_eye(rig, "Eyeball", **hangs)
    select(face)
    bpy.context.scene.soliloquy.output.kind = "absolute_keys"
    placed = plan(bpy.context).placed
    assert placed.rig == (("Head",) if hangs else ("Head", "Gaze"))
    assert any("only the vertices were animated" in note for note in placed.notes) == bool(hangs)


def test_keys_that_another_choice_left_behind_are_named(character):
    eyes = bpy.context.scene.soliloquy.eyes
    ANIMATE()
    assert plan(bpy.context).placed.notes == ()
    eyes.gaze_on = "keys"
    assert "The rig of 'Anna' still turns its eyes" in plan(bpy.context).placed.notes[0]
    eyes.gaze_on = "bones"
    assert "The shape keys of 'Anna' still turn its eyes" in plan(bpy.context).placed.notes[0]


def test_an_armature_needs_a_bone(character):
    face, _ = character
    bpy.ops.soliloquy.find_bones()
    face.soliloquy_head_bone = ""
    assert why_not(bpy.context) == "'Anna Rig' is an armature: choose the bone of it that turns."


def test_eyes_of_the_rig_stand_in_for_missing_shape_keys(file_source, lively):
    face, rig = make_character(
        names=("jawOpen", "mouthClose", "eyeBlinkLeft", "eyeBlinkRight", "browInnerUp")
    )
    select(face)
    job = plan(bpy.context)
    assert job.placed.face == ("Mouth", "Blink", "Brows", "Emotion")
    assert job.placed.rig == ("Head", "Gaze")
    assert PART(part="Gaze") == {"FINISHED"}
    assert groups(rig) == {"Gaze"}
    assert face.data.shape_keys.animation_data is None


def test_one_undo_step(character):
    bpy.ops.ed.undo_push(message="before")
    before = everything()
    ANIMATE()
    bpy.ops.ed.undo_push(message="Animate from Audio")
    after = everything()
    assert all(after)
    bpy.ops.ed.undo()
    assert everything() == before == [{}, {}]
    assert not bpy.data.actions
    bpy.ops.ed.redo()
    assert everything() == after


def test_what_fails_in_the_face_takes_head_and_eyes_back(character, monkeypatch):
    ANIMATE()
    before, actions = everything(), {action.name for action in bpy.data.actions}
    bpy.context.scene.soliloquy.performance.seed = 9
    monkeypatch.setattr("soliloquy.bake.bake_motion", lambda *a, **b: 1 / 0)
    for each in (ANIMATE, NEW_TAKE):
        with pytest.raises(RuntimeError, match="ZeroDivisionError"):
            each()
        assert everything() == before
        assert {action.name for action in bpy.data.actions} == actions


def test_what_fails_on_the_rig_leaves_the_face(character, monkeypatch):
    ANIMATE()
    before = everything()
    bpy.context.scene.soliloquy.performance.seed = 9
    monkeypatch.setattr("soliloquy.bake.pose.pose_bake.check_turns", lambda *a, **b: 1 / 0)
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        ANIMATE()
    assert everything() == before


def test_takes_switch_head_and_eyes_with_the_face(character):
    face, _ = character
    ANIMATE()
    first = everything()
    assert NEW_TAKE() == {"FINISHED"}
    second = everything()
    assert first[0] != second[0]
    assert first[1] != second[1]
    name, other = (take.name for take in kept_takes(face))
    assert bpy.ops.soliloquy.show_take(kind="SHAPE_KEYS", take=name) == {"FINISHED"}
    assert everything() == first
    assert bpy.ops.soliloquy.show_take(kind="SHAPE_KEYS", take=other) == {"FINISHED"}
    assert everything() == second
    assert len(bpy.data.actions) == 4
    assert bpy.ops.soliloquy.remove_take(kind="SHAPE_KEYS", take=name) == {"FINISHED"}
    assert len(bpy.data.actions) == 2
    assert everything() == second


def test_takes_of_vertices_switch_the_head_too(file_source, lively, tmp_path):
    head = create_head(bpy.context.scene.collection, "Anna")
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    head = bpy.data.objects["Anna"]
    select(head)
    bpy.context.scene.soliloquy.output.kind = "cache"
    ANIMATE()
    first = keyed(head.parent)
    assert {group for _, _, group in first} == {"Head"}
    assert NEW_TAKE() == {"FINISHED"}
    second = keyed(head.parent)
    assert first != second
    names = [take.name for take in kept_takes(head)]
    bpy.ops.soliloquy.show_take(kind="VERTICES", take=names[0])
    assert keyed(head.parent) == first
    bpy.ops.soliloquy.show_take(kind="VERTICES", take=names[1])
    assert keyed(head.parent) == second


def test_a_head_that_nothing_carries_is_left_out_with_a_note(head, file_source, lively):
    assert why_not(bpy.context) is None
    job = plan(bpy.context)
    assert job.amounts.head_amount == 0
    made = compute_job(job, lambda fraction: None, lambda: False)
    told = notes(job, made, write(job, made))
    assert "Nothing was found that carries the head of 'Head'" in told[0]
    assert "jawOpen" in curves_of(head)
    text, _ = found_carriers(head)
    assert "choose it under Rig" in text
    settings = bpy.context.scene.soliloquy
    settings.mouth.use = settings.eyes.use = settings.eyes.use_gaze = settings.eyes.use_brows = False
    assert "Nothing was found that carries the head" in why_not(bpy.context)
    with pytest.raises(RuntimeError, match="Nothing was found that carries the head"):
        PART(part="Head")


def test_the_head_alone_needs_no_shape_keys(file_source, lively):
    face, rig = make_character()
    face.shape_key_clear()
    select(face)
    settings = bpy.context.scene.soliloquy
    assert "no shape keys" in why_not(bpy.context)
    settings.mouth.use = settings.eyes.use = settings.eyes.use_gaze = settings.eyes.use_brows = False
    assert why_not(bpy.context) is None
    assert ANIMATE() == {"FINISHED"}
    assert groups(rig) == {"Head"}
    # The armature itself will do.
    select(rig)
    assert why_not(bpy.context) is None


def test_find_bones_fills_in_what_can_then_be_edited(character, lively):
    face, rig = character
    assert found_carriers(face)[0] == "Anna Rig > head, neck, eye.L, eye.R"
    bpy.ops.ed.undo_push(message="before")
    assert bpy.ops.soliloquy.find_bones() == {"FINISHED"}
    bpy.ops.ed.undo_push(message="Find Bones")
    face, rig = bpy.data.objects["Anna"], bpy.data.objects["Anna Rig"]
    assert (face.soliloquy_rig, face.soliloquy_head, face.soliloquy_head_bone) == ("CHOSEN", rig, "head")
    bones = face.soliloquy_neck_bone, face.soliloquy_left_eye_bone, face.soliloquy_right_eye_bone
    assert bones == ("neck", "eye.L", "eye.R")
    face.soliloquy_head_bone, face.soliloquy_neck = "spine", None
    assert rig_of(face).neck is None
    assert PART(part="Head") == {"FINISHED"}
    assert {path.split('"')[1] for path, *_ in keyed(rig)} == {"spine"}
    face.soliloquy_head_bone = "nose"
    assert "no bone 'nose'" in why_not(bpy.context)
    bpy.ops.ed.undo()
    assert bpy.data.objects["Anna"].soliloquy_rig == "AUTOMATIC"


def test_two_characters_have_rigs_of_their_own(character, lively):
    _, rig = character
    other, other_rig = make_character("Bert")
    bpy.ops.soliloquy.find_bones()
    select(other)
    assert other.soliloquy_rig == "AUTOMATIC"
    assert ANIMATE() == {"FINISHED"}
    assert groups(other_rig) == {"Head", "Gaze"}
    assert rig.animation_data is None


def test_a_rig_chosen_in_a_library_override(tmp_path, file_source, lively):
    make_character()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "library.blend"))
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    source = bpy.context.scene.soliloquy.source
    source.kind, source.filepath = "FILE", str(tmp_path / "gone.wav")
    with bpy.data.libraries.load(str(tmp_path / "library.blend"), link=True) as (_, target):
        target.objects = ["Anna", "Anna Rig"]
    for each in target.objects:
        bpy.context.scene.collection.objects.link(each)
    face = bpy.data.objects["Anna", str(tmp_path / "library.blend")]
    select(face)
    with pytest.raises(RuntimeError, match="library override"):
        bpy.ops.soliloquy.find_bones()
    own = face.override_hierarchy_create(bpy.context.scene, bpy.context.view_layer)
    own.soliloquy_rig = "CHOSEN"
    own.soliloquy_head, own.soliloquy_head_bone = own.parent, "neck"
    own.soliloquy_neck_share = 0.75
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "shot.blend"))
    own = next(each for each in bpy.data.objects if each.override_library and each.type == "MESH")
    assert (own.soliloquy_rig, own.soliloquy_head_bone) == ("CHOSEN", "neck")
    assert own.soliloquy_neck_share == 0.75
    assert own.soliloquy_head == own.parent
    assert own.parent.library is None


def test_a_rig_renamed_meanwhile(character, lively):
    _, rig = character
    job = plan(bpy.context)
    made = compute_job(job, lambda fraction: None, lambda: False)
    rig.name = "Renamed"
    write(job, made)
    assert groups(rig) == {"Head", "Gaze"}


def test_the_built_in_head_turns_with_its_empty(file_source, lively):
    bpy.ops.soliloquy.add_head()
    head = bpy.context.view_layer.objects.active
    assert found_carriers(head)[0] == "Soliloquy Head Pivot"
    assert ANIMATE() == {"FINISHED"}
    assert groups(head.parent) == {"Head"}
    assert groups(head.data.shape_keys) >= {"Mouth", "Gaze"}


def test_parts_are_placed_without_a_rig():
    head = make_head()
    placed = place_parts(head, rig_of(head), ALL_PARTS, "both", moved_by="keys")
    assert (placed.face, placed.rig) == (("Mouth", "Blink", "Gaze", "Brows", "Emotion"), ())
    assert len(placed.notes) == 1
    placed = place_parts(head, rig_of(head), ("Mouth", "Gaze"), "bones", moved_by="keys")
    assert placed.face == ("Mouth",)
    assert "turns the eyes of 'Head'" in placed.notes[0]
