# SPDX-License-Identifier: GPL-3.0-or-later
"""Faces of different people from MakeHuman's macro targets (age, sex, ancestry, build) and local targets.

MakeHuman mixes its macro targets by products of a person's traits: the target "asian-female-old" weighs
asian * female * old, and so on. The helpers here do the same for a `Person`.
"""

from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .source import VERTEX_COUNT, HeadSource

ANCESTRIES: Final = ("african", "asian", "caucasian")


@dataclass(frozen=True)
class Person:
    """Traits of one adult, each from 0 to 1, with 0.5 the middle of MakeHuman's sliders."""

    male: float = 0.5
    """0 = female, 1 = male."""
    old: float = 0.0
    """0 = about 25 years, 1 = about 90 years."""
    muscle: float = 0.5
    weight: float = 0.5
    height: float = 0.5
    ideal: float = 0.5
    """Body proportions: 0 = uncommon, 1 = ideal."""
    ancestry: tuple[float, float, float] = (1 / 3, 1 / 3, 1 / 3)
    """Shares of the `ANCESTRIES`, with sum 1."""


AVERAGE_PERSON: Final = Person(male=0.65, old=0.12)
"""The template: an adult of mixed ancestry, a little nearer to a man than to a woman."""


def _three(value: float, low: str, middle: str, high: str) -> dict[str, float]:
    """Shares of a slider's two nearest stops out of three."""
    return {low: max(0.0, 1 - 2 * value), middle: 1 - abs(2 * value - 1), high: max(0.0, 2 * value - 1)}


def macro_weights(person: Person) -> dict[str, float]:
    """Names of the macro targets and their weights for a person (weights of 0 are left out)."""
    sex = {"female": 1 - person.male, "male": person.male}
    age = {"young": 1 - person.old, "old": person.old}
    muscle = _three(person.muscle, "minmuscle", "averagemuscle", "maxmuscle")
    weight = _three(person.weight, "minweight", "averageweight", "maxweight")
    height = _three(person.height, "minheight", "", "maxheight")
    ideal = _three(person.ideal, "uncommonproportions", "", "idealproportions")
    weights: dict[str, float] = {}
    for ancestry, share in zip(ANCESTRIES, person.ancestry, strict=True):
        for x, y in product(sex, age):
            weights[f"macrodetails/{ancestry}-{x}-{y}"] = share * sex[x] * age[y]
    for x, y, m, w in product(sex, age, muscle, weight):
        build = sex[x] * age[y] * muscle[m] * weight[w]
        weights[f"macrodetails/universal-{x}-{y}-{m}-{w}"] = build
        for stops, folder in ((height, "height"), (ideal, "proportions")):
            for stop, share in stops.items():
                if stop:
                    weights[f"macrodetails/{folder}/{x}-{y}-{m}-{w}-{stop}"] = build * share
    return {name: value for name, value in weights.items() if value > 0}


class TargetCache:
    """Targets of the source, read once each and cut to the chosen vertices."""

    def __init__(self, source: HeadSource, chosen: NDArray[np.int64] | None = None) -> None:
        self._source = source
        self._chosen = np.arange(VERTEX_COUNT) if chosen is None else chosen
        self._read: dict[str, NDArray[np.float64]] = {}

    def mix(self, weights: dict[str, float]) -> NDArray[np.float64]:
        """(N, 3) decimetres: weighted sum of the named targets at the chosen vertices."""
        total = np.zeros((len(self._chosen), 3))
        for name, weight in weights.items():
            if name not in self._read:
                self._read[name] = self._source.target(name)[self._chosen]
            total += weight * self._read[name]
        return total


_LOCAL_FOLDERS: Final = {
    "head": 0.15,
    "forehead": 0.20,
    "eyes": 0.18,
    "nose": 0.20,
    "mouth": 0.16,
    "chin": 0.20,
    "cheek": 0.20,
    "ears": 0.20,
    "asym": 0.06,
}
"""Folders of local targets and the standard deviation of their weights."""

_LEFT_OUT: Final = (
    "chin-jaw-drop",
    "head-age",
    "head-trans",
    "head-angle",
    "head-scale",
    "asymm-",
    "ear-shape-pointed",
)
"""Targets that repeat the macro targets, move the whole head or leave the human range."""

_SIDE_DIFFERENCE: Final = 0.04
"""Standard deviation of the difference between a left and a right weight."""


def sample_person(random: np.random.Generator) -> Person:
    """A random adult."""
    shares = random.dirichlet((0.6, 0.6, 0.6))
    return Person(
        male=float(random.beta(0.6, 0.6)),
        old=float(random.beta(0.8, 2.0)),
        muscle=float(random.beta(4, 4)),
        weight=float(random.beta(3, 3)),
        height=float(random.beta(4, 4)),
        ideal=float(random.beta(4, 4)),
        ancestry=(float(shares[0]), float(shares[1]), float(shares[2])),
    )


def local_names(source: HeadSource) -> list[str]:
    """Local targets of the head that people are sampled from, as `folder/name`."""
    return [
        f"{folder}/{name}"
        for folder in _LOCAL_FOLDERS
        for name in source.target_names(folder)
        if not any(part in name for part in _LEFT_OUT)
    ]


def sample_local_weights(names: list[str], random: np.random.Generator) -> dict[str, float]:
    """Weights of local targets: opposite targets share one slider, left and right stay nearly alike."""
    sliders: dict[str, float] = {}
    weights: dict[str, float] = {}
    for name in names:
        folder, target = name.split("/")
        spread = _LOCAL_FOLDERS[folder]
        negative = target.endswith(("-decr", "-down", "-in", "-backward", "-compress", "-concave"))
        for ending in ("-decr", "-incr", "-down", "-up", "-in", "-out", "-backward", "-forward", "-compress",
                       "-uncompress", "-concave", "-convex"):  # fmt: skip
            target = target.removesuffix(ending)
        side = target[:2] if target[:2] in ("l-", "r-") else ""
        key = f"{folder}/{target.removeprefix(side)}"
        if key not in sliders:
            sliders[key] = float(random.normal(0, spread))
            for own in ("l-", "r-"):
                sliders[key + own] = float(random.normal(0, _SIDE_DIFFERENCE))
        value = sliders[key] + (sliders[key + side] if side else 0.0)
        value = -value if negative else value
        if value > 0:
            weights[name] = min(value, 1.0)
    return weights


SIZE_VARIATION: Final = 0.35
"""Power by which a sampled head's size differs from the template's: the macro targets' body heights alone
give heads that differ three times as much as adults' do."""


def align(
    vertices: NDArray[np.float64], template: NDArray[np.float64], skull: NDArray[np.int64]
) -> NDArray[np.float64]:
    """`vertices` (V, 3) turned and shifted onto the template by Procrustes on the `skull` vertices.

    The difference in size is kept, reduced to `SIZE_VARIATION`.
    """
    moved, fixed = vertices[skull], template[skull]
    moved_middle, fixed_middle = moved.mean(axis=0), fixed.mean(axis=0)
    moved, fixed = moved - moved_middle, fixed - fixed_middle
    left, _, right = np.linalg.svd(fixed.T @ moved)
    rotation = left @ np.diag([1, 1, np.sign(np.linalg.det(left @ right))]) @ right
    size = np.sqrt((moved**2).sum() / (fixed**2).sum()) ** (SIZE_VARIATION - 1)
    # Growing about the skull's middle would lift small heads' chins off their necks: grow about the pivot.
    return size * ((vertices - moved_middle) @ rotation.T + fixed_middle)
