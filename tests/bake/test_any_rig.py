# SPDX-License-Identifier: GPL-3.0-or-later
"""Rigs with other names and shapes than ARKit's, in scenes made here, speak with no hand work."""

from dataclasses import replace

import bpy
import numpy as np
import pytest
from mathutils import Matrix
from soliloquy.bake import bake_motion, find_companions, find_target
from soliloquy.bake.errors import BakeError
from soliloquy.bake.face_plan import _OF_LIPS
from soliloquy.bake.head_mesh import to_blender_axes
from soliloquy.core.evaluation.retarget_sculpts import OCULUS, PRESTON_BLAIR, VRM
from soliloquy.core.head import load_head
from soliloquy.core.motion import FaceMotion
from soliloquy.core.retarget.arkit import ARKIT_INDEX, ARKIT_NAMES, PARTS
from soliloquy.core.retarget.mapping import RigMapping

from .heads import curves_of, keys_of, make_head, make_motion, snapshot
from .rigs import (
    asked_gap,
    lips_of,
    make_rig,
    make_rig_of,
    remove_left_half,
    sealed_share,
    speech,
    vowels_open,
)

OPEN_VOWELS = ("AA", "AE", "AH", "AO", "AW", "AY", "EH")

# Names of shapes are facts; what a sculptor took them for is written here.
VROID = {
    "Fcl_ALL_Joy": {"mouthSmile": 0.7, "eyeSquint": 0.5},
    "Fcl_BRW_Surprised": {"browInnerUp": 0.8, "browOuterUp": 0.7},
    "Fcl_EYE_Close": {"eyeBlink": 1.0},
    "Fcl_EYE_Close_L": {"eyeBlinkLeft": 1.0},
    "Fcl_EYE_Close_R": {"eyeBlinkRight": 1.0},
    **{f"Fcl_MTH_{vowel}": VRM[vowel] for vowel in "AIUEO"},
}
MMD = {
    "真面目": {"browDown": 0.8},
    "まばたき": {"eyeBlink": 1.0},
    **dict(zip("あいうえお", (VRM[vowel] for vowel in "AIUEO"), strict=True)),
    "ん": {"mouthPress": 0.5},
}
MB_LAB = {
    "Expressions_browsMidVert_max": {"browInnerUp": 0.9},
    "Expressions_browsMidVert_min": {"browDown": 0.6},
    "Expressions_eyeClosedL_max": {"eyeBlinkLeft": 1.0},
    "Expressions_eyeClosedL_min": {"eyeWideLeft": 0.8},
    "Expressions_eyeClosedR_max": {"eyeBlinkRight": 1.0},
    "Expressions_eyeClosedR_min": {"eyeWideRight": 0.8},
    "Expressions_mouthClosed_max": {"mouthPress": 0.6},
    "Expressions_mouthClosed_min": {"jawOpen": 0.2},
    "Expressions_mouthOpen_max": {"jawOpen": 0.6},
    "Expressions_mouthOpenO_max": {"jawOpen": 0.4, "mouthFunnel": 0.6},
    "Expressions_mouthSmile_max": {"mouthSmile": 0.8},
    "Expressions_mouthSmile_min": {"mouthFrown": 0.7},
    "Expressions_mouthLowerOut_max": {"mouthShrugLower": 0.7},
    "Expressions_mouthBite_max": {"mouthRollLower": 0.5},
}
CHARACTER_CREATOR = {
    "V_Open": {"jawOpen": 0.5},
    "V_Explosive": {"mouthPress": 0.6, "mouthRollLower": 0.2},
    "V_Dental_Lip": {"mouthRollLower": 0.6, "mouthUpperUp": 0.2},
    "V_Tight_O": {"mouthPucker": 0.7, "jawOpen": 0.1},
    "V_Tight": {"mouthPucker": 0.4},
    "V_Wide": {"mouthStretch": 0.6},
    "V_Affricate": {"mouthFunnel": 0.6, "jawOpen": 0.08},
    "V_Lip_Open": {"mouthUpperUp": 0.4, "mouthLowerDown": 0.5},
    "Eye_Blink_L": {"eyeBlinkLeft": 1.0},
    "Eye_Blink_R": {"eyeBlinkRight": 1.0},
}
RIGS = {
    "Oculus visemes": OCULUS
    | {"eyeBlinkLeft": {"eyeBlinkLeft": 1.0}, "eyeBlinkRight": {"eyeBlinkRight": 1.0}},
    "VRChat": {name.replace("viseme_", "vrc.v_").lower(): shape for name, shape in OCULUS.items()},
    "VRM 0": VRM,
    "VRM 1": dict(zip(("aa", "ih", "ou", "ee", "oh", "blink"), VRM.values(), strict=True)),
    "VRoid": VROID,
    "MMD": MMD,
    "MB-Lab": MB_LAB,
    "Preston Blair": PRESTON_BLAIR,
    "Character Creator": CHARACTER_CREATOR,
}


def bake(obj, motion, **options):
    return bake_motion(obj, motion, **{"start_frame": 1, "take": "hello", "parts": tuple(PARTS)} | options)


def by(obj, method):
    """The mapping that is found, gone by in one way."""
    return replace(find_target(obj).rig, method=method)


def correlation(one, other):
    return float(np.corrcoef(one, other)[0, 1])


@pytest.mark.parametrize("rig", RIGS)
def test_a_rig_speaks_by_its_shapes(rig):
    obj, motion = make_rig(RIGS[rig]), speech()
    target = find_target(obj)
    assert target.speaks_by_name
    assert target.wants_shapes
    report = bake(obj, motion)
    assert report.method == "shapes"
    assert report.notes == ()
    assert report.movement > 0.005
    lips = lips_of(obj, len(motion))
    assert correlation(lips.gap, asked_gap(motion)) > 0.95
    assert sealed_share(motion, lips.gap, lips.closed) == 1
    assert vowels_open(motion, lips.gap, OPEN_VOWELS) > 0.7 * vowels_open(
        motion, asked_gap(motion), OPEN_VOWELS
    )
    groups = {curve.group.name for curve in curves_of(obj).values()}
    assert "Mouth" in groups
    assert groups <= set(PARTS)


@pytest.mark.parametrize("rig", RIGS)
def test_a_rig_speaks_by_its_names(rig):
    obj, motion = make_rig(RIGS[rig]), speech()
    report = bake(obj, motion, mapping=by(obj, "names"))
    assert report.method == "names"
    assert {row.key for row in report.mapped} <= set(RIGS[rig])
    lips = lips_of(obj, len(motion))
    assert correlation(lips.gap, asked_gap(motion)) > 0.8
    assert sealed_share(motion, lips.gap, lips.closed) > 0.7
    assert vowels_open(motion, lips.gap, OPEN_VOWELS) > 0.4 * vowels_open(
        motion, asked_gap(motion), OPEN_VOWELS
    )


def test_names_that_say_nothing():
    """All 52 shapes, each under a number."""
    random = np.random.default_rng(3)
    order = random.permutation(len(ARKIT_NAMES))
    shapes = {f"morph{number:02}": load_head().arkit_deltas[index] for number, index in enumerate(order)}
    obj, motion = make_rig_of(shapes), speech()
    target = find_target(obj)
    assert (target.speaks_by_name, target.mapping) == (False, {})
    report = bake(obj, motion)
    assert report.method == "shapes"
    lips = lips_of(obj, len(motion))
    assert correlation(lips.gap, asked_gap(motion)) > 0.97
    assert sealed_share(motion, lips.gap, lips.closed) == 1
    with pytest.raises(BakeError, match="by its name"):
        bake(obj, motion, mapping=by(obj, "names"))


@pytest.mark.parametrize("how", ["lying", "looking along X", "in centimetres", "mirrored", "in halves"])
def test_however_a_nameless_face_lies(how):
    shapes = {f"morph{number:02}": shape for number, shape in enumerate(OCULUS.values())}
    obj, motion = make_rig(shapes), speech()
    obj.parent = None
    matrix = LYING.get(how, Matrix.Identity(4))
    obj.data.transform(matrix, shape_keys=True)
    if how == "mirrored":
        obj.scale = (-1.0, 1.0, 1.0)
    if how == "in halves":
        split_by_groups(obj)
    bpy.context.view_layer.update()
    assert bake(obj, motion).method == "shapes"
    lips = lips_of(obj, len(motion), matrix.inverted())
    assert correlation(lips.gap, asked_gap(motion)) > 0.97
    assert sealed_share(motion, lips.gap, lips.closed) == 1


LYING = {
    "lying": Matrix.Rotation(np.radians(-90), 4, "X"),
    "looking along X": Matrix.Rotation(np.radians(90), 4, "Z"),
    "in centimetres": Matrix.Translation((3, 0, 170)) @ Matrix.Scale(100, 4),
}


def split_by_groups(obj):
    """Each key as one for each side, both the whole shape, limited by vertex groups."""
    sides = {side: obj.vertex_groups.new(name=side) for side in "LR"}
    for vertex in obj.data.vertices:
        left = min(max(vertex.co.x / 0.02 + 0.5, 0.0), 1.0)
        sides["L"].add([vertex.index], left, "REPLACE")
        sides["R"].add([vertex.index], 1 - left, "REPLACE")
    coordinates = np.empty(len(obj.data.vertices) * 3, np.float32)
    for block in keys_of(obj)[1:]:
        block.points.foreach_get("co", coordinates)
        right = obj.shape_key_add(name=f"{block.name} right", from_mix=False)
        right.value = 0.0
        right.points.foreach_set("co", coordinates)
        block.vertex_group, right.vertex_group = "L", "R"


def test_blinks_of_a_rig_close_its_eyes():
    obj = make_rig(RIGS["VRoid"])
    motion = FaceMotion.still(10, 24.0)
    motion.weights[5, [ARKIT_INDEX["eyeBlinkLeft"], ARKIT_INDEX["eyeBlinkRight"]]] = 1
    motion.weights[2:8, ARKIT_INDEX["jawOpen"]] = 0.3
    bake(obj, motion)
    head = load_head()
    seen = np.empty(len(head.template) * 3, np.float32)
    bpy.context.scene.frame_set(6)
    evaluated = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
    evaluated.data.vertices.foreach_get("co", seen)
    for side in ("left", "right"):
        upper, lower = (head.landmarks[f"eyelid_{each}_{side}"] for each in ("upper", "lower"))
        gap = (seen.reshape(-1, 3)[upper] - seen.reshape(-1, 3)[lower])[:, 2]
        open_gap = (head.template[upper] - head.template[lower])[:, 1]
        assert gap.max() < 0.25 * open_gap.max()


def test_teeth_and_tongue_of_an_arkit_rig_go_along():
    """The built-in head taken apart: each piece has the keys that move it."""
    head, motion = load_head(), speech()
    face = make_rig_of(dict(zip(ARKIT_NAMES, head.arkit_deltas, strict=True)))
    names = {"Teeth": ("jawOpen", "jawLeft", "jawRight", "jawForward"), "Tongue": ("jawOpen", "tongueOut")}
    spans = {"Teeth": head.spans["teeth_lower"], "Tongue": head.spans["tongue"]}
    for name, keys in names.items():
        span = spans[name]
        mesh = bpy.data.meshes.new(name)
        mesh.from_pydata(to_blender_axes(head.template[span]).tolist(), [], [])
        obj = bpy.data.objects.new(name, mesh)
        bpy.context.scene.collection.objects.link(obj)
        obj.parent = face.parent
        obj.shape_key_add(name="Basis", from_mix=False)
        for key in keys:
            block = obj.shape_key_add(name=key, from_mix=False)
            block.value = 0.0
            moved = head.template[span] + head.arkit_deltas[ARKIT_INDEX[key]][span]
            block.points.foreach_set("co", to_blender_axes(moved).ravel())
    bpy.context.view_layer.update()
    companions = find_companions(face)
    assert [each.name for each in companions] == ["Teeth", "Tongue"]
    report = bake(face, motion, companions=companions, key_reduction=0.01)
    assert report.method == "names"
    assert [each.object_name for each in report.companions] == ["Teeth", "Tongue"]
    frame = 1 + int(motion.weights[:, ARKIT_INDEX["jawOpen"]].argmax())
    bpy.context.scene.frame_set(frame)
    graph = bpy.context.evaluated_depsgraph_get()
    whole = np.array([vertex.co[:] for vertex in face.evaluated_get(graph).data.vertices])
    for name, span in spans.items():
        piece = np.array(
            [vertex.co[:] for vertex in bpy.data.objects[name].evaluated_get(graph).data.vertices]
        )
        # The pieces have no other keys than those that move them most.
        np.testing.assert_allclose(piece, whole[span], atol=5e-4)
        assert np.abs(piece - to_blender_axes(head.template[span])).max() > 0.004


def test_a_key_that_is_empty_on_the_face_moves_what_has_it():
    """Rigs of several meshes have all keys on all of them, most of them empty."""
    shapes = OCULUS | {"tongue": {}, "viseme_nn": {}}
    obj, motion = make_rig(shapes), speech()
    tongue = make_head(["viseme_nn"], "Tongue")
    tongue.parent = obj.parent
    bpy.context.view_layer.update()
    report = bake(obj, motion, companions=(tongue,))
    assert report.method == "shapes"
    assert "viseme_nn" not in report.keyed
    assert report.companions[0].keyed == ("viseme_nn",)


# The mapping


def test_gain_offset_and_inversion():
    obj = make_rig(OCULUS)
    motion = speech()
    plain = bake(obj, motion, mapping=by(obj, "names"))
    values = {
        key: np.array([curve.evaluate(f) for f in range(1, 244)]) for key, curve in curves_of(obj).items()
    }
    other = make_rig(OCULUS, "Other")
    for block in keys_of(other)[1:]:
        block.slider_min, block.slider_max = -1.0, 2.0
    rig = by(other, "names")
    rows = tuple(
        replace(row, gain=2.0, offset=-0.5)
        if row.key == "viseme_aa"
        else replace(row, invert=True)
        if row.key == "viseme_U"
        else row
        for row in rig.keys
    )
    report = bake(other, motion, mapping=RigMapping(rows, "names"))
    assert report.keyed == plain.keyed
    got = {
        key: np.array([curve.evaluate(f) for f in range(1, 244)]) for key, curve in curves_of(other).items()
    }
    np.testing.assert_allclose(got["viseme_aa"], 2 * values["viseme_aa"] - 0.5, atol=1e-4)
    np.testing.assert_allclose(got["viseme_U"], 1 - values["viseme_U"], atol=1e-4)
    # After the motion it rests where the mapping has it.
    assert curves_of(other)["viseme_aa"].evaluate(1000) == pytest.approx(-0.5)
    assert curves_of(other)["viseme_U"].evaluate(1000) == pytest.approx(1, abs=1e-4)


def test_keys_that_are_no_longer_used_are_given_back():
    obj, motion = make_rig(OCULUS), speech()
    bake(obj, motion)
    assert "viseme_O" in curves_of(obj)
    rig = find_target(obj).rig
    rows = tuple(replace(row, use=row.key != "viseme_O") for row in rig.keys)
    report = bake(obj, motion, mapping=RigMapping(rows))
    assert "viseme_O" not in curves_of(obj)
    assert "viseme_O" not in [row.key for row in report.mapped]
    assert not [line for line in report.warnings if "did not write" in line]
    assert obj.data.shape_keys.key_blocks["viseme_O"].value == 0


def test_other_keys_are_the_users():
    obj, motion = make_rig(OCULUS | {"Grumpy": {"browDown": 1.0}}), speech()
    block = obj.data.shape_keys.key_blocks["Grumpy"]
    for frame, value in ((1, 0.0), (40, 0.7)):
        block.value = value
        block.keyframe_insert("value", frame=frame)
    rig = find_target(obj).rig
    rows = tuple(replace(row, use=row.key != "Grumpy") for row in rig.keys)
    bake(obj, motion, mapping=RigMapping(rows))
    assert [tuple(key.co) for key in curves_of(obj)["Grumpy"].keyframe_points] == [
        (1, 0),
        (40, pytest.approx(0.7)),
    ]


def test_baked_again_it_is_the_same_without_a_word():
    obj, motion = make_rig(OCULUS), speech()
    first = bake(obj, motion, key_reduction=0.01)
    before = snapshot()
    assert bake(obj, motion, key_reduction=0.01).warnings == first.warnings
    assert snapshot() == before
    curve = curves_of(obj)["viseme_aa"]
    curve.keyframe_points[5].co[1] += 0.2
    report = bake(obj, motion, key_reduction=0.01)
    assert "Keys that Soliloquy did not write were replaced: 1 of viseme_aa." in report.warnings


def test_parts_are_baked_one_by_one():
    obj, motion = make_rig(VROID), speech()
    bake(obj, motion)
    at_once = {key: [tuple(k.co) for k in curve.keyframe_points] for key, curve in curves_of(obj).items()}
    other = make_rig(VROID, "Other")
    for part in reversed(tuple(PARTS)):
        if part != "Gaze":
            bake(other, motion, parts=(part,))
    one_by_one = {
        key: [tuple(k.co) for k in curve.keyframe_points] for key, curve in curves_of(other).items()
    }
    assert at_once.keys() == one_by_one.keys()
    for key, keys in at_once.items():
        np.testing.assert_allclose(one_by_one[key], keys, atol=2e-3)


def test_reduced_keys_keep_lips_closed():
    obj, motion = make_rig(OCULUS), speech()
    dense = bake(obj, motion)
    reduced = bake(obj, motion, key_reduction=0.03)
    assert reduced.key_count < 0.6 * dense.key_count
    lips = lips_of(obj, len(motion))
    assert sealed_share(motion, lips.gap, lips.closed) == 1


def test_what_the_rig_cannot_do_is_told():
    obj, motion = make_rig({"open": {"jawOpen": 0.7}, "smile": {"mouthSmile": 0.8}}), speech()
    report = bake(obj, motion, parts=("Mouth",))
    (told,) = report.warnings
    assert told.startswith("The shape keys of 'Face' cannot ")
    assert "purse the lips" in told
    assert "open the mouth" not in told
    assert "eye" not in told
    shares = {each.name: each.share for each in report.abilities}
    assert shares.keys() >= set(_OF_LIPS)
    assert shares["open the mouth"] > 0.8
    assert shares["purse the lips"] < 0.3


def test_blocked_keys_without_a_name_are_left_to_their_drivers():
    shapes = {f"morph{number:02}": shape for number, shape in enumerate(OCULUS.values())}
    obj, motion = make_rig(shapes), speech()
    obj.data.shape_keys.key_blocks["morph10"].driver_add("value").driver.expression = "0"
    report = bake(obj, motion)
    assert "morph10" not in report.keyed
    assert report.skipped == ()
    assert len(report.keyed) > 8


# Refusals


def refused(obj, match, **options):
    before = snapshot()
    with pytest.raises(BakeError, match=match) as caught:
        bake(obj, make_motion(), **options)
    assert "\n" not in str(caught.value)
    assert snapshot() == before


def test_suzanne_without_keys():
    bpy.ops.mesh.primitive_monkey_add()
    refused(bpy.context.object, "has no shape keys")


def keyed_primitive(add, count=6):
    add()
    obj = bpy.context.object
    obj.shape_key_add(name="Basis", from_mix=False)
    rest = np.empty(len(obj.data.vertices) * 3, np.float32)
    obj.data.vertices.foreach_get("co", rest)
    random = np.random.default_rng(0)
    for number in range(count):
        block = obj.shape_key_add(name=f"Key {number}", from_mix=False)
        block.value = 0.0
        block.points.foreach_set("co", rest + random.normal(0, 0.1, len(rest)).astype(np.float32))
    return obj


def test_a_cube_with_keys():
    obj = keyed_primitive(bpy.ops.mesh.primitive_cube_add)
    refused(obj, "by its name, and what they do cannot be measured")
    refused(obj, "face", mapping=by(obj, "shapes"))


def test_keys_that_move_the_whole_head():
    everywhere = np.ones_like(load_head().template)
    obj = make_rig_of({f"Key {axis}": 0.02 * everywhere * np.eye(3)[axis] for axis in range(3)})
    refused(obj, "cannot be measured")


def test_a_mesh_without_vertices():
    mesh = bpy.data.meshes.new("Empty")
    obj = bpy.data.objects.new("Empty", mesh)
    bpy.context.scene.collection.objects.link(obj)
    for name in ("Basis", "Key 1"):
        obj.shape_key_add(name=name, from_mix=False)
    refused(obj, "is empty: choose the mesh of the face")


def test_keys_that_move_nothing():
    obj = keyed_primitive(bpy.ops.mesh.primitive_monkey_add)
    rest = np.empty(len(obj.data.vertices) * 3, np.float32)
    obj.data.vertices.foreach_get("co", rest)
    for block in keys_of(obj)[1:]:
        block.points.foreach_set("co", rest)
    refused(obj, "move nothing")


def test_half_a_head_under_a_mirror():
    shapes = {f"morph{number:02}": shape for number, shape in enumerate(OCULUS.values())}
    obj = make_rig(shapes)
    obj.modifiers.new("Mirror", "MIRROR")
    remove_left_half(obj)
    refused(obj, "half a head, which the modifier 'Mirror' mirrors")
    refused(obj, "half a head", mapping=by(obj, "shapes"))
    # Names are enough where there are any.
    named = make_rig(OCULUS, "Named")
    named.modifiers.new("Mirror", "MIRROR")
    remove_left_half(named)
    report = bake(named, speech())
    assert report.method == "names"
    (note,) = report.notes
    assert note.startswith("'Named' is animated by the names of its keys: ")


def test_two_heads_in_one_mesh():
    shapes = {f"morph{number:02}": shape for number, shape in enumerate(OCULUS.values())}
    one, other = make_rig(shapes, "One"), make_rig(shapes, "Two")
    other.parent = None
    other.location.x = 0.5
    bpy.context.view_layer.update()
    with bpy.context.temp_override(
        active_object=one, selected_objects=[one, other], selected_editable_objects=[one, other]
    ):
        bpy.ops.object.join()
    assert len(one.data.vertices) == 2 * len(load_head().template)
    refused(one, "heads")


def test_a_grid_is_no_face(motion):
    obj = make_head(["one", "two", "three"])
    refused(obj, "cannot be measured")
