# SPDX-License-Identifier: GPL-3.0-or-later
"""A key, or a pose, for each phone of American English.

Source: the CMU Pronouncing Dictionary's phones (ARPAbet), which `core/phones.py` has too.
"""

from typing import Final

from . import postures
from .convention import Convention, Shape

_PHONES: Final = {
    "AA": postures.OPEN,
    "AE": postures.OPEN_FRONT,
    "AH": postures.MIDDLE,
    "AO": postures.OPEN_ROUNDED,
    "AW": postures.WIDE_OPEN,
    "AY": postures.OPEN_FRONT,
    "B": postures.PRESSED,
    "CH": postures.POSTALVEOLAR,
    "D": postures.ALVEOLAR,
    "DH": postures.DENTAL,
    "EH": postures.MIDDLE_FRONT,
    "ER": postures.MIDDLE_ROUNDED,
    "EY": postures.MIDDLE_FRONT,
    "F": postures.BITTEN,
    "G": postures.VELAR,
    "HH": postures.GLOTTAL,
    "IH": postures.NEAR_CLOSE_FRONT,
    "IY": postures.CLOSE_FRONT,
    "JH": postures.POSTALVEOLAR,
    "K": postures.VELAR,
    "L": postures.LATERAL,
    "M": postures.PRESSED,
    "N": postures.NASAL,
    "NG": postures.VELAR,
    "OW": postures.ROUNDED,
    "OY": postures.ROUNDED,
    "P": postures.PRESSED,
    "R": postures.RHOTIC,
    "S": postures.SIBILANT,
    "SH": postures.POSTALVEOLAR,
    "T": postures.ALVEOLAR,
    "TH": postures.DENTAL,
    "UH": postures.NEAR_CLOSE_ROUNDED,
    "UW": postures.CLOSE_ROUNDED,
    "V": postures.BITTEN,
    "W": postures.CLOSE_ROUNDED,
    "Y": postures.CLOSE_FRONT,
    "Z": postures.SIBILANT,
    "ZH": postures.POSTALVEOLAR,
}

ARPABET: Final = Convention(
    name="Phones (ARPAbet)",
    label="Phone",
    shapes=tuple(Shape(name, weights) for name, weights in _PHONES.items()),
    weak=frozenset(_PHONES),
    enough=10,
    needed=frozenset(("AA", "AE", "AO", "EH", "IY", "OW", "UW")),
)
