# SPDX-License-Identifier: GPL-3.0-or-later
"""The speech encoder that ships, on the sample of speech that ships."""

import numpy as np
import pytest
from soliloquy import samples
from soliloquy.core.audio import load
from soliloquy.core.generate.articulation import constrain, demands
from soliloquy.core.generate.speech import SPEECH_FPS, SpeechFeatures, hear
from soliloquy.core.head import lip_gap_model
from soliloquy.core.phone_decoding import decode_phones
from soliloquy.core.phones import BILABIALS, PHONE_INDEX, phone_labels
from soliloquy.core.retarget.arkit import ARKIT_INDEX, ARKIT_NAMES
from soliloquy.core.runtime import WEIGHTS_FOLDER, load_network

SPOKEN = tuple(phone for phone in samples.phones() if phone.name != "SIL")


@pytest.fixture(scope="module")
def features():
    return SpeechFeatures.joined(
        hear(load_network("speech_encoder", providers=["cpu"]), [load(samples.SOUND)])
    )


def test_fits_the_extension():
    assert (WEIGHTS_FOLDER / "speech_encoder.onnx").stat().st_size <= 16e6
    assert (WEIGHTS_FOLDER / "speech_encoder.md").is_file()


def test_hears_most_of_the_sample(features):
    labels = phone_labels(SPOKEN, np.arange(len(features)) / SPEECH_FPS)
    assert (features.phones.argmax(axis=1) == labels).mean() > 0.75


def test_hears_when_nobody_speaks():
    network = load_network("speech_encoder", providers=["cpu"])
    quiet = SpeechFeatures.joined(hear(network, [np.zeros(16000, np.float32)]))
    assert (quiet.phones.argmax(axis=1) == PHONE_INDEX["SIL"]).all()
    assert quiet.voice.max() < 0.5
    assert decode_phones(quiet.phones, SPEECH_FPS).spoken == ()


@pytest.mark.parametrize("fps", [12, 24, 30, 60])
def test_lips_meet_where_it_heard_them(features, fps):
    """An open mouth that only the constraints close: most of m, b and p, and hardly a vowel."""
    count = int(len(features) / SPEECH_FPS * fps)
    weights = np.zeros((count, len(ARKIT_NAMES)), np.float32)
    weights[:, ARKIT_INDEX["jawOpen"]] = 0.2
    model = lip_gap_model()
    closed = model.heights(constrain(weights, demands(features, count, fps))) < model.closed
    times = np.arange(count) / fps
    reach = max(0.04, 0.5 / fps)
    lips = [phone for phone in SPOKEN if phone.name in BILABIALS]
    sealed = [closed[(times >= phone.start - reach) & (times <= phone.end + reach)].any() for phone in lips]
    assert len(lips) > 5
    assert np.mean(sealed) > 0.9
    middles = [(phone.start + phone.end) / 2 for phone in SPOKEN if phone.name in {"AA", "AE", "AY", "EH"}]
    # At 12 a second a frame is as long as the vowel of "my", and belongs to the m beside it.
    assert np.mean([closed[round(middle * fps)] for middle in middles]) < (0.15 if fps > 12 else 0.3)
