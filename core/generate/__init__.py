# SPDX-License-Identifier: GPL-3.0-or-later
"""Sound to motion, one file per generator."""

from .animate import animate
from .settings import AnimationSettings

__all__ = ["AnimationSettings", "animate"]
