# SPDX-License-Identifier: GPL-3.0-or-later
"""The README's examples run as they stand."""

import re
import shlex
from pathlib import Path

import pytest

pytest.importorskip("soundfile")
pytest.importorskip("torch")  # the arguments of `train` are the training's own

from soliloquy import samples
from soliloquy.command_line import build_parser
from soliloquy.core import read_npz

ROOT = Path(__file__).resolve().parent.parent


def text(name: str) -> str:
    path = ROOT / name
    if not path.is_file():
        pytest.skip(f"{name} is not beside the tests")
    return path.read_text(encoding="utf-8")


def test_the_library_example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import soundfile

    (example,) = re.findall(r"```python\n(.*?)```", text("README.md"), re.DOTALL)
    sound, rate = soundfile.read(samples.SOUND)
    soundfile.write(tmp_path / "speech.wav", sound, rate)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(compile(example, "README.md", "exec"), names)
    motion = read_npz(tmp_path / "speech.npz")
    assert motion.fps == 30
    assert motion.weights[:, 17].max() > 0.2


@pytest.mark.parametrize("page", ["README.md", "docs/command_line.md", "docs/batch.md"])
def test_the_commands_of_the_pages_are_understood(page: str) -> None:
    lines = [
        line.split("#")[0].strip() for line in text(page).splitlines() if line.startswith("    soliloquy ")
    ]
    assert lines
    for line in lines:
        if "[" in line or "..." in line or "--help" in line:
            continue
        build_parser().parse_args(shlex.split(line)[1:])
