# SPDX-License-Identifier: GPL-3.0-or-later
"""Rhubarb's mouth drawings through the head's geometry; Rhubarb itself is not needed."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from soliloquy.core.errors import InputError
from soliloquy.core.evaluation import rhubarb
from soliloquy.core.evaluation.mouth_events import MouthCounts, lip_depths, mouth_widths
from soliloquy.core.evaluation.rhubarb import SHAPES, Cue, cue_weights, delayed, find_rhubarb, read_cues
from soliloquy.core.head import lip_gap_model
from soliloquy.core.motion import Phone

FPS = 25
SOUND = np.sin(np.arange(8000) / 5).astype(np.float32)
ANSWER = json.dumps({"mouthCues": [{"start": 0.0, "end": 0.3, "value": "X"}]})


def drawings() -> dict[str, np.ndarray]:
    return {shape: cue_weights([Cue(0, shape)], 1, FPS) for shape in SHAPES}


def gap_of(weights: np.ndarray) -> np.ndarray:
    return lip_gap_model().heights(weights)


def test_there_is_a_drawing_for_every_letter() -> None:
    assert set(SHAPES) == set("ABCDEFGHX")


def test_lips_are_closed_in_a_and_x_alone() -> None:
    closed = {shape for shape, weights in drawings().items() if gap_of(weights)[0] < lip_gap_model().closed}
    assert closed == {"A", "X"}


def test_mouths_open_from_b_over_c_and_h_to_d() -> None:
    gaps = {shape: gap_of(weights)[0] for shape, weights in drawings().items()}
    assert gaps["B"] < gaps["C"] < gaps["H"] < gaps["D"]
    assert gaps["F"] < gaps["E"] <= gaps["C"]


def test_round_drawings_are_narrow() -> None:
    widths = {shape: mouth_widths(weights)[0] for shape, weights in drawings().items()}
    assert widths["F"] < widths["E"] < min(widths[shape] for shape in "ABCDGHX")


def test_g_is_f_and_v_and_no_other_drawing_is() -> None:
    phones = (Phone("F", 0.4, 0.6),)
    for shape in SHAPES:
        counts = MouthCounts()
        counts.add(cue_weights([Cue(0, shape)], FPS, FPS), phones, FPS)
        assert counts.bites == [shape == "G"], shape
    assert lip_depths(drawings()["G"])[0] > 0.0015


@pytest.mark.parametrize("fps", [24, 25, 30, 60])
def test_a_drawn_word_is_right_in_every_count(fps: int) -> None:
    """ "Moof", drawn as it is spoken."""
    phones = (Phone("M", 0.5, 0.6), Phone("UW", 0.6, 0.8), Phone("F", 0.8, 0.95), Phone("IY", 0.95, 1.2))
    cues = [Cue(0, "X"), Cue(0.5, "A"), Cue(0.6, "F"), Cue(0.8, "G"), Cue(0.95, "B"), Cue(1.25, "X")]
    counts = MouthCounts()
    counts.add(cue_weights(cues, 2 * fps, fps), phones, fps)
    assert counts.sealed == counts.sealed_middle == counts.bites == [True]
    assert all(counts.seals_right)
    assert counts.vowels_closed == [False, False]
    assert counts.rounding_auc == 1
    assert max(counts.unrest) < 1e-3


def test_a_drawing_is_whole_at_its_beginning_and_held_until_two_frames_before_the_next() -> None:
    weights = cue_weights([Cue(0, "C"), Cue(0.4, "D")], 20, FPS)
    shapes = {shape: drawing[0] for shape, drawing in drawings().items()}
    assert np.allclose(weights[:9], shapes["C"])
    assert np.allclose(weights[9], (shapes["C"] + shapes["D"]) / 2)
    assert np.allclose(weights[10:], shapes["D"])


@pytest.mark.parametrize("contact", "AG")
def test_contacts_are_held_in_all_their_frames(contact: str) -> None:
    weights = cue_weights([Cue(0, "C"), Cue(0.4, contact), Cue(0.52, "C")], 20, FPS)
    shape = drawings()[contact][0]
    assert np.allclose(weights[10:13], shape)
    assert not np.isclose(weights[[9, 13]], shape).all(axis=1).any()


def test_a_closure_is_not_lost_to_a_drawing_in_the_same_frame() -> None:
    for cues in ([Cue(0.4, "A"), Cue(0.41, "D")], [Cue(0.39, "D"), Cue(0.4, "A")]):
        weights = cue_weights([Cue(0, "C"), *cues, Cue(0.6, "C")], 20, FPS)
        assert gap_of(weights)[10] < lip_gap_model().closed


def test_later_drawings_are_the_same_a_frame_later() -> None:
    cues = [Cue(0, "C"), Cue(0.4, "A"), Cue(0.52, "D")]
    late = cue_weights(delayed(cues, 0.04), 21, FPS)
    assert np.allclose(late[1:], cue_weights(cues, 20, FPS))
    assert np.allclose(late[0], drawings()["C"][0])


def test_without_drawings_the_mouth_rests() -> None:
    assert not cue_weights([], 5, FPS).any()
    assert cue_weights([Cue(0, "D")], 0, FPS).shape == (0, 52)


def test_drawings_within_others_are_put_in_order() -> None:
    cues = [
        {"start": 3.04, "end": 3.2, "value": "C"},
        {"start": 3.2, "end": 3.3, "value": "F"},
        {"start": 3.16, "end": 3.2, "value": "B"},
    ]
    assert read_cues(json.dumps({"mouthCues": cues})) == (Cue(3.04, "C"), Cue(3.16, "B"), Cue(3.2, "F"))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"mouthCues": [{"start": "soon"}]}', '{"mouthCues": 3}'])
def test_answers_that_are_not_rhubarbs(text: str) -> None:
    with pytest.raises(InputError, match="no mouth shapes"):
        read_cues(text)


def test_an_unknown_drawing_is_named() -> None:
    with pytest.raises(InputError, match="'K'"):
        read_cues('{"mouthCues": [{"start": 0, "end": 1, "value": "K"}]}')


def install(folder: Path) -> Path:
    """The npm package's place and version, with nothing to run."""
    package = folder / "node_modules" / rhubarb.PACKAGE
    package.mkdir(parents=True)
    (package / "package.json").write_text('{"version": "0.1.8"}')
    return package


def test_what_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="npm install rhubarb-lip-sync-wasm"):
        find_rhubarb(tmp_path)
    install(tmp_path)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(InputError, match=r"Node\.js"):
        find_rhubarb(tmp_path)


@pytest.mark.skipif(os.name != "posix", reason="the stand-in is a shell script")
def test_the_executable_runs_once_for_each_sound_and_never_again(tmp_path: Path) -> None:
    program = tmp_path / "rhubarb"
    program.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && { echo Rhubarb 9; exit; }\n'
        f'for last; do :; done\necho "$last" >> "{tmp_path}/runs"\necho \'{ANSWER}\' > "${{last%wav}}json"\n'
    )
    program.chmod(0o755)
    found = find_rhubarb(program, cache=tmp_path / "kept")
    assert (found.name, found.version) == ("Rhubarb", "Rhubarb 9")
    assert found.cues([SOUND, SOUND / 2, SOUND / 3]) == [(Cue(0, "X"),)] * 3
    assert found.cues([SOUND / 3, SOUND]) == [(Cue(0, "X"),)] * 2
    assert len((tmp_path / "runs").read_text().splitlines()) == 3


@pytest.mark.skipif(os.name != "posix", reason="the stand-in is a shell script")
def test_a_failure_is_told_in_its_own_words(tmp_path: Path) -> None:
    program = tmp_path / "rhubarb"
    program.write_text('#!/bin/sh\n[ "$1" = --version ] && exit\necho first >&2\necho no model >&2\nexit 1\n')
    program.chmod(0o755)
    with pytest.raises(InputError, match=r"exit status 1: no model$"):
        find_rhubarb(program).cues([SOUND])
    program.chmod(0o644)
    with pytest.raises(InputError, match="cannot be run"):
        find_rhubarb(program)


needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")


@needs_node
def test_the_script_hands_every_sound_to_the_package(tmp_path: Path) -> None:
    """A stand-in for the package answers with how many samples came."""
    package = install(tmp_path)
    (package / "dist").mkdir()
    (package / "package.json").write_text('{"version": "0.1.8", "type": "module"}')
    (package / "dist" / "index.js").write_text(
        "export class Rhubarb { static async getLipSync(data) {\n"
        "    if (data.length === 0) throw new Error('nothing to hear');\n"
        "    return { mouthCues: [{ start: data.length / 32000, end: 9, value: 'D' }] };\n} }\n"
    )
    found = find_rhubarb(tmp_path)
    assert found.version == "rhubarb-lip-sync-wasm 0.1.8"
    assert found.cues([SOUND, SOUND[:4000], SOUND[:2000]]) == [
        (Cue(0.5, "D"),),
        (Cue(0.25, "D"),),
        (Cue(0.125, "D"),),
    ]
    with pytest.raises(InputError, match="nothing to hear"):
        found.cues([SOUND[:0]])
