# SPDX-License-Identifier: GPL-3.0-or-later
import json

import numpy as np
import pytest
import soliloquy.samples as samples
from soliloquy.core.errors import InputError
from soliloquy.core.motion import FaceMotion, Phone, Word
from soliloquy.core.motion_files import read_npz, write_npz
from soliloquy.core.phone_files import phone_writer_for, read_phones, write_phones
from soliloquy.core.phone_track import PhoneTrack
from soliloquy.core.textgrid import parse_textgrid
from soliloquy.core.transcript.files import read_transcript

TRACK = PhoneTrack(
    (
        Phone("SIL", 0.0, 0.25, 0.9),
        Phone("B", 0.25, 0.3125, 0.5),
        Phone("IY", 0.3125, 0.5, 0.75),
        Phone("AY", 0.5, 0.75, 1.0),
        Phone("UH", 0.75, 1.0, 0.25),
        Phone("SIL", 1.0, 1.5, 1.0),
    ),
    1.5,
    (Word('be "x"', 0.25, 0.5, 0.625), Word("I", 0.5, 0.75, 1.0)),
    ("Speech that the transcript does not have: 0.8 to 1.0 s.",),
)


def test_phones_know_their_words() -> None:
    assert TRACK.phone_words == (None, 0, 0, 1, None, None)


@pytest.mark.parametrize(
    "phones",
    [
        (Phone("B", 0.5, 0.4),),
        (Phone("B", 0.5, 0.7), Phone("IY", 0.6, 0.8)),
        (Phone("B", -0.1, 0.2),),
        (Phone("B", 1.0, 2.0),),
        (Phone("B", 0.2, float("nan")),),
    ],
)
def test_times_out_of_order_are_refused(phones) -> None:
    with pytest.raises(InputError, match=r"The phone 'B|The phone 'IY"):
        PhoneTrack(phones, 1.5)


def test_json_keeps_everything(tmp_path) -> None:
    path = tmp_path / "track.json"
    write_phones(path, TRACK)
    assert read_phones(path) == TRACK
    content = json.loads(path.read_text())
    assert content["phones"][1] == ["B", 0.25, 0.3125, 0.5]
    assert read_transcript(path).segments[1].text == "I"


def test_textgrid_keeps_phones_words_and_times(tmp_path) -> None:
    path = tmp_path / "track.TextGrid"
    write_phones(path, TRACK)
    read = read_phones(path)
    assert [(phone.name, phone.start, phone.end) for phone in read.phones] == [
        (phone.name, phone.start, phone.end) for phone in TRACK.phones
    ]
    assert [(word.text, word.start, word.end) for word in read.words] == [
        (word.text, word.start, word.end) for word in TRACK.words
    ]
    tiers = parse_textgrid(path.read_text(), "it")
    for tier in tiers:
        starts = [interval.start for interval in tier.intervals]
        ends = [interval.end for interval in tier.intervals]
        assert starts == [0.0, *ends[:-1]]
        assert ends[-1] == 1.5


def test_motion_carries_the_track_through_npz(tmp_path) -> None:
    motion = TRACK.on(FaceMotion.still(45, 30))
    path = tmp_path / "motion.npz"
    write_npz(path, motion)
    read = read_npz(path)
    assert read.phones == TRACK.phones
    assert read.words == TRACK.words
    assert PhoneTrack.of(read).phone_words == TRACK.phone_words


def test_motion_files_without_words_are_read(tmp_path) -> None:
    arrays = FaceMotion.still(3, 30).to_arrays()
    assert arrays["word_times"].shape == (0, 3)
    for name in ("word_texts", "word_times"):
        del arrays[name]
    np.savez(tmp_path / "old.npz", **arrays)
    assert read_npz(tmp_path / "old.npz").words == ()


def test_sample_is_a_track() -> None:
    assert read_phones(samples.PHONES).phones == samples.phones()


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("a.json", "{", "are not JSON"),
        ("a.json", '{"phones": 3}', "are not \\[phone, start, end\\]"),
        ("a.json", '[["QQ", 0, 1]]', "'QQ' at 0.000 s is not of ARPAbet"),
        ("a.json", '[["B", 1, 0]]', "out of order"),
        ("a.TextGrid", 'File type = "ooTextFile"\n"TextGrid"\n0 1 <exists> 0 ', "have no tier 'phones'"),
        ("a.xml", "", "is not .json or .TextGrid"),
    ],
)
def test_files_that_are_no_track(tmp_path, name: str, text: str, problem: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=problem):
        read_phones(tmp_path / name)


def test_unknown_ending_is_refused_before_any_work(tmp_path) -> None:
    with pytest.raises(InputError, match=r"Cannot write the phones"):
        phone_writer_for(tmp_path / "a.csv")
