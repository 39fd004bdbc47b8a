# SPDX-License-Identifier: GPL-3.0-or-later
"""Eyes, teeth, tongue and lashes move with a skin as the built-in head's do; nothing else moves."""

import numpy as np
import pytest
from soliloquy.core.head import load_head
from soliloquy.core.transfer.pieces import piece_shapes

from .heads import (
    ball,
    hung_together,
    own_deltas,
    own_piece,
    registered,
    shape,
    skin_of,
    source,
    with_pieces,
)

_MOVES = 1e-3


def _error(found, true):
    """Mean distance from the truth, as a part of the furthest movement, of each shape that moves at all."""
    furthest = np.linalg.norm(true, axis=2).max(axis=1)
    moving = furthest > _MOVES
    off = np.linalg.norm(found - true, axis=2).mean(axis=1)
    return off[moving] / furthest[moving], off[~moving].max(initial=0.0)


@pytest.mark.parametrize("seed", [-1, 1, 2])
def test_pieces_of_other_people_move_as_they_do(seed):
    fit, deltas = registered(seed)
    made = piece_shapes(fit, skin_of(fit, deltas), source())
    true = deltas[:, fit.others.origin]
    head = load_head()
    for name in ("eye_left", "eye_right", "teeth_upper", "teeth_lower", "tongue"):
        span = head.spans[name]
        mine = (fit.others.origin >= span.start) & (fit.others.origin < span.stop)
        off, still = _error(made.deltas[:, mine], true[:, mine])
        assert off.max(initial=0.0) < 0.05, name
        assert still < 1e-5, name
        assert {made.roles[island] for island in np.unique(fit.others.islands[mine])} == {name}
    lashes = head.spans["lashes"]
    mine = (fit.others.origin >= lashes.start) & (fit.others.origin < lashes.stop)
    off, still = _error(made.deltas[:, mine], true[:, mine])
    assert off.max() < 0.05
    assert still < 5e-4
    assert {made.roles[island] for island in np.unique(fit.others.islands[mine])} == {"follows"}
    assert made.notes == ()


def test_both_arches_and_the_tongue_may_be_one_piece():
    fit, deltas = registered()
    names = ("teeth_upper", "teeth_lower", "tongue")
    fit = with_pieces(fit, hung_together(*(own_piece(name) for name in names)))
    assert fit.others.islands.max() == 0
    made = piece_shapes(fit, skin_of(fit, deltas), source())
    jaw = shape("jawOpen")
    order = np.concatenate([own_deltas(name) for name in names], axis=1)
    true = order[jaw]
    off = np.linalg.norm(made.deltas[jaw] - true, axis=1)
    assert off.mean() < 0.03 * np.linalg.norm(true, axis=1).max()
    out = shape("tongueOut")
    true = order[out]
    tip = np.linalg.norm(true, axis=1) > 0.9 * np.linalg.norm(true, axis=1).max()
    assert (
        np.linalg.norm(made.deltas[out][tip], axis=1).mean() > 0.9 * np.linalg.norm(true[tip], axis=1).mean()
    )
    teeth = own_piece("teeth_upper", "teeth_lower")[0]
    of_teeth = (fit.others.vertices[:, None] == teeth).all(axis=2).any(axis=1)
    assert np.linalg.norm(made.deltas[out][of_teeth], axis=1).mean() < 1e-3


def test_arches_that_are_one_piece_part():
    fit, deltas = registered()
    names = ("teeth_upper", "teeth_lower")
    fit = with_pieces(fit, hung_together(*(own_piece(name) for name in names)))
    made = piece_shapes(fit, skin_of(fit, deltas), source())
    true = np.concatenate([own_deltas(name) for name in names], axis=1)[shape("jawOpen")]
    assert np.linalg.norm(made.deltas[shape("jawOpen")] - true, axis=1).mean() < 5e-4


@pytest.mark.parametrize(
    ("name", "role"), [("teeth_upper", "teeth_upper"), ("teeth_lower", "teeth_lower"), ("tongue", "tongue")]
)
def test_one_piece_alone_is_known_by_its_place(name, role):
    fit, deltas = registered()
    fit = with_pieces(fit, own_piece(name))
    made = piece_shapes(fit, skin_of(fit, deltas), source())
    assert set(made.roles) == {role}
    assert np.abs(made.deltas[shape("jawOpen")] - own_deltas(name)[shape("jawOpen")]).max() < 5e-4
    assert any("eyeballs" in note for note in made.notes)


def test_what_is_no_face_stays():
    fit, deltas = registered()
    hair = ball(np.array([0.0, 0.06, -0.03]), 0.12)
    body = ball(np.array([0.0, -0.4, -0.05]), 0.2)
    lens = ball(np.array([0.031, 0.0416, 0.06]), 0.07, cap=0.92)
    fit = with_pieces(fit, hair, body, lens)
    made = piece_shapes(fit, skin_of(fit, deltas), source())
    assert set(made.roles) == {"still"}
    assert not made.deltas.any()


def test_a_head_without_pieces_has_none():
    fit, deltas = registered()
    fit = with_pieces(fit, (np.zeros((0, 3)), np.zeros((0, 3), np.int64)))
    made = piece_shapes(fit, skin_of(fit, deltas), source())
    assert made.deltas.shape == (52, 0, 3)
    assert made.roles == ()
    assert len(made.notes) == 3


def test_pieces_are_sums_where_shapes_are():
    fit, deltas = registered(1)
    chosen = [shape("jawOpen"), shape("eyeLookUpLeft"), shape("tongueOut")]
    skin, moves = skin_of(fit, deltas)[chosen], source()[chosen]
    each = piece_shapes(fit, skin, moves)
    whole = piece_shapes(fit, skin.sum(axis=0)[None], moves.sum(axis=0)[None])
    rigid = np.isin(fit.others.islands, [i for i, role in enumerate(each.roles) if role != "follows"])
    # Only the share in which jaws take teeth along is not a sum.
    assert np.abs(each.deltas.sum(axis=0) - whole.deltas[0])[rigid].max() < 5e-4
