# SPDX-License-Identifier: GPL-3.0-or-later
"""Which key of a rig is driven by what: the list that is found by itself and that a user may edit.

A mapping is kept as a preset in a JSON file that is meant to be read and edited, a line for each key:

    {
    "soliloquy_mapping": 1,
    "method": "auto",
    "keys": [
    {"key": "Mouth_A", "channel": "VRM A", "gain": 1.2},
    {"key": "Hat", "use": false}
    ]
    }

The number is the version of the form. `channel`, `confidence`, `gain`, `offset`, `invert` and `use` may be
left out where they are as `MappedKey` has them; nothing else may be there.
"""

import json
import math
from collections.abc import Iterable
from dataclasses import MISSING, dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, Literal, get_args

from ..errors import InputError

Method = Literal["auto", "names", "shapes"]
"""How values of keys are found: from what their names mean, from what they are measured to do, or from the
names where these name a whole ARKit mouth and from the shapes otherwise."""

METHODS: Final[tuple[Method, ...]] = get_args(Method)

VERSION: Final = 1
"""Of the form of presets."""
_FORM: Final = "soliloquy_mapping"
_LARGEST: Final = 16 * 2**20
"""Bytes; a preset of a thousand keys has a hundredth of it."""


@dataclass(frozen=True)
class MappedKey:
    """One key of a rig: a shape key, or a pose of bones.

    Its value is offset + gain * x, or offset + gain * (1 - x) when inverted, for x from 0 (rest) to 1, and
    never leaves its range.

    Attributes:
        key: its name.
        channel: name of the channel (`core.retarget.channels.CHANNELS`) that it shows; "" when only its
            shape can tell.
        confidence: how sure that is, 0..1.
        gain: factor.
        offset: value at rest.
        invert: whether it is at rest at 1.
        use: whether it is driven at all.
    """

    key: str
    channel: str = ""
    confidence: float = 1.0
    gain: float = 1.0
    offset: float = 0.0
    invert: bool = False
    use: bool = True


@dataclass(frozen=True)
class RigMapping:
    """How a rig is driven.

    Attributes:
        keys: a row for each key, in the rig's order.
        method: how values are found.
    """

    keys: tuple[MappedKey, ...]
    method: Method = "auto"


_DEFAULTS: Final = {each.name: each.default for each in fields(MappedKey) if each.default is not MISSING}


def write_mapping(path: Path, mapping: RigMapping) -> None:
    """Write a preset; the file is whole or as it was.

    Raises:
        OutputError: it cannot be written.
    """
    # Files are written by a module that needs NumPy, which drawing a panel does without.
    from ..motion_files import whole_file

    rows = [
        json.dumps(
            {"key": row.key}
            | {name: getattr(row, name) for name, plain in _DEFAULTS.items() if getattr(row, name) != plain},
            ensure_ascii=False,
        )
        for row in mapping.keys
    ]
    with whole_file(Path(path), "w") as stream:
        head = (f'"{_FORM}": {VERSION}', f'"method": "{mapping.method}"', '"keys": [')
        stream.write("{\n" + ",\n".join(head) + "\n" + ",\n".join(rows) + "\n]\n}\n")


def read_mapping(path: Path) -> RigMapping:
    """Read a preset that `write_mapping` wrote, or somebody by hand.

    Raises:
        InputError: it cannot be read, or is no such preset.
    """
    path = Path(path)
    try:
        if path.stat().st_size > _LARGEST:
            raise InputError(
                f"'{path}' is too large for a mapping: choose a preset that Soliloquy has saved."
            )
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"Cannot read the mapping '{path}': {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"The mapping '{path}' is not UTF-8 text: save it as UTF-8.") from error
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"Line {error.lineno} of the mapping '{path}' is not JSON: {error.msg}.") from error
    except (RecursionError, ValueError) as error:
        raise InputError(f"'{path}' is not a mapping: choose a preset that Soliloquy has saved.") from error
    return _mapping(content, str(path))


def _mapping(content: Any, path: str) -> RigMapping:
    if not isinstance(content, dict) or _FORM not in content or not isinstance(content.get("keys"), list):
        raise InputError(f"'{path}' is not a mapping: choose a preset that Soliloquy has saved.")
    version = content[_FORM]
    if version != VERSION or isinstance(version, bool):
        raise InputError(
            f"The mapping '{path}' is of version {version}, expected {VERSION}: it needs another Soliloquy."
        )
    _check_names(content, (_FORM, "method", "keys"), f"The mapping '{path}'")
    method = content.get("method", "auto")
    if method not in METHODS:
        raise InputError(
            f"The mapping '{path}' has the method '{method}': expected one of {', '.join(METHODS)}."
        )
    rows: dict[str, MappedKey] = {}
    for number, entry in enumerate(content["keys"], 1):
        row = _row(entry, f"Key {number} of the mapping '{path}'")
        if row.key in rows:
            raise InputError(f"The mapping '{path}' has the key '{row.key}' twice: remove one of the two.")
        rows[row.key] = row
    return RigMapping(tuple(rows.values()), method)


def _row(entry: Any, where: str) -> MappedKey:
    if not isinstance(entry, dict) or not isinstance(entry.get("key"), str) or not entry["key"]:
        raise InputError(f"{where} has no name: expected 'key' and the key's name.")
    where = f"{where} ('{entry['key']}')"
    _check_names(entry, ("key", *_DEFAULTS), where)
    values: dict[str, Any] = {"key": entry["key"]}
    for name, plain in _DEFAULTS.items():
        value = entry.get(name, plain)
        if isinstance(plain, bool):
            if not isinstance(value, bool):
                raise InputError(f"{where} has the {name} {value!r}: expected true or false.")
        elif isinstance(plain, float):
            if isinstance(value, bool) or not isinstance(value, int | float) or not _is_finite(value):
                raise InputError(f"{where} has the {name} {value!r}: expected a finite number.")
            value = float(value)
        values[name] = value
    if not 0 <= values["confidence"] <= 1:
        raise InputError(f"{where} has the confidence {values['confidence']:g}: expected 0 to 1.")
    check_channel(values["channel"], where)
    return MappedKey(**values)


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def check_channel(name: Any, where: str) -> None:
    """Refuse a channel that there is not; "" is none.

    Args:
        name: of the channel.
        where: who names it, as the message begins: "Key 3 of ...".

    Raises:
        InputError: there is no such channel; names like it are in the message.
    """
    # Channels come from all naming conventions, and the rows of a list need none of them.
    from .channels import CHANNELS

    if name == "" or (isinstance(name, str) and name in CHANNELS):
        return
    by_lower_case = {each.casefold(): each for each in CHANNELS}
    close = get_close_matches(str(name).casefold(), by_lower_case, n=3, cutoff=0.6)
    meant = " or ".join(f"'{by_lower_case[each]}'" for each in close)
    raise InputError(
        f"{where} has the channel '{name}', which is not known"
        + (f": did you mean {meant}?" if meant else ": choose one of Soliloquy's list, or leave it out.")
    )


def _check_names(content: dict[str, Any], known: Iterable[str], where: str) -> None:
    known = tuple(known)
    unknown = [name for name in content if name not in known]
    if unknown:
        raise InputError(f"{where} has '{unknown[0]}': expected {', '.join(known)}.")
