# SPDX-License-Identifier: GPL-3.0-or-later
"""Arguments of `--command soliloquy` that say how the keys of a rig are driven, and what they mean."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import bpy

from .mapping import companions_of, detected, mapping_of, preset_for

if TYPE_CHECKING:
    from ..core.retarget.mapping import RigMapping


def add_mapping_arguments(parser: argparse.ArgumentParser) -> None:
    """Add them."""
    from ..core.retarget.mapping import METHODS

    mapping = parser.add_argument_group(
        "which keys are driven by what",
        "By default as chosen in the panel, else as found by the names and the shapes of the keys.",
    )
    mapping.add_argument(
        "--mapping",
        metavar="PRESET.json",
        help="a mapping that the panel's Save Preset wrote; '//' starts at the .blend file's folder",
    )
    mapping.add_argument(
        "--method",
        choices=METHODS,
        help="how the values of keys are found: by what their names mean, by what they are measured to do, "
        "or by the names where these are a whole ARKit mouth (auto)",
    )
    mapping.add_argument(
        "--no-companions",
        action="store_true",
        help="animate the object alone, and not the teeth, tongue, lashes and the like that belong to it",
    )


def mapping_from(
    args: argparse.Namespace, obj: bpy.types.Object, preset: Path | None = None
) -> RigMapping | None:
    """How an object is driven, by the arguments and else as the object itself has it.

    Args:
        args: what was given.
        obj: the object.
        preset: a file that takes the place of `--mapping`.

    Raises:
        InputError: the preset cannot be read, or fits none of the keys.
    """
    from ..core.retarget.mapping import RigMapping

    if preset is None and args.mapping is not None:
        preset = Path(bpy.path.abspath(args.mapping))
    if preset is None:
        mapping = mapping_of(obj)
    else:
        mapping, notes = preset_for(obj, preset)
        for note in notes:
            print(f"soliloquy: warning: {note}", file=sys.stderr)
    if args.method is not None:
        mapping = replace(mapping or RigMapping(detected(obj).keys), method=args.method)
    return mapping


def companions_from(args: argparse.Namespace, obj: bpy.types.Object) -> tuple[bpy.types.Object, ...]:
    """What is animated along with an object."""
    return () if args.no_companions else companions_of(obj)
