# SPDX-License-Identifier: GPL-3.0-or-later
import numpy as np
import pytest

pytest.importorskip("torch")

from soliloquy.core.evaluation.speech_events import Count, SpeechCounts, count_events
from soliloquy.core.motion import Phone
from soliloquy.core.phones import PHONE_INDEX


def test_an_event_is_found_once_and_within_the_tolerance():
    count = Count()
    spoken = [(1.0, 1.1), (2.0, 2.1), (3.0, 3.1)]
    heard = [(1.12, 1.14), (2.15, 2.17), (3.0, 3.02), (3.06, 3.08)]
    count_events(heard, spoken, count)
    assert (count.spoken, count.found, count.heard, count.right) == (3, 2, 4, 2)
    assert count.recall == pytest.approx(2 / 3)
    assert count.precision == pytest.approx(1 / 2)


def test_counts_of_a_clip_heard_perfectly():
    spoken = [Phone("M", 0.5, 0.6), Phone("UW", 0.6, 0.8), Phone("F", 0.8, 0.9)]
    labels = np.full(160, PHONE_INDEX["SIL"])
    for phone in spoken:
        labels[int(phone.start * 80) : int(phone.end * 80)] = PHONE_INDEX[phone.name]
    posteriors = np.eye(40)[labels]
    counts = SpeechCounts()
    counts.add(posteriors, labels, spoken, spoken, 80.0)
    assert counts.accuracy == 1
    for event in [*counts.events.values(), counts.silence]:
        assert event.recall == event.precision == 1
    assert counts.events["m/b/p"].spoken == 1


def test_neighbours_of_a_group_are_one_event():
    counts = SpeechCounts()
    labels = np.zeros(80, int)
    posteriors = np.eye(40)[labels]
    spoken = [Phone("M", 0.2, 0.25), Phone("P", 0.25, 0.3)]
    counts.add(posteriors, labels, [Phone("P", 0.2, 0.3)], spoken, 80.0)
    assert counts.events["m/b/p"].recall == counts.events["m/b/p"].precision == 1
