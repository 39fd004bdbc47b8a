# SPDX-License-Identifier: GPL-3.0-or-later
import subprocess
import sys
from pathlib import Path

import bpy
import pytest
from soliloquy import blender_addon

FRESH = """
import sys
import bpy
before = set(sys.modules)
import soliloquy
soliloquy.register()
print(sorted({name.split(".")[0] for name in set(sys.modules) - before} &
             {"numpy", "onnxruntime", "soundfile", "soxr", "scipy", "tqdm", "torch", "av", "aud", "email",
              "ssl", "asyncio", "urllib", "http", "multiprocessing"}))
print(len(set(sys.modules) - before))
soliloquy.unregister()
soliloquy.register()
soliloquy.unregister()
print(hasattr(bpy.types.Scene, "soliloquy"), hasattr(bpy.types, "VIEW3D_PT_soliloquy"),
      any(name.startswith("soliloquy") for name in dir(bpy.types.Object)))
sys.stdout.flush()
import os
os._exit(0)
"""


@pytest.fixture(scope="module")
def fresh():
    """Registering and unregistering twice in a new process: what it printed."""
    root = Path(blender_addon.__file__).parents[2]
    run = subprocess.run(
        [sys.executable, "-c", FRESH], capture_output=True, text=True, timeout=120, cwd=root, check=True
    )
    return run.stdout.strip().splitlines()[-3:]


def test_enabling_imports_nothing_heavy(fresh):
    """How long it takes is measured by the proofs in real Blenders; it is what is imported that costs."""
    assert fresh[0] == "[]"
    assert int(fresh[1]) < 60


def test_unregister_leaves_nothing(fresh):
    assert fresh[2] == "False False False"


def test_everything_is_registered():
    assert hasattr(bpy.context.scene, "soliloquy")
    for each in blender_addon.CLASSES:
        assert each.is_registered, each
    assert bpy.ops.soliloquy.animate_from_audio.get_rna_type().name == "Animate from Audio"


def test_every_setting_has_a_tooltip():
    for each in blender_addon.CLASSES:
        if not issubclass(each, bpy.types.PropertyGroup) or each.__name__ == "SoliloquySettings":
            continue
        for name in each.__annotations__:
            prop = each.bl_rna.properties[name]
            assert prop.description, name
            assert not prop.description.endswith("."), name
            for item in getattr(prop, "enum_items", ()):
                assert item.description, (name, item.identifier)


def test_frames_and_amounts_have_their_units():
    for each in blender_addon.CLASSES:
        for name in each.__annotations__ if issubclass(each, bpy.types.PropertyGroup) else ():
            prop = each.bl_rna.properties[name]
            if prop.type == "INT" and "frame" in name:
                assert prop.subtype == "TIME", name
            if prop.type == "FLOAT" and name.endswith(("amount", "error")):
                assert prop.subtype == "FACTOR", name


def test_panels_are_in_both_sidebars():
    panels = [each for each in blender_addon.CLASSES if issubclass(each, bpy.types.Panel)]
    by_space = {
        space: [each for each in panels if each.bl_space_type == space]
        for space in ("VIEW_3D", "SEQUENCE_EDITOR")
    }
    assert [each.bl_label for each in by_space["VIEW_3D"]] == [
        each.bl_label for each in by_space["SEQUENCE_EDITOR"]
    ]
    assert all(each.bl_category == "Soliloquy" for each in panels)
    assert len(panels) == 36
