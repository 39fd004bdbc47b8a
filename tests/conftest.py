# SPDX-License-Identifier: GPL-3.0-or-later
"""Every Blender test starts from an empty file; without bpy these tests are skipped."""

import importlib.util
import os
import sys
from pathlib import Path

import pytest

_TESTS = Path(__file__).parent
_BLENDER_FOLDERS = (_TESTS / "bake", _TESTS / "blender_addon")
_HAS_BLENDER = importlib.util.find_spec("bpy") is not None
_EXIT_STATUS = pytest.StashKey[int]()

# Test modules in these folders import bpy at the top, so without it they are not even collected.
collect_ignore = [] if _HAS_BLENDER else [str(folder) for folder in _BLENDER_FOLDERS]


def _needs_blender(item: pytest.Item) -> bool:
    in_folder = any(folder in item.path.parents for folder in _BLENDER_FOLDERS)
    return in_folder or item.get_closest_marker("blender") is not None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip tests marked `blender` where bpy cannot be imported."""
    if not _HAS_BLENDER:
        for item in items:
            if _needs_blender(item):
                item.add_marker(pytest.mark.skip(reason="needs the bpy module"))


@pytest.fixture(autouse=True)
def empty_blender_file(request: pytest.FixtureRequest) -> None:
    """Open an empty file before each test that uses Blender."""
    if _HAS_BLENDER and _needs_blender(request.node):
        import bpy

        bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Remember the exit status for `pytest_unconfigure`."""
    session.config.stash[_EXIT_STATUS] = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """End without Blender's own clean-up: as a module 4.2 may crash and 4.5 may hang there."""
    if "bpy" in sys.modules and _EXIT_STATUS in config.stash:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(config.stash[_EXIT_STATUS])
