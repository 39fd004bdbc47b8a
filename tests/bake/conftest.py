# SPDX-License-Identifier: GPL-3.0-or-later
"""What most tests of baking start with."""

from pathlib import Path

import bpy
import pytest
from soliloquy.core.motion import FaceMotion

from .heads import make_head, make_motion
from .moving_heads import save


@pytest.fixture
def head() -> bpy.types.Object:
    return make_head()


@pytest.fixture
def motion() -> FaceMotion:
    return make_motion()


@pytest.fixture
def saved(tmp_path) -> Path:
    """The open file, saved as shot.blend in a folder of its own."""
    folder = tmp_path / "scene"
    folder.mkdir()
    return save(folder / "shot.blend")
