# SPDX-License-Identifier: GPL-3.0-or-later
"""What the mouth shows in the sounds of speech, in ARKit weights.

Places of articulation, rounding and height as in Ladefoged and Johnson, A Course in Phonetics, chapters
1 to 4 and 9; the weights are ours: how far a rigger's viseme goes that is at 1, a little more than speech
does. On the built-in head the open vowels part the lips by 10 to 25 mm.
"""

from typing import Final

from .convention import Meaning, meaning

REST: Final[Meaning] = {}

PRESSED: Final = meaning(mouthPress=0.4, mouthRollLower=0.15, mouthRollUpper=0.15)
"""m, b, p"""
BITTEN: Final = meaning(jawOpen=0.06, mouthRollLower=0.5, mouthUpperUp=0.25)
"""f, v: the lower lip at the upper teeth."""
DENTAL: Final = meaning(jawOpen=0.16, mouthLowerDown=0.25, mouthUpperUp=0.1, tongueOut=0.35)
"""th"""
ALVEOLAR: Final = meaning(jawOpen=0.13, mouthLowerDown=0.25, mouthUpperUp=0.1)
"""t, d"""
NASAL: Final = meaning(jawOpen=0.1, mouthLowerDown=0.2, mouthUpperUp=0.1)
"""n"""
LATERAL: Final = meaning(jawOpen=0.25, mouthLowerDown=0.2, mouthUpperUp=0.1)
"""l: long and open enough for the tongue to be seen."""
SIBILANT: Final = meaning(jawOpen=0.05, mouthLowerDown=0.35, mouthUpperUp=0.2, mouthStretch=0.25)
"""s, z: teeth together and seen."""
POSTALVEOLAR: Final = meaning(jawOpen=0.08, mouthFunnel=0.55, mouthPucker=0.2)
"""sh, zh, ch, j"""
VELAR: Final = meaning(jawOpen=0.2, mouthLowerDown=0.2, mouthUpperUp=0.1)
"""k, g, ng"""
RHOTIC: Final = meaning(jawOpen=0.12, mouthPucker=0.35, mouthFunnel=0.2)
"""r"""
GLOTTAL: Final = meaning(jawOpen=0.25, mouthLowerDown=0.15, mouthUpperUp=0.1)
"""h"""

OPEN: Final = meaning(jawOpen=0.5, mouthLowerDown=0.2, mouthUpperUp=0.1)
"""a in father"""
WIDE_OPEN: Final = meaning(jawOpen=0.6, mouthLowerDown=0.2, mouthUpperUp=0.15, mouthStretch=0.1)
"""a in father, as it is drawn"""
OPEN_FRONT: Final = meaning(jawOpen=0.42, mouthLowerDown=0.25, mouthUpperUp=0.15, mouthStretch=0.25)
"""a in cat"""
MIDDLE: Final = meaning(jawOpen=0.3, mouthLowerDown=0.2, mouthUpperUp=0.1)
"""u in cut, a in about"""
MIDDLE_FRONT: Final = meaning(
    jawOpen=0.3, mouthLowerDown=0.25, mouthUpperUp=0.15, mouthStretch=0.3, mouthSmile=0.1
)
"""e in bet"""
CLOSE_FRONT: Final = meaning(
    jawOpen=0.12, mouthLowerDown=0.3, mouthUpperUp=0.2, mouthStretch=0.45, mouthSmile=0.2
)
"""ee in see"""
NEAR_CLOSE_FRONT: Final = meaning(
    jawOpen=0.18, mouthLowerDown=0.25, mouthUpperUp=0.15, mouthStretch=0.3, mouthSmile=0.1
)
"""i in sit"""
OPEN_ROUNDED: Final = meaning(jawOpen=0.4, mouthFunnel=0.4, mouthPucker=0.2)
"""au in caught"""
ROUNDED: Final = meaning(jawOpen=0.32, mouthFunnel=0.5, mouthPucker=0.3)
"""o in go"""
CLOSE_ROUNDED: Final = meaning(jawOpen=0.12, mouthFunnel=0.3, mouthPucker=0.7)
"""oo in food, w"""
NEAR_CLOSE_ROUNDED: Final = meaning(jawOpen=0.2, mouthFunnel=0.3, mouthPucker=0.45)
"""oo in foot"""
MIDDLE_ROUNDED: Final = meaning(jawOpen=0.22, mouthFunnel=0.35, mouthPucker=0.25)
"""er in bird"""
CLENCHED: Final = meaning(jawOpen=0.06, mouthLowerDown=0.4, mouthUpperUp=0.25, mouthStretch=0.3)
"""Lips parted over teeth that are together: most consonants, as they are drawn."""
