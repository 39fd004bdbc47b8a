# SPDX-License-Identifier: GPL-3.0-or-later
"""What `soliloquy evaluate style` measures, on styles that the test makes."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("scipy")
pytest.importorskip("torch")
pytest.importorskip("soundfile")

from soliloquy.command_line import main
from soliloquy.core.evaluation.style_closures import StyleSeals, seal_middles, shift
from soliloquy.core.evaluation.style_codes import compare_codes, likeness, strength_of
from soliloquy.core.evaluation.style_recognition import (
    equal_displacement,
    equal_motion,
    recognise,
    statistics,
)
from soliloquy.core.evaluation.style_sentences import read_sentences
from soliloquy.core.motion import Phone
from soliloquy.core.retarget.arkit import ARKIT_INDEX
from soliloquy.core.training.dataset import read_captures, split

from ..captured_sets import write_facegood, write_grid, write_speech_set

FPS = 60.0
JAW, SMILE = ARKIT_INDEX["jawOpen"], ARKIT_INDEX["mouthSmileLeft"]


def said(sentence: int, *, amount: float = 1.0, smile: float = 0.0, speed: float = 1.0) -> np.ndarray:
    """Three seconds of a sentence in a style."""
    random = np.random.default_rng(sentence)
    time = np.arange(180) / FPS
    weights = np.zeros((180, 52))
    tones = sum(
        random.uniform(0.5, 1) * np.sin(2 * np.pi * f * speed * time + random.uniform(0, 6)) for f in (2, 3)
    )
    weights[:, JAW] = amount * (0.25 + 0.1 * tones)
    weights[:, SMILE] = smile
    return weights


def described(outputs: list[np.ndarray], styles: int) -> np.ndarray:
    return np.stack([statistics(each, FPS) for each in outputs]).reshape(len(outputs) // styles, styles, -1)


def test_statistics_are_mean_deviation_and_speed() -> None:
    weights = np.zeros((61, 52))
    weights[:, JAW] = np.arange(61) / FPS / 2
    one, other = statistics(weights, FPS), statistics(weights, 2 * FPS)
    count = len(one) // 3
    assert 0.25 in np.round(one[:count], 6)
    assert np.round(weights[:, JAW].std(), 6) in np.round(one[count : 2 * count], 6)
    assert 0.5 in np.round(one[2 * count :], 6)
    assert other[2 * count :] == pytest.approx(2 * one[2 * count :])


def test_styles_that_differ_are_recognised_and_those_that_do_not_are_not() -> None:
    styles = ({}, {"smile": 0.3}, {"amount": 0.5}, {"speed": 3.0})
    outputs = [said(sentence, **style) for sentence in range(6) for style in styles]
    found = recognise(described(outputs, len(styles)))
    assert found.share == 1
    assert (found.confusion == 6 * np.eye(4)).all()
    same = [said(10 * sentence + number) for sentence in range(30) for number in range(4)]
    assert recognise(described(same, 4)).share == pytest.approx(0.25, abs=0.15)


def test_equal_amplitude_takes_amplitude_away_and_nothing_else() -> None:
    styles = ({}, {"amount": 0.4}, {"smile": 0.3})
    outputs = [said(sentence, **style) for sentence in range(4) for style in styles]
    flat = equal_displacement(outputs)
    assert flat[0] == pytest.approx(flat[1])  # only the amplitude told them apart
    assert np.abs(flat[0] - flat[2]).max() > 0.05
    moved = equal_motion(outputs, keep_posture=True)
    assert moved[0].std(axis=0) == pytest.approx(moved[1].std(axis=0))
    assert moved[1].mean(axis=0) == pytest.approx(outputs[1].mean(axis=0))
    alone = equal_motion(outputs, keep_posture=False)
    assert alone[0] == pytest.approx(alone[2], abs=1e-9)  # a smile that stays is posture
    assert np.abs(alone[0].mean(axis=0)).max() < 1e-12
    assert recognise(described(alone, 3)).share < 0.7
    still = np.zeros((10, 52))
    assert (equal_displacement([still, outputs[0]])[0] == 0).all()


def test_seals_are_found_where_they_are() -> None:
    phones = (Phone("AA", 0.2, 0.5), Phone("M", 0.5, 0.6), Phone("AA", 0.6, 1.0), Phone("P", 1.0, 1.1))
    weights = np.zeros((120, 52))
    weights[:, JAW] = 0.3
    weights[30:37, JAW] = 0  # 0.5 to 0.6 s
    (middle, none) = seal_middles(weights, phones, FPS)
    assert middle == pytest.approx(0.55)
    assert np.isnan(none)
    late = np.roll(weights, 2, axis=0)
    neutral, style = StyleSeals(), StyleSeals()
    neutral.add(weights, phones, FPS)
    style.add(late, phones, FPS)
    assert neutral.sealed == style.sealed == 0.5
    assert shift(style, neutral) == pytest.approx((2 / FPS, 2 / FPS))
    nobody = StyleSeals()
    nobody.add(np.where(weights > 0, weights, 0.3), phones, FPS)
    assert np.isnan(shift(nobody, neutral)[0])


def test_codes_of_styles_and_codes_of_sentences() -> None:
    random = np.random.default_rng(0)
    styles, clips = random.standard_normal((5, 1, 16)), random.standard_normal((1, 7, 16))
    of_styles = compare_codes(styles + 0.1 * clips)
    assert of_styles.style_found == 1
    assert of_styles.ratio < 0.2
    of_clips = compare_codes(0.1 * styles + clips)
    assert of_clips.clip_found == 1
    assert of_clips.style_found < 0.5
    assert of_clips.ratio == pytest.approx(1, abs=0.05)
    assert of_clips.style_chance == 1 / 5
    assert of_clips.clip_chance == 1 / 7
    noise = compare_codes(random.standard_normal((8, 8, 16)))
    assert noise.style_found == pytest.approx(1 / 8, abs=0.12)
    assert noise.clip_found == pytest.approx(1 / 8, abs=0.12)


def test_strength_is_the_share_of_the_way() -> None:
    neutral, whole = said(0), said(0, smile=0.4)
    half = strength_of((neutral + whole) / 2, neutral, whole)
    assert half.share == pytest.approx(0.5)
    assert half.beside == pytest.approx(0, abs=1e-9)
    aside = strength_of(neutral + (said(0, amount=0.9) - said(0)), neutral, whole)
    assert aside.share == pytest.approx(0)
    assert aside.beside > 0.01
    assert np.isnan(strength_of(whole, neutral, neutral).share)


def test_likeness_looks_at_means_and_deviations() -> None:
    example = said(1, smile=0.3)
    assert likeness(example, example, range(52)) == (0, 0)
    other = said(2, smile=0.1)
    means, spreads = likeness(other, example, [SMILE])
    assert means == pytest.approx(0.2)
    assert spreads == pytest.approx(0)
    assert likeness(said(1, amount=0.5), example, [JAW])[1] == pytest.approx(example[:, JAW].std() / 2)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write_grid(folder / "grid_s1")
    write_facegood(folder / "facegood")
    write_speech_set(folder / "librispeech")
    return folder


def test_sentences_come_from_people_who_were_not_heard_and_from_held_out_clips(data: Path) -> None:
    held_out = split(read_captures(data, ["grid"]))[1]
    sentences = read_sentences(data, held_out, 3)
    assert [each.title for each in sentences] == ["real people", "held-out clip", "real people"]
    assert len(sentences[0].phones) > 20
    assert not sentences[1].phones
    assert len(read_sentences(data, held_out, 1)) == 1


@pytest.mark.parametrize("model", ["hybrid", "contextual"])
def test_the_command(model: str, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    page = tmp_path / "tables.md"
    command = ["evaluate", "style", "--data", str(data), "--model", model, "--markdown", str(page)]
    assert main([*command, "--styles", "calm", "smiling", "--sentences", "2", "--clips", "1"]) == 0
    tables = {
        table.splitlines()[0].split(":")[0]: table.splitlines()[1:]
        for table in capsys.readouterr().out.strip().split("\n\n")
    }
    named = [float(cell) for cell in tables["2 styles told from 2 sentences"][1].split()[-2:]]
    assert min(named) >= 75
    sealed = next(rows for title, rows in tables.items() if title.startswith("Closures in each style"))
    assert [row.split()[0] for row in sealed[1:4]] == ["neutral", "calm", "smiling"]
    assert all(float(row.split()[1]) > 80 for row in sealed[1:4])
    for row in tables["Strength"][1:]:
        none, changed, half, _, most = (float(cell) for cell in row.split()[1:])
        assert none == 0
        assert changed > 0.01
        assert 0.3 < half < 0.7 < 1.1 < most
    assert page.read_text(encoding="utf-8").count("### ") == len(tables)


def test_a_model_without_styles_is_refused(data: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(["evaluate", "style", "--data", str(data), "--model", "expnet", "--clips", "1"]) == 2
    assert "has no styles" in capsys.readouterr().err
    assert main(["evaluate", "style", "--data", str(data), "--sentences", "1"]) == 2
    assert "--sentences is 1" in capsys.readouterr().err
