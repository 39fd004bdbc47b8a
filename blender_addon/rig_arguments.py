# SPDX-License-Identifier: GPL-3.0-or-later
"""Arguments of `--command soliloquy` that say what carries head and eyes, and what they mean."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import bpy

from ..core.errors import InputError
from .rig import rig_of

if TYPE_CHECKING:
    from ..bake.pose import Carrier, HeadRig

CAMERA: Final = "camera"
"""What --look-at calls the scene's camera."""


def add_rig_arguments(parser: argparse.ArgumentParser) -> None:
    """Add them."""
    from ..bake.pose.rig import FACINGS

    rig = parser.add_argument_group(
        "what carries head and eyes",
        "By default as chosen in the panel, else as found by the names that common rigs give their bones. A "
        "CARRIER is ARMATURE/BONE, or the name of an object or empty that turns.",
    )
    rig.add_argument("--head-bone", metavar="CARRIER", help="what turns the head: 'Armature/head'")
    rig.add_argument(
        "--neck-bone",
        metavar="CARRIER",
        help="what turns below it and takes a share of the turn (default: none below a --head-bone that is "
        "not the one that is found)",
    )
    rig.add_argument(
        "--neck-share", type=float, metavar="SHARE", help="share of the turn that the neck takes, 0 to 1"
    )
    rig.add_argument(
        "--eye-bones",
        nargs=2,
        metavar=("LEFT", "RIGHT"),
        help="what turns the character's own left and right eye, or what they look at: two CARRIERs",
    )
    rig.add_argument(
        "--facing",
        choices=FACINGS,
        help="axis of the armature or object to which the face looks at rest; write '--facing=-Y'",
    )
    rig.add_argument(
        "--gaze-on",
        choices=("both", "keys", "bones"),
        default="both",
        help="what turns the eyes: shape keys, eye bones or objects, or both where there are both (default "
        "both)",
    )
    rig.add_argument(
        "--head-mode",
        choices=("replace", "add"),
        default="replace",
        help="replace the animation that the head has in these frames, or add to it (default replace)",
    )
    rig.add_argument(
        "--head-limits",
        nargs=3,
        type=float,
        default=(60.0, 40.0, 30.0),
        metavar=("YAW", "PITCH", "ROLL"),
        help="how far the head turns, nods and tilts at most, in degrees (default 60 40 30)",
    )


def rig_from(args: argparse.Namespace, obj: bpy.types.Object) -> HeadRig:
    """What carries an object's head and eyes, by the arguments and else as the object itself has it.

    Raises:
        InputError: an object or bone is not there, or the neck's share is no share.
    """
    found = rig_of(obj)
    given: dict[str, Any] = {}
    if args.head_bone is not None:
        given["head"] = carrier_named(args.head_bone)
        if given["head"] != found.head:
            # The neck that was found is below another head.
            given["neck"] = None
    if args.neck_bone is not None:
        given["neck"] = carrier_named(args.neck_bone)
    if args.neck_share is not None:
        if not 0 <= args.neck_share <= 1:
            raise InputError(f"The neck's share is {args.neck_share:g}: expected 0 to 1.")
        given["neck_share"] = args.neck_share
    if args.eye_bones is not None:
        given["left_eye"], given["right_eye"] = map(carrier_named, args.eye_bones)
    if args.facing is not None:
        given["facing"] = args.facing
    return replace(found, **given)


def carrier_named(text: str) -> Carrier:
    """The object, or the bone of an armature, that ARMATURE/BONE names. Names may hold slashes.

    Raises:
        InputError: there is none.
    """
    from ..bake.pose import Carrier

    if text in bpy.data.objects:
        return Carrier(text)
    for place in (index for index, letter in enumerate(text) if letter == "/"):
        obj, bone = bpy.data.objects.get(text[:place]), text[place + 1 :]
        if obj is not None and obj.pose is not None and bone in obj.pose.bones:
            return Carrier(obj.name, bone)
    raise InputError(f"There is no object or bone '{text}': write ARMATURE/BONE, or the name of an object.")


def look_target_named(name: str | None, scene: bpy.types.Scene) -> bpy.types.Object | None:
    """What the eyes look at; None for straight ahead.

    Raises:
        InputError: there is no such object, or no camera.
    """
    if name is None:
        return None
    found = bpy.data.objects.get(name)
    if found is None and name.lower() == CAMERA:
        if scene.camera is None:
            raise InputError("The scene has no camera that the eyes could look at.")
        return scene.camera
    if found is None:
        raise InputError(f"There is no object '{name}' that the eyes could look at.")
    return found
