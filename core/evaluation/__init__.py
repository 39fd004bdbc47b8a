# SPDX-License-Identifier: GPL-3.0-or-later
"""How near motion comes to captured faces, and how fast it is made."""
