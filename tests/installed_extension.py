# SPDX-License-Identifier: GPL-3.0-or-later
"""Program for test_build: install the extension into this Blender, speak with it, remove it.

Arguments: the zip and a sound. BLENDER_USER_RESOURCES names a fresh folder.
"""

import os
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

import bpy

MODULE = "bl_ext.user_default.soliloquy"


class LikeBlender:
    """Hides what the test environment has and Blender's own Python has not."""

    # The bpy wheel of 4.2 is built without audio, unlike Blender 4.2 itself: it decodes with soundfile.
    HIDDEN = {"torch", "tqdm", "av", "soliloquy"} | (
        {"soundfile", "soxr"} if bpy.app.version >= (4, 5, 0) else set()
    )

    def find_spec(self, name: str, path: Sequence[str] | None, target: object = None) -> ModuleSpec | None:
        if name.partition(".")[0] in self.HIDDEN:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        if name in {"onnxruntime", "scipy"}:
            environment = Path(sys.prefix).resolve()
            outside = [entry for entry in sys.path if environment not in Path(entry).resolve().parents]
            return PathFinder.find_spec(name, outside)
        return None


def main(archive: str, sound: Path) -> None:
    sys.meta_path.insert(0, LikeBlender())
    user = Path(os.environ["BLENDER_USER_RESOURCES"]).resolve()
    bpy.ops.extensions.package_install_files(
        filepath=archive, repo="user_default", enable_on_install=True, overwrite=True
    )
    # The operator says FINISHED whatever happened.
    assert MODULE in bpy.context.preferences.addons, "not enabled"
    import addon_utils  # only there after bpy

    assert addon_utils.check(MODULE) == (True, True), addon_utils.check(MODULE)
    assert hasattr(bpy.types, "SOLILOQUY_OT_animate_from_audio"), "no operator"

    speak(sound)

    import onnxruntime

    assert user in Path(onnxruntime.__file__).resolve().parents, onnxruntime.__file__
    assert not (LikeBlender.HIDDEN | {"scipy"}) & set(sys.modules), sorted(sys.modules)

    import scipy.optimize
    import scipy.sparse.linalg
    import scipy.spatial

    assert user in Path(scipy.__file__).resolve().parents, scipy.__file__
    assert scipy.optimize.nnls([[2.0]], [1.0])[0] == 0.5

    bpy.ops.preferences.addon_disable(module=MODULE)
    assert not hasattr(bpy.types, "SOLILOQUY_OT_animate_from_audio"), "still registered"
    bpy.ops.extensions.package_uninstall(repo_index=repository_index(), pkg_id="soliloquy")
    assert not list(user.rglob("blender_manifest.toml")), "not uninstalled"


def speak(sound: Path) -> None:
    """Add the extension's own head and animate it from a sound; its jaw must move from frame to frame."""
    bpy.ops.soliloquy.add_head()
    head = bpy.context.view_layer.objects.active
    scene = bpy.context.scene
    scene.soliloquy.source.kind = "FILE"
    scene.soliloquy.source.filepath = str(sound)
    assert bpy.ops.soliloquy.animate_from_audio() == {"FINISHED"}
    jaw = head.data.shape_keys.key_blocks["jawOpen"]
    values = []
    for frame in range(scene.frame_start, scene.frame_start + 100):
        scene.frame_set(frame)
        values.append(jaw.value)
    assert max(values) - min(values) > 0.1, values
    print("SPOKE: jaw from", round(min(values), 3), "to", round(max(values), 3))


def repository_index() -> int:
    repositories = bpy.context.preferences.extensions.repos
    return next(index for index, repository in enumerate(repositories) if repository.module == "user_default")


if __name__ == "__main__":
    status = 1
    try:
        main(sys.argv[1], Path(sys.argv[2]))
        status = 0
    except BaseException:
        import traceback

        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    # Blender as a module may hang or crash when it is torn down.
    os._exit(status)
