# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading the sequencer alike in Blender 4.2 to 5.2, where names and owners changed.

Found by comparing `bpy.ops.sound.mixdown` with the strips' properties (4.5, 5.0, 5.2):

- The true rate is `render.fps / render.fps_base`; a frame is at frame / rate seconds.
- Handles are whole frames. Sound t seconds into the file is heard at second
  `left_handle / rate - int(left_handle_offset + content_trim_start) / rate + sound_offset + t`:
  fractions of an offset are cut off, `sound_offset` (seconds, 4.5 and later) is not.
- Nothing is heard before the left handle or from the right handle on, also not of a strip inside a meta
  strip beyond the handles of that meta strip.
- Before 5.2 `animation_offset_start` pulls the sound to the left under an unmoved strip; in 5.2 the
  strip's start moves with it. The formula holds for both.
- Strips inside meta strips have frames of the scene, not of the meta strip.
- Retimed strips: see `retiming`.
"""

from collections.abc import Iterator
from typing import Any

import bpy

from ..core.errors import InputError

Strip = Any
"""bpy.types.Strip or one of its kinds; bpy.types.Sequence up to 4.3."""

_NAMES_5_2 = {
    "left_handle": "frame_final_start",
    "right_handle": "frame_final_end",
    "left_handle_offset": "frame_offset_start",
    "right_handle_offset": "frame_offset_end",
    "content_trim_start": "animation_offset_start",
    "content_trim_end": "animation_offset_end",
    "content_start": "frame_start",
    "content_duration": "frame_duration",
}
"""The names of 5.2 and what they were called before."""


def read(strip: Strip, name: str) -> Any:
    """A property of a strip by its name in 5.2."""
    return getattr(strip, name) if hasattr(strip, name) else getattr(strip, _NAMES_5_2[name])


def write(strip: Strip, name: str, value: float) -> None:
    """Set a property of a strip by its name in 5.2."""
    setattr(strip, name if hasattr(strip, name) else _NAMES_5_2[name], value)


def frame_rate(scene: bpy.types.Scene) -> float:
    """Frames per second, exactly."""
    return scene.render.fps / scene.render.fps_base


def sequencer_scene(context: bpy.types.Context) -> bpy.types.Scene:
    """The scene whose strips the sequencer shows (its own one from 5.0 on)."""
    scene = getattr(context, "sequencer_scene", None)
    if scene is None:
        scene = getattr(context.workspace, "sequencer_scene", None)
    return scene or context.scene


def strips_of(owner: Any) -> Any:
    """The strips directly inside a sequence editor or a meta strip."""
    return owner.strips if hasattr(owner, "strips") else owner.sequences


def all_strips(scene: bpy.types.Scene) -> list[Strip]:
    """Every strip of a scene, those inside meta strips too."""
    editor = scene.sequence_editor
    if editor is None:
        return []
    return list(editor.strips_all if hasattr(editor, "strips_all") else editor.sequences_all)


def find_strip(scene: bpy.types.Scene, name: str) -> Strip | None:
    """The strip of that name anywhere in the scene."""
    return next((strip for strip in all_strips(scene) if strip.name == name), None)


def sound_strips(strips: list[Strip]) -> Iterator[Strip]:
    """The sound strips among these strips and inside the meta strips among them."""
    for strip in strips:
        if strip.type == "SOUND":
            yield strip
        elif strip.type == "META":
            yield from sound_strips(list(strips_of(strip)))


def selected_sound_strips(scene: bpy.types.Scene) -> list[Strip]:
    """Selected sound strips where the sequencer stands (inside a meta strip or at the top)."""
    editor = scene.sequence_editor
    if editor is None:
        return []
    # A closed meta strip keeps old selections inside, which nobody sees.
    owner = editor.meta_stack[-1] if len(editor.meta_stack) else editor
    return list(sound_strips([strip for strip in strips_of(owner) if strip.select]))


def speech_strips(scene: bpy.types.Scene) -> list[Strip]:
    """The strips that the user means: selected sound strips, else the only one of the scene."""
    selected = selected_sound_strips(scene)
    if selected or scene.sequence_editor is None:
        return selected
    everything = list(sound_strips(list(strips_of(scene.sequence_editor))))
    return everything if len(everything) == 1 else []


def parents(scene: bpy.types.Scene, strip: Strip) -> list[Strip]:
    """The meta strips around a strip, from the innermost."""
    around: list[Strip] = []
    meta = strip.parent_meta()
    while meta is not None:
        around.append(meta)
        meta = meta.parent_meta()
    return around


def muted_by(scene: bpy.types.Scene, strip: Strip) -> str | None:
    """Why a strip is not heard: "it is muted", "channel 'X' is muted" and the like; None if it is heard."""
    around = parents(scene, strip)
    if strip.mute:
        return "it is muted"
    for meta in around:
        if meta.mute:
            return f"meta strip '{meta.name}' is muted"
    owners = [*around, scene.sequence_editor]
    for inner, owner in zip([strip, *around], owners, strict=True):
        # Channels are listed from 0, which no strip uses, so that index and number agree.
        channel = owner.channels[inner.channel]
        if channel.mute:
            return f"channel '{channel.name}' is muted"
    return None


def audible_frames(scene: bpy.types.Scene, strip: Strip) -> tuple[int, int]:
    """First frame and frame after the last one in which a strip can be heard; equal when never."""
    around = [strip, *parents(scene, strip)]
    first = max(int(read(each, "left_handle")) for each in around)
    last = min(int(read(each, "right_handle")) for each in around)
    return first, max(first, last)


def sound_origin(strip: Strip, rate: float) -> float:
    """The frame, not whole, at which the sound's own first sample lies (trimmed away or not)."""
    skipped = int(read(strip, "left_handle_offset") + read(strip, "content_trim_start"))
    return read(strip, "left_handle") - skipped + getattr(strip, "sound_offset", 0.0) * rate


def check_rates(context: bpy.types.Context, scene: bpy.types.Scene) -> None:
    """Refuse two frame rates: from 5.0 on the sequencer may show another scene than the 3D View.

    Raises:
        InputError: they are not the same.
    """
    if abs(frame_rate(scene) - frame_rate(context.scene)) > 1e-6:
        raise InputError(
            f"The sequencer's scene '{scene.name}' has {frame_rate(scene):.6g} frames a second and scene "
            f"'{context.scene.name}' {frame_rate(context.scene):.6g}: give both the same frame rate."
        )
