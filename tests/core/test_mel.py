# SPDX-License-Identifier: GPL-3.0-or-later
from itertools import cycle

import numpy as np
import pytest
from soliloquy.core.audio import mel
from soliloquy.core.audio.mel import (
    EXPNET_MEL,
    MESHTALK_MEL,
    SILENCE,
    LogMelStream,
    MelSettings,
    log_mel,
    mel_columns,
    mel_windows,
)

SETTINGS = {"expnet": EXPNET_MEL, "meshtalk": MESHTALK_MEL}


def voice_like(seconds: float, seed: int = 0) -> np.ndarray:
    """Harmonics of a gliding pitch in bursts, with some noise, float32 at 16 kHz."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * 16000)) / 16000
    phase = 2 * np.pi * np.cumsum(120 + 40 * np.sin(2 * np.pi * 0.7 * t)) / 16000
    tone = sum(np.sin(k * phase) / k for k in range(1, 30))
    envelope = np.clip(np.sin(2 * np.pi * 3 * t), 0, None) ** 2
    return (0.2 * tone * envelope + 1e-3 * rng.standard_normal(len(t))).astype(np.float32)


SOUNDS = {
    "voice": voice_like(4.3),
    "noise": np.random.default_rng(1).standard_normal(20011).astype(np.float32),
    "quiet": voice_like(1.0) * np.float32(1e-4),
    "silence": np.zeros(5000, np.float32),
    "offset": np.full(7000, 0.3, np.float32),
    "short": voice_like(0.01),
}


def librosa_log_mel(samples, **printed):
    librosa = pytest.importorskip("librosa", reason="librosa is the reference")
    bands = librosa.feature.melspectrogram(
        y=samples, sr=16000, window="hann", center=True, pad_mode="constant", power=1.0, n_mels=80,
        htk=False, norm="slaney", **printed,
    )  # fmt: skip
    return np.log10(np.maximum(bands, 1e-5)).T


EXPNET_PRINTED = {"n_fft": 800, "hop_length": 200, "win_length": 800, "fmin": 55, "fmax": 7600}
MESHTALK_PRINTED = {"n_fft": 2048, "hop_length": 160, "win_length": 800, "fmin": 0, "fmax": 8000}


@pytest.mark.parametrize("name", SOUNDS)
@pytest.mark.parametrize(
    ("settings", "printed"), [(EXPNET_MEL, EXPNET_PRINTED), (MESHTALK_MEL, MESHTALK_PRINTED)], ids=SETTINGS
)
@pytest.mark.filterwarnings("ignore:n_fft=.* is too large")
def test_equals_librosa(name, settings, printed):
    ours = log_mel(SOUNDS[name], settings)
    assert ours.dtype == np.float32
    # Far from a constant's 0 Hz there is hardly more than what rounding the window to float32 leaves: with
    # the fine bins of the long FFT that shows.
    tolerance = 4e-4 if (name, settings) == ("offset", MESHTALK_MEL) else 1e-4
    np.testing.assert_allclose(ours, librosa_log_mel(SOUNDS[name], **printed), rtol=0, atol=tolerance)


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_filterbank_equals_librosa(settings):
    librosa = pytest.importorskip("librosa", reason="librosa is the reference")
    theirs = librosa.filters.mel(
        sr=16000, n_fft=settings.fft_size, n_mels=80, fmin=settings.lowest_hz, fmax=settings.highest_hz,
        dtype=np.float64,
    )  # fmt: skip
    np.testing.assert_allclose(mel.mel_filterbank(settings), theirs, rtol=0, atol=1e-12)


@pytest.mark.parametrize("sizes", [(1, 7, 399), (200,), (160,), (16000,), (0, 799, 801, 3), (12345,)])
@pytest.mark.parametrize("name", SOUNDS)
@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_stream_equals_whole_to_the_bit(name, sizes, settings):
    samples, blocks, start = SOUNDS[name], [], 0
    for size in cycle(sizes):
        if start >= len(samples):
            break
        blocks.append(samples[start : start + size])
        start += size
    whole = log_mel(samples, settings)
    assert np.array_equal(np.concatenate(list(mel_columns(blocks, settings))), whole)


def test_a_stream_gives_columns_as_soon_as_their_window_is_full():
    stream = LogMelStream(MESHTALK_MEL)
    # Column k needs samples up to 160 k + 400, not up to the FFT's end: zeros are there.
    assert [len(stream.push(np.ones(size, np.float32))) for size in (399, 1, 159, 1)] == [0, 1, 0, 1]


def test_columns_per_second():
    assert (EXPNET_MEL.columns_per_second, MESHTALK_MEL.columns_per_second) == (80, 100)
    assert mel.COLUMNS_PER_SECOND == 80


def test_bands_without_a_frequency_are_refused():
    with pytest.raises(ValueError, match="without a frequency"):
        log_mel(SOUNDS["short"], MelSettings(400, 400, 160, 200, 0.0, 8000.0))


@pytest.mark.parametrize("count", [1, 199, 200, 201, 399, 400, 16000])
def test_number_of_columns(count):
    assert log_mel(np.ones(count, np.float32)).shape == (count // 200 + 1, 80)
    assert log_mel(np.ones(count, np.float32), MESHTALK_MEL).shape == (count // 160 + 1, 80)


def test_nothing_gives_one_silent_column():
    assert np.all(log_mel(np.zeros(0, np.float32)) == SILENCE)


def test_digital_silence_is_the_floor():
    assert SILENCE == -5
    assert np.all(log_mel(SOUNDS["silence"]) == np.float32(SILENCE))


def test_a_second_of_silence_in_front_only_shifts():
    shifted = log_mel(np.concatenate([np.zeros(16000, np.float32), SOUNDS["voice"]]))
    # Not the first two columns after the join: before it there are zeros both times.
    assert np.array_equal(shifted[80:], log_mel(SOUNDS["voice"]))


def test_a_tone_lands_in_its_band_and_at_its_time():
    samples = np.zeros(16000, np.float32)
    samples[8000:9600] = np.sin(2 * np.pi * 1000 * np.arange(1600) / 16000)
    columns = log_mel(samples)
    corners = mel._corner_frequencies(EXPNET_MEL)
    band = int(np.argmax(columns[44]))
    assert corners[band] < 1000 < corners[band + 2]
    loud = np.flatnonzero(columns[:, band] > columns[44, band] - 0.31)
    # -6 dB where the tone fills half of the analysis window: at its edges, 0.5 s and 0.6 s.
    assert abs(loud[0] * 0.0125 - 0.5) <= 0.0125
    assert abs(loud[-1] * 0.0125 - 0.6) <= 0.0125


def test_windows_on_the_columns_are_slices():
    columns = log_mel(SOUNDS["voice"])
    times = (np.arange(20, 60) + 0.5) / 80
    windows = mel_windows(columns, times)
    for k, window in zip(range(20, 60), windows, strict=True):
        np.testing.assert_allclose(window, columns[k - 7 : k + 9], rtol=0, atol=1e-5)


def test_windows_interpolate_linearly():
    ramp = np.repeat(np.arange(200, dtype=np.float32)[:, None], 80, axis=1)
    times = np.arange(20, 90) / 50 + 0.003
    expected = (times[:, None] + (np.arange(16) - 7.5) * 0.0125) * 80
    windows = mel_windows(ramp, times)
    assert windows.shape == (70, 16, 80)
    assert windows.dtype == np.float32
    np.testing.assert_allclose(windows[:, :, 3], expected, rtol=0, atol=1e-4)


def test_windows_outside_the_sound_are_silence():
    columns = np.zeros((10, 80), np.float32)
    windows = mel_windows(columns, np.array([-5.0, 0.0, 4 / 80, 1000.0]))
    assert np.all(windows[[0, 3]] == SILENCE)
    # Columns -7.5 ... 7.5 around the first one: half of the edge is silence.
    np.testing.assert_allclose(windows[1, :, 0], [SILENCE] * 7 + [SILENCE / 2] + [0] * 8, atol=1e-6)


def test_windows_of_a_part_equal_those_of_the_whole():
    columns = log_mel(SOUNDS["voice"])
    times = np.arange(30, 60) / 29.97
    whole = mel_windows(columns, times)
    assert np.array_equal(whole, mel_windows(columns[60:], times, first_column=60))
