# SPDX-License-Identifier: GPL-3.0-or-later
"""Brows, beards and lashes go with the skin that they grow out of; what merely touches it does not."""

import numpy as np
import pytest
from soliloquy.core.head.registration.template_face import template_face
from soliloquy.core.transfer.pieces import piece_shapes
from soliloquy.core.transfer.pieces.attached import SkinMotion, nearest_rotations

from .heads import ball, registered, shape, sheet, skin_of, source, with_pieces


def _on_skin(fit, where, away, *, reach=0.008):
    """A patch of cards that hovers so far over the skin around a place."""
    grid = np.stack(np.meshgrid(np.linspace(-reach, reach, 7), np.linspace(-reach, reach, 7)), -1)
    points = np.concatenate([grid, np.zeros((7, 7, 1))], axis=2) + where
    found = fit.surface.nearest_points(points.reshape(-1, 3))
    normals = found.carry(fit.surface.normals)
    return sheet((found.positions + away * normals).reshape(7, 7, 3)), found


@pytest.mark.parametrize("away", [-0.0005, 0.001, 0.004])
def test_brows_go_with_the_skin_below_them(away):
    fit, deltas = registered()
    brow = fit.fitted[template_face().brows["left"]].mean(axis=0)
    patch, below = _on_skin(fit, brow, away)
    skin = skin_of(fit, deltas)
    made = piece_shapes(with_pieces(fit, patch), skin, source())
    assert made.roles == ("follows",)
    up = shape("browInnerUp")
    assert np.abs(made.deltas[up] - below.carry(skin)[up]).max() < 0.3 * abs(away) + 1e-4
    assert np.linalg.norm(made.deltas[up], axis=1).mean() > 1e-3


def test_beards_go_with_the_chin_down_to_their_tips():
    fit, deltas = registered()
    chin = fit.fitted[template_face().chin[0]]
    x, down = np.meshgrid(np.linspace(-0.012, 0.012, 9), np.linspace(0, 0.05, 12))
    strands = np.stack([x, chin[1] - down, np.full(x.shape, chin[2] + 0.001)], axis=-1)
    rooted = fit.surface.nearest_points(strands[:4].reshape(-1, 3))
    strands[:4] = (rooted.positions + 0.001 * rooted.carry(fit.surface.normals)).reshape(4, 9, 3)
    made = piece_shapes(with_pieces(fit, sheet(strands)), skin_of(fit, deltas), source())
    assert made.roles == ("follows",)
    opened = made.deltas[shape("jawOpen")].reshape(12, 9, 3)
    chin_moves = deltas[shape("jawOpen"), template_face().vertices[template_face().chin[0]]]
    assert np.linalg.norm(opened[-1] - chin_moves, axis=1).mean() < 0.4 * np.linalg.norm(chin_moves)
    assert not made.deltas[shape("browInnerUp")].any()


@pytest.mark.parametrize(
    "piece",
    [
        # A collar around the neck, a cap, an earring, glasses that touch the nose.
        ball(np.array([0.0, -0.2, -0.02]), 0.09),
        ball(np.array([0.0, 0.08, -0.01]), 0.11, cap=0.2),
        ball(np.array([0.085, -0.03, 0.0]), 0.012),
        sheet(np.stack(np.meshgrid(np.linspace(-0.07, 0.07, 29), [0.035, 0.045], [0.118]), -1)[:, :, 0]),
    ],
    ids=["collar", "cap", "earring", "glasses"],
)
def test_what_touches_the_skin_stays(piece):
    fit, deltas = registered()
    made = piece_shapes(with_pieces(fit, piece), skin_of(fit, deltas), source())
    assert made.roles == ("still",)
    assert not made.deltas.any()


def test_things_on_the_skin_turn_with_it():
    fit, _ = registered()
    angle = 0.5
    turn = np.array(
        [[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]], np.float64
    )
    skin = fit.surface
    moves = (skin.vertices @ turn.T - skin.vertices)[None]
    brow = fit.fitted[template_face().brows["left"]].mean(axis=0)
    (points, _), roots = _on_skin(fit, brow, 0.01)
    made = SkinMotion(skin, moves).carry(points, roots)
    assert np.allclose(made[0], points @ turn.T - points, atol=1e-9)


def test_the_nearest_rotation_is_a_rotation():
    matrices = np.random.default_rng(3).normal(size=(40, 3, 3))
    found = nearest_rotations(matrices)
    assert np.allclose(found @ found.transpose(0, 2, 1), np.eye(3))
    assert np.allclose(np.linalg.det(found), 1)
    assert np.allclose(nearest_rotations(found * 3), found)
