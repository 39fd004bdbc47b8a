# SPDX-License-Identifier: GPL-3.0-or-later
"""The panels, one file each with its settings and its drawing."""
