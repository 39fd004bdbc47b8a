# SPDX-License-Identifier: GPL-3.0-or-later
"""The reduced curve is rebuilt with straight lines and compared with the dense one."""

import numpy as np
import pytest
from soliloquy import samples
from soliloquy.bake.key_reduction import closed_ends, keep_closed, reduce_keys
from soliloquy.bake.shape_keys import bake_motion
from soliloquy.core.generate import animate
from soliloquy.core.head.lip_gap import lip_gap_model
from soliloquy.core.retarget.arkit import ARKIT_INDEX, FACE_PARTS

from .heads import curves_of, make_head


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


def closed_after(values, slopes, gaps, limit, error):
    keep = keep_closed(values, slopes, gaps, limit, error)
    reduced = [rebuilt(curve, reduce_keys(curve, error, keep)) for curve in values.T]
    return gaps + slopes @ (np.array(reduced) - values.T) < limit


def test_ends_and_the_narrowest_frame_of_a_closure():
    gaps = np.array([5, 1, 0.5, 0.2, 0.2, 0.6, 5, 0, 5, 1, 1])
    assert np.flatnonzero(closed_ends(gaps < 2, gaps)).tolist() == [1, 3, 5, 7, 9, 10]


def test_closure_survives_a_coarse_bound():
    """A closure shallower than the bound is lost without protection and kept with it."""
    jaw = np.full(50, 0.08)
    jaw[20] = 0.0
    assert rebuilt(jaw, reduce_keys(jaw, 0.1))[20] > 0.05
    keep = keep_closed(jaw[:, None], np.ones(1), jaw, 0.04, 0.1)
    assert np.flatnonzero(keep).tolist() == [20]
    assert rebuilt(jaw, reduce_keys(jaw, 0.1, keep))[20] == 0


def test_errors_that_add_up_do_not_open_closed_lips():
    """The jaw opens by more than the bound and gets a key, mouthClose by less and would get none."""
    bump = np.sin(np.linspace(0, np.pi, 60))
    values = np.stack([0.3 + 0.105 * bump, 0.3 + 0.095 * bump], axis=1)
    slopes, gaps = np.array([1.0, -1.0]), values[:, 0] - values[:, 1]
    ends = closed_ends(gaps < 0.02, gaps)
    loose = [rebuilt(curve, reduce_keys(curve, 0.1, ends)) for curve in values.T]
    assert (loose[0] - loose[1]).max() > 0.09
    assert closed_after(values, slopes, gaps, 0.02, 0.1).all()


def test_long_rest_costs_no_keys():
    values = np.zeros((1000, 1))
    values[400:600, 0] = np.sin(np.linspace(0, np.pi, 200))
    keep = keep_closed(values, np.ones(1), values[:, 0], 0.02, 0.01)
    assert keep.sum() <= 8


@pytest.fixture(scope="module", params=[25.0, 60.0])
def speech(request):
    pytest.importorskip("onnxruntime")
    return animate(samples.SOUND, fps=request.param)


@pytest.mark.parametrize("error", [0.01, 0.1])
def test_closed_lips_of_real_speech(speech, error):
    head, gap = make_head(), lip_gap_model()
    dense = speech.weights.astype(np.float64)
    report = bake_motion(head, speech, start_frame=1, take="hello", parts=FACE_PARTS, key_reduction=error)
    reduced = np.zeros_like(dense)
    for name, curve in curves_of(head).items():
        reduced[:, ARKIT_INDEX[name]] = [curve.evaluate(frame) for frame in range(1, len(dense) + 1)]
    assert np.abs(reduced - dense).max() <= error + 1e-6
    closed = gap.heights(dense) < gap.closed
    assert 0 < closed.sum() < len(closed)
    assert gap.heights(reduced)[closed].max() < gap.closed + 1e-8
    assert report.key_count < 0.6 * len(dense) * len(report.keyed)
