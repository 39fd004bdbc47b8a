# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables of `evaluate transfer`, as Markdown."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

import numpy as np

from .transfer_metrics import Score
from .transfer_outcomes import Outcome

_COLUMNS: Final = (
    *("off", "mean", "95 %", "worst", "", "seal", "lips", "lids", "pierced", "behind"),
    *("skin", "eyes", "teeth", "tongue", "s"),
)


def heading() -> str:
    """The first two lines of the table, as Markdown."""
    names = f"| {'character':30} | {'way':6} | " + " | ".join(f"{name:>7}" for name in _COLUMNS) + " |"
    return names + "\n|" + "---|" * (len(_COLUMNS) + 2)


def lines(title: str, outcomes: Sequence[Outcome], *, detail: bool = False) -> Iterator[str]:
    """Lines of the table for one character."""
    for number, outcome in enumerate(outcomes):
        start = f"| {title if number == 0 else '':30} | {outcome.way:6} | "
        if outcome.score is None:
            yield start + f"{_share(outcome.off)} | {outcome.refusal}"
            continue
        each = outcome.score
        cells = [_share(value) for value in (outcome.off, each.mean, each.high, each.worst)]
        cells += [f"{each.worst_name:18}", _share(each.seal.gap), _share(each.seal.seen), _share(each.slit)]
        cells += [f"{1000 * value:7.2f}" for value in (each.pierced, each.behind)]
        cells += [_share(each.parts.get(part, np.nan)) for part in ("skin", "eyes", "teeth", "tongue")]
        yield start + " | ".join([*cells, f"{outcome.seconds[1]:7.1f}"]) + " |"
        if detail and outcome.way in ("made", "marked"):
            yield from _details(outcome, each)


def _details(outcome: Outcome, each: Score) -> Iterator[str]:
    indent = " " * 12
    seal = each.seal
    yield (
        f"{indent}lips apart most in {seal.where or 'nothing'}, slit in {seal.seen_where or 'nothing'}, "
        f"crossing by {seal.crossing:.2%}; true slit between lids {each.true_slit:.1%}"
    )
    for shape in sorted(each.shapes, key=lambda shape: -shape.mean)[:8]:
        parts = ", ".join(f"{part} {value:.1%}" for part, value in shape.parts.items())
        yield (
            f"{indent}{shape.name}: {shape.mean:.1%}, 95 % {shape.high:.1%}, {parts}; stray {shape.stray:.1%}"
        )
    for note in outcome.notes:
        yield f"{indent}note: {note}"


def _share(value: float) -> str:
    return f"{100 * value:7.1f}" if np.isfinite(value) else f"{'-':>7}"


def summary(outcomes: Mapping[str, Sequence[Outcome]], ways: Sequence[str]) -> Iterator[str]:
    """A line for each way over all characters."""
    for way in ways:
        every = [each for found in outcomes.values() for each in found if each.way == way]
        scored = [each.score for each in every if each.score is not None]
        found = sum(each.is_found for each in every)
        if not scored:
            yield f"{way}: found {found} of {len(every)}."
            continue
        means = [each.mean for each in scored]
        seals, slits = [each.seal.gap for each in scored], [each.slit for each in scored]
        seen = [each.seal.seen for each in scored]
        true = max(each.true_slit for each in scored)
        pierced = [each.pierced for each in scored if np.isfinite(each.pierced)]
        yield (
            f"{way}: found {found} of {len(every)}; mean error {np.mean(means):.1%} (median "
            f"{np.median(means):.1%}, largest {max(means):.1%}, below 10 % in {_below(means, 0.1)}), 95 % "
            f"{np.mean([each.high for each in scored]):.1%}; lips sealed within 1 % in {_below(seals, 0.01)} "
            f"of {len(scored)}, largest gap {max(seals):.1%}, within 1 % as seen from the front in "
            f"{_below(seen, 0.01)}, largest slit {max(seen):.1%}; lids closed within 1 % in "
            f"{_below(slits, 0.01)}, largest slit {max(slits):.1%} (the truth's {true:.1%}); eyes pierced by "
            f"{1000 * max(pierced, default=0.0):.1f} mm at most; behind the ears "
            f"{1000 * max(each.behind for each in scored):.3f} mm."
        )


def _below(values: Sequence[float], limit: float) -> int:
    return sum(value < limit for value in values)


def figures(outcomes: Mapping[str, Sequence[Outcome]]) -> dict[str, list[dict[str, Any]]]:
    """All figures, as JSON holds them."""
    return {title: [asdict(each) for each in found] for title, found in outcomes.items()}
