# SPDX-License-Identifier: GPL-3.0-or-later
import pytest
from soliloquy.core.transcript.normalise import normalise
from soliloquy.core.transcript.numbers import cardinal, ordinal, readings, with_and

SAID = {
    "Hello, world!": "hello world",
    "Mr. O'Brien's well-known friend": "mister o'brien's well known friend",
    "21st": "twenty first",
    "1984": "nineteen eighty four",
    "1905": "nineteen oh five",
    "2007": "two thousand seven",
    "the 1980s": "the nineteen eighties",
    "$5.99": "five dollars and ninety nine cents",
    "$1": "one dollar",
    "£5 million": "five million pounds",
    "€3.5bn": "three point five billion euros",
    "50%": "fifty percent",
    "at 10:30 p.m.": "at ten thirty p m",
    "7:05": "seven oh five",
    "3.14": "three point one four",
    "-5": "minus five",
    "3/4": "three quarters",
    "10-20 people": "ten to twenty people",
    "U.S.A.": "u s a",
    "J. R. R. Tolkien": "j r r tolkien",
    "Henry VIII": "henry the eighth",
    "e.g. this": "for example this",
    "café Müller": "cafe muller",
    "20 km, 60mph, 5°C": "twenty kilometers sixty miles per hour five degrees celsius",
    "salt & pepper": "salt and pepper",
    "B2B": "b two b",
    "info@example.org": "info at example dot org",
    "[door slams] yes <i>now</i>": "yes now",
    "“curly” ’tis —dash… don’t": "curly 'tis dash don't",
    "1,234,567": "one million two hundred thirty four thousand five hundred sixty seven",
    "007": "zero zero seven",
    "Nooo! Whaaat?": "no what",
    "I-I don't know, s-sorry...": "i i don't know s sorry",
    "“You – you can’t!”": "you you can't",
    "Y'all comin', ma'am? He'd've gone.": "y'all comin' ma'am he'd've gone",
    "WHAT'S THAT?!": "what's that",
    "Player1 - press X": "player one press x",
}


@pytest.mark.parametrize("text", SAID)
def test_usual_reading(text: str) -> None:
    assert " ".join(" ".join(token.readings[0]) for token in normalise(text)) == SAID[text]


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("1984", "one thousand nine hundred and eighty four"),
        ("2024", "two thousand and twenty four"),
        ("101", "a hundred and one"),
        ("555-1234", "five five five one two three four"),
        ("of NASA", "n a s a"),
        ("St.", "street"),
        ("No.", "no"),
        ("1/2", "a half"),
        ("7:00", "seven"),
        ("Sector 7G", "seven g"),
        ("HMMM", "hmm"),
    ],
)
def test_other_readings(text: str, reading: str) -> None:
    *_, token = normalise(text)
    assert reading in {" ".join(words) for words in token.readings}


def test_what_nobody_can_say_is_kept_by_name() -> None:
    tokens = normalise("Tokyo is 東京 → good 😀")
    assert [token.written for token in tokens if not token.readings] == ["東京", "→", "😀"]
    assert [token.written for token in tokens if token.readings] == ["Tokyo", "is", "good"]


def test_capitals_alone_are_no_initials() -> None:
    assert [token.readings for token in normalise("IT WAS ALL")] == [(("it",),), (("was",),), (("all",),)]


def test_readings_are_made_of_letters_only() -> None:
    text = (
        " ".join(SAID)
        + " x² ½ #5 a/b he/she 12/25/2020 25.12.2020 1e6 5'10\" C++ AT&T ...!? '' - rock'n'roll"
    )
    for token in normalise(text):
        for reading in token.readings:
            assert reading
            assert all(
                word.strip("'") and set(word) <= set("abcdefghijklmnopqrstuvwxyz'") for word in reading
            )


def test_numbers() -> None:
    assert " ".join(cardinal(0)) == "zero"
    assert " ".join(cardinal(1_000_001)) == "one million one"
    assert " ".join(with_and(cardinal(2_101))) == "two thousand one hundred and one"
    assert " ".join(with_and(cardinal(2_001))) == "two thousand and one"
    assert " ".join(ordinal(112)) == "one hundred twelfth"
    assert [" ".join(words) for words in readings("90210")][-1] == "nine oh two one oh"
    assert len(readings("9" * 40)[0]) == 40


@pytest.mark.parametrize(
    ("text", "asides"),
    [
        ("ANNA: We go.", ["ANNA"]),
        ("Anna: yes\nGUARD #2: Halt!", ["Anna", "GUARD # 2"]),
        ("ANNA [sad]: yes\nMary (loud) [angry 0.6]: no", ["ANNA", "Mary loud"]),
        ("- MARY (quietly):\nYou're late.", ["MARY quietly"]),
        ("(sighs) Fine. *chuckles* Good (my brother) one.", ["sighs", "chuckles", "my brother"]),
        ("Three rules: run, hide. At 10: go. Mr. Smith: no", []),
        ("**bold** 3 * 4 * 5 (this goes on for longer than anybody would sigh or whisper)", []),
        ("() (!) **", []),
    ],
)
def test_asides_may_be_left_unsaid(text: str, asides: list[str]) -> None:
    assert [token.written for token in normalise(text) if token.aside] == asides


def test_what_cannot_be_said_in_an_aside_is_named() -> None:
    tokens = normalise("(softly 東京) Hello")
    assert [(token.written, token.aside) for token in tokens] == [
        ("softly", True),
        ("東京", False),
        ("Hello", False),
    ]
