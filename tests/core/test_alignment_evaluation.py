# SPDX-License-Identifier: GPL-3.0-or-later
import json

import numpy as np
import pytest

pytest.importorskip("torch")
soundfile = pytest.importorskip("soundfile")

from soliloquy.core.evaluation.alignment import CASES, HeardClip, evaluate
from soliloquy.core.evaluation.transcribed import TranscribedClip, timed_by_phones, transcribed_clips
from soliloquy.core.evaluation.transcript_changes import (
    as_a_script,
    misspelt,
    with_misspelt_words,
    with_words_missing,
    with_words_too_many,
)
from soliloquy.core.motion import Word
from soliloquy.core.phones import PHONES
from soliloquy.core.transcript.normalise import normalise

from .spoken import heard, read_aloud

LINES = (
    "The old man walked slowly to the harbor and nobody had seen him before that evening",
    "Bring me the rope, he said, and be quick about it, because the wind is coming up",
    "Maybe the boats would be moving down the river before the morning rain",
)
SENTENCE = "whatever people say my mouth will follow every single word of theirs"
WORDS = SENTENCE.split()


def spoken_clip(text: str, seed: int) -> HeardClip:
    phones, starts = read_aloud(text, seed=seed)
    written = text.split()
    begins = [start for _, start in starts.values()]
    ends = [*begins[1:], phones[-1].end]
    words = tuple(Word(*each) for each in zip(written, begins, ends, strict=True))
    duration = phones[-1].end + 0.3
    clip = TranscribedClip(text, "nobody", np.zeros(int(duration * 16000), np.float32), words, tuple(phones))
    return HeardClip(clip, heard(phones, duration, 80.0, seed=seed), 0.1)


def test_rules_are_seeded_and_change_what_they_say() -> None:
    def drawn(seed: int):
        random = np.random.default_rng(seed)
        return (
            with_words_too_many(WORDS, [LINES[0].split()], random),
            with_words_missing(WORDS, random),
            with_misspelt_words(WORDS, random),
        )

    assert drawn(3) == drawn(3)
    assert drawn(3) != drawn(4)
    for seed in range(20):
        more, fewer, wrong = drawn(seed)
        assert [more.written[place] for place, said in enumerate(more.said) if said is not None] == WORDS
        assert more.said.count(None) >= 1
        assert [WORDS[said] for said in fewer.said if said is not None] == list(fewer.written)
        assert fewer.changed == set(range(len(WORDS))) - set(fewer.said)
        assert wrong.changed
        different = {n for n, (a, b) in enumerate(zip(wrong.written, WORDS, strict=True)) if a != b}
        assert different == wrong.changed
        assert all(len(WORDS[number]) >= 4 for number in wrong.changed)


def test_a_script_holds_every_word() -> None:
    for seed in range(10):
        script = as_a_script(WORDS, np.random.default_rng(seed))
        assert [WORDS[said] for said in script.said if said is not None] == WORDS
        assert [token.aside for token in normalise(script.text)].count(True) == 2


def test_a_misspelt_word_is_never_right() -> None:
    random = np.random.default_rng(0)
    assert all(misspelt("Noon,", random) != "Noon," for _ in range(200))


def test_words_without_times_get_those_of_their_phones() -> None:
    phones, starts = read_aloud(LINES[1], seed=2)
    # What is said differs from the dictionary here and there.
    changed = [*phones[:4], *phones[5:20], *phones[21:]]
    timed = timed_by_phones(LINES[1].split(), changed)
    assert [word.text for word in timed] == LINES[1].split()
    errors = [word.start - start for word, (_, start) in zip(timed, starts.values(), strict=True)]
    assert np.mean(np.abs(errors) < 0.01) > 0.85
    assert timed[-1].end == phones[-1].end


def test_a_set_is_read_with_its_own_times_of_words(tmp_path) -> None:
    soundfile.write(tmp_path / "a.wav", np.linspace(0, 0.5, 32000), 16000, subtype="FLOAT")
    rows = [
        {"id": name, "file": "a.wav", "start_sample": start, "n_samples": 8000, "speaker": name,
         "split": "val", "text": "HELLO YOU", "words": [["hello", 0.1, 0.3], ["you", 0.3, 0.4]]}
        for name, start in (("a", 0), ("b", 16000))
    ]  # fmt: skip
    (tmp_path / "index.jsonl").write_text("\n".join(map(json.dumps, rows)))
    np.savez(
        tmp_path / "phones.npz",
        phone_names=np.array(PHONES),
        offsets=np.array([0, 1, 2]),
        phone=np.array([3, 4], np.uint8),
        start_ms=np.array([100, 100], np.uint16),
        end_ms=np.array([400, 400], np.uint16),
    )
    (clip,) = transcribed_clips(tmp_path, "val", 5, speakers="b")
    assert clip.text == "HELLO YOU"
    assert clip.words == (Word("HELLO", 0.1, 0.3), Word("YOU", 0.3, 0.4))
    assert clip.samples[0] == pytest.approx(0.25, abs=0.001)
    assert len(transcribed_clips(tmp_path, "val", 5)) == 2


def test_each_case_is_counted() -> None:
    found = dict(evaluate([spoken_clip(text, seed) for seed, text in enumerate(LINES)], seed=1))
    assert tuple(found) == CASES
    right = found["as written"]
    assert right.words == sum(len(line.split()) for line in LINES)
    assert len(right.errors) == right.words
    assert right.within(0.05) > 0.9
    assert right.phones_right / right.phones > 0.85
    assert right.lips.recall > 0.9
    assert right.caught == 0
    assert right.changes == len(LINES)
    assert right.spent >= 0.3
    assert found["too many"].words == right.words
    assert found["too many"].caught > 0
    assert found["missing"].words < right.words
    assert found["misspelt"].changes == found["(the same)"].changes > 0
    assert found["script"].changes == 2 * len(LINES)
    assert found["script"].caught >= 2 * len(LINES) - 1
    assert found["script"].words == right.words
    assert len(found["another"].errors) < 0.5 * found["another"].words
