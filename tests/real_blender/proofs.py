# SPDX-License-Identifier: GPL-3.0-or-later
"""What is proven in each Blender. A proof gives one line of what it saw, or raises ProofError."""

import json
import os
import re
import shutil
import zipfile
from pathlib import Path
from statistics import median
from typing import Any, Final

import numpy as np
import speech
from blenders import PROJECT, Blender, Ended, RealBlender, expect

SOUND: Final = PROJECT / "samples" / "soliloquy.flac"
HEAD: Final = "Soliloquy Head"
CALM: Final = ("--voice-emotion", "0", "--idle", "0")
OLD_VERSION: Final = "0.0.1"
STARTUP_SECONDS: Final = 0.05
"""What enabling may add to Blender's start. The processor's time in the best of several starts counts: others
may use the machine too."""

COLD_SECONDS: Final = 3.0
WARM_SECONDS: Final = 0.5
"""From the button to finished keys for the sample of 10 s, on two idle cores; the table shows what it was. A
proof fails at `PATIENCE` times as much, and on a machine where others work, at their share more."""
PATIENCE: Final = 2.0


def installs(blender: Blender, archive: Path) -> str:
    """The zip installs and enables; at the next start it is there, and nothing heavy is loaded."""
    fresh = blender.task("state", addon=False)
    expect(not fresh["enabled"] and fresh["version"] is None, "the user folder is not fresh")
    blender.install(archive).expect_clean("install")
    _expect_installed(blender, archive)
    runtimes = list(_wheels(blender))
    expect(runtimes, "no wheel was unpacked into extensions/.local")
    return f"{fresh['blender']} ({fresh['python']}): " + ", ".join(path.name for path in runtimes)


def _expect_installed(blender: Blender, archive: Path) -> None:
    found = blender.task("state", what="start with the extension")
    expect(found["enabled"], "the extension is not enabled")
    expect(Path(found["where"]).is_relative_to(blender.extension), f"loaded from {found['where']}")
    expect(found["version"] == _version(archive), f"version {found['version']} after installing")
    expect(not found["heavy"], f"loaded at the start: {', '.join(found['heavy'])}")


def _wheels(blender: Blender) -> list[Path]:
    return sorted((blender.user / "extensions" / ".local").glob("lib/*/site-packages/*.dist-info"))


def _version(archive: Path) -> str:
    with zipfile.ZipFile(archive) as opened:
        found = re.search(r'^version = "(.+)"', opened.read("blender_manifest.toml").decode(), re.M)
    assert found is not None
    return found[1]


def starts_fast(blender: Blender, archive: Path) -> tuple[str, dict[str, float]]:
    """Enabling costs little and imports nothing heavy, NumPy included."""
    found = [blender.task("startup", addon=False) for _ in range(5)]
    seconds = median(each["seconds"] for each in found)
    computed = min(each["processor seconds"] for each in found)
    imported = {name for each in found for name in each["imported"]}
    expect(not imported, f"enabling imports {', '.join(sorted(imported))}")
    expect(computed < STARTUP_SECONDS, f"enabling takes {computed * 1000:.0f} ms of the processor")
    text = f"{seconds * 1000:.0f} ms in the median of 5 starts, {computed * 1000:.0f} ms of the processor"
    return text, {"start-up ms": 1000 * seconds, "start-up processor ms": 1000 * computed}


def bakes(blender: Blender, archive: Path) -> str:
    """From the command line a head in a file learns to speak, and another process sees it speak."""
    head, spoken = blender.work / "head.blend", blender.work / "spoken.blend"
    blender.task("make_head", head, speech.FPS)
    ended = _animate(blender, head, spoken, *CALM)
    ended.expect_clean("--command soliloquy animate")
    expect(spoken.exists(), "nothing was saved")
    seen = speech.check(_lips(blender, spoken, speech.LAST_FRAME))
    return f"{seen}; {ended.seconds:.1f} s with Blender's start"


def feels(blender: Blender, archive: Path) -> str:
    """From the command line: asked for happiness, the corners of the mouth rise, and lips meet as before."""
    head = blender.work / "head.blend"
    calm, glad = blender.work / "spoken.blend", blender.work / "glad.blend"
    _animate(blender, head, glad, *CALM, "--emotion", "happy").expect_clean("animate --emotion happy")
    without, smiling = (
        speech.Mouth(np.load(_lips(blender, each, speech.LAST_FRAME))) for each in (calm, glad)
    )
    wider = float(np.mean(smiling.widths - without.widths))
    expect(wider > 0.001, f"happiness makes the mouth {1000 * wider:.1f} mm wider")
    speech.check_seals(smiling)
    ended = _animate(blender, head, blender.work / "refused.blend", "--emotion", "hungry")
    expect(ended.status == 2 and "is no emotion" in ended.err, f"--emotion hungry: {ended.err[-200:]}")
    return f"{1000 * wider:.1f} mm wider when happy, and {len(speech.SEALED)} marked m/b/p sealed"


def _animate(blender: Blender, head: Path, out: Path, *more: str) -> Ended:
    words = [
        "animate",
        "--audio",
        SOUND,
        "--object",
        HEAD,
        "--start-frame",
        speech.START_FRAME,
        "--save",
        out,
        *more,
    ]
    return blender.command(*words, file=head)


def _lips(blender: Blender, file: Path, last: int) -> Path:
    """Evaluated positions of the lips in frames 1 to last, by a process without the extension."""
    vertices, positions = blender.work / "vertices.npy", file.with_suffix(".npy")
    np.save(vertices, speech.lip_vertices())
    blender.task("mouth", file, HEAD, 1, last, vertices, positions, addon=False, what="re-opened file")
    return positions


def batches(blender: Blender, archive: Path) -> str:
    """A manifest with the file's head, the built-in head, curves alone, and a row that cannot be made."""
    head = blender.work / "head.blend"
    folder = blender.work / "batch"
    folder.mkdir(exist_ok=True)
    header = "audio,object,head,out\n"
    rows = f"{SOUND},{HEAD},,object.blend\n{SOUND},,yes,head.blend\n{SOUND},,,curves.csv\n"
    good, bad = folder / "good.csv", folder / "bad.csv"
    good.write_text(header + rows)
    bad.write_text(f"{header}missing.wav,,yes,missing.blend\n{rows}")

    report = folder / "report.json"
    blender.command("batch", good, "--report", report, file=head).expect_clean("batch")
    expect(_results(report) == ["done"] * 3, f"batch: {_results(report)}")
    made = {path.name: path.stat().st_mtime_ns for path in folder.glob("*.blend")}
    expect(set(made) == {"object.blend", "head.blend"}, f"batch made {sorted(made)}")
    for name in made:
        heights = speech.Mouth(np.load(_lips(blender, folder / name, 300))).heights
        expect(heights.max() > speech.OPEN_HEIGHT, f"{name}: the mouth never opens")
    expect(len((folder / "curves.csv").read_text().splitlines()) > 500, "curves.csv has too few rows")

    ended = blender.command("batch", bad, "--report", report, file=head)
    expect(ended.status == 1, f"a batch with a bad row ends with exit status {ended.status}, expected 1")
    expect("Traceback" not in ended.out + ended.err, f"batch: {ended.bad_lines}")
    expect(_results(report) == ["failed", "skipped", "skipped", "skipped"], f"batch: {_results(report)}")
    now = {path.name: path.stat().st_mtime_ns for path in folder.glob("*.blend")}
    expect(now == made, "a second batch touched outputs that were there")
    return "3 rows made, taken up again, a bad row fails alone"


def _results(report: Path) -> list[str]:
    return [row["status"] for row in json.loads(report.read_text())["rows"]]


def makes_shapes(blender: Blender, archive: Path) -> tuple[str, dict[str, float]]:
    """From the command line a head without shape keys gets them, and speaks."""
    plain, keyed, spoken = (blender.work / f"{name}.blend" for name in ("plain", "keyed", "spoken_plain"))
    vertices = blender.task("make_plain_head", plain)["vertices"]
    ended = blender.command("make-shapes", "--object", HEAD, "--out", keyed, file=plain)
    ended.expect_clean("--command soliloquy make-shapes")
    expect("Made 52 shape keys" in ended.out, f"make-shapes says: {ended.out[-300:]}")
    found = blender.task("made_keys", keyed, HEAD, addon=False, what="re-opened file")
    expect(len(found) == 52, f"{len(found)} shape keys were saved")
    expect(0.02 < found["jawOpen"] < 0.08, f"jawOpen moves the mesh by {found['jawOpen']:.3f} m")
    _animate(blender, plain, spoken, "--make-shapes").expect_clean(
        "--command soliloquy animate --make-shapes"
    )
    expect(spoken.exists(), "nothing was saved")
    text = f"52 keys on {vertices} vertices in {ended.seconds:.1f} s with Blender's start"
    return text, {"making shapes s": ended.seconds}


def undoes(blender: Blender, archive: Path) -> tuple[str, dict[str, float]]:
    """Undo and redo around the operator, and how long it takes in a fresh Blender and again."""
    found = blender.task("click", blender.work / "head.blend", SOUND)
    expect(not found["undone"], f"undo leaves changed: {', '.join(found['undone'])}")
    expect(not found["redone"], f"redo does not give back: {', '.join(found['redone'])}")
    expect(not found["again"], f"the same again is not the same: {', '.join(found['again'])}")
    for library in ("onnxruntime", "scipy"):
        expect(Path(found[library]).is_relative_to(blender.user), f"{library} is that of {found[library]}")
    unwanted = set(found["heavy"]) & {"torch", "scipy", "tqdm", "av"}
    expect(not unwanted, f"animating loads {', '.join(sorted(unwanted))}")
    share = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    for key, limit in (("cold", COLD_SECONDS), ("warm", WARM_SECONDS)):
        told = f"{key}: {found[key]:.1f} s to finished keys, at {share:.1f} times the machine's load"
        expect(found[key] < PATIENCE * limit * share, told)
    expect(found["scipy solves"] == 0.5, f"SciPy: {found['scipy solves']} instead of 0.5")
    times = {"cold s": found["cold"], "warm s": found["warm"]}
    return f"equal datablock by datablock; cold {found['cold']:.2f} s, warm {found['warm']:.2f} s", times


def comes_and_goes(blender: Blender, archive: Path) -> str:
    """Disabling, enabling, updating over an older version, and starting with factory settings."""
    found = blender.task("toggle")
    expect(found["gone and back"] == [[True, True]] * 3, f"off and on: {found['gone and back']}")

    blender.remove().expect_clean("remove")
    older = _older(archive, blender.work / "older.zip")
    blender.install(older).expect_clean("install an older version")
    _expect_installed(blender, older)
    expect((blender.extension / "dropped_since.py").exists(), "the older version is not whole")
    blender.install(archive).expect_clean("update")
    _expect_installed(blender, archive)
    expect(not (blender.extension / "dropped_since.py").exists(), "a file of the older version stays")
    # And in a Blender in which the older version is at work.
    blender.install(older).expect_clean("back to the older version")
    found = blender.task("install", archive, what="update of a running extension")
    expect(found["enabled"] and found["version"] == _version(archive), f"after the update: {found}")

    factory = blender.task("state", addon=False, what="factory start-up")
    expect(not factory["enabled"] and not factory["loaded"], "factory start-up loads the extension")
    _expect_installed(blender, archive)
    return f"off and on 3 times, {OLD_VERSION} to {_version(archive)} twice, factory start-up"


def _older(archive: Path, path: Path) -> Path:
    """The zip as an older version of itself, with a file that the newer one has not."""
    with zipfile.ZipFile(archive) as new, zipfile.ZipFile(path, "w") as old:
        for entry in new.infolist():
            content = new.read(entry)
            if entry.filename == "blender_manifest.toml":
                text = re.sub(r'^version = ".+"', f'version = "{OLD_VERSION}"', content.decode(), flags=re.M)
                content = text.encode()
            old.writestr(entry, content)
        old.writestr("dropped_since.py", "")
    return path


def breaks_kindly(blender: Blender, archive: Path, foreign: Path) -> str:
    """Missing and broken parts: one line that says what to do, exit status 2, and nothing half-written.

    `foreign` is the zip for another Python.
    """
    weights = blender.extension / "core" / "weights" / "expnet.onnx"
    mesh = blender.extension / "core" / "head" / "head.npz"
    library = _native_library(blender)
    whole = weights.read_bytes()
    weights.unlink()
    _expect_refusal(blender, "weights deleted")
    weights.write_bytes(whole[: len(whole) // 2])
    _expect_refusal(blender, "weights truncated")
    weights.write_bytes(whole)
    # A library that was compiled for another Python.
    other = library.with_name(re.sub(r"cpython-3\d+", "cpython-399", library.name))
    library.rename(other)
    _expect_refusal(blender, "ONNX Runtime of another Python")
    other.rename(library)
    whole = mesh.read_bytes()
    mesh.write_bytes(whole[: len(whole) // 2])
    # The head in the file needs no mesh of ours: if it can be animated without, that is well, too.
    ended = _animate(blender, blender.work / "head.blend", blender.work / "broken.blend")
    expect(ended.status in (0, 2) and "Traceback" not in ended.err + ended.out, "head truncated: a traceback")
    made = blender.work / "broken.blend"
    expect(
        made.exists() == (ended.status == 0), f"head truncated: exit status {ended.status}, {made.exists()}"
    )
    made.unlink(missing_ok=True)
    mesh.write_bytes(whole)

    _wrong_python(blender, archive, foreign)
    return "weights deleted, truncated; ONNX Runtime and zip of another Python; half a head"


def _native_library(blender: Blender) -> Path:
    found = list((blender.user / "extensions" / ".local").rglob("onnxruntime_pybind11_state*.so"))
    expect(len(found) == 1, f"ONNX Runtime's library: {found}")
    return found[0]


def _expect_refusal(blender: Blender, what: str) -> None:
    out = blender.work / "broken.blend"
    before = _files(blender.work)
    ended = _animate(blender, blender.work / "head.blend", out)
    expect(ended.status == 2, f"{what}: exit status {ended.status}, expected 2: {ended.bad_lines[:3]}")
    expect("Traceback" not in ended.out + ended.err, f"{what}: a traceback")
    lines = [line for line in ended.err.splitlines() if line.startswith("soliloquy: error: ")]
    expect(len(lines) == 1, f"{what}: {len(lines)} lines of error, expected one: {ended.err}")
    expect(len(lines[0]) < 600, f"{what}: a message of {len(lines[0])} characters")
    expect(re.search(r"[Ii]nstall", lines[0]), f"{what}: no word on what to do: {lines[0]}")
    expect(_files(blender.work) == before, f"{what}: files were left: {_files(blender.work) ^ before}")


def _files(folder: Path) -> set[tuple[str, int]]:
    """Files in a folder, without what Blender and we keep of consoles and compiled modules."""
    kept = (path for path in folder.rglob("*") if path.is_file() and path.name != "console.txt")
    return {
        (str(path.relative_to(folder)), path.stat().st_size)
        for path in kept
        if "__pycache__" not in path.parts and ".cache" not in path.parts
    }


def _wrong_python(blender: Blender, archive: Path, foreign: Path) -> None:
    """Blender itself refuses a zip for another Python; the right one mends it."""
    blender.remove().expect_clean("remove")
    ended = blender.install(foreign)
    told = [line for line in ended.bad_lines if line.lower().startswith("error")]
    # The operator of the modules says FINISHED whatever happened.
    expect(ended.status or not isinstance(blender, RealBlender), "a zip for another Python: exit status 0")
    expect(len(told) == 1, f"a zip for another Python: {ended.bad_lines}")
    is_clear = re.search(r"Python version .* isn't compatible|Blender version .* m(in|ax)imum", told[0])
    expect(is_clear, f"a zip for another Python: {told[0]}")
    found = blender.task("state", addon=isinstance(blender, RealBlender), what="start after a refused zip")
    expect(not found["enabled"], "a zip for another Python is enabled")
    blender.install(archive).expect_clean("install the right zip over a wrong one")
    _expect_installed(blender, archive)
    out = blender.work / "mended.blend"
    _animate(blender, blender.work / "head.blend", out).expect_clean("animate after the right zip")
    out.unlink()


def uninstalls(blender: Blender, archive: Path) -> str:
    """Nothing of the extension is left, and later starts say nothing of it."""
    _expect_installed(blender, archive)
    blender.remove().expect_clean("remove")
    expect(not blender.extension.exists(), f"{blender.extension} is left")
    extensions = blender.user / "extensions"
    left = [
        path for path in extensions.rglob("*") if re.search("soliloquy|onnxruntime|scipy", path.name, re.I)
    ]
    expect(not left, f"left behind: {', '.join(str(path) for path in left[:5])}")
    wheels = list((extensions / ".local").rglob("*.so")) + _wheels(blender)
    expect(not wheels, f"wheels are left: {wheels[:5]}")
    real = isinstance(blender, RealBlender)
    found: dict[str, Any] = blender.task("state", addon=real, what="start after uninstalling")
    expect(not found["enabled"] and not found["loaded"], "still loaded after uninstalling")
    return "no file, no wheel, no word at the next start"


def shares(blenders: list[Blender], archive: Path) -> str:
    """Blenders of one Python share a user folder: one installs, all use it, one removes it.

    The oldest comes first and saves the preferences: a newer Blender reads an older one's, never the reverse.
    """
    first = blenders[0]
    first.install(archive).expect_clean(f"install in {first.label}")
    for blender in (*blenders, first):
        _expect_installed(blender, archive)
        head = blender.work / f"shared-{blender.label}.blend".replace(" ", "-")
        blender.task("make_head", head, 24)
        spoken = blender.work / "shared.blend"
        _animate(blender, head, spoken).expect_clean(f"animate in {blender.label}")
        spoken.unlink()
    saved = first.task("save_preferences")
    for blender in blenders[1:]:
        found = blender.task("read_preferences", addon=False, what=f"preferences in {blender.label}")
        expect(found == saved, f"{blender.label} reads {found} from preferences with {saved}")
    blenders[-1].remove().expect_clean(f"remove in {blenders[-1].label}")
    for blender in blenders:
        found = blender.task("state", addon=False)
        expect(found["version"] is None, f"{blender.label} still has it")
    return " and ".join(blender.label for blender in blenders)


def clear(blender: Blender) -> None:
    """Delete the user's folder and what was made, but for the console."""
    for path in blender.work.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != "console.txt":
            path.unlink()
