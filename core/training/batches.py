# SPDX-License-Identifier: GPL-3.0-or-later
"""Batches of excerpts for ExpNet, and its track at the frames of the captures.

Shape letters: N excerpts, T columns, F frames, C channels, V visemes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from ..audio.mel import MEL_BANDS, WINDOW_COLUMNS
from ..generate.expression import smoothing_kernel
from .dataset import EXCERPT_COLUMNS, EXCERPT_FRAMES, Example, frame_positions

_COLUMNS: Final = EXCERPT_COLUMNS + WINDOW_COLUMNS


@dataclass(frozen=True)
class Batch:
    """N excerpts: inputs, each (N, T, C), in ExpNet's order; positions (N, F) among ExpNet's frames, target
    (N, F, 64), mask (N, F), visemes (N, F, V), reference (N, 64), blink (N, F) at the frames, blink_track
    (N, windows, 1)."""

    inputs: tuple[Tensor, ...]
    positions: Tensor
    target: Tensor
    mask: Tensor
    visemes: Tensor
    reference: Tensor
    blink: Tensor
    blink_track: Tensor


def sample_frames(values: Tensor, positions: Tensor) -> Tensor:
    """Values (N, windows, C) at fractional positions (N, F), linearly: (N, F, C)."""
    positions = positions.clamp(0, values.shape[1] - 1.001)
    left = positions.floor().long()
    fraction = (positions - left)[..., None]

    def rows(index: Tensor) -> Tensor:
        return torch.gather(values, 1, index[..., None].expand(-1, -1, values.shape[2]))

    return (1 - fraction) * rows(left) + fraction * rows(left + 1)


def smooth(track: Tensor) -> Tensor:
    """Smooth (N, windows, C) over time as `generate.expression` does, so that the network learns with it."""
    kernel = torch.from_numpy(smoothing_kernel())
    reach = len(kernel) // 2
    channels = track.shape[2]
    padded = functional.pad(track.transpose(1, 2), (reach, reach), mode="replicate")
    return functional.conv1d(padded, kernel.expand(channels, 1, -1), groups=channels).transpose(1, 2)


class Sampler:
    """Draws batches of excerpts, each set with its share."""

    def __init__(
        self,
        examples: Sequence[Example],
        batch: int,
        shares: Mapping[str, float],
        originals: float,
        names: Sequence[str] = ("mel",),
    ) -> None:
        """Sort examples into their sets.

        Args:
            examples: clips, original and augmented.
            batch: excerpts in a batch.
            shares: expected share of each set in a batch; sets not named count as 0.5.
            originals: share of excerpts whose sound is as recorded.
            names: of the inputs that the network takes, in its order.
        """
        self._names = tuple(names)
        self._by_set: dict[str, list[Example]] = {}
        for example in examples:
            self._by_set.setdefault(example.dataset, []).append(example)
        wanted = np.array([shares.get(name, 0.5) for name in self._by_set])
        self._set_probabilities = wanted / wanted.sum()
        self._probabilities = {
            name: _probabilities(members, originals) for name, members in self._by_set.items()
        }
        self._batch = batch

    def draw(self, random: np.random.Generator) -> Batch:
        """A batch of random excerpts with random changes of level, tilt and noise floor."""
        names = random.choice(list(self._by_set), self._batch, p=self._set_probabilities)
        parts = [
            self._excerpt(
                self._by_set[name][random.choice(len(self._by_set[name]), p=self._probabilities[name])],
                random,
            )
            for name in names
        ]
        positions, target, mask, visemes, reference, *inputs = (
            torch.from_numpy(np.stack(column)) for column in zip(*parts, strict=True)
        )
        windows = inputs[0].shape[1] - WINDOW_COLUMNS + 1
        blink_track = torch.from_numpy(_random_blinks(len(names), windows, random))
        return Batch(
            inputs=tuple(
                _change_level(rows, random) if name == "mel" else rows
                for name, rows in zip(self._names, inputs, strict=True)
            ),
            positions=positions,
            target=target,
            mask=mask,
            visemes=visemes,
            reference=reference,
            blink=sample_frames(smooth(blink_track), positions)[..., 0],
            blink_track=blink_track,
        )

    def _excerpt(self, example: Example, random: np.random.Generator) -> tuple[NDArray, ...]:
        first = int(random.integers(0, max(1, len(example) - _COLUMNS + 1)))
        count = min(_COLUMNS, len(example) - first)
        positions = frame_positions(example.times) - first
        inside = np.flatnonzero((positions >= 0) & (positions < count - WINDOW_COLUMNS))[:EXCERPT_FRAMES]
        inputs = (
            np.pad(
                example.inputs[name][first : first + count].astype(np.float32),
                ((0, _COLUMNS - count), (0, 0)),
                mode="edge",
            )
            for name in self._names
        )
        padding = EXCERPT_FRAMES - len(inside)
        rows = np.pad(inside, (0, padding), mode="edge")
        mask = np.pad(example.valid[inside].astype(np.float32), (0, padding))
        # Half of the excerpts start from the head's own neutral, as animators mostly do.
        reference = example.reference * np.float32(random.random() < 0.5)
        return (
            positions[rows].astype(np.float32),
            example.target[rows],
            mask,
            example.visemes[rows].astype(np.float32),
            reference,
            *inputs,
        )


def _probabilities(examples: Sequence[Example], originals: float) -> NDArray[np.float64]:
    """How often each example is drawn: by its length, the originals together with their share."""
    length = np.array([len(example) for example in examples], np.float64)
    original = np.array([example.original for example in examples])
    if original.all() or not original.any():
        return length / length.sum()
    length[original] *= originals / length[original].sum()
    length[~original] *= (1 - originals) / length[~original].sum()
    return length


def _random_blinks(clips: int, windows: int, random: np.random.Generator) -> NDArray[np.float32]:
    """z_blink, drawn evenly from 0..1 ten times a second and joined by straight lines: (N, windows, 1)."""
    knots = random.random((clips, windows // 8 + 2))
    position = np.arange(windows) / 8
    return np.stack([np.interp(position, np.arange(knots.shape[1]), row) for row in knots])[..., None].astype(
        np.float32
    )


def _change_level(mel: Tensor, random: np.random.Generator) -> Tensor:
    """Cheap variety on top of the augmented sounds: gain, spectral tilt, a noise floor."""
    count = len(mel)

    def draw(low: float, high: float) -> Tensor:
        return torch.from_numpy(random.uniform(low, high, (count, 1, 1)).astype(np.float32))

    tilt = draw(-0.4, 0.4) * torch.linspace(-1, 1, MEL_BANDS)
    floor = draw(-5.5, -2.8)
    return torch.log10(10 ** (mel + draw(-0.5, 0.5) + tilt) + 10**floor)
