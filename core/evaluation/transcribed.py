# SPDX-License-Identifier: GPL-3.0-or-later
"""Clips of a set with what is said in them: the text as written, and each word with its time."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..motion import Phone, Word
from ..phones import VOWELS
from ..training.speech_sets import SpeechSet
from ..transcript.letter_to_sound import Pronunciation
from ..transcript.normalise import normalise
from ..transcript.pronounce import pronounce

_LOST: Final = 0.7
"""What a sound that is missing or too many costs against two entirely different ones."""
_SAME_KIND: Final = 0.5


@dataclass(frozen=True)
class TranscribedClip:
    """A clip.

    Attributes:
        name: set and clip.
        speaker: who speaks.
        samples: (n,) float32 at 16 kHz.
        words: in order, as written in the text, with their times.
        phones: in order, without silence.
    """

    name: str
    speaker: str
    samples: NDArray[np.float32]
    words: tuple[Word, ...]
    phones: tuple[Phone, ...]

    @property
    def text(self) -> str:
        """What is said, as written."""
        return " ".join(word.text for word in self.words)


def transcribed_clips(folder: Path, split: str, most: int, speakers: str = "") -> list[TranscribedClip]:
    """Clips of a set that have text and timed phones, at most `most`, evenly spread.

    Args:
        folder: of the set.
        split: of `ClipLabel`.
        most: clips.
        speakers: what the names of the speakers begin with.

    Raises:
        InputError: the folder is not a set.
    """
    import soundfile

    spoken = SpeechSet(folder)
    with (folder / "index.jsonl").open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    wanted = [
        number
        for number, label in enumerate(spoken.labels)
        if label.split == split and label.phones and label.speaker.startswith(speakers)
    ]
    chosen = wanted[:: max(1, -(-len(wanted) // most))]
    clips = []
    for number in chosen:
        label, row = spoken.labels[number], rows[number]
        samples, _ = soundfile.read(
            folder / row["file"], start=row["start_sample"], frames=row["n_samples"], dtype="float32"
        )
        phones = label.phones or ()
        words = _words(row, phones)
        clips.append(
            TranscribedClip(label.name, label.speaker, np.asarray(samples, np.float32), words, phones)
        )
    return clips


def _words(row: dict[str, Any], phones: Sequence[Phone]) -> tuple[Word, ...]:
    """The words of the text with the set's own times, else with those of the set's phones."""
    written = row["text"].split()
    timed = row.get("words", ())
    if len(timed) == len(written):
        return tuple(Word(text, start, end) for text, (_, start, end) in zip(written, timed, strict=True))
    return timed_by_phones(written, phones)


def timed_by_phones(written: Sequence[str], phones: Sequence[Phone]) -> tuple[Word, ...]:
    """Words with the times of the phones that are most like their pronunciations.

    The distance is that of Levenshtein, with half costs within vowels and within consonants.

    Args:
        written: words of a text.
        phones: all that is said, without silence.
    """
    names = [phone.name for phone in phones]
    before = np.arange(len(names) + 1) * _LOST
    came_from = []
    for text in written:
        choices = [_nearest(before, said, names) for said in _ways_to_say(text)]
        costs = np.array([cost for cost, _ in choices])
        best = costs.argmin(axis=0)
        before = costs[best, np.arange(len(before))]
        came_from.append([choices[which][1][place] for place, which in enumerate(best.tolist())])
    words = []
    end = len(names)
    for text, starts in zip(reversed(written), reversed(came_from), strict=True):
        start = int(starts[end])
        if start < end:
            words.append(Word(text, phones[start].start, phones[end - 1].end))
        end = start
    return tuple(reversed(words))


def _ways_to_say(text: str) -> list[Pronunciation]:
    """Whole pronunciations of what is written between two spaces."""
    ways: list[Pronunciation] = [()]
    for token in normalise(text):
        said = []
        for reading in token.readings:
            pronounced = [pronounce(word).pronunciations for word in reading]
            usual = tuple(phone for choices in pronounced for phone in choices[0])
            said += pronounced[0] if len(reading) == 1 else [usual]
        ways = [way + one for way in ways for one in said or [()]][:8]
    return ways


def _nearest(
    before: NDArray[np.float64], said: Pronunciation, names: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Least cost of a word that ends at each place of `names`, and where it begins then."""
    cost, begin = before.copy(), np.arange(len(before))
    for phone in said:
        new, new_begin = cost + _LOST, begin.copy()
        for place, name in enumerate(names, start=1):
            for score, start in (
                (cost[place - 1] + _difference(phone, name), begin[place - 1]),
                (new[place - 1] + _LOST, new_begin[place - 1]),
            ):
                if score < new[place]:
                    new[place], new_begin[place] = score, start
        cost, begin = new, new_begin
    return cost, begin


def _difference(one: str, other: str) -> float:
    if one == other:
        return 0.0
    return _SAME_KIND if (one in VOWELS) == (other in VOWELS) else 1.0
