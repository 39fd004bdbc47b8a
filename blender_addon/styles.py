# SPDX-License-Identifier: GPL-3.0-or-later
"""The style in which a head speaks: the scene's choice, and styles of its own that were read or drawn.

`scene.soliloquy.style` holds both, so that they are saved with the file and undone with it.
"""

from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import (
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    FloatVectorProperty,
    IntProperty,
    StringProperty,
)

from ..core.errors import InputError
from .package import CONTEXT

if TYPE_CHECKING:
    from ..core.generate.models import ModelFacts
    from ..core.generate.styles import Style
    from .panels.performance import PerformanceSettings

NEUTRAL: Final = "neutral"
NOTHING: Final = "nothing"

_OWN: Final = "own_"
"""Before the number of a style of the scene's own, as Python sees it."""
_OWN_NUMBERS: Final = 1000
"""Where the numbers of own styles begin in saved scenes, behind all styles that may ever ship."""
_SPEAKS_LIKE: Final = "hybrid"
"""The model that was made to speak like others, for those whose model does not."""
_SIZE: Final = 32
"""Numbers of a style's code, as `core.generate.styles` has it."""

Item = tuple[str, str, str, str, int]


@lru_cache(maxsize=256)
def _items(
    identifier: str, *, name: str, description: str, own: tuple[tuple[int, str, str], ...]
) -> list[Item]:
    """Styles to choose from, behind one that is none. Blender wants them to be kept."""
    # Asked for when a panel is drawn: NumPy comes along, which Blender need not wait for when it starts.
    from ..core.generate.style_presets import PRESETS

    presets = [
        (key, facts.label, facts.looks, "NONE", index)
        for index, (key, facts) in enumerate(PRESETS.items(), 1)
    ]
    added = [
        (f"{_OWN}{number}", label, source, "USER", _OWN_NUMBERS + number) for number, label, source in own
    ]
    return [(identifier, name, description, "NONE", 0), *presets, *added]


def style_items(self: Any, context: bpy.types.Context | None) -> list[Item]:
    """The styles that can be chosen."""
    return _items(
        NEUTRAL,
        name="Neutral",
        description="As the model speaks where nobody asks for a style",
        own=_own_of(self),
    )


def other_items(self: Any, context: bpy.types.Context | None) -> list[Item]:
    """The styles that can be mixed in."""
    return _items(NOTHING, name="Nothing", description="The style alone", own=_own_of(self))


def _own_of(settings: Any) -> tuple[tuple[int, str, str], ...]:
    """The scene's own styles, as items need them."""
    own = () if settings is None else settings.own
    return tuple((each.number, each.name, each.source) for each in own)


class OwnStyle(bpy.types.PropertyGroup):
    """A style of the scene's own. Its `name`, which every group has, is the style's."""

    number: IntProperty(description="Tells the style from the others, whatever they are called")
    code: FloatVectorProperty(description="The style itself, as the networks take it", size=_SIZE)
    family: StringProperty(description="Which style encoder the code is of")
    source: StringProperty(description="Where the style is from")

    @property
    def identifier(self) -> str:
        """What the choice of this style is called."""
        return f"{_OWN}{self.number}"

    def made(self) -> "Style":
        """The style as `core` has it."""
        import numpy as np

        from ..core.generate.styles import Style

        return Style(self.name, np.array(self.code[:], np.float32), self.family)


class StyleSettings(bpy.types.PropertyGroup):
    """How the head speaks."""

    style: EnumProperty(
        name="Style",
        translation_context=CONTEXT,
        description="How the head speaks, whatever is said",
        items=style_items,
        default=0,
    )
    mix_with: EnumProperty(
        name="Mix With",
        translation_context=CONTEXT,
        description="Another style to speak in at the same time",
        items=other_items,
        default=0,
    )
    share: FloatProperty(
        name="Share",
        translation_context=CONTEXT,
        description="How much of the mixture is the other style",
        default=0.5,
        min=0.0,
        max=1.0,
        subtype="FACTOR",
    )
    strength: FloatProperty(
        name="Strength",
        translation_context=CONTEXT,
        description="How much of the style there is; 1 as it was read, 0 is neutral, above 1 exaggerates",
        default=1.0,
        min=0.0,
        max=1.5,
        subtype="FACTOR",
    )
    own: CollectionProperty(type=OwnStyle, description="Styles of the scene's own")

    def chosen(self, folder: Path | None = None) -> "Style | None":
        """What the head is to speak like, at full strength; None for the neutral style.

        Args:
            folder: of the style networks; those that ship by default.

        Raises:
            InputError: a style is not there.
        """
        from ..core.generate.style_choice import StyleChoice

        other = "" if self.mix_with == NOTHING else self.mix_with
        find = partial(self._find, "" if folder is None else str(folder))
        return StyleChoice(self.style, other, self.share).made(find=find)

    def _find(self, model: str, identifier: str) -> "Style":
        """A style by what its choice is called."""
        from ..core.generate.styles import style_from

        own = self.own_style(identifier)
        return style_from(identifier, model) if own is None else own.made()

    def own_style(self, identifier: str) -> OwnStyle | None:
        """The style of the scene's own that a choice means, if it does."""
        return next((each for each in self.own if each.identifier == identifier), None)

    def add(self, style: "Style", source: str) -> OwnStyle:
        """Keep a style, and choose it."""
        names = {each.name for each in self.own}
        number = max((each.number for each in self.own), default=0) + 1
        own = self.own.add()
        own.name = _free_name(style.name, names)
        own.number = number
        own.source = source
        own.code = style.code.tolist()
        own.family = style.family
        self.style = own.identifier
        return own

    def remove(self, identifier: str) -> str:
        """Forget a style of the scene's own; gives its name.

        Raises:
            InputError: it is none of them.
        """
        own = self.own_style(identifier)
        if own is None:
            raise InputError("Only styles of your own can be removed: choose one of them.")
        name = own.name
        if self.style == identifier:
            self.style = NEUTRAL
        if self.mix_with == identifier:
            self.mix_with = NOTHING
        self.own.remove(list(self.own).index(own))
        return name


def _free_name(name: str, taken: set[str]) -> str:
    """A name that no other style has, numbered as Blender does."""
    free, number = name, 0
    while free in taken:
        number += 1
        free = f"{name}.{number:03d}"
    return free


def takes_style(facts: "ModelFacts | None") -> bool:
    """Whether a network speaks in styles; of a file of the user's own it shows when it is loaded."""
    return facts is None or facts.takes_style


def models_with_styles() -> "dict[str, ModelFacts]":
    """The networks that ship and speak in styles."""
    from ..core.generate.models import MODELS

    return {name: facts for name, facts in MODELS.items() if facts.takes_style}


def choose_model(performance: "PerformanceSettings") -> str:
    """Have a network act that speaks in styles; gives its label where another one did, else nothing."""
    if takes_style(performance.facts()):
        return ""
    able = models_with_styles()
    if not able:
        return ""
    name = _SPEAKS_LIKE if _SPEAKS_LIKE in able else next(iter(able))
    performance.model = name
    return able[name].label


def style_folder(performance: "PerformanceSettings") -> Path:
    """Where the style networks lie that the model speaks by: beside its own file, else those that ship."""
    from ..core.generate.styles import ENCODER_FILE, STYLE_FOLDER

    path = Path(performance.model_path())
    own = path if path.is_dir() else path.parent
    return own if performance.model == "file" and (own / ENCODER_FILE).is_file() else STYLE_FOLDER


def find_style(scene: bpy.types.Scene, model: str, text: str) -> "Style":
    """A style as it is named on the command line: an own one of the scene, or whatever `style_from` takes.

    Args:
        scene: the scene.
        model: that is to speak.
        text: the style's name.

    Raises:
        InputError: there is none, or none can be told from the file.
    """
    from ..core.generate.style_choice import is_style_file
    from ..core.generate.styles import style_from

    settings: Any = scene
    own = settings.soliloquy.style.own.get(text)
    if own is not None:
        return own.made()
    return style_from(str(Path(bpy.path.abspath(text))) if is_style_file(text) else text, model)


def style_words(style: "Style | None", strength: float) -> str:
    """A style as it is noted with a take: "calm", "Anna 120 %"; nothing for the neutral one."""
    if style is None:
        return ""
    return style.name if strength == 1 else f"{style.name} {strength:.0%}"
