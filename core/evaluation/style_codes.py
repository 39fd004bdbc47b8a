# SPDX-License-Identifier: GPL-3.0-or-later
"""What is in a style's code: the style, and not the sentence that it was read from.

Shape letters: N styles, K clips, S numbers of a code.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class CodeFigures:
    """How codes of clips in styles lie to each other.

    Attributes:
        style_found: share of codes whose nearest among those of other clips is in the same style.
        style_chance: the same for codes without meaning.
        clip_found: share of codes whose nearest among those of other styles is of the same clip: what is said
            in it has leaked where this is more than by chance.
        clip_chance: likewise.
        ratio: mean distance of codes in one style of different clips, divided by that of different styles and
            clips; the less, the more a code is of the style alone.
    """

    style_found: float
    style_chance: float
    clip_found: float
    clip_chance: float
    ratio: float


def compare_codes(codes: NDArray[np.floating]) -> CodeFigures:
    """Figures of codes (N, K, S), two styles and two clips or more."""
    styles, clips, _ = codes.shape
    flat = np.asarray(codes, np.float64).reshape(styles * clips, -1)
    style, clip = np.divmod(np.arange(styles * clips), clips)
    distances = np.linalg.norm(flat[:, None] - flat[None], axis=-1)
    same_style, same_clip = style[:, None] == style[None], clip[:, None] == clip[None]
    by_style = np.where(same_clip, np.inf, distances).argmin(axis=1)
    by_clip = np.where(same_style, np.inf, distances).argmin(axis=1)
    within = distances[same_style & ~same_clip].mean()
    between = distances[~same_style & ~same_clip].mean()
    return CodeFigures(
        style_found=float((style[by_style] == style).mean()),
        style_chance=1 / styles,
        clip_found=float((clip[by_clip] == clip).mean()),
        clip_chance=1 / clips,
        ratio=float(within / between) if between > 0 else float("nan"),
    )


@dataclass(frozen=True)
class Strength:
    """Where an output lies between the neutral one and that of the whole style.

    Attributes:
        share: of the way; 0 is neutral, 1 the whole style.
        beside: how far it lies beside the straight way, in lengths of that way.
    """

    share: float
    beside: float


def strength_of(
    output: NDArray[np.floating], neutral: NDArray[np.floating], whole: NDArray[np.floating]
) -> Strength:
    """The strength that an output (F, 52) shows between two others of the same sentence."""
    way = (np.asarray(whole, np.float64) - neutral).ravel()
    gone = (np.asarray(output, np.float64) - neutral).ravel()
    length = way @ way
    if length == 0:
        return Strength(float("nan"), float("nan"))
    share = float(gone @ way / length)
    return Strength(share, float(np.linalg.norm(gone - share * way) / np.sqrt(length)))


def likeness(
    output: NDArray[np.floating], example: NDArray[np.floating], shown: Sequence[int]
) -> tuple[float, float]:
    """How far mean and standard deviation of the weights (F, 52) are from an example's, of whatever sentence.

    Args:
        output, example: weights; their frames need not be as many.
        shown: columns that are looked at.

    Returns:
        Root-mean-square differences of the means, and of the standard deviations.
    """
    one, other = (np.asarray(each, np.float64)[:, list(shown)] for each in (output, example))
    means = one.mean(axis=0) - other.mean(axis=0)
    spreads = one.std(axis=0) - other.std(axis=0)
    return float(np.sqrt((means**2).mean())), float(np.sqrt((spreads**2).mean()))


def mean_likeness(values: Mapping[str, Sequence[tuple[float, float]]]) -> dict[str, tuple[float, float]]:
    """Means of `likeness` over examples, by name."""
    means = {name: np.mean(rows, axis=0) for name, rows in values.items()}
    return {name: (float(row[0]), float(row[1])) for name, row in means.items()}
