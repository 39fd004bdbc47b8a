# SPDX-License-Identifier: GPL-3.0-or-later
"""English numbers in words, in each way that people read them."""

from typing import Final

_SMALL: Final = (
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
)
_TENS: Final = ("zero", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES: Final = ("", "thousand", "million", "billion", "trillion", "quadrillion")
_IRREGULAR: Final = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
LARGEST: Final = 10 ** (3 * len(_SCALES)) - 1

Words = tuple[str, ...]


def cardinal(number: int) -> Words:
    """A whole number up to `LARGEST`: 1234 is one thousand two hundred thirty four."""
    if number < 0:
        return ("minus", *cardinal(-number))
    if number < 1000:
        return _below_thousand(number)
    words: list[str] = []
    for power in range(len(_SCALES) - 1, -1, -1):
        part = number // 1000**power % 1000
        if part:
            words += [*_below_thousand(part), *([_SCALES[power]] if power else [])]
    return tuple(words)


def _below_thousand(number: int) -> Words:
    hundreds, rest = divmod(number, 100)
    words: Words = (_SMALL[hundreds], "hundred") if hundreds else ()
    if rest or not hundreds:
        if rest < 20:
            words += (_SMALL[rest],)
        else:
            words += (_TENS[rest // 10], *([_SMALL[rest % 10]] if rest % 10 else []))
    return words


def with_and(words: Words) -> Words:
    """British English: one hundred and one; one thousand and one."""
    result: list[str] = []
    for place, word in enumerate(words):
        result.append(word)
        following = words[place + 1 :]
        if not following:
            break
        rest_is_small = not set(following) & {"hundred", *_SCALES[1:]}
        if (word == "hundred" and following[0] not in _SCALES) or (word in _SCALES[1:] and rest_is_small):
            result.append("and")
    return tuple(result)


def ordinal(number: int) -> Words:
    """1 is first, 21 is twenty first, 100 is one hundredth."""
    *words, last = cardinal(number)
    if last in _IRREGULAR:
        last = _IRREGULAR[last]
    else:
        last = last[:-1] + "ieth" if last.endswith("y") else last + "th"
    return (*words, last)


def pairs(number: int) -> Words:
    """As years and house numbers are read: 1984 is nineteen eighty four, 1900 nineteen hundred, 1905 nineteen
    oh five."""
    high, low = divmod(number, 100)
    if low == 0:
        return (*cardinal(high), "hundred")
    if low < 10:
        return (*cardinal(high), "oh", *cardinal(low))
    return (*cardinal(high), *cardinal(low))


def digits(text: str, zero: str = "zero") -> Words:
    """One by one: 007 is zero zero seven."""
    return tuple(zero if digit == "0" else _SMALL[int(digit)] for digit in text)


def readings(text: str) -> list[Words]:
    """Each way to read a whole number written in digits (commas between thousands are allowed), the usual
    first."""
    plain = text.replace(",", "")
    number = int(plain)
    if (len(plain) > 1 and plain[0] == "0") or number > LARGEST:
        return [digits(plain), digits(plain, "oh")]
    found = [cardinal(number)]
    if 1000 <= number <= 9999 and "," not in text:
        if 1100 <= number <= 2099 and not 2000 <= number <= 2009:
            found.insert(0, pairs(number))
        elif number % 1000:
            found.append(pairs(number))
    found.append(with_and(cardinal(number)))
    if number < 200 and number >= 100:
        found.append(("a", *with_and(cardinal(number))[1:]))
    if 100 <= number <= 999 and number % 100:
        found.append(pairs(number))
    if len(plain) >= 3 and "," not in text:
        found += [digits(plain), digits(plain, "oh")]
    elif plain == "0":
        found.append(("oh",))
    return list(dict.fromkeys(found))


def plural(words: Words) -> Words:
    """The last word in the plural: the nineteen eighties."""
    *rest, last = words
    if last.endswith("y"):
        return (*rest, last[:-1] + "ies")
    return (*rest, last + ("es" if last.endswith(("x", "s")) else "s"))
