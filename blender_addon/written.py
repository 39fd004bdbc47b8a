# SPDX-License-Identifier: GPL-3.0-or-later
"""Motion put on a head as a job wants it, and kept as a take."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import bpy

from ..core.errors import Cancelled
from .kept_takes import hide_vertices, shown_vertex_take
from .shape_settings import marks_of, parts_of
from .styles import style_words

if TYPE_CHECKING:
    from ..bake.pose import HeadRig
    from ..bake.takes import TakeFacts
    from ..bake.vertices import WrittenCache
    from ..core.motion import FaceMotion
    from .face_bones import FaceOfBones
    from .job import Job, Made

_DEGREES: Final = 10.0
"""Degrees worth as much as a weight of 1 where keys are left out: 0.1 for the usual 0.01. Our own choice."""


@dataclass(frozen=True)
class Written:
    """What a job wrote.

    Attributes:
        first_frame: first scene frame of the motion.
        last_frame: last one.
        content: what there is now, as the end of a sentence.
        warnings: lines for the user.
    """

    first_frame: int
    last_frame: int
    content: str
    warnings: tuple[str, ...] = ()


def write_take(job: Job, obj: bpy.types.Object, rig: HeadRig, made: Made) -> Written:
    """The face and what carries it, as one whole.

    Raises:
        SoliloquyError: one of them cannot be animated so; the scene is as it was.
    """
    from ..bake.pose import HeadRig, Limits, bake_pose
    from ..bake.pose.pose_takes import begin_pose_take

    faces: list[Written] = []

    def write_face() -> None:
        if job.placed.face:
            faces.append(_write_face(job, obj, made))

    armatures = _armatures_of_face(job)
    if not job.placed.rig:
        with ExitStack() as rollback:
            if job.new_take is not None and armatures:
                begin_pose_take(HeadRig(None), job.new_take, rollback, armatures)
            write_face()
            rollback.pop_all()
        _record_pose(job, obj, rig, armatures)
        return faces[0]
    error = job.output.key_reduction
    with ExitStack() as rollback:
        if job.new_take is not None:
            begin_pose_take(rig, job.new_take, rollback, armatures)
        report = bake_pose(
            rig,
            made.motion,
            start_frame=job.line.start_frame,
            take=job.line.name,
            parts=job.placed.rig,
            mode=job.output.head_mode,
            limits=Limits(*job.output.limits),
            key_reduction=None if error is None else error * _DEGREES,
            frame_range=job.output.frame_range,
            then=write_face,
        )
        rollback.pop_all()
    _record_pose(job, obj, rig, armatures)
    turned = f"{report.key_count} keys on '{_carriers(rig, job.placed.rig)}'"
    if not faces:
        return Written(report.first_frame, report.last_frame, turned, report.warnings)
    (face,) = faces
    return replace(face, content=f"{face.content}, {turned}", warnings=(*face.warnings, *report.warnings))


def _record_pose(
    job: Job, obj: bpy.types.Object, rig: HeadRig, armatures: tuple[bpy.types.Object, ...]
) -> None:
    """Note that what carries the head, and a face of bones, belong to the take that is shown now."""
    from ..bake.pose.pose_takes import record_pose_take
    from ..bake.takes import record_take

    vertices = shown_vertex_take(obj)
    if armatures and job.placed.face:
        (armature,) = armatures
        record_take(armature, take_facts(job))
        record_pose_take(rig, armature, faces=armatures)
    elif vertices is not None or job.output.kind == "shape_keys":
        record_pose_take(rig, obj, None if vertices is None else vertices.name)


def _armatures_of_face(job: Job) -> tuple[bpy.types.Object, ...]:
    """The armature with the bones of the face, where it is there."""
    if job.bones is None:
        return ()
    return tuple(each for each in bpy.data.objects if each.session_uid == job.bones.armature_uid)


def _carriers(rig: HeadRig, parts: tuple[str, ...]) -> str:
    """What turns, for the message."""
    head = (rig.head, rig.neck) if "Head" in parts else ()
    eyes = (rig.left_eye, rig.right_eye) if "Gaze" in parts else ()
    return ", ".join(each.bone or each.object_name for each in (*head, *eyes) if each is not None)


def _write_face(job: Job, obj: bpy.types.Object, made: Made) -> Written:
    if made.cache is not None:
        return write_vertex_cache(job, obj, made.cache)
    if job.bones is not None:
        return write_face_bones(job, obj, job.bones, made)
    if job.output.kind == "absolute_keys":
        return write_absolute_keys(job, obj, made.motion)
    return write_shape_keys(job, obj, made.motion)


def write_shape_keys(job: Job, obj: bpy.types.Object, motion: FaceMotion) -> Written:
    """Keyframes on the head's own shape keys.

    Raises:
        SoliloquyError: the head cannot be animated so; the scene is as it was.
    """
    from ..bake import bake_motion
    from ..bake.takes import begin_take, record_take

    with ExitStack() as rollback:
        # Shown vertices would hide the keys.
        hide_vertices(obj, rollback)
        if job.new_take is not None:
            begin_take(obj, job.new_take, rollback)
        report = bake_motion(
            obj,
            motion,
            start_frame=job.line.start_frame,
            take=job.line.name,
            parts=job.placed.face,
            key_reduction=job.output.key_reduction,
            blocked=job.output.blocked,
            frame_range=job.output.frame_range,
            mapping=job.mapping,
            companions=[each for each in bpy.data.objects if each.session_uid in job.companion_uids],
        )
        rollback.pop_all()
    record_take(obj, take_facts(job))
    content = f"{report.key_count} keys on {len(report.keyed)} shape keys"
    content = _with(content, (each.object_name for each in report.companions if each.key_count))
    return Written(report.first_frame, report.last_frame, content, (*report.notes, *report.warnings))


def write_face_bones(job: Job, obj: bpy.types.Object, bones: FaceOfBones, made: Made) -> Written:
    """Keyframes on the bones of a face.

    Raises:
        SoliloquyError: it cannot be animated so, or its armature is gone; the scene is as it was.
    """
    from ..bake.pose import bake_face_bones

    armatures = _armatures_of_face(job)
    if not armatures:
        raise Cancelled(f"The armature of '{job.object_name}' was deleted meanwhile: nothing was changed.")
    (armature,) = armatures
    with ExitStack() as rollback:
        # Shown vertices would hide what the bones do.
        hide_vertices(obj, rollback)
        report = bake_face_bones(
            armature,
            made.motion,
            poses=bones.poses,
            mapping=bones.mapping_with(made.shapes),
            shapes=made.shapes,
            start_frame=job.line.start_frame,
            take=job.line.name,
            parts=job.placed.face,
            key_reduction=job.output.key_reduction,
            frame_range=job.output.frame_range,
        )
        rollback.pop_all()
    content = f"{report.key_count} keys on {len(report.bones)} bones of '{armature.name}'"
    return Written(report.first_frame, report.last_frame, content, report.warnings)


def cache_folder(blend: Path) -> Path:
    """Where the vertex caches of a .blend file lie that is yet to be saved there."""
    from ..bake.vertices.cache_files import FOLDER

    return blend.parent / FOLDER / blend.stem


def write_vertex_cache(job: Job, obj: bpy.types.Object, cache: WrittenCache) -> Written:
    """A vertex cache that is written already.

    Raises:
        SoliloquyError: the head was changed meanwhile; the scene is as it was, and the file is gone.
    """
    from ..bake.takes import facts_from_text, take_name
    from ..bake.vertices import attach_cache

    name, replaces = job.new_take or take_name(job.line.name), None
    shown = shown_vertex_take(obj)
    if shown is not None and job.new_take is None:
        before = [each for each in facts_from_text(shown.facts) if each.sound == job.line.name]
        if before:
            # Animating once more is for the take that is shown.
            replaces = name = shown.name
            if name == take_name(job.line.name, before[0].seed):
                name = take_name(job.line.name, job.seed)
    report = attach_cache(obj, cache, name, replaces)
    assert report.file is not None  # as every cache has one
    content = f"{report.size / 1e6:.1f} MB of vertices in '{report.file.name}'"
    return Written(report.first_frame, report.last_frame, _with(content, report.along), report.notes)


def write_absolute_keys(job: Job, obj: bpy.types.Object, motion: FaceMotion) -> Written:
    """Every vertex as absolute shape keys.

    Raises:
        SoliloquyError: the head cannot be animated so; the scene is as it was.
    """
    from ..bake.takes import record_take
    from ..bake.vertices import bake_vertices

    report = bake_vertices(
        obj,
        motion,
        start_frame=job.line.start_frame,
        take=job.new_take or job.line.name,
        method="shape_keys",
        frame_step=job.output.step,
        frame_range=job.output.frame_range,
        copy=job.output.on_copy,
        parts=parts_of(obj),
        marks=marks_of(obj),
    )
    # Not a take to be shown on the head, but its seed is taken.
    record_take(bpy.data.objects[report.object_name], take_facts(job), head=obj.name)
    content = f"{report.key_count} absolute shape keys on '{report.object_name}'"
    return Written(report.first_frame, report.last_frame, _with(content, report.along), report.notes)


def _with(content: str, along: Iterable[str]) -> str:
    """What was written, with the names of other objects that move along."""
    names = ", ".join(f"'{name}'" for name in along)
    return ", ".join((content, f"along with {names}")) if names else content


def take_facts(job: Job) -> TakeFacts:
    """How a job makes its take."""
    from ..bake.takes import TakeFacts
    from ..core.generate.models import MODELS

    model = job.processing.model
    facts = MODELS.get(model)
    sampling = job.amounts.sampling if facts is not None and facts.draws else ""
    name = model if facts is not None else Path(model).name
    style = style_words(job.style, job.amounts.style_strength)
    return TakeFacts(job.line.name, name, sampling, job.seed, job.object_name, style)
