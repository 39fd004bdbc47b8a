# SPDX-License-Identifier: GPL-3.0-or-later
"""The same reader of mouth curves for everything that mouths can be read from.

Readers are ridge regressions over windows of columns, fitted to clean speech whose face was captured.

Shape letters: T columns, C channels, F frames, M = 3 curves (gap between the lips, width of the mouth, chin).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..audio import SAMPLE_RATE
from ..audio.mel import log_mel
from ..generate.content import heard_rows
from ..generate.expression import EXPRESSION_FPS, FIRST_FRAME_SECONDS, ExpressionTrack, generate_expression
from ..generate.expression_inputs import INPUT_CHANNELS
from ..generate.speech import SpeechFeatures, hear
from ..head import load_head
from ..runtime import Network
from ..training.augment import Samples
from ..training.losses import MILLIMETRES, lip_measures
from .disentangled_latents import LatentNetworks
from .generators_motion import RememberingEncoder

CURVES: Final = ("lip gap", "mouth width", "chin")
CONTENT: Final = "z_c"
CONTENT_ALONE: Final = "z_c, one row"
EMBEDDING: Final = "encoder"
COMPONENTS: Final = "encoder, 32 components"
HEARD: Final = "posteriors"
MEL: Final = "log-mel"
EXPNET: Final = "ExpNet"
EXPNET_OF_CONTENT: Final = "ExpNet of z_c"
READ: Final = (CONTENT, CONTENT_ALONE, EMBEDDING, COMPONENTS, HEARD, MEL)
"""Representations that readers are fitted to."""
SHIPPED: Final = {EXPNET: "expnet", EXPNET_OF_CONTENT: "content"}
"""Networks that ship, whose mouths stand beside what is read."""

REACH: Final = 8
"""Columns to either side that a reader sees: 0.2 s in all, as ExpNet."""
PENALTIES: Final = (3.0, 30.0, 300.0, 3000.0, 30000.0, 300000.0)
"""Of the ridge regression; the best for clips of the training that it was not fitted to is taken."""

_CHIN: Final = 8
"""Of the 68 points."""
_COMPONENTS: Final = 32
_FITTED: Final = 5
"""Every so manyth clip chooses the penalty."""

Rows = tuple[NDArray[np.float32], float]
"""Columns (T, C), 80 a second, and the second of the first."""


@dataclass(frozen=True)
class SpokenClip:
    """Speech.

    Attributes:
        name: unique.
        samples: (n,) at 16 kHz.
        times: (F,) seconds at which mouths are compared.
        truth: (F, M) captured curves in mm; None where nobody captured them.
    """

    name: str
    samples: Samples
    times: NDArray[np.float64]
    truth: NDArray[np.float64] | None = None


def mouth_curves() -> NDArray[np.float64]:
    """(64, M), mm of each curve for each coefficient of beta."""
    head = load_head()
    chin = head.expression_basis_at(head.landmarks["face68"][[_CHIN]])[:, 0, 1] * MILLIMETRES
    return np.column_stack([lip_measures()[0][:, [0, -1]], -chin]).astype(np.float64)


def cut(clip: SpokenClip, seconds: float) -> list[SpokenClip]:
    """A long clip as several, so that they can be drawn."""
    parts = []
    for number in range(max(1, round(len(clip.samples) / SAMPLE_RATE / seconds))):
        first = number * seconds
        inside = (clip.times >= first) & (clip.times < first + seconds)
        if inside.sum() < 2:
            continue
        samples = clip.samples[int(first * SAMPLE_RATE) : int((first + seconds) * SAMPLE_RATE)]
        truth = None if clip.truth is None else clip.truth[inside]
        times = clip.times[inside] - first
        parts.append(SpokenClip(f"{clip.name} {number}", samples, times, truth))
    return parts


class Ear:
    """Everything that mouths can be read from."""

    def __init__(self, encoder: Network, networks: LatentNetworks, speaking: Mapping[str, Network]) -> None:
        """Take the speech encoder, the disentangled audio model, and ExpNets by name."""
        self._encoder = RememberingEncoder.of(encoder)
        self._networks, self._speaking = networks, speaking

    def rows(self, samples: Samples) -> dict[str, Rows]:
        """Columns of what the names of `READ` say, but components."""
        features = SpeechFeatures.joined(hear(self._encoder, [samples]))
        rows = heard_rows(features)
        content = self._networks.content_rows(rows), FIRST_FRAME_SECONDS
        split = INPUT_CHANNELS["phones"]
        return {
            CONTENT: content,
            CONTENT_ALONE: content,
            EMBEDDING: (rows[:, split:], 0.0),
            HEARD: (rows[:, :split], 0.0),
            MEL: (log_mel(samples), 0.0),
        }

    def betas(self, samples: Samples, times: NDArray[np.floating]) -> dict[str, NDArray[np.float32]]:
        """(F, 64) as each network speaks."""
        made = {}
        for name, network in self._speaking.items():
            parts = list(generate_expression(network, [samples], encoder=self._encoder))
            made[name] = ExpressionTrack(np.concatenate(parts)).at(times)
        self._encoder.heard.clear()
        return made


class Reader:
    """Mouth curves from a representation: closed-form ridge regression over a window of columns."""

    def __init__(
        self, rows: Sequence[Rows], clips: Sequence[SpokenClip], reach: int, components: int = 0
    ) -> None:
        """Fit to clips.

        Args:
            rows: columns of each clip's sound.
            clips: with captured curves; each counts from its own mean.
            reach: columns to either side.
            components: principal components that are left of the columns; 0 leaves all channels.
        """
        every = np.concatenate([columns for columns, _ in rows]).astype(np.float64)
        self._mean, self._scale, self._reach = every.mean(axis=0), every.std(axis=0) + 1e-3, reach
        scaled = (every - self._mean) / self._scale
        # Eigenvectors of the covariance, largest first.
        self._kept = np.linalg.eigh(scaled.T @ scaled)[1][:, ::-1][:, :components] if components else None
        inputs, targets = [], []
        for (columns, start), clip in zip(rows, clips, strict=True):
            assert clip.truth is not None
            places = np.clip(np.round((clip.times - start) * EXPRESSION_FPS).astype(int), 0, len(columns) - 1)
            inputs.append(self._windows(columns)[places])
            targets.append((clip.truth - clip.truth.mean(axis=0)).astype(np.float32))
        own = [number % _FITTED > 0 for number in range(len(clips))]
        parts = [
            [
                np.concatenate([each for each, kept in zip(side, own, strict=True) if kept is wanted])
                for side in (inputs, targets)
            ]
            for wanted in (True, False)
        ]
        (x, y), (other_x, other_y) = parts
        grams, products = x.T @ x, x.T @ y
        errors = []
        for penalty in PENALTIES:
            weights = np.linalg.solve(grams + penalty * np.eye(len(grams)), products)
            errors.append(float(((other_x @ weights - other_y) ** 2 / other_y.var(axis=0)).mean()))
        self.penalty = PENALTIES[int(np.argmin(errors))]
        grams, products = grams + other_x.T @ other_x, products + other_x.T @ other_y
        self._weights = np.linalg.solve(grams + self.penalty * np.eye(len(grams)), products)

    def _windows(self, columns: NDArray[np.floating]) -> NDArray[np.float32]:
        """(T, (2 reach + 1) C) of columns (T, C); beyond the ends the end columns hold."""
        scaled = ((columns - self._mean) / self._scale).astype(np.float32)
        if self._kept is not None:
            scaled = scaled @ self._kept.astype(np.float32)
        places = np.arange(len(scaled))[:, None] + np.arange(-self._reach, self._reach + 1)
        return scaled[places.clip(0, len(scaled) - 1)].reshape(len(scaled), -1)

    def curves(self, rows: Rows, times: NDArray[np.floating]) -> NDArray[np.float64]:
        """(F, M) at some seconds, smoothed as ExpNet's coefficients are."""
        columns, start = rows
        read = (self._windows(columns) @ self._weights.astype(np.float32)).astype(np.float32)
        return ExpressionTrack(read, first_frame_seconds=start).at(times).astype(np.float64)


def fit_readers(ear: Ear, clips: Sequence[SpokenClip]) -> dict[str, Reader]:
    """A reader for each of `READ`, from clean sound whose face was captured."""
    heard = [ear.rows(clip.samples) for clip in clips]

    def fitted(name: str, reach: int = REACH, components: int = 0) -> Reader:
        return Reader([rows[name] for rows in heard], clips, reach, components)

    return {
        CONTENT: fitted(CONTENT),
        CONTENT_ALONE: fitted(CONTENT_ALONE, reach=0),
        EMBEDDING: fitted(EMBEDDING),
        COMPONENTS: fitted(EMBEDDING, components=_COMPONENTS),
        HEARD: fitted(HEARD),
        MEL: fitted(MEL),
    }
