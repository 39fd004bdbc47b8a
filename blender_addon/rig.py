# SPDX-License-Identifier: GPL-3.0-or-later
"""What carries head, neck and eyes of a character: found by itself, or as the user chose it.

The choice is kept with the object that speaks (`obj.soliloquy_rig` and its kin), because a scene has several
characters. It can be edited in library overrides.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import EnumProperty, FloatProperty, PointerProperty, StringProperty

from .package import CONTEXT
from .texts import iface

if TYPE_CHECKING:
    from ..bake.pose import Carrier, HeadRig

_OVERRIDABLE: Any = {"LIBRARY_OVERRIDABLE"}


def _can_carry(self: object, obj: bpy.types.Object) -> bool:
    return obj.type in {"ARMATURE", "EMPTY", "MESH"}


def _carrier(of: str, *, name: str, description: str) -> dict[str, Any]:
    """Properties of one carrier: an object, and the bone where it is an armature."""
    return {
        f"soliloquy_{of}": PointerProperty(
            type=bpy.types.Object,
            name=name,
            translation_context=CONTEXT,
            description=description,
            override=_OVERRIDABLE,
            poll=_can_carry,
        ),
        f"soliloquy_{of}_bone": StringProperty(
            name="Bone",
            translation_context=CONTEXT,
            description="Bone of the armature: the control that an animator would turn",
            override=_OVERRIDABLE,
        ),
    }


CARRIERS: Final = ("head", "neck", "left_eye", "right_eye")
"""The carriers of a rig, in the order of the panel."""

PROPERTIES: Final[dict[str, Any]] = {
    "soliloquy_rig": EnumProperty(
        name="Rig",
        translation_context=CONTEXT,
        description="What carries head, neck and eyes of this character",
        items=[
            ("AUTOMATIC", "Automatic", "What is found by the names that common rigs give it"),
            ("CHOSEN", "Chosen", "What is chosen below. Find Bones fills it in, to be edited"),
        ],
        default="AUTOMATIC",
        override=_OVERRIDABLE,
    ),
    **_carrier("head", name="Head", description="Armature, empty or object that turns the head"),
    **_carrier(
        "neck",
        name="Neck",
        description="Armature, empty or object that turns below the head and takes a share of the turn",
    ),
    "soliloquy_neck_share": FloatProperty(
        name="Neck Share",
        translation_context=CONTEXT,
        description="How much of the turn the neck does; the head does the rest",
        default=0.4,
        min=0.0,
        max=1.0,
        subtype="FACTOR",
        override=_OVERRIDABLE,
    ),
    **_carrier(
        "left_eye",
        name="Left Eye",
        description="What turns the character's own left eye, or what that eye looks at",
    ),
    **_carrier(
        "right_eye",
        name="Right Eye",
        description="What turns the character's own right eye, or what that eye looks at",
    ),
    "soliloquy_facing": EnumProperty(
        name="Face Looks To",
        translation_context=CONTEXT,
        description="The axis of the armature or object to which the face looks at rest",
        items=[
            (
                "AUTO",
                "Automatic",
                "As the rig's left and right bones say it, else -Y, as in Blender",
            ),
            ("-Y", "-Y", "With Z up, as Blender's characters stand"),
            ("Y", "Y", "With Z up"),
            ("X", "X", "With Z up"),
            ("-X", "-X", "With Z up"),
            ("Z", "Z", "With Y up, as glTF and Mixamo have it"),
            ("-Z", "-Z", "With Y up"),
        ],
        default="AUTO",
        override=_OVERRIDABLE,
    ),
}
"""Properties of objects. Each stands for itself and not in a group, because in a library override Blender
keeps a group only where the library's own file has it already."""


def register() -> None:
    """Give objects their rigs."""
    for name, prop in PROPERTIES.items():
        setattr(bpy.types.Object, name, prop)


def unregister() -> None:
    """Take the properties back; what was chosen stays in the file."""
    for name in PROPERTIES:
        delattr(bpy.types.Object, name)


def rig_of(obj: bpy.types.Object) -> "HeadRig":
    """What carries the head of an object that speaks."""
    from ..bake.pose import HeadRig, suggest_rig

    chosen: Any = obj
    if chosen.soliloquy_rig == "AUTOMATIC":
        return suggest_rig(obj)
    return HeadRig(
        head=_chosen(obj, "head"),
        neck=_chosen(obj, "neck"),
        neck_share=chosen.soliloquy_neck_share,
        left_eye=_chosen(obj, "left_eye"),
        right_eye=_chosen(obj, "right_eye"),
        facing=chosen.soliloquy_facing,
    )


def _chosen(obj: bpy.types.Object, name: str) -> "Carrier | None":
    from ..bake.pose import Carrier

    carrier = getattr(obj, f"soliloquy_{name}")
    if carrier is None:
        return None
    return Carrier(carrier.name, getattr(obj, f"soliloquy_{name}_bone") if carrier.type == "ARMATURE" else "")


def choose(obj: bpy.types.Object, rig: "HeadRig") -> None:
    """Make a rig the choice of an object."""
    from ..bake.pose.joints import find_object

    for name in CARRIERS:
        carrier = getattr(rig, name)
        setattr(obj, f"soliloquy_{name}", None if carrier is None else find_object(carrier.object_name))
        setattr(obj, f"soliloquy_{name}_bone", "" if carrier is None else carrier.bone)
    chosen: Any = obj
    chosen.soliloquy_neck_share, chosen.soliloquy_facing = rig.neck_share, rig.facing
    chosen.soliloquy_rig = "CHOSEN"


def carriers_of(rig: "HeadRig") -> "tuple[Carrier, ...]":
    """Everything that a rig turns, the head first."""
    every = (rig.head, rig.neck, rig.left_eye, rig.right_eye)
    return tuple(each for each in every if each is not None)


def check_bones(rig: "HeadRig") -> None:
    """Refuse an armature without a bone: the whole character would turn.

    Raises:
        BakeError: there is one.
    """
    from ..bake import BakeError
    from ..bake.pose.joints import find_object

    for each in carriers_of(rig):
        obj = find_object(each.object_name)
        if obj is not None and obj.type == "ARMATURE" and not each.bone:
            raise BakeError(f"'{each.object_name}' is an armature: choose the bone of it that turns.")


def uids_of(rig: "HeadRig") -> dict[str, int]:
    """Session UIDs of a rig's objects, by their names."""
    from ..bake.pose.joints import find_object

    found = {each.object_name: find_object(each.object_name) for each in carriers_of(rig)}
    return {name: obj.session_uid for name, obj in found.items() if obj is not None}


def as_it_is_now(rig: "HeadRig", uids: dict[str, int]) -> "HeadRig":
    """A rig whose objects may have been renamed since their UIDs were taken."""
    names = {obj.session_uid: obj.name for obj in bpy.data.objects}

    def now(carrier: "Carrier | None") -> "Carrier | None":
        if carrier is None or carrier.object_name not in uids:
            return carrier
        return replace(carrier, object_name=names.get(uids[carrier.object_name], carrier.object_name))

    return replace(
        rig,
        head=now(rig.head),
        neck=now(rig.neck),
        left_eye=now(rig.left_eye),
        right_eye=now(rig.right_eye),
    )


def found_carriers(obj: bpy.types.Object) -> tuple[str, str]:
    """What carries a head, for the panel, with an icon: "Armature > head, neck"."""
    rig = rig_of(obj)
    if rig.head is None:
        return iface("Nothing was found that carries the head: choose it under Rig"), "INFO"
    bones: dict[str, list[str]] = {}
    for each in carriers_of(rig):
        bones.setdefault(each.object_name, []).extend([each.bone] if each.bone else [])
    lines = [f"{name} > {', '.join(each)}" if each else name for name, each in bones.items()]
    return "; ".join(lines), "BONE_DATA" if rig.head.bone else "EMPTY_AXIS"
