# SPDX-License-Identifier: GPL-3.0-or-later
"""How it is felt: emotion as layers over speech, from the voice and from the animator's hand."""
