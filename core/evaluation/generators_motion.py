# SPDX-License-Identifier: GPL-3.0-or-later
"""Who takes part in the comparison of generators, and the motion that each makes of a captured clip's sound.

All motion is the network's own, without the articulation that `animate` adds.

Shape letters: F frames of the capture, N frames at `FAST_FPS`.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from ..audio import SAMPLE_RATE
from ..generate.expression import ExpressionTrack
from ..generate.generators import FaceGenerator
from ..generate.one_pass import run_networks
from ..generate.speech import SpeechFeatures
from ..head import load_head
from ..retarget.arkit import arkit_indices
from ..runtime import Network
from ..training.captures import Capture
from ..training.performances import SMOOTHED_NAMES, SMOOTHING_SECONDS, expression_of
from .loudness import loudness

FAST_FPS: Final = 80.0
"""Frames a second at which fast motion is looked for: the rate of the fastest generator."""

_LEAST_SPREAD: Final = 0.02
"""Standard deviation of a lid's weight from which it was captured and not left at rest."""


@dataclass(frozen=True)
class Truth:
    """What was captured.

    Attributes:
        beta: (F, 64).
        has_upper: whether lids and brows were captured.
    """

    beta: NDArray[np.float32]
    has_upper: bool


def truth_of(capture: Capture) -> Truth:
    """The captured face; brows and squints are smoothed, since the tracker's noise is as large there."""
    from scipy.ndimage import gaussian_filter1d

    weights = capture.weights.copy()
    smoothed = arkit_indices(SMOOTHED_NAMES)
    deviation = SMOOTHING_SECONDS * capture.fps
    weights[:, smoothed] = gaussian_filter1d(weights[:, smoothed], deviation, axis=0, mode="nearest")
    lids = weights[:, arkit_indices(("eyeBlinkLeft",))]
    return Truth(expression_of(weights), bool(lids.std() > _LEAST_SPREAD))


@dataclass(frozen=True)
class Made:
    """What somebody makes of a clip.

    Attributes:
        beta: (F, 64) at the capture's frames.
        fast: (N, 64) at `FAST_FPS`; None of those whose rate is the capture's.
    """

    beta: NDArray[np.float32]
    fast: NDArray[np.float32] | None = None


class Contestant(Protocol):
    """Sound to a face."""

    def make(self, capture: Capture) -> Made:
        """The face of a clip's sound."""
        ...


@dataclass(frozen=True)
class RememberingEncoder(Network):
    """The speech encoder, which hears equal sound once, whoever asks."""

    heard: dict[bytes, list[NDArray[np.float32]]] = field(default_factory=dict)

    @classmethod
    def of(cls, network: Network) -> "RememberingEncoder":
        """An encoder that remembers, from one that does not."""
        return cls(network.session, network.metadata, network.provider)

    def run(self, **inputs: NDArray[np.float32] | NDArray[np.int64]) -> list[NDArray[np.float32]]:
        """As `Network.run`."""
        key = hashlib.blake2b(b"".join(np.ascontiguousarray(rows).data for rows in inputs.values()))
        found = self.heard.get(key.digest())
        if found is None:
            found = self.heard[key.digest()] = super().run(**inputs)
        return found


@dataclass(frozen=True)
class Speaker:
    """A generator with the encoder that it listens through."""

    generator: FaceGenerator
    encoder: Network

    def track(self, samples: NDArray[np.float32]) -> tuple[ExpressionTrack, SpeechFeatures]:
        """Expression at the generator's rate, and what was heard."""
        track, features = run_networks(self.generator, self.encoder, [samples])
        assert features is not None  # there is an encoder
        return track, features

    def make(self, capture: Capture) -> Made:
        """The face of a clip's sound."""
        track, _ = self.track(capture.samples)
        return Made(track.at(np.arange(len(capture)) / capture.fps), track.at(_fast_times(capture)))


@dataclass(frozen=True)
class Captured:
    """The captured face itself."""

    def make(self, capture: Capture) -> Made:
        """Whatever the sound."""
        return Made(truth_of(capture).beta)


@dataclass(frozen=True)
class Line:
    """A face that follows the loudness: the straight line that fits captured clips best.

    Attributes:
        mean: (64,) the face at the mean loudness; all there is of a mean face, whose slopes are 0.
        slopes: (64,) for each decibel above it.
        level: the mean loudness, in decibels.
    """

    mean: NDArray[np.float64]
    slopes: NDArray[np.float64]
    level: float

    @classmethod
    def fitted(cls, training: Sequence[Capture]) -> "Line":
        """The line of some clips."""
        frames = np.concatenate([truth_of(clip).beta[clip.valid] for clip in training]).astype(np.float64)
        levels = np.concatenate(
            [loudness(clip.samples, np.arange(len(clip)) / clip.fps)[clip.valid] for clip in training]
        )
        mean, level = frames.mean(axis=0), float(levels.mean())
        centred = levels - level
        return cls(mean, centred @ (frames - mean) / (centred @ centred), level)

    @property
    def still(self) -> "Line":
        """The mean face."""
        return replace(self, slopes=np.zeros_like(self.slopes))

    def make(self, capture: Capture) -> Made:
        """The face of a clip's sound."""
        level = loudness(capture.samples, np.arange(len(capture)) / capture.fps)
        return Made((self.mean + (level - self.level)[:, None] * self.slopes).astype(np.float32))


def _fast_times(capture: Capture) -> NDArray[np.float64]:
    seconds = min(len(capture) / capture.fps, len(capture.samples) / SAMPLE_RATE)
    return np.arange(int(seconds * FAST_FPS)) / FAST_FPS


def lip_coordinates(beta: NDArray[np.floating]) -> NDArray[np.float64]:
    """Coordinates (F, 64) in mm of which the length is the lips' way from rest, RMS over their vertices."""
    return np.asarray(beta, np.float64) @ _lip_axes()


def _lip_axes() -> NDArray[np.float64]:
    from .vertex_metrics import region_products, region_weights

    head = load_head()
    values, vectors = np.linalg.eigh(region_products(head, region_weights(head, "lips")))
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0)), np.float64)
