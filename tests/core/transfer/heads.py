# SPDX-License-Identifier: GPL-3.0-or-later
"""Registrations of heads whose true shapes are known, and pieces put in place of theirs."""

import itertools
from dataclasses import replace
from functools import cache

import numpy as np
from soliloquy.core.evaluation.made_heads import MadeHead, built_in, person
from soliloquy.core.head import load_head
from soliloquy.core.head.registration import Registration, register
from soliloquy.core.head.surface import Surface
from soliloquy.core.retarget.arkit import ARKIT_NAMES

BUILT_IN = -1


@cache
def made(seed: int) -> MadeHead:
    return built_in() if seed == BUILT_IN else person(seed)


@cache
def registered(seed: int = BUILT_IN) -> tuple[Registration, np.ndarray]:
    """The built-in head or a person, and true displacements (52, V, 3) in its head axes."""
    head = made(seed)
    deltas = np.stack([head.delta(each) for each in load_head().arkit_deltas])
    fit = register(head.vertices, head.triangles, deltas, head.axes)
    return fit, deltas @ fit.linear.T


def source() -> np.ndarray:
    return load_head().arkit_deltas.astype(np.float64)


def skin_of(fit: Registration, deltas: np.ndarray) -> np.ndarray:
    return deltas[:, fit.surface.origin].astype(np.float64)


def with_pieces(fit: Registration, *pieces: tuple[np.ndarray, np.ndarray]) -> Registration:
    """The same face with other pieces: vertices (N, 3) in head axes and triangles (T, 3) of each."""
    first = np.cumsum([0, *(len(vertices) for vertices, _ in pieces)])
    vertices = np.concatenate([vertices for vertices, _ in pieces])
    triangles = np.concatenate([each[1] + start for each, start in zip(pieces, first[:-1], strict=True)])
    return replace(fit, others=Surface(vertices, triangles, np.arange(len(vertices))))


def own_piece(*spans: str) -> tuple[np.ndarray, np.ndarray]:
    """Some of the built-in head's own pieces, as one mesh."""
    head = load_head()
    used = np.zeros(head.vertex_count, bool)
    for name in spans:
        used[head.spans[name]] = True
    quads = head.faces[used[head.faces].all(axis=1)]
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    kept = np.unique(triangles)
    number = np.full(head.vertex_count, -1)
    number[kept] = np.arange(len(kept))
    return head.template[kept].astype(np.float64), number[triangles]


def own_deltas(*spans: str) -> np.ndarray:
    """(52, N, 3) what `own_piece` moves by."""
    head = load_head()
    used = np.zeros(head.vertex_count, bool)
    for name in spans:
        used[head.spans[name]] = True
    kept = np.unique(head.faces[used[head.faces].all(axis=1)])
    return head.arkit_deltas[:, kept].astype(np.float64)


def hung_together(*pieces: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """One connected piece, by slivers between nearest islands of each and between the rear ends of pieces."""
    first = np.cumsum([0, *(len(vertices) for vertices, _ in pieces)])
    triangles, rear = [], []
    for (vertices, corners), start in zip(pieces, first[:-1], strict=True):
        islands = Surface(vertices, corners, np.arange(len(vertices))).islands
        size = np.bincount(islands)
        done = islands == size.argmax()
        triangles.append(corners + start)
        while not done.all():
            away = np.linalg.norm(vertices[~done, None] - vertices[done], axis=2)
            one, other = np.unravel_index(away.argmin(), away.shape)
            one, other = np.flatnonzero(~done)[one], np.flatnonzero(done)[other]
            triangles.append(
                np.array([[one, other, corners[(corners == other).any(axis=1)][0].max()]]) + start
            )
            done |= islands == islands[one]
        rear.append(start + int(vertices[:, 2].argmin()))
    triangles += [np.array([[one, other, other - 1]]) for one, other in itertools.pairwise(rear)]
    return np.concatenate([vertices for vertices, _ in pieces]), np.concatenate(triangles)


def ball(centre: np.ndarray, radius: float, *, cap: float = -1.0) -> tuple[np.ndarray, np.ndarray]:
    """A sphere, or what of it lies further to the front than `cap` radii."""
    rows, columns = 20, 32
    polar = np.linspace(0, np.arccos(cap), rows)
    around = 2 * np.pi * np.arange(columns) / columns
    ring = np.stack([np.cos(around), np.sin(around), np.zeros(columns)], axis=1)
    points = np.sin(polar)[:, None, None] * ring + np.cos(polar)[:, None, None] * [0, 0, 1]
    corner = np.arange(rows * columns).reshape(rows, columns)
    beside = np.roll(corner, -1, axis=1)
    quads = np.stack([corner[:-1], corner[1:], beside[1:], beside[:-1]], axis=-1).reshape(-1, 4)
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    return points.reshape(-1, 3) * radius + centre, triangles


def sheet(vertices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A grid of vertices (R, C, 3) as a piece."""
    rows, columns = vertices.shape[:2]
    corner = np.arange(rows * columns).reshape(rows, columns)
    quads = np.stack([corner[:-1, :-1], corner[:-1, 1:], corner[1:, 1:], corner[1:, :-1]], -1).reshape(-1, 4)
    return vertices.reshape(-1, 3), np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])


def shape(name: str) -> int:
    return ARKIT_NAMES.index(name)
