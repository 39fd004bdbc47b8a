# SPDX-License-Identifier: GPL-3.0-or-later
"""The script that builds the head (`core/head/head.npz`) from CC0 data; see `core/head/HEAD.md`."""

from .build import build_head

__all__ = ["build_head"]
