# SPDX-License-Identifier: GPL-3.0-or-later
"""Batches for the speech encoder: excerpts of spectrograms, changed at random, and what is said in them.

Shape letters: N excerpts, T mel columns, F frames, C columns of a set's training clips, one after the other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..audio.mel import COLUMNS_PER_SECOND, HOP
from ..phones import ARTICULATIONS, PHONE_INDEX, SILENCE_PHONE, articulation, phone_labels
from .mel_augment import change_mel
from .speech_cache import TEACHER_FIRST, TEACHER_HOP, Columns, TeacherView
from .speech_sets import ClipLabel
from .speech_teacher import READ_SIZE

TEACHER_EVERY: Final = 4
"""Frames from one comparison with the teacher's features to the next: 50 ms."""


@dataclass(frozen=True)
class SpeechBatch:
    """N excerpts: mel (N, T, 80); phones (N, F), -1 where unknown; articulation (N, F, 6);
    weight (N, F) of the labels; readings (N, F, 47) of the teacher and its features
    (N, F / TEACHER_EVERY, 288), both None without a teacher."""

    mel: Tensor
    phones: Tensor
    articulation: Tensor
    weight: Tensor
    readings: Tensor | None
    features: Tensor | None


@dataclass(frozen=True)
class Pool:
    """The training clips of a set, one after the other.

    Attributes:
        mels: for each version (C of the version, 80) float16.
        sources: for each version (C of the version,) float64, the column of version 0 that it shows.
        phones: (C,) int8, -1 where unknown.
        articulation: (C, 6) float16.
        weight: (C,) float16, trust in the label.
        readings: (C, 47) float16 of the teacher, or None.
        frame: (C,) float64, the teacher's frame at each column.
        features: (frames, 288) float16 of the teacher, or None.
    """

    mels: tuple[NDArray[np.float16], ...]
    sources: tuple[NDArray[np.float64], ...]
    phones: NDArray[np.int8]
    articulation: NDArray[np.float16]
    weight: NDArray[np.float16]
    readings: NDArray[np.float16] | None
    frame: NDArray[np.float64]
    features: NDArray[np.float16] | None


def make_pool(
    labels: Sequence[ClipLabel],
    versions: Sequence[Columns],
    seed: int,
    *,
    readings: NDArray[np.float16] | None = None,
    view: TeacherView | None = None,
) -> Pool:
    """Lay the training clips of a set one after the other, in random order.

    Args:
        labels: of all clips of the set; those of split "train" are taken.
        versions: the set's spectrograms, the first as recorded.
        seed: of the order.
        readings: (columns of version 0, 47) what the teacher reads in all clips.
        view: the teacher's features.
    """
    chosen = [number for number, label in enumerate(labels) if label.split == "train"]
    chosen = np.random.default_rng(seed).permutation(chosen).tolist()
    base = versions[0]
    phones, articulated, weights, frames, features = [], [], [], [], []
    first_frame = 0
    for number in chosen:
        count = int(base.offsets[number + 1] - base.offsets[number])
        times = np.arange(count) / COLUMNS_PER_SECOND
        known = labels[number].phones
        phones.append(phone_labels(known or (), times) if known else np.full(count, -1))
        articulated.append(articulation(known or (), times).astype(np.float16))
        weights.append(_trust(labels[number], times))
        if view is not None:
            part = view.clip(number)
            frame = (np.arange(count) * HOP - TEACHER_FIRST) / TEACHER_HOP
            frames.append(first_frame + frame.clip(0, len(part) - 1.001))
            features.append(part)
            first_frame += len(part)
    sizes = np.diff(base.offsets)[chosen]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    mels, sources = [], []
    for version in versions:
        mels.append(np.concatenate([version.clip(number) for number in chosen]))
        sources.append(
            np.concatenate(
                [
                    start + (np.arange(len(version.clip(number))) * version.speed[number]).clip(0, size - 1)
                    for number, start, size in zip(chosen, starts[:-1], sizes, strict=True)
                ]
            )
        )
    total = int(starts[-1])
    return Pool(
        mels=tuple(mels),
        sources=tuple(sources),
        phones=np.concatenate(phones).astype(np.int8),
        articulation=np.concatenate(articulated),
        weight=np.concatenate(weights).astype(np.float16),
        readings=None
        if readings is None
        else np.concatenate([readings[base.offsets[n] : base.offsets[n + 1]] for n in chosen]),
        frame=np.concatenate(frames) if frames else np.zeros(total),
        features=np.concatenate(features) if features else None,
    )


class SpeechSampler:
    """Draws batches of excerpts, each set with its share."""

    def __init__(
        self,
        pools: Mapping[str, Pool],
        shares: Mapping[str, float],
        *,
        batch: int,
        frames: int,
        before: int,
        after: int,
        originals: float = 0.4,
    ) -> None:
        """Prepare to draw.

        Args:
            pools: by name of the set.
            shares: expected share of each set.
            batch: excerpts N.
            frames: F of each.
            before: columns before the first frame's own.
            after: columns after the last frame's own.
            originals: share of excerpts of version 0, where there are others.
        """
        self._pools = dict(pools)
        wanted = np.array([shares[name] for name in self._pools])
        self._probabilities = wanted / wanted.sum()
        self._batch, self._frames, self._before, self._after = batch, frames, before, after
        self._originals = originals

    def draw(self, random: np.random.Generator) -> SpeechBatch:
        """A batch of random excerpts, changed in level, voice, microphone, speed and noise."""
        names = random.choice(list(self._pools), self._batch, p=self._probabilities)
        parts = [self._excerpt(self._pools[name], random) for name in names]
        mel, phones, articulated, weight, readings, features = zip(*parts, strict=True)
        taught = all(part is not None for part in readings)
        return SpeechBatch(
            mel=change_mel(_stack(mel), random),
            phones=_stack(phones).long(),
            articulation=_stack(articulated),
            weight=_stack(weight),
            readings=_stack(readings) if taught else None,
            features=_stack(features) if taught else None,
        )

    def _excerpt(self, pool: Pool, random: np.random.Generator) -> tuple[NDArray | None, ...]:
        versions = len(pool.mels)
        version = 0 if random.random() < self._originals else int(random.integers(versions))
        mel, source = pool.mels[version], pool.sources[version]
        stretch = float(random.uniform(0.87, 1.15)) if random.random() < 0.3 else 1.0
        centre = float(random.integers(len(mel)))
        steps = np.arange(self._frames + self._before + self._after) - self._before - self._frames / 2
        position = (centre + stretch * steps).clip(0, len(mel) - 1.001)
        left = position.astype(np.int64)
        if stretch == 1.0:
            columns = mel[left].astype(np.float32)
        else:
            share = (position - left)[:, None].astype(np.float32)
            columns = (1 - share) * mel[left] + share * mel[left + 1]
        shown = np.round(position[self._before : self._before + self._frames]).astype(np.int64)
        rows = np.round(source[shown.clip(0, len(source) - 1)]).astype(np.int64)
        readings = features = None
        if pool.readings is not None and pool.features is not None:
            readings = pool.readings[rows].astype(np.float32)
            frame = pool.frame[rows[::TEACHER_EVERY]]
            before = frame.astype(np.int64)
            share = (frame - before)[:, None].astype(np.float32)
            features = (1 - share) * pool.features[before] + share * pool.features[before + 1]
        return (
            columns,
            pool.phones[rows],
            pool.articulation[rows].astype(np.float32),
            pool.weight[rows].astype(np.float32),
            readings,
            features,
        )


def _stack(parts: Sequence[NDArray | None]) -> Tensor:
    return torch.from_numpy(np.stack([part for part in parts if part is not None]))


def _trust(label: ClipLabel, times: NDArray[np.floating]) -> NDArray[np.float64]:
    """How far to believe the label at each time (F,): less in phones whose alignment was poor."""
    weight = np.ones(len(times))
    for phone in label.phones or ():
        if phone.confidence < 0.15:
            inside = (times >= phone.start) & (times < phone.end)
            weight[inside] = 0.3
    return weight


assert PHONE_INDEX[SILENCE_PHONE] + 1 + len(ARTICULATIONS) + 1 == READ_SIZE
