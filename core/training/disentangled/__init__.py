# SPDX-License-Identifier: GPL-3.0-or-later
"""Training the disentangled audio model: `train` is the command."""
