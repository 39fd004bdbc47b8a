# SPDX-License-Identifier: GPL-3.0-or-later
"""The languages of the interface: one module for each, with its tables.

NAMES: labels, names of settings and of their choices. TOOLTIPS: what Blender shows under the mouse, and looks
up without a context. MESSAGES: whole lines, with {0}, {1} ... for what varies, which `texts.message`
recognises.
"""

from collections.abc import Callable
from typing import Final

import bpy

from ..package import CONTEXT
from . import german

Translate = Callable[[str], str]

LANGUAGES: Final = {"de_DE": german, "de": german}
"""Blender's name of a language to its module; up to 4.x German is "de_DE", later "de"."""


def register() -> None:
    """Give Blender the tables."""
    tables = {
        language: {("*", text): translation for text, translation in module.TOOLTIPS.items()}
        | {(CONTEXT, text): translation for text, translation in (module.NAMES | module.MESSAGES).items()}
        for language, module in LANGUAGES.items()
    }
    bpy.app.translations.register(__name__, tables)


def unregister() -> None:
    """Take the tables back."""
    bpy.app.translations.unregister(__name__)


def has_table(locale: str) -> bool:
    """Whether there is a table for what Blender calls its language: "de_DE", "de", "" for English."""
    return locale.partition("_")[0] in {language.partition("_")[0] for language in LANGUAGES}


def messages() -> tuple[str, ...]:
    """Every message that has a translation in some language."""
    return tuple(dict.fromkeys(text for module in LANGUAGES.values() for text in module.MESSAGES))
