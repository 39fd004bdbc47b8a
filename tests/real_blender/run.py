# SPDX-License-Identifier: GPL-3.0-or-later
"""Prove in every Blender there is that the zips work, and print a table of what was seen.

Called by `make test-blender` after the environments are made. `--only 4.5` runs one Blender. The table is
written to .cache/test-blender too, as report.md and report.json, beside the consoles of all processes.
Exit status 0 when nothing failed; what could not run says why.
"""

import argparse
import fcntl
import json
import os
import platform
import shutil
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import proofs
import table
from blenders import NOT_SET_UP, PROJECT, REAL_BLENDER, Blender, BpyModule, ProofError, RealBlender

OUT = PROJECT / ".cache" / "test-blender"
WINDOW = Path(__file__).with_name("window") / "run.py"

WINDOW_SECONDS = 900.0
"""After this the proof of the window is ended; it takes about a third on two idle cores."""

REAL = "5.2 executable"
MODULES = {"4.2 module": "cp311", "4.5 module": "cp311", "5.0 module": "cp311", "5.2 module": "cp313"}
REAL_PYTHON = "cp314"
FOREIGN = {"cp311": "cp313", "cp313": "cp311", "cp314": "cp313"}
"""To each Python's zip one for another Python, which Blender must refuse."""

STEPS: dict[str, Callable[..., Any]] = {
    "installs": proofs.installs,
    "starts fast": proofs.starts_fast,
    "bakes headless": proofs.bakes,
    "emotion": proofs.feels,
    "batch": proofs.batches,
    "makes shapes": proofs.makes_shapes,
    "undo": proofs.undoes,
    "off, on, update": proofs.comes_and_goes,
    "broken parts": proofs.breaks_kindly,
    "uninstalls": proofs.uninstalls,
}
"""Column of the table to proof, in the order in which they run; each finds what the ones before made."""


@dataclass
class Report:
    """Everything that was seen: cells by Blender and column, figures, sizes of zips."""

    cells: dict[str, dict[str, table.Cell]] = field(default_factory=dict)
    figures: dict[str, dict[str, float]] = field(default_factory=dict)
    zips: dict[str, float] = field(default_factory=dict)

    def set(self, label: str, column: str, cell: table.Cell) -> None:
        """Remember a cell and show it."""
        self.cells.setdefault(label, {})[column] = cell
        print(f"{label:15} {column:16} {cell.mark}{': ' if cell.detail else ''}{cell.detail}", flush=True)


def main(argv: list[str] | None = None) -> int:
    """Run all proofs; 0 when none failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", metavar="WORD", help="Blenders whose name has this word")
    parser.add_argument("--environments", default="test-bpy-", metavar="PREFIX", help="of folders in .venv")
    parser.add_argument("--zips", type=Path, metavar="FOLDER", help="zips made before (default: builds them)")
    args = parser.parse_args(argv)

    started = time.monotonic()
    OUT.parent.mkdir(exist_ok=True)
    lock = OUT.with_suffix(".lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        parser.error(f"the proofs are running in {OUT} already: wait until they end")
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    report = Report()
    chosen = [name for name in (REAL, *MODULES) if not args.only or any(word in name for word in args.only)]
    zips = {
        tag: zip_for(tag, args.zips) for tag in sorted({tag_of(name) for name in chosen} | {"cp311", "cp313"})
    }
    report.zips = {path.name: path.stat().st_size / 1e6 for path in zips.values()}
    for name in chosen:
        with_blender(report, name, zips, args.environments)
    sharers = [
        BpyModule(name, OUT / "shared", python_of(name, args.environments))
        for name in chosen
        if name in MODULES
    ]
    sharers = [each for each in sharers if MODULES[each.label] == "cp311" and each.python.exists()]
    if len(sharers) > 1:
        cell, _ = attempt(lambda: proofs.shares(sharers, zips["cp311"]))
        report.set("shared folder", "installs", cell)
        proofs.clear(sharers[0])

    text = table.markdown(report.cells, report.figures, report.zips, [*STEPS, "window job"])
    text += f"- this machine: {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} at the end\n"
    (OUT / "report.md").write_text(text, encoding="utf-8")
    seen = {"figures": report.figures, "zips in MB": report.zips}
    cells = {label: {key: vars(cell) for key, cell in row.items()} for label, row in report.cells.items()}
    (OUT / "report.json").write_text(json.dumps({"cells": cells, **seen}, indent=1), encoding="utf-8")
    print("\n" + text)
    return table.summary(report.cells, time.monotonic() - started)


def tag_of(name: str) -> str:
    """The Python ABI of a Blender."""
    return MODULES.get(name, REAL_PYTHON)


def python_of(name: str, prefix: str) -> Path:
    """The interpreter of a bpy module's environment."""
    return PROJECT / ".venv" / f"{prefix}{name.split()[0]}" / "bin" / "python"


def zip_for(tag: str, folder: Path | None) -> Path:
    """The zip for one Python on this machine, built unless it is in the folder."""
    if folder is None:
        folder = OUT / "dist" / tag
        machine = "arm64" if platform.machine() in ("arm64", "aarch64") else "x64"
        words = ["--out", folder, "--platform", f"linux-{machine}", "--python-tag", tag]
        subprocess.run([sys.executable, PROJECT / "build.py", *words], check=True, stdout=subprocess.DEVNULL)
        return next(folder.glob("*.zip"))
    return next(folder.glob(f"*-{tag}.zip"))


def with_blender(report: Report, name: str, zips: dict[str, Path], prefix: str) -> None:
    """Run every proof in one Blender."""
    blender, why_not = blender_called(name, prefix)
    if blender is None:
        for column in (*STEPS, "window job"):
            report.set(name, column, table.Cell("not run", why_not))
        return
    blender.work.mkdir(parents=True, exist_ok=True)
    tag = tag_of(name)
    # The executable sees only its own folder of work.
    archive = Path(shutil.copy(zips[tag], blender.work))
    foreign = Path(shutil.copy(zips[FOREIGN[tag]], blender.work / "foreign.zip"))
    for column, proof in STEPS.items():
        more = (foreign,) if proof is proofs.breaks_kindly else ()
        cell, figures = attempt(lambda proof=proof, more=more: proof(blender, archive, *more))
        report.set(name, column, cell)
        report.figures.setdefault(name, {}).update(figures)
        if cell.mark == "FAILED":
            if proof is proofs.installs:
                break
            blender.remove()
            blender.install(archive)
    if isinstance(blender, RealBlender):
        window(report, blender, archive)
    else:
        report.set(name, "window job", table.Cell("not run", "bpy as a module has no window"))
    proofs.clear(blender)


def blender_called(name: str, prefix: str) -> tuple[Blender | None, str]:
    """The Blender of that name, or None and why there is none here."""
    work = OUT / name.replace(" ", "-")
    if name != REAL:
        python = python_of(name, prefix)
        if not python.exists():
            return None, f"there is no environment .venv/{prefix}{name.split()[0]}"
        return BpyModule(name, work, python), ""
    done = subprocess.run([REAL_BLENDER], stderr=subprocess.PIPE, text=True)
    if done.returncode == 0:
        blender = RealBlender(name, work)
        found = blender.task("state", addon=False)
        if found["blender"].startswith(f"{name.split()[0]}.") and found["python"] == REAL_PYTHON:
            return blender, ""
        # The distribution moves on; that is no fault of the zips.
        reason = f"real Blender is {found['blender']} with {found['python']} now, there is no zip for it here"
    elif done.returncode == NOT_SET_UP:
        reason = done.stderr.strip().splitlines()[-1]
    else:
        raise SystemExit(f"{REAL_BLENDER} ended with exit status {done.returncode}: {done.stderr}")
    print(f"\n{'!' * 20} NOT RUN: {reason} {'!' * 20}\n", flush=True)
    return None, reason


def attempt(proof: Callable[[], Any]) -> tuple[table.Cell, dict[str, float]]:
    """Run a proof; what it says, and its figures."""
    try:
        found = proof()
    except ProofError as error:
        return table.Cell("FAILED", str(error)), {}
    except Exception:
        # An error of the proof itself fails it as well, and the others still run.
        return table.Cell("FAILED", traceback.format_exc()), {}
    text, figures = found if isinstance(found, tuple) else (found, {})
    return table.Cell("passed", text), figures


def window(report: Report, blender: RealBlender, archive: Path) -> None:
    """Run the proof of the window inside, and take over its cells and figures."""
    for column, cell, figures in window_cells(blender, archive):
        report.set(blender.label, column, cell)
        report.figures.setdefault(blender.label, {}).update(figures)


def window_cells(blender: RealBlender, archive: Path) -> Iterator[tuple[str, table.Cell, dict[str, float]]]:
    """Columns of the window proof with their cells, from the file that it writes."""
    folder = blender.work / "window"
    folder.mkdir()
    inside = Path(shutil.copy(archive, folder))
    words = ["python3", WINDOW, "--zip", inside, "--out", folder]
    ended = blender.call([REAL_BLENDER, "run", "--work", folder, "--", *words], limit=WINDOW_SECONDS)
    result = folder / "window.json"
    found = json.loads(result.read_text(encoding="utf-8")) if result.exists() else {"cells": {}}
    checks = found["cells"]
    for name, cell in checks.items():
        yield f"window: {name}", table.Cell("passed" if cell["passed"] else "FAILED", cell["detail"]), {}
    passed = sum(cell["passed"] for cell in checks.values())
    text = f"{passed} of {len(checks)} checks, {ended.seconds:.0f} s"
    is_good = ended.status == 0 and bool(checks) and passed == len(checks)
    if not is_good and passed == len(checks):
        tail = " | ".join((ended.out + ended.err).strip().splitlines()[-6:])
        text += f", then exit status {ended.status}: {tail}"
    figures = {f"window: {key}": value for key, value in found.get("timings", {}).items()}
    # Consoles, and the screens of checks that failed, are worth keeping.
    for name in ("logs", "failed"):
        if (folder / name).exists():
            shutil.copytree(folder / name, OUT / "window" / name)
    yield "window job", table.Cell("passed" if is_good else "FAILED", text), figures


if __name__ == "__main__":
    sys.exit(main())
