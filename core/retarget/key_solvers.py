# SPDX-License-Identifier: GPL-3.0-or-later
"""How values of keys follow from ARKit weights: as they are, or by bounded least squares.

Shape letters: F frames, K keys of one part, S samples, P pairs of lips that seal.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..head import lip_gap_model
from .arkit import ARKIT_INDEX, ARKIT_NAMES, MOUTH_NAMES, PARTS, arkit_indices
from .face_features import face_features
from .measured_shapes import MeasuredShapes
from .splitting import FRAMES_PER_BLOCK, Splitting

_ITERATIONS: Final = 150
_RIDGE: Final = 3e-3
"""Weight of small values beside columns of unit length: of keys that do the same, each takes a share."""
_EFFORT: Final = 1.5e-3
"""Metres of a part's rows that a key at 1 must be good for: what one key does well, ten do not by halves."""
_BELIEF: Final = 0.1
"""How much the weight of an ARKit shape by its name counts beside what the shape does."""
_SEAL: Final = 30.0
"""Weight of the lip gap, beside unit columns, where lips must meet."""
_SEALED_PAIRS: Final = (2, 3, 4)
"""Pairs of inner lips that meet in m, b and p, of `LIP_PAIRS`."""
_PARTED: Final = 2.5
"""Multiple of the closed gap from which nothing more is done about meeting."""
_CLOSABLE: Final = 0.6
"""Part of the lips' gap at rest that keys must be able to close."""
_OPENS: Final = 0.02
"""Part of what a key does that must be in the lips' gap, or the lids', for the key to open or shut them."""
_SHUT: Final = (0.4, 0.8)
"""Parts of a whole blink from which lids begin to be shut as far as asked, and are."""
_RAISED: Final = 4.0
"""How many times as far as least squares would have it a key may shut lids."""
_MISSING: Final = 0.75
"""Share of an ARKit shape that is left when keys are said not to express it."""
_SPEAKING: Final = 0.15
"""Sum of the mouth's ARKit weights from which it speaks; pressed lips have more."""


@dataclass(frozen=True)
class DirectKeys:
    """Keys that are ARKit shapes: they take their weights.

    Attributes:
        columns: (K, 52) share of each ARKit weight in each key.
    """

    columns: NDArray[np.float32]

    def solve(self, weights: NDArray[np.float32]) -> NDArray[np.float32]:
        """Values (F, K) of weights (F, 52)."""
        return weights @ self.columns.T

    def expresses(self, name: str) -> bool:
        """Whether an ARKit shape is among them."""
        return bool(self.columns[:, ARKIT_INDEX[name]].any())


@dataclass(frozen=True)
class SolvedKeys:
    """Keys whose values are solved for.

    Attributes:
        lengths: (K,) of the columns, metres.
        from_weights: (52, K) linear term of each ARKit weight, for columns of unit length.
        at_rest: (K,) linear term that takes back how far the rig's lips are apart at rest, while it speaks.
        lower: (K,) bounds of the values.
        upper: the same.
        splitting: the problem where lips need not meet.
        sealing: the same where they must; None where there are no lips in it.
        slopes: (P, K) metres by which each key parts each sealed pair of lips.
        rest_gaps: (P,) metres of the rig's lips at rest.
        lids: how lids are shut; None where there are none in it.
        shown: ARKit shapes that it can show more than half of.
    """

    lengths: NDArray[np.float32]
    from_weights: NDArray[np.float32]
    at_rest: NDArray[np.float32]
    lower: NDArray[np.float32]
    upper: NDArray[np.float32]
    splitting: Splitting
    sealing: Splitting | None
    slopes: NDArray[np.float32]
    rest_gaps: NDArray[np.float32]
    lids: "_Lids | None"
    shown: frozenset[str]

    @classmethod
    def of(
        cls,
        part: str,
        displacements: NDArray[np.float64],
        direct: NDArray[np.float32],
        lower: NDArray[np.float64],
        upper: NDArray[np.float64],
        shapes: MeasuredShapes | None,
    ) -> "SolvedKeys":
        """Set up the problem.

        Args:
            part: of `core.retarget.arkit.PARTS`.
            displacements: (K, S, 3) metres of each key at 1.
            direct: (K, 52) share of each ARKit weight in keys that are known to be ARKit shapes.
            lower: (K,) bounds of the values.
            upper: the same.
            shapes: where lips are at rest, if that was measured.
        """
        features = face_features()
        columns = features.rows(part, displacements)
        wanted = np.zeros((len(columns), len(ARKIT_NAMES)))
        own = arkit_indices(PARTS[part])
        wanted[:, own] = features.rows(part, features.arkit[own])
        lengths = np.linalg.norm(columns, axis=0)
        lengths = np.where(lengths > 0, lengths, 1.0)
        columns = columns / lengths
        belief = _BELIEF * direct.any(axis=1)
        gram = columns.T @ columns + np.diag(_RIDGE + (_EFFORT / lengths) ** 2 + belief)
        from_weights = wanted.T @ columns + (belief * lengths)[None] * direct.T
        gaps = [f"lip gap {pair}" for pair in _SEALED_PAIRS]
        slopes = np.array([features.measure(name, displacements) for name in gaps])
        rest = np.array([np.tensordot(features.positions, features.measures[name], 2) for name in gaps])
        rest_gaps = None if shapes is None else shapes.rest_gaps
        if rest_gaps is not None and _closes(slopes, lower, upper, rest_gaps[list(_SEALED_PAIRS)] - rest):
            rest = rest_gaps[list(_SEALED_PAIRS)]
        else:
            rest_gaps = None
        at_rest = features.rest_row(part, rest_gaps) @ columns
        sealing = None
        if part == "Mouth":
            scaled = slopes / lengths
            sealing = Splitting.of(gram + _SEAL * scaled.T @ scaled)
        solved = cls(
            lengths=lengths.astype(np.float32),
            from_weights=from_weights.astype(np.float32),
            at_rest=at_rest.astype(np.float32),
            lower=(lower * lengths).astype(np.float32),
            upper=(upper * lengths).astype(np.float32),
            splitting=Splitting.of(gram),
            sealing=sealing,
            slopes=slopes.astype(np.float32),
            rest_gaps=rest.astype(np.float32),
            lids=_Lids.of(displacements, lengths) if part == "Blink" else None,
            shown=frozenset(),
        )
        one_each = np.eye(len(ARKIT_NAMES), dtype=np.float32)[own]
        made = (solved._block(one_each, solved.splitting) / solved.lengths) @ (columns * lengths).T
        asked = wanted[:, own].T
        left = np.linalg.norm(made - asked, axis=1)
        enough = left < _MISSING * np.linalg.norm(asked, axis=1)
        shown = frozenset(ARKIT_NAMES[index] for index, each in zip(own, enough, strict=True) if each)
        return replace(solved, shown=shown)

    def solve(self, weights: NDArray[np.float32]) -> NDArray[np.float32]:
        """Values (F, K) of weights (F, 52)."""
        result = np.empty((len(weights), len(self.lengths)), np.float32)
        for first in range(0, len(weights), FRAMES_PER_BLOCK):
            block = weights[first : first + FRAMES_PER_BLOCK]
            values = self._block(block, self.splitting)
            if self.sealing is not None:
                values = self._sealed(block, values)
            if self.lids is not None:
                values = self.lids.shut(block, values, self.upper)
            result[first : first + FRAMES_PER_BLOCK] = values / self.lengths
        return result

    def expresses(self, name: str) -> bool:
        """Whether the keys together can show most of an ARKit shape."""
        return name in self.shown

    def _block(
        self, weights: NDArray[np.float32], splitting: Splitting, more: NDArray[np.floating] | float = 0.0
    ) -> NDArray[np.floating]:
        """Scaled values (F, K), with more added to the linear terms."""
        start = np.zeros((len(weights), len(self.lengths)), np.float32)
        linear = weights @ self.from_weights + speaking(weights)[:, None] * self.at_rest + more
        linear = linear.astype(np.float32)
        values, _ = splitting.iterate(linear, self.lower, self.upper, start, start, _ITERATIONS)
        return values

    def _sealed(self, weights: NDArray[np.float32], values: NDArray[np.floating]) -> NDArray[np.floating]:
        """Scaled values (F, K) in which lips meet where those of the built-in head do."""
        assert self.sealing is not None
        model = lip_gap_model()
        gaps = model.heights(weights)
        nearness = np.clip((_PARTED - gaps / model.closed) / (_PARTED - 1), 0, 1)
        nearness = (nearness * speaking(weights)).astype(np.float32)
        near = np.flatnonzero(nearness > 0)
        if len(near) == 0:
            return values
        # Pressed lips may be asked for, but no more than they overlap at rest.
        aim = np.minimum(gaps[near], 0.25 * model.closed)[:, None] - self.rest_gaps
        scaled = self.slopes / self.lengths
        pull = _SEAL * aim.astype(np.float32) @ scaled
        met = self._block(weights[near], self.sealing, pull)
        met = self._closed(met, scaled, np.float32(model.closed))
        result = values.copy()
        share = nearness[near, None]
        share = share * share * (3 - 2 * share)
        result[near] = (1 - share) * values[near] + share * met
        return result

    def _closed(
        self, values: NDArray[np.float32], slopes: NDArray[np.float32], closed: np.float32
    ) -> NDArray[np.float32]:
        """The same with what opens the lips taken back until they are closed, where that is enough."""
        for pair, slope in enumerate(slopes):
            opening = np.where(slope > _OPENS, slope, 0)
            opens = values @ opening
            room = 0.5 * closed - self.rest_gaps[pair] - values @ (slope - opening)
            share = np.clip(room / np.maximum(opens, 1e-9), 0, 1)
            values = np.where((opening > 0) & (opens > room)[:, None], values * share[:, None], values)
        return values


def _closes(
    slopes: NDArray[np.float64],
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
    apart: NDArray[np.float64],
) -> bool:
    """Whether keys can close lips that are apart (P,) at rest; a mouth that they cannot rests closed.

    Args:
        slopes: (P, K) metres by which a key parts each pair.
        lower: (K,) bounds of the keys.
        upper: the same.
        apart: metres.
    """
    most = -np.minimum(slopes * lower, slopes * upper).sum(axis=1)
    return bool((most > _CLOSABLE * apart).all())


@dataclass(frozen=True)
class _Lids:
    """Lids that shut as far as those of the built-in head, where keys that shut them do more than that.

    Attributes:
        slopes: (2, K) metres by which each key of unit length parts the lids of the left and the right eye.
        wanted: (52, 2) metres by which each ARKit weight parts them on the built-in head.
        whole: (2,) the same of a whole blink; below zero.
    """

    slopes: NDArray[np.float32]
    wanted: NDArray[np.float32]
    whole: NDArray[np.float32]

    @classmethod
    def of(cls, displacements: NDArray[np.float64], lengths: NDArray[np.float64]) -> "_Lids":
        """Of keys with displacements (K, S, 3) and columns of some lengths (K,)."""
        features = face_features()
        names = ("left lid gap", "right lid gap")
        slopes = np.array([features.measure(name, displacements) for name in names]) / lengths
        wanted = np.zeros((len(ARKIT_NAMES), len(names)))
        own = arkit_indices(PARTS["Blink"])
        wanted[own] = np.array([features.measure(name, features.arkit[own]) for name in names]).T
        blinks = arkit_indices(("eyeBlinkLeft", "eyeBlinkRight"))
        whole = wanted[blinks, [0, 1]]
        return cls(slopes.astype(np.float32), wanted.astype(np.float32), whole.astype(np.float32))

    def shut(
        self, weights: NDArray[np.float32], values: NDArray[np.floating], upper: NDArray[np.float32]
    ) -> NDArray[np.floating]:
        """Scaled values (F, K) with what shuts the lids raised until they are as near as asked."""
        gaps = weights @ self.wanted
        first, last = _SHUT
        for side, slope in enumerate(self.slopes):
            shutting = np.where(slope < -_OPENS, slope, 0)
            nearness = np.clip((gaps[:, side] / self.whole[side] - first) / (last - first), 0, 1)
            shuts = values @ shutting
            left = gaps[:, side] - values @ (slope - shutting)
            factor = np.where(shuts < 0, left / np.minimum(shuts, -1e-9), 1)
            factor = 1 + nearness * (np.clip(factor, 1, _RAISED) - 1)
            values = np.where(shutting < 0, np.minimum(values * factor[:, None], upper), values)
        return values


def speaking(weights: NDArray[np.floating]) -> NDArray[np.floating]:
    """How far (F,) the mouth does anything, 0..1, at ARKit weights (F, 52).

    A face that rests with parted lips may do so as long as nobody speaks.
    """
    effort = weights[:, arkit_indices(MOUTH_NAMES)].sum(axis=1)
    return np.clip(effort / _SPEAKING, 0, 1)
