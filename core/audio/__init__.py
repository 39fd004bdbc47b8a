# SPDX-License-Identifier: GPL-3.0-or-later
"""Sound: decoding to mono float32 at 16 kHz, in blocks, and ExpNet's log-mel spectrogram."""

SAMPLE_RATE = 16000
"""Samples per second of every sound inside the package."""
