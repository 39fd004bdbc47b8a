# SPDX-License-Identifier: GPL-3.0-or-later
"""Which letters of a word stand for which of its sounds: graphones, by expectation maximisation.

A graphone is a letter with the none, one or two phones that it stands for (Bisani and Ney, Joint-sequence
models for grapheme-to-phoneme conversion, 2008, with one letter each). Words of as many letters and as many
phones are handled together: their lattices have the same shape.

Shape letters: N words, L letters, P phones.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...phones import PHONES
from ...transcript.letter_to_sound import LETTERS
from .dictionary import Entry

Graphone = tuple[int, tuple[int, ...]]
"""Index into `LETTERS`, and phones."""

_NONE: Final = len(PHONES)
"""Code of the phone that is not there."""
_FLOOR: Final = 1e-9
_LETTER_INDEX: Final = {letter: number for number, letter in enumerate(LETTERS)}


@dataclass(frozen=True)
class _Group:
    """Words of one shape: their numbers (N,), letters (N, L) and phones (N, P)."""

    numbers: NDArray[np.int64]
    letters: NDArray[np.int64]
    phones: NDArray[np.int64]


def align_entries(entries: list[Entry], iterations: int = 8) -> list[list[Graphone] | None]:
    """The likeliest graphones of each entry; None where a letter would need more than two phones."""
    groups = _groups(entries)
    size = len(PHONES) + 1
    # By letter, first and second phone. Silent and double letters are the exception.
    table = np.full((len(LETTERS), size, size), 1e-4)
    table[:, :_NONE, _NONE] = 1e-2
    table[:, _NONE, _NONE] = 1e-2
    table[:, _NONE, :_NONE] = 0.0
    for _ in range(iterations):
        counts = np.zeros_like(table)
        for group in groups:
            _expect(group, table, counts)
        table = counts / np.maximum(counts.sum(axis=(1, 2), keepdims=True), 1e-9)
    aligned: list[list[Graphone] | None] = [None] * len(entries)
    for group in groups:
        for number, graphones in zip(group.numbers.tolist(), _likeliest(group, table), strict=True):
            aligned[number] = graphones
    return aligned


def _groups(entries: list[Entry]) -> list[_Group]:
    by_shape: dict[tuple[int, int], list[int]] = defaultdict(list)
    for number, (word, phones) in enumerate(entries):
        if 0 < len(phones) <= 2 * len(word):
            by_shape[len(word), len(phones)].append(number)
    return [
        _Group(
            np.array(numbers),
            np.array([[_LETTER_INDEX[letter] for letter in entries[number][0]] for number in numbers]),
            np.array([entries[number][1] for number in numbers]),
        )
        for numbers in by_shape.values()
    ]


def _steps(group: _Group, table: NDArray[np.float64], letter: int, phone: int) -> list[NDArray[np.float64]]:
    """Probability (N,) that a letter takes none, one or two phones from `phone` on, as far as they last."""
    letters, phones = group.letters[:, letter], group.phones
    steps = [table[letters, _NONE, _NONE]]
    if phone < phones.shape[1]:
        steps.append(table[letters, phones[:, phone], _NONE])
    if phone + 1 < phones.shape[1]:
        steps.append(table[letters, phones[:, phone], phones[:, phone + 1]])
    return steps


def _expect(group: _Group, table: NDArray[np.float64], counts: NDArray[np.float64]) -> None:
    """Add how often each graphone is expected in a group."""
    length, phone_count = group.letters.shape[1], group.phones.shape[1]
    forward = np.zeros((length + 1, phone_count + 1, len(group.numbers)))
    backward = np.zeros_like(forward)
    forward[0, 0] = 1
    backward[length, phone_count] = 1
    for letter in range(length):
        for phone in range(phone_count + 1):
            for taken, step in enumerate(_steps(group, table, letter, phone)):
                forward[letter + 1, phone + taken] += forward[letter, phone] * step
    total = np.maximum(forward[length, phone_count], 1e-300)
    for letter in range(length - 1, -1, -1):
        letters = group.letters[:, letter]
        for phone in range(phone_count + 1):
            for taken, step in enumerate(_steps(group, table, letter, phone)):
                onward = step * backward[letter + 1, phone + taken]
                backward[letter, phone] += onward
                first = group.phones[:, phone] if taken else np.full(len(letters), _NONE)
                second = group.phones[:, phone + 1] if taken == 2 else np.full(len(letters), _NONE)
                np.add.at(counts, (letters, first, second), forward[letter, phone] * onward / total)


def _likeliest(group: _Group, table: NDArray[np.float64]) -> list[list[Graphone]]:
    """Graphones of each word of a group by Viterbi."""
    length, phone_count = group.letters.shape[1], group.phones.shape[1]
    logs = np.log(np.maximum(table, _FLOOR))
    best = np.full((length + 1, phone_count + 1, len(group.numbers)), -np.inf)
    taken_to = np.zeros(best.shape, np.int64)
    best[0, 0] = 0
    for letter in range(length):
        for phone in range(phone_count + 1):
            for taken, step in enumerate(_steps(group, logs, letter, phone)):
                score = best[letter, phone] + step
                better = score > best[letter + 1, phone + taken]
                best[letter + 1, phone + taken][better] = score[better]
                taken_to[letter + 1, phone + taken][better] = taken
    words = []
    for row in range(len(group.numbers)):
        phone, graphones = phone_count, []
        for letter in range(length, 0, -1):
            taken = taken_to[letter, phone, row]
            phones = tuple(group.phones[row, phone - taken : phone].tolist())
            graphones.append((int(group.letters[row, letter - 1]), phones))
            phone -= taken
        words.append(graphones[::-1])
    return words
