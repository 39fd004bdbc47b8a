# SPDX-License-Identifier: GPL-3.0-or-later
import numpy as np
import pytest

pytest.importorskip("torch")

from soliloquy.core.evaluation.closures import table
from soliloquy.core.evaluation.loudness import loudness, loudness_weights
from soliloquy.core.evaluation.mouth_events import MouthCounts
from soliloquy.core.motion import Phone
from soliloquy.core.retarget.arkit import ARKIT_INDEX

FPS = 25
TIMES = np.arange(2 * FPS) / FPS
JAW = ARKIT_INDEX["jawOpen"]


def voice(start: float, end: float, level: float = 0.3) -> np.ndarray:
    """Two seconds of faint noise with a hum in one stretch."""
    samples = np.random.default_rng(0).normal(0, 1e-3, 32000)
    hum = level * np.sin(np.arange(32000) / 20)
    samples[int(start * 16000) : int(end * 16000)] += hum[int(start * 16000) : int(end * 16000)]
    return samples.astype(np.float32)


def test_loudness_is_in_decibels() -> None:
    whole, half = (loudness(voice(0, 2, level), TIMES[5:-5]) for level in (0.4, 0.2))
    assert np.allclose(whole, 20 * np.log10(0.4 / np.sqrt(2)), atol=0.3)
    assert np.allclose(whole - half, 20 * np.log10(2), atol=0.1)


def test_the_mouth_opens_with_the_voice_and_moves_nothing_but_the_jaw() -> None:
    weights = loudness_weights(voice(0.5, 1.5), TIMES)
    assert weights.shape == (len(TIMES), 52)
    assert weights[15:35, JAW].min() > 0.5
    assert weights[:10, JAW].max() < 0.1
    assert weights.max() <= 1
    weights[:, JAW] = 0
    assert not weights.any()


def test_it_does_not_depend_on_the_level() -> None:
    samples = voice(0.5, 1.5)
    assert np.allclose(loudness_weights(samples, TIMES), loudness_weights(samples / 8, TIMES), atol=1e-3)


def test_steady_noise_and_silence_do_not_open_it() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 32000)
    assert loudness_weights(noise, TIMES)[:, JAW].mean() < 0.2
    assert not loudness_weights(np.zeros(32000), TIMES).any()
    assert loudness_weights(noise, TIMES[:0]).shape == (0, 52)


def test_it_seals_in_pauses_and_not_in_a_hummed_m() -> None:
    counts = MouthCounts()
    counts.add(loudness_weights(voice(0.5, 1.5), TIMES), (Phone("M", 0.9, 1.0), Phone("AA", 1.0, 1.3)), FPS)
    assert counts.sealed == [False]
    assert counts.seals_right == [True, True]
    assert counts.vowels_closed == [*counts.bites, False]


def test_a_table_has_every_mode_and_rate_in_few_characters() -> None:
    rates = (24.0, 60.0)
    counts = {(mode, fps): MouthCounts() for mode in ("constraints", "loudness") for fps in rates}
    for number, count in enumerate(counts.values()):
        count.sealed += [True] * 3 + [False] * number
        count.unrest.append(0.0123)
    lines = list(table("real", counts, rates))
    assert "real, 3 m/b/p" in lines
    rows = {line[:8].strip(): line[8:].split() for line in lines}
    assert rows["sealed"] == ["1.00", ".750", ".600", ".500"]
    assert rows["rest mm"] == ["12.3"] * 4
    assert rows["f/v"] == ["-"] * 4
    assert rows[""] == ["constraints", "loudness"]
