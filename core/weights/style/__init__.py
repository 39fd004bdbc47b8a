# SPDX-License-Identifier: GPL-3.0-or-later
"""The style networks, which belong together, with one card."""
