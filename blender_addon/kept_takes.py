# SPDX-License-Identifier: GPL-3.0-or-later
"""The takes of a head, of shape keys and of vertices alike."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import bpy

from ..core.errors import InputError
from .face_bones import takes_owner
from .texts import iface

if TYPE_CHECKING:
    from ..bake.takes import TakeFacts
    from ..bake.vertices import VertexTake

SHAPE_KEYS: Final = "SHAPE_KEYS"
VERTICES: Final = "VERTICES"

RECORDED: Final = "Live Link Face"
"""In the place of a model: a take that was recorded."""


@dataclass(frozen=True)
class KeptTake:
    """A take that a head can show.

    Attributes:
        kind: SHAPE_KEYS or VERTICES.
        name: unique among the head's takes of this kind.
        facts: how its sounds were made, the latest last; empty where nobody knows.
        is_shown: whether the head shows it now.
    """

    kind: str
    name: str
    facts: tuple[TakeFacts, ...]
    is_shown: bool


def kept_takes(obj: bpy.types.Object | None) -> tuple[KeptTake, ...]:
    """Every take of a head. Panels draw with it."""
    if obj is None:
        return ()
    from ..bake.takes import facts_from_text, shape_key_takes
    from ..bake.vertices import vertex_takes

    vertices = vertex_takes(obj)
    is_hidden = any(take.is_shown for take in vertices)
    # Shown vertices hide what the shape keys do.
    keys = [
        KeptTake(SHAPE_KEYS, each.name, each.facts, each.is_shown and not is_hidden)
        for each in shape_key_takes(takes_owner(obj))
    ]
    moved = [KeptTake(VERTICES, each.name, facts_from_text(each.facts), each.is_shown) for each in vertices]
    return (*keys, *moved)


def show_kept_take(obj: bpy.types.Object, kind: str, name: str) -> None:
    """Have a head show one of its takes.

    Raises:
        BakeError: there is no such take any more.
    """
    from ..bake.pose.pose_takes import show_pose_of_vertices
    from ..bake.takes import show_take
    from ..bake.vertices import hide_vertex_takes, show_vertex_take

    if kind == VERTICES:
        show_vertex_take(obj, name)
        show_pose_of_vertices(obj, name)
        return
    show_take(takes_owner(obj), name)
    hide_vertex_takes(obj)


def remove_kept_take(obj: bpy.types.Object, kind: str, name: str) -> None:
    """Remove a take that the head does not show.

    Raises:
        BakeError: it is shown, or used elsewhere, or not there any more.
    """
    from ..bake.takes import remove_take
    from ..bake.vertices import forget_vertex_take

    if kind == VERTICES:
        shown = shown_vertex_take(obj)
        if shown is not None and shown.name == name:
            raise InputError(f"'{obj.name}' shows take '{name}': show another one before you remove it.")
        forget_vertex_take(obj, name)
        return
    remove_take(takes_owner(obj), name)


def shown_vertex_take(obj: bpy.types.Object) -> VertexTake | None:
    """The vertex take that a head shows."""
    from ..bake.vertices import vertex_takes

    return next((take for take in vertex_takes(obj) if take.is_shown), None)


def hide_vertices(obj: bpy.types.Object, rollback: ExitStack) -> None:
    """Have a head show its shape keys; what showed vertices is put back when `rollback` unwinds."""
    from ..bake.vertices import hide_vertex_takes, show_vertex_take

    shown = shown_vertex_take(obj)
    if shown is not None:
        rollback.callback(show_vertex_take, obj, shown.name)
        hide_vertex_takes(obj)


def next_take(obj: bpy.types.Object, sound: str, seed: int) -> tuple[int, str]:
    """Seed and name of the next take of a sound: the first seed from this one on that no take has."""
    from ..bake.takes import seeds_made, take_name

    vertices = (each for take in kept_takes(obj) if take.kind == VERTICES for each in take.facts)
    made = seeds_made(takes_owner(obj), sound) | {each.seed for each in vertices if each.sound == sound}
    while seed in made:
        seed += 1
    return seed, take_name(sound, seed if made else None)


def words_for(facts: TakeFacts) -> str:
    """How a sound of a take was made, for the panel: "MeshTalk, lively, seed 3"."""
    from ..core.generate.models import MODELS
    from ..core.generate.style_presets import PRESETS

    if facts.model == RECORDED:
        return facts.model
    model = MODELS[facts.model].label if facts.model in MODELS else facts.model
    # Names in the middle of a line.
    sampling = iface(facts.sampling.capitalize()).lower() if facts.sampling else ""
    style = iface(PRESETS[facts.style].label).lower() if facts.style in PRESETS else facts.style
    seed = iface("seed {seed}").format(seed=facts.seed)
    return ", ".join(each for each in (model, sampling, style, seed) if each)


def check_is_there(obj: bpy.types.Object | None) -> bpy.types.Object:
    """The head whose takes are meant.

    Raises:
        InputError: none is selected.
    """
    if obj is None:
        raise InputError("No head is selected.")
    return obj
