# SPDX-License-Identifier: GPL-3.0-or-later
"""MeshTalk's networks, which work together, with one card."""
