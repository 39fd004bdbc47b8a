# SPDX-License-Identifier: GPL-3.0-or-later
"""Recorded faces as takes: a Live Link Face recording goes the way of an animation, but for the network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import bpy

from ..core.errors import InputError, SoliloquyError
from ..core.generate.settings import AnimationSettings
from ..core.motion_files import read_csv
from .job import make_job
from .kept_takes import RECORDED, kept_takes
from .last_error import line_for
from .output import check_output
from .processing import Processing
from .sound_strip import SpeechLine
from .target import check_target, target_object

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..bake.pose import HeadRig
    from ..core.retarget.mapping import RigMapping
    from .job import Job
    from .output import Output


def why_not_imported(context: bpy.types.Context) -> str | None:
    """Why no recording can go on the head as the scene stands, in one line; None when one can."""
    settings = context.scene.soliloquy
    try:
        if not settings.parts():
            raise InputError("Mouth, eyes and head are all switched off.")
        output = settings.output_options(context.scene)
        check_output(output)
        check_target(target_object(context), output)
    except SoliloquyError as error:
        return str(error)
    except Exception as error:
        # Asked whenever a menu is drawn: a fault of ours must not fill the console.
        return line_for(error)
    return None


def recording_job(
    obj: bpy.types.Object,
    path: Path,
    scene: bpy.types.Scene,
    start_frame: int,
    output: Output,
    *,
    fps: float | None = None,
    rig: HeadRig | None = None,
    mapping: RigMapping | None = None,
    companions: Sequence[bpy.types.Object] | None = None,
) -> Job:
    """The job that puts a recording on an object, beside the takes that it has.

    Args:
        obj: what is to move as was recorded.
        path: a Live Link Face recording, .csv.
        scene: where it moves.
        start_frame: of the recording.
        output: what becomes keys.
        fps: frames a second of the recording; as its timecodes tell by default.
        rig, mapping, companions: as of `make_job`.

    Raises:
        SoliloquyError: the recording cannot be read, or the object not be animated.
    """
    if path.suffix.lower() != ".csv":
        raise InputError(f"'{path.name}' is not a Live Link Face recording: choose a .csv file.")
    motion = read_csv(path, fps=fps)
    # Nothing is heard: a line has the name, and the place in time.
    line = SpeechLine(path.stem, start_frame, motion.duration, lambda: iter(()))
    return make_job(
        obj,
        line,
        scene,
        0,
        AnimationSettings(),
        output,
        Processing(RECORDED),
        new_take=line.name if kept_takes(obj) else None,
        rig=rig,
        mapping=mapping,
        companions=companions,
        recorded=motion,
    )
