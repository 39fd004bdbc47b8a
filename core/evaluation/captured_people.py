# SPDX-License-Identifier: GPL-3.0-or-later
"""Captured clips of people whom networks know and whom they do not, in groups.

Shape letters: F frames.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..audio import SAMPLE_RATE
from ..training.captures import Capture, read_grid
from ..training.dataset import read_captures, split
from ..training.fit import fit_weights
from .voices import CHANGES

CHANGED_CLIPS: Final = 30
"""Clips of which each change is heard, at most."""


@dataclass(frozen=True)
class Group:
    """Clips to test on.

    Attributes:
        title: for the table.
        dataset: those who were trained on it have seen these people.
        captures: the clips.
        for_strangers: only for networks that have not seen them.
    """

    title: str
    dataset: str
    captures: list[Capture]
    for_strangers: bool = False


def read_groups(data: Path, most: int | None = None) -> list[Group]:
    """The groups of sets that are there below `data`; GRID and FACEGOOD must be.

    Args:
        data: folder of the sets.
        most: GRID clips of a group, at most, evenly spread; all by default.

    Raises:
        InputError: a set is missing.
    """
    held_out = held_out_grid(data)
    grid = fitted(evenly(held_out, most or len(held_out)))
    facegood = read_captures(data, ["facegood"])
    groups = [Group("GRID s1, held-out clips", "grid", grid)]
    for name, change in CHANGES.items():
        chosen = evenly(grid, CHANGED_CLIPS)
        changed = [replace(clip, samples=change(clip.samples, number)) for number, clip in enumerate(chosen)]
        groups.append(Group(f"GRID s1, other {name}", "grid", changed))
    if (data / "grid_others").is_dir():
        groups.append(Group("GRID, three other people", "grid_others", read_captures(data, ["grid_others"])))
    groups.append(Group("FACEGOOD, held-out take", "facegood", split(facegood)[1]))
    groups.append(Group("FACEGOOD, all takes", "facegood", facegood, for_strangers=True))
    return groups


def held_out_grid(data: Path) -> list[Capture]:
    """GRID's held-out clips, their weights as they were tracked.

    Raises:
        InputError: the set is missing.
    """
    return split(read_grid(data / "grid_s1"))[1]


def fitted(captures: Sequence[Capture]) -> list[Capture]:
    """Clips with weights fitted to our head, as `read_captures` gives all of a set, which takes its time."""
    return [fit_weights(capture) for capture in captures]


def beginning(capture: Capture, seconds: float) -> Capture:
    """At most so many seconds of a clip, from its start."""
    frames = min(len(capture), int(seconds * capture.fps))
    return replace(
        capture,
        samples=capture.samples[: int(seconds * SAMPLE_RATE)],
        weights=capture.weights[:frames],
        valid=capture.valid[:frames],
        head=None if capture.head is None else capture.head[:frames],
    )


def evenly(clips: Sequence[Capture], most: int) -> list[Capture]:
    """At most so many of some clips, evenly spread."""
    return list(clips[:: max(1, -(-len(clips) // most))])


def centred(curves: Sequence[NDArray[np.floating]], captures: Sequence[Capture]) -> NDArray[np.float64]:
    """The valid frames of all clips, each clip's curve (F,) from its own mean: people differ in width and
    rest."""
    kept = [curve[clip.valid] for curve, clip in zip(curves, captures, strict=True)]
    return np.concatenate([curve - curve.mean() for curve in kept])
