# SPDX-License-Identifier: GPL-3.0-or-later
"""Deformation transfer against the paper's own least squares, with its fourth vertices, and known motions."""

import numpy as np
import pytest
from soliloquy.core.head.surface import Surface

scipy_sparse = pytest.importorskip("scipy.sparse")

from soliloquy.core.transfer.deformation_transfer import (
    DeformationTransfer,
    deformation_gradients,
)

TURN = np.array([[0.36, 0.48, -0.8], [-0.8, 0.6, 0.0], [0.48, 0.64, 0.6]])


def bumpy(size: int = 7) -> Surface:
    """A sheet with bumps, (size^2) vertices."""
    random = np.random.default_rng(4)
    x, y = np.meshgrid(np.linspace(0, 1, size), np.linspace(0, 1, size), indexing="ij")
    height = 0.2 * np.sin(3 * x) * np.cos(2 * y) + random.normal(0, 0.02, x.shape)
    vertices = np.stack([x, y, height], axis=-1).reshape(-1, 3)
    corner = np.arange(size * size).reshape(size, size)
    a, b, c, d = (
        each.ravel() for each in (corner[:-1, :-1], corner[1:, :-1], corner[1:, 1:], corner[:-1, 1:])
    )
    triangles = np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)])
    return Surface(vertices, triangles, np.arange(size * size))


def inner(surface: Surface) -> np.ndarray:
    free = np.ones(len(surface.vertices), bool)
    free[np.unique(surface.boundary)] = False
    return free


def unconstrained(surface: Surface, free: np.ndarray) -> DeformationTransfer:
    count = len(surface.vertices)
    return DeformationTransfer(
        surface, free, np.zeros(count), scipy_sparse.csr_matrix((0, count)), np.zeros(0)
    )


def test_gradients_of_a_turned_and_stretched_triangle_are_turn_and_stretch():
    surface = bumpy()
    rest = surface.vertices[surface.triangles]
    turned = deformation_gradients(rest, rest @ TURN.T)
    assert np.allclose(turned, TURN, atol=1e-9)
    # The fourth corner grows with the root of the area, as the paper has it: doubling doubles it too.
    assert np.allclose(deformation_gradients(rest, 2 * rest), 2 * np.eye(3), atol=1e-9)


def test_a_mesh_that_takes_its_own_deformation_is_deformed_so():
    surface = bumpy()
    free = inner(surface)
    random = np.random.default_rng(1)
    displacement = random.normal(0, 0.05, surface.vertices.shape) * free[:, None]
    transfer = unconstrained(surface, free)
    corners = surface.triangles[transfer.triangles]
    gradients = deformation_gradients(surface.vertices[corners], (surface.vertices + displacement)[corners])
    made = transfer.freely(gradients - np.eye(3), np.zeros_like(displacement))
    assert np.abs(made - displacement).max() < 1e-6


def test_it_solves_what_the_paper_writes_down():
    """Least squares over all corners and fourth corners, by area: dense, without a Laplacian."""
    surface = bumpy(5)
    free = inner(surface)
    random = np.random.default_rng(2)
    transfer = unconstrained(surface, free)
    wanted = np.eye(3) + random.normal(0, 0.3, (len(transfer.triangles), 3, 3))
    made = transfer.freely(wanted - np.eye(3), np.zeros_like(surface.vertices))

    count = len(surface.vertices)
    corners = surface.triangles[transfer.triangles]
    places = surface.vertices[corners]
    edges = np.stack([places[:, 1] - places[:, 0], places[:, 2] - places[:, 0]], axis=2)
    normal = np.cross(edges[:, :, 0], edges[:, :, 1])
    area = np.linalg.norm(normal, axis=1) / 2
    fourth = places[:, 0] + normal / np.sqrt(np.linalg.norm(normal, axis=1))[:, None]
    rows, right = [], []
    for number, (a, b, c) in enumerate(corners):
        frame = np.column_stack([edges[number], fourth[number] - places[number, 0]])
        # Deformed frame @ inverse = wanted; each row of the inverse's transpose is one equation.
        inverse = np.linalg.inv(frame)
        for column in range(3):
            row = np.zeros(count + len(corners))
            for vertex, share in zip((b, c, count + number), inverse[:, column], strict=True):
                row[vertex] += share
                row[a] -= share
            rows.append(np.sqrt(area[number]) * row)
            right.append(np.sqrt(area[number]) * wanted[number][:, column])
    matrix, right = np.array(rows), np.array(right)
    unknown = np.concatenate([np.flatnonzero(free), count + np.arange(len(corners))])
    fixed = np.flatnonzero(~free)
    right = right - matrix[:, fixed] @ surface.vertices[fixed]
    solved = np.linalg.lstsq(matrix[:, unknown], right, rcond=None)[0][: free.sum()]
    assert np.abs(solved - surface.vertices[free] - made[free]).max() < 1e-5
    assert np.abs(made[~free]).max() == 0


def test_conditions_are_met_and_held_places_are_kept():
    surface = bumpy()
    free = inner(surface)
    count = len(surface.vertices)
    first, second = np.flatnonzero(free)[[0, -1]]
    matrix = scipy_sparse.csr_matrix(([1.0, -1.0], ([0, 0], [first, second])), shape=(1, count))
    held = np.where(np.arange(count) == second, 1e6, 0.0)
    transfer = DeformationTransfer(surface, free, held, matrix, np.array([1e6]))
    places = np.tile([0.0, 0.1, 0.0], (count, 1))
    asked = np.array([[0.3, 0.0, 0.05]])
    made = transfer.bound(np.zeros((len(transfer.triangles), 3, 3)), places, asked)
    assert np.allclose(made[second], places[second], atol=1e-4)
    assert np.allclose(made[first] - made[second], asked[0], atol=1e-4)


def test_triangles_without_area_do_no_harm():
    surface = bumpy()
    vertices = surface.vertices.copy()
    a, b, c = surface.triangles[20]
    vertices[b] = (vertices[a] + vertices[c]) / 2
    flat = Surface(vertices, surface.triangles, surface.origin)
    free = inner(flat)
    transfer = unconstrained(flat, free)
    gradients = np.tile(0.1 * np.eye(3), (len(transfer.triangles), 1, 1))
    made = transfer.freely(gradients, np.zeros_like(vertices))
    assert np.isfinite(made).all()
    assert np.abs(made).max() < 0.2
