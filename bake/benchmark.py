# SPDX-License-Identifier: GPL-3.0-or-later
"""What baking costs. Run as a module in a fresh process.

  python -m soliloquy.bake.benchmark curves SOUND MODEL
  python -m soliloquy.bake.benchmark vertices SECONDS FPS
  python -m soliloquy.bake.benchmark rig SOUND MODEL
  python -m soliloquy.bake.benchmark shapes

Prints one line of JSON: what `measure_bake`, `measure_vertex_cache`, `measure_rig_bake` or
`measure_shape_making` returns.
"""

import json
import os
import re
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..core.frame_times import frame_count, frame_times
from ..core.head import Head
from ..core.motion import EXPRESSION_SIZE, FaceMotion


def measure_bake(sound: Path, model: str, fps: int = 60, repeat: int = 3) -> dict[str, float]:
    """Bake a sound onto the built-in head with all 52 channels moving.

    Channels that the network leaves at rest get a small movement of their own, so that every one of the
    52 is a full curve: the most that a bake can be asked to write.

    Returns:
        curves: number of F-curves; cold: seconds of the first bake; warm: median of the later ones.
    """
    import bpy

    from ..core.generate import animate
    from ..core.retarget.arkit import FACE_PARTS
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
        report = bake_motion(head, motion, start_frame=1, take=f"bench {number}", parts=FACE_PARTS)
        seconds.append(time.perf_counter() - started)
        curves = len(report.keyed)
    return {"curves": curves, "cold": seconds[0], "warm": float(np.median(seconds[1:]))}


def measure_rig_bake(sound: Path, model: str, fps: int = 60, repeat: int = 3) -> dict[str, float]:
    """Bake a sound onto 15 visemes of another person's head of 20,000 vertices, by what they look like.

    Returns:
        keys, vertices: of the rig; curves: that were written; cold: seconds of the first bake, in which the
        face is read and measured; warm: median of the later ones; cold cpu, warm cpu: processor time of both.
    """
    import bpy

    from ..core.evaluation.made_heads import Z_UP, person, turned
    from ..core.evaluation.made_meshes import finer
    from ..core.evaluation.retarget_rigs import oculus
    from ..core.generate import animate
    from . import bake_motion

    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    assert scene is not None
    scene.render.fps, scene.render.fps_base = fps, 1.0
    head = turned(finer(person(1)), "rig", scale=1.0, rotation=Z_UP, move=(0, 0, 1.6), tells_axes=True)
    rig = oculus(head, 1)
    mesh = bpy.data.meshes.new("rig")
    mesh.from_pydata(head.vertices.tolist(), [], head.triangles.tolist())
    obj = bpy.data.objects.new("rig", mesh)
    scene.collection.objects.link(obj)
    obj.shape_key_add(name="Basis")
    rest = head.vertices.astype(np.float32)
    for name, delta in zip(rig.keys, rig.deltas, strict=True):
        obj.shape_key_add(name=name).data.foreach_set("co", (rest + delta).ravel())
    motion = animate(sound, fps=fps, model=model)
    seconds: list[tuple[float, float]] = []
    curves = 0
    for number in range(1 + repeat):
        wall, cpu = time.perf_counter(), time.process_time()
        report = bake_motion(obj, motion, start_frame=1, take=f"bench {number}", parts=("Mouth",))
        seconds.append((time.perf_counter() - wall, time.process_time() - cpu))
        curves = len(report.keyed)
        assert report.method == "shapes"
    warm_wall, warm_cpu = np.median(seconds[1:], axis=0).tolist()
    return {
        "keys": len(rig.keys),
        "vertices": len(rest),
        "curves": curves,
        "cold": seconds[0][0],
        "cold cpu": seconds[0][1],
        "warm": warm_wall,
        "warm cpu": warm_cpu,
    }


def measure_shape_making() -> dict[str, float]:
    """Make the 52 ARKit shape keys for a mesh of 25,627 vertices that has none.

    Returns:
        read, make, write: seconds of each; keys: that were written.
    """
    import bpy

    from ..core.evaluation.transfer_heads import large
    from . import read_head, write_shapes

    bpy.ops.wm.read_factory_settings(use_empty=True)
    [part] = large().meshes
    mesh = bpy.data.meshes.new("head")
    mesh.from_pydata(part.vertices.tolist(), [], part.triangles.tolist())
    obj = bpy.data.objects.new("head", mesh)
    bpy.context.scene.collection.objects.link(obj)
    times = [time.perf_counter()]
    reading = read_head(obj)
    times.append(time.perf_counter())
    made = reading.make()
    times.append(time.perf_counter())
    report = write_shapes(reading, made)
    times.append(time.perf_counter())
    read, make, write = np.diff(times).tolist()
    return {"read": read, "make": make, "write": write, "keys": len(report.made)}


def measure_vertex_cache(seconds: float, fps: float) -> dict[str, float]:
    """Write a vertex cache for the built-in head, whose every coefficient moves, and delete it again.

    Returns:
        frames, vertices: the cache's shape; size: its bytes; wall, cpu: seconds; growth: bytes by which the
        process's memory rose at its highest, the motion included; not a number where there is no /proc.
    """
    import bpy

    from ..core.head import load_head
    from . import bake_vertices, create_head

    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    assert scene is not None
    obj = create_head(scene.collection)
    head = load_head()
    with tempfile.TemporaryDirectory() as folder:
        # Take files are named relative to the .blend file.
        bpy.ops.wm.save_as_mainfile(filepath=os.path.join(folder, "bench.blend"))
        before = _memory("VmRSS")
        wall, cpu = time.perf_counter(), time.process_time()
        motion = _moving(head, frame_count(seconds, fps), fps)
        report = bake_vertices(obj, motion, start_frame=1, take="bench")
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        return {
            "frames": len(motion),
            "vertices": head.vertex_count,
            "size": report.size,
            "wall": wall,
            "cpu": cpu,
            "growth": _memory("VmHWM") - before,
        }


def _moving(head: Head, count: int, fps: float) -> FaceMotion:
    """A motion in which each of the 64 coefficients swings by its spread, each at a rate of its own."""
    rates = np.geomspace(0.2, 6.0, EXPRESSION_SIZE).astype(np.float32)
    swing = np.sin(2 * np.pi * frame_times(count, fps).astype(np.float32)[:, None] * rates)
    return replace(FaceMotion.still(count, fps), expression=np.float32(head.expression_spread) * swing)


def _memory(name: str) -> float:
    """Bytes that the process holds (VmRSS) or has held at its highest (VmHWM)."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return float("nan")
    found = re.search(rf"^{name}:\s+(\d+) kB$", status, re.MULTILINE)
    return int(found[1]) * 1024 if found else float("nan")


def _main(what: str, *arguments: str) -> None:
    if what == "curves":
        sound, model = arguments
        figures = measure_bake(Path(sound), model)
    elif what == "rig":
        sound, model = arguments
        figures = measure_rig_bake(Path(sound), model)
    elif what == "shapes":
        figures = measure_shape_making()
    else:
        seconds, fps = map(float, arguments)
        figures = measure_vertex_cache(seconds, fps)
    print(json.dumps(figures))


if __name__ == "__main__":
    _main(*sys.argv[1:])
    # Without Blender's own clean-up: as a module 4.2 may crash and 4.5 may hang there.
    sys.stdout.flush()
    os._exit(0)
