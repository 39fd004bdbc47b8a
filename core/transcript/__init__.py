# SPDX-License-Identifier: GPL-3.0-or-later
"""Transcripts: what was said, as text, and when, by alignment with what was heard."""
