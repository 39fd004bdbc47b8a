# SPDX-License-Identifier: GPL-3.0-or-later
"""Emotion by the animator's hand: sliders on the object and markers of the scene, as directions.

Sliders are custom properties of the object itself, so that they are keyed, driven, copied and linked as
Blender's own are. Letters: K times, E emotions.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ..core.errors import InputError
from ..core.generate.emotion.directions import EMOTIONS, EmotionCurves, EmotionDirections, EmotionTag
from ..core.generate.emotion.words import WORDS, emotion_tag, is_emotion, meant_emotion
from .aside import evaluated_aside, stand_in
from .sequencer import frame_rate

if TYPE_CHECKING:
    from .sound_strip import SpeechLine

SLIDERS: Final = {emotion: f"emotion_{emotion}" for emotion in EMOTIONS}
"""Emotion -> the custom property of an object that holds how strong it is."""


@dataclass(frozen=True)
class Asked:
    """What the animator asks for.

    Attributes:
        directions: None where nothing is asked for.
        notes: lines for the user.
    """

    directions: EmotionDirections | None = None
    notes: tuple[str, ...] = ()


def path_of(name: str) -> str:
    """Data path of a custom property, from its object."""
    return f'["{bpy.utils.escape_identifier(name)}"]'


def sliders_of(obj: bpy.types.Object) -> dict[str, str]:
    """Emotion -> custom property, for the sliders that an object has. Panels draw with it."""
    return {emotion: name for emotion, name in SLIDERS.items() if name in obj}


def add_sliders(obj: bpy.types.Object) -> int:
    """Give an object the sliders that it lacks; gives their number.

    Raises:
        InputError: there is something else under one of their names, or the object keeps no new ones.
    """
    for name in sliders_of(obj).values():
        _number(obj, name)
    missing = {emotion: name for emotion, name in SLIDERS.items() if name not in obj}
    if missing and obj.override_library is not None:
        raise InputError(
            f"'{obj.name}' is a library override, which keeps no new properties: add the sliders in the file "
            "that it is linked from."
        )
    for emotion, name in missing.items():
        obj[name] = 0.0
        obj.id_properties_ui(name).update(
            default=0.0,
            min=0.0,
            max=1.0,
            soft_min=0.0,
            soft_max=1.0,
            description=f"How {WORDS[emotion][0]} the face looks. Soliloquy reads it when it animates",
        )
        obj.property_overridable_library_set(path_of(name), True)
    return len(missing)


def remove_sliders(obj: bpy.types.Object) -> int:
    """Remove an object's sliders, with their keys and drivers; gives their number.

    Keys that other objects play too, or that lie in another file, stay.

    Raises:
        InputError: the object has its sliders from another file.
    """
    from ..bake.action import assigned_curves, assigned_take, moves_others

    names = sliders_of(obj).values()
    if names and obj.override_library is not None:
        raise InputError(
            f"'{obj.name}' is a library override, whose sliders come back when the file is opened: remove "
            "them in the file that it is linked from."
        )
    take = assigned_take(obj)
    if take is not None and take.action.library is None and not moves_others(take.action, take.slot, obj):
        curves = assigned_curves(obj)
        for path in curves.keys() & {path_of(name) for name in names}:
            take.remove_curve(curves[path])
    for name in names:
        obj.driver_remove(path_of(name))
        del obj[name]
    return len(names)


def asked_for(
    obj: bpy.types.Object,
    scene: bpy.types.Scene,
    line: SpeechLine,
    *,
    use_markers: bool = True,
    emotion: str = "",
) -> Asked:
    """What an object's sliders, the markers of a scene and an argument ask of the face. Changes nothing.

    Args:
        obj: what speaks.
        scene: where it speaks.
        line: the speech.
        use_markers: whether markers that are named like emotions count.
        emotion: as `core.generate.emotion.words.emotion_tag` takes it, from the start of the speech on; none
            where it is empty.

    Raises:
        InputError: no such emotion, a strength out of range, or a slider that holds no number.
    """
    fps = frame_rate(scene)
    tags = [emotion_tag(emotion)] if emotion else []
    if use_markers:
        tags += [_tag(marker, (marker.frame - line.start_frame) / fps) for marker in _markers(scene)]
    curves = _curves(obj, scene, line)
    notes = _misspelt(scene) if use_markers else ()
    if not tags and curves is None:
        return Asked(notes=notes)
    return Asked(EmotionDirections(tuple(tags), curves), notes)


def _markers(scene: bpy.types.Scene) -> list[bpy.types.TimelineMarker]:
    """The markers that are named like emotions."""
    return [marker for marker in scene.timeline_markers if is_emotion(marker.name)]


def _misspelt(scene: bpy.types.Scene) -> tuple[str, ...]:
    """Lines for the user about markers that are likely to be meant as emotions and are not."""
    meant = ((marker, meant_emotion(marker.name)) for marker in scene.timeline_markers)
    return tuple(
        f"Marker '{marker.name}' at frame {marker.frame} is no emotion: call it '{word}' if that is meant."
        for marker, word in meant
        if word is not None
    )


def _tag(marker: bpy.types.TimelineMarker, time: float) -> EmotionTag:
    try:
        return emotion_tag(marker.name, time)
    except InputError as error:
        raise InputError(f"Marker '{marker.name}' at frame {marker.frame}: {error}") from error


def _curves(obj: bpy.types.Object, scene: bpy.types.Scene, line: SpeechLine) -> EmotionCurves | None:
    """What the sliders say on each frame of the speech; None where all of them rest."""
    from ..bake.action import assigned_curves, playing_strips

    sliders = sliders_of(obj)
    drivers = _driven(obj)
    driven = {emotion: name for emotion, name in sliders.items() if path_of(name) in drivers}
    # Blender, too, leaves the keys of what has a driver alone.
    moving = {emotion: name for emotion, name in sliders.items() if emotion not in driven}
    still = {emotion: _number(obj, name) for emotion, name in moving.items()}
    curves = assigned_curves(obj)
    playing = {emotion: curves[path_of(name)] for emotion, name in moving.items() if path_of(name) in curves}
    keyed = {emotion: curve for emotion, curve in playing.items() if not (curve.mute or curve.is_empty)}
    paths = {path_of(name) for name in moving.values()}
    strips = [strip for strip, moved in playing_strips(obj) if moved & paths]
    if not (keyed or strips or driven) and not any(value > 0 for value in still.values()):
        return None
    ends = [*(curve.range()[1] for curve in keyed.values()), *(strip.frame_end for strip in strips)]
    if driven:
        ends.append(scene.frame_end)
    fps = frame_rate(scene)
    frames = _frames(line, fps, ends)
    values: dict[str, Iterable[float]] = {
        emotion: map(curve.evaluate, frames.tolist()) for emotion, curve in keyed.items()
    }
    played = sliders if strips else driven
    if played:
        values |= zip(played, _as_played(obj, list(played.values()), frames), strict=True)
    intensities = np.zeros((len(frames), len(EMOTIONS)), np.float32)
    for column, emotion in enumerate(EMOTIONS):
        if emotion in values:
            intensities[:, column] = np.fromiter(values[emotion], np.float32, len(frames))
        else:
            intensities[:, column] = still.get(emotion, 0.0)
    times = (frames - line.start_frame) / fps
    return EmotionCurves(times, np.clip(intensities, 0, 1))


def _frames(line: SpeechLine, fps: float, ends: Sequence[float]) -> NDArray[np.float64]:
    """The frames at which sliders are read: those of the speech, or as far as there are keys and strips."""
    seconds = line.expected_duration()
    if not ends:
        return np.array([line.start_frame], np.float64)
    last = max(ends) if seconds is None else line.start_frame + seconds * fps
    return np.arange(line.start_frame, max(last, line.start_frame) + 1, dtype=np.float64)


def _as_played(
    obj: bpy.types.Object, names: Sequence[str], frames: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Values (E, K) of some sliders at frames (K,), as drivers have them, or as Blender mixes strips and the
    action."""
    values = np.empty((len(names), len(frames)))
    paths = {path_of(name) for name in names}
    with stand_in(obj, driven=paths) as copy, evaluated_aside(copy) as at:
        for column, frame in enumerate(frames.tolist()):
            seen = copy.evaluated_get(at(int(frame)))
            values[:, column] = [seen[name] for name in names]
    return values


def _driven(obj: bpy.types.Object) -> set[str]:
    """Data paths that drivers move."""
    animation: Any = obj.animation_data
    return set() if animation is None else {each.data_path for each in animation.drivers if not each.mute}


def _number(obj: bpy.types.Object, name: str) -> float:
    """What a slider holds.

    Raises:
        InputError: something that is no number.
    """
    value = obj.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InputError(
            f"'{name}' of '{obj.name}' holds '{value}': expected a number from 0 to 1. Remove this property, "
            "and add the sliders anew."
        )
    return float(value)
