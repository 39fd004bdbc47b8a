# SPDX-License-Identifier: GPL-3.0-or-later
"""MeshTalk: speech to a moving mesh through a categorical latent space, one network a file."""
