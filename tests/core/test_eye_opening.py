# SPDX-License-Identifier: GPL-3.0-or-later
"""The opening between lids, on lids whose opening is known."""

import numpy as np
import pytest

pytest.importorskip("scipy")

from soliloquy.core.head.eye_opening import eye_opening
from soliloquy.core.head.registration.template_face import template_face
from soliloquy.core.head.surface import Surface

CENTRE = np.array([0.03, 0.04, 0.08])
RADIUS = 0.016


def lids(half_width: float, half_height: float, middle: float = 0.0, steps: int = 60) -> Surface:
    """A shell around an eye with an elliptic hole: half its size and its middle's height in radians."""
    azimuth, elevation = np.meshgrid(
        np.linspace(-1.5, 1.5, steps), np.linspace(-1.45, 1.45, steps), indexing="ij"
    )
    ways = np.stack(
        [
            np.sin(azimuth) * np.cos(elevation),
            np.sin(elevation),
            np.cos(azimuth) * np.cos(elevation),
        ],
        axis=-1,
    )
    vertices = CENTRE + 1.05 * RADIUS * ways.reshape(-1, 3)
    corner = np.arange(steps * steps).reshape(steps, steps)
    a, b, c, d = (
        each.ravel() for each in (corner[:-1, :-1], corner[1:, :-1], corner[1:, 1:], corner[:-1, 1:])
    )
    triangles = np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)])
    inside = (azimuth / half_width) ** 2 + ((elevation - middle) / half_height) ** 2 < 1
    return Surface(vertices, triangles[~inside.ravel()[triangles].any(axis=1)], np.arange(len(vertices)))


@pytest.mark.parametrize("height", [0.15, 0.3, 0.5])
def test_its_height_and_middle_are_those_of_the_hole(height: float):
    opening = eye_opening(lids(0.8, height, middle=0.1), CENTRE, RADIUS)
    assert opening is not None
    across = 2 * 1.05 * RADIUS * np.sin(height)
    # A hole in a mesh ends at edges, up to one of them farther out than the ellipse.
    assert across - 0.0005 < opening.height < across + 0.0025
    assert np.allclose(opening.corners[:, 1], 0.1, atol=0.05)
    right, left = opening.corners[:, 0]
    assert right == pytest.approx(-left, abs=0.05)
    # It ends where it is 0.45 of its height: there an ellipse has 0.89 of its half width.
    assert left == pytest.approx(0.89 * 0.8, abs=0.09)
    assert (opening.upper[:, 1] > opening.lower[:, 1]).all()
    assert np.ptp(opening.upper_edge[:, 0]) > np.ptp(opening.upper[:, 0])


def test_lids_that_are_shut_and_eyes_without_lids_have_none():
    shut = lids(0.8, 0.0001)
    assert eye_opening(shut, CENTRE, RADIUS) is None
    nothing = Surface(shut.vertices, shut.triangles[:0], shut.origin)
    assert eye_opening(nothing, CENTRE, RADIUS) is None


def test_places_run_from_the_right_end_to_the_left_one():
    opening = eye_opening(lids(0.8, 0.3), CENTRE, RADIUS)
    assert opening is not None
    places = opening.places_of(opening.upper, CENTRE)
    assert places[0] == pytest.approx(-1, abs=0.08)
    assert places[-1] == pytest.approx(1, abs=0.08)
    assert (np.diff(places) > 0).all()


@pytest.mark.parametrize("side", ["left", "right"])
def test_the_built_in_head_opens_between_its_landmarks(side: str):
    template = template_face()
    head = template.head
    ball = head.template[head.spans[f"eye_{side}"]].astype(np.float64)
    middle = (ball.min(axis=0) + ball.max(axis=0)) / 2
    skin = Surface(template.points, template.triangles, template.vertices)
    opening = eye_opening(skin, middle, float(np.ptp(ball[:, 0])) / 2)
    assert opening is not None
    for name, rim in (("upper", opening.upper), ("lower", opening.lower)):
        marks = head.template[head.landmarks[f"eyelid_{name}_{side}"]]
        away = np.linalg.norm(marks[:, None] - rim, axis=2).min(axis=1)
        assert away.max() < 0.0012
