# SPDX-License-Identifier: GPL-3.0-or-later
"""Surfaces, against plain geometry."""

import numpy as np
import pytest

pytest.importorskip("scipy")

from soliloquy.core.head import load_head
from soliloquy.core.head.surface import Surface, nearest_in_triangles
from soliloquy.core.head.symmetry import mirror_plane
from soliloquy.core.retarget.arkit import ARKIT_INDEX


def grid(columns: int, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """A flat sheet in the plane z = 0, of unit squares."""
    x, y = np.meshgrid(np.arange(columns), np.arange(rows), indexing="ij")
    vertices = np.stack([x.ravel(), y.ravel(), np.zeros(x.size)], axis=1).astype(float)
    number = np.arange(x.size).reshape(columns, rows)
    a, b, c, d = (
        each.ravel() for each in (number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:])
    )
    return vertices, np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)])


def test_nearest_points_are_the_nearest_of_many_samples() -> None:
    random = np.random.default_rng(0)
    triangles, points = random.normal(size=(40, 3, 3)), random.normal(size=(40, 3)) * 2
    shares = nearest_in_triangles(points, triangles)
    found = np.einsum("nc,ncx->nx", shares, triangles)
    assert np.allclose(shares.sum(axis=1), 1)
    assert (shares >= -1e-12).all()
    u, v = np.meshgrid(np.linspace(0, 1, 60), np.linspace(0, 1, 60))
    inside = u + v <= 1
    weights = np.stack([u[inside], v[inside], 1 - u[inside] - v[inside]], axis=1)
    samples = np.einsum("sc,ncx->nsx", weights, triangles)
    sampled = np.linalg.norm(samples - points[:, None], axis=2).min(axis=1)
    exact = np.linalg.norm(found - points, axis=1)
    assert (exact <= sampled + 1e-9).all()
    assert np.allclose(exact, sampled, atol=0.05)


def test_triangles_without_area_have_nearest_points_too() -> None:
    line = np.array([[[0.0, 0, 0], [1, 0, 0], [2, 0, 0]]])
    shares = nearest_in_triangles(np.array([[1.5, 1.0, 0]]), line)
    assert np.allclose(np.einsum("nc,ncx->nx", shares, line), [[1.5, 0, 0]])


def test_seams_are_welded_and_lips_are_not() -> None:
    vertices, triangles = grid(3, 3)
    split = np.concatenate([vertices, vertices])
    both = np.concatenate([triangles[:4], triangles[4:] + len(vertices)])
    still = Surface.welded(split, both, np.zeros(len(split)))
    assert len(still.vertices) == len(vertices)
    assert still.islands.max() == 0
    moved = np.repeat([0.0, 1.0], len(vertices))
    assert len(Surface.welded(split, both, moved).vertices) == len(split)


def test_distances_go_around_a_slit() -> None:
    vertices, triangles = grid(11, 7)
    cut = vertices[triangles].mean(axis=1)
    # Without the squares of a row, but for the last column.
    kept = ~((np.abs(cut[:, 1] - 2.5) < 0.5) & (cut[:, 0] < 9))
    surface = Surface(vertices, triangles[kept], np.arange(len(vertices)))
    below, above = 2, 3
    assert np.linalg.norm(vertices[below] - vertices[above]) == 1
    assert 18 <= surface.distances_from(np.array([below]))[above] <= 20


def test_areas_normals_and_edges_of_a_sheet() -> None:
    vertices, triangles = grid(4, 5)
    surface = Surface(vertices, triangles, np.arange(len(vertices)))
    assert np.isclose(surface.areas.sum(), 3 * 4)
    assert np.allclose(surface.normals, [0, 0, 1])
    assert len(surface.boundary) == 2 * (3 + 4)
    assert len(surface.edges) == 3 * 5 + 4 * 4 + 3 * 4


def test_the_plane_of_symmetry_of_a_head_is_found_askew() -> None:
    head = load_head()
    points = head.template[head.spans["skin"]].astype(np.float64)
    angle = np.radians(8)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    plane = mirror_plane(points @ turn.T + (0.01, 0.02, 0.03))
    assert np.allclose(plane.normal, turn[:, 0], atol=1e-3)
    assert np.isclose(plane.offset, turn[:, 0] @ (0.01, 0.02, 0.03), atol=2e-4)
    assert plane.residual < 2e-4
    winking = points + 0.5 * head.arkit_deltas[ARKIT_INDEX["mouthLeft"]][head.spans["skin"]]
    assert mirror_plane(winking).residual > plane.residual
