# SPDX-License-Identifier: GPL-3.0-or-later
"""What `soliloquy evaluate generators` measures: nothing for the truth, and what was done to it otherwise."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("scipy")
pytest.importorskip("torch")
pytest.importorskip("soundfile")

from soliloquy.command_line import main
from soliloquy.core.evaluation.fast_motion import fast_share
from soliloquy.core.evaluation.generators_figures import error_difference, gap_difference, measure
from soliloquy.core.evaluation.generators_motion import (
    Captured,
    Line,
    Made,
    RememberingEncoder,
    lip_coordinates,
    truth_of,
)
from soliloquy.core.evaluation.generators_speed import measure_speed, model_files, parameter_count
from soliloquy.core.evaluation.generators_tables import Table, number, percent
from soliloquy.core.evaluation.vertex_metrics import region_vertices
from soliloquy.core.generate.generators import load_generator
from soliloquy.core.generate.speech import hear
from soliloquy.core.head import load_head
from soliloquy.core.retarget.arkit import ARKIT_INDEX
from soliloquy.core.runtime import WEIGHTS_FOLDER, load_network
from soliloquy.core.training.captures import Capture
from soliloquy.core.training.dataset import read_captures

from ..captured_sets import write_facegood, write_grid, write_speech_set

FPS = 30


def clip(seed: int, frames: int = 200) -> Capture:
    """Somebody whose jaw, corners and lids move, with sound that is as loud as the jaw is open."""
    random = np.random.default_rng(seed)
    weights = np.zeros((frames, 52), np.float32)
    time = np.arange(frames) / FPS
    jaw = 0.3 + 0.25 * np.sin(2 * np.pi * (1.1 + 0.2 * seed) * time)
    weights[:, ARKIT_INDEX["jawOpen"]] = jaw
    weights[:, ARKIT_INDEX["mouthStretchLeft"]] = 0.2 + 0.2 * np.sin(2 * np.pi * 0.7 * time)
    for name in ("eyeBlinkLeft", "eyeBlinkRight"):
        weights[:, ARKIT_INDEX[name]] = (np.sin(2 * np.pi * 0.4 * time) > 0.9).astype(np.float32)
    samples = random.standard_normal(round(frames / FPS * 16000))
    loud = np.interp(np.arange(len(samples)) / 16000, time, 10 ** (jaw - 1.5))
    return Capture(
        f"clip {seed}", "grid", (samples * loud).astype(np.float32), FPS, weights, np.ones(frames, bool)
    )


CLIPS = [clip(seed) for seed in range(3)]


class Changed:
    """The captured face, scaled about its clip's mean and moved; with noise where it is asked for."""

    def __init__(self, amount: float = 1.0, moved: float = 0.0, noise: float = 0.0) -> None:
        self.amount, self.moved, self.noise = amount, moved, noise
        self.random = np.random.default_rng(5)

    def make(self, capture: Capture) -> Made:
        beta = truth_of(capture).beta
        beta = beta.mean(axis=0) + self.amount * (beta - beta.mean(axis=0))
        jaw = load_head().arkit_to_expression[:, ARKIT_INDEX["jawOpen"]]
        drawn = self.noise * self.random.standard_normal((len(beta), 1))
        beta = (beta + (self.moved + drawn) * jaw).astype(np.float32)
        return Made(beta, beta)


def test_the_captured_face_is_not_off() -> None:
    result = measure(Captured(), CLIPS)
    figures = result.figures
    assert figures["lip gap"] == pytest.approx(1, abs=1e-3)
    assert figures["mouth width"] == pytest.approx(1, abs=1e-2)
    assert figures["amount"] == pytest.approx(1, abs=0.02)
    for name in ("lips mm", "LVE mm2", "moved mm", "FDD", "|FDD|"):
        assert figures[name] == pytest.approx(0, abs=1e-6)
    assert np.isnan(figures["pucker"])  # nobody puckers
    assert np.isnan(figures["fast"])  # nothing was made at another rate


def test_half_the_motion_is_off_by_half_of_it() -> None:
    figures = measure(Changed(amount=0.5), CLIPS).figures
    assert figures["lip gap"] == pytest.approx(1, abs=1e-2)
    assert figures["amount"] == pytest.approx(0.5, abs=0.03)
    mean = measure(Changed(amount=0.0), CLIPS).figures
    assert figures["lips mm"] == pytest.approx(mean["lips mm"] / 2, rel=1e-3)
    assert figures["LVE mm2"] == pytest.approx(mean["LVE mm2"] / 4, rel=1e-3)
    assert 0 < figures["FDD"] < mean["FDD"]
    assert figures["FDD"] == figures["|FDD|"]


def test_a_mouth_that_rests_elsewhere_is_off_only_where_it_rests() -> None:
    figures = measure(Changed(moved=0.1), CLIPS).figures
    head = load_head()
    jaw = 100 * np.linalg.norm(
        head.arkit_deltas[ARKIT_INDEX["jawOpen"], region_vertices(head, "lips")], axis=1
    )
    assert figures["lips mm"] == pytest.approx(jaw.max(), rel=1e-3)
    assert figures["moved mm"] == pytest.approx(0, abs=1e-4)


def test_only_captured_frames_count() -> None:
    spoilt = CLIPS[0].weights.copy()
    spoilt[100:150] = 0.7
    valid = np.ones(len(spoilt), bool)
    valid[100:150] = False
    capture = replace(CLIPS[0], weights=spoilt, valid=valid)

    class Unspoilt:
        def make(self, capture: Capture) -> Made:
            return Made(truth_of(CLIPS[0]).beta)

    assert measure(Unspoilt(), [capture]).figures["lips mm"] == pytest.approx(0, abs=1e-5)
    assert measure(Unspoilt(), [replace(capture, valid=~valid | valid)]).figures["lips mm"] > 0.5


def test_loudness_and_the_mean_face_are_baselines() -> None:
    line = Line.fitted(CLIPS)
    loud, still = (measure(each, CLIPS).figures for each in (line, line.still))
    assert loud["lip gap"] > 0.9
    assert np.isnan(still["lip gap"])
    assert loud["lips mm"] < still["lips mm"]
    flat = measure(line.still, CLIPS)
    assert flat.figures["amount"] == pytest.approx(0, abs=1e-6)


def test_the_share_of_fast_motion() -> None:
    time = np.arange(800)[:, None] / 80
    slow, fast = np.sin(2 * np.pi * 3 * time), np.sin(2 * np.pi * 20 * time)
    assert fast_share([slow], 80, 12) < 0.002
    assert fast_share([fast], 80, 12) > 0.998
    # The energy is that of the velocity: a twentieth of the way, seven times as often.
    both = fast_share([slow + 0.05 * fast], 80, 12)
    assert both == pytest.approx((0.05 * 20) ** 2 / ((0.05 * 20) ** 2 + 3**2), rel=0.05)
    assert fast_share([slow + fast], 80, 12, below=18) < 0.02
    assert np.isnan(fast_share([np.zeros((100, 2))], 80, 12))
    assert fast_share([slow, fast], 80, 12) == pytest.approx(400 / 409, rel=0.01)


def test_jitter_is_seen_in_the_figures() -> None:
    calm, nervous = (measure(Changed(noise=size), CLIPS).figures for size in (0.0, 0.03))
    assert nervous["fast seen"] > 5 * calm["fast seen"]
    assert nervous["quick seen"] > 2 * calm["quick seen"]
    tracked_at_25 = [replace(each, fps=25.0) for each in CLIPS]
    assert np.isnan(measure(Changed(), tracked_at_25).figures["fast seen"])


def test_lip_coordinates_have_the_length_of_the_lips_way() -> None:
    head = load_head()
    beta = np.random.default_rng(0).normal(0, 0.002, (4, 64))
    moved = 1000 * (head.vertices(beta=beta.astype(np.float32)) - head.template)
    weights = head.regions["lips"]
    far = np.sqrt((moved**2).sum(axis=-1) @ weights / weights.sum())
    assert np.linalg.norm(lip_coordinates(beta), axis=1) == pytest.approx(far, rel=0.05)


def test_differences_have_intervals() -> None:
    good, bad, same = (
        measure(each, CLIPS).pieces for each in (Changed(noise=0.02), Changed(noise=0.3), Changed(noise=0.02))
    )
    assert good is not None
    assert bad is not None
    assert same is not None
    # 200 frames at 30 a second are two pieces of 3 s, the rest with the second one.
    assert good.errors[:, 1].tolist() == [90, 110] * 3
    better = gap_difference(good, bad)
    assert 0 < better.low < better.value < better.high
    worse = error_difference(bad, good)
    assert 0 < worse.low < worse.value < worse.high
    nothing = error_difference(good, good)
    assert nothing.low == nothing.value == nothing.high == 0
    equal = error_difference(same, good)
    assert equal.low < 0.05 > abs(equal.value)


def test_an_encoder_hears_equal_sound_once() -> None:
    encoder = RememberingEncoder.of(load_network("speech_encoder", providers=["cpu"]))
    sound = CLIPS[0].samples[:16000]
    first = next(hear(encoder, [sound]))
    heard = len(encoder.heard)
    again = next(hear(encoder, [sound]))
    assert heard == len(encoder.heard) > 0
    assert (first.phones == again.phones).all()
    next(hear(encoder, [sound * np.float32(0.5)]))
    assert len(encoder.heard) > heard


def test_speed_and_size() -> None:
    generator = load_generator("expnet", providers=["cpu"])
    encoder = load_network("speech_encoder", providers=["cpu"])
    speeds = measure_speed({"one": generator, "other": generator}, encoder, repeats=1)
    assert speeds["one"].ratio == speeds["one"].whole_ratio == 1
    assert speeds["other"].whole_ratio == pytest.approx(1, rel=0.7)
    assert speeds["one"].own > 2 * speeds["one"].whole
    files = model_files("expnet")
    assert files == [WEIGHTS_FOLDER / "expnet.onnx"]
    assert parameter_count(files) == pytest.approx(0.23e6, rel=0.05)
    assert {path.name for path in model_files("meshtalk")} == {"audio.onnx", "sampler.onnx", "movement.onnx"}
    assert model_files(str(WEIGHTS_FOLDER / "none")) == []


def test_tables() -> None:
    table = Table(
        "Title", ["one", "two"], [("|FDD|", [number(1.23456), number(None)]), ("b", ["x", "y"])], ["n"]
    )
    assert table.text().splitlines()[1:] == [
        "Title",
        "         one  two",
        "|FDD|  1.235    -",
        "b          x    y",
        "n",
    ]
    assert "| \\|FDD\\| | 1.235 | - |" in table.markdown().splitlines()
    assert Table("Nothing", ["one"], []).text().splitlines()[-1].strip() == "one"
    assert number(float("nan")) == "-"
    assert number(0.5, 1, signed=True) == "+0.5"
    assert percent(0.1234, 2) == "12.34"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write_grid(folder / "grid_s1")
    write_facegood(folder / "facegood")
    write_speech_set(folder / "librispeech")
    return folder


def test_the_command(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    """ExpNet made these faces; beside it an ExpNet that saw GRID alone, which is there crossed."""
    folder = tmp_path / "crossed"
    folder.mkdir()
    network = (WEIGHTS_FOLDER / "expnet.onnx").read_bytes()
    (folder / "expnet_grid.onnx").write_bytes(network)
    page = tmp_path / "tables.md"
    other = str(WEIGHTS_FOLDER.parent / "evaluation" / "networks" / "expnet_grid.onnx")
    command = ["evaluate", "generators", "--data", str(data), "--models", "expnet", other, "--repeats", "1"]
    assert main([*command, "--crossed", str(folder), "--clips", "2", "--markdown", str(page)]) == 0
    tables = {
        table.splitlines()[0].split(":")[0]: table.splitlines()[1:]
        for table in capsys.readouterr().out.strip().split("\n\n")
    }
    assert list(tables) == [
        "GRID s1, held-out clips", "GRID s1, other pitch", "GRID s1, other formants",
        "GRID s1, other equaliser", "FACEGOOD, held-out take", "FACEGOOD, trained on GRID alone",
        "GRID s1, trained on FACEGOOD alone", "Lip gap, correlation above that of expnet",
        "Lips, mm farther away than expnet", "Closures, real people, 60 frames a second",
        "Speed on one thread, times realtime, and size", "Overview",
    ]  # fmt: skip

    def cells(table: str, name: str) -> list[str]:
        return next(line for line in tables[table] if line.startswith(name))[len(name) :].split()

    for table in ("GRID s1, held-out clips", "FACEGOOD, trained on GRID alone"):
        assert cells(table, "")[-3:] == ["expnet", "expnet_grid", "captured"]
        assert float(cells(table, "lip gap")[2]) > 0.9
    assert float(cells("GRID s1, held-out clips", "lips mm")[2]) < float(
        cells("GRID s1, held-out clips", "lips mm")[3]
    )
    assert cells("FACEGOOD, trained on GRID alone", "lip gap")[3] == "-"
    assert cells("GRID s1, trained on FACEGOOD alone", "lip gap")[2] != "-"  # as it ships for these tests
    assert cells("GRID s1, trained on FACEGOOD alone", "lip gap")[3] == "-"
    closures = "Closures, real people, 60 frames a second"
    assert (
        float(cells(closures, "expnet, constraints")[0]) >= float(cells(closures, "expnet, alone")[0]) > 0.5
    )
    seen = tables["Overview"][1:3]
    assert seen[0].strip() == "known people:"
    assert float(seen[1].split()[-3]) > 0.9
    assert page.read_text(encoding="utf-8").count("### ") == len(tables)


def test_models_side_by_side_from_file_to_motion(capsys: pytest.CaptureFixture) -> None:
    command = ["bench", "--models", "expnet", "meshtalk", "--seconds", "3", "--repeat", "1"]
    assert main(command) == 0
    title, _, expnet, meshtalk = capsys.readouterr().out.strip().splitlines()
    assert title.startswith("3 s of speech")
    assert expnet.split()[0] == "expnet"
    assert expnet.split()[4] == "1.00"
    assert 0 < float(meshtalk.split()[4]) < 1


def test_impossible_counts_are_refused(data: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(["evaluate", "generators", "--data", str(data), "--clips", "0"]) == 2
    assert "argument --clips: expected a whole number of 1 or more, got '0'" in capsys.readouterr().err


def test_captures_of_the_small_set_are_as_the_network_made_them(data: Path) -> None:
    captures = read_captures(data, ["facegood"])
    assert measure(Captured(), captures).figures["lips mm"] == pytest.approx(0, abs=1e-6)
