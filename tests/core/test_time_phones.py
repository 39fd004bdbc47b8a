# SPDX-License-Identifier: GPL-3.0-or-later
"""From sound to a phone track; mostly with an encoder that has learnt nothing: the way is tested."""

import json

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import soliloquy.samples as samples
from soliloquy.command_line import main
from soliloquy.core.errors import AudioError, Cancelled
from soliloquy.core.generate.phones import time_phones
from soliloquy.core.models.mel_speech_encoder import MelSpeechEncoder, MelSpeechEncoderConfig
from soliloquy.core.motion_files import read_npz
from soliloquy.core.phone_files import read_phones
from soliloquy.core.training.speech_encoder import SpeechTrainingOptions, write_encoder

SMALL = MelSpeechEncoderConfig(bands=(4, 6), width=8, middle=12, embedding=10)


PLAIN = str.maketrans("", "", ",.")


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("speech") / "encoder.onnx"
    write_encoder(MelSpeechEncoder(SMALL).eval(), path, SpeechTrainingOptions(), ["made up"], "none")
    return str(path)


def test_track_covers_the_sound(encoder) -> None:
    track = time_phones(samples.SOUND, model=encoder, providers=["cpu"])
    assert track.duration == pytest.approx(10.1, abs=0.1)
    assert track.phones[0].start == 0
    assert track.phones[-1].end == track.duration
    assert track.words == ()


def test_a_transcript_gives_words_or_a_note(encoder) -> None:
    # An encoder that has learnt nothing hears none of them.
    track = time_phones(samples.SOUND, transcript="Hello, my name", model=encoder, providers=["cpu"])
    heard = [word.text for word in track.words]
    unheard = next((note for note in track.notes if "not heard" in note), "")
    refused = any("not of this sound" in note for note in track.notes)
    assert refused or all(word in heard or word in unheard for word in ("Hello", "my", "name"))


def test_the_shipped_encoder_finds_the_words_of_the_sample() -> None:
    text = "ANNA: Hello, my name is Soliloquy. (sighs) Give me a voize, and I will move the lips for you."
    track = time_phones(samples.SOUND, transcript=text, providers=["cpu"])
    said = [word.text for word in track.words]
    assert said == text.replace("ANNA: ", "").replace("(sighs) ", "").translate(PLAIN).split()
    assert track.words[0].start == pytest.approx(samples.phones()[1].start, abs=0.06)
    assert not any("not heard" in note for note in track.notes)
    other = time_phones(samples.SOUND, transcript="Seven thunders in the garden window", providers=["cpu"])
    assert other.words == ()
    assert other.notes[0].startswith("The transcript is not of this sound")


def test_cancelling_and_empty_sound(encoder) -> None:
    with pytest.raises(Cancelled):
        time_phones(samples.SOUND, model=encoder, providers=["cpu"], cancelled=lambda: True)
    with pytest.raises(AudioError, match="holds no samples"):
        time_phones([np.zeros(0, np.float32)], model=encoder, providers=["cpu"])


def test_command_line_writes_phones(tmp_path) -> None:
    (tmp_path / "said.txt").write_text("Hello, my name is Soliloquy.")
    out, phones = tmp_path / "motion.npz", tmp_path / "phones.TextGrid"
    command = ["animate", str(samples.SOUND), "--out", str(out), "--fps", "30", "--provider", "cpu"]
    assert main([*command, "--transcript", str(tmp_path / "said.txt"), "--phones", str(phones)]) == 0
    motion = read_npz(out)
    assert [phone.name for phone in read_phones(phones).phones] == [phone.name for phone in motion.phones]
    assert main([*command, "--phones", str(tmp_path / "phones.xml")]) == 2
    assert main([*command, "--transcript", str(tmp_path / "nowhere.txt")]) == 2


def test_batch_reads_transcripts(tmp_path) -> None:
    (tmp_path / "said.srt").write_text("1\n00:00:00,000 --> 00:00:02,000\nHello 東京\n", encoding="utf-8")
    rows = [
        {"audio": str(samples.SOUND), "out": "a.npz", "fps": 25, "transcript": "said.srt"},
        {"audio": str(samples.SOUND), "out": "b.npz", "fps": 25, "transcript": "nowhere.srt"},
    ]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    report = tmp_path / "report.json"
    assert main(["batch", str(tmp_path / "rows.jsonl"), "--report", str(report)]) == 1
    done, failed = json.loads(report.read_text())["rows"]
    assert done["status"] == "done"
    assert "cannot be said in English: 東京" in done["message"]
    assert failed["status"] == "failed"
    assert "Cannot read the transcript" in failed["message"]
    assert read_npz(tmp_path / "a.npz").phones
