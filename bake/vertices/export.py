# SPDX-License-Identifier: GPL-3.0-or-later
"""A head with all its vertices as Alembic or USD, by Blender's own exporters."""

import errno
import os
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import bpy

from ...core.errors import InputError, OutputError
from ..errors import BakeError
from ..meshes import mesh_of
from ..movement import scene_of_its_own
from .takes import moved_along

ALEMBIC: Final = ".abc"
USD: Final = (".usdc", ".usda", ".usd")


def export_vertices(obj: bpy.types.Object, path: Path, first: int, last: int) -> int:
    """Write an object as it is evaluated for rendering, frame by frame, to Alembic or USD.

    Only this object is written, and what moves along with it in the vertex take that it shows. Scene,
    selection and current frame stay as they are.

    Args:
        obj: a mesh object; modifiers, shape keys and parents are all applied.
        path: ends in .abc (Alembic) or .usdc, .usda, .usd (USD); a file that is there is replaced.
        first: first scene frame.
        last: last scene frame, included.

    Returns:
        The file's size in bytes.

    Raises:
        InputError: another ending, or no frames.
        BakeError: this Blender is built without the format.
        OutputError: the file cannot be written; one that was there is as it was.
    """
    mesh_of(obj)
    ending = path.suffix.lower()
    if ending not in (ALEMBIC, *USD):
        raise InputError(f"'{path.name}' has no ending that tells a format: expected .abc, .usdc or .usda.")
    if first > last:
        raise InputError(f"The first frame to export, {first}, comes after the last, {last}.")
    built = _build_options()
    if not (built.alembic or built.usd):
        raise BakeError("This Blender is built without Alembic and USD: export with one from blender.org.")
    if ending == ALEMBIC and not built.alembic:
        raise BakeError("This Blender is built without Alembic: choose .usdc, or another Blender.")
    if ending in USD and not built.usd:
        raise BakeError("This Blender is built without USD: choose .abc, or another Blender.")
    present = bpy.context.scene
    assert present is not None
    objects = (obj, *moved_along(obj))
    hidden = [each for each in objects if each.hide_render]
    # A neighbour first, so that a failed export does not take a good file away.
    temporary = path.with_name(f".{uuid4().hex}{ending}")
    try:
        if not path.parent.is_dir():  # USD would make it
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        for each in hidden:
            each.hide_render = False
        with scene_of_its_own(*objects) as scene:
            scene.render.fps, scene.render.fps_base = present.render.fps, present.render.fps_base
            scene.frame_start, scene.frame_end = first, last
            scene.frame_set(first)
            _export(scene, temporary, ending == ALEMBIC)
        size = temporary.stat().st_size
        temporary.replace(path)
    except (OSError, RuntimeError) as error:
        reason = " ".join(str(getattr(error, "strerror", None) or error).split())
        raise OutputError(
            f"Cannot write '{path}': {reason}. Choose a folder that exists, can be written to and has space."
        ) from error
    finally:
        for each in hidden:
            each.hide_render = True
        temporary.unlink(missing_ok=True)
    return size


def _build_options() -> Any:
    return bpy.app.build_options


def _export(scene: bpy.types.Scene, path: Path, alembic: bool) -> None:
    operator: Any = bpy.ops.wm.alembic_export if alembic else bpy.ops.wm.usd_export
    wanted: dict[str, Any] = {"filepath": str(path), "check_existing": False, "evaluation_mode": "RENDER"}
    if alembic:
        wanted |= {"start": scene.frame_start, "end": scene.frame_end, "as_background_job": False}
        wanted |= {"export_hair": False, "export_particles": False, "visible_objects_only": False}
        wanted |= {"apply_subdiv": True, "selected": False, "uvs": True, "global_scale": 1.0}
    else:
        # Shape keys and skeletons would be written beside the mesh instead of into its points.
        wanted |= {"export_animation": True, "export_shapekeys": False, "export_armatures": False}
        wanted |= {"visible_objects_only": False, "selected_objects_only": False, "export_hair": False}
        wanted |= {"export_textures": False, "export_textures_mode": "KEEP", "convert_world_material": False}
        wanted |= {"export_subdivision": "TESSELLATE"}
    known = {each.identifier for each in operator.get_rna_type().properties}
    view_layer = scene.view_layers[0]
    with bpy.context.temp_override(scene=scene, view_layer=view_layer):
        operator(**{name: value for name, value in wanted.items() if name in known})
    if not path.is_file():
        raise OSError("Blender gave no reason")
