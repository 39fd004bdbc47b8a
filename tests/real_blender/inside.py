# SPDX-License-Identifier: GPL-3.0-or-later
"""What the proofs do inside Blender, one process for each: `inside.py TASK ARGUMENTS`.

Runs in the executable (`blender -b -P inside.py -- TASK ...`) and, with `--module` first, beside bpy as a
module, which starts without preferences and has no command line of its own. BLENDER_USER_RESOURCES names the
user's folder. A task's findings go to stdout as one line: PROOF and JSON.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from typing import Any

AS_MODULE = sys.argv[1:2] == ["--module"]
if AS_MODULE:
    # What Blender's own Python has too. The rest of the test environment is hidden.
    of_blender = (
        "bpy mathutils bgl gpu aud numpy cattr cattrs attr attrs requests zstandard urllib3 idna certifi"
    )
    VISIBLE = {*of_blender.split(), "charset_normalizer", "typing_extensions", "bpy_extras"}

    class LikeBlender:
        """Finds what the environment has, and Blender's Python has not, only in Blender's own folders."""

        def find_spec(
            self, name: str, path: Sequence[str] | None, target: object = None
        ) -> ModuleSpec | None:
            if path is not None or name in VISIBLE:
                return None
            inside = [entry for entry in sys.path if Path(entry).name == "site-packages" and _is_ours(entry)]
            if name != "soliloquy" and PathFinder.find_spec(name, inside) is None:
                return None
            spec = PathFinder.find_spec(name, [entry for entry in sys.path if entry not in inside])
            if spec is None:
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)
            return spec

    def _is_ours(entry: str) -> bool:
        return Path(entry).resolve().parents[2] == Path(sys.prefix).resolve()

    sys.meta_path.insert(0, LikeBlender())

import bpy

if AS_MODULE and bpy.app.version < (4, 5, 0):
    # The bpy wheel of 4.2 is built without audio, unlike Blender 4.2 itself: there soundfile decodes.
    VISIBLE |= {"soundfile", "_soundfile", "_soundfile_data", "soxr", "cffi", "_cffi_backend", "pycparser"}

MODULE = "bl_ext.user_default.soliloquy"
HEAVY = ("onnxruntime", "scipy", "torch", "soundfile", "soxr", "tqdm", "av")
"""Nothing of this may be imported by an add-on that nobody has used yet; nor NumPy."""

HEAD = "Soliloquy Head"
TASKS: dict[str, Callable[..., Any]] = {}


def task(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function a task, called by its name."""
    TASKS[function.__name__] = function
    return function


def is_enabled() -> bool:
    """Whether the extension is enabled and registered."""
    return MODULE in bpy.context.preferences.addons and hasattr(bpy.types, "SOLILOQUY_OT_add_head")


def enable() -> None:
    """Enable the installed extension, as the preferences do."""
    import addon_utils  # only there after bpy

    assert addon_utils.enable(MODULE, default_set=True) is not None, "the extension cannot be enabled"


@task
def state() -> dict[str, Any]:
    """What this Blender is, and what it has of the extension just after its start."""
    addon = sys.modules.get(MODULE)
    return {
        "blender": bpy.app.version_string,
        "python": "cp{}{}".format(*sys.version_info),
        "enabled": is_enabled(),
        "loaded": sorted(name for name in sys.modules if name.startswith(MODULE)),
        "heavy": [name for name in HEAVY if name in sys.modules],
        "version": _installed_version(),
        "where": str(getattr(addon, "__file__", "")),
    }


def _installed_version() -> str | None:
    import tomllib

    folder = Path(os.environ["BLENDER_USER_RESOURCES"], "extensions", "user_default", "soliloquy")
    manifest = folder / "blender_manifest.toml"
    return tomllib.loads(manifest.read_text())["version"] if manifest.exists() else None


@task
def install(archive: str) -> dict[str, Any]:
    """Install, or update, in this running Blender, by the operator behind drag and drop."""
    bpy.ops.extensions.package_install_files(
        filepath=archive, repo="user_default", enable_on_install=True, overwrite=True
    )
    # The operator says FINISHED whatever happened.
    return state()


@task
def remove() -> dict[str, Any]:
    """Uninstall in this running Blender, as the preferences do."""
    repositories = bpy.context.preferences.extensions.repos
    index = next(i for i, repository in enumerate(repositories) if repository.module == "user_default")
    bpy.ops.extensions.package_uninstall(repo_index=index, pkg_id="soliloquy")
    return state()


@task
def toggle() -> dict[str, Any]:
    """Disable and enable thrice; what was registered must follow."""
    found = []
    for _ in range(3):
        bpy.ops.preferences.addon_disable(module=MODULE)
        gone = not is_enabled() and not hasattr(bpy.types.Scene, "soliloquy")
        bpy.ops.preferences.addon_enable(module=MODULE)
        found.append((gone, is_enabled()))
    return {"gone and back": found}


@task
def startup() -> dict[str, Any]:
    """Seconds that the extension itself adds to Blender's start: imports and registering."""
    assert not is_enabled(), "enabled before the clock runs"
    before = {name for name in (*HEAVY, "numpy") if name in sys.modules}
    started, computed = time.perf_counter(), time.process_time()
    enable()
    seconds, computed = time.perf_counter() - started, time.process_time() - computed
    assert is_enabled(), "not enabled"
    after = {name for name in (*HEAVY, "numpy") if name in sys.modules}
    return {"seconds": seconds, "processor seconds": computed, "imported": sorted(after - before)}


@task
def save_preferences() -> dict[str, Any]:
    """Change the extension's preferences and save all of them."""
    preferences = bpy.context.preferences.addons[MODULE].preferences
    preferences.threads, preferences.provider = 3, "CPU"
    bpy.ops.wm.save_userpref()
    return _preferences()


@task
def read_preferences() -> dict[str, Any]:
    """Read the saved preferences as the executable does at its start: they enable the extension."""
    assert not is_enabled(), "enabled before the preferences are read"
    bpy.ops.wm.read_userpref()
    return _preferences()


def _preferences() -> dict[str, Any]:
    preferences = bpy.context.preferences.addons[MODULE].preferences
    return {"enabled": is_enabled(), "threads": preferences.threads, "provider": preferences.provider}


@task
def make_head(path: str, fps: str) -> dict[str, Any]:
    """A file with the extension's own head, as an animator gets it."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    if AS_MODULE and not is_enabled():
        enable()
    assert bpy.ops.soliloquy.add_head() == {"FINISHED"}
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = int(fps), 1.0
    assert bpy.context.view_layer.objects.active.name == HEAD
    bpy.ops.wm.save_as_mainfile(filepath=path, check_existing=False)
    return {"size": Path(path).stat().st_size}


@task
def make_plain_head(path: str) -> dict[str, Any]:
    """A file with a head that has no shape keys, and other vertices than the extension's own."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    if AS_MODULE and not is_enabled():
        enable()
    bpy.ops.soliloquy.add_head()
    head = bpy.context.view_layer.objects.active
    head.shape_key_clear()
    head.modifiers.new("Decimate", "DECIMATE").ratio = 0.4
    bpy.ops.object.modifier_apply(modifier="Decimate")
    bpy.ops.wm.save_as_mainfile(filepath=path, check_existing=False)
    return {"vertices": len(head.data.vertices)}


@task
def made_keys(path: str, name: str) -> dict[str, Any]:
    """The shape keys of a mesh: how far each moves it, in metres. Runs without the extension."""
    import numpy as np

    bpy.ops.wm.open_mainfile(filepath=path, load_ui=False)
    places = {}
    for key in bpy.data.objects[name].data.shape_keys.key_blocks:
        flat = np.empty(3 * len(key.points), np.float32)
        key.points.foreach_get("co", flat)
        places[key.name] = flat.reshape(-1, 3)
    rest = places.pop("Basis")
    return {key: float(np.linalg.norm(place - rest, axis=1).max()) for key, place in places.items()}


@task
def command(*arguments: str) -> dict[str, Any]:
    """What `--command soliloquy` would call, where nothing calls it: in bpy as a module."""
    from bl_ext.user_default.soliloquy import blender_addon

    return {"status": blender_addon._run_command(list(arguments))}


@task
def mouth(path: str, name: str, first: str, last: str, vertices: str, out: str) -> dict[str, Any]:
    """Evaluated positions (frames, N, 3) of a mesh's vertices in its own axes, into a .npy file.

    Runs without the extension: what was baked must not need it.
    """
    import numpy as np

    assert not is_enabled(), "the baked file is to be read without the extension"
    bpy.ops.wm.open_mainfile(filepath=path, load_ui=False)
    scene, obj = bpy.context.scene, bpy.data.objects[name]
    chosen = np.load(vertices)
    positions = []
    for frame in range(int(first), int(last) + 1):
        scene.frame_set(frame)
        evaluated = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
        mesh = evaluated.to_mesh()
        all_positions = np.empty(len(mesh.vertices) * 3, np.float32)
        mesh.vertices.foreach_get("co", all_positions)
        positions.append(all_positions.reshape(-1, 3)[chosen])
        evaluated.to_mesh_clear()
    np.save(out, np.stack(positions))
    action = obj.data.shape_keys.animation_data.action
    return {"action": action.name, "frames": len(positions), "range": list(action.frame_range)}


@task
def click(path: str, sound: str) -> dict[str, Any]:
    """Animate with the operator, cold and then warm, with undo and redo between."""
    bpy.ops.wm.open_mainfile(filepath=path)
    if not is_enabled():
        enable()
    scene = bpy.context.scene
    scene.soliloquy.source.kind = "FILE"
    scene.soliloquy.source.filepath = sound
    scene.soliloquy.target.object = bpy.data.objects[HEAD]
    # Without a window the undo stack begins with the first push.
    bpy.ops.ed.undo_push(message="before")
    before = _datablocks()
    cold = _timed_animate()
    animated = _datablocks()
    assert before != animated, "animating changed nothing"
    assert bpy.ops.ed.undo() == {"FINISHED"}
    undone = _datablocks()
    assert bpy.ops.ed.redo() == {"FINISHED"}
    redone = _datablocks()
    assert bpy.ops.ed.undo() == {"FINISHED"}
    warm = _timed_animate()
    heavy = [name for name in HEAVY if name in sys.modules]
    # What fitting a head needs of the zip's own SciPy.
    import scipy.optimize
    import scipy.sparse.linalg
    import scipy.spatial

    return {
        "cold": cold,
        "warm": warm,
        "undone": _difference(before, undone),
        "redone": _difference(animated, redone),
        "again": _difference(animated, _datablocks()),
        "heavy": heavy,
        "onnxruntime": sys.modules["onnxruntime"].__file__,
        "scipy": scipy.__file__,
        "scipy solves": float(scipy.optimize.nnls([[2.0]], [1.0])[0][0]),
    }


def _timed_animate() -> float:
    started = time.perf_counter()
    assert bpy.ops.soliloquy.animate_from_audio("EXEC_DEFAULT", True) == {"FINISHED"}
    return time.perf_counter() - started


def _datablocks() -> dict[str, Any]:
    """All datablocks' names, and all keys and shape key values in them, for comparing."""
    found: dict[str, Any] = {}
    for kind in bpy.data.bl_rna.properties:
        if kind.type == "COLLECTION":
            found[kind.identifier] = sorted(block.name for block in getattr(bpy.data, kind.identifier))
    for key in bpy.data.shape_keys:
        animation = key.animation_data
        found[f"values of {key.name}"] = [round(block.value, 6) for block in key.key_blocks]
        found[f"action of {key.name}"] = animation and animation.action and animation.action.name
    for action in bpy.data.actions:
        found[f"keys of {action.name}"] = {
            f"{curve.data_path}[{curve.array_index}]": [tuple(point.co) for point in curve.keyframe_points]
            for curve in _curves(action)
        }
    found["frame"] = [bpy.context.scene.frame_current, bpy.context.scene.frame_end]
    return found


def _curves(action: Any) -> list[Any]:
    if hasattr(action, "layers") and action.layers:
        strips = [strip for layer in action.layers for strip in layer.strips]
        return [curve for strip in strips for bag in strip.channelbags for curve in bag.fcurves]
    return list(getattr(action, "fcurves", ()))


def _difference(expected: dict[str, Any], found: dict[str, Any]) -> list[str]:
    return sorted(key for key in expected.keys() | found.keys() if expected.get(key) != found.get(key))


def main(arguments: list[str]) -> int:
    """Run one task; its findings as one line."""
    name, *rest = arguments
    if AS_MODULE:
        name, *rest = _prepared(name, rest)
    print("\nPROOF", json.dumps(TASKS[name](*rest)), flush=True)
    return 0


def _prepared(name: str, rest: list[str]) -> list[str]:
    """Do in the module what the executable does before a script: preferences, file, arguments."""
    while name.startswith("--"):
        option, value = name, rest[0]
        name, *rest = rest[1:]
        if option == "--open":
            bpy.ops.wm.open_mainfile(filepath=value)
        if option == "--addons":
            enable()
    return [name, *rest]


if __name__ == "__main__":
    if AS_MODULE:
        status = 1
        try:
            status = main(sys.argv[2:])
        except BaseException:
            import traceback

            traceback.print_exc()
        sys.stdout.flush()
        sys.stderr.flush()
        # Blender as a module may hang or crash when it is torn down.
        os._exit(status)
    main(sys.argv[sys.argv.index("--") + 1 :])
