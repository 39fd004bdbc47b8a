# SPDX-License-Identifier: GPL-3.0-or-later
"""An n-gram model with interpolated, modified Kneser-Ney smoothing, pruned to a size, as a trie.

Chen and Goodman, An empirical study of smoothing techniques for language modeling, 1998; pruning as in
Stolcke, Entropy-based pruning of backoff language models, 1998.

Shape letters: T positions of the text, G n-grams of one order.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass
class Order:
    """Every n-gram of one order n.

    Attributes:
        symbol: (G,) the last symbol.
        context: (G,) number, among those of order n - 1, of the n-gram without its last symbol.
        suffix: (G,) number, among those of order n - 1, of the n-gram without its first symbol.
        count: (G,) times that it occurs.
        log: (G,) natural logarithm of the probability of the last symbol after the others.
        backoff: (G,) logarithm of the weight of shorter contexts when this n-gram is the context.
    """

    symbol: NDArray[np.int64]
    context: NDArray[np.int64]
    suffix: NDArray[np.int64]
    count: NDArray[np.float64]
    log: NDArray[np.float64]
    backoff: NDArray[np.float64]


def estimate(words: list[list[int]], start: int, end: int, orders: int) -> list[Order]:
    """The model of all n-grams up to `orders` symbols; `start` and `end` frame each word."""
    text = np.array([symbol for word in words for symbol in (start, *word, end)])
    # An n-gram ends at a position if it does not reach back over its word's start.
    reach = np.concatenate([np.arange(len(word) + 2) for word in words])
    size = int(text.max()) + 1
    ids = np.zeros(len(text), np.int64)
    model: list[Order] = []
    for order in range(1, orders + 1):
        at = np.flatnonzero(reach >= order - 1)
        before = ids[at - 1] if order > 1 else np.zeros(len(at), np.int64)
        keys, first, inverse, count = np.unique(
            before * size + text[at], return_index=True, return_inverse=True, return_counts=True
        )
        suffix = ids[at[first]] if order > 1 else np.zeros(len(keys), np.int64)
        ids = np.zeros(len(text), np.int64)
        ids[at] = inverse
        zeros = np.zeros(len(keys))
        model.append(Order(keys % size, keys // size, suffix, count.astype(float), zeros, zeros.copy()))
    _smooth(model, start)
    return model


def _smooth(model: list[Order], start: int) -> None:
    """Fill in probabilities and back-off weights, shortest n-grams first."""
    for number, order in enumerate(model):
        count = order.count.copy()
        if number + 1 < len(model):
            # Continuation counts: how many symbols come before; nothing comes before a start.
            before = np.bincount(model[number + 1].suffix, minlength=len(count)).astype(float)
            begins = _first_symbols(model, number) == start
            count = np.where(begins, count, before)
        if number == 0:
            # The start is given, never predicted.
            count[order.symbol == start] = 0
            spread = 0.5 / np.count_nonzero(count)
            probability = (np.maximum(count - 0.5, 0) / count.sum()) + spread * (count > 0) * (
                np.count_nonzero(count) / count.sum()
            )
            order.log = np.log(np.maximum(probability, 1e-12))
            continue
        ones, twos, threes, fours = (np.count_nonzero(count == n) + 1 for n in (1, 2, 3, 4))
        ratio = ones / (ones + 2 * twos)
        discounts = np.array([0, 1 - 2 * ratio * twos / ones, 2 - 3 * ratio * threes / twos])
        discounts = np.append(discounts, 3 - 4 * ratio * fours / threes)
        taken = np.clip(discounts, 0, [0, 0.95, 1.9, 2.8])[np.minimum(count, 3).astype(int)]
        shorter = model[number - 1]
        total = np.bincount(order.context, count, len(shorter.symbol))
        freed = np.bincount(order.context, taken, len(shorter.symbol))
        share = np.divide(freed, total, out=np.ones_like(total), where=total > 0)
        probability = (count - taken) / total[order.context] + share[order.context] * np.exp(
            shorter.log[order.suffix]
        )
        order.log = np.log(probability)
        shorter.backoff = np.log(np.maximum(share, 1e-12))


def _first_symbols(model: list[Order], number: int) -> NDArray[np.int64]:
    """First symbol of each n-gram of an order."""
    place = np.arange(len(model[number].symbol))
    for order in range(number, 0, -1):
        place = model[order].context[place]
    return model[0].symbol[place]


def prune(model: list[Order], nodes: int) -> list[Order]:
    """Keep about `nodes` n-grams: those whose loss would cost most, and what they need."""
    worth = [np.full(len(model[0].log), np.inf)]
    for number in range(1, len(model)):
        order, shorter = model[number], model[number - 1]
        without = shorter.backoff[order.context] + shorter.log[order.suffix]
        worth.append(order.count * (order.log - without))
    every = np.sort(np.concatenate(worth[1:]))
    threshold = every[max(0, len(every) - nodes)]
    keep = [gain >= threshold for gain in worth]
    for number in range(len(model) - 1, 0, -1):
        keep[number - 1][model[number].context[keep[number]]] = True
    return _rebuilt(model, keep)


def _rebuilt(model: list[Order], keep: list[NDArray[np.bool_]]) -> list[Order]:
    """The kept n-grams, with back-off weights such that probabilities still sum to one."""
    renumbered = [np.cumsum(kept) - 1 for kept in keep]
    # The probability of a dropped suffix comes from a shorter one, so weights are made anew in order.
    pruned: list[Order] = []
    full_log = [order.log.copy() for order in model]
    for number, order in enumerate(model):
        kept = keep[number]
        if number:
            shorter = model[number - 1]
            lower = full_log[number - 1][order.suffix]
            seen = np.bincount(order.context[kept], np.exp(order.log[kept]), len(shorter.symbol))
            seen_lower = np.bincount(order.context[kept], np.exp(lower[kept]), len(shorter.symbol))
            weight = np.maximum(1 - seen, 1e-9) / np.maximum(1 - seen_lower, 1e-9)
            shorter_backoff = np.log(np.minimum(weight, 1e3))
            pruned[-1].backoff = shorter_backoff[keep[number - 1]]
            # What is dropped is from now on what backing off gives.
            full_log[number] = np.where(kept, order.log, shorter_backoff[order.context] + lower)
        context = renumbered[number - 1][order.context[kept]] if number else order.context[kept]
        zeros = np.zeros(np.count_nonzero(kept))
        pruned.append(
            Order(order.symbol[kept], context, zeros.astype(int), order.count[kept], order.log[kept], zeros)
        )
    return pruned
