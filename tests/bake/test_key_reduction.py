# SPDX-License-Identifier: GPL-3.0-or-later
"""The reduced curve is rebuilt with straight lines and compared with the dense one."""

import numpy as np
import pytest
from soliloquy.bake.key_reduction import closed_lips, reduce_keys
from soliloquy.core.retarget.arkit import ARKIT_INDEX, ARKIT_NAMES


def rebuilt(values, keep):
    frames = np.arange(len(values))
    return np.interp(frames, frames[keep], values[keep])


def speech_like(count, seed):
    """Smooth random openings with sudden closures, in 0..1."""
    generator = np.random.default_rng(seed)
    noise = np.convolve(generator.normal(size=count + 20), np.hanning(12), "same")[10:-10]
    values = np.clip(0.5 + 0.2 * noise, 0, 1)
    values[generator.integers(0, count, count // 20)] = 0
    return values


@pytest.mark.parametrize("error", [0.001, 0.01, 0.1])
@pytest.mark.parametrize("seed", range(4))
def test_error_stays_within_the_bound(error, seed):
    values = speech_like(2000, seed)
    keep = reduce_keys(values, error)
    assert np.abs(rebuilt(values, keep) - values).max() <= error
    assert keep[0]
    assert keep[-1]


def test_fewer_keys():
    values = 0.5 - 0.5 * np.cos(np.linspace(0, 20 * np.pi, 3600))
    assert reduce_keys(values, 0.01).sum() < 250


def test_straight_line_needs_its_ends_only():
    assert reduce_keys(np.linspace(0, 1, 100), 0.01).sum() == 2


def test_protected_keys_stay():
    protected = np.zeros(100, bool)
    protected[[7, 8, 50]] = True
    assert (reduce_keys(np.zeros(100), 0.01, protected) >= protected).all()
    assert not protected[0]  # the caller's mask is not changed


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_short_curves(count):
    assert reduce_keys(np.arange(count) % 2, 0.01).all()


def weights_of(**channels):
    count = len(next(iter(channels.values())))
    weights = np.zeros((count, len(ARKIT_NAMES)))
    for name, values in channels.items():
        weights[:, ARKIT_INDEX[name]] = values
    return weights


def test_closed_lips_over_an_open_jaw():
    jaw = np.full(9, 0.3)
    close = np.array([0, 0.1, 0.2, 0.29, 0.3, 0.29, 0.2, 0.1, 0])
    assert np.flatnonzero(closed_lips(weights_of(jawOpen=jaw, mouthClose=close))).tolist() == [4]


def test_both_ends_of_a_held_closure():
    jaw = np.array([0.5, 0.2, 0.0, 0.0, 0.0, 0.2, 0.5])
    assert np.flatnonzero(closed_lips(weights_of(jawOpen=jaw))).tolist() == [2, 4]


def test_narrow_opening_is_no_closure():
    jaw = np.array([0.5, 0.2, 0.5])
    assert not closed_lips(weights_of(jawOpen=jaw)).any()


def test_lips_parted_by_their_own_shapes_are_not_closed():
    jaw = np.array([0.5, 0.0, 0.5])
    assert closed_lips(weights_of(jawOpen=jaw)).any()
    parted = np.full(3, 0.4)
    assert not closed_lips(
        weights_of(jawOpen=jaw, mouthLowerDownLeft=parted, mouthLowerDownRight=parted)
    ).any()


def test_closure_survives_a_coarse_bound():
    """A closure shallower than the bound is lost without protection and kept with it."""
    jaw = np.full(50, 0.08)
    jaw[20] = 0.0
    mask = closed_lips(weights_of(jawOpen=jaw))
    assert rebuilt(jaw, reduce_keys(jaw, 0.1))[20] > 0.05
    assert rebuilt(jaw, reduce_keys(jaw, 0.1, mask))[20] == 0
