# SPDX-License-Identifier: GPL-3.0-or-later
"""Heads whose keys have other names, or none: measured, told about, animated with what belongs to them."""

import bpy
import numpy as np
import pytest
from soliloquy.bake import BakeError, create_head
from soliloquy.blender_addon import panels
from soliloquy.blender_addon.command_line import main
from soliloquy.blender_addon.job import compute, discard, notes, plan, why_not, write
from soliloquy.blender_addon.mapping import companions_of
from soliloquy.blender_addon.measurement import measurement_of
from soliloquy.core.retarget.measured_shapes import NotAFace

from ..bake.heads import curves_of, make_head, snapshot
from .conftest import select
from .test_mapping import drawn

ANIMATE = bpy.ops.soliloquy.animate_from_audio
MEASURE = bpy.ops.soliloquy.measure_face
KEPT = ("jawOpen", "mouthPucker", "mouthSmileLeft", "mouthSmileRight", "eyeBlinkLeft", "browInnerUp")
PANEL = panels.mapping.VIEW3D_PT_soliloquy_mapping


def unnamed_head(name="Head"):
    """The built-in head with a few of its keys, called "Key 0" and so on; selected."""
    head = create_head(bpy.context.scene.collection, name)
    for key in list(head.data.shape_keys.key_blocks)[1:]:
        if key.name in KEPT:
            key.name = f"Key {KEPT.index(key.name)}"
        else:
            head.shape_key_remove(key)
    select(head)
    return head


@pytest.fixture
def unnamed(file_source, lively):
    """A head whose keys only their shapes explain; the sound of the panel is noise."""
    return unnamed_head()


def test_a_face_is_measured_and_nothing_is_changed(unnamed):
    before = snapshot()
    assert measurement_of(unnamed) is None
    assert MEASURE() == {"FINISHED"}
    assert snapshot() == before
    measured = measurement_of(unnamed)
    assert set(measured.does) == {f"Key {place}" for place in range(len(KEPT))}
    for place, name in enumerate(KEPT):
        assert measured.does[f"Key {place}"].startswith(f"{name} 1.0")
        assert measured.does[f"Key {place}"].endswith(" mm")
    # It has neither mouthClose nor a key for the right eye.
    assert any("close the lips while the jaw is open" in note for note in measured.notes)
    assert any("close the right eye" in note for note in measured.notes)
    assert not any("close the left eye" in note for note in measured.notes)


def test_the_panel_tells_what_was_measured(unnamed):
    assert "close the right eye" not in " ".join(drawn(PANEL, unnamed))
    bpy.ops.soliloquy.find_keys()
    MEASURE()
    text = " ".join(drawn(PANEL, unnamed))
    assert "close the right eye" in text
    first = unnamed.soliloquy_keys[unnamed.soliloquy_key_index].name
    assert f"By its shape: {measurement_of(unnamed).does[first]}" in text
    # Other keys: what was measured says nothing of them.
    unnamed.shape_key_add(name="More", from_mix=False)
    assert measurement_of(unnamed) is None
    assert "close the right eye" not in " ".join(drawn(PANEL, unnamed))


def test_what_was_measured_is_forgotten_with_the_file(unnamed):
    MEASURE()
    uid = unnamed.session_uid
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    from soliloquy.blender_addon import measurement

    assert uid not in measurement._measured


def test_what_cannot_be_measured_is_refused(file_source):
    head = make_head(("one", "two", "three"))
    select(head)
    before = snapshot()
    with pytest.raises(RuntimeError, match="Error"):
        MEASURE()
    half = unnamed_head("Half")
    half.modifiers.new("Mirror", "MIRROR")
    for key in half.data.shape_keys.key_blocks:
        for point in key.points:
            point.co.x = max(point.co.x, 0.0)
    with pytest.raises(RuntimeError, match="mirrors"):
        MEASURE()
    half.hide_set(True)
    select()
    with pytest.raises(RuntimeError, match="No head is selected"):
        MEASURE()
    assert head.soliloquy_mapping == "AUTOMATIC"
    assert {key: value for key, value in snapshot().items() if key in before} == before


def test_keys_without_names_are_animated_by_their_shapes(unnamed):
    assert why_not(bpy.context) is None
    assert "Moved by the shapes of its keys" in drawn(panels.target.VIEW3D_PT_soliloquy_target, unnamed)
    assert ANIMATE() == {"FINISHED"}
    found = curves_of(unnamed)
    assert {"Key 0", "Key 2", "Key 4"} <= set(found)
    groups = {name: curve.group.name for name, curve in found.items()}
    assert (groups["Key 0"], groups["Key 4"]) == ("Mouth", "Blink")


def test_a_job_tells_what_the_rig_cannot_do(unnamed):
    job = plan(bpy.context)
    assert job.reading is not None
    made = compute(job, lambda fraction: None, lambda: False)
    said = notes(job, made, write(job, made))
    assert any("close the lips while the jaw is open" in line for line in said)


def test_names_alone_are_not_enough_here(unnamed):
    unnamed.soliloquy_method = "names"
    assert "by its name" in why_not(bpy.context)
    with pytest.raises(RuntimeError, match="by its name"):
        ANIMATE()


def test_a_cancelled_job_changes_nothing(unnamed):
    before = snapshot()
    job = plan(bpy.context)
    discard(compute(job, lambda fraction: None, lambda: False))
    assert snapshot() == before


def test_a_whole_arkit_mouth_is_not_measured(head, file_source, lively):
    assert plan(bpy.context).reading is None
    assert "Moved by name" in drawn(panels.target.VIEW3D_PT_soliloquy_target, head)


def test_shapes_that_must_be_measured_and_cannot(head, file_source, lively):
    """The head of these tests is a flat grid."""
    before = snapshot()
    head.soliloquy_method = "shapes"
    job = plan(bpy.context)
    with pytest.raises(NotAFace):
        compute(job, lambda fraction: None, lambda: False)
    assert snapshot() == before
    head.modifiers.new("Mirror", "MIRROR")
    for key in head.data.shape_keys.key_blocks:
        for point in key.points:
            point.co.x = max(point.co.x, 0.0)
    with pytest.raises(BakeError, match="mirrors"):
        plan(bpy.context)


@pytest.fixture
def family(file_source, lively):
    """A face with teeth and lashes that hang on the same empty; (face, teeth, lashes)."""
    parent = bpy.data.objects.new("Character", None)
    bpy.context.scene.collection.objects.link(parent)
    face = make_head()
    teeth = make_head(("jawOpen", "tongueOut"), name="Teeth")
    lashes = make_head(("eyeBlinkLeft", "eyeBlinkRight"), name="Lashes")
    for each in (face, teeth, lashes):
        each.parent = parent
    bpy.context.view_layer.update()
    select(face)
    return face, teeth, lashes


def test_companions_are_animated_along(family):
    face, teeth, lashes = family
    assert companions_of(face) == (lashes, teeth)
    assert {"Teeth", "Lashes"} <= set(drawn(PANEL, face))
    job = plan(bpy.context)
    written = write(job, compute(job, lambda fraction: None, lambda: False))
    assert "along with 'Lashes', 'Teeth'" in written.content
    of_face, of_teeth = curves_of(face), curves_of(teeth)
    assert "eyeBlinkLeft" in curves_of(lashes)
    for frame in range(1, 100, 7):
        assert of_teeth["jawOpen"].evaluate(frame) == pytest.approx(
            of_face["jawOpen"].evaluate(frame), abs=0.02
        )


def test_a_companion_that_is_switched_off_stays(family):
    face, teeth, lashes = family
    teeth.soliloquy_along = False
    assert companions_of(face) == (lashes,)
    ANIMATE()
    assert teeth.data.shape_keys.animation_data is None
    assert curves_of(lashes)
    # The switch is still there to be switched on again.
    assert "Teeth" in drawn(PANEL, face)


def test_a_companion_deleted_meanwhile_is_left_out(family):
    _, teeth, lashes = family
    job = plan(bpy.context)
    made = compute(job, lambda fraction: None, lambda: False)
    bpy.data.objects.remove(teeth)
    write(job, made)
    assert curves_of(lashes)


@pytest.fixture
def saved(family, tmp_path):
    """The family in a file that is open; its path."""
    path = tmp_path / "family.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    return path


def animate(noise, saved, *more):
    out = saved.with_name("out.blend")
    arguments = ["animate", "--audio", str(noise[0]), "--object", "Head", "--save", str(out), *more]
    status = main(arguments)
    if status == 0:
        bpy.ops.wm.open_mainfile(filepath=str(out))
    return status


def test_without_a_window_companions_are_animated_too(noise, saved):
    assert animate(noise, saved) == 0
    assert curves_of(bpy.data.objects["Teeth"])


def test_without_a_window_and_without_companions(noise, saved):
    assert animate(noise, saved, "--no-companions") == 0
    assert bpy.data.objects["Teeth"].data.shape_keys.animation_data is None
    assert curves_of(bpy.data.objects["Head"])


def test_without_a_window_by_a_preset(noise, saved, tmp_path, capsys):
    head = bpy.data.objects["Head"]
    select(head)
    bpy.ops.soliloquy.find_keys()
    head.soliloquy_keys["jawOpen"].gain = 0.5
    head.soliloquy_keys["mouthPucker"].use = False
    preset = tmp_path / "preset.json"
    bpy.ops.soliloquy.save_mapping(filepath=str(preset))
    bpy.ops.wm.open_mainfile(filepath=str(saved))
    assert animate(noise, saved) == 0
    whole = highest("jawOpen")
    bpy.ops.wm.open_mainfile(filepath=str(saved))
    assert animate(noise, saved, "--mapping", str(preset), "--method", "names") == 0
    assert highest("jawOpen") == pytest.approx(whole / 2, abs=0.02)
    assert "mouthPucker" not in curves_of(bpy.data.objects["Head"])
    # A preset on the command line is no choice of the file.
    assert bpy.data.objects["Head"].soliloquy_mapping == "AUTOMATIC"
    bpy.ops.wm.open_mainfile(filepath=str(saved))
    assert animate(noise, saved, "--mapping", str(tmp_path / "gone.json")) == 2
    assert "gone.json" in capsys.readouterr().err


def test_without_a_window_as_the_file_has_it(noise, saved):
    head = bpy.data.objects["Head"]
    select(head)
    bpy.ops.soliloquy.find_keys()
    head.soliloquy_keys["jawOpen"].use = False
    assert animate(noise, saved) == 0
    assert "jawOpen" not in curves_of(bpy.data.objects["Head"])
    assert "mouthPucker" in curves_of(bpy.data.objects["Head"])


def test_a_batch_row_names_its_preset(noise, saved, tmp_path):
    head = bpy.data.objects["Head"]
    select(head)
    bpy.ops.soliloquy.find_keys()
    head.soliloquy_keys["mouthPucker"].use = False
    bpy.ops.soliloquy.save_mapping(filepath=str(tmp_path / "preset.json"))
    bpy.ops.wm.open_mainfile(filepath=str(saved))
    manifest = tmp_path / "manifest.csv"
    manifest.write_text(
        "audio,object,mapping,out\n"
        f"{noise[0]},Head,preset.json,one.blend\n"
        f"{noise[0]},Head,,two.blend\n"
        f"{noise[0]},,preset.json,three.csv\n",
        encoding="utf-8",
    )
    assert main(["batch", str(manifest), "--no-companions"]) == 1
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "one.blend"))
    assert "mouthPucker" not in curves_of(bpy.data.objects["Head"])
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "two.blend"))
    assert "mouthPucker" in curves_of(bpy.data.objects["Head"])
    assert bpy.data.objects["Teeth"].data.shape_keys.animation_data is None
    assert not (tmp_path / "three.csv").exists()


def highest(key):
    """The largest value that a key of the head gets."""
    curve = curves_of(bpy.data.objects["Head"])[key]
    return max(np.array([point.co[1] for point in curve.keyframe_points]))
