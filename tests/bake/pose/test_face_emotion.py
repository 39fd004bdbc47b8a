# SPDX-License-Identifier: GPL-3.0-or-later
"""Emotion on a face made of bones: a layer over speech, baked and taken away without it."""

from dataclasses import replace

import numpy as np
import pytest
from soliloquy.bake.layers import layers_played
from soliloquy.bake.performance_reading import read_performance
from soliloquy.core.motion import FaceMotion
from soliloquy.core.retarget.arkit import ARKIT_INDEX

from .small_faces import bake, basis, keys_of, small_face, speaking

PARTS = ("Mouth", "Brows", "Emotion")
FRAMES = (1, 5, 20, 44, 50)


def felt(motion, **weights):
    """A motion with emotion of some weights, which may be below zero."""
    summed = motion.weights.copy()
    for name, weight in weights.items():
        summed[:, ARKIT_INDEX[name]] += weight * np.sin(np.arange(len(motion)) * 0.1)
    summed = np.clip(summed, 0, 1)
    return replace(motion, weights=summed, emotion=summed - motion.weights)


def shown(obj, frames=FRAMES):
    return np.array([[basis(obj, bone, frame) for bone in ("jaw", "lip", "brow")] for frame in frames])


def test_bones_show_the_sum_whatever_is_baked_last():
    motion = speaking()
    moving = felt(motion, mouthPucker=-0.5, browInnerUp=0.5)
    summed = replace(moving, emotion=None)
    expected = small_face()
    bake(expected, summed)
    for order in (PARTS, PARTS[::-1]):
        obj = small_face()
        for part in order:
            bake(obj, moving, parts=(part,))
        np.testing.assert_allclose(shown(obj), shown(expected), atol=1e-4)
    together = small_face()
    bake(together, moving, parts=PARTS)
    np.testing.assert_allclose(shown(together), shown(expected), atol=1e-4)
    assert layers_played(together)["Emotion"].weights.min() < -0.1


def test_emotion_alone_keys_what_it_moves_and_goes_again():
    motion = speaking()
    obj = small_face()
    bake(obj, motion, parts=PARTS)
    assert set(layers_played(obj)) == {"Mouth", "Brows"}
    before = keys_of(obj)
    report = bake(obj, felt(motion, browInnerUp=0.5), parts=("Emotion",))
    # The brow's pose moves the lip too.
    assert set(report.bones) == {"brow", "lip"}
    changed = {
        path.split('"')[1] for path, index in before if keys_of(obj)[path, index] != before[path, index]
    }
    assert changed == {"brow", "lip"}
    bake(obj, motion, parts=("Emotion",))
    after = keys_of(obj)
    assert after.keys() == before.keys()
    for channel, keys in before.items():
        np.testing.assert_allclose(
            np.array([key[:2] for key in after[channel]]), np.array([key[:2] for key in keys]), atol=1e-4
        )


def test_speech_in_the_nla_is_not_hidden():
    motion = speaking()
    obj = small_face()
    bake(obj, motion, parts=PARTS)
    expected = shown(obj)
    animation = obj.animation_data
    animation.nla_tracks.new().strips.new("Speech", 1, animation.action)
    animation.action = None
    report = bake(obj, felt(motion, jawOpen=0.2, browInnerUp=0.5), parts=("Emotion",))
    assert report.bones == ()
    assert any("of 'Rig' alone that play in NLA strips: jaw, lip, brow." in each for each in report.warnings)
    np.testing.assert_allclose(shown(obj), expected, atol=1e-6)
    animation.use_nla = False
    assert {"lip", "brow"} <= set(bake(obj, felt(motion, browInnerUp=0.5), parts=("Emotion",)).bones)


@pytest.mark.parametrize("key_reduction", [None, 0.01])
@pytest.mark.parametrize("names", [("jawOpen",), ("jawOpen", "mouthPucker", "browInnerUp")])
def test_a_range_keeps_emotion_within(names, key_reduction):
    motion = speaking(60, names=names)
    obj = small_face()
    bake(obj, motion, parts=PARTS, key_reduction=key_reduction)
    before = shown(obj, range(1, 60))
    moving = felt(motion, mouthPucker=0.3, browInnerUp=0.5)
    expected = small_face()
    bake(expected, moving, parts=PARTS)
    inside = shown(expected, range(21, 41))
    bake(obj, moving, parts=("Emotion",), frame_range=(21, 40), key_reduction=key_reduction)
    tolerance = 1e-4 if key_reduction is None else 5e-4
    after = shown(obj, range(1, 60))
    if key_reduction is None:
        np.testing.assert_allclose(after[20:40], inside, atol=tolerance)
    np.testing.assert_allclose(after[:20], before[:20], atol=tolerance)
    # What had no keys before comes to rest behind them.
    np.testing.assert_allclose(after[46:], before[46:], atol=tolerance)


def test_emotion_comes_from_rest():
    obj = small_face()
    bake(obj, speaking(60, names=("jawOpen",)), parts=PARTS, take="one")
    before = shown(obj, range(1, 61))
    motion = speaking(30, names=("jawOpen",))
    emotion = np.zeros_like(motion.weights)
    emotion[:, ARKIT_INDEX["browInnerUp"]] = 0.8
    later = replace(motion, weights=motion.weights + emotion, emotion=emotion)
    for parts in (PARTS, ("Emotion",)):
        bake(obj, later, parts=parts, take="two", start_frame=200)
        np.testing.assert_allclose(shown(obj, range(1, 61)), before, atol=1e-6)
        np.testing.assert_allclose(basis(obj, "brow", 195), np.eye(4), atol=1e-6)
        assert np.abs(basis(obj, "brow", 200) - np.eye(4)).max() == pytest.approx(0.008, abs=1e-5)


def test_where_nothing_is_felt_nothing_happens():
    obj, motion = small_face(), speaking()
    bake(obj, motion)
    before = keys_of(obj)
    report = bake(obj, motion, parts=("Emotion",))
    assert (report.key_count, report.bones) == (0, ())
    assert keys_of(obj) == before


def test_speech_alone_keeps_the_emotion():
    motion = speaking()
    moving = felt(motion, mouthPucker=0.4, browInnerUp=0.5)
    obj, expected = small_face(), small_face()
    bake(obj, moving, parts=PARTS)
    other = FaceMotion.still(50, 25.0)
    other.weights[:, ARKIT_INDEX["jawOpen"]] = 0.3
    bake(obj, other, parts=("Mouth",))
    mixed = other.weights + moving.emotion
    brow = ARKIT_INDEX["browInnerUp"]
    mixed[:, brow] = moving.weights[:, brow]
    bake(expected, replace(other, weights=np.clip(mixed, 0, 1).astype(np.float32)))
    np.testing.assert_allclose(shown(obj), shown(expected), atol=1e-4)


def test_a_shorter_emotion_leaves_the_speech_behind_it():
    motion = speaking(80)
    obj = small_face()
    bake(obj, felt(motion, browInnerUp=0.5), parts=PARTS)
    bake(obj, felt(speaking(30), browInnerUp=-0.5), parts=("Emotion",))
    expected = small_face()
    bake(expected, motion)
    frames = (40, 60, 79)
    np.testing.assert_allclose(shown(obj, frames), shown(expected, frames), atol=1e-4)


def test_what_is_read_is_the_sum():
    motion = speaking(100, fps=24.0)
    moving = felt(motion, mouthPucker=-0.5, browInnerUp=0.5)
    obj = small_face()
    bake(obj, moving, parts=PARTS)
    read = read_performance(obj)
    assert np.abs(read.weights - moving.weights).max() < 2e-4
