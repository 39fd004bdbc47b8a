# SPDX-License-Identifier: GPL-3.0-or-later
"""Program for test_broken_parts: enable a copied extension in this Blender, use it, tell what came of it.

Arguments: a sound, a folder to write to, and words that say what is different this time.
BLENDER_USER_RESOURCES names the folder with the copy. Prints one line of JSON.
"""

import contextlib
import io
import json
import os
import sys
import time
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path

import bpy

MODULE = "bl_ext.user_default.soliloquy"
NAMES = ("jawOpen", "mouthClose", "mouthFunnel", "eyeBlinkLeft", "eyeBlinkRight")


class Hidden:
    """Hides modules of the environment that Blender's own Python does not have."""

    def __init__(self, names: set[str]) -> None:
        self.names = names

    def find_spec(self, name: str, path: Sequence[str] | None, target: object = None) -> ModuleSpec | None:
        if name.partition(".")[0] in self.names:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None


def main(sound: str, folder: Path, words: set[str]) -> dict:
    result: dict = {"sockets": []}
    hidden = {"soliloquy"}
    if "without-runtime" in words:
        hidden.add("onnxruntime")
        import importlib.metadata as metadata
        import importlib.util

        def missing(name: str) -> None:
            raise metadata.PackageNotFoundError(name)

        metadata.distribution = missing  # type: ignore[assignment]
        found = importlib.util.find_spec
        importlib.util.find_spec = lambda name, package=None: (
            None if name == "onnxruntime" else found(name, package)
        )
    sys.meta_path.insert(0, Hidden(hidden))
    sys.addaudithook(
        lambda event, values: result["sockets"].append(event) if event.startswith("socket.") else None
    )
    import addon_utils  # only there after bpy

    started = time.perf_counter()
    addon_utils.enable(MODULE, default_set=True)
    result["enabling"] = time.perf_counter() - started
    if MODULE not in bpy.context.preferences.addons:
        return {**result, "enabled": False}
    carry_wheels([word.removeprefix("wheel-") for word in words if word.startswith("wheel-")])
    settings = bpy.context.preferences.addons[MODULE].preferences
    if "cuda" in words:
        settings.provider = "CUDA"
    if "cache-read-only" in words:
        settings.cache_folder = str(folder / "read-only")
    bpy.ops.wm.read_homefile(use_empty=True)
    make_head()
    source = bpy.context.scene.soliloquy.source
    if "packed" in words:
        add_packed_strip(sound)
    else:
        source.kind, source.filepath = "FILE", sound

    before = scene_facts()
    # Blender prints a report as "Error: ..." and "Info: ..."; kept are the ones that the operator made.
    runs = 2 if "twice" in words else 1
    result["operator"] = [run_operator() for _ in range(runs)]
    result["unchanged"] = scene_facts() == before
    result["command"] = run_command(sound, folder / "out.blend", words)
    result["wrote"] = (folder / "out.blend").exists()
    result["report"] = run_report()
    result["heavy"] = sorted({"scipy", "torch", "soundfile"} & set(sys.modules))
    result["online"] = bool(getattr(bpy.app, "online_access", False))
    addon_utils.disable(MODULE, default_set=True)
    return result


def carry_wheels(tags: list[str]) -> None:
    """Have the manifest name wheels. Only now: Blender 5 does not enable what has none for its Python."""
    if not tags:
        return
    manifest = Path(sys.modules[MODULE].__file__ or "").with_name("blender_manifest.toml")
    wheels = [f"./wheels/onnxruntime-1.0-{tag}-{tag}-linux_x86_64.whl" for tag in tags]
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(
        text.replace("\n[permissions]", f"wheels = {json.dumps(wheels)}\n\n[permissions]"), encoding="utf-8"
    )


def run_operator() -> str:
    try:
        return "|".join(bpy.ops.soliloquy.animate_from_audio())
    except RuntimeError as error:
        return str(error).strip()


def run_command(sound: str, out: Path, words: set[str]) -> dict:
    command = sys.modules[f"{MODULE}.blender_addon"]._run_command
    target = str(out.parent / "read-only" / "out.blend") if "save-read-only" in words else str(out)
    arguments = ["animate", "--object", "Head", "--save", target]
    arguments += [] if "packed" in words else ["--audio", sound]
    error, text = io.StringIO(), io.StringIO()
    with contextlib.redirect_stderr(error), contextlib.redirect_stdout(text):
        status = command(arguments)
    return {"status": status, "stderr": error.getvalue(), "stdout": text.getvalue()}


def run_report() -> str:
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        bpy.ops.soliloquy.report_problem()
    return text.getvalue()


def make_head() -> None:
    """A triangle that speaks: the built-in head may be what is broken."""
    mesh = bpy.data.meshes.new("Head")
    mesh.from_pydata([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [], [(0, 1, 2)])
    head = bpy.data.objects.new("Head", mesh)
    bpy.context.scene.collection.objects.link(head)
    head.shape_key_add(name="Basis")
    for number, name in enumerate(NAMES):
        head.shape_key_add(name=name).data[number % 3].co.z += 0.1 + number
    bpy.context.scene.soliloquy.target.object = head


def add_packed_strip(sound: str) -> None:
    editor = bpy.context.scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    strips.new_sound("speech", sound, 1, 1).sound.pack()


def scene_facts() -> dict:
    """What a failed job must leave alone."""
    collections = ("actions", "objects", "meshes", "scenes", "sounds", "collections", "shape_keys")
    facts: dict = {name: sorted(each.name for each in getattr(bpy.data, name)) for name in collections}
    keys = bpy.data.objects["Head"].data.shape_keys
    facts["values"] = [key.value for key in keys.key_blocks]
    facts["animated"] = keys.animation_data is not None
    return facts


if __name__ == "__main__":
    status = 1
    try:
        print("RESULT " + json.dumps(main(sys.argv[1], Path(sys.argv[2]), set(sys.argv[3:]))))
        status = 0
    except BaseException:
        import traceback

        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    # Blender as a module may hang or crash when it is torn down.
    os._exit(status)
