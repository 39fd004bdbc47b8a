# SPDX-License-Identifier: GPL-3.0-or-later
"""Emotion is a layer over the other parts: keyed with them as a sum, baked and taken away without them."""

from dataclasses import replace

import bpy
import numpy as np
import pytest
from soliloquy.bake.errors import BakeError
from soliloquy.bake.face_plan import plan_face
from soliloquy.bake.layers import PROPERTY, Layer, layers_played, read_layers, write_layers
from soliloquy.bake.performance_reading import read_performance
from soliloquy.bake.shape_keys import bake_motion
from soliloquy.bake.target import find_target
from soliloquy.core.head.lip_gap import lip_gap_model
from soliloquy.core.motion import FaceMotion
from soliloquy.core.retarget.arkit import ARKIT_INDEX, FACE_PARTS, PARTS

from .heads import curves_of, make_head, make_motion, snapshot
from .rigs import make_rig
from .test_any_rig import VROID

STEP = 2 / 32767
"""Largest error of a sum of two layers that were read from an action."""

FELT = ("mouthSmileLeft", "mouthFrownLeft", "browInnerUp", "eyeSquintRight", "cheekPuff")


def felt(motion, factor=1.0, names=FELT):
    """A motion with emotion that adds to some channels and takes away from others; speech stays as it was."""
    emotion = np.zeros_like(motion.weights)
    for number, name in enumerate(names):
        column = ARKIT_INDEX[name]
        wave = factor * 0.4 * np.sin(np.arange(len(motion)) * 0.13 + number)
        summed = np.clip(motion.weights[:, column] + wave, 0, 1)
        emotion[:, column] = summed - motion.weights[:, column]
    return replace(motion, weights=motion.weights + emotion, emotion=emotion)


def plain(motion):
    return motion.weights if motion.emotion is None else motion.weights - motion.emotion


def column(weights, name):
    return weights[:, ARKIT_INDEX[name]]


def seen(head, name, frames):
    curves = curves_of(head)
    return np.array([curves[name].evaluate(frame) if name in curves else 0.0 for frame in frames])


def keys(head):
    return {name: snapshot_of(curve) for name, curve in curves_of(head).items()}


def snapshot_of(curve):
    return [tuple(point.co) for point in curve.keyframe_points], curve.group and curve.group.name


def bake(head, motion, **options):
    return bake_motion(head, motion, **{"start_frame": 1, "take": "hello", "parts": FACE_PARTS} | options)


def assert_shows(head, weights, frames, tolerance=STEP):
    for name in ARKIT_INDEX:
        assert seen(head, name, frames) == pytest.approx(column(weights, name), abs=tolerance), name


def test_negative_layers_are_kept_beside_files_of_before(tmp_path):
    action = bpy.data.actions.new("take")
    action.use_fake_user = True
    weights = np.random.default_rng(0).uniform(-1, 1, (40, 2)).astype(np.float32)
    layers = {
        "Emotion": Layer(3, ("jawOpen", "browInnerUp"), weights),
        "Mouth": Layer(3, ("jawOpen", "mouthClose"), np.abs(weights)),
    }
    write_layers(action, "11", layers)
    stored = action[PROPERTY].to_dict()
    # Before emotion there was nothing to tell signs by.
    del stored["11"]["Mouth"]["signed"]
    action[PROPERTY] = stored
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "layers.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "layers.blend"))
    read = read_layers(bpy.data.actions["take"], "11")
    assert np.abs(read["Emotion"].weights - weights).max() <= 1 / 32767
    assert np.abs(read["Mouth"].weights - np.abs(weights)).max() <= 1 / 65535


def test_keys_are_the_sum_in_the_groups_of_their_parts(head, motion):
    moving = felt(motion)
    report = bake(head, moving, start_frame=10)
    assert_shows(head, moving.weights, range(10, 60))
    part_of = {name: part for part, names in PARTS.items() for name in names}
    assert {name: curve.group.name for name, curve in curves_of(head).items()} == {
        name: part_of[name] for name in report.keyed
    }
    layers = layers_played(head.data.shape_keys)
    assert set(layers) == set(FACE_PARTS)
    assert layers["Emotion"].channel("browInnerUp", 10, 50).min() < -0.1
    assert set(layers["Emotion"].keys) == set(FELT)
    smile = layers["Mouth"].channel("mouthSmileLeft", 10, 50)
    assert smile == pytest.approx(column(plain(moving), "mouthSmileLeft"), abs=STEP)


def test_parts_one_after_the_other_are_as_all_at_once(head, motion):
    moving = felt(motion)
    bake(head, moving)
    together = keys(head)
    other = make_head(name="Other")
    for part in ("Emotion", "Mouth", "Gaze", "Brows", "Blink"):
        bake(other, moving, parts=(part,))
    assert_shows(other, moving.weights, range(1, 51))
    assert keys(other).keys() == together.keys()
    after = range(51, 60)
    for name in together:
        assert seen(other, name, after) == pytest.approx(seen(head, name, after), abs=STEP), name


def test_emotion_alone_rewrites_what_it_moves_and_nothing_else(head, motion):
    bake(head, felt(motion))
    before = keys(head)
    weaker = felt(motion, 0.5, names=("mouthSmileLeft", "noseSneerLeft"))
    report = bake(head, weaker, parts=("Emotion",))
    assert set(report.keyed) == {*FELT, "noseSneerLeft"}
    after = keys(head)
    same = {name for name in before if before[name] == after.get(name)}
    assert same == before.keys() - {*FELT, "noseSneerLeft"}
    assert_shows(head, weaker.weights, range(1, 51))
    assert set(layers_played(head.data.shape_keys)["Emotion"].keys) == {*FELT, "noseSneerLeft"}


def test_speech_alone_keeps_the_emotion_that_is_there(head, motion):
    moving = felt(motion)
    bake(head, moving)
    louder = replace(motion, weights=np.clip(motion.weights * 0.5, 0, 1))
    bake(head, louder, parts=("Mouth",))
    for name in PARTS["Mouth"]:
        asked = np.clip(column(louder.weights, name) + column(moving.emotion, name), 0, 1)
        assert seen(head, name, range(1, 51)) == pytest.approx(asked, abs=STEP), name
    brow = column(moving.weights, "browInnerUp")
    assert seen(head, "browInnerUp", range(1, 51)) == pytest.approx(brow, abs=STEP)


def test_emotion_goes_where_there_is_none_any_more(head, motion):
    bake(head, motion)
    before = keys(head)
    bake(head, felt(motion), parts=("Emotion",))
    assert keys(head) != before
    bake(head, motion, parts=("Emotion",))
    assert_shows(head, motion.weights, range(1, 51))
    assert keys(head).keys() == before.keys()
    assert not layers_played(head.data.shape_keys)["Emotion"].weights.any()


def test_what_was_never_felt_leaves_no_trace(head, motion):
    bake(head, motion)
    assert set(layers_played(head.data.shape_keys)) == set(PARTS)
    before = snapshot()
    report = bake(head, motion, parts=("Emotion",))
    assert (report.keyed, report.key_count) == ((), 0)
    assert snapshot() == before


def test_keys_that_only_emotion_moves_come_and_go():
    head = make_head()
    still = FaceMotion.still(40, 25.0)
    bake(head, felt(still))
    assert set(curves_of(head)) <= set(FELT)
    assert curves_of(head)["browInnerUp"].group.name == "Brows"
    bake(head, still)
    assert curves_of(head) == {}


def test_a_shorter_emotion_leaves_the_speech_behind_it(head):
    motion = make_motion(80)
    bake(head, felt(motion))
    short = replace(
        motion, weights=motion.weights[:30], expression=motion.expression[:30], gaze=motion.gaze[:30],
        head_rotation=motion.head_rotation[:30], head_translation=motion.head_translation[:30],
    )  # fmt: skip
    bake(head, felt(short), parts=("Emotion",))
    asked = motion.weights.copy()
    asked[:30] = felt(short).weights
    # Emotion comes to rest within 0.15 s, as everything does.
    shares = 1 - np.arange(1, 5, dtype=np.float32) / 4
    asked[30:34] = np.clip(asked[30:34] + felt(short).emotion[-1] * shares[:, None], 0, 1)
    assert_shows(head, asked, range(1, 81))
    assert_rests(head, 84)


def test_a_shorter_speech_leaves_the_emotion_behind_it(head):
    motion = make_motion(80, moving=["jawOpen", "mouthSmileLeft"])
    whole = felt(motion)
    bake(head, whole)
    short = make_motion(30, moving=["jawOpen", "mouthSmileLeft"])
    bake(head, short, parts=("Mouth",))
    asked = whole.emotion.copy()
    asked[:30] += short.weights
    shares = 1 - np.arange(1, 5, dtype=np.float32) / 4
    asked[30:34] += short.weights[-1] * shares[:, None]
    for name in PARTS["Mouth"]:
        expected = np.clip(column(asked, name), 0, 1)
        assert seen(head, name, range(1, 81)) == pytest.approx(expected, abs=STEP), name


def assert_rests(head, frame):
    assert all(abs(curve.evaluate(frame)) < STEP for curve in curves_of(head).values())


def test_a_range_of_frames(head, motion):
    bake(head, motion)
    moving = felt(motion)
    bake(head, moving, parts=("Emotion",), frame_range=(11, 30))
    asked = motion.weights.copy()
    asked[10:30] = moving.weights[10:30]
    assert_shows(head, asked, range(1, 51))


@pytest.mark.parametrize("key_reduction", [None, 0.01])
def test_a_range_keeps_emotion_within(head, key_reduction):
    motion = make_motion(60, moving=["jawOpen", "mouthSmileLeft"])
    # A curve with two keys, and one that is not there.
    motion.weights[:, ARKIT_INDEX["browInnerUp"]] = 0.3
    bake(head, motion, key_reduction=key_reduction)
    before = {name: seen(head, name, range(1, 70)) for name in ARKIT_INDEX}
    strong = felt(motion, 2.0, names=("browInnerUp", "cheekSquintLeft", "mouthSmileLeft"))
    for factor in (strong, motion):
        bake(head, factor, parts=("Emotion",), frame_range=(21, 40), key_reduction=key_reduction)
        for name in ARKIT_INDEX:
            shown = seen(head, name, range(1, 70))
            asked = np.concatenate(
                [before[name][:20], column(factor.weights, name)[20:40], before[name][40:]]
            )
            assert shown == pytest.approx(asked, abs=STEP if key_reduction is None else 0.021), name
    report = bake(head, motion, key_reduction=key_reduction)
    assert report.warnings == ()
    assert_shows(head, motion.weights, range(1, 61), 0.011)


def test_a_range_leaves_edited_curves_beside_it(head):
    motion = make_motion(60, moving=["jawOpen"])
    motion.weights[:, ARKIT_INDEX["browInnerUp"]] = 0.3
    bake(head, motion, key_reduction=0.01)
    curve = curves_of(head)["browInnerUp"]
    curve.keyframe_points[0].co.y = 0.9
    curve.update()
    bake(head, felt(motion), parts=("Emotion",), frame_range=(21, 40), key_reduction=0.01)
    frames = [round(point.co[0]) for point in curves_of(head)["browInnerUp"].keyframe_points]
    assert 20 not in frames


@pytest.mark.parametrize("key_reduction", [None, 0.01])
def test_emotion_comes_from_rest(head, key_reduction):
    first = make_motion(60, moving=["jawOpen", "mouthSmileLeft"])
    later = felt(
        make_motion(30, moving=["jawOpen"]), 2.0, names=("cheekPuff", "browInnerUp", "mouthSmileLeft")
    )
    bake(head, first, take="one", key_reduction=key_reduction)
    for _ in range(2):
        report = bake(head, later, take="two", start_frame=200, key_reduction=key_reduction)
        assert report.warnings == ()
        assert_shows(head, first.weights, range(1, 61), STEP if key_reduction is None else 0.011)
        # 0.15 s, as behind the sound.
        for name in ("browInnerUp", "mouthSmileLeft"):
            assert seen(head, name, (64, 100, 196)) == pytest.approx((0, 0, 0), abs=STEP)
            assert seen(head, name, (198,)) == pytest.approx(column(later.weights, name)[:1] / 2, abs=STEP)
    bake(head, later, take="two", start_frame=150, key_reduction=key_reduction)
    assert not [frame for frame, _ in keys(head)["browInnerUp"][0] if frame > 190]
    assert seen(head, "browInnerUp", (64, 146)) == pytest.approx((0, 0), abs=STEP)


def test_sounds_beside_each_other_keep_theirs(head):
    first, second = felt(make_motion(30)), felt(make_motion(30), -0.8)
    bake(head, first, take="one")
    bake(head, second, take="two", start_frame=40)
    bake(head, felt(make_motion(30), 0.3), take="one", parts=("Emotion",))
    assert_shows(head, second.weights, range(40, 70))
    assert_shows(head, felt(make_motion(30), 0.3).weights, range(1, 31))


def test_keys_of_the_animator_stay(head, motion):
    blocks = head.data.shape_keys.key_blocks
    for frame, value in ((-20, 0.3), (200, 0.6)):
        for name in ("browInnerUp", "tongueOut"):
            blocks[name].value = value
            blocks[name].keyframe_insert("value", frame=frame)
    bake(head, felt(make_motion(50, moving=["jawOpen"])), parts=("Emotion",))
    for name in ("browInnerUp", "tongueOut"):
        assert seen(head, name, (-20, 200)) == pytest.approx((0.3, 0.6), abs=1e-6)


def hand_key(head, name, points):
    block = head.data.shape_keys.key_blocks[name]
    for frame, value in points:
        block.value = value
        block.keyframe_insert("value", frame=frame)


def test_what_moves_by_hand_is_left_to_the_hand(head):
    by_hand = {"browInnerUp": ((1, 0.0), (20, 0.8), (40, 0.1)), "browDownLeft": ((-10, 0.5), (90, 0.2))}
    for name, points in by_hand.items():
        hand_key(head, name, points)
    before = keys(head)
    moving = felt(make_motion(50, moving=["jawOpen"]), names=(*FELT, "browDownLeft"))
    for parts in (("Mouth", "Emotion"), ("Mouth", "Emotion"), ("Emotion",)):
        report = bake(head, moving, parts=parts)
        assert {name: keys(head)[name] for name in by_hand} == before
        assert not by_hand.keys() & {*report.keyed, *report.resting}
        assert any("in NLA strips: browDownLeft, browInnerUp." in line for line in report.warnings)
        assert seen(head, "eyeSquintRight", range(1, 51)) == pytest.approx(
            column(moving.weights, "eyeSquintRight"), abs=STEP
        )
    # Who wants the part has it.
    report = bake(head, moving, parts=("Brows",))
    assert any("3 of browInnerUp" in line for line in report.warnings)
    assert seen(head, "browInnerUp", range(1, 51)) == pytest.approx(
        column(moving.weights, "browInnerUp"), abs=STEP
    )


def test_keys_that_only_hold_rest_are_no_animation(head):
    for name in ARKIT_INDEX:
        hand_key(head, name, ((1, 0.0),))
    moving = felt(make_motion(50, moving=["jawOpen"]))
    bake(head, moving, parts=("Mouth", "Emotion"))
    assert_shows(head, moving.weights, range(1, 51))


def test_another_sound_beside_is_nobody_s_hand(head):
    moving = felt(make_motion(30, moving=["jawOpen"]))
    bake(head, moving, take="second", start_frame=100)
    report = bake(head, moving, take="first", parts=("Mouth", "Emotion"))
    assert report.warnings == ()
    for start in (1, 100):
        assert_shows(head, moving.weights, range(start, start + 30))


def test_speech_in_the_nla_is_not_hidden(head, motion):
    speech = replace(motion, weights=motion.weights.copy())
    speech.weights[:, ARKIT_INDEX["cheekPuff"]] = 0
    bake(head, speech)
    animation = head.data.shape_keys.animation_data
    animation.nla_tracks.new().strips.new("Speech", 1, animation.action)
    animation.action = None
    moving = felt(speech)
    report = bake(head, moving, parts=("Emotion",))
    # Shapes that rest in the strip have no keys there.
    assert report.keyed == ("cheekPuff",)
    assert any("browInnerUp" in line and "in NLA strips" in line for line in report.warnings)
    animation.use_nla = False
    assert set(bake(head, moving, parts=("Emotion",)).keyed) == set(FELT)


def test_emotion_along_with_speech_frees_only_the_speech(head):
    moving = felt(make_motion(50, moving=["jawOpen"]))
    driver = head.data.shape_keys.driver_add('key_blocks["browInnerUp"].value')
    with pytest.raises(BakeError, match="'browInnerUp' has a driver"):
        bake(head, moving, parts=("Emotion",))
    for blocked in ("error", "skip", "fix"):
        report = bake(head, moving, parts=("Mouth", "Emotion"), blocked=blocked)
        assert report.skipped == ("'browInnerUp' has a driver",)
        assert "Shape keys of 'Head' were left out: 'browInnerUp' has a driver." in report.warnings or (
            blocked == "skip"
        )
        assert not driver.mute
        assert "browInnerUp" not in curves_of(head)
        assert "eyeSquintRight" in curves_of(head)
    bake(head, moving, parts=("Emotion",), blocked="fix")
    assert driver.mute
    assert "browInnerUp" in curves_of(head)


def test_companions_are_freed_and_left_in_the_same_way(head, motion):
    lashes = make_head(["browInnerUp", "browDownLeft", "mouthSmileLeft", "jawOpen"], "Lashes")
    hand_key(lashes, "browInnerUp", ((1, 0.0), (20, 0.8)))
    blocks = lashes.data.shape_keys.key_blocks
    for name in ("browDownLeft", "jawOpen"):
        blocks[name].mute = True
    before = keys(lashes)
    moving = felt(make_motion(50, moving=["jawOpen"]), names=(*FELT, "browDownLeft"))
    report = bake(head, moving, parts=("Mouth", "Emotion"), blocked="fix", companions=[lashes])
    assert keys(lashes)["browInnerUp"] == before["browInnerUp"]
    assert "Shape keys of 'Lashes' were left out: 'browDownLeft' is muted." in report.warnings
    assert any(line.startswith("Emotion leaves shape keys of 'Lashes' alone") for line in report.warnings)
    assert (blocks["browDownLeft"].mute, blocks["jawOpen"].mute) == (True, False)
    assert set(curves_of(lashes)) == {"browInnerUp", "mouthSmileLeft", "jawOpen"}


def test_closed_lips_stay_closed_in_the_sum_of_fewer_keys(head):
    motion = make_motion(120, moving=["jawOpen", "mouthSmileLeft", "mouthPressLeft"])
    for start in (20, 60, 90):
        motion.weights[start : start + 6] = 0
        motion.weights[start : start + 6, ARKIT_INDEX["jawOpen"]] = 0.2
        motion.weights[start : start + 6, ARKIT_INDEX["mouthClose"]] = 0.2
    moving = felt(motion, names=("mouthSmileLeft", "mouthSmileRight", "browInnerUp"))
    gap = lip_gap_model()
    closed = gap.heights(moving.weights) < gap.closed
    assert closed.sum() > 12
    bake(head, motion, key_reduction=0.01)
    bake(head, moving, parts=("Emotion",), key_reduction=0.01)
    frames = range(1, 121)
    shown = np.stack([seen(head, name, frames) for name in ARKIT_INDEX], axis=1)
    assert np.abs(shown - moving.weights).max() < 0.01 + STEP
    assert (gap.heights(shown)[closed] < gap.closed + 1e-9).all()


def test_what_is_read_is_the_sum(head):
    motion = make_motion(100)
    moving = felt(motion)
    bpy.context.scene.render.fps = 25
    bake(head, moving)
    read = read_performance(head, frame_range=(1, 100))
    assert np.abs(read.weights - moving.weights).max() < STEP


def test_numbers_that_are_none_are_refused(head, motion):
    moving = felt(motion)
    moving.emotion[7, 3] = np.nan
    before = snapshot()
    with pytest.raises(BakeError, match="weights that are not numbers"):
        bake(head, moving)
    assert snapshot() == before


def test_other_rigs_show_the_sum_whatever_is_baked_last():
    motion = make_motion(40, moving=["jawOpen", "mouthPucker", "eyeBlinkLeft", "browInnerUp"])
    moving = felt(motion, names=("mouthSmileLeft", "mouthSmileRight", "browInnerUp"))
    rigs = [make_rig(VROID, name) for name in ("Together", "Apart", "Without")]
    together, apart, without = rigs
    bake(together, moving)
    bake(apart, motion)
    bake(without, motion)
    before = {key: snapshot_of(curve) for key, curve in curves_of(without).items()}
    bake(apart, moving, parts=("Emotion",))
    for key in curves_of(together):
        shown, other = (seen(each, key, range(1, 41)) for each in (together, apart))
        assert other == pytest.approx(shown, abs=2e-3), key
    driver = plan_face(without, find_target(without), None).driver
    expected = dict(zip(driver.keys, driver.values(moving.weights).T, strict=True))
    assert seen(apart, "Fcl_MTH_A", range(1, 41)) == pytest.approx(expected["Fcl_MTH_A"], abs=2e-3)
    # Lids are not felt here: nobody touches them.
    assert snapshot_of(curves_of(apart)["Fcl_EYE_Close_L"]) == before["Fcl_EYE_Close_L"]
    bake(apart, motion, parts=("Emotion",))
    for key in before:
        assert seen(apart, key, range(1, 41)) == pytest.approx(seen(without, key, range(1, 41)), abs=2e-3), (
            key
        )


def test_companions_feel_along(head, motion):
    lashes = make_head(["browInnerUp", "mouthSmileLeft", "jawOpen"], "Lashes")
    moving = felt(motion)
    bake(head, motion, companions=[lashes])
    jaw = snapshot_of(curves_of(lashes)["jawOpen"])
    bake(head, moving, parts=("Emotion",), companions=[lashes])
    for name in ("browInnerUp", "mouthSmileLeft"):
        asked = column(moving.weights, name)
        assert seen(lashes, name, range(1, 51)) == pytest.approx(asked, abs=STEP), name
    assert snapshot_of(curves_of(lashes)["jawOpen"]) == jaw
    bake(head, motion, parts=("Emotion",), companions=[lashes])
    for name in ("browInnerUp", "mouthSmileLeft"):
        asked = column(motion.weights, name)
        assert seen(lashes, name, range(1, 51)) == pytest.approx(asked, abs=STEP), name
