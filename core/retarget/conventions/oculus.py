# SPDX-License-Identifier: GPL-3.0-or-later
"""The 15 visemes of Oculus (OVR) LipSync.

Source: Meta, Oculus Lipsync for Unity, "Viseme Reference" (sil PP FF TH DD kk CH SS nn RR aa E ih oh ou);
`viseme_` with I, O, U: Ready Player Me, "Oculus OVR LibSync" morph targets, and MPFB's pack visemes02;
`vrc.v_`: VRChat, "Lip sync: viseme blend shape".
"""

from typing import Final

from . import postures
from .convention import Convention, Meaning, Shape


def _viseme(name: str, weights: Meaning, *others: str, drive: bool = True) -> Shape:
    prefixed = tuple(prefix + each for each in (name, *others) for prefix in ("vrc.v_", "viseme_", "v_"))
    return Shape(name, weights, (*others, *prefixed), drive)


OCULUS: Final = Convention(
    name="Oculus visemes",
    label="Oculus",
    shapes=(
        _viseme("sil", postures.REST, drive=False),
        _viseme("PP", postures.PRESSED),
        _viseme("FF", postures.BITTEN),
        _viseme("TH", postures.DENTAL),
        _viseme("DD", postures.ALVEOLAR),
        _viseme("kk", postures.VELAR),
        _viseme("CH", postures.POSTALVEOLAR),
        _viseme("SS", postures.SIBILANT),
        _viseme("nn", postures.NASAL),
        _viseme("RR", postures.RHOTIC),
        _viseme("aa", postures.OPEN),
        _viseme("E", postures.MIDDLE_FRONT),
        _viseme("I", postures.NEAR_CLOSE_FRONT, "ih"),
        _viseme("O", postures.OPEN_ROUNDED, "oh"),
        _viseme("U", postures.CLOSE_ROUNDED, "ou"),
    ),
    weak=frozenset(
        (
            "sil",
            "PP",
            "FF",
            "TH",
            "DD",
            "kk",
            "CH",
            "SS",
            "nn",
            "RR",
            "aa",
            "E",
            "I",
            "O",
            "U",
            "ih",
            "oh",
            "ou",
        )
    ),
    enough=6,
    needed=frozenset(("PP", "FF", "DD", "kk", "SS", "nn", "RR")),
)
