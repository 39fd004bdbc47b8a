# SPDX-License-Identifier: GPL-3.0-or-later
"""Sound: decoding to mono float32 at 16 kHz, in blocks, and ExpNet's log-mel spectrogram."""

from .decode import decode_blocks, estimate_duration, load
from .sample_rate import SAMPLE_RATE

__all__ = ["SAMPLE_RATE", "decode_blocks", "estimate_duration", "load"]
