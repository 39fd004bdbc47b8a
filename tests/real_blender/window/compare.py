# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs in Blender: everything that a file holds as a flat table of path -> value, to find what differs.

Every datablock of `bpy.data` is walked through its RNA properties: curves and keys, values of shape keys,
selections, modes, strips, custom properties, numbers of users. Large arrays are one value, by their hash.
Added is what RNA does not say: evaluated vertices, what is hidden or selected in Edit Mode, the mode.
"""

import hashlib
import re
from collections.abc import Iterator
from typing import Any

import bmesh
import bpy
import numpy as np

State = dict[str, object]

IGNORED = {
    "rna_type": "the type itself",
    "preview": "thumbnails, which Blender makes when it likes",
    "is_updated": "a flag of the dependency graph",
    "is_updated_data": "a flag of the dependency graph",
    "loop_triangles": "made for drawing, when asked for",
    "storage_type": "reading an attribute's values changes how Blender stores them",
    "loop_triangle_polygons": "made for drawing, when asked for",
}
"""Properties of any owner that Blender itself changes, and why."""

IGNORED_PATHS = {
    r"^window_managers\b": "windows, key maps, the history of operators",
    r"^(screens|workspaces)\b.*\.regions\b": "sizes of regions follow the window",
    r"^screens\b.*\.(is_animation_playing|is_scrubbing|show_statusbar)$": "the window's own state",
    r"^workspaces\b.*\.status_text\b": "the status bar",
    r"\.depsgraph$": "what is evaluated; the vertices are compared below",
    r"\.particle_edit\.object$": "forgotten by Blender at every undo",
    r"^screens\b.*\.(view_matrix|perspective_matrix|window_matrix)$": "made for drawing",
}
"""Paths that Blender itself changes, and why."""

OF_THE_SESSION = re.compile(r"\.session_uid$")
"""What a file gets anew each time it is read."""

_IGNORED = re.compile("|".join(IGNORED_PATHS))
_HEAVY = 32
"""Collections with more items, none of which has a name, are read as arrays."""

_TYPES = {"FLOAT": np.float32, "INT": np.int32, "BOOLEAN": np.bool_, "ENUM": np.int32}


def snapshot() -> State:
    """Everything in the file."""
    state: State = {}
    for each in bpy.data.bl_rna.properties:
        # `all_ids` is all of them once more.
        if each.identifier != "all_ids" and each.type == "COLLECTION" and _is_datablock(each.fixed_type):
            for datablock in getattr(bpy.data, each.identifier):
                path = f"{each.identifier}[{datablock.name_full!r}]"
                if not _IGNORED.search(path):
                    _Walk(state).struct(path, datablock)
    state.update(_not_in_rna())
    return state


def differences(before: State, after: State, *, reopened: bool = False, limit: int = 4000) -> list[str]:
    """What differs, one line each; `reopened`: the file was read again between the two."""
    lines = []
    for path in sorted(before.keys() | after.keys()):
        if reopened and OF_THE_SESSION.search(path):
            continue
        old, new = before.get(path, "(not there)"), after.get(path, "(not there)")
        if old != new and not (old != old and new != new):  # not a number equals itself here
            lines.append(f"{path}: {str(old)[:80]} -> {str(new)[:80]}")
    return lines if len(lines) <= limit else [*lines[:limit], f"and {len(lines) - limit} more"]


def _is_datablock(kind: Any) -> bool:
    while kind is not None:
        if kind.identifier == "ID":
            return True
        kind = kind.base
    return False


class _Walk:
    """One datablock, through all that it owns."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.seen: dict[tuple[str, int], str] = {}

    def struct(self, path: str, owner: Any) -> None:
        identity = owner.bl_rna.identifier, owner.as_pointer()
        if identity in self.seen:
            self.state[path] = f"see {self.seen[identity]}"
            return
        self.seen[identity] = path
        for each in owner.bl_rna.properties:
            if each.identifier not in IGNORED:
                self.property(f"{path}.{each.identifier}", owner, each)
        self.custom(path, owner)

    def property(self, path: str, owner: Any, about: Any) -> None:
        if _IGNORED.search(path):
            return
        try:
            value = getattr(owner, about.identifier)
        except (AttributeError, RuntimeError, ValueError, UnicodeDecodeError) as error:
            value = type(error).__name__
        if about.type == "POINTER":
            self.pointer(path, value)
        elif about.type == "COLLECTION" and not isinstance(value, str):
            self.collection(path, value)
        else:
            self.state[path] = _plain(value)

    def pointer(self, path: str, value: Any) -> None:
        if isinstance(value, bpy.types.ID) and not value.is_embedded_data:
            self.state[path] = _name(value)
        elif isinstance(value, bpy.types.bpy_struct):
            self.struct(path, value)
        else:
            self.state[path] = _plain(value)

    def collection(self, path: str, items: Any) -> None:
        if path.endswith("].data") and path.startswith("shape_keys["):
            return  # the same positions as `points`, which are faster
        self.state[f"{path}.length"] = len(items)
        if hasattr(items, "bl_rna"):
            # What belongs to the whole collection, such as the active item.
            for each in items.bl_rna.properties:
                if each.identifier not in IGNORED:
                    self.property(f"{path}.{each.identifier}", items, each)
        if len(items) > _HEAVY and not any(each.type == "STRING" for each in items[0].bl_rna.properties):
            self.arrays(path, items)
            return
        for index, item in enumerate(items):
            name = getattr(item, "name", None)
            where = f"{path}[{index}]" if not isinstance(name, str) else f"{path}[{index} {name!r}]"
            self.pointer(where, item)

    def arrays(self, path: str, items: Any) -> None:
        for each in items[0].bl_rna.properties:
            if isinstance(items[0], bpy.types.MeshPolygon) and each.identifier == "vertices":
                continue  # the loops say it
            if each.type in _TYPES and each.identifier not in IGNORED and not each.is_enum_flag:
                length = getattr(each, "array_length", 0)
                if getattr(each, "is_array", False) and length == 0:  # of another length in each item
                    values = np.array([_plain(getattr(item, each.identifier)) for item in items], object)
                    self.state[f"{path}.{each.identifier}"] = _hash(repr(values.tolist()).encode())
                    continue
                values = np.empty(len(items) * max(1, length), _TYPES[each.type])
                try:
                    items.foreach_get(each.identifier, values)
                except (TypeError, RuntimeError, AttributeError):
                    values = np.array([str(getattr(item, each.identifier)) for item in items])
                self.state[f"{path}.{each.identifier}"] = _hash(values.tobytes())

    def custom(self, path: str, owner: Any) -> None:
        """Custom properties, which are not in RNA."""
        if not isinstance(
            owner, bpy.types.ID | bpy.types.PropertyGroup | bpy.types.PoseBone | bpy.types.Strip
        ):
            return
        try:
            names = list(owner.keys())
        except TypeError:
            return
        for name in names:
            value = owner[name]
            if isinstance(value, bpy.types.ID):
                value = _name(value)
            elif hasattr(value, "to_dict"):
                value = value.to_dict()
            elif hasattr(value, "to_list"):
                value = value.to_list()
            self.state[f"{path}[{name!r}]"] = _plain(value)


def _not_in_rna() -> Iterator[tuple[str, object]]:
    window = bpy.context.window_manager.windows[0]
    with bpy.context.temp_override(window=window):
        yield "window.scene", window.scene.name
        yield "window.workspace", window.workspace.name
        yield "context.mode", bpy.context.mode
        layer = window.view_layer
        layer.update()
        graph = bpy.context.evaluated_depsgraph_get()
        for obj in layer.objects:
            yield f"evaluated {obj.name_full}.hidden", (obj.hide_get(), obj.visible_get())
            yield f"evaluated {obj.name_full}.selected", obj.select_get()
            evaluated = obj.evaluated_get(graph)
            yield f"evaluated {obj.name_full}.matrix_world", _plain(evaluated.matrix_world)
            if obj.type == "MESH" and obj.mode == "EDIT":
                edited = bmesh.from_edit_mesh(obj.data)
                chosen = [vertex.index for vertex in edited.verts if vertex.select]
                yield f"evaluated {obj.name_full}.selected vertices", _plain(tuple(chosen))
            elif obj.type == "MESH":
                yield f"evaluated {obj.name_full}.vertices", _hash(positions(evaluated).tobytes())


def positions(obj: bpy.types.Object) -> np.ndarray:
    """Vertices (V, 3) of an object as it stands."""
    values = np.empty(3 * len(obj.data.vertices), np.float32)
    obj.data.vertices.foreach_get("co", values)
    return values.reshape(-1, 3)


def _name(datablock: bpy.types.ID) -> str:
    return f"{type(datablock).__name__} {datablock.name_full!r}"


def _hash(data: bytes) -> str:
    return f"{len(data)} bytes {hashlib.sha1(data).hexdigest()[:12]}"


def _plain(value: Any) -> object:
    """A value that can be kept when the datablock is gone."""
    if value is None or isinstance(value, bool | int | float | str):
        text = value
    elif isinstance(value, set):
        text = tuple(sorted(value))
    elif isinstance(value, bytes):
        text = _hash(value)
    elif isinstance(value, dict):
        text = repr({key: _plain(each) for key, each in sorted(value.items())})
    else:
        try:
            text = tuple(_plain(each) for each in value)
        except TypeError:
            text = repr(value)
    long = text if isinstance(text, str) else repr(text)
    return text if len(long) <= 400 else _hash(long.encode())
