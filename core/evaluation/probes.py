# SPDX-License-Identifier: GPL-3.0-or-later
"""Probes: what a straight line can read from numbers, on people or clips that it was not fitted to.

A probe is a logistic or a ridge regression of scaled numbers (Alain and Bengio, "Understanding intermediate
layers using linear classifier probes", 2016), fitted to some people and asked about others.

Shape letters: N rows, D numbers, L labels.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

FOLDS: Final = 5
_STRENGTH: Final = 0.1
"""Inverse of the penalty of a logistic regression, in scikit-learn's units."""
_PENALTY: Final = 10.0
"""Of a ridge regression."""


@dataclass(frozen=True)
class Labelled:
    """Rows with what a probe has to find in them.

    Attributes:
        values: (N, D).
        labels: (N,) classes, or (N, L) numbers.
        units: (N,) names of what must not be in both fitting and testing: people, or clips.
    """

    values: NDArray[np.floating]
    labels: NDArray[Any]
    units: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, rows: NDArray[Any]) -> "Labelled":
        """Some of the rows."""
        return Labelled(self.values[rows], self.labels[rows], self.units[rows])


def classifier() -> Any:
    """Logistic regression of scaled numbers."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(C=_STRENGTH, max_iter=200, tol=1e-3))


def regressor() -> Any:
    """Ridge regression of scaled numbers."""
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), Ridge(_PENALTY))


def folds_of(units: Sequence[str] | NDArray[np.str_], count: int = FOLDS) -> dict[str, int]:
    """A fold for each unit, so that all have about as many rows."""
    names, sizes = np.unique(np.asarray(units), return_counts=True)
    filled = np.zeros(min(count, len(names)))
    folds = {}
    for place in np.argsort(-sizes, kind="stable"):
        emptiest = int(filled.argmin())
        folds[str(names[place])] = emptiest
        filled[emptiest] += sizes[place]
    return folds


def predicted(
    make: Callable[[], Any],
    fitted: Labelled,
    tested: Mapping[str, Labelled],
    folds: Mapping[str, int] | None = None,
) -> dict[str, NDArray[Any]]:
    """What probes say about units that they were not fitted to.

    Args:
        make: `classifier` or `regressor`.
        fitted: what the probes are fitted to, all but one fold at a time.
        tested: what they are asked about, each row by the probe that has not seen its unit.
        folds: which units are kept out together; five folds of the fitted ones by default.

    Returns:
        What was said about the rows of each of `tested`.
    """
    folds = folds_of(fitted.units) if folds is None else folds
    answers = {name: np.zeros_like(rows.labels) for name, rows in tested.items()}
    for fold in sorted(set(folds.values())):
        out = [unit for unit, place in folds.items() if place == fold]
        probe = make()
        kept = fitted[~np.isin(fitted.units, out)]
        probe.fit(kept.values, kept.labels)
        for name, rows in tested.items():
            asked = np.isin(rows.units, out)
            if asked.any():
                answers[name][asked] = probe.predict(rows.values[asked])
    return answers


def chance(labels: NDArray[Any]) -> float:
    """The share of the commonest label: what somebody gets right who has seen nothing."""
    if not len(labels):
        return float("nan")
    return float(np.unique(labels, return_counts=True)[1].max() / len(labels))


def means_of(rows: Labelled, groups: NDArray[np.str_]) -> Labelled:
    """Rows whose groups (N,) are alike as one, their mean; labels and units are those of the first."""
    _, first, place, count = np.unique(groups, return_index=True, return_inverse=True, return_counts=True)
    sums = np.zeros((len(first), rows.values.shape[1]))
    np.add.at(sums, place, rows.values)
    return Labelled(sums / count[:, None], rows.labels[first], rows.units[first])
