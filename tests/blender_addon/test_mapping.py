# SPDX-License-Identifier: GPL-3.0-or-later
"""Which keys are driven by what: found, edited in the list, kept with the object, saved as presets."""

import json
from types import SimpleNamespace

import bpy
import numpy as np
import pytest
from soliloquy.blender_addon import panels
from soliloquy.blender_addon.job import compute, notes, plan, why_not, write
from soliloquy.blender_addon.mapping import KeySettings, _matching_channels, detected, in_use, mapping_of
from soliloquy.core.retarget.channels import CHANNELS

from ..bake.heads import curves_of, make_head
from .conftest import select

ANIMATE = bpy.ops.soliloquy.animate_from_audio
FIND = bpy.ops.soliloquy.find_keys
VISEMES = ("sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR", "aa", "E", "I", "O", "U")
OCULUS = tuple(f"viseme_{name}" for name in VISEMES)


@pytest.fixture
def visemes(file_source, lively):
    """A head with fifteen visemes and no ARKit shapes, selected; the sound of the panel is noise."""
    obj = make_head(OCULUS)
    select(obj)
    return obj


def row(obj, key):
    return obj.soliloquy_keys[key]


def test_names_are_found_by_themselves(visemes):
    assert mapping_of(visemes) is None
    assert "15 of 15" in in_use(visemes)
    assert why_not(bpy.context) is None
    assert len(visemes.soliloquy_keys) == 0


def test_find_keys_lists_every_key(visemes):
    assert FIND() == {"FINISHED"}
    assert visemes.soliloquy_mapping == "CHOSEN"
    assert [each.name for each in visemes.soliloquy_keys] == list(OCULUS)
    assert row(visemes, "viseme_aa").channel == "Oculus aa"
    assert row(visemes, "viseme_aa").use
    assert row(visemes, "viseme_aa").confidence > 0.8
    found = mapping_of(visemes)
    assert found.keys == detected(visemes).keys
    assert found.method == "auto"


def test_find_keys_keeps_what_was_edited(visemes):
    FIND()
    row(visemes, "viseme_aa").gain = 0.5
    row(visemes, "viseme_U").channel = ""
    visemes.shape_key_add(name="viseme_new", from_mix=False)
    visemes.shape_key_remove(visemes.data.shape_keys.key_blocks["viseme_kk"])
    assert "Keys that are not in the list: 1." in " ".join(
        drawn(panels.mapping.VIEW3D_PT_soliloquy_mapping, visemes)
    )
    assert FIND() == {"FINISHED"}
    names = [each.name for each in visemes.soliloquy_keys]
    assert names == [name for name in OCULUS if name != "viseme_kk"] + ["viseme_new"]
    assert (row(visemes, "viseme_aa").gain, row(visemes, "viseme_U").channel) == (0.5, "")
    assert FIND(start_over=True) == {"FINISHED"}
    assert (row(visemes, "viseme_aa").gain, row(visemes, "viseme_U").channel) == (1.0, "Oculus U")


def test_what_is_edited_is_what_drives(visemes):
    FIND()
    edited = row(visemes, "viseme_aa")
    edited.gain, edited.offset, edited.invert, edited.use = 0.5, 0.25, True, False
    row(visemes, "viseme_O").channel = "jawOpen"
    visemes.soliloquy_method = "names"
    keys = {key.key: key for key in mapping_of(visemes).keys}
    changed = keys["viseme_aa"]
    assert (changed.gain, changed.offset, changed.invert, changed.use) == (0.5, 0.25, True, False)
    assert keys["viseme_O"].channel == "jawOpen"
    assert mapping_of(visemes).method == "names"


def test_a_method_without_a_list(visemes):
    visemes.soliloquy_method = "names"
    assert mapping_of(visemes).method == "names"
    assert mapping_of(visemes).keys == detected(visemes).keys


@pytest.mark.parametrize("is_used", [True, False])
def test_a_row_that_is_switched_off_gets_no_keys(visemes, is_used):
    FIND()
    visemes.soliloquy_method = "names"
    row(visemes, "viseme_aa").use = is_used
    assert ANIMATE() == {"FINISHED"}
    assert ("viseme_aa" in curves_of(visemes)) == is_used
    assert "viseme_O" in curves_of(visemes)


def test_who_switches_a_key_off_is_not_told_that_it_lacks(head, file_source, lively):
    def told():
        job = plan(bpy.context)
        return " ".join(
            notes(job, made := compute(job, lambda fraction: None, lambda: False), write(job, made))
        )

    head.shape_key_remove(head.data.shape_keys.key_blocks["mouthShrugLower"])
    FIND()
    row(head, "mouthShrugUpper").use = False
    said = told()
    assert "lacks mouthShrugLower." in said
    assert "mouthShrugUpper" not in said


def test_a_gain_is_in_the_keys(visemes):
    FIND()
    visemes.soliloquy_method = "names"
    ANIMATE()
    before = values(visemes, "viseme_aa")
    row(visemes, "viseme_aa").gain = 0.5
    ANIMATE()
    assert before.max() > 0.2
    assert values(visemes, "viseme_aa") == pytest.approx(0.5 * before, abs=0.03)


def test_channels_that_are_not_known_are_named(visemes):
    FIND()
    row(visemes, "viseme_aa").channel = "Oculus xx"
    reason = why_not(bpy.context)
    assert "viseme_aa" in reason
    assert "Oculus xx" in reason
    with pytest.raises(RuntimeError, match="Oculus xx"):
        ANIMATE()


def test_a_list_without_any_key_in_use_is_refused(visemes):
    FIND()
    for each in visemes.soliloquy_keys:
        each.use = False
    assert "uses none of its keys" in why_not(bpy.context)


def test_one_undo_step(visemes):
    bpy.ops.ed.undo_push(message="before")
    FIND()
    bpy.ops.ed.undo_push(message="Find Keys")
    row(visemes, "viseme_aa").gain = 0.5
    bpy.ops.ed.undo_push(message="Gain")
    bpy.ops.ed.undo()
    obj = bpy.data.objects["Head"]
    assert obj.soliloquy_mapping == "CHOSEN"
    assert row(obj, "viseme_aa").gain == 1.0
    bpy.ops.ed.undo()
    obj = bpy.data.objects["Head"]
    assert obj.soliloquy_mapping == "AUTOMATIC"
    assert len(obj.soliloquy_keys) == 0


def test_a_mapping_survives_save_and_load(visemes, tmp_path):
    FIND()
    row(visemes, "viseme_aa").gain = 0.5
    row(visemes, "viseme_O").channel = "mouthFunnel"
    visemes.soliloquy_method = "shapes"
    before = mapping_of(visemes)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "head.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "head.blend"))
    assert mapping_of(bpy.data.objects["Head"]) == before


def test_a_mapping_in_a_library_override(tmp_path):
    make_head(OCULUS)
    chosen = make_head(OCULUS, name="Chosen")
    select(chosen)
    FIND()
    row(chosen, "viseme_O").gain = 0.5
    library = str(tmp_path / "library.blend")
    bpy.ops.wm.save_as_mainfile(filepath=library)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    with bpy.data.libraries.load(library, link=True) as (_, target):
        target.objects = ["Head", "Chosen"]
    for each in target.objects:
        bpy.context.scene.collection.objects.link(each)
        select(each)
        with pytest.raises(RuntimeError, match="library override"):
            FIND()
        own = each.override_hierarchy_create(bpy.context.scene, bpy.context.view_layer)
        select(own)
        assert FIND() == {"FINISHED"}
        row(own, "viseme_aa").gain = 0.25
        row(own, "viseme_U").channel = "mouthPucker"
        row(own, "viseme_E").use = False
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "shot.blend"))
    for name in ("Head", "Chosen"):
        own = bpy.data.objects[name, None]
        assert own.override_library is not None
        keys = {key.key: key for key in mapping_of(own).keys}
        assert list(keys) == list(OCULUS)
        assert keys["viseme_aa"].gain == 0.25
        assert keys["viseme_U"].channel == "mouthPucker"
        assert not keys["viseme_E"].use
        assert keys["viseme_O"].gain == (0.5 if name == "Chosen" else 1.0)
        select(own)
        # What the library's own file chose cannot be taken out, but it is written anew.
        assert FIND(start_over=True) == {"FINISHED"}
        assert mapping_of(own).keys == detected(own).keys


def test_presets_are_for_others_with_the_same_keys(visemes, tmp_path):
    FIND()
    row(visemes, "viseme_aa").gain = 0.5
    visemes.soliloquy_method = "shapes"
    before = mapping_of(visemes)
    path = tmp_path / "preset.json"
    assert bpy.ops.soliloquy.save_mapping(filepath=str(path)) == {"FINISHED"}
    assert "viseme_aa" in json.dumps(json.loads(path.read_text(encoding="utf-8")))
    other = make_head((*OCULUS[:-1], "wrinkle"), name="Other")
    select(other)
    bpy.ops.ed.undo_push(message="before")
    assert bpy.ops.soliloquy.load_mapping(filepath=str(path)) == {"FINISHED"}
    found = mapping_of(other)
    assert found.method == "shapes"
    assert found.keys[:-1] == before.keys[:-1]
    assert (found.keys[-1].key, found.keys[-1].use) == ("wrinkle", False)


def test_presets_that_do_not_fit_change_nothing(visemes, tmp_path):
    path = tmp_path / "preset.json"
    bpy.ops.soliloquy.save_mapping(filepath=str(path))
    other = make_head(("jawOpen", "mouthClose"), name="Other")
    select(other)
    with pytest.raises(RuntimeError, match="fits none of the 2 keys"):
        bpy.ops.soliloquy.load_mapping(filepath=str(path))
    path.write_text("no JSON")
    with pytest.raises(RuntimeError, match=r"preset\.json"):
        bpy.ops.soliloquy.load_mapping(filepath=str(path))
    with pytest.raises(RuntimeError, match="No file for the preset"):
        bpy.ops.soliloquy.load_mapping()
    assert other.soliloquy_mapping == "AUTOMATIC"
    assert len(other.soliloquy_keys) == 0


def test_presets_without_a_head():
    assert not bpy.ops.soliloquy.save_mapping.poll()
    assert not bpy.ops.soliloquy.load_mapping.poll()
    with pytest.raises(RuntimeError, match="No head is selected"):
        FIND()


def test_channels_are_searched_by_all_that_is_known_of_them():
    def found(typed):
        return [name for name, _ in _matching_channels(None, bpy.context, typed)]

    assert found("") == list(CHANNELS)
    assert "jawOpen" in found("jaw")
    assert set(found("oculus aa")) >= {"Oculus aa"}
    assert all(CHANNELS[name].convention != "ARKit" for name in found("oculus"))
    # By what they mean, too.
    assert len(found("mouthFunnel")) > 1
    assert found("no such channel") == []
    notes = dict(_matching_channels(None, bpy.context, "oculus aa"))
    assert "jawOpen" in notes["Oculus aa"]
    assert dict(_matching_channels(None, bpy.context, "jawOpen"))["jawOpen"] == ""


def test_rows_hold_what_a_mapped_key_holds():
    from dataclasses import fields

    from soliloquy.core.retarget.mapping import MappedKey

    own = set(KeySettings.__annotations__) | {"key"}
    assert own == {each.name for each in fields(MappedKey)}


def values(obj, name):
    """What a shape key does in the frames of the speech."""
    return np.array([curves_of(obj)[name].evaluate(frame) for frame in range(1, 100)])


class Filter:
    """A UIList as its filter sees it."""

    bitflag_filter_item = 1 << 30

    def __init__(self, name="", alphabetical=False):
        self.filter_name, self.use_filter_sort_alpha = name, alphabetical


def test_the_list_is_searched_by_keys_and_channels_and_sorted(visemes):
    FIND()
    row(visemes, "viseme_O").channel = "jawOpen"

    def shown(**asked):
        view = Filter(**asked)
        flags, order = panels.mapping.SOLILOQUY_UL_keys.filter_items(
            view, bpy.context, visemes, "soliloquy_keys"
        )
        kept = [bool(flag & view.bitflag_filter_item) for flag in flags] or [True] * len(OCULUS)
        return [name for name, is_kept in zip(OCULUS, kept, strict=True) if is_kept], order

    assert shown()[0] == list(OCULUS)
    assert shown(name="viseme_a")[0] == ["viseme_aa"]
    assert shown(name="jawopen")[0] == ["viseme_O"]
    order = shown(alphabetical=True)[1]
    assert [OCULUS[order.index(place)] for place in range(15)] == sorted(OCULUS, key=str.lower)


class Layout:
    """Takes notes of what is drawn."""

    def __init__(self, notes):
        self.notes = notes

    def row(self, **others):
        return Layout(self.notes)

    split = column = box = row

    def prop(self, owner, name, text=None, **others):
        self.notes += [text or name, name]

    def label(self, text="", **others):
        self.notes.append(text)

    def progress(self, text="", **others):
        self.notes.append(text)

    def operator(self, name, **others):
        self.notes.append(name)
        return self

    def template_list(self, kind, *others, **more):
        self.notes.append(kind)


def drawn(panel, obj):
    notes = []
    context = SimpleNamespace(
        scene=bpy.context.scene,
        view_layer=bpy.context.view_layer,
        preferences=SimpleNamespace(system=SimpleNamespace(ui_scale=1.0)),
        region=SimpleNamespace(width=3000),
    )
    shown = SimpleNamespace(layout=Layout(notes))
    for name in ("_draw_bones", "_draw_keys", "_draw_companions", "_draw_marks"):
        if hasattr(panel, name):
            setattr(shown, name, getattr(panel, name).__get__(shown))
    panel.draw(shown, context)
    return notes


def test_the_panel_shows_the_list_where_it_is_chosen(visemes):
    panel = panels.mapping.VIEW3D_PT_soliloquy_mapping
    found = drawn(panel, visemes)
    assert "15 of 15" in " ".join(found)
    assert "SOLILOQUY_UL_keys" not in found
    assert {"soliloquy.find_keys", "soliloquy.measure_face", "soliloquy.save_mapping"} <= set(found)
    FIND()
    found = drawn(panel, visemes)
    assert {"SOLILOQUY_UL_keys", "channel", "gain", "offset", "invert", "confidence"} <= set(found)
    target = " ".join(drawn(panels.target.VIEW3D_PT_soliloquy_target, visemes))
    assert "14 of 15 keys" in target  # the viseme of silence is the face at rest
