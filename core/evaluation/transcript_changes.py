# SPDX-License-Identifier: GPL-3.0-or-later
"""Transcripts that are not what was said, made by rules from those that are.

All are drawn from a generator of random numbers, so that the same seed gives the same transcripts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

_RUN_RATE: Final = 1 / 12
"""Share of the places between words at which something is put in or taken out."""
_LONGEST_RUN: Final = 3
_MISSPELT_RATE: Final = 1 / 8
_SHORTEST_MISSPELT: Final = 4
_SPEAKERS: Final = ("ANNA:", "Guard #2:", "NARRATOR (V.O.):", "Commander Shepard:", "BOB:", "Old Man:")
_DIRECTIONS: Final = ("(sighs)", "(quietly)", "*laughs*", "(to himself)", "(beat)", "(still smiling)")
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class ChangedTranscript:
    """A transcript made from what was said.

    Attributes:
        written: its words.
        said: of each, the number of the spoken word that it stands for; None if it was not spoken.
        changed: numbers of the spoken words that are left out or misspelt.
    """

    written: tuple[str, ...]
    said: tuple[int | None, ...]
    changed: frozenset[int] = frozenset()

    @property
    def text(self) -> str:
        """The transcript."""
        return " ".join(self.written)


def as_written(words: Sequence[str]) -> ChangedTranscript:
    """Nothing changed."""
    return ChangedTranscript(tuple(words), tuple(range(len(words))))


def with_words_too_many(
    words: Sequence[str], others: Sequence[Sequence[str]], random: np.random.Generator
) -> ChangedTranscript:
    """At one place in twelve, one to three words in a row of another text were put in (at least at one)."""
    places = np.flatnonzero(random.random(len(words) + 1) < _RUN_RATE).tolist()
    places = places or [int(random.integers(len(words) + 1))]
    written: list[str] = []
    said: list[int | None] = []
    for place in range(len(words) + 1):
        if place in places:
            other = others[random.integers(len(others))]
            count = min(len(other), int(random.integers(1, _LONGEST_RUN + 1)))
            first = int(random.integers(len(other) - count + 1))
            written += other[first : first + count]
            said += [None] * count
        if place < len(words):
            written.append(words[place])
            said.append(place)
    return ChangedTranscript(tuple(written), tuple(said))


def with_words_missing(words: Sequence[str], random: np.random.Generator) -> ChangedTranscript:
    """At one word in twelve, one to three words in a row were taken out (at least at one, never all)."""
    starts = np.flatnonzero(random.random(len(words)) < _RUN_RATE).tolist()
    starts = starts or [int(random.integers(len(words)))]
    out = {
        number
        for start in starts
        for number in range(start, start + int(random.integers(1, _LONGEST_RUN + 1)))
        if number < len(words)
    }
    if len(out) == len(words):
        out.remove(max(out))
    kept = [number for number in range(len(words)) if number not in out]
    return ChangedTranscript(tuple(words[number] for number in kept), tuple(kept), frozenset(out))


def with_misspelt_words(words: Sequence[str], random: np.random.Generator) -> ChangedTranscript:
    """One letter is wrong in one of eight words of at least four letters (at least in one): two neighbours
    change places, one is left out, or another one stands there."""
    able = [number for number, word in enumerate(words) if sum(map(str.isalpha, word)) >= _SHORTEST_MISSPELT]
    wrong = [number for number in able if random.random() < _MISSPELT_RATE]
    if able and not wrong:
        wrong = [able[random.integers(len(able))]]
    written = list(words)
    for number in wrong:
        written[number] = misspelt(words[number], random)
    return ChangedTranscript(tuple(written), tuple(range(len(words))), frozenset(wrong))


def as_a_script(words: Sequence[str], random: np.random.Generator) -> ChangedTranscript:
    """A speaker's name in front, and a direction in brackets between two words."""
    place = int(random.integers(1, len(words) + 1))
    speaker, direction = (str(random.choice(texts)) for texts in (_SPEAKERS, _DIRECTIONS))
    written = (speaker, *words[:place], direction, *words[place:])
    return ChangedTranscript(written, (None, *range(place), None, *range(place, len(words))))


def misspelt(word: str, random: np.random.Generator) -> str:
    """A word with one letter changed, and never the word itself."""
    letters = [place for place, letter in enumerate(word) if letter.isalpha()]
    while True:
        place = letters[random.integers(len(letters))]
        kind = random.integers(3)
        if kind == 0 and place + 1 in letters:
            changed = word[:place] + word[place + 1] + word[place] + word[place + 2 :]
        elif kind == 1:
            changed = word[:place] + word[place + 1 :]
        else:
            letter = _LETTERS[random.integers(len(_LETTERS))]
            changed = word[:place] + (letter.upper() if word[place].isupper() else letter) + word[place + 1 :]
        if changed != word:
            return changed
