# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of a made character: its 52 shapes, its lips, lids and eyes, and what must stay still.

All in metres in head axes. Letters: W vertices, T triangles, C columns of an eye.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..head import load_head
from ..head.registration.face_search import MARKS as USER_MARKS
from ..head.surface import Surface
from ..retarget.arkit import ARKIT_INDEX
from .made_heads import MARKS, Doubles, Indices, MadeHead, marks
from .transfer_heads import Character, parts_of, pieces_of
from .transfer_openings import Opening

BEHIND_EARS: Final = -0.02
"""Metres: what lies behind this on the built-in head lies behind the ears, which end at -0.013."""
_THROAT: Final = 0.04
"""Metres below the neck's edge within which the body in front is the throat."""
_INNERMOST: Final = 0.1
"""Part of an eye's width beside each corner that is not looked at: lids meet there anyway."""
_AROUND: Final = 0.9
"""Triangles of the skin nearer than this to the middle of an eye or of the mouth, in parts of its width, may
be lids or lips."""
_BEHIND_LIDS: Final = 0.25
_BEHIND_LIPS: Final = 0.1
"""Skin deeper than this behind the rims of lids or lips, in parts of their width, closes nothing."""
LANDMARKS: Final = (8, *range(17, 68))
"""iBUG numbers of chin, brows, nose, eyes and lips; along the jaw nobody could say where one is."""
_USER_LANDMARKS: Final = (36, 39, 42, 45, 30, 48, 54, 62, 66, 8)
"""iBUG numbers of what users mark (`face_search.MARKS`)."""


@dataclass(frozen=True, eq=False)
class Eye:
    """One eye.

    Attributes:
        opening: between its lids at rest.
        ball: (M, 3) triangles of the eyeball; none where the character has no eyes.
    """

    opening: Opening
    ball: Indices


@dataclass(frozen=True, eq=False)
class Truth:
    """A character as it was made.

    Attributes:
        character: what it is of.
        rest: (W, 3).
        deltas: (52, W, 3).
        triangles: (T, 3).
        parts: (W,) of `transfer_heads.PARTS`.
        behind: (W,) what lies behind the ears, hair, and the body but for the throat: nothing moves it.
    """

    character: Character
    rest: Doubles
    deltas: NDArray[np.float32]
    triangles: Indices
    parts: NDArray[np.str_]
    behind: NDArray[np.bool_]

    @classmethod
    def of(cls, character: Character) -> "Truth":
        """All that is known of a character."""
        head, model = character.head, load_head()
        inverse = np.linalg.inv(head.linear).T
        deltas = np.stack([head.delta(shape) @ inverse for shape in model.arkit_deltas]).astype(np.float32)
        depth = np.asarray(head.carry @ model.template[:, 2].astype(np.float64))
        rest = head.to_head_axes(head.vertices)
        behind = np.concatenate([depth < BEHIND_EARS, _away_from_throat(head, rest)])
        # A vertex that was made between one there and one that moves is none of them.
        behind &= ~deltas.any(axis=(0, 2))
        return cls(character, rest, deltas, head.triangles, parts_of(head), behind)

    def at(self, deltas: NDArray[np.floating], weights: Mapping[str, float]) -> Doubles:
        """(W, 3) where displacements (52, W, 3), true or made, bring the vertices."""
        moved = self.rest.copy()
        for name, weight in weights.items():
            moved += weight * deltas[ARKIT_INDEX[name]].astype(np.float64)
        return moved

    @cached_property
    def _rows(self) -> dict[str, Indices]:
        """Name of `made_heads.MARKS` -> vertices."""
        rows, first, found = self.character.head.mark_rows, 0, {}
        for name in MARKS:
            count = len(load_head().landmarks[name])
            found[name] = rows[first : first + count]
            first += count
        assert first == len(marks())
        return found

    @property
    def lips(self) -> tuple[Indices, Indices]:
        """(7,) vertices of the upper inner lip and (7,) of the lower one that they meet."""
        return self._rows["inner_lip_upper"], self._rows["inner_lip_lower"]

    @cached_property
    def mouth_width(self) -> float:
        """Metres between the corners of the mouth."""
        right, left = self.rest[self._rows["mouth_corners"]]
        return float(np.linalg.norm(left - right))

    @cached_property
    def landmarks(self) -> Doubles:
        """(N, 3) where `LANDMARKS` are."""
        return self.character.head.surface()[load_head().landmarks["face68"][list(LANDMARKS)]]

    @cached_property
    def face_height(self) -> float:
        """Metres from the chin to the brows."""
        return float(np.ptp(self.landmarks[:, 1]))

    @cached_property
    def eyes(self) -> dict[str, Eye]:
        """left and right: the openings between the lids."""
        return {side: self._eye(side) for side in ("left", "right")}

    def _eye(self, side: str) -> Eye:
        # From one corner along the lower lid to the other, and back along the upper one.
        ring = self.character.head.surface()[load_head().landmarks[f"mediapipe_eye_{side}"]]
        low, high = ring[:9], np.concatenate([ring[:1], ring[:7:-1]])
        width = float(np.ptp(ring[[0, 8], 0]))
        inner = ring[[0, 8]] * (1 - _INNERMOST) + ring[[8, 0]] * _INNERMOST
        inside = inner[:, 0].min(), inner[:, 0].max()
        opening = Opening.between(
            low, high, (low, high), _BEHIND_LIDS * width, self._skin_around(ring[[0, 8]]), inside
        )
        on_side = (self.rest[:, 0] > 0) == (side == "left")
        ball = (self.parts == "eyes") & on_side
        return Eye(opening, self.triangles[ball[self.triangles].all(axis=1)])

    def mouth(self, weights: Mapping[str, float]) -> Opening:
        """Where the lips truly are at some weights: between the ends of the inner lips."""
        head, model = self.character.head, load_head()
        displacement = np.zeros(model.template.shape)
        for name, weight in weights.items():
            displacement += weight * model.arkit_deltas[ARKIT_INDEX[name]]
        now = head.surface(displacement)
        ring = now[model.landmarks["mediapipe_lips_outer"]]
        rims = (now[model.landmarks["inner_lip_upper"]], now[model.landmarks["inner_lip_lower"]])
        low, high = ring[:11], np.concatenate([ring[:1], ring[:9:-1]])
        return Opening.between(low, high, rims, _BEHIND_LIPS * self.mouth_width, self._mouth_skin)

    @cached_property
    def _mouth_skin(self) -> Indices:
        return self._skin_around(self.rest[self._rows["mouth_corners"]])

    def _skin_around(self, corners: Doubles) -> Indices:
        """(N, 3) triangles of the skin about what lies between two corners (2, 3)."""
        reach = _AROUND * np.linalg.norm(corners[1] - corners[0])
        near = np.linalg.norm(self.rest - corners.mean(axis=0), axis=1) < reach
        return self.triangles[(near & (self.parts == "skin"))[self.triangles].all(axis=1)]

    def user_marks(self, seed: int, off: float) -> dict[str, ArrayLike]:
        """Marks as a user sets them: on the surface of the face's mesh, in its coordinates.

        Args:
            seed: draws how they are off.
            off: root mean square distance from the truth before they fall on the surface, metres on the
                built-in head.
        """
        head = self.character.head
        face = load_head().landmarks["face68"][list(_USER_LANDMARKS)]
        meant = head.surface()[face]
        noise = np.random.default_rng(seed).standard_normal(meant.shape)
        mesh = self.character.meshes[0]
        positions = head.to_head_axes(mesh.vertices)
        surface = Surface(positions, mesh.triangles.astype(np.int64), np.arange(len(positions)))
        placed = surface.nearest_points(meant + off / np.sqrt(3) * noise).positions
        placed = placed @ head.linear.T + head.move
        return dict(zip(USER_MARKS, placed, strict=True))


def _away_from_throat(head: MadeHead, rest: Doubles) -> NDArray[np.bool_]:
    """(N,) the vertices of the body that are not of the throat, which may go a little with the chin."""
    from scipy.spatial import KDTree

    if len(head.body) == 0:
        return np.zeros(0, bool)
    count = len(rest) - len(head.body)
    pieces = pieces_of(head)
    grown = np.isin(pieces[count:], pieces[:count])
    body = rest[count:]
    away = KDTree(rest[:count]).query(body)[0]
    return ~grown | (away > _THROAT) | (body[:, 2] < BEHIND_EARS)
