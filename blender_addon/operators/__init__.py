# SPDX-License-Identifier: GPL-3.0-or-later
"""The operators, one file each."""
