# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said, apart: the same however the sound comes, and each column as its own window says."""

import numpy as np
import pytest
from soliloquy import samples
from soliloquy.core.audio import load
from soliloquy.core.errors import ModelError
from soliloquy.core.generate.content import CONTENT_SIZE, content_network, content_rows, heard_rows
from soliloquy.core.generate.expression_inputs import encoder_mark, input_rows, padded_inputs
from soliloquy.core.generate.speech import SpeechFeatures, hear
from soliloquy.core.runtime import load_network


@pytest.fixture(scope="module")
def encoder():
    return load_network("speech_encoder", providers=["cpu"])


@pytest.fixture(scope="module")
def sound():
    return load(samples.SOUND)[:70_000]


@pytest.fixture(scope="module")
def heard(encoder, sound):
    return SpeechFeatures.joined(hear(encoder, [sound]))


def test_stretches_make_no_difference(heard, encoder):
    network = content_network(encoder_mark(encoder))
    whole = np.concatenate(list(content_rows([heard], network)))
    parts = [heard[first : first + 37] for first in range(0, len(heard), 37)]
    streamed = np.concatenate(list(content_rows(parts, network)))
    assert whole.shape == (len(heard), CONTENT_SIZE)
    np.testing.assert_allclose(streamed, whole, atol=1e-5)


def test_each_column_is_that_of_its_window(heard, encoder):
    network = content_network(encoder_mark(encoder))
    whole = np.concatenate(list(content_rows([heard], network)))
    rows = heard_rows(heard)
    for column in (8, 100, len(rows) - 8):
        (alone,) = network.run(heard=rows[None, column - 8 : column + 8])
        np.testing.assert_allclose(whole[column], alone[0, 0], atol=1e-5)


def test_less_than_a_window_is_enough(encoder):
    network = content_network(encoder_mark(encoder))
    short = SpeechFeatures.joined(hear(encoder, [np.zeros(600, np.float32)]))
    assert len(np.concatenate(list(content_rows([short], network)))) == len(short)


def test_inputs_stand_side_by_side(sound, encoder):
    """All inputs together are those that each of them is alone, whatever the blocks."""
    names = ("mel", "phones", "content")
    together = padded_inputs(names, sound, encoder)
    blocks = np.array_split(sound, 9)
    parts = list(input_rows(names, blocks, encoder))
    for name in names:
        alone = padded_inputs((name,), sound, encoder)[name]
        np.testing.assert_allclose(together[name], alone, atol=1e-5)
        np.testing.assert_allclose(np.concatenate([part[name] for part in parts]), alone, atol=1e-4)


def test_another_speech_encoder_is_refused():
    with pytest.raises(ModelError, match="trained with another speech encoder"):
        content_network("0123456789abcdef")
