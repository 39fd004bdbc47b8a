# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the linters and the test suite in every environment, and end with one summary line.

Called by `make test` after the environments are made. Arguments are passed on to pytest. The full environment
runs beside the others, whose output follows when each has ended.
"""

import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REPORTS = ROOT / ".cache" / "tests"

FULL = "test-bpy-5.0"
LEAVE_OUT = ["--ignore=tests/test_build.py", "--ignore=tests/test_wheel.py"]
LONG = [
    "--ignore=tests/core/test_face_search.py",
    "--ignore=tests/core/transfer",
    "--ignore=tests/bake/test_conventions.py",
]
"""Minutes that hardly depend on Blender: only the environment with everything runs them."""
SUITES = {
    FULL: ["tests"],
    "test-bpy-5.2": ["tests", *LEAVE_OUT, *LONG],
    "test-bpy-4.5": ["tests", *LEAVE_OUT, *LONG],
    "test-bpy-4.2": ["tests", *LEAVE_OUT, *LONG],
}
"""Environment to the tests that run in it. Tests that need torch skip themselves where it is missing."""

COUNTS: tuple[str, ...] = ("passed", "failed", "errors", "skipped")

CHECKS = (
    ("ruff check", "ruff", "check"),
    ("ruff format", "ruff", "format", "--check"),
    ("pyright", "pyright", "--pythonpath", "python"),
)


def main(pytest_arguments: list[str]) -> int:
    """Run everything that has an environment; 0 when all of it passed."""
    started = time.monotonic()
    REPORTS.mkdir(parents=True, exist_ok=True)
    present = {name: python_of(name) for name in SUITES if (ROOT / ".venv" / name / ".installed").exists()}
    failed = [label for label, *command in CHECKS if not check(label, command)]
    totals = dict.fromkeys(COUNTS, 0)
    lines = []
    # Two at a time, each mostly on one core; the long one first.
    with ThreadPoolExecutor(max_workers=min(2, os.cpu_count() or 1)) as pool:
        results = {
            name: pool.submit(run_suite, name, python, pytest_arguments) for name, python in present.items()
        }
    for name, result in results.items():
        counts, healthy = result.result()
        if not healthy:
            failed.append(name)
        for key, count in counts.items():
            totals[key] += count
        lines.append(f"  {name}: " + ", ".join(f"{count} {key}" for key, count in counts.items() if count))
    missing = [name for name in SUITES if name not in present]

    print("\nSummary")
    print("\n".join(lines))
    if missing:
        print(f"  NOT RUN, environment missing: {', '.join(missing)}")
    if failed:
        print(f"  FAILED: {', '.join(failed)}")
    counted = ", ".join(f"{count} {key}" for key, count in totals.items() if count or key == "passed")
    print(f"==== {counted} in {time.monotonic() - started:.2f}s ====")
    return 1 if failed else 0


def python_of(name: str) -> Path:
    """The interpreter of an environment."""
    return ROOT / ".venv" / name / "bin" / "python"


def check(label: str, command: list[str]) -> bool:
    """Run a linter of the full environment over the whole tree."""
    print(f"\n== {label}", flush=True)
    folder = python_of(FULL).parent
    command = [
        str(folder / command[0]),
        *(str(folder / word) if word == "python" else word for word in command[1:]),
    ]
    return subprocess.run(command, cwd=ROOT).returncode == 0


def run_suite(name: str, python: Path, pytest_arguments: list[str]) -> tuple[dict[str, int], bool]:
    """Run pytest in one environment; its counts and whether all went well."""
    report = REPORTS / f"{name}.xml"
    report.unlink(missing_ok=True)
    command = [str(python), "-m", "pytest", "-q", f"--junitxml={report}", *SUITES[name], *pytest_arguments]
    # Dots of two suites would mix: only the full one's are seen as they come.
    print(f"\n== pytest in {name}" + ("" if name == FULL else ", output follows at its end"), flush=True)
    if name == FULL:
        status = subprocess.run(command, cwd=ROOT).returncode
    else:
        ended = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        status = ended.returncode
        print(f"\n== pytest in {name}\n{ended.stdout}", flush=True)
    counts = dict.fromkeys(COUNTS, 0)
    if not report.exists():
        print(f"{name}: pytest ended with status {status} and left no report")
        return counts, False
    suite = ElementTree.parse(report).getroot().find("testsuite")
    assert suite is not None
    for key, attribute in (("failed", "failures"), ("errors", "errors"), ("skipped", "skipped")):
        counts[key] = int(suite.get(attribute, 0))
    counts["passed"] = int(suite.get("tests", 0)) - sum(counts.values())
    return counts, status == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
