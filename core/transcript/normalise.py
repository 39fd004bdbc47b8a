# SPDX-License-Identifier: GPL-3.0-or-later
"""Written English to the words that are said.

Each piece of the text becomes a `Token` with every way in which people read it: 1984 is nineteen eighty four
or one thousand nine hundred eighty four. Which one was said, the sound decides.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from .letter_to_sound import LETTERS
from .numbers import Words, cardinal, digits, ordinal, pairs, plural, readings
from .written_forms import (
    ABBREVIATIONS,
    ABBREVIATIONS_WITHOUT_STOP,
    CURRENCIES,
    LATIN_LETTERS,
    SCALES,
    SYMBOLS,
    UNITS,
)

_MOST_READINGS: Final = 6

_NUMBER: Final = r"\d{1,3}(?:,\d{3})+|\d+"
_MONEY: Final = re.compile(rf"([$£€¥])({_NUMBER})(?:\.(\d+))?(k|m|bn|b|tn)?", re.IGNORECASE)
_TIME: Final = re.compile(r"(\d{1,2})(?:[:.](\d\d))?(?::(\d\d))?\s*(am|pm|a\.m\.?|p\.m\.?)?", re.IGNORECASE)
_ORDINAL: Final = re.compile(rf"({_NUMBER})(?:st|nd|rd|th)", re.IGNORECASE)
_DECADE: Final = re.compile(r"'?(\d{1,3}0)'?s")
_DECIMAL: Final = re.compile(rf"({_NUMBER})?\.(\d+)")
_WHOLE: Final = re.compile(_NUMBER)
_FRACTION: Final = re.compile(r"(\d+)/(\d+)")
_WITH_UNIT: Final = re.compile(
    rf"(-?(?:{_NUMBER})(?:\.\d+)?)({'|'.join(map(re.escape, UNITS))})", re.IGNORECASE
)
_INITIALS: Final = re.compile(r"(?:[a-z]\.)+[a-z]?('s)?", re.IGNORECASE)
_ROMAN: Final = re.compile(r"(?=[IVX]{2,})X{0,3}(?:IX|IV|V?I{0,3})")
_CHUNK: Final = re.compile(r"\S+")
_PARTS: Final = re.compile(rf"'?[^\W\d_]+(?:'[^\W\d_]+)*'?|{_NUMBER}|[^\w\s]|_")
_JOINS: Final = re.compile(r"[-‐‑‒–—―/\\_…~|]+|\.{2,}")
_IN_BRACKETS: Final = re.compile(r"\[[^\[\]]*\]|\{[^}]*\}|<[^<>]*>")
_NAME: Final = r"[A-Z][\w.'#-]*"
_ASIDE: Final = re.compile(
    # Who speaks, at the beginning of a line, with or without how: ANNA (quietly): and ANNA [sad]:, of which
    # only spaces are left here.
    rf"^[ \t]*(?:[-–—•>]+[ \t]*)?(?P<speaker>{_NAME}(?:[ \t]+(?:{_NAME}|#?\d+|of|the|and|&)){{0,3}}"
    r"(?:[ \t]*\([^()\n]*\))?)[ \t]*:(?=\s)"
    # (sighs), *chuckles*
    r"|\((?P<brackets>[^()]{1,80})\)|(?<![*\w])\*(?P<stars>(?! )[^*\n]{1,80}(?<! ))\*(?!\*)",
    re.MULTILINE,
)
_LONGEST_ASIDE: Final = 8
_DRAWN_OUT: Final = re.compile(r"([a-z])\1\1+")
_SILENT: Final = frozenset(
    "!?,;:.()[]{}\"'`´*^¡¿«»‹›“”‘’„‚-‐‑‒–—―…/\\|_~•·†‡§¶©®™♪♫♬\u200b\u200e\u200f\ufeff\u00ad\ufe0f"
)
_APOSTROPHES: Final = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'", "′": "'"})


@dataclass(frozen=True)
class Token:
    """A piece of the text.

    Attributes:
        written: as it stands there.
        readings: each way to read it as words of `LETTERS`; none if it cannot be said.
        aside: whether it may well not be said: who speaks, and how.
        place: character of the text, in Unicode's form C, from which on it stands there.
    """

    written: str
    readings: tuple[Words, ...]
    aside: bool = False
    place: int = field(default=0, compare=False)


def normalise(text: str) -> list[Token]:
    """Tokens of English text, in order; punctuation and what stands in square brackets leave none. What
    stands in round brackets or between asterisks, and who speaks (ANNA: at the beginning of a line), are
    asides.

    Symbols that nobody can say, and words in other scripts than Latin, become tokens without readings.
    """
    text = unicodedata.normalize("NFC", text)
    # As many spaces as there were characters: tokens keep their places.
    text = _IN_BRACKETS.sub(lambda left_out: " " * len(left_out[0]), text).translate(_APOSTROPHES)
    # Capitals mean nothing where there is nothing else.
    shouted = sum(letter.islower() for letter in text) == 0
    tokens: list[Token] = []
    place = 0
    for aside in _ASIDE.finditer(text):
        tokens += _tokens(text[place : aside.start()], shouted, place)
        group = aside.lastgroup or 0
        tokens += _aside(_tokens(aside[group], shouted, aside.start(group)))
        place = aside.end()
    return tokens + _tokens(text[place:], shouted, place)


def _tokens(text: str, shouted: bool, first: int) -> list[Token]:
    """Tokens of text in which everything is said, whose first character stands at `first`."""
    found = list(_CHUNK.finditer(text))
    chunks = [chunk[0] for chunk in found]
    tokens: list[Token] = []
    place = 0
    while place < len(chunks):
        following = chunks[place + 1] if place + 1 < len(chunks) else ""
        before = chunks[place - 1] if place else ""
        joined = _with_next_chunk(chunks[place], following)
        pieces = _chunk(chunks[place], before, shouted) if joined is None else [joined]
        tokens += [replace(piece, place=first + found[place].start()) for piece in pieces]
        place += 1 if joined is None else 2
    return tokens


def _aside(tokens: list[Token]) -> list[Token]:
    """One token for all that stands in brackets: it is said as a whole or not at all."""
    said = [token for token in tokens if token.readings]
    if not 0 < len(said) <= _LONGEST_ASIDE:
        return tokens
    whole = tuple(word for token in said for word in token.readings[0])
    ways = said[0].readings if len(said) == 1 else (whole,)
    aside = Token(" ".join(token.written for token in said), ways, aside=True, place=said[0].place)
    return [aside, *(token for token in tokens if not token.readings)]


def _with_next_chunk(chunk: str, following: str) -> Token | None:
    """Forms that are written as two: $5 million, 10:30 p.m., 20 km."""
    plain, next_plain = chunk.strip("(\"'"), following.strip(",;:!?)\"'.")
    written = f"{chunk} {following}"
    money = _MONEY.fullmatch(plain)
    if money and next_plain.lower() in SCALES and len(next_plain) > 2:
        return Token(written, _money(money, next_plain.lower()))
    time = _TIME.fullmatch(plain)
    if time and not time[4] and next_plain.lower() in {"a.m", "p.m", "am", "pm"}:
        return Token(written, _time(time, next_plain[0].lower()))
    if (
        re.fullmatch(rf"-?(?:{_NUMBER})(?:\.\d+)?", plain)
        and next_plain in UNITS
        and next_plain not in {"in"}
    ):
        return Token(written, _measure(plain, next_plain))
    return None


def _chunk(chunk: str, before: str, shouted: bool) -> Iterator[Token]:
    """Tokens of what stands between two spaces."""
    whole = _whole(chunk, before, shouted)
    if whole is not None:
        yield whole
        return
    trimmed = chunk.strip("".join(_SILENT - {"'"}))
    if trimmed != chunk and trimmed:
        yield from _chunk(trimmed, before, shouted)
        return
    pieces = [piece for piece in _JOINS.split(trimmed) if piece]
    if len(pieces) > 1:
        yield from _pieces(trimmed, pieces, shouted)
        return
    if re.fullmatch(r"(?:www\.)?[a-z0-9-]+(?:\.[a-z]{2,})+|\S+@\S+\.\S+", trimmed, re.IGNORECASE):
        yield Token(trimmed, _address(trimmed))
        return
    for part in _PARTS.findall(trimmed):
        yield from _part(
            part.removeprefix("'").removesuffix("'") if len(part) > 1 and part[0] == part[-1] else part,
            shouted,
        )


def _pieces(trimmed: str, pieces: list[str], shouted: bool) -> Iterator[Token]:
    """Tokens of what hyphens, dashes and slashes join."""
    if all(_WHOLE.fullmatch(piece) for piece in pieces):
        if len(pieces) == 2 and "/" not in trimmed and all(len(piece) < 5 for piece in pieces):
            low, high = (readings(piece) for piece in pieces)
            several = [(*one, "to", *other) for one, other in zip(low, high, strict=False)]
            yield Token(trimmed, (*several[:2], (*low[0], *high[0]), digits("".join(pieces), "oh")))
            return
        if any(len(piece) > 2 for piece in pieces) and "/" not in trimmed:
            # A telephone number.
            yield Token(trimmed, (digits("".join(pieces), "oh"), digits("".join(pieces))))
            return
    for piece in pieces:
        yield from _chunk(piece, "", shouted)


def _whole(chunk: str, before: str, shouted: bool) -> Token | None:
    """A chunk that is one form as a whole, or None."""
    plain = chunk.strip('("[{“”„,;:!?)]}')
    bare = plain.rstrip(".")
    lower = bare.lower()
    if lower in ABBREVIATIONS and (plain != bare or lower in ABBREVIATIONS_WITHOUT_STOP):
        said = [tuple(words.split()) for words in ABBREVIATIONS[lower]]
        if lower in {"no", "co", "col", "rep", "gen", "rev", "sen", "fig", "est", "oct", "dec"}:
            # These are words too, and may just end a sentence.
            said.append((lower,))
        return Token(plain, tuple(said))
    if bare.startswith(("-", "−", "+")) and _WHOLE.fullmatch(bare[1:]):
        sign = ("plus",) if bare[0] == "+" else ("minus",)
        return Token(bare, tuple((*sign, *reading) for reading in readings(bare[1:])[:2]))
    found: tuple[Words, ...] = ()
    if match := _MONEY.fullmatch(bare):
        found = _money(match, "")
    elif (match := _TIME.fullmatch(bare)) and (match[4] or ":" in bare):
        found = _time(match, (match[4] or "")[:1].lower())
    elif match := _ORDINAL.fullmatch(bare):
        number = int(match[1].replace(",", ""))
        found = (ordinal(number), ("the", *ordinal(number)))
    elif match := _DECADE.fullmatch(bare):
        number = int(match[1])
        found = (plural(pairs(number) if number >= 1000 else cardinal(number)), plural(cardinal(number)))
    elif match := _DECIMAL.fullmatch(bare):
        whole = cardinal(int(match[1].replace(",", ""))) if match[1] else ()
        found = tuple((*whole, "point", *rest) for rest in (digits(match[2]), digits(match[2], "oh")))
    elif match := _FRACTION.fullmatch(bare):
        found = _fraction(int(match[1]), int(match[2]))
    elif match := _WITH_UNIT.fullmatch(bare):
        found = _measure(match[1], match[2].lower())
        if match[2].isupper() and len(match[2]) == 1 and _WHOLE.fullmatch(match[1]):
            # Sector 7G.
            found += tuple((*reading, match[2].lower()) for reading in readings(match[1])[:2])
    elif _WHOLE.fullmatch(bare):
        found = tuple(readings(bare))
    elif (match := _INITIALS.fullmatch(plain)) and (len(plain) > 2 or not shouted):
        letters = [letter for letter in plain.lower().removesuffix("'s") if letter in LETTERS]
        if match[1]:
            letters[-1] += "'s"
        found = (tuple(letters),)
    elif _ROMAN.fullmatch(bare) and before[:1].isupper() and not shouted:
        number = _roman(bare)
        found = (("the", *ordinal(number)), cardinal(number), ordinal(number))
    return Token(bare, _limited(found)) if found else None


def _part(part: str, shouted: bool) -> Iterator[Token]:
    """A run of letters, a number or one symbol."""
    if _WHOLE.fullmatch(part):
        yield Token(part, _limited(tuple(readings(part))))
        return
    if not any(letter.isalpha() for letter in part):
        if part in SYMBOLS:
            yield Token(part, tuple(tuple(said.split()) for said in SYMBOLS[part]))
        elif part not in _SILENT:
            yield Token(part, ())
        return
    word = latin_letters(part)
    if not word:
        yield Token(part, ())
        return
    found: list[Words] = [(word,)]
    if _DRAWN_OUT.search(word):
        # Nooo, whaaat: as it is usually written, with one letter or with two.
        found = [(_DRAWN_OUT.sub(letters, word),) for letters in (r"\1", r"\1\1")]
    capitals = re.fullmatch(r"([A-Z]{2,6})('?s)?", part)
    if capitals and not shouted:
        letters = list(capitals[1].lower())
        if capitals[2]:
            letters[-1] += "'s"
        found.append(tuple(letters))
    yield Token(part, tuple(found))


def latin_letters(word: str) -> str:
    """A word in the small letters of English, accents taken off; empty when it is not in Latin script."""
    result = []
    for letter in unicodedata.normalize("NFKD", word.lower()):
        if unicodedata.combining(letter):
            continue
        plain = LATIN_LETTERS.get(letter, letter)
        if any(character not in LETTERS for character in plain):
            return ""
        result.append(plain)
    return "".join(result)


def _money(match: re.Match[str], scale: str) -> tuple[Words, ...]:
    one, several, hundredth, hundredths = CURRENCIES[match[1]]
    scale = scale or SCALES.get((match[4] or "").lower(), "")
    number, part = int(match[2].replace(",", "")), match[3]
    unit = one if number == 1 and not scale and not part else several
    if part and (scale or len(part) != 2):
        return ((*cardinal(number), "point", *digits(part), *([scale] if scale else []), unit),)
    found = []
    for reading in readings(match[2])[:3]:
        if not part or int(part) == 0:
            found.append((*reading, *([scale] if scale else []), unit))
            continue
        cents = cardinal(int(part))
        coin = hundredth if int(part) == 1 else hundredths
        unit = one if number == 1 else several
        found += [(*reading, unit, "and", *cents, coin), (*reading, *cents), (*reading, unit, *cents)]
    return _limited(tuple(found))


def _time(match: re.Match[str], half: str) -> tuple[Words, ...]:
    hour, minute = cardinal(int(match[1])), match[2]
    after: Words = (half, "m") if half else ()
    if match[3]:
        seconds = cardinal(int(match[3]))
        return ((*hour, *cardinal(int(minute)), *seconds, *after),)
    if minute is None:
        return ((*hour, *after),)
    if minute == "00":
        return (
            ((*hour, *after), (*hour, "o'clock")) if half else ((*hour, "o'clock"), hour, (*hour, "hundred"))
        )
    said = ("oh", *cardinal(int(minute))) if minute[0] == "0" else cardinal(int(minute))
    return ((*hour, *said, *after), (*hour, *cardinal(int(minute)), *after))


def _measure(number: str, unit: str) -> tuple[Words, ...]:
    one, several = UNITS[unit.lower()]
    sign: Words = ("minus",) if number[0] == "-" else ()
    number = number.removeprefix("-")
    whole, _, part = number.partition(".")
    name = tuple((one if number == "1" else several).split())
    if part:
        return ((*sign, *cardinal(int(whole.replace(",", ""))), "point", *digits(part), *name),)
    return _limited(tuple((*sign, *reading, *name) for reading in readings(whole)))


def _fraction(above: int, below: int) -> tuple[Words, ...]:
    plain = (*cardinal(above), "over", *cardinal(below)), (*cardinal(above), *cardinal(below))
    if below == 2:
        return ((*cardinal(above), "half" if above == 1 else "halves"), ("a", "half"), *plain)
    if 2 < below < 101:
        part = ("quarter",) if below == 4 else ordinal(below)
        usual = (*cardinal(above), *(part if above == 1 else plural(part)))
        return (usual, *([("a", *part)] if above == 1 else []), *plain)
    return plain


def _address(text: str) -> tuple[Words, ...]:
    words: list[str] = []
    for part in re.findall(r"[^\W\d_]+|\d|[.@-]", text.lower()):
        if part == "www":
            words += ["w"] * 3
        elif part in {".", "@", "-"}:
            words.append({".": "dot", "@": "at", "-": "dash"}[part])
        elif part.isdigit():
            words += digits(part)
        else:
            words.append(latin_letters(part))
    return (tuple(words),) if all(words) else ()


def _roman(text: str) -> int:
    values = [{"I": 1, "V": 5, "X": 10}[letter] for letter in text]
    return sum(
        -value if value < following else value
        for value, following in zip(values, [*values[1:], 0], strict=True)
    )


def _limited(found: tuple[Words, ...]) -> tuple[Words, ...]:
    return tuple(dict.fromkeys(found))[:_MOST_READINGS]
