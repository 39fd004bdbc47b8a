# SPDX-License-Identifier: GPL-3.0-or-later
"""How long shapes take for a head of 25,000 vertices that has none.

  soliloquy bench --transfer

The face is found once, the system is factorised once, and solved for each of the 52 shapes; writing them is
Blender's. Beside them stands nearest-point copying after the same registration. Two cores in fresh processes.
"""

import json
import time
from collections.abc import Callable
from typing import Any, Final

CORES: Final = 2
_STEPS: Final = ("find the face", "factorise", "solve", "pieces", "all in one call", "nearest points")


def run(repeat: int) -> int:
    """Print the table: wall-clock and processor seconds, medians.

    Args:
        repeat: runs.
    """
    from .bench import measure_in_fresh_process, median

    results = [measure_in_fresh_process(__name__, cores=CORES) for _ in range(repeat)]
    whole = median(results, "all in one call wall")
    print(
        f"52 shapes for {results[0]['vertices']:.0f} vertices ({results[0]['moving']:.0f} of them move), "
        f"{CORES} cores, medians of {repeat}"
    )
    print(f"{'':18} {'wall s':>8} {'CPU s':>8} {'of all':>8}")
    for step in _STEPS:
        wall, cpu = (median(results, f"{step} {clock}") for clock in ("wall", "cpu"))
        print(f"{step:18} {wall:8.2f} {cpu:8.2f} {wall / whole:8.0%}")
    return 0


def _measure() -> dict[str, float]:
    """Seconds of each step; what is read for the first time is counted, as a user waits for it."""
    import numpy as np

    from ..head import load_head
    from ..head.registration.face_search import find_face
    from ..transfer import make_shapes
    from ..transfer.pieces import piece_shapes
    from ..transfer.pieces.eyeballs import eyeballs
    from ..transfer.skin_transfer import SkinTransfer
    from .transfer_baselines import after_registration
    from .transfer_heads import large

    [mesh] = large().meshes
    spent: dict[str, float] = {"vertices": len(mesh.vertices)}

    def timed(step: str, work: Callable[[], Any]) -> Any:
        wall, cpu = time.perf_counter(), time.process_time()
        result = work()
        spent[f"{step} wall"] = time.perf_counter() - wall
        spent[f"{step} cpu"] = time.process_time() - cpu
        return result

    fit = timed("find the face", lambda: find_face(mesh.vertices, mesh.triangles))
    deltas = load_head().arkit_deltas.astype(np.float64)
    transfer = timed("factorise", lambda: SkinTransfer(fit, eyeballs(fit)))
    skin = timed("solve", lambda: transfer.shapes(deltas))
    timed("pieces", lambda: piece_shapes(fit, skin, deltas))
    made = timed("all in one call", lambda: make_shapes(mesh))
    spent["moving"] = int(np.any(made.deltas[0], axis=(0, 2)).sum())
    timed("nearest points", lambda: after_registration(fit, mesh.vertices))
    return spent


if __name__ == "__main__":
    print(json.dumps(_measure()))
