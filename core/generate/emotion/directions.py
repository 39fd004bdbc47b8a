# SPDX-License-Identifier: GPL-3.0-or-later
"""What the animator asks the face to feel, and when: curves of sliders, and tags that hold until the next.

Shape letters: F frames, K times of curves, E = 7 emotions.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError

EMOTIONS: Final = ("happiness", "sadness", "anger", "fear", "disgust", "surprise", "contempt")
"""The six basic emotions (Ekman, "An argument for basic emotions", Cognition and Emotion 6, 1992), and
contempt (Ekman and Friesen, "A new pan-cultural facial expression of emotion", Motivation and Emotion 10,
1986). The order of all arrays with a column for each emotion."""

NEUTRAL: Final = "neutral"
"""What a tag says that ends an emotion."""


@dataclass(frozen=True)
class EmotionTag:
    """An emotion from a moment on, until the next tag.

    Attributes:
        time: seconds from the start of the sound.
        emotion: of `EMOTIONS`, or `NEUTRAL`.
        strength: 0..1.
    """

    time: float
    emotion: str
    strength: float = 1.0

    def __post_init__(self) -> None:
        if self.emotion not in (*EMOTIONS, NEUTRAL):
            raise InputError(f"The emotion is '{self.emotion}': expected {', '.join(EMOTIONS)} or {NEUTRAL}.")
        if not 0 <= self.strength <= 1:
            raise InputError(f"The strength of {self.emotion} is {self.strength}: expected 0 to 1.")


@dataclass(frozen=True)
class EmotionCurves:
    """Sliders as the animator keyed them; between the times they go straight.

    Attributes:
        times: (K,) seconds from the start of the sound, rising.
        intensities: (K, E) in 0..1; what is outside counts as the nearer end.

    Raises:
        InputError: other shapes, times that do not rise, or what is no number.
    """

    times: NDArray[np.float64]
    intensities: NDArray[np.float32]

    def __post_init__(self) -> None:
        times, intensities = np.shape(self.times), np.shape(self.intensities)
        if len(times) != 1 or intensities != (*times, len(EMOTIONS)):
            raise InputError(
                f"The curves of emotions have times of shape {times} and intensities of {intensities}: "
                f"expected (K,) and (K, {len(EMOTIONS)})."
            )
        is_finite = np.isfinite(self.times).all() and np.isfinite(self.intensities).all()
        if not is_finite or (np.diff(self.times) < 0).any():
            raise InputError(
                "The curves of emotions hold what is no number, or times that fall: expected rising seconds, "
                "and intensities from 0 to 1."
            )


@dataclass(frozen=True)
class EmotionDirections:
    """All that the animator asks for.

    Attributes:
        tags: in any order.
        curves: of sliders; None where there are none.
    """

    tags: tuple[EmotionTag, ...] = ()
    curves: EmotionCurves | None = None

    def at(self, times: NDArray[np.floating]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """What is asked for at some seconds (F,), with edges as sudden as they were asked for.

        Returns:
            Intensities (F, E) in 0..1, the larger of tags and curves; and (F,) in 0..1, how much the hand
            decides: 1 from the first tag on, elsewhere the strongest slider. The voice decides the rest.
        """
        intensities = np.zeros((len(times), len(EMOTIONS)), np.float32)
        held = np.zeros(len(times), np.float32)
        tags = sorted(self.tags, key=lambda tag: tag.time)
        for tag in tags:
            after = np.asarray(times) >= tag.time
            intensities[after], held[after] = 0, 1
            if tag.emotion != NEUTRAL:
                intensities[after, EMOTIONS.index(tag.emotion)] = tag.strength
        if self.curves is not None and len(self.curves.times):
            keyed = np.stack(
                [np.interp(times, self.curves.times, column) for column in self.curves.intensities.T], axis=1
            ).astype(np.float32)
            intensities = np.maximum(intensities, np.clip(keyed, 0, 1))
            held = np.maximum(held, intensities.max(axis=1))
        return intensities, held
