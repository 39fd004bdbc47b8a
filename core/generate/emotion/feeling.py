# SPDX-License-Identifier: GPL-3.0-or-later
"""What a face does besides speaking: the emotion of hand and voice, and idle motion, as one layer.

Shape letter: F frames.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...retarget.arkit import ARKIT_NAMES
from ..cues import SpeechCues
from ..settings import AnimationSettings
from .directions import EmotionDirections, EmotionTag
from .idle import IdleMotion
from .layer import EmotionLayer, added
from .voice import VoiceEmotion

SPEAKING: Final[dict[str, float]] = {
    "jawOpen": 0.15,
    "mouthUpperUp": 0.5,
    "mouthLowerDown": 0.4,
    "mouthPress": 0.35,
    "mouthRoll": 0.3,
    "mouthShrug": 0.4,
    "mouthStretch": 0.6,
    "mouthSmile": 0.75,
    "mouthFrown": 0.7,
    "mouthDimple": 0.8,
}
"""Beginnings of the names of shapes, and how much of an emotion's weights they keep while somebody speaks:
the mouth is needed for speech, and least of all may its opening be taken. Our own choice; others keep all."""

_SHORTEST_QUIET: Final = 0.6
"""Seconds of pause below which an emotion's mouth stays as in speech: it would open and close at once."""
_QUIETING: Final = 0.5
_ROUSING: Final = 0.25
"""Seconds after the voice until the mouth shows the whole emotion, and before the voice until it is ready."""

_OPENERS: Final = [
    number
    for number, name in enumerate(ARKIT_NAMES)
    if name.startswith(("jawOpen", "mouthFunnel", "mouthLowerDown", "mouthUpperUp"))
]
_SPEAKING: Final = np.array(
    [next((part for start, part in SPEAKING.items() if name.startswith(start)), 1.0) for name in ARKIT_NAMES],
    np.float32,
)


class Feeling:
    """Emotion and idle motion of a clip.

    Args:
        emotion: weights of what is felt; None for nothing.
        idle: what the face does by itself; None for nothing.
        cues: when somebody speaks.
    """

    def __init__(self, emotion: EmotionLayer | None, idle: IdleMotion | None, cues: SpeechCues) -> None:
        self._emotion = emotion
        self._idle = idle
        self._pauses = cues.pauses.copy()
        self._pauses[0, 0], self._pauses[-1, 1] = -np.inf, np.inf

    def at(self, times: NDArray[np.floating]) -> NDArray[np.float32]:
        """Weights (F, 52) in 0..1 that are to be added to a speaking face's own at some seconds, rising."""
        quiet = self._quiet(times)
        weights = np.zeros((len(times), len(ARKIT_NAMES)), np.float32)
        if self._emotion is not None:
            speaking = 1 - quiet[:, None]
            weights = self._emotion.at(times) * (1 - speaking * (1 - _SPEAKING))
        if self._idle is not None:
            # Nobody swallows with open lips.
            weights[:, _OPENERS] *= 1 - self._idle.swallowing(times)[:, None]
            weights = added(weights, self._idle.at(times, quiet))
        return np.asarray(weights, np.float32)

    def _quiet(self, times: NDArray[np.floating]) -> NDArray[np.float32]:
        """(F,) in 0..1: how far nobody speaks."""
        place = np.searchsorted(self._pauses[:, 0], times, "right") - 1
        starts, ends = self._pauses[place].T
        inside = np.minimum((times - starts) / _QUIETING, (ends - times) / _ROUSING)
        inside = np.where(ends - starts >= _SHORTEST_QUIET, np.clip(inside, 0, 1), 0)
        return (inside * inside * (3 - 2 * inside)).astype(np.float32)


def feeling_of(
    cues: SpeechCues,
    *,
    seed: int,
    settings: AnimationSettings,
    directions: EmotionDirections | None = None,
    voice: VoiceEmotion | None = None,
) -> Feeling | None:
    """Emotion and idle motion of a clip; None where nothing is felt and the face does nothing by itself.

    Where the hand asks for an emotion, it decides as far as `EmotionDirections.at` says, and the voice the
    rest.

    Args:
        cues: of the speech.
        seed: any whole number.
        settings: how much of the voice's emotion, and of idle motion.
        directions: what the animator asks for.
        voice: what was heard.
    """

    def asked(times: NDArray[np.float64]) -> NDArray[np.float32]:
        felt, held = (directions or EmotionDirections()).at(times)
        if voice is not None and settings.voice_emotion > 0:
            felt += (1 - held)[:, None] * np.float32(settings.voice_emotion) * voice.at(times)
        return felt

    emotion = EmotionLayer(asked, cues.duration, seed=seed)
    idle = IdleMotion(cues, settings.idle_amount, seed=seed) if settings.idle_amount > 0 else None
    if idle is None and not emotion:
        return None
    return Feeling(emotion if emotion else None, idle, cues)


def directed(directions: EmotionDirections | None, tags: Sequence[EmotionTag]) -> EmotionDirections | None:
    """What the animator asks for by hand and in the transcript's tags."""
    if not tags:
        return directions
    asked = directions or EmotionDirections()
    return EmotionDirections((*asked.tags, *tags), asked.curves)
