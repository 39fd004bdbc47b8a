# SPDX-License-Identifier: GPL-3.0-or-later
"""Characters without shape keys, made of the built-in head, whose 52 shapes are known.

Letters: W vertices of a character's meshes, one mesh after the other.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import permutations, product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..head import load_head
from ..retarget.arkit import ARKIT_INDEX
from ..transfer import MeshPart
from . import made_bodies, made_heads, made_meshes
from .made_heads import Doubles, Indices, MadeHead, turned

OPEN_AT_REST: Final = 0.25
"""jawOpen of a mouth that was modelled open."""
_FURTHEST: Final = 25.0
"""Degrees by which heads are tilted and turned, at most."""
_UNITS: Final = (1.0, 100.0, 1 / 0.0254, 10.0, 0.1, 1000.0)
"""A metre in metres, centimetres, inches, decimetres, decametres and millimetres."""
PARTS: Final = ("skin", "mouth_cavity", "lashes", "eyes", "teeth", "tongue", "body")
"""What a vertex belongs to; lips are skin, gums are teeth, hair is body."""
_PART_OF: Final[Mapping[str, str]] = {
    "lips": "skin",
    "eye_sclera": "eyes",
    "eye_iris": "eyes",
    "eye_pupil": "eyes",
    "teeth_upper": "teeth",
    "teeth_lower": "teeth",
    "gums": "teeth",
}


@dataclass(frozen=True, eq=False)
class Character:
    """A made head, in one mesh or in several.

    Attributes:
        head: how it was made.
        objects: the rows (N,) of the head's vertices in each of its meshes, the face first.
    """

    head: MadeHead
    objects: tuple[Indices, ...]

    @cached_property
    def meshes(self) -> tuple[MeshPart, ...]:
        """As they are given to who makes shapes; nothing else of what is known here is."""
        positions = self.head.vertices.astype(np.float32)
        meshes = []
        for place, rows in enumerate(self.objects):
            number = np.full(len(positions), -1)
            number[rows] = np.arange(len(rows))
            triangles = number[self.head.triangles]
            triangles = triangles[(triangles >= 0).all(axis=1)]
            meshes.append(MeshPart(f"mesh {place + 1}", positions[rows], triangles))
        return tuple(meshes)

    def gathered(self, deltas: Sequence[NDArray[np.floating]]) -> Doubles:
        """(K, W, 3) metres in head axes of displacements (K, N, 3) of each mesh in its own units and axes."""
        whole = np.zeros((len(deltas[0]), len(self.head.vertices), 3))
        for rows, part in zip(self.objects, deltas, strict=True):
            whole[:, rows] = part
        return whole @ np.linalg.inv(self.head.linear).T


def parts_of(head: MadeHead) -> NDArray[np.str_]:
    """(W,) which of `PARTS` each vertex of a made head belongs to."""
    model = load_head()
    known = np.zeros((model.vertex_count, len(PARTS)))
    for number, name in enumerate(model.parts):
        # Where the cavity begins the lips end: skin comes last.
        known[np.unique(model.faces[model.face_part == number]), PARTS.index(_PART_OF.get(name, name))] = 1
    known[known[:, 0] > 0, 1:] = 0
    face = np.asarray(head.carry @ known).argmax(axis=1)
    body = np.full(len(head.body), PARTS.index("body"))
    return np.array(PARTS)[np.concatenate([face, body])]


def in_one_mesh(head: MadeHead) -> Character:
    """All of it in one mesh."""
    return Character(head, (np.arange(len(head.vertices)),))


def in_objects(head: MadeHead) -> Character:
    """Skin, each eye, teeth, tongue, lashes and hair are meshes of their own; a grown body is the skin's."""
    pieces = pieces_of(head)
    parts = parts_of(head)
    model = load_head()
    sides = np.asarray(head.carry @ (model.template[:, 0] > 0).astype(float)) > 0.5
    sides = np.concatenate([sides, np.zeros(len(head.body), bool)])
    skin = np.isin(parts, ["skin", "mouth_cavity"])
    skin |= np.isin(pieces, np.unique(pieces[skin]))
    groups = [skin]
    for name in ("eyes", "teeth", "tongue", "lashes"):
        group = (parts == name) & ~skin
        groups += [group & sides, group & ~sides] if name == "eyes" else [group]
    groups.append((parts == "body") & ~skin)
    return Character(head, tuple(np.flatnonzero(group) for group in groups if group.any()))


def without(head: MadeHead, parts: Sequence[str]) -> MadeHead:
    """The same head without some of `PARTS`."""
    kept = ~np.isin(parts_of(head)[: head.carry.shape[0]], list(parts))
    return made_meshes.with_vertices(head, np.flatnonzero(kept))


def pieces_of(head: MadeHead) -> Indices:
    """(W,) number of the connected piece that each vertex is in."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    a, b, c = head.triangles.T
    pairs = (np.concatenate([a, b]), np.concatenate([b, c]))
    count = len(head.vertices)
    graph = coo_matrix((np.ones(2 * len(a)), pairs), shape=(count, count))
    return connected_components(graph, directed=False)[1].astype(np.int64)


def open_mouthed(head: MadeHead) -> MadeHead:
    """It was modelled with its mouth open."""
    jaw = load_head().arkit_deltas[ARKIT_INDEX["jawOpen"]].astype(np.float64)
    return replace(head, name=f"{head.name}, mouth open", offsets=head.offsets + OPEN_AT_REST * jaw)


def orientations() -> list[Doubles]:
    """The 24 ways (3, 3) of calling the axes x, y and z, and of turning them round."""
    turns = []
    for order, signs in product(permutations(range(3)), product((1.0, -1.0), repeat=3)):
        turn = np.zeros((3, 3))
        turn[range(3), order] = signs
        if np.linalg.det(turn) > 0:
            turns.append(turn)
    return turns


def somewhere(head: MadeHead, seed: int, tilt: tuple[float, float, float] | None = (0, 0, 0)) -> MadeHead:
    """In one of 24 orientations, in some unit, away from the origin; nobody says which.

    Args:
        head: in head axes.
        seed: draws all.
        tilt: degrees of yaw, pitch and roll of the head; None draws it, up to 25 degrees.
    """
    random = np.random.default_rng(1000 + seed)
    turn = orientations()[random.integers(24)]
    unit = _UNITS[random.integers(len(_UNITS))]
    if tilt is None:
        axis = random.standard_normal(3)
        drawn = random.uniform(10, _FURTHEST) * axis / np.linalg.norm(axis)
        tilt = (float(drawn[0]), float(drawn[1]), float(drawn[2]))
    move = unit * random.uniform(-2, 2, 3)
    placed = turned(head, head.name, scale=unit, rotation=turn, move=move, tells_axes=False)
    return made_bodies.tilted(placed, tilt)


def _person(seed: int) -> MadeHead:
    return made_heads.person(200 + seed)


def _haired(head: MadeHead, seed: int, tilt: tuple[float, float, float] | None = (0, 0, 0)) -> MadeHead:
    """A figure whose head is tilted, with hair that goes with the head."""
    return made_bodies.with_hair(somewhere(made_bodies.with_figure(head), seed, tilt))


def large() -> Character:
    """Somebody of 25,627 vertices with body and hair in one mesh, whose size and axes nobody tells."""
    return in_one_mesh(somewhere(made_meshes.with_body(made_meshes.finer(_person(40))), 40))


CHARACTERS: Final[Mapping[str, Callable[[], Character]]] = {
    "the built-in head": lambda: in_one_mesh(made_heads.built_in()),
    "person 1": lambda: in_one_mesh(somewhere(_person(1), 1)),
    "person 2": lambda: in_one_mesh(somewhere(_person(2), 2)),
    "person 3": lambda: in_one_mesh(somewhere(_person(3), 3)),
    "person 4, shuffled": lambda: in_one_mesh(somewhere(made_meshes.shuffled(_person(4), 4), 4)),
    "subdivided, 20,251 vertices": lambda: in_one_mesh(somewhere(made_meshes.finer(_person(5)), 5)),
    "remeshed, 20,251 vertices": lambda: in_one_mesh(somewhere(made_meshes.remeshed(_person(6), 6), 6)),
    "remeshed, 10,000 vertices": lambda: in_one_mesh(
        somewhere(made_meshes.remeshed(_person(7), 7, 10000), 7)
    ),
    "remeshed, 5,000 vertices": lambda: in_one_mesh(somewhere(made_meshes.remeshed(_person(8), 8, 5000), 8)),
    "remeshed, 2,500 vertices": lambda: in_one_mesh(somewhere(made_meshes.remeshed(_person(9), 9, 2500), 9)),
    "remeshed, 1,500 vertices": lambda: in_one_mesh(
        somewhere(made_meshes.remeshed(_person(10), 10, 1500), 10)
    ),
    "turned by 25": lambda: in_one_mesh(somewhere(_person(11), 11, (25, 0, 0))),
    "chin up by 25": lambda: in_one_mesh(somewhere(_person(12), 12, (0, 25, 0))),
    "chin down by 25": lambda: in_one_mesh(somewhere(_person(13), 13, (0, -25, 0))),
    "rolled by 25": lambda: in_one_mesh(somewhere(_person(14), 14, (0, 0, 25))),
    "remeshed, askew": lambda: in_one_mesh(somewhere(made_meshes.remeshed(_person(15), 15, 8000), 15, None)),
    "bust": lambda: in_one_mesh(somewhere(made_bodies.with_bust(_person(16)), 16)),
    "body and hair": lambda: in_one_mesh(_haired(_person(17), 17)),
    "body and hair, askew": lambda: in_one_mesh(_haired(made_meshes.shuffled(_person(18), 18), 18, None)),
    "body and hair, remeshed": lambda: in_one_mesh(_haired(made_meshes.remeshed(_person(19), 19, 6000), 19)),
    "the face alone": lambda: in_one_mesh(somewhere(made_meshes.face_alone(_person(20)), 20)),
    "skin and eyes alone": lambda: in_one_mesh(
        somewhere(without(_person(21), ("teeth", "tongue", "lashes", "mouth_cavity")), 21)
    ),
    "mouth open": lambda: in_one_mesh(somewhere(open_mouthed(_person(22)), 22)),
    "mouth open, remeshed, askew": lambda: in_one_mesh(
        somewhere(made_meshes.remeshed(open_mouthed(_person(23)), 23, 8000), 23, None)
    ),
    "in objects": lambda: in_objects(somewhere(_person(24), 24)),
    "in objects, remeshed, askew": lambda: in_objects(
        somewhere(made_meshes.remeshed(_person(25), 25, 9000), 25, None)
    ),
    "in objects, body and hair": lambda: in_objects(_haired(made_meshes.finer(_person(26)), 26)),
    "a cartoon": lambda: in_one_mesh(somewhere(made_heads.cartoon(), 27)),
    "a cartoon in objects, body": lambda: in_objects(_haired(made_heads.cartoon(), 28)),
    "an anime figure": lambda: in_one_mesh(somewhere(made_heads.anime(), 29)),
    "an anime figure, remeshed": lambda: in_one_mesh(
        somewhere(made_meshes.remeshed(made_heads.anime(), 30, 6000), 30)
    ),
    "an animal": lambda: in_one_mesh(somewhere(made_heads.animal(), 31)),
}
"""Title -> the character, drawn by the seed in it."""

QUICK: Final = (
    "person 1",
    "remeshed, 5,000 vertices",
    "body and hair, askew",
    "mouth open",
    "in objects, remeshed, askew",
    "a cartoon",
)
"""What stands for all where time is short."""
