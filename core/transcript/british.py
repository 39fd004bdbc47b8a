# SPDX-License-Identifier: GPL-3.0-or-later
"""British English, as far as the dictionary's American differs: spellings, and words with other sounds.

Vowels that differ throughout and the R before consonants are no matter: with such variants for every word
British voices were aligned neither better nor worse.
"""

import re
from collections.abc import Iterator
from typing import Final

from .letter_to_sound import Pronunciation

_SPELLINGS: Final = (
    (re.compile(r"is(e|ed|es|er|ers|ing|ation|ations)$"), r"iz\1"),
    (re.compile(r"ys(e|ed|es|er|ers|ing)$"), r"yz\1"),
    (re.compile(r"our"), "or"),
    (re.compile(r"tre(s?)$"), r"ter\1"),
    (re.compile(r"ence(s?|less)$"), r"ense\1"),
    (re.compile(r"ll(ed|er|ers|ing)$"), r"l\1"),
)

_WAYS: Final = {
    "z": "Z-EH-D",
    "schedule": "SH-EH-D-Y-UW-L",
    "schedules": "SH-EH-D-Y-UW-L-Z",
    "scheduled": "SH-EH-D-Y-UW-L-D",
    "lieutenant": "L-EH-F-T-EH-N-AH-N-T",
    "lieutenants": "L-EH-F-T-EH-N-AH-N-T-S",
    "clerk": "K-L-AA-K",
    "derby": "D-AA-B-IY",
    "shone": "SH-AA-N",
    "ate": "EH-T",
    "been": "B-IY-N",
    "again": "AH-G-EY-N",
    "against": "AH-G-EY-N-S-T",
    "figure": "F-IH-G-ER",
    "privacy": "P-R-IH-V-AH-S-IY",
    "vitamin": "V-IH-T-AH-M-IH-N",
    "vitamins": "V-IH-T-AH-M-IH-N-Z",
    "dynasty": "D-IH-N-AH-S-T-IY",
    "zebra": "Z-EH-B-R-AH",
    "glacier": "G-L-AE-S-IY-ER",
    "garage": "G-AE-R-IH-JH",
    "leisure": "L-EH-ZH-ER",
    "process": "P-R-OW-S-EH-S",
    "progress": "P-R-OW-G-R-EH-S",
    "missile": "M-IH-S-AY-L",
    "missiles": "M-IH-S-AY-L-Z",
    "hostile": "HH-AO-S-T-AY-L",
    "hostiles": "HH-AO-S-T-AY-L-Z",
    "fragile": "F-R-AE-JH-AY-L",
    "mobile": "M-OW-B-AY-L",
    "futile": "F-Y-UW-T-AY-L",
    "laboratory": "L-AH-B-AO-R-AH-T-R-IY",
    "advertisement": "AH-D-V-ER-T-IH-S-M-AH-N-T",
    "territory": "T-EH-R-IH-T-R-IY",
    "military": "M-IH-L-IH-T-R-IY",
    "secretary": "S-EH-K-R-AH-T-R-IY",
    "necessary": "N-EH-S-AH-S-R-IY",
    "rather": "R-AA-DH-ER",
    "can't": "K-AA-N-T",
    "half": "HH-AA-F",
    "after": "AA-F-T-ER",
    "last": "L-AA-S-T",
    "castle": "K-AA-S-AH-L",
    "aluminium": "AE-L-Y-UW-M-IH-N-Y-AH-M",
    "yoghurt": "Y-AO-G-ER-T",
}
"""Phones of a word, joined by hyphens; a bar between several ways to say it."""

BRITISH_PRONUNCIATIONS: Final[dict[str, tuple[Pronunciation, ...]]] = {
    word: tuple(tuple(way.split("-")) for way in ways.split("|")) for word, ways in _WAYS.items()
}
"""Ways to say words of the dictionary, or of this table, that it does not have."""


def american_spellings(word: str) -> Iterator[str]:
    """How a word in small letters may be written in America, where that differs."""
    for british, american in _SPELLINGS:
        other = british.sub(american, word)
        if other != word:
            yield other
