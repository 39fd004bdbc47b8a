# SPDX-License-Identifier: GPL-3.0-or-later
"""Mouth curves from what is said apart, and from what a speech encoder hears, under noise and other feelings.

Readers (`mouth_readers`) are asked about changed sounds, and their answers are compared to their own answers
for the clean sound, and to the captured face where there is one.

Shape letters: F frames, M = 3 curves, U clips.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..training.augment import Augmented, Samples, coloured_noise
from ..training.emotion.edits import WorldVoice, edit_of
from .disentangled_latents import CORNERS, with_noise
from .mouth_readers import COMPONENTS, EMBEDDING, Ear, Reader, SpokenClip, mouth_curves
from .praat_edits import praat_edited
from .resampling import Interval, interval

CLEAN: Final = "clean"
OWN, TRUE = "own clean result", "captured face"
"""What curves are compared to."""

_FELT: Final = 0.8
"""Arousal and valence of the edits."""
_VOICES: Final = 6

Change = Callable[[Samples, Sequence[Samples], int], Augmented]
"""A sound, those of other clips, and a seed, to the changed sound."""
Mouth = tuple[SpokenClip, str, str, NDArray[np.float64]]
"""A clip, what was changed, what it was read from, and curves (F, M)."""


def _noise(decibels: float) -> Change:
    def change(samples: Samples, _: Sequence[Samples], seed: int) -> Augmented:
        noise = coloured_noise(len(samples), 1.0, np.random.default_rng([seed, 1]))
        return Augmented(with_noise(samples, noise, decibels), 1.0)

    return change


def _voices(decibels: float) -> Change:
    def change(samples: Samples, others: Sequence[Samples], seed: int) -> Augmented:
        random = np.random.default_rng([seed, 2])
        chosen = random.permutation(len(others))[:_VOICES]
        babble = np.sum(
            [
                np.roll(np.resize(others[each], len(samples)), random.integers(len(samples)))
                for each in chosen
            ],
            axis=0,
        )
        return Augmented(with_noise(samples, babble.astype(np.float32), decibels), 1.0)

    return change


def _by_world(samples: Samples, _: Sequence[Samples], seed: int) -> Augmented:
    return WorldVoice(samples).edited(edit_of(*_felt(seed)))


def _by_praat(samples: Samples, _: Sequence[Samples], seed: int) -> Augmented:
    return praat_edited(samples, edit_of(*_felt(seed)))


def _felt(seed: int) -> tuple[float, float]:
    arousal, valence = CORNERS[seed % len(CORNERS)]
    return _FELT * arousal, _FELT * valence


CHANGES: Final[Mapping[str, Change]] = {
    CLEAN: lambda samples, _, __: Augmented(samples, 1.0),
    "pink 10 dB": _noise(10),
    "pink 0 dB": _noise(0),
    "voices 10 dB": _voices(10),
    "voices 0 dB": _voices(0),
    "WORLD": _by_world,
    "Praat": _by_praat,
}
"""Pink noise, six other people, and edits of a clip's feeling, which goes round the four corners."""


def read_mouths(
    ear: Ear,
    readers: Mapping[str, Reader],
    clips: Sequence[SpokenClip],
    changes: Mapping[str, Change] = CHANGES,
) -> Iterator[Mouth]:
    """Curves (F, M) of every clip, change and representation."""
    matrix = mouth_curves()
    sounds = [clip.samples for clip in clips]
    for number, clip in enumerate(clips):
        others = [*sounds[:number], *sounds[number + 1 :]]
        for change, changed_by in changes.items():
            changed = changed_by(clip.samples, others, number)
            times = clip.times / changed.speed
            rows = ear.rows(changed.samples)
            rows[COMPONENTS] = rows[EMBEDDING]
            for name, reader in readers.items():
                yield clip, change, name, reader.curves(rows[name], times)
            for name, beta in ear.betas(changed.samples, times).items():
                yield clip, change, name, beta @ matrix


class Agreement:
    """How curves of clips agree with others: correlations whose intervals come from drawing clips."""

    def __init__(self) -> None:
        self._products: dict[tuple[str, str, str], dict[str, NDArray[np.float64]]] = {}

    def add(
        self,
        kind: str,
        change: str,
        name: str,
        clip: str,
        one: NDArray[np.floating],
        other: NDArray[np.floating],
    ) -> None:
        """Take curves (F, M) of a clip, each from its own mean."""
        one, other = (each - each.mean(axis=0) for each in (one, other))
        sums = np.stack([(one * one).sum(axis=0), (other * other).sum(axis=0), (one * other).sum(axis=0)])
        self._products.setdefault((kind, change, name), {})[clip] = sums

    def has(self, kind: str, change: str, name: str) -> bool:
        """Whether there are such curves."""
        return (kind, change, name) in self._products

    def correlation(self, kind: str, change: str, name: str, curve: int | None = None) -> Interval:
        """Of one curve, or the mean over the three."""
        sums = self._sums(kind, change, name)
        return interval(sums, lambda drawn: _correlations(drawn, curve))

    def difference(self, kind: str, change: str, one: str, other: str, curve: int | None = None) -> Interval:
        """By how much one representation's correlation is above another's, on the same clips."""
        pair = [self._sums(kind, change, name) for name in (one, other)]
        size = pair[0].shape[1]
        return interval(
            np.concatenate(pair, axis=1),
            lambda drawn: _correlations(drawn[..., :size], curve) - _correlations(drawn[..., size:], curve),
        )

    def amount(self, kind: str, change: str, name: str) -> float:
        """Spread of the curves beside that of what they are compared to, mean over the three."""
        sums = self._sums(kind, change, name).sum(axis=0).reshape(3, -1)
        return float(np.sqrt(sums[0] / np.maximum(sums[1], 1e-12)).mean())

    def _sums(self, kind: str, change: str, name: str) -> NDArray[np.float64]:
        clips = self._products[kind, change, name]
        return np.stack([clips[clip].ravel() for clip in sorted(clips)])


def _correlations(sums: NDArray[np.float64], curve: int | None) -> NDArray[np.float64]:
    squares, other_squares, products = np.moveaxis(sums.reshape(*sums.shape[:-1], 3, -1), -2, 0)
    size = np.sqrt(squares * other_squares)
    found = np.divide(products, size, out=np.zeros_like(products), where=size > 1e-9)
    return found.mean(axis=-1) if curve is None else found[..., curve]


def agreement_of(
    mouths: Iterable[Mouth],
) -> Agreement:
    """Agreement of curves with the same representation's for the clean sound, and with the captured face."""
    agreement = Agreement()
    clean: dict[tuple[str, str], NDArray[np.float64]] = {}
    for clip, change, name, curves in mouths:
        if change == CLEAN:
            clean[clip.name, name] = curves
        agreement.add(OWN, change, name, clip.name, curves, clean[clip.name, name])
        if clip.truth is not None:
            agreement.add(TRUE, change, name, clip.name, curves, clip.truth)
    return agreement
