# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure speed and memory: realtime factor, CPU seconds and peak memory, end to end and by stage.

  soliloquy bench
  soliloquy bench --seconds 11 60 600 --repeat 5
  soliloquy bench --models expnet hybrid meshtalk --seconds 60
  soliloquy bench --head
  soliloquy bench --emotion
  soliloquy bench --vertices
  soliloquy bench --retarget
  soliloquy bench --transfer

Each length runs in a fresh process on one core. Figures are medians; the realtime factor (seconds of speech
a second of processor time) is the one to compare, best within one run of this command. With bpy installed,
60 s of speech (52 curves, 60 frames a second) is baked too; `--head` measures head, eyes and blinks alone,
`--emotion` what emotion and idle motion cost beside the mouth, `--vertices` writes vertex caches of 10
minutes, `--retarget` measures and solves a rig of visemes, `--transfer` makes the 52 shapes for a head that
has none, on two cores.
"""

import argparse
import os
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from .parser import load_for

_CACHE_SECONDS: Final = 600
_CACHE_FPS: Final = (30, 60)
_NO_BPY: Final = "bpy is not installed: baking was not measured."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `soliloquy bench`, which are the benchmark's own."""
    load_for(".core.evaluation.bench", "cpu").add_arguments(parser)
    parser.add_argument(
        "--vertices",
        action="store_true",
        help="only vertex caches of 10 minutes: size, seconds and memory (3 GB of temporary files)",
    )
    parser.add_argument(
        "--head", action="store_true", help="only head, eyes and blinks, step by step, on one core"
    )
    parser.add_argument(
        "--emotion", action="store_true", help="only emotion and idle motion, beside the mouth, on one core"
    )
    parser.add_argument(
        "--retarget",
        action="store_true",
        help="only a minute of speech onto 15 visemes of a head of 20,000 vertices",
    )
    parser.add_argument(
        "--transfer", action="store_true", help="only the 52 shapes for a head of 25,000 vertices"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the tables."""
    from ..core.evaluation import bench

    if args.audio is not None:
        # What cannot be read is said here; processes that measure are not asked.
        bench.read_speech(args.audio, 1)
    if args.vertices:
        return _measure_vertices()
    if args.head:
        from ..core.evaluation import head_bench

        return head_bench.run(args.audio, args.repeat)
    if args.emotion:
        from ..core.evaluation import emotion_bench

        return emotion_bench.run(args.audio, args.repeat)
    if args.retarget:
        return _measure_retarget(args)
    if args.transfer:
        return _measure_transfer(args)
    bench.run(args)
    if args.sampling or args.models:
        return 0
    if find_spec("bpy") is None:
        print(_NO_BPY)
        return 0
    result = _measure_bake("curves", args)
    print(
        f"Baking 60 s of speech at 60 frames a second: {result['curves']:.0f} curves in "
        f"{result['cold']:.2f} s cold, {result['warm']:.2f} s warm."
    )
    return 0


def _measure_bake(what: str, args: argparse.Namespace) -> dict[str, float]:
    """Figures of `bake.benchmark` for 60 s of speech."""
    from ..core.evaluation import bench

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bake.wav"
        bench.write_speech(path, bench.read_speech(args.audio, 60))
        return bench.measure_in_fresh_process("soliloquy.bake.benchmark", what, os.fspath(path), args.model)


def _measure_retarget(args: argparse.Namespace) -> int:
    load_for(".core.evaluation.retarget_bench", "train").run(args.audio, args.repeat)
    if find_spec("bpy") is None:
        print(_NO_BPY)
        return 0
    result = _measure_bake("rig", args)
    print(
        f"Blender reads the face, measures, solves and bakes {result['curves']:.0f} curves in "
        f"{result['cold']:.2f} s ({result['cold cpu']:.2f} s of CPU); when the face is known in "
        f"{result['warm']:.2f} s ({result['warm cpu']:.2f} s of CPU)."
    )
    return 0


def _measure_transfer(args: argparse.Namespace) -> int:
    bench = load_for(".core.evaluation.transfer_bench", "train")
    bench.run(args.repeat)
    if find_spec("bpy") is None:
        print(_NO_BPY)
        return 0
    from ..core.evaluation.bench import measure_in_fresh_process

    result = measure_in_fresh_process("soliloquy.bake.benchmark", "shapes", cores=bench.CORES)
    print(
        f"Blender reads the head in {result['read']:.2f} s, makes the shapes in {result['make']:.2f} s and "
        f"writes {result['keys']:.0f} shape keys in {result['write']:.2f} s."
    )
    return 0


def _measure_vertices() -> int:
    if find_spec("bpy") is None:
        print(_NO_BPY)
        return 0
    from ..core.evaluation.bench import measure_in_fresh_process

    for fps in _CACHE_FPS:
        result = measure_in_fresh_process(
            "soliloquy.bake.benchmark", "vertices", str(_CACHE_SECONDS), str(fps)
        )
        print(
            f"A vertex cache of {_CACHE_SECONDS / 60:g} minutes at {fps} frames a second: "
            f"{result['frames']:.0f} frames of {result['vertices']:.0f} vertices, "
            f"{result['size'] / 1e6:.0f} MB in {result['wall']:.1f} s ({result['cpu']:.1f} s of CPU); "
            f"memory grew by {result['growth'] / 1e6:.0f} MB."
        )
    return 0
