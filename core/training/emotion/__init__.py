# SPDX-License-Identifier: GPL-3.0-or-later
"""Speech with known emotion: edited prosody, and corpora of acted emotions."""
