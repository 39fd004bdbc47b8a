# SPDX-License-Identifier: GPL-3.0-or-later
import numpy as np
import pytest


@pytest.fixture(scope="session")
def noise(tmp_path_factory):
    """Four seconds of noise at 48 kHz: no two places of it look alike. (path, samples)."""
    import soundfile

    generator = np.random.default_rng(7)
    samples = np.convolve(generator.standard_normal(4 * 48000), np.hanning(33) / 16, "same")
    samples = (0.4 * samples / np.abs(samples).max()).astype(np.float32)
    path = tmp_path_factory.mktemp("Ton ü") / "rauschen – 话.wav"
    soundfile.write(path, samples, 48000, subtype="FLOAT")
    return path, samples
