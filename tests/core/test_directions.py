# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands in square brackets: at which word it takes effect, and that it changes no word."""

import json

import pytest
from soliloquy.core.generate.emotion.directions import NEUTRAL, EmotionTag
from soliloquy.core.generate.emotion.words import written_tags
from soliloquy.core.motion import Word
from soliloquy.core.phone_track import Direction
from soliloquy.core.transcript.align import align
from soliloquy.core.transcript.directions import WrittenDirection, timed_directions, written_directions
from soliloquy.core.transcript.files import read_transcript
from soliloquy.core.transcript.normalise import normalise
from soliloquy.core.transcript.text import Segment, Transcript

from .spoken import heard, read_aloud

TEXT = "I love the sunny morning. Go away from my wooden house in 1984. Maybe tomorrow we will see."
TAGGED = (
    "[happy] I love the sunny morning. [angry 0.6]Go away from my [laughs] wooden house in[afraid .5]1984. "
    "[neutral] Maybe tomorrow we will [hapy] see. [sad]"
)
RATE = 80.0


@pytest.fixture(scope="module")
def sound():
    phones, words = read_aloud(TEXT, seed=3)
    duration = phones[-1].end + 0.3
    starts = dict(words.values())
    return heard(phones, duration, RATE, seed=4, noise=0.8), duration, starts


def directed(sound, transcript):
    posteriors, duration, _ = sound
    return align(posteriors, RATE, transcript, duration=duration)


def test_tags_change_no_word_and_stand_at_the_word_that_follows(sound) -> None:
    plain, tagged = directed(sound, TEXT), directed(sound, TAGGED)
    assert tagged.phones == plain.phones
    assert tagged.words == plain.words
    assert tagged.notes == plain.notes
    assert plain.directions == ()
    start = {word.text: word.start for word in tagged.words}
    assert tagged.directions == (
        Direction("happy", 0.0),
        Direction("angry 0.6", start["Go"]),
        Direction("laughs", start["wooden"]),
        Direction("afraid .5", start["1984"]),
        Direction("neutral", start["Maybe"]),
        Direction("hapy", start["see"]),
        Direction("sad", tagged.words[-1].end),
    )
    for word in ("Go", "wooden", "Maybe"):
        assert start[word] == pytest.approx(sound[2][word], abs=0.08)


def test_tags_among_them_become_emotions(sound) -> None:
    tags, notes = written_tags(directed(sound, TAGGED.replace("[sad]", "[sad 3]")).directions)
    assert [(tag.emotion, tag.strength) for tag in tags] == [
        ("happiness", 1.0),
        ("anger", 0.6),
        ("fear", 0.5),
        (NEUTRAL, 1.0),
    ]
    assert tags[0] == EmotionTag(0.0, "happiness")
    assert notes == (
        "'[hapy]' of the transcript is no emotion: write '[happy]' if that is meant.",
        "'[sad 3]' of the transcript is not used: The strength of sadness is 3.0: expected 0 to 1.",
    )


def test_a_word_that_was_not_heard_hands_its_tag_on(sound) -> None:
    text = TEXT.replace("wooden", "[angry] yesterday evening wooden")
    track = directed(sound, text)
    assert any("yesterday, evening" in note for note in track.notes)
    wooden = next(word for word in track.words if word.text == "wooden")
    assert track.directions == (Direction("angry", wooden.start),)


def test_a_transcript_of_another_sound_keeps_what_has_a_time(sound) -> None:
    lines = ["[happy] Seven thunders in the garden window", "[angry] purple elephants juggle"]
    track = directed(sound, " ".join(lines))
    assert track.words == ()
    assert track.directions == (Direction("happy", 0.0),)
    timed = Transcript((Segment(lines[0], 0.5, 2.0), Segment(lines[1], 2.5, 4.0)))
    assert directed(sound, timed).directions == (Direction("happy", 0.5), Direction("angry", 2.5))


@pytest.mark.parametrize(
    ("written", "time"),
    [
        (WrittenDirection("x", 0), 0.0),
        (WrittenDirection("x", 1), 2.0),
        (WrittenDirection("x", 3), 3.5),
        (WrittenDirection("x", 0, 0, 1, 0.8), 1.0),
        (WrittenDirection("x", 1, 0, 1, 0.8), 1.5),
        (WrittenDirection("x", 1, 1, 2, 1.7), 1.7),
        (WrittenDirection("x", 3, 3, 3, 9.0), 5.0),
    ],
)
def test_where_segments_have_times(written: WrittenDirection, time: float) -> None:
    words = {0: Word("a", 1.0, 1.5, 1.0), 2: Word("c", 2.0, 3.5, 1.0)}
    assert timed_directions([written], words, 5.0) == (Direction("x", time),)


def test_tags_keep_their_order_where_words_come_before_their_segment() -> None:
    written = [WrittenDirection("sad", 0, 0, 0, 2.0), WrittenDirection("happy", 0, 0, 1, 2.2)]
    directions = timed_directions(written, {0: Word("a", 1.5, 1.8, 1.0)}, 5.0)
    assert directions == (Direction("sad", 1.5), Direction("happy", 1.5))


def test_a_bracket_that_nobody_closed_takes_nothing_with_it(sound) -> None:
    track = directed(sound, TEXT.replace("love", "[hapy love").replace("Maybe", "[[sad]] Maybe"))
    assert [word.text for word in track.words] == [word.text for word in directed(sound, TEXT).words]
    assert [direction.text for direction in track.directions] == ["sad"]


SUBTITLES = """{head}1
00:00:00{comma}100 --> 00:00:03{comma}000
- [happy] <i>ANNA:</i> I love (sighs) the
sunny morning. [neutral]

2
00:00:03{comma}000 --> 00:00:09{comma}000
[angry 0.6] [door] Go away from my wooden house in 1984.
"""
SENTENCES = ["[happy] I love the sunny morning. [neutral]", "[angry 0.6] [door] Go away from my wooden house"]


@pytest.mark.parametrize(
    ("line", "spoken"),
    [
        ("ANNA [sad]: Yes.", "[sad]Yes."),
        ("- [door] - ANNA: Yes.", "[door] Yes."),
        ("- [door] ANNA [sad] [loud]: Yes.", "[door] [sad] [loud]Yes."),
        ("ANNA [sad] Yes.", "ANNA [sad] Yes."),
    ],
)
def test_subtitles_keep_directions_beside_who_speaks(tmp_path, line: str, spoken: str) -> None:
    path = tmp_path / "a.srt"
    path.write_text(f"1\n00:00:01,000 --> 00:00:02,000\n{line}\n")
    (segment,) = read_transcript(path).segments
    assert segment.text == spoken


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.srt", SUBTITLES.format(head="", comma=",")),
        ("a.vtt", SUBTITLES.format(head="WEBVTT\n\n", comma=".")),
        ("a.txt", "\n".join(SENTENCES)),
        ("a.csv", f'text,start,end\n"{SENTENCES[0]}",0.1,3.0\n"{SENTENCES[1]}",3.0,9.0\n'),
        ("a.json", json.dumps([[SENTENCES[0], 0.1, 3.0], [SENTENCES[1], 3.0, 9.0]])),
    ],
)
def test_tags_in_files(sound, tmp_path, name: str, content: str) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    track = directed(sound, read_transcript(path))
    start = {word.text: word.start for word in track.words}
    end = {word.text: word.end for word in track.words}
    assert "ANNA" not in start
    is_timed = name != "a.txt"
    assert track.directions == (
        Direction("happy", start["I"] if is_timed else 0.0),
        Direction("neutral", end["morning"] if is_timed else start["Go"]),
        Direction("angry 0.6", start["Go"]),
        Direction("door", start["Go"]),
    )


def test_a_direction_is_one_line() -> None:
    assert written_directions("Go [hapy\n  0.6 ] on") == [(3, "hapy 0.6")]


def test_tokens_know_their_places() -> None:
    text = "[x] ANNA: It cost $5 million, didn't it? (softly) Ca\u0301fe\u0301 21st."
    composed = "[x] ANNA: It cost $5 million, didn't it? (softly) Cáfé 21st."
    for token in normalise(text):
        assert composed[token.place :].startswith(token.written)
