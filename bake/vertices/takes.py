# SPDX-License-Identifier: GPL-3.0-or-later
"""The vertex takes of an object: caches that are kept to compare, one of them shown.

What moves along with a face, eyes or teeth, has caches beside the face's and is shown and struck off with it.

Each take is a Mesh Cache modifier of its own, those that are not shown switched off. So Blender itself keeps
their paths right when the .blend file is saved elsewhere, and library overrides keep them; custom
properties would suffice for neither. What else is known of a take stands in its file.
"""

from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import bpy

from ..errors import BakeError
from .cache_files import FOLDER, full_path, is_part_file, written_path
from .pc2 import CacheFacts, read_facts

_SHOWS: Final = ("show_viewport", "show_render")

_KEPT: Final = ("factor", "vertex_group", "invert_vertex_group")
"""What a new take takes over from the one that was shown."""


@dataclass(frozen=True)
class VertexTake:
    """A vertex cache of an object.

    Attributes:
        name: of its modifier, unique among the object's.
        file: of the cache, as it is written in the .blend file.
        path: the file's full path; it may be missing.
        start_frame: scene frame of the motion's first frame, also when the modifier was moved in time.
        frames: number of frames of the motion, 0 when the file is missing.
        fps: frames per second that the motion was made for, 0 when the file is missing.
        facts: what the caller noted when it was baked, empty when the file is missing.
        is_shown: whether the viewport shows it.
        lead: samples of the file before the motion's first frame.
    """

    name: str
    file: str
    path: Path
    start_frame: int
    frames: int
    fps: float
    facts: str
    is_shown: bool
    lead: int = 0


def vertex_takes(obj: bpy.types.Object) -> tuple[VertexTake, ...]:
    """The vertex takes of an object, in the order of its modifiers. Nothing is made or changed."""
    takes = []
    for modifier in _modifiers(obj):
        path = full_path(modifier.filepath, obj)
        known = read_facts(path) or CacheFacts(lead=0, frames=0, fps=0.0, facts="")
        takes.append(
            VertexTake(
                name=modifier.name,
                file=modifier.filepath,
                path=path,
                start_frame=round(modifier.frame_start) + known.lead,
                frames=known.frames,
                fps=known.fps,
                facts=known.facts,
                is_shown=modifier.show_viewport,
                lead=known.lead,
            )
        )
    return tuple(takes)


def show_vertex_take(obj: bpy.types.Object, name: str) -> None:
    """Have an object show one of its vertex takes and no other.

    Raises:
        BakeError: there is no such take, or its file is missing; nothing was changed.
    """
    chosen = _modifier(obj, name)
    path = full_path(chosen.filepath, obj)
    if not path.is_file():
        raise BakeError(
            f"The cache of take '{name}' is missing: no file '{path}'. Put it back there, or animate again."
        )
    _show(obj, chosen, ExitStack())


def hide_vertex_takes(obj: bpy.types.Object) -> None:
    """Have an object show none of its vertex takes: its shape keys are seen again. The takes stay."""
    _show(obj, None, ExitStack())


def moved_along(obj: bpy.types.Object) -> tuple[bpy.types.Object, ...]:
    """The objects that move along with a face in the take that it shows, by name."""
    found = {other for each in _modifiers(obj) if each.show_viewport for other, _ in _along(obj, each)}
    return tuple(sorted(found, key=lambda other: other.name))


def forget_vertex_take(obj: bpy.types.Object, name: str) -> None:
    """Strike a take off: its modifiers go. Its files stay until `remove_caches` takes them away.

    Raises:
        BakeError: there is no such take.
    """
    modifier = _modifier(obj, name)
    for part, each in _along(obj, modifier):
        part.modifiers.remove(each)
    obj.modifiers.remove(modifier)


def named_files() -> set[Path]:
    """The caches that any object of this .blend file names, taken by Soliloquy or not."""
    return {
        full_path(modifier.filepath, obj)
        for obj in bpy.data.objects
        for modifier in obj.modifiers
        if isinstance(modifier, bpy.types.MeshCacheModifier) and modifier.filepath
    }


def add_take(obj: bpy.types.Object, name: str, path: Path, start: int, rollback: ExitStack) -> str:
    """Add a take that is shown alone, and return its name: a number is added where there is one already.

    The modifier goes before all others, so that they work on the moving face, but after earlier takes.
    `rollback` takes it away again.

    Args:
        obj: the object.
        name: of the take.
        path: of its cache.
        start: scene frame of the cache's first sample.
        rollback: receives what must be undone when the bake fails.
    """
    earlier = _modifiers(obj)
    before = next((each for each in earlier if each.show_viewport), None)
    place = 1 + obj.modifiers.find(earlier[-1].name) if earlier else 0
    modifier = cast(bpy.types.MeshCacheModifier, obj.modifiers.new(name, "MESH_CACHE"))
    rollback.callback(lambda added: obj.modifiers.remove(obj.modifiers[added]), modifier.name)
    obj.modifiers.move(obj.modifiers.find(modifier.name), place)
    modifier.show_expanded = False
    settings: dict[str, Any] = {
        "cache_format": "PC2",
        "deform_mode": "OVERWRITE",
        "play_mode": "SCENE",
        "time_mode": "FRAME",
        "interpolation": "LINEAR",
        "forward_axis": "POS_Y",
        "up_axis": "POS_Z",
        "frame_scale": 1.0,
        "frame_start": float(start),
        "filepath": written_path(path),
    }
    if before is not None:
        settings |= {each: getattr(before, each) for each in _KEPT}
    for each, value in settings.items():
        setattr(modifier, each, value)
    _show(obj, modifier, rollback)
    return modifier.name


def rename_take(obj: bpy.types.Object, name: str, wanted: str) -> str:
    """Give a take another name, and return it: a number is added where there is one already.

    What moves along with the face goes by that name too.
    """
    modifier = _modifier(obj, name)
    modifier.name = wanted
    for _, each in _along(obj, modifier):
        each.name = modifier.name
    return modifier.name


def remove_takes(obj: bpy.types.Object) -> None:
    """Strike all takes off an object that nobody has seen yet, such as a copy."""
    for modifier in _modifiers(obj):
        obj.modifiers.remove(modifier)


def _modifiers(obj: bpy.types.Object) -> list[bpy.types.MeshCacheModifier]:
    """The modifiers of takes: by their file's folder, or by what the file says of itself."""
    found = []
    for modifier in obj.modifiers:
        if isinstance(modifier, bpy.types.MeshCacheModifier) and modifier.filepath:
            path = full_path(modifier.filepath, obj)
            if FOLDER in path.parts or read_facts(path) is not None:
                found.append(modifier)
    return found


def _modifier(obj: bpy.types.Object, name: str) -> bpy.types.MeshCacheModifier:
    for modifier in _modifiers(obj):
        if modifier.name == name:
            return modifier
    raise BakeError(f"'{obj.name}' has no vertex take '{name}' any more.")


def _show(obj: bpy.types.Object, chosen: bpy.types.MeshCacheModifier | None, rollback: ExitStack) -> None:
    for modifier in _modifiers(obj):
        shown = chosen is not None and modifier.name == chosen.name
        for other, taken in ((obj, modifier), *_along(obj, modifier)):
            for each in _SHOWS:
                rollback.callback(_set_shown, other, taken.name, each, getattr(taken, each))
                setattr(taken, each, shown)


def _along(
    obj: bpy.types.Object, modifier: bpy.types.MeshCacheModifier
) -> list[tuple[bpy.types.Object, bpy.types.MeshCacheModifier]]:
    """What moves other meshes along with a face in one of its takes."""
    path = full_path(modifier.filepath, obj)
    return [
        (other, each)
        for other in bpy.data.objects
        if other != obj and other.library is None
        for each in _modifiers(other)
        if is_part_file(full_path(each.filepath, other), path)
    ]


def _set_shown(obj: bpy.types.Object, name: str, attribute: str, shown: bool) -> None:
    with suppress(KeyError):
        setattr(obj.modifiers[name], attribute, shown)
