# SPDX-License-Identifier: GPL-3.0-or-later
"""Vertices instead of keys, from the panel and the command line; their takes, files and exports."""

import json
import shutil
import threading
from types import SimpleNamespace

import bpy
import numpy as np
import pytest
from soliloquy.bake import BakeError, create_head
from soliloquy.blender_addon.command_line import main
from soliloquy.blender_addon.job import compute, plan, why_not, write
from soliloquy.blender_addon.kept_takes import kept_takes, words_for
from soliloquy.blender_addon.operators.worker_operator import WorkerOperator
from soliloquy.blender_addon.target import target_object
from soliloquy.core.errors import Cancelled
from soliloquy.core.head import load_head

from ..bake.heads import curves_of, make_head, snapshot
from ..bake.moving_heads import plain_head, save, seen
from .conftest import select
from .test_animate_from_audio import Stepper
from .test_performance import drawn

ANIMATE = bpy.ops.soliloquy.animate_from_audio
NEW_TAKE = bpy.ops.soliloquy.new_take


@pytest.fixture
def speaker(tmp_path, file_source, loudness):
    """The built-in head in a saved file, and the panel set to a vertex cache of a sound."""
    path = save(tmp_path / "Szene ü.blend")
    head = create_head(bpy.context.scene.collection, "Head")
    select(head)
    source = bpy.context.scene.soliloquy.source
    source.kind = "FILE"
    source.filepath = file_source.filepath
    bpy.context.scene.soliloquy.output.kind = "cache"
    return SimpleNamespace(head=head, folder=path.parent / "soliloquy_caches" / path.stem)


def files(speaker):
    return sorted(path.name for path in speaker.folder.glob("*")) if speaker.folder.exists() else []


def shown():
    return [(take.kind, take.name, take.is_shown) for take in kept_takes(target_object(bpy.context))]


def opening(head, frame):
    """How far the lower lip is below the upper one, in metres."""
    landmarks = load_head().landmarks
    upper, lower = landmarks["inner_lip_upper"], landmarks["inner_lip_lower"]
    at = seen(head, frame)
    return float(np.linalg.norm(at[upper] - at[lower], axis=1).max())


def test_a_cache_moves_the_mouth_as_the_speech_says(speaker, loudness):
    assert why_not(bpy.context) is None
    assert ANIMATE() == {"FINISHED"}
    assert len(files(speaker)) == 1
    assert speaker.head.data.shape_keys.animation_data is None
    jaw = compute(plan(bpy.context), lambda fraction: None, lambda: False).motion.weights[:, 17]
    frames = 1 + np.argsort(jaw)[[3, -3]]
    closed, opened = (opening(speaker.head, int(frame)) for frame in frames)
    assert opened > closed + 0.002
    (take,) = kept_takes(speaker.head)
    assert (take.kind, take.name, take.is_shown) == ("VERTICES", "rauschen – 话", True)
    assert words_for(take.facts[0]) == "ExpNet, seed 0"


def test_new_takes_have_files_of_their_own_and_animating_again_takes_the_place(speaker, loudness):
    ANIMATE()
    NEW_TAKE()
    assert bpy.context.scene.soliloquy.performance.seed == 1
    assert len(files(speaker)) == 2
    names = ["rauschen – 话", "rauschen – 话 seed 1"]
    assert [(name, is_shown) for _, name, is_shown in shown()] == [(names[0], False), (names[1], True)]
    first = (speaker.folder / files(speaker)[0]).read_bytes()
    # Once more, with another seed: the take that is shown becomes another one; no file is overwritten.
    bpy.context.scene.soliloquy.performance.seed = 6
    assert ANIMATE() == {"FINISHED"}
    assert [name for _, name, _ in shown()] == [names[0], "rauschen – 话 seed 6"]
    assert [call["seed"] for call in loudness] == [0, 1, 6]
    assert len(files(speaker)) == 3
    assert (speaker.folder / files(speaker)[0]).read_bytes() == first
    # A take is shown with a click, and the file of the one that was replaced is unused.
    assert bpy.ops.soliloquy.show_take(kind="VERTICES", take=names[0]) == {"FINISHED"}
    assert [is_shown for _, _, is_shown in shown()] == [True, False]
    assert bpy.ops.soliloquy.remove_unused_caches() == {"FINISHED"}
    assert len(files(speaker)) == 2
    assert bpy.ops.soliloquy.remove_unused_caches() == {"CANCELLED"}
    with pytest.raises(RuntimeError, match=r"shows take .* show another one"):
        bpy.ops.soliloquy.remove_take(kind="VERTICES", take=names[0])
    assert bpy.ops.soliloquy.remove_take(kind="VERTICES", take="rauschen – 话 seed 6") == {"FINISHED"}
    assert bpy.ops.soliloquy.remove_unused_caches() == {"FINISHED"}
    assert len(files(speaker)) == 1


def test_shape_keys_and_vertices_of_one_head(speaker):
    output = bpy.context.scene.soliloquy.output
    output.kind = "shape_keys"
    assert ANIMATE() == {"FINISHED"}
    output.kind = "cache"
    assert ANIMATE() == {"FINISHED"}
    assert [(kind, is_shown) for kind, _, is_shown in shown()] == [("SHAPE_KEYS", False), ("VERTICES", True)]
    # Keys would be hidden by the vertices: these give way.
    output.kind = "shape_keys"
    assert ANIMATE() == {"FINISHED"}
    assert [(kind, is_shown) for kind, _, is_shown in shown()] == [("SHAPE_KEYS", True), ("VERTICES", False)]
    assert opening(speaker.head, 20) > 0
    name = shown()[1][1]
    bpy.ops.soliloquy.show_take(kind="VERTICES", take=name)
    # A bake that fails leaves the vertices shown.
    speaker.head.data.shape_keys.key_blocks["jawOpen"].lock_shape = True
    job = plan_without_checks()
    with pytest.raises(BakeError, match="locked"):
        write(job, compute(job, lambda fraction: None, lambda: False))
    assert [is_shown for _, _, is_shown in shown()] == [False, True]


def plan_without_checks():
    """A plan for which the shape key was locked only after it was made."""
    block = target_object(bpy.context).data.shape_keys.key_blocks["jawOpen"]
    block.lock_shape = False
    job = plan(bpy.context)
    block.lock_shape = True
    return job


def test_one_undo_step_and_the_file_stays(speaker):
    bpy.ops.ed.undo_push(message="before")
    ANIMATE()
    bpy.ops.ed.undo_push(message="Animate from Audio")
    bpy.ops.ed.undo()
    head = bpy.data.objects["Head"]
    assert len(head.modifiers) == 0
    assert len(files(speaker)) == 1
    bpy.ops.ed.redo()
    assert opening(bpy.data.objects["Head"], 20) > 0
    assert len(kept_takes(bpy.data.objects["Head"])) == 1


def test_parts_that_are_off_rest(speaker, loudness):
    settings = bpy.context.scene.soliloquy
    settings.eyes.use = False
    ANIMATE()
    assert loudness[0]["settings"].blink_amount == 0
    assert loudness[0]["settings"].mouth_amount == 1
    assert loudness[0]["settings"].brows_amount == 1
    settings.eyes.use_brows = settings.eyes.use_gaze = False
    ANIMATE()
    assert loudness[1]["settings"].brows_amount == 0
    assert not loudness[1]["settings"].gaze


def test_absolute_keys_on_a_copy_and_on_a_mesh_without_keys(speaker):
    output = bpy.context.scene.soliloquy.output
    output.kind, output.step = "absolute_keys", 4
    before = snapshot()["keys of Head"]
    assert ANIMATE() == {"FINISHED"}
    (copy,) = (each for each in bpy.data.objects if each.type == "MESH" and each != speaker.head)
    assert not copy.data.shape_keys.use_relative
    assert 20 < len(copy.data.shape_keys.key_blocks) < 40
    assert snapshot()["keys of Head"] == before
    # Another take is another copy, with the next seed.
    assert NEW_TAKE() == {"FINISHED"}
    assert bpy.context.scene.soliloquy.performance.seed == 1
    assert "Head rauschen – 话 seed 1" in bpy.data.objects
    assert kept_takes(speaker.head) == ()
    output.on_copy = False
    assert "has shape keys already" in why_not(bpy.context)
    plain = plain_head()
    select(plain)
    assert why_not(bpy.context) is None
    assert ANIMATE() == {"FINISHED"}
    assert not plain.data.shape_keys.use_relative


def test_heads_and_files_that_cannot_have_vertices_are_refused(tmp_path, head, file_source, loudness):
    bpy.context.scene.soliloquy.output.kind = "absolute_keys"
    assert why_not(bpy.context) is None
    with pytest.raises(RuntimeError, match="expected a head"):
        ANIMATE()
    bpy.context.scene.soliloquy.output.kind = "cache"
    select()
    bpy.context.view_layer.objects.active = None
    assert "No head is selected" in why_not(bpy.context)
    own = create_head(bpy.context.scene.collection, "Own")
    select(own)
    assert "never saved" in why_not(bpy.context)
    with pytest.raises(RuntimeError, match="never saved"):
        bpy.ops.soliloquy.remove_unused_caches()
    assert not loudness


def test_the_file_is_written_in_the_thread_and_cancelling_leaves_none(speaker, monkeypatch):
    threads, go, begun = [], threading.Event(), threading.Event()
    from soliloquy.bake.vertices import pc2, prepared_cache

    written = pc2.write_pc2

    def slow(path, vertices, start, facts, progress=None):
        threads.append(threading.current_thread() is threading.main_thread())
        begun.set()
        go.wait(60)
        return written(path, vertices, start, facts, progress)

    monkeypatch.setattr(prepared_cache, "write_pc2", slow)
    stepper = Stepper()
    stepper.begin(bpy.context)
    worker = WorkerOperator.running.worker
    assert begun.wait(120)
    assert 0.7 < worker.fraction < 1
    stepper.cancel(bpy.context)
    go.set()
    worker._thread.join(120)
    assert files(speaker) == []
    assert not speaker.folder.parent.exists()
    # Cancelled when everything is done, and nobody has looked yet.
    stepper.begin(bpy.context)
    worker = WorkerOperator.running.worker
    worker._thread.join(120)
    assert len(files(speaker)) == 1
    stepper.cancel(bpy.context)
    assert files(speaker) == []
    stepper.begin(bpy.context)
    assert stepper.until_done() == {"FINISHED"}
    assert threads == [False] * 3
    assert len(files(speaker)) == 1
    assert len(kept_takes(speaker.head)) == 1


def test_a_head_changed_or_deleted_meanwhile(speaker):
    job = plan(bpy.context)
    made = compute(job, lambda fraction: None, lambda: False)
    speaker.head.data.shape_keys.reference_key.points[9].co.x += 0.01
    with pytest.raises(BakeError, match="changed meanwhile"):
        write(job, made)
    assert files(speaker) == []
    job = plan(bpy.context)
    made = compute(job, lambda fraction: None, lambda: False)
    bpy.data.objects.remove(speaker.head)
    with pytest.raises(Cancelled, match="deleted meanwhile"):
        write(job, made)
    assert files(speaker) == []


def test_the_panel_hides_what_vertices_do_not_need(speaker):
    from soliloquy.blender_addon.panels.output import VIEW3D_PT_soliloquy_output as Panel

    output = bpy.context.scene.soliloquy.output
    assert not {"blocked", "key_error", "step", "on_copy"} & set(drawn(Panel))
    output.kind = "absolute_keys"
    assert {"step", "on_copy"} <= set(drawn(Panel))
    output.kind = "shape_keys"
    found = set(drawn(Panel))
    assert {"blocked", "key_error"} <= found
    assert not {"step", "on_copy"} & found


def test_the_dialog_lists_files_with_their_sizes(speaker):
    from soliloquy.blender_addon.operators.remove_unused_caches import (
        SOLILOQUY_OT_remove_unused_caches as Remove,
    )

    ANIMATE()
    ANIMATE()
    lines = []

    class Layout:
        column = row = lambda self, **others: self

        def label(self, text, **others):
            lines.append(text)

    operator = SimpleNamespace(layout=Layout(), report=print)
    assert Remove._look(operator)
    Remove.draw(operator, bpy.context)
    assert lines[0] == files(speaker)[0]
    assert lines[1].endswith(" MB")
    assert lines[2].startswith("Deleted for good: ")


def test_export_of_the_head_that_is_meant(speaker, tmp_path):
    ANIMATE()
    bpy.context.scene.frame_end = 12
    out = tmp_path / "head.usdc"
    before = len(bpy.data.scenes)
    assert bpy.ops.soliloquy.export_vertices(filepath=str(out)) == {"FINISHED"}
    assert out.stat().st_size > 100_000
    assert len(bpy.data.scenes) == before
    with pytest.raises(RuntimeError, match="no ending that tells a format"):
        bpy.ops.soliloquy.export_vertices(filepath=str(tmp_path / "head.fbx"))
    with pytest.raises(RuntimeError, match="No file to export to"):
        bpy.ops.soliloquy.export_vertices()
    select()
    bpy.context.view_layer.objects.active = None
    assert not bpy.ops.soliloquy.export_vertices.poll()


def test_vertices_on_the_command_line(tmp_path, noise, loudness, capsys):
    path = save(tmp_path / "in.blend")
    create_head(bpy.context.scene.collection, "Head")
    bpy.ops.wm.save_mainfile()
    (tmp_path / "out").mkdir()
    out = tmp_path / "out" / "shot.blend"
    arguments = ["animate", "--audio", str(noise[0]), "--object", "Head", "--save", str(out)]
    assert main([*arguments, "--output", "vertex-cache", "--model", "meshtalk"]) == 0
    assert "MB of vertices in" in capsys.readouterr().out
    assert loudness[0]["settings"].brows_amount == 1
    caches = list((tmp_path / "out" / "soliloquy_caches" / "shot").glob("*.pc2"))
    assert len(caches) == 1
    # It moves with the file, which names it relative to itself.
    shutil.move(tmp_path / "out", tmp_path / "elsewhere")
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "elsewhere" / "shot.blend"))
    (take,) = kept_takes(bpy.data.objects["Head"])
    assert take.is_shown
    assert words_for(take.facts[0]) == "MeshTalk, natural, seed 0"
    assert opening(bpy.data.objects["Head"], 20) > 0
    bpy.ops.wm.open_mainfile(filepath=str(path))
    out = tmp_path / "keys.blend"
    arguments[-1] = str(out)
    assert main([*arguments, "--output", "absolute-keys", "--frame-step", "5"]) == 0
    assert main([*arguments, "--output", "absolute-keys", "--frame-step", "0"]) == 2
    assert "frame step is 0" in capsys.readouterr().err


def test_batches_of_vertices(tmp_path, noise, loudness):
    make_head(name="Other")
    create_head(bpy.context.scene.collection, "Head")
    rows = [
        {"audio": str(noise[0]), "object": "Head", "out": "a/one.blend", "seed": 3},
        {"audio": str(noise[0]), "head": "yes", "out": "b/two.blend"},
        {"audio": str(noise[0]), "object": "Other", "out": "a/three.blend"},
    ]
    manifest, report = tmp_path / "rows.jsonl", tmp_path / "report.json"
    manifest.write_text("\n".join(map(json.dumps, rows)))
    assert main(["batch", str(manifest), "--output", "vertex-cache", "--report", str(report)]) == 1
    made = json.loads(report.read_text())["rows"]
    assert [row["status"] for row in made] == ["done", "done", "failed"]
    assert "expected a head" in made[2]["message"]
    for name in ("a/one", "b/two"):
        bpy.ops.wm.open_mainfile(filepath=str(tmp_path / f"{name}.blend"))
        (head,) = [each for each in bpy.data.objects if each.type == "MESH" and each.name != "Other"]
        (modifier,) = head.modifiers
        assert modifier.filepath.startswith("//soliloquy_caches/"), modifier.filepath
        assert opening(head, 20) > 0
        assert not curves_of(head) if head.data.shape_keys.animation_data else True
