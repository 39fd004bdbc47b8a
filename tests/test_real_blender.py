# SPDX-License-Identifier: GPL-3.0-or-later
"""scripts/real_blender.sh with stand-ins for what needs root and a network."""

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parent.parent / "scripts" / "real_blender.sh"
STAND_INS = {
    "id": "echo 0",
    "apt-get": "exit 0",
    "debootstrap": "exit 0",
    # The folder is the argument before the last where it is made; a command is run without the namespace.
    "unshare": """case " $* " in
        *" -s "*) shift $(($# - 2)); mkdir -p "$1"; echo Blender 5.2 ;;
        *" --net "*) echo "ran in its folder" ;;
    esac""",
}


@pytest.fixture
def script(tmp_path):
    """Runs the script with a cache of its own; says how it ended."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name, text in STAND_INS.items():
        (programs / name).write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        (programs / name).chmod(0o755)

    def run(*words):
        variables = {
            **os.environ,
            "PATH": f"{programs}:{os.environ['PATH']}",
            "SOLILOQUY_CACHE": str(tmp_path / "cache"),
            "SOLILOQUY_DEBIAN_MIRROR": "http://nowhere.invalid",
        }
        command = ["bash", str(SCRIPT), *words]
        return subprocess.run(command, env=variables, capture_output=True, text=True, timeout=20)

    run.programs = programs
    return run


@pytest.mark.parametrize("made_before", [False, True])
def test_a_command_runs_whether_or_not_the_folder_was_there(script, tmp_path, made_before):
    if made_before:
        assert script().returncode == 0
    done = script("run", "--work", str(tmp_path / "work"), "--", "blender", "--version")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "ran in its folder\n"
    assert ("Setting up" in done.stderr) == (not made_before)


def test_where_it_cannot_be_set_up_it_says_why(script):
    (script.programs / "unshare").write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    for words in ((), ("run", "--", "blender")):
        done = script(*words)
        assert done.returncode == 77
        (line,) = done.stderr.splitlines()
        assert line.startswith("real Blender is not set up: this machine lets nobody mount")
