# SPDX-License-Identifier: GPL-3.0-or-later
"""What is heard, at the frames of a network: the same whatever the parts, and no column passed over."""

import numpy as np
import pytest
from soliloquy.core.errors import ModelError
from soliloquy.core.generate.sound_frames import (
    FRAMES_PER_RUN,
    Stretch,
    heard_columns,
    rows_at,
    silent_columns,
    stretches,
)
from soliloquy.core.generate.speech import SPEECH_FPS
from soliloquy.core.phones import ARTICULATIONS, PHONES, SILENCE_PHONE

RATES = (25.0, 24.0, 30.0, 29.97)


def columns(count: int, channels: int = 3) -> np.ndarray:
    return np.random.default_rng(count).random((count, channels)).astype(np.float32)


def parts_of(whole: np.ndarray, seed: int) -> list[np.ndarray]:
    """Consecutive parts, some of them empty, some of one column."""
    random = np.random.default_rng(seed)
    cuts = np.sort(random.integers(0, len(whole) + 1, size=1 + len(whole) // 9))
    return np.split(whole, cuts)


def near_each_frame(found: list[Stretch], reach: int) -> tuple[np.ndarray, np.ndarray]:
    """Columns around each frame (F, 2 reach + 2, C), and how far it is after the middle one (F,)."""
    rows, shares = [], []
    for stretch in found:
        base = np.floor(stretch.positions).astype(int)
        rows += [stretch.columns[first : first + 2 * reach + 2] for first in base]
        shares += (stretch.positions - base).tolist()
    return np.stack(rows), np.array(shares)


@pytest.mark.parametrize("fps", RATES)
@pytest.mark.parametrize("count", [1, 2, 3, 4, 81, 479, 480, 481, 1000, 1601])
def test_every_frame_sees_its_columns_whatever_the_parts(fps, count):
    """Against a direct computation: columns floor(p) - reach .. floor(p) + 1 + reach of the sound, whose ends
    hold."""
    reach, per_frame = 5, SPEECH_FPS / fps
    whole = columns(count)
    at = np.arange(count) * per_frame
    at = at[at <= count - 1 + 1e-9]
    base = np.floor(at + 1e-9).astype(int)
    wanted = whole[np.clip(base[:, None] + np.arange(-reach, reach + 2), 0, count - 1)]
    for parts in ([whole], parts_of(whole, 1), parts_of(whole, 2), list(whole[:, None])):
        rows, shares = near_each_frame(list(stretches(parts, fps, reach)), reach)
        assert len(rows) == len(at)
        # A frame on a column may be counted to that one or to the one before it, at its end.
        on = np.abs(at - np.round(at)) < 1e-3
        assert np.array_equal(rows[~on], wanted[~on])
        assert shares[~on] == pytest.approx((at - base)[~on], abs=1e-4)
        for row, share, place in zip(rows[on], shares[on], np.round(at[on]).astype(int), strict=True):
            middle = row[reach] * (1 - share) + row[reach + 1] * share
            assert middle == pytest.approx(whole[place], abs=1e-3)


@pytest.mark.parametrize("reach", [0, 4, 31])
def test_stretches_are_equal_to_the_bit_whatever_the_parts(reach):
    whole = columns(1234)
    one = list(stretches([whole], 25.0, reach))
    for seed in range(3):
        other = list(stretches(parts_of(whole, seed), 25.0, reach))
        assert len(one) == len(other)
        for a, b in zip(one, other, strict=True):
            assert np.array_equal(a.columns, b.columns)
            assert np.array_equal(a.positions, b.positions)
    assert [len(each.positions) for each in one] == [FRAMES_PER_RUN, FRAMES_PER_RUN, 386 - 300]


def test_a_stretch_is_given_as_soon_as_it_can_be():
    """Whoever streams does not wait for the end, and nobody holds hours."""
    reach, given = 5, 0

    def stream():
        nonlocal given
        for _ in range(3000):
            given += 1
            yield np.zeros((1, 2), np.float32)

    asked, longest = [], 0
    for stretch in stretches(stream(), 25.0, reach):
        asked.append(given)
        longest = max(longest, len(stretch.columns))
    first = int((FRAMES_PER_RUN - 1) * 3.2) + 2 + reach
    assert asked[0] == first
    assert asked[1] == first + 480
    assert longest <= 480 + 2 * reach + 2


def test_nothing_heard_gives_nothing():
    assert list(stretches([], 25.0, 3)) == []
    assert list(stretches([np.zeros((0, 4), np.float32)], 25.0, 3)) == []


def every_row(whole: np.ndarray, fps: float, reach: int) -> np.ndarray:
    per_frame = SPEECH_FPS / fps
    return np.concatenate([rows_at(each, per_frame, reach) for each in stretches([whole], fps, reach)])


@pytest.mark.parametrize("fps", RATES)
def test_rows_are_weighted_means(fps):
    """A constant stays, and a ramp is the frame's own time, away from the ends, where they hold."""
    per_frame = SPEECH_FPS / fps
    reach = int(np.ceil(per_frame))
    constant = np.full((700, 2), 0.3, np.float32)
    assert every_row(constant, fps, reach) == pytest.approx(0.3, abs=1e-6)
    ramp = np.arange(700, dtype=np.float32)[:, None]
    rows = every_row(ramp, fps, reach)[:, 0]
    at = np.arange(len(rows)) * per_frame
    inside = (at > per_frame) & (at < 699 - per_frame)
    # A triangle over columns is even where its length is whole; else what it is off by is known.
    base, offsets = np.floor(at + 1e-9), np.arange(-6, 7)
    share = np.maximum(1 - np.abs(base[:, None] + offsets - at[:, None]) / per_frame, 0)
    expected = ((base[:, None] + offsets) * share).sum(axis=1) / share.sum(axis=1)
    assert rows[inside] == pytest.approx(expected[inside], abs=1e-3)
    assert np.abs(rows - at)[inside].max() < 0.1


def test_a_ramp_is_exact_where_a_frame_is_a_whole_number_of_columns():
    rows = every_row(np.arange(400, dtype=np.float32)[:, None], 20.0, 4)[:, 0]
    at = 4.0 * np.arange(len(rows))
    assert np.array_equal(rows[1:-1], at[1:-1])


@pytest.mark.parametrize("fps", RATES)
def test_no_column_is_passed_over(fps):
    """Every single column is heard in some frame, and about as much as every other."""
    per_frame = SPEECH_FPS / fps
    reach = int(np.ceil(per_frame))
    heard = every_row(np.eye(320, dtype=np.float32), fps, reach)
    weight = heard.sum(axis=0)[8:-8]
    assert weight.min() > 0.9 / per_frame
    assert weight.max() < 1.1 / per_frame
    assert heard.min() >= 0


def test_a_frame_hears_no_further_than_a_frame_away():
    heard = every_row(np.eye(320, dtype=np.float32), 25.0, 4)
    for frame, row in enumerate(heard[1:-2], 1):
        used = np.flatnonzero(row)
        assert np.abs(used - 3.2 * frame).max() < 3.2001


def test_silence_is_the_phone_of_silence():
    silence = silent_columns(2.0)
    assert silence.shape == (160, len(PHONES) + len(ARTICULATIONS))
    assert (silence.sum(axis=1) == 1).all()
    assert (silence[:, PHONES.index(SILENCE_PHONE)] == 1).all()


def test_without_an_encoder_nothing_is_heard():
    with pytest.raises(ModelError, match="choose an encoder"):
        list(heard_columns([np.zeros(16000, np.float32)], None, lambda features: None))
