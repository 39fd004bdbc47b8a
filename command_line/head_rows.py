# SPDX-License-Identifier: GPL-3.0-or-later
"""A scene of several heads side by side, each with a performance of its own."""

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import bpy

from .. import bake
from ..bake import preview
from ..core.motion import FaceMotion

FIRST_FRAME: Final = 1


def faces(heads: int, columns: int) -> preview.StageSettings:
    """Nearer to the faces, for performances that differ in their mouths; in one row crown and neck may be cut
    off, in several they would reach into the pictures above and below."""
    stage = preview.StageSettings(width=300, height=340, turn=math.radians(12))
    if heads > columns:
        return replace(stage, width=240, height=312, fill=0.97)
    return replace(stage, fill=1.42, cut=0.0)


def build(
    blend: Path,
    sound: Path,
    motions: Mapping[str, FaceMotion],
    *,
    fps: int,
    columns: int,
    stage: preview.StageSettings | None = None,
) -> bpy.types.Scene:
    """Make the scene, each motion on a head of its own, and save it.

    Args:
        blend: the file to save; caches of an earlier scene there are removed.
        sound: heard in it.
        motions: by the names of the heads.
        fps: frames a second.
        columns: most heads in a row.
        stage: of each head's picture; with room to turn by default.
    """
    (motion, *_) = motions.values()
    scene = preview.new_scene(fps)
    preview.add_sound(scene, sound, FIRST_FRAME)
    scene.frame_start, scene.frame_end = FIRST_FRAME, FIRST_FRAME + len(motion) - 1
    heads = [bake.create_head(scene.collection, name) for name in motions]
    preview.build_rows(scene, heads, list(motions), stage, columns=columns)
    # Caches lie beside the file: it has to have a place first.
    preview.save(blend)
    for head, each in zip(heads, motions.values(), strict=True):
        bake.bake_vertices(head, each, start_frame=FIRST_FRAME, take=sound.stem)
        bake.bake_pose(bake.suggest_rig(head), each, start_frame=FIRST_FRAME, take=sound.stem)
    preview.save(blend)
    bake.remove_caches(bake.unused_caches())
    return scene
