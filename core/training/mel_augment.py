# SPDX-License-Identifier: GPL-3.0-or-later
"""Other voices, microphones, levels and noises, made on log-mel columns: cheap enough for every batch.

Shape letters: N excerpts, T columns.
"""

from functools import cache

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ..audio.mel import COLUMNS_PER_SECOND, HIGHEST_HZ, LOWEST_HZ, MEL_BANDS, SILENCE

_TAIL_COLUMNS = 32
"""Reverberation that is followed: 0.4 s."""
_SMEAR_COLUMNS = 3


def change_mel(mel: Tensor, random: np.random.Generator) -> Tensor:
    """Random changes of log10 magnitudes (N, T, 80); each excerpt gets its own.

    Voice (pitch and formants together, up to 5 semitones), microphone, room, noise, narrow band, level, and
    masks over bands and over time (SpecAugment, Park et al. 2019).
    """
    count, columns, _ = mel.shape

    def chance(probability: float) -> Tensor:
        return torch.from_numpy(random.random((count, 1, 1)) < probability)

    semitones = np.where(random.random(count) < 0.5, random.uniform(-5, 5, count), 0.0)
    warps = torch.stack([warp_matrix(round(float(step) * 4)) for step in semitones])
    mel = torch.bmm(mel - SILENCE, warps) + SILENCE
    mel = torch.where(chance(0.6), mel + _response(count, random), mel)
    mel = _surround(mel, chance(0.4), chance(0.55), random)
    mel = torch.where(chance(0.12), mel + _narrow_band(count, random), mel)
    level = torch.from_numpy(random.uniform(-1.5, 0.4, (count, 1, 1)).astype(np.float32))
    mel = (mel + level).clamp(min=SILENCE)
    for _ in range(2):
        mel = torch.where(_band_mask(count, random), mel.mean(dim=(1, 2), keepdim=True), mel)
        mel = torch.where(_time_mask(count, columns, random), mel.mean(dim=(1, 2), keepdim=True), mel)
    return mel


@cache
def warp_matrix(quarter_semitones: int) -> Tensor:
    """Matrix (80, 80), from the right, that moves every frequency by quarters of a semitone.

    Values are above the floor: what moves in from outside the bands is silence.
    """
    hertz = _band_centres()
    ratio = 2 ** (quarter_semitones / 48)
    # Band b of the result shows what was at its frequency over the ratio.
    position = np.interp(hertz / ratio, hertz, np.arange(MEL_BANDS), left=-1, right=MEL_BANDS)
    matrix = np.zeros((MEL_BANDS + 2, MEL_BANDS), np.float32)
    left = np.floor(position).astype(int)
    share = position - left
    band = np.arange(MEL_BANDS)
    np.add.at(matrix, (np.clip(left + 1, 0, MEL_BANDS + 1), band), 1 - share)
    np.add.at(matrix, (np.clip(left + 2, 0, MEL_BANDS + 1), band), share)
    # The lowest band goes on below, as the lowest harmonics do; above the highest there is nothing.
    matrix[1] += matrix[0]
    return torch.from_numpy(matrix[1:-1].copy())


def _band_centres() -> np.ndarray:
    """Hz of the 80 bands' middles on Slaney's scale."""

    def mel(hertz: float) -> float:
        return hertz / (200 / 3) if hertz < 1000 else 15 + np.log(hertz / 1000) * 27 / np.log(6.4)

    mels = np.linspace(mel(LOWEST_HZ), mel(HIGHEST_HZ), MEL_BANDS + 2)[1:-1]
    return np.where(mels < 15, mels * 200 / 3, 1000 * np.exp((mels - 15) * np.log(6.4) / 27))


def _curve(count: int, knots: int, deviation: float, random: np.random.Generator) -> Tensor:
    """Smooth random curves over the bands, (N, 1, 80), with zero mean."""
    values = np.cumsum(random.normal(0, deviation, (count, knots)), axis=1)
    grid = np.linspace(0, knots - 1, MEL_BANDS)
    curves = np.stack([np.interp(grid, np.arange(knots), row - row.mean()) for row in values])
    return torch.from_numpy(curves[:, None].astype(np.float32))


def _response(count: int, random: np.random.Generator) -> Tensor:
    return _curve(count, 7, 0.13, random)


def _surround(mel: Tensor, in_room: Tensor, noisy: Tensor, random: np.random.Generator) -> Tensor:
    """Reverberation and noise, added as powers, for the excerpts where `in_room`, `noisy` (N, 1, 1)."""
    count = len(mel)
    power = 10 ** (2 * mel)
    # Powers of a diffuse tail fall exponentially, by 60 dB in the reverberation time, sooner in the treble.
    seconds = random.uniform(0.15, 0.8, (count, 1, 1)) * np.linspace(1.2, 0.7, MEL_BANDS)[:, None]
    columns = np.arange(1, _TAIL_COLUMNS + 1)
    tail = 10 ** (-6 * columns / (COLUMNS_PER_SECOND * seconds))
    tail *= 10 ** (random.uniform(-15, 2, (count, 1, 1)) / 10) / tail.sum(axis=2, keepdims=True)
    kernel = np.concatenate([tail[:, :, ::-1], np.ones((count, MEL_BANDS, 1))], axis=2).astype(np.float32)
    channels = power.transpose(1, 2).reshape(1, count * MEL_BANDS, -1)
    rung = functional.conv1d(
        functional.pad(channels, (_TAIL_COLUMNS, 0)),
        torch.from_numpy(kernel).reshape(count * MEL_BANDS, 1, -1),
        groups=count * MEL_BANDS,
    )
    power = torch.where(in_room, rung.reshape(count, MEL_BANDS, -1).transpose(1, 2), power)
    power = _smear(power, random)
    noise = torch.where(noisy, 10 ** (2 * _noise(mel, random)), torch.zeros(()))
    return 0.5 * torch.log10(power + noise)


def _smear(power: Tensor, random: np.random.Generator) -> Tensor:
    """For one excerpt in four, onsets as blurred and levels as uneven as a phase vocoder leaves them."""
    count, columns, bands = power.shape
    width = random.uniform(1.0, 3.5, (count, 1)) * (random.random((count, 1)) < 0.25)
    offsets = np.arange(-_SMEAR_COLUMNS, _SMEAR_COLUMNS + 1)
    weight = np.maximum(1 - np.abs(offsets) / np.maximum(width, 0.5), 0).astype(np.float32)
    weight /= weight.sum(axis=1, keepdims=True)
    padded = functional.pad(power.transpose(1, 2), (_SMEAR_COLUMNS, _SMEAR_COLUMNS), mode="replicate")
    smeared = torch.zeros_like(power)
    for tap in range(len(offsets)):
        part = padded[:, :, tap : tap + columns].transpose(1, 2)
        smeared += torch.from_numpy(weight[:, tap, None, None]) * part
    ripple = random.standard_normal((count, columns, bands), np.float32) * np.float32(0.25)
    return smeared * torch.from_numpy(10 ** (ripple * (width > 0)[:, :, None]).astype(np.float32))


def _noise(mel: Tensor, random: np.random.Generator) -> Tensor:
    """Hiss of any colour, or other excerpts of the batch, at 3 dB above to 25 dB below the speech."""
    count, columns, bands = mel.shape
    # The louder columns count: pauses must not make the noise fainter.
    level = _loudness(mel)
    # Magnitudes of one bin of noise are Rayleigh; a band has several bins.
    ripple = torch.from_numpy(random.standard_normal((count, columns, bands), np.float32) * np.float32(0.12))
    steady = _curve(count, 5, 0.4, random) + ripple + _slow(count, columns, random) - 0.2
    others = mel.roll(int(random.integers(1, max(count, 2))), dims=0).flip(1)
    more = others.roll(1, dims=0).roll(int(random.integers(columns)), dims=1)
    babble = torch.maximum(others - _loudness(others), more - _loudness(more))
    is_babble = torch.from_numpy(random.random((count, 1, 1)) < 0.25)
    ratio = torch.from_numpy(random.uniform(-3, 25, (count, 1, 1)).astype(np.float32))
    # Voices as loud as the speaker are speech: nobody could know whom to follow.
    ratio = torch.where(is_babble, ratio.clamp(min=8.0), ratio)
    return torch.where(is_babble, babble, steady) + level - ratio / 20


def _loudness(mel: Tensor) -> Tensor:
    """Mean of the bands in the louder columns, (N, 1, 1)."""
    return torch.quantile(mel.mean(dim=2), 0.8, dim=1)[:, None, None]


def _slow(count: int, columns: int, random: np.random.Generator) -> Tensor:
    """Level of a noise that comes and goes, (N, T, 1); steady for two in three."""
    knots = max(2, columns // 40)
    values = random.normal(0, 0.35, (count, knots)) * (random.random((count, 1)) < 0.33)
    grid = np.linspace(0, knots - 1, columns)
    return torch.from_numpy(
        np.stack([np.interp(grid, np.arange(knots), row) for row in values])[..., None].astype(np.float32)
    )


def _narrow_band(count: int, random: np.random.Generator) -> Tensor:
    """A telephone's band, or any lower limit of the treble: (N, 1, 80)."""
    hertz = _band_centres()
    gains = np.zeros((count, 1, MEL_BANDS), np.float32)
    for row in range(count):
        telephone = random.random() < 0.6
        high = random.uniform(3200, 4000) if telephone else random.uniform(3000, 7000)
        low = random.uniform(150, 350) if telephone else 0.0
        octaves = np.maximum(np.log2(hertz / high), 0) + np.maximum(np.log2(max(low, 1) / hertz), 0)
        gains[row, 0] = -np.minimum(octaves * random.uniform(2, 12), 3.5)
    return torch.from_numpy(gains)


def _band_mask(count: int, random: np.random.Generator) -> Tensor:
    band = np.arange(MEL_BANDS)
    first = random.integers(0, MEL_BANDS, (count, 1, 1))
    width = random.integers(0, 11, (count, 1, 1)) * (random.random((count, 1, 1)) < 0.5)
    return torch.from_numpy((band >= first) & (band < first + width))


def _time_mask(count: int, columns: int, random: np.random.Generator) -> Tensor:
    column = np.arange(columns)[:, None]
    first = random.integers(0, columns, (count, 1, 1))
    width = random.integers(0, 7, (count, 1, 1)) * (random.random((count, 1, 1)) < 0.5)
    return torch.from_numpy((column >= first) & (column < first + width))
