# SPDX-License-Identifier: GPL-3.0-or-later
"""What `soliloquy evaluate transfer` measures is nothing for the truth, and what was done to it otherwise."""

import json
import re

import numpy as np
import pytest

pytest.importorskip("scipy")
pytest.importorskip("torch")

from soliloquy.command_line import main
from soliloquy.core.errors import InputError
from soliloquy.core.evaluation import made_heads as heads
from soliloquy.core.evaluation import transfer, transfer_outcomes
from soliloquy.core.evaluation import transfer_heads as characters
from soliloquy.core.evaluation.transfer_baselines import after_pose, after_registration, copied
from soliloquy.core.evaluation.transfer_metrics import (
    Seal,
    landmark_error,
    lid_slit,
    lip_seal,
    piercing,
    score,
    shape_error,
)
from soliloquy.core.evaluation.transfer_openings import highest_slit
from soliloquy.core.evaluation.transfer_truth import Truth
from soliloquy.core.head import load_head
from soliloquy.core.head.registration import NotAFace, Registration, template_skin
from soliloquy.core.head.surface import Surface
from soliloquy.core.retarget.arkit import ARKIT_INDEX
from soliloquy.core.transfer import MadeShapes


@pytest.fixture(scope="module")
def character():
    return characters.in_objects(characters.somewhere(heads.person(1), 1, None))


@pytest.fixture(scope="module")
def truth(character):
    return Truth.of(character)


@pytest.fixture(scope="module")
def plain():
    return Truth.of(characters.in_one_mesh(heads.built_in()))


def known_fit(truth):
    """The registration that would be without error."""
    head = truth.character.head
    nothing = Surface(np.zeros((0, 3)), np.zeros((0, 3), np.int64), np.zeros(0, np.int64))
    linear = np.linalg.inv(head.linear)
    fit = Registration.__new__(Registration)
    values = {
        "surface": nothing,
        "others": nothing,
        "linear": linear,
        "offset": -linear @ head.move,
        "fitted": head.surface()[template_skin()],
    }
    for name, value in values.items():
        object.__setattr__(fit, name, value)
    return fit


def test_the_truth_is_without_fault(truth):
    result = score(truth, truth.deltas.astype(float))
    assert (result.mean, result.high, result.worst, result.behind) == (0,) * 4
    assert result.seal == Seal(0.0, "", 0.0, "", 0.0)
    assert result.pierced == 0
    assert set(result.parts.values()) == {0.0}
    assert len(result.shapes) == 52


def test_copying_from_the_same_head_is_without_fault_where_surfaces_do_not_touch(plain):
    result = score(plain, copied(plain.rest, load_head().template.astype(float)))
    assert result.mean < 0.002
    assert result.parts["skin"] < 1e-4
    assert result.seal.gap == 0
    assert result.behind == 0


def test_a_shift_is_told_as_large_as_it_is(truth):
    jaw = ARKIT_INDEX["jawOpen"]
    true = truth.deltas[jaw]
    largest = np.linalg.norm(true, axis=1).max()
    found = shape_error("jawOpen", true, true + np.array([0, 0.1 * largest, 0]), truth.parts)
    assert found.mean == pytest.approx(0.1, rel=1e-4)
    assert found.high == pytest.approx(0.1, rel=1e-4)
    assert found.stray == pytest.approx(0.1, rel=1e-4)
    half = shape_error("jawOpen", true, 0.5 * true, truth.parts)
    sizes = np.linalg.norm(true, axis=1) / largest
    assert half.mean == pytest.approx(0.5 * sizes[sizes > 0.02].mean(), rel=1e-4)
    assert half.stray == 0
    assert "eyes" not in half.parts
    assert half.parts["tongue"] > 0.2


def test_lips_that_are_parted_are_told_and_where(truth):
    made = truth.deltas.astype(float)
    upper, lower = truth.lips
    overlap = (truth.rest[lower, 1] - truth.rest[upper, 1]).max()
    made[ARKIT_INDEX["cheekPuff"], lower[3]] -= [0, overlap + 0.05 * truth.mouth_width, 0]
    seal = lip_seal(truth, made)
    assert seal.where == "cheekPuff"
    assert 0.04 < seal.gap < 0.06
    assert seal.crossing == 0
    made[ARKIT_INDEX["mouthClose"]] = 0
    seal = lip_seal(truth, made)
    assert seal.where == seal.seen_where == "jawOpen + mouthClose 1"
    assert seal.gap > 0.5
    assert seal.seen > 0.4
    made = truth.deltas.astype(float)
    made[ARKIT_INDEX["mouthPucker"], lower] += [0, 0.1 * truth.mouth_width, 0]
    assert lip_seal(truth, made).crossing == pytest.approx(0.1, abs=0.02)


def test_lids_that_stay_open_are_told(plain):
    made = plain.deltas.astype(float)
    assert lid_slit(plain, made, "left") < 0.001
    assert 0.006 < highest_slit(plain.rest, plain.eyes["left"].opening) < 0.009
    made[ARKIT_INDEX["eyeBlinkLeft"]] *= 0.5
    assert 0.3 < lid_slit(plain, made, "left") < 0.7
    assert lid_slit(plain, made, "right") < 0.001
    made[ARKIT_INDEX["eyeBlinkLeft"]] = 0
    assert lid_slit(plain, made, "left") == pytest.approx(1)
    assert score(plain, made).slit == pytest.approx(1)


def test_lids_within_the_eye_are_told(plain):
    made = plain.deltas.astype(float)
    lids = np.unique(plain.eyes["left"].opening.skin)
    made[ARKIT_INDEX["eyeBlinkLeft"], lids] -= [0, 0, 0.003]
    assert 0.001 < piercing(plain, made, "left") < 0.0035
    assert piercing(plain, made, "right") == 0
    eyeless = Truth.of(characters.in_one_mesh(characters.without(heads.built_in(), ("eyes",))))
    assert np.isnan(piercing(eyeless, eyeless.deltas, "left"))


def test_what_moves_behind_the_ears_is_told(truth):
    made = truth.deltas.astype(float)
    made[3, np.flatnonzero(truth.behind)[0]] = [0, 0.002, 0]
    assert score(truth, made).behind == pytest.approx(0.002)


def test_baselines_of_a_perfect_fit_copy_the_right_points(truth):
    fit = known_fit(truth)
    character = truth.character
    assert landmark_error(truth, transfer_outcomes.fitted_landmarks(truth, fit)) < 1e-9
    errors = {}
    for copy in (after_pose, after_registration):
        deltas = copy(fit, character.head.vertices)
        errors[copy] = score(truth, character.gathered([deltas[:, rows] for rows in character.objects]))
    assert errors[after_registration].parts["skin"] < 0.01
    assert errors[after_pose].parts["skin"] > 0.1


def test_all_ways_are_scored_and_written(monkeypatch, tmp_path, capsys):
    def find_face(vertices, triangles, *, chosen, marks=None):
        assert chosen.sum() < len(vertices)
        assert marks is None or len(marks) == 10
        return known_fit(Truth.of(characters.CHARACTERS["in objects"]()))

    def make_shapes(face, others, *, marks=None):
        if marks is not None:
            raise NotAFace("The marks are no face's.")
        made = characters.CHARACTERS["in objects"]()
        deltas = np.stack([made.head.delta(shape) for shape in load_head().arkit_deltas])
        assert np.array_equal(face.vertices, made.meshes[0].vertices)
        return MadeShapes((), tuple(deltas[:, rows] for rows in made.objects), (), ("A note.",), 0.0)

    monkeypatch.setattr(transfer_outcomes, "find_face", find_face)
    monkeypatch.setattr(transfer_outcomes, "make_shapes", make_shapes)
    monkeypatch.setattr(transfer, "CHARACTERS", {"in objects": characters.CHARACTERS["in objects"]})
    path = tmp_path / "figures.json"
    assert main(["evaluate", "transfer", "--characters", "objects", "--json", str(path), "--detail"]) == 0
    output = capsys.readouterr().out
    assert re.search(r"\| in objects +\| made +\| +0\.0 \| +0\.0 \|", output)
    assert "The marks are no face's." in output
    assert "note: A note." in output
    assert "made: found 1 of 1; mean error 0.0%" in output
    assert "marked: found 0 of 1." in output
    figures = json.loads(path.read_text(encoding="utf-8"))["in objects"]
    assert [each["way"] for each in figures] == list(transfer_outcomes.WAYS)
    assert figures[0]["score"]["mean"] < 1e-6
    assert figures[2]["score"]["mean"] > 0.05


def test_unknown_characters_are_refused():
    with pytest.raises(InputError, match="No character is named like nobody: expected one of"):
        transfer.chosen_characters(["nobody"], quick=False)
    assert list(transfer.chosen_characters(None, quick=True)) == list(characters.QUICK)
    assert len(transfer.chosen_characters(None, quick=False)) == len(characters.CHARACTERS)
