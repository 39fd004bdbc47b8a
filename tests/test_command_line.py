# SPDX-License-Identifier: GPL-3.0-or-later
"""The `soliloquy` command: files it writes, what it refuses and how it says so."""

import csv
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from soliloquy import samples
from soliloquy.command_line import SUBCOMMANDS, main
from soliloquy.core import onnxruntime_check
from soliloquy.core.errors import ModelError
from soliloquy.core.generate.models import MODELS
from soliloquy.core.generate.styles import read_style
from soliloquy.core.motion import FaceMotion
from soliloquy.core.motion_files import CSV_COLUMNS, read_npz, write_csv
from soliloquy.core.onnxruntime_check import check_onnxruntime
from soliloquy.core.retarget.arkit import ARKIT_INDEX

RATE = 16000
UNFELT = ("--voice-emotion", "0", "--idle", "0")
"""Arguments of a face that shows nothing but speech."""


@pytest.fixture
def short_speech(tmp_path) -> Path:
    """The first 1.5 s of the sample, under a name that is not ASCII."""
    sound, rate = soundfile.read(samples.SOUND, dtype="float32")
    path = tmp_path / "Rede 話す.wav"
    soundfile.write(path, sound[: int(1.5 * rate)], rate)
    return path


def refused(capsys, *arguments: object) -> str:
    """Run a command that must be refused with one line and exit status 2; the line."""
    assert main([str(argument) for argument in arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("soliloquy: error: ")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    return err


def test_animate_writes_a_live_link_face_csv(tmp_path, capsys, short_speech):
    out = tmp_path / "face.csv"
    assert main(["animate", str(short_speech), "--out", str(out), "--fps", "30"]) == 0
    with out.open(newline="") as stream:
        header, *rows = csv.reader(stream)
    assert header == ["Timecode", "BlendshapeCount", *CSV_COLUMNS]
    assert len(rows) == 45
    assert {row[1] for row in rows} == {"61"}
    jaw = [float(row[header.index("JawOpen")]) for row in rows]
    assert max(jaw) > 0.05
    assert "45 frames" in capsys.readouterr().out


def test_animate_writes_every_field(tmp_path, short_speech):
    out = tmp_path / "face.npz"
    assert main(["animate", str(short_speech), "--out", str(out), "--fps", "23.976"]) == 0
    motion = read_npz(out)
    assert motion.fps == 24000 / 1001
    assert len(motion) == 36
    assert motion.expression.shape == (36, 64)


def test_one_seed_one_file(tmp_path):
    """Two processes with one seed write equal bytes; another seed blinks elsewhere."""
    files = []
    for name, seed in (("a.csv", 3), ("b.csv", 3), ("c.csv", 4)):
        command = [sys.executable, "-m", "soliloquy", "animate", str(samples.SOUND)]
        command += ["--out", str(tmp_path / name), "--fps", "25", "--seed", str(seed)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        files.append((tmp_path / name).read_bytes())
    assert files[0] == files[1]
    assert files[0] != files[2]


def test_amounts(tmp_path, short_speech):
    def motion(*arguments):
        out = tmp_path / "face.npz"
        given = ["--fps", "25", *UNFELT, *arguments]
        assert main(["animate", str(short_speech), "--out", str(out), *given]) == 0
        return read_npz(out).weights[:, [ARKIT_INDEX["jawOpen"], ARKIT_INDEX["eyeBlinkLeft"]]]

    # Eyes and stressed syllables move the lids too.
    still = ("--blinks-per-minute", "60", "--seed", "4", "--head-amount", "0", "--gaze-amount", "0")
    still = (*still, "--accents", "0")
    full = motion(*still)
    half = motion(*still, "--mouth", "0.5", "--blink", "0.5")
    assert full.max(axis=0).min() > 0.05
    np.testing.assert_allclose(half, full / 2, atol=1e-6)
    assert motion(*still, "--mouth", "0", "--blinks-per-minute", "0").max() == 0


def test_head_and_gaze_amounts(tmp_path, short_speech):
    def motion(*arguments):
        out = tmp_path / "face.npz"
        assert main(["animate", str(short_speech), "--out", str(out), "--fps", "25", *arguments]) == 0
        return read_npz(out)

    full = motion()
    assert np.degrees(np.ptp(full.head_rotation, axis=0)).max() > 1
    half = motion("--head-amount", "0.5")
    np.testing.assert_allclose(half.head_rotation, full.head_rotation / 2, atol=1e-6)
    still = motion("--head-amount", "0", "--gaze-amount", "0")
    assert not still.head_rotation.any()
    assert not still.gaze.any()
    # A still head blinks.
    np.testing.assert_allclose(still.weights[:, 0].max(), full.weights[:, 0].max(), atol=0.2)
    emphatic = motion("--head-style", "emphatic")
    assert np.abs(emphatic.head_rotation - full.head_rotation).max() > np.radians(0.5)


def test_brows_amount(tmp_path, short_speech):
    def motion(*arguments):
        out = tmp_path / "face.npz"
        given = ["--fps", "25", *UNFELT, *arguments]
        assert main(["animate", str(short_speech), "--out", str(out), *given]) == 0
        return read_npz(out).weights[:, brows]

    brows = [index for name, index in ARKIT_INDEX.items() if name.startswith("brow")]
    full = motion()
    assert full.max() > 0.01
    np.testing.assert_allclose(motion("--brows", "0.5"), full / 2, atol=1e-6)


def test_emotions(tmp_path, short_speech):
    """--emotion is what the face feels; a tag of the transcript changes it from its word on."""

    def motion(*arguments):
        out = tmp_path / "face.npz"
        given = ["--fps", "25", *UNFELT, *arguments]
        assert main(["animate", str(short_speech), "--out", str(out), *given]) == 0
        return read_npz(out)

    def mean(motion, name):
        return motion.weights[:, [ARKIT_INDEX[name + side] for side in ("Left", "Right")]].mean(axis=1)

    plain = motion()
    angry, milder = motion("--emotion", "angry"), motion("--emotion", "mad 50%")
    lowered = [mean(each, "browDown").mean() for each in (plain, milder, angry)]
    assert lowered[0] < 0.1 < lowered[1] - 0.2 < lowered[2] - 0.4
    transcript = tmp_path / "said.txt"
    transcript.write_text("Hello, [happy] my name is Soliloquy.")
    turned = motion("--emotion", "angry", "--transcript", str(transcript))
    (start,) = (word.start for word in turned.words if word.text == "my")
    assert [word.text for word in turned.words][:4] == ["Hello", "my", "name", "is"]
    early, late = int((start - 0.3) * 25), int((start + 0.4) * 25)
    assert mean(turned, "browDown")[early] == pytest.approx(mean(angry, "browDown")[early], abs=0.02)
    assert mean(turned, "browDown")[late] < mean(angry, "browDown")[late] - 0.1
    assert mean(turned, "mouthSmile")[late:].max() > mean(angry, "mouthSmile")[late:].max() + 0.2


def test_batch_feels_what_rows_say(tmp_path, capsys, short_speech):
    manifest = tmp_path / "manifest.csv"
    manifest.write_text(
        "audio,emotion,voice_emotion,idle,out\n"
        + "".join(f"{short_speech.name},{row}\n" for row in ("sad,0,0,a.npz", ",,,b.npz", "hapy,,,c.npz"))
    )
    assert main(["batch", str(manifest), *UNFELT, "--emotion", "angry"]) == 1
    frowns = [ARKIT_INDEX[name] for name in ("mouthFrownLeft", "browDownLeft")]
    sad, angry = (read_npz(tmp_path / name).weights[:, frowns].mean(axis=0) for name in ("a.npz", "b.npz"))
    assert sad[0] > angry[0] + 0.2
    assert angry[1] > sad[1] + 0.2
    assert "'hapy' is no emotion" in capsys.readouterr().out


@pytest.fixture
def recording(tmp_path) -> Path:
    """Three seconds in which a jaw opens and closes."""
    motion = FaceMotion.still(90, 30)
    for name, amount in {"jawOpen": 0.6, "mouthFunnel": 0.3, "mouthStretchLeft": 0.2}.items():
        motion.weights[:, ARKIT_INDEX[name]] = amount * np.sin(motion.times * 11) ** 2
    path = tmp_path / "Änne.csv"
    write_csv(path, motion)
    return path


def test_style_of_a_recording(tmp_path, capsys, recording):
    out = tmp_path / "spoken.json"
    assert main(["style", str(recording), "--out", str(out)]) == 0
    assert "the style 'spoken'" in capsys.readouterr().out
    style = read_style(out)
    assert style.name == "spoken"
    assert np.abs(style.code).max() > 0.01
    mixed = tmp_path / "mixed.json"
    arguments = ["--mix-with", "neutral", "--style-share", "0.75", "--name", "Weniger", "--out", str(mixed)]
    assert main(["style", str(out), *arguments]) == 0
    assert read_style(mixed).name == "Weniger"
    np.testing.assert_allclose(read_style(mixed).code, style.code / 4, atol=1e-4)


@pytest.mark.parametrize("model", [name for name, facts in MODELS.items() if facts.takes_style])
def test_speaking_in_a_style(tmp_path, short_speech, recording, model):
    def weights(*arguments):
        out = tmp_path / "face.npz"
        arguments = ("--out", str(out), "--fps", "25", "--model", model, *arguments)
        assert main(["animate", str(short_speech), *arguments]) == 0
        return read_npz(out).weights

    neutral = weights()
    assert np.abs(weights("--style", "big") - neutral).max() > 0.05
    assert np.abs(weights("--style", str(recording)) - neutral).max() > 0.02
    np.testing.assert_array_equal(weights("--style", "big", "--style-strength", "0"), neutral)
    np.testing.assert_array_equal(weights("--style", "neutral"), neutral)
    half = weights("--style", "big", "--style-strength", "0.5")
    mixed = weights("--style", "big", "--mix-with", "neutral", "--style-share", "0.5")
    np.testing.assert_allclose(half, mixed, atol=1e-5)


def test_batch_speaks_in_styles(tmp_path, short_speech, recording):
    manifest = tmp_path / "manifest.csv"
    lines = ["audio,style,style_strength,out", ",,,a.npz", f",{recording.name},,b.npz", ",neutral,,c.npz"]
    lines += [",,0,d.npz"]
    rows = [lines[0], *(short_speech.name + line for line in lines[1:])]
    manifest.write_text("\n".join(rows), encoding="utf-8")
    assert main(["batch", str(manifest), "--model", "hybrid", "--style", "smiling"]) == 0
    a, b, c, d = (read_npz(tmp_path / f"{name}.npz").weights for name in "abcd")
    assert np.abs(a - c).max() > 0.02
    assert np.abs(b - c).max() > 0.02
    np.testing.assert_array_equal(c, d)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--model", "expnet", "--style", "calm"), "has no styles"),
        (("--model", "hybrid", "--style", "nobody"), "No style is called 'nobody'"),
        (("--model", "hybrid", "--style", "gone.csv"), "No performance at 'gone.csv'"),
        (("--style-share", "2"), "share is 2"),
        (("--style-strength", "2"), "style_strength is 2"),
    ],
)
def test_refuses_styles(tmp_path, capsys, monkeypatch, short_speech, arguments, said):
    monkeypatch.chdir(tmp_path)
    line = refused(capsys, "animate", short_speech, "--out", "face.csv", "--fps", "25", *arguments)
    assert said in line
    assert list(tmp_path.iterdir()) == [short_speech]


def test_refuses_to_read_styles(tmp_path, capsys):
    assert ".json" in refused(capsys, "style", "calm", "--out", tmp_path / "calm.csv")
    assert "no folder" in refused(capsys, "style", "calm", "--out", tmp_path / "nowhere" / "calm.json")
    assert "gone.npz" in refused(capsys, "style", "gone.npz", "--out", tmp_path / "gone.json")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "sound"),
    [
        ("empty.wav", np.zeros(0)),
        ("shorter_than_a_frame.wav", np.zeros(100)),
        ("nan.wav", np.full(RATE, np.nan)),
    ],
)
def test_refuses_unusable_sound(tmp_path, capsys, name, sound):
    path = tmp_path / name
    soundfile.write(path, sound.astype(np.float32), RATE, subtype="FLOAT")
    line = refused(capsys, "animate", path, "--out", tmp_path / "face.csv", "--fps", "25")
    assert name in line
    assert list(tmp_path.iterdir()) == [path]


def test_refuses_what_is_not_sound(tmp_path, capsys):
    missing = tmp_path / "missing.wav"
    assert "missing.wav" in refused(capsys, "animate", missing, "--out", tmp_path / "face.csv", "--fps", "25")
    text = tmp_path / "text.wav"
    text.write_text("not sound")
    assert "text.wav" in refused(capsys, "animate", text, "--out", tmp_path / "face.csv", "--fps", "25")
    assert list(tmp_path.iterdir()) == [text]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--out", "face.mp4", "--fps", "25"), ".mp4"),
        (("--out", "nowhere/face.csv", "--fps", "25"), "nowhere"),
        (("--out", "face.csv", "--fps", "0"), "fps"),
        (("--out", "face.csv", "--fps", "fast"), "fast"),
        (("--out", "face.csv"), "--fps"),
        (("--out", "face.csv", "--fps", "25", "--mouth", "9"), "9"),
        (("--out", "face.csv", "--fps", "25", "--brows", "9"), "brows_amount is 9"),
        (("--out", "face.csv", "--fps", "25", "--emotion", "hapy"), "'hapy' is no emotion"),
        (("--out", "face.csv", "--fps", "25", "--emotion", "sad 2"), "expected 0 to 1"),
        (("--out", "face.csv", "--fps", "25", "--idle", "3"), "idle_amount is 3"),
        (("--out", "face.csv", "--fps", "25", "--model", "nobody"), "nobody"),
        (("--out", "face.csv", "--fps", "25", "--seed", "x"), "--seed"),
        (("--out", "/proc/face.csv", "--fps", "25"), "/proc"),
    ],
)
def test_refuses_arguments(tmp_path, capsys, monkeypatch, short_speech, arguments, said):
    monkeypatch.chdir(tmp_path)
    assert said in refused(capsys, "animate", short_speech, *arguments)
    assert list(tmp_path.iterdir()) == [short_speech]


def test_full_disk_leaves_the_old_file(tmp_path, short_speech):
    """A limit on the size of files stands in for a full disk: writing fails in the middle."""
    out = tmp_path / "face.csv"
    out.write_text("old")

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))

    command = [
        sys.executable,
        "-m",
        "soliloquy",
        "animate",
        str(short_speech),
        "--out",
        str(out),
        "--fps",
        "60",
    ]
    done = subprocess.run(command, capture_output=True, text=True, preexec_fn=limit)
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("soliloquy: error: Cannot write")
    assert done.stderr.count("\n") == 1
    assert out.read_text() == "old"
    assert sorted(tmp_path.iterdir()) == sorted([out, short_speech])


def test_interrupted(monkeypatch, capsys, tmp_path, short_speech):
    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("soliloquy.core.generate.animate", interrupted)
    assert main(["animate", str(short_speech), "--out", str(tmp_path / "face.csv"), "--fps", "25"]) == 130
    assert capsys.readouterr().err == "soliloquy: interrupted\n"


def test_batch_goes_on_after_a_failed_row(tmp_path, capsys, short_speech):
    manifest = tmp_path / "manifest.csv"
    manifest.write_text(
        f"audio,fps,seed,out\n{short_speech.name},30,1,a.csv\nmissing.wav,30,1,b.csv\n{short_speech.name},,,c.npz\n"
    )
    assert main(["batch", str(manifest)]) == 1
    assert (tmp_path / "a.csv").exists()
    assert not (tmp_path / "b.csv").exists()
    assert read_npz(tmp_path / "c.npz").fps == 60
    out = capsys.readouterr().out
    assert "2 done" in out
    assert "1 failed" in out
    assert main(["batch", str(manifest)]) == 1
    assert "2 skipped" in capsys.readouterr().out


def test_batch_sends_blender_work_to_blender(tmp_path, capsys, short_speech):
    manifest = tmp_path / "manifest.jsonl"
    manifest.write_text(
        f'{{"audio": "{short_speech.name}", "out": "a.blend", "object": "Head"}}\n'
        f'{{"audio": "{short_speech.name}", "out": "b.csv", "head": true}}\n'
    )
    assert main(["batch", str(manifest)]) == 1
    out = capsys.readouterr().out
    assert "0 done, 0 skipped, 2 failed" in out
    assert "blender -b" in out


@pytest.mark.parametrize(
    "command", [[], *([name] for name in SUBCOMMANDS), ["train", "head"], ["train", "expnet"]]
)
def test_help(command, capsys):
    if command == ["train", "expnet"]:
        pytest.importorskip("torch")
    assert main([*command, "--help"]) == 0
    text = capsys.readouterr().out
    assert text.startswith(" ".join(["usage: soliloquy", *command]))
    assert len(text) > 200


def test_unknown_command(capsys):
    assert "sing" in refused(capsys, "sing")


def test_exactly_one_onnxruntime(monkeypatch):
    check_onnxruntime()
    check_onnxruntime(lambda name: Path("here") if name == "onnxruntime-gpu" else None)
    # In two folders neither overwrites the other.
    check_onnxruntime(lambda name: Path(name))
    with pytest.raises(ModelError, match="Both"):
        check_onnxruntime(lambda name: Path("here"))
    monkeypatch.setattr(onnxruntime_check, "is_extension", lambda: True)
    with pytest.raises(
        ModelError, match=r"Another extension .* install soliloquy-.*\.zip, which works without"
    ):
        check_onnxruntime(lambda name: Path("here"))
    monkeypatch.undo()
    with pytest.raises(ModelError, match=r"soliloquy\[cpu\]"):
        check_onnxruntime(lambda name: None)


def test_help_imports_nothing_heavy():
    """So that it answers at once."""
    program = (
        "import sys; from soliloquy.command_line import main; main(['animate', '--help'])\n"
        "heavy = {'torch', 'bpy', 'onnxruntime', 'soundfile', 'scipy', 'tqdm'} & set(sys.modules)\n"
        "print(sorted(heavy), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stderr.strip() == "[]"
