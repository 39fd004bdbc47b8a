# SPDX-License-Identifier: GPL-3.0-or-later
"""Eyeballs are found as balls, half balls and with their layers; where there are none they are guessed."""

import numpy as np
import pytest
from soliloquy.core.transfer.pieces import piece_shapes
from soliloquy.core.transfer.pieces.eyeballs import eyeballs, fit_ball

from .heads import ball, registered, shape, sheet, skin_of, source, with_pieces

LEFT = np.array([0.031, 0.0416, 0.0809])
MIRROR = np.array([-1.0, 1.0, 1.0])


def _rest_of(piece, kept):
    vertices, triangles = piece
    number = np.cumsum(kept) - 1
    return vertices[kept], number[triangles[kept[triangles].all(axis=1)]]


@pytest.mark.parametrize("cap", [-1.0, 0.0, 0.4])
@pytest.mark.parametrize("radius", [0.012, 0.0166, 0.025])
def test_balls_and_parts_of_balls_are_eyes(cap, radius):
    fit, _ = registered()
    fit = with_pieces(fit, ball(LEFT, radius, cap=cap), ball(LEFT * MIRROR, radius, cap=cap))
    found = eyeballs(fit)
    for side, centre in (("left", LEFT), ("right", LEFT * MIRROR)):
        assert found[side].seen
        assert len(found[side].islands) == 1
        assert np.allclose(found[side].centre, centre, atol=3e-4)
        assert found[side].radius == pytest.approx(radius, rel=0.02)
        assert np.allclose(found[side].front, [0, 0, 1], atol=0.05)


def test_eyes_are_guessed_where_there_are_none():
    fit, _ = registered()
    found = eyeballs(with_pieces(fit, ball(np.array([0, -0.5, 0]), 0.2)))
    assert not any(eye.seen for eye in found.values())
    assert np.allclose(found["left"].centre, LEFT, atol=1e-3)
    assert found["right"].radius == pytest.approx(0.0166, rel=0.03)


def test_one_eye_tells_where_the_other_is():
    fit, _ = registered()
    found = eyeballs(with_pieces(fit, ball(LEFT + np.array([0.004, 0, 0]), 0.02)))
    assert [found[side].seen for side in ("left", "right")] == [True, False]
    assert np.allclose(found["right"].centre, (LEFT + np.array([0.004, 0, 0])) * MIRROR, atol=5e-4)


def test_layers_of_an_eye_turn_with_it_and_lines_of_tears_go_with_the_lids():
    fit, deltas = registered()
    cornea = ball(LEFT + np.array([0, 0, 0.0075]), 0.0095, cap=0.75)
    iris = ball(LEFT, 0.0160, cap=0.93)
    shell = ball(LEFT, 0.0170)
    # A strip along the lower lid, a millimetre in front of the eyeball.
    angle = np.linspace(-0.8, 0.8, 15)
    strip = np.stack(
        [
            LEFT + 0.0172 * np.stack([np.sin(angle) * 0.95, np.full(15, low), np.cos(angle) * 0.93], 1)
            for low in (-0.33, -0.28)
        ]
    )
    pieces = (ball(LEFT, 0.0166), ball(LEFT * MIRROR, 0.0166), cornea, iris, shell, sheet(strip))
    fit = with_pieces(fit, *pieces)
    made = piece_shapes(fit, skin_of(fit, deltas), source())
    first = np.cumsum([0, *(len(piece[0]) for piece in pieces)])
    role = [made.roles[fit.others.islands[start]] for start in first[:-1]]
    assert role == ["eye_left", "eye_right", "eye_left", "eye_left", "eye_left", "follows"]
    look = made.deltas[shape("eyeLookOutLeft")]
    turned = fit.others.vertices + look - LEFT
    for piece in (0, 2, 3, 4):
        mine = slice(first[piece], first[piece + 1])
        before = np.linalg.norm(fit.others.vertices[mine] - LEFT, axis=1)
        assert np.allclose(np.linalg.norm(turned[mine], axis=1), before, atol=3e-5)
        assert look[mine, 0].mean() > 0 or piece in (0, 4)
    assert np.allclose(made.deltas[shape("eyeLookOutRight")][: first[1]], 0)


def test_eyes_turn_by_the_built_in_heads_angles():
    fit, deltas = registered(2)
    made = piece_shapes(fit, skin_of(fit, deltas), source())
    eye = eyeballs(fit)["left"]
    mine = np.isin(fit.others.islands, eye.islands)
    rest = fit.others.vertices[mine] - eye.centre
    for name, degrees in {"eyeLookUpLeft": 15, "eyeLookDownLeft": 18, "eyeLookOutLeft": 27}.items():
        moved = rest + made.deltas[shape(name)][mine]
        matrix = np.linalg.lstsq(rest, moved, rcond=None)[0].T
        assert np.allclose(matrix @ matrix.T, np.eye(3), atol=1e-3)
        assert np.degrees(np.arccos((np.trace(matrix) - 1) / 2)) == pytest.approx(degrees, abs=0.5)


def test_strips_and_flat_things_are_no_balls():
    flat = sheet(
        np.stack(np.meshgrid(np.linspace(-1, 1, 9), np.linspace(-1, 1, 9), [0.0]), -1)[:, :, 0] * 0.02
    )
    assert fit_ball(flat[0], np.ones(81)) is None
    assert fit_ball(np.zeros((40, 3)), np.ones(40)) is None
    assert fit_ball(np.random.default_rng(0).normal(size=(6, 3)), np.ones(6)) is None


def _plate(centre, half_width, half_height):
    """An ellipse, flat but for a little."""
    radius, angle = np.meshgrid(np.linspace(0.05, 1, 6), np.linspace(0, 2 * np.pi, 25), indexing="ij")
    x, y = half_width * radius * np.cos(angle), half_height * radius * np.sin(angle)
    return sheet(centre + np.stack([x, y, 0.002 * (1 - radius**2)], axis=-1))


def test_an_iris_on_a_plate_slides_over_the_white():
    fit, deltas = registered()
    middle = np.array([0.031, 0.0405, 0.092])
    white, iris = _plate(middle, 0.0155, 0.0075), _plate(middle + np.array([0, 0, 0.001]), 0.005, 0.006)
    made = piece_shapes(with_pieces(fit, white, iris), skin_of(fit, deltas), source())
    assert made.roles == ("still", "eye_left")
    plate = slice(len(white[0]), None)
    out, up = (made.deltas[shape(f"eyeLook{way}Left")] for way in ("Out", "Up"))
    assert not made.deltas[:, : len(white[0])].any()
    assert np.allclose(out[plate], out[plate][0])
    assert 0.004 < out[plate][0, 0] < 0.012
    assert 0.0005 < up[plate][0, 1] < 0.006
    assert np.allclose(made.deltas[:, plate, 2], 0)
    assert not made.deltas[shape("eyeBlinkLeft")].any()
