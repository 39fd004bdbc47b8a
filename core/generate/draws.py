# SPDX-License-Identifier: GPL-3.0-or-later
"""Random numbers of the generators: each its own, and the same for clips of any length."""

import numpy as np


def random_of(seed: int, tag: str) -> np.random.Generator:
    """The source of random numbers of one generator.

    Numbers that are drawn row by row, with all that an event needs in its row, make a longer clip begin with
    the shorter one's events.

    Args:
        seed: any whole number.
        tag: tells generators with the same seed apart.
    """
    return np.random.Generator(
        np.random.PCG64([abs(seed), int(seed < 0), int.from_bytes(tag.encode(), "big")])
    )
