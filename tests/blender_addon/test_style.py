# SPDX-License-Identifier: GPL-3.0-or-later
"""How a head speaks: chosen, mixed, read from performances, kept with the scene, on the command line."""

import json
import shutil
from dataclasses import replace
from types import SimpleNamespace

import bpy
import numpy as np
import pytest
from soliloquy import samples
from soliloquy.bake.takes import facts_of
from soliloquy.blender_addon import panels
from soliloquy.blender_addon.command_line import main
from soliloquy.blender_addon.kept_takes import kept_takes, words_for
from soliloquy.blender_addon.styles import models_with_styles, other_items, style_folder, style_items
from soliloquy.core.generate import styles
from soliloquy.core.generate.models import MODELS
from soliloquy.core.generate.style_presets import PRESETS
from soliloquy.core.generate.styles import STYLE_SIZE, Style, read_style, write_style
from soliloquy.core.motion import FaceMotion
from soliloquy.core.motion_files import write_csv, write_npz
from soliloquy.core.retarget.arkit import ARKIT_INDEX

from ..bake.heads import curves_of, make_head, snapshot
from .conftest import select

JAW = np.eye(len(ARKIT_INDEX), dtype=np.float32)[ARKIT_INDEX["jawOpen"]]
"""A face whose jaw is open."""

ANIMATE = bpy.ops.soliloquy.animate_from_audio
FROM_ACTION = bpy.ops.soliloquy.style_from_action
FROM_FILE = bpy.ops.soliloquy.style_from_file
DRAW = bpy.ops.soliloquy.draw_style
SAVE = bpy.ops.soliloquy.save_style
REMOVE = bpy.ops.soliloquy.remove_style


@pytest.fixture
def codes(monkeypatch):
    """Instead of the networks: a preset's code tells its place, and a performance's how far the face moves.

    The model "meshtalk" speaks in styles here, and "expnet" does not.
    """
    table = {name: np.full(STYLE_SIZE, index + 1.0).tolist() for index, name in enumerate(PRESETS)}
    monkeypatch.setattr(styles, "_preset_table", lambda *folder: {"family": "these", "codes": table})

    class Encoder:
        metadata = {"style_family": "these"}  # noqa: RUF012 (as `core.runtime.Network` has it)

        @staticmethod
        def run(expression):
            size = np.abs(expression).max() / np.abs(styles.styled_expression(JAW)).max()
            return [np.full((1, STYLE_SIZE), size, np.float32)]

    monkeypatch.setattr(styles, "load_network", lambda *path, **others: Encoder)
    for name, facts in list(MODELS.items()):
        monkeypatch.setitem(MODELS, name, replace(facts, takes_style=name == "meshtalk"))
    return table


@pytest.fixture
def style(head, file_source, loudness, codes):
    """The settings of the panel, with a model that speaks in styles."""
    bpy.context.scene.soliloquy.performance.model = "meshtalk"
    return bpy.context.scene.soliloquy.style


def performance(jaw=0.4, seconds=4.0, fps=30.0):
    motion = FaceMotion.still(round(seconds * fps), fps)
    motion.weights[:, ARKIT_INDEX["jawOpen"]] = jaw * np.abs(np.sin(motion.times * 7))
    return motion


def spoken(loudness):
    """Name and first number of the style that the generator was last asked for."""
    found = loudness[-1]["style"]
    return None if found is None else (found.name, round(float(found.code[0]), 4))


def test_presets_reach_the_generator_with_their_strength(style, loudness):
    assert ANIMATE() == {"FINISHED"}
    assert spoken(loudness) is None
    style.style, style.strength = "articulated", 1.25
    assert ANIMATE() == {"FINISHED"}
    assert spoken(loudness) == ("articulated", 2.0)
    assert loudness[-1]["settings"].style_strength == 1.25
    (facts,) = facts_of(bpy.data.actions[0])
    assert facts.style == "articulated 125%"
    style.strength = 0
    assert ANIMATE() == {"FINISHED"}
    assert spoken(loudness) is None
    assert facts_of(bpy.data.actions[0])[0].style == ""


def test_a_model_without_styles_is_asked_for_none(style, loudness):
    style.style = "calm"
    bpy.context.scene.soliloquy.performance.model = "expnet"
    assert ANIMATE() == {"FINISHED"}
    assert spoken(loudness) is None


def test_two_are_mixed(style, loudness):
    style.style, style.mix_with, style.share = "calm", "big", 0.25
    assert ANIMATE() == {"FINISHED"}
    assert spoken(loudness) == ("calm + big", 0.75 * 1 + 0.25 * 4)
    style.style = "neutral"
    assert ANIMATE() == {"FINISHED"}
    assert spoken(loudness) == ("neutral + big", 0.25 * 4)


def test_takes_and_parts_keep_the_style_and_tell_it(style, loudness):
    style.style = "one_sided"
    ANIMATE()
    assert bpy.ops.soliloquy.new_take() == {"FINISHED"}
    assert bpy.ops.soliloquy.animate_part(part="Mouth") == {"FINISHED"}
    assert [call["style"].name for call in loudness] == ["one_sided"] * 3
    words = [words_for(take.facts[0]) for take in kept_takes(bpy.data.objects["Head"])]
    assert words == ["MeshTalk, natural, one-sided, seed 0", "MeshTalk, natural, one-sided, seed 1"]


def test_takes_of_before_there_were_styles_are_read(style):
    ANIMATE()
    (action,) = bpy.data.actions
    facts = json.loads(action["soliloquy_takes"])
    del facts[0]["style"]
    action["soliloquy_takes"] = json.dumps(facts)
    assert words_for(kept_takes(bpy.data.objects["Head"])[0].facts[0]) == "MeshTalk, natural, seed 0"


def test_what_the_head_does_becomes_the_style(head, file_source, lively, codes, capfd):
    settings = bpy.context.scene.soliloquy
    assert ANIMATE() == {"FINISHED"}
    assert bpy.ops.soliloquy.new_take() == {"FINISHED"}
    first, second = (take.name for take in kept_takes(head))
    before = snapshot()
    assert FROM_ACTION() == {"FINISHED"}
    (own,) = settings.style.own
    assert (own.name, settings.style.style) == (second, own.identifier)
    assert own.source == f"Head: {second}"
    assert own.code[0] > 0.6
    # The model that acted speaks in no style.
    assert settings.performance.model == "meshtalk"
    assert "the model is MeshTalk, which speaks in styles" in capfd.readouterr().out
    assert FROM_ACTION(take=first) == {"FINISHED"}
    assert [each.name for each in settings.style.own] == [second, first]
    assert settings.style.style == settings.style.own[1].identifier
    assert snapshot() == before
    assert ANIMATE() == {"FINISHED"}
    assert lively[-1]["style"].name == first
    with pytest.raises(RuntimeError, match="gone"):
        FROM_ACTION(take="gone")


def test_a_head_that_does_nothing_has_no_style(style):
    with pytest.raises(RuntimeError, match="has no action that moves its face"):
        FROM_ACTION()
    select()
    assert not FROM_ACTION.poll()
    assert len(style.own) == 0


def test_files_give_styles(style, tmp_path, loudness):
    write_csv(tmp_path / "anna.csv", performance(0.4))
    write_npz(tmp_path / "bert.npz", performance(0.8))
    write_style(tmp_path / "carl.json", Style("carl", np.full(STYLE_SIZE, 0.25, np.float32)))
    for name in ("anna.csv", "bert.npz", "carl.json", "anna.csv"):
        assert FROM_FILE(filepath=str(tmp_path / name)) == {"FINISHED"}
    found = [(each.name, each.source, round(each.code[0], 1)) for each in style.own]
    assert found == [
        ("anna", "anna.csv", 0.4),
        ("bert", "bert.npz", 0.8),
        ("carl", "carl.json", 0.2),
        ("anna.001", "anna.csv", 0.4),
    ]
    assert style.style == style.own[3].identifier
    assert ANIMATE() == {"FINISHED"}
    assert spoken(loudness) == ("anna.001", round(style.own[3].code[0], 4))


def test_files_that_give_none_change_nothing(style, tmp_path):
    write_csv(tmp_path / "short.csv", performance(seconds=1.5))
    write_csv(tmp_path / "still.csv", performance(jaw=0.0))
    (tmp_path / "table.csv").write_text("a,b\n1,2\n")
    (tmp_path / "broken.npz").write_bytes(b"no archive")
    (tmp_path / "other.json").write_text("[1, 2]")
    (tmp_path / "bytes.csv").write_bytes(b"\x89\xff\x81" * 30)
    refused = {
        "short.csv": "lasts|too short",
        "still.csv": "hardly moves",
        "table.csv": "is not a Live Link Face recording",
        "broken.npz": "is not a motion",
        "other.json": "is not a style",
        "bytes.csv": "is not a Live Link Face recording",
        "gone.csv": "No performance at",
        "gone.json": "Cannot read",
        "speech.wav": "is no style and no performance",
    }
    for name, reason in refused.items():
        with pytest.raises(RuntimeError, match=reason):
            FROM_FILE(filepath=str(tmp_path / name))
    assert len(style.own) == 0
    assert style.style == "neutral"


def test_drawn_styles_are_told_by_their_seed(style):
    assert DRAW(seed=4) == {"FINISHED"}
    assert DRAW(seed=5) == {"FINISHED"}
    one, other = style.own
    assert (one.name, one.source) == ("Drawn 4", "drawn:4")
    assert np.allclose(one.code, styles.drawn_style(4).code)
    assert not np.allclose(one.code, other.code)


def test_one_undo_step_each(style):
    def state():
        settings = bpy.context.scene.soliloquy
        return settings.style.style, [each.name for each in settings.style.own], settings.performance.model

    bpy.context.scene.soliloquy.performance.model = "expnet"
    bpy.ops.ed.undo_push(message="before")
    before = state()
    DRAW(seed=4)
    bpy.ops.ed.undo_push(message="Draw Style")
    after = state()
    assert after == ("own_1", ["Drawn 4"], "meshtalk")
    bpy.ops.ed.undo()
    assert state() == before
    bpy.ops.ed.redo()
    assert state() == after


def test_own_styles_are_kept_with_the_file(style, tmp_path):
    DRAW(seed=4)
    DRAW(seed=9)
    style.own[1].name = "Ängstlich"
    style.mix_with = style.own[0].identifier
    codes = [each.code[:] for each in style.own]
    path = tmp_path / "kept.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.read_homefile(use_empty=True)
    bpy.ops.wm.open_mainfile(filepath=str(path))
    kept = bpy.context.scene.soliloquy.style
    assert [each.name for each in kept.own] == ["Drawn 4", "Ängstlich"]
    assert [each.code[:] for each in kept.own] == codes
    assert kept.own_style(kept.style).name == "Ängstlich"
    assert kept.own_style(kept.mix_with).name == "Drawn 4"


def test_removing_one_leaves_the_others_chosen(style):
    for seed in (1, 2, 3):
        DRAW(seed=seed)
    first, second, third = (each.identifier for each in style.own)
    style.style, style.mix_with = third, second
    assert REMOVE(style=first) == {"FINISHED"}
    assert style.own_style(style.style).name == "Drawn 3"
    assert REMOVE(style=second) == {"FINISHED"}
    assert style.mix_with == "nothing"
    assert REMOVE() == {"FINISHED"}
    assert style.style == "neutral"
    assert len(style.own) == 0
    with pytest.raises(RuntimeError, match="Only styles of your own"):
        REMOVE()
    # A later one is not taken for one that is gone.
    DRAW(seed=7)
    assert style.style == style.own[0].identifier


def test_styles_are_saved_as_they_are_mixed(style, tmp_path):
    with pytest.raises(RuntimeError, match="The style is neutral"):
        SAVE(filepath=str(tmp_path / "none.json"))
    style.style, style.mix_with, style.share = "calm", "articulated", 0.5
    with pytest.raises(RuntimeError, match="No file for the style"):
        SAVE()
    assert SAVE(filepath=str(tmp_path / "kept")) == {"FINISHED"}
    kept = read_style(tmp_path / "kept.json")
    assert kept.name == "kept"
    assert np.allclose(kept.code, 1.5)
    with pytest.raises(RuntimeError, match="Cannot write"):
        SAVE(filepath=str(tmp_path / "nowhere" / "kept.json"))


def test_all_there_is_can_be_chosen(style):
    assert style.bl_rna.properties["own"].fixed_type.properties["code"].array_length == STYLE_SIZE
    DRAW(seed=1)
    for items, first in ((style_items, "neutral"), (other_items, "nothing")):
        assert [item[0] for item in items(style, bpy.context)] == [first, *PRESETS, "own_1"]
    for name in ("neutral", *PRESETS, "own_1"):
        style.style = name
        assert style.style == name


class Layout:
    """Takes notes of what is drawn."""

    def __init__(self):
        self.drawn = []

    def row(self, **others):
        return self

    column = row

    def prop(self, owner, name, **others):
        self.drawn.append(name)

    def label(self, text, **others):
        self.drawn.append(text)

    def operator(self, name, text="", **others):
        self.drawn.append(text or name)
        return self

    def menu(self, name, **others):
        self.drawn.append(name)

    def separator(self):
        pass


def drawn(panel):
    layout = Layout()
    context = SimpleNamespace(
        scene=bpy.context.scene,
        view_layer=bpy.context.view_layer,
        preferences=SimpleNamespace(system=SimpleNamespace(ui_scale=1.0)),
        region=SimpleNamespace(width=300),
    )
    parts = {name: getattr(panel, name) for name in dir(panel) if name.startswith("_draw")}
    # Functions of the panel, as it would call them.
    bound = SimpleNamespace(layout=layout)
    for name, function in parts.items():
        setattr(bound, name, function.__get__(bound))
    panel.draw(bound, context)
    return layout.drawn


def test_the_panel_shows_what_can_be_chosen(style, lively):
    panel = panels.style.VIEW3D_PT_soliloquy_style
    found = drawn(panel)
    assert found[:3] == ["style", "mix_with", "strength"]
    assert {"SOLILOQUY_MT_style_from", "soliloquy.save_style"} < set(found)
    style.style, style.mix_with = "mumbling", "big"
    found = drawn(panel)
    assert {"share", "strength"} < set(found)
    assert PRESETS["mumbling"].looks.split()[0] in " ".join(found)
    DRAW(seed=3)
    found = drawn(panel)
    assert {"soliloquy.remove_style", "name", "drawn:3"} < set(found)
    assert not any("speaks in no style" in each for each in found)
    bpy.context.scene.soliloquy.performance.model = "expnet"
    assert "ExpNet speaks in no style: choose MeshTalk" in " ".join(drawn(panel))
    ANIMATE()
    (take,) = bpy.data.actions
    menu = drawn(panels.style.SOLILOQUY_MT_style_from)
    assert menu == ["What the Head Does Now", take.name, "File...", "A New One"]
    assert list(models_with_styles()) == ["meshtalk"]


def test_styles_on_the_command_line(noise, loudness, codes, tmp_path, capsys):
    head = make_head()
    select(head)
    DRAW(seed=6)
    bpy.context.scene.soliloquy.style.own[0].name = "Hero"
    write_csv(tmp_path / "anna.csv", performance(0.5))
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "opened.blend"))
    arguments = ["animate", "--audio", str(noise[0]), "--object", "Head"]
    arguments += ["--save", str(tmp_path / "o.blend"), "--model", "meshtalk"]
    # What the panel has chosen is not asked.
    assert main(arguments) == 0
    assert spoken(loudness) is None
    assert main([*arguments, "--style", "calm", "--mix-with", "big", "--style-share", "0.1"]) == 0
    assert spoken(loudness) == ("calm + big", 1.3)
    assert main([*arguments, "--style", "Hero", "--style-strength", "0.5"]) == 0
    assert spoken(loudness)[0] == "Hero"
    assert loudness[-1]["settings"].style_strength == 0.5
    assert main([*arguments, "--style", "//anna.csv"]) == 0
    assert spoken(loudness)[0] == "anna"
    assert spoken(loudness)[1] == pytest.approx(0.5, abs=0.01)
    capsys.readouterr()
    assert main([*arguments, "--style", "nobody"]) == 2
    assert "No style is called 'nobody'" in capsys.readouterr().err
    assert main([*arguments, "--style", "calm", "--mix-with", "big", "--style-share", "2"]) == 2
    assert "share is 2: expected a number from 0 to 1" in capsys.readouterr().err
    assert main([*arguments, "--style", "calm", "--style-strength", "2"]) == 2
    assert "style_strength is 2.0" in capsys.readouterr().err


def test_manifests_name_styles(noise, loudness, codes, tmp_path):
    make_head()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "opened.blend"))
    write_csv(tmp_path / "anna.csv", performance(0.5))
    rows = [
        {"style": "calm", "out": "a.blend", "object": "Head"},
        {"style": "anna.csv", "mix_with": "big", "style_share": 0.5, "out": "b.npz"},
        {"out": "c.npz", "style_strength": 0.5},
        {"style": "nobody", "out": "d.npz"},
        {"style": "calm", "mix_with": "big", "style_share": "2", "out": "e.npz"},
        {"style": "neutral", "out": "f.npz"},
        {"style_strength": "much", "out": "g.npz"},
    ]
    manifest, report = tmp_path / "rows.jsonl", tmp_path / "report.json"
    manifest.write_text("\n".join(json.dumps({"audio": str(noise[0]), **row}) for row in rows))
    arguments = ["batch", str(manifest), "--report", str(report), "--model", "meshtalk"]
    assert main([*arguments, "--style", "mumbling"]) == 1
    found = [(None if call["style"] is None else call["style"].name) for call in loudness]
    assert found == ["calm", "anna + big", "mumbling", None]
    assert loudness[1]["style"].code[0] == pytest.approx(0.5 * 0.5 + 0.5 * 4, abs=0.01)
    assert [call["settings"].style_strength for call in loudness] == [1, 1, 0.5, 1]
    made = json.loads(report.read_text())["rows"]
    assert [row["status"] for row in made] == [*["done"] * 3, "failed", "failed", "done", "failed"]
    assert "No style is called 'nobody'" in made[3]["message"]
    assert "expected a number from 0 to 1" in made[4]["message"]
    assert "style_strength is 'much': expected a number from 0 to 1.5." in made[6]["message"]
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "a.blend"))
    assert facts_of(bpy.data.actions[0])[0].style == "calm"
    assert curves_of(bpy.data.objects["Head"])


def test_style_networks_of_ones_own_read_performances(head, tmp_path):
    own = tmp_path / "own networks"
    shutil.copytree(styles.STYLE_FOLDER, own)
    table = json.loads((own / "presets.json").read_text(encoding="utf-8"))
    table["codes"]["calm"] = [0.5] * STYLE_SIZE
    (own / "presets.json").write_text(json.dumps(table), encoding="utf-8")
    settings = bpy.context.scene.soliloquy
    settings.style.style = "calm"
    settings.performance.model = "file"
    for path in (own / "decoder.onnx", own):
        settings.performance.model_file = str(path)
        assert style_folder(settings.performance) == own
        assert np.allclose(settings.chosen_style().code, 0.5)
    settings.performance.model = "hybrid"
    assert style_folder(settings.performance) == styles.STYLE_FOLDER
    assert not np.allclose(settings.chosen_style().code, 0.5)


def jaw(obj):
    return np.array([curves_of(obj)["jawOpen"].evaluate(frame) for frame in range(1, 240)])


def test_the_networks_themselves_speak_in_styles(tmp_path):
    """From the sample: a big mouth opens wider than a mumbling one, and is known again by what it does."""
    bpy.context.scene.render.fps = 24
    bpy.ops.soliloquy.add_head()
    obj = bpy.context.view_layer.objects.active
    settings = bpy.context.scene.soliloquy
    settings.source.kind, settings.source.filepath = "FILE", str(samples.SOUND)
    settings.performance.model = "hybrid"
    assert ANIMATE() == {"FINISHED"}
    neutral = jaw(obj)
    opened, codes = {}, {}
    for name in ("mumbling", "big"):
        settings.style.style = name
        assert bpy.ops.soliloquy.new_take() == {"FINISHED"}
        opened[name] = jaw(obj)
        assert FROM_ACTION() == {"FINISHED"}
        codes[name] = np.array(settings.style.own[-1].code)
        assert settings.style.own[-1].family == styles.preset_style(name).family
    assert opened["mumbling"].std() < neutral.std() < opened["big"].std()
    for name, code in codes.items():
        far = {other: np.linalg.norm(code - styles.preset_style(other).code) for other in codes}
        assert min(far, key=far.__getitem__) == name, far
    # No strength is no style, to the bit.
    settings.style.style, settings.style.strength = "big", 0
    settings.performance.seed = 0
    assert ANIMATE() == {"FINISHED"}
    assert np.array_equal(jaw(obj), neutral)
