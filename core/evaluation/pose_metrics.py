# SPDX-License-Identifier: GPL-3.0-or-later
"""How heads move: how far, how fast, how smoothly, and how like other heads.

A clip is the head's rotation (F, 3): yaw, pitch, roll in radians, as in `core.motion`. All clips of a set
have one frame rate, and, where frames of several clips are compared, one number of frames. Speed and
acceleration are those of the head as a body, from R_t' R_t+1, not of its angles. Figures are in degrees and
seconds.

Letters: K clips, F frames, S steps from frame to frame (F - 1).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..head_rotation import matrices_from_angles, quaternions_from_matrices

Floats = NDArray[np.float64]
Clips = Sequence[NDArray[np.floating]]

JITTER_HERTZ: Final = 8.0
"""Above it a head does not move by itself: what is there is jitter."""

_SPECTRUM_SECONDS: Final = 3.0
"""A stretch of Welch's method: the length of a captured clip."""


def _turns(matrices: Floats) -> Floats:
    """Rotation vectors (..., 3) in degrees of matrices (..., 3, 3)."""
    turns = quaternions_from_matrices(matrices.reshape(-1, 3, 3))
    turns = turns * np.where(turns[:, :1] < 0, -1.0, 1.0)
    sine = np.linalg.norm(turns[:, 1:], axis=1, keepdims=True)
    angle = 2 * np.arctan2(sine, turns[:, :1])
    vectors = turns[:, 1:] * np.where(sine > 0, angle / np.where(sine > 0, sine, 1), 2)
    return np.degrees(vectors).reshape(matrices.shape[:-1])


def angular_velocity(rotation: NDArray[np.floating], fps: float) -> Floats:
    """Degrees a second (S, 3) about the head's own axes, between each frame and the next."""
    matrices = matrices_from_angles(rotation)
    return _turns(np.swapaxes(matrices[:-1], -1, -2) @ matrices[1:]) * fps


def speeds(rotation: NDArray[np.floating], fps: float) -> Floats:
    """Angular speed (S,), degrees a second."""
    return np.linalg.norm(angular_velocity(rotation, fps), axis=1)


def accelerations(rotation: NDArray[np.floating], fps: float) -> Floats:
    """Size of the angular acceleration (S - 1,), degrees a second squared."""
    return np.linalg.norm(np.diff(angular_velocity(rotation, fps), axis=0), axis=1) * fps


def from_first_frame(rotation: NDArray[np.floating]) -> Floats:
    """The head as seen from its first frame: rotation vectors (F, 3) in degrees."""
    matrices = matrices_from_angles(rotation)
    return _turns(matrices[:1].swapaxes(-1, -2) @ matrices)


def spread_over_time(clips: Clips) -> float:
    """Degrees: standard deviation within a clip of yaw, of pitch and of roll, their mean, averaged over
    clips."""
    return float(np.mean([np.degrees(np.std(clip, axis=0, dtype=np.float64)).mean() for clip in clips]))


def spread_over_clips(clips: Clips) -> float:
    """Degrees: standard deviation over clips of the pose against the clip's first frame, averaged over frames
    and the three axes. Clips are cut to the shortest."""
    frames = min(len(clip) for clip in clips)
    return float(np.stack([from_first_frame(clip[:frames])[1:] for clip in clips]).std(axis=0).mean())


def mean_speed(clips: Clips, fps: float) -> float:
    """Degrees a second: the mean over clips of the mean angular speed."""
    return float(np.mean([speeds(clip, fps).mean() for clip in clips]))


def mean_acceleration(clips: Clips, fps: float) -> float:
    """Degrees a second squared: the mean over clips of the mean size of the angular acceleration."""
    return float(np.mean([accelerations(clip, fps).mean() for clip in clips]))


def diversity(clips: Clips) -> float:
    """Degrees: standard deviation of the head's pose over all frames of all clips, each from its first frame,
    the mean of three axes (SadTalker's measure, of rotation instead of a network's features of it)."""
    return float(np.concatenate([from_first_frame(clip) for clip in clips]).std(axis=0).mean())


def diversity_of_seeds(performances: Sequence[Clips]) -> float:
    """Degrees: how far performances of one sound are apart.

    Args:
        performances: for each sound its clips, two or more, of one length.

    Returns:
        Standard deviation over performances of yaw, pitch and roll, averaged over frames, angles and sounds.
    """
    return float(np.mean([np.degrees(np.stack(clips).std(axis=0)).mean() for clips in performances]))


@dataclass(frozen=True)
class Distances:
    """Wasserstein distances between histograms of a reference's speeds (or accelerations) and others'.

    Attributes:
        pooled: all frames of the motion to all frames of the reference.
        halves: every second clip of the reference to the others: what is due to chance.
        pooled_noise: noise of the reference's power spectrum to the reference.
        clip: the mean over clips of the distance of a clip to the reference's clip of the same sound.
        shuffled: the same with the reference's next clip in place of the motion.
        noise: the same with noise.
    """

    pooled: float
    halves: float
    pooled_noise: float
    clip: float
    shuffled: float
    noise: float


def distances(
    made: Sequence[Floats], reference: Sequence[Floats], noise: Sequence[Floats], *, is_paired: bool = True
) -> Distances:
    """Distances of values (S,) of clips.

    Args:
        made: of the motion to judge.
        reference: what it should be like.
        noise: of noise of the reference's spectrum, a clip for each clip of the reference.
        is_paired: whether `made` has a clip for each clip of the reference, with the same sound; without,
            `Distances.clip` is not a number.
    """

    from scipy.stats import wasserstein_distance

    def pooled(one: Sequence[Floats], other: Sequence[Floats]) -> float:
        return float(wasserstein_distance(np.concatenate(one), np.concatenate(other)))

    def by_clip(one: Sequence[Floats]) -> float:
        return float(np.mean([wasserstein_distance(*pair) for pair in zip(one, reference, strict=True)]))

    return Distances(
        pooled=pooled(made, reference),
        halves=pooled(reference[::2], reference[1::2]),
        pooled_noise=pooled(noise, reference),
        clip=by_clip(made) if is_paired else float("nan"),
        shuffled=by_clip([*reference[1:], reference[0]]),
        noise=by_clip(noise),
    )


def same_spectrum_noise(clips: Clips, fps: float, seed: int) -> list[Floats]:
    """Gaussian noise that moves a head with the power spectrum of some clips.

    For each clip a clip (F, 3) of random angular velocity, whose expected power spectra of the three axes,
    and what the axes have in common, are the clips' means: every frequency is a random mixture of the clips'.

    Args:
        clips: of one length.
        fps: frames a second.
        seed: any whole number from 0 on.
    """
    random = np.random.default_rng(seed)
    steps = np.stack([angular_velocity(clip, fps) for clip in clips]) / fps
    spectra = np.fft.rfft(steps, axis=1)
    count = steps.shape[1]
    made = []
    for _ in clips:
        draws = random.normal(size=(2, *spectra.shape[:2], 1)) / np.sqrt(2 * len(clips))
        mixture = draws[0] + 1j * draws[1]
        # These two are real in a real signal.
        mixture[:, 0] = draws[0][:, 0] * np.sqrt(2)
        if count % 2 == 0:
            mixture[:, -1] = draws[0][:, -1] * np.sqrt(2)
        turned = np.fft.irfft((mixture * spectra).sum(axis=0), n=count, axis=0)
        # Rotation vectors are (-pitch, yaw, roll); so slow a walk may be summed up.
        path = np.concatenate([np.zeros((1, 3)), np.cumsum(turned, axis=0)])
        made.append(np.radians(np.stack([path[:, 1], -path[:, 0], path[:, 2]], axis=1)))
    return made


@dataclass(frozen=True)
class Spectrum:
    """Power of head rotation, the sum of yaw, pitch and roll.

    Attributes:
        hertz: (N,) frequencies.
        density: (N,) degrees squared a hertz.
    """

    hertz: Floats
    density: Floats

    @property
    def _step(self) -> float:
        return float(self.hertz[1] - self.hertz[0])

    def jitter(self, above: float = JITTER_HERTZ) -> float:
        """Degrees, root-mean-square, of what is faster."""
        return float(np.sqrt(self.density[self.hertz > above].sum() * self._step))

    def share(self, above: float = JITTER_HERTZ) -> float:
        """Part of all power that is faster; without the mean, and what is slower than the stretches."""
        return float(self.density[self.hertz > above].sum() / self.density[1:].sum())


def spectrum(clips: Clips, fps: float) -> Spectrum:
    """The mean power spectrum of clips (Welch; Hann windows of 3 s, half overlapping, each without its
    trend). Shorter clips are left out."""
    from scipy.signal import welch

    count = round(_SPECTRUM_SECONDS * fps)
    total, windows, hertz = np.zeros(count // 2 + 1), 0, np.zeros(0)
    for clip in clips:
        if len(clip) < count:
            continue
        weight = 1 + (len(clip) - count) // (count - count // 2)
        hertz, density = welch(np.degrees(clip), fps, nperseg=count, axis=0, detrend="linear")
        total += density.sum(axis=1) * weight
        windows += weight
    if not windows:
        raise ValueError(f"No clip has {count} frames.")
    return Spectrum(hertz, total / windows)


@dataclass(frozen=True)
class Seams:
    """Motion where one window of a generator ends and the next begins, beside motion within windows.

    Attributes:
        speed: mean angular speed at seams, degrees a second.
        speed_within: elsewhere.
        acceleration: mean size of the acceleration at seams, degrees a second squared.
        acceleration_within: elsewhere.
    """

    speed: float
    speed_within: float
    acceleration: float
    acceleration_within: float

    @property
    def speed_ratio(self) -> float:
        """1 where a seam is not seen."""
        return self.speed / self.speed_within

    @property
    def acceleration_ratio(self) -> float:
        """1 where a seam is not seen."""
        return self.acceleration / self.acceleration_within


def seams(clips: Clips, fps: float, firsts: Sequence[int], width: int = 1) -> Seams:
    """Compare seams with the rest.

    Args:
        clips: of a generator.
        fps: frames a second.
        firsts: the first frame of each window but the first.
        width: frames after which a window stands alone; 1 where windows do not overlap.
    """
    at: dict[str, list[Floats]] = {"speed": [], "acceleration": []}
    within: dict[str, list[Floats]] = {"speed": [], "acceleration": []}
    for clip in clips:
        for name, values, reach in (
            ("speed", speeds(clip, fps), range(-1, width - 1)),
            # Each step has a part in two accelerations.
            ("acceleration", accelerations(clip, fps), range(-2, width - 1)),
        ):
            is_seam = np.zeros(len(values), bool)
            for shift in reach:
                rows = np.asarray(firsts, int) + shift
                is_seam[rows[(rows >= 0) & (rows < len(values))]] = True
            at[name].append(values[is_seam])
            within[name].append(values[~is_seam])
    mean = {name: float(np.concatenate(values).mean()) for name, values in at.items()}
    rest = {name: float(np.concatenate(values).mean()) for name, values in within.items()}
    return Seams(mean["speed"], rest["speed"], mean["acceleration"], rest["acceleration"])


@dataclass(frozen=True)
class Drift:
    """A long motion in pieces. Degrees.

    Attributes:
        means: (N, 3) mean yaw, pitch, roll of each piece.
        spreads: (N,) standard deviation within each piece, the mean of the three angles.
        slope: (3,) change of each angle from the first piece to the last, of the line that fits best.
    """

    means: Floats
    spreads: Floats
    slope: Floats


def drift(rotation: NDArray[np.floating], pieces: int = 10) -> Drift:
    """Where the head is, and how much it moves, as time goes by."""
    parts = np.array_split(np.degrees(rotation.astype(np.float64)), pieces)
    means = np.stack([part.mean(axis=0) for part in parts])
    spreads = np.array([part.std(axis=0).mean() for part in parts])
    slope = np.polyfit(np.linspace(0, 1, pieces), means, 1)[0]
    return Drift(means, spreads, slope)
