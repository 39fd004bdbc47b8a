# SPDX-License-Identifier: GPL-3.0-or-later
from itertools import pairwise

import numpy as np
import pytest
from soliloquy.core.generate.blink import LEAST_INTERVAL, Blink, blinks, generate_blinks
from soliloquy.core.generate.lids import (
    FULL_DEPTH,
    blink_rate,
    find_blinks,
    full_blinks,
    thin_blinks,
    without_blinks,
)

BLINK = Blink(time=0.0, closing=0.085, closed=0.03, opening=0.2)


def lids(seconds: float, fps: float, *events: tuple[float, float], rest: float = 0.0) -> np.ndarray:
    """Lids at rest with blinks (second, height)."""
    times = np.arange(round(seconds * fps)) / fps
    curve = np.full(len(times), rest)
    for second, height in events:
        curve = np.maximum(curve, rest + (height - rest) * BLINK.closure(times - second))
    return curve


def restless(count: int, fps: float, seed: int) -> np.ndarray:
    """What lids do beside blinking: drift, squints that come and go, small quick movements. 0 .. 0.45."""
    random = np.random.default_rng(seed)
    times = np.arange(count) / fps
    drift = 0.08 + 0.08 * np.sin(times / 7)
    squint = 0.2 / (1 + np.exp(-(np.sin(times / 3) - 0.5) * 20))
    knots = np.arange(0, times[-1] + 1, 0.3)
    return drift + squint + np.interp(times, knots, random.uniform(0, 0.08, len(knots)))


@pytest.mark.parametrize("fps", [24.0, 25.0, 29.97, 30.0, 60.0])
@pytest.mark.parametrize("per_minute", [5.0, 17.0, 40.0])
def test_finds_each_blink_that_was_made(fps, per_minute):
    count = round(300 * fps)
    made = [round(blink.time * fps) for blink, _ in zip(blinks(3, per_minute), range(400), strict=False)]
    made = [peak for peak in made if peak < count - 0.5 * fps]
    closure = generate_blinks(count, fps, seed=3, per_minute=per_minute)
    for curve in (closure, restless(count, fps, 1) + (1 - restless(count, fps, 1)) * closure):
        found = find_blinks(curve, fps)
        peaks = [event.peak for event in found if event.peak < count - 0.5 * fps]
        assert len(peaks) == len(made)
        # The frame of a peak may be the next one where both are closed.
        assert np.abs(np.array(peaks) - made).max() <= 1
        assert blink_rate(curve, fps) == pytest.approx(len(found) / 5)


@pytest.mark.parametrize("fps", [25.0, 60.0])
def test_an_event_says_where_the_blink_is(fps):
    curve = lids(4, fps, (2.0, 1.0), rest=0.1)
    (event,) = find_blinks(curve, fps)
    assert event.peak == 2 * fps
    # At rest to a tenth of the depth.
    assert 2 - 0.1 - 1.5 / fps <= event.first / fps <= 2 - 0.06
    assert 2 + 0.12 <= event.last / fps <= 2 + 0.215 + 1.5 / fps
    assert event.depth == pytest.approx(0.9)
    assert (event.before, event.after) == (curve[event.first], curve[event.last])


@pytest.mark.parametrize("fps", [24.0, 30.0, 60.0])
def test_what_is_no_blink(fps):
    times = np.arange(round(20 * fps)) / fps
    assert find_blinks(restless(len(times), fps, 2), fps) == []
    assert find_blinks(np.full(len(times), 1.0), fps) == []
    assert find_blinks(np.zeros(len(times)), fps) == []
    closed_for_a_second = np.interp(times, [5, 5.1, 6.1, 6.3], [0, 1, 1, 0])
    assert find_blinks(closed_for_a_second, fps) == []
    sleepy = 0.5 - 0.5 * np.cos(times)
    assert find_blinks(sleepy, fps) == []
    assert find_blinks(lids(20, fps, (5, 0.15), (9, 0.18)), fps) == []
    assert find_blinks(np.zeros(0), fps) == find_blinks(np.ones(1), fps) == []
    assert blink_rate(np.zeros(0), fps) == 0


@pytest.mark.parametrize("fps", [25.0, 30.0, 60.0])
def test_blinks_in_a_row(fps):
    apart = lids(4, fps, (2.0, 0.9), (2.32, 0.8))
    assert [round(event.peak / fps, 1) for event in find_blinks(apart, fps)] == [2.0, 2.3]
    # Lids that hardly open in between: one blink that flutters.
    times = np.arange(round(4 * fps)) / fps
    flutter = np.interp(times, [1.9, 2, 2.08, 2.16, 2.4], [0, 0.9, 0.6, 0.8, 0])
    (event,) = find_blinks(flutter, fps)
    assert event.peak == pytest.approx(2 * fps, abs=1)
    assert event.last > 2.3 * fps
    # But no blink flutters for seconds.
    zigzag = np.interp(times, [1, *np.arange(1.1, 3, 0.16), 3.2], [0, *[0.9, 0.6] * 6, 0])
    assert all((event.last - event.first) / fps < 1.3 for event in find_blinks(zigzag, fps))
    assert len(find_blinks(zigzag, fps)) > 1


def test_a_blink_from_open_eyes_into_a_squint():
    times = np.arange(100) / 25
    curve = np.interp(times, [1.9, 2, 2.15, 3.5, 3.8], [0, 1, 0.4, 0.4, 0])
    (event,) = find_blinks(curve, 25)
    assert event.depth == pytest.approx(0.6)
    without = without_blinks(curve, [event], 25)
    assert find_blinks(without, 25) == []
    assert np.array_equal(without[55:], curve[55:])
    assert np.all(np.diff(without[:60]) >= 0)


@pytest.mark.parametrize("fps", [25.0, 60.0])
@pytest.mark.parametrize("second", [0.0, 0.05, 3.95, 3.98])
def test_blinks_that_the_clip_cuts_off(fps, second):
    curve = lids(4, fps, (second, 0.9), rest=0.05)
    (event,) = find_blinks(curve, fps)
    assert event.depth == pytest.approx(0.85, abs=0.1)
    # Taken away, the eyes are open where they were caught shut.
    np.testing.assert_allclose(thin_blinks(curve, fps, per_minute=0, seed=0), 0.05, atol=0.09)


def test_a_blink_that_only_begins_or_ends_in_the_clip():
    opening = np.interp(np.arange(50), [0, 5], [0.6, 0.0])
    for curve in (opening, opening[::-1]):
        assert len(find_blinks(curve, 25)) == 1
        assert np.all(thin_blinks(curve, 25, per_minute=0, seed=1) <= 0.061)


def test_thinning_keeps_to_the_rate_and_to_the_blinks():
    fps, count = 30.0, 30 * 60 * 4
    closure = generate_blinks(count, fps, seed=5, per_minute=45)
    curve = restless(count, fps, 4) + (1 - restless(count, fps, 4)) * closure
    events = find_blinks(curve, fps)
    for per_minute in (0, 0.2, 1, 10, 17, 20, 30):
        for seed in range(3):
            thinned = thin_blinks(curve, fps, per_minute=per_minute, seed=seed)
            left = find_blinks(thinned, fps)
            assert len(left) <= np.ceil(4 * per_minute)
            assert len(left) >= 0.9 * int(4 * per_minute)
            assert {event.peak for event in left} <= {event.peak for event in events}
            assert all(b.peak - a.peak >= LEAST_INTERVAL * fps for a, b in pairwise(left))
            untouched = np.ones(count, bool)
            for event in events:
                untouched[event.first : event.last + 1] = event.peak in {each.peak for each in left}
            assert np.array_equal(thinned[untouched], curve[untouched])


def test_short_clips_keep_their_share_together():
    """Three seconds at 20 a minute are one blink in one clip of one, at 5 a minute in one of four."""
    curve = lids(3, 25, (1.0, 0.95), (2.0, 0.95))
    for per_minute, share in ((20, 1.0), (5, 0.25)):
        left = [
            len(find_blinks(thin_blinks(curve, 25, per_minute=per_minute, seed=s), 25)) for s in range(300)
        ]
        assert np.mean(left) == pytest.approx(share, abs=0.08)


def test_thinning_is_even_and_drawn_from_the_seed():
    curve = generate_blinks(60 * 60 * 25, 25, seed=1, per_minute=45)
    first, again, other = (thin_blinks(curve, 25, per_minute=17, seed=seed) for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert first.dtype == np.float32
    kept = [{event.peak for event in find_blinks(each, 25)} for each in (first, other)]
    assert len(kept[0] & kept[1]) < 0.6 * len(kept[0])
    assert not np.array_equal(first, thin_blinks(curve, 25, per_minute=17, seed=-1))
    # Of every stretch of five minutes its part.
    assert np.histogram(sorted(kept[0]), 12, (0, len(curve)))[0].min() > 0.75 * 85


def test_thinning_prefers_deep_blinks_and_drops_those_that_the_clip_cuts():
    times = np.arange(1, 119, 1.0)
    depths = np.where(np.arange(len(times)) % 2, 0.9, 0.3)
    curve = lids(120, 25, (0.0, 0.95), *zip(times, depths, strict=True), (120.0, 0.95))
    left = find_blinks(thin_blinks(curve, 25, per_minute=20, seed=0), 25)
    assert len(left) == 40
    assert sum(event.depth > 0.6 for event in left) > 24
    assert min(event.first for event in left) > 2
    assert max(event.last for event in left) < len(curve) - 3


def test_thinning_adds_nothing_and_leaves_slow_blinkers_alone():
    curve = lids(60, 25, (3, 0.9), (3.4, 0.8), (30, 0.5))
    assert np.array_equal(thin_blinks(curve, 25, per_minute=3, seed=0), curve)
    assert blink_rate(thin_blinks(curve, 25, per_minute=2, seed=0), 25) == 2


def test_a_removed_neighbour_leaves_a_whole_blink():
    curve = lids(4, 60, (2.0, 0.9), (2.2, 0.9))
    first, second = find_blinks(curve, 60)
    assert curve[first.last] > 0.2  # the lids are not open in between
    later, earlier = without_blinks(curve, [first], 60), without_blinks(curve, [second], 60)
    # The way to the blink that stays takes no longer than a blink's, and no lid waits half shut.
    assert np.all(later[: round(60 * (second.first / 60 - 0.12))] <= first.before + 1e-6)
    assert np.all(earlier[round(60 * (second.first / 60 + 0.27)) :] <= second.after + 1e-6)
    for rest in (later, earlier):
        assert len(find_blinks(rest, 60)) == 1
    assert find_blinks(without_blinks(curve, [first, second], 60), 60) == []
    assert without_blinks(curve, [first, second], 60).max() < 0.1


def test_bridges_do_not_jump():
    fps = 30.0
    curve = restless(9000, fps, 8)
    curve += (1 - curve) * generate_blinks(9000, fps, seed=2, per_minute=50) * 0.8
    thinned = thin_blinks(curve, fps, per_minute=0, seed=0)
    assert np.abs(np.diff(thinned)).max() < 0.12
    assert find_blinks(thinned, fps) == []


def test_full_blinks_close_and_half_blinks_stay():
    curve = lids(10, 30, (2, 0.75), (4, 0.95), (6, 0.45), (8, 1.0), rest=0.05)
    full = full_blinks(curve, 30)
    peaks = [full[event.peak] for event in find_blinks(full, 30)]
    np.testing.assert_allclose(peaks, [1, 1, 0.45, 1], atol=1e-12)
    # Between the blinks and in the half-blink nothing moves.
    still = np.r_[0:50, 80:110, 140:300]
    np.testing.assert_allclose(full[still], curve[still], atol=1e-12)
    assert np.all(full <= 1)
    assert np.all(full >= curve - 1e-12)
    assert full_blinks(curve.astype(np.float32), 30).dtype == np.float32
    assert np.array_equal(full_blinks(curve, 30, least_depth=0.93)[:100], curve[:100])
    assert 0.45 < FULL_DEPTH < 0.7


def test_full_blinks_over_a_squint_join_its_levels():
    times = np.arange(120) / 30
    curve = np.interp(times, [1.9, 2, 2.15, 3.5], [0, 0.8, 0.1, 0.1])
    full = full_blinks(curve, 30)
    assert full.max() == 1
    assert np.abs(np.diff(full)).max() <= np.abs(np.diff(curve)).max() / 0.7
    assert np.array_equal(full[70:], curve[70:])


@pytest.mark.parametrize("work", [find_blinks, blink_rate, full_blinks])
def test_what_is_no_curve_is_refused(work):
    for curve in ([0.0, np.nan, 1.0], [0.0, np.inf]):
        with pytest.raises(ValueError, match="no numbers"):
            work(curve, 25)
    with pytest.raises(ValueError, match="shape"):
        work(np.zeros((10, 2)), 25)
    for fps in (0, -25, np.nan):
        with pytest.raises(ValueError, match="frame rate"):
            work(np.zeros(10), fps)


def test_thinning_refuses_what_is_no_rate():
    for rate in (-1, np.nan):
        with pytest.raises(ValueError, match="a minute"):
            thin_blinks(np.zeros(10), 25, per_minute=rate, seed=0)
    with pytest.raises(ValueError, match="no numbers"):
        thin_blinks([np.nan], 25, per_minute=5, seed=0)


def test_an_hour():
    curve = np.tile(generate_blinks(60 * 60 * 6, 60, seed=9, per_minute=45), 10)
    thinned = thin_blinks(curve, 60, per_minute=17, seed=0)
    assert len(thinned) == 216_000
    assert 16.5 < blink_rate(thinned, 60) <= 17
