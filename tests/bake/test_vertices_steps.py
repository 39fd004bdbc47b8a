# SPDX-License-Identifier: GPL-3.0-or-later
"""A cache is written beside Blender's window, and shown only if its object is still the same."""

from threading import Thread

import bpy
import pytest
from soliloquy.bake import (
    BakeError,
    attach_cache,
    check_vertex_target,
    forget_vertex_take,
    prepare_cache,
    unused_caches,
    vertex_takes,
    write_cache,
)
from soliloquy.core.errors import OutputError

from .moving_heads import add_head, apart, bake, expected, plain_head, seen, state, talking

TINY = 2e-7


def written_beside(obj, motion, **options):
    """The cache of a motion, written in another thread."""
    prepared, result = prepare_cache(obj), []
    options = {"start_frame": 1} | options
    thread = Thread(target=lambda: result.append(write_cache(prepared, motion, **options)))
    thread.start()
    thread.join()
    return result[0]


def test_the_object_changes_only_at_the_end(saved):
    obj = add_head()
    before = state()
    written = written_beside(obj, talking(), start_frame=7, facts="seed 2")
    assert state() == before
    assert unused_caches() == ()  # it is under way
    report = attach_cache(obj, written, "line")
    assert report.file.name == "Head-line-001.pc2"
    assert list(report.file.parent.iterdir()) == [report.file]
    assert [take.facts for take in vertex_takes(obj)] == ["seed 2"]
    assert apart(seen(obj, 10), expected(talking(), 3)) < TINY


def test_a_discarded_cache_leaves_nothing(saved):
    written = written_beside(add_head(), talking())
    written.discard()
    written.discard()
    assert list(saved.parent.iterdir()) == [saved]


def test_a_take_that_replaces_another_keeps_its_name(saved):
    obj = add_head()
    old = bake(obj, talking(seed=1), take="line").file
    bake(obj, talking(seed=2), take="other")
    report = attach_cache(obj, written_beside(obj, talking(seed=3)), "line", replaces="line")
    assert report.take == "line"
    assert [(take.name, take.is_shown) for take in vertex_takes(obj)] == [("other", False), ("line", True)]
    assert apart(seen(obj, 4), expected(talking(seed=3), 3)) < TINY
    assert [cache.path for cache in unused_caches()] == [old]


def sculpted(obj):
    obj.data.shape_keys.reference_key.points[5].co.x += 0.01


def emptied(obj):
    obj.data = bpy.data.meshes.new("Empty")


def in_edit_mode(obj):
    bpy.context.view_layer.objects.active = obj
    bpy.ops.object.mode_set(mode="EDIT")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (sculpted, "were changed meanwhile: animate it again"),
        (emptied, "were changed meanwhile"),
        (in_edit_mode, "is in Edit Mode"),
    ],
)
def test_an_object_that_changed_meanwhile(saved, change, message):
    obj = add_head()
    written = written_beside(obj, talking())
    change(obj)
    before = state()
    with pytest.raises(BakeError, match=message):
        attach_cache(obj, written, "line")
    assert state() == before
    assert list(saved.parent.iterdir()) == [saved]


def test_a_file_that_went_away(saved):
    obj = add_head()
    written = written_beside(obj, talking())
    written.files[0].path.unlink()
    with pytest.raises(OutputError, match="Cannot write"):
        attach_cache(obj, written, "line")
    assert len(obj.modifiers) == 0


def test_targets_are_looked_at_without_changing_anything(saved):
    obj, plain = add_head(), plain_head()
    before = state()
    assert check_vertex_target(obj, "cache") == obj
    assert check_vertex_target(plain, "shape_keys") == plain
    assert check_vertex_target(obj, "shape_keys", copy=True) == obj
    with pytest.raises(BakeError, match="has shape keys already"):
        check_vertex_target(obj, "shape_keys")
    with pytest.raises(BakeError, match="of type empty"):
        check_vertex_target(obj.parent, "cache")
    assert state() == before


def test_a_cache_left_by_a_crash_is_unused_after_an_hour(saved, monkeypatch):
    obj = add_head()
    written = written_beside(obj, talking())
    assert unused_caches() == ()
    later = written.files[0].path.stat().st_mtime + 4000
    monkeypatch.setattr("soliloquy.bake.vertices.unused.time.time", lambda: later)
    assert [cache.path for cache in unused_caches()] == [written.files[0].path]
    bake(obj, talking())
    forget_vertex_take(obj, "hello")
    assert len(unused_caches()) == 2
