# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a minute of speech takes onto a rig that is solved for: 15 visemes of a head of 20,000 vertices.

  soliloquy bench --retarget

Measuring what the keys do is done once for a mesh, solving for each motion; the bake is Blender's. Beside
them stands what the same motion takes onto ARKit keys by name, in the same run. One core in fresh processes;
the network that makes the motion is not counted.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

SECONDS: Final = 60.0
FPS: Final = 60.0


def run(audio: Path | None, repeat: int) -> int:
    """Print the table: wall-clock and processor seconds, medians.

    Args:
        audio: speech to repeat; the sample by default.
        repeat: runs.
    """
    from .bench import measure_in_fresh_process, median

    results = [measure_in_fresh_process(__name__, str(audio or ""), str(SECONDS)) for _ in range(repeat)]
    print(
        f"{SECONDS:g} s of speech at {FPS:g} frames a second onto {results[0]['keys']:.0f} visemes of "
        f"{results[0]['vertices']:.0f} vertices, one core, medians of {repeat}"
    )
    print(f"{'':26} {'wall s':>8} {'CPU s':>8} {'x realtime':>11}")
    for step in ("measure", "prepare", "solve", "by names: solve", "ARKit by name: solve"):
        wall, cpu = (median(results, f"{step} {clock}") for clock in ("wall", "cpu"))
        factor = f"{SECONDS / cpu:10.0f}x" if step.endswith("solve") else f"{'once a mesh':>11}"
        print(f"{step:26} {wall:8.3f} {cpu:8.3f} {factor}")
    together = sum(median(results, f"{step} wall") for step in ("measure", "prepare", "solve"))
    print(f"{'together':26} {together:8.3f}")
    return 0


def _measure(audio: Path | None, seconds: float) -> dict[str, float]:
    """Seconds of each step; what is read for the first time is counted, as a user waits for it."""
    from ..audio import SAMPLE_RATE
    from ..frame_times import frame_count
    from ..generate import animate
    from ..retarget.arkit import ARKIT_NAMES
    from ..retarget.detection import detect
    from ..retarget.mapping import RigMapping
    from ..retarget.retargeter import make_retargeter
    from .bench import read_speech
    from .made_heads import person
    from .made_meshes import finer
    from .retarget import measure
    from .retarget_rigs import oculus

    samples = read_speech(audio, seconds)
    weights = animate([samples], fps=FPS).weights
    assert len(weights) == frame_count(len(samples) / SAMPLE_RATE, FPS)
    rig = oculus(finer(person(1)), 1)
    # Made here and kept; elsewhere Blender has them.
    keys, vertices, _ = rig.deltas.shape
    spent: dict[str, float] = {"keys": keys, "vertices": vertices}

    def timed(step: str, work: Callable[[], Any]) -> Any:
        wall, cpu = time.perf_counter(), time.process_time()
        result = work()
        spent[f"{step} wall"] = time.perf_counter() - wall
        spent[f"{step} cpu"] = time.process_time() - cpu
        return result

    shapes = timed("measure", lambda: measure(rig))
    mapping = RigMapping(detect(rig.keys).keys)
    retargeter = timed("prepare", lambda: make_retargeter(mapping, {}, shapes))
    timed("solve", lambda: retargeter.values(weights))
    by_names = make_retargeter(mapping, {})
    timed("by names: solve", lambda: by_names.values(weights))
    plain = make_retargeter(RigMapping(detect(ARKIT_NAMES).keys), {})
    timed("ARKit by name: solve", lambda: plain.values(weights))
    return spent


if __name__ == "__main__":
    print(json.dumps(_measure(Path(sys.argv[1]) if sys.argv[1] else None, float(sys.argv[2]))))
