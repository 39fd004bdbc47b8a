# SPDX-License-Identifier: GPL-3.0-or-later
"""The languages of the interface: one module for each, with its table.

A table has two parts. TEXTS: labels, names, tooltips and enum items, which Blender looks up when it draws.
MESSAGES: whole lines, with {0}, {1} ... for what varies, which `texts.message` recognises.
"""

from collections.abc import Callable
from typing import Final

import bpy

from . import german

Translate = Callable[[str], str]

LANGUAGES: Final = {"de_DE": german, "de": german}
"""Blender's name of a language to its module; up to 4.x German is "de_DE", later "de"."""

CONTEXTS: Final = ("*", "Operator")
"""Where Blender looks texts up: anywhere, and for the names of operators."""


def register() -> None:
    """Give Blender the tables."""
    tables = {
        language: {
            (context, text): translation
            for text, translation in {**module.TEXTS, **module.MESSAGES}.items()
            for context in CONTEXTS
        }
        for language, module in LANGUAGES.items()
    }
    bpy.app.translations.register(__name__, tables)


def unregister() -> None:
    """Take the tables back."""
    bpy.app.translations.unregister(__name__)


def messages() -> tuple[str, ...]:
    """Every message that has a translation in some language."""
    return tuple(dict.fromkeys(text for module in LANGUAGES.values() for text in module.MESSAGES))
