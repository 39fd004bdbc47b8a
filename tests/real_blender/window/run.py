# SPDX-License-Identifier: GPL-3.0-or-later
"""The extension in a real window: python3 run.py --zip ZIP --out FOLDER [--only NAME ...].

Runs where blender, Xvfb, xdotool and ImageMagick are (`scripts/real_blender.sh run`), with nothing but the
standard library. Installs the zip, goes through the checks with mouse and keyboard, and writes
FOLDER/window.json: {"cells": {name: {"passed", "detail", "seconds"}}, "timings": {name: seconds}, "load",
"processors"}. Of a check that fails, FOLDER/failed holds a picture of the screen; FOLDER/logs holds Blender's
console. Exit status 0 when all passed.
"""

import argparse
import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import checks_job
import checks_mapping
import checks_meanwhile
import checks_panels
import checks_shapes
import checks_style
import checks_time
from desktop import Desktop, Failure
from session import Session

SAMPLE = Path(__file__).parents[3] / "samples" / "soliloquy.flac"
CHECKS: dict[str, Callable[[Session], str]] = {
    **checks_panels.CHECKS,
    **checks_job.CHECKS,
    **checks_mapping.CHECKS,
    **checks_shapes.CHECKS,
    **checks_style.CHECKS,
    **checks_meanwhile.CHECKS,
    **checks_time.CHECKS,
}


def main() -> int:
    """Run the checks that the arguments name."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--zip", type=Path, required=True, help="extension for this Blender's Python")
    parser.add_argument("--out", type=Path, required=True, help="folder for the results")
    parser.add_argument("--only", nargs="+", choices=list(CHECKS), metavar="NAME", help="these checks alone")
    args = parser.parse_args()
    folder = args.out.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    cells: dict[str, dict[str, object]] = {}
    # High enough for all sub-panels at once.
    with Desktop(folder, height=1600) as desktop:
        desktop.install(args.zip.resolve())
        session = Session(desktop, folder, SAMPLE)
        try:
            session.make_files()
            for name in args.only or CHECKS:
                cells[name] = run_check(session, name)
                write_results(folder, cells, session)
                print(
                    f"{'passed' if cells[name]['passed'] else 'FAILED':7} {name}: {cells[name]['detail']}",
                    flush=True,
                )
        finally:
            session.close()
    return 0 if all(cell["passed"] for cell in cells.values()) else 1


def write_results(folder: Path, cells: dict[str, dict[str, object]], session: Session) -> None:
    """Keep what is known so far: a run that is stopped has told that much."""
    load = os.getloadavg()[0]
    result = {"cells": cells, "timings": session.timings, "load": load, "processors": os.cpu_count()}
    (folder / "window.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


def run_check(session: Session, name: str) -> dict[str, object]:
    """One cell of the table."""
    started = time.monotonic()
    try:
        detail, passed = CHECKS[name](session), True
    except Exception as error:
        detail, passed = str(error) or type(error).__name__, False
        if not isinstance(error, Failure):
            traceback.print_exc()
        session.desktop.picture(session.folder / "failed" / f"{name}.png")
        session.close()  # the next check begins with a Blender of its own
    return {"passed": passed, "detail": detail, "seconds": round(time.monotonic() - started, 1)}


if __name__ == "__main__":
    sys.exit(main())
