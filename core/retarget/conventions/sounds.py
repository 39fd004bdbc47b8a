# SPDX-License-Identifier: GPL-3.0-or-later
"""Visemes that are called by the sounds that they are for, as riggers do: "AAH", "EE", "MBP", "Mouth_OO".

No convention but common sense, as plain words: letters of a sound, or of those that look alike.
"""

from typing import Final

from . import postures
from .convention import Convention, Shape

_SOUNDS: Final = (
    ("AH", postures.OPEN, "Aa Aah Ahh Ar"),
    ("AE", postures.OPEN_FRONT, "AI Ay Ey A"),
    ("EH", postures.MIDDLE_FRONT, "E"),
    ("EE", postures.CLOSE_FRONT, "Eee Iy Ie"),
    ("IH", postures.NEAR_CLOSE_FRONT, "I"),
    ("OH", postures.ROUNDED, "Ohh Ow O"),
    ("AW", postures.OPEN_ROUNDED, "Ao Or"),
    ("OO", postures.CLOSE_ROUNDED, "Ooh Ou Uw Oou U"),
    ("UH", postures.MIDDLE, "Ax"),
    ("ER", postures.MIDDLE_ROUNDED, "Ur"),
    ("MBP", postures.PRESSED, "BMP PBM BPM MPB MB PB BP MP MM B_M_P M_B_P P_B_M PP M"),
    ("FV", postures.BITTEN, "VF F_V FF F V"),
    ("TH", postures.DENTAL, "Dh Th_Dh"),
    ("L", postures.LATERAL, "LL Ld"),
    ("TDN", postures.ALVEOLAR, "DTN TD DT TN NT DD NN T_D_N D_T_N T N"),
    ("KG", postures.VELAR, "GK KK K_G GKN KGN KGH K"),
    ("SZ", postures.SIBILANT, "S_Z ZS SS ST S Z"),
    ("SH", postures.POSTALVEOLAR, "CH SHCH CHSH CHJ ChJSh Ch_J Sh_Ch ShChJ"),
    ("R", postures.RHOTIC, "RR"),
    ("W", postures.CLOSE_ROUNDED, "WQ QW WOO W_OO W_Q Q"),
    ("rest", postures.REST, "sil silence idle"),
)

SOUNDS: Final = Convention(
    name="Visemes by sound",
    label="Sound",
    shapes=tuple(
        Shape(name, weights, tuple(others.split()), bool(weights)) for name, weights, others in _SOUNDS
    ),
    weak=frozenset(each for name, _, others in _SOUNDS for each in (name, *others.split())),
    enough=4,
    needed=frozenset(each for name, _, others in _SOUNDS for each in (name, *others.split()) if len(each) > 1)
    - {"rest", "idle", "silence"},
)
