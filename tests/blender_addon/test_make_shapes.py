# SPDX-License-Identifier: GPL-3.0-or-later
"""Shape keys for heads that have none: the button, what the panels say, and without a window."""

import json
import threading

import bpy
import numpy as np
import pytest
from soliloquy.bake.content_cache import ContentCache
from soliloquy.bake.head_mesh import create_head
from soliloquy.blender_addon.command_line import main
from soliloquy.blender_addon.job import why_not
from soliloquy.blender_addon.operators.job_operator import JobOperator
from soliloquy.blender_addon.operators.make_shape_keys import SOLILOQUY_OT_make_shape_keys as Make
from soliloquy.blender_addon.operators.worker_operator import WorkerOperator
from soliloquy.blender_addon.panels import main as main_panel
from soliloquy.blender_addon.panels import target as target_panel
from soliloquy.blender_addon.shape_making import can_be_made, lacks_keys, missing_shapes
from soliloquy.blender_addon.shape_settings import keep_marks, marks_of, parts_of
from soliloquy.core.errors import Cancelled
from soliloquy.core.retarget.arkit import ARKIT_NAMES
from soliloquy.core.transfer import MadeShapes

from ..bake.heads import curves_of, make_head
from .conftest import select
from .test_animate_from_audio import Stepper
from .test_mapping import drawn as drawn_texts

MAKE = bpy.ops.soliloquy.make_shape_keys
ANIMATE = bpy.ops.soliloquy.animate_from_audio


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch):
    """Each test makes its shapes itself."""
    monkeypatch.setattr("soliloquy.bake.making.head_reading._made", ContentCache(4))


@pytest.fixture
def shapes(monkeypatch):
    """Instead of the making: each shape lifts each mesh by its number. The list holds what was asked."""
    calls = []

    def make_shapes(face, others=(), *, axes=None, marks=None, shapes="arkit", progress=None):
        calls.append({"face": face, "others": others, "marks": marks, "thread": threading.current_thread()})
        for step in range(3):
            if progress is not None:
                progress(step / 3)
        rows = np.arange(1, 53, dtype=np.float32)[:, None, None] * (0, 0, 0.01)
        deltas = tuple(
            np.broadcast_to(rows, (52, len(each.vertices), 3)).astype(np.float32) for each in (face, *others)
        )
        return MadeShapes(ARKIT_NAMES, deltas, (), ("The eyes were not found.",), 0.001)

    monkeypatch.setattr("soliloquy.bake.making.head_reading.make_shapes", make_shapes)
    return calls


def plain_head(name="Head", at=(0, 0, 0)):
    """A ball without shape keys, selected."""
    bpy.ops.mesh.primitive_uv_sphere_add(segments=12, ring_count=8, location=at)
    obj = bpy.context.object
    obj.name = name
    bpy.context.view_layer.update()
    select(obj)
    return obj


def with_eye():
    """A head with an eye that is another object."""
    head = plain_head()
    bpy.ops.mesh.primitive_uv_sphere_add(segments=8, ring_count=6, radius=0.2, location=(0.3, -0.6, 0.2))
    eye = bpy.context.object
    eye.name = "Eye"
    select(head)
    return head, eye


def key_names(obj):
    keys = obj.data.shape_keys
    return [] if keys is None else [key.name for key in keys.key_blocks]


def drawn(panel, obj):
    return " ".join(drawn_texts(panel, obj))


def test_a_head_without_keys_gets_all_of_them_and_speaks(shapes, file_source, lively):
    head = plain_head()
    assert "let Make Shape Keys make them" in why_not(bpy.context)
    assert lacks_keys(head)
    assert missing_shapes(head) == ARKIT_NAMES
    assert MAKE() == {"FINISHED"}
    assert key_names(head) == ["Basis", *ARKIT_NAMES]
    assert missing_shapes(head) == ()
    assert why_not(bpy.context) is None
    assert ANIMATE() == {"FINISHED"}
    assert "jawOpen" in curves_of(head)


def test_one_undo_step_takes_all_keys_back(shapes):
    head, eye = with_eye()
    eye_name = eye.name
    bpy.ops.ed.undo_push(message="before")
    assert MAKE() == {"FINISHED"}
    assert key_names(head)
    assert key_names(eye)
    bpy.ops.ed.undo_push(message="Make Shape Keys")
    bpy.ops.ed.undo()
    assert key_names(bpy.data.objects["Head"]) == key_names(bpy.data.objects[eye_name]) == []
    assert can_be_made(bpy.data.objects["Head"])


def test_parts_get_keys_too_unless_they_are_switched_off(shapes):
    head, eye = with_eye()
    assert parts_of(head) == (eye,)
    MAKE()
    assert len(key_names(eye)) == 53
    other = plain_head("Other", at=(9, 0, 0))
    assert parts_of(other) == ()
    bpy.ops.wm.read_homefile(use_empty=True)
    head, eye = with_eye()
    eye.soliloquy_makes_along = False
    MAKE()
    assert len(key_names(head)) == 53
    assert key_names(eye) == []


def test_keys_that_are_there_stay_and_only_the_missing_ones_are_made(shapes):
    head = make_head(("jawOpen", "MouthClose", "Own"))
    select(head)
    before = np.array([point.co for point in head.data.shape_keys.key_blocks["jawOpen"].points])
    assert len(missing_shapes(head)) == 50
    assert MAKE() == {"FINISHED"}
    names = key_names(head)
    assert names[:4] == ["Basis", "jawOpen", "MouthClose", "Own"]
    assert len(names) == 54
    assert "mouthClose" not in names
    after = np.array([point.co for point in head.data.shape_keys.key_blocks["jawOpen"].points])
    np.testing.assert_array_equal(after, before)


def test_a_whole_head_needs_none(shapes):
    head = make_head()
    select(head)
    assert missing_shapes(head) == ()
    assert not can_be_made(head)
    assert not target_panel.VIEW3D_PT_soliloquy_missing_shapes.poll(bpy.context)
    assert MAKE() == {"FINISHED"}
    assert len(key_names(head)) == 53


def test_made_keys_can_be_made_anew_with_marks(shapes):
    head = plain_head()
    MAKE()
    assert shapes[-1]["marks"] is None
    assert can_be_made(head)
    keep_marks(head, {"nose_tip": (0, -1, 0)})
    MAKE()
    np.testing.assert_allclose(shapes[-1]["marks"]["nose_tip"], (0, -1, 0))
    assert len(key_names(head)) == 53


def test_made_keys_that_were_changed_stay_unless_they_are_to_be_made_anew(shapes):
    head = plain_head()
    MAKE()
    key = head.data.shape_keys.key_blocks["jawOpen"]
    key.points[3].co.x += 0.5
    changed = key.points[3].co.x
    MAKE()
    assert key.points[3].co.x == changed
    MAKE(replace=True)
    assert key.points[3].co.x == pytest.approx(changed - 0.5, abs=1e-5)


def test_what_is_no_head_is_told_and_changes_nothing(monkeypatch):
    from soliloquy.core.head.registration import NotAFace

    def refuse(*others, **more):
        raise NotAFace("The mesh is flat: expected a head. Choose the mesh of the face.")

    monkeypatch.setattr("soliloquy.bake.making.head_reading.make_shapes", refuse)
    head = plain_head()
    with pytest.raises(RuntimeError, match="The mesh is flat"):
        MAKE()
    assert head.data.shape_keys is None


def test_it_is_refused_where_it_cannot_be_done(shapes):
    select()
    bpy.context.view_layer.objects.active = None
    assert not Make.poll(bpy.context)
    head = plain_head()
    bpy.ops.object.mode_set(mode="EDIT")
    assert not Make.poll(bpy.context)
    bpy.ops.object.mode_set(mode="OBJECT")
    assert Make.poll(bpy.context)
    head.shape_key_add(name="Basis")
    head.shape_key_add(name="Later")
    head.data.shape_keys.use_relative = False
    assert not Make.poll(bpy.context)


class MakeStepper(Stepper):
    """The steps of Make Shape Keys without the window that would call them."""

    read, finish = Make.__dict__["read"], Make.__dict__["finish"]
    compute, status = Make.__dict__["compute"], Make.__dict__["status"]
    release = WorkerOperator.__dict__["release"]
    replace = False
    task = Make.task


def test_it_is_made_in_a_thread_with_progress(shapes):
    head = plain_head()
    stepper = MakeStepper()
    stepper.begin(bpy.context)
    assert head.data.shape_keys is None
    assert Make.progress() is not None
    assert JobOperator.progress() is None
    assert stepper.until_done() == {"FINISHED"}
    assert shapes[0]["thread"] is not threading.main_thread()
    assert len(key_names(head)) == 53
    assert ("WARNING", "The eyes were not found.") in stepper.reports
    assert stepper.reports[-1] == ("INFO", "Made 52 shape keys on 'Head'")
    assert Make.progress() is None


def test_cancelling_changes_nothing_and_no_other_work_begins_meanwhile(monkeypatch, file_source, lively):
    ended = threading.Event()

    def endless(*others, progress, **more):
        try:
            while True:
                progress(0.3)
                threading.Event().wait(0.005)
        except Cancelled:
            ended.set()
            raise

    monkeypatch.setattr("soliloquy.bake.making.head_reading.make_shapes", endless)
    head = plain_head()
    stepper = MakeStepper()
    stepper.begin(bpy.context)
    for operator in (ANIMATE, MAKE, bpy.ops.soliloquy.measure_face):
        with pytest.raises(RuntimeError, match="Other work is under way"):
            operator()
    assert "Making" in drawn(main_panel.VIEW3D_PT_soliloquy, head)
    stepper.cancel(bpy.context)
    assert ended.wait(10)
    assert WorkerOperator.running is None
    assert head.data.shape_keys is None


def test_a_head_changed_meanwhile_is_not_written(monkeypatch, shapes):
    head = plain_head()
    stepper = MakeStepper()
    stepper.begin(bpy.context)
    head.data.vertices[3].co.x += 0.1
    assert stepper.until_done() == {"CANCELLED"}
    assert "changed meanwhile" in stepper.reports[-1][1]
    assert head.data.shape_keys is None


def test_the_panels_offer_it(shapes, file_source):
    head, _ = with_eye()
    found = drawn(main_panel.VIEW3D_PT_soliloquy, head)
    assert "let Make Shape Keys make them" in found
    assert "soliloquy.make_shape_keys" in found
    panel = target_panel.VIEW3D_PT_soliloquy_missing_shapes
    assert panel.poll(bpy.context)
    assert "52 of 52 ARKit shapes are missing" in drawn(target_panel.VIEW3D_PT_soliloquy_target, head)
    found = drawn(panel, head)
    assert "soliloquy_makes_along" in found
    assert "Marks: 0 of 10" in found
    assert "soliloquy.place_marks" in found
    # It stands below the reason, at the top.
    assert "soliloquy.make_shape_keys" not in found
    MAKE()
    assert "soliloquy.make_shape_keys" not in drawn(main_panel.VIEW3D_PT_soliloquy, head)
    found = drawn(panel, head)
    assert "0 of 52" in found
    assert "soliloquy.make_shape_keys" in found


@pytest.fixture
def opened(tmp_path, noise):
    """A .blend file with a head without keys and its eye, saved and open."""
    with_eye()
    bpy.context.scene.render.fps = 25
    path = tmp_path / "Kopf ö.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    return path


def test_the_command_makes_keys_and_saves(opened, tmp_path, shapes, capsys):
    out = tmp_path / "out.blend"
    assert main(["make-shapes", "--object", "Head", "--out", str(out)]) == 0
    said = capsys.readouterr()
    assert "Made 52 shape keys on 'Head', 'Eye'." in said.out
    assert "soliloquy: warning: The eyes were not found." in said.err
    bpy.ops.wm.open_mainfile(filepath=str(out))
    assert len(key_names(bpy.data.objects["Head"])) == len(key_names(bpy.data.objects["Eye"])) == 53
    bpy.ops.wm.open_mainfile(filepath=str(opened))
    assert not bpy.data.shape_keys
    assert main(["make-shapes", "--object", "Head", "--no-parts"]) == 0
    bpy.ops.wm.open_mainfile(filepath=str(opened))
    assert len(key_names(bpy.data.objects["Head"])) == 53
    assert key_names(bpy.data.objects["Eye"]) == []
    assert main(["make-shapes", "--object", "Hed"]) == 2
    assert "There is no object 'Hed'; meshes: 'Eye', 'Head'." in capsys.readouterr().err


def test_animating_can_make_keys_first(opened, tmp_path, noise, shapes, loudness, capsys):
    out = tmp_path / "out.blend"
    arguments = ["animate", "--audio", str(noise[0]), "--object", "Head", "--save", str(out)]
    assert main(arguments) == 2
    assert "has no shape keys" in capsys.readouterr().err
    assert main([*arguments, "--make-shapes"]) == 0
    assert len(shapes) == 1
    bpy.ops.wm.open_mainfile(filepath=str(out))
    assert "jawOpen" in curves_of(bpy.data.objects["Head"])
    # What is whole is left alone.
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "whole.blend"))
    assert main([*arguments, "--make-shapes"]) == 0
    assert len(shapes) == 1


def test_batches_can_make_keys_first(opened, tmp_path, noise, shapes, loudness):
    create_head(bpy.context.scene.collection, "Whole")
    bpy.ops.wm.save_mainfile()
    rows = [
        {"audio": str(noise[0]), "object": "Head", "out": "a.blend", "make_shapes": "yes"},
        {"audio": str(noise[0]), "object": "Head", "out": "b.blend"},
        {"audio": str(noise[0]), "object": "Whole", "out": "c.blend", "make_shapes": "yes"},
        {"audio": str(noise[0]), "object": "Head", "out": "d.blend", "make_shapes": "perhaps"},
        {"audio": str(noise[0]), "head": "yes", "out": "e.blend", "make_shapes": "yes"},
    ]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    report = tmp_path / "report.json"
    assert main(["batch", str(tmp_path / "rows.jsonl"), "--report", str(report)]) == 1
    made = json.loads(report.read_text())["rows"]
    assert [row["status"] for row in made] == ["done", "failed", "done", "failed", "failed"]
    assert "The eyes were not found." in made[0]["message"]
    assert "has no shape keys" in made[1]["message"]
    assert "make_shapes is 'perhaps'" in made[3]["message"]
    assert "make_shapes is for an object" in made[4]["message"]
    assert len(shapes) == 1
    assert main(["batch", str(tmp_path / "rows.jsonl"), "--make-shapes", "--force"]) == 1
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "b.blend"))
    assert "jawOpen" in curves_of(bpy.data.objects["Head"])


def test_marks_come_from_a_file(opened, tmp_path, shapes, capsys):
    keep_marks(bpy.data.objects["Head"], {"chin": (0, -1, -1)})
    path = tmp_path / "marks.json"
    path.write_text(json.dumps({"nose_tip": [0, -1, 0], "chin": [0, -0.9, -0.4]}))
    arguments = ["make-shapes", "--object", "Head", "--marks"]
    assert main([*arguments, "//marks.json"]) == 0
    assert sorted(shapes[0]["marks"]) == ["chin", "nose_tip"]
    assert shapes[0]["marks"]["chin"] == pytest.approx((0, -0.9, -0.4))
    bpy.ops.wm.open_mainfile(filepath=str(opened))
    # Those of the panel stay.
    assert marks_of(bpy.data.objects["Head"]) == {"chin": (0, -1, -1)}
    capsys.readouterr()
    for content, reason in {
        "": "are not JSON",
        "[1]": "are no object such as",
        "{}": "are no object such as",
        '{"nose": [0, 0, 0]}': "unknown name 'nose': expected some of eye_outer_right",
        '{"chin": [0, 0]}': "Mark 'chin' of",
        '{"chin": [0, 0, "x"]}': "Mark 'chin' of",
        '{"chin": [0, 0, NaN]}': "Mark 'chin' of",
    }.items():
        path.write_text(content)
        assert main([*arguments, str(path)]) == 2
        assert reason in capsys.readouterr().err
    assert main([*arguments, str(tmp_path / "none.json")]) == 2
    assert "Cannot read the marks" in capsys.readouterr().err
