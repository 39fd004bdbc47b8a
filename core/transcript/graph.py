# SPDX-License-Identifier: GPL-3.0-or-later
"""What may be said, as states: words with their pronunciations, and between them pauses and other speech.

Unit j is what may come before word j (a pause, speech that the transcript does not have) and the word itself;
a last unit ends the transcript. Boundary j lies before word j. States of a unit stand side by side: those of
the pause, that of other speech, then each pronunciation as a chain, every phone as many states as it has
frames at least.

Shape letters: S states, U units, L states that end something.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..phone_decoding import SILENCE_CODE, shortest_frames
from ..phones import PHONE_INDEX, PHONES
from .letter_to_sound import Pronunciation

OTHER_SPEECH: Final = len(PHONES)
"""Code of the state for speech that the transcript does not have."""

_PAUSE_PENALTY: Final = 2.0
_OTHER_PENALTY: Final = 22.0
_LATER_VARIANT: Final = 0.3
_SHORTEST_PAUSE: Final = 0.04


@dataclass(frozen=True)
class Unit:
    """A word to find: each way to say it, and between which seconds it is said, if that is known."""

    pronunciations: tuple[Pronunciation, ...]
    earliest: float = float("-inf")
    latest: float = float("inf")


@dataclass(frozen=True)
class Graph:
    """States of all units.

    Attributes:
        code: (S,) index into `PHONES`, or `OTHER_SPEECH`.
        unit: (S,).
        run: (S,) number of the phone (or pause) that the state is of; they are all different.
        chain: (S,) which of the word's pronunciations, from 1; 0 for a pause, -1 for other speech.
        loops: (S,) whether the state may last.
        entries: (E,) states that are entered from the boundary before them.
        entry_cost: (E,).
        ends: (L,) states from which a boundary is reached, in order.
        end_boundary: (L,) which.
        unit_start: (U + 1,) first state of each unit.
        earliest, latest: (U,) seconds between which the unit's word is said.
    """

    code: NDArray[np.int64]
    unit: NDArray[np.int64]
    run: NDArray[np.int64]
    chain: NDArray[np.int64]
    loops: NDArray[np.bool_]
    entries: NDArray[np.int64]
    entry_cost: NDArray[np.float32]
    ends: NDArray[np.int64]
    end_boundary: NDArray[np.int64]
    unit_start: NDArray[np.int64]
    earliest: NDArray[np.float64]
    latest: NDArray[np.float64]

    @property
    def of_word(self) -> NDArray[np.bool_]:
        """Whether a state is of a word (S,), and not of what comes before it."""
        return self.chain > 0

    @property
    def units(self) -> int:
        """Number U of units, one more than there are words."""
        return len(self.earliest)


def build_graph(units: Sequence[Unit], rate: float) -> Graph:
    """States for words in order, at `rate` frames a second."""
    shortest = shortest_frames(rate)
    pause_states = max(1, round(_SHORTEST_PAUSE * rate))
    code: list[int] = []
    unit_of: list[int] = []
    run: list[int] = []
    chain: list[int] = []
    loops: list[bool] = []
    entries: list[tuple[int, float]] = []
    ends: list[tuple[int, int]] = []
    unit_start: list[int] = []
    runs = 0

    def add(unit: int, phone: int, states: int, which: int) -> None:
        nonlocal runs
        code.extend([phone] * states)
        unit_of.extend([unit] * states)
        run.extend([runs] * states)
        chain.extend([which] * states)
        loops.extend([False] * (states - 1) + [True])
        runs += 1

    for number in range(len(units) + 1):
        unit_start.append(len(code))
        for phone, states, cost, which in (
            (SILENCE_CODE, pause_states, _PAUSE_PENALTY, 0),
            (OTHER_SPEECH, 1, _OTHER_PENALTY, -1),
        ):
            entries.append((len(code), cost))
            add(number, phone, states, which)
            ends.append((len(code) - 1, number))
        if number == len(units):
            break
        for variant, pronunciation in enumerate(units[number].pronunciations):
            entries.append((len(code), variant * _LATER_VARIANT))
            for phone in pronunciation:
                add(number, PHONE_INDEX[phone], shortest, variant + 1)
            ends.append((len(code) - 1, number + 1))
    unit_start.append(len(code))
    return Graph(
        code=np.array(code),
        unit=np.array(unit_of),
        run=np.array(run),
        chain=np.array(chain),
        loops=np.array(loops),
        entries=np.array([state for state, _ in entries]),
        entry_cost=np.array([cost for _, cost in entries], np.float32),
        ends=np.array([state for state, _ in ends]),
        end_boundary=np.array([boundary for _, boundary in ends]),
        unit_start=np.array(unit_start),
        earliest=np.array([unit.earliest for unit in units] + [-np.inf]),
        latest=np.array([unit.latest for unit in units] + [np.inf]),
    )
