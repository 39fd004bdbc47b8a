# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of face channels, and the way from 3DMM coefficients to them."""
