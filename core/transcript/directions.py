# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands in [square brackets] in a transcript: never said, but kept with the word that follows."""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..motion import Word
from ..phone_track import Direction

_IN_BRACKETS: Final = re.compile(r"\[([^\[\]]*)\]")
"""Without one in another: a bracket that nobody closed must not take what is said up to the next."""


@dataclass(frozen=True)
class WrittenDirection:
    """A direction before its time is known.

    Attributes:
        text: without brackets.
        word: number of the word that it stands before.
        first, end: words among which it looks for a time: its segment's where that has times, else all.
        start: second at which its segment begins, if that is known.
    """

    text: str
    word: int
    first: int = 0
    end: int | None = None
    start: float | None = None


def written_directions(text: str) -> list[tuple[int, str]]:
    """Directions in a text: the character at which each begins, as in `Token.place`, and the words in it,
    in one line."""
    found = _IN_BRACKETS.finditer(unicodedata.normalize("NFC", text))
    return [(each.start(), " ".join(each[1].split())) for each in found]


def without_directions(text: str) -> str:
    """A text without what stands in square brackets."""
    return _IN_BRACKETS.sub(" ", text)


def timed_directions(
    written: Sequence[WrittenDirection], words: Mapping[int, Word], duration: float
) -> tuple[Direction, ...]:
    """Directions at the start of the word that they stand before, or of the next one that was heard.

    Where there is none, they are at the end of the last one before, and where no word was heard at the start
    of their segment. In front of a text without times they are at 0. What has no time is left out. None is
    later than one that stands behind it: words are known better than times of segments.

    Args:
        written: in the order of the text.
        words: those that were heard, by their numbers.
        duration: seconds of the sound.
    """
    heard = sorted(words)
    found = []
    for each in written:
        following = bisect_left(heard, each.word)
        time = each.start
        if each.start is None and each.word == 0:
            time = 0.0
        elif heard[following : None if each.end is None else bisect_left(heard, each.end)]:
            time = words[heard[following]].start
        elif heard[bisect_left(heard, each.first) : following]:
            time = words[heard[following - 1]].end
        if time is not None:
            found.append((each.text, min(max(time, 0.0), duration)))
    times = np.minimum.accumulate([time for _, time in reversed(found)])[::-1]
    return tuple(Direction(text, time) for (text, _), time in zip(found, times.tolist(), strict=True))
