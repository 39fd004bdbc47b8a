# SPDX-License-Identifier: GPL-3.0-or-later
"""What `line_from_strips` gives against what Blender itself mixes down."""

import shutil
import warnings

import bpy
import numpy as np
import pytest
import soundfile
from soliloquy.blender_addon.sequencer import (
    frame_rate,
    selected_sound_strips,
    speech_strips,
    strips_of,
    write,
)
from soliloquy.blender_addon.sound_strip import line_from_file, line_from_strips
from soliloquy.core.audio import SAMPLE_RATE, load
from soliloquy.core.errors import AudioError, InputError

warnings.filterwarnings("ignore", category=DeprecationWarning)

try:
    import aud

    HAS_SOUND = hasattr(aud, "Sound")
except ImportError:
    HAS_SOUND = False

pytestmark = pytest.mark.skipif(not HAS_SOUND, reason="this Blender was built without sound")


def make_scene(fps=24, base=1.0):
    scene = bpy.context.scene
    scene.sequence_editor_create()
    scene.render.fps, scene.render.fps_base = fps, base
    scene.frame_start, scene.frame_end = 0, 12 * fps
    return scene


def add_strip(scene, path, frame=10, channel=1, name="speech", **properties):
    strip = strips_of(scene.sequence_editor).new_sound(name, str(path), channel, frame)
    for key, value in properties.items():
        write(strip, key, value)
    bpy.context.view_layer.update()
    return strip


def blender_mix(scene, tmp_path):
    """What Blender mixes from frame 0 on, mono at 16 kHz."""
    path = tmp_path / "truth.wav"
    bpy.context.view_layer.update()
    bpy.ops.sound.mixdown(
        filepath=str(path), check_existing=False, container="WAV", codec="PCM", format="F32", channels="MONO"
    )
    return load(path)


def on_time_line(line, scene, length):
    """The line's samples placed from frame 0 on, as far as `length` samples, and to the part of a sample."""
    samples = np.concatenate(list(line.blocks()))
    start = line.start_frame / frame_rate(scene) * SAMPLE_RATE
    size = 1 << 19
    spectrum = np.fft.rfft(samples, size) * np.exp(-2j * np.pi * np.fft.rfftfreq(size) * start)
    return np.fft.irfft(spectrum, size)[:length]


def assert_same_sound(ours, truth, tolerance=0.02):
    """Equal but for half a sample, and the milliseconds that Blender plays on past the end of a strip."""
    heard = np.flatnonzero(np.abs(ours) > 1e-3)
    inside = slice(heard[0] + 64, heard[-1] - 64)
    frequency = np.fft.rfftfreq(len(ours))
    errors = {}
    for lag in np.linspace(-1, 1, 13):
        shifted = np.fft.irfft(np.fft.rfft(ours) * np.exp(-2j * np.pi * frequency * lag), len(ours))
        error = np.sqrt(np.mean((shifted[inside] - truth[inside]) ** 2) / np.mean(ours[inside] ** 2))
        errors[lag] = float(error)
    best = min(errors, key=errors.__getitem__)
    assert abs(best) <= 0.7, errors
    assert errors[best] < tolerance, errors
    assert np.abs(truth[: max(heard[0] - 64, 0)]).max(initial=0) < 2e-3


CASES = {
    "plain": ({}, {}),
    "trimmed": ({}, {"left_handle_offset": 12, "right_handle_offset": 7}),
    "fraction of a frame trimmed": ({}, {"left_handle_offset": 12.7}),
    "23.976": ({"fps": 24, "base": 1.001}, {"left_handle_offset": 5}),
    "29.97": ({"fps": 30, "base": 1.001}, {"left_handle_offset": 40}),
    "odd base": ({"fps": 25, "base": 1.7}, {"left_handle_offset": 3}),
    "negative frames": ({"fps": 25}, {"frame": -30}),
    "content trimmed": ({}, {"content_trim_start": 12}),
    "both trimmed": ({}, {"content_trim_start": 12, "left_handle_offset": 5}),
    "sound later": ({}, {"sound_offset": 0.1234}),
    "sound earlier": ({}, {"sound_offset": -0.0987, "left_handle_offset": 6}),
    "longer than its sound": ({}, {"left_handle_offset": -6, "right_handle_offset": -9}),
    "half as loud": ({}, {"volume": 0.5}),
}


@pytest.mark.parametrize("case", CASES)
def test_one_strip_is_heard_as_blender_plays_it(case, noise, tmp_path):
    settings, properties = CASES[case]
    scene = make_scene(**settings)
    strip = add_strip(scene, noise[0], **properties)
    line = line_from_strips(scene, [strip])
    truth = blender_mix(scene, tmp_path)
    assert_same_sound(on_time_line(line, scene, len(truth)), truth)
    assert line.name == "speech"
    assert line.notes == ()
    frames = line.duration * frame_rate(scene)
    assert frames == pytest.approx(round(frames), abs=1e-9)


def test_sample_zero_lies_on_the_start_frame(noise):
    scene = make_scene(fps=30, base=1.001)
    line = line_from_strips(scene, [add_strip(scene, noise[0], frame=-101)])
    samples = np.concatenate(list(line.blocks()))
    assert line.start_frame == -101
    np.testing.assert_allclose(samples[: 3 * SAMPLE_RATE], load(noise[0])[: 3 * SAMPLE_RATE], atol=1e-6)
    assert len(samples) == round(line.duration * SAMPLE_RATE)


def test_several_strips_are_one_line(noise, tmp_path):
    scene = make_scene(fps=25)
    late = add_strip(scene, noise[0], frame=200, name="late", volume=0.3)
    early = add_strip(scene, noise[0], frame=7, channel=2, name="early", left_handle_offset=11)
    over = add_strip(scene, noise[0], frame=60, channel=3, name="over", right_handle_offset=20)
    line = line_from_strips(scene, [late, early, over])
    truth = blender_mix(scene, tmp_path)
    assert line.start_frame == 18
    assert line.name == "early + 2"
    assert line.duration == pytest.approx((300 - 18) / 25)
    # Each strip may be half a sample off in its own direction.
    assert_same_sound(on_time_line(line, scene, len(truth)), truth, tolerance=0.08)
    blocks = list(line.blocks())
    assert max(len(block) for block in blocks) <= 30 * SAMPLE_RATE


def test_keyframed_volume_is_followed(noise, tmp_path):
    scene = make_scene()
    strip = add_strip(scene, noise[0], frame=5)
    for frame, volume in ((5, 0.0), (30, 1.0), (60, 0.2)):
        strip.volume = volume
        strip.keyframe_insert("volume", frame=frame)
    bpy.context.view_layer.update()
    line = line_from_strips(scene, [strip])
    truth = blender_mix(scene, tmp_path)
    # Blender smooths the curve between frames in its own way.
    assert_same_sound(on_time_line(line, scene, len(truth)), truth, tolerance=0.08)


def sequencer_area(scene, strip):
    window = bpy.context.window_manager.windows[0]
    area = window.screen.areas[0]
    area.ui_type = "SEQUENCE_EDITOR"
    if hasattr(window.workspace, "sequencer_scene"):
        window.workspace.sequencer_scene = scene
    for other in strips_of(scene.sequence_editor):
        other.select = False
    strip.select = True
    scene.sequence_editor.active_strip = strip
    region = next(region for region in area.regions if region.type == "WINDOW")
    return bpy.context.temp_override(window=window, area=area, region=region, scene=scene)


@pytest.fixture
def sequencer_window():
    # use_empty leaves no window; the factory file has one.
    bpy.ops.wm.read_factory_settings()
    scene = bpy.context.scene
    for item in list(bpy.data.objects):
        bpy.data.objects.remove(item)
    return scene


def retime(scene, strip, speed, keys=(), moves=()):
    """Set a strip's speed in percent, add keys at frames, and move the keys of these indices to frames."""
    if hasattr(strip, "pitch_correction"):
        strip.pitch_correction = False
    with sequencer_area(scene, strip):
        assert bpy.ops.sequencer.retiming_segment_speed_set(speed=speed) == {"FINISHED"}
        for frame in keys:
            assert bpy.ops.sequencer.retiming_key_add(timeline_frame=frame) == {"FINISHED"}
    for index, frame in moves:
        strip.retiming_keys[index].timeline_frame = frame
    bpy.context.view_layer.update()


def played(noise, seconds):
    """The noise at any of its seconds."""
    # Only used where the speed is at most 1, so nothing aliases.
    return np.interp(np.asarray(seconds) * 48000, np.arange(len(noise[1])), noise[1].astype(np.float64))


@pytest.mark.parametrize("frame", [20, -40])
def test_retimed_strip(frame, noise, tmp_path, sequencer_window):
    scene = make_scene()
    strip = add_strip(scene, noise[0], frame=frame)
    retime(scene, strip, 50.0)
    other = add_strip(scene, noise[0], frame=frame - 5, channel=3, name="other")
    before = [(s.name, s.mute, s.channel) for s in strips_of(scene.sequence_editor)]
    line = line_from_strips(scene, [strip])
    assert line.start_frame == frame
    # Up to 4.5 Blender stretches 95 of 96 frames, and so plays a little slower.
    length = line.duration * 24
    assert length == pytest.approx(192, abs=2)
    assert [(s.name, s.mute, s.channel) for s in strips_of(scene.sequence_editor)] == before
    assert len(bpy.data.scenes) == 1
    samples = np.concatenate(list(line.blocks()))
    seconds = np.arange(len(samples)) / SAMPLE_RATE * 0.5
    assert np.corrcoef(played(noise, seconds)[:90000], samples[:90000])[0, 1] > 0.97
    both = line_from_strips(scene, [strip, other])
    assert both.start_frame == frame - 5
    if frame >= 0 and bpy.app.version >= (5, 2):
        # Earlier versions' mixdown is up to a frame off where the speed is not 1.
        other.mute = True
        truth = blender_mix(scene, tmp_path)
        assert_same_sound(on_time_line(line, scene, len(truth)), truth, tolerance=0.1)


def test_retimed_strip_of_several_speeds_trimmed(noise, sequencer_window):
    scene = make_scene()
    strip = add_strip(scene, noise[0], frame=10)
    # One second at full speed, one at half, the rest as before: at half speed.
    retime(scene, strip, 50.0, keys=(58, 106), moves=((1, 34),))
    assert [key.timeline_frame for key in strip.retiming_keys][:3] == [10, 34, 106]
    write(strip, "left_handle_offset", 12)
    bpy.context.view_layer.update()
    line = line_from_strips(scene, [strip])
    assert line.start_frame == 22
    samples = np.concatenate(list(line.blocks()))
    seconds = np.interp(np.arange(len(samples)) / SAMPLE_RATE, [-0.5, 0.5, 3.5, 7.5], [0, 1, 2, 4])
    expected = played(noise, seconds)
    for first, last in ((0, 7500), (8500, 40000), (60000, 110000)):
        # The content differs by up to a frame in 4.5, which rounds keys to whole frames of content.
        lags = range(-700, 701) if bpy.app.version < (5, 0) else range(-2, 3)
        assert (
            max(np.corrcoef(expected[first:last], np.roll(samples, lag)[first:last])[0, 1] for lag in lags)
            > 0.95
        )


def test_retimed_meta_strip_is_refused(noise, sequencer_window):
    scene = make_scene()
    strip = add_strip(scene, noise[0], frame=10)
    with sequencer_area(scene, strip):
        bpy.ops.sequencer.meta_make()
        meta = strip.parent_meta()
        scene.sequence_editor.active_strip = meta
    with sequencer_area(scene, meta):
        assert bpy.ops.sequencer.retiming_segment_speed_set(speed=200.0) == {"FINISHED"}
    with pytest.raises(InputError, match="retimed meta strip"):
        line_from_strips(scene, [strip])


def test_strips_in_meta_strips_end_with_them(noise, tmp_path, sequencer_window):
    scene = make_scene()
    strip = add_strip(scene, noise[0], frame=10)
    with sequencer_area(scene, strip):
        assert bpy.ops.sequencer.meta_make() == {"FINISHED"}
    meta = strip.parent_meta()
    write(meta, "left_handle_offset", 15)
    write(meta, "right_handle_offset", 20)
    bpy.context.view_layer.update()
    meta.select = True
    assert [each.name for each in selected_sound_strips(scene)] == ["speech"]
    line = line_from_strips(scene, speech_strips(scene))
    truth = blender_mix(scene, tmp_path)
    assert line.start_frame == 25
    assert_same_sound(on_time_line(line, scene, len(truth)), truth)


def test_packed_sound(noise, tmp_path):
    scene = make_scene()
    copy = shutil.copy(noise[0], tmp_path / "gone.wav")
    strip = add_strip(scene, copy)
    strip.sound.pack()
    (tmp_path / "gone.wav").unlink()
    line = line_from_strips(scene, [strip])
    samples = np.concatenate(list(line.blocks()))
    np.testing.assert_allclose(samples, load(noise[0]), atol=1e-6)
    line.close()


def test_paths_relative_to_the_file(noise, tmp_path):
    scene = make_scene()
    copy = shutil.copy(noise[0], tmp_path / "ton.wav")
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    strip = add_strip(scene, copy)
    strip.sound.filepath = "//ton.wav"
    line = line_from_strips(scene, [strip])
    np.testing.assert_allclose(np.concatenate(list(line.blocks())), load(copy), atol=1e-6)
    assert line_from_file("//ton.wav", 5).name == "ton"
    assert len(np.concatenate(list(line_from_file("//ton.wav", 5).blocks()))) == 4 * SAMPLE_RATE


def test_muted_strips_are_named_and_not_used(noise):
    scene = make_scene()
    heard = add_strip(scene, noise[0], frame=50, name="heard")
    quiet = add_strip(scene, noise[0], frame=1, channel=2, name="quiet", mute=True)
    line = line_from_strips(scene, [heard, quiet])
    assert line.start_frame == 50
    assert line.notes == ("Strip 'quiet' is not used: it is muted.",)
    scene.sequence_editor.channels[2].mute = True
    quiet.mute = False
    (note,) = line_from_strips(scene, [heard, quiet]).notes
    assert "channel 'Channel 2' is muted" in note
    with pytest.raises(InputError, match="'quiet' is not used"):
        line_from_strips(scene, [quiet])


def test_refusals(noise, tmp_path):
    scene = make_scene()
    with pytest.raises(InputError, match="No sound strip is selected"):
        line_from_strips(scene, speech_strips(scene))
    copy = shutil.copy(noise[0], tmp_path / "moved.wav")
    strip = add_strip(scene, copy)
    (tmp_path / "moved.wav").unlink()
    with pytest.raises(AudioError, match="'speech' is missing"):
        line_from_strips(scene, [strip])
    bpy.data.sounds.remove(strip.sound)
    with pytest.raises(AudioError, match="lost its sound"):
        line_from_strips(scene, [strip])


def test_the_only_strip_needs_no_selection(noise):
    scene = make_scene()
    strip = add_strip(scene, noise[0])
    strip.select = False
    assert [each.name for each in speech_strips(scene)] == ["speech"]
    add_strip(scene, noise[0], channel=2, name="second").select = False
    assert speech_strips(scene) == []


def test_stereo_sound_is_averaged(tmp_path, noise):
    path = tmp_path / "stereo.wav"
    soundfile.write(path, np.stack([noise[1], 0 * noise[1]], axis=1), 48000, subtype="FLOAT")
    scene = make_scene()
    samples = np.concatenate(list(line_from_strips(scene, [add_strip(scene, path)]).blocks()))
    np.testing.assert_allclose(samples, load(noise[0]) / 2, atol=1e-6)
