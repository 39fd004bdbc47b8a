# SPDX-License-Identifier: GPL-3.0-or-later
"""Names that well-known rigs give their keys, one file a convention, and what each key shows."""

from typing import Final

from .arpabet import ARPABET
from .character_animator import CHARACTER_ANIMATOR
from .character_creator import (
    CHARACTER_CREATOR_3,
    CHARACTER_CREATOR_4,
    CHARACTER_CREATOR_DIRECT,
    CHARACTER_CREATOR_VISEMES,
)
from .convention import Convention
from .daz import DAZ_GENESIS_8, DAZ_GENESIS_9, DAZ_VISEMES
from .facs import FACS
from .makehuman import MAKEHUMAN, MAKEHUMAN_POSES
from .mb_lab import MB_LAB
from .metahuman import METAHUMAN
from .microsoft import MICROSOFT
from .mixamo import MIXAMO
from .mmd import MMD
from .oculus import OCULUS
from .plain_words import PLAIN_WORDS
from .preston_blair import PAPAGAYO, PRESTON_BLAIR
from .ready_player_me import READY_PLAYER_ME
from .sounds import SOUNDS
from .unified_expressions import UNIFIED_EXPRESSIONS
from .vrm import VRM0, VRM1
from .vroid import VROID

CONVENTIONS: Final[tuple[Convention, ...]] = (
    OCULUS,
    VRM0,
    VRM1,
    VROID,
    MMD,
    READY_PLAYER_ME,
    CHARACTER_CREATOR_4,
    CHARACTER_CREATOR_3,
    CHARACTER_CREATOR_VISEMES,
    CHARACTER_CREATOR_DIRECT,
    DAZ_GENESIS_9,
    DAZ_GENESIS_8,
    DAZ_VISEMES,
    METAHUMAN,
    UNIFIED_EXPRESSIONS,
    FACS,
    MAKEHUMAN,
    MAKEHUMAN_POSES,
    MB_LAB,
    MICROSOFT,
    PRESTON_BLAIR,
    PAPAGAYO,
    CHARACTER_ANIMATOR,
    ARPABET,
    MIXAMO,
    SOUNDS,
    PLAIN_WORDS,
)
"""All but ARKit, whose spellings are in `core/retarget/spelling.py`; in the order of preference where two
explain a rig equally well."""
