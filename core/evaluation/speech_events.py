# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts of what was heard rightly: frames, and events such as lip closures.

An event is a stretch in which one group of phones is spoken (m, b and p; f and v; ...). One that was heard
is right if its middle lies within the spoken one or at most 40 ms outside; each spoken event is found once.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..motion import Phone
from ..phones import BILABIALS, LABIODENTALS, PHONE_INDEX, ROUNDED_VOWELS, SILENCE_PHONE

TOLERANCE: Final = 0.04
"""Seconds."""
EVENT_GROUPS: Final[Mapping[str, frozenset[str]]] = {
    "m/b/p": BILABIALS,
    "f/v": LABIODENTALS,
    "rounded": ROUNDED_VOWELS,
}
_JOINED: Final = 0.015
"""Seconds between two phones of a group that still make one event."""


@dataclass
class Count:
    """Spoken events, how many of them were found, heard events, and how many of these were right."""

    spoken: int = 0
    found: int = 0
    heard: int = 0
    right: int = 0

    @property
    def recall(self) -> float:
        """Share of what was spoken that was found."""
        return self.found / self.spoken if self.spoken else float("nan")

    @property
    def precision(self) -> float:
        """Share of what was heard that was right."""
        return self.right / self.heard if self.heard else float("nan")


@dataclass
class SpeechCounts:
    """Sums over clips: frames, frames right, events by group, and silence counted in frames."""

    frames: int = 0
    frames_right: int = 0
    events: dict[str, Count] = field(default_factory=lambda: {name: Count() for name in EVENT_GROUPS})
    silence: Count = field(default_factory=Count)

    @property
    def accuracy(self) -> float:
        """Share of the frames whose likeliest phone is the label."""
        return self.frames_right / max(self.frames, 1)

    def add(
        self,
        posteriors: NDArray[np.floating],
        labels: NDArray[np.integer],
        heard: Sequence[Phone],
        spoken: Sequence[Phone],
        fps: float,
    ) -> None:
        """Count a clip.

        Args:
            posteriors: (F, 40).
            labels: (F,) index of the phone that is spoken.
            heard: phone track of the posteriors.
            spoken: phone track of the labels.
            fps: frames a second.
        """
        guess = posteriors.argmax(axis=1)
        self.frames += len(labels)
        self.frames_right += int((guess == labels).sum())
        for name, group in EVENT_GROUPS.items():
            count_events(phone_events(heard, group), phone_events(spoken, group), self.events[name])
        silent = labels == PHONE_INDEX[SILENCE_PHONE]
        heard_silent = guess == PHONE_INDEX[SILENCE_PHONE]
        # Within the tolerance of a boundary nothing is counted.
        edges = np.flatnonzero(np.diff(silent.astype(np.int8))) + 0.5
        sure = np.ones(len(labels), bool)
        for edge in edges:
            low, high = int(np.ceil(edge - TOLERANCE * fps)), int(np.floor(edge + TOLERANCE * fps))
            sure[max(0, low) : high + 1] = False
        both = int((silent & heard_silent & sure).sum())
        self.silence.spoken += int((silent & sure).sum())
        self.silence.heard += int((heard_silent & sure).sum())
        self.silence.found += both
        self.silence.right += both


def count_events(
    heard: Sequence[tuple[float, float]], spoken: Sequence[tuple[float, float]], count: Count
) -> None:
    """Match events (start, end) in seconds one to one, in order, and add them to a count."""
    count.spoken += len(spoken)
    count.heard += len(heard)
    taken = 0
    for start, end in spoken:
        while taken < len(heard) and sum(heard[taken]) / 2 < start - TOLERANCE:
            taken += 1
        if taken < len(heard) and sum(heard[taken]) / 2 <= end + TOLERANCE:
            count.found += 1
            count.right += 1
            taken += 1


def phone_events(phones: Sequence[Phone], group: Collection[str]) -> list[tuple[float, float]]:
    """Start and end in seconds of each stretch in which phones of a group are spoken."""
    events: list[tuple[float, float]] = []
    for phone in phones:
        if phone.name in group:
            if events and phone.start - events[-1][1] < _JOINED:
                events[-1] = (events[-1][0], phone.end)
            else:
                events.append((phone.start, phone.end))
    return events
