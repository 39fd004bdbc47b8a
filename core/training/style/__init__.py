# SPDX-License-Identifier: GPL-3.0-or-later
"""Training of the style encoder, the enhancer and the hybrid decoder."""
