# SPDX-License-Identifier: GPL-3.0-or-later
import pytest
from soliloquy.core.errors import InputError
from soliloquy.core.generate.emotion.directions import EMOTIONS, NEUTRAL, EmotionTag
from soliloquy.core.generate.emotion.words import (
    EMOTION_OF,
    WORDS,
    emotion_tag,
    is_emotion,
    meant_emotion,
    written_tags,
)
from soliloquy.core.phone_track import Direction


def test_every_emotion_has_words_of_its_own() -> None:
    assert tuple(WORDS) == (*EMOTIONS, NEUTRAL)
    assert len(EMOTION_OF) == sum(len(words) for words in WORDS.values())
    for emotion, words in WORDS.items():
        assert emotion in words
        assert all(word == word.lower() and word.isalpha() for word in words)


@pytest.mark.parametrize(
    ("text", "emotion", "strength"),
    [
        ("happy", "happiness", 1.0),
        ("angry 0.6", "anger", 0.6),
        ("[sad .4]", "sadness", 0.4),
        ("[ Sad ,4 ]", "sadness", 0.4),
        ("SCARED 0,25", "fear", 0.25),
        ("angry 60%", "anger", 0.6),
        ("(Angry: 60 %)", "anger", 0.6),
        ("disgusted=1", "disgust", 1.0),
        ("surprised, 0.5", "surprise", 0.5),
        ("happy,0.5", "happiness", 0.5),
        ("happy,1", "happiness", 1.0),
        ("sad;.3", "sadness", 0.3),
        ("smug_0.7", "contempt", 0.7),
        ("angry0.3", "anger", 0.3),
        (" neutral\n", NEUTRAL, 1.0),
        ("[calm]", NEUTRAL, 1.0),
        ("joyful 0", "happiness", 0.0),
        ("mad 1.", "anger", 1.0),
    ],
)
def test_what_people_write_is_understood(text: str, emotion: str, strength: float) -> None:
    assert is_emotion(text)
    assert emotion_tag(text, 2.5) == EmotionTag(2.5, emotion, strength)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "laughs", "[hapy]", "sad music", "0.6", "angry 0.6 0.7", "angry %", "angry 0.6]x", "un happy"],
)
def test_other_text_is_no_emotion(text: str) -> None:
    with pytest.raises(InputError, match=r"is no emotion: expected one of happy, sad, angry, .*'angry 0.6'"):
        emotion_tag(text)


@pytest.mark.parametrize("text", ["angry 6", "angry,6", "angry -0.1", "sad 101%"])
def test_strengths_stay_within_their_limits(text: str) -> None:
    assert is_emotion(text)
    with pytest.raises(InputError, match="expected 0 to 1"):
        emotion_tag(text)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("[hapy]", "happy"),
        ("Angy 0.5", "angry"),
        ("suprised", "surprised"),
        ("[disgusting]", "disgust"),
        ("happy", None),
        ("[sad 7]", None),
    ],
)
def test_slips_of_the_pen_are_known(text: str, meant: str | None) -> None:
    assert meant_emotion(text) == meant


def test_what_subtitles_say_of_sounds_is_no_slip() -> None:
    sounds = "laughs laughing music applause sighs sighing gasps chuckles crying screams whispers door phone "
    sounds += "coughs cheering silence pause inaudible beat man woman danger made said continues sniffs"
    assert [sound for sound in sounds.split() if meant_emotion(f"[{sound}]")] == []


@pytest.mark.parametrize("text", ["HAPPY!", "angry 0.6.", "happy, sad", "sad 0.5 + fear 0.5", "sad \u2212.5"])
def test_tags_that_are_written_otherwise_are_named(text: str) -> None:
    tags, (note,) = written_tags([Direction(text, 1.0)])
    assert tags == ()
    assert note.startswith(f"'[{text}]' of the transcript is not used: '{text}' is no emotion: expected")


def test_sounds_that_are_called_after_emotions_are_not_named() -> None:
    sounds = ("sad music", "angry shouting", "music", "", "2", "[door]")
    assert written_tags([Direction(sound, 1.0) for sound in sounds]) == ((), ())
