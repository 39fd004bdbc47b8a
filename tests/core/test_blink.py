# SPDX-License-Identifier: GPL-3.0-or-later
from itertools import islice, pairwise

import numpy as np
import pytest
from soliloquy.core.errors import InputError
from soliloquy.core.generate.blink import blinks, generate_blinks

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
