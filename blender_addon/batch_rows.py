# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows of a batch manifest in Blender: an object of the opened file, or Soliloquy's own head."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import bpy

from ..core.batch import BatchRow
from ..core.errors import InputError, OutputError
from ..core.generate.emotion.directions import EmotionDirections
from ..core.generate.emotion.words import emotion_tag
from ..core.generate.settings import AnimationSettings
from ..core.generate.style_choice import StyleChoice
from ..core.motion_files import WRITERS, write_motion
from ..core.transcript.files import read_transcript
from ..core.transcript.text import Transcript
from .job import compute, make_job, write
from .output import Output
from .processing import Processing
from .rig import rig_of
from .rig_arguments import look_target_named
from .saving import check_folder, save_copy
from .sequencer import frame_rate, strips_of
from .sound_strip import SpeechLine, line_from_file
from .styles import find_style
from .temporary import temporary_folder
from .written import Written, cache_folder

if TYPE_CHECKING:
    from ..bake.pose import HeadRig
    from ..core.generate.styles import Style
    from ..core.retarget.mapping import RigMapping


class BlenderRows:
    """Makes one row after the other, each from the opened file as it was at the start."""

    def __init__(
        self,
        amounts: AnimationSettings,
        output: Output,
        processing: Processing,
        style: StyleChoice,
        find_object: Callable[[str], bpy.types.Object],
        find_rig: Callable[[bpy.types.Object], HeadRig],
        look_at: str | None = None,
        *,
        emotion: str = "",
        use_markers: bool = True,
        find_mapping: Callable[[bpy.types.Object, Path | None], RigMapping | None],
        find_companions: Callable[[bpy.types.Object], tuple[bpy.types.Object, ...]],
        make_shapes: Callable[[bpy.types.Object], tuple[str, ...]],
        always_makes_shapes: bool = False,
    ) -> None:
        """Remember the opened file; one that was never saved is kept in a temporary copy.

        Args:
            amounts: how faces move, where a row says nothing else.
            output: what the motion becomes.
            processing: with what it is computed, where a row names no other model.
            style: how they speak, where a row says nothing else.
            find_object: an object of the open file by its name.
            find_rig: what carries an object's head and eyes.
            look_at: name of what the eyes look at, where a row says nothing else.
            emotion: what they feel from the start on, where a row says nothing else.
            use_markers: whether markers count that are named like emotions.
            find_mapping: how an object's keys are driven, with the preset that a row names.
            find_companions: what is animated along with an object.
            make_shapes: makes the shape keys that an object lacks, and gives notes for the user.
            always_makes_shapes: whether every row does, and not only those that say so.

        Raises:
            InputError: no such emotion.
        """
        self._amounts = amounts
        self._output = output
        self._processing = processing
        self._style = style
        self._find_object = find_object
        self._find_rig = find_rig
        self._look_at = look_at
        self._emotion = emotion
        self._emotions = EmotionDirections((emotion_tag(emotion),)) if emotion else None
        self._use_markers = use_markers
        self._find_mapping = find_mapping
        self._find_companions = find_companions
        self._make_shapes = make_shapes
        self._always_makes_shapes = always_makes_shapes
        self._rate = frame_rate(bpy.context.scene)
        self._folder: tempfile.TemporaryDirectory | None = None
        self._base = Path(bpy.data.filepath) if bpy.data.filepath else self._copy_of_unsaved()
        self._is_fresh = True

    def _copy_of_unsaved(self) -> Path:
        self._folder = temporary_folder()
        path = Path(self._folder.name) / "unsaved.blend"
        save_copy(path)
        return path

    def make(self, row: BatchRow) -> tuple[str, ...]:
        """Make one row; gives its warnings.

        Raises:
            SoliloquyError: it cannot be made; nothing was written.
        """
        suffix = row.out.suffix.lower()
        if suffix in WRITERS:
            if row.object_name is not None or row.own_head:
                raise InputError("a head is animated in a .blend file: give 'out' that ending.")
            line = line_from_file(str(row.audio.absolute()), 0)
            return (*line.notes, *self._write_motion(row, line))
        elif suffix == ".blend":
            check_folder(row.out.absolute())
            return self._make_head(row) if row.own_head else self._make_object(row)
        raise OutputError(f"'{row.out}' has an unknown ending: expected .blend, .csv or .npz.")

    def _write_motion(self, row: BatchRow, line: SpeechLine) -> tuple[str, ...]:
        from ..core.generate import animate

        motion = animate(
            line.blocks(),
            fps=row.fps or self._rate,
            seed=row.seed,
            settings=row.settings(self._amounts),
            style=self._style_of(row),
            emotions=row.emotions(self._emotions),
            transcript=_transcript(row),
            model=row.model or self._processing.model,
            providers=self._processing.providers,
            threads=self._processing.threads,
        )
        write_motion(row.out, motion)
        return motion.notes

    def _make_object(self, row: BatchRow) -> tuple[str, ...]:
        if not self._is_fresh:
            bpy.ops.wm.open_mainfile(filepath=str(self._base), load_ui=False)
        obj = self._find_object(row.object_name or "")
        # From here on the open file is changed, even where the row then fails.
        self._is_fresh = False
        scene = bpy.context.scene
        if row.fps is not None:
            set_frame_rate(scene, row.fps)
        made = self._make_shapes(obj) if row.make_shapes or self._always_makes_shapes else ()
        _, warnings = self._animate(row, obj, scene.frame_start)
        save_copy(row.out.absolute())
        return (*made, *warnings)

    def _make_head(self, row: BatchRow) -> tuple[str, ...]:
        from ..bake.head_mesh import create_head

        self._is_fresh = False
        bpy.ops.wm.read_homefile(use_empty=True)
        scene = bpy.context.scene
        # The home file's rate is nobody's choice.
        set_frame_rate(scene, row.fps or self._rate)
        head = create_head(scene.collection)
        report, warnings = self._animate(row, head, 1)
        scene.frame_start, scene.frame_end = 1, report.last_frame
        _add_sound(scene, row.audio.absolute())
        save_copy(row.out.absolute())
        return warnings

    def _animate(
        self, row: BatchRow, obj: bpy.types.Object, start_frame: int
    ) -> tuple[Written, tuple[str, ...]]:
        """Animate an object of the open file; also gives what the user should know."""
        transcript = _transcript(row)
        style = self._style_of(row)
        line = line_from_file(str(row.audio.absolute()), start_frame)
        processing = replace(self._processing, model=row.model or self._processing.model)
        output = replace(self._output, folder=cache_folder(row.out.absolute()))
        settings = row.settings(self._amounts), output, processing, transcript
        scene = bpy.context.scene
        looks_at = look_target_named(row.look_at or self._look_at, scene)
        rig = rig_of(obj) if row.own_head else self._find_rig(obj)
        mapping = None if row.own_head else self._find_mapping(obj, row.mapping)
        job = make_job(
            obj,
            line,
            scene,
            row.seed,
            *settings,
            rig=rig,
            looks_at=looks_at,
            mapping=mapping,
            companions=self._find_companions(obj),
            style=style,
            emotion=row.emotion or self._emotion,
            use_markers=self._use_markers,
        )
        made = compute(job, lambda fraction: None, lambda: False)
        report = write(job, made)
        hand = () if job.felt is None else job.felt.notes
        return report, (*hand, *made.motion.notes, *job.placed.notes, *report.warnings)

    def _style_of(self, row: BatchRow) -> Style | None:
        """How a row speaks; a style of the opened file's own goes by its name."""
        model = row.model or self._processing.model
        return row.style_choice(self._style).made(find=partial(find_style, bpy.context.scene, model))


def _transcript(row: BatchRow) -> Transcript | None:
    return None if row.transcript is None else read_transcript(row.transcript)


def set_frame_rate(scene: bpy.types.Scene, fps: float) -> None:
    """Give a scene a frame rate that need not be whole: 23.976 becomes 24 over 1.001."""
    scene.render.fps = round(fps + 0.499) if fps % 1 else int(fps)
    scene.render.fps_base = scene.render.fps / fps


def _add_sound(scene: bpy.types.Scene, path: Path) -> None:
    """The speech as a strip, so that the head can be heard; without sound in Blender there is none."""
    editor = scene.sequence_editor_create()
    try:
        strips_of(editor).new_sound(path.stem, str(path), 1, 1)
    except RuntimeError:
        # A Blender built without sound (the bpy wheel of 4.2).
        scene.sequence_editor_clear()
