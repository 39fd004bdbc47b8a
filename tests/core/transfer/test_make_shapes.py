# SPDX-License-Identifier: GPL-3.0-or-later
"""All of it at once: a mesh without keys in unknown units and axes gets its shapes."""

from functools import cache

import numpy as np
import pytest

pytest.importorskip("scipy")

from soliloquy.core.errors import Cancelled
from soliloquy.core.evaluation import made_heads, made_meshes
from soliloquy.core.evaluation.transfer_heads import OPEN_AT_REST, in_objects, open_mouthed
from soliloquy.core.head import load_head
from soliloquy.core.head.registration import NotAFace
from soliloquy.core.retarget.arkit import ARKIT_NAMES
from soliloquy.core.transfer import MadeShapes, MeshPart, make_shapes

INCHES = 39.37


@cache
def character():
    head = made_meshes.remeshed(made_heads.person(21), 5, 3000)
    turned = made_heads.turned(
        head, "in inches", scale=INCHES, rotation=made_heads.Z_UP, move=(3, -200, 40), tells_axes=False
    )
    return in_objects(turned)


@cache
def made() -> tuple[MadeShapes, list[float]]:
    told: list[float] = []
    meshes = character().meshes
    return make_shapes(meshes[0], meshes[1:], progress=told.append), told


def true_deltas() -> list[np.ndarray]:
    deltas = np.stack([character().head.delta(shape) for shape in load_head().arkit_deltas])
    return [deltas[:, rows] for rows in character().objects]


def test_every_mesh_gets_its_own_shapes():
    shapes, _ = made()
    assert shapes.names == ARKIT_NAMES
    assert len(shapes.deltas) == len(character().meshes)
    for mesh, deltas in zip(character().meshes, shapes.deltas, strict=True):
        assert deltas.shape == (len(ARKIT_NAMES), len(mesh.vertices), 3)
        assert deltas.dtype == np.float32
    assert shapes.residual < 0.006
    true = true_deltas()
    off = [np.linalg.norm(mine - each, axis=2) for mine, each in zip(shapes.deltas, true, strict=True)]
    size = [np.linalg.norm(each, axis=2) for each in true]
    together, sizes = np.concatenate(off, axis=1), np.concatenate(size, axis=1)
    largest = sizes.max(axis=1)
    means = [together[k][sizes[k] > 0.02 * largest[k]].mean() / largest[k] for k in range(len(largest))]
    assert np.mean(means) < 0.08


def test_what_does_not_move_stays_exactly_where_it_is():
    shapes, _ = made()
    skull = character().meshes[0].vertices[:, 1] > character().meshes[0].vertices[:, 1].mean() + 2
    assert skull.any()
    assert not shapes.deltas[0][:, skull].any()
    # A one-sided shape moves nothing on the other side's cheek: keys are sparse.
    moved = shapes.deltas[0].any(axis=2).mean(axis=1)
    assert moved[ARKIT_NAMES.index("eyeBlinkLeft")] < 0.25


def test_every_vertex_is_of_one_piece():
    shapes, _ = made()
    for part, mesh in enumerate(character().meshes):
        counted = np.zeros(len(mesh.vertices), int)
        for piece in shapes.pieces:
            if piece.part == part:
                counted[piece.vertices] += 1
        used = np.isin(np.arange(len(mesh.vertices)), mesh.triangles)
        assert (counted[used] == 1).all()
    roles = {piece.role for piece in shapes.pieces}
    assert {"skin", "eye_left", "eye_right", "teeth_upper", "teeth_lower", "tongue"} <= roles


def test_progress_rises_to_the_end():
    _, told = made()
    assert told[0] == 0
    assert told[-1] == 1
    assert (np.diff(told) >= 0).all()
    # While the face is found, while the system is made ready, while it is solved.
    for start, end in ((0, 0.35), (0.35, 0.5), (0.5, 0.9)):
        assert sum(start < share < end for share in told) >= 5


def test_cancelling_ends_it():
    def stop(share: float) -> None:
        if share > 0.1:
            raise Cancelled("Cancelled.")

    meshes = character().meshes
    with pytest.raises(Cancelled):
        make_shapes(meshes[0], meshes[1:], progress=stop)


def test_vertex_motion_and_keys_say_the_same():
    """Of the expression basis each ARKit shape is a sum: beta = M w is exact on the built-in head."""
    meshes = character().meshes
    basis = make_shapes(meshes[0], meshes[1:], shapes="expression")
    keys, _ = made()
    sums = load_head().arkit_to_expression
    for part in range(len(meshes)):
        again = np.tensordot(sums.T, basis.deltas[part], axes=1)
        assert np.abs(again - keys.deltas[part]).max() < 2e-4 * INCHES


def test_marks_are_enough_where_they_are_told():
    meshes = character().meshes
    head = load_head()
    rows = character().head.mark_rows
    count = {name: len(head.landmarks[name]) for name in made_heads.MARKS}
    first = dict(zip(count, np.cumsum([0, *count.values()])[:-1], strict=True))
    vertices = character().head.vertices
    right, left = (vertices[rows[first["mouth_corners"] + each]] for each in range(2))
    upper = vertices[rows[first["inner_lip_upper"] + count["inner_lip_upper"] // 2]]
    lids = {side: vertices[rows[first[f"eyelid_upper_{side}"]]] for side in ("right", "left")}
    shapes = make_shapes(
        meshes[0],
        meshes[1:],
        marks={
            "mouth_right": right,
            "mouth_left": left,
            "lip_upper": upper,
            "eye_outer_right": lids["right"],
            "eye_outer_left": lids["left"],
        },
    )
    keys, _ = made()
    jaw = ARKIT_NAMES.index("jawOpen")
    off = np.linalg.norm(shapes.deltas[0][jaw] - keys.deltas[0][jaw], axis=1)
    assert off.max() < 0.25 * np.linalg.norm(keys.deltas[0][jaw], axis=1).max()


def test_a_mouth_that_rests_open_is_brought_together():
    head = open_mouthed(made_heads.person(22))
    shapes = make_shapes(MeshPart("Open", head.vertices, head.triangles))
    assert shapes.closed is not None
    marks = load_head().landmarks
    first = 0
    rows = {}
    for name in made_heads.MARKS:
        rows[name] = head.mark_rows[first : first + len(marks[name])]
        first += len(marks[name])
    upper, lower = rows["inner_lip_upper"], rows["inner_lip_lower"]
    closed = head.vertices + shapes.closed[0]
    assert (head.vertices[upper] - head.vertices[lower])[:, 1].min() > 0.004
    assert (closed[upper] - closed[lower])[:, 1].max() < 0.0005
    assert (closed[upper] - closed[lower])[:, 1].min() > -0.0015
    # The lower teeth rise with the jaw, as much as the modeller had lowered them.
    jaw = OPEN_AT_REST * head.delta(load_head().arkit_deltas[ARKIT_NAMES.index("jawOpen")])
    teeth = load_head().spans["teeth_lower"]
    assert np.abs(shapes.closed[0][teeth] + jaw[teeth]).max() < 0.3 * np.abs(jaw[teeth]).max()
    assert made()[0].closed is None


def test_no_faces_and_no_head_are_refused():
    points = np.random.default_rng(0).normal(size=(40, 3))
    with pytest.raises(NotAFace, match="no faces"):
        make_shapes(MeshPart("Cloud", points, np.zeros((0, 3), int)))
    with pytest.raises(ValueError, match="does not have"):
        make_shapes(MeshPart("Cloud", points, np.array([[0, 1, 40]])))
