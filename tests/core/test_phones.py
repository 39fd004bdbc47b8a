# SPDX-License-Identifier: GPL-3.0-or-later
import numpy as np
import pytest
from soliloquy.core.errors import InputError
from soliloquy.core.motion import Phone
from soliloquy.core.phone_alignment import align_phones
from soliloquy.core.phones import ARTICULATIONS, PHONE_INDEX, PHONES, articulation, phone_labels

TIMES = np.arange(100) / 100


def column(values, name):
    return values[:, ARTICULATIONS.index(name)]


def test_there_are_39_phones_and_silence():
    assert len(PHONES) == 40
    assert len(set(PHONES)) == 40
    assert PHONES[-1] == "SIL"


def test_labels_are_silence_outside_phones():
    labels = phone_labels([Phone("M", 0.2, 0.3), Phone("AA", 0.3, 0.5)], TIMES)
    assert [PHONES[label] for label in labels[[10, 20, 29, 30, 49, 50]]] == [
        "SIL",
        "M",
        "M",
        "AA",
        "AA",
        "SIL",
    ]


def test_labels_without_phones_are_silence():
    assert (phone_labels((), TIMES) == PHONE_INDEX["SIL"]).all()


def test_articulation_is_full_in_the_middle_and_half_at_a_boundary():
    values = articulation([Phone("M", 0.2, 0.3), Phone("AA", 0.3, 0.5)], TIMES)
    closure, openness = column(values, "closure"), column(values, "openness")
    assert closure[25] == pytest.approx(1)
    assert closure[30] == pytest.approx(0.5, abs=0.01)
    assert closure[40] == 0
    assert openness[40] == pytest.approx(1)
    assert values[80].max() == 0
    assert column(values, "voicing")[30] == pytest.approx(1, abs=0.01)


def test_a_diphthong_moves():
    rounding = column(articulation([Phone("OY", 0.2, 0.8)], TIMES), "rounding")
    assert rounding[25] > 0.6
    assert rounding[75] < 0.2


def test_gaps_between_phones_are_at_rest():
    values = articulation([Phone("IY", 0.1, 0.3), Phone("UW", 0.5, 0.7)], TIMES)
    assert values[40].max() == 0
    assert column(values, "spreading")[20] == 1
    assert column(values, "rounding")[60] == 1


def log_posteriors(names):
    scores = np.full((len(names), 40), np.log(0.01))
    for row, name in enumerate(names):
        scores[row, PHONE_INDEX[name]] = np.log(0.6)
    return scores


def test_alignment_finds_phones_and_the_pause():
    frames = ["SIL"] * 5 + ["M"] * 4 + ["AA"] * 6 + ["SIL"] * 10 + ["P"] * 3 + ["IY"] * 5 + ["SIL"] * 2
    found = align_phones(log_posteriors(frames), ["M", "AA", "P", "IY"])
    assert found.starts.tolist() == [5, 9, 25, 28]
    assert found.ends.tolist() == [9, 15, 28, 33]
    assert found.scores == pytest.approx(np.log(0.6), abs=1e-5)


def test_alignment_keeps_a_phone_that_is_not_heard():
    frames = ["SIL"] * 3 + ["M"] * 5 + ["IY"] * 5 + ["SIL"] * 3
    found = align_phones(log_posteriors(frames), ["M", "T", "IY"])
    assert (found.ends > found.starts).all()
    assert found.scores[1] < -3


def test_alignment_needs_a_frame_for_each_phone():
    with pytest.raises(InputError, match="3 phones"):
        align_phones(log_posteriors(["M", "AA"]), ["M", "AA", "P"])
