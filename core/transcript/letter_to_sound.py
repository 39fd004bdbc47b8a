# SPDX-License-Identifier: GPL-3.0-or-later
"""Letters to sounds, for words that no dictionary has.

A joint-sequence model (Bisani and Ney, Joint-sequence models for grapheme-to-phoneme conversion, 2008): an
n-gram model over graphones, each a letter with the none, one or two phones that it stands for, and a beam
search for the likeliest phones of a word. `letter_to_sound.md` says what it was made from and how well it
does.
"""

import math
from functools import lru_cache
from pathlib import Path
from typing import Final
from zipfile import BadZipFile

import numpy as np

from ..errors import ModelError
from ..phones import PHONES

LETTERS: Final = "abcdefghijklmnopqrstuvwxyz'"
MODEL: Final = Path(__file__).with_name("letter_to_sound.npz")

LOG_STEP: Final = 1 / 16
"""Logarithms are stored as a byte of so many nats each."""
BACKOFF_OFFSET: Final = 48
"""Byte of a back-off weight of 1."""
NO_PHONE: Final = 255

_BEAM: Final = 24
_BEAM_WIDTH: Final = 9.0
_LONGEST_WORD: Final = 60
_CACHE: Final = 60_000

Pronunciation = tuple[str, ...]


class LetterToSound:
    """The model in memory; made by `letter_to_sound`.

    Arrays of the file: `graphone_letter` (S,), index into `LETTERS` (the first two symbols are the start and
    the end of a word); `graphone_phones` (S, 2), index into `PHONES` or `NO_PHONE`; `sizes`, nodes of each
    order; and of each node, an n-gram, in the order of the tree's levels: `symbol`, `children` (how many),
    `log` and `backoff` (bytes of `LOG_STEP`).
    """

    START: Final = 0
    END: Final = 1

    def __init__(self, path: Path = MODEL) -> None:
        """Load a model.

        Raises:
            ModelError: the file is missing or is not such a model.
        """
        try:
            with np.load(path, allow_pickle=False) as arrays:
                self._letter = arrays["graphone_letter"].tolist()
                self._phones = [
                    tuple(code for code in pair if code != NO_PHONE)
                    for pair in arrays["graphone_phones"].tolist()
                ]
                self._symbol = arrays["symbol"].astype(np.int64)
                self._log = arrays["log"] * -LOG_STEP
                self._backoff = (arrays["backoff"].astype(float) - BACKOFF_OFFSET) * -LOG_STEP
                sizes, children = arrays["sizes"].tolist(), arrays["children"].astype(np.int64)
        except (OSError, EOFError, KeyError, ValueError, BadZipFile) as error:
            raise ModelError(f"'{path}' is missing or damaged: install Soliloquy again.") from error
        self._orders = len(sizes)
        # Nodes stand level by level; children of the level's nodes follow one another on the next level.
        ends = sizes[0] + np.cumsum(children)
        self._first_child = (ends - children).tolist()
        self._end_child = ends.tolist()
        self._roots = {int(symbol): node for node, symbol in enumerate(self._symbol[: sizes[0]])}
        self._below: dict[int, dict[int, int]] = {}
        self._nexts: dict[tuple[tuple[int, ...], int], list[tuple[int, float]]] = {}
        self._by_letter: dict[int, list[int]] = {}
        for symbol in self._roots:
            self._by_letter.setdefault(self._letter[symbol], []).append(symbol)

    def pronounce(self, word: str, count: int = 1) -> list[tuple[Pronunciation, float]]:
        """The likeliest pronunciations of a word, each with its share of the likelihood of those found.

        Args:
            word: of `LETTERS`.
            count: how many at most.
        """
        hypotheses: list[tuple[float, tuple[int, ...], tuple[int, ...]]] = [(0.0, (self.START,), ())]
        for letter in word[:_LONGEST_WORD]:
            hypotheses = self._extended(hypotheses, LETTERS.index(letter))
        total: dict[tuple[int, ...], float] = {}
        for score, history, phones in hypotheses:
            ended = score + self._log_of(history, self.END)
            total[phones] = total.get(phones, 0.0) + math.exp(ended - hypotheses[0][0])
        total.pop((), None)
        best = sorted(total.items(), key=lambda item: -item[1])[:count]
        everything = sum(total.values())
        return [(tuple(PHONES[code] for code in codes), weight / everything) for codes, weight in best]

    def _extended(
        self, hypotheses: list[tuple[float, tuple[int, ...], tuple[int, ...]]], letter: int
    ) -> list[tuple[float, tuple[int, ...], tuple[int, ...]]]:
        """Every hypothesis with each graphone of the next letter, the best of them."""
        reach = self._orders - 1
        longer = [
            (score + log, (*history, symbol)[-reach:], phones + self._phones[symbol])
            for score, history, phones in hypotheses
            for symbol, log in self._graphones(history, letter)
        ]
        longer.sort(key=lambda item: -item[0])
        worst = longer[0][0] - _BEAM_WIDTH
        return [item for item in longer[:_BEAM] if item[0] > worst]

    def _graphones(self, history: tuple[int, ...], letter: int) -> list[tuple[int, float]]:
        """Graphones of a letter that may follow a history, with the logarithms of their probabilities."""
        known = self._nexts.get((history, letter))
        if known is not None:
            return known
        found: dict[int, float] = {}
        weight = 0.0
        for first in range(len(history)):
            node = self._node(history[first:])
            if node is None:
                continue
            for symbol, child in self._children(node).items():
                if self._letter[symbol] == letter and symbol not in found:
                    found[symbol] = weight + self._log[child]
            weight += self._backoff[node]
        for symbol in self._by_letter[letter]:
            if symbol not in found:
                found[symbol] = weight + self._log[self._roots[symbol]]
        best = sorted(found.items(), key=lambda item: -item[1])[:_BEAM]
        if len(self._nexts) >= _CACHE:
            self._nexts.clear()
        self._nexts[history, letter] = best
        return best

    def _log_of(self, history: tuple[int, ...], symbol: int) -> float:
        """Logarithm of the probability of one symbol after a history."""
        weight = 0.0
        for first in range(len(history)):
            node = self._node(history[first:])
            if node is None:
                continue
            child = self._children(node).get(symbol)
            if child is not None:
                return weight + float(self._log[child])
            weight += float(self._backoff[node])
        return weight + float(self._log[self._roots[symbol]])

    def _node(self, symbols: tuple[int, ...]) -> int | None:
        node = self._roots.get(symbols[0])
        for symbol in symbols[1:]:
            if node is None:
                return None
            node = self._children(node).get(symbol)
        return node

    def _children(self, node: int) -> dict[int, int]:
        known = self._below.get(node)
        if known is None:
            if node >= len(self._first_child):
                return {}
            places = range(self._first_child[node], self._end_child[node])
            known = {int(self._symbol[place]): place for place in places}
            self._below[node] = known
        return known


@lru_cache(maxsize=1)
def letter_to_sound() -> LetterToSound:
    """The model that ships with Soliloquy, loaded once.

    Raises:
        ModelError: its file is missing or damaged.
    """
    return LetterToSound()
