# SPDX-License-Identifier: GPL-3.0-or-later
"""Trains, packs and scores the letter-to-sound model."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np

from ...phones import PHONE_INDEX
from ...transcript.letter_to_sound import BACKOFF_OFFSET, LOG_STEP, NO_PHONE, LetterToSound
from .dictionary import Entry
from .graphones import Graphone, align_entries
from .ngram import estimate, prune

_RAREST: Final = 4
"""Graphones that occur less often are slips of the dictionary or of the alignment."""


@dataclass(frozen=True)
class LetterModelSettings:
    """Longest n-grams, and how many n-grams are kept."""

    orders: int = 8
    nodes: int = 400_000


@dataclass(frozen=True)
class PronunciationScore:
    """How well words outside a dictionary are pronounced.

    Attributes:
        words: how many were asked.
        word_error: share whose likeliest pronunciation is none of the dictionary's.
        phone_error: edits to the nearest of the dictionary's pronunciations, by its phones.
        third: share with none of the dictionary's among the three likeliest.
    """

    words: int
    word_error: float
    phone_error: float
    third: float


def held_out(word: str) -> bool:
    """Whether a word belongs to the tenth that scores a model; drawn by its letters."""
    return hashlib.sha256(word.encode()).digest()[0] % 10 == 0


def train_letter_model(path: Path, entries: list[Entry], settings: LetterModelSettings) -> int:
    """Train on entries and write the model; returns how many entries could not be aligned."""
    aligned = align_entries(entries)
    uses = Counter(graphone for word in aligned if word is not None for graphone in word)
    alphabet = [graphone for graphone, count in uses.most_common() if count >= _RAREST]
    symbols = {graphone: number + 2 for number, graphone in enumerate(alphabet)}
    words = [
        [symbols[graphone] for graphone in word]
        for word in aligned
        if word is not None and all(graphone in symbols for graphone in word)
    ]
    model = estimate(words, LetterToSound.START, LetterToSound.END, settings.orders)
    model = prune(model, settings.nodes)
    children = [np.bincount(longer.context, minlength=len(order.symbol)) for order, longer in pairwise(model)]
    np.savez_compressed(
        path,
        graphone_letter=np.array([NO_PHONE, NO_PHONE] + [letter for letter, _ in alphabet], np.uint8),
        graphone_phones=_phone_pairs(alphabet),
        sizes=np.array([len(order.symbol) for order in model], np.int32),
        symbol=np.concatenate([order.symbol for order in model]).astype(np.uint16),
        children=np.concatenate(children).astype(np.uint16),
        log=_bytes(np.concatenate([order.log for order in model])),
        backoff=_bytes(np.concatenate([order.backoff for order in model[:-1]]), BACKOFF_OFFSET),
    )
    return len(entries) - len(words)


def _phone_pairs(alphabet: list[Graphone]) -> np.ndarray:
    pairs = np.full((len(alphabet) + 2, 2), NO_PHONE, np.uint8)
    for row, (_, phones) in enumerate(alphabet, start=2):
        pairs[row, : len(phones)] = phones
    return pairs


def _bytes(logs: np.ndarray, offset: int = 0) -> np.ndarray:
    return np.clip(np.round(-logs / LOG_STEP) + offset, 0, 255).astype(np.uint8)


def score(model: LetterToSound, entries: Iterable[Entry]) -> PronunciationScore:
    """Score a model on the words of some entries, each word once."""
    pronunciations: dict[str, list[tuple[int, ...]]] = defaultdict(list)
    for word, phones in entries:
        pronunciations[word].append(phones)
    wrong = third = edits = phones = 0
    for word, known in pronunciations.items():
        found = [
            tuple(PHONE_INDEX[phone] for phone in pronunciation)
            for pronunciation, _ in model.pronounce(word, 3)
        ]
        wrong += found[0] not in known
        third += not set(found) & set(known)
        nearest = min(known, key=lambda right: edit_distance(found[0], right) / len(right))
        edits += edit_distance(found[0], nearest)
        phones += len(nearest)
    count = len(pronunciations)
    return PronunciationScore(count, wrong / count, edits / phones, third / count)


def edit_distance(first: tuple[int, ...], second: tuple[int, ...]) -> int:
    """Least insertions, deletions and substitutions between two sequences (Levenshtein)."""
    row = list(range(len(second) + 1))
    for number, one in enumerate(first, start=1):
        diagonal, row[0] = row[0], number
        for place, other in enumerate(second, start=1):
            diagonal, row[place] = (
                row[place],
                min(row[place] + 1, row[place - 1] + 1, diagonal + (one != other)),
            )
    return row[-1]
