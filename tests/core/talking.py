# SPDX-License-Identifier: GPL-3.0-or-later
"""Cues of speech that was never recorded."""

import numpy as np
from soliloquy.core.generate.cues import SpeechCues


def talk(duration: float, *, seed: int = 0, silent_from: float = np.inf) -> SpeechCues:
    """Phrases of some seconds with short, thinking and long pauses between them, and stressed syllables.

    A longer one starts with the shorter one's, which ends where no phrase has room.
    """
    random = np.random.default_rng(seed)
    now, phrases, accents, strengths = 0.3, [], [], []
    while True:
        long, kind, pause, *drawn = random.random(67).tolist()
        end = now + 0.8 + 4.0 * long
        if end > min(duration, silent_from):
            break
        phrases.append((now, end))
        syllables = np.arange(now + 0.15, end, 0.5)
        accents += (syllables + 0.1 * np.array(drawn[: len(syllables)])).tolist()
        strengths += drawn[32 : 32 + len(syllables)]
        low, high = (0.25, 0.6) if kind < 0.6 else (0.6, 1.6) if kind < 0.93 else (3.0, 6.0)
        now = end + low + (high - low) * pause
    return SpeechCues(
        duration,
        np.reshape(phrases, (-1, 2)).astype(np.float64),
        np.array(accents, np.float64),
        np.array(strengths, np.float32),
    )


def within(times: np.ndarray, spans: np.ndarray) -> np.ndarray:
    """Which of some seconds lie in one of some spans (N, 2) in order."""
    return np.searchsorted(spans.ravel(), times, "right") % 2 == 1
