# SPDX-License-Identifier: GPL-3.0-or-later
import pytest
from soliloquy.core.transcript.align import align
from soliloquy.core.transcript.misspelling import meant_words
from soliloquy.core.transcript.pronounce import pronounce

from .spoken import heard, read_aloud


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("becuase", "because"),
        ("govrnment", "government"),
        ("definately", "definitely"),
        ("recieve", "receive"),
        ("mornning", "morning"),
        ("peple", "people"),
    ],
)
def test_slips_of_the_pen_are_seen_through(written: str, meant: str) -> None:
    assert meant in meant_words(written)
    assert pronounce(meant).pronunciations[0] in pronounce(written).pronunciations


def test_the_spelling_comes_first_and_names_are_left_alone() -> None:
    assert meant_words("gloopenstein") == meant_words("hte") == []
    assert meant_words("govrnment")[0] == "government"
    assert 1 <= len(pronounce("arlen").pronunciations) <= 8
    assert "word" not in meant_words("word")


def test_a_misspelt_word_is_found_and_its_neighbours_stay() -> None:
    right = "Nobody had seen the government before, because everybody knew its name."
    wrong = right.replace("government", "govrnmnet").replace("because", "becuase").replace("knew", "knwe")
    phones, _ = read_aloud(right, seed=3)
    posteriors = heard(phones, phones[-1].end + 0.3, 80.0, seed=4)
    tracks = [align(posteriors, 80.0, text) for text in (right, wrong)]
    assert [len(track.words) for track in tracks] == [11, 11]
    for one, other in zip(*(track.words for track in tracks), strict=True):
        assert one.start == pytest.approx(other.start, abs=0.08)
        assert one.end == pytest.approx(other.end, abs=0.08)
