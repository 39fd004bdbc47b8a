# SPDX-License-Identifier: GPL-3.0-or-later
"""Head, gaze and rigs on Blender's command line and in manifests."""

import json

import bpy
import numpy as np
import pytest
from soliloquy.blender_addon.command_line import main
from soliloquy.blender_addon.rig import choose, rig_of

from .characters import groups, keyed, make_character


@pytest.fixture
def opened(tmp_path, noise, lively):
    """A .blend file with a character, a camera and an aim, saved and open; its path and the sound's."""
    make_character()
    scene = bpy.context.scene
    scene.camera = bpy.data.objects.new("Film", bpy.data.cameras.new("Film"))
    aim = bpy.data.objects.new("Aim / left", None)
    for obj, place in ((scene.camera, (0, -4, 1.7)), (aim, (4, -4, 1.7))):
        obj.location = place
        scene.collection.objects.link(obj)
    path = tmp_path / "scene.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    return ["animate", "--audio", str(noise[0]), "--object", "Anna", "--save", str(tmp_path / "out.blend")]


def animated(tmp_path):
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "out.blend"))
    return bpy.data.objects["Anna Rig"]


def bones(rig):
    return {path.split('"')[1]: group for path, _, group in keyed(rig)}


def test_everything_moves_by_default(opened, tmp_path, lively):
    assert main(opened) == 0
    rig = animated(tmp_path)
    assert bones(rig) == {"head": "Head", "neck": "Head", "eye.L": "Gaze", "eye.R": "Gaze"}
    assert groups(bpy.data.objects["Anna"].data.shape_keys) == {"Mouth", "Blink", "Gaze", "Brows"}
    assert lively[0]["look_at"] is None


def test_styles_and_amounts(opened, lively):
    arguments = ["--head-style", "lively", "--head-amount", "0.5", "--gaze-amount", "0.25", "--accents", "2"]
    assert main([*opened, *arguments]) == 0
    amounts = lively[0]["settings"]
    assert (amounts.head_style, amounts.head_amount) == ("lively", 0.5)
    assert (amounts.gaze_amount, amounts.accents) == (0.25, 2)


def test_rigs_by_their_names(opened, tmp_path):
    arguments = ["--head-bone", "Anna Rig/spine", "--neck-bone", "Anna Rig/hips", "--neck-share", "0.5"]
    arguments += ["--eye-bones", "Anna Rig/eye.R", "Anna Rig/eye.L", "--facing=Y", "--gaze-on", "bones"]
    assert main([*opened, *arguments]) == 0
    assert set(bones(animated(tmp_path))) == {"spine", "hips", "eye.L", "eye.R"}
    assert "Gaze" not in groups(bpy.data.objects["Anna"].data.shape_keys)


def test_an_object_turns_too(opened, tmp_path):
    assert main([*opened, "--head-bone", "Aim / left", "--parts", "Head"]) == 0
    assert animated(tmp_path).animation_data is None
    assert groups(bpy.data.objects["Aim / left"]) == {"Head"}
    assert bpy.data.objects["Anna"].data.shape_keys.animation_data is None


def test_the_choice_of_the_panel_holds(opened, tmp_path):
    anna = bpy.data.objects["Anna"]
    choose(anna, rig_of(anna))
    anna.soliloquy_head_bone, anna.soliloquy_neck = "spine", None
    assert main([*opened, "--parts", "Head"]) == 0
    assert set(bones(animated(tmp_path))) == {"spine"}


@pytest.mark.parametrize(("name", "yaw"), [("camera", 0), ("Film", 0), ("Aim / left", 46)])
def test_look_at(name, yaw, opened, lively):
    assert main([*opened, "--look-at", name]) == 0
    assert np.degrees(lively[0]["look_at"].directions[0, 0]) == pytest.approx(yaw, abs=3)


def test_adding_and_limits(opened, tmp_path):
    assert main([*opened, "--head-mode", "add", "--head-limits", "5", "5", "5", "--parts", "Head"]) == 0
    values = [abs(value) for keys in keyed(animated(tmp_path)).values() for _, value in keys]
    assert max(value for value in values if value < 0.9) < np.radians(5)


def test_what_is_not_there_is_refused(opened, tmp_path, lively, capsys):
    cases = {
        "There is no object or bone 'Anna Rig/nose'": ["--head-bone", "Anna Rig/nose"],
        "There is no object or bone 'nobody'": ["--eye-bones", "Anna Rig/eye.L", "nobody"],
        "There is no object 'nobody' that the eyes could look at": ["--look-at", "nobody"],
        "The neck's share is 2": ["--neck-share", "2"],
        "head_amount is 3": ["--head-amount", "3"],
        "gaze_amount is -1": ["--gaze-amount", "-1"],
        "invalid choice: 'wild'": ["--head-style", "wild"],
        "invalid choice: 'Nose'": ["--parts", "Nose"],
        "is both": ["--neck-bone", "Anna Rig/head"],
    }
    for message, arguments in cases.items():
        assert main([*opened, *arguments]) == 2, message
        error = capsys.readouterr().err
        assert message in error
        assert error.count("\n") == 1
    bpy.context.scene.camera = None
    assert main([*opened, "--look-at", "camera"]) == 2
    assert "no camera" in capsys.readouterr().err
    assert not (tmp_path / "out.blend").exists()
    assert not lively


def test_manifests(opened, tmp_path, noise, lively):
    rows = [
        {
            "out": "a.blend",
            "object": "Anna",
            "head_style": "calm",
            "head_amount": 0.5,
            "look_at": "Aim / left",
        },
        {"out": "b.blend", "object": "Anna", "gaze_amount": 0, "accents": "1.5"},
        {"out": "c.blend", "head": "yes", "head_style": "Emphatic"},
        {"out": "d.npz", "head_style": "reading"},
        {"out": "e.npz", "look_at": "camera"},
        {"out": "f.npz", "head_amount": "much"},
        {"out": "g.npz", "head_style": "wild"},
        {"out": "h.blend", "object": "Anna", "look_at": "nobody"},
    ]
    manifest, report = tmp_path / "rows.jsonl", tmp_path / "report.json"
    manifest.write_text("\n".join(json.dumps({"audio": str(noise[0]), **row}) for row in rows))
    arguments = ["--head-style", "lively", "--head-bone", "Anna Rig/head", "--look-at", "camera"]
    # The camera is one of the file's, which Soliloquy's own head has not.
    assert main(["batch", str(manifest), "--report", str(report), *arguments]) == 1
    made = json.loads(report.read_text())["rows"]
    assert [row["status"] for row in made] == ["done", "done", "failed", "done", *["failed"] * 4]
    assert "no camera" in made[2]["message"]
    assert "look_at names something of a .blend file" in made[4]["message"]
    assert "head_amount is 'much'" in made[5]["message"]
    assert "The head style is 'wild'" in made[6]["message"]
    assert "no object 'nobody'" in made[7]["message"]
    styles = [call["settings"].head_style for call in lively]
    assert styles == ["calm", "lively", "reading"]
    assert [call["settings"].head_amount for call in lively] == [0.5, 1, 1]
    assert (lively[1]["settings"].gaze_amount, lively[1]["settings"].accents) == (0, 1.5)
    assert np.degrees(lively[0]["look_at"].directions[0, 0]) == pytest.approx(46, abs=3)
    assert main(["batch", str(manifest), "--head-bone", "Anna Rig/head"]) == 1
    assert (tmp_path / "c.blend").exists()
    assert lively[-1]["settings"].head_style == "emphatic"


def test_parts_alone_keep_the_others(opened, tmp_path):
    assert main(opened) == 0
    rig = animated(tmp_path)
    before, face = keyed(rig), keyed(bpy.data.objects["Anna"].data.shape_keys)
    assert main([*opened, "--parts", "Head", "--seed", "5"]) == 0
    rig = animated(tmp_path)
    after = keyed(rig)
    assert keyed(bpy.data.objects["Anna"].data.shape_keys) == face
    assert {each: keys for each, keys in after.items() if each[2] == "Gaze"} == {
        each: keys for each, keys in before.items() if each[2] == "Gaze"
    }
    assert after != before
