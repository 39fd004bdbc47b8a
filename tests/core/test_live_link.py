# SPDX-License-Identifier: GPL-3.0-or-later
"""Recordings as phones write them: rows lost, doubled or empty, clocks of all kinds."""

import numpy as np
import pytest
from soliloquy.core.errors import InputError
from soliloquy.core.live_link import CSV_COLUMNS, read_csv
from soliloquy.core.motion_files import read_npz, timecode
from soliloquy.core.retarget.arkit import ARKIT_INDEX, ARKIT_NAMES

JAW = ARKIT_INDEX["jawOpen"]


def codes_at(base, rows, *, start=0.0, per_code=1, separator=":"):
    """Timecodes of frames that are counted in whole numbers, from some second of the day on."""
    first = round(start * base)
    codes = []
    for row in range(rows):
        seconds, frame = divmod(first + row // per_code, base)
        hours, minutes = divmod(seconds // 60, 60)
        codes.append(f"{hours:02d}:{minutes:02d}:{seconds % 60:02d}{separator}{frame:02d}.000")
    return codes


def curve(rows):
    """One value of jawOpen for each row, none like another nearby."""
    return 0.5 - 0.4 * np.cos(np.arange(rows) * 0.05)


def table(codes, jaw, *, columns=CSV_COLUMNS, delimiter=","):
    """Lines of a recording in which the jaw moves."""
    lines = [delimiter.join(("Timecode", "BlendShapeCount", *columns))]
    for code, value in zip(codes, jaw, strict=True):
        cells = ["" if value is None else f"{value:.6f}" if name == "JawOpen" else "0" for name in columns]
        lines.append(delimiter.join((code, str(len(columns)), *cells)))
    return lines


def read(tmp_path, lines, *, data=None, **options):
    path = tmp_path / "take.csv"
    path.write_bytes(data if data is not None else "\n".join([*lines, ""]).encode())
    return read_csv(path, **options)


@pytest.mark.parametrize("base", [24, 25, 30, 48, 50, 60, 120])
def test_rows_of_each_rate(tmp_path, base):
    jaw = curve(3 * base)
    motion = read(tmp_path, table(codes_at(base, len(jaw), start=3599.5), jaw))
    assert motion.fps == base
    np.testing.assert_allclose(motion.weights[:, JAW], jaw, atol=1e-6)
    assert motion.notes == ()


@pytest.mark.parametrize("fps", [24000 / 1001, 30000 / 1001, 60000 / 1001, 15.0, 45.0, 59.97])
def test_other_rates(tmp_path, fps):
    """Each row is where its clock says, to half a frame."""
    rows = round(70 * fps)
    jaw = curve(rows)
    motion = read(tmp_path, table([timecode(row, fps) for row in range(rows)], jaw))
    assert motion.fps == pytest.approx(fps, rel=0.0021)
    at = np.arange(rows) / fps
    seen = np.interp(at, np.arange(len(motion)) / motion.fps, motion.weights[:, JAW])
    np.testing.assert_allclose(seen, jaw, atol=0.015)  # half of what a row moves
    assert motion.duration == pytest.approx(rows / fps, abs=2 / fps)


def test_lost_frames_are_filled_in(tmp_path):
    jaw, codes = curve(600), codes_at(60, 600, start=86395.0)
    lost = {*range(100, 104), 333, 480}
    kept = [row for row in range(600) if row not in lost]
    # Past midnight: the day begins anew.
    day = [code.replace("24:", "00:", 1) for code in codes]
    motion = read(tmp_path, table([day[row] for row in kept], jaw[kept]))
    assert (motion.fps, len(motion)) == (60, 600)
    np.testing.assert_allclose(motion.weights[kept, JAW], jaw[kept], atol=1e-6)
    np.testing.assert_allclose(motion.weights[:, JAW], jaw, atol=0.01)
    np.testing.assert_allclose(motion.weights[99:105, JAW], np.linspace(*jaw[[99, 104]], 6), atol=1e-6)
    assert motion.notes == ("6 of 600 frames are missing in 'take.csv' and were filled in.",)


def test_frames_that_are_written_twice_count_once(tmp_path):
    jaw, codes = curve(300), codes_at(60, 300)
    rows = sorted([*range(300), 50, 51, 51, 200])
    motion = read(tmp_path, table([codes[row] for row in rows], jaw[rows]))
    np.testing.assert_allclose(motion.weights[:, JAW], jaw, atol=1e-6)


def test_clocks_that_count_half_of_the_frames(tmp_path):
    jaw = curve(600)
    motion = read(tmp_path, table(codes_at(30, 600, per_code=2), jaw))
    assert motion.fps == 60
    np.testing.assert_allclose(motion.weights[:, JAW], jaw, atol=1e-6)


@pytest.mark.parametrize("base", [30, 60])
def test_dropped_numbers_are_no_lost_frames(tmp_path, base):
    """NTSC's clock: in each minute but every tenth the first numbers are left out (SMPTE ST 12-1)."""
    dropped, codes = base // 15, []
    number = 58 * base
    while len(codes) < 65 * base:
        seconds, frame = divmod(number, base)
        minute, second = divmod(seconds, 60)
        if not (second == 0 and frame < dropped and minute % 10):
            codes.append(f"00:{minute:02d}:{second:02d};{frame:02d}.500")
        number += 1
    jaw = curve(len(codes))
    motion = read(tmp_path, table(codes, jaw))
    assert motion.fps == pytest.approx(base * 1000 / 1001, abs=1e-9)
    np.testing.assert_allclose(motion.weights[:, JAW], jaw, atol=1e-6)
    assert motion.notes == ()


def test_clocks_that_shake(tmp_path):
    """A row is taken when the camera has a picture, give or take a third of a frame."""
    random = np.random.default_rng(3)
    jaw = curve(900)
    at = 12 + (np.arange(900) + random.uniform(-0.3, 0.3, 900)) / 60
    codes = [f"00:00:{int(t):02d}:{t % 1 * 60:06.3f}" for t in at]
    motion = read(tmp_path, table(codes, jaw))
    assert (motion.fps, len(motion)) == (60, 900)
    np.testing.assert_allclose(motion.weights[:, JAW], jaw, atol=1e-6)


def test_rows_without_a_face_and_cells_without_a_number(tmp_path):
    jaw = curve(240).tolist()
    lines = table(codes_at(60, 240), jaw)
    code = lines[101].split(",")[0]
    lines[101] = f"{code},0" + "," * len(CSV_COLUMNS)
    lines[102] = f"{lines[102].split(',')[0]},0"
    lines[121] = lines[121].replace(f"{jaw[120]:.6f}", "")
    lines[141] = lines[141].replace(f"{jaw[140]:.6f}", "nan")
    lines.insert(50, "," * 62)
    lines.insert(40, "")
    motion = read(tmp_path, lines)
    assert len(motion) == 240
    np.testing.assert_allclose(motion.weights[:, JAW], jaw, atol=0.01)
    np.testing.assert_allclose(motion.weights[:100, JAW], jaw[:100], atol=1e-6)
    between = [(jaw[row - 1] + jaw[row + 1]) / 2 for row in (120, 140)]
    np.testing.assert_allclose(motion.weights[[120, 140], JAW], between, atol=1e-6)
    assert motion.notes == ("2 of 240 frames are missing in 'take.csv' and were filled in.",)


def test_rows_without_a_timecode_lie_between_the_others(tmp_path):
    jaw, codes = curve(300), codes_at(60, 300)
    for row in (0, 1, 100, 101, 102, 299):
        codes[row] = ""
    motion = read(tmp_path, table(codes, jaw))
    assert motion.fps == 60
    np.testing.assert_allclose(motion.weights[:, JAW], jaw, atol=1e-6)


def test_timecodes_without_frames(tmp_path):
    jaw = curve(330)
    codes = [code[:8] for code in codes_at(60, 330, start=10.5)]
    motion = read(tmp_path, table(codes, jaw))
    assert motion.fps == 60
    np.testing.assert_allclose(motion.weights[:, JAW], jaw, atol=1e-6)


def test_joined_recordings_go_on(tmp_path):
    jaw = curve(400)
    codes = [*codes_at(60, 200, start=500.0), *codes_at(60, 100), *codes_at(60, 100, start=9000.0)]
    motion = read(tmp_path, table(codes, jaw))
    assert len(motion) == 400
    np.testing.assert_allclose(motion.weights[:, JAW], jaw, atol=1e-6)


def test_rows_as_they_are_where_the_rate_is_given(tmp_path):
    jaw, codes = curve(40), codes_at(60, 80)[::2]
    motion = read(tmp_path, table(codes, jaw), fps=59.94)
    assert (motion.fps, len(motion)) == (59.94, 40)
    np.testing.assert_allclose(motion.weights[:, JAW], jaw, atol=1e-6)
    lines = [line.split(",", 1)[1] for line in table(codes, jaw)]
    assert len(read(tmp_path, lines, fps=30)) == 40
    with pytest.raises(InputError, match="no timecodes to tell its frame rate from: give the rate"):
        read(tmp_path, lines)


def test_files_of_spreadsheets_and_other_phones(tmp_path):
    jaw, codes = curve(180), codes_at(60, 180)
    expected = read(tmp_path, table(codes, jaw)).weights
    lines = table(codes, jaw)
    variants = {
        "a byte order mark": "\ufeff" + "\n".join(lines),
        "Windows' line ends": "\r\n".join(lines) + "\r\n\r\n",
        "semicolons, decimal commas": "\n".join(table(codes, jaw, delimiter=";")).replace(".", ","),
        "tabs": "\n".join(table(codes, jaw, delimiter="\t")),
        "51 shapes": "\n".join(table(codes, jaw, columns=[n for n in CSV_COLUMNS if n != "TongueOut"])),
        "shapes alone": "\n".join(table(codes, jaw, columns=CSV_COLUMNS[:52])),
        "other order and case": "\n".join(table(codes, jaw, columns=CSV_COLUMNS[::-1])).replace("Eye", "eye"),
        "spaces": "\n".join(lines).replace(",", ", "),
    }
    for name, text in variants.items():
        motion = read(tmp_path, (), data=text.encode())
        np.testing.assert_allclose(motion.weights, expected, atol=1e-6, err_msg=name)
    utf16 = read(tmp_path, (), data="\n".join(lines).encode("utf-16"))
    np.testing.assert_allclose(utf16.weights, expected, atol=1e-6)


def turned(yaw, pitch):
    """A recording with a head and eyes that turn."""
    lines = table(codes_at(60, 120), curve(120))
    first, last = CSV_COLUMNS.index("HeadYaw") + 2, CSV_COLUMNS.index("LeftEyeYaw") + 2
    for row in range(1, 121):
        cells = lines[row].split(",")
        cells[first : first + 2] = f"{yaw * row / 120:.6f}", f"{pitch:.6f}"
        cells[last : last + 2] = f"{yaw / 2:.6f}", f"{pitch / 2:.6f}"
        lines[row] = ",".join(cells)
    return lines


def test_turns_in_radians_and_in_degrees(tmp_path):
    radians = read(tmp_path, turned(0.5, -0.2))
    assert radians.head_rotation[-1] == pytest.approx([0.5, -0.2, 0], abs=1e-5)
    assert radians.gaze[-1] == pytest.approx([0.125, -0.05], abs=1e-5)
    degrees = read(tmp_path, turned(np.degrees(0.5), np.degrees(-0.2)))
    np.testing.assert_allclose(degrees.head_rotation, radians.head_rotation, atol=1e-5)
    np.testing.assert_allclose(degrees.gaze, radians.gaze, atol=1e-5)


REFUSED = {
    "a second": (lambda: table(codes_at(60, 59), curve(59)), "too short to tell its frame rate"),
    "one row": (lambda: table(codes_at(60, 1), curve(1)), "too short to tell its frame rate"),
    "no rows": (lambda: table((), ()), "no frames with a face"),
    "nothing": (lambda: [], "column EyeBlinkLeft is missing"),
    "empty rows": (
        lambda: [table((), ())[0], *(f"{code},0" for code in codes_at(60, 120))],
        "no frames with a face",
    ),
    "another table": (lambda: ["a,b", "1,2"], "column EyeBlinkLeft is missing"),
    "a column less": (
        lambda: table(codes_at(60, 90), [None] * 90, columns=[n for n in CSV_COLUMNS if n != "JawOpen"]),
        "column JawOpen is missing",
    ),
    "words": (
        lambda: [*table(codes_at(60, 90), curve(90)), "00:00:09:00.000,61," + "x," * 61],
        "expected numbers in the column EyeBlinkLeft",
    ),
    "infinite": (
        lambda: [*table(codes_at(60, 90), curve(90)), "00:00:09:00.000,61," + "inf," * 61],
        "column EyeBlinkLeft that are not finite",
    ),
    "another clock": (lambda: table(["noon"] * 90, curve(90)), "has the timecode 'noon'"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals_are_one_line(tmp_path, case):
    lines, reason = REFUSED[case]
    with pytest.raises(InputError, match=reason) as refused:
        read(tmp_path, lines())
    assert "\n" not in str(refused.value)


def test_files_that_cannot_be_read(tmp_path):
    for reader in (read_csv, read_npz):
        with pytest.raises(InputError, match="There is no file"):
            reader(tmp_path / "none.csv")
    with pytest.raises(InputError, match=r"expected a \.csv table"):
        read(tmp_path, (), data=bytes(range(128, 256)) * 9)
    with pytest.raises(InputError, match="is not a motion"):
        read_npz(tmp_path / "take.csv")
    with pytest.raises(InputError, match="Cannot read"):
        read_csv(tmp_path)


def test_a_long_recording_is_read_in_seconds(tmp_path):
    """Ten minutes at 60 frames a second."""
    from time import perf_counter

    rows = 36_000
    values = np.random.default_rng(0).random((rows, len(ARKIT_NAMES)))
    lines = [",".join(("Timecode", "BlendShapeCount", *CSV_COLUMNS[:52]))]
    lines += [
        f"{code},52," + ",".join(f"{value:.6f}" for value in row)
        for code, row in zip(codes_at(60, rows), values, strict=True)
    ]
    start = perf_counter()
    motion = read(tmp_path, lines)
    assert perf_counter() - start < 30
    np.testing.assert_allclose(motion.weights, values, atol=1e-6)
