# SPDX-License-Identifier: GPL-3.0-or-later
"""How freely a network that draws its performance draws it."""

from dataclasses import dataclass
from typing import Final

from ..errors import InputError


@dataclass(frozen=True)
class Sampling:
    """How categories are drawn.

    Attributes:
        temperature: above 1 livelier, below 1 calmer; 0 always takes the most likely category.
        top_p: share of probability within which is drawn, above 0 to 1.
    """

    temperature: float = 1.0
    top_p: float = 1.0

    def __post_init__(self) -> None:
        if not (0 <= self.temperature <= 10 and 0 < self.top_p <= 1):
            raise InputError(
                f"Sampling with temperature {self.temperature:g} and top-p {self.top_p:g}: expected a "
                "temperature of 0 to 10 and a top-p above 0, at most 1."
            )


STYLES: Final = {
    "steady": Sampling(temperature=0.7, top_p=0.8),
    "natural": Sampling(temperature=1.0, top_p=0.95),
    "lively": Sampling(temperature=1.15, top_p=1.0),
}
"""The named styles of `settings.SAMPLING_STYLES`."""
