# SPDX-License-Identifier: GPL-3.0-or-later
"""A transcript: text, and between which times it is said, as far as that is known."""

from dataclasses import dataclass
from typing import Final

SUBTITLE_SLACK: Final = 1.0
"""Seconds by which subtitles come early or stay on; people time them by ear."""
WORD_SLACK: Final = 0.3
"""Seconds by which times of words may be off."""


@dataclass(frozen=True)
class Segment:
    """Text in one piece, from `start` to `end` seconds; None where nobody said when."""

    text: str
    start: float | None = None
    end: float | None = None


@dataclass(frozen=True)
class Transcript:
    """What was said, in the order of time.

    Attributes:
        segments: pieces of the text.
        slack: seconds by which their times may be wrong.
    """

    segments: tuple[Segment, ...]
    slack: float = SUBTITLE_SLACK

    @classmethod
    def from_text(cls, text: str) -> "Transcript":
        """A transcript without times."""
        return cls((Segment(text),))

    @property
    def text(self) -> str:
        """All of it in one line."""
        return " ".join(" ".join(segment.text for segment in self.segments).split())
