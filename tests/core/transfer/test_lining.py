# SPDX-License-Identifier: GPL-3.0-or-later
"""A mouth's lining that is a piece of its own hangs on the lips and opens with the jaw."""

from dataclasses import replace

import numpy as np
import pytest
from soliloquy.core.head import load_head
from soliloquy.core.transfer.pieces import piece_shapes
from soliloquy.core.transfer.pieces.mouth_parts import mouth_parts

from .heads import made, own_piece, registered, shape, skin_of, source, with_pieces


def _apart(seed):
    """A person whose mouth ends at the lips, the lining as a piece, and its vertices in the head."""
    fit, deltas = registered(seed)
    head = load_head()
    outside = [head.parts.index(name) for name in ("skin", "lips")]
    outer = np.zeros(head.vertex_count, bool)
    outer[head.faces[np.isin(head.face_part, outside)]] = True
    kept = outer[fit.surface.origin]
    quads = head.faces[head.face_part == head.parts.index("mouth_cavity")]
    vertices, corners = np.unique(quads, return_inverse=True)
    corners = corners.reshape(quads.shape)
    placed = made(seed).vertices[vertices] @ fit.linear.T + fit.offset
    piece = placed, np.concatenate([corners[:, [0, 1, 2]], corners[:, [0, 2, 3]]])
    return replace(fit, surface=fit.surface.part(kept), upper=fit.upper[kept]), piece, deltas, vertices


@pytest.mark.parametrize("seed", [-1, 2])
def test_the_lining_goes_with_lips_and_jaw(seed):
    fit, piece, deltas, vertices = _apart(seed)
    fit = with_pieces(fit, piece)
    roles = mouth_parts(fit, np.zeros(1, bool)).roles
    assert roles == {0: "lining"}
    shapes = piece_shapes(fit, skin_of(fit, deltas), source())
    assert shapes.roles == ("follows",)
    for name, most in {"jawOpen": 0.03, "mouthPucker": 0.05, "mouthSmileLeft": 0.03}.items():
        true = deltas[shape(name), vertices]
        off = np.linalg.norm(shapes.deltas[shape(name)] - true, axis=1)
        assert off.mean() < most * np.linalg.norm(true, axis=1).max(), name
    # Where lips touch none goes with the other.
    opened = deltas[shape("jawOpen"), vertices]
    assert np.linalg.norm(shapes.deltas[shape("jawOpen")] - opened, axis=1).max() < 0.012


def test_teeth_in_it_are_still_found():
    fit, piece, _, _ = _apart(-1)
    fit = with_pieces(fit, piece, own_piece("teeth_upper"), own_piece("teeth_lower"), own_piece("tongue"))
    roles = mouth_parts(fit, np.zeros(fit.others.islands.max() + 1, bool)).roles
    assert roles[0] == "lining"
    assert list(roles.values()).count("lining") == 1
    assert {"teeth_upper", "teeth_lower", "tongue"} < set(roles.values())
