# SPDX-License-Identifier: GPL-3.0-or-later
"""The 3D head (3DMM): S = template + U_id alpha + U_exp beta.

Letters: V vertices, F faces. Axes x = the subject's left, y = up, z = out of the face; metres; the origin
is the pivot of the head between the ears.
"""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import ModelError
from ..retarget.arkit import ARKIT_NAMES

FORMAT_VERSION: Final = 1

HEAD_FILE: Final = Path(__file__).with_name("head.npz")

EXPRESSION_COUNT: Final = 64
IDENTITY_COUNT: Final = 80

Floats = NDArray[np.float32]
Indices = NDArray[np.int64]

PART_COLOURS: Final[dict[str, tuple[float, float, float]]] = {
    "skin": (0.76, 0.56, 0.45),
    "lips": (0.66, 0.36, 0.33),
    "mouth_cavity": (0.36, 0.12, 0.12),
    "tongue": (0.68, 0.30, 0.30),
    "lashes": (0.05, 0.04, 0.03),
    "eye_sclera": (0.90, 0.89, 0.87),
    "eye_iris": (0.24, 0.36, 0.42),
    "eye_pupil": (0.01, 0.01, 0.01),
    "teeth_upper": (0.90, 0.87, 0.78),
    "teeth_lower": (0.90, 0.87, 0.78),
    "gums": (0.62, 0.30, 0.30),
}
"""Suggested base colour (linear RGB, 0..1) of each part in `Head.parts`."""


@dataclass(frozen=True, eq=False)
class Head:
    """A head that faces and expressions deform.

    Coefficients alpha and beta are plain projections on the orthonormal bases. A basis row has unit length
    over all 3 V coordinates, so a coefficient is a length in metres summed over the mesh: a coefficient of
    0.1 moves the 3 V coordinates by 0.1 / sqrt(3 V) metres root-mean-square.

    Large arrays are decoded when first asked for: `arkit_to_expression` and the spreads cost nothing,
    `arkit_deltas` and the bases some tens of milliseconds. Do not write into the arrays: they are shared.
    """

    template: Floats
    """(V, 3) metres: a mean adult, lips closed, eyes open."""
    faces: Indices
    """(F, 4) vertex indices of quads, anticlockwise seen from outside."""
    face_part: NDArray[np.uint8]
    """(F,) index into `parts`: the material of each face."""
    parts: tuple[str, ...]
    """`skin`, `lips`, `mouth_cavity`, `tongue`, `lashes`, `eye_sclera`, `eye_iris`, `eye_pupil`,
    `teeth_upper`, `teeth_lower`, `gums`. Suggested colours: `PART_COLOURS`."""
    uvs: Floats
    """(U, 2) texture coordinates."""
    face_uvs: Indices
    """(F, 4) indices into `uvs`. Skin, tongue and lashes keep hm08's layout (0..1 over the whole body);
    eyes use a polar map around the line of sight, teeth a flat one, each over the square of its own."""
    mirror: Indices
    """(V,) partner of each vertex across the middle plane x = 0."""
    spans: dict[str, slice]
    """Vertex ranges: `skin` (with lips and mouth cavity), `tongue`, `lashes`, `eye_left`, `eye_right`,
    `teeth_upper`, `teeth_lower` (each with its gum). Left is the subject's."""
    arkit_to_expression: Floats
    """(64, 52): beta = M w for ARKit weights w in the order of `ARKIT_NAMES`; exact."""
    expression_spread: Floats
    """(64,) standard deviation of each beta over sampled ARKit weights, falling."""
    identity_spread: Floats
    """(80,) standard deviation of each alpha over sampled people, falling."""
    landmarks: dict[str, Indices]
    """Named vertex arrays, see HEAD.md: `face68` (68,), `mediapipe_lips_outer`, `mediapipe_lips_inner`
    (20,) ..., matched pairs `inner_lip_upper` / `inner_lip_lower`, `eyelid_upper_left` / ..."""
    regions: dict[str, Floats]
    """Soft weights (V,) from 0 to 1: `lips`, `mouth`, `eyelids`, `upper_face`, `jaw`."""
    _path: Path = field(repr=False)

    @property
    def vertex_count(self) -> int:
        """V."""
        return len(self.template)

    @cached_property
    def expression_shapes(self) -> Floats:
        """(64, V, 3) metres: the 52 ARKit shapes, then 12 more from MakeHuman's expression units."""
        with _open(self._path) as file:
            return file["shapes"].astype(np.float32) * np.float32(file["shape_quantum"])

    @cached_property
    def expression_mixing(self) -> NDArray[np.float64]:
        """(64, 64): U_exp = mixing @ expression_shapes."""
        with _open(self._path) as file:
            return file["expression_mixing"]

    @property
    def arkit_deltas(self) -> Floats:
        """(52, V, 3) metres: displacement of each ARKit shape at weight 1."""
        return self.expression_shapes[: len(ARKIT_NAMES)]

    @cached_property
    def expression_basis(self) -> Floats:
        """(64, 3 V) U_exp: orthonormal rows, coordinates in the order of `template.ravel()`."""
        return self.expression_basis_at(np.arange(self.vertex_count)).reshape(EXPRESSION_COUNT, -1)

    def expression_basis_at(self, vertices: Indices) -> Floats:
        """(64, N, 3): the columns of U_exp at some vertices (N,), without building the rest."""
        shapes = self.expression_shapes[:, vertices].reshape(EXPRESSION_COUNT, -1).astype(np.float64)
        return (self.expression_mixing @ shapes).reshape(EXPRESSION_COUNT, -1, 3).astype(np.float32)

    @cached_property
    def identity_basis(self) -> Floats:
        """(80, 3 V) U_id: orthonormal rows."""
        with _open(self._path) as file:
            rows = file["identity_steps"].reshape(IDENTITY_COUNT, -1).astype(np.float64)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        # Rounding for storage costs a little orthogonality: the nearest orthonormal rows mend it.
        values, vectors = np.linalg.eigh(rows @ rows.T)
        return ((vectors / np.sqrt(values)) @ vectors.T @ rows).astype(np.float32)

    def displacement(self, weights: ArrayLike) -> Floats:
        """(V, 3) or (frames, V, 3) metres that ARKit weights (52,) or (frames, 52) add to the template."""
        values = np.asarray(weights, dtype=np.float32)
        if values.shape[-1] != len(ARKIT_NAMES):
            raise ValueError(f"ARKit weights of shape {values.shape}, expected (52,) or (frames, 52).")
        flat = values @ self.arkit_deltas.reshape(len(ARKIT_NAMES), -1)
        return flat.reshape(*values.shape[:-1], self.vertex_count, 3)

    def vertices(self, alpha: ArrayLike | None = None, beta: ArrayLike | None = None) -> Floats:
        """(V, 3) or (frames, V, 3) metres: template + U_id alpha + U_exp beta.

        `alpha` (80,) or (frames, 80); `beta` (64,) or (frames, 64); None stands for zeros.
        """
        total = self.template.reshape(-1)
        if alpha is not None:
            total = total + _coefficients(alpha, IDENTITY_COUNT, "alpha") @ self.identity_basis
        if beta is not None:
            total = total + _coefficients(beta, EXPRESSION_COUNT, "beta") @ self.expression_basis
        return np.array(total, dtype=np.float32).reshape(*total.shape[:-1], self.vertex_count, 3)


def _coefficients(values: ArrayLike, count: int, name: str) -> Floats:
    array = np.asarray(values, dtype=np.float32)
    if array.shape[-1] != count:
        raise ValueError(f"{name} of shape {array.shape}, expected ({count},) or (frames, {count}).")
    return array


@contextmanager
def _open(path: Path) -> Iterator[Any]:
    """The arrays of a head file, each decoded when it is asked for."""
    try:
        with np.load(path) as file:
            yield file
    except FileNotFoundError:
        raise ModelError(f"The head file '{path}' is missing: install Soliloquy again.") from None
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise ModelError(f"The head file '{path}' is damaged ({error}): install Soliloquy again.") from error


@lru_cache(maxsize=2)
def load_head(path: Path | None = None) -> Head:
    """The head that ships with the package, or one from a file that `build_head` wrote.

    Raises `ModelError` when the file is missing, damaged or of another version.
    """
    path = path or HEAD_FILE
    with _open(path) as file:
        version = int(file["format_version"])
        if version != FORMAT_VERSION:
            raise ModelError(f"{path} has head format {version}, expected {FORMAT_VERSION}: rebuild it.")
        marks = {n.removeprefix("landmark_"): file[n] for n in file.files if n.startswith("landmark_")}
        masks = {n.removeprefix("region_"): file[n] for n in file.files if n.startswith("region_")}
        spans = zip(file["span_names"].tolist(), file["spans"].tolist(), strict=True)
        return Head(
            template=file["template"],
            faces=file["faces"].astype(np.int64),
            face_part=file["face_part"],
            parts=tuple(file["part_names"].tolist()),
            uvs=file["uvs"],
            face_uvs=file["face_uvs"].astype(np.int64),
            mirror=file["mirror"].astype(np.int64),
            spans={name: slice(first, end) for name, (first, end) in spans},
            arkit_to_expression=file["arkit_to_expression"].astype(np.float32),
            expression_spread=file["expression_spread"].astype(np.float32),
            identity_spread=file["identity_spread"].astype(np.float32),
            landmarks={name: indices.astype(np.int64) for name, indices in marks.items()},
            regions={name: mask.astype(np.float32) / 255 for name, mask in masks.items()},
            _path=path,
        )
