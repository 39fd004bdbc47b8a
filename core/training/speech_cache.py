# SPDX-License-Identifier: GPL-3.0-or-later
"""What the speech encoder trains on, computed once: spectrograms and a teacher's view of them.

The cache is a folder. For each set and version there is `SET.VERSION.mel.npy` (columns of all clips, 80)
float16 with `SET.VERSION.npz` (offsets of the clips, speed of each), and `SET.teacher.npy` (frames of all
clips, 288) float16 with `SET.teacher.npz` (offsets).

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
from ..audio.mel import log_mel
from .augment import add_noise, add_room, change_pitch, change_speed, compress, equalise
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
class Columns:
    """One version of a set's spectrograms.

    Attributes:
        mel: (sum of T, 80) float16, memory-mapped.
        offsets: (clips + 1,) first column of each clip.
        speed: (clips,) what happened at second t of the recording is at t / speed here.
    """

    mel: NDArray[np.float16]
    offsets: NDArray[np.int64]
    speed: NDArray[np.float64]

    def clip(self, number: int) -> NDArray[np.float16]:
        """(T, 80) of one clip."""
        return self.mel[self.offsets[number] : self.offsets[number + 1]]


@dataclass(frozen=True)
class TeacherView:
    """A teacher's frames of a set: (sum of frames, 288) float16 and (clips + 1,) offsets."""

    frames: NDArray[np.float16]
    offsets: NDArray[np.int64]

    def clip(self, number: int) -> NDArray[np.float16]:
        """(frames, 288) of one clip."""
        return self.frames[self.offsets[number] : self.offsets[number + 1]]


def cached_columns(spoken: SpeechSet, version: int, cache: Path, seed: int) -> Columns:
    """Spectrograms of a set: version 0 as recorded, others changed at random."""
    stem = cache / f"{spoken.name}.{version}"
    if not Path(f"{stem}.npz").is_file():
        _log.info("spectrograms of %s, version %d", spoken.name, version)
        mels: list[NDArray[np.float16]] = [np.empty((0, 80), np.float16)] * len(spoken)
        speeds = np.ones(len(spoken))
        recent: list[NDArray[np.float32]] = []
        for number, samples in spoken.sounds():
            if version:
                random = np.random.default_rng([seed, version, number])
                samples, speeds[number] = _change(samples, recent, random)
            if number % 10 == 0:
                recent = [*recent[-20:], samples]
            mels[number] = log_mel(samples).astype(np.float16)
        offsets = np.cumsum([0, *(len(mel) for mel in mels)])
        np.save(f"{stem}.mel.npy", np.concatenate(mels))
        np.savez(f"{stem}.npz", offsets=offsets, speed=speeds)
    with np.load(f"{stem}.npz") as table:
        return Columns(np.load(f"{stem}.mel.npy", mmap_mode="r"), table["offsets"], table["speed"])


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


def _change(
    samples: NDArray[np.float32], others: list[NDArray[np.float32]], random: np.random.Generator
) -> tuple[NDArray[np.float32], float]:
    """Other speed, pitch, room, microphone, codec and noise: what a spectrogram cannot be given later."""
    speed = float(random.uniform(0.85, 1.18)) if random.random() < 0.5 else 1.0
    result = change_speed(samples, speed)
    if random.random() < 0.35:
        result = change_pitch(result, float(random.uniform(-5, 5)))
    if random.random() < 0.6:
        result = add_room(result, random)
    if random.random() < 0.3:
        result = equalise(result, random)
    if random.random() < 0.35:
        result = compress(result, random)
    if random.random() < 0.6:
        result = add_noise(result, others, float(random.uniform(3, 25)), random)
    return result, speed
