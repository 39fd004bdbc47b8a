# SPDX-License-Identifier: GPL-3.0-or-later
"""The name under which Blender knows this add-on."""

from typing import Final

PACKAGE: Final = (__package__ or "").rpartition(".")[0]
"""`bl_ext.<repository>.soliloquy`; in a checkout `soliloquy`."""

CONTEXT: Final = "Soliloquy"
"""Where translators find our names and messages, apart from Blender's own with the same words."""
