# SPDX-License-Identifier: GPL-3.0-or-later
"""`soliloquy evaluate transfer` and `bench --transfer`: made shapes are the true ones, within limits."""

import pytest

pytest.importorskip("scipy")
pytest.importorskip("torch")
pytest.importorskip("soundfile")

from soliloquy.core.evaluation import transfer_bench
from soliloquy.core.evaluation import transfer_heads as characters
from soliloquy.core.evaluation.transfer_outcomes import evaluate


@pytest.mark.parametrize(
    ("title", "mean"), [("person 1", 0.04), ("remeshed, 2,500 vertices", 0.06), ("a cartoon", 0.08)]
)
def test_made_shapes_are_near_the_true_ones(title, mean):
    made, copied = evaluate(title, characters.CHARACTERS[title](), ("made", "laid"))
    assert made.score is not None, made.refusal
    assert made.is_found
    assert made.score.mean < mean
    assert made.score.mean < copied.score.mean
    assert made.score.seal.gap < 0.03
    assert made.score.slit < 0.02
    assert made.score.pierced < 0.001
    assert made.score.behind < 1e-6


def test_bench_measures_each_step(capsys):
    assert transfer_bench.run(1) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "52 shapes for 25627 vertices" in lines[0]
    walls = {line[:18].strip(): float(line[18:28]) for line in lines[2:]}
    assert list(walls) == [
        "find the face",
        "factorise",
        "solve",
        "pieces",
        "all in one call",
        "nearest points",
    ]
    assert walls["all in one call"] > walls["solve"] > 0
