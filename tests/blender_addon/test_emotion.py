# SPDX-License-Identifier: GPL-3.0-or-later
"""What the face feels: sliders of the object, markers, the panel and the command line, up to the keys."""

from dataclasses import replace
from types import SimpleNamespace

import bpy
import numpy as np
import pytest
from soliloquy.bake.action import assigned_channels
from soliloquy.bake.layers import layers_played
from soliloquy.blender_addon import panels
from soliloquy.blender_addon.command_line import main
from soliloquy.blender_addon.emotion_sliders import SLIDERS, path_of
from soliloquy.blender_addon.job import compute, plan
from soliloquy.core.generate.emotion.directions import EMOTIONS, EmotionDirections, EmotionTag
from soliloquy.core.head import load_head
from soliloquy.core.motion import FaceMotion
from soliloquy.core.retarget.arkit import ARKIT_INDEX

from ..bake.heads import curves_of, make_head, snapshot
from .conftest import select

ANIMATE = bpy.ops.soliloquy.animate_from_audio
PART = bpy.ops.soliloquy.animate_part
ADD = bpy.ops.soliloquy.add_emotion_sliders
REMOVE = bpy.ops.soliloquy.remove_emotion_sliders

JAW, SMILE, BROW = (ARKIT_INDEX[name] for name in ("jawOpen", "mouthSmileLeft", "browInnerUp"))


@pytest.fixture
def feeling(monkeypatch):
    """Instead of the networks: a jaw that moves, a smile as asked for, and a brow as the voice has it.

    The list holds the arguments of each call.
    """
    calls = []

    def animate(source, *, fps, settings=None, emotions=None, **others):
        list(source)
        calls.append({**others, "settings": settings, "emotions": emotions})
        motion = FaceMotion.still(100, fps)
        motion.weights[:, JAW] = 0.3 + 0.2 * np.sin(np.arange(100) * 0.4)
        motion.head_rotation[:, 0] = 0.2 * np.sin(np.arange(100) * 0.1)
        emotion = np.zeros_like(motion.weights)
        emotion[:, BROW] = 0.2 * settings.voice_emotion
        emotion[:, JAW] = -0.05 * settings.idle_amount
        if emotions is not None:
            emotion[:, SMILE] = 0.5 * emotions.at(motion.times)[0][:, EMOTIONS.index("happiness")]
        return replace(motion, weights=motion.weights + emotion, emotion=emotion if emotion.any() else None)

    monkeypatch.setattr("soliloquy.core.generate.animate", animate)
    return calls


@pytest.fixture
def settings(head, file_source, feeling):
    bpy.context.scene.render.fps = 25
    return bpy.context.scene.soliloquy.emotion


def asked(feeling, seconds):
    """Intensities that the generator was last asked for at some seconds, by emotion, without those at 0."""
    intensities, _ = feeling[-1]["emotions"].at(np.array(seconds, float))
    return {name: each.tolist() for name, each in zip(EMOTIONS, intensities.T, strict=True) if each.any()}


def values(head, name, frames=range(1, 101)):
    curves = curves_of(head)
    return np.array([curves[name].evaluate(frame) if name in curves else 0.0 for frame in frames])


def key(head, name, frame, value):
    head[SLIDERS[name]] = value
    assert head.keyframe_insert(path_of(SLIDERS[name]), frame=frame)


def linear(head):
    for curve in assigned_channels(head).values():
        for point in curve.keyframe_points:
            point.interpolation = "LINEAR"


def test_nothing_is_asked_for_by_itself(settings, head, feeling):
    assert ANIMATE() == {"FINISHED"}
    assert feeling[-1]["emotions"] is None
    amounts = feeling[-1]["settings"]
    assert (amounts.voice_emotion, amounts.idle_amount) == (1, 1)
    ADD()
    assert ANIMATE() == {"FINISHED"}
    assert feeling[-1]["emotions"] is None


def test_sliders_are_properties_like_any_other(settings, head):
    head["my own"] = 3.0
    assert ADD() == {"FINISHED"}
    assert set(head.keys()) >= {*SLIDERS.values(), "my own"}
    for name in SLIDERS.values():
        facts = head.id_properties_ui(name).as_dict()
        assert (facts["min"], facts["max"], facts["default"]) == (0, 1, 0)
        assert facts["description"]
    key(head, "anger", 10, 0.7)
    head["my own"] = 4.0
    head.keyframe_insert('["my own"]', frame=5)
    head.driver_add(path_of(SLIDERS["fear"]))
    # What is there stays.
    assert ADD() == {"FINISHED"}
    assert head[SLIDERS["anger"]] == pytest.approx(0.7)
    assert REMOVE() == {"FINISHED"}
    assert not set(head.keys()) & set(SLIDERS.values())
    assert set(assigned_channels(head)) == {('["my own"]', 0)}
    assert len(head.animation_data.drivers) == 0


def test_sliders_need_a_head(settings):
    select()
    for operator in (ADD, REMOVE):
        with pytest.raises(RuntimeError, match="No head is selected"):
            operator()


def test_overrides_keep_what_their_library_has(settings, head, tmp_path):
    bpy.ops.wm.read_homefile(use_empty=True)
    for name, has in (("Plain", False), ("Has", True)):
        each = make_head(name=name)
        if has:
            select(each)
            ADD()
    path = str(tmp_path / "library.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.read_homefile(use_empty=True)
    with bpy.data.libraries.load(path, link=True) as (_, chosen):
        chosen.objects = ["Plain", "Has"]
    for each in chosen.objects:
        override = each.override_create(remap_local_usages=True)
        bpy.context.scene.collection.objects.link(override)
    plain, has = (bpy.data.objects[name, None] for name in ("Plain", "Has"))
    select(plain)
    with pytest.raises(RuntimeError, match="'Plain' is a library override, which keeps no new properties"):
        ADD()
    select(has)
    key(has, "anger", 7, 0.5)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "shot.blend"))
    has = bpy.data.objects["Has", None]
    assert has[SLIDERS["anger"]] == pytest.approx(0.5)
    assert snapshot_of(assigned_channels(has)[path_of(SLIDERS["anger"]), 0]) == [(7, 0.5)]


def test_overrides_keep_sliders_that_would_come_back(settings, tmp_path):
    ADD()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "library.blend"))
    bpy.ops.wm.read_homefile(use_empty=True)
    with bpy.data.libraries.load(str(tmp_path / "library.blend"), link=True) as (_, chosen):
        chosen.objects = ["Head"]
    override = chosen.objects[0].override_create(remap_local_usages=True)
    bpy.context.scene.collection.objects.link(override)
    select(override)
    with pytest.raises(RuntimeError, match="'Head' is a library override, whose sliders come back"):
        REMOVE()
    assert set(SLIDERS.values()) <= set(override.keys())


def test_keys_that_another_head_plays_too_stay(settings, head):
    ADD()
    key(head, "anger", 10, 0.7)
    other = make_head(name="Other")
    select(other)
    ADD()
    other.animation_data_create()
    for name in ("action", "action_slot"):
        if hasattr(head.animation_data, name):
            setattr(other.animation_data, name, getattr(head.animation_data, name))
    assert REMOVE() == {"FINISHED"}
    assert not set(other.keys()) & set(SLIDERS.values())
    assert set(assigned_channels(head)) == {(path_of(SLIDERS["anger"]), 0)}
    other.animation_data_clear()
    select(head)
    REMOVE()
    assert not assigned_channels(head)


def test_keys_in_another_file_stay_there(settings, head, tmp_path):
    ADD()
    key(head, "anger", 10, 0.7)
    head.animation_data.action.name = "Feelings"
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "library.blend"), copy=True)
    REMOVE()
    with bpy.data.libraries.load(str(tmp_path / "library.blend"), link=True) as (_, chosen):
        chosen.actions = ["Feelings"]
    ADD()
    head.animation_data.action = chosen.actions[0]
    if hasattr(head.animation_data, "action_slot"):
        head.animation_data.action_slot = chosen.actions[0].slots[0]
    assert REMOVE() == {"FINISHED"}
    assert set(assigned_channels(head)) == {(path_of(SLIDERS["anger"]), 0)}


def test_one_undo_step_each(settings):
    def there():
        return sum(name in bpy.data.objects["Head"] for name in SLIDERS.values())

    bpy.ops.ed.undo_push(message="before")
    ADD()
    bpy.ops.ed.undo_push(message="Add Emotion Sliders")
    REMOVE()
    bpy.ops.ed.undo_push(message="Remove Emotion Sliders")
    assert there() == 0
    bpy.ops.ed.undo()
    assert there() == len(SLIDERS)
    bpy.ops.ed.undo()
    assert there() == 0


def test_keyed_sliders_are_read_frame_by_frame(settings, head, feeling):
    ADD()
    key(head, "happiness", 1, 0.0)
    key(head, "happiness", 51, 1.0)
    linear(head)
    head[SLIDERS["sadness"]] = 0.25
    assert ANIMATE() == {"FINISHED"}
    found = asked(feeling, (0, 1, 1.5, 2, 3))
    assert found["happiness"] == pytest.approx((0, 0.5, 0.75, 1, 1), abs=1e-4)
    assert found["sadness"] == pytest.approx([0.25] * 5)
    assert values(head, "mouthSmileLeft", (1, 26, 51)) == pytest.approx((0, 0.25, 0.5), abs=1e-3)


def push_down(obj, start=1):
    """Put what an object plays into an NLA strip, as animators do."""
    animation = obj.animation_data
    strip = animation.nla_tracks.new().strips.new("Feelings", start, animation.action)
    animation.action = None
    return strip


@pytest.mark.parametrize("frame", [1, 26])
def test_sliders_in_the_nla_are_read_frame_by_frame(settings, head, feeling, frame):
    ADD()
    key(head, "happiness", 1, 0.0)
    key(head, "happiness", 51, 1.0)
    linear(head)
    strip = push_down(head, start=11)
    key(head, "fear", 1, 0.75)
    head[SLIDERS["sadness"]] = 0.25
    driver = head.driver_add(path_of(SLIDERS["surprise"])).driver
    driver.expression = "0.5"
    head.modifiers.new("Smooth", "SUBSURF")
    bpy.context.scene.frame_set(frame)
    datablocks = [len(each) for each in (bpy.data.objects, bpy.data.meshes, bpy.data.scenes)]
    assert ANIMATE() == {"FINISHED"}
    found = asked(feeling, (0, 0.4, 1.4, 2.4, 3))
    assert found["happiness"] == pytest.approx((0, 0, 0.5, 1, 1), abs=1e-4)
    assert found["fear"] == pytest.approx([0.75] * 5)
    assert found["sadness"] == pytest.approx([0.25] * 5)
    assert found["surprise"] == pytest.approx([0.5] * 5)
    assert [len(each) for each in (bpy.data.objects, bpy.data.meshes, bpy.data.scenes)] == datablocks
    assert bpy.context.scene.frame_current == frame
    head.animation_data.nla_tracks[0].mute = True
    head[SLIDERS["happiness"]] = 0.1
    ANIMATE()
    assert asked(feeling, (0, 2))["happiness"] == pytest.approx((0.1, 0.1))
    head.animation_data.nla_tracks[0].mute = False
    head.animation_data.use_nla = False
    ANIMATE()
    assert asked(feeling, (0, 2))["happiness"] == pytest.approx((0.1, 0.1))
    assert strip.action is not None


def test_an_empty_curve_moves_no_slider(settings, head, feeling):
    ADD()
    key(head, "happiness", 1, 0.6)
    curve = assigned_channels(head)[path_of(SLIDERS["happiness"]), 0]
    curve.keyframe_points.clear()
    head[SLIDERS["happiness"]] = 0.4
    ANIMATE()
    assert asked(feeling, (0, 2))["happiness"] == pytest.approx((0.4, 0.4))


@pytest.mark.parametrize("frame", [1, 40])
def test_driven_sliders_are_read_frame_by_frame(settings, head, feeling, frame):
    ADD()
    other = bpy.data.objects.new("Control", None)
    bpy.context.scene.collection.objects.link(other)
    other.keyframe_insert("location", index=0, frame=1)
    other.location.x = 0.8
    other.keyframe_insert("location", index=0, frame=51)
    linear(other)
    driver = head.driver_add(path_of(SLIDERS["surprise"])).driver
    driver.type = "SUM"
    target = driver.variables.new().targets[0]
    target.id, target.data_path = other, "location.x"
    bpy.context.scene.frame_set(frame)
    assert ANIMATE() == {"FINISHED"}
    assert asked(feeling, (0, 1, 3))["surprise"] == pytest.approx((0, 0.4, 0.8), abs=1e-4)
    # As in Blender it goes before keys.
    key(head, "surprise", 1, 1.0)
    key(head, "happiness", 1, 0.3)
    assert ANIMATE() == {"FINISHED"}
    found = asked(feeling, (0, 1, 3))
    assert found["surprise"] == pytest.approx((0, 0.4, 0.8), abs=1e-4)
    assert found["happiness"] == pytest.approx([0.3] * 3)
    assert bpy.context.scene.frame_current == frame


def test_what_is_no_slider_is_refused(settings, head):
    head[SLIDERS["anger"]] = "very"
    with pytest.raises(RuntimeError, match="holds 'very': expected a number from 0 to 1"):
        ANIMATE()
    with pytest.raises(RuntimeError, match="holds 'very'"):
        ADD()
    del head[SLIDERS["anger"]]
    head[SLIDERS["anger"]] = float("nan")
    with pytest.raises(RuntimeError, match="holds 'nan': expected a number from 0 to 1"):
        ANIMATE()


def test_markers_direct_from_their_frame_on(settings, head, feeling):
    markers = bpy.context.scene.timeline_markers
    for name, frame in (("[happy]", 26), ("angry 0.6", 51), ("neutral", 76), ("F_01", 10), ("take two", 20)):
        markers.new(name, frame=frame)
    assert ANIMATE() == {"FINISHED"}
    found = asked(feeling, (0, 0.99, 1, 1.99, 2, 2.99, 3))
    assert found["happiness"] == [0, 0, 1, 1, 0, 0, 0]
    assert found["anger"] == pytest.approx([0, 0, 0, 0, 0.6, 0.6, 0])
    settings.use_markers = False
    assert ANIMATE() == {"FINISHED"}
    assert feeling[-1]["emotions"] is None
    settings.use_markers = True
    markers.new("angry 7", frame=90)
    with pytest.raises(RuntimeError, match="Marker 'angry 7' at frame 90: The strength of anger is 7"):
        ANIMATE()


def test_misspelt_markers_are_named(settings, head, feeling, capfd):
    for name, frame in (("hapy 0.5", 26), ("F_02", 10), ("take two", 20), ("M", 30)):
        bpy.context.scene.timeline_markers.new(name, frame=frame)
    assert ANIMATE() == {"FINISHED"}
    assert feeling[-1]["emotions"] is None
    said = capfd.readouterr().out
    assert said.count("is no emotion") == 1
    assert "Marker 'hapy 0.5' at frame 26 is no emotion: call it 'happy' if that is meant." in said
    settings.use_markers = False
    ANIMATE()
    assert "is no emotion" not in capfd.readouterr().out


def test_emotion_alone_leaves_speech_alone(settings, head, feeling):
    assert ANIMATE() == {"FINISHED"}
    before = {name: snapshot_of(curve) for name, curve in curves_of(head).items()}
    settings.voice, settings.idle = 2.0, 0.0
    assert PART(part="Emotion") == {"FINISHED"}
    assert values(head, "browInnerUp") == pytest.approx(np.full(100, 0.4), abs=1e-3)
    jaw = 0.3 + 0.2 * np.sin(np.arange(100) * 0.4)
    assert values(head, "jawOpen") == pytest.approx(jaw, abs=0.011)
    after = {name: snapshot_of(curve) for name, curve in curves_of(head).items()}
    assert {name for name in after if before.get(name) != after[name]} == {"browInnerUp", "jawOpen"}


def snapshot_of(curve):
    return [tuple(point.co) for point in curve.keyframe_points]


def test_speech_alone_keeps_the_emotion(settings, head, feeling):
    ANIMATE()
    assert PART(part="Brows") == {"FINISHED"}
    amounts = feeling[-1]["settings"]
    # What is kept need not be made.
    assert (amounts.voice_emotion, amounts.idle_amount) == (0, 0)
    assert values(head, "browInnerUp") == pytest.approx(np.full(100, 0.2), abs=1e-3)


def test_switched_off_the_face_is_without(settings, head, feeling):
    ANIMATE()
    assert "browInnerUp" in curves_of(head)
    bpy.context.scene.timeline_markers.new("happy", frame=1)
    settings.use = False
    assert ANIMATE() == {"FINISHED"}
    assert feeling[-1]["emotions"] is None
    assert feeling[-1]["settings"].voice_emotion == 0
    assert "browInnerUp" not in curves_of(head)
    assert not layers_played(head.data.shape_keys)["Emotion"].weights.any()
    # Asked for alone it is felt.
    assert PART(part="Emotion") == {"FINISHED"}
    assert values(head, "browInnerUp") == pytest.approx(np.full(100, 0.2), abs=1e-3)


def test_switched_off_tags_of_the_transcript_say_nothing(settings, head, feeling, monkeypatch):
    import soliloquy.core.generate

    made = soliloquy.core.generate.animate

    def tagged(*arguments, **named):
        # As the generator does with "[happy] ...".
        directions = EmotionDirections(tags=(EmotionTag(0.0, "happiness"),))
        motion = made(*arguments, **(named | {"emotions": directions}))
        beta = motion.emotion @ load_head().arkit_to_expression.T
        return replace(motion, expression=motion.expression + beta)

    monkeypatch.setattr("soliloquy.core.generate.animate", tagged)
    ANIMATE()
    assert values(head, "mouthSmileLeft") == pytest.approx(np.full(100, 0.5), abs=1e-3)
    settings.use = False
    ANIMATE()
    assert "mouthSmileLeft" not in curves_of(head)
    job = plan(bpy.context)
    motion = compute(job, lambda share: None, lambda: False).motion
    job.line.close()
    # Vertices are made of these.
    assert np.abs(motion.expression).max() < 1e-5


def test_without_a_face_nothing_is_felt(settings, head, feeling):
    every = bpy.context.scene.soliloquy
    every.mouth.use = every.eyes.use = every.eyes.use_brows = False
    assert every.parts() == ("Gaze", "Head")
    every.mouth.use = True
    assert every.parts() == ("Mouth", "Gaze", "Emotion", "Head")


def test_head_motion_on_the_same_object_keeps_keyed_sliders(settings, head, feeling):
    ADD()
    for frame, value in ((1, 0.0), (30, 1.0), (60, 0.2)):
        key(head, "happiness", frame, value)
    curve = assigned_channels(head)[path_of(SLIDERS["happiness"]), 0]
    before = snapshot_of(curve)
    head.soliloquy_rig, head.soliloquy_head = "CHOSEN", head
    for operator in (ANIMATE, bpy.ops.soliloquy.new_take, ANIMATE):
        assert operator() == {"FINISHED"}
        channels = assigned_channels(head)
        assert any(path == "rotation_euler" for path, _ in channels)
        assert snapshot_of(channels[path_of(SLIDERS["happiness"]), 0]) == before
        assert max(asked(feeling, np.arange(0, 4, 0.1))["happiness"]) > 0.9


def test_planning_changes_nothing(settings, head):
    ADD()
    key(head, "anger", 5, 1.0)
    bpy.context.scene.timeline_markers.new("sad", frame=9)
    before, frame = snapshot(), bpy.context.scene.frame_current
    job = plan(bpy.context)
    job.line.close()
    assert job.felt.directions.tags[0].emotion == "sadness"
    assert (snapshot(), bpy.context.scene.frame_current) == (before, frame)


class Layout:
    """Takes notes of what is drawn."""

    def __init__(self):
        self.drawn = []

    def row(self, **others):
        return self

    column = row

    def prop(self, owner, name, **others):
        self.drawn.append(name)

    def operator(self, name, text="", **others):
        self.drawn.append(text or name)
        return self


def drawn():
    panel = panels.emotion.VIEW3D_PT_soliloquy_emotion
    layout = Layout()
    context = SimpleNamespace(scene=bpy.context.scene, view_layer=bpy.context.view_layer)
    panel.draw(SimpleNamespace(layout=layout, _draw_sliders=panel._draw_sliders.__get__(panel)), context)
    return layout.drawn


def test_the_panel_shows_sliders_where_they_are(settings, head):
    found = drawn()
    assert found[:3] == ["voice", "idle", "use_markers"]
    assert found[-2:] == ["soliloquy.add_emotion_sliders", "Bake Emotion"]
    ADD()
    found = drawn()
    assert [each for each in found if each.startswith("[")] == [path_of(name) for name in SLIDERS.values()]
    assert found[-2:] == ["soliloquy.remove_emotion_sliders", "Bake Emotion"]
    bpy.context.scene.soliloquy.output.kind = "cache"
    assert "Bake Emotion" not in drawn()


def test_without_a_window(noise, feeling, tmp_path, capsys):
    head = make_head()
    select(head)
    bpy.context.scene.render.fps = 25
    bpy.context.scene.timeline_markers.new("sad 0.5", frame=51)
    bpy.context.scene.soliloquy.emotion.voice = 0.3
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "opened.blend"))
    arguments = ["animate", "--audio", str(noise[0]), "--object", "Head", "--save", str(tmp_path / "o.blend")]
    assert main(arguments) == 0
    # What the panel has chosen is not asked; markers are the scene's.
    assert feeling[-1]["settings"].voice_emotion == 1
    assert asked(feeling, (0, 2))["sadness"] == [0, 0.5]
    told = ["--emotion", "happy 0.6", "--voice-emotion", "0.5", "--idle", "0"]
    assert main([*arguments, *told]) == 0
    assert asked(feeling, (0, 2)) == {
        "happiness": pytest.approx([0.6, 0]),
        "sadness": pytest.approx([0, 0.5]),
    }
    assert (feeling[-1]["settings"].voice_emotion, feeling[-1]["settings"].idle_amount) == (0.5, 0)
    assert main([*arguments, *told, "--no-markers"]) == 0
    assert asked(feeling, (0, 2)) == {"happiness": pytest.approx([0.6, 0.6])}
    # A part of its own.
    assert main([*arguments, *told, "--parts", "Emotion"]) == 0
    assert main([*arguments, "--parts", "Mouth", "Blink"]) == 0
    assert feeling[-1]["emotions"] is None
    capsys.readouterr()
    assert main([*arguments, *told, "--parts", "Mouth", "Blink"]) == 2
    assert "'happy 0.6' is asked for, and no part shows it" in capsys.readouterr().err
    assert main([*arguments, "--emotion", "hungry"]) == 2
    assert "'hungry' is no emotion" in capsys.readouterr().err
    assert main([*arguments, "--idle", "3"]) == 2
    assert "idle_amount is 3" in capsys.readouterr().err


def test_rows_of_a_manifest(noise, feeling, tmp_path):
    select(make_head())
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "opened.blend"))
    manifest = tmp_path / "rows.csv"
    manifest.write_text(
        "audio,object,out,emotion,voice_emotion,idle\n"
        f"{noise[0]},Head,one.blend,angry 0.5,0,2\n"
        f"{noise[0]},Head,two.blend,,,\n"
        f"{noise[0]},,three.csv,sad,,\n"
        f"{noise[0]},Head,four.blend,hungry,,\n"
    )
    assert main(["batch", str(manifest), "--emotion", "happy"]) == 1
    first, second, third = feeling
    assert first["emotions"].tags[0].emotion == "anger"
    assert (first["settings"].voice_emotion, first["settings"].idle_amount) == (0, 2)
    assert second["emotions"].tags[0].emotion == "happiness"
    assert (second["settings"].voice_emotion, second["settings"].idle_amount) == (1, 1)
    assert third["emotions"].tags[0].emotion == "sadness"
    assert not (tmp_path / "four.blend").exists()
