# SPDX-License-Identifier: GPL-3.0-or-later
"""Heads without shape keys are found in any axes and unit; what is no head is refused with the reason."""

import time
from collections.abc import Sequence

import numpy as np
import pytest

pytest.importorskip("scipy")

from soliloquy.core.evaluation.transfer_heads import large
from soliloquy.core.head import load_head
from soliloquy.core.head.registration import BLENDER_AXES, MARKS, NotAFace, find_face, template_skin
from soliloquy.core.head.surface import Surface
from soliloquy.core.retarget.arkit import ARKIT_INDEX

HEAD = load_head()
TEMPLATE = HEAD.template.astype(np.float64)
TRIANGLES = np.concatenate([HEAD.faces[:, [0, 1, 2]], HEAD.faces[:, [0, 2, 3]]])
TRIANGLES = TRIANGLES[(TRIANGLES[:, 1] != TRIANGLES[:, 2]) & (TRIANGLES[:, 0] != TRIANGLES[:, 2])]
SKIN = template_skin()
NEAR_MOUTH_AND_EYES = np.maximum(HEAD.regions["lips"], HEAD.regions["eyelids"])[SKIN] > 0.3
FACE_68 = HEAD.landmarks["face68"]
PLACES = dict(
    zip(
        MARKS,
        [
            *FACE_68[[36, 39, 42, 45, 30, 48, 54]],
            HEAD.landmarks["inner_lip_upper"][3],
            HEAD.landmarks["inner_lip_lower"][3],
            HEAD.landmarks["mediapipe_chin"][2],
        ],
        strict=True,
    )
)
ONTO_ITS_SIDE = np.array([[0.0, 0, 1], [1, 0, 0], [0, 1, 0]])


def person(seed: int) -> np.ndarray:
    """Somebody else's head (V, 3)."""
    alpha = np.random.default_rng(seed).normal(size=len(HEAD.identity_spread)) * HEAD.identity_spread
    return HEAD.vertices(alpha.astype(np.float32)).astype(np.float64)


def turned(axis: Sequence[float], degrees: float) -> np.ndarray:
    """A rotation (3, 3)."""
    x, y, z = np.asarray(axis) / np.linalg.norm(axis)
    skew = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = np.radians(degrees)
    return np.eye(3) + np.sin(angle) * skew + (1 - np.cos(angle)) * skew @ skew


def ball(centre: Sequence[float], radii: Sequence[float], rows: int = 24) -> tuple[np.ndarray, np.ndarray]:
    """An ellipsoid, anticlockwise from outside."""
    across, around = np.meshgrid(
        np.linspace(0.02, np.pi - 0.02, rows),
        np.linspace(0, 2 * np.pi, rows, endpoint=False),
        indexing="ij",
    )
    points = np.stack(
        [np.sin(across) * np.cos(around), np.cos(across), np.sin(across) * np.sin(around)], axis=-1
    )
    number = np.arange(rows * rows).reshape(rows, rows)
    a, b = number[:-1], number[1:]
    c, d = np.roll(a, -1, axis=1), np.roll(b, -1, axis=1)
    triangles = [np.stack([a, c, b], -1).reshape(-1, 3), np.stack([c, d, b], -1).reshape(-1, 3)]
    return points.reshape(-1, 3) * radii + np.asarray(centre), np.concatenate(triangles)


def joined(*meshes: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Meshes in one."""
    starts = np.cumsum([0, *(len(vertices) for vertices, _ in meshes)])
    return (
        np.concatenate([vertices for vertices, _ in meshes]),
        np.concatenate([triangles + start for (_, triangles), start in zip(meshes, starts, strict=False)]),
    )


BODY = [
    ball((0, -0.42, -0.05), (0.19, 0.26, 0.12)),
    ball((0.28, -0.45, -0.05), (0.06, 0.3, 0.06)),
    ball((-0.28, -0.45, -0.05), (0.06, 0.3, 0.06)),
    ball((0.1, -1.1, -0.04), (0.09, 0.45, 0.09)),
    ball((-0.1, -1.1, -0.04), (0.09, 0.45, 0.09)),
    ball((0, 0.06, -0.03), (0.105, 0.115, 0.1)),
]


def part(vertices: np.ndarray, kept: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Some vertices of a head, their triangles, and the numbers of the vertices."""
    number = np.full(len(vertices), -1)
    number[kept] = np.arange(kept.sum())
    triangles = number[TRIANGLES]
    return vertices[kept], triangles[(triangles >= 0).all(axis=1)], np.flatnonzero(kept)


def errors(found, skin: np.ndarray, unit: float = 1.0) -> np.ndarray:
    """Millimetres by which the template's skin is off from where it is known to be (H, 3), near mouth and
    eyes."""
    inverse = np.linalg.inv(found.linear)
    back = (found.fitted - found.offset) @ inverse.T
    return 1000 * np.linalg.norm(back - skin, axis=1)[NEAR_MOUTH_AND_EYES] / unit


def assert_lips(found, vertices: np.ndarray) -> None:
    """Upper and lower lip are told apart as they are known to be."""
    upper, lower = (found.surface.origin[each] for each in (found.lips.upper, found.lips.lower))
    for chosen, name in ((upper, "inner_lip_upper"), (lower, "inner_lip_lower")):
        size = np.ptp(vertices[HEAD.landmarks[name]], axis=0).max()
        assert np.linalg.norm(vertices[chosen[3]] - vertices[HEAD.landmarks[name][3]]) < 0.15 * size


@pytest.mark.parametrize(
    ("seed", "axes", "unit"), [(0, BLENDER_AXES, 1.0), (1, ONTO_ITS_SIDE, 100.0), (2, -ONTO_ITS_SIDE, 0.0254)]
)
def test_another_person_in_any_axes_and_unit(seed: int, axes: np.ndarray, unit: float) -> None:
    axes = axes * np.sign(np.linalg.det(axes)) @ turned((1, 1, 0.3), 20 * seed)
    vertices = person(seed) @ axes * unit + unit * np.array([3, -7, 1.6])
    found = find_face(vertices, TRIANGLES)
    assert errors(found, vertices[SKIN], unit).mean() < 1.0
    assert abs(np.cbrt(np.linalg.det(found.linear)) * unit - 1) < 0.1
    assert_lips(found, vertices)
    assert np.allclose(vertices[found.surface.origin] @ found.linear.T + found.offset, found.surface.vertices)


def test_a_head_that_leans_on_a_body_with_hair() -> None:
    neck = np.array([0, -0.1, -0.01])
    head = (person(3) - neck) @ turned((1, 0.4, 0.2), 25).T + neck
    vertices, triangles = joined((head, TRIANGLES), *BODY)
    found = find_face(vertices @ BLENDER_AXES, triangles)
    assert errors(found, (head @ BLENDER_AXES)[SKIN]).mean() < 1.5
    assert (found.surface.origin < HEAD.vertex_count).all()


def test_the_mesh_that_was_chosen_has_the_face() -> None:
    one, other = person(4), person(5) + np.array([0.5, 0, 0])
    vertices, triangles = joined((one, TRIANGLES), (other, TRIANGLES))
    chosen = np.arange(len(vertices)) >= HEAD.vertex_count
    found = find_face(vertices, triangles, chosen=chosen)
    assert errors(found, other[SKIN]).mean() < 1.0
    with pytest.raises(NotAFace, match="holds 2 heads"):
        find_face(vertices, triangles)


def test_a_face_without_a_skull_or_anything_within() -> None:
    vertices = person(6)
    kept = np.zeros(HEAD.vertex_count, bool)
    kept[SKIN] = True
    kept &= (TEMPLATE[:, 2] > 0.03) & (TEMPLATE[:, 1] > -0.1)
    mask, triangles, _ = part(vertices, kept)
    found = find_face(mask * 39.37, triangles)
    assert errors(found, vertices[SKIN] * 39.37, 39.37).mean() < 1.0


def test_an_open_mouth_is_found_open() -> None:
    vertices = TEMPLATE + 0.5 * HEAD.arkit_deltas[ARKIT_INDEX["jawOpen"]]
    found = find_face(vertices, TRIANGLES)
    assert errors(found, vertices[SKIN]).mean() < 1.0
    assert_lips(found, vertices)


def test_split_vertices_and_inside_out_faces_change_nothing() -> None:
    vertices = person(7)
    whole = find_face(vertices, TRIANGLES, axes=np.eye(3))
    corners = TRIANGLES.ravel()
    split = find_face(vertices[corners], np.arange(len(corners)).reshape(-1, 3)[:, ::-1], axes=np.eye(3))
    assert len(split.surface.vertices) == len(whole.surface.vertices)
    assert errors(split, vertices[SKIN]).mean() < 1.0
    assert (split.surface.places >= 0).sum() == np.isin(corners, whole.surface.origin).sum()


def odd() -> np.ndarray:
    """No human head: half as wide again, with a muzzle."""
    vertices = TEMPLATE * (1.5, 0.8, 1.2)
    snout = np.exp(-((TEMPLATE[:, :2] - (0, -0.03)) ** 2).sum(axis=1) / 0.002)
    vertices[:, 2] += 0.06 * snout * np.tanh(np.clip((TEMPLATE[:, 2] - 0.07) / 0.05, 0, None))
    return vertices


@pytest.mark.parametrize("names", [MARKS, MARKS[:2] + MARKS[4:5] + MARKS[-1:], MARKS[:4]])
def test_marks_tell_where_the_face_is(names: tuple[str, ...]) -> None:
    vertices = odd() @ turned((1, 2, 3), 77) * 12 + (1, 2, 3)
    marks = {name: vertices[PLACES[name]] for name in names}
    found = find_face(vertices, TRIANGLES, marks=marks)
    assert errors(found, vertices[SKIN], 12).mean() < 5
    rows = np.searchsorted(SKIN, [PLACES[name] for name in names])
    there = np.array(list(marks.values())) @ found.linear.T + found.offset
    assert np.linalg.norm(found.fitted[rows] - there, axis=1).max() < 5e-4


def test_one_mark_tells_which_of_two_heads_is_meant() -> None:
    one, other = person(4), person(5) + np.array([0.5, 0, 0])
    vertices, triangles = joined((one, TRIANGLES), (other, TRIANGLES))
    found = find_face(vertices, triangles, marks={"nose_tip": other[PLACES["nose_tip"]]})
    assert errors(found, other[SKIN]).mean() < 1.0


def refused(vertices: np.ndarray, triangles: np.ndarray, **options) -> str:
    with pytest.raises(NotAFace) as error:
        find_face(vertices, triangles, **options)
    return str(error.value)


def test_marks_that_are_wrong_are_refused() -> None:
    exchanged = {name: TEMPLATE[place] for name, place in PLACES.items()}
    for name in ("eye_outer", "eye_inner", "mouth"):
        left, right = f"{name}_left", f"{name}_right"
        exchanged[left], exchanged[right] = exchanged[right], exchanged[left]
    assert "right and left" in refused(TEMPLATE, TRIANGLES, marks=exchanged)
    scattered = {name: TEMPLATE[700 * row] for row, name in enumerate(MARKS)}
    assert "do not lie as those of a face" in refused(TEMPLATE, TRIANGLES, marks=scattered)
    assert "'ear'" in refused(TEMPLATE, TRIANGLES, marks={"ear": (0, 0, 0)})
    assert "'chin'" in refused(TEMPLATE, TRIANGLES, marks={"chin": (0, np.nan, 0)})


@pytest.mark.parametrize(
    "mesh",
    [
        ball((0, 0, 0), (1, 1, 1), 40),
        joined(*BODY),
        joined(
            ball((0, 0, 0), (0.1, 0.12, 0.1)), *(ball((x, 0.03, 0.085), (0.02,) * 3) for x in (-0.035, 0.035))
        ),
    ],
    ids=["ball", "body without a head", "ball with eyes"],
)
def test_other_shapes_are_no_heads(mesh: tuple[np.ndarray, np.ndarray]) -> None:
    assert "No face was found" in refused(*mesh)


def test_the_back_of_a_head_is_no_face() -> None:
    vertices, triangles, _ = part(TEMPLATE, TEMPLATE[:, 2] < 0.03)
    assert "No face was found" in refused(vertices, triangles)


def test_half_a_head_is_refused() -> None:
    vertices, triangles, _ = part(TEMPLATE, TEMPLATE[:, 0] >= -1e-6)
    assert "half a head" in refused(vertices @ BLENDER_AXES * 100, triangles)


def test_meshes_that_are_no_surface_are_refused() -> None:
    broken = TEMPLATE.copy()
    broken[3] = np.nan
    assert "not numbers" in refused(broken, TRIANGLES)
    assert "expected a head, with 150" in refused(TEMPLATE[:20], np.array([[0, 1, 2]]))
    assert "is flat" in refused(TEMPLATE * (1, 1, 0), TRIANGLES)
    assert "without area" in refused(np.zeros_like(TEMPLATE), TRIANGLES)
    random = np.random.default_rng(0)
    loose = random.normal(size=(3000, 3))
    assert "1000 loose pieces" in refused(loose, np.arange(3000).reshape(-1, 3))
    assert "every which way" in refused(TEMPLATE[random.permutation(len(TEMPLATE))], TRIANGLES)
    fins = np.column_stack([TRIANGLES[:, :2], len(TEMPLATE) + np.arange(len(TRIANGLES))])
    many = np.concatenate([TEMPLATE, TEMPLATE[TRIANGLES].mean(axis=1) + 0.01])
    assert "more than two faces" in refused(many, np.concatenate([TRIANGLES, fins]))


def test_some_faces_without_area_do_no_harm() -> None:
    vertices = person(8)
    lines = TRIANGLES[::5, [0, 1, 1]]
    found = find_face(vertices, np.concatenate([TRIANGLES, lines]), axes=np.eye(3))
    assert errors(found, vertices[SKIN]).mean() < 1.0


def test_progress_moves_all_the_time() -> None:
    """On 25,000 vertices no step of the search takes long beside the whole."""
    [mesh] = large().meshes
    told: list[tuple[float, float]] = []
    find_face(mesh.vertices, mesh.triangles, progress=lambda share: told.append((time.process_time(), share)))
    seconds, shares = np.array(told).T
    assert (np.diff(shares) >= 0).all()
    assert (shares[0], shares[-1]) == (0, 1)
    assert np.diff(seconds).max() < 0.15 * (seconds[-1] - seconds[0])


@pytest.mark.parametrize("end", [0.0, 0.1, 0.4, 0.7, 0.9])
def test_what_progress_raises_ends_the_search(end: float) -> None:
    class Stopped(Exception):
        pass

    told: list[float] = []

    def stop(share: float) -> None:
        told.append(share)
        if share >= end:
            raise Stopped

    with pytest.raises(Stopped):
        find_face(TEMPLATE @ ONTO_ITS_SIDE, TRIANGLES, progress=stop)
    assert [share for share in told if share >= end] == [told[-1]]


def test_lips_that_touch_stay_two_and_seams_are_closed() -> None:
    """Two boxes' worth of skin with an edge in one place: only what was split is welded."""
    points = np.array([[0.0, 0, 0], [1, 0, 0], [0.5, 1, 0], [0.5, -1, 0]])
    seam = np.concatenate([points[:3], points[[1, 0, 3]]])
    assert len(Surface.welded(seam, np.array([[0, 1, 2], [3, 4, 5]])).vertices) == 4
    tip = np.concatenate([points[:3], points[[0, 3]] * (-1, 1, 1), points[3:] + np.array([1.0, 0, 0])])
    assert len(Surface.welded(tip, np.array([[0, 1, 2], [3, 4, 5]])).vertices) == 6
    # Two wedges, tip to tip along an edge, every triangle split from its neighbours.
    upper = (
        np.array([[0.0, 0, 0], [1, 0, 0], [0.5, 1, 0.3]]),
        np.array([[1.0, 0, 0], [0, 0, 0], [0.5, 1, -0.3]]),
    )
    lower = (
        np.array([[1.0, 0, 0], [0, 0, 0], [0.5, -1, 0.3]]),
        np.array([[0.0, 0, 0], [1, 0, 0], [0.5, -1, -0.3]]),
    )
    soup = np.concatenate([*upper, *lower])
    surface = Surface.welded(soup, np.arange(12).reshape(-1, 3))
    assert len(surface.vertices) == 8
    assert surface.islands.max() == 1
    islands = surface.islands[surface.triangles[:, 0]]
    assert islands[0] == islands[1] != islands[2] == islands[3]
