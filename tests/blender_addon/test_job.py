# SPDX-License-Identifier: GPL-3.0-or-later
from types import SimpleNamespace

import bpy
import pytest
from soliloquy.blender_addon.job import compute, notes, plan, why_not, write
from soliloquy.blender_addon.target import target_object
from soliloquy.core.errors import InputError

from ..bake.heads import make_head


def test_a_deleted_object_among_the_selected_is_passed_over():
    """Right after an object was deleted in the window, Blender lists it as None."""
    head = make_head()
    objects = SimpleNamespace(selected=[None, head], active=None)
    context = SimpleNamespace(scene=bpy.context.scene, view_layer=SimpleNamespace(objects=objects))
    assert target_object(context) == head
    objects.selected = [None]
    assert target_object(context) is None


@pytest.fixture
def settings(head, noise):
    """The panel of a scene with a head and a sound file."""
    found = bpy.context.scene.soliloquy
    found.source.kind, found.source.filepath, found.source.start_frame = "FILE", str(noise[0]), 11
    yield found
    found.source.transcript_kind, found.source.transcript_text = "NONE", None
    found.source.transcript_filepath = ""
    found.mouth.articulation, found.output.use_phone_markers = 1.0, False
    bpy.context.scene.timeline_markers.clear()


def animated():
    job = plan(bpy.context)
    made = compute(job, lambda fraction: None, lambda: False)
    return notes(job, made, write(job, made))


def test_a_text_of_the_file_is_the_transcript(settings, loudness):
    settings.source.transcript_kind = "TEXT"
    assert why_not(bpy.context) == "No text is chosen as the transcript."
    text = bpy.data.texts.new("Said")
    text.write("Hello\nthere")
    settings.source.transcript_text = text
    settings.mouth.articulation = 0.25
    assert why_not(bpy.context) is None
    assert "Heard: Hello there." in animated()
    assert loudness[0]["settings"].articulation == 0.25
    bpy.data.texts.remove(text)
    with pytest.raises(InputError, match="No text is chosen"):
        plan(bpy.context)


def test_a_file_is_the_transcript(settings, loudness, tmp_path):
    settings.source.transcript_kind = "FILE"
    assert why_not(bpy.context) == "No transcript file is chosen."
    settings.source.transcript_filepath = str(tmp_path / "said.txt")
    with pytest.raises(InputError, match="Cannot read the transcript"):
        plan(bpy.context)
    (tmp_path / "said.txt").write_text("Hello there")
    assert "Heard: Hello there." in animated()
    settings.source.transcript_kind = "NONE"
    settings.head.use = False
    assert animated() == ()
    assert loudness[-1]["transcript"] is None


def test_phone_markers_are_written_where_they_are_wanted(settings, loudness):
    scene = bpy.context.scene
    fps = scene.render.fps / scene.render.fps_base
    animated()
    assert not scene.timeline_markers
    settings.output.use_phone_markers = True
    for _ in range(2):
        animated()
        assert [(marker.name, marker.frame) for marker in scene.timeline_markers] == [
            ("M", round(11 + 0.2 * fps)),
            ("AY", round(11 + 0.4 * fps)),
        ]
