# SPDX-License-Identifier: GPL-3.0-or-later
"""What is missing of CUDA is found before a session is made, in the order in which it is usually missing."""

import ctypes
from types import SimpleNamespace

import pytest
from soliloquy.core import cuda_check
from soliloquy.core.cuda_check import cuda_problem


class Driver:
    """NVIDIA's driver with some graphics cards."""

    def __init__(self, cards, status=0):
        self.cards, self.status = cards, status

    def cuInit(self, flags):
        return self.status

    def cuDeviceGetCount(self, count):
        count._obj.value = self.cards
        return 0


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """Says which libraries load; gives a module `onnxruntime` built for CUDA."""
    loads = {}

    def load(name, mode=0):
        found = loads.get(str(name).rpartition("/")[2])
        if found is None:
            raise OSError("libcudnn.so.9: cannot open shared object file: No such file or directory")
        return found

    monkeypatch.setattr(cuda_check.ctypes, "CDLL", load)
    runtime = SimpleNamespace(
        get_available_providers=lambda: ["CUDAExecutionProvider", "CPUExecutionProvider"],
        __file__=str(tmp_path / "onnxruntime" / "__init__.py"),
        preload_dlls=lambda: print("Failed to load libcublas"),
    )
    return loads, runtime


def test_reasons_in_their_order(machine, capfd):
    loads, runtime = machine
    cpu_build = SimpleNamespace(get_available_providers=lambda: ["CPUExecutionProvider"])
    assert cuda_problem(cpu_build) == "this ONNX Runtime is the build without CUDA"
    assert cuda_problem(runtime) == "no NVIDIA driver is installed"
    for driver in (Driver(0), Driver(1, status=100)):
        loads[cuda_check._DRIVER] = driver
        assert cuda_problem(runtime) == "the NVIDIA driver finds no graphics card"
    loads[cuda_check._DRIVER] = Driver(1)
    assert cuda_problem(runtime) == "a library of CUDA or cuDNN does not load (libcudnn.so.9)"
    loads |= {cuda_check._SHARED: object(), cuda_check._PROVIDER: object()}
    assert cuda_problem(runtime) is None
    # What ONNX Runtime would print is told in one line, elsewhere.
    assert capfd.readouterr() == ("", "")


def test_the_real_driver_answers_or_is_not_there():
    try:
        driver = ctypes.CDLL(cuda_check._DRIVER)
    except OSError:
        assert cuda_check._driver_problem() == "no NVIDIA driver is installed"
    else:
        assert driver.cuInit(0) == 0 or cuda_check._driver_problem() is not None
