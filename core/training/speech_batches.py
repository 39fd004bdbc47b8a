# SPDX-License-Identifier: GPL-3.0-or-later
"""Batches for a speech encoder: excerpts of recordings, changed at random, and what is said in them.

Shape letters: N excerpts, T rows of 200 samples (one for each mel column), F frames, C rows of a set.
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
from .augment import harden
from .speech_cache import TEACHER_FIRST, TEACHER_HOP, SoundRows, TeacherView
from .speech_sets import ClipLabel
from .speech_teacher import READ_SIZE

TEACHER_EVERY: Final = 4
"""Frames from one comparison with the teacher's features to the next: 50 ms."""
_SILENT: Final = PHONE_INDEX[SILENCE_PHONE]
_GAP_SHARE: Final = 0.35
_LONGEST_GAP: Final = 6.0
"""Seconds of digital silence that stand between clips, as they do before and after every sound."""


@dataclass(frozen=True)
class SpeechBatch:
    """N excerpts: sound (N, T, 200); phones (N, F), -1 where unknown; articulation (N, F, 6);
    weight (N, F) of the labels; readings (N, F, 47) of the teacher and its features
    (N, F / TEACHER_EVERY, 288), both None without a teacher."""

    sound: Tensor
    phones: Tensor
    articulation: Tensor
    weight: Tensor
    readings: Tensor | None
    features: Tensor | None


@dataclass(frozen=True)
class Pool:
    """A set to draw excerpts from; row C, after the clips' own, is silence.

    Attributes:
        sound: of all clips.
        clips: (n,) the clips of split "train".
        phones: (C + 1,) int8, -1 where unknown.
        articulation: (C + 1, 6) float16.
        weight: (C + 1,) float16, trust in the label.
        readings: (C, 47) float16 of the teacher, or None.
        frame: (C,) float64, the teacher's frame at each row.
        features: (frames, 288) float16 of the teacher, or None.
    """

    sound: SoundRows
    clips: NDArray[np.int64]
    phones: NDArray[np.int8]
    articulation: NDArray[np.float16]
    weight: NDArray[np.float16]
    readings: NDArray[np.float16] | None
    frame: NDArray[np.float64]
    features: NDArray[np.float16] | None

    @property
    def seconds(self) -> float:
        """Of sound to learn from."""
        return float(np.diff(self.sound.offsets)[self.clips].sum() / COLUMNS_PER_SECOND)


def make_pool(
    labels: Sequence[ClipLabel],
    sound: SoundRows,
    *,
    readings: NDArray[np.float16] | None = None,
    view: TeacherView | None = None,
) -> Pool:
    """Lay out a set.

    Args:
        labels: of all clips of the set; those of split "train" are drawn.
        sound: of all clips.
        readings: (C, 47) what the teacher reads in all clips.
        view: the teacher's features.
    """
    phones, articulated, weights, frames = [], [], [], []
    for number, label in enumerate(labels):
        count = int(sound.offsets[number + 1] - sound.offsets[number])
        times = np.arange(count) / COLUMNS_PER_SECOND
        known = label.phones
        phones.append(phone_labels(known or (), times) if known else np.full(count, -1))
        articulated.append(articulation(known or (), times).astype(np.float16))
        weights.append(_trust(label, times))
        if view is not None:
            first, last = int(view.offsets[number]), int(view.offsets[number + 1])
            frame = (np.arange(count) * HOP - TEACHER_FIRST) / TEACHER_HOP
            frames.append(first + frame.clip(0, last - first - 1.001))
    return Pool(
        sound=sound,
        clips=np.array([number for number, label in enumerate(labels) if label.split == "train"]),
        phones=np.concatenate([*phones, [_SILENT]]).astype(np.int8),
        articulation=np.concatenate([*articulated, np.zeros((1, len(ARTICULATIONS)))]).astype(np.float16),
        weight=np.concatenate([*weights, [1]]).astype(np.float16),
        readings=readings,
        frame=np.concatenate(frames) if frames else np.zeros(0),
        features=None if view is None else view.frames,
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
        with_features: bool = True,
        changed: float = 0.8,
    ) -> None:
        """Prepare to draw.

        Args:
            pools: by name of the set.
            shares: expected share of each set.
            batch: excerpts N.
            frames: F of each.
            before: rows before the first frame's own.
            after: rows after the last frame's own.
            with_features: whether the teacher's features are wanted.
            changed: share of the excerpts that get another voice, room, microphone or noise.
        """
        self._pools = dict(pools)
        wanted = np.array([shares[name] for name in self._pools])
        self._probabilities = wanted / wanted.sum()
        self._batch, self._frames, self._before, self._after = batch, frames, before, after
        self._with_features, self._changed = with_features, changed

    def draw(self, random: np.random.Generator) -> SpeechBatch:
        """A batch of random excerpts, changed in level, voice, room, microphone, speed and noise."""
        names = random.choice(list(self._pools), self._batch, p=self._probabilities)
        parts = [self._excerpt(self._pools[name], random) for name in names]
        sound, phones, articulated, weight, readings, features = zip(*parts, strict=True)
        taught = all(part is not None for part in readings)
        return SpeechBatch(
            sound=_stack(sound),
            phones=_stack(phones).long(),
            articulation=_stack(articulated),
            weight=_stack(weight),
            readings=_stack(readings) if taught else None,
            features=_stack(features) if taught and self._with_features else None,
        )

    def _excerpt(self, pool: Pool, random: np.random.Generator) -> tuple[NDArray | None, ...]:
        speed = float(random.uniform(0.85, 1.18)) if random.random() < 0.4 else 1.0
        wanted = self._frames + self._before + self._after
        rows = self._rows(pool, int(np.ceil(wanted * speed)) + 1, random)
        silence = len(pool.phones) - 1
        sound = np.zeros((len(rows), HOP), np.float32)
        heard = rows < silence
        sound[heard] = pool.sound.rows[rows[heard]] / np.float32(32767)
        others = pool.sound.clip(int(random.choice(pool.clips))).reshape(-1) / np.float32(32767)
        samples = harden(
            sound.reshape(-1), wanted * HOP, speed, others, random, changed=random.random() < self._changed
        )
        shown = self._before + np.arange(self._frames)
        shown = rows[np.round(shown * speed).astype(np.int64)]
        readings = features = None
        if pool.readings is not None and pool.features is not None:
            known = shown.clip(max=silence - 1)
            readings = pool.readings[known].astype(np.float32)
            readings[shown == silence] = 0
            readings[shown == silence, _SILENT] = 1
            if self._with_features:
                frame = pool.frame[known[::TEACHER_EVERY]]
                before = frame.astype(np.int64)
                share = (frame - before)[:, None].astype(np.float32)
                features = (1 - share) * pool.features[before] + share * pool.features[before + 1]
        return (
            samples.reshape(wanted, HOP),
            pool.phones[shown],
            pool.articulation[shown].astype(np.float32),
            pool.weight[shown].astype(np.float32),
            readings,
            features,
        )

    def _rows(self, pool: Pool, count: int, random: np.random.Generator) -> NDArray[np.int64]:
        """Numbers of `count` rows: from anywhere in a clip on to others, with silence between some."""
        offsets, silence = pool.sound.offsets, len(pool.phones) - 1
        sizes = np.diff(offsets)[pool.clips]
        first = int(random.choice(pool.clips, p=sizes / sizes.sum()))
        start = int(random.integers(offsets[first], offsets[first + 1]))
        parts = [np.arange(start, offsets[first + 1])]
        while sum(len(part) for part in parts) < count:
            if random.random() < _GAP_SHARE:
                gap = int(random.uniform(0, _LONGEST_GAP) * COLUMNS_PER_SECOND)
                parts.append(np.full(gap, silence))
            clip = int(random.choice(pool.clips))
            parts.append(np.arange(offsets[clip], offsets[clip + 1]))
        return np.concatenate(parts)[:count]


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
