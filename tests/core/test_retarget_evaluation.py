# SPDX-License-Identifier: GPL-3.0-or-later
"""`soliloquy evaluate retarget` and `bench --retarget`: rigs speak as the full one does, within limits."""

import re

import numpy as np
import pytest

pytest.importorskip("scipy")
pytest.importorskip("torch")
pytest.importorskip("soundfile")

from soliloquy.command_line import main
from soliloquy.core.evaluation import retarget, retarget_bench
from soliloquy.core.evaluation.retarget import cases, evaluate, known, measure, play, read_speech
from soliloquy.core.evaluation.retarget_metrics import SCORES
from soliloquy.core.retarget.face_features import face_features


@pytest.fixture(scope="module")
def speech():
    return read_speech(None, 0, 30.0)


def outcome(title, speech, way="shapes", sculptors=1):
    chosen = [case for case in cases() if case[0] == title]
    assert len(chosen) == 1
    [(_, found)] = evaluate(chosen, speech, sculptors, [way])
    return found[way]


@pytest.mark.parametrize(
    ("title", "gap", "width", "seals"),
    [
        ("ARKit", 0.99, 0.99, 1.0),
        ("ARKit without mouthClose", 0.99, 0.99, 1.0),
        ("ARKit without names", 0.98, 0.96, 1.0),
        ("15 Oculus visemes", 0.99, 0.95, 1.0),
        ("ARKit, names scrambled", 0.99, 0.99, 1.0),
        ("9 Preston Blair", 0.98, 0.95, 1.0),
        ("VRM: A I U E O, Blink", 0.98, 0.9, 1.0),
        ("30 random mixtures", 0.98, 0.95, 1.0),
        ("6 unnamed morphs", 0.98, 0.95, 1.0),
        ("bones: 15 visemes, Blink", 0.98, 0.9, 1.0),
        ("15 Oculus visemes: another person, cm, Z up", 0.98, 0.95, 1.0),
        ("15 Oculus visemes: with body and hair", 0.98, 0.95, 1.0),
        ("ARKit without names: axes unknown", 0.97, 0.93, 1.0),
        ("ARKit without names: another mesh, 5,000 vertices", 0.97, 0.93, 1.0),
        ("ARKit without names: the face alone", 0.97, 0.93, 1.0),
        ("ARKit without names: a cartoon", 0.96, 0.9, 1.0),
    ],
)
def test_measured_rigs_speak_as_the_full_one(title, gap, width, seals, speech):
    [found] = outcome(title, speech)
    assert found.score is not None, found.notes
    assert found.score.gap > gap
    assert found.score.width > width
    assert found.score.seals >= seals
    assert found.score.shut == 0
    assert found.score.silence > 0.95
    assert 0.5 < found.score.size < 1.6
    assert found.score.jitter < 1.7


def test_names_alone_move_visemes_and_nothing_without_names(speech):
    [named] = outcome("15 Oculus visemes", speech, "names")
    assert named.score is not None
    assert named.score.gap > 0.95
    [nameless] = outcome("ARKit without names", speech, "names")
    assert nameless.score is None
    assert "None of the 52 keys" in nameless.notes[0]


def test_what_a_rig_cannot_do_is_told(speech):
    [found] = outcome("15 Oculus visemes", speech)
    assert any("close the lips while the jaw is open" in note for note in found.notes)
    [whole] = outcome("ARKit without names", speech)
    assert not any("close the lips while the jaw is open" in note for note in whole.notes)


def test_what_is_measured_is_what_was_made(speech):
    """On the built-in head nothing but the registration stands between the two."""
    [(_, make)] = [case for case in cases() if case[0] == "15 Oculus visemes"]
    rig = make(1)
    found, exact = measure(rig), known(rig)
    assert found.keys == exact.keys == rig.keys[1:]
    features = face_features()
    for name in ("lip gap 3", "mouth width", "jaw"):
        made, true = (features.measure(name, each.displacements) for each in (found, exact))
        assert np.abs(made - true).max() < 0.1 * np.abs(true).max() + 2e-4


def test_lips_are_judged_where_they_are_and_not_where_they_are_measured(speech):
    """Shapes that are measured wrongly show in the score."""
    [(_, make)] = [case for case in cases() if case[0] == "15 Oculus visemes"]
    rig = make(1)
    right = known(rig)
    wrong = type(right)(right.keys, right.displacements[::-1].copy(), right.rest_gaps, 0.0)
    full = retarget.full_curves(rig.reference, speech)
    good = play(rig, speech, full, method="shapes", shapes=right).score
    bad = play(rig, speech, full, method="shapes", shapes=wrong).score
    assert good is not None
    assert bad is not None
    assert good.gap > 0.99 > 0.9 > bad.gap
    assert bad.off > 2 * good.off


def test_the_command_prints_its_table_and_draws(tmp_path, capsys):
    command = ["evaluate", "retarget", "--sculptors", "1", "--exact", "--notes", "--plots", str(tmp_path)]
    assert main([*command, "--rigs", "preston", "scrambled"]) == 0
    told = capsys.readouterr().out
    assert "nan" not in told
    lines = told.splitlines()
    assert lines[1].split() == ["rig", "by", *SCORES]
    rows = [line for line in lines if re.search(r"\b(names|shapes|exact)  +[\d-]", line)]
    assert len(rows) == 6, told
    assert all(len(re.findall(r"-?\d\.\d\d", row)) == len(SCORES) for row in rows)
    assert "This head cannot" in told
    assert {path.name for path in tmp_path.iterdir()} == {
        "faces.png",
        "9_preston_blair.png",
        "arkit_names_scrambled.png",
    }
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in tmp_path.iterdir())


def test_what_cannot_be_used_is_said(capsys):
    assert main(["evaluate", "retarget", "--rigs", "nobody"]) == 2
    assert "No rig is named like nobody: expected one of ARKit," in capsys.readouterr().err
    assert main(["evaluate", "retarget", "--sculptors", "0"]) == 2
    assert "argument --sculptors: expected a whole number of 1 or more, got '0'" in capsys.readouterr().err


@pytest.mark.parametrize("what", [[], ["--emotion"], ["--head"], ["--retarget"]])
def test_what_cannot_be_measured_is_said(what, capsys):
    assert main(["bench", *what, "--repeat", "0"]) == 2
    assert "argument --repeat: expected a whole number of 1 or more, got '0'" in capsys.readouterr().err
    assert main(["bench", *what, "--audio", "nowhere.wav"]) == 2
    assert "nowhere.wav" in capsys.readouterr().err


def test_bench_measures_each_step(monkeypatch, capsys):
    monkeypatch.setattr(retarget_bench, "SECONDS", 4.0)
    assert retarget_bench.run(None, 1) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "4 s of speech at 60 frames a second onto 15 visemes of 20251 vertices" in lines[0]
    walls = {line[:26].strip(): float(line[26:36]) for line in lines[2:]}
    assert list(walls) == [
        "measure",
        "prepare",
        "solve",
        "by names: solve",
        "ARKit by name: solve",
        "together",
    ]
    assert walls["together"] == pytest.approx(sum(list(walls.values())[:3]), abs=0.003)
