# SPDX-License-Identifier: GPL-3.0-or-later
"""When each word and sound of a transcript was spoken: forced alignment with what was heard."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..motion import Phone
from ..phone_decoding import (
    SILENCE_CODE,
    checked_posteriors,
    decode_phones,
    likeliest_codes,
    timed_phones,
)
from ..phone_track import PhoneTrack, Word
from ..phones import SILENCE_PHONE
from .directions import WrittenDirection, timed_directions, written_directions
from .doubts import fit, is_of_another_text, without_doubtful_words
from .graph import OTHER_SPEECH, Graph, Unit, build_graph
from .letter_to_sound import Pronunciation
from .normalise import Token, normalise
from .pronounce import pronounce
from .text import Transcript
from .viterbi import find_path

_MOST_PRONUNCIATIONS: Final = 8
_MOST_NAMED: Final = 12
_SILENTLY: Final = (SILENCE_PHONE,)
"""How what is not said is said: in a short pause."""
_LONGEST_UNNAMED: Final = 0.5
"""Seconds of speech outside the transcript that are not worth a note."""


@dataclass(frozen=True)
class AlignedTranscript:
    """A transcript against a sound.

    Attributes:
        track: phones, words and notes.
        written: the words of the transcript that can be said, as written.
        times: of each, start and end in seconds; None for those that were not heard.
    """

    track: PhoneTrack
    written: tuple[str, ...]
    times: tuple[tuple[float, float] | None, ...]


@dataclass(frozen=True)
class _Spoken:
    """A unit of the graph: its text, whether its sound was guessed from its spelling, and whether it may well
    not be said."""

    text: str
    unit: Unit
    guessed: bool
    aside: bool = False


def align(
    posteriors: NDArray[np.floating],
    rate: float,
    transcript: Transcript | str,
    *,
    first: float = 0.0,
    duration: float | None = None,
    watch: Callable[[float], None] | None = None,
) -> PhoneTrack:
    """Find when a transcript was spoken: the track of `align_words`, with the same arguments and errors."""
    return align_words(posteriors, rate, transcript, first=first, duration=duration, watch=watch).track


def align_words(
    posteriors: NDArray[np.floating],
    rate: float,
    transcript: Transcript | str,
    *,
    first: float = 0.0,
    duration: float | None = None,
    watch: Callable[[float], None] | None = None,
) -> AlignedTranscript:
    """Find when each word of a transcript was spoken, if it was.

    Words that were not spoken are left out and named in the track's notes; speech that the transcript does
    not have becomes phones without a word. A transcript of another sound changes nothing, and is reported.

    Args:
        posteriors: (F, 40) probabilities in the order of `PHONES`.
        rate: frames a second.
        transcript: what was said, or plain text.
        first: second of frame 0.
        duration: seconds of the sound; by default to half a frame after the last.
        watch: called now and then with the share of the work done; may raise to stop it.

    Raises:
        InputError: no such posteriors, or a transcript without words that can be said.
        ModelError: the dictionary or the letter-to-sound model is missing.
    """
    posteriors = checked_posteriors(posteriors)
    if isinstance(transcript, str):
        transcript = Transcript.from_text(transcript)
    if duration is None:
        duration = first + (len(posteriors) - 0.5) / rate
    spoken, unspeakable, written = _spoken_words(transcript)
    if not spoken:
        raise InputError(
            "The transcript has no words that can be said: write down in English what is spoken."
        )
    graph = build_graph([word.unit for word in spoken], rate)
    path = find_path(posteriors, rate, graph, first=first, watch=watch)
    if is_of_another_text(fit(posteriors, rate, graph, path)):
        return _refused(posteriors, rate, spoken, unspeakable, written, first, duration)
    path = without_doubtful_words(posteriors, rate, graph, path)
    phones, units = _phones(posteriors, rate, graph, path, first, duration)
    words = _words(phones, units, spoken)
    others = _other_speech(graph, path, rate, first)
    notes = _notes(spoken, words.keys(), unspeakable, others)
    return AlignedTranscript(
        PhoneTrack(
            tuple(phones), duration, tuple(words.values()), notes, timed_directions(written, words, duration)
        ),
        tuple(word.text for word in spoken),
        tuple((words[unit].start, words[unit].end) if unit in words else None for unit in range(len(spoken))),
    )


def _refused(
    posteriors: NDArray[np.floating],
    rate: float,
    spoken: Sequence[_Spoken],
    unspeakable: Sequence[str],
    written: Sequence[WrittenDirection],
    first: float,
    duration: float,
) -> AlignedTranscript:
    """The sound alone, and a note of it."""
    alone = decode_phones(posteriors, rate, first=first, duration=duration)
    notes = [
        "The transcript is not of this sound: hardly one of its words was heard, so the sound alone decides."
    ]
    if unspeakable:
        notes.append(_unspeakable_note(unspeakable))
    track = PhoneTrack(
        alone.phones, duration, notes=tuple(notes), directions=timed_directions(written, {}, duration)
    )
    return AlignedTranscript(track, tuple(word.text for word in spoken), (None,) * len(spoken))


def _spoken_words(transcript: Transcript) -> tuple[list[_Spoken], list[str], list[WrittenDirection]]:
    """Words in order, what cannot be said, and directions."""
    spoken: list[_Spoken] = []
    unspeakable: list[str] = []
    written: list[WrittenDirection] = []
    for segment in transcript.segments:
        earliest = -np.inf if segment.start is None else segment.start - transcript.slack
        latest = np.inf if segment.end is None else segment.end + transcript.slack
        waiting, first = written_directions(segment.text), len(spoken)
        before: list[tuple[str, int]] = []
        for token in normalise(segment.text):
            while waiting and waiting[0][0] < token.place:
                before.append((waiting.pop(0)[1], len(spoken)))
            if token.readings:
                spoken += _units(token, earliest, latest)
            else:
                unspeakable.append(token.written)
        before += [(text, len(spoken)) for _, text in waiting]
        where = (0, None, None) if segment.start is None else (first, len(spoken), segment.start)
        written += [WrittenDirection(text, unit, *where) for text, unit in before]
    return spoken, unspeakable, written


def _units(token: Token, earliest: float, latest: float) -> list[_Spoken]:
    """One unit for each word, or one for all where a token may be read in several ways."""
    if len(token.readings) == 1 and not token.aside:
        found = []
        for word in token.readings[0]:
            said = pronounce(word)
            text = token.written if len(token.readings[0]) == 1 else word
            found.append(_Spoken(text, Unit(said.pronunciations, earliest, latest), said.guessed))
        return found
    variants: dict[Pronunciation, None] = {}
    for reading in token.readings:
        choices = [pronounce(word).pronunciations for word in reading]
        # The usual pronunciation of each word; of short readings every one.
        whole = product(*choices) if len(reading) == 1 else [tuple(choice[0] for choice in choices)]
        variants.update(dict.fromkeys(tuple(phone for word in said for phone in word) for said in whole))
    guessed = any(pronounce(word).guessed for word in token.readings[0])
    ways = tuple(variants)[:_MOST_PRONUNCIATIONS]
    if token.aside:
        ways += (_SILENTLY,)
    return [_Spoken(token.written, Unit(ways, earliest, latest), guessed, token.aside)]


def _phones(
    posteriors: NDArray[np.floating],
    rate: float,
    graph: Graph,
    path: NDArray[np.int64],
    first: float,
    duration: float,
) -> tuple[list[Phone], list[int | None]]:
    """Phones, and of each the number of its word."""
    codes = graph.code[path]
    runs = graph.run[path].copy()
    other = codes == OTHER_SPEECH
    for start, end in _stretches(other):
        codes[start:end] = likeliest_codes(posteriors[start:end], rate)
        # Numbers that no other run has.
        runs[start:end] = -1 - np.cumsum(np.diff(codes[start:end], prepend=-1) != 0)
    silent = codes == SILENCE_CODE
    # Silences in a row are one.
    starts = np.flatnonzero(
        (np.diff(runs, prepend=runs[0] - 1) != 0) & ~(silent & np.concatenate([[False], silent[:-1]]))
    )
    phones = timed_phones(posteriors, rate, codes[starts], starts, first, duration)
    units = [
        int(unit) if word else None
        for unit, word in zip(
            graph.unit[path[starts]],
            (graph.of_word[path[starts]] & ~other[starts] & ~silent[starts]).tolist(),
            strict=True,
        )
    ]
    return phones, units


def _words(
    phones: Sequence[Phone], units: Sequence[int | None], spoken: Sequence[_Spoken]
) -> dict[int, Word]:
    """Number and times of each word that was heard, in order."""
    words: dict[int, Word] = {}
    place = 0
    while place < len(phones):
        unit = units[place]
        end = place + 1
        while end < len(phones) and units[end] == unit:
            end += 1
        if unit is not None:
            part = phones[place:end]
            seconds = max(part[-1].end - part[0].start, 1e-9)
            sure = sum(phone.confidence * (phone.end - phone.start) for phone in part) / seconds
            words[unit] = Word(spoken[unit].text, part[0].start, part[-1].end, sure)
        place = end
    return words


def _other_speech(
    graph: Graph, path: NDArray[np.int64], rate: float, first: float
) -> list[tuple[float, float]]:
    """Stretches of speech, in seconds, that the transcript does not have and that are worth a note."""
    return [
        (first + start / rate, first + end / rate)
        for start, end in _stretches(graph.code[path] == OTHER_SPEECH)
        if end - start >= _LONGEST_UNNAMED * rate
    ]


def _stretches(where: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Start and end of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], where, [False]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _notes(
    spoken: Sequence[_Spoken],
    heard: Collection[int],
    unspeakable: Sequence[str],
    others: Sequence[tuple[float, float]],
) -> tuple[str, ...]:
    notes = []
    unheard = [word.text for number, word in enumerate(spoken) if number not in heard and not word.aside]
    if unheard:
        notes.append(f"These words of the transcript were not heard: {_listed(unheard)}.")
    if unspeakable:
        notes.append(_unspeakable_note(unspeakable))
    if others:
        places = _listed([f"{start:.1f} to {end:.1f} s" for start, end in others])
        notes.append(f"Speech that the transcript does not have: {places}.")
    guessed = [
        word.text
        for number, word in enumerate(spoken)
        if word.guessed and (number in heard or not word.aside)
    ]
    if guessed:
        notes.append(f"Not in the dictionary, so pronounced by their spelling: {_listed(guessed)}.")
    return tuple(notes)


def _unspeakable_note(unspeakable: Sequence[str]) -> str:
    return f"These parts of the transcript cannot be said in English: {_listed(unspeakable)}."


def _listed(texts: Sequence[str]) -> str:
    different = list(dict.fromkeys(texts))
    listed = ", ".join(different[:_MOST_NAMED])
    return listed if len(different) <= _MOST_NAMED else f"{listed} and {len(different) - _MOST_NAMED} more"
