# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts in the language of Blender's interface.

Labels, tooltips and enum items that Blender draws by itself it also translates by itself, with the tables of
`translations`. What is put together in Python is translated here: `iface` before values are put in, and
`message` for whole lines that come from anywhere below, where they are always English.
"""

import re
from functools import lru_cache

import bpy

from . import translations
from .package import CONTEXT

_PLACE = re.compile(r"\{(\d+)\}")


def iface(text: str) -> str:
    """A label, with its places for values still in it."""
    return bpy.app.translations.pgettext_iface(text, CONTEXT)


def message(text: str) -> str:
    """An error, warning or report: the template it was made from is recognised, and its values kept.

    What no table knows stays English.
    """
    if not translations.has_table(bpy.app.translations.locale):
        return text
    return _translated(text, lambda english: bpy.app.translations.pgettext_rpt(english, CONTEXT))


def _translated(text: str, translate: "translations.Translate") -> str:
    whole = translate(text)
    if whole != text:
        return whole
    for template, pattern in _patterns():
        match = pattern.fullmatch(text)
        translation = translate(template) if match else template
        if match and translation != template:
            values = [_translated(value, translate) for value in match.groups()]
            return translation.format(*values)
    items = text.split(", ")
    return text if len(items) == 1 else ", ".join(_translated(item, translate) for item in items)


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Every template with values in its places, the one with the most text first."""
    templates = [text for text in translations.messages() if _PLACE.search(text)]
    templates.sort(key=lambda text: len(_PLACE.sub("", text)), reverse=True)
    return [(text, re.compile(_expression(text), re.DOTALL)) for text in templates]


def _expression(template: str) -> str:
    # A name in quotes does not reach into the next item of a list.
    expression = "(.*?)".join(re.escape(piece) for piece in _PLACE.split(template)[::2])
    return expression.replace("'(.*?)'", "'((?:(?!, ').)*?)'")
