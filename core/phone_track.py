# SPDX-License-Identifier: GPL-3.0-or-later
"""The phone track: which sound of speech is spoken when, and in which word."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .errors import InputError
from .motion import FaceMotion, Phone, Word
from .phones import SILENCE_PHONE


@dataclass(frozen=True)
class Direction:
    """What stands in [square brackets] in a transcript: it is not said, but tells how.

    Attributes:
        text: without the brackets.
        time: seconds from the start of the sound at which the word begins that it stands before.
    """

    text: str
    time: float


@dataclass(frozen=True)
class PhoneTrack:
    """Timed phones without gaps from 0 to `duration`, and the words that they belong to.

    Attributes:
        phones: in the order of time; ARPAbet without stress, `SIL` where nobody speaks.
        duration: seconds.
        words: in the order of time; empty when nobody said what was spoken. Speech outside of them is what
            the transcript does not have.
        notes: lines for the user: words that were not heard, cannot be said, and the like.
        directions: in the order of the transcript; files of phones do not keep them.
    """

    phones: tuple[Phone, ...]
    duration: float
    words: tuple[Word, ...] = ()
    notes: tuple[str, ...] = ()
    directions: tuple[Direction, ...] = ()

    def __post_init__(self) -> None:
        for what, items in (("phone", self.phones), ("word", self.words)):
            _check_order(what, items, self.duration)

    def __len__(self) -> int:
        return len(self.phones)

    @classmethod
    def of(cls, motion: FaceMotion) -> "PhoneTrack":
        """The track that a motion carries."""
        # The last frame may reach past the end of the sound.
        last = max((item.end for item in (*motion.phones, *motion.words)), default=motion.duration)
        return cls(motion.phones, last, motion.words, motion.notes)

    def on(self, motion: FaceMotion) -> FaceMotion:
        """A motion with this track."""
        return replace(motion, phones=self.phones, words=self.words, notes=self.notes)

    @property
    def spoken(self) -> tuple[Phone, ...]:
        """The phones without silence."""
        return tuple(phone for phone in self.phones if phone.name != SILENCE_PHONE)

    @property
    def phone_words(self) -> tuple[int | None, ...]:
        """For each phone, the number of its word, or None."""
        starts = [word.start for word in self.words]
        found: list[int | None] = []
        for phone in self.phones:
            middle = (phone.start + phone.end) / 2
            number = bisect_right(starts, middle) - 1
            found.append(number if number >= 0 and middle < self.words[number].end else None)
        return tuple(found)


def _check_order(what: str, items: Sequence[Phone | Word], duration: float) -> None:
    """Items that overlap, go backwards or leave the sound would move a mouth twice."""
    now = 0.0
    for item in items:
        if not now - 1e-6 <= item.start <= item.end <= duration + 1e-6:
            name = item.name if isinstance(item, Phone) else item.text
            raise InputError(
                f"The {what} '{name}' at {item.start:.3f} to {item.end:.3f} s is out of order: {what}s "
                f"follow one another from {now:.3f} s to {duration:.3f} s at most."
            )
        now = item.end
