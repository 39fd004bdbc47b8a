# SPDX-License-Identifier: GPL-3.0-or-later
"""Styles: read from what a head does or from a file, drawn, saved, removed."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
from bpy.props import BoolProperty, IntProperty, StringProperty

from ...core.errors import InputError
from ..face_bones import takes_owner
from ..kept_takes import check_is_there
from ..last_error import line_for
from ..mapping import mapping_of
from ..package import CONTEXT
from ..styles import choose_model, style_folder
from ..target import target_object
from ..texts import message

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems

    from ...core.generate.styles import Style

_ENDING = ".json"


class StyleReader:
    """What operators share that give a new style."""

    bl_translation_context = CONTEXT
    bl_options = {"REGISTER", "UNDO"}

    report: Any

    def read(self, context: bpy.types.Context) -> "tuple[Style, str]":
        """The style, and where it is from.

        Raises:
            SoliloquyError: there is none.
        """
        raise NotImplementedError

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Read the style, keep it and choose it, with a model that speaks in styles."""
        try:
            style, source = self.read(context)
            own = context.scene.soliloquy.style.add(style, source)
            model = choose_model(context.scene.soliloquy.performance)
        except Exception as error:
            self.report({"ERROR"}, message(line_for(error)))
            return {"CANCELLED"}
        done = f"The style is '{own.name}' now"
        if model:
            done = f"The style is '{own.name}' now, and the model is {model}, which speaks in styles"
        self.report({"INFO"}, message(done))
        return {"FINISHED"}


class SOLILOQUY_OT_style_from_action(StyleReader, bpy.types.Operator):
    """Speak like what the selected head does now, or like another of its takes, whoever animated it"""

    bl_idname = "soliloquy.style_from_action"
    bl_label = "Style from Action"

    take: StringProperty(options={"HIDDEN", "SKIP_SAVE"})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only with a head."""
        try:
            check_is_there(target_object(context))
        except InputError as error:
            cls.poll_message_set(message(str(error)))
            return False
        return True

    def read(self, context: bpy.types.Context) -> "tuple[Style, str]":
        """The style of the head's action, or of another take."""
        from ...bake import performances_of, read_performance
        from ...core.generate.styles import style_of

        obj = check_is_there(target_object(context))
        owner = takes_owner(obj)
        mapping = mapping_of(obj) if owner == obj else None
        motion = read_performance(owner, action=self.take or None, mapping=mapping)
        name = self.take or performances_of(owner)[0]
        folder = style_folder(context.scene.soliloquy.performance)
        return style_of(motion, name, folder), f"{obj.name}: {name}"


class SOLILOQUY_OT_style_from_file(StyleReader, bpy.types.Operator):
    """Speak like a recording of Live Link Face (.csv) or a motion (.npz), or in a saved style (.json)"""

    bl_idname = "soliloquy.style_from_file"
    bl_label = "Style from File"

    filepath: StringProperty(subtype="FILE_PATH", options={"HIDDEN", "SKIP_SAVE"})
    filter_glob: StringProperty(default="*.csv;*.npz;*.json", options={"HIDDEN", "SKIP_SAVE"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> "set[OperatorReturnItems]":
        """Open the file browser."""
        window_manager: Any = context.window_manager
        window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def read(self, context: bpy.types.Context) -> "tuple[Style, str]":
        """The style of the file."""
        from ...core.generate.style_choice import STYLE_FILES
        from ...core.generate.styles import style_from

        path = Path(bpy.path.abspath(self.filepath))
        if path.suffix.lower() not in STYLE_FILES:
            raise InputError(
                f"'{path.name}' is no style and no performance: choose a Live Link Face recording (.csv), a "
                "motion (.npz) or a saved style (.json)."
            )
        folder = style_folder(context.scene.soliloquy.performance)
        return style_from(str(path), str(folder)), path.name


class SOLILOQUY_OT_draw_style(StyleReader, bpy.types.Operator):
    """Draw a style that nobody showed"""

    bl_idname = "soliloquy.draw_style"
    bl_label = "Draw Style"

    seed: IntProperty(
        name="Seed",
        translation_context=CONTEXT,
        description="Another seed draws another style; the same seed always draws the same one",
        default=0,
        min=0,
        options={"SKIP_SAVE"},
    )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> "set[OperatorReturnItems]":
        """Draw one that there is not yet."""
        names = {each.name for each in context.scene.soliloquy.style.own}
        while _drawn_name(self.seed) in names:
            self.seed += 1
        return self.execute(context)

    def read(self, context: bpy.types.Context) -> "tuple[Style, str]":
        """The style that the seed draws."""
        from dataclasses import replace

        from ...core.generate.styles import drawn_style

        drawn = drawn_style(self.seed, style_folder(context.scene.soliloquy.performance))
        return replace(drawn, name=_drawn_name(self.seed)), f"drawn:{self.seed}"


def _drawn_name(seed: int) -> str:
    return f"Drawn {seed}"


class SOLILOQUY_OT_save_style(bpy.types.Operator):
    """Write the style, as it is mixed, into a file, for other scenes and the command line"""

    bl_idname = "soliloquy.save_style"
    bl_label = "Save Style"
    bl_translation_context = CONTEXT
    bl_options = {"REGISTER", "INTERNAL"}

    filepath: StringProperty(subtype="FILE_PATH", options={"HIDDEN", "SKIP_SAVE"})
    filter_glob: StringProperty(default=f"*{_ENDING}", options={"HIDDEN", "SKIP_SAVE"})
    check_existing: BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> "set[OperatorReturnItems]":
        """Ask for the file, and suggest one."""
        try:
            style = _to_save(context)
        except Exception as error:
            self.report({"ERROR"}, message(line_for(error)))
            return {"CANCELLED"}
        folder = Path(bpy.data.filepath).parent if bpy.data.filepath else Path.home()
        self.filepath = str(folder / f"{bpy.path.clean_name(style.name)}{_ENDING}")
        window_manager: Any = context.window_manager
        window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def check(self, context: bpy.types.Context) -> bool:
        """Called as the name is typed: it ends in .json."""
        before = self.filepath
        self.filepath = bpy.path.ensure_ext(before, _ENDING)
        return self.filepath != before

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Write the file."""
        from dataclasses import replace

        from ...core.generate.styles import write_style

        try:
            if not self.filepath:
                raise InputError("No file for the style is chosen.")
            path = Path(bpy.path.abspath(bpy.path.ensure_ext(self.filepath, _ENDING)))
            write_style(path, replace(_to_save(context), name=path.stem))
        except Exception as error:
            self.report({"ERROR"}, message(line_for(error)))
            return {"CANCELLED"}
        self.report({"INFO"}, message(f"Saved the style as '{path.name}'"))
        return {"FINISHED"}


def _to_save(context: bpy.types.Context) -> "Style":
    settings = context.scene.soliloquy
    style = settings.style.chosen(style_folder(settings.performance))
    if style is None:
        raise InputError("The style is neutral: choose one to save.")
    return style


class SOLILOQUY_OT_remove_style(bpy.types.Operator):
    """Forget this style"""

    bl_idname = "soliloquy.remove_style"
    bl_label = "Remove Style"
    bl_translation_context = CONTEXT
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    style: StringProperty(options={"HIDDEN", "SKIP_SAVE"})

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Forget it; what is chosen by default."""
        settings = context.scene.soliloquy.style
        try:
            name = settings.remove(self.style or settings.style)
        except Exception as error:
            self.report({"ERROR"}, message(line_for(error)))
            return {"CANCELLED"}
        self.report({"INFO"}, message(f"Removed the style '{name}'"))
        return {"FINISHED"}
