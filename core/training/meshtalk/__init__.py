# SPDX-License-Identifier: GPL-3.0-or-later
"""Training MeshTalk: `train` is the command, `performances` what it learns from."""
