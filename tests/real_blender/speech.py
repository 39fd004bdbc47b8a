# SPDX-License-Identifier: GPL-3.0-or-later
"""What the head's mouth must do while it speaks the sample, read from positions that Blender evaluated."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from blenders import expect
from numpy.typing import NDArray
from soliloquy import samples
from soliloquy.core.generate import AnimationSettings, animate
from soliloquy.core.head import load_head

FPS: Final = 60
START_FRAME: Final = 61
"""One second before the sound begins, in which nothing may move."""
LAST_FRAME: Final = START_FRAME + 640

CLOSED: Final = 0.02
"""Lips nearer than this part of the mouth's width are closed."""
TOLERANCE_SECONDS: Final = 0.04

SEALED: Final = {
    "my": 0.739,
    "name": 1.109,
    "me": 2.429,
    "move": 3.419,
    "lips": 3.869,
    "pop": 4.891,
    "pop's end": 5.151,
    "boom": 5.251,
    "whisper": 6.401,
    "people": 7.351,
    "people's second": 7.501,
    "my mouth": 8.021,
    "mouth": 8.181,
}
"""Starts of m, b and p in seconds that must seal: all but the m of "boom", which is not heard."""
OPEN: Final = {"hello": 0.499, "voice": 2.659, "pop": 4.991, "boom": 5.381, "say": 7.771, "mouth": 8.261}
"""Starts in seconds of vowels that must open the mouth."""
OPEN_HEIGHT: Final = 0.004
"""Metres that the inner lips must be apart in an open vowel."""
PAUSE: Final = (4.331, 4.891)
"""Seconds of the pause between the sentences; the mouth closes after the first and opens for the second."""


USUAL_SHARE: Final = 0.98
USUAL_METRES: Final = 1.5e-3
"""This share of the frames is nearer than this to the motion that the library makes outside Blender."""
MOST_METRES: Final = 5e-3


@dataclass(frozen=True)
class Mouth:
    """Positions (frames, N, 3) of the lips' vertices, in metres in the mesh's axes (z up)."""

    positions: NDArray[np.float32]

    @property
    def heights(self) -> NDArray[np.float32]:
        """(frames,) metres between the middles of the inner lips."""
        pairs = len(load_head().landmarks["inner_lip_upper"])
        middle = pairs // 2
        return self.positions[:, middle, 2] - self.positions[:, pairs + middle, 2]

    @property
    def width(self) -> float:
        """Metres between the corners of the mouth at rest."""
        return float(np.linalg.norm(_at_rest()[-1] - _at_rest()[-2]))

    @property
    def widths(self) -> NDArray[np.float32]:
        """(frames,) metres between the corners of the mouth."""
        return np.linalg.norm(self.positions[:, -1] - self.positions[:, -2], axis=1)

    @property
    def moved(self) -> NDArray[np.float32]:
        """(frames,) metres that the vertex which moved most is away from rest."""
        return np.linalg.norm(self.positions - _at_rest(), axis=2).max(axis=1)

    def frames(self, start: float, end: float, slack: float = 0.0) -> slice:
        """Rows of the frames between two seconds of the sound."""
        first = int(np.ceil((start - slack) * FPS - 1e-6))
        last = int(np.floor((end + slack) * FPS + 1e-6))
        return slice(START_FRAME - 1 + first, START_FRAME + last)


def lip_vertices() -> NDArray[np.int64]:
    """Vertices whose positions a `Mouth` holds: inner lips above, below, and the corners."""
    marks = load_head().landmarks
    return np.concatenate([marks["inner_lip_upper"], marks["inner_lip_lower"], marks["mouth_corners"]])


@cache
def _at_rest() -> NDArray[np.float32]:
    return _blender_axes(load_head().template[lip_vertices()])


def _blender_axes(positions: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.stack([positions[..., 0], -positions[..., 2], positions[..., 1]], axis=-1)


@cache
def _expected() -> NDArray[np.float32]:
    """Positions (frames, N, 3) that the library's own motion gives, without Blender and emotion."""
    motion = animate(samples.SOUND, fps=FPS, settings=AnimationSettings(voice_emotion=0, idle_amount=0))
    deltas = load_head().arkit_deltas[:, lip_vertices()]
    return _at_rest() + _blender_axes(np.einsum("fa,avc->fvc", motion.weights, deltas))


def check(positions_file: Path) -> str:
    """Check frames 1 to LAST_FRAME of the head speaking the sample from START_FRAME on, without emotion; what
    was measured.

    Raises:
        ProofError: the mouth does what it should not, or not what it should.
    """
    mouth = Mouth(np.load(positions_file))
    expect(len(mouth.positions) == LAST_FRAME, f"{len(mouth.positions)} frames, expected {LAST_FRAME}")
    heights, closed = mouth.heights, CLOSED * mouth.width
    named = {round(phone.start, 3): phone for phone in samples.phones()}

    before = mouth.positions[: START_FRAME - 1]
    expect(np.ptp(before, axis=0).max() < 1e-6, "the mouth moves before the sound begins")
    expect(mouth.moved[: START_FRAME - 1].max() < 5e-4, "the mouth is not at rest before the sound begins")
    silence = mouth.frames(0.0, samples.phones()[0].end - 0.15)
    expect(mouth.moved[silence].max() < 5e-4, "the mouth moves in the silence before the first word")

    check_seals(mouth)
    for word, start in OPEN.items():
        phone = named[start]
        most = heights[mouth.frames(phone.start, phone.end)].max()
        expect(most > OPEN_HEIGHT, f"{phone.name} of '{word}': lips only {most * 1000:.1f} mm apart")

    third = (PAUSE[1] - PAUSE[0]) / 3
    pause = mouth.frames(PAUSE[0] + third, PAUSE[1] - third)
    expect(heights[pause].max() < closed, "the lips are apart in the pause")
    expect(mouth.moved[pause].max() < 1e-3, "the mouth does not rest in the pause")
    expect(mouth.moved[-8:].max() < 1e-5, "the mouth does not come to rest behind the speech")

    expected = _expected()
    found = mouth.positions[START_FRAME - 1 : START_FRAME - 1 + len(expected)]
    apart = np.linalg.norm(found - expected, axis=2).max(axis=1)
    # Blender resamples sound in its own way: a contact at the edge of being heard may come a frame sooner.
    usual = np.quantile(apart, USUAL_SHARE)
    expect(usual < USUAL_METRES, f"often {usual * 1000:.2f} mm from the motion that the library makes")
    expect(apart.max() < MOST_METRES, f"{apart.max() * 1000:.2f} mm from the motion that the library makes")

    lips = [phone for phone in samples.phones() if phone.name in ("M", "B", "P")]
    spans = [mouth.frames(phone.start, phone.end, TOLERANCE_SECONDS) for phone in lips]
    sealed = sum(bool(heights[span].min() < closed) for span in spans)
    return (
        f"{len(SEALED)} marked m/b/p sealed ({sealed} of all {len(lips)}), {len(OPEN)} vowels open up to "
        f"{heights.max() * 1000:.0f} mm, {usual * 1000:.2f} mm from the library's "
        f"motion (at most {apart.max() * 1000:.2f})"
    )


def check_seals(mouth: Mouth) -> None:
    """Check that the marked m, b and p of the sample seal.

    Raises:
        ProofError: the lips stay apart in one of them.
    """
    named = {round(phone.start, 3): phone for phone in samples.phones()}
    for word, start in SEALED.items():
        phone = named[start]
        least = mouth.heights[mouth.frames(phone.start, phone.end, TOLERANCE_SECONDS)].min()
        told = f"{phone.name} of '{word}': lips {least * 1000:.1f} mm apart, not sealed"
        expect(least < CLOSED * mouth.width, told)
