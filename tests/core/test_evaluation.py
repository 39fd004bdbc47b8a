# SPDX-License-Identifier: GPL-3.0-or-later
"""`soliloquy evaluate expression` on small sets that the test makes, in the form of the real ones."""

from pathlib import Path

import numpy as np
import pytest

soundfile = pytest.importorskip("soundfile")
signal = pytest.importorskip("scipy.signal")

from soliloquy.command_line import main
from soliloquy.core.evaluation.expression import CROSS_NETWORKS, compare, loudness_baseline
from soliloquy.core.evaluation.voices import change_formants, change_pitch_alone
from soliloquy.core.runtime import WEIGHTS_FOLDER
from soliloquy.core.training.dataset import read_captures, split
from soliloquy.core.training.scores import MOUTH_MEASURES, measure_mouth

from .captured_sets import RATE, write_facegood, write_grid


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write_grid(folder / "grid_s1")
    write_facegood(folder / "facegood")
    return folder


def test_held_out_clips_are_not_trained_on(data: Path) -> None:
    training, held_out = split(read_captures(data, ["grid", "facegood"]))
    assert [clip.name for clip in held_out] == ["c5", "2_04"]
    assert not {clip.name for clip in training} & {clip.name for clip in held_out}


def test_the_motion_that_made_the_data_scores_best(data: Path) -> None:
    training, held_out = split(read_captures(data, ["facegood"]))
    rows = {
        row.measure: row
        for row in compare(held_out, lambda clip: measure_mouth(clip.weights), loudness_baseline(training))
    }
    assert set(rows) <= set(MOUTH_MEASURES)
    assert {"lip gap", "jaw"} <= set(rows)
    for row in rows.values():
        assert row.network.correlation == pytest.approx(1)
        assert row.network.rmse < 1e-9
        assert row.lag == pytest.approx(0, abs=1e-6)
        assert row.zero.rmse > 0
        assert abs(row.loudness.correlation) < 0.98


def test_the_command_prints_four_tables(data: Path, capsys: pytest.CaptureFixture) -> None:
    network = str(WEIGHTS_FOLDER / "expnet.onnx")
    command = ["evaluate", "expression", "--data", str(data), "--grid-model", network]
    assert main([*command, "--facegood-model", network]) == 0
    printed = capsys.readouterr().out
    tables = printed.strip().split("\n\n")
    assert len(tables) == 4
    for table in tables:
        jaw = next(line for line in table.splitlines() if line.startswith("jaw"))
        assert float(jaw.split()[1]) > 0.95
        lag = float(jaw.split()[-1])
        assert abs(lag) < 10


def test_networks_side_by_side(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    """The shipped network made these faces, and its file says that it saw GRID and FACEGOOD."""
    pytest.importorskip("torch")
    network = str(WEIGHTS_FOLDER / "expnet.onnx")
    other = tmp_path / "grid_alone.onnx"
    other.write_bytes((CROSS_NETWORKS / "expnet_grid.onnx").read_bytes())
    command = ["evaluate", "expression", "--data", str(data), "--models", network, str(other)]
    assert main(command) == 0
    tables = {
        table.splitlines()[0].split(":")[0]: table.splitlines()[1:]
        for table in capsys.readouterr().out.strip().split("\n\n")
    }
    assert list(tables) == [
        "GRID s1, held-out clips", "GRID s1, other pitch", "GRID s1, other formants",
        "GRID s1, other equaliser", "FACEGOOD, held-out take", "FACEGOOD, all takes",
    ]  # fmt: skip

    def cells(table: str, name: str) -> list[str]:
        return next(line for line in tables[table] if line.startswith(name)).split()[-3:]

    assert tables["GRID s1, held-out clips"][1].split() == ["seen", "seen"]
    assert tables["FACEGOOD, held-out take"][1].split() == ["seen", "unseen"]
    assert cells("FACEGOOD, all takes", "jaw")[1] == "-"
    as_recorded = [float(cell) for cell in cells("GRID s1, held-out clips", "jaw")]
    assert as_recorded[1] > 0.95
    assert as_recorded[1] > max(as_recorded[0], as_recorded[2])
    assert float(cells("GRID s1, other formants", "jaw")[1]) < as_recorded[1]


def test_a_formant_change_keeps_the_pitch_and_moves_the_formants() -> None:
    pytest.importorskip("librosa")
    time = np.arange(RATE) / RATE
    buzz = sum(np.sin(2 * np.pi * 125 * harmonic * time) for harmonic in range(1, 60))
    resonance = signal.firwin2(513, [0, 400, 700, 1000, 8000], [0.02, 0.05, 1, 0.05, 0.02], fs=RATE)
    vowel = signal.lfilter(resonance, 1, buzz).astype(np.float32) * 0.05

    def centre_and_pitch(samples: np.ndarray) -> tuple[float, float]:
        part = samples[4000:12000] * np.hanning(8000)
        power = np.abs(np.fft.rfft(part)) ** 2
        correlation = np.correlate(part, part, "full")[8000 - 1 :]
        centre = np.average(np.arange(len(power)), weights=power)
        return float(centre), RATE / (60 + float(np.argmax(correlation[60:180])))

    formant, pitch = centre_and_pitch(vowel)
    assert pitch == pytest.approx(125, rel=0.02)
    for ratio in (0.84, 1.19):
        moved, kept = centre_and_pitch(change_formants(vowel, ratio))
        assert kept == pytest.approx(pitch, rel=0.02)
        assert moved / formant == pytest.approx(ratio, rel=0.05)
    moved, raised = centre_and_pitch(change_pitch_alone(vowel, 4))
    assert raised / pitch == pytest.approx(2 ** (4 / 12), rel=0.03)
    assert moved / formant == pytest.approx(1, abs=0.12)


def test_missing_sets_and_networks_are_named(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    assert main(["evaluate", "expression", "--data", str(tmp_path)]) == 2
    assert "grid_s1" in capsys.readouterr().err
    missing = str(tmp_path / "none.onnx")
    assert main(["evaluate", "expression", "--data", str(data), "--grid-model", missing]) == 2
    assert "none.onnx" in capsys.readouterr().err
