# SPDX-License-Identifier: GPL-3.0-or-later
import numpy as np
import pytest
from soliloquy.core.errors import InputError
from soliloquy.core.generate.accents import ACCENT_BROWS, ACCENT_LIDS, generate_accents
from soliloquy.core.generate.cues import SpeechCues
from soliloquy.core.retarget.arkit import BLINK_NAMES, BROW_NAMES

from .talking import talk

HOUR = 3600.0


def accents(duration, fps, *, seed=0, cues=None, amount=1.0):
    cues = cues or talk(duration, seed=3)
    return generate_accents(round(duration * fps), fps, seed=seed, cues=cues, amount=amount)


def test_channels_are_arkit_names():
    assert set(ACCENT_BROWS) <= set(BROW_NAMES)
    assert set(ACCENT_LIDS) <= set(BLINK_NAMES)
    clip = accents(30, 30)
    assert clip.brows.shape == (900, len(ACCENT_BROWS))
    assert clip.lids.shape == (900, len(ACCENT_LIDS))
    assert clip.brows.dtype == clip.lids.dtype == np.float32


def test_rises_are_small_and_some_accents_have_one():
    cues = talk(HOUR, seed=3)
    clip = accents(HOUR, 30, cues=cues)
    speech = np.ptp(cues.phrases, axis=1).sum() / 60
    assert 8 < len(clip.times) / speech < 28
    assert 0.15 < len(clip.times) / len(cues.accents) < 0.3
    assert 0.1 < clip.sizes.min() < clip.sizes.max() < 0.45
    assert clip.brows.max() <= 0.45
    assert 0.02 < clip.lids.max() < 0.2
    assert clip.brows.min() == clip.lids.min() == 0


def test_a_rise_begins_a_little_before_its_syllable():
    """90 ms from a syllable's beginning to its middle, and 60 ms before that (Flecha-Garcia 2010)."""
    cues = talk(HOUR, seed=3)
    clip = accents(HOUR, 30, cues=cues)
    ahead = clip.times - 0.04
    nearest = cues.accents[np.searchsorted(cues.accents, ahead)]
    assert np.mean(nearest - clip.times) == pytest.approx(0.15, abs=0.01)
    assert np.diff(clip.times).min() > 0.65
    fine = accents(60, 1000)
    for time in fine.times:
        assert fine.brows[max(round(time * 1000) - 3, 0), 0] < fine.brows[round(time * 1000) + 30, 0]


def test_strong_accents_and_those_that_begin_something_rise_more():
    count = 6000
    times = 0.4 + np.arange(count) * 0.8
    strengths = np.random.default_rng(0).random(count).astype(np.float32)
    duration = float(times[-1] + 1)
    # A phrase of five accents, then a pause in which the sixth would be.
    inside = np.arange(count) % 6 < 5
    starts = times[::6] - 0.2
    cues = SpeechCues(duration, np.stack([starts, starts + 3.7], 1), times[inside], strengths[inside])
    clip = accents(duration, 10, cues=cues)
    chosen = np.rint((clip.times + 0.15 - 0.4) / 0.8).astype(int)
    strong = strengths > 0.5
    rate = {
        name: np.isin(np.flatnonzero(which & inside), chosen).mean()
        for name, which in {"strong": strong, "weak": ~strong, "first": np.arange(count) % 6 == 0}.items()
    }
    assert rate["strong"] > 1.5 * rate["weak"]
    assert rate["first"] > 1.4 * (rate["strong"] + rate["weak"]) / 2
    assert np.corrcoef(strengths[chosen], clip.sizes)[0, 1] > 0.6


def test_the_amount_scales_all_and_zero_gives_none():
    whole, half, double = (accents(60, 60, amount=amount) for amount in (1.0, 0.5, 2.0))
    assert np.allclose(half.brows * 2, whole.brows, atol=1e-6)
    assert np.allclose(double.lids, 2 * whole.lids, atol=1e-6)
    assert np.array_equal(whole.times, double.times)
    assert double.brows.max() <= 1
    nothing = accents(60, 60, amount=0)
    assert not nothing.brows.any()
    assert not nothing.lids.any()


@pytest.mark.parametrize("fps", [23.976, 25, 30, 60])
def test_one_seed_gives_the_same_rises_at_any_rate_and_length(fps):
    fine, coarse = accents(60, 1000), accents(60, fps)
    rows = np.rint(np.arange(len(coarse.brows)) / fps * 1000).astype(int)
    assert np.abs(fine.brows[rows] - coarse.brows).max() < 0.01
    longer = accents(600, fps, cues=talk(600, seed=3))
    known = int((talk(60, seed=3).phrases[-1, 1] - 0.2) * fps)
    assert np.array_equal(longer.brows[:known], coarse.brows[:known])
    assert not np.array_equal(accents(60, fps, seed=1).brows, coarse.brows)


def test_rises_never_jump():
    clip = accents(600, 240)
    assert np.abs(np.diff(clip.brows, axis=0)).max() < 0.03
    assert np.abs(np.diff(clip.lids, axis=0)).max() < 0.01


@pytest.mark.parametrize("fps", [1, 24, 240])
@pytest.mark.parametrize("count", [0, 1, 50])
def test_any_length_and_rate(count, fps):
    for cues in (talk(count / fps), SpeechCues.none(count / fps), talk(60.0)):
        clip = generate_accents(count, fps, seed=0, cues=cues)
        assert clip.brows.shape == (count, 3)
        assert clip.lids.shape == (count, 2)


@pytest.mark.parametrize(
    ("options", "match"), [({"fps": 0}, "frame rate"), ({"amount": -0.1}, "amount of accents")]
)
def test_what_cannot_be_is_refused(options, match):
    with pytest.raises(InputError, match=match):
        generate_accents(10, **({"fps": 30, "seed": 0, "cues": talk(1.0)} | options))
