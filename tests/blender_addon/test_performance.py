# SPDX-License-Identifier: GPL-3.0-or-later
"""Which network acts, from the panel, the command line and manifests; takes of what it does."""

import json
from pathlib import Path
from types import SimpleNamespace

import bpy
import numpy as np
import pytest
import soliloquy.core.runtime as runtime
from soliloquy import samples
from soliloquy.bake.takes import facts_of
from soliloquy.blender_addon import panels
from soliloquy.blender_addon.command_line import main
from soliloquy.blender_addon.job import plan, why_not
from soliloquy.blender_addon.kept_takes import kept_takes, words_for
from soliloquy.blender_addon.panels.performance import model_items
from soliloquy.blender_addon.target import target_object
from soliloquy.core.generate.models import MODELS, USUAL_MODEL
from soliloquy.core.generate.settings import SAMPLING_STYLES

from ..bake.heads import curves_of, make_head, snapshot

ANIMATE = bpy.ops.soliloquy.animate_from_audio
NEW_TAKE = bpy.ops.soliloquy.new_take


@pytest.fixture
def performance(head, file_source, loudness):
    return bpy.context.scene.soliloquy.performance


def shown():
    return [(take.name, take.is_shown) for take in kept_takes(target_object(bpy.context))]


def keys(name):
    return [key.co[:] for key in curves_of(bpy.data.objects["Head"])[name].keyframe_points]


def test_shipped_models_and_own_files_are_offered():
    performance = bpy.context.scene.soliloquy.performance
    assert performance.model == USUAL_MODEL
    assert [item[0] for item in model_items()] == [*MODELS, "file"]
    for name in [*MODELS, "file"]:
        performance.model = name
        assert performance.model == name
        assert (performance.facts() is None) == (name == "file")
    styles = [item.identifier for item in performance.bl_rna.properties["sampling"].enum_items]
    assert tuple(styles) == SAMPLING_STYLES
    assert set(runtime.SHIPPED) <= set(runtime.model_names())


def test_model_style_seed_and_blinks_reach_the_generator(performance, loudness):
    assert ANIMATE() == {"FINISHED"}
    performance.model, performance.sampling, performance.seed = "meshtalk", "lively", 8
    bpy.context.scene.soliloquy.eyes.drawn_blinks = True
    assert ANIMATE() == {"FINISHED"}
    assert [call["model"] for call in loudness] == ["expnet", "meshtalk"]
    assert [call["seed"] for call in loudness] == [0, 8]
    assert [call["settings"].sampling for call in loudness] == ["natural", "lively"]
    assert [call["settings"].drawn_blinks for call in loudness] == [False, True]


def test_a_model_of_ones_own_must_be_chosen(performance, loudness, tmp_path):
    performance.model = "file"
    assert "No model file is chosen" in why_not(bpy.context)
    with pytest.raises(RuntimeError, match="No model file is chosen"):
        ANIMATE()
    performance.model_file = str(tmp_path / "own.onnx")
    assert ANIMATE() == {"FINISHED"}
    assert Path(loudness[0]["model"]) == tmp_path / "own.onnx"
    # What is kept with the take names no folder.
    (facts,) = facts_of(bpy.data.actions[0])
    assert (facts.model, facts.sampling) == ("own.onnx", "")


def test_other_files_are_no_model(head, file_source, tmp_path):
    performance = bpy.context.scene.soliloquy.performance
    performance.model = "file"
    before = snapshot()
    performance.model_file = str(tmp_path / "gone.onnx")
    with pytest.raises(RuntimeError, match=r"network file '.*gone.onnx' is missing"):
        ANIMATE()
    (tmp_path / "text.onnx").write_text("no network")
    performance.model_file = str(tmp_path / "text.onnx")
    with pytest.raises(RuntimeError, match="cannot be loaded"):
        ANIMATE()
    performance.model_file = str(tmp_path / "text.txt")
    with pytest.raises(RuntimeError, match="No model is called"):
        ANIMATE()
    assert snapshot() == before


def test_new_takes_are_kept_beside_the_first(performance, loudness):
    performance.model = "meshtalk"
    assert ANIMATE() == {"FINISHED"}
    first = bpy.data.actions["rauschen – 话"]
    before = snapshot()[first.name]
    assert NEW_TAKE() == {"FINISHED"}
    assert NEW_TAKE() == {"FINISHED"}
    assert [call["seed"] for call in loudness] == [0, 1, 2]
    assert performance.seed == 2
    assert snapshot()[first.name] == before
    assert shown() == [
        ("rauschen – 话", False),
        ("rauschen – 话 seed 1", False),
        ("rauschen – 话 seed 2", True),
    ]
    taken = kept_takes(target_object(bpy.context))[2]
    assert words_for(taken.facts[0]) == "MeshTalk, natural, seed 2"
    # The take that is shown is the one that is animated anew.
    performance.seed = 7
    assert ANIMATE() == {"FINISHED"}
    assert shown()[2] == ("rauschen – 话 seed 7", True)
    assert len(bpy.data.actions) == 3
    # The next seed is one that no take has.
    performance.seed = 1
    assert NEW_TAKE() == {"FINISHED"}
    assert performance.seed == 2
    performance.model = "expnet"
    assert words_for(kept_takes(target_object(bpy.context))[0].facts[0]) == "MeshTalk, natural, seed 0"


def test_a_first_new_take_is_named_after_the_sound(performance, loudness):
    performance.seed = 5
    assert NEW_TAKE() == {"FINISHED"}
    assert loudness[0]["seed"] == 5
    assert shown() == [("rauschen – 话", True)]
    assert words_for(kept_takes(target_object(bpy.context))[0].facts[0]) == "ExpNet, seed 5"


def test_a_take_is_shown_with_a_click(performance):
    ANIMATE()
    blinks = keys("eyeBlinkLeft")
    NEW_TAKE()
    assert keys("eyeBlinkLeft") != blinks
    bpy.ops.ed.undo_push(message="before")
    assert bpy.ops.soliloquy.show_take(kind="SHAPE_KEYS", take="rauschen – 话") == {"FINISHED"}
    bpy.ops.ed.undo_push(message="Show Take")
    assert keys("eyeBlinkLeft") == blinks
    assert [is_shown for _, is_shown in shown()] == [True, False]
    bpy.ops.ed.undo()
    assert [is_shown for _, is_shown in shown()] == [False, True]
    bpy.ops.ed.redo()
    assert [is_shown for _, is_shown in shown()] == [True, False]
    with pytest.raises(RuntimeError, match="no take 'gone' any more"):
        bpy.ops.soliloquy.show_take(kind="SHAPE_KEYS", take="gone")


def test_a_new_take_is_one_undo_step(performance):
    ANIMATE()
    bpy.ops.ed.undo_push(message="before")
    before = snapshot()
    NEW_TAKE()
    bpy.ops.ed.undo_push(message="New Take")
    after = snapshot()
    assert bpy.context.scene.soliloquy.performance.seed == 1
    bpy.ops.ed.undo()
    assert snapshot() == before
    assert bpy.context.scene.soliloquy.performance.seed == 0
    bpy.ops.ed.redo()
    assert snapshot() == after
    assert bpy.context.scene.soliloquy.performance.seed == 1


def test_takes_are_removed_only_while_nothing_shows_them(performance):
    ANIMATE()
    NEW_TAKE()
    with pytest.raises(RuntimeError, match="show another one before you remove it"):
        bpy.ops.soliloquy.remove_take(kind="SHAPE_KEYS", take="rauschen – 话 seed 1")
    other = make_head(name="Other")
    other.data.shape_keys.animation_data_create().action = bpy.data.actions["rauschen – 话"]
    with pytest.raises(RuntimeError, match="is used elsewhere"):
        bpy.ops.soliloquy.remove_take(kind="SHAPE_KEYS", take="rauschen – 话")
    other.data.shape_keys.animation_data.action = None
    assert bpy.ops.soliloquy.remove_take(kind="SHAPE_KEYS", take="rauschen – 话") == {"FINISHED"}
    assert shown() == [("rauschen – 话 seed 1", True)]


def test_a_failed_new_take_changes_nothing(performance, monkeypatch):
    ANIMATE()
    before = snapshot()
    monkeypatch.setattr("soliloquy.bake.bake_motion", lambda *a, **b: 1 / 0)
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        NEW_TAKE()
    assert snapshot() == before
    assert performance.seed == 0


class Layout:
    """Takes notes of what is drawn."""

    def __init__(self):
        self.drawn = []

    def row(self, **others):
        return self

    split = column = row

    def prop(self, owner, name, **others):
        self.drawn.append(name)

    def label(self, text, **others):
        self.drawn.append(text)

    def operator(self, name, **others):
        self.drawn.append(name)
        return self


def drawn(panel):
    layout = Layout()
    context = SimpleNamespace(
        scene=bpy.context.scene,
        view_layer=bpy.context.view_layer,
        preferences=SimpleNamespace(system=SimpleNamespace(ui_scale=1.0)),
        region=SimpleNamespace(width=300),
    )
    panel.draw(SimpleNamespace(layout=layout), context)
    return layout.drawn


def test_panels_show_what_the_model_needs(performance):
    panel = panels.performance.VIEW3D_PT_soliloquy_performance
    eyes = panels.eyes.VIEW3D_PT_soliloquy_blinks
    assert "sampling" not in drawn(panel)
    assert "drawn_blinks" not in drawn(eyes)
    performance.model = "meshtalk"
    found = drawn(panel)
    assert {"model", "sampling", "seed", "soliloquy.new_take"} <= set(found)
    assert MODELS["meshtalk"].good_for in " ".join(found)
    assert "model_file" not in found
    assert "drawn_blinks" in drawn(eyes)
    performance.model = "file"
    assert drawn(panel) == ["model", "model_file", "sampling", "seed", "soliloquy.new_take"]
    takes = panels.takes.VIEW3D_PT_soliloquy_takes
    assert not takes.poll(bpy.context)
    performance.model = "expnet"
    ANIMATE()
    assert takes.poll(bpy.context)
    assert "ExpNet, seed 0" in drawn(takes)


def values(obj, name):
    """What a shape key does in each frame of the sample."""
    curve = curves_of(obj).get(name)
    return np.array([0.0 if curve is None else curve.evaluate(frame) for frame in range(1, 240)])


def test_meshtalk_gives_each_seed_a_performance_of_its_own():
    """The network itself: the mouth follows the sound, lids and brows the seed."""
    bpy.context.scene.render.fps = 24
    bpy.ops.soliloquy.add_head()
    obj = bpy.context.view_layer.objects.active
    settings = bpy.context.scene.soliloquy
    settings.source.kind, settings.source.filepath = "FILE", str(samples.SOUND)
    settings.performance.model = "meshtalk"
    assert ANIMATE() == {"FINISHED"}
    first = {name: values(obj, name) for name in ("jawOpen", "eyeBlinkLeft", "browInnerUp")}
    assert NEW_TAKE() == {"FINISHED"}
    second = {name: values(obj, name) for name in first}
    assert first["jawOpen"].max() > 0.1
    assert np.corrcoef(first["jawOpen"], second["jawOpen"])[0, 1] > 0.8
    assert first["eyeBlinkLeft"].max() > 0.6
    assert np.corrcoef(first["eyeBlinkLeft"], second["eyeBlinkLeft"])[0, 1] < 0.8
    settings.eyes.drawn_blinks = True
    assert ANIMATE() == {"FINISHED"}
    drawn_ones = values(obj, "eyeBlinkLeft")
    assert np.abs(drawn_ones - second["eyeBlinkLeft"]).max() > 0.5
    assert np.corrcoef(values(obj, "jawOpen"), second["jawOpen"])[0, 1] > 0.99
    assert len(kept_takes(obj)) == 2


def test_models_on_the_command_line(noise, loudness, tmp_path, capsys):
    make_head()
    out = tmp_path / "o.blend"
    arguments = ["animate", "--audio", str(noise[0]), "--object", "Head", "--save", str(out)]
    assert main([*arguments, "--model", "meshtalk", "--sampling", "steady", "--drawn-blinks"]) == 0
    assert loudness[0]["model"] == "meshtalk"
    assert (loudness[0]["settings"].sampling, loudness[0]["settings"].drawn_blinks) == ("steady", True)
    assert main([*arguments, "--new-take"]) == 0
    assert (loudness[1]["model"], loudness[1]["seed"]) == ("expnet", 1)
    assert {action.name for action in bpy.data.actions} == {"rauschen – 话", "rauschen – 话 seed 1"}
    assert main([*arguments, "--sampling", "wild"]) == 2
    assert "invalid choice: 'wild'" in capsys.readouterr().err


def test_all_parts_are_animated_unless_some_are_named(noise, loudness, tmp_path, monkeypatch):
    parts = []
    monkeypatch.setattr("soliloquy.blender_addon.command_line.write", lambda job, motion: parts.append(job))
    make_head()
    arguments = ["animate", "--audio", str(noise[0]), "--object", "Head", "--save", str(tmp_path / "o.blend")]
    for more in ([], ["--model", "meshtalk"], ["--model", "meshtalk", "--parts", "Mouth"]):
        main([*arguments, *more])
    assert [job.output.parts for job in parts] == [
        ("Mouth", "Blink", "Gaze", "Brows", "Emotion", "Head"),
        ("Mouth", "Blink", "Gaze", "Brows", "Emotion", "Head"),
        ("Mouth",),
    ]


def test_manifests_name_model_style_and_seed(noise, loudness, tmp_path):
    make_head()
    rows = [
        {"audio": str(noise[0]), "object": "Head", "out": "a.blend", "model": "meshtalk", "seed": 3},
        {"audio": str(noise[0]), "out": "b.npz", "model": "meshtalk", "sampling": "lively"},
        {"audio": str(noise[0]), "out": "c.npz"},
        {"audio": str(noise[0]), "out": "d.npz", "sampling": "wild"},
    ]
    manifest, report = tmp_path / "rows.jsonl", tmp_path / "report.json"
    manifest.write_text("\n".join(json.dumps(row) for row in rows))
    assert main(["batch", str(manifest), "--report", str(report), "--sampling", "steady"]) == 1
    called = [(call["model"], call["settings"].sampling, call["seed"]) for call in loudness]
    assert called == [("meshtalk", "steady", 3), ("meshtalk", "lively", 0), ("expnet", "steady", 0)]
    made = json.loads(report.read_text())["rows"]
    assert "The sampling style is 'wild'" in made[3]["message"]
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "a.blend"))
    (facts,) = facts_of(bpy.data.actions[0])
    assert (facts.model, facts.sampling, facts.seed, facts.head) == ("meshtalk", "steady", 3, "Head")


def test_a_plan_for_vertices_rests_the_parts_that_are_off(performance):
    settings = bpy.context.scene.soliloquy
    settings.eyes.use = False
    job = plan(bpy.context)
    assert job.amounts.blink_amount == 1
    assert job.output.parts == ("Mouth", "Gaze", "Brows", "Emotion", "Head")
