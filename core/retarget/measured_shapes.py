# SPDX-License-Identifier: GPL-3.0-or-later
"""What each key of a rig does to the face, measured on its mesh.

Shape letters: V vertices of the mesh, T triangles, K keys, S samples (`face_features`), L pairs of lips.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..head.head_model import load_head
from ..head.registration import NotAFace, Registration, register, template_skin
from .face_features import LIP_PAIRS, FaceFeatures, face_features

Doubles = NDArray[np.float64]

_LEAST: Final = 1e-4
"""Metres; a key that moves no sample further does nothing to the face."""
_EYE_DEPTH: Final = 0.012
_EYE_REACH: Final = 0.018
_EYE_TURN: Final = 0.0015
"""Metres from the lids to the middle of an eyeball, around which it lies, and by which its front moves when
it turns."""
_EYE_VERTICES: Final = 8
_CORNERS: Final = 5e-4
"""Metres."""
_CLOSED: Final = 2e-3
"""Metres up to which a gap of lips at rest is none: vertices of lips that touch are as far apart."""
_RATIOS: Final = (0.4, 2.5)
"""Mouths and eyes are at most so much smaller or larger than those of the built-in head, for a head of its
size: what is beyond is more likely a mistake of the measurement."""


@dataclass(frozen=True, eq=False)
class FaceSurface:
    """A mesh with a face, at rest.

    Attributes:
        vertices: (V, 3) in any unit.
        triangles: (T, 3) vertex numbers, anticlockwise seen from outside.
        axes: (3, 3) that turns vertices into head axes (x = the subject's left, y = up, z = out of the face)
            as far as the caller knows; None when nobody knows.
    """

    vertices: NDArray[np.floating]
    triangles: NDArray[np.integer]
    axes: NDArray[np.floating] | None = None


@dataclass(frozen=True, eq=False)
class MeasuredShapes:
    """What keys do to a face, as if it had the size of the built-in head.

    Attributes:
        keys: (K,) names of the keys that move the face.
        displacements: (K, S, 3) metres in head axes, of the samples. Around mouth and eyes they are in
            proportion to these: half the height of a large eye is half the height of the built-in head's.
        rest_gaps: (L,) metres between the pairs of inner lips at rest; negative where they overlap.
        residual: root mean square distance of the registered template from the mesh, metres.
        gaze: key -> ARKit names, of keys that turn eyeballs.
    """

    keys: tuple[str, ...]
    displacements: Doubles
    rest_gaps: Doubles
    residual: float
    gaze: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def measure_shapes(surface: FaceSurface, keys: Sequence[str], deltas: NDArray[np.floating]) -> MeasuredShapes:
    """Register a face with the template and measure what its keys do.

    Args:
        surface: the mesh at rest.
        keys: (K,) names.
        deltas: (K, V, 3) displacement of each key at 1, in the mesh's coordinates.

    Raises:
        NotAFace: no face was found, half a one or several, or no key moves it.
    """
    registration = register(surface.vertices, surface.triangles, deltas, surface.axes)
    features = face_features()
    skin = registration.surface
    rows = {int(vertex): row for row, vertex in enumerate(template_skin())}
    places = registration.fitted[[rows[int(vertex)] for vertex in features.samples]]
    corners, shares = _points(registration, features, places)
    found = np.einsum("sc,scx->sx", shares, skin.vertices[corners])
    moves = np.asarray(deltas)[:, skin.origin[corners]].astype(np.float64)
    displacements = np.einsum("sc,kscx->ksx", shares, moves) @ registration.linear.T
    ratios = _ratios(registration, features, found)
    displacements *= ratios[:, None]
    # What moves the middle of the lips is in proportion to the mouth.
    lips = [_sample(features, "inner_lip_upper", pair) for pair in range(LIP_PAIRS)]
    rest = np.array([features.measure(f"lip gap {pair}", found[None])[0] for pair in range(LIP_PAIRS)])
    # At its corners a mouth is no wider open than in the middle; there the ends of the slit are uncertain.
    middle = LIP_PAIRS // 2
    middles = rest[middle - 1 : middle + 2]
    rest = np.minimum(rest, middles.max() + _CORNERS)
    if np.median(middles) < _CLOSED:
        closed = [
            features.measure(f"lip gap {pair}", features.positions[None])[0] for pair in range(LIP_PAIRS)
        ]
        rest = np.minimum(rest, closed)
    moving = np.linalg.norm(displacements, axis=2).max(axis=1, initial=0.0) > _LEAST
    if not moving.any():
        raise NotAFace(
            f"None of the {len(keys)} shape keys moves the face: expected keys that move the mouth. Choose "
            "the mesh of the face."
        )
    return MeasuredShapes(
        keys=tuple(key for key, moves_it in zip(keys, moving, strict=True) if moves_it),
        displacements=displacements[moving],
        rest_gaps=rest * ratios[lips],
        residual=registration.residual,
        gaze=_gaze(registration, keys, deltas, found),
    )


def _gaze(
    registration: Registration,
    keys: Sequence[str],
    deltas: NDArray[np.floating],
    found: Doubles,
) -> dict[str, tuple[str, ...]]:
    """Keys that turn eyeballs: pieces of the mesh that lie in the eyes move more than the skin does."""
    marks = load_head().landmarks
    samples = face_features().samples
    positions = registration.others.vertices
    skin = np.linalg.norm(np.asarray(deltas)[:, registration.surface.origin], axis=2).max(axis=1)
    skin *= np.cbrt(abs(np.linalg.det(registration.linear)))
    names: dict[str, list[str]] = {}
    for side in ("Left", "Right"):
        lids = np.isin(samples, marks[f"mediapipe_eye_{side.lower()}"])
        middle = found[lids].mean(axis=0)
        inside = np.linalg.norm(positions - (middle - (0, 0, _EYE_DEPTH)), axis=1) < _EYE_REACH
        ball = registration.others.origin[inside & (positions[:, 2] > middle[2] - _EYE_DEPTH / 2)]
        if len(ball) < _EYE_VERTICES:
            continue
        moves = np.asarray(deltas)[:, ball].mean(axis=1) @ registration.linear.T
        for key, (across, up, _), reach in zip(keys, moves, skin, strict=True):
            size = np.hypot(across, up)
            if size < _EYE_TURN or size < 0.5 * reach:
                continue
            if abs(up) > abs(across):
                way = "Up" if up > 0 else "Down"
            else:
                way = "Out" if (across > 0) == (side == "Left") else "In"
            names.setdefault(key, []).append(f"eyeLook{way}{side}")
    return {key: tuple(each) for key, each in names.items()}


def _sample(features: FaceFeatures, landmark: str, place: int) -> int:
    """Row of a landmark among the samples."""
    return int(np.flatnonzero(features.samples == load_head().landmarks[landmark][place])[0])


def _points(
    registration: Registration, features: FaceFeatures, places: Doubles
) -> tuple[NDArray[np.int64], Doubles]:
    """Corners (S, 3) and shares (S, 3) of the points of the mesh where the samples are."""
    skin = registration.surface
    corners = np.zeros((len(places), 3), np.int64)
    shares = np.zeros((len(places), 3))
    is_upper = registration.sample_upper(features.samples)
    for side in (True, False):
        allowed = (registration.upper == side)[skin.triangles].any(axis=1)
        chosen = is_upper == side
        points = skin.nearest_points(places[chosen], allowed if allowed.any() else None)
        corners[chosen], shares[chosen] = points.corners, points.shares
    if registration.lips is not None:
        for name, vertices in (
            ("inner_lip_upper", registration.lips.upper),
            ("inner_lip_lower", registration.lips.lower),
        ):
            # At its ends a slit is too short to be told from a crease: there the fit knows better.
            for pair, vertex in list(enumerate(vertices))[1:-1]:
                row = _sample(features, name, pair)
                corners[row], shares[row] = vertex, (1, 0, 0)
    return corners, shares


def _ratios(registration: Registration, features: FaceFeatures, found: Doubles) -> Doubles:
    """(S,) how much larger the built-in head's mouth and eyes are than this one's."""
    head = load_head()
    mouth = registration.mouth_ratio
    result = np.ones(len(found))
    regions = {"mouth": (np.maximum(head.regions["lips"], 0.7 * head.regions["mouth"]), mouth)}
    for side, sign in (("left", 1), ("right", -1)):
        name = f"{side} lid gap"
        mine = features.measure(name, features.positions[None])[0]
        eye = mine / max(features.measure(name, found[None])[0], 1e-6)
        regions[side] = (head.regions["eyelids"] * (sign * head.template[:, 0] > 0), eye)
    for weights, ratio in regions.values():
        share = weights[features.samples]
        result += share * (np.clip(ratio, *_RATIOS) - 1)
    return result
