# SPDX-License-Identifier: GPL-3.0-or-later
"""Characters that `soliloquy evaluate transfer` makes of the built-in head."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("scipy")
pytest.importorskip("torch")

from soliloquy.core.evaluation import made_bodies as bodies
from soliloquy.core.evaluation import made_heads as heads
from soliloquy.core.evaluation import made_meshes as meshes
from soliloquy.core.evaluation import transfer_heads as characters
from soliloquy.core.evaluation.transfer_truth import Truth
from soliloquy.core.head import load_head
from soliloquy.core.head.surface import Surface
from soliloquy.core.retarget.arkit import ARKIT_INDEX


def closed_edges(head):
    """Whether no directed edge of the mesh belongs to two triangles."""
    pairs = np.stack([head.triangles, np.roll(head.triangles, -1, axis=1)], axis=-1).reshape(-1, 2)
    return len(np.unique(pairs, axis=0)) == len(pairs)


def test_there_are_24_orientations_and_none_twice():
    turns = characters.orientations()
    assert len({tuple(turn.ravel()) for turn in turns}) == 24
    assert all(np.isclose(np.linalg.det(turn), 1) for turn in turns)


def test_a_neck_goes_over_into_a_body_without_a_seam():
    plain = heads.person(1)
    grown = bodies.with_figure(plain)
    assert closed_edges(grown)
    assert np.ptp(grown.vertices[:, 1]) > 1.6
    islands = Surface(grown.vertices, grown.triangles, np.arange(len(grown.vertices))).islands
    feet = grown.vertices[:, 1].argmin()
    nose = load_head().landmarks["face68"][30]
    assert islands[feet] == islands[nose]
    bust = bodies.with_bust(plain)
    assert closed_edges(bust)
    assert len(bodies.neck_edge(plain)) == 42


def test_tilting_turns_the_head_and_leaves_the_body():
    plain = bodies.with_figure(heads.built_in())
    tilted = bodies.tilted(plain, (25, 0, 0))
    count = plain.carry.shape[0]
    assert np.allclose(tilted.vertices[count:], plain.vertices[count:])
    nose = load_head().landmarks["face68"][30]
    # To the subject's left, which is x.
    assert tilted.vertices[nose, 0] > plain.vertices[nose, 0] + 0.03
    assert np.allclose(tilted.to_head_axes(tilted.vertices)[:count], plain.vertices[:count])
    up = bodies.tilted(plain, (0, 25, 0)).vertices[nose]
    right = bodies.tilted(plain, (0, 0, 25)).vertices[nose]
    assert up[1] > plain.vertices[nose, 1] + 0.03
    top = plain.vertices[:count, 1].argmax()
    assert bodies.tilted(plain, (0, 0, 25)).vertices[top, 0] < plain.vertices[top, 0] - 0.03
    assert right.shape == (3,)


def test_objects_are_the_whole_and_share_no_vertex():
    made = characters.CHARACTERS["in objects, body and hair"]()
    whole = np.sort(np.concatenate(made.objects))
    assert np.array_equal(whole, np.arange(len(made.head.vertices)))
    assert len(made.objects) == 7
    assert sum(len(mesh.triangles) for mesh in made.meshes) == len(made.head.triangles)
    # What stands below the neck belongs to the skin; hair is an object of its own.
    scale = np.cbrt(np.linalg.det(made.head.linear))
    assert np.ptp(made.meshes[0].vertices, axis=0).max() / scale > 1.6


def test_displacements_of_objects_come_back_as_those_of_the_whole():
    made = characters.in_objects(characters.somewhere(heads.person(2), 5, None))
    truth = Truth.of(made)
    deltas = [
        np.stack([made.head.delta(shape)[rows] for shape in load_head().arkit_deltas])
        for rows in made.objects
    ]
    assert np.abs(made.gathered(deltas) - truth.deltas).max() < 1e-6


def test_an_open_mouth_is_open_and_has_the_same_shapes():
    plain, opened = heads.person(3), characters.open_mouthed(heads.person(3))
    jaw = load_head().arkit_deltas[ARKIT_INDEX["jawOpen"]]
    assert np.allclose(opened.vertices - plain.vertices, characters.OPEN_AT_REST * jaw, atol=1e-7)
    assert np.allclose(opened.delta(jaw), plain.delta(jaw), atol=1e-6)


def test_parts_are_those_of_the_built_in_head():
    model = load_head()
    parts = characters.parts_of(meshes.shuffled(heads.built_in(), 1))
    sizes = {name: int((parts == name).sum()) for name in characters.PARTS}
    assert sizes["eyes"] == 2 * 338
    assert sizes["teeth"] == 2 * 920
    assert sizes["tongue"] == 226
    assert sum(sizes.values()) == model.vertex_count
    bald = characters.without(heads.built_in(), ("teeth", "tongue"))
    assert len(bald.vertices) == model.vertex_count - 2 * 920 - 226


@pytest.mark.parametrize("title", characters.QUICK)
def test_what_is_known_of_a_character_fits_it(title):
    truth = Truth.of(characters.CHARACTERS[title]())
    assert 0.03 < truth.mouth_width < 0.08
    assert 0.12 < truth.face_height < 0.16
    assert truth.behind.sum() > 20
    assert not truth.deltas[:, truth.behind].any()
    for side, sign in (("left", 1), ("right", -1)):
        eye = truth.eyes[side]
        assert (sign * eye.opening.columns > 0).all()
        assert len(eye.ball) > 50
        assert len(eye.opening.skin) > 50


def test_marks_lie_on_the_mesh_near_the_truth():
    made = characters.in_objects(characters.somewhere(heads.person(4), 6, None))
    truth = Truth.of(made)
    exact, off = truth.user_marks(0, 0.0), truth.user_marks(0, 0.003)
    assert len(off) == 10
    scale = np.cbrt(np.linalg.det(made.head.linear))
    distance = [np.linalg.norm(off[name] - exact[name]) / scale for name in off]
    assert 0.0015 < np.mean(distance) < 0.0035
    positions = made.meshes[0].vertices.astype(float)
    surface = Surface(positions, made.meshes[0].triangles, np.arange(len(positions)))
    points = np.array(list(off.values()))
    assert np.abs(surface.nearest_points(points).positions - points).max() < 1e-4 * scale
    nose = load_head().landmarks["face68"][30]
    assert np.allclose(exact["nose_tip"], made.head.vertices[nose], atol=1e-4 * scale)


def test_seeds_draw_the_same_again():
    one = characters.somewhere(heads.person(5), 7, None)
    other = characters.somewhere(heads.person(5), 7, None)
    assert np.array_equal(one.vertices, other.vertices)
    assert one.axes is None
    assert not np.array_equal(one.vertices, replace(one, linear=np.eye(3)).vertices)
