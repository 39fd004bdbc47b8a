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

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .abilities import OPEN_MOUTH, Ability, judge
from .arkit import ARKIT_INDEX, ARKIT_NAMES, PARTS
from .beliefs import beliefs_of, is_direct, part_of
from .channels import CHANNELS
from .face_features import LIP_PAIRS, arkit_displacements, face_features
from .key_solvers import DirectKeys, SolvedKeys
from .mapping import MappedKey, RigMapping
from .measured_shapes import MeasuredShapes


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
        remarks: how it came to this, lines for the user.
    """

    keys: tuple[str, ...]
    parts: tuple[str, ...]
    lip_slopes: NDArray[np.float64]
    missing: tuple[str, ...]
    abilities: tuple[Ability, ...]
    measured: bool
    _rows: tuple[MappedKey, ...]
    _ranges: NDArray[np.float64]
    _solvers: "Mapping[str, DirectKeys | SolvedKeys]"
    remarks: tuple[str, ...] = ()

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """Remarks, and what the rig cannot do, a line each, with what is left."""
        lacks = tuple(ability.note for ability in self.abilities if not ability.is_enough)
        return self.remarks + lacks

    @property
    def opens_mouth(self) -> bool:
        """Whether the mouth opens, as far as is known."""
        return all(ability.is_enough for ability in self.abilities if ability.name == OPEN_MOUTH)

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
    beliefs = beliefs_of(mapping.keys, measured)
    retargeter = _made(mapping, beliefs.rows, ranges, shapes, measured)
    if not beliefs.is_one_wrong or retargeter.opens_mouth:
        return retargeter
    # Keys that speak by neither their names nor their shapes: rather the shapes were measured wrongly.
    by_names = _made(mapping, mapping.keys, ranges, None, {})
    remark = (
        f"What {beliefs.lying} of {beliefs.named} keys were measured to do is not what their names say, and "
        "opens no mouth: the names are believed."
    )
    return replace(by_names, remarks=(remark,))


def _made(
    mapping: RigMapping,
    believed: Sequence[MappedKey],
    ranges: Mapping[str, tuple[float, float]],
    shapes: MeasuredShapes | None,
    measured: Mapping[str, NDArray[np.float64]],
) -> Retargeter:
    rows, parts, displacements, meanings = [], [], [], []
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
    solvers: "Mapping[str, DirectKeys | SolvedKeys]", parts: Sequence[str], displacements: NDArray[np.float64]
) -> tuple[Ability, ...]:
    """What a rig does that is solved for; what a rig with ARKit names lacks, its names say."""
    if not any(isinstance(solver, SolvedKeys) for solver in solvers.values()):
        return ()

    def show(weights: NDArray[np.float32], part: str) -> NDArray[np.float64]:
        if part not in solvers:
            return np.zeros((len(weights), *displacements.shape[1:]))
        own = [index for index, each in enumerate(parts) if each == part]
        return np.tensordot(solvers[part].solve(weights).astype(np.float64), displacements[own], 1)

    return judge(frozenset(PARTS), show)


def _missing(solvers: "Mapping[str, DirectKeys | SolvedKeys]") -> tuple[str, ...]:
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
) -> "DirectKeys | SolvedKeys":
    direct = np.zeros((len(rows), len(ARKIT_NAMES)), np.float32)
    for index, meaning in enumerate(meanings):
        if part == "Gaze" or is_direct(meaning):
            for name in meaning:
                direct[index, ARKIT_INDEX[name]] = 1 / len(meaning)
    named = all(is_direct(meaning) for meaning in meanings)
    # Lids and brows that have their ARKit names do what these say; of a mouth names may not be all.
    closes = direct[:, ARKIT_INDEX["mouthClose"]].any() or not direct[:, ARKIT_INDEX["jawOpen"]].any()
    if part == "Gaze" or (named and (part != "Mouth" or (shapes is None and closes))):
        return DirectKeys(direct)
    lower = np.where([not row.channel for row in rows], np.clip(limits[:, 0], -1, 0), 0.0)
    plain = np.array([row.gain == 1 and row.offset == 0 and not row.invert for row in rows])
    upper = np.where(plain, np.clip(limits[:, 1], 0, 1), 1.0)
    return SolvedKeys.of(part, displacements, direct, lower, upper, shapes)
