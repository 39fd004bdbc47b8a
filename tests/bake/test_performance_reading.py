# SPDX-License-Identifier: GPL-3.0-or-later
"""What an action of a head says is read back: what Blender shows in each frame, and what was baked."""

from dataclasses import replace

import bpy
import numpy as np
import pytest
from soliloquy.bake import bake_motion, find_target, performances_of, read_face, read_performance
from soliloquy.bake.action import assigned_curves
from soliloquy.bake.errors import BakeError
from soliloquy.bake.layers import PROPERTY
from soliloquy.core.errors import InputError
from soliloquy.core.head import load_head
from soliloquy.core.head.lip_gap import lip_gap_model
from soliloquy.core.motion import FaceMotion
from soliloquy.core.retarget.arkit import ARKIT_INDEX, ARKIT_NAMES, MOUTH_NAMES, PARTS, arkit_indices
from soliloquy.core.retarget.channels import CHANNELS
from soliloquy.core.retarget.mapping import MappedKey, RigMapping

from .heads import curves_of, make_head, make_motion, snapshot
from .pose.small_faces import bake as bake_bones
from .pose.small_faces import small_face, speaking
from .rigs import make_rig
from .test_any_rig import RIGS

EXACT = 1e-6
KEPT = 1 / 65535
"""Steps in which layers are kept."""


@pytest.fixture(autouse=True)
def rate():
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = 25, 1.0
    scene.frame_set(1)


def bake(obj, motion, **options):
    return bake_motion(obj, motion, **{"start_frame": 1, "take": "line", "parts": tuple(PARTS)} | options)


def column(motion, name):
    return motion.weights[:, ARKIT_INDEX[name]]


def action_of(obj):
    return obj.data.shape_keys.animation_data.action


def animate(obj, keys, interpolation="BEZIER"):
    """Keys made by hand: by shape key, values at every tenth frame from 1 on."""
    for key, values in keys.items():
        block = obj.data.shape_keys.key_blocks[key]
        for index, value in enumerate(values):
            block.value = value
            block.keyframe_insert("value", frame=1 + 10 * index)
        for point in assigned_curves(obj.data.shape_keys)[block.path_from_id("value")].keyframe_points:
            point.interpolation = interpolation
    bpy.context.view_layer.update()


def shown(obj, key, frames):
    """What Blender shows of a shape key at frames that need not be whole."""
    scene = bpy.context.scene
    values = []
    for frame in frames:
        scene.frame_set(int(np.floor(frame)), subframe=float(frame % 1))
        evaluated = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
        values.append(evaluated.data.shape_keys.key_blocks[key].value)
    return np.array(values)


JAW = (0.0, 0.9, 0.2, 1.0, 0.0, 0.4, 0.1)
LIPS = (0.5, 0.0, 0.7, 0.1, 0.6, 0.0, 0.3)


@pytest.mark.parametrize("interpolation", ["BEZIER", "LINEAR", "CONSTANT", "BOUNCE"])
def test_it_is_what_blender_shows(head, interpolation):
    animate(head, {"jawOpen": JAW, "mouthPucker": LIPS}, interpolation)
    motion = read_performance(head)
    assert (len(motion), motion.fps) == (61, 25.0)
    frames = np.arange(1, 62)
    for key in ("jawOpen", "mouthPucker"):
        np.testing.assert_allclose(column(motion, key), shown(head, key, frames), atol=EXACT)
    others = [name for name in ARKIT_NAMES if name not in ("jawOpen", "mouthPucker")]
    assert not motion.weights[:, arkit_indices(tuple(others))].any()
    np.testing.assert_allclose(
        motion.expression, motion.weights @ load_head().arkit_to_expression.T, atol=1e-5
    )


def test_modifiers_extrapolation_and_another_rate(head):
    animate(head, {"jawOpen": JAW})
    curve = curves_of(head)["jawOpen"]
    noise = curve.modifiers.new("NOISE")
    noise.strength, noise.scale = 0.3, 4.0
    curve.modifiers.new("CYCLES")
    motion = read_performance(head, fps=60000 / 1001, frame_range=(-20, 120))
    frames = -20 + np.arange(len(motion)) * 25 / (60000 / 1001)
    assert frames[-1] <= 120 < frames[-1] + 25 / 59
    rows = np.arange(0, len(motion), 7)
    np.testing.assert_allclose(
        column(motion, "jawOpen")[rows], shown(head, "jawOpen", frames[rows]), atol=1e-5
    )


def test_sliders_end_where_their_ranges_do(head):
    keys = head.data.shape_keys.key_blocks
    keys["jawOpen"].slider_max, keys["mouthPucker"].slider_min = 0.6, -1.0
    animate(head, {"jawOpen": (0.0,) * 7, "mouthPucker": (0.0,) * 7})
    for point, value in zip(curves_of(head)["jawOpen"].keyframe_points, JAW, strict=True):
        point.co[1] = value
    for point, value in zip(curves_of(head)["mouthPucker"].keyframe_points, JAW, strict=True):
        point.co[1] = value - 0.5
    motion = read_performance(head)
    frames = np.arange(1, 62)
    np.testing.assert_allclose(column(motion, "jawOpen"), shown(head, "jawOpen", frames), atol=EXACT)
    assert column(motion, "jawOpen").max() == pytest.approx(0.6)
    pucker = np.clip(shown(head, "mouthPucker", frames), 0, 1)
    np.testing.assert_allclose(column(motion, "mouthPucker"), pucker, atol=EXACT)


def test_what_is_muted_is_not_there(head):
    animate(head, {"jawOpen": JAW, "mouthPucker": LIPS, "mouthFunnel": LIPS})
    curves_of(head)["mouthPucker"].mute = True
    head.data.shape_keys.key_blocks["mouthFunnel"].mute = True
    motion = read_performance(head)
    assert column(motion, "jawOpen").max() > 0.9
    assert not column(motion, "mouthPucker").any()
    assert not column(motion, "mouthFunnel").any()


def test_nothing_changes(head):
    animate(head, {"jawOpen": JAW})
    bpy.context.scene.frame_set(17)
    before, frame = snapshot(), bpy.context.scene.frame_current
    read_performance(head)
    performances_of(head)
    assert (snapshot(), bpy.context.scene.frame_current) == (before, frame)


def test_what_was_baked_comes_back(head):
    motion = make_motion(120, moving=ARKIT_NAMES)
    bake(head, motion, start_frame=-7)
    read = read_performance(head)
    np.testing.assert_allclose(read.weights[:120], motion.weights, atol=EXACT)


def test_reduced_keys_are_read_as_they_are(head):
    motion = make_motion(120, moving=ARKIT_NAMES)
    bake(head, motion, key_reduction=0.02)
    read = read_performance(head)
    np.testing.assert_allclose(
        column(read, "jawOpen"), shown(head, "jawOpen", np.arange(1, 1 + len(read))), atol=EXACT
    )
    assert np.abs(read.weights[:120] - motion.weights).max() < 0.021


def test_gain_offset_and_inversion_of_the_mapping(head):
    rows = [MappedKey(name, name) for name in ARKIT_NAMES]
    rows[ARKIT_INDEX["jawOpen"]] = MappedKey("jawOpen", "jawOpen", gain=0.5, offset=0.1)
    rows[ARKIT_INDEX["mouthPucker"]] = MappedKey("mouthPucker", "mouthPucker", invert=True)
    rows[ARKIT_INDEX["mouthLeft"]] = MappedKey("mouthLeft", "mouthLeft", use=False)
    mapping = RigMapping(tuple(rows))
    motion = make_motion(100, moving=[name for name in ARKIT_NAMES if name != "mouthLeft"])
    bake(head, motion, mapping=mapping)
    del action_of(head)[PROPERTY]
    read = read_performance(head, mapping=mapping)
    np.testing.assert_allclose(read.weights[:100], motion.weights, atol=1e-5)
    plain = read_performance(head)
    np.testing.assert_allclose(
        column(plain, "jawOpen")[:100], 0.1 + 0.5 * column(motion, "jawOpen"), atol=1e-5
    )


SPELLINGS = {
    "with sides at the end": {
        name: name.replace("Left", "_L").replace("Right", "_R") for name in ARKIT_NAMES if name != "jawLeft"
    },
    "in capitals": {name: name[0].upper() + name[1:] for name in ARKIT_NAMES},
    "with a prefix": {name: f"head_{name}" for name in ARKIT_NAMES},
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_plain_shapes_of_other_spellings(spelling):
    names = {name: key for name, key in SPELLINGS[spelling].items() if name not in ("jawRight", "mouthLeft")}
    obj = make_head(tuple(names.values()))
    motion = make_motion(60, moving=tuple(names))
    animate(obj, {key: column(motion, name)[::10] for name, key in names.items()})
    # Keys of some names mean something else to some conventions.
    known = {row.key: row.channel for row in find_target(obj).rig.keys}
    read = read_performance(obj)
    same = [name for name, key in names.items() if known[key] == name]
    assert len(same) > 45
    for name in same:
        expected = shown(obj, names[name], np.arange(1, 52, 10))
        np.testing.assert_allclose(column(read, name)[::10], expected, atol=EXACT)


def test_a_pair_in_one_key_and_a_shape_in_two():
    obj = make_head(("jawOpen", "mouthSmile", "browInnerUp_L", "browInnerUp_R", "mouthClose"))
    animate(obj, {"jawOpen": JAW, "mouthSmile": LIPS, "browInnerUp_L": JAW, "browInnerUp_R": LIPS})
    read = read_performance(obj)
    frames = np.arange(1, 62)
    smile = shown(obj, "mouthSmile", frames)
    np.testing.assert_allclose(column(read, "mouthSmileLeft"), smile, atol=EXACT)
    np.testing.assert_allclose(column(read, "mouthSmileRight"), smile, atol=EXACT)
    brows = (shown(obj, "browInnerUp_L", frames) + shown(obj, "browInnerUp_R", frames)) / 2
    np.testing.assert_allclose(column(read, "browInnerUp"), brows, atol=EXACT)


def test_visemes_say_what_they_mean():
    obj = make_rig(RIGS["Oculus visemes"])
    animate(obj, {"viseme_aa": JAW, "viseme_U": LIPS})
    read = read_performance(obj)
    frames = np.arange(1, 62)
    expected = np.zeros((61, 52))
    known = {row.key: row.channel for row in find_target(obj).rig.keys}
    for key in ("viseme_aa", "viseme_U"):
        for name, weight in CHANNELS[known[key]].meaning.items():
            expected[:, ARKIT_INDEX[name]] += weight * shown(obj, key, frames)
    assert expected.max() <= 1
    np.testing.assert_allclose(read.weights, expected, atol=1e-5)


@pytest.mark.parametrize("rig", ["Oculus visemes", "VRM 0", "MB-Lab", "Character Creator"])
def test_a_take_of_another_rig_comes_back_from_what_is_kept_and_from_its_keys(rig):
    obj = make_rig(RIGS[rig])
    motion = mouthing()
    bake(obj, motion)
    read = read_performance(obj)
    mouth = arkit_indices(MOUTH_NAMES)
    np.testing.assert_allclose(read.weights[:100, mouth], motion.weights[:, mouth], atol=KEPT)
    twice = read_performance(obj, fps=50.0)
    np.testing.assert_allclose(twice.weights[:200:2, mouth], motion.weights[:, mouth], atol=KEPT)
    # Of keys that somebody else made.
    del action_of(obj)[PROPERTY]
    gaps = lip_gap_model().heights
    asked = gaps(motion.weights)
    for shapes, slope in ((None, (0.8, 1.3)), (read_face(obj).measure(), (0.9, 1.15))):
        found = gaps(read_performance(obj, shapes=shapes).weights[:100])
        assert np.corrcoef(asked, found)[0, 1] > 0.97
        assert slope[0] < np.polyfit(asked, found, 1)[0] < slope[1]


def mouthing(count=100):
    """A mouth that opens, closes and purses."""
    motion = FaceMotion.still(count, 25.0)
    time = np.arange(count) / 25
    motion.weights[:, ARKIT_INDEX["jawOpen"]] = 0.3 - 0.3 * np.cos(5 * time)
    motion.weights[:, ARKIT_INDEX["mouthPucker"]] = 0.2 - 0.2 * np.cos(3.1 * time)
    for side in ("Left", "Right"):
        motion.weights[:, ARKIT_INDEX[f"mouthLowerDown{side}"]] = 0.1 - 0.1 * np.cos(5 * time)
    return motion


def test_an_edited_take_is_read_from_its_curves():
    obj = make_rig(RIGS["Oculus visemes"])
    motion = mouthing()
    bake(obj, motion)
    curve = max(curves_of(obj).values(), key=lambda each: np.ptp([key.co[1] for key in each.keyframe_points]))
    for point in curve.keyframe_points:
        point.co[1] = 0.0
    read = read_performance(obj)
    mouth = arkit_indices(MOUTH_NAMES)
    assert np.abs(read.weights[:100, mouth] - motion.weights[:, mouth]).max() > 0.1


def test_a_curve_that_was_removed_counts_too():
    obj = make_rig(RIGS["Oculus visemes"])
    bake(obj, mouthing())
    name, curve = max(
        curves_of(obj).items(), key=lambda each: np.ptp([key.co[1] for key in each[1].keyframe_points])
    )
    before = read_performance(obj)
    obj.data.shape_keys.key_blocks[name].driver_remove("value")
    curve.mute = True
    read = read_performance(obj)
    assert np.abs(read.weights - before.weights[: len(read)]).max() > 0.1


@pytest.mark.parametrize("frames", [24.0, -7.0, 0.5])
def test_a_take_that_was_moved_in_time(frames):
    obj = make_rig(RIGS["Oculus visemes"])
    motion = mouthing()
    bake(obj, motion)
    for curve in curves_of(obj).values():
        for point in curve.keyframe_points:
            point.co[0] += frames
            point.handle_left[0] += frames
            point.handle_right[0] += frames
    read = read_performance(obj)
    mouth = arkit_indices(MOUTH_NAMES)
    np.testing.assert_allclose(read.weights[:100, mouth], motion.weights[:, mouth], atol=KEPT)


def test_keys_beside_a_take_are_read_as_they_are():
    obj = make_rig(RIGS["Oculus visemes"])
    motion = mouthing()
    bake(obj, motion)
    key = next(iter(curves_of(obj)))
    block = obj.data.shape_keys.key_blocks[key]
    assert "viseme" in key
    block.value = 1.0
    block.keyframe_insert("value", frame=300)
    read = read_performance(obj)
    assert len(read) == 300
    assert read.weights[299].max() > 0.05
    assert not np.allclose(read.weights[:100], motion.weights, atol=0.01)


def test_a_saved_take_is_still_as_it_was(tmp_path):
    obj = make_rig(RIGS["VRM 0"], "Saved")
    motion = mouthing()
    bake(obj, motion)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "a.blend"))
    mouth = arkit_indices(MOUTH_NAMES)
    read = read_performance(bpy.data.objects["Saved"])
    np.testing.assert_allclose(read.weights[:100, mouth], motion.weights[:, mouth], atol=KEPT)


def test_keys_without_a_name_are_measured():
    names = ("jawOpen", "mouthPucker", "mouthSmile", "mouthFunnel", "eyeBlinkLeft", "browInnerUp")
    obj = make_rig({f"Key {index}": {name: 1.0} for index, name in enumerate(names, 1)}, "Nameless")
    animate(obj, {"Key 1": JAW, "Key 2": LIPS})
    read = read_performance(obj)
    frames = np.arange(1, 62)
    assert np.corrcoef(column(read, "jawOpen"), shown(obj, "Key 1", frames))[0, 1] > 0.98
    assert np.corrcoef(column(read, "mouthPucker"), shown(obj, "Key 2", frames))[0, 1] > 0.95


def test_eyes_look_where_their_keys_say(head):
    animate(head, {"jawOpen": JAW, "eyeLookOutLeft": LIPS, "eyeLookInRight": LIPS, "eyeLookUpLeft": JAW})
    read = read_performance(head)
    assert read.gaze[:, 0].min() >= 0
    assert np.degrees(read.gaze[:, 0].max()) > 15  # of both eyes, to the subject's left
    assert read.gaze[:, 1].max() > 0.05


def test_takes_by_their_names(head):
    animate(head, {"jawOpen": JAW})
    first = action_of(head)
    first.name = "by hand"
    head.data.shape_keys.animation_data.action = None
    motion = make_motion(80)
    bake(head, motion)
    assert performances_of(head) == ("line",)
    assert action_of(head).name == "line"
    np.testing.assert_allclose(read_performance(head).weights[:80], motion.weights, atol=EXACT)
    by_name = read_performance(head, action="by hand")
    assert len(by_name) == 61
    np.testing.assert_array_equal(by_name.weights, read_performance(head, action=first).weights)
    assert column(by_name, "jawOpen").max() == pytest.approx(1.0, abs=0.05)
    with pytest.raises(BakeError, match="no take 'gone'"):
        read_performance(head, action="gone")


def test_strips(head):
    animate(head, {"jawOpen": JAW})
    animation = head.data.shape_keys.animation_data
    first = animation.action
    strip = animation.nla_tracks.new().strips.new("one", 40, first)
    animation.action = None
    assert performances_of(head) == (first.name,)
    read = read_performance(head)
    frames = np.arange(61)
    np.testing.assert_allclose(column(read, "jawOpen"), shown(head, "jawOpen", 40 + frames), atol=EXACT)
    strip.scale = 2.0
    slow = read_performance(head)
    assert len(slow) == 121
    np.testing.assert_allclose(
        column(slow, "jawOpen"), shown(head, "jawOpen", 40 + np.arange(121)), atol=1e-4
    )
    animation.nla_tracks.new().strips.new("two", 40, first.copy())
    strips = [track.strips[0] for track in animation.nla_tracks]
    for chosen in ((), (0, 1)):
        for index, each in enumerate(strips):
            each.select = index in chosen
        with pytest.raises(BakeError, match="2 NLA strips"):
            read_performance(head)
    strips[1].select = False
    assert len(read_performance(head)) == 121
    strips[0].select, strips[1].select = False, True
    assert len(read_performance(head)) == 61
    animation.nla_tracks[1].mute = True
    assert len(read_performance(head)) == 121


def test_the_action_s_own_range(head):
    animate(head, {"jawOpen": JAW})
    action = action_of(head)
    action.use_frame_range = True
    action.frame_start, action.frame_end = 5, 58
    read = read_performance(head)
    np.testing.assert_allclose(column(read, "jawOpen"), shown(head, "jawOpen", np.arange(5, 59)), atol=EXACT)


def test_linked_and_overridden_heads(tmp_path):
    head = make_head(name="Ana")
    motion = make_motion(70)
    bake(head, motion)
    path = tmp_path / "head.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.context.scene.render.fps = 25
    with bpy.data.libraries.load(str(path), link=True) as (_, wanted):
        wanted.objects = ["Ana"]
    (linked,) = wanted.objects
    bpy.context.scene.collection.objects.link(linked)
    assert performances_of(linked) == ("line",)
    np.testing.assert_allclose(read_performance(linked).weights[:70], motion.weights, atol=EXACT)
    override = linked.override_create(remap_local_usages=True)
    np.testing.assert_allclose(read_performance(override).weights[:70], motion.weights, atol=EXACT)


def test_two_heads_in_one_action_with_slots():
    if not hasattr(bpy.types, "ActionSlot"):
        pytest.skip("there are no slots")
    one, other = make_head(name="One"), make_head(name="Other")
    animate(one, {"jawOpen": JAW})
    animation = other.data.shape_keys.animation_data_create()
    animation.action = action_of(one)
    animation.action_slot = animation.action.slots.new("KEY", "Other")
    animate(other, {"jawOpen": LIPS})
    assert column(read_performance(one), "jawOpen").max() > 0.9
    assert column(read_performance(other), "jawOpen").max() < 0.8


def test_a_face_of_bones_is_read_from_what_is_kept():
    obj = small_face()
    motion = speaking(60)
    bake_bones(obj, motion, start_frame=10)
    read = read_performance(obj)
    assert (len(read), performances_of(obj)) == (60, (obj.animation_data.action.name,))
    np.testing.assert_allclose(read.weights, motion.weights, atol=KEPT)
    part = read_performance(obj, frame_range=(12, 65))
    np.testing.assert_allclose(part.weights, motion.weights[2:56], atol=KEPT)
    # The mesh that these bones deform is the same face.
    mesh = bpy.data.objects["Face"]
    np.testing.assert_array_equal(read_performance(mesh).weights, read.weights)
    mesh.shape_key_add(name="Basis")
    mesh.shape_key_add(name="corrects the jaw")
    np.testing.assert_array_equal(read_performance(mesh).weights, read.weights)
    assert performances_of(mesh) == performances_of(obj)
    del obj.animation_data.action[PROPERTY]
    with pytest.raises(BakeError, match="no take of Soliloquy's"):
        read_performance(obj)


def test_refusals(head):
    with pytest.raises(BakeError, match="No head is selected"):
        read_performance(None)
    empty = bpy.data.objects.new("Nothing", None)
    with pytest.raises(BakeError, match="No head is selected"):
        read_performance(empty)
    assert performances_of(empty) == performances_of(None) == ()
    bare = bpy.data.objects.new("Bare", bpy.data.meshes.new("Bare"))
    with pytest.raises(BakeError, match="has no shape keys"):
        read_performance(bare)
    with pytest.raises(BakeError, match="has no action"):
        read_performance(head)
    assert performances_of(head) == ()
    animate(head, {"browInnerUp": JAW})
    with pytest.raises(BakeError, match="does not move the mouth of 'Head'"):
        read_performance(head)
    animate(head, {"jawOpen": (0.4,) * 7})
    with pytest.raises(BakeError, match="does not move the mouth"):
        read_performance(head)
    animate(head, {"jawOpen": JAW})
    with pytest.raises(BakeError, match=r"lasts 1\.\d s: expected 2 s or more"):
        read_performance(head, frame_range=(1, 40))
    with pytest.raises(InputError, match="the first frame before the last"):
        read_performance(head, frame_range=(40, 1))
    with pytest.raises(InputError, match="fps is 0"):
        read_performance(head, fps=0)
    armature = small_face()
    armature.animation_data_clear()
    with pytest.raises(BakeError, match="has no action"):
        read_performance(armature)


def test_an_action_of_other_keys_moves_no_mouth(head):
    other = make_head(("aa", "bb"), "Other")
    animate(other, {"aa": JAW})
    with pytest.raises(BakeError, match="does not move the mouth"):
        read_performance(head, action=action_of(other))


def test_keys_that_cannot_be_measured_are_told():
    obj = make_head(("thing 1", "thing 2"))
    animate(obj, {"thing 1": JAW})
    with pytest.raises(BakeError, match="moves jaw or lips by its name"):
        read_performance(obj)
    with pytest.raises(BakeError, match="does not move the mouth"):
        read_performance(obj, mapping=replace(find_target(obj).rig, method="names"))


def test_ten_minutes_are_read_in_seconds(head):
    from time import perf_counter

    count = 10 * 60 * 25
    motion = make_motion(count)
    bake(head, motion)
    start = perf_counter()
    read = read_performance(head)
    # About a second; what else the machine does may be several times as much.
    assert perf_counter() - start < 15
    np.testing.assert_allclose(read.weights[:count], motion.weights, atol=EXACT)
