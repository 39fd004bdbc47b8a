# SPDX-License-Identifier: GPL-3.0-or-later
import numpy as np
import pytest
from soliloquy.core.head import load_head
from soliloquy.core.head.face_marks import find_eyes
from soliloquy.core.head.surface import Surface


def ball(centre, radius, rows=48):
    """A sphere as vertices (V, 3) and triangles (T, 3)."""
    across, around = np.meshgrid(np.linspace(0, np.pi, rows), np.linspace(0, 2 * np.pi, 2 * rows)[:-1])
    across, around = across.ravel(), around.ravel()
    points = np.stack([np.sin(across) * np.cos(around), np.cos(across), np.sin(across) * np.sin(around)], 1)
    count = 2 * rows - 1
    a = (np.arange(count)[:, None] * rows + np.arange(rows - 1)).ravel()
    b = (a + rows) % (count * rows)
    triangles = np.concatenate([np.stack([a, b, a + 1], 1), np.stack([b, b + 1, a + 1], 1)])
    return surface(np.asarray(centre) + radius * points, triangles)


def surface(vertices, triangles):
    return Surface.welded(vertices, triangles, np.zeros(len(vertices)))


def cut(whole, *holes):
    """The surface's front without what is inside of circles ((x, y), radius) as seen from there."""
    inside = np.zeros(len(whole.vertices), bool)
    for centre, radius in holes:
        away = np.linalg.norm(whole.vertices[:, :2] - centre, axis=1)
        inside |= (away < radius) & (whole.vertices[:, 2] > 0)
    return whole.part(~inside)


def together(*surfaces):
    vertices, triangles, count = [], [], 0
    for each in surfaces:
        vertices.append(each.vertices)
        triangles.append(each.triangles + count)
        count += len(each.vertices)
    return surface(np.concatenate(vertices), np.concatenate(triangles))


NOTHING = Surface(np.zeros((0, 3)), np.zeros((0, 3), np.int64), np.zeros(0, np.int64))
EYES = (((0.4, 0.1), 0.2), ((-0.4, 0.1), 0.2))


@pytest.mark.parametrize("size", [0.003, 1, 250])
def test_holes_are_eyes(size):
    skin = cut(ball((0, 0, 0), 1), *EYES)
    skin = surface(skin.vertices * size, skin.triangles)
    left, right = find_eyes(skin, NOTHING)
    np.testing.assert_allclose(left.centre[:2], np.array((0.4, 0.1)) * size, atol=0.03 * size)
    np.testing.assert_allclose(right.centre[:2], np.array((-0.4, 0.1)) * size, atol=0.03 * size)
    np.testing.assert_allclose(left.half, 0.2 * size, atol=0.05 * size)
    away = np.linalg.norm(left.rim[:, :2] - left.centre[:2], axis=1)
    assert len(left.rim) > 10
    assert away.min() > 0.15 * size


def test_balls_are_eyes_where_the_skin_has_no_holes():
    balls = [ball((side * 0.4, 0.1, 0.85), 0.2, 12) for side in (1, -1)]
    hat = ball((0, 1.2, 0), 0.5, 12)
    left, right = find_eyes(ball((0, 0, 0), 1), together(*balls, hat))
    np.testing.assert_allclose(left.centre, (0.4, 0.1, 0.85), atol=0.02)
    np.testing.assert_allclose(right.centre, (-0.4, 0.1, 0.85), atol=0.02)
    assert len(left.rim) == 0


def test_holes_are_believed_before_balls_and_large_ones_before_small_ones():
    nostrils = (((0.15, -0.3), 0.07), ((-0.15, -0.3), 0.07))
    cheeks = together(*(ball((side * 0.5, -0.4, 0.7), 0.1, 12) for side in (1, -1)))
    left, _ = find_eyes(cut(ball((0, 0, 0), 1), *EYES, *nostrils), cheeks)
    np.testing.assert_allclose(left.centre[:2], (0.4, 0.1), atol=0.03)


@pytest.mark.parametrize(
    "holes",
    [
        (),
        (((0.4, 0.1), 0.2),),
        (((0.4, 0.1), 0.2), ((-0.4, 0.5), 0.2)),
        (((0.4, 0.1), 0.2), ((-0.4, 0.1), 0.08)),
        (((0.08, -0.3), 0.05), ((-0.08, -0.3), 0.05)),
        (((0.9, 0.1), 0.3), ((-0.9, 0.1), 0.3)),
    ],
    ids=["none", "one", "at two heights", "of two sizes", "nostrils", "ears"],
)
def test_other_holes_are_no_eyes(holes):
    assert find_eyes(cut(ball((0, 0, 0), 1), *holes), NOTHING) is None


def test_holes_behind_are_no_eyes():
    skin = cut(ball((0, 0, 0), 1), *EYES)
    assert find_eyes(surface(skin.vertices * (-1, 1, -1), skin.triangles), NOTHING) is None


def test_eyes_of_the_built_in_head_are_its_eyeballs():
    head = load_head()
    triangles = np.concatenate([head.faces[:, [0, 1, 2]], head.faces[:, [0, 2, 3]]])
    whole = surface(head.template.astype(np.float64), triangles)
    skin = whole.islands == whole.islands[whole.vertices[:, 2].argmax()]
    left, right = find_eyes(whole.part(skin), whole.part(~skin))
    for eye, side in ((left, "left"), (right, "right")):
        ring = head.template[head.landmarks[f"mediapipe_eye_{side}"]]
        np.testing.assert_allclose(eye.centre[:2], ring.mean(axis=0)[:2], atol=0.003)
