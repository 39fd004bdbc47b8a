# SPDX-License-Identifier: GPL-3.0-or-later
"""What `soliloquy evaluate emotions` measures."""

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("soundfile")

from soliloquy.command_line import main
from soliloquy.core.evaluation.emotions import CONDITIONS, EmotionCounts, fight
from soliloquy.core.generate.emotion.layer import TOGETHER
from soliloquy.core.motion import FaceMotion, Phone
from soliloquy.core.retarget.arkit import ARKIT_INDEX


def face(**weights: float) -> FaceMotion:
    """One that does something for two seconds."""
    motion = FaceMotion.still(50, 25)
    for name, weight in weights.items():
        motion.weights[:, ARKIT_INDEX[name]] = weight
    return motion


def test_a_fight_is_what_both_do_beyond_what_they_may() -> None:
    assert fight(face(mouthSmileLeft=0.6).weights) == 0
    assert fight(face(mouthSmileLeft=0.6, mouthFrownLeft=0.2).weights) == pytest.approx(0.2)
    together = TOGETHER["browDownLeft", "browInnerUp"]
    assert fight(face(browDownLeft=0.9, browInnerUp=together).weights) == pytest.approx(0, abs=1e-6)
    assert fight(face(browDownLeft=0.9, browInnerUp=together + 0.1).weights) == pytest.approx(0.1)


def test_a_mouth_that_an_emotion_keeps_open_is_seen() -> None:
    spoken = [Phone("M", 1.0, 1.2)]
    counts = EmotionCounts()
    counts.add(face(jawOpen=0.3), face(), spoken)
    assert counts.mouth.sealed == [False]
    counts.add(face(), face(), spoken)
    assert counts.mouth.sealed == [False, True]


def test_steps_are_those_of_what_is_added() -> None:
    neutral, felt = face(jawOpen=0.3), face(jawOpen=0.3)
    neutral.weights[20:, ARKIT_INDEX["jawOpen"]] = 0.5
    felt.weights[20:, ARKIT_INDEX["jawOpen"]] = 0.5
    felt.weights[30:, ARKIT_INDEX["browInnerUp"]] = 0.1
    counts = EmotionCounts()
    counts.add(felt, neutral, [Phone("M", 1.0, 1.2)])
    assert counts.step == pytest.approx(0.1)
    assert counts.speech_step == pytest.approx(0.2)
    assert (counts.lowest, counts.highest) == pytest.approx((0, 0.5))


def test_on_the_sample_every_emotion_leaves_the_closures(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "emotions", "--fps", "25"]) == 0
    lines = capsys.readouterr().out.splitlines()
    rows = {
        line[:12].strip(): np.array(line[12:].split(), float)
        for line in lines
        if line[:12].strip() in CONDITIONS
    }
    assert set(rows) == set(CONDITIONS)
    for row in rows.values():
        sealed, _, _, _, _, _, fights, lowest, highest, _ = row
        assert abs(sealed - rows["nothing"][0]) < 0.02
        assert fights <= 0
        assert lowest >= 0
        assert highest <= 1


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["--clips", "0"], "argument --clips: expected a whole number of 1 or more, got '0'"),
        (["--fps", "nan"], "fps is nan: expected 1 to 1000 frames per second."),
        (
            ["--data", "nowhere"],
            "'nowhere' holds no set of speech: expected a folder with one of librispeech",
        ),
    ],
)
def test_what_cannot_be_evaluated_is_said(given, says, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "emotions", *given]) == 2
    assert says in capsys.readouterr().err
