# SPDX-License-Identifier: GPL-3.0-or-later
"""Recordings of a face that somebody made themselves: Live Link Face and WAV, of the sample."""

from pathlib import Path

import numpy as np
import pytest

soundfile = pytest.importorskip("soundfile")

from soliloquy import samples
from soliloquy.core.audio import SAMPLE_RATE, load
from soliloquy.core.generate import animate
from soliloquy.core.motion import FaceMotion
from soliloquy.core.motion_files import write_csv

FPS = 30.0


def write_own_recordings(folder: Path, *, count: int = 12, seconds: float = 3.0) -> None:
    """NAME.csv and NAME.wav of stretches of the sample, whose face moves as ExpNet moves it."""
    sound = load(samples.SOUND)
    weights = animate([sound], fps=FPS, seed=1).weights
    frames = int(seconds * FPS)
    for number, first in enumerate(np.linspace(0, len(weights) - frames, count).astype(int)):
        motion = FaceMotion.still(frames, FPS)
        motion.weights[:] = weights[first : first + frames]
        write_csv(folder / f"line_{number:02}.csv", motion)
        start = round(first / FPS * SAMPLE_RATE)
        soundfile.write(
            folder / f"line_{number:02}.wav", sound[start : start + int(seconds * SAMPLE_RATE)], SAMPLE_RATE
        )
