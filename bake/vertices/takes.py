# SPDX-License-Identifier: GPL-3.0-or-later
"""The vertex takes of an object: caches that are kept to compare, one of them shown.

They are listed in a custom property of the object. Blender knows only the path in the modifier as a path:
when the .blend file is saved elsewhere, it sets that one right, and the others are set right after it here.
"""

import posixpath
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import bpy

from ..errors import BakeError
from .cache_files import full_path

PROPERTY: Final = "soliloquy_vertex_takes"
"""Custom property of an object: a list of takes, each with the fields of `VertexTake` but `path` and
`is_shown`, and with `cache_start`, the scene frame of the cache's first sample."""

SHOWN: Final = "soliloquy_vertex_shown"
"""Custom property of an object: the file of the take that the modifier was last set to."""

MODIFIER: Final = "Soliloquy Vertices"


@dataclass(frozen=True)
class VertexTake:
    """A vertex cache of an object.

    Attributes:
        name: unique among the object's takes.
        file: of the cache, as it is written in the .blend file.
        path: the file's full path; it may be missing.
        start_frame: scene frame of the motion's first frame.
        frames: number of frames of the motion.
        fps: frames per second that the motion was made for.
        facts: what the caller noted when it was baked.
        is_shown: whether the modifier shows it now.
    """

    name: str
    file: str
    path: Path
    start_frame: int
    frames: int
    fps: float
    facts: str
    is_shown: bool


def vertex_takes(obj: bpy.types.Object) -> tuple[VertexTake, ...]:
    """The vertex takes of an object, the oldest first. Nothing is made or changed."""
    modifier = cache_modifier(obj)
    shown = None
    if modifier is not None and modifier.show_viewport:
        shown = full_path(modifier.filepath, obj)
    takes = []
    for each in stored_takes(obj):
        path = full_path(each["file"], obj)
        takes.append(
            VertexTake(
                name=each["name"],
                file=each["file"],
                path=path,
                start_frame=each["start_frame"],
                frames=each["frames"],
                fps=each["fps"],
                facts=each["facts"],
                is_shown=path == shown,
            )
        )
    return tuple(takes)


def show_vertex_take(obj: bpy.types.Object, name: str) -> None:
    """Have an object show one of its vertex takes. On any error the object is as it was.

    Raises:
        BakeError: there is no such take, or its file is missing.
    """
    take = next((each for each in stored_takes(obj) if each["name"] == name), None)
    if take is None:
        raise BakeError(f"'{obj.name}' has no vertex take '{name}' any more.")
    path = full_path(take["file"], obj)
    if not path.is_file():
        raise BakeError(
            f"The cache of take '{name}' is missing: no file '{path}'. Put it back there, or animate again."
        )
    with ExitStack() as rollback:
        write_takes(obj, stored_takes(obj), rollback)
        set_modifier(obj, take, rollback)
        rollback.pop_all()


def hide_vertex_takes(obj: bpy.types.Object) -> None:
    """Have an object show none of its vertex takes: its shape keys are seen again. The takes stay."""
    modifier = cache_modifier(obj)
    if modifier is not None:
        modifier.show_viewport = modifier.show_render = False


def forget_vertex_take(obj: bpy.types.Object, name: str) -> None:
    """Strike a take off an object's list. Its file stays until `remove_caches` takes it away.

    Raises:
        BakeError: there is no such take.
    """
    takes = vertex_takes(obj)
    take = next((each for each in takes if each.name == name), None)
    if take is None:
        raise BakeError(f"'{obj.name}' has no vertex take '{name}' any more.")
    modifier = cache_modifier(obj)
    with ExitStack() as rollback:
        write_takes(obj, [each for each in stored_takes(obj) if each["name"] != name], rollback)
        rollback.pop_all()
    if modifier is not None and full_path(modifier.filepath, obj) == take.path:
        obj.modifiers.remove(modifier)


def stored_takes(obj: bpy.types.Object) -> list[dict[str, Any]]:
    """What the property lists, with paths that hold after the .blend file was saved elsewhere."""
    takes = [each.to_dict() for each in cast(Any, obj.get(PROPERTY, ()))]
    modifier = cache_modifier(obj)
    before = obj.get(SHOWN)
    if modifier is None or not before or modifier.filepath == before:
        return takes
    if posixpath.basename(_slashed(before)) != posixpath.basename(_slashed(modifier.filepath)):
        return takes  # another file was chosen by hand
    for take in takes:
        take["file"] = _moved(take["file"], before, modifier.filepath)
    return takes


def named_files() -> set[Path]:
    """The caches that any object of this .blend file names, in a take or in a modifier."""
    found = set()
    for obj in bpy.data.objects:
        found |= {full_path(take["file"], obj) for take in stored_takes(obj)}
        found |= {
            full_path(modifier.filepath, obj)
            for modifier in obj.modifiers
            if isinstance(modifier, bpy.types.MeshCacheModifier) and modifier.filepath
        }
    return found


def write_takes(obj: bpy.types.Object, takes: list[dict[str, Any]], rollback: ExitStack) -> None:
    """Put a list into the property; `rollback` puts back what was there."""
    before = [each.to_dict() for each in cast(Any, obj.get(PROPERTY, ()))]
    rollback.callback(_set_property, obj, before)
    _set_property(obj, takes)


def set_modifier(obj: bpy.types.Object, take: dict[str, Any], rollback: ExitStack) -> None:
    """Point the object's Mesh Cache modifier at a take; makes it, as the first one, when there is none.

    Of a modifier that is there already, place, influence and vertex group stay as the animator set them.
    """
    modifier = cache_modifier(obj)
    if modifier is None:
        modifier = cast(bpy.types.MeshCacheModifier, obj.modifiers.new(MODIFIER, "MESH_CACHE"))
        rollback.callback(lambda name: obj.modifiers.remove(obj.modifiers[name]), modifier.name)
        # First, so that all others work on the moving face.
        obj.modifiers.move(obj.modifiers.find(modifier.name), 0)
        modifier.show_expanded = False
    settings = {
        "cache_format": "PC2",
        "deform_mode": "OVERWRITE",
        "play_mode": "SCENE",
        "time_mode": "FRAME",
        "interpolation": "LINEAR",
        "forward_axis": "POS_Y",
        "up_axis": "POS_Z",
        "frame_scale": 1.0,
        "frame_start": float(take["cache_start"]),
        "filepath": take["file"],
        "show_viewport": True,
        "show_render": True,
    }
    before = {name: getattr(modifier, name) for name in settings}
    rollback.callback(_set_all, modifier, before)
    shown = obj.get(SHOWN)
    rollback.callback(_set_text, obj, SHOWN, shown)
    _set_all(modifier, settings)
    _set_text(obj, SHOWN, take["file"])


def cache_modifier(obj: bpy.types.Object) -> bpy.types.MeshCacheModifier | None:
    """The modifier of ours: by its name, or by the file that it was last set to."""
    caches = [each for each in obj.modifiers if isinstance(each, bpy.types.MeshCacheModifier)]
    by_file = [each for each in caches if each.filepath and each.filepath == obj.get(SHOWN)]
    return next(iter([*by_file, *(each for each in caches if each.name == MODIFIER)]), None)


def _moved(path: str, old: str, new: str) -> str:
    """Where a path lies after Blender made `new` of the path `old`."""
    path, old, new = _slashed(path), _slashed(old), _slashed(new)
    if path.startswith("//") != old.startswith("//"):
        return path
    parts = [posixpath.split(each.removeprefix("//")) for each in (path, old, new)]
    way = posixpath.relpath(parts[0][0] or ".", parts[1][0] or ".")
    start = "//" if new.startswith("//") else ""
    return start + posixpath.normpath(posixpath.join(parts[2][0], way, parts[0][1]))


def _slashed(path: str) -> str:
    return path.replace("\\", "/")


def _set_property(obj: bpy.types.Object, takes: list[dict[str, Any]]) -> None:
    if takes:
        obj[PROPERTY] = takes
    else:
        obj.pop(PROPERTY, None)


def _set_text(obj: bpy.types.Object, name: str, text: str | None) -> None:
    if text is None:
        obj.pop(name, None)
    else:
        obj[name] = text


def _set_all(owner: object, settings: dict[str, Any]) -> None:
    for name, value in settings.items():
        setattr(owner, name, value)
