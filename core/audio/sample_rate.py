# SPDX-License-Identifier: GPL-3.0-or-later
"""The one sample rate inside the package."""

SAMPLE_RATE = 16000
"""Samples per second."""
