# SPDX-License-Identifier: GPL-3.0-or-later
"""What the speech encoder trains on, computed once: decoded sound and a teacher's view of it.

The cache is a folder. For each set there is `SET.sound.npy` (samples of all clips, each with zeros up to a
whole number of mel columns, C rows of 200) int16 with `SET.sound.npz` (offsets of the clips in columns), and
`SET.teacher.npy` (frames of all clips, 288) float16 with `SET.teacher.npz` (offsets).

The teacher is Moonshine's tiny encoder (Jeffries et al. 2024, MIT licence): 41.67 frames a second.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..audio import SAMPLE_RATE
from ..audio.mel import HOP
from .speech_sets import SpeechSet

_log = logging.getLogger(__name__)

TEACHER_HOP: Final = 384
"""Samples between the teacher's frames."""
TEACHER_FIRST: Final = 447
"""Sample on which the teacher's first frame is centred: its three convolutions (kernels 127, 7, 3; strides
64, 3, 2) see 895 samples."""
TEACHER_SIZE: Final = 288
_TEACHER_REACH: Final = 895
_TEACHER_PART: Final = 20 * SAMPLE_RATE // TEACHER_HOP * TEACHER_HOP
"""The teacher hears a clip whole, and longer ones in parts of this length with a lead of two seconds."""
_TEACHER_LEAD: Final = 2 * SAMPLE_RATE // TEACHER_HOP * TEACHER_HOP
_TEACHER_SHORTEST: Final = 2 * SAMPLE_RATE


@dataclass(frozen=True)
class SoundRows:
    """The sound of a set.

    Attributes:
        rows: (C, 200) int16, memory-mapped; row j of a clip holds its samples 200 j to 200 j + 199.
        offsets: (clips + 1,) first row of each clip; n // 200 + 1 rows for n samples.
    """

    rows: NDArray[np.int16]
    offsets: NDArray[np.int64]

    def clip(self, number: int) -> NDArray[np.int16]:
        """(T, 200) of one clip."""
        return self.rows[self.offsets[number] : self.offsets[number + 1]]


@dataclass(frozen=True)
class TeacherView:
    """A teacher's frames of a set: (sum of frames, 288) float16 and (clips + 1,) offsets."""

    frames: NDArray[np.float16]
    offsets: NDArray[np.int64]

    def clip(self, number: int) -> NDArray[np.float16]:
        """(frames, 288) of one clip."""
        return self.frames[self.offsets[number] : self.offsets[number + 1]]


def cached_sound(spoken: SpeechSet, cache: Path) -> SoundRows:
    """The sound of all clips of a set."""
    stem = cache / f"{spoken.name}.sound"
    if not Path(f"{stem}.npz").is_file():
        _log.info("sound of %s", spoken.name)
        offsets = np.cumsum([0, *(label.count // HOP + 1 for label in spoken.labels)])
        rows = np.lib.format.open_memmap(
            f"{stem}.npy", mode="w+", dtype=np.int16, shape=(int(offsets[-1]), HOP)
        )
        for number, samples in spoken.sounds():
            flat = rows[offsets[number] : offsets[number + 1]].reshape(-1)
            flat[: len(samples)] = np.round(samples.clip(-1, 1) * 32767)
        rows.flush()
        np.savez(f"{stem}.npz", offsets=offsets)
    with np.load(f"{stem}.npz") as table:
        return SoundRows(np.load(f"{stem}.npy", mmap_mode="r"), table["offsets"])


def cached_teacher(spoken: SpeechSet, encoder: Path, cache: Path) -> TeacherView:
    """What the teacher (an .onnx file: samples to frames) makes of a set as recorded."""
    stem = cache / f"{spoken.name}.teacher"
    if not Path(f"{stem}.npz").is_file():
        _log.info("teacher's view of %s", spoken.name)
        run = teacher(encoder)
        views: list[NDArray[np.float16]] = [np.empty((0, TEACHER_SIZE), np.float16)] * len(spoken)
        for number, samples in spoken.sounds():
            views[number] = run(samples).astype(np.float16)
        np.save(f"{stem}.npy", np.concatenate(views))
        np.savez(f"{stem}.npz", offsets=np.cumsum([0, *(len(view) for view in views)]))
    with np.load(f"{stem}.npz") as table:
        return TeacherView(np.load(f"{stem}.npy", mmap_mode="r"), table["offsets"])


def teacher(encoder: Path) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
    """Function from samples (n,) to frames (n // 384 - 1 or so, 288)."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # clips of all lengths would each leave their own block behind
    session = onnxruntime.InferenceSession(str(encoder), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name

    def run(samples: NDArray[np.float32]) -> NDArray[np.float32]:
        level = float(np.sqrt(np.mean(samples**2))) + 1e-4
        count = max(1, (len(samples) - _TEACHER_REACH) // TEACHER_HOP + 1)
        padded = np.pad(samples * np.float32(0.05 / level), (0, max(0, _TEACHER_SHORTEST - len(samples))))
        parts = []
        for start in range(0, count * TEACHER_HOP, _TEACHER_PART):
            first = max(0, start - _TEACHER_LEAD)
            stop = start + _TEACHER_PART + _TEACHER_REACH - TEACHER_HOP
            frames = np.asarray(session.run(None, {name: padded[None, first:stop]})[0])
            parts.append(frames[0, (start - first) // TEACHER_HOP :])
        return np.concatenate(parts)[:count]

    return run
