# SPDX-License-Identifier: GPL-3.0-or-later
"""The mouths of Adobe Character Animator's puppets.

Source: Adobe, Character Animator user guide, "Lip Sync", viseme layers (Neutral, Aa, D, Ee, F, L, M, Oh, R,
S, Uh, W-Oo; Smile and Surprised are seen by the camera).
"""

from typing import Final

from . import postures
from .convention import Convention, posture, shape

CHARACTER_ANIMATOR: Final = Convention(
    name="Character Animator",
    label="Character Animator",
    shapes=(
        shape("Neutral", drive=False),
        posture("Aa", postures.OPEN, "Ah"),
        posture("D", postures.ALVEOLAR),
        posture("Ee", postures.CLOSE_FRONT),
        posture("F", postures.BITTEN),
        posture("L", postures.LATERAL),
        posture("M", postures.PRESSED),
        posture("Oh", postures.ROUNDED),
        posture("R", postures.RHOTIC),
        posture("S", postures.SIBILANT),
        posture("Uh", postures.MIDDLE),
        posture("W-Oo", postures.CLOSE_ROUNDED),
    ),
    weak=frozenset(("Neutral", "Aa", "Ah", "D", "Ee", "F", "L", "M", "Oh", "R", "S", "Uh")),
    enough=7,
    needed=frozenset(("M", "S", "Uh", "W-Oo", "Oh")),
)
