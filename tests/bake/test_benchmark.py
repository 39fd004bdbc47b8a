# SPDX-License-Identifier: GPL-3.0-or-later
"""What baking costs is measured, and a vertex cache is never held whole."""

import re

from soliloquy.command_line import bench, main
from soliloquy.core.evaluation.bench import measure_in_fresh_process
from soliloquy.core.head import load_head


def test_a_vertex_cache_is_measured_in_a_process_that_holds_a_part_of_it(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    found = measure_in_fresh_process("soliloquy.bake.benchmark", "vertices", "40", "30")
    assert (found["frames"], found["vertices"]) == (1200, load_head().vertex_count)
    positions = 1200 * 12 * load_head().vertex_count
    assert positions < found["size"] < 1.01 * positions
    # Where a system does not tell its memory this is not a number.
    assert not found["growth"] > 0.4 * positions
    assert found["wall"] > 0
    assert found["cpu"] > 0
    assert list(tmp_path.rglob("*.pc2")) == []


def test_bench_prints_a_line_for_each_rate(capsys, monkeypatch):
    monkeypatch.setattr(bench, "_CACHE_SECONDS", 3)
    assert main(["bench", "--vertices"]) == 0
    lines = capsys.readouterr().out.splitlines()
    found = [re.search(r"at (\d+) frames a second: (\d+) frames of", line) for line in lines]
    assert [each and each.groups() for each in found] == [("30", "90"), ("60", "180")]
