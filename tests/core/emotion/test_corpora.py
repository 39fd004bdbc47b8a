# SPDX-License-Identifier: GPL-3.0-or-later
"""Corpora are known by the names of their files, wherever those lie."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

soundfile = pytest.importorskip("soundfile")

from soliloquy.core.audio import load
from soliloquy.core.errors import InputError
from soliloquy.core.generate.emotion.directions import NEUTRAL
from soliloquy.core.training.emotion.corpora import EmotionClip, read_corpus
from soliloquy.core.training.emotion.edits import edit_of


def make(folder: Path, names: Iterable[str]) -> Path:
    """Sound files of a tenth of a second."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, 0.1 * np.ones(1600, np.float32), 16000, format=path.suffix[1:].upper())
    return folder


def facts(clip: EmotionClip) -> tuple[str, float, str, str]:
    return clip.emotion, clip.strength, clip.speaker, clip.sentence


def test_ravdess(tmp_path: Path) -> None:
    make(
        tmp_path / "Audio_Speech_Actors_01-24",
        [
            "Actor_12/03-01-06-01-02-01-12.wav",
            "Actor_12/03-01-05-02-01-01-12.wav",
            "Actor_12/03-01-02-01-01-01-12.wav",
            "Actor_01/03-01-01-01-01-02-01.wav",
            # Sung, without sound, and a copy, with which it is handed about.
            "Actor_12/03-02-06-01-02-01-12.wav",
            "Actor_12/02-01-06-01-02-01-12.wav",
            "audio_speech_actors_01-24/Actor_12/03-01-05-02-01-01-12.wav",
        ],
    )
    corpus = read_corpus(tmp_path)
    assert corpus.name == "RAVDESS"
    assert "CC BY-NC-SA 4.0" in corpus.licence
    assert sorted(map(facts, corpus.clips)) == [
        ("anger", 1.0, "12", "01"),
        ("fear", 0.7, "12", "02"),
        (NEUTRAL, 1.0, "01", "01"),
        (NEUTRAL, 1.0, "12", "01"),
    ]


def test_crema_d(tmp_path: Path) -> None:
    make(
        tmp_path / "CREMA-D" / "AudioWAV",
        ["1001_DFA_ANG_XX.wav", "1001_IEO_HAP_HI.wav", "1002_IEO_SAD_LO.wav", "1040_ITH_NEU_X.WAV"],
    )
    corpus = read_corpus(tmp_path)
    assert corpus.name == "CREMA-D"
    assert "Open Database License" in corpus.licence
    assert sorted(map(facts, corpus.clips)) == [
        ("anger", 0.7, "1001", "DFA"),
        ("happiness", 1.0, "1001", "IEO"),
        (NEUTRAL, 1.0, "1040", "ITH"),
        ("sadness", 0.4, "1002", "IEO"),
    ]


def test_emodb(tmp_path: Path) -> None:
    letters = dict(zip("WLEAFTN", "abcdefa", strict=True))
    make(tmp_path / "wav", [f"03a01{emotion}{version}.flac" for emotion, version in letters.items()])
    corpus = read_corpus(tmp_path)
    assert corpus.name == "EmoDB"
    assert [clip.emotion for clip in corpus.clips] == [
        "fear",
        "disgust",
        "happiness",
        NEUTRAL,
        NEUTRAL,
        "sadness",
        "anger",
    ]
    assert {(clip.speaker, clip.sentence) for clip in corpus.clips} == {("03", "a01")}


def test_esd(tmp_path: Path) -> None:
    make(
        tmp_path / "Emotion Speech Dataset",
        [
            "0001/Neutral/0001_000001.wav",
            "0001/Angry/0001_000351.wav",
            "0011/Surprise/test/0011_001402.wav",
        ],
    )
    corpus = read_corpus(tmp_path)
    assert corpus.name == "ESD"
    assert "research" in corpus.licence
    assert list(map(facts, corpus.clips)) == [
        ("anger", 0.7, "0001", "zh 1"),
        (NEUTRAL, 1.0, "0001", "zh 1"),
        ("surprise", 0.7, "0011", "en 2"),
    ]


def test_folders_named_after_emotions(tmp_path: Path) -> None:
    folder = make(
        tmp_path / "ours",
        [
            "Angry/a.wav",
            "01_fearful/b.ogg",
            "anna/Pleasant surprise/c.wav",
            "boredom/d.flac",
            "unlabelled/e.wav",
        ],
    )
    (folder / "Angry" / "._a.wav").write_bytes(b"\0")
    (folder / "Angry" / "notes.txt").write_text("loud", encoding="utf-8")
    corpus = read_corpus(folder)
    assert corpus.name == "ours"
    assert sorted(map(facts, corpus.clips)) == [
        ("anger", 0.7, "", "a"),
        ("fear", 0.7, "", "b"),
        (NEUTRAL, 1.0, "", "d"),
        ("surprise", 0.7, "anna", "c"),
    ]


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".mp3", ".ogg"])
def test_every_kind_of_sound_can_be_loaded(tmp_path: Path, suffix: str) -> None:
    if suffix == ".mp3" and "MP3" not in soundfile.available_formats():
        pytest.skip("this libsndfile writes no MP3")
    folder = make(tmp_path, [f"happy/a{suffix}"])
    (clip,) = read_corpus(folder).clips
    assert len(load(clip.path)) >= 1600


def test_what_is_not_known_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds 0 sound files"):
        read_corpus(tmp_path)
    make(tmp_path, ["one.wav", "two/three.wav"])
    with pytest.raises(InputError, match="holds 2 sound files, none of them known"):
        read_corpus(tmp_path)
    with pytest.raises(InputError, match="No folder with acted emotions"):
        read_corpus(tmp_path / "archive.zip")


def test_edits_of_emotions_are_those_of_the_literature() -> None:
    anger, sadness, happiness = edit_of(0.6, -0.5), edit_of(-0.3, -0.6), edit_of(0.5, 0.8)
    assert anger.roughness > max(sadness.roughness, happiness.roughness)
    assert sadness.breathiness > max(anger.breathiness, happiness.breathiness)
    assert happiness.formants > max(anger.formants, sadness.formants)
    assert sadness.pitch < 0 < min(anger.pitch, happiness.pitch)
