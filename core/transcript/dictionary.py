# SPDX-License-Identifier: GPL-3.0-or-later
"""The CMU Pronouncing Dictionary: 125,000 English words and how US speakers say them."""

from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final, overload
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelError
from ..phones import PHONES
from .letter_to_sound import Pronunciation

DICTIONARY: Final = Path(__file__).with_name("pronunciations.npz")


class PronouncingDictionary:
    """The dictionary in memory; made by `pronouncing_dictionary`.

    Arrays of bytes of the file: `words`, sorted, each ended by a line feed; `phones`, each entry's phones as
    index into `PHONES` + 1, ended by 0. A word with several pronunciations has several entries.
    """

    def __init__(self, path: Path = DICTIONARY) -> None:
        """Load a dictionary.

        Raises:
            ModelError: the file is missing or is not a dictionary.
        """
        try:
            with np.load(path, allow_pickle=False) as arrays:
                words, phones = arrays["words"], arrays["phones"]
        except (OSError, EOFError, KeyError, ValueError, BadZipFile) as error:
            raise ModelError(f"'{path}' is missing or damaged: install Soliloquy again.") from error
        self._words = _Entries(words, ord("\n"))
        self._phones = _Entries(phones, 0)

    def __len__(self) -> int:
        return len(self._words)

    def pronunciations(self, word: str) -> list[Pronunciation]:
        """Every pronunciation of a word in small letters, the usual first; empty when it is not there."""
        wanted = word.encode()
        entry = bisect_left(self._words, wanted)
        found = []
        while entry < len(self._words) and self._words[entry] == wanted:
            found.append(tuple(PHONES[code - 1] for code in self._phones[entry]))
            entry += 1
        return found


class _Entries(Sequence[bytes]):
    """Byte strings in one block, each with an end mark."""

    def __init__(self, block: NDArray[np.uint8], end: int) -> None:
        self._block = block.tobytes()
        self._ends = np.flatnonzero(block == end)

    def __len__(self) -> int:
        return len(self._ends)

    @overload
    def __getitem__(self, entry: int) -> bytes: ...

    @overload
    def __getitem__(self, entry: slice) -> list[bytes]: ...

    def __getitem__(self, entry: int | slice) -> bytes | list[bytes]:
        if isinstance(entry, slice):
            return [self[number] for number in range(*entry.indices(len(self)))]
        if not 0 <= entry < len(self._ends):
            raise IndexError(entry)
        start = self._ends[entry - 1] + 1 if entry else 0
        return self._block[start : self._ends[entry]]


@lru_cache(maxsize=1)
def pronouncing_dictionary() -> PronouncingDictionary:
    """The dictionary that ships with Soliloquy, loaded once.

    Raises:
        ModelError: its file is missing or damaged.
    """
    return PronouncingDictionary()
