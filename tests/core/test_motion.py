# SPDX-License-Identifier: GPL-3.0-or-later
import csv

import numpy as np
import pytest
from soliloquy.core.errors import InputError, OutputError
from soliloquy.core.frame_times import frame_count, frame_times
from soliloquy.core.interpolation import interpolate_monotone
from soliloquy.core.motion import FaceMotion
from soliloquy.core.motion_files import CSV_COLUMNS, read_csv, read_npz, timecode, write_csv, write_npz
from soliloquy.core.retarget.arkit import ARKIT_NAMES, OPPOSED_PAIRS, PARTS


def random_motion(count: int, fps: float) -> FaceMotion:
    random = np.random.default_rng(3)
    motion = FaceMotion.still(count, fps)
    for array in (motion.weights, motion.expression, motion.head_rotation, motion.gaze):
        array[:] = random.random(array.shape)
    return motion


def test_arkit_names_are_the_52() -> None:
    assert len(ARKIT_NAMES) == len(set(ARKIT_NAMES)) == 52
    assert {name for pair in OPPOSED_PAIRS for name in pair} <= set(ARKIT_NAMES)
    parts = [name for names in PARTS.values() for name in names]
    assert sorted(parts) == sorted(ARKIT_NAMES)


@pytest.mark.parametrize("fps", [24, 25, 30000 / 1001, 60, 23.976])
def test_frames_are_counted_by_their_times(fps: float) -> None:
    for duration in (0.5, 1.0, 10.0, 3600.0):
        count = frame_count(duration, fps)
        times = frame_times(count, fps)
        assert times[-1] < duration <= times[-1] + 1 / fps + 1e-5


def test_interpolation_does_not_overshoot_and_agrees_with_scipy() -> None:
    interpolate = pytest.importorskip("scipy.interpolate")
    random = np.random.default_rng(0)
    values = random.random((40, 3)).astype(np.float32)
    times = np.linspace(0, 39 / 50, 700)
    result = interpolate_monotone(values, 50, times)
    left = np.minimum((times * 50).astype(int), 38)
    assert (result <= np.maximum(values[left], values[left + 1]) + 1e-6).all()
    assert (result >= np.minimum(values[left], values[left + 1]) - 1e-6).all()
    # The same slopes inside; SciPy's ends differ from our flat ones.
    scipy_result = interpolate.PchipInterpolator(np.arange(40) / 50, values)(times)
    inside = (left > 0) & (left < 38)
    assert np.abs(result - scipy_result)[inside].max() < 1e-5
    assert np.abs(interpolate_monotone(values, 50, np.arange(40) / 50) - values).max() < 1e-6


def test_interpolation_holds_the_ends() -> None:
    values = np.array([[0.2], [0.8]], np.float32)
    assert interpolate_monotone(values, 10, np.array([-1.0, 5.0])).ravel().tolist() == pytest.approx(
        [0.2, 0.8]
    )
    assert interpolate_monotone(values[:1], 10, np.array([0.0, 1.0])).ravel().tolist() == pytest.approx(
        [0.2, 0.2]
    )


def test_wrong_shapes_are_refused() -> None:
    motion = FaceMotion.still(4, 25)
    with pytest.raises(InputError, match="weights"):
        FaceMotion(
            25, motion.weights[:, :51], *(motion.expression,), *([motion.head_rotation] * 2), motion.gaze
        )


def test_csv_holds_61_channels_and_reads_back(tmp_path) -> None:
    motion = random_motion(180, 60)
    write_csv(tmp_path / "m.csv", motion)
    with open(tmp_path / "m.csv", newline="") as stream:
        rows = list(csv.reader(stream))
    assert rows[0][:3] == ["Timecode", "BlendshapeCount", "EyeBlinkLeft"]
    assert rows[0][53:] == [*CSV_COLUMNS[51:]]
    assert rows[0][53] == "TongueOut"
    assert rows[0][54:57] == ["HeadYaw", "HeadPitch", "HeadRoll"]
    assert len(rows) == 181
    assert {len(row) for row in rows} == {63}
    assert {row[1] for row in rows[1:]} == {"61"}
    back = read_csv(tmp_path / "m.csv")
    assert back.fps == 60
    assert np.abs(back.weights - motion.weights).max() < 1e-6
    assert np.abs(back.head_rotation - motion.head_rotation).max() < 1e-6


@pytest.mark.parametrize("fps", [24, 25, 30, 60, 24000 / 1001, 30000 / 1001])
def test_the_rate_is_told_by_the_timecodes(tmp_path, fps: float) -> None:
    write_csv(tmp_path / "m.csv", FaceMotion.still(round(fps * 12), fps))
    assert read_csv(tmp_path / "m.csv").fps == pytest.approx(fps, rel=0.01)


def test_timecode_counts_frames_in_the_second() -> None:
    assert timecode(0, 60) == "00:00:00:00.000"
    assert timecode(59, 60) == "00:00:00:59.000"
    assert timecode(60, 60) == "00:00:01:00.000"
    assert timecode(25 * 3661, 25) == "01:01:01:00.000"
    codes = [timecode(frame, 30000 / 1001) for frame in range(100_000)]
    assert len(set(codes)) == len(codes)
    assert sorted(codes) == codes
    assert {code[9:11] for code in codes} <= {f"{frame:02d}" for frame in range(30)}


def test_npz_holds_every_field(tmp_path) -> None:
    motion = random_motion(7, 23.976)
    write_npz(tmp_path / "m.npz", motion)
    back = read_npz(tmp_path / "m.npz")
    for name, array in motion.to_arrays().items():
        assert np.array_equal(back.to_arrays()[name], array), name


def test_a_failed_write_leaves_nothing(tmp_path, monkeypatch) -> None:
    motion = random_motion(5, 25)
    with pytest.raises(OutputError, match="Choose a folder"):
        write_csv(tmp_path / "missing" / "m.csv", motion)
    target = tmp_path / "m.csv"
    target.write_text("old")

    def full_disk(*_: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("soliloquy.core.motion_files.timecode", full_disk)
    with pytest.raises(OutputError, match="No space left"):
        write_csv(target, motion)
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]
