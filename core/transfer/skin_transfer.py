# SPDX-License-Identifier: GPL-3.0-or-later
"""The built-in head's shapes on the skin of another head.

Letters: V vertices of the target's skin, S of the source's, T triangles of the target, K shapes.
"""

from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..head.registration.registration import Registration
from ..head.surface import Surface
from ..progress import Progress, untold, within
from ..retarget.arkit import ARKIT_NAMES
from .contact import Conditions, contact_conditions, lid_rims
from .correspondence import Correspondence, correspond
from .deformation_transfer import DeformationTransfer, deformation_gradients
from .lid_clearance import LidClearance
from .pieces.eyeballs import Eyeball
from .source_skin import source_skin

Doubles = NDArray[np.float64]
Booleans = NDArray[np.bool_]
Sparse = Any

_MOVES: Final = 2e-5
"""Metres that a vertex of the source must move for the target to follow."""
_AROUND: Final = 0.03
"""Metres from the source's skin, as it lies on the target, beyond which nothing moves."""
_BEHIND: Final = 0.005
"""Metres in front of the middle between the ears behind which nothing moves."""
_HOLD: Final = 0.012
"""Metres over which a place of its own outweighs what the triangles around a vertex say."""
_TRUSTED: Final = 0.004
"""Metres from the source's skin at which a vertex's own place counts by a third."""


class SkinTransfer:
    """A target's skin, ready to take shapes.

    Args:
        fit: where the built-in head lies on it.
        balls: its eyeballs.
        tell: receives the share that is done of making it ready.
    """

    def __init__(self, fit: Registration, balls: dict[str, Eyeball], tell: Progress = untold) -> None:
        self._skin = source_skin()
        surface = fit.surface
        placed = self._skin.placed(fit)
        self._sizes = self._skin.sizes(placed)
        self._found = self._correspond(surface, surface.vertices, surface.normals, fit.upper, placed)
        moving = self._moving(surface)
        tell(0.1)
        # What its triangles do is read where they are: at their corners and in their middles.
        conditions = contact_conditions(fit, self._skin, self._sizes, balls)
        self._conditions = _none(len(surface.vertices), len(self._skin.vertices))
        if conditions is not None:
            self._conditions = conditions
        trust = np.exp(-((self._found.away / _TRUSTED) ** 2))
        held = surface.areas / _HOLD**2 * trust
        tell(0.2)
        self._transfer = DeformationTransfer(
            surface, moving, held, self._conditions.matrix, self._conditions.strength
        )
        self._reading = self._readings(fit, placed, within(tell, 0.5, 0.9))
        tell(0.9)
        self._clearance = LidClearance(fit, moving, balls)
        self.notes: tuple[str, ...] = _notes(fit, balls)
        rest = self._skin.surface
        self._rest = rest.vertices[rest.triangles]

    def _correspond(
        self, surface: Surface, points: Doubles, normals: Doubles, is_upper: Booleans, placed: Surface
    ) -> Correspondence:
        return correspond(points, normals, is_upper, placed, self._skin.is_upper, self._skin.about_mouth)

    def _moving(self, surface: Surface) -> Booleans:
        """(V,) what may move: what lies where the source moves, and in front of the ears."""
        reach = np.linalg.norm(self._skin.template.head.arkit_deltas[:, self._skin.vertices], axis=2).max(
            axis=0
        )
        moves = reach[self._found.points.corners].max(axis=1) > _MOVES
        return moves & (self._found.away < _AROUND) & (surface.vertices[:, 2] > _BEHIND)

    def _readings(self, fit: Registration, placed: Surface, tell: Progress) -> Sparse:
        """(T', R) sparse: of which of the source's triangles each of the target's takes the mean."""
        from scipy.sparse import coo_matrix

        surface = fit.surface
        numbers = self._transfer.triangles
        corners = surface.triangles[numbers]
        places = surface.vertices[corners]
        normal = np.cross(places[:, 1] - places[:, 0], places[:, 2] - places[:, 0])
        normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-20)
        is_upper = fit.upper[corners].sum(axis=1) > 1
        rows = np.arange(len(numbers))
        columns = []
        for number, shares in enumerate(_READ_AT):
            tell(number / len(_READ_AT))
            points = np.einsum("c,tcx->tx", shares, places)
            columns.append(self._correspond(surface, points, normal, is_upper, placed).triangle)
        count = len(placed.triangles)
        entries = np.full(len(rows) * len(columns), 1 / len(columns))
        return coo_matrix(
            (entries, (np.tile(rows, len(columns)), np.concatenate(columns))), shape=(len(rows), count)
        ).tocsr()

    def shapes(self, source: Doubles, tell: Progress = untold) -> Doubles:
        """Displacements (K, V, 3) for those (K, N, 3) of all the built-in head's vertices.

        The first 52 are the ARKit shapes: what jawOpen parts, mouthClose takes back.
        """
        result = np.zeros((len(source), len(self._found.away), 3))
        jaw_open, mouth_close = ARKIT_NAMES.index("jawOpen"), ARKIT_NAMES.index("mouthClose")
        matrix = self._conditions.matrix
        order = sorted(range(len(source)), key=lambda row: row == mouth_close)
        for number, row in enumerate(order):
            tell(number / len(source))
            shape = np.asarray(source[row][self._skin.vertices], np.float64)
            if not shape.any():
                continue
            gradients, places = self._said(shape)
            moved = self._transfer.freely(gradients, places)
            if matrix.shape[0]:
                asked = self._conditions.asked(shape, np.asarray(matrix @ moved))
                if row == mouth_close:
                    rows = slice(0, self._conditions.lips)
                    opening = np.asarray(matrix @ result[jaw_open])
                    asked[rows] = self._conditions.closing(shape, self._jaw_open, opening)[rows]
                moved = self._transfer.bound(gradients, places, asked)
            result[row] = self._clearance.kept(moved)
        return result

    @cached_property
    def jaw_at_rest(self) -> float:
        """How much of jawOpen the mesh shows at rest; 0 where its lips meet."""
        return self._conditions.jaw_at_rest(self._jaw_open)

    def closing(self) -> Doubles:
        """(V, 3) what brings lips together that rest apart."""
        gradients, places = self._said(-self.jaw_at_rest * self._jaw_open)
        freely = np.asarray(self._conditions.matrix @ self._transfer.freely(gradients, places))
        return self._clearance.kept(self._transfer.bound(gradients, places, self._conditions.shut(freely)))

    @property
    def _jaw_open(self) -> Doubles:
        shape = self._skin.template.head.arkit_deltas[ARKIT_NAMES.index("jawOpen")]
        return shape[self._skin.vertices].astype(np.float64)

    def _said(self, shape: Doubles) -> tuple[Doubles, Doubles]:
        """What a displacement (S, 3) of the source says of the target's triangles and vertices."""
        rest = self._skin.surface
        moved = (rest.vertices + shape)[rest.triangles]
        gradients = deformation_gradients(self._rest, moved) - np.eye(3)
        mine = np.asarray(self._reading @ gradients.reshape(-1, 9)).reshape(-1, 3, 3)
        return mine, self._found.points.carry(self._sizes[:, None] * shape)


_READ_AT: Final = (
    np.array([1, 1, 1]) / 3,
    np.array([0.7, 0.15, 0.15]),
    np.array([0.15, 0.7, 0.15]),
    np.array([0.15, 0.15, 0.7]),
)
"""Barycentric coordinates in a triangle at which the source is looked at."""


def _notes(fit: Registration, balls: dict[str, Eyeball]) -> tuple[str, ...]:
    """What the skin of a head cannot do, for the user."""
    notes = []
    if fit.lips is None:
        notes.append(
            "No slit between the lips was found: the mouth cannot open. Cut the mesh between the lips, and "
            "make the shape keys again."
        )
    if not any(lid_rims(fit, source_skin(), balls, side) for side in balls):
        notes.append(
            "The eyes have no lids that part: blinks move the skin around them alone. Cut the lids open, and "
            "make the shape keys again."
        )
    return tuple(notes)


def _none(vertices: int, source: int) -> Conditions:
    from scipy.sparse import csr_matrix

    return Conditions(
        csr_matrix((0, vertices)),
        np.zeros(0),
        csr_matrix((0, source)),
        np.zeros((0, 3)),
        np.zeros((0, 3)),
        np.zeros(0),
        (),
    )
