# SPDX-License-Identifier: GPL-3.0-or-later
"""Speed and memory, from sound file to written motion and stage by stage.

  soliloquy bench
  soliloquy bench --seconds 11 60 600 --repeat 5
  soliloquy bench --models expnet hybrid meshtalk --seconds 60

Each length runs in a fresh process on one core. Figures are medians; the realtime factor (seconds of speech
a second of processor time) is the one to compare, best within one run of this command.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np

from ..argument_types import at_least_one
from ..audio import SAMPLE_RATE

STAGES: Final = ("decode", "listen", "network", "solve", "write")
_FPS: Final = 60.0
_MEBIBYTE: Final = 1024 * 1024


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `soliloquy bench`."""
    parser.add_argument(
        "--seconds", type=float, nargs="+", default=[11, 60, 600], metavar="S", help="lengths of speech"
    )
    parser.add_argument("--repeat", type=at_least_one, default=3, metavar="N", help="runs of each length")
    parser.add_argument("--audio", type=Path, metavar="FILE", help="speech to repeat (default: the sample)")
    parser.add_argument(
        "--model", default="expnet", metavar="NAME", help="expnet, meshtalk or one of your own"
    )
    parser.add_argument(
        "--models", nargs="+", metavar="NAME", help="only these side by side, in turn, at the first length"
    )
    parser.add_argument(
        "--sampling",
        action="store_true",
        help="only MeshTalk's drawing, at the sizes that ship and the paper's",
    )


def run(args: argparse.Namespace) -> int:
    """Print the table."""
    if args.sampling:
        # The paper's sizes need torch, which nothing else here does.
        from . import sampling_bench

        return sampling_bench.run()
    if args.models:
        _compare(args.models, args.seconds[0], args.audio, args.repeat)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        print(f"{'':9} {'cold process':^32} {'warm process':^32} {'warm, CPU ms a second of speech':^49}")
        columns = ["wall s", "CPU s", "x realtime"] * 2
        print(
            f"{'speech':>9}",
            " ".join(f"{column:>10}" for column in columns),
            " ".join(f"{stage:>9}" for stage in STAGES),
            f"{'peak MiB':>9}",
        )
        for seconds in args.seconds:
            path = Path(folder) / f"{seconds:g}.wav"
            write_speech(path, read_speech(args.audio, seconds))
            results = [_measure("end_to_end", path, args.model) for _ in range(args.repeat)]
            stages = [_measure("stages", path, args.model) for _ in range(args.repeat)]
            line = [f"{seconds:8g}s"]
            for state in ("cold", "warm"):
                wall, cpu = (median(results, f"{state} {clock}") for clock in ("wall", "cpu"))
                line += [f"{wall:10.2f}", f"{cpu:10.2f}", f"{seconds / cpu:9.0f}x"]
            line += [f"{median(stages, stage) / seconds * 1000:9.2f}" for stage in STAGES]
            print(" ".join(line), f"{median(results, 'peak') / _MEBIBYTE:9.0f}")
    return 0


def _compare(models: list[str], seconds: float, audio: Path | None, repeat: int) -> None:
    """Models in turn, so that whatever else the machine does slows all alike; ratios to the first."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "speech.wav"
        write_speech(path, read_speech(audio, seconds))
        rounds = [[_measure("end_to_end", path, model) for model in models] for _ in range(repeat)]
    width = max(map(len, models))
    columns = ("cold s", "warm s", "x realtime", "/ first", "peak MiB")
    print(f"{seconds:g} s of speech, from the sound file to the written motion, processor time on one core")
    print(f"{'':{width}}", " ".join(f"{column:>10}" for column in columns))
    for number, model in enumerate(models):
        own = [each[number] for each in rounds]
        cold, warm = (median(own, f"{state} cpu") for state in ("cold", "warm"))
        ratio = float(np.median([each[0]["warm cpu"] / each[number]["warm cpu"] for each in rounds]))
        cells = (
            f"{cold:10.2f}",
            f"{warm:10.2f}",
            f"{seconds / warm:9.0f}x",
            f"{ratio:10.2f}",
            f"{median(own, 'peak') / _MEBIBYTE:10.0f}",
        )
        print(f"{model:{width}}", " ".join(cells))


def read_speech(path: Path | None, seconds: float) -> np.ndarray:
    """Speech of a length, float32 at 16 kHz: a file (the sample by default) repeated or cut."""
    from ... import samples
    from ..audio import load

    return np.resize(load(path or samples.SOUND), int(seconds * SAMPLE_RATE))


def write_speech(path: Path, samples: np.ndarray) -> None:
    """Write (n,) samples at 16 kHz as a WAV file."""
    import soundfile

    soundfile.write(path, samples, SAMPLE_RATE, subtype="PCM_16")


def _measure(what: str, path: Path, model: str) -> dict[str, float]:
    return measure_in_fresh_process(__name__, what, os.fspath(path), model)


def median(results: list[dict[str, float]], name: str) -> float:
    """Median of one figure over repeated measurements."""
    return float(np.median([result[name] for result in results]))


def measure_in_fresh_process(module: str, *arguments: str, cores: int = 1) -> dict[str, float]:
    """Run `python -m module arguments` on some cores; its last line is JSON."""
    environment = os.environ | {"OMP_NUM_THREADS": str(cores), "OPENBLAS_NUM_THREADS": str(cores)}
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def _end_to_end(path: Path, model: str) -> dict[str, float]:
    """From the sound file to the written motion, first in a cold process, then in the warm one."""
    figures: dict[str, float] = {}
    for state in ("cold", "warm"):
        wall, cpu = time.perf_counter(), time.process_time()
        # The first time, importing and loading the network belong to the work.
        from ..generate import animate
        from ..motion_files import write_csv

        motion = animate(path, fps=_FPS, model=model)
        write_csv(path.with_suffix(".csv"), motion)
        figures[f"{state} wall"] = time.perf_counter() - wall
        figures[f"{state} cpu"] = time.process_time() - cpu
    return figures | {"peak": _peak_memory()}


def _stages(path: Path, model: str) -> dict[str, float]:
    """Processor seconds of each stage alone."""
    from ..audio import load
    from ..frame_times import frame_count, frame_times
    from ..generate import animate
    from ..generate.generators import load_generator
    from ..generate.one_pass import run_networks
    from ..generate.speech import hear
    from ..head import load_head
    from ..motion import FaceMotion
    from ..motion_files import write_csv
    from ..retarget.solve import WeightSolver
    from ..runtime import load_network

    spent: dict[str, float] = {}
    # Imports and the network's first run are the cold process's business.
    animate(path, fps=_FPS, model=model)

    def timed(stage: str, work: Callable[[], Any]) -> Any:
        started = time.process_time()
        result = work()
        spent[stage] = time.process_time() - started
        return result

    samples = timed("decode", lambda: load(path))
    solver = WeightSolver(load_head().arkit_to_expression)
    generator = load_generator(model, providers=["cpu"])
    encoder = load_network("speech_encoder", providers=["cpu"])
    timed("listen", lambda: [len(part) for part in hear(encoder, [samples])])
    expression, _ = timed("network", lambda: run_networks(generator, encoder, [samples]))
    # It listens as it goes, where it has to.
    spent["network"] = max(0.0, spent["network"] - spent["listen"])
    count = frame_count(len(samples) / SAMPLE_RATE, _FPS)
    motion = FaceMotion.still(count, _FPS)
    times = frame_times(count, _FPS)
    motion.weights[:] = timed("solve", lambda: solver.solve(expression.at(times)))
    timed("write", lambda: write_csv(path.with_suffix(".csv"), motion))
    return spent


def _peak_memory() -> float:
    """Bytes; not a number on Windows, which has no such count."""
    try:
        import resource
    except ImportError:
        return float("nan")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _main(what: str, path: str, model: str) -> None:
    measures = {"end_to_end": _end_to_end, "stages": _stages}
    print(json.dumps(measures[what](Path(path), model)))


if __name__ == "__main__":
    _main(*sys.argv[1:])
