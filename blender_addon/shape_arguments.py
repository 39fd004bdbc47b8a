# SPDX-License-Identifier: GPL-3.0-or-later
"""Arguments of `--command soliloquy` for the making of shape keys, and what they mean."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy

from ..core.errors import InputError
from .shape_making import make_at_once, missing_shapes

Marks = dict[str, tuple[float, float, float]]


def add_shape_arguments(parser: argparse.ArgumentParser) -> None:
    """Add those that every command has."""
    shapes = parser.add_argument_group("how shape keys are made")
    shapes.add_argument(
        "--marks",
        metavar="FILE.json",
        help="places of the face where it is not found by itself: an object with some of "
        f"{', '.join(_names())}, each [x, y, z] in the coordinates of the mesh; right and left are the "
        "character's own. By default the marks that were placed in the panel",
    )
    shapes.add_argument(
        "--no-parts",
        action="store_true",
        help="make shape keys on the object alone, and not on the eyes, teeth, tongue and lashes in its head",
    )
    shapes.add_argument(
        "--replace-changed",
        action="store_true",
        help="make those shape keys anew too that were changed after they had been made so",
    )


def add_make_shapes(parser: argparse.ArgumentParser) -> None:
    """Add the switch, for commands that do something else with the keys."""
    parser.add_argument(
        "--make-shapes",
        action="store_true",
        help="first make the ARKit shape keys that the object lacks; 'make-shapes --help' tells more",
    )
    add_shape_arguments(parser)


def make_missing(args: argparse.Namespace, obj: bpy.types.Object) -> tuple[str, ...]:
    """Make the ARKit shapes that an object lacks, if any; gives notes for the user, a line each.

    Raises:
        SoliloquyError: they cannot be made.
    """
    if obj.type == "MESH" and not missing_shapes(obj):
        return ()
    return made_by(args, obj)[1]


def made_by(
    args: argparse.Namespace,
    obj: bpy.types.Object,
    progress: Callable[[float], None] = lambda fraction: None,
) -> tuple[str, tuple[str, ...]]:
    """Make shape keys as the arguments say.

    Returns:
        What was made, in one line, and notes for the user, a line each.

    Raises:
        SoliloquyError: they cannot be made.
    """
    marks = None if args.marks is None else read_marks(Path(bpy.path.abspath(args.marks)))
    parts = () if args.no_parts else None
    return make_at_once(obj, parts=parts, marks=marks, replace=args.replace_changed, progress=progress)


def tell(notes: tuple[str, ...]) -> None:
    """Print notes for the user."""
    for note in notes:
        print(f"soliloquy: warning: {note}", file=sys.stderr)


def read_marks(path: Path) -> Marks:
    """Read a file of marks.

    Raises:
        InputError: it cannot be read, or holds something else.
    """
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(f"Cannot read the marks '{path}': {error.strerror or error}.") from error
    except ValueError as error:
        raise InputError(f"The marks '{path}' are not JSON: {error}.") from error
    if not isinstance(content, dict) or not content:
        raise InputError(f"The marks '{path}' are no object such as {{\"nose_tip\": [0.0, -0.1, 1.6], ...}}.")
    unknown = [name for name in content if name not in _names()]
    if unknown:
        raise InputError(
            f"The marks '{path}' have an unknown name '{unknown[0]}': expected some of {', '.join(_names())}."
        )
    for name, place in content.items():
        if not _is_place(place):
            raise InputError(f"Mark '{name}' of '{path}' is no place: expected three numbers, [x, y, z].")
    return {name: (float(x), float(y), float(z)) for name, (x, y, z) in content.items()}


def _is_place(place: object) -> bool:
    if not isinstance(place, list) or len(place) != 3:
        return False
    return all(
        isinstance(number, int | float) and not isinstance(number, bool) and math.isfinite(number)
        for number in place
    )


def _names() -> tuple[str, ...]:
    from ..core.head.registration.face_search import MARKS

    return MARKS
