# SPDX-License-Identifier: GPL-3.0-or-later
"""The ways of speaking that ship, by name; needs no NumPy, so that a panel can list them."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class PresetFacts:
    """One way of speaking.

    Attributes:
        label: name in the window.
        looks: what is to be seen, in one line.
    """

    label: str
    looks: str


PRESETS: Final = {
    "calm": PresetFacts(label="Calm", looks="Small, smooth movements of mouth and jaw"),
    "articulated": PresetFacts(
        label="Articulated", looks="Every sound is shaped clearly, as before an audience"
    ),
    "mumbling": PresetFacts(label="Mumbling", looks="The mouth hardly opens, and sounds run into each other"),
    "big": PresetFacts(label="Big", looks="Wide open mouth and jaw, as somebody who speaks loudly"),
    "smiling": PresetFacts(
        label="Smiling", looks="The corners of the mouth are up and wide, and the brows are high"
    ),
    "grim": PresetFacts(
        label="Grim", looks="The corners of the mouth and the brows are down, the lips are tight"
    ),
    "pouting": PresetFacts(label="Pouting", looks="Rounded lips that stand forward"),
    "one_sided": PresetFacts(label="One-Sided", looks="The mouth speaks to one side, with one corner up"),
}
"""In the order of the window. New ones go to the end: saved scenes count them."""
