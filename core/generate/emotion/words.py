# SPDX-License-Identifier: GPL-3.0-or-later
"""Emotions as people write them, in tags of a transcript, names of markers and arguments: angry 0.6."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

from ...errors import InputError
from ...phone_track import Direction
from .directions import NEUTRAL, EmotionTag

WORDS: Final[dict[str, tuple[str, ...]]] = {
    "happiness": (
        "happy",
        "happiness",
        "happily",
        "joy",
        "joyful",
        "joyous",
        "glad",
        "cheerful",
        "delighted",
    ),
    "sadness": ("sad", "sadness", "sadly", "sorrow", "sorrowful", "unhappy", "grief", "mournful"),
    "anger": ("angry", "anger", "angrily", "mad", "furious", "rage", "raging", "enraged"),
    "fear": ("afraid", "fear", "fearful", "fearfully", "scared", "frightened", "terrified", "anxious"),
    "disgust": ("disgusted", "disgust", "revolted", "repelled"),
    "surprise": ("surprised", "surprise", "astonished", "amazed", "startled"),
    "contempt": ("contemptuous", "contempt", "scornful", "scorn", "disdainful", "disdain", "smug"),
    NEUTRAL: (NEUTRAL, "calm", "calmly", "relaxed", "none"),
}
"""Of each emotion the words that mean it; the first is how an animator would write it."""

EMOTION_OF: Final = {word: emotion for emotion, words in WORDS.items() for word in words}
"""The emotion that each word means."""

_TAG: Final = re.compile(
    # A comma at the word parts it from its number; one before digits begins them: happy,0.5 and happy ,5.
    r"\s*[\[({<]?\s*(?P<word>[^\W\d_]+)(?:\s*[:=_;]|,)?\s*"
    r"(?P<number>-?(?:\d+(?:[.,]\d*)?|[.,]\d+))?\s*(?P<percent>%)?\s*[\])}>]?\s*"
)
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_SHORTEST: Final = 4
"""Letters of a word that may be a misspelt one: almost any three are one letter away from others."""
_ALIKE: Final = 0.8
"""Share of equal letters from which on they are taken for a slip of the pen."""


def emotion_tag(text: str, time: float = 0.0) -> EmotionTag:
    """The emotion that somebody wrote: happy, angry 0.6, [sad .4], SCARED 60 %, neutral.

    Args:
        text: a word of `WORDS` in any case, alone or with its strength: a number from 0 to 1 with a point or
            a comma, or per cent; in brackets or without. No strength is the full one.
        time: seconds from the start of the sound.

    Raises:
        InputError: no such emotion, or a strength outside of 0 to 1.
    """
    match = _TAG.fullmatch(text)
    emotion = EMOTION_OF.get(match["word"].lower()) if match else None
    if match is None or emotion is None or (match["percent"] and not match["number"]):
        known = ", ".join(words[0] for words in WORDS.values())
        raise InputError(
            f"'{text.strip()}' is no emotion: expected one of {known}, alone or with a strength from 0 to 1 "
            "behind it, such as 'angry 0.6'."
        )
    strength = float(match["number"].replace(",", ".")) if match["number"] else 1.0
    return EmotionTag(time, emotion, strength / 100 if match["percent"] else strength)


def is_emotion(text: str) -> bool:
    """Whether a text names an emotion, be its strength right or not; `emotion_tag` says so."""
    match = _TAG.fullmatch(text)
    return match is not None and match["word"].lower() in EMOTION_OF


def meant_emotion(text: str) -> str | None:
    """The word of `WORDS` that a misspelt tag is likely to mean (hapy 0.5); None for any other text."""
    match = _TAG.fullmatch(text)
    word = match["word"].lower() if match else ""
    if len(word) < _SHORTEST or word in EMOTION_OF:
        return None
    # The first letter is seldom wrong.
    alike = [known for known in EMOTION_OF if len(known) >= _SHORTEST and known[0] == word[0]]
    return next(iter(get_close_matches(word, alike, 1, _ALIKE)), None)


def written_tags(directions: Iterable[Direction]) -> tuple[tuple[EmotionTag, ...], tuple[str, ...]]:
    """Tags that a transcript's directions are, and lines for the user about those that are likely to be meant
    as one and are not."""
    tags, notes = [], []
    for direction in directions:
        meant = meant_emotion(direction.text)
        if meant is not None:
            notes.append(
                f"'[{direction.text}]' of the transcript is no emotion: write '[{meant}]' if that is meant."
            )
        elif _names_nothing_else(direction.text):
            try:
                tags.append(emotion_tag(direction.text, direction.time))
            except InputError as error:
                notes.append(f"'[{direction.text}]' of the transcript is not used: {error}")
    return tuple(tags), tuple(dict.fromkeys(notes))


def _names_nothing_else(text: str) -> bool:
    """Whether all words of a text are emotions: happy!, happy and sad joined by signs, but no sad music."""
    words = _LETTERS.findall(text.lower())
    return bool(words) and all(word in EMOTION_OF for word in words)
