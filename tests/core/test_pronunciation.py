# SPDX-License-Identifier: GPL-3.0-or-later
import subprocess
import sys

import numpy as np
import pytest
from soliloquy.core.errors import ModelError
from soliloquy.core.phones import PHONES
from soliloquy.core.transcript.british import BRITISH_PRONUNCIATIONS
from soliloquy.core.transcript.dictionary import DICTIONARY, PronouncingDictionary, pronouncing_dictionary
from soliloquy.core.transcript.letter_to_sound import MODEL, LetterToSound, letter_to_sound
from soliloquy.core.transcript.pronounce import pronounce


def test_dictionary_has_every_pronunciation() -> None:
    dictionary = pronouncing_dictionary()
    assert len(dictionary) > 130_000
    assert dictionary.pronunciations("hello") == [("HH", "AH", "L", "OW"), ("HH", "EH", "L", "OW")]
    assert dictionary.pronunciations("tomato") == [
        ("T", "AH", "M", "EY", "T", "OW"),
        ("T", "AH", "M", "AA", "T", "OW"),
    ]
    assert dictionary.pronunciations("'tis") == [("T", "IH", "Z")]
    assert dictionary.pronunciations("zzzz") == dictionary.pronunciations("") == []


@pytest.mark.parametrize(
    ("word", "phones"),
    [
        ("blender's", "B L EH N D ER Z"),
        ("boss's", "B AO S IH Z"),
        ("mp", "EH M P IY"),
        ("lipsync", "L IH P S IH NG K"),
        ("b", "B IY"),
        ("f's", "EH F S"),
        ("organised", "AO R G AH N AY Z D"),
        ("pfft", "P F T"),
        ("hmm", "HH M"),
    ],
)
def test_words_that_rules_know(word: str, phones: str) -> None:
    assert " ".join(pronounce(word).pronunciations[0]) == phones
    assert not pronounce(word).guessed


@pytest.mark.parametrize(
    ("word", "phones"),
    [
        ("zendrup", "Z EH N D R AH P"),
        ("blick", "B L IH K"),
        ("spoffing", "S P AO F IH NG"),
        ("thrung", "TH R AH NG"),
        ("vathed", "V EY DH D"),
        ("mashable", "M AE SH AH B AH L"),
    ],
)
def test_spelling_tells_the_sounds_of_words_nobody_knows(word: str, phones: str) -> None:
    said = pronounce(word)
    assert phones in {" ".join(pronunciation) for pronunciation in said.pronunciations}


@pytest.mark.parametrize("word", ["colour", "organised", "analyse", "offence", "travelling", "theatre"])
def test_british_spellings_are_known(word: str) -> None:
    assert not pronounce(word).guessed


def test_british_pronunciations_come_after_those_of_the_dictionary() -> None:
    said = [" ".join(each) for each in pronounce("lieutenant").pronunciations]
    assert said == ["L UW T EH N AH N T", "L EH F T EH N AH N T"]
    assert pronounce("z").pronunciations == (("Z", "IY"), ("Z", "EH", "D"))
    for word, ways in BRITISH_PRONUNCIATIONS.items():
        assert set(ways) <= set(pronounce(word).pronunciations)
        assert {phone for way in ways for phone in way} <= set(PHONES)


def test_guesses_are_few_and_named() -> None:
    said = pronounce("gloopenstein")
    assert said.guessed
    assert 1 <= len(said.pronunciations) <= 4
    shares = [share for _, share in letter_to_sound().pronounce("gloopenstein", 50)]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1, abs=0.02)


def test_probabilities_after_a_history_sum_to_one() -> None:
    model = letter_to_sound()
    symbols = [symbol for symbol in model._roots if symbol != model.START]
    for history in ((model.START,), (model.START, symbols[3]), tuple(symbols[5:9])):
        total = sum(np.exp(model._log_of(history, symbol)) for symbol in symbols)
        # Logarithms are stored in steps of 1/16.
        assert total == pytest.approx(1, abs=0.05)


def test_files_are_small_and_load_quickly() -> None:
    assert DICTIONARY.stat().st_size < 1_500_000
    assert MODEL.stat().st_size < 3_000_000
    program = (
        "import time\n"
        "from soliloquy.core.transcript.pronounce import pronounce\n"
        "start = time.process_time()\npronounce('hello')\nknown = time.process_time()\n"
        "pronounce('gloopenstein')\nprint(known - start, time.process_time() - known)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    known, guessed = map(float, done.stdout.split())
    assert known < 0.3
    assert guessed < 0.6


def test_damaged_files_say_what_to_do(tmp_path) -> None:
    broken = tmp_path / "x.npz"
    broken.write_bytes(b"PK\x03\x04 not a file")
    for read in (PronouncingDictionary, LetterToSound):
        with pytest.raises(ModelError, match=r"install Soliloquy again"):
            read(broken)
        with pytest.raises(ModelError, match=r"missing or damaged"):
            read(tmp_path / "nowhere.npz")
