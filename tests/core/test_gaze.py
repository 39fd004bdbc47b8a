# SPDX-License-Identifier: GPL-3.0-or-later
import numpy as np
import pytest
from soliloquy.core.errors import InputError
from soliloquy.core.frame_times import frame_times
from soliloquy.core.generate.cues import SpeechCues
from soliloquy.core.generate.gaze import (
    MOST_DOWN,
    MOST_SIDEWAYS,
    MOST_UP,
    Gaze,
    LookAt,
    eye_look_angles,
    eye_look_weights,
    generate_gaze,
    in_head,
)
from soliloquy.core.generate.gaze_shifts import DIRECTION_SHARES, LEAST_SIZE, plan_gaze_shifts
from soliloquy.core.generate.saccades import render_saccades, saccade_duration
from soliloquy.core.head import load_head
from soliloquy.core.retarget.arkit import ARKIT_INDEX, GAZE_NAMES

from .talking import talk, within

HOUR = 3600.0


def gaze(duration, fps, *, seed=0, cues=None, rotation=None, **options):
    count = round(duration * fps)
    rotation = np.zeros((count, 3)) if rotation is None else rotation
    cues = cues or SpeechCues.none(duration)
    return generate_gaze(count, fps, seed=seed, cues=cues, head_rotation=rotation, **options)


def conversing(duration, fps):
    """A head (F, 3) that turns as in conversation, up to 10 degrees at some 20 degrees a second."""
    times = frame_times(round(duration * fps), fps)
    yaw = 7 * np.sin(1.9 * times) + 3 * np.sin(3.1 * times)
    return np.radians(np.stack([yaw, 4 * np.sin(2.3 * times + 1), 3 * np.sin(1.1 * times)], axis=1))


def directions(angles):
    """Unit vectors (F, 3) of yaw and pitch, written out."""
    yaw, pitch = np.moveaxis(np.asarray(angles, np.float64), -1, 0)
    return np.stack([np.sin(yaw) * np.cos(pitch), np.sin(pitch), np.cos(yaw) * np.cos(pitch)], axis=-1)


def matrices(rotation):
    """R = Ry(yaw) Rx(-pitch) Rz(roll), (F, 3, 3), written out."""

    def about(axis, angle):
        x, y = [(1, 2), (2, 0), (0, 1)][axis]
        turn = np.zeros((len(angle), 3, 3))
        turn[:, axis, axis] = 1
        turn[:, x, x] = turn[:, y, y] = np.cos(angle)
        turn[:, x, y], turn[:, y, x] = -np.sin(angle), np.sin(angle)
        return turn

    yaw, pitch, roll = np.asarray(rotation, np.float64).T
    return about(1, yaw) @ about(0, -pitch) @ about(2, roll)


# Saccades


@pytest.mark.parametrize("degrees", [1, 2, 5, 10, 15, 20, 30])
def test_speed_follows_size_as_the_main_sequence_says(degrees):
    """Measured on the curve: durations of Carpenter (1988), peaks in the bands that are known of people."""
    fps = 2000
    times = np.arange(fps) / fps
    target = np.radians(degrees) * np.array([[np.cos(0.6), np.sin(0.6)]])
    path = np.degrees(render_saccades(times, np.array([0.2]), target))
    way = np.hypot(*path.T)
    speed = np.hypot(*np.diff(path, axis=0).T) * fps
    moving = np.flatnonzero(speed > 1)
    assert (moving[-1] - moving[0]) / fps == pytest.approx(0.021 + 0.0022 * degrees, abs=0.003)
    low, high = {1: (40, 90), 2: (80, 160), 5: (160, 320), 10: (250, 450), 15: (300, 550)}.get(
        degrees, (350, 650)
    )
    assert low < speed.max() < high
    assert way[-1] == pytest.approx(degrees, rel=1e-9)
    assert np.all(np.diff(way) >= -1e-9), "it rings"


def test_peak_speed_saturates_in_a_whole_performance():
    fps = 240
    clip = gaze(600, fps, seed=3)
    angles = np.degrees(clip.angles.astype(np.float64))
    speed = np.hypot(*np.diff(angles, axis=0).T) * fps
    sizes, peaks = [], []
    for time, size in zip(clip.shift_times, np.degrees(clip.shift_sizes), strict=True):
        first = int(time * fps)
        if size > 1 and first + 40 < len(speed):
            sizes.append(size)
            peaks.append(speed[first : first + int(saccade_duration(np.radians(size)) * fps) + 2].max())
    sizes, peaks = np.array(sizes), np.array(peaks)
    assert len(sizes) > 300
    # 240 frames a second see a little less than the peak of what lasts six frames.
    expected = np.pi / 2 * sizes / (0.021 + 0.0022 * sizes)
    assert np.median(np.abs(peaks / expected - 1)) < 0.06
    small, large = peaks[sizes < 4] / sizes[sizes < 4], peaks[sizes > 12] / sizes[sizes > 12]
    assert np.median(large) < 0.65 * np.median(small)
    assert peaks.max() < 714
    # Between saccades there is only drift.
    at_rest = np.ones(len(speed), bool)
    for time, size in zip(clip.shift_times, clip.shift_sizes, strict=True):
        at_rest[int(time * fps) - 1 : int((time + saccade_duration(size)) * fps) + 2] = False
    assert at_rest.mean() > 0.85
    assert speed[at_rest].max() < 2.0


@pytest.mark.parametrize("fps", [24, 30, 60])
def test_a_saccade_takes_few_frames_and_never_comes_back(fps):
    clip = gaze(300, fps, seed=1)
    frames = clip.angles.astype(np.float64)
    for time, size in zip(clip.shift_times, clip.shift_sizes, strict=True):
        first, last = int(time * fps), int(np.ceil((time + saccade_duration(size)) * fps))
        if size < np.radians(2) or last >= len(frames):
            continue
        assert last - first <= {24: 4, 30: 4, 60: 7}[fps]
        way = (frames[first : last + 1] - frames[first]) @ (frames[last] - frames[first])
        assert np.all(np.diff(way) >= -0.01 * way[-1])  # which drift may be


def test_saccades_leave_each_other_time():
    for seed in range(5):
        shifts = plan_gaze_shifts(600, seed=seed, cues=talk(600, seed=seed))
        assert np.diff(shifts.times).min() >= 0.249


# Where they go


def looks(shifts, duration):
    """Seconds of each look at the listener and of each look away."""
    times, away = shifts.times[shifts.moves], shifts.away[shifts.moves]
    assert np.all(away[::2])
    assert not np.any(away[1::2])
    lengths = np.diff(times)
    return np.concatenate([times[:1], lengths[1::2]]), lengths[::2]


def test_looks_last_as_long_as_was_found():
    """Lee, Badler and Badler (2002): 93.9 and 27.8 frames at 30 a second."""
    at, away = (
        np.concatenate(group)
        for group in zip(
            *(looks(plan_gaze_shifts(HOUR, seed=s, cues=SpeechCues.none(HOUR)), HOUR) for s in range(6)),
            strict=True,
        )
    )
    assert at.mean() * 30 == pytest.approx(93.9, rel=0.05)
    assert away.mean() * 30 == pytest.approx(27.8, rel=0.05)
    assert 0.7 < at.std() / at.mean() < 1.1
    assert at.min() > 0.49
    assert away.min() > 0.24


def test_looks_that_follow_speech_last_about_as_long():
    at, away = (
        np.concatenate(group)
        for group in zip(
            *(looks(plan_gaze_shifts(HOUR, seed=s, cues=talk(HOUR, seed=s)), HOUR) for s in range(3)),
            strict=True,
        )
    )
    assert at.mean() * 30 == pytest.approx(93.9, rel=0.2)
    assert away.mean() * 30 == pytest.approx(27.8, rel=0.2)
    assert away.sum() / (at.sum() + away.sum()) == pytest.approx(27.8 / (93.9 + 27.8), rel=0.12)


def test_sizes_and_directions_are_those_that_were_found():
    places = []
    for seed in range(6):
        shifts = plan_gaze_shifts(HOUR, seed=seed, cues=SpeechCues.none(HOUR))
        places.append(shifts.places[shifts.moves & shifts.away])
    places = np.degrees(np.concatenate(places))
    size, angle = np.hypot(*places.T), np.arctan2(places[:, 1], places[:, 0])
    sectors = np.bincount(np.rint(angle / (np.pi / 4)).astype(int) % 8, minlength=8) / len(places)
    assert 100 * sectors == pytest.approx(DIRECTION_SHARES, abs=1.8)
    # P = 15.7 exp(-A / 6.9), beyond a face; to the sides, where no end is near.
    sideways = size[np.abs(np.sin(angle)) < 0.3]
    assert size.min() >= np.degrees(LEAST_SIZE) - 1e-9
    for lower, upper in [(3, 8), (5, 10), (8, 14)]:
        fall = np.log(np.mean(sideways > lower) / np.mean(sideways > upper))
        assert fall == pytest.approx((upper - lower) / 6.9, rel=0.25)
    assert size.max() <= 27.01


def test_speakers_look_away_as_they_begin_or_think_and_back_at_the_end():
    thinking, beginning, ending, anywhere = [], [], [], []
    for seed in range(4):
        cues = talk(HOUR, seed=seed)
        shifts = plan_gaze_shifts(HOUR, seed=seed, cues=cues)
        edges = shifts.times[shifts.moves]
        away = edges[: len(edges) // 2 * 2].reshape(-1, 2)
        pauses = cues.pauses[1:-1]
        lengths = pauses[:, 1] - pauses[:, 0]
        think = pauses[(lengths > 0.6) & (lengths < 3)]
        turns = pauses[lengths > 3, 0]
        thinking.append(within(think[:, 1] - 0.05, away))
        beginning.append(within(think[:, 1] + 0.3, away))
        ending.append(within(turns - 0.1, away))
        anywhere.append(within(np.linspace(0, HOUR, 20000), away))
    thinking, beginning, ending, anywhere = (
        np.concatenate(each).mean() for each in (thinking, beginning, ending, anywhere)
    )
    assert 0.18 < anywhere < 0.28
    assert thinking > 2 * anywhere
    assert beginning > 1.8 * anywhere
    assert ending < 0.6 * anywhere


# In the head


def test_a_gaze_that_rests_stays_where_it_is_in_space():
    """The vestibulo-ocular reflex: turned back into space, the eyes know nothing of the head."""
    fps, duration = 60, 60
    rotation = conversing(duration, fps)
    moving = gaze(duration, fps, seed=2, rotation=rotation)
    still = gaze(duration, fps, seed=2)
    in_space = np.einsum("fij,fj->fi", matrices(rotation), directions(moving.angles))
    error = np.degrees(np.linalg.norm(in_space - directions(still.angles), axis=1))
    assert np.sqrt(np.mean(error**2)) < 0.01
    assert np.degrees(np.ptp(moving.angles[:, 0] - still.angles[:, 0])) > 15


def test_the_head_is_left_out_with_exact_rotations():
    random = np.random.default_rng(0)
    rotation = random.uniform(-0.7, 0.7, (500, 3))
    asked = random.uniform(-0.6, 0.6, (500, 2))
    expected = np.einsum("fji,fj->fi", matrices(rotation), directions(asked))
    assert np.abs(directions(in_head(asked, rotation)) - expected).max() < 1e-12


@pytest.mark.parametrize("target", [(0.0, 0.0), (0.3, 0.1), (-0.45, -0.35)])
def test_eyes_stay_on_what_they_look_at_when_they_do_not_wander(target):
    fps, duration = 60, 20
    rotation = conversing(duration, fps) / 4
    clip = gaze(duration, fps, seed=2, rotation=rotation, look_at=LookAt.still(*target), amount=0)
    in_space = np.einsum("fij,fj->fi", matrices(rotation), directions(clip.angles))
    assert np.abs(in_space - directions(target)).max() < 1e-6


def test_eyes_follow_a_target_that_moves_at_any_frame_rate():
    points = np.radians([[-20, 0], [10, 8], [25, -10]])
    target = LookAt(points, np.array([1.0, 2.0, 4.0]))
    for fps in (24, 30000 / 1001, 60):
        clip = gaze(6, fps, look_at=target, amount=0)
        times = frame_times(len(clip.angles), fps)
        expected = np.stack([np.interp(times, target.times, each) for each in points.T], axis=1)
        assert np.abs(clip.angles - expected).max() < 1e-6


def test_a_target_that_passes_behind_goes_on_around():
    target = LookAt(np.radians([[170, 0], [-170, 0]]), np.array([0.0, 1.0]))
    assert np.degrees(target.at(np.array([0.5]))[0, 0]) == pytest.approx(180)


def test_eyes_that_look_to_the_side_look_away_to_the_other():
    target = np.radians(25)
    clip = gaze(600, 30, look_at=LookAt.still(target))
    assert np.degrees(clip.angles[:, 0].max()) < 33
    assert np.degrees(clip.angles[:, 0].min()) < 8


def test_eyes_never_leave_their_range_and_move_evenly_towards_it():
    fps = 60
    rotation = np.zeros((600, 3))
    rotation[:, 0] = np.linspace(-1.5, 1.5, 600)
    rotation[:, 1] = np.linspace(1.2, -1.2, 600)
    clip = gaze(10, fps, rotation=rotation, amount=2.0)
    assert np.all(np.abs(clip.angles[:, 0]) <= MOST_SIDEWAYS)
    assert np.all(clip.angles[:, 1] <= MOST_UP)
    assert np.all(clip.angles[:, 1] >= -MOST_DOWN)
    yaw = gaze(10, fps, rotation=rotation * [1, 0, 0], amount=0).angles[:, 0].astype(np.float64)
    assert np.all(np.diff(yaw) <= 1e-7)
    assert np.abs(np.diff(yaw, 2)).max() < 1e-3


# One seed, one gaze


@pytest.mark.parametrize("fps", [12, 23.976, 25, 30, 50, 120])
def test_one_seed_gives_one_gaze_at_any_frame_rate(fps):
    cues = talk(60, seed=4)
    fine, coarse = (gaze(60, rate, seed=7, cues=cues) for rate in (1200, fps))
    assert np.array_equal(fine.shift_times[:50], coarse.shift_times[:50])
    times = frame_times(len(coarse.angles), fps)
    rows = np.minimum(np.rint(times * 1200).astype(int), len(fine.angles) - 1)
    # Half a step of the fine one, at a saccade's top speed.
    assert np.abs(fine.angles[rows] - coarse.angles).max() < np.radians(714 / 1200)


def test_a_longer_clip_starts_with_the_same_gaze():
    longer = gaze(600, 30, seed=5, cues=talk(600, seed=9, silent_from=100))
    for duration in (104, 250.5):
        shorter = gaze(duration, 30, seed=5, cues=talk(duration, seed=9, silent_from=100))
        assert np.array_equal(shorter.angles, longer.angles[: len(shorter.angles)])
    # Where the talk goes on, its first half knows of it three seconds before at most.
    whole, half = (gaze(length, 30, seed=5, cues=talk(length, seed=9)) for length in (600, 300))
    known = int((talk(300, seed=9).phrases[-1, 1] - 3) * 30)
    assert known > 8000
    assert np.array_equal(whole.angles[:known], half.angles[:known])


def test_seeds_differ():
    results = {gaze(30, 30, seed=seed).angles.tobytes() for seed in (-2, 0, 1, 2, 2**40)}
    assert len(results) == 5


def test_the_amount_scales_how_far_eyes_wander_and_nothing_else():
    whole, half = (gaze(60, 60, seed=1, amount=amount) for amount in (1.0, 0.5))
    assert np.array_equal(whole.shift_times, half.shift_times)
    assert np.array_equal(whole.shift_sizes, half.shift_sizes)
    # A smaller saccade is over a little sooner.
    resting = np.ones(3600, bool)
    for time in whole.shift_times:
        resting[int(time * 60) : int((time + 0.12) * 60) + 2] = False
    assert np.abs(0.5 * whole.angles - half.angles)[resting].max() < 1e-4


@pytest.mark.parametrize("fps", [1, 7, 24, 240])
@pytest.mark.parametrize("count", [0, 1, 2, 100])
def test_any_length_and_rate(count, fps):
    clip = generate_gaze(
        count, fps, seed=0, cues=talk(count / fps), head_rotation=np.zeros((count, 3), np.float32)
    )
    assert clip.angles.shape == (count, 2)
    assert clip.angles.dtype == np.float32
    assert np.isfinite(clip.angles).all()
    assert len(clip.shift_times) == len(clip.shift_sizes)
    assert Gaze.ahead(count).angles.shape == (count, 2)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"fps": 0}, "frame rate"),
        ({"fps": float("nan")}, "frame rate"),
        ({"amount": -1}, "amount"),
        ({"head_rotation": np.zeros((9, 3))}, "rotation"),
    ],
)
def test_what_cannot_be_is_refused(options, match):
    arguments = {"fps": 30, "head_rotation": np.zeros((10, 3)), "amount": 1.0} | options
    with pytest.raises(InputError, match=match):
        generate_gaze(10, seed=0, cues=SpeechCues.none(1.0), **arguments)


@pytest.mark.parametrize(
    ("directions", "times"),
    [
        (np.zeros((0, 2)), np.zeros(0)),
        (np.zeros((2, 3)), np.zeros(2)),
        (np.zeros((2, 2)), np.zeros(3)),
        (np.zeros((2, 2)), np.array([1.0, 0.0])),
        (np.full((1, 2), np.nan), np.zeros(1)),
    ],
)
def test_a_target_that_is_none_is_refused(directions, times):
    with pytest.raises(InputError, match="look-at target"):
        LookAt(directions, times)


# Shapes


def test_shapes_turn_the_eyes_of_the_head_as_asked():
    head = load_head()
    shapes = head.arkit_deltas[[ARKIT_INDEX[name] for name in GAZE_NAMES]]
    for yaw, pitch in np.radians([(0, 0), (20, 0), (-20, 0), (0, 12), (0, -15), (27, 15), (8, -6)]):
        weights = eye_look_weights(np.array([[yaw, pitch]]))[0]
        for side in ("eye_left", "eye_right"):
            eye = head.template[head.spans[side]]
            moved = eye + np.tensordot(weights, shapes[:, head.spans[side]], 1)
            assert np.ptp(eye[[0, -1], :2], axis=0).max() < 1e-4, "the poles of the line of sight"
            sight = moved[0] - moved[-1]
            sight /= np.linalg.norm(sight)
            # Two shapes together are not quite one rotation.
            off = np.degrees(np.arccos(np.clip(sight @ directions([yaw, pitch]), -1, 1)))
            assert off < (1.0 if yaw and pitch else 0.25)


def test_only_one_of_a_pair_is_on_and_none_leaves_its_range():
    random = np.random.default_rng(1)
    weights = eye_look_weights(random.uniform(-1, 1, (1000, 2)))
    assert weights.shape == (1000, 8)
    assert weights.dtype == np.float32
    assert weights.min() == 0
    assert weights.max() == 1
    for side in ("Left", "Right"):
        for one, other in (("Up", "Down"), ("In", "Out")):
            pair = [GAZE_NAMES.index(f"eyeLook{way}{side}") for way in (one, other)]
            assert np.all(weights[:, pair].min(axis=1) == 0)
    assert np.degrees(eye_look_angles()) == pytest.approx([18, 27, 27, 15] * 2, abs=0.01)
    left = eye_look_weights(np.array([[np.radians(13.5), 0]]))[0]
    named = {name: weight for name, weight in zip(GAZE_NAMES, left, strict=True) if weight > 0}
    assert named == pytest.approx({"eyeLookOutLeft": 0.5, "eyeLookInRight": 0.5}, rel=1e-4)
