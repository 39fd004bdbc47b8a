# SPDX-License-Identifier: GPL-3.0-or-later
"""Corpora of acted emotions, as they come unpacked, and what their licences say of networks trained on them.

Nothing of these corpora is part of this project: whoever trains on one has got it from its authors.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ...errors import InputError
from ...generate.emotion.directions import NEUTRAL
from ...generate.emotion.words import EMOTION_OF

SOUND_SUFFIXES: Final = frozenset({".wav", ".flac", ".mp3", ".ogg", ".opus"})

NORMAL: Final = 0.7
"""Strength of an emotion that was acted without being asked for more or less of it; ours."""
_LOW, _STRONG = 0.4, 1.0


@dataclass(frozen=True)
class EmotionClip:
    """A recording of somebody who acts an emotion.

    Attributes:
        path: sound file.
        emotion: of `EMOTIONS`, or neutral. Calm and bored voices count as neutral: the face has no
            pose for them.
        strength: 0..1 of the emotion; 1 for neutral.
        speaker: by the corpus's code; "" where nobody knows.
        sentence: what is said, by the corpus's code; the file's name where nobody knows.
    """

    path: Path
    emotion: str
    strength: float
    speaker: str
    sentence: str


@dataclass(frozen=True)
class EmotionCorpus:
    """What a folder holds.

    Attributes:
        name: the corpus.
        licence: and what it means for networks that learn from it; one line, to stand behind the name.
        clips: in the order of their paths; each recording once, where a corpus comes with copies.
        sounds: how many sound files lie in the folder, known or not.
    """

    name: str
    licence: str
    clips: tuple[EmotionClip, ...]
    sounds: int


@dataclass(frozen=True)
class _Layout:
    name: str
    licence: str
    clip_of: Callable[[Path], EmotionClip | None]


def read_corpus(folder: Path) -> EmotionCorpus:
    """The clips of a corpus, known by the names of its files, wherever they lie below a folder.

    RAVDESS, CREMA-D, EmoDB and ESD are known; singing (in RAVDESS) is left out. Other recordings lie in
    folders named after emotions, EMOTION/NAME.wav or SPEAKER/EMOTION/NAME.wav.

    Raises:
        InputError: there is no such folder, or nothing in it is known.
    """
    if not folder.is_dir():
        raise InputError(
            f"No folder with acted emotions at '{folder}': check the path, and unpack archives first."
        )
    sounds = sorted(path for path in folder.rglob("*") if _is_sound(path))
    found = [(layout, _known(layout.clip_of, sounds)) for layout in _LAYOUTS]
    layout, clips = max(found, key=lambda each: len(each[1]))
    if clips:
        return EmotionCorpus(layout.name, layout.licence, clips, len(sounds))
    own = tuple(clip for path in sounds if (clip := _own_clip(path, folder)) is not None)
    if not own:
        raise InputError(
            f"'{folder}' holds {len(sounds)} sound files, none of them known: expected RAVDESS, CREMA-D, "
            "EmoDB or ESD with the names their files came with, or folders named after emotions, such as "
            "'angry'."
        )
    return EmotionCorpus(folder.resolve().name, _OWN_LICENCE, own, len(sounds))


def _is_sound(path: Path) -> bool:
    # macOS packs a twin without sound beside each file.
    return path.suffix.lower() in SOUND_SUFFIXES and not path.name.startswith(".") and path.is_file()


def _known(clip_of: Callable[[Path], EmotionClip | None], sounds: Iterable[Path]) -> tuple[EmotionClip, ...]:
    clips: dict[str, EmotionClip] = {}
    for path in sounds:
        clip = clip_of(path)
        if clip is not None:
            clips.setdefault(path.stem.lower(), clip)
    return tuple(clips.values())


def _clip(path: Path, emotion: str, strength: float, speaker: str, sentence: str) -> EmotionClip:
    return EmotionClip(path, emotion, 1.0 if emotion == NEUTRAL else strength, speaker, sentence)


_RAVDESS: Final = re.compile(r"0[13]-01-(0[1-8])-(0[12])-(0[12])-0[12]-(\d\d)")
"""Modality (with or without picture), channel (speech), emotion, intensity, statement, repetition, actor."""
_RAVDESS_EMOTIONS: Final = (
    NEUTRAL,
    NEUTRAL,
    "happiness",
    "sadness",
    "anger",
    "fear",
    "disgust",
    "surprise",
)
"""By their numbers, from 1; the second is calm."""


def _ravdess_clip(path: Path) -> EmotionClip | None:
    match = _RAVDESS.fullmatch(path.stem)
    if match is None:
        return None
    emotion, intensity, statement, actor = match.groups()
    strength = _STRONG if intensity == "02" else NORMAL
    return _clip(path, _RAVDESS_EMOTIONS[int(emotion) - 1], strength, actor, statement)


_CREMA_D: Final = re.compile(r"(1\d{3})_([A-Z]{3})_(ANG|DIS|FEA|HAP|NEU|SAD)_(LO|MD|HI|XX?)", re.IGNORECASE)
_CREMA_D_EMOTIONS: Final = {
    "ANG": "anger",
    "DIS": "disgust",
    "FEA": "fear",
    "HAP": "happiness",
    "NEU": NEUTRAL,
    "SAD": "sadness",
}
_CREMA_D_LEVELS: Final = {"LO": _LOW, "MD": NORMAL, "HI": _STRONG}


def _crema_d_clip(path: Path) -> EmotionClip | None:
    match = _CREMA_D.fullmatch(path.stem)
    if match is None:
        return None
    actor, sentence, emotion, level = (part.upper() for part in match.groups())
    strength = _CREMA_D_LEVELS.get(level, NORMAL)
    return _clip(path, _CREMA_D_EMOTIONS[emotion], strength, actor, sentence)


_EMODB: Final = re.compile(r"(\d\d)([ab]\d\d)([WLEAFTN])[a-z]", re.IGNORECASE)
_EMODB_EMOTIONS: Final = {
    "W": "anger",
    "L": NEUTRAL,
    "E": "disgust",
    "A": "fear",
    "F": "happiness",
    "T": "sadness",
    "N": NEUTRAL,
}
"""By the first letters of Wut, Langeweile (boredom), Ekel, Angst, Freude, Trauer, neutral."""


def _emodb_clip(path: Path) -> EmotionClip | None:
    match = _EMODB.fullmatch(path.stem)
    if match is None:
        return None
    speaker, text, emotion = match.groups()
    return _clip(path, _EMODB_EMOTIONS[emotion.upper()], NORMAL, speaker, text.lower())


_ESD: Final = re.compile(r"(\d{4})_(\d{6})")
_ESD_SENTENCES: Final = 350
"""The same for each emotion, one emotion after the other."""
_ESD_CHINESE: Final = 10
"""Speakers up to this one speak Mandarin, the others English."""


def _esd_clip(path: Path) -> EmotionClip | None:
    match = _ESD.fullmatch(path.stem)
    # Some copies have folders train, evaluation and test between the emotion and its files.
    emotion = _emotion_of_folders(path.parent.parts[-2:])
    if match is None or emotion is None:
        return None
    speaker, number = match.groups()
    language = "zh" if int(speaker) <= _ESD_CHINESE else "en"
    sentence = (int(number) - 1) % _ESD_SENTENCES + 1
    return _clip(path, emotion[1], NORMAL, speaker, f"{language} {sentence}")


def _own_clip(path: Path, folder: Path) -> EmotionClip | None:
    parts = path.relative_to(folder).parent.parts
    named = _emotion_of_folders(parts)
    if named is None:
        return None
    place, emotion = named
    return _clip(path, emotion, NORMAL, " ".join(parts[:place]), path.stem)


def _emotion_of_folders(names: Sequence[str]) -> tuple[int, str] | None:
    """Place and emotion of the innermost folder with one in its name: angry, 01_Fear, Pleasant surprise."""
    for place in reversed(range(len(names))):
        for word in reversed(re.findall(r"[^\W\d_]+", names[place].lower())):
            emotion = NEUTRAL if word in {"bored", "boredom"} else EMOTION_OF.get(word)
            if emotion is not None:
                return place, emotion
    return None


_LAYOUTS: Final = (
    _Layout(
        "RAVDESS",
        "CC BY-NC-SA 4.0 (Livingstone and Russo, PLoS ONE 13(5), 2018): name it, pass on what learnt from it "
        "under the same terms, and use it commercially only with a licence from its authors.",
        _ravdess_clip,
    ),
    _Layout(
        "CREMA-D",
        "Open Database License 1.0 (Cao et al., IEEE Transactions on Affective Computing 5(4), 2014): name "
        "it; a database made from it stays under that licence.",
        _crema_d_clip,
    ),
    _Layout(
        "EmoDB",
        "offered by its site for free use with a citation (Burkhardt et al., Interspeech 2005), without a "
        "licence text that we know of: ask its authors before you sell or pass on what learnt from it.",
        _emodb_clip,
    ),
    _Layout(
        "ESD",
        "for research only, under the agreement that its users sign (Zhou et al., Speech Communication 137, "
        "2022): so is what learnt from it.",
        _esd_clip,
    ),
)
_OWN_LICENCE: Final = "recordings of one's own: whoever holds the rights to them decides."
