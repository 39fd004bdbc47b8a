# SPDX-License-Identifier: GPL-3.0-or-later
"""How long baking takes. Run as a module in a fresh process: `python -m soliloquy.bake.benchmark`.

Prints one line of JSON: number of curves, seconds of the first bake and of the ones after it.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np


def measure_bake(sound: Path, model: str, fps: int = 60, repeat: int = 3) -> dict[str, float]:
    """Bake a sound onto the built-in head with all 52 channels moving.

    Channels that the network leaves at rest get a small movement of their own, so that every one of the
    52 is a full curve: the most that a bake can be asked to write.

    Returns:
        curves: number of F-curves; cold: seconds of the first bake; warm: median of the later ones.
    """
    import bpy

    from ..core.generate import animate
    from ..core.retarget.arkit import PARTS
    from . import bake_motion, create_head

    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    assert scene is not None
    scene.render.fps, scene.render.fps_base = fps, 1.0
    head = create_head(scene.collection)
    motion = animate(sound, fps=fps, model=model)
    still = np.ptp(motion.weights, axis=0) < 0.05
    motion.weights[:, still] = 0.05 * (1 + np.sin(motion.times))[:, None]
    seconds: list[float] = []
    curves = 0
    for number in range(1 + repeat):
        started = time.perf_counter()
        report = bake_motion(head, motion, start_frame=1, take=f"bench {number}", parts=tuple(PARTS))
        seconds.append(time.perf_counter() - started)
        curves = len(report.keyed)
    return {"curves": curves, "cold": seconds[0], "warm": float(np.median(seconds[1:]))}


if __name__ == "__main__":
    print(json.dumps(measure_bake(Path(sys.argv[1]), sys.argv[2])))
