# SPDX-License-Identifier: GPL-3.0-or-later
"""The encoders of the disentangled audio model, with one card."""
