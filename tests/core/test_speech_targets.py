# SPDX-License-Identifier: GPL-3.0-or-later
"""Motion corrected by timed phones, seen through the head's geometry."""

import numpy as np
import pytest

pytest.importorskip("soundfile")

from soliloquy.core.motion import Phone
from soliloquy.core.retarget.arkit import ARKIT_INDEX, arkit_indices
from soliloquy.core.training.fit import lip_gap, mouth_width
from soliloquy.core.training.speech import SpokenClip, correct, corrected_capture, count_closures, read_speech

FPS = 60.0
TIMES = np.arange(180) / FPS
PHONES = (
    Phone("AA", 0.5, 0.8),
    Phone("P", 0.8, 0.88),
    Phone("AE", 0.88, 1.1),
    Phone("F", 1.1, 1.2),
    Phone("UW", 1.2, 1.5),
    Phone("T", 1.5, 1.56),
    Phone("AH", 1.7, 2.2),
)


def open_mouth(count: int) -> np.ndarray:
    weights = np.zeros((count, 52), np.float32)
    for name, value in (("jawOpen", 0.25), ("mouthLowerDownLeft", 0.2), ("mouthFunnel", 0.1)):
        weights[:, ARKIT_INDEX[name]] = value
    return weights


def at(second: float) -> int:
    return round(second * FPS)


@pytest.fixture(scope="module")
def corrected() -> np.ndarray:
    return correct(open_mouth(180), PHONES, TIMES)


def test_bilabials_seal_and_vowels_stay_open(corrected: np.ndarray) -> None:
    closed = lip_gap(corrected) < 0.02 * mouth_width(corrected)
    assert closed[at(0.8) : at(0.88)].all()
    for vowel in (0.62, 1.0, 1.4, 1.95):
        assert not closed[at(vowel)]


def test_the_lower_lip_comes_up_for_f_and_lips_round_for_u(corrected: np.ndarray) -> None:
    gaps = lip_gap(corrected)
    assert gaps[at(1.15)] < 0.4 * gaps[at(0.62)]
    assert corrected[at(1.15), ARKIT_INDEX["mouthRollLower"]] > 0.25
    widths = mouth_width(corrected)
    assert widths[at(1.35)] < widths[at(0.62)] - 0.02


def test_pauses_rest_but_stop_gaps_do_not(corrected: np.ndarray) -> None:
    mouth = arkit_indices(("jawOpen", "mouthFunnel", "mouthLowerDownLeft"))
    assert corrected[at(0.1), mouth].max() < 1e-6
    assert corrected[at(2.6), mouth].max() < 1e-6
    assert corrected[at(1.63), mouth].max() > 0.1
    # It opens ahead of the first vowel.
    assert 0.02 < corrected[at(0.45), ARKIT_INDEX["jawOpen"]] < 0.25


def test_no_pop(corrected: np.ndarray) -> None:
    # A raised cosine of 0.08 s over the largest change, 0.5 of pucker, is 0.16 a frame at its steepest.
    assert np.abs(np.diff(corrected, axis=0)).max() < 0.18


def test_closures_are_counted() -> None:
    clip = SpokenClip("a", np.zeros(48000, np.float32), PHONES)
    capture = corrected_capture(clip, lambda capture: open_mouth(len(capture)))
    good = count_closures([clip], [capture.weights], capture.fps)
    bad = count_closures([clip], [open_mouth(len(capture))], capture.fps)
    assert (good.sealed, good.vowels_sealed) == (1, 0)
    assert bad.sealed == 0


def test_sets_of_speech_are_cut_with_their_phones(tmp_path) -> None:
    import json

    import soundfile

    folder = tmp_path / "set"
    folder.mkdir()
    random = np.random.default_rng(0)
    soundfile.write(folder / "a.wav", random.normal(0, 0.1, 160_000), 16000, subtype="FLOAT")
    rows = [
        {"id": "x", "file": "a.wav", "start_sample": 0, "n_samples": 128_000, "split": "train"},
        {"id": "y", "file": "a.wav", "start_sample": 130_000, "n_samples": 16_000, "split": "val"},
    ]
    (folder / "index.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    starts = np.arange(0, 8000, 100)
    np.savez(
        folder / "phones.npz", phone_names=["AA", "M", "SIL"], offsets=[0, 80, 82],
        phone=np.array([0, 1] * 40 + [0, 2], np.uint8),
        start_ms=np.array([*starts, 0, 500], np.uint16),
        end_ms=np.array([*(starts + 100), 500, 1000], np.uint16),
    )  # fmt: skip
    (clip,) = read_speech(folder, 10, validation=False, seed=0)
    assert clip.duration == 6
    whole, _ = soundfile.read(folder / "a.wav", dtype="float32")
    skipped = next(i for i in range(32001) if whole[i] == clip.samples[0] and whole[i + 1] == clip.samples[1])
    first = clip.phones[0]
    assert (first.start + skipped / 16000) * 10 == pytest.approx(round((first.start + skipped / 16000) * 10))
    (other,) = read_speech(folder, 10, validation=True, seed=0)
    assert [phone.name for phone in other.phones] == ["AA"]
