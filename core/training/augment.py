# SPDX-License-Identifier: GPL-3.0-or-later
"""Other voices, rooms, microphones and noises from one recording.

Every function takes and gives mono float32 samples at 16 kHz, shape (n,), and keeps the timing, except
`change_speed`, whose caller divides its frame times by the ratio.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..audio import SAMPLE_RATE

Samples = NDArray[np.float32]


@dataclass(frozen=True)
class Augmented:
    """A changed recording.

    Attributes:
        samples: (n,) float32.
        speed: what happened at second t of the original happens at t / speed here.
    """

    samples: Samples
    speed: float


def augment(samples: Samples, others: list[Samples], random: np.random.Generator) -> Augmented:
    """A random mixture of all changes.

    Args:
        samples: (n,) speech.
        others: other recordings, for voices in the background.
        random: source of every choice.
    """
    speed = float(random.uniform(0.85, 1.18)) if random.random() < 0.6 else 1.0
    result = change_speed(samples, speed)
    if random.random() < 0.4:
        result = change_pitch(result, float(random.uniform(-4, 6)))
    if random.random() < 0.5:
        result = add_room(result, random)
    if random.random() < 0.6:
        result = equalise(result, random)
    if random.random() < 0.15:
        result = telephone(result)
    if random.random() < 0.7:
        result = add_noise(result, others, float(random.uniform(3, 30)), random)
    result = result * np.float32(10 ** (random.uniform(-26, 6) / 20))
    return Augmented(np.clip(result, -1, 1).astype(np.float32), speed)


def harden(
    samples: Samples,
    count: int,
    speed: float,
    other: Samples,
    random: np.random.Generator,
    *,
    changed: bool,
) -> Samples:
    """What an excerpt may sound like elsewhere: a quick mixture of the changes, for each batch anew.

    Args:
        samples: (n,) speech, n at least `count` * `speed`.
        count: samples of the result.
        speed: see `change_speed`.
        other: another recording, for a voice in the background.
        random: source of every choice.
        changed: whether anything but speed and level changes.
    """
    result = change_speed(samples, speed)[:count]
    result = np.pad(result, (0, count - len(result)))
    if changed:
        if random.random() < 0.3:
            result = change_pitch(result, float(random.uniform(-5.5, 5.5)))
        result = in_a_place(result, random)
        if random.random() < 0.12:
            result = compress(result, random)
        if random.random() < 0.65:
            result = add_noise(result, [other], float(random.uniform(-2, 28)), random)
    result = result * np.float32(10 ** (random.uniform(-30, 6) / 20))
    return np.clip(result, -1, 1).astype(np.float32)


def change_speed(samples: Samples, ratio: float) -> Samples:
    """Play faster (ratio > 1) or slower: tempo, pitch and formants move together, as between people."""
    if ratio == 1.0:
        return samples
    import soxr

    return soxr.resample(samples, SAMPLE_RATE * ratio, SAMPLE_RATE).astype(np.float32)


def change_pitch(samples: Samples, semitones: float) -> Samples:
    """Move pitch and formants, keep the tempo."""
    import librosa

    shifted = librosa.effects.pitch_shift(
        samples, sr=SAMPLE_RATE, n_steps=semitones, res_type="soxr_mq", n_fft=1024
    )
    return shifted.astype(np.float32)


def add_room(samples: Samples, random: np.random.Generator) -> Samples:
    """Reverberation: exponentially decaying noise after the direct sound, 0.15-0.7 s to -60 dB."""
    from scipy.signal import fftconvolve

    return fftconvolve(samples, _room(random))[: len(samples)].astype(np.float32)


def equalise(samples: Samples, random: np.random.Generator) -> Samples:
    """A microphone's frequency response: a smooth random curve within about 10 dB."""
    return _filter(samples, *_response(random))


def telephone(samples: Samples) -> Samples:
    """Only 300 to 3400 Hz."""
    return _filter(samples, *_TELEPHONE)


def compress(samples: Samples, random: np.random.Generator) -> Samples:
    """What a telephone's codec leaves of a sound: mu-law or GSM at 8 kHz."""
    import io

    import soundfile
    import soxr

    subtype = ("ULAW", "GSM610")[random.integers(2)]
    rate = 8000
    stream = io.BytesIO()
    soundfile.write(
        stream, np.clip(soxr.resample(samples, SAMPLE_RATE, rate), -1, 1), rate, format="WAV", subtype=subtype
    )
    stream.seek(0)
    decoded, _ = soundfile.read(stream, dtype="float32")
    restored = soxr.resample(decoded, rate, SAMPLE_RATE)[: len(samples)]
    return np.pad(restored, (0, len(samples) - len(restored))).astype(np.float32)


def add_noise(
    samples: Samples, others: list[Samples], ratio_decibels: float, random: np.random.Generator
) -> Samples:
    """Hiss, rumble, hum or voices at a speech-to-noise ratio."""
    kind = random.integers(4)
    if kind == 3 and others:
        noise = _voices(len(samples), others, random)
        # Voices as loud as the speaker are speech: the mouth could not know whom to follow.
        ratio_decibels = max(ratio_decibels, 12.0)
    else:
        # Power falls with frequency as 1 / f ** slope: white, pink, brown.
        noise = coloured_noise(len(samples), float(random.uniform(0, 2)), random)
        if kind == 2:
            hum = np.sin(2 * np.pi * 50 * np.arange(len(samples)) / SAMPLE_RATE * random.choice([1, 1.2, 2]))
            noise = noise + hum.astype(np.float32)
    speech_power = np.mean(samples**2) + 1e-12
    noise_power = np.mean(noise**2) + 1e-12
    factor = np.sqrt(speech_power / noise_power * 10 ** (-ratio_decibels / 10))
    return (samples + noise * np.float32(factor)).astype(np.float32)


def coloured_noise(count: int, slope: float, random: np.random.Generator) -> Samples:
    """Noise of `count` samples whose power falls as 1 / frequency ** slope, of unit power."""
    from scipy import fft

    size = int(fft.next_fast_len(count, real=True) or count)
    spectrum = np.asarray(fft.rfft(random.standard_normal(size, np.float32)))
    frequency = np.maximum(np.fft.rfftfreq(size, 1 / SAMPLE_RATE), 40).astype(np.float32)
    noise = np.asarray(fft.irfft(spectrum * frequency ** np.float32(-slope / 2), size))[:count]
    return (noise / (noise.std() + 1e-12)).astype(np.float32)


def _voices(count: int, others: list[Samples], random: np.random.Generator) -> Samples:
    total = np.zeros(count, np.float32)
    for _ in range(random.integers(2, 6)):
        voice = others[random.integers(len(others))]
        total += np.roll(np.resize(voice, count), random.integers(count))
    return total


def in_a_place(samples: Samples, random: np.random.Generator) -> Samples:
    """Some of: a room, a microphone, a telephone's band; as one filter, which is quicker than three."""
    from scipy import fft

    in_room, equalised, narrow = random.random(3) < (0.5, 0.6, 0.12)
    if not (in_room or equalised or narrow):
        return samples
    room = _room(random) if in_room else np.ones(1, np.float32)
    needed = len(samples) + len(room)
    size = int(fft.next_fast_len(needed, real=True) or needed)
    spectrum = np.asarray(fft.rfft(samples, size))
    if in_room:
        spectrum = spectrum * np.asarray(fft.rfft(room, size))
    if equalised:
        spectrum = spectrum * _gain(size, *_response(random))
    if narrow:
        spectrum = spectrum * _gain(size, *_TELEPHONE)
    return np.asarray(fft.irfft(spectrum, size), np.float32)[: len(samples)]


_TELEPHONE = (np.array([150.0, 300, 3400, 4200]), np.array([-40.0, 0, 0, -40]))
"""Knots in Hz and their gains in dB."""


def _room(random: np.random.Generator) -> Samples:
    decay = random.uniform(0.15, 0.7)
    time = np.arange(int(decay * SAMPLE_RATE)) / SAMPLE_RATE
    tail = random.standard_normal(len(time)) * 10 ** (-3 * time / decay)
    tail[: int(0.002 * SAMPLE_RATE)] = 0
    level = 10 ** (random.uniform(-15, 2) / 20)
    response = tail * level / np.sqrt((tail**2).sum())
    response[0] = 1
    return response.astype(np.float32)


def _response(random: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    knots = np.geomspace(50, SAMPLE_RATE / 2, 8)
    gain = np.cumsum(random.normal(0, 3, len(knots)))
    return knots, gain - gain.mean()


def _gain(size: int, hertz: NDArray[np.floating], decibels: NDArray[np.floating]) -> NDArray[np.float32]:
    """Of a zero-phase filter over `size` samples; it runs straight between knots over log frequency."""
    frequency = np.log(np.maximum(np.fft.rfftfreq(size, 1 / SAMPLE_RATE), 1))
    return (10 ** (np.interp(frequency, np.log(hertz), decibels) / 20)).astype(np.float32)


def _filter(samples: Samples, hertz: NDArray[np.floating], decibels: NDArray[np.floating]) -> Samples:
    size = len(samples)
    filtered = np.fft.irfft(np.fft.rfft(samples) * _gain(size, hertz, decibels), size)
    return filtered.astype(np.float32)
