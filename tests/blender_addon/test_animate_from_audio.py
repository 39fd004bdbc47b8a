# SPDX-License-Identifier: GPL-3.0-or-later
import shutil
import time
from pathlib import Path

import bpy
import numpy as np
import pytest
from soliloquy import blender_addon
from soliloquy.blender_addon.job import why_not
from soliloquy.blender_addon.operators.animate_from_audio import SOLILOQUY_OT_animate_from_audio as Animate
from soliloquy.blender_addon.operators.job_operator import JobOperator
from soliloquy.blender_addon.operators.worker_operator import WorkerOperator
from soliloquy.core.audio import SAMPLE_RATE, load
from soliloquy.core.generate import animate
from soliloquy.core.motion import FaceMotion
from soliloquy.core.retarget.arkit import ARKIT_INDEX

from ..bake.heads import curves_of, make_head, snapshot
from .conftest import select
from .test_sound_strip import HAS_SOUND, add_strip

needs_sound = pytest.mark.skipif(not HAS_SOUND, reason="this Blender was built without sound")


def jaw(obj):
    curve = curves_of(obj)["jawOpen"]
    return np.array([point.co for point in curve.keyframe_points])


def expected_jaw(path, fps):
    samples = load(path)
    frames = range(int(np.ceil(len(samples) / SAMPLE_RATE * fps - 1e-6)))
    parts = [samples[round(f / fps * SAMPLE_RATE) :][: round(SAMPLE_RATE / fps)] for f in frames]
    return np.array([min(1, 4 * np.sqrt(np.mean(part**2))) for part in parts])


def refused(match):
    """Calling the operator is refused with this reason, and the panel shows one too."""
    before = snapshot()
    assert why_not(bpy.context)
    with pytest.raises(RuntimeError, match=match):
        bpy.ops.soliloquy.animate_from_audio()
    assert snapshot() == before


@pytest.mark.parametrize(
    ("fps", "base", "start"), [(24, 1.0, 1), (24, 1.001, 40), (30, 1.001, -77), (25, 1.0, -3)]
)
def test_a_file_becomes_keys_at_the_true_rate(fps, base, start, head, file_source, loudness):
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = fps, base
    file_source.start_frame = start
    scene.soliloquy.output.use_key_reduction = False
    assert why_not(bpy.context) is None
    assert bpy.ops.soliloquy.animate_from_audio() == {"FINISHED"}
    assert loudness[0]["fps"] == pytest.approx(fps / base, rel=1e-7)
    keys = jaw(head)
    expected = expected_jaw(file_source.filepath, fps / base)
    # Behind the speech one more key brings the mouth to rest.
    np.testing.assert_array_equal(keys[:-1, 0], start + np.arange(len(expected)))
    np.testing.assert_allclose(keys[:-1, 1], expected, atol=1e-3)
    assert 0.1 < (keys[-1, 0] - keys[-2, 0]) * base / fps < 0.25
    assert keys[-1, 1] == 0


@needs_sound
@pytest.mark.parametrize("frame", [12, -60])
def test_a_strip_becomes_keys_at_its_place(frame, head, noise, loudness):
    scene = bpy.context.scene
    scene.sequence_editor_create()
    scene.render.fps, scene.render.fps_base = 30, 1.001
    add_strip(scene, noise[0], frame=frame, left_handle_offset=10)
    scene.soliloquy.output.use_key_reduction = False
    assert bpy.ops.soliloquy.animate_from_audio() == {"FINISHED"}
    keys = jaw(head)
    assert keys[0, 0] == frame + 10
    expected = expected_jaw(noise[0], 30 / 1.001)[10:]
    np.testing.assert_allclose(keys[: len(expected), 1], expected, atol=0.03)
    assert head.data.shape_keys.animation_data.action.name == "speech"


def test_settings_reach_the_generator_and_the_keys(head, file_source, loudness):
    settings = bpy.context.scene.soliloquy
    settings.mouth.amount = 1.5
    settings.eyes.blink_amount = 0.75
    settings.eyes.blinks_per_minute = 30
    settings.performance.seed = 4
    settings.output.frames = "CUSTOM"
    settings.output.first_frame, settings.output.last_frame = 20, 60
    bpy.ops.soliloquy.animate_from_audio()
    (call,) = loudness
    assert call["seed"] == 4
    assert (call["settings"].mouth_amount, call["settings"].blink_amount) == (1.5, 0.75)
    assert call["settings"].blinks_per_minute == 30
    frames = jaw(head)[:, 0]
    assert (frames[0], frames[-1]) == (20, 60)
    assert curves_of(head)["jawOpen"].group.name == "Mouth"
    settings.output.frames = "SCENE"
    bpy.context.scene.frame_start, bpy.context.scene.frame_end = 30, 33
    assert settings.output.frame_range(bpy.context.scene) == (30, 33)


def test_frames_that_cannot_be_keyed_are_refused_before_the_work(head, file_source, loudness):
    output = bpy.context.scene.soliloquy.output
    output.frames = "CUSTOM"
    output.first_frame, output.last_frame = 60, 20
    refused("first frame to key, 60, comes after the last, 20")
    assert not Animate.poll(bpy.context)
    file_source.start_frame = 21
    output.first_frame = 10
    with pytest.raises(RuntimeError, match="frames 10 to 20: the speech starts at frame 21"):
        bpy.ops.soliloquy.animate_from_audio()
    assert not loudness
    output.last_frame = 21
    assert bpy.ops.soliloquy.animate_from_audio() == {"FINISHED"}


@needs_sound
@pytest.mark.parametrize("frames", [(1, 39), (140, 200)])
def test_frames_beside_the_strip_are_refused_before_the_work(frames, head, noise, loudness):
    scene = bpy.context.scene
    scene.render.fps = 25
    scene.sequence_editor_create()
    add_strip(scene, noise[0], frame=40)
    output = scene.soliloquy.output
    output.frames = "CUSTOM"
    output.first_frame, output.last_frame = frames
    with pytest.raises(RuntimeError, match="the speech is at 40 to 139"):
        bpy.ops.soliloquy.animate_from_audio()
    assert not loudness
    output.first_frame, output.last_frame = 139, 200
    assert bpy.ops.soliloquy.animate_from_audio() == {"FINISHED"}


def test_only_the_parts_that_are_switched_on(head, file_source, loudness):
    settings = bpy.context.scene.soliloquy
    settings.eyes.use = settings.eyes.use_gaze = settings.eyes.use_brows = settings.head.use = False
    bpy.ops.soliloquy.animate_from_audio()
    assert {curve.group.name for curve in curves_of(head).values()} == {"Mouth"}
    settings.mouth.use = False
    refused("all switched off")


def test_selection_mode_and_frame_stay(head, file_source, loudness):
    other = make_head(name="Other")
    select(other, head)
    scene = bpy.context.scene
    scene.frame_set(17)
    bpy.ops.object.mode_set(mode="SCULPT")
    bpy.ops.soliloquy.animate_from_audio()
    assert head.mode == "SCULPT"
    bpy.ops.object.mode_set(mode="OBJECT")
    assert scene.frame_current == 17
    assert set(bpy.context.selected_objects) == {head, other}
    assert bpy.context.view_layer.objects.active == head
    assert not curves_of(other) if other.data.shape_keys.animation_data else True


def test_the_picked_head_comes_before_the_selected_one(head, file_source, loudness):
    other = make_head(name="Other")
    select(other)
    bpy.context.scene.soliloquy.target.object = head
    bpy.ops.soliloquy.animate_from_audio()
    assert "jawOpen" in curves_of(head)


def test_modifiers_scale_and_unicode(file_source, loudness):
    obj = make_head(name="Köpfchen 话")
    obj.scale = (0.01, 0.01, 0.01)
    obj.modifiers.new("Mirror", "MIRROR")
    obj.modifiers.new("Subdivision", "SUBSURF")
    rig = bpy.data.objects.new("Rig", bpy.data.armatures.new("Rig"))
    bpy.context.scene.collection.objects.link(rig)
    obj.modifiers.new("Armature", "ARMATURE").object = rig
    select(obj)
    assert bpy.ops.soliloquy.animate_from_audio() == {"FINISHED"}
    assert obj.data.shape_keys.animation_data.action.name == "rauschen – 话"


def test_one_undo_step(head, file_source, loudness):
    name = head.name
    bpy.ops.ed.undo_push(message="before")
    bpy.ops.soliloquy.animate_from_audio()
    bpy.ops.ed.undo_push(message="Animate from Audio")
    assert len(bpy.data.actions) == 1
    bpy.ops.ed.undo()
    assert len(bpy.data.actions) == 0
    assert bpy.data.objects[name].data.shape_keys.animation_data is None


def test_phone_markers_are_undone_together_with_the_animation(head, file_source, loudness):
    name, start = head.name, file_source.start_frame
    scene = bpy.context.scene
    scene.soliloquy.output.use_phone_markers = True
    frame = start + round(0.2 * scene.render.fps / scene.render.fps_base)
    scene.timeline_markers.clear()
    own = [("M", frame), ("My own", frame), ("AY", start + 500)]
    for marker, place in own:
        scene.timeline_markers.new(marker, frame=place)

    def markers():
        return [(marker.name, marker.frame) for marker in bpy.context.scene.timeline_markers]

    def animated():
        return bpy.data.objects[name].data.shape_keys.animation_data is not None

    try:
        bpy.ops.ed.undo_push(message="before")
        bpy.ops.soliloquy.animate_from_audio()
        bpy.ops.ed.undo_push(message="Animate from Audio")
        baked = markers()
        assert baked[:3] == own
        assert [marker for marker, _ in baked[3:]] == ["M", "AY"]
        assert animated()
        assert bpy.ops.ed.undo() == {"FINISHED"}
        assert markers() == own
        assert not animated()
        assert bpy.ops.ed.redo() == {"FINISHED"}
        assert markers() == baked
        assert animated()
        # A second time replaces what the first one wrote, although it was undone in between.
        select(bpy.data.objects[name])
        bpy.ops.soliloquy.animate_from_audio()
        assert markers() == baked
    finally:
        bpy.context.scene.soliloquy.output.use_phone_markers = False
        bpy.context.scene.timeline_markers.clear()


def test_nothing_selected_is_refused(file_source):
    refused("No head is selected")
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    bpy.context.scene.collection.objects.link(camera)
    select(camera)
    refused("not a mesh|is a CAMERA|Camera")


def test_no_strip_is_refused(head):
    refused("No sound strip")
    bpy.context.scene.soliloquy.source.kind = "FILE"
    refused("No sound file is chosen")


@needs_sound
def test_muted_strip_is_refused(head, noise):
    bpy.context.scene.sequence_editor_create()
    add_strip(bpy.context.scene, noise[0], mute=True)
    refused("muted")


def test_mesh_without_usable_shape_keys_is_refused(file_source):
    bare = bpy.data.objects.new("Bare", bpy.data.meshes.new("Bare"))
    bpy.context.scene.collection.objects.link(bare)
    select(bare)
    refused("shape key")
    useless = make_head(names=("Nose", "Ears"), name="Useless")
    select(useless)
    with pytest.raises(RuntimeError, match="jaw or lips"):
        bpy.ops.soliloquy.animate_from_audio()
    assert useless.data.shape_keys.animation_data is None


def test_linked_mesh_is_refused(tmp_path, file_source):
    make_head(name="Linked")
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "library.blend"), copy=True)
    bpy.data.objects.remove(bpy.data.objects["Linked"])
    with bpy.data.libraries.load(str(tmp_path / "library.blend"), link=True) as (_, target):
        target.objects = ["Linked"]
    bpy.context.scene.collection.objects.link(target.objects[0])
    select(target.objects[0])
    refused("library override")


def test_blocked_keys_are_named_and_a_choice_is_given(head, file_source, loudness):
    head.data.shape_keys.key_blocks["jawOpen"].lock_shape = True
    refused("jawOpen.*locked")
    bpy.context.scene.soliloquy.output.blocked = "fix"
    assert why_not(bpy.context) is None
    assert bpy.ops.soliloquy.animate_from_audio() == {"FINISHED"}
    # Blocked keys of parts that are switched off do not matter.
    head.data.shape_keys.key_blocks["eyeBlinkLeft"].mute = True
    bpy.context.scene.soliloquy.output.blocked = "error"
    bpy.context.scene.soliloquy.eyes.use = False
    assert why_not(bpy.context) is None


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (None, "No sound file"),
        (b"", "empty"),
        (b"this is not sound at all" * 99, "no sound that can be read"),
    ],
)
def test_unusable_files_are_refused(content, match, tmp_path, head, file_source):
    path = tmp_path / "speech.wav"
    if content is not None:
        path.write_bytes(content)
    file_source.filepath = str(path)
    before = snapshot()
    with pytest.raises(RuntimeError, match=match):
        bpy.ops.soliloquy.animate_from_audio()
    assert snapshot() == before


class Stepper(JobOperator):
    """The operator's steps without the window that would call them."""

    def __init__(self):
        self.reports = []

    def report(self, kinds, text):
        self.reports.append((*kinds, text))

    def until_done(self):
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            result = self.step(bpy.context)
            if result != {"PASS_THROUGH"}:
                return result
            time.sleep(0.01)
        raise TimeoutError


@pytest.fixture
def slow(monkeypatch):
    """A generator that works until it is cancelled, or until `slow` holds something."""
    finish = []

    def animate(source, *, fps, progress, cancelled, **others):
        from soliloquy.core.errors import Cancelled

        list(source)
        while not finish:
            progress(0.25)
            if cancelled():
                raise Cancelled("Cancelled: nothing was changed.")
            time.sleep(0.005)
        motion = FaceMotion.still(100, fps)
        motion.weights[10:50, 17] = 0.8
        return motion

    monkeypatch.setattr("soliloquy.core.generate.animate", animate)
    yield finish
    # A thread that a failed test left would keep Blender from quitting.
    finish.append(True)
    WorkerOperator.running = None


def test_worker_thread_and_keys_at_the_end(head, file_source, slow):
    stepper = Stepper()
    stepper.begin(bpy.context)
    deadline = time.monotonic() + 20
    while WorkerOperator.running.worker.fraction == 0 and time.monotonic() < deadline:
        time.sleep(0.01)
    before = snapshot()
    assert stepper.step(bpy.context) == {"PASS_THROUGH"}
    assert WorkerOperator.running.worker.fraction == 0.25
    assert snapshot() == before
    slow.append(True)
    assert stepper.until_done() == {"FINISHED"}
    assert "jawOpen" in curves_of(head)
    assert WorkerOperator.running is None
    assert stepper.reports[-1][0] == "INFO"
    assert "'Head'" in stepper.reports[-1][1]


def test_cancelling_leaves_the_scene(head, file_source, slow):
    before = snapshot()
    stepper = Stepper()
    stepper.begin(bpy.context)
    worker = WorkerOperator.running.worker
    stepper.cancel(bpy.context)
    assert WorkerOperator.running is None
    worker._thread.join(5)
    assert not worker.is_running
    assert snapshot() == before


def test_object_renamed_or_deleted_meanwhile(head, file_source, slow):
    stepper = Stepper()
    stepper.begin(bpy.context)
    head.name = "Renamed"
    slow.append(True)
    assert stepper.until_done() == {"FINISHED"}
    assert "jawOpen" in curves_of(head)
    slow.clear()
    stepper = Stepper()
    stepper.begin(bpy.context)
    bpy.data.objects.remove(head)
    slow.append(True)
    assert stepper.until_done() == {"CANCELLED"}
    assert "deleted" in stepper.reports[-1][1]
    assert WorkerOperator.running is None


def test_another_file_meanwhile(head, file_source, slow):
    """Loading a file, and unregistering, end the thread and what remains of the modal operator."""
    stepper = Stepper()
    stepper.begin(bpy.context)
    worker = WorkerOperator.running.worker
    bpy.ops.wm.read_homefile(use_empty=True)
    assert WorkerOperator.running is None
    assert not worker.is_running
    assert stepper.step(bpy.context) == {"CANCELLED"}


def test_only_one_at_a_time(head, file_source, slow):
    stepper = Stepper()
    stepper.begin(bpy.context)
    try:
        with pytest.raises(RuntimeError, match="under way"):
            bpy.ops.soliloquy.animate_from_audio()
        assert Animate.progress() is not None
    finally:
        Animate.stop()


def test_a_sound_that_fails_in_the_thread(tmp_path, head, file_source):
    path = tmp_path / "speech.wav"
    shutil.copy(__file__, path)
    file_source.filepath = str(path)
    stepper = Stepper()
    before = snapshot()
    stepper.begin(bpy.context)
    assert stepper.until_done() == {"CANCELLED"}
    assert stepper.reports[0][0] == "ERROR"
    assert "no sound" in stepper.reports[0][1]
    assert "\n" not in stepper.reports[0][1]
    assert snapshot() == before
    assert WorkerOperator.running is None


def test_add_head():
    assert bpy.ops.soliloquy.add_head() == {"FINISHED"}
    obj = bpy.context.view_layer.objects.active
    assert obj.select_get()
    assert len(obj.data.shape_keys.key_blocks) == 53
    bpy.ops.object.mode_set(mode="EDIT")
    assert not bpy.ops.soliloquy.add_head.poll()


@pytest.mark.parametrize(
    ("source", "model"), [("STRIPS", "expnet"), ("FILE", "expnet"), ("FILE", "meshtalk")]
)
def test_the_operator_says_what_the_library_says(source, model):
    """The network, from a strip or file in the scene, against the library on the file itself."""
    if source == "STRIPS" and not HAS_SOUND:
        pytest.skip("this Blender was built without sound")
    path = Path(blender_addon.__file__).parents[1] / "samples" / "soliloquy.flac"
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = 30, 1.001
    bpy.ops.soliloquy.add_head()
    obj = bpy.context.view_layer.objects.active
    settings = scene.soliloquy
    settings.source.kind = source
    settings.source.filepath, settings.source.start_frame = str(path), 31
    settings.output.use_key_reduction = False
    settings.performance.model, settings.performance.seed = model, 5
    if source == "STRIPS":
        scene.sequence_editor_create()
        add_strip(scene, path, frame=31)
    assert bpy.ops.soliloquy.animate_from_audio() == {"FINISHED"}
    motion = animate(path, fps=30 / 1.001, seed=5, model=model)
    keys = jaw(obj)[: len(motion)]
    np.testing.assert_array_equal(keys[:, 0], 31 + np.arange(len(keys)))
    assert len(keys) >= len(motion) - 1
    np.testing.assert_allclose(keys[:, 1], motion.weights[: len(keys), ARKIT_INDEX["jawOpen"]], atol=5e-3)
    blinks = np.array([point.co for point in curves_of(obj)["eyeBlinkLeft"].keyframe_points])[: len(keys)]
    np.testing.assert_allclose(blinks[:, 1], motion.weights[: len(keys), 0], atol=5e-3)
