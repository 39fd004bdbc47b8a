# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure speed and memory: realtime factor, CPU seconds and peak memory, end to end and by stage.

  soliloquy bench
  soliloquy bench --seconds 11 60 600 --repeat 5

Each length runs in a fresh process on one core. Figures are medians; the realtime factor (seconds of speech
a second of processor time) is the one to compare, best within one run of this command. With bpy installed,
60 s of speech (52 curves, 60 frames a second) is baked too.
"""

import argparse
import os
import tempfile
from importlib.util import find_spec
from pathlib import Path

from .parser import load_for


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `soliloquy bench`, which are the benchmark's own."""
    load_for(".core.evaluation.bench", "cpu").add_arguments(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the tables."""
    from ..core.evaluation import bench

    bench.run(args)
    if find_spec("bpy") is None:
        print("bpy is not installed: baking was not measured.")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bake.wav"
        bench.write_speech(path, bench.read_speech(args.audio, 60))
        result = bench.measure_in_fresh_process("soliloquy.bake.benchmark", os.fspath(path), args.model)
    print(
        f"Baking 60 s of speech at 60 frames a second: {result['curves']:.0f} curves in "
        f"{result['cold']:.2f} s cold, {result['warm']:.2f} s warm."
    )
    return 0
