# SPDX-License-Identifier: GPL-3.0-or-later
from dataclasses import replace

import bpy
import numpy as np
import pytest
from soliloquy.core.motion import FaceMotion, Phone
from soliloquy.core.retarget.arkit import ARKIT_INDEX

from ..bake.heads import make_head


@pytest.fixture(scope="session", autouse=True)
def registered():
    from soliloquy import register, unregister

    register()
    yield
    unregister()


@pytest.fixture(scope="session")
def noise(tmp_path_factory):
    """Four seconds of noise at 48 kHz: no two places of it look alike. (path, samples)."""
    import soundfile

    generator = np.random.default_rng(7)
    samples = np.convolve(generator.standard_normal(4 * 48000), np.hanning(33) / 16, "same")
    samples = (0.4 * samples / np.abs(samples).max()).astype(np.float32)
    path = tmp_path_factory.mktemp("Ton ü") / "rauschen – 话.wav"
    soundfile.write(path, samples, 48000, subtype="FLOAT")
    return path, samples


@pytest.fixture
def loudness(monkeypatch):
    """Instead of the network: the jaw follows the loudness of each frame, the lids the seed.

    What is tested here is everything around the network. The list holds the arguments of each call.
    """
    calls = []

    def animate(source, *, fps, seed=0, settings=None, progress=None, cancelled=None, **others):
        from soliloquy.core.audio import SAMPLE_RATE, decode_blocks
        from soliloquy.core.frame_times import frame_count

        blocks = source if not isinstance(source, str) else decode_blocks(source)
        samples = np.concatenate(list(blocks))
        count = frame_count(len(samples) / SAMPLE_RATE, fps)
        motion = FaceMotion.still(count, fps)
        for frame in range(count):
            part = samples[round(frame / fps * SAMPLE_RATE) :][: round(SAMPLE_RATE / fps)]
            motion.weights[frame, ARKIT_INDEX["jawOpen"]] = min(1, 4 * np.sqrt(np.mean(part**2)))
        motion.weights[seed % 10 :: 50, ARKIT_INDEX["eyeBlinkLeft"]] = settings.blink_amount
        motion.weights[seed % 10 :: 50, ARKIT_INDEX["eyeBlinkRight"]] = settings.blink_amount
        if others.get("phones"):
            motion = replace(motion, phones=(Phone("M", 0.2, 0.4), Phone("AY", 0.4, 0.9)))
        if others.get("transcript") is not None:
            motion = replace(motion, notes=(f"Heard: {others['transcript'].text}.",))
        if progress:
            progress(1.0)
        called = {"fps": fps, "seed": seed, "settings": settings, "seconds": len(samples) / SAMPLE_RATE}
        calls.append({**others, **called})
        return motion

    monkeypatch.setattr("soliloquy.core.generate.animate", animate)
    return calls


@pytest.fixture
def lively(monkeypatch):
    """Instead of the network: everything moves, in another phase with each seed, by the settings' amounts.

    The list holds the arguments of each call.
    """
    calls = []

    def animate(source, *, fps, seed=0, settings=None, **others):
        list(source)
        calls.append({**others, "fps": fps, "seed": seed, "settings": settings})
        motion = FaceMotion.still(100, fps)
        wave = np.sin(np.arange(100) * 0.2 + 0.1 + seed)
        amounts = {"eyeBlink": settings.blink_amount, "brow": settings.brows_amount, "eyeLook": settings.gaze}
        for name, index in ARKIT_INDEX.items():
            amount = next(
                (a for start, a in amounts.items() if name.startswith(start)), settings.mouth_amount
            )
            motion.weights[:, index] = np.maximum(0.2 * amount * wave, 0)
        motion.weights[20:30, ARKIT_INDEX["jawOpen"]] = 0.7 * settings.mouth_amount
        motion.head_rotation[:] = settings.head_amount * np.outer(wave, (0.2, 0.1, 0.05))
        if settings.gaze:
            motion.gaze[:] = settings.gaze_amount * np.outer(wave, (-0.2, 0.1))
        return motion

    monkeypatch.setattr("soliloquy.core.generate.animate", animate)
    return calls


@pytest.fixture
def head():
    """A generated head, selected and active."""
    obj = make_head()
    select(obj)
    return obj


def select(*objects):
    bpy.context.view_layer.update()
    for obj in list(bpy.context.view_layer.objects.selected):
        obj.select_set(False)
    for obj in objects:
        obj.select_set(True)
        bpy.context.view_layer.objects.active = obj


@pytest.fixture
def preferences():
    """The add-on's preferences, as if Blender had enabled it."""
    addons = bpy.context.preferences.addons
    addon = addons.new()
    addon.module = "soliloquy"
    yield addon.preferences
    addons.remove(addon)


@pytest.fixture
def file_source(noise):
    """The panel set to a sound file."""
    source = bpy.context.scene.soliloquy.source
    source.kind = "FILE"
    source.filepath = str(noise[0])
    return source
