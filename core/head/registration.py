# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the template lies on a mesh with a face: pose, size, whose face it is, and each point's place.

Iterative closest points both ways, for a similarity first and with the identity basis then, and at last a
smooth displacement onto the mesh. Upper and lower lip are told apart by their distances along the surface
from below the nose and from the chin, which no closed mouth deceives.

Letters: V vertices of the mesh, H vertices of the template's skin, L pairs of lips.
"""

from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .head_model import Head, load_head
from .surface import Surface
from .symmetry import mirror_plane

Doubles = NDArray[np.float64]
Indices = NDArray[np.int64]
Booleans = NDArray[np.bool_]

BLENDER_AXES: Final = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
"""From Z up and a face that looks to -Y, as Blender's characters do, to head axes."""

_SEVERAL: Final = 0.5
"""Share of the largest moving island's area from which another beside it is a head of its own."""
_HALF: Final = 0.02
_FURTHEST: Final = 0.11
"""Root mean square distance between mesh and template, as a share of the face's height, above which it is no
face. Heads of other people stay below 0.02, stylised ones below 0.07."""
_FURTHEST_ODD: Final = 0.03
"""The same for surfaces that look elsewhere than a head's do (`_ALIKE`)."""

_FIRST_ROUNDS: Final = 4
_DOUBTFUL: Final = 0.016
"""Metres by which the first fit may be off before others of the usual axes are tried."""
_ASKEW: Final = np.radians(30)
"""How far a head may be turned from the axes that it is made in."""
_AROUND: Final = 0.02
_UNEVEN: Final = 0.0015
"""Metres around the template's face within which a mesh is looked at, and by which left and right differ."""
_FEWEST: Final = 20
"""Vertices."""
_BETTER: Final = 0.75
"""Part of the first fit's cost that other axes must reach to be taken."""
_COARSE_ROUNDS: Final = 10
_FOLLOWED: Final = 4
"""Starts that are followed after the first rounds."""
_FINE_ROUNDS: Final = 30
_IDENTITY_ROUNDS: Final = 12
_PRIOR: Final = 2e-6
"""Square metres."""
_SMOOTHNESS: Final = (3.0, 1.0, 0.3, 0.1, 0.04)
LIP_PLACES: Final = (-0.85, -0.66, -0.33, 0.0, 0.33, 0.66, 0.85)
"""Where pairs of lips are looked at, from the middle of the slit (0) to its ends (-1, 1): about where the
template's landmarks `inner_lip_upper` lie."""
_LIP_BINS: Final = len(LIP_PLACES)
_NEIGHBOURS: Final = 16
"""Vertices around one in which the other lip is looked for."""
_SLIT: Final = 3.0
"""How many times farther than through the air it is along the surface from one lip to the other."""
_COLUMN: Final = 8
"""Vertices from top to bottom with which one place of the mouth is looked at."""
_PARTING: Final = 0.05
"""Part of the height from nose to chin by which a key must part the lips."""
_EYE_ANCHOR: Final = 3.0
_EYES_ELSEWHERE: Final = 0.006
"""Metres by which eyes must be away from those of a person, or else the surface says it better."""
_STAY: Final = 0.003
"""Weight of a vertex's own place while the mouth comes to its."""
_ALIKE: Final = 0.75
"""Share of the surface that must look where a head's does, or else the keys must tell where the mouth is:
people have 0.98, animals and cartoons 0.86 and more, Suzanne 0.58, spheres up to 0.68."""
_EVEN: Final = 0.7
"""Correlation of how far left and right move from which keys are those of a face."""
_BESIDE_LIPS: Final = 0.012
"""Metres from the lips' edges to skin that is surely above or below."""
_REACH: Final = 0.008
"""Metres from which nearest points are believed half as much."""
_ANCHOR: Final = 20.0
"""Weight of the inner lips beside other points."""


class NotAFace(InputError):
    """A mesh on which no face is found, with the reason."""


@dataclass(frozen=True, eq=False)
class Registration:
    """How the template lies on a mesh.

    Attributes:
        surface: the welded island of the face, in head axes and metres of the template's size.
        linear: (3, 3) that turned the mesh's own coordinates into these, without the offset.
        fitted: (H, 3) the template's skin on it.
        upper: (V,) whether a vertex of the surface is nearer to the nose than to the chin, along the surface.
        lips: where the inner lips of the mesh are; None where no key parts any.
        residual: root mean square distance of the fitted person from the mesh before the last, smooth step,
            metres.
    """

    surface: Surface
    linear: Doubles
    fitted: Doubles
    upper: Booleans
    lips: "Lips | None"
    residual: float

    def sample_upper(self, vertices: NDArray[np.integer]) -> Booleans:
        """Whether vertices (N,) of the template's skin are nearer to the nose than to the chin."""
        template = _template()
        return (template.towards_chin < 0)[np.searchsorted(template.vertices, vertices)]

    @property
    def mouth_ratio(self) -> float:
        """How many times wider the template's mouth is."""
        template = _template()
        return template.mouth_width / max(float(np.ptp(self.fitted[template.mouth, 0])), 1e-4)


def template_skin() -> Indices:
    """(H,) the numbers of the template's vertices that `Registration.fitted` has, rising."""
    return _template().vertices


@dataclass(frozen=True, eq=False)
class Lips:
    """The slit between the lips of a mesh.

    Attributes:
        upper: (L,) vertices of the surface, from the subject's right to left.
        lower: (L,) those under them.
        width: metres from the first to the last vertex of the slit.
        pairs: (N, 2) all vertices of the slit that were found, an upper and the nearest lower one.
    """

    upper: Indices
    lower: Indices
    width: float
    pairs: Indices

    def nearest(self, surface: Surface, upper: Doubles, lower: Doubles) -> "Lips":
        """The pairs that are nearest to some places (L, 3) of the upper and (L, 3) of the lower lip."""
        points = surface.vertices[self.pairs]
        away = [
            np.linalg.norm(points[:, side] - place[:, None], axis=2)
            for side, place in enumerate((upper, lower))
        ]
        best = self.pairs[(away[0] + away[1]).argmin(axis=1)]
        return Lips(best[:, 0], best[:, 1], self.width, self.pairs)


def register(
    vertices: NDArray[np.floating],
    triangles: NDArray[np.integer],
    deltas: NDArray[np.floating],
    axes: NDArray[np.floating] | None = None,
) -> Registration:
    """Find the template on a mesh.

    Args:
        vertices: (V, 3) at rest, in any unit.
        triangles: (T, 3) anticlockwise seen from outside.
        deltas: (K, V, 3) displacements of the mesh's keys: the face is where they are.
        axes: (3, 3) from the mesh's coordinates to head axes, where they are known.

    Raises:
        NotAFace: nothing moves, half a head, several heads, or no face.
    """
    moved = _moved(deltas)
    if len(moved) == 0 or not moved.max(initial=0.0) > 0:
        raise NotAFace("None of the shape keys moves a vertex: expected keys that move the mouth.")
    if not np.isfinite(vertices).all():
        raise NotAFace("The mesh has vertices that are not numbers: expected finite coordinates. Repair it.")
    whole = Surface.welded(vertices, triangles, moved)
    face, motion = _face_of(whole, moved[whole.origin])
    moving = int((motion > 0).sum())
    if moving < _FEWEST:
        raise NotAFace(
            f"The shape keys move {moving} vertices of one piece: expected a face, with {_FEWEST} at least. "
            "Choose the mesh of the face."
        )
    template = _template()
    # Heads mostly stand as they are said to, or as usual: only much better fits are believed otherwise.
    usual = (BLENDER_AXES, np.eye(3)) if axes is None else (np.asarray(axes, np.float64),)
    best = min((_similarity(template, face, motion, turn) for turn in usual), key=lambda pose: pose.cost)
    if best.cost > _DOUBTFUL:
        other = min(
            (_similarity(template, face, motion, turn) for turn in _turns()), key=lambda pose: pose.cost
        )
        best = other if other.cost < _BETTER * best.cost else best
    best = _refined(template, face, motion, best)
    if _agreement(template, best, face) < -0.3:
        face = Surface(face.vertices, face.triangles[:, ::-1], face.origin)
    best, is_even = _upright(template, face, best)
    placed = Surface(best.apply(face.vertices), face.triangles, face.origin)
    person, residual, agreement = _person(template, placed, motion)
    height = np.ptp(template.points[template.front, 1])
    furthest = (_FURTHEST if agreement > _ALIKE else _FURTHEST_ODD) * height
    if not residual <= furthest:
        raise NotAFace(
            f"No face was found: the nearest fit of a head is {residual / height:.0%} of a face's height off "
            f"on average, expected below {furthest / height:.0%}. Choose the mesh of the face, standing "
            "upright, or drive its keys by their names."
        )
    towards_chin = _towards_chin(placed, person[template.nose], person[template.chin])
    mouth = person[template.mouth].mean(axis=0)
    towards_chin = _balanced(placed, towards_chin, mouth, template.mouth_width)
    lips = _find_lips(placed, towards_chin, mouth, template.mouth_width)
    if lips is None:
        moves = np.asarray(deltas)[:, placed.origin] @ (best.scale * best.turn).T
        lips = _lips_that_part(placed, moves, person[template.nose][0], person[template.chin][0])
        if agreement < _ALIKE and (lips is None or not _is_even(placed, moves)):
            raise NotAFace(
                f"No face was found: {agreement:.0%} of the surface looks where that of a head does, and no "
                "shape key parts lips in its middle. Choose the mesh of the face, standing upright, or drive "
                "its keys by their names."
            )
        if lips is not None:
            # There may be a slit where the mouth is not that of a person.
            pair = placed.vertices[[lips.upper[_LIP_BINS // 2], lips.lower[_LIP_BINS // 2]]]
            step = np.array([[0, _BESIDE_LIPS, 0]])
            again = _towards_chin(placed, pair[:1] + step, pair[1:] - step)
            again = _balanced(placed, again, pair.mean(axis=0), template.mouth_width)
            slit = _find_lips(placed, again, pair.mean(axis=0), template.mouth_width)
            if slit is not None:
                towards_chin, lips = again, slit
    if is_even:
        person = template.evened(person)
    eyes = _find_eyes(template, best.apply(whole.vertices), whole, placed, person)
    fitted = _smooth_fit(template, placed, person, towards_chin, lips, eyes, is_even=is_even)
    if lips is not None:
        lips = lips.nearest(placed, fitted[template.inner_upper], fitted[template.inner_lower])
    return Registration(placed, best.scale * best.turn, fitted, towards_chin < 0, lips, residual)


@dataclass(frozen=True, eq=False)
class _Template:
    """The template's outer skin.

    Attributes:
        vertices: (H,) numbers of its vertices in the head.
        points: (H, 3).
        normals: (H, 3).
        triangles: (T, 3).
        front: (H,) vertices of the face itself.
        motion: (H,) how far ARKit shapes move each.
        mouth_motion: the same for speech alone.
        basis: (80, H, 3) identities, each a standard deviation.
        nose, chin: numbers of vertices below the nose and on the chin.
        mouth: numbers of the mouth's corners.
        eyes, brows: side -> numbers of the landmarks around the eye and on the brow.
        inner_upper, inner_lower: numbers of the inner lips' landmarks.
        mouth_width: metres between them.
        towards_chin: (H,) as `_towards_chin` has it.
        lips: the slit, found as that of any mesh.
        mirror: (H,) partner of each vertex on the other side.
    """

    head: Head
    vertices: Indices
    points: Doubles
    normals: Doubles
    triangles: Indices
    front: Booleans
    motion: Doubles
    mouth_motion: Doubles
    basis: Doubles
    nose: Indices
    chin: Indices
    mouth: Indices
    eyes: dict[str, Indices]
    brows: dict[str, Indices]
    inner_upper: Indices
    inner_lower: Indices
    mouth_width: float
    towards_chin: Doubles
    lips: Lips
    mirror: Indices

    def evened(self, points: Doubles) -> Doubles:
        """The mean of the skin (H, 3) and its mirror image."""
        return (points + points[self.mirror] * (-1, 1, 1)) / 2


@cache
def _template() -> _Template:
    head = load_head()
    skin = head.spans["skin"]
    outer = [head.parts.index(name) for name in ("skin", "lips")]
    faces = head.faces[np.isin(head.face_part, outer)]
    faces = faces[((faces >= skin.start) & (faces < skin.stop)).all(axis=1)]
    vertices = np.unique(faces)
    number = np.full(head.vertex_count, -1, np.int64)
    number[vertices] = np.arange(len(vertices))
    quads = number[faces]
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    points = head.template[vertices].astype(np.float64)
    surface = Surface(points, triangles, np.arange(len(vertices)))
    moves = np.linalg.norm(head.arkit_deltas[:, vertices], axis=2).astype(np.float64)
    from ..retarget.arkit import MOUTH_NAMES, arkit_indices

    basis = head.identity_basis.reshape(len(head.identity_spread), -1, 3)[:, vertices].astype(np.float64)
    basis *= head.identity_spread[:, None, None]
    nose = number[head.landmarks["face68"][33:34]]
    chin = number[head.landmarks["mediapipe_chin"][2:3]]
    mouth = number[head.landmarks["mouth_corners"]]
    mouth_width = float(np.ptp(points[mouth, 0]))
    middle = points[mouth].mean(axis=0)
    towards_chin = _towards_chin(surface, points[nose], points[chin])
    towards_chin = _balanced(surface, towards_chin, middle, mouth_width)
    lips = _find_lips(surface, towards_chin, middle, mouth_width)
    assert lips is not None  # the template's are closed
    motion = np.sqrt((moves**2).mean(axis=0))
    front = (points[:, 2] > 0.035) & (motion > 0.05 * motion.max()) | (points[:, 2] > 0.06)
    return _Template(
        head=head,
        vertices=vertices,
        points=points,
        normals=surface.normals,
        triangles=triangles,
        front=front & (points[:, 1] > -0.11),
        motion=motion,
        mouth_motion=np.sqrt((moves[arkit_indices(MOUTH_NAMES)] ** 2).mean(axis=0)),
        basis=basis,
        nose=nose,
        chin=chin,
        mouth=mouth,
        eyes={side: number[head.landmarks[f"mediapipe_eye_{side}"]] for side in ("left", "right")},
        brows={side: number[head.landmarks[f"mediapipe_brow_{side}"]] for side in ("left", "right")},
        inner_upper=number[head.landmarks["inner_lip_upper"]],
        inner_lower=number[head.landmarks["inner_lip_lower"]],
        mouth_width=mouth_width,
        towards_chin=towards_chin,
        lips=lips,
        mirror=number[head.mirror[vertices]],
    )


def _moved(deltas: NDArray[np.floating]) -> Doubles:
    """(V,) how much keys (K, V, 3) move each vertex, each key as much as any other."""
    total = np.zeros(np.shape(deltas)[1] if np.ndim(deltas) == 3 else 0)
    for delta in deltas:
        length = np.linalg.norm(delta, axis=1)
        furthest = length.max(initial=0.0)
        if furthest > 0:
            total += (length / furthest) ** 2
    return np.sqrt(total)


def _turns() -> list[Doubles]:
    """Axes that characters are made in: Z up or Y up, looking to any side."""
    turns = []
    for up in (BLENDER_AXES, np.eye(3)):
        for quarter in range(4):
            angle = quarter * np.pi / 2
            turn = np.array(
                [[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]]
            )
            turns.append(np.round(turn) @ up)
    return turns


def _face_of(whole: Surface, moved: Doubles) -> tuple[Surface, Doubles]:
    """The island that moves most, and how much each of its vertices does; refuses half and several heads."""
    areas = np.bincount(whole.islands, whole.areas * moved)
    best = int(areas.argmax())
    inside = whole.islands == best
    low, high = whole.vertices[inside].min(axis=0), whole.vertices[inside].max(axis=0)
    heads = 1
    for other in np.flatnonzero(areas > _SEVERAL * areas[best]):
        if other != best:
            points = whole.vertices[whole.islands == other]
            apart = (points.min(axis=0) > high) | (points.max(axis=0) < low)
            size = np.ptp(points, axis=0) / np.maximum(high - low, 1e-12)
            heads += bool(apart.any() and (size > 0.6).all() and (size < 1.7).all())
    if heads > 1:
        raise NotAFace(
            f"The mesh holds {heads} heads that move: expected one. Separate them by loose parts, each with "
            "its own shape keys."
        )
    face = whole.part(inside)
    motion = moved[inside]
    _refuse_half(face)
    return face, motion


def _refuse_half(face: Surface) -> None:
    """A half whose other side a Mirror modifier makes ends in a long straight edge in one plane."""
    if len(face.boundary) == 0:
        return
    size = np.ptp(face.vertices, axis=0)
    edge = face.vertices[np.unique(face.boundary)]
    for axis in range(3):
        for end in (face.vertices[:, axis].min(), face.vertices[:, axis].max()):
            flat = np.abs(edge[:, axis] - end) < 1e-3 * size[axis]
            spread = np.ptp(edge[flat], axis=0) if flat.sum() > 3 else np.zeros(3)
            others = [each for each in range(3) if each != axis]
            if (
                flat.mean() > 0.5
                and (spread[others] > 0.6 * size[others]).all()
                and _is_sideways(face, axis, end)
            ):
                raise NotAFace(
                    "The mesh is half a head: expected both sides. Apply its Mirror modifier, or mirror "
                    "the mesh and its keys."
                )


def _is_sideways(face: Surface, axis: int, end: float) -> bool:
    """Whether the surface meets the plane at right angles, as a half does, and a cut neck mostly too, but
    there the edge is no outline from top to bottom."""
    edge = np.unique(face.boundary)
    flat = edge[np.abs(face.vertices[edge, axis] - end) < 1e-3 * np.ptp(face.vertices[:, axis])]
    return bool(np.abs(face.normals[flat, axis]).mean() < 0.5)


@dataclass(frozen=True, eq=False)
class _Pose:
    """x -> scale * turn @ x + offset, which axes it started from, and how far off it is."""

    turn: Doubles
    scale: float
    offset: Doubles
    axes: Doubles
    cost: float = np.inf

    def apply(self, points: Doubles) -> Doubles:
        return self.scale * points @ self.turn.T + self.offset


def _similarity(template: _Template, face: Surface, motion: Doubles, axes: Doubles) -> _Pose:
    """The best of some coarse starts: what moves lies where the template's face or mouth moves."""
    turned = face.vertices @ axes.T
    weights = face.areas * motion
    ranked = np.argsort(-weights)
    moving = ranked[: max(int((weights > 0.05 * weights.max()).sum()), 30)]
    middle = np.average(turned, axis=0, weights=weights)
    spread = np.sqrt(np.average((turned - middle) ** 2, axis=0, weights=weights))
    random = np.random.default_rng(0)
    some = random.choice(moving, min(150, len(moving)), replace=False)
    front = random.choice(np.flatnonzero(template.front), 150, replace=False)
    trees = _trees(template, face)
    poses = []
    for field in (template.motion, template.mouth_motion):
        aim = np.average(template.points, axis=0, weights=field)
        wide = np.sqrt(np.average((template.points - aim) ** 2, axis=0, weights=field))
        scale = float(wide[:2].sum() / max(spread[:2].sum(), 1e-12))
        for factor in (0.7, 1.0, 1.4):
            for pitch in (-0.25, 0.0, 0.25):
                turn = _pitched(pitch) @ axes
                offset = aim - scale * factor * turn @ axes.T @ middle
                start = _Pose(turn, scale * factor, offset, axes)
                poses.append(_closest(trees, template, face, start, front, some, _FIRST_ROUNDS))
    followed = sorted(poses, key=lambda pose: pose.cost)[:_FOLLOWED]
    return min(
        (_closest(trees, template, face, pose, front, some, _COARSE_ROUNDS) for pose in followed),
        key=lambda pose: pose.cost,
    )


def _pitched(angle: float) -> Doubles:
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([[1, 0, 0], [0, cos, -sin], [0, sin, cos]])


def _refined(template: _Template, face: Surface, motion: Doubles, start: _Pose) -> _Pose:
    random = np.random.default_rng(1)
    weights = face.areas * motion
    moving = np.flatnonzero(weights > 0.02 * weights.max())
    some = random.choice(moving, min(600, len(moving)), replace=False)
    numbers = np.flatnonzero(template.front)
    front = random.choice(numbers, min(600, len(numbers)), replace=False)
    return _closest(_trees(template, face), template, face, start, front, some, _FINE_ROUNDS)


def _trees(template: _Template, face: Surface) -> tuple[Any, Any]:
    from scipy.spatial import KDTree

    return KDTree(template.points), KDTree(face.vertices)


def _closest(
    trees: tuple[Any, Any],
    template: _Template,
    face: Surface,
    pose: _Pose,
    front: Indices,
    some: Indices,
    rounds: int,
) -> _Pose:
    """Iterative closest points both ways, trimmed, for a similarity (Umeyama, IEEE TPAMI 13(4), 1991)."""
    on_template, on_face = trees
    source = goal = np.zeros((0, 3))
    for _ in range(rounds):
        placed = pose.apply(face.vertices[some])
        there = template.points[on_template.query(placed)[1]]
        back = (template.points[front] - pose.offset) @ pose.turn / pose.scale
        here = face.vertices[on_face.query(back)[1]]
        source = np.concatenate([face.vertices[some], here])
        goal = np.concatenate([there, template.points[front]])
        error = np.linalg.norm(pose.apply(source) - goal, axis=1)
        weight = 1 / (1 + (error / max(np.median(error), 1e-6)) ** 2)
        pose = _umeyama(source, goal, weight, pose)
    forth = np.linalg.norm(pose.apply(source) - goal, axis=1)
    first, second = forth[: len(some)], forth[len(some) :]
    # What the mesh moves must lie on the face, and most of the face must be there.
    cost = float(
        np.sqrt((first**2).mean()) + np.sqrt((np.sort(second)[: int(0.9 * len(second))] ** 2).mean())
    )
    return replace(pose, cost=cost)


def _upright(template: _Template, face: Surface, pose: _Pose) -> tuple[_Pose, bool]:
    """The pose in which a face that is its own mirror image looks straight ahead; whether it is one."""
    points = pose.apply(face.vertices)
    low, high = template.points[template.front].min(axis=0), template.points[template.front].max(axis=0)
    inside = ((points > low - _AROUND) & (points < high + _AROUND)).all(axis=1)
    if inside.sum() < _FEWEST:
        return pose, False
    plane = mirror_plane(points[inside])
    if plane.residual > _UNEVEN or plane.normal[0] < np.cos(_ASKEW):
        return pose, False
    axis = np.cross(plane.normal, (1.0, 0.0, 0.0))
    sine = float(np.linalg.norm(axis))
    turn = np.eye(3)
    if sine > 1e-9:
        x, y, z = axis / sine
        skew = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
        turn = np.eye(3) + sine * skew + (1 - plane.normal[0]) * skew @ skew
    # About the middle of the template's face, so that nothing else moves.
    middle = (low + high) / 2
    offset = turn @ (pose.offset - middle) + middle
    across = float((turn @ (plane.normal * plane.offset - middle) + middle)[0])
    moved = replace(pose, turn=turn @ pose.turn, offset=offset - np.array([across, 0, 0]))
    return moved, True


def _agreement(template: _Template, pose: _Pose, face: Surface) -> float:
    """Cosine between normals of the template and the face, on average: about -1 for a mesh inside out."""
    from scipy.spatial import KDTree

    near = KDTree(pose.apply(face.vertices)).query(template.points[template.front])[1]
    normals = face.normals[near] @ pose.turn.T
    return float((normals * template.normals[template.front]).sum(axis=1).mean())


def _umeyama(source: Doubles, goal: Doubles, weight: Doubles, before: _Pose) -> _Pose:
    total = weight.sum()
    source_middle, goal_middle = weight @ source / total, weight @ goal / total
    a, b = source - source_middle, goal - goal_middle
    left, strengths, right = np.linalg.svd((b * weight[:, None]).T @ a)
    signs = np.array([1.0, 1.0, np.sign(np.linalg.det(left @ right)) * 1.0])
    turn = _limited((left * signs) @ right @ before.axes.T) @ before.axes
    scale = float((strengths * signs).sum() / max((weight[:, None] * a**2).sum(), 1e-12))
    if not 0.3 * before.scale < scale < 3 * before.scale:
        scale = before.scale
    return replace(before, turn=turn, scale=scale, offset=goal_middle - scale * turn @ source_middle)


def _limited(turn: Doubles) -> Doubles:
    """A rotation (3, 3) that is not larger than a head may be askew (Rodrigues' formula)."""
    angle = np.arccos(np.clip((np.trace(turn) - 1) / 2, -1, 1))
    if angle <= _ASKEW:
        return turn
    skew = (turn - turn.T) / 2
    sine = np.linalg.norm(skew) / np.sqrt(2)
    if sine < 1e-9:
        return np.eye(3)
    axis = skew / sine
    return np.eye(3) + np.sin(_ASKEW) * axis + (1 - np.cos(_ASKEW)) * axis @ axis


def _person(template: _Template, placed: Surface, motion: Doubles) -> tuple[Doubles, float, float]:
    """Whose face it is: the template's skin (H, 3) with an identity and a small similarity; its root mean
    square distance, and the share of points with the same normal.

    The distance of each point from the plane of its nearest one is minimised, with identities no unlikelier
    than people are.
    """
    from scipy.spatial import KDTree

    front = np.flatnonzero(template.front)
    points = template.points.copy()
    basis = template.basis[:, front]
    tree = KDTree(placed.vertices)
    moving = placed.areas * motion
    some = np.flatnonzero(moving > 0.02 * moving.max())
    if len(some) > 800:
        some = np.random.default_rng(2).choice(some, 800, replace=False)
    count = len(basis)
    alpha, similar = np.zeros(count), np.zeros(7)
    for turn in range(_IDENTITY_ROUNDS):
        here = points[front]
        near, number = tree.query(here)
        normals = placed.normals[number]
        same_side = (normals * template.normals[front]).sum(axis=1) > 0.3
        limit = 3 * np.median(near) + 1e-3
        weight = same_side / (1 + (near / limit) ** 2)
        goal = placed.vertices[number]
        far, back = KDTree(here).query(placed.vertices[some])
        # The inside of the mouth moves as well, and has no place on the outer skin.
        outside = (placed.normals[some] * template.normals[front][back]).sum(axis=1) > 0.3
        rows = np.concatenate([np.arange(len(front)), back])
        goal = np.concatenate([goal, placed.vertices[some]])
        normals = np.concatenate([normals, placed.normals[some]])
        weight = np.concatenate([weight, 0.5 * outside / (1 + (far / limit) ** 2)])
        origin = template.points[front][rows]
        shift = goal - origin
        # A small turn, growth and shift of the template, linear in seven numbers.
        columns = np.zeros((len(rows), 3, 7))
        for axis in range(3):
            columns[:, :, axis] = np.cross(np.eye(3)[axis], origin)
        columns[:, :, 3] = origin
        columns[:, :, 4:] = np.eye(3)
        everything = np.concatenate([np.moveaxis(basis[:, rows], 0, 2), columns], axis=2)
        scaled = np.sqrt(weight)[:, None]
        along = np.einsum("nx,nxk->nk", normals, everything) * scaled
        whole = everything.reshape(-1, everything.shape[2]) * np.repeat(0.25 * scaled, 3, axis=0)
        system = np.concatenate([along, whole])
        target = np.concatenate(
            [(normals * shift).sum(axis=1) * scaled[:, 0], (shift * 0.25 * scaled).ravel()]
        )
        # Some millimetres of distance weigh as much as a standard deviation; fewer as the fit gets nearer.
        prior = _PRIOR * max(4.0 - 0.4 * turn, 1.0)
        penalty = np.concatenate([np.full(count, prior), np.full(7, 1e-9)])
        unknown = np.linalg.solve(system.T @ system + np.diag(penalty), system.T @ target)
        alpha, similar = unknown[:count], unknown[count:]
        person = template.points + np.tensordot(alpha, template.basis, 1)
        points = person + np.cross(similar[:3], template.points) + similar[3] * template.points + similar[4:]
    near, number = tree.query(points[front])
    agreement = (placed.normals[number] * template.normals[front]).sum(axis=1) > 0.5
    back = KDTree(points).query(placed.vertices[some])[0]
    kept, also = (np.sort(each)[: int(0.85 * len(each))] for each in (near, back))
    return points, float(np.sqrt(((kept**2).mean() + (also**2).mean()) / 2)), float(agreement.mean())


def _towards_chin(surface: Surface, nose: Doubles, chin: Doubles) -> Doubles:
    """(V,) how much farther the nose is than the chin, along the surface."""
    from scipy.spatial import KDTree

    tree = KDTree(surface.vertices)
    from_nose = surface.distances_from(np.atleast_1d(tree.query(nose)[1]))
    from_chin = surface.distances_from(np.atleast_1d(tree.query(chin)[1]))
    return from_nose - from_chin


def _balanced(surface: Surface, towards_chin: Doubles, middle: Doubles, width: float) -> Doubles:
    """`_towards_chin` (V,) with 0 between the lips, also where nose and chin are not equally far from them.

    Args:
        surface: the face, in head axes.
        towards_chin: (V,).
        middle: (3,) about where the mouth is.
        width: about how wide it is.
    """
    from scipy.spatial import KDTree

    offset = (surface.vertices - middle) / width
    around = (np.abs(offset[:, 0]) < 0.6) & (np.abs(offset[:, 1]) < 0.8) & (offset[:, 2] > -0.6)
    numbers = np.flatnonzero(around & np.isfinite(towards_chin))
    if len(numbers) <= _NEIGHBOURS:
        return towards_chin
    away, near = KDTree(surface.vertices[numbers]).query(surface.vertices[numbers], k=_NEIGHBOURS)
    mine, theirs = towards_chin[numbers], towards_chin[numbers][near]
    apart = (theirs - mine[:, None]) / 2
    across = (apart > _SLIT * away) & (apart > 0.15 * width) & (away < 0.1 * width)
    if across.sum() < _LIP_BINS:
        return towards_chin
    return towards_chin - float(np.median(((theirs + mine[:, None]) / 2)[across]))


def _find_lips(surface: Surface, towards_chin: Doubles, middle: Doubles, width: float) -> Lips | None:
    """Where a mesh in head axes has two lips that are near to each other but far along the surface.

    Args:
        surface: the face.
        towards_chin: (V,) from `_towards_chin`: below zero on the upper lip.
        middle: (3,) about where the mouth is.
        width: about how wide it is.
    """
    from scipy.spatial import KDTree

    offset = (surface.vertices - middle) / width
    around = (np.abs(offset[:, 0]) < 1.1) & (np.abs(offset[:, 1]) < 0.8) & (offset[:, 2] > -0.6)
    around &= np.isfinite(towards_chin)
    above, below = np.flatnonzero(around & (towards_chin < 0)), np.flatnonzero(around & (towards_chin >= 0))
    if len(above) < _LIP_BINS or len(below) < _LIP_BINS:
        return None
    distance, number = KDTree(surface.vertices[below]).query(surface.vertices[above])
    partner = below[number]
    # Along the surface they are at least half as far from each other as this differs.
    apart = (towards_chin[partner] - towards_chin[above]) / 2
    slit = (apart > _SLIT * distance) & (apart > 0.25 * width) & (distance < 0.6 * width)
    if slit.sum() < _LIP_BINS:
        return None
    above, partner, distance = above[slit], partner[slit], distance[slit]
    places = surface.vertices[above, 0]
    left, right = np.quantile(places, [0.98, 0.02])
    if left - right < 0.25 * width:
        return None
    upper, lower = [], []
    for share in LIP_PLACES:
        place = (left + right) / 2 + share * (left - right) / 2
        near = np.abs(places - place) < (left - right) / (_LIP_BINS + 1)
        if not near.any():
            return None
        # Of the nearest pairs that which is seen from the front.
        cost = distance[near] + 0.5 * np.abs(places[near] - place) - 0.25 * surface.vertices[above[near], 2]
        best = np.flatnonzero(near)[cost.argmin()]
        upper.append(above[best])
        lower.append(partner[best])
    pairs = np.stack([above, partner], axis=1)
    return Lips(np.array(upper), np.array(lower), float(left - right), pairs)


def _lips_that_part(surface: Surface, moves: Doubles, nose: Doubles, chin: Doubles) -> Lips | None:
    """Where a mesh in head axes parts when a key opens the mouth: of faces without a slit, other species too.

    Args:
        surface: the face.
        moves: (K, V, 3) displacements of its keys.
        nose: (3,) about where the place below the nose is.
        chin: (3,) the same of the chin.
    """
    height = nose[1] - chin[1]
    points = surface.vertices
    around = (points[:, 1] < nose[1] + 0.4 * height) & (points[:, 1] > chin[1] - 0.3 * height)
    numbers = np.flatnonzero(around & (np.abs(points[:, 0]) < 1.2 * height))
    up = moves[:, :, 1]

    def column(place: float) -> Indices:
        """Vertices seen from the front at one place from side to side, upwards."""
        reach, near = 0.08 * height, numbers[:0]
        while len(near) < _COLUMN and reach < 0.3 * height:
            near = numbers[np.abs(points[numbers, 0] - place) < reach]
            reach *= 1.5
        near = near[np.argsort(points[near, 1])]
        depth = points[near, 2]
        beside = np.abs(points[near, 1][:, None] - points[near, 1]) < 0.1 * height
        return near[depth > np.where(beside, depth, -np.inf).max(axis=1, initial=-np.inf) - 0.25 * height]

    middle = column(0.0)
    if len(middle) < 2:
        return None
    opening = np.diff(up[:, middle], axis=1)
    key, row = np.unravel_index(opening.argmax(), opening.shape)
    widest = opening[key, row]
    if widest < _PARTING * height:
        return None
    line = points[middle[row : row + 2], 1].mean()

    def pair(place: float) -> tuple[float, int, int]:
        """How far lips part at a place, and which vertices they are."""
        there = column(place)
        there = there[np.abs(points[there, 1] - line) < 0.35 * height]
        if len(there) < 2:
            return 0.0, -1, -1
        parts = np.diff(up[key, there])
        best = int(parts.argmax())
        return float(parts[best]), int(there[best + 1]), int(there[best])

    ends = []
    for side in (-1, 1):
        end = 0.0
        while end < height and pair(side * (end + 0.05 * height))[0] > 0.3 * widest:
            end += 0.05 * height
        ends.append(side * end)
    right, left = ends
    if left - right < 0.2 * height:
        return None
    pairs = [pair((left + right) / 2 + share * (left - right) / 2) for share in LIP_PLACES]
    if any(upper < 0 for _, upper, _ in pairs):
        return None
    both = np.array([each[1:] for each in pairs])
    return Lips(both[:, 0], both[:, 1], left - right, both)


def _is_even(surface: Surface, moves: Doubles) -> bool:
    """Whether most keys (K, V, 3) do the same to the left as to the right."""
    from scipy.spatial import KDTree

    other = KDTree(surface.vertices).query(surface.vertices * (-1, 1, 1))[1]
    # Keys of one side count with those of the other.
    length = np.sqrt((np.linalg.norm(moves, axis=2) ** 2).sum(axis=0))
    both = float((length * length[other]).sum() / (length**2).sum())
    return both > _EVEN


def _find_eyes(
    template: _Template, positions: Doubles, whole: Surface, placed: Surface, person: Doubles
) -> dict[str, tuple[Doubles, float]] | None:
    """Side -> middle (3,) and width of eyes that lie elsewhere than a person's: holes in the skin, or balls.

    Args:
        template: the head.
        positions: (W, 3) all of the mesh in head axes.
        whole: all of the mesh, for its islands.
        placed: the face.
        person: (H, 3) the template's skin as a person would have it.
    """
    holes = _loops(placed)
    balls = [np.flatnonzero(whole.islands == island) for island in np.unique(whole.islands)]
    face = whole.islands[np.isin(whole.origin, placed.origin)][0]
    found = [placed.vertices[loop] for loop in holes]
    found += [positions[ball] for ball in balls if len(ball) > 5 and whole.islands[ball[0]] != face]
    mouth = person[template.mouth].mean(axis=0)
    height = float(np.ptp(template.points[template.front, 1]))
    best: tuple[float, Doubles, Doubles, float] | None = None
    for left in found:
        middle, size = (left.min(axis=0) + left.max(axis=0)) / 2, np.ptp(left, axis=0)
        if not (middle[0] > 0.1 * height and middle[1] > mouth[1] + 0.1 * height and middle[2] > 0.02):
            continue
        if not (0.05 * height < size[0] < 0.5 * height and 0.4 < size[1] / size[0] < 2.5):
            continue
        for right in found:
            other, other_size = (right.min(axis=0) + right.max(axis=0)) / 2, np.ptp(right, axis=0)
            is_pair = np.abs(other * (-1, 1, 1) - middle).max() < 0.06 * height
            is_pair = is_pair and np.abs(other_size / size - 1).max() < 0.3
            if is_pair and (best is None or size[0] > best[0]):
                best = (float(size[0]), middle, other, float(size[0]))
    if best is None:
        return None
    _, left_middle, right_middle, width = best
    result = {"left": (left_middle, width), "right": (right_middle, width)}
    rings = {side: person[template.eyes[side]] for side in result}
    off = [np.linalg.norm((rings[side].mean(axis=0) - middle)[:2]) for side, (middle, _) in result.items()]
    return result if max(off) > _EYES_ELSEWHERE else None


def _loops(surface: Surface) -> list[Indices]:
    """Vertices of each connected piece of the surface's edges."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    edge = np.unique(surface.boundary)
    if len(edge) == 0:
        return []
    a, b = np.searchsorted(edge, surface.boundary).T
    graph = coo_matrix((np.ones(len(a)), (a, b)), shape=(len(edge), len(edge)))
    pieces = connected_components(graph, directed=False)[1]
    return [edge[pieces == piece] for piece in range(pieces.max() + 1) if (pieces == piece).sum() >= 5]


def _eye_goals(
    template: _Template, placed: Surface, eyes: dict[str, tuple[Doubles, float]]
) -> tuple[Indices, Doubles]:
    """Vertices (N,) of the template's skin around the eyes, lids and brows, and where (N, 3) they belong."""
    numbers, goals = [], []
    for side, (middle, width) in eyes.items():
        ring = template.points[template.eyes[side]]
        around = np.concatenate([template.eyes[side], template.brows[side]])
        size = width / np.ptp(ring[:, 0])
        wanted = middle + (template.points[around] - ring.mean(axis=0)) * np.array([size, size, 0])
        # As far out as the skin is there.
        near = np.linalg.norm((placed.vertices - middle)[:, :2], axis=1) < width
        if near.any():
            wanted[:, 2] = np.quantile(placed.vertices[near, 2], 0.9)
        numbers.append(around)
        goals.append(placed.nearest_points(wanted).positions)
    return np.concatenate(numbers), np.concatenate(goals)


def _smooth_fit(
    template: _Template,
    placed: Surface,
    person: Doubles,
    towards_chin: Doubles,
    lips: Lips | None,
    eyes: dict[str, tuple[Doubles, float]] | None,
    *,
    is_even: bool,
) -> Doubles:
    """The template's skin (H, 3) on the mesh: a displacement of the person that is smooth along the skin."""
    from scipy.sparse import coo_matrix, diags
    from scipy.sparse.linalg import splu

    skin = Surface(template.points, template.triangles, template.vertices)
    count = len(skin.vertices)
    a, b = skin.edges.T
    ones = np.ones(len(a))
    neighbours = coo_matrix((ones, (a, b)), shape=(count, count))
    neighbours = neighbours + neighbours.T
    laplacian = diags(np.asarray(neighbours.sum(axis=1)).ravel()) - neighbours
    upper = template.towards_chin < 0
    sides = [
        (towards_chin < 0)[placed.triangles].any(axis=1),
        (towards_chin >= 0)[placed.triangles].any(axis=1),
    ]
    front = np.flatnonzero(template.front)
    shift = np.zeros_like(person)
    normals = placed.normals
    for smoothness in (None, *_SMOOTHNESS):
        now = person + shift
        weight, goal = np.zeros(count), person.copy()
        if smoothness is None:
            # First mouth and eyes come to their places, and take along what is around them.
            weight[:] = _STAY
        for side, allowed in zip((upper, ~upper), sides, strict=True):
            chosen = front[side[front]]
            if smoothness is None or not allowed.any() or len(chosen) == 0:
                continue
            found = placed.nearest_points(now[chosen], np.asarray(allowed))
            facing = found.carry(normals)
            away = np.linalg.norm(found.positions - now[chosen], axis=1)
            agrees = (facing * template.normals[chosen]).sum(axis=1) > 0.3
            weight[chosen] = agrees / (1 + (away / _REACH) ** 2)
            goal[chosen] = found.positions
        if lips is not None:
            for mine, theirs in ((template.lips.upper, lips.upper), (template.lips.lower, lips.lower)):
                weight[mine] = _ANCHOR
                goal[mine] = placed.vertices[theirs]
        if eyes is not None:
            mine, theirs = _eye_goals(template, placed, eyes)
            weight[mine], goal[mine] = _EYE_ANCHOR, theirs
        system = splu((diags(weight + 1e-6) + (smoothness or _SMOOTHNESS[0]) * laplacian).tocsc())
        shift = system.solve(weight[:, None] * (goal - person))
        if is_even:
            shift = template.evened(person + shift) - person
    return person + shift
