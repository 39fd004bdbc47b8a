# SPDX-License-Identifier: GPL-3.0-or-later
"""Shapes on skins whose true shapes are known; lips, lids and what must stay still."""

from functools import cache

import numpy as np
import pytest

pytest.importorskip("scipy")

from soliloquy.core.head import load_head
from soliloquy.core.retarget.arkit import ARKIT_NAMES
from soliloquy.core.transfer.contact import contact_conditions
from soliloquy.core.transfer.pieces.eyeballs import eyeballs
from soliloquy.core.transfer.skin_transfer import SkinTransfer
from soliloquy.core.transfer.source_skin import source_skin

from .heads import BUILT_IN, registered, skin_of, source

PEOPLE = [BUILT_IN, 3]


@cache
def transferred(seed: int) -> np.ndarray:
    fit, _ = registered(seed)
    return SkinTransfer(fit, eyeballs(fit)).shapes(source())


def key(name: str) -> int:
    return ARKIT_NAMES.index(name)


def marks(seed: int, name: str) -> np.ndarray:
    """Vertices of the fitted surface that are a landmark of the built-in head."""
    fit, _ = registered(seed)
    return fit.surface.places[load_head().landmarks[name]]


@pytest.mark.parametrize(("seed", "limit"), [(BUILT_IN, 0.02), (3, 0.06)])
def test_shapes_come_near_to_the_true_ones(seed: int, limit: float):
    fit, deltas = registered(seed)
    true = skin_of(fit, deltas)
    off = np.linalg.norm(transferred(seed) - true, axis=2)
    size = np.linalg.norm(true, axis=2)
    largest = size.max(axis=1, keepdims=True)
    kept = largest[:, 0] > 1e-4
    means = [off[k][size[k] > 0.02 * largest[k]].mean() / largest[k, 0] for k in np.flatnonzero(kept)]
    assert np.mean(means) < limit
    assert max(means) < 3 * limit


@pytest.mark.parametrize("seed", PEOPLE)
@pytest.mark.parametrize("jaw", [0.25, 1.0])
def test_lips_seal_over_an_open_jaw(seed: int, jaw: float):
    shapes = transferred(seed)
    fit, _ = registered(seed)
    moved = fit.surface.vertices + jaw * (shapes[key("jawOpen")] + shapes[key("mouthClose")])
    upper, lower = marks(seed, "inner_lip_upper"), marks(seed, "inner_lip_lower")
    right, left = fit.surface.vertices[marks(seed, "mouth_corners")]
    rest = np.maximum((fit.surface.vertices[upper] - fit.surface.vertices[lower])[:, 1], 0)
    gap = (moved[upper] - moved[lower])[:, 1] - rest
    assert gap.max() < 0.01 * np.linalg.norm(left - right)


@pytest.mark.parametrize("seed", PEOPLE)
@pytest.mark.parametrize("side", ["left", "right"])
def test_lids_meet_and_never_enter_the_eye(seed: int, side: str):
    fit, _ = registered(seed)
    ball = eyeballs(fit)[side]
    blink = transferred(seed)[key(f"eyeBlink{side.capitalize()}")]
    rest = fit.surface.vertices
    upper, lower = marks(seed, f"eyelid_upper_{side}"), marks(seed, f"eyelid_lower_{side}")
    height = (rest[upper] - rest[lower])[:, 1].max()
    closed = rest + blink
    assert (closed[upper] - closed[lower])[:, 1].max() < 0.06 * height
    away = np.linalg.norm(rest - ball.centre, axis=1)
    about = (away > ball.radius) & (away < 1.5 * ball.radius)
    for part in (0.25, 0.5, 0.75, 1.0):
        moved = np.linalg.norm(rest + part * blink - ball.centre, axis=1)
        assert (moved[about] - np.minimum(away[about], ball.radius)).min() > -1e-4


@pytest.mark.parametrize("seed", PEOPLE)
def test_nothing_behind_the_ears_moves(seed: int):
    fit, _ = registered(seed)
    behind = fit.surface.vertices[:, 2] < 0
    assert behind.sum() > 100
    assert not transferred(seed)[:, behind].any()


def test_what_is_asked_of_lips_and_lids_is_what_the_built_in_head_does():
    """On the built-in head itself the conditions ask for its own shapes."""
    fit, _ = registered(BUILT_IN)
    skin = source_skin()
    conditions = contact_conditions(fit, skin, skin.sizes(skin.placed(fit)), eyeballs(fit))
    assert conditions is not None
    assert len(conditions.lids) == 2
    for name in ("jawOpen", "mouthFunnel", "eyeWideLeft", "eyeSquintRight"):
        shape = source()[key(name)]
        does = conditions.matrix @ shape[fit.surface.origin]
        asked = conditions.asked(shape[skin.vertices], does)
        # The rims of a mesh are its own vertices, beside the built-in head's inner edges.
        assert np.abs(asked - does).mean() < 0.02 * np.abs(shape).max(), name


def test_a_head_that_is_larger_moves_farther():
    fit, _ = registered(BUILT_IN)
    skin = source_skin()
    placed = skin.placed(fit)
    assert np.allclose(skin.sizes(placed), 1, atol=0.03)
    larger = placed.moved_to(1.3 * placed.vertices)
    assert np.allclose(skin.sizes(larger), 1.3 * skin.sizes(placed))
