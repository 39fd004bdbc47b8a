# SPDX-License-Identifier: GPL-3.0-or-later
"""The networks that animators choose from, and what each is good for."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class ModelFacts:
    """One network that ships.

    Attributes:
        label: name in the window.
        good_for: what it is good for, in one line.
        draws: whether a seed gives a performance of its own, and not only other blinks.
        moves_lids: whether it blinks by itself.
        number: stands for it in saved scenes, and never changes.
        takes_style: whether it speaks in the style of a performance.
    """

    label: str
    good_for: str
    draws: bool
    moves_lids: bool
    number: int
    takes_style: bool = False


MODELS: Final = {
    "expnet": ModelFacts(
        label="ExpNet",
        good_for="Fastest, and one mouth whatever the seed; all else is drawn from the seed",
        draws=False,
        moves_lids=False,
        number=0,
    ),
    "content": ModelFacts(
        label="Content",
        good_for="An ExpNet that is told only what is said, apart from who says it and how it is felt",
        draws=False,
        moves_lids=False,
        number=4,
    ),
    "contextual": ModelFacts(
        label="Contextual",
        good_for="Each frame knows those before it, so movements flow; speaks in any style",
        draws=False,
        moves_lids=False,
        number=2,
        takes_style=True,
    ),
    "hybrid": ModelFacts(
        label="Hybrid",
        good_for="Speaks like whoever you show it: styles from performances, mixed and as strong as you like",
        draws=False,
        moves_lids=False,
        number=3,
        takes_style=True,
    ),
    "meshtalk": ModelFacts(
        label="MeshTalk",
        good_for="A living face: lids and brows move by themselves, and each seed is another performance",
        draws=True,
        moves_lids=True,
        number=1,
    ),
}
"""In the order of the window; the first is the usual one."""

USUAL_MODEL: Final = next(iter(MODELS))
"""What animates where nobody chooses."""
