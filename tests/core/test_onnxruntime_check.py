# SPDX-License-Identifier: GPL-3.0-or-later
"""Importing ONNX Runtime: it is told to send nothing, before it is loaded."""

import os
import subprocess
import sys

import pytest
from soliloquy.core.errors import ModelError
from soliloquy.core.onnxruntime_check import check_onnxruntime

FAKE = """
import os
from pathlib import Path
class InferenceSession: pass
Path(__file__).with_name("environment").write_text(os.environ.get("ORT_DISABLE_TELEMETRY", "not set"))
def disable_telemetry_events(): Path(__file__).with_name("events").write_text("off")
"""


def test_onnxruntime_is_told_to_send_nothing(tmp_path):
    tmp_path.joinpath("onnxruntime.py").write_text(FAKE)
    program = (
        "import sys\n"
        "from soliloquy.core import onnxruntime_check\n"
        f"sys.path.insert(0, {str(tmp_path)!r})\n"
        "onnxruntime_check.check_onnxruntime = lambda: None\n"
        "onnxruntime_check.import_onnxruntime()\n"
    )
    environment = {key: value for key, value in os.environ.items() if key != "ORT_DISABLE_TELEMETRY"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert tmp_path.joinpath("environment").read_text() == "1"
    assert tmp_path.joinpath("events").read_text() == "off"


@pytest.mark.parametrize("folders", [("one", "one"), ("one", "other")])
def test_two_distributions_are_refused_in_one_folder_alone(tmp_path, monkeypatch, folders):
    for name, folder in zip(("onnxruntime", "onnxruntime_gpu"), folders, strict=True):
        information = tmp_path / folder / f"{name}-1.0.dist-info"
        information.mkdir(parents=True)
        text = f"Metadata-Version: 2.1\nName: {name.replace('_', '-')}\nVersion: 1.0\n"
        (information / "METADATA").write_text(text, encoding="utf-8")
    monkeypatch.setattr(sys, "path", [str(tmp_path / each) for each in dict.fromkeys(folders)])
    if folders[0] == folders[1]:
        with pytest.raises(ModelError, match="each overwrites the other"):
            check_onnxruntime()
    else:
        check_onnxruntime()
