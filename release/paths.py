# SPDX-License-Identifier: GPL-3.0-or-later
"""Where things are in the project."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
PINS: Final = ROOT / "release" / "wheels.toml"
CACHE: Final = ROOT / ".cache" / "wheels"
"""Downloaded wheels."""
MANIFEST: Final = "blender_manifest.toml"
"""Blender's name for an extension's manifest, in the project and in the zip."""
