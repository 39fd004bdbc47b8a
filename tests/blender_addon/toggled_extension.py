# SPDX-License-Identifier: GPL-3.0-or-later
"""Program for test_toggling: enable, disable and reload a copied extension again and again, also at work.

Argument: a sound. BLENDER_USER_RESOURCES names the folder with the copy.
"""

import importlib
import os
import sys
import threading
from typing import Any

import bpy

MODULE = "bl_ext.user_default.soliloquy"


def main(sound: str) -> None:
    import addon_utils  # only there after bpy

    def toggle(on: bool) -> None:
        if on:
            addon_utils.enable(MODULE, default_set=True)
        else:
            addon_utils.disable(MODULE, default_set=True)
        check(on)

    for _ in range(4):
        toggle(True)
        toggle(False)
    toggle(True)
    toggle(True)
    for _ in range(2):
        reload_scripts()
        check(True)
    assert animate(sound) == {"FINISHED"}

    # At work: the thread ends, and the next one can begin.
    for how in ("disable", "reload"):
        thread = begin(sound)
        if how == "disable":
            toggle(False)
        else:
            reload_scripts()
        thread.join(10)
        assert not thread.is_alive(), how
        toggle(True)
        assert animate(sound) == {"FINISHED"}, how
    toggle(False)
    assert [each.name for each in threading.enumerate() if each.name == "soliloquy"] == []


def reload_scripts() -> None:
    """What Blender > System > Reload Scripts does; without a window the operator itself does nothing."""
    bpy.utils.load_scripts(reload_scripts=True)


def check(on: bool) -> None:
    assert hasattr(bpy.types, "SOLILOQUY_OT_animate_from_audio") == on
    assert hasattr(bpy.types, "VIEW3D_PT_soliloquy") == on
    assert hasattr(bpy.types.Scene, "soliloquy") == on
    menu: Any = bpy.types.VIEW3D_MT_mesh_add
    drawn = [each for each in getattr(menu.draw, "_draw_funcs", ()) if "soliloquy" in each.__module__]
    assert len(drawn) == on, drawn
    handlers = [each for each in bpy.app.handlers.load_pre if "soliloquy" in each.__module__]
    assert len(handlers) == on, handlers


def animate(sound: str) -> set:
    bpy.ops.wm.read_homefile(use_empty=True)
    assert bpy.ops.soliloquy.add_head() == {"FINISHED"}
    source = bpy.context.scene.soliloquy.source
    source.kind, source.filepath = "FILE", sound
    return bpy.ops.soliloquy.animate_from_audio()


def begin(sound: str) -> threading.Thread:
    """The worker that the button would start, busy until it is cancelled."""
    bpy.ops.wm.read_homefile(use_empty=True)
    bpy.ops.soliloquy.add_head()
    jobs = sys.modules[f"{MODULE}.blender_addon.operators.job_operator"]
    workers = sys.modules[f"{MODULE}.blender_addon.operators.worker_operator"]
    worker_module = importlib.import_module(f"{MODULE}.blender_addon.worker")
    source = bpy.context.scene.soliloquy.source
    source.kind, source.filepath = "FILE", sound
    job = sys.modules[f"{MODULE}.blender_addon.job"].plan(bpy.context)
    errors = sys.modules[f"{MODULE}.core.errors"]

    def work(progress: Any, cancelled: Any) -> None:
        while not cancelled():
            threading.Event().wait(0.01)
        raise errors.Cancelled("Cancelled: nothing was changed.")

    operator = workers.WorkerOperator
    operator.running = workers.Run(jobs.JobOperator, job, worker_module.Worker(work))
    operator.running.worker.start()
    return operator.running.worker._thread


if __name__ == "__main__":
    status = 1
    try:
        main(sys.argv[1])
        print("TOGGLED")
        status = 0
    except BaseException:
        import traceback

        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    # Blender as a module may hang or crash when it is torn down.
    os._exit(status)
