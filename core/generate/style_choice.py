# SPDX-License-Identifier: GPL-3.0-or-later
"""A style as people name it: one of them, or two mixed. Nothing is read before it is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from ..errors import InputError

if TYPE_CHECKING:
    from .styles import Style

NEUTRAL: Final = "neutral"
"""The style of those who ask for none."""

STYLE_FILES: Final = (".json", ".csv", ".npz")
"""Endings of files that hold a style, or a performance that has one."""


@dataclass(frozen=True)
class StyleChoice:
    """Which style is wanted.

    Attributes:
        style: as `styles.style_from` takes it; empty or `NEUTRAL` for none.
        mix_with: a second one, likewise; empty where none is mixed in.
        share: of the second one, 0..1.
    """

    style: str = ""
    mix_with: str = ""
    share: float = 0.5

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1:
            raise InputError(f"The mixture's share is {self.share:g}: expected a number from 0 to 1.")

    def made(self, model: str = "", find: Callable[[str], Style] | None = None) -> Style | None:
        """The style; None for the neutral one.

        Args:
            model: that is to speak, as `styles.style_from` takes it.
            find: gives a style by its name; `styles.style_from` by default.

        Raises:
            InputError: there is none of that name, or none can be told from the file.
        """
        wanted = [text for text in (self.style, self.mix_with) if text not in {"", NEUTRAL}]
        if not wanted:
            return None
        from .styles import mixed_style, neutral_style, style_from

        look = find or partial(style_from, model=model)
        one = look(self.style) if self.style not in {"", NEUTRAL} else neutral_style()
        if not self.mix_with:
            return one
        other = look(self.mix_with) if self.mix_with != NEUTRAL else neutral_style()
        return mixed_style(one, other, self.share)


def is_style_file(text: str) -> bool:
    """Whether a style's name is that of a file."""
    return text.lower().endswith(STYLE_FILES)
