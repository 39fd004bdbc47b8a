# SPDX-License-Identifier: GPL-3.0-or-later
"""From the 52 ARKit weights of a motion to the keys that a rig has.

What a key does is either believed, from what its name means, or measured on the rig. Values are the bounded
least-squares solution, frame by frame, of making the rig's face do what the built-in head would do: shapes
that a rig lacks are made up from others, and lips that should meet do meet. A rig that has the ARKit shapes
themselves by name gets their weights as they are.

Shape letters: F frames, K keys, M rows (`face_features`), S samples.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..head import lip_gap_model
from .abilities import Ability, judge
from .arkit import ARKIT_INDEX, ARKIT_NAMES, MOUTH_NAMES, PARTS, arkit_indices
from .channels import CHANNELS, Channel
from .face_features import LIP_PAIRS, arkit_displacements, face_features
from .mapping import MappedKey, RigMapping
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
_OPENS: Final = 0.02
"""Part of what a key does that must be in the lips' gap, or the lids', for the key to open or shut them."""
_SHUT: Final = (0.4, 0.8)
"""Parts of a whole blink from which lids begin to be shut as far as asked, and are."""
_RAISED: Final = 4.0
"""How many times as far as least squares would have it a key may shut lids."""
_MISSING: Final = 0.75
"""Share of an ARKit shape that is left when keys are said not to express it."""
_LEAST: Final = 0.02
"""Part of what an ARKit shape usually does below which a key does nothing."""
_SPEAKING: Final = 0.15
"""Sum of the mouth's ARKit weights from which it speaks; pressed lips have more."""
_LIES: Final = 0.2
"""Cosine between what a key does and what its name means below which the name is not believed."""
_MANY: Final = 0.25
"""Share of lying names from which none is believed."""
_WHOLE_MOUTH: Final = 0.9
"""Share of the mouth's ARKit shapes from which names are enough."""


@dataclass(frozen=True)
class Retargeter:
    """Values of a rig's keys for a motion.

    Attributes:
        keys: (K,) names of the keys that are driven.
        parts: (K,) the part of each, of `core.retarget.arkit.PARTS`.
        lip_slopes: (K,) metres by which a value of 1 parts the lips of a head of the built-in one's size.
        missing: ARKit names that nothing expresses, in ARKit order.
        abilities: what the rig does of what speech asks; of rigs that are not solved for none.
        measured: whether the keys' shapes were measured.
    """

    keys: tuple[str, ...]
    parts: tuple[str, ...]
    lip_slopes: NDArray[np.float64]
    missing: tuple[str, ...]
    abilities: tuple[Ability, ...]
    measured: bool
    _rows: tuple[MappedKey, ...]
    _ranges: NDArray[np.float64]
    _solvers: "Mapping[str, _Direct | _Solved]"

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What the rig cannot do, a line each, with what is left."""
        return tuple(ability.note for ability in self.abilities if not ability.is_enough)

    def values(
        self, weights: NDArray[np.floating], parts: Sequence[str] = tuple(PARTS)
    ) -> NDArray[np.float32]:
        """What is keyed (F, K): gain, offset, invert and range are in it.

        Args:
            weights: (F, 52) ARKit weights, of all parts of a performance together.
            parts: keys of other parts are at rest.

        Raises:
            InputError: weights of another shape.
        """
        weights = np.asarray(weights, np.float32)
        if weights.ndim != 2 or weights.shape[1] != len(ARKIT_NAMES):
            raise InputError(
                f"ARKit weights have shape {weights.shape}, expected (frames, {len(ARKIT_NAMES)})."
            )
        plain = np.zeros((len(weights), len(self.keys)), np.float32)
        for part, solver in self._solvers.items():
            if part in parts:
                columns = [index for index, each in enumerate(self.parts) if each == part]
                plain[:, columns] = solver.solve(weights)
        gains = np.array([row.gain for row in self._rows], np.float32)
        offsets = np.array([row.offset for row in self._rows], np.float32)
        inverted = np.array([row.invert for row in self._rows], bool)
        keyed = offsets + gains * np.where(inverted, 1 - plain, plain)
        return np.clip(keyed, self._ranges[:, 0], self._ranges[:, 1]).astype(np.float32)


def names_suffice(mapping: RigMapping) -> bool:
    """Whether the keys that are driven are the ARKit shapes of a whole mouth, each by its name."""
    named: set[str] = set()
    for row in mapping.keys:
        if row.use and row.channel:
            meaning = CHANNELS[row.channel].meaning
            if not _is_direct(meaning):
                if CHANNELS[row.channel].part == "Mouth":
                    return False
                continue
            named.update(meaning)
    wanted = [name for name in MOUTH_NAMES if name != "tongueOut"]
    return (
        sum(name in named for name in wanted) >= _WHOLE_MOUTH * len(wanted)
        and {
            "jawOpen",
            "mouthClose",
        }
        <= named
    )


def make_retargeter(
    mapping: RigMapping,
    ranges: Mapping[str, tuple[float, float]],
    shapes: MeasuredShapes | None = None,
) -> Retargeter:
    """How a rig is driven.

    Args:
        mapping: which key is what.
        ranges: key -> smallest and largest value; 0 to 1 for keys that are not named.
        shapes: what the keys do, where it was measured; names alone are believed otherwise.

    Raises:
        InputError: nothing that moves a face is left to drive.
    """
    measured = {} if shapes is None else dict(zip(shapes.keys, shapes.displacements, strict=True))
    rows, parts, displacements, meanings = [], [], [], []
    believed = _believed(mapping.keys, measured)
    # Keys of one channel are pieces of it: what it means they do together.
    pieces = Counter(row.channel for row in believed if row.use)
    for row in believed:
        if not row.use or (row.channel and row.channel not in CHANNELS):
            continue
        part = CHANNELS[row.channel].part if row.channel else None
        turned = () if shapes is None or row.channel else shapes.gaze.get(row.key, ())
        if turned:
            part, shape = "Gaze", arkit_displacements(dict.fromkeys(turned, 1.0))
        elif row.key in measured and part != "Gaze":
            part = part or part_of(measured[row.key])
            shape = measured[row.key]
        elif row.channel:
            shape = arkit_displacements(CHANNELS[row.channel].meaning) / pieces[row.channel]
        else:
            continue
        if part is None:
            continue
        rows.append(row)
        parts.append(part)
        displacements.append(shape)
        meanings.append(CHANNELS[row.channel].meaning if row.channel else dict.fromkeys(turned, 1.0))
    if not rows:
        raise InputError(
            f"None of the {len(mapping.keys)} keys is known by its name or moves a face: name them in the "
            "mapping, or choose the mesh of the face."
        )
    lip_slopes = face_features().measure(f"lip gap {LIP_PAIRS // 2}", np.array(displacements))
    limits = np.array([ranges.get(row.key, (0.0, 1.0)) for row in rows], np.float64)
    solvers = {}
    for part in PARTS:
        chosen = [index for index, each in enumerate(parts) if each == part]
        if chosen:
            solvers[part] = _solver_of(
                part,
                [rows[index] for index in chosen],
                [meanings[index] for index in chosen],
                np.array([displacements[index] for index in chosen]),
                limits[chosen],
                shapes,
            )
    return Retargeter(
        keys=tuple(row.key for row in rows),
        parts=tuple(parts),
        lip_slopes=lip_slopes,
        missing=_missing(solvers),
        abilities=_abilities(solvers, parts, np.array(displacements)),
        measured=shapes is not None,
        _rows=tuple(rows),
        _ranges=limits,
        _solvers=solvers,
    )


def _abilities(
    solvers: "Mapping[str, _Direct | _Solved]", parts: Sequence[str], displacements: NDArray[np.float64]
) -> tuple[Ability, ...]:
    """What a rig does that is solved for; what a rig with ARKit names lacks, its names say."""
    if not any(isinstance(solver, _Solved) for solver in solvers.values()):
        return ()

    def show(weights: NDArray[np.float32], part: str) -> NDArray[np.float64]:
        if part not in solvers:
            return np.zeros((len(weights), *displacements.shape[1:]))
        own = [index for index, each in enumerate(parts) if each == part]
        return np.tensordot(solvers[part].solve(weights).astype(np.float64), displacements[own], 1)

    return judge(frozenset(PARTS), show)


def speaking(weights: NDArray[np.floating]) -> NDArray[np.floating]:
    """How far (F,) the mouth does anything, 0..1, at ARKit weights (F, 52).

    A face that rests with parted lips may do so as long as nobody speaks.
    """
    effort = weights[:, arkit_indices(MOUTH_NAMES)].sum(axis=1)
    return np.clip(effort / _SPEAKING, 0, 1)


def part_of(displacements: NDArray[np.floating]) -> str | None:
    """The part that a shape (S, 3) belongs to by what it moves most; None when it moves no face."""
    features = face_features()
    shares = {}
    for part in ("Mouth", "Blink", "Brows"):
        usual = np.linalg.norm(features.rows(part, features.arkit[arkit_indices(PARTS[part])]), axis=0)
        shares[part] = np.linalg.norm(features.rows(part, displacements[None])) / np.median(usual)
    best = max(shares, key=lambda part: shares[part])
    return best if shares[best] > _LEAST else None


def _believed(
    rows: Sequence[MappedKey], measured: Mapping[str, NDArray[np.floating]]
) -> tuple[MappedKey, ...]:
    """The rows without the names that lie; without any name where many do."""
    named = [row for row in rows if row.use and row.channel in CHANNELS and row.key in measured]
    liars = {row.key for row in named if _lies(CHANNELS[row.channel], measured[row.key])}
    if len(liars) > _MANY * len(named):
        liars = {row.key for row in named}
    return tuple(replace(row, channel="") if row.key in liars else row for row in rows)


def _lies(channel: Channel, shape: NDArray[np.floating]) -> bool:
    """Whether a measured shape (S, 3) does something else than its name says."""
    if channel.part == "Gaze" or not channel.meaning:
        return False
    rows = face_features().rows(channel.part, np.stack([arkit_displacements(channel.meaning), shape]))
    believed, seen = rows.T
    return float(believed @ seen) < _LIES * float(np.linalg.norm(believed) * np.linalg.norm(seen))


def _is_direct(meaning: Mapping[str, float]) -> bool:
    """Whether a key is one ARKit shape, or one for both sides of a pair."""
    stems = {name.removesuffix("Left").removesuffix("Right") for name in meaning}
    return len(stems) == 1 and len(meaning) <= 2 and set(meaning.values()) == {1.0}


def _missing(solvers: "Mapping[str, _Direct | _Solved]") -> tuple[str, ...]:
    return tuple(
        name
        for part, names in PARTS.items()
        for name in names
        if part not in solvers or not solvers[part].expresses(name)
    )


def _solver_of(
    part: str,
    rows: Sequence[MappedKey],
    meanings: Sequence[Mapping[str, float]],
    displacements: NDArray[np.float64],
    limits: NDArray[np.float64],
    shapes: MeasuredShapes | None,
) -> "_Direct | _Solved":
    direct = np.zeros((len(rows), len(ARKIT_NAMES)), np.float32)
    for index, meaning in enumerate(meanings):
        if part == "Gaze" or _is_direct(meaning):
            for name in meaning:
                direct[index, ARKIT_INDEX[name]] = 1 / len(meaning)
    named = all(_is_direct(meaning) for meaning in meanings)
    # Lids and brows that have their ARKit names do what these say; of a mouth names may not be all.
    closes = direct[:, ARKIT_INDEX["mouthClose"]].any() or not direct[:, ARKIT_INDEX["jawOpen"]].any()
    if part == "Gaze" or (named and (part != "Mouth" or (shapes is None and closes))):
        return _Direct(direct)
    lower = np.where([not row.channel for row in rows], np.clip(limits[:, 0], -1, 0), 0.0)
    plain = np.array([row.gain == 1 and row.offset == 0 and not row.invert for row in rows])
    upper = np.where(plain, np.clip(limits[:, 1], 0, 1), 1.0)
    return _Solved.of(part, displacements, direct, lower, upper, shapes)


@dataclass(frozen=True)
class _Direct:
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
class _Solved:
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
    ) -> "_Solved":
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
        at_rest = features.rest_row(part, None if shapes is None else shapes.rest_gaps) @ columns
        gaps = [f"lip gap {pair}" for pair in _SEALED_PAIRS]
        slopes = np.array([features.measure(name, displacements) for name in gaps])
        rest = np.array([np.tensordot(features.positions, features.measures[name], 2) for name in gaps])
        if shapes is not None:
            rest = shapes.rest_gaps[list(_SEALED_PAIRS)]
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
        return cls(**{**solved.__dict__, "shown": shown})

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
