# SPDX-License-Identifier: GPL-3.0-or-later
"""Phone tracks to and from files: JSON and Praat TextGrid."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from .errors import InputError
from .motion import Phone, Word
from .motion_files import whole_file
from .phone_track import PhoneTrack
from .phones import PHONE_INDEX, SILENCE_PHONE
from .textgrid import Interval, Tier, parse_textgrid, write_textgrid

_PHONES: Final = "phones"
_WORDS: Final = "words"
_SILENT: Final = frozenset({"", "sil", "sp", "spn", "<eps>", "<p:>", "#"})
_DIGITS: Final = 6


def write_json(path: Path, track: PhoneTrack) -> None:
    """Write duration, phones, words and notes; each phone and word as [name, start, end, confidence]."""

    content: dict[str, Any] = {
        "duration": round(track.duration, _DIGITS),
        _PHONES: [_row(phone.name, phone) for phone in track.phones],
        _WORDS: [_row(word.text, word) for word in track.words],
        "notes": list(track.notes),
    }
    with whole_file(path, "w") as stream:
        # A phone a line: people read these files.
        lines = []
        for key, value in content.items():
            rows = [json.dumps(row, ensure_ascii=False) for row in value] if isinstance(value, list) else []
            text = "[\n  " + ",\n  ".join(rows) + "\n ]" if rows else json.dumps(value)
            lines.append(f' "{key}": {text}')
        stream.write("{\n" + ",\n".join(lines) + "\n}\n")


def _row(name: str, item: Phone | Word) -> list[str | float]:
    return [name, *(round(value, _DIGITS) for value in (item.start, item.end, item.confidence))]


def read_json(path: Path) -> PhoneTrack:
    """Read a track written by `write_json`, or a plain list of [phone, start, end].

    Raises:
        InputError: the file is missing or not such a track.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(f"Cannot read the phones '{path}': {error.strerror or error}.") from error
    except ValueError as error:
        raise InputError(f"The phones '{path}' are not JSON: write them again.") from error
    if isinstance(content, list):
        content = dict[str, Any](phones=content)
    try:
        phones = tuple(_phone(*row[:4]) for row in content[_PHONES])
        words = tuple(Word(str(row[0]), *map(float, row[1:4])) for row in content.get(_WORDS, ()))
        last = max((item.end for item in (*phones, *words)), default=0.0)
        duration = float(content.get("duration", last))
        notes = tuple(str(note) for note in content.get("notes", ()))
    except (AttributeError, KeyError, TypeError, ValueError, IndexError) as error:
        raise InputError(
            f"The phones '{path}' are not [phone, start, end] in seconds: write them again."
        ) from error
    return PhoneTrack(phones, duration, words, notes)


def write_phone_textgrid(path: Path, track: PhoneTrack) -> None:
    """Write the tiers 'words' and 'phones'; silence is an empty label, as Praat's users have it.

    A TextGrid holds neither confidences nor notes.
    """
    words = tuple(Interval(word.start, word.end, word.text) for word in track.words)
    phones = tuple(
        Interval(phone.start, phone.end, "" if phone.name == SILENCE_PHONE else phone.name)
        for phone in track.phones
    )
    write_textgrid(path, [Tier(_WORDS, words), Tier(_PHONES, phones)], track.duration)


def read_phone_textgrid(path: Path) -> PhoneTrack:
    """Read a TextGrid with a tier 'phones' in ARPAbet, with or without stress, and perhaps one 'words'.

    Raises:
        InputError: the file is missing, damaged or without such a tier.
    """
    name = f"The phones '{path}'"
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise InputError(f"Cannot read the phones '{path}': {error.strerror or error}.") from error
    try:
        text = content.decode("utf-16" if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{name} are not text: save the TextGrid as UTF-8.") from error
    tiers = {tier.name.lower(): tier.intervals for tier in parse_textgrid(text, name)}
    if _PHONES not in tiers:
        raise InputError(
            f"{name} have no tier '{_PHONES}' (tiers: {', '.join(tiers) or 'none'}): rename one."
        )
    phones = tuple(_phone(item.text, item.start, item.end) for item in tiers[_PHONES])
    words = tuple(
        Word(item.text, item.start, item.end) for item in tiers.get(_WORDS, ()) if item.text.strip()
    )
    return PhoneTrack(phones, phones[-1].end if phones else 0.0, words)


def _phone(name: Any, start: Any, end: Any, confidence: Any = 1.0) -> Phone:
    plain = str(name).strip().rstrip("012").upper()
    if str(name).strip().lower() in _SILENT:
        plain = SILENCE_PHONE
    if plain not in PHONE_INDEX:
        raise InputError(
            f"The phone '{name}' at {float(start):.3f} s is not of ARPAbet, such as AA, B or SIL."
        )
    return Phone(plain, float(start), float(end), float(confidence))


_WRITERS: Final[dict[str, Callable[[Path, PhoneTrack], None]]] = {
    ".json": write_json,
    ".textgrid": write_phone_textgrid,
}
_READERS: Final[dict[str, Callable[[Path], PhoneTrack]]] = {
    ".json": read_json,
    ".textgrid": read_phone_textgrid,
}


def phone_writer_for(path: Path) -> Callable[[Path, PhoneTrack], None]:
    """The writer for a path, so that a wrong ending is refused before any work is done.

    Raises:
        InputError: the ending names no known format.
    """
    suffix = Path(path).suffix
    if suffix.lower() not in _WRITERS:
        raise InputError(
            f"Cannot write the phones '{path}': the ending '{suffix}' is not .json or .TextGrid."
        )
    return _WRITERS[suffix.lower()]


def write_phones(path: Path, track: PhoneTrack) -> None:
    """Write a phone track in the format that the file's ending names (.json or .TextGrid).

    Raises:
        InputError: the ending is not known.
        OutputError: the file cannot be written.
    """
    phone_writer_for(path)(Path(path), track)


def read_phones(path: Path) -> PhoneTrack:
    """Read a phone track from .json or .TextGrid.

    Raises:
        InputError: the ending is not known, or the file cannot be used.
    """
    suffix = Path(path).suffix
    if suffix.lower() not in _READERS:
        raise InputError(f"Cannot read the phones '{path}': the ending '{suffix}' is not .json or .TextGrid.")
    return _READERS[suffix.lower()](Path(path))
