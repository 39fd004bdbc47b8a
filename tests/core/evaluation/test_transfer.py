# SPDX-License-Identifier: GPL-3.0-or-later
"""`soliloquy evaluate transfer` and `bench --transfer`: made shapes are the true ones, within limits."""

import pytest

pytest.importorskip("scipy")
pytest.importorskip("torch")
pytest.importorskip("soundfile")

from soliloquy.core.evaluation import bench, transfer_bench
from soliloquy.core.evaluation import transfer_heads as characters
from soliloquy.core.evaluation.transfer_outcomes import evaluate

SMALL = "remeshed, 2,500 vertices"


def test_made_shapes_are_near_the_true_ones():
    made, copied = evaluate(SMALL, characters.CHARACTERS[SMALL](), ("made", "laid"))
    assert made.score is not None, made.refusal
    assert made.is_found
    assert made.score.mean < 0.06
    assert made.score.mean < copied.score.mean
    assert made.score.seal.gap < 0.02
    assert made.score.slit < 0.01 + made.score.true_slit
    assert made.score.pierced < 0.001
    assert made.score.behind < 1e-6


def test_bench_measures_each_step(monkeypatch, capsys):
    monkeypatch.setattr(characters, "large", characters.CHARACTERS[SMALL])

    def in_this_process(module, *, cores):
        assert (module, cores) == (transfer_bench.__name__, 2)
        return transfer_bench._measure()

    monkeypatch.setattr(bench, "measure_in_fresh_process", in_this_process)
    assert transfer_bench.run(1) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "52 shapes for 2500 vertices" in lines[0]
    walls = {line[:18].strip(): float(line[18:28]) for line in lines[2:]}
    assert list(walls) == [
        "find the face",
        "factorise",
        "solve",
        "pieces",
        "all in one call",
        "nearest points",
    ]
    assert min(walls.values()) > 0


def test_the_head_of_the_bench_is_large():
    [mesh] = characters.large().meshes
    assert 25_000 < len(mesh.vertices) < 26_000
