# SPDX-License-Identifier: GPL-3.0-or-later
"""Other heads are found on their meshes; what is no face is refused with the reason."""

import numpy as np
import pytest

pytest.importorskip("scipy")

from soliloquy.core.head import load_head
from soliloquy.core.head.registration import BLENDER_AXES, NotAFace, register, template_skin
from soliloquy.core.head.surface import Surface
from soliloquy.core.retarget.arkit import ARKIT_INDEX

VISEMES = ("jawOpen", "mouthPucker", "mouthFunnel", "mouthSmileLeft", "mouthSmileRight")
HEAD = load_head()
TRIANGLES = np.concatenate([HEAD.faces[:, [0, 1, 2]], HEAD.faces[:, [0, 2, 3]]])
DELTAS = HEAD.arkit_deltas[[ARKIT_INDEX[name] for name in VISEMES]].astype(np.float64)
FRONT = HEAD.template[template_skin(), 2] > 0.06


def person(seed: int) -> np.ndarray:
    """Somebody else's head (V, 3)."""
    alpha = np.random.default_rng(seed).normal(size=len(HEAD.identity_spread)) * HEAD.identity_spread
    return HEAD.vertices(alpha.astype(np.float32)).astype(np.float64)


def errors(found, vertices: np.ndarray) -> np.ndarray:
    """Millimetres by which the template's skin is off, where it is known which vertex is which."""
    placed = vertices @ found.linear.T
    origin = found.surface.origin[0]
    placed += found.surface.vertices[0] - placed[origin]
    return 1000 * np.linalg.norm(found.fitted - placed[template_skin()], axis=1)[FRONT]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_another_person_in_centimetres_with_z_up(seed: int) -> None:
    vertices = person(seed) @ BLENDER_AXES * 100 + (3, -7, 160)
    found = register(vertices, TRIANGLES, DELTAS @ BLENDER_AXES * 100, BLENDER_AXES)
    away = errors(found, vertices)
    assert away.mean() < 0.6
    assert np.quantile(away, 0.95) < 2
    assert abs(np.cbrt(np.linalg.det(found.linear)) * 100 - 1) < 0.08
    assert found.lips is not None
    upper, lower = (found.surface.origin[each] for each in (found.lips.upper, found.lips.lower))
    # The middle of the lips is where the built-in head's landmarks are.
    for chosen, name in ((upper, "inner_lip_upper"), (lower, "inner_lip_lower")):
        mark = vertices[HEAD.landmarks[name][3]]
        assert np.linalg.norm(vertices[chosen[3]] - mark) < 0.15


def test_axes_that_nobody_tells_are_found() -> None:
    vertices = person(4)
    sideways = np.array([[0.0, 0, 1], [0, 1, 0], [-1, 0, 0]]) @ BLENDER_AXES
    turned = vertices @ sideways
    found = register(turned, TRIANGLES, DELTAS @ sideways)
    assert errors(found, turned).mean() < 0.8


def test_split_vertices_and_faces_turned_inside_out_change_nothing() -> None:
    vertices = person(5)
    whole = register(vertices, TRIANGLES, DELTAS, np.eye(3))
    corners = TRIANGLES.ravel()
    loose = np.arange(len(corners)).reshape(-1, 3)[:, ::-1]
    split = register(vertices[corners], loose, DELTAS[:, corners], np.eye(3))
    assert len(split.surface.vertices) == len(whole.surface.vertices)
    assert np.abs(split.fitted - whole.fitted).max() < 1e-3


def test_a_symmetric_head_is_fitted_symmetrically() -> None:
    vertices = HEAD.template.astype(np.float64) * (1.1, 0.9, 1.0)
    found = register(vertices, TRIANGLES, DELTAS, np.eye(3))
    skin = template_skin()
    partner = np.searchsorted(skin, HEAD.mirror[skin])
    assert np.abs(found.fitted - found.fitted[partner] * (-1, 1, 1)).max() < 1e-9


def ball(rings: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """A sphere."""
    across, around = np.meshgrid(
        np.linspace(0.01, np.pi - 0.01, rings),
        np.linspace(0, 2 * np.pi, rings, endpoint=False),
        indexing="ij",
    )
    vertices = np.stack(
        [np.sin(across) * np.cos(around), np.cos(across), np.sin(across) * np.sin(around)], axis=-1
    ).reshape(-1, 3)
    number = np.arange(rings * rings).reshape(rings, rings)
    a, b = number[:-1], number[1:]
    c, d = np.roll(a, -1, axis=1), np.roll(b, -1, axis=1)
    return vertices, np.concatenate(
        [np.stack([a, c, b], -1).reshape(-1, 3), np.stack([c, d, b], -1).reshape(-1, 3)]
    )


def bumps(vertices: np.ndarray) -> np.ndarray:
    """Three keys that move a place each."""
    random = np.random.default_rng(0)
    places = vertices[random.integers(len(vertices), size=3)]
    near = np.exp(-((vertices - places[:, None]) ** 2).sum(axis=2) / 0.1)
    return near[:, :, None] * random.normal(size=(3, 1, 3))


def refused(vertices, triangles, deltas, axes=None) -> str:
    with pytest.raises(NotAFace) as error:
        register(vertices, triangles, deltas, axes)
    return str(error.value)


def test_a_ball_with_bumps_is_no_face() -> None:
    vertices, triangles = ball()
    assert "No face was found" in refused(vertices, triangles, bumps(vertices))


def test_a_sheet_with_bumps_is_no_face() -> None:
    x, y = np.meshgrid(np.linspace(-1, 1, 30), np.linspace(-1, 1, 30), indexing="ij")
    vertices = np.stack([x.ravel(), y.ravel(), np.zeros(x.size)], axis=1)
    number = np.arange(900).reshape(30, 30)
    a, b, c = number[:-1, :-1].ravel(), number[1:, :-1].ravel(), number[1:, 1:].ravel()
    d = number[:-1, 1:].ravel()
    triangles = np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)])
    assert "No face was found" in refused(vertices, triangles, bumps(vertices))


def test_two_heads_are_refused() -> None:
    vertices = np.concatenate([HEAD.template, HEAD.template + np.float32((0.4, 0, 0))])
    triangles = np.concatenate([TRIANGLES, TRIANGLES + HEAD.vertex_count])
    assert "holds 2 heads" in refused(
        vertices, triangles, np.concatenate([DELTAS, DELTAS], axis=1), np.eye(3)
    )


def test_half_a_head_is_refused() -> None:
    kept = HEAD.template[:, 0] >= -1e-6
    number = np.full(HEAD.vertex_count, -1)
    number[kept] = np.arange(kept.sum())
    triangles = number[TRIANGLES]
    triangles = triangles[(triangles >= 0).all(axis=1)]
    assert "half a head" in refused(HEAD.template[kept], triangles, DELTAS[:, kept], np.eye(3))


def test_keys_that_move_nothing_little_or_no_face_are_refused() -> None:
    assert "moves a vertex" in refused(HEAD.template, TRIANGLES, np.zeros_like(DELTAS))
    single = np.zeros_like(DELTAS[:1])
    single[0, 7] = (0.01, 0, 0)
    assert "keys move: 1." in refused(HEAD.template, TRIANGLES, single)
    neck = np.zeros_like(DELTAS[:1])
    neck[0, HEAD.template[:, 1] < -0.12] = (0, 0, 0.02)
    assert "No face was found" in refused(HEAD.template, TRIANGLES, neck, np.eye(3))


def test_broken_meshes_are_refused() -> None:
    broken = HEAD.template.copy()
    broken[3] = np.nan
    assert "not numbers" in refused(broken, TRIANGLES, DELTAS)
    assert "no area" in refused(np.zeros_like(HEAD.template), TRIANGLES, DELTAS)


def test_the_island_of_the_face_is_taken_among_others() -> None:
    far = HEAD.template[:500] + np.float32((0, -1, 0))
    vertices = np.concatenate([HEAD.template, far])
    deltas = np.concatenate([DELTAS, np.zeros((len(DELTAS), len(far), 3))], axis=1)
    found = register(vertices, TRIANGLES, deltas, np.eye(3))
    skin = Surface.welded(HEAD.template, TRIANGLES, np.zeros(HEAD.vertex_count))
    assert len(found.surface.vertices) == (skin.islands == skin.islands[0]).sum()
