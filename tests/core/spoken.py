# SPDX-License-Identifier: GPL-3.0-or-later
"""Speech that was never recorded: phones at known times, and what an ear that errs would hear of them."""

from collections.abc import Sequence

import numpy as np
from soliloquy.core.motion import Phone
from soliloquy.core.phones import PHONES, phone_labels
from soliloquy.core.transcript.normalise import normalise
from soliloquy.core.transcript.pronounce import pronounce


def heard(phones: Sequence[Phone], duration: float, rate: float, *, seed: int = 0, noise: float = 1.2):
    """Posteriors (F, 40): blurred over 15 ms, with noise that lasts, a phone in seven taken for another."""
    random = np.random.default_rng(seed)
    times = np.arange(int(duration * rate)) / rate
    blurred = np.zeros((len(times), len(PHONES)))
    for shift in np.linspace(-0.03, 0.03, 25):
        blurred[np.arange(len(times)), phone_labels(phones, times + shift)] += np.exp(
            -((shift / 0.015) ** 2) / 2
        )
    logs = np.log(blurred / blurred.sum(axis=1, keepdims=True) + 0.003)
    lasting = random.normal(0, noise, logs.shape)
    for frame in range(1, len(lasting)):
        lasting[frame] = 0.7 * lasting[frame - 1] + 0.7 * lasting[frame]
    logs += lasting
    for phone in phones:
        if random.random() < 1 / 7:
            frames = (times >= phone.start) & (times < phone.end)
            logs[frames, random.integers(len(PHONES) - 1)] += 4
    logs = np.exp(logs - logs.max(axis=1, keepdims=True))
    return (logs / logs.sum(axis=1, keepdims=True)).astype(np.float32)


def read_aloud(text: str, *, seed: int = 0, start: float = 0.4, reading: int = 0) -> tuple[list[Phone], dict]:
    """Phones of a text at drawn times, here and there a pause, and each word with its start by its number."""
    random = np.random.default_rng(seed)
    now, phones, words = start, [], {}
    for number, token in enumerate(normalise(text)):
        words[number] = (token.written, now)
        for word in token.readings[min(reading, len(token.readings) - 1)]:
            for name in pronounce(word).pronunciations[0]:
                length = float(random.uniform(0.05, 0.13))
                phones.append(Phone(name, now, now + length))
                now += length
        if random.random() < 0.15:
            now += float(random.uniform(0.15, 0.6))
    return phones, words
