# SPDX-License-Identifier: GPL-3.0-or-later
import itertools
import time
import tracemalloc

import numpy as np
import pytest
import soliloquy.samples as samples
from soliloquy.core.errors import InputError
from soliloquy.core.phone_decoding import decode_phones
from soliloquy.core.phones import BILABIALS, PHONES, phone_labels
from soliloquy.core.transcript.align import align, align_words
from soliloquy.core.transcript.text import Segment, Transcript

from .spoken import heard, read_aloud

SAMPLE_TEXT = (
    "Hello, my name is Soliloquy. Give me a voice, and I will move the lips for you. Pop, boom, fever, "
    "whisper: whatever people say, my mouth will follow every word."
)
STORY = (
    "The old man walked slowly to the harbor in 1984. Nobody had seen him before, but everybody knew his "
    "name. He carried a small wooden box, which he put down beside the water. Bring me the rope, he said, "
    "and be quick about it. The boats were moving up and down in the evening wind. Maybe it would rain "
    "before the morning."
)
RATE = 80.0


def sound(track):
    """Phones without silence."""
    return [phone for phone in track if phone.name != "SIL"]


def start_errors(track, truth) -> np.ndarray:
    """Seconds between the starts of the same phones, which must be as many."""
    found, right = sound(track.phones), sound(truth)
    assert [phone.name for phone in found] == [phone.name for phone in right]
    return np.array([one.start - other.start for one, other in zip(found, right, strict=True)])


def check_whole(track, duration: float) -> None:
    """Phones cover the sound without a gap."""
    assert track.phones[0].start == 0.0
    assert track.phones[-1].end == pytest.approx(duration)
    for before, after in zip(track.phones[:-1], track.phones[1:], strict=True):
        assert before.end == after.start
    assert all(0 <= phone.confidence <= 1 for phone in track.phones)


@pytest.mark.parametrize("rate", [50.0, 62.5, 80.0, 100.0])
def test_sample_at_every_rate(rate: float) -> None:
    truth = samples.phones()
    track = align(heard(truth, 10.1, rate), rate, SAMPLE_TEXT, duration=10.1)
    check_whole(track, 10.1)
    errors = start_errors(track, truth)
    assert np.median(np.abs(errors)) < 0.012
    assert abs(np.median(errors)) < 0.005
    assert np.mean(np.abs(errors) < 0.04) > 0.95
    assert [word.text for word in track.words][:5] == ["Hello", "my", "name", "is", "Soliloquy"]
    assert track.notes == ()


def test_pauses_are_silence() -> None:
    track = align(heard(samples.phones(), 10.1, RATE), RATE, SAMPLE_TEXT, duration=10.1)
    pauses = [phone for phone in track.phones if phone.name == "SIL" and phone.end - phone.start > 0.2]
    right = [phone for phone in samples.phones() if phone.name == "SIL" and phone.end - phone.start > 0.2]
    assert len(pauses) == len(right)
    for found, wanted in zip(pauses, right, strict=True):
        assert found.start == pytest.approx(wanted.start, abs=0.05)


def test_transcript_mends_what_was_misheard() -> None:
    phones, _ = read_aloud(STORY, seed=1)
    duration = phones[-1].end + 0.3
    posteriors = heard(phones, duration, RATE, seed=2, noise=1.6)
    times = np.arange(int(duration * 100)) / 100
    right = phone_labels(phones, times)
    with_text = (
        phone_labels(align(posteriors, RATE, STORY, duration=duration).phones, times) == right
    ).mean()
    without = (phone_labels(decode_phones(posteriors, RATE, duration=duration).phones, times) == right).mean()
    raw = (posteriors.argmax(axis=1) == phone_labels(phones, np.arange(len(posteriors)) / RATE)).mean()
    assert without > raw + 0.05
    assert with_text > without + 0.03
    assert with_text > 0.86


def test_time_of_the_first_frame_moves_everything() -> None:
    posteriors = heard(samples.phones(), 10.1, RATE)
    before = align(posteriors, RATE, SAMPLE_TEXT)
    after = align(posteriors, RATE, SAMPLE_TEXT, first=0.1)
    assert after.duration == pytest.approx(before.duration + 0.1)
    assert after.words[3].start == pytest.approx(before.words[3].start + 0.1)
    assert after.phones[0].start == 0.0


@pytest.mark.parametrize("reading", [0, 1, 2, 3])
def test_the_sound_decides_how_a_number_was_read(reading: int) -> None:
    text = "It was built in 1984 by a captain."
    phones, words = read_aloud(text, seed=3, reading=reading)
    track = align(heard(phones, phones[-1].end + 0.2, RATE, noise=0.8), RATE, text)
    errors = start_errors(track, phones)
    assert np.median(np.abs(errors)) < 0.015
    number = next(word for word in track.words if word.text == "1984")
    assert number.start == pytest.approx(words[4][1], abs=0.08)
    assert number.end == pytest.approx(words[5][1], abs=0.6)


def test_words_that_were_not_spoken_are_named() -> None:
    phones, _ = read_aloud(STORY, seed=4)
    posteriors = heard(phones, phones[-1].end + 0.3, RATE, seed=5)
    text = STORY.replace("Nobody had", "Yesterday afternoon nobody had").replace("wooden box", "box")
    track = align(posteriors, RATE, text)
    assert "These words of the transcript were not heard: Yesterday, afternoon." in track.notes
    said = [word.text for word in track.words]
    assert "Yesterday" not in said
    assert "nobody" in said
    # What the transcript lacks is still spoken: its phones are there, without a word.
    wooden = next(number for number, word in enumerate(said) if word == "box")
    gap = track.words[wooden].start - track.words[wooden - 1].end
    assert gap > 0.2
    between = [
        phone.name
        for phone, word in zip(track.phones, track.phone_words, strict=True)
        if word is None and track.words[wooden - 1].end - 1e-6 <= phone.start < track.words[wooden].start
    ]
    assert {"W", "UH", "D"} & set(between)


def test_short_words_that_were_not_spoken_find_no_place() -> None:
    phones, _ = read_aloud(STORY, seed=4)
    posteriors = heard(phones, phones[-1].end + 0.3, RATE, seed=5, noise=0.8)
    text = STORY.replace("name. He", "name. A we he").replace("boats were", "boats a were")
    track = align(posteriors, RATE, text)
    assert "These words of the transcript were not heard: A, we, a." in track.notes
    right = align(posteriors, RATE, STORY)
    assert [phone.name for phone in track.phones] == [phone.name for phone in right.phones]
    starts = [[phone.start for phone in each.phones] for each in (track, right)]
    assert np.abs(np.subtract(*starts)).max() < 0.04


@pytest.mark.parametrize("said", [False, True])
def test_asides_are_words_only_where_they_are_said(said: bool) -> None:
    script = "ANNA (quietly): Bring me the rope. (whispering) Be quick about it.\nTOM: The boats were moving."
    spoken = script if said else "Bring me the rope. Be quick about it. The boats were moving."
    phones, _ = read_aloud(spoken, seed=4)
    track = align(heard(phones, phones[-1].end + 0.3, RATE, seed=5), RATE, script)
    asides = [word.text for word in track.words if word.text in {"ANNA quietly", "whispering", "TOM"}]
    assert asides == (["ANNA quietly", "whispering", "TOM"] if said else [])
    assert len(track.words) == 12 + len(asides)
    assert not any("not heard" in note for note in track.notes)
    names = [phone.name for phone in track.phones]
    assert not any(one == other == "SIL" for one, other in itertools.pairwise(names))


def test_another_text_is_refused_by_name() -> None:
    phones, _ = read_aloud(STORY, seed=4)
    posteriors = heard(phones, phones[-1].end + 0.3, RATE, seed=5)
    aligned = align_words(posteriors, RATE, f"{random_words(60, 3)} 東京")
    assert aligned.track.words == ()
    assert aligned.times == (None,) * 60
    assert aligned.track.notes == (
        "The transcript is not of this sound: hardly one of its words was heard, so the sound alone decides.",
        "These parts of the transcript cannot be said in English: 東京.",
    )
    assert aligned.track.phones == decode_phones(posteriors, RATE).phones
    # A part of what is said is right, and so is more than is said.
    assert len(align(posteriors, RATE, "He carried a small wooden box").words) == 6
    assert len(align(posteriors[: len(posteriors) // 3], RATE, STORY).words) > 10
    # Where nothing is said there is nothing to tell it by.
    silence = np.eye(len(PHONES))[np.full(200, PHONES.index("SIL"))]
    assert align(silence, RATE, "hello").notes == ("These words of the transcript were not heard: hello.",)


def test_speech_without_text_at_both_ends() -> None:
    phones, words = read_aloud(STORY, seed=6)
    text = STORY[STORY.index("He carried") : STORY.index("The boats")]
    track = align(heard(phones, phones[-1].end + 0.3, RATE, seed=7), RATE, text)
    starts = dict(words.values())
    found = {word.text: word.start for word in track.words}
    assert found["carried"] == pytest.approx(starts["carried"], abs=0.06)
    assert found["quick"] == pytest.approx(starts["quick"], abs=0.06)
    assert any(note.startswith("Speech that the transcript does not have") for note in track.notes)


def test_text_without_speech_at_both_ends() -> None:
    middle = STORY[STORY.index("He carried") : STORY.index("The boats")]
    phones, words = read_aloud(middle, seed=8)
    track = align(heard(phones, phones[-1].end + 0.3, RATE, seed=9), RATE, STORY)
    found = {word.text: word.start for word in track.words}
    for written, at in words.values():
        if written in {"carried", "wooden", "beside", "rope", "quick"}:
            assert found[written] == pytest.approx(at, abs=0.06)
    assert {"harbor", "rain"} & set(found) == set()
    assert "walked" in track.notes[0]


def test_what_cannot_be_said_and_what_is_guessed_is_named() -> None:
    text = "Hello 東京 dear gloopenstein."
    phones, _ = read_aloud("Hello dear gloopenstein", seed=1)
    track = align(heard(phones, phones[-1].end + 0.2, RATE), RATE, text)
    assert "These parts of the transcript cannot be said in English: 東京." in track.notes
    assert "Not in the dictionary, so pronounced by their spelling: gloopenstein." in track.notes
    assert [word.text for word in track.words] == ["Hello", "dear", "gloopenstein"]


def test_subtitles_bound_their_words() -> None:
    # The same words twice: without times they would belong to the first place where they fit.
    phones, _ = read_aloud("we will be back. " * 3, seed=2)
    duration = phones[-1].end + 0.3
    posteriors = heard(phones, duration, RATE, seed=3)
    third = sound(phones)[2 * len(phones) // 3]
    subtitles = Transcript((Segment("we will be back", third.start, third.start + 0.9),), slack=0.3)
    track = align(posteriors, RATE, subtitles)
    assert track.words[0].start == pytest.approx(third.start, abs=0.06)
    wrong = Transcript((Segment("we will be back", duration + 60, duration + 62),))
    track = align(posteriors, RATE, wrong)
    assert track.words == ()
    assert track.notes[0].startswith("The transcript is not of this sound")


WORDS = """garden window yellow copper mountain seven thunder rabbit paper bottle music summer winter castle
doctor father mother letter ribbon silver pocket market forest ocean planet rocket basket dragon pepper violin
captain soldier teacher farmer village bridge station engine travel answer"""


def random_words(count: int, seed: int) -> str:
    """Text in which no phrase comes twice."""
    return " ".join(np.random.default_rng(seed).choice(WORDS.split(), count))


def test_goes_on_after_a_page_that_was_not_read() -> None:
    before, page, after = random_words(25, 1), random_words(150, 2), random_words(60, 3)
    phones, words = read_aloud(f"{before} {after}", seed=4)
    track = align(heard(phones, phones[-1].end + 0.3, RATE, seed=5), RATE, f"{before} {page} {after}")
    starts = np.array([word.start for word in track.words])
    # It takes some seconds to see that the page is left out.
    late = [at for number, (_, at) in words.items() if number < 25 or at > words[25][1] + 12]
    assert len(late) > 40
    assert np.mean([np.abs(starts - at).min() < 0.05 for at in late]) > 0.9
    assert track.words[-1].text == words[len(words) - 1][0]
    assert track.words[-1].start == pytest.approx(words[len(words) - 1][1], abs=0.06)


def test_finds_the_transcript_again_after_minutes_of_other_speech() -> None:
    half = STORY.index("Bring me")
    before, other, after = STORY[:half], random_words(200, 2), STORY[half:]
    phones, words = read_aloud(f"{before} {other} {after}", seed=6)
    track = align(heard(phones, phones[-1].end + 0.3, RATE, seed=7), RATE, f"{before} {after}")
    starts = np.array([word.start for word in track.words])
    first = len(read_aloud(before)[1])
    said = [at for number, (_, at) in words.items() if number < first or number >= first + 200]
    assert np.mean([np.abs(starts - at).min() < 0.05 for at in said]) > 0.8
    assert any(note.startswith("Speech that the transcript does not have") for note in track.notes)


def test_long_sound_in_bounded_memory_and_fast() -> None:
    """Ten minutes, long enough that most of it is settled and forgotten on the way."""
    text = " ".join([STORY] * 20)
    phones, words = read_aloud(text, seed=10)
    duration = phones[-1].end + 0.3
    posteriors = heard(phones, duration, RATE, seed=11)
    align(posteriors[:400], RATE, STORY)
    start = time.process_time()
    track = align(posteriors, RATE, text, duration=duration)
    spent = time.process_time() - start
    check_whole(track, duration)
    assert len(track.words) == len(words)
    errors = [word.start - at for word, (_, at) in zip(track.words, words.values(), strict=True)]
    assert np.median(np.abs(errors)) < 0.015
    assert np.mean(np.abs(errors) < 0.04) > 0.93
    assert duration / spent > 50
    tracemalloc.start()
    try:
        align(posteriors[: len(posteriors) // 2], RATE, text)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 60e6


def test_free_decoding_closes_lips() -> None:
    truth = samples.phones()
    track = decode_phones(heard(truth, 10.1, RATE, noise=0.8), RATE, duration=10.1)
    check_whole(track, 10.1)
    assert all(phone.end - phone.start > 0.02 for phone in track.phones)
    closed = [(phone.start, phone.end) for phone in track.phones if phone.name in BILABIALS]
    right = [phone for phone in truth if phone.name in BILABIALS]
    found = [any(a < phone.end and b > phone.start for a, b in closed) for phone in right]
    assert np.mean(found) > 0.75


def test_very_short_sounds() -> None:
    one = np.full((1, len(PHONES)), 1 / len(PHONES), np.float32)
    assert len(decode_phones(one, RATE, duration=0.01).phones) == 1
    track = align(one, RATE, "hello there", duration=0.01)
    assert track.words == ()
    assert "not heard: hello, there" in track.notes[0]


def test_cancelling_stops_the_work() -> None:
    class StoppedError(Exception):
        pass

    def stop(share: float) -> None:
        assert 0 < share < 1
        raise StoppedError

    phones, _ = read_aloud(STORY * 3, seed=1)
    with pytest.raises(StoppedError):
        align(heard(phones, phones[-1].end, RATE), RATE, STORY * 3, watch=stop)


@pytest.mark.parametrize(
    ("posteriors", "text", "problem"),
    [
        (np.zeros((5, 39)), "hello", "have shape \\(5, 39\\), expected \\(frames, 40\\)"),
        (np.zeros((0, 40)), "hello", "expected \\(frames, 40\\)"),
        (np.full((5, 40), -1.0), "hello", "no probabilities"),
        (np.full((5, 40), np.nan), "hello", "no probabilities"),
        (np.full((5, 40), 1 / 40), "東京 ...", "no words that can be said"),
    ],
)
def test_what_cannot_be_aligned(posteriors, text: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        align(posteriors, RATE, text)
