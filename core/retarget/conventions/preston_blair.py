# SPDX-License-Identifier: GPL-3.0-or-later
"""Mouth shapes of drawn animation: the letters A to H and X, and Papagayo's names.

Sources: the mouth chart in Preston Blair, Animation (1948); Rhubarb Lip Sync, README, "Mouth shapes" (A
closed, B clenched teeth, C open, D wide open, E slightly rounded, F puckered, G teeth on the lip, H long L,
X rest); Papagayo, phonemes_preston_blair.py (AI E O U etc L WQ MBP FV rest).
"""

from typing import Final

from . import postures
from .convention import Convention, posture, shape

_LETTERS: Final = ("A", "B", "C", "D", "E", "F", "G", "H", "X")

PRESTON_BLAIR: Final = Convention(
    name="Preston Blair (Rhubarb)",
    label="Preston Blair",
    shapes=(
        posture("A", postures.PRESSED),
        posture("B", postures.CLENCHED),
        posture("C", postures.OPEN_FRONT),
        posture("D", postures.WIDE_OPEN),
        posture("E", postures.MIDDLE_ROUNDED),
        posture("F", postures.CLOSE_ROUNDED),
        posture("G", postures.BITTEN),
        posture("H", postures.LATERAL),
        shape("X", drive=False),
    ),
    weak=frozenset(_LETTERS),
    enough=5,
    needed=frozenset(("B", "C", "D", "F", "G", "H", "X")),
)

PAPAGAYO: Final = Convention(
    name="Papagayo",
    label="Papagayo",
    shapes=(
        posture("AI", postures.OPEN),
        posture("E", postures.MIDDLE_FRONT),
        posture("O", postures.OPEN_ROUNDED),
        posture("U", postures.NEAR_CLOSE_ROUNDED),
        posture("etc", postures.CLENCHED),
        posture("L", postures.LATERAL),
        posture("WQ", postures.CLOSE_ROUNDED),
        posture("MBP", postures.PRESSED),
        posture("FV", postures.BITTEN),
        shape("rest", drive=False),
    ),
    weak=frozenset(("AI", "E", "O", "U", "etc", "L", "WQ", "MBP", "FV", "rest")),
    enough=5,
    needed=frozenset(("AI", "etc", "WQ", "MBP", "FV")),
)
