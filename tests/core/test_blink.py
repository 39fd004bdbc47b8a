# SPDX-License-Identifier: GPL-3.0-or-later
from functools import cache
from itertools import islice, pairwise

import numpy as np
import pytest
from soliloquy.core.errors import InputError
from soliloquy.core.generate.blink import (
    DOUBLE_INTERVAL,
    DOUBLE_SHARE,
    INCOMPLETE_DEPTH,
    INCOMPLETE_SHARE,
    blinks,
    cued_blinks,
    generate_blinks,
)
from soliloquy.core.generate.cues import SpeechCues
from soliloquy.core.generate.gaze import Gaze, generate_gaze

from .talking import talk, within

FRAME_RATES = [12, 23.976, 24, 25, 29.97, 30, 50, 60, 120]


def closed_frames(closure):
    return np.flatnonzero(closure == 1)


def starts(closure):
    """Frames at which an eye that was open begins to close."""
    return np.flatnonzero((closure[1:] > 0) & (closure[:-1] == 0))


@pytest.mark.parametrize("seed", range(12))
def test_fifteen_to_twenty_a_minute(seed):
    closure = generate_blinks(10 * 60 * 50, 50, seed=seed)
    assert 15 <= len(starts(closure)) / 10 <= 20


@pytest.mark.parametrize("per_minute", [5, 17, 30, 60])
def test_the_rate_asked_for_over_hours(per_minute):
    times = [blink.time for blink in islice(blinks(1, per_minute), 20000)]
    assert len(times) / times[-1] * 60 == pytest.approx(per_minute, rel=0.02)


def test_intervals_vary_and_are_skewed():
    intervals = np.diff([blink.time for blink in islice(blinks(3), 5000)])
    assert intervals.min() > 0.8
    assert np.median(intervals) < 0.93 * intervals.mean()
    assert 0.35 < intervals.std() / intervals.mean() < 0.65


@pytest.mark.parametrize("fps", FRAME_RATES)
def test_every_blink_has_a_closed_frame_and_nothing_leaves_the_range(fps):
    count = int(120 * fps)
    closure = generate_blinks(count, fps, seed=4)
    assert closure.dtype == np.float32
    assert closure.shape == (count,)
    assert closure[0] == 0
    assert closure.min() == 0
    assert closure.max() == 1
    times = [blink.time for blink in islice(blinks(4), 100) if blink.time < 119]
    assert len(times) > 20
    for time in times:
        assert closure[round(time * fps)] == 1


def test_starts_with_open_eyes():
    for seed in range(200):
        assert not generate_blinks(12, 60, seed=seed, per_minute=60).any()


def test_closes_faster_than_it_opens():
    fps = 1000
    closure = generate_blinks(60 * fps, fps, seed=0)
    begins = starts(closure)
    ends = np.flatnonzero((closure[:-1] > 0) & (closure[1:] == 0))
    assert len(begins) == len(ends)
    durations = []
    for begin, end in zip(begins, ends, strict=True):
        closed = closed_frames(closure[begin : end + 2]) + begin
        closing, opening = (closed[0] - begin) / fps, (end - closed[-1]) / fps
        assert 0.095 < closing < 0.155
        assert 0.155 < opening < 0.335
        assert opening > 1.4 * closing
        durations.append(end - begin)
    assert np.std(durations) > 10


def test_one_seed_gives_one_result_and_another_seed_another():
    assert np.array_equal(generate_blinks(3000, 60, seed=5), generate_blinks(3000, 60, seed=5))
    results = {generate_blinks(3000, 60, seed=seed).tobytes() for seed in (-2, 0, 1, 2, 2**40)}
    assert len(results) == 5


@pytest.mark.parametrize("fps", FRAME_RATES)
def test_a_longer_clip_starts_with_the_same_blinks(fps):
    longer = generate_blinks(20000, fps, seed=6)
    for count in (1, 100, 777, 12345):
        shorter = generate_blinks(count, fps, seed=6)
        room = max(0, count - int(0.55 * fps))
        assert np.array_equal(shorter[:room], longer[:room])


def test_no_clip_ends_with_lids_half_shut():
    for seed in range(200):
        assert generate_blinks(304, 30, seed=seed)[-1] < 0.1, seed


@pytest.mark.parametrize("fps", FRAME_RATES)
def test_blinks_come_at_the_same_seconds_at_any_frame_rate(fps):
    closure = generate_blinks(int(600 * fps), fps, seed=7)
    fine = generate_blinks(600 * 1000, 1000, seed=7)
    fine_times = starts(fine) / 1000
    times = starts(closure) / fps
    assert len(times) == len(fine_times)
    # To the nearest frame for the middle; the visible start is within a frame and a half.
    assert np.abs(times - fine_times).max() <= 1.5 / fps + 0.002


def test_a_rate_of_zero_gives_none():
    assert not generate_blinks(100000, 60, seed=0, per_minute=0).any()


def test_a_rate_beyond_what_eyes_do_is_held():
    most = generate_blinks(60000, 60, seed=0, per_minute=60)
    assert np.array_equal(generate_blinks(60000, 60, seed=0, per_minute=1e6), most)
    times = [blink.time for blink in islice(blinks(0, 60), 5000)]
    assert min(after - before for before, after in pairwise(times)) > 0.4


def test_no_frames():
    assert generate_blinks(0, 60, seed=0).shape == (0,)


@pytest.mark.parametrize("per_minute", [-1, -1e-9, float("nan")])
def test_a_negative_rate_is_refused(per_minute):
    with pytest.raises(InputError, match="blink rate"):
        generate_blinks(100, 60, seed=0, per_minute=per_minute)


@pytest.mark.parametrize("fps", [0, -25, float("nan"), float("inf")])
def test_a_frame_rate_that_is_none_is_refused(fps):
    with pytest.raises(InputError, match="frame rate"):
        generate_blinks(100, fps, seed=0)


# With speech and gaze

HOUR = 3600.0


@cache
def scene(seed, duration, fps=30.0):
    """Cues and gaze of one clip."""
    cues, count = talk(duration, seed=seed), round(duration * fps)
    return cues, generate_gaze(count, fps, seed=seed, cues=cues, head_rotation=np.zeros((count, 3)))


def conversation(seed, duration=HOUR, *, per_minute=17.0):
    """Cues, gaze and blinks of one clip."""
    cues, gaze = scene(seed, duration)
    return cues, gaze, list(cued_blinks(duration, seed=seed, per_minute=per_minute, cues=cues, gaze=gaze))


@pytest.mark.parametrize("per_minute", [5, 10, 17, 30, 60])
def test_cues_do_not_change_the_mean_rate(per_minute):
    drawn = [len(conversation(seed, per_minute=per_minute)[2]) for seed in range(4)]
    assert np.mean(drawn) / 60 == pytest.approx(per_minute, rel=0.05)


@pytest.mark.parametrize("duration", [30.0, 120.0])
def test_short_clips_blink_as_often_together(duration):
    drawn = [len(conversation(seed, duration)[2]) for seed in range(round(7200 / duration))]
    assert np.mean(drawn) / duration * 60 == pytest.approx(17, rel=0.1)


def test_silence_blinks_as_often():
    drawn = list(cued_blinks(HOUR, seed=1, cues=SpeechCues.none(HOUR)))
    assert len(drawn) / 60 == pytest.approx(17, rel=0.05)


def test_blinks_gather_where_speech_breaks():
    """Nakano and Kitazawa (2010)."""
    inside, around, elsewhere = [], [], []
    for seed in range(3):
        cues, _, drawn = conversation(seed)
        times = np.array([blink.time for blink in drawn])
        ends = cues.phrases[:, 1]
        spans = {
            "pauses": cues.pauses,
            "ends": np.stack([ends - 0.15, np.minimum(ends + 0.35, np.append(cues.phrases[1:, 0], HOUR))], 1),
        }
        pauses, close = within(times, spans["pauses"]), within(times, spans["ends"])
        silence = np.ptp(spans["pauses"], axis=1).sum()
        inside.append(pauses.sum() / silence)
        around.append(close.sum() / np.ptp(spans["ends"], axis=1).sum())
        elsewhere.append((~pauses & ~close).sum() / (HOUR - silence))
    assert np.mean(inside) > 2 * np.mean(elsewhere)
    assert np.mean(around) > 3.5 * np.mean(elsewhere)


def test_large_gaze_shifts_bring_blinks_that_begin_with_them():
    """Evinger et al. (1994): nearly every one above 33 degrees, and few of the small ones."""
    shares = {5: [], 16: [], 33: []}
    for seed in range(6):
        times = np.arange(3.0, HOUR, 9.0)
        sizes = np.random.default_rng(seed).choice(list(shares), len(times))
        gaze = Gaze(np.zeros((0, 2), np.float32), times, np.radians(sizes) + 1e-6)
        drawn = list(cued_blinks(HOUR, seed=seed, gaze=gaze))
        begins = np.array([blink.time - blink.closed / 2 - blink.closing for blink in drawn])
        with_one = np.abs(begins[:, None] - times).min(axis=0) < 1e-6
        for degrees, each in shares.items():
            each.append(with_one[sizes == degrees].mean())
        assert len(drawn) / 60 == pytest.approx(17, rel=0.05)
    shares = {degrees: np.mean(each) for degrees, each in shares.items()}
    assert shares[33] > 0.75
    assert 0.15 < shares[16] < 0.45
    assert shares[5] < 0.06


def test_some_blinks_are_double_and_some_incomplete():
    drawn = [blink for seed in range(6) for blink in conversation(seed)[2]]
    depths = np.array([blink.depth for blink in drawn])
    partial = depths[depths < 1]
    assert len(partial) / len(depths) == pytest.approx(INCOMPLETE_SHARE, abs=0.015)
    assert partial.min() >= INCOMPLETE_DEPTH[0]
    assert partial.max() <= INCOMPLETE_DEPTH[1]
    intervals = np.diff([blink.time for blink in drawn])
    double = (intervals > DOUBLE_INTERVAL[0] - 1e-6) & (intervals < DOUBLE_INTERVAL[1] - 1e-6)
    assert double.mean() == pytest.approx(DOUBLE_SHARE, abs=0.015)
    assert np.abs(intervals).min() >= DOUBLE_INTERVAL[0] - 1e-6


@pytest.mark.parametrize("fps", FRAME_RATES)
def test_cued_blinks_come_at_the_same_seconds_at_any_frame_rate(fps):
    cues, gaze, drawn = conversation(8, 300.0)
    closure = generate_blinks(round(300 * fps), fps, seed=8, cues=cues, gaze=gaze)
    assert closure[0] == closure[-1] == 0
    assert 0 <= closure.min() <= closure.max() <= 1
    for blink in drawn:
        if blink.time < 299:
            assert closure[round(blink.time * fps)] >= blink.depth - 1e-6


def test_a_longer_clip_starts_with_the_same_cued_blinks():
    longer, shorter = (conversation(3, length) for length in (600.0, 300.0))
    known = shorter[0].phrases[-1, 1] - 3
    assert known > 280
    early = [[blink for blink in drawn if blink.time < known] for _, _, drawn in (longer, shorter)]
    assert len(early[0]) > 50
    assert early[0] == early[1]


def test_blinks_do_not_depend_on_how_far_the_eyes_wander():
    cues, count = talk(120.0), 3600
    results = {
        generate_blinks(
            count,
            30,
            seed=1,
            cues=cues,
            gaze=generate_gaze(
                count, 30, seed=1, cues=cues, head_rotation=np.zeros((count, 3)), amount=amount
            ),
        ).tobytes()
        for amount in (0.0, 0.4, 1.0, 2.0)
    }
    assert len(results) == 1


@pytest.mark.parametrize("fps", [1, 3, 24, 240])
@pytest.mark.parametrize("count", [0, 1, 2, 100])
def test_any_length_and_rate_with_cues(count, fps):
    closure = generate_blinks(count, fps, seed=0, cues=talk(count / fps), gaze=Gaze.ahead(count))
    assert closure.shape == (count,)
    assert not closure[:1].any()


def test_no_blinks_with_cues_at_a_rate_of_zero():
    assert not generate_blinks(10000, 60, seed=0, per_minute=0, cues=talk(150.0)).any()
    with pytest.raises(InputError, match="blink rate"):
        generate_blinks(100, 60, seed=0, per_minute=-1, cues=talk(2.0))
