# SPDX-License-Identifier: GPL-3.0-or-later
"""One animation from sound to keys, in the three steps that threads ask for.

`plan` reads the scene and `write` changes it, both on the main thread; `compute` between them touches no
Blender data and may run anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import bpy

from ..core.errors import Cancelled, InputError, SoliloquyError
from ..core.retarget.arkit import EMOTION
from .face_bones import FaceOfBones, moved_by_bones, read_face_bones
from .kept_takes import next_take
from .last_error import line_for
from .mapping import companions_of, mapping_of
from .output import Output, check_output, check_range
from .parts import PlacedParts, keyed_parts, keys_turn_eyes
from .processing import Processing, notes_on, preferred_processing
from .rig import as_it_is_now, rig_of, uids_of
from .sequencer import check_rates, frame_rate, muted_by, sequencer_scene, speech_strips
from .shape_settings import marks_of, parts_of
from .target import check_target, target_object

# Enabling the add-on must not wait for what only its use needs.
if TYPE_CHECKING:
    from ..bake import FaceReading, PreparedCache, WrittenCache
    from ..bake.pose import HeadRig
    from ..bake.vertices import VertexSource
    from ..core.generate.gaze import LookAt
    from ..core.generate.settings import AnimationSettings
    from ..core.generate.styles import Style
    from ..core.motion import FaceMotion
    from ..core.retarget.mapping import RigMapping
    from ..core.retarget.measured_shapes import MeasuredShapes
    from ..core.transcript.text import Transcript
    from .emotion_sliders import Asked
    from .sound_strip import SpeechLine
    from .written import Written

_BASIS_SHARE = 0.5
"""Part of the whole work, for progress, that is done when it is known how a mesh of its own kind moves."""
_FILE_SHARE = 0.2
"""Part of the rest that is to be done when the vertices are yet to be written."""


@dataclass(frozen=True)
class Job:
    """Everything that one animation needs, without references that Blender could take away.

    Attributes:
        object_uid: session UID of the object to animate; it survives renaming and undo.
        scene_uid: session UID of its scene.
        object_name: its name when the job was planned, for messages.
        line: the speech.
        fps: the scene's true rate.
        seed: draws what the sound leaves open.
        amounts: how the face moves.
        output: what becomes keys.
        processing: with what it is computed.
        transcript: what is said, if the user knows.
        new_take: name of the take to make beside those that there are; None animates what the head shows.
        vertices: the mesh, where its vertices are to be moved.
        cache: what writing a vertex cache needs, where one is wanted.
        rig: what carries head and eyes.
        carrier_uids: session UIDs of its objects, by the names that they had.
        placed: which parts go to the face, which to the rig.
        look_at: what the eyes look at.
        mapping: which key is driven by what; None finds it by itself.
        reading: the face, where its keys go by their shapes.
        bones: the face, where bones move it.
        companion_uids: session UIDs of the objects that are animated along.
        style: how to speak; neutral by default.
        recorded: a recorded performance to write, instead of one that is made from sound.
        felt: what the animator wants the face to feel; None for a face without emotion.
    """

    object_uid: int
    scene_uid: int
    object_name: str
    line: SpeechLine
    fps: float
    seed: int
    amounts: AnimationSettings
    output: Output
    processing: Processing
    rig: HeadRig
    placed: PlacedParts
    transcript: Transcript | None = None
    new_take: str | None = None
    vertices: VertexSource | None = None
    cache: PreparedCache | None = None
    carrier_uids: dict[str, int] = field(default_factory=dict)
    look_at: LookAt | None = None
    mapping: RigMapping | None = None
    reading: FaceReading | None = None
    bones: FaceOfBones | None = None
    companion_uids: tuple[int, ...] = ()
    style: Style | None = None
    recorded: FaceMotion | None = None
    felt: Asked | None = None


@dataclass(frozen=True)
class Made:
    """What `compute` gives.

    Attributes:
        motion: of the face.
        cache: the file with its vertices, where one is wanted; no object shows it yet.
        shapes: what the poses of a face of bones do, where that was measured.
        notes: lines for the user.
    """

    motion: FaceMotion
    cache: WrittenCache | None = None
    shapes: MeasuredShapes | None = None
    notes: tuple[str, ...] = ()


def why_not(context: bpy.types.Context) -> str | None:
    """Why the scene cannot be animated as it stands, in one line; None when it can. Panels draw with it."""
    settings = context.scene.soliloquy
    try:
        if settings.source.kind == "FILE":
            if not settings.source.filepath:
                raise InputError("No sound file is chosen.")
        else:
            scene = sequencer_scene(context)
            strips = speech_strips(scene)
            if not strips:
                raise InputError("No sound strip is selected in the sequencer.")
            reasons = [muted_by(scene, strip) for strip in strips]
            if all(reasons):
                raise InputError(f"Strip '{strips[0].name}' cannot be used: {reasons[0]}.")
            check_rates(context, scene)
        if not settings.parts():
            raise InputError("Mouth, eyes and head are all switched off.")
        settings.source.check_transcript()
        settings.eyes.look_target(context.scene)
        preferred_processing(settings.performance.model_path())
        output = settings.output_options(context.scene)
        check_output(output)
        check_target(target_object(context), output)
    except SoliloquyError as error:
        return str(error)
    except Exception as error:
        # Asked whenever a panel is drawn: a fault of ours must not fill the console.
        return line_for(error)
    return None


def plan(context: bpy.types.Context, *, is_new_take: bool = False, only_part: str | None = None) -> Job:
    """The job that the panel describes.

    Args:
        context: where the panel is.
        is_new_take: make a take of its own, with the next seed that no take of this speech has.
        only_part: the one part to animate; None for all that are switched on.

    Raises:
        SoliloquyError: something is missing or cannot be animated; nothing was changed.
    """
    from .sound_strip import line_from_file, line_from_strips

    settings = context.scene.soliloquy
    output = settings.output_options(context.scene, only_part)
    if not output.parts:
        raise InputError("Mouth, eyes and head are all switched off: switch one of them on.")
    obj = target_object(context)
    check_target(obj, output)
    assert obj is not None  # or it had been refused
    look_target = settings.eyes.look_target(context.scene)
    processing = preferred_processing(settings.performance.model_path())
    transcript = settings.source.transcript()
    style = settings.chosen_style()
    if settings.source.kind == "FILE":
        if not settings.source.filepath:
            raise InputError("No sound file is chosen: choose one in the Soliloquy panel.")
        line = line_from_file(settings.source.filepath, settings.source.start_frame)
    else:
        scene = sequencer_scene(context)
        check_rates(context, scene)
        line = line_from_strips(scene, speech_strips(scene))
    seed, new_take = settings.performance.seed, None
    if is_new_take:
        seed, new_take = next_take(obj, line.name, seed)
    is_felt = settings.emotion.use or only_part == EMOTION
    return make_job(
        obj,
        line,
        context.scene,
        seed,
        settings.amounts(only_part),
        output,
        processing,
        transcript,
        new_take,
        looks_at=look_target,
        style=style,
        emotion="" if is_felt else None,
        use_markers=settings.emotion.use_markers,
    )


def make_job(
    obj: bpy.types.Object,
    line: SpeechLine,
    scene: bpy.types.Scene,
    seed: int,
    amounts: AnimationSettings,
    output: Output,
    processing: Processing,
    transcript: Transcript | None = None,
    new_take: str | None = None,
    *,
    rig: HeadRig | None = None,
    looks_at: bpy.types.Object | None = None,
    mapping: RigMapping | None = None,
    companions: Sequence[bpy.types.Object] | None = None,
    style: Style | None = None,
    recorded: FaceMotion | None = None,
    emotion: str | None = None,
    use_markers: bool = True,
) -> Job:
    """A job for an object of a scene.

    Args:
        obj: what speaks.
        line: the speech.
        scene: where it speaks.
        seed: draws what the sound leaves open.
        amounts: how it moves.
        output: what becomes keys.
        processing: with what it is computed.
        transcript: what is said, if the user knows.
        new_take: name of the take to make beside those that there are.
        rig: what carries head and eyes; the object's own by default.
        looks_at: what the eyes look at; straight ahead by default.
        mapping: which key is driven by what; the object's own by default.
        companions: objects that are animated along; those that belong to it and are switched on by default.
        style: how it speaks; neutral by default.
        recorded: a performance that is written, instead of one that is made from the line's sound.
        emotion: what it feels from the start on, as `emotion_sliders.asked_for` takes it; None leaves out
            what sliders and markers ask for too.
        use_markers: whether markers count that are named like emotions.

    Raises:
        SoliloquyError: the object cannot be animated or the output cannot be had; better told now than after
            the work. The line is closed.
    """
    from ..bake import prepare_cache, read_vertices
    from .emotion_sliders import asked_for
    from .look_at import sample_look_at
    from .measurement import read_if_measured

    fps = frame_rate(scene)
    try:
        check_output(output)
        rig = rig or rig_of(obj)
        mapping = mapping or mapping_of(obj)
        placed = check_target(obj, output, rig, mapping)
        keys_face = bool(placed.face) and output.kind == "shape_keys"
        by_bones = keys_face and moved_by_bones(obj)
        bones = read_face_bones(obj, placed.face, mapping) if by_bones else None
        moves_keys = keys_face and not by_bones
        reading = read_if_measured(obj, mapping) if moves_keys else None
        if companions is None or not moves_keys:
            companions = companions_of(obj) if moves_keys else ()
        check_range(output, line, fps)
        vertices = cache = None
        if placed.face and output.kind != "shape_keys":
            parts, marks = parts_of(obj), marks_of(obj)
            if output.kind == "cache":
                cache = prepare_cache(obj, output.folder, parts=parts, marks=marks)
            vertices = read_vertices(obj, parts, marks) if cache is None else cache.source
        playing = {*output.playing, *output.parts, *keyed_parts(obj, rig)}
        look_at = None
        if looks_at is not None and "Gaze" in playing:
            # A head that is not turned here goes on as it was animated.
            goes_on = output.head_mode == "add" or "Head" not in playing
            look_at = sample_look_at(obj, rig, looks_at, scene, line, goes_on=goes_on)
        felt = None
        if emotion and EMOTION not in placed.face:
            raise InputError(
                f"The emotion '{emotion}' is asked for, and no part shows it: expected Emotion among the "
                f"parts, got {', '.join(output.parts)}."
            )
        if emotion is not None and EMOTION in placed.face:
            felt = asked_for(obj, scene, line, use_markers=use_markers, emotion=emotion)
    except SoliloquyError:
        line.close()
        raise
    return Job(
        object_uid=obj.session_uid,
        scene_uid=scene.session_uid,
        object_name=obj.name,
        line=line,
        fps=fps,
        seed=seed,
        amounts=replace(
            _of_parts(amounts, output, placed, playing, rig),
            # Vertices move with their eyes.
            eye_shapes=output.kind != "shape_keys" or keys_turn_eyes(obj, rig, output.gaze_on, mapping),
        ),
        output=output,
        processing=processing,
        transcript=transcript,
        new_take=new_take,
        vertices=vertices,
        cache=cache,
        rig=rig,
        carrier_uids=uids_of(rig),
        placed=placed,
        look_at=look_at,
        mapping=mapping,
        reading=reading,
        bones=bones,
        companion_uids=tuple(each.session_uid for each in companions),
        style=style,
        recorded=recorded,
        felt=felt,
    )


def _of_parts(
    amounts: AnimationSettings, output: Output, placed: PlacedParts, playing: set[str], rig: HeadRig
) -> AnimationSettings:
    """Amounts of a performance that has not all parts."""
    still: list[str] = []
    if "Head" not in playing or rig.head is None:
        # Eyes would go against turns that nobody sees.
        still.append("head_amount")
    if EMOTION not in placed.face:
        still += ["voice_emotion", "idle_amount"]
    if output.kind != "shape_keys":
        # Vertices move with all parts together: those that are not wanted rest.
        amount_of = {"Mouth": "mouth_amount", "Blink": "blink_amount", "Brows": "brows_amount"}
        still += [name for part, name in amount_of.items() if part not in placed.face]
    return replace(amounts, gaze="Gaze" in playing, **dict.fromkeys(still, 0.0))


def compute(job: Job, progress: Callable[[float], None], cancelled: Callable[[], bool]) -> Made:
    """The motion of a job, and the file of its vertices. Touches no Blender data.

    Raises:
        SoliloquyError: the sound cannot be read, the file cannot be written, or the work was cancelled.
    """
    from ..core.generate import animate
    from .measurement import measure_reading

    def part(start: float, share: float) -> Callable[[float], None]:
        """Tells of a part of the work, and ends it where that is wanted."""

        def look(fraction: float) -> None:
            if cancelled():
                raise Cancelled("Cancelled: nothing was changed.")
            progress(start + share * fraction)

        return look

    # What a face does is kept with the mesh's content: writing finds it there.
    if job.reading is not None:
        measure_reading(job.reading, job.mapping)
    done = 0.0
    if job.vertices is not None and job.vertices.reading is not None:
        job.vertices.make(part(0.0, _BASIS_SHARE))
        done = _BASIS_SHARE
    shapes, said = (None, ()) if job.bones is None else job.bones.measured()
    share = (1.0 - done) * (1.0 if job.cache is None else 1.0 - _FILE_SHARE)
    if job.recorded is None:
        motion = animate(
            job.line.blocks(),
            fps=job.fps,
            seed=job.seed,
            settings=job.amounts,
            transcript=job.transcript,
            look_at=job.look_at,
            style=job.style,
            emotions=None if job.felt is None else job.felt.directions,
            phones=job.output.phone_markers,
            model=job.processing.model,
            providers=job.processing.providers,
            threads=job.processing.threads,
            duration=job.line.duration,
            progress=lambda fraction: progress(done + share * fraction),
            cancelled=cancelled,
        )
        if job.felt is None:
            from ..bake.part_weights import without_emotion

            # Tags of the transcript ask for emotion too.
            motion = without_emotion(motion)
    else:
        from ..bake.recording import place_recording

        motion = place_recording(job.recorded, job.fps)
    if job.cache is None:
        return Made(motion, shapes=shapes, notes=said)

    from ..bake import write_cache
    from ..bake.takes import facts_as_text
    from .written import take_facts

    cache = write_cache(
        job.cache,
        motion,
        start_frame=job.line.start_frame,
        frame_range=job.output.frame_range,
        facts=facts_as_text([take_facts(job)]),
        progress=part(done + share, 1.0 - done - share),
    )
    if cancelled():
        cache.discard()
        raise Cancelled("Cancelled: nothing was changed.")
    return Made(motion, cache)


def write(job: Job, made: Made) -> Written:
    """Put the motion of a job on its head, and keep it as a take.

    Raises:
        SoliloquyError: the object is gone or cannot be animated; the scene is as it was.
    """
    from ..bake import write_phone_markers
    from .written import write_take

    obj = next((each for each in bpy.data.objects if each.session_uid == job.object_uid), None)
    if obj is None:
        discard(made)
        raise Cancelled(f"'{job.object_name}' was deleted meanwhile: nothing was changed.")
    written = write_take(job, obj, as_it_is_now(job.rig, job.carrier_uids), made)
    scene = next((each for each in bpy.data.scenes if each.session_uid == job.scene_uid), None)
    if job.new_take is not None and job.recorded is None and scene is not None:
        # Animating once more is for the take that is shown now.
        scene.soliloquy.performance.seed = job.seed
    if job.output.phone_markers and scene is not None:
        write_phone_markers(
            scene,
            made.motion.phones,
            take=job.line.name,
            start_frame=job.line.start_frame,
            fps=job.fps,
            frames=(written.first_frame, written.last_frame),
        )
    return written


def discard(made: Made) -> None:
    """Drop what was made: its file goes."""
    if made.cache is not None:
        made.cache.discard()


def notes(job: Job, made: Made, written: Written) -> tuple[str, ...]:
    """What the user should know of a finished job, a line each."""
    told = notes_on(job.processing) if job.recorded is None else ()
    hand = () if job.felt is None else job.felt.notes
    asked = (*job.line.notes, *hand, *made.motion.notes, *told, *job.placed.notes, *made.notes)
    if job.bones is not None:
        asked = (*asked, *job.bones.notes)
    return (*asked, *written.warnings)


def summary(job: Job, written: Written) -> str:
    """What was written, in one line."""
    return (
        f"Animated '{job.object_name}' from '{job.line.name}': frames {written.first_frame} to "
        f"{written.last_frame}, {written.content}"
    )
