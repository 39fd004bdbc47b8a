# SPDX-License-Identifier: GPL-3.0-or-later
"""Rigs and heads that `soliloquy evaluate retarget` makes of the built-in head."""

import numpy as np
import pytest

pytest.importorskip("scipy")
pytest.importorskip("torch")

from soliloquy.core.evaluation import made_heads as heads
from soliloquy.core.evaluation import made_meshes as meshes
from soliloquy.core.evaluation import retarget_rigs as rigs
from soliloquy.core.evaluation.retarget_bones import BONES, skeleton, viseme_bones
from soliloquy.core.evaluation.retarget_metrics import face_curves
from soliloquy.core.evaluation.retarget_sculpts import OCULUS, Sculptor
from soliloquy.core.head import lip_gap_model, load_head
from soliloquy.core.retarget.arkit import ARKIT_INDEX, ARKIT_NAMES

OTHERS = {
    "person": lambda: heads.person(1),
    "cartoon": heads.cartoon,
    "finer": lambda: meshes.finer(heads.built_in()),
    "shuffled": lambda: meshes.shuffled(heads.person(2), 3),
    "other mesh": lambda: meshes.remeshed(heads.built_in(), 4),
    "fewer": lambda: meshes.remeshed(heads.built_in(), 4, 6000),
    "face alone": lambda: meshes.face_alone(heads.built_in()),
    "body": lambda: meshes.with_body(heads.built_in()),
    "turned": lambda: heads.turned(
        heads.built_in(), "turned", scale=100, rotation=heads.Z_UP, move=(1, 2, 3), tells_axes=True
    ),
}


def edges_of(triangles: np.ndarray) -> np.ndarray:
    pairs = np.stack([triangles, np.roll(triangles, -1, axis=1)], axis=-1).reshape(-1, 2)
    return np.unique(np.sort(pairs, axis=1), axis=0, return_counts=True)[1]


@pytest.mark.parametrize("name", OTHERS)
def test_lips_of_a_made_head_are_where_they_are_said_to_be(name):
    head = OTHERS[name]()
    known = head.warp(load_head().template.astype(float) + head.offsets)[heads.marks()]
    found = head.to_head_axes(head.vertices[head.mark_rows])
    assert np.abs(found - known).max() < 1e-9
    assert head.triangles.max() < len(head.vertices)
    assert head.triangles.min() >= 0
    # No triangle is a line, and no edge hangs on more than two of them but where the head's own do.
    assert (np.sort(head.triangles, axis=1)[:, :-1] != np.sort(head.triangles, axis=1)[:, 1:]).all()
    assert (edges_of(head.triangles) > 2).mean() < 0.01


def test_sizes_of_meshes():
    assert 19_500 < len(meshes.finer(heads.built_in()).vertices) < 21_000
    assert len(meshes.remeshed(heads.built_in(), 4, 6000).vertices) == 6000
    body = meshes.with_body(heads.built_in())
    assert len(body.vertices) > 1.6 * load_head().vertex_count
    assert np.ptp(body.vertices[:, 1]) > 1.5


def test_another_mesh_shares_no_vertex_but_the_marks():
    plain, other = heads.built_in().vertices, meshes.remeshed(heads.built_in(), 5).vertices
    skin = plain[load_head().spans["skin"]]
    from scipy.spatial import KDTree

    distance, _ = KDTree(other).query(skin)
    assert (distance < 1e-9).sum() == len(heads.marks()) == 28
    # Yet it is the same surface.
    assert np.quantile(distance, 0.99) < 0.005


def test_another_mesh_looks_outwards():
    """Where triangles of a head collapsed to few vertices lie, their normals point as those before."""
    head = meshes.remeshed(heads.built_in(), 4, 6000)
    corners = head.vertices[head.triangles]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    forehead = corners.mean(axis=1)
    forehead = (forehead[:, 1] > 0.07) & (forehead[:, 2] > 0.08)
    assert forehead.sum() > 20
    assert (normals[forehead, 2] > 0).all()


def test_turned_heads_move_their_keys_along():
    plain, turned = heads.built_in(), OTHERS["turned"]()
    shape = load_head().arkit_deltas[ARKIT_INDEX["jawOpen"]].astype(float)
    moved = turned.delta(shape)
    assert np.allclose(moved, 100 * plain.delta(shape) @ heads.Z_UP.T, atol=1e-5)
    # The chin goes down, which is -z there.
    assert moved[:, 2].min() < -3
    assert turned.axes is not None
    assert np.allclose(turned.vertices @ turned.axes.T / 100, plain.vertices + np.array([0.01, 0.03, -0.02]))


def test_the_full_rig_is_the_built_in_head():
    rig = rigs.full_rig(heads.built_in())
    random = np.random.default_rng(0)
    weights = random.uniform(0, 1, (5, len(ARKIT_NAMES)))
    marks = rig.marks_at(weights)
    head = load_head()
    known = head.template[heads.marks()] + head.displacement(weights)[:, heads.marks()]
    assert np.abs(marks - known).max() < 1e-5
    curves = face_curves(marks, rig.marks_at(np.zeros((1, 52)))[0])
    assert np.allclose(curves.gap, lip_gap_model().heights(weights), atol=1e-6)
    assert curves.closed == pytest.approx(lip_gap_model().closed, rel=1e-5)


def test_sculptors_differ_but_all_close_the_lips():
    head = heads.built_in()
    one, other = rigs.oculus(head, 1), rigs.oculus(head, 2)
    assert one.keys == other.keys == tuple(OCULUS)
    assert not one.deltas[0].any()
    assert np.array_equal(one.deltas, rigs.oculus(head, 1).deltas)
    apart = np.linalg.norm(one.deltas - other.deltas, axis=(1, 2))[1:]
    assert np.median(apart / np.linalg.norm(one.deltas, axis=(1, 2))[1:]) > 0.15
    for seed in range(12):
        rig = rigs.oculus(head, seed)
        still = rig.marks_at(np.zeros((1, 15)))[0]
        curves = face_curves(rig.marks_at(np.eye(15)), still)
        assert curves.gap[rig.keys.index("viseme_PP")] < curves.closed
        assert curves.gap[rig.keys.index("viseme_aa")] > 10 * curves.closed


def test_a_sculpted_shape_is_no_mixture_of_arkit_shapes():
    shape = Sculptor(1).shape(0, OCULUS["viseme_O"]).ravel()
    basis = load_head().arkit_deltas.reshape(52, -1).T.astype(float)
    left = shape - basis @ np.linalg.lstsq(basis, shape, rcond=None)[0]
    assert 0.01 < np.linalg.norm(left) / np.linalg.norm(shape) < 0.4


def test_names_and_what_they_hide():
    head = heads.built_in()
    lying = rigs.misnamed(head, 1)
    assert lying.keys == ARKIT_NAMES
    full = rigs.full_rig(head).deltas
    same = [np.array_equal(a, b) for a, b in zip(lying.deltas, full, strict=True)]
    assert sum(same) < 5
    assert sorted(map(np.linalg.norm, lying.deltas)) == pytest.approx(sorted(map(np.linalg.norm, full)))
    assert not set(rigs.nameless(head, 1).keys) & set(ARKIT_NAMES)
    assert "mouthClose" not in rigs.without(head, ["mouthClose"]).keys
    assert len(rigs.without(head, ["mouthClose"]).keys) == 51
    mixed = rigs.mixtures(head, 1)
    assert len(mixed.keys) == 30
    assert len(rigs.handful(head, 1).keys) == 6


def test_lips_apart_at_rest_look_as_lips_that_are_not():
    rig = rigs.lips_apart(heads.built_in(), 1)
    still = rig.marks_at(np.zeros((1, len(rig.keys))))[0]
    curves = face_curves(rig.marks_at(np.eye(len(rig.keys))), still)
    plain = rigs.oculus(heads.built_in(), 1)
    shown = face_curves(plain.marks_at(np.eye(15)), plain.marks_at(np.zeros((1, 15)))[0])
    assert face_curves(still[None], still).gap[0] > 3 * curves.closed
    assert curves.gap[rig.keys.index("viseme_PP")] < curves.closed
    one, other = rig.keys.index("viseme_aa"), plain.keys.index("viseme_aa")
    assert curves.gap[one] == pytest.approx(shown.gap[other], rel=1e-4)
    assert rig.reference.name == "built-in head"


def test_bones_hold_the_shapes_that_they_were_set_to():
    bones = skeleton()
    assert bones.weights.shape == (load_head().vertex_count, len(BONES))
    assert bones.weights.min() >= 0
    assert bones.weights.sum(axis=1).max() <= 1 + 1e-9
    rig = viseme_bones(heads.built_in(), 1)
    keyed = rigs.oculus(heads.built_in(), 1)
    still = rig.marks_at(np.zeros((1, 16)))[0]
    assert np.abs(still - load_head().template[heads.marks()]).max() < 1e-6
    posed = face_curves(rig.marks_at(np.eye(16)), still)
    meant = face_curves(keyed.marks_at(np.eye(15)), still)
    assert np.abs(posed.gap[:15] - meant.gap).max() < 0.006
    assert np.abs(posed.width[:15] - meant.width).max() < 0.003
    assert posed.gap[rig.keys.index("viseme_PP")] < posed.closed
    assert posed.lids[-1] < 0.25 * posed.open_lids


def test_bones_blend_as_skinning_does_and_not_as_shape_keys():
    rig = viseme_bones(heads.built_in(), 1)
    values = np.zeros((1, 16))
    values[0, [rig.keys.index("viseme_aa"), rig.keys.index("viseme_U")]] = 0.8, 0.6
    still = rig.marks_at(np.zeros((1, 16)))[0]
    skinned = rig.marks_at(values)[0] - still
    rows = rig.head.mark_rows
    summed = np.tensordot(values[0], rig.deltas[:, rows].astype(float), 1)
    away = np.linalg.norm(skinned - summed, axis=1).max()
    assert 2e-4 < away < 8e-3
    # One pose alone is the key's own shape.
    alone = rig.marks_at(np.eye(16)[[3]])[0] - still
    assert np.abs(alone - rig.deltas[3, rows]).max() < 1e-6
