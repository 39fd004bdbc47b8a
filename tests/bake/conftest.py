# SPDX-License-Identifier: GPL-3.0-or-later
"""What most tests of baking start with."""

import bpy
import pytest
from soliloquy.core.motion import FaceMotion

from .heads import make_head, make_motion


@pytest.fixture
def head() -> bpy.types.Object:
    return make_head()


@pytest.fixture
def motion() -> FaceMotion:
    return make_motion()
