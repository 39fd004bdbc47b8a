# SPDX-License-Identifier: GPL-3.0-or-later
"""Sound to face motion, without Blender. Imports neither bpy nor torch.

from soliloquy.core import animate, write_motion

motion = animate("speech.wav", fps=60)
write_motion("speech.csv", motion)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .generate import AnimationSettings, animate
    from .motion import FaceMotion
    from .motion_files import read_csv, read_npz, write_motion

_HOME = {
    "animate": ".generate",
    "AnimationSettings": ".generate",
    "FaceMotion": ".motion",
    "read_csv": ".motion_files",
    "read_npz": ".motion_files",
    "write_motion": ".motion_files",
}

__all__ = ["AnimationSettings", "FaceMotion", "animate", "read_csv", "read_npz", "write_motion"]


def __getattr__(name: str) -> Any:
    """Import on first use: Blender registers the add-on without loading NumPy or a network."""
    if name in _HOME:
        return getattr(import_module(_HOME[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
