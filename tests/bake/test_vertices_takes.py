# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes of vertices are kept to compare wherever the file goes, and caches until someone removes them."""

import shutil

import bpy
import pytest
from soliloquy.bake import (
    BakeError,
    UnusedCache,
    forget_vertex_take,
    hide_vertex_takes,
    remove_caches,
    show_vertex_take,
    unused_caches,
    vertex_takes,
)
from soliloquy.bake.head_mesh import to_blender_axes
from soliloquy.core.errors import OutputError
from soliloquy.core.head import load_head

from .moving_heads import add_head, apart, bake, expected, save, seen, state, talking

TINY = 2e-7


def names(obj):
    return [(take.name, take.is_shown) for take in vertex_takes(obj)]


def unused_names(folder=None):
    return [cache.path.name for cache in unused_caches(folder)]


def test_takes_are_switched(saved):
    obj, first, second = add_head(), talking(seed=1), talking(30, seed=2)
    assert vertex_takes(obj) == ()
    bake(obj, first, take="line seed 0", facts='{"seed": 0}')
    report = bake(obj, second, take="line seed 7", start_frame=3, facts='{"seed": 7}')
    assert names(obj) == [("line seed 0", False), ("line seed 7", True)]
    assert apart(seen(obj, 10), expected(second, 7)) < TINY
    show_vertex_take(obj, "line seed 0")
    assert names(obj) == [("line seed 0", True), ("line seed 7", False)]
    assert apart(seen(obj, 10), expected(first, 9)) < TINY
    take = vertex_takes(obj)[1]
    assert (take.start_frame, take.frames, take.fps, take.facts) == (3, 30, 25.0, '{"seed": 7}')
    assert take.path == report.file
    hide_vertex_takes(obj)
    assert names(obj) == [("line seed 0", False), ("line seed 7", False)]
    assert apart(seen(obj, 10), to_blender_axes(load_head().template)) < TINY
    assert not any(modifier.show_render for modifier in obj.modifiers)
    show_vertex_take(obj, "line seed 7")
    assert [modifier.show_render for modifier in obj.modifiers] == [False, True]


def test_one_name_twice(saved):
    obj = add_head()
    reports = [bake(obj, talking(seed=seed), take="line" * 30) for seed in (1, 2)]
    assert [take.name for take in vertex_takes(obj)] == [report.take for report in reports]
    assert len({report.take for report in reports}) == 2
    assert reports[0].file != reports[1].file
    assert apart(seen(obj, 4), expected(talking(seed=2), 3)) < TINY


def test_a_take_that_was_moved_in_time(saved):
    obj = add_head()
    bake(obj, talking(), start_frame=10)
    obj.modifiers["hello"].frame_start += 100
    assert vertex_takes(obj)[0].start_frame == 110
    assert apart(seen(obj, 112), expected(talking(), 2)) < TINY


def test_the_animators_own_settings_go_over_to_the_next_take(saved):
    obj = add_head()
    bake(obj, talking())
    obj.vertex_groups.new(name="face").add(range(3000), 1.0, "REPLACE")
    obj.modifiers["hello"].vertex_group = "face"
    obj.modifiers["hello"].factor = 0.5
    bake(obj, talking(), take="again")
    again = obj.modifiers["again"]
    assert (again.vertex_group, again.factor) == ("face", 0.5)


def test_takes_that_are_gone(saved):
    obj = add_head()
    for act in (show_vertex_take, forget_vertex_take):
        with pytest.raises(BakeError, match="no vertex take 'hello' any more"):
            act(obj, "hello")
    hide_vertex_takes(obj)
    bake(obj, talking())
    report = bake(obj, talking(), take="other")
    report.file.unlink()
    show_vertex_take(obj, "hello")
    before = state()
    with pytest.raises(BakeError, match="cache of take 'other' is missing: no file"):
        show_vertex_take(obj, "other")
    assert state() == before
    assert names(obj) == [("hello", True), ("other", False)]
    assert vertex_takes(obj)[1].frames == 0


def test_a_folder_that_moves(saved):
    obj = add_head()
    bake(obj, talking(seed=1), take="one")
    bake(obj, talking(seed=2), take="two")
    bpy.ops.wm.save_mainfile()
    moved = saved.parent.rename(saved.parent.with_name("elsewhere"))
    bpy.ops.wm.open_mainfile(filepath=str(moved / "shot.blend"))
    obj = bpy.data.objects["Head"]
    assert apart(seen(obj, 4), expected(talking(seed=2), 3)) < TINY
    show_vertex_take(obj, "one")
    assert apart(seen(obj, 4), expected(talking(seed=1), 3)) < TINY
    assert all(moved in take.path.parents for take in vertex_takes(obj))


def test_a_file_that_is_saved_elsewhere(saved, tmp_path):
    obj = add_head()
    bake(obj, talking(seed=1), take="one")
    bake(obj, talking(seed=2), take="two")
    (tmp_path / "other").mkdir()
    save(tmp_path / "other" / "shot2.blend")
    show_vertex_take(obj, "one")
    assert apart(seen(obj, 4), expected(talking(seed=1), 3)) < TINY
    third = bake(obj, talking(seed=3), take="three")
    assert third.file.parent == tmp_path / "other" / "soliloquy_caches" / "shot2"
    assert [take.path.is_file() for take in vertex_takes(obj)] == [True] * 3
    assert unused_caches() == ()
    assert unused_caches(saved.parent / "soliloquy_caches" / "shot") == ()


def test_undo_keeps_the_file_and_redo_finds_it(saved):
    add_head()
    bpy.ops.ed.undo_push(message="Head")
    report = bake(bpy.data.objects["Head"], talking())
    bpy.ops.ed.undo_push(message="Bake")
    bpy.ops.ed.undo()
    assert vertex_takes(bpy.data.objects["Head"]) == ()
    assert unused_names() == [report.file.name]
    again = bake(bpy.data.objects["Head"], talking(seed=5))
    assert again.file.name == "Head-hello-002.pc2"
    bpy.ops.ed.undo_push(message="Bake again")
    bpy.ops.ed.undo()
    bpy.ops.ed.redo()
    obj = bpy.data.objects["Head"]
    assert apart(seen(obj, 4), expected(talking(seed=5), 3)) < TINY
    assert unused_names() == [report.file.name]


def test_unused_caches_are_removed_and_no_others(saved):
    one, two = add_head("One"), add_head("Two")
    kept = bake(one, talking(), take="kept").file
    hidden = bake(one, talking(), take="hidden").file
    gone = bake(one, talking(), take="gone").file
    lost = bake(two, talking(), take="lost").file
    show_vertex_take(one, "kept")
    forget_vertex_take(one, "gone")
    bpy.data.objects.remove(two)
    notes = kept.with_name("notes.pc2")
    notes.write_text("not a cache")
    other = kept.parent.with_name("another shot")
    other.mkdir()
    shutil.copy(kept, other)
    unused = unused_caches()
    assert unused == (UnusedCache(gone, gone.stat().st_size), UnusedCache(lost, lost.stat().st_size))
    assert remove_caches(unused) == unused[0].size + unused[1].size
    assert sorted(kept.parent.iterdir()) == sorted([kept, hidden, notes])
    assert (other / kept.name).is_file()
    assert unused_caches() == ()
    assert remove_caches(unused) == 0


def test_a_cache_that_is_used_again_meanwhile_stays(saved):
    obj = add_head()
    report = bake(obj, talking())
    path = obj.modifiers["hello"].filepath
    forget_vertex_take(obj, "hello")
    unused = unused_caches()
    by_hand = obj.modifiers.new("By hand", "MESH_CACHE")
    by_hand.cache_format, by_hand.filepath = "PC2", path
    assert unused_caches() == ()
    assert remove_caches(unused) == 0
    assert report.file.is_file()


def test_a_copy_of_an_object_shares_its_caches(saved):
    obj = add_head()
    report = bake(obj, talking())
    copy = obj.copy()
    bpy.context.scene.collection.objects.link(copy)
    assert names(copy) == [("hello", True)]
    forget_vertex_take(obj, "hello")
    assert unused_caches() == ()
    forget_vertex_take(copy, "hello")
    assert unused_names() == [report.file.name]


def test_files_that_cannot_be_deleted(saved, monkeypatch):
    obj = add_head()
    report = bake(obj, talking())
    forget_vertex_take(obj, "hello")
    unused = unused_caches()

    def refuse(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.unlink", refuse)
    with pytest.raises(OutputError, match=r"Cannot delete .*-hello-001\.pc2': Permission denied"):
        remove_caches(unused)
    assert report.file.is_file()


def test_unused_caches_of_a_file_that_was_never_saved(tmp_path):
    with pytest.raises(BakeError, match="save it first"):
        unused_caches()
    assert unused_caches(tmp_path / "nowhere") == ()
