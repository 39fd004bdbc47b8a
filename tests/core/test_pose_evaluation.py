# SPDX-License-Identifier: GPL-3.0-or-later
"""`soliloquy evaluate pose` and `bench --head` on small sets and an untrained network made here."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

soundfile = pytest.importorskip("soundfile")
torch = pytest.importorskip("torch")
pytest.importorskip("librosa")
pytest.importorskip("onnx")

from soliloquy import samples
from soliloquy.command_line import main
from soliloquy.core.audio import load
from soliloquy.core.evaluation import head_bench
from soliloquy.core.evaluation.pose import cut_motions
from soliloquy.core.evaluation.pose_report import ratio_cell
from soliloquy.core.evaluation.pose_speech import read_held_out
from soliloquy.core.generate.settings import HEAD_STYLES
from soliloquy.core.models.pose_vae import PoseVAE, PoseVAEConfig
from soliloquy.core.motion import FaceMotion
from soliloquy.core.motion_files import write_csv
from soliloquy.core.retarget.arkit import ARKIT_NAMES
from soliloquy.core.runtime import load_network
from soliloquy.core.training.pose.head_motion import HeadMotion
from soliloquy.core.training.pose.train import write_pose_vae

RATE = 16000
CLIPS = 40


def piece(number: int, seconds: float) -> np.ndarray:
    speech = load(samples.SOUND)
    return np.roll(speech, -number * RATE)[: int(seconds * RATE)]


def write_index(folder: Path, sounds: list[np.ndarray], rows: list[dict]) -> None:
    folder.mkdir()
    soundfile.write(folder / "a.wav", np.concatenate(sounds), RATE, subtype="FLOAT")
    start = 0
    for row, sound in zip(rows, sounds, strict=True):
        row |= {"file": "a.wav", "start_sample": start, "n_samples": len(sound)}
        start += len(sound)
    (folder / "index.jsonl").write_text("\n".join(json.dumps(row) for row in rows))


def write_grid(folder: Path, clips: int = CLIPS, speakers: int = 1) -> None:
    """Heads that wander; nothing else of the face is looked at."""
    sounds = [piece(number, 3.0) for number in range(clips)]
    rows: list[dict] = [{"id": f"clip_{number}", "row": number, "text": ""} for number in range(clips)]
    if speakers > 1:
        for number, row in enumerate(rows):
            row["speaker"] = f"s{number % speakers}"
    write_index(folder, sounds, rows)
    shape = (clips, 75)
    random = np.random.default_rng(0)
    np.savez(
        folder / "landmarks.npz",
        delta=np.zeros((clips, 3, 2, 75), np.int16),
        scale=16,
        mediapipe_index=[0, 1],
    )
    np.savez(
        folder / "curves.npz",
        blendshape_names=ARKIT_NAMES,
        blendshapes=np.zeros((*shape, 52), np.float16),
        valid=np.ones(shape, bool),
        head_rotvec=np.cumsum(random.normal(0, 0.002, (*shape, 3)), axis=1).astype(np.float16),
        head_translation_cm=random.normal(0, 0.1, (*shape, 3)).astype(np.float32),
        inner_lip_aperture=np.zeros(shape, np.float16),
        mouth_width=np.zeros(shape, np.float16),
        fps=25,
    )


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write_grid(folder / "grid_s1")
    write_grid(folder / "grid_others", clips=4, speakers=2)
    # Four speakers; of one the clips are shorter than a piece, one is not held out.
    seconds = [10.5, 10.5, 10.5, 6.0, 6.0, 10.5]
    speakers = ["a", "b", "c", "d", "d", "trained"]
    write_index(
        folder / "librispeech",
        [piece(number, length) for number, length in enumerate(seconds)],
        [
            {"id": name, "speaker": name, "split": "train" if name == "trained" else "val"}
            for name in speakers
        ],
    )
    write_index(folder / "kathleen", [piece(0, 8.0), piece(3, 8.0)], [{"id": "1"}, {"id": "2"}])
    return folder


def write_network(path: Path, facts: dict) -> Path:
    torch.manual_seed(0)
    scale = torch.full((len(HEAD_STYLES), 6), 0.01)
    write_pose_vae(PoseVAE(PoseVAEConfig(hidden=16, sound=8), scale), [1.0] * len(HEAD_STYLES), path, facts)
    return path


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_network(tmp_path_factory.mktemp("network") / "pose_vae.onnx", {})


def test_the_command_prints_its_tables_and_draws(data, network, tmp_path, capsys):
    plots = tmp_path / "plots"
    command = ["evaluate", "pose", "--data", str(data), "--network", str(network), "--clips", "4"]
    command += ["--speech", "librispeech", "--hours", "0.01", "--styles", "reading", "calm"]
    assert main([*command, "--plots", str(plots)]) == 0
    told = capsys.readouterr().out
    tables = re.split(r"\n\n", told.strip())
    assert [table.split()[0] for table in tables] == [
        "Spread,", "Wasserstein", "Diversity:", "Coupling:", "Jitter:", "Seams,", "Drift:",
    ]  # fmt: skip
    assert "nan" not in told
    for title in ("GRID s1, held out", "GRID, three others", "made by rule", "stated figures"):
        assert title in tables[0]
    # Of 40 clips every tenth is held out; an untrained head is far from its reference and marked.
    line = next(line for line in tables[0].splitlines() if line.startswith("reading  "))
    assert line.split()[5:7] == ["4", "3s"]
    assert "!" in tables[0]
    assert re.search(r"calm \(made by rule\) .* 4 ", tables[3])
    assert len([line for line in tables[6].splitlines() if "yaw" in line]) == 3
    assert {path.name for path in plots.iterdir()} == {"head_motion_spectrum.png", "head_motion_curves.png"}
    for path in plots.iterdir():
        assert path.read_bytes().startswith(b"\x89PNG")


def write_recordings(folder: Path, count: int) -> None:
    folder.mkdir()
    random = np.random.default_rng(0)
    for number in range(count):
        motion = FaceMotion.still(900, 60)
        motion.head_rotation[:] = np.cumsum(random.normal(0, 0.002, (900, 3)), axis=0)
        write_csv(folder / f"take{number:02}.csv", motion)
        soundfile.write(folder / f"take{number:02}.wav", piece(number, 15.0), RATE)


def test_own_recordings_are_the_reference_of_the_style_that_they_taught(data, tmp_path, capsys):
    taught = {"sets": ["my_recordings"], "captured_style": "lively"}
    network = write_network(tmp_path / "own.onnx", taught)
    recordings = tmp_path / "recordings"
    write_recordings(recordings, 36)
    command = ["evaluate", "pose", "--data", str(data), "--network", str(network), "--hours", "0"]
    command += ["--styles", "reading", "lively"]
    assert main([*command, "--recordings", str(recordings)]) == 0
    told = capsys.readouterr().out
    assert "made by rule" not in told
    assert "GRID" not in told
    # Of 36 recordings of 15 s four are held out, a piece of 10 s of each.
    line = next(line for line in told.splitlines() if line.startswith("lively "))
    assert line.split()[1:6] == ["own,", "held", "out", "4", "10s"]
    assert main(command) == 2
    assert "nothing to compare reading, lively with: give --recordings" in capsys.readouterr().err
    for take in ("25", "35"):
        for ending in ("csv", "wav"):
            (recordings / f"take{take}.{ending}").unlink()
    assert main([*command, "--recordings", str(recordings)]) == 2
    assert "The recordings hold 3 held-out pieces" in capsys.readouterr().err


def test_recordings_are_cut_into_pieces_of_one_length():
    def recording(seconds: float, fps: float) -> HeadMotion:
        count = round(seconds * fps)
        angles = np.repeat(np.arange(count)[:, None] / fps, 3, axis=1).astype(np.float32)
        sound = np.arange(int(seconds * RATE), dtype=np.float32)
        return HeadMotion("a", "recordings", fps, angles, angles, angles, sound)

    pieces = cut_motions([recording(21, 60), recording(12, 30), recording(2, 60)], 10)
    assert [len(each) for each in pieces] == [250] * 3
    # Angles tell their time: the second piece begins where the first ends, and so does its sound.
    assert pieces[1].rotation[:, 0] == pytest.approx(10 + np.arange(250) / 25, abs=1e-4)
    assert pieces[1].samples[0] == 10 * RATE
    assert len(pieces[1].samples) == 10 * RATE
    assert [len(each) for each in cut_motions([recording(21, 60), recording(4, 60)], 10)] == [100] * 6


def test_speech_is_of_held_out_people_in_turns(data):
    encoder = load_network("speech_encoder", providers=["cpu"])
    pieces = read_held_out(data, ["librispeech"], 10.0, 10, encoder)
    assert [each.speaker for each in pieces] == [f"librispeech/{name}" for name in "abcd"]
    for each in pieces:
        assert len(each.samples) == 10 * RATE
        assert each.prosody.duration == pytest.approx(10, abs=0.02)
    # Two clips of 6 s with a pause between them.
    joined = pieces[3].samples
    assert np.array_equal(joined[: 6 * RATE], piece(3, 6.0))
    assert not joined[6 * RATE : int(6.4 * RATE)].any()
    assert np.array_equal(joined[int(6.4 * RATE) :], piece(4, 3.6))


def test_what_cannot_be_used_is_said(data, network, tmp_path, capsys):
    command = ["evaluate", "pose", "--network", str(network), "--styles", "calm", "--hours", "0"]
    assert main([*command, "--data", str(tmp_path)]) == 2
    assert "is no set of speech: it has no index.jsonl" in capsys.readouterr().err
    assert main([*command, "--data", str(data), "--clips", "2"]) == 2
    assert "--clips is 2: expected 4 or more" in capsys.readouterr().err
    assert main([*command, "--data", str(data), "--speech", "kathleen"]) == 2
    assert "marks nobody as 'val'" in capsys.readouterr().err


def test_ratios_beyond_the_bounds_are_marked():
    assert [ratio_cell(made, 1.0) for made in (0.69, 0.7, 1.4, 1.41)] == ["0.69!", "0.70 ", "1.40 ", "1.41!"]


def test_head_bench_measures_each_step(network, capsys, monkeypatch):
    monkeypatch.setattr(head_bench, "LENGTHS", (5,))
    assert head_bench.run(None, 1, str(network)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split()[1 : 1 + len(head_bench.STEPS)] == list(head_bench.STEPS)
    values = [float(value) for value in lines[2].split()[1 : 1 + len(head_bench.STEPS)]]
    assert all(value >= 0 for value in values)
    together, factor = lines[2].split()[-2:]
    assert float(together) == pytest.approx(sum(values), abs=0.01)
    assert float(factor.removesuffix("x")) == pytest.approx(1000 / float(together), rel=0.01)
