# SPDX-License-Identifier: GPL-3.0-or-later
import json

import pytest
from soliloquy.core.errors import InputError
from soliloquy.core.textgrid import Interval, Tier, parse_textgrid, write_textgrid
from soliloquy.core.transcript.files import read_transcript
from soliloquy.core.transcript.text import SUBTITLE_SLACK, WORD_SLACK, Segment

SRT = """\ufeff1\r
00:00:01,000 --> 00:00:02,500 X1:10 X2:20\r
<i>Hello,</i> my name\r
is {\\an8}Soliloquy.\r
\r
2\r
00:01:03,250 --> 01:01:04,000\r
[door] JOHN: (laughs) I am &amp; was ♪ la la ♪\r
3\r
01:01:05,000 --> 01:01:06,000\r
- Last.\r
\r
4\r
01:01:07,000 --> 01:01:08,000\r
[music]\r
"""
VTT = """WEBVTT - title

NOTE nothing of this is said

first
00:01.000 --> 00:02.500 align:start
<v Mary>Hello, <00:01.500>my name

00:00:03.000 --> 00:00:04.000
is Soliloquy.
"""
SHORT_TEXTGRID = '''File type = "ooTextFile"
Object class = "TextGrid"

0
2.5
<exists>
3
"TextTier"
"clicks"
0
2.5
1
0.7
"tick"
"IntervalTier"
"words"
0
2.5
3
0
0.4
""
0.4
0.9
"say ""hi"""
0.9
2.5
"sil"
"IntervalTier"
"phones"
0
2.5
1
0
2.5
"AA1"
'''


def written(folder, name: str, text: str | bytes):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_plain_text_has_no_times(tmp_path) -> None:
    transcript = read_transcript(written(tmp_path, "a.TXT", "Hello,\n\nmy name"))
    assert transcript.segments == (Segment("Hello,\n\nmy name"),)
    assert transcript.text == "Hello, my name"


def test_subrip(tmp_path) -> None:
    transcript = read_transcript(written(tmp_path, "a.srt", SRT))
    assert [" ".join(segment.text.split()) for segment in transcript.segments] == [
        "Hello, my name is Soliloquy.",
        "[door] I am & was",
        "Last.",
        "[music]",
    ]
    assert (transcript.segments[0].start, transcript.segments[0].end) == (1.0, 2.5)
    assert (transcript.segments[1].start, transcript.segments[1].end) == (63.25, 3664.0)
    assert transcript.slack == SUBTITLE_SLACK


def test_old_subtitles_are_western(tmp_path) -> None:
    text = "1\n00:00:01,000 --> 00:00:02,000\nCafé\n".encode("cp1252")
    assert read_transcript(written(tmp_path, "a.srt", text)).text == "Café"


def test_webvtt(tmp_path) -> None:
    transcript = read_transcript(written(tmp_path, "a.vtt", VTT))
    assert transcript.segments == (Segment("Hello, my name", 1.0, 2.5), Segment("is Soliloquy.", 3.0, 4.0))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_short_textgrid_in_both_encodings(tmp_path, encoding: str) -> None:
    transcript = read_transcript(written(tmp_path, "a.TextGrid", SHORT_TEXTGRID.encode(encoding)))
    assert transcript.segments == (Segment('say "hi"', 0.4, 0.9),)
    assert transcript.slack == WORD_SLACK


def test_textgrid_is_read_as_it_was_written(tmp_path) -> None:
    path = tmp_path / "a.TextGrid"
    tiers = [
        Tier("words", (Interval(0.25, 0.5, 'a "b" [1]: x = 3'), Interval(0.75, 1.0, "été\n2 <exists> 4"))),
        Tier("phones", ()),
    ]
    write_textgrid(path, tiers, 2.0)
    words, phones = parse_textgrid(path.read_text(encoding="utf-8"), "it")
    assert words.intervals == (
        Interval(0.0, 0.25, ""),
        *tiers[0].intervals[:1],
        Interval(0.5, 0.75, ""),
        *tiers[0].intervals[1:],
        Interval(1.0, 2.0, ""),
    )
    assert phones.intervals == (Interval(0.0, 2.0, ""),)


def test_textgrid_of_sentences(tmp_path) -> None:
    path = tmp_path / "a.TextGrid"
    write_textgrid(path, [Tier("speaker 1", (Interval(1, 2, "Hello there."),))], 3)
    transcript = read_transcript(path)
    assert transcript.segments == (Segment("Hello there.", 1, 2),)
    assert transcript.slack == SUBTITLE_SLACK
    write_textgrid(path, [Tier("one", ()), Tier("two", ())], 3)
    with pytest.raises(InputError, match=r"has no tier 'words'.*'one', 'two'"):
        read_transcript(path)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "Word,Start,End\nhello,0.1,0.5\nyou,0.6,0.9\n"),
        ("a.csv", "hello;0.1;0.5\nyou;0.6;0.9\n"),
        ("a.tsv", "begin\tduration\ttext\n0.6\t0.3\tyou\n0.1\t0.4\thello\n"),
        ("a.json", json.dumps([["hello", 0.1, 0.5], ["you", 0.6, 0.9]])),
        (
            "a.json",
            json.dumps({"words": [{"word": "hello", "start": 0.1, "end": 0.5}, ["you", 0.6, 0.9, 1.0]]}),
        ),
        (
            "a.json",
            json.dumps(
                {
                    "text": "hello you",
                    "segments": [
                        {"text": "x", "start": 0, "words": [{"word": " hello", "start": 0.1, "end": 0.5}]},
                        {"text": "y", "start": 0, "words": [{"word": " you", "start": 0.6, "end": 0.9}]},
                    ],
                }
            ),
        ),
    ],
)
def test_word_times(tmp_path, name: str, text: str) -> None:
    transcript = read_transcript(written(tmp_path, name, text))
    assert [segment.text for segment in transcript.segments] == ["hello", "you"]
    assert [segment.start for segment in transcript.segments] == [0.1, 0.6]
    assert [segment.end for segment in transcript.segments] == pytest.approx([0.5, 0.9])
    assert transcript.slack == WORD_SLACK


def test_tags_make_no_sentence_of_a_word(tmp_path) -> None:
    words = [["[angry 60 %] Go", 0.1, 0.5], ["away", 0.6, 0.9]]
    assert read_transcript(written(tmp_path, "a.json", json.dumps(words))).slack == WORD_SLACK
    words[1][0] = "away from my house"
    assert read_transcript(written(tmp_path, "a.json", json.dumps(words))).slack == SUBTITLE_SLACK


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("a.docx", "x", "unknown ending '.docx'"),
        ("a.txt", "... !\n", "has no words"),
        ("a.txt", b"\xff\xfe\x00", "is not text"),
        ("a.srt", "hello", "has no subtitles"),
        ("a.srt", "00:00:02,000 --> 00:00:01,000\nhello", "ends before it starts"),
        ("a.TextGrid", "hello", "damaged TextGrid"),
        ("a.TextGrid", 'File type = "ooTextFile"\n"Sound"', "is not a Praat TextGrid"),
        ("a.TextGrid", SHORT_TEXTGRID[:150], "damaged TextGrid"),
        ("a.csv", "hello there\n", "has no columns 'word'"),
        ("a.csv", "word,start,end\nhello,soon,0.5\n", "Row 2 .* no numbers"),
        ("a.csv", "word,start,end\nhello,1.5,0.5\n", "before it starts"),
        ("a.json", "{", "is not JSON"),
        ("a.json", "{}", "has no words"),
        ("a.json", "[3]", "Entry 1 .* is neither"),
        ("a.json", '[{"word": "hi", "start": [], "end": 1}]', "'hi' .* no numbers"),
    ],
)
def test_errors_are_one_line(tmp_path, name: str, text: str | bytes, problem: str) -> None:
    with pytest.raises(InputError, match=problem) as caught:
        read_transcript(written(tmp_path, name, text))
    assert "\n" not in str(caught.value)
    assert name in str(caught.value)


def test_missing_file(tmp_path) -> None:
    with pytest.raises(InputError, match=r"Cannot read the transcript .*No such file"):
        read_transcript(tmp_path / "nowhere.srt")
