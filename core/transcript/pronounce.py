# SPDX-License-Identifier: GPL-3.0-or-later
"""How a word is said: by the dictionary, by rules for endings and letters, else by its spelling."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from .british import BRITISH_PRONUNCIATIONS, american_spellings
from .dictionary import pronouncing_dictionary
from .letter_to_sound import Pronunciation, letter_to_sound
from .misspelling import meant_words

_MOST: Final = 4
_GUESSES: Final = 3
_LEAST_SHARE: Final = 0.12
_SHORTEST_PART: Final = 4
_VOICELESS: Final = frozenset({"P", "T", "K", "F", "TH"})
_HISSING: Final = frozenset({"S", "Z", "SH", "ZH", "CH", "JH"})
_ENDINGS: Final[dict[str, Pronunciation]] = {
    "'ll": ("AH", "L"),
    "'ve": ("AH", "V"),
    "'re": ("ER",),
    "'d": ("D",),
    "n't": ("AH", "N", "T"),
}
_WITHOUT_VOWEL: Final[dict[str, Pronunciation]] = {
    "brr": ("B", "R"),
    "grr": ("G", "R"),
    "pff": ("P", "F"),
    "pft": ("P", "F", "T"),
    "pfft": ("P", "F", "T"),
    "pst": ("P", "S", "T"),
    "psst": ("P", "S", "T"),
    "ssh": ("SH",),
    "tsk": ("T", "S", "K"),
    "zzz": ("Z",),
    "zz": ("Z",),
}
"""Sounds that would else be spelled."""


@dataclass(frozen=True)
class SpokenWord:
    """A word's pronunciations, the usual first; `guessed` when they come from its spelling alone."""

    pronunciations: tuple[Pronunciation, ...]
    guessed: bool = False


@lru_cache(maxsize=20_000)
def pronounce(word: str) -> SpokenWord:
    """How to say a word.

    Args:
        word: small letters a to z and apostrophes, at least one letter.

    Raises:
        ModelError: the dictionary or the model is missing.
    """
    known = (*_known(word)[:_MOST], *BRITISH_PRONUNCIATIONS.get(word, ()))
    if known:
        return SpokenWord(tuple(dict.fromkeys(known)))
    plain = word.replace("'", "")
    if not set(plain) & set("aeiouy"):
        return SpokenWord((_WITHOUT_VOWEL.get(plain) or _spelled(plain),))
    stem = word[:-2] if word.endswith("'s") else word[:-1] if word.endswith("s'") else word
    if stem != word and stem.strip("'"):
        base = pronounce(stem)
        said = base.pronunciations if word.endswith("s'") else tuple(map(_with_s, base.pronunciations))
        return SpokenWord(said, base.guessed)
    guesses = letter_to_sound().pronounce(plain, _GUESSES)
    found = [pronunciation for pronunciation, share in guesses if share >= _LEAST_SHARE * guesses[0][1]]
    compound = _compound(plain)
    # A name, or a slip of the pen: the sound decides.
    meant = [pronouncing_dictionary().pronunciations(other)[0] for other in meant_words(plain)]
    return SpokenWord(tuple(dict.fromkeys([*compound, *found, *meant])), not compound)


def _known(word: str) -> list[Pronunciation]:
    """What dictionary and endings say of a word, if anything."""
    dictionary = pronouncing_dictionary()
    for form in dict.fromkeys((word, word.rstrip("'"), word.lstrip("'"), word.strip("'"))):
        known = dictionary.pronunciations(form)
        if known:
            return known
    if word.endswith("'s") or word.endswith("s'"):
        stems = dictionary.pronunciations(word[:-2] if word.endswith("'s") else word[:-1])
        return [_with_s(stem) if word.endswith("'s") else stem for stem in stems]
    for american in american_spellings(word):
        known = dictionary.pronunciations(american)
        if known:
            return known
    for ending, phones in _ENDINGS.items():
        if word.endswith(ending):
            return [(*stem, *phones) for stem in dictionary.pronunciations(word.removesuffix(ending))]
    return []


def _with_s(stem: Pronunciation) -> Pronunciation:
    """A stem with the ending of possessives."""
    if stem[-1] in _HISSING:
        return (*stem, "IH", "Z")
    return (*stem, "S" if stem[-1] in _VOICELESS else "Z")


def _spelled(letters: str) -> Pronunciation:
    dictionary = pronouncing_dictionary()
    # The letter's name is the last entry of "a", whose first is the article.
    return tuple(phone for letter in letters for phone in dictionary.pronunciations(letter)[-1])


def _compound(word: str) -> list[Pronunciation]:
    """A word of two that the dictionary has: lipsync."""
    dictionary = pronouncing_dictionary()
    for cut in range(len(word) - _SHORTEST_PART, _SHORTEST_PART - 2, -1):
        first, second = dictionary.pronunciations(word[:cut]), dictionary.pronunciations(word[cut:])
        if first and second:
            return [first[0] + second[0]]
    return []
