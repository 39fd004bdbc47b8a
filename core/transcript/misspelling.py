# SPDX-License-Identifier: GPL-3.0-or-later
"""What a word that no dictionary has may have been meant to be: words with one letter other than it."""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from .dictionary import pronouncing_dictionary

_SHORTEST: Final = 4
"""Letters: almost any three are one away from many words."""
_MOST: Final = 5
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"


def meant_words(word: str) -> list[str]:
    """Words of the dictionary that differ by one slip of the pen, the likeliest slips first: two letters in
    each other's place, one too many, one missing, a wrong one. The first letter is seldom wrong.

    Args:
        word: small letters a to z.
    """
    if len(word) < _SHORTEST:
        return []
    dictionary = pronouncing_dictionary()
    slips = sorted(dict.fromkeys(_slips(word)), key=lambda slip: slip[0] != word[0])
    found = (slip for slip in slips if slip != word and dictionary.pronunciations(slip))
    return list(islice(found, _MOST))


def _slips(word: str) -> Iterator[str]:
    places = range(len(word) - 1, -1, -1)
    for place in places[1:]:
        yield word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    for place in places:
        yield word[:place] + word[place + 1 :]
    for place in (len(word), *places):
        for letter in _LETTERS:
            yield word[:place] + letter + word[place:]
    for place in places:
        for letter in _LETTERS:
            yield word[:place] + letter + word[place + 1 :]
