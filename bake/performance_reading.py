# SPDX-License-Identifier: GPL-3.0-or-later
"""What a head's action says, as a FaceMotion: anybody's animation, to speak like it.

F-curves are evaluated, and the scene stays as it is. Values of shape keys become ARKit weights by what the
keys are (`core.retarget.weights_of_keys`); what a take of Soliloquy's own was made of is kept with it
(`layers`) and given back exactly as long as its curves are as they were baked. Of faces made of bones there
is only this. Vertex takes are read from their caches.
"""

from dataclasses import replace
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from ..core.errors import InputError
from ..core.generate.styles import SHORTEST_STYLE
from ..core.motion import FaceMotion
from ..core.retarget.arkit import ARKIT_NAMES, FACE_PARTS, PARTS, arkit_indices
from ..core.retarget.mapping import RigMapping
from ..core.retarget.measured_shapes import MeasuredShapes
from .action import held_by
from .curve_values import playing_curves
from .errors import BakeError
from .hierarchy import armatures_of
from .key_performance import frames_between, mouth_moves, moves_no_mouth, read_key_weights
from .layers import read_layers
from .meshes import shape_keys_of
from .recording import completed
from .takes import shape_key_takes
from .vertices.takes import VertexTake, vertex_takes
from .vertices.vertex_reading import read_vertex_weights

Owner = bpy.types.Key | bpy.types.Object
"""What is animated: the shape keys of a mesh, or an armature."""


def read_performance(
    obj: bpy.types.Object | None,
    *,
    fps: float | None = None,
    frame_range: tuple[int, int] | None = None,
    action: bpy.types.Action | str | None = None,
    mapping: RigMapping | None = None,
    shapes: MeasuredShapes | None = None,
) -> FaceMotion:
    """What the action of a head says, as ARKit weights with what follows from them. Changes nothing.

    Linked and overridden heads can be read too. Keys that nothing animates count as at rest, whatever their
    sliders say.

    Args:
        obj: the mesh with the shape keys, or the armature of a face that bones move.
        fps: of the result; the scene's true rate by default.
        frame_range: first and last frame of the action to read, both included; all of it by default.
        action: another one than the head plays, or the name of one or of a vertex take (`performances_of`).
        mapping: which shape key is what, with gain, offset and inversion; by default as the names say.
        shapes: what the shape keys do, where that is known already. Keys whose names say nothing are measured
            when no other key moves the mouth.

    Raises:
        InputError: an argument that cannot be used.
        BakeError: nothing selected that has a face, no action, one that moves no mouth, or one that is too
            short.
    """
    scene = bpy.context.scene
    assert scene is not None  # Blender always has one
    rate = scene.render.fps / scene.render.fps_base
    if fps is not None and not (np.isfinite(fps) and 1 <= fps <= 1000):
        raise InputError(f"fps is {fps}: expected 1 to 1000 frames per second.")
    if frame_range is not None and frame_range[0] > frame_range[1]:
        raise InputError(
            f"The range is {frame_range[0]} to {frame_range[1]}: expected the first frame before the last."
        )
    wanted = rate if fps is None else fps
    step = rate / wanted
    cache = _cache_of(obj, action)
    if obj is not None and cache is not None:
        name, weights = cache.name, _read_cache(obj, cache, frame_range, step)
    else:
        chosen = _named(action) if isinstance(action, str) else action
        owner, holder = _owner_of(obj, chosen)
        played, speed = _action_of(owner, holder, chosen)
        name = played.name
        if isinstance(owner, bpy.types.Key):
            weights = read_key_weights(holder, played, frame_range, step * speed, mapping, shapes)
        else:
            weights = _read_bones(holder, played, frame_range, step * speed)
    motion = replace(FaceMotion.still(len(weights), wanted), weights=weights)
    if motion.duration < SHORTEST_STYLE:
        raise BakeError(
            f"'{name}' lasts {motion.duration:.1f} s: expected {SHORTEST_STYLE:g} s or more to tell "
            "how somebody speaks. Choose a longer performance."
        )
    return completed(motion)


def performances_of(obj: bpy.types.Object | None) -> tuple[str, ...]:
    """Names of what `read_performance` may be asked for: what a head does now first, then its other takes.

    Panels draw with it; nothing is made or changed.
    """
    if obj is None:
        return ()
    caches = vertex_takes(obj) if obj.type == "MESH" else ()
    names = [each.name for each in caches if each.is_shown]
    try:
        owner, holder = _owner_of(obj, None)
        takes = [each.name for each in shape_key_takes(holder)]
        names.append(_action_of(owner, holder, None)[0].name)
    except BakeError:
        takes = [each.name for each in shape_key_takes(obj)]
    return tuple(dict.fromkeys([*names, *takes, *(each.name for each in caches)]))


def _cache_of(obj: bpy.types.Object | None, action: bpy.types.Action | str | None) -> VertexTake | None:
    """The vertex take that is to be read; None where it is an action.

    A shown one hides what shape keys do. Of an action and a cache of one name it is what is shown.
    """
    if obj is None or obj.type != "MESH" or isinstance(action, bpy.types.Action):
        return None
    takes = vertex_takes(obj)
    shown = next((each for each in takes if each.is_shown), None)
    if action is None or (shown is not None and shown.name == action):
        return shown
    if any(each.name == action for each in bpy.data.actions):
        return None
    return next((each for each in takes if each.name == action), None)


def _read_cache(
    obj: bpy.types.Object, take: VertexTake, frame_range: tuple[int, int] | None, step: float
) -> NDArray[np.float32]:
    """Weights (F, 52) of a vertex take."""
    first, last = frame_range or (take.start_frame, take.start_frame + take.frames - 1)
    weights = read_vertex_weights(obj, take, frames_between(first, last, step))
    if not mouth_moves(weights):
        raise moves_no_mouth(take.name, obj)
    return weights


def _owner_of(
    obj: bpy.types.Object | None, chosen: bpy.types.Action | None
) -> tuple[Owner, bpy.types.Object]:
    """What is animated of a face, and the object that it belongs to."""
    if obj is None or not (obj.type == "ARMATURE" or isinstance(obj.data, bpy.types.Mesh)):
        raise BakeError("No head is selected: select a mesh with shape keys, or the armature of a face.")
    if obj.type == "ARMATURE":
        return obj, obj
    mesh: Any = obj.data
    if mesh.shape_keys is None or not _moves_some(mesh.shape_keys, chosen):
        # A face made of bones may have shape keys beside, that correct what bones do.
        for armature in armatures_of(obj):
            action = chosen or _active_action(armature)
            if action is not None and read_layers(action, held_by(action, armature)[0]):
                return armature, armature
    return shape_keys_of(obj), obj


def _moves_some(keys: bpy.types.Key, action: bpy.types.Action | None) -> bool:
    """Whether an action, by default the one that they play, moves some shape keys."""
    action = action or _active_action(keys)
    return action is not None and bool(playing_curves(keys, held_by(action, keys)[1]))


def _active_action(owner: Owner) -> bpy.types.Action | None:
    return None if owner.animation_data is None else owner.animation_data.action


def _named(name: str) -> bpy.types.Action:
    actions: Any = bpy.data.actions  # Any: type stubs do not know that names may have a library
    action = actions.get((name, None)) or actions.get(name)
    if action is None:
        raise BakeError(f"There is no take '{name}' any more.")
    return action


def _action_of(
    owner: Owner, holder: bpy.types.Object, chosen: bpy.types.Action | None
) -> tuple[bpy.types.Action, float]:
    """The action to read, and its frames for each frame of the scene.

    It is the chosen one, else the active one, else that of the active NLA strip.
    """
    action = chosen or _active_action(owner)
    if action is not None:
        return action, 1.0
    animation: Any = owner.animation_data
    tracks = [] if animation is None else [track for track in animation.nla_tracks if not track.mute]
    strips = [strip for track in tracks for strip in track.strips if strip.action is not None]
    selected = [strip for strip in strips if strip.select]
    for some in ([strip for strip in strips if strip.active][:1], selected, strips):
        if len(some) == 1:
            return some[0].action, 1 / (some[0].scale or 1.0)
    if strips:
        raise BakeError(
            f"'{holder.name}' plays {len(strips)} NLA strips: select the one to read, or give its action to "
            "the head."
        )
    raise BakeError(
        f"'{holder.name}' has no action that moves its face: choose one in the Action Editor, or animate the "
        "head first."
    )


def _read_bones(
    obj: bpy.types.Object, action: bpy.types.Action, frame_range: tuple[int, int] | None, step: float
) -> NDArray[np.float32]:
    """Weights (F, 52) of a take of a face made of bones: what is kept with it."""
    layers = read_layers(action, held_by(action, obj)[0])
    layers = {part: layer for part, layer in layers.items() if part in FACE_PARTS and layer.spans}
    if "Mouth" not in layers:
        raise BakeError(
            f"'{action.name}' holds no take of Soliloquy's for the bones of '{obj.name}': of faces that "
            "bones move only these can be read. Choose such a take, or a recording in a file."
        )
    spans = [span for layer in layers.values() for span in layer.spans]
    span = frame_range or (min(low for _, low, _ in spans), max(high for _, _, high in spans))
    frames = frames_between(*span, step)
    weights = np.zeros((len(frames), len(ARKIT_NAMES)), np.float32)
    for part, layer in layers.items():
        names = PARTS.get(part, ARKIT_NAMES)
        weights[:, arkit_indices(names)] += layer.sampled(names, frames)
    weights = np.clip(weights, 0, 1)
    if not mouth_moves(weights):
        raise moves_no_mouth(action.name, obj)
    return weights
