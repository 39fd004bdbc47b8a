# SPDX-License-Identifier: GPL-3.0-or-later
import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from soliloquy.core.audio import SAMPLE_RATE, load

SAMPLES = Path(__file__).parents[2] / "samples"


@pytest.fixture(scope="module")
def phones():
    return json.loads((SAMPLES / "soliloquy.phones.json").read_text(encoding="utf-8"))


def test_phones_cover_the_sound_without_gaps(phones):
    duration = len(load(SAMPLES / "soliloquy.flac")) / SAMPLE_RATE
    assert 10 <= duration <= 12
    assert phones[0][1] == 0
    assert phones[-1][2] == pytest.approx(duration, abs=1e-3)
    for before, after in pairwise(phones):
        assert before[1] < before[2] == after[1]


def test_pauses_are_silent_and_vowels_are_not(phones):
    samples = load(SAMPLES / "soliloquy.flac")

    def level(phone):
        _, start, end = phone
        return np.sqrt(np.mean(samples[round(start * SAMPLE_RATE) : round(end * SAMPLE_RATE)] ** 2))

    assert max(level(phone) for phone in phones if phone[0] == "SIL") < 0.005
    assert min(level(phone) for phone in phones if phone[0] in ("AA", "OW", "EY", "AW", "OY")) > 0.05


def test_the_pause_between_the_sentences(phones):
    assert any(name == "SIL" and 0.5 < end - start < 0.7 and 4 < start < 5 for name, start, end in phones)
