# SPDX-License-Identifier: GPL-3.0-or-later
"""The Blender add-on: panels, operators and the command line. Imported only when it is enabled."""

from collections.abc import Callable
from typing import Any

import bpy

from . import face_bones, last_error, machine, mapping, rig, shape_settings, translations
from .mapping import KeySettings
from .operators.add_head import SOLILOQUY_OT_add_head, draw_in_menu
from .operators.animate_from_audio import SOLILOQUY_OT_animate_from_audio, SOLILOQUY_OT_animate_part
from .operators.emotion import SOLILOQUY_OT_add_emotion_sliders, SOLILOQUY_OT_remove_emotion_sliders
from .operators.export_vertices import SOLILOQUY_OT_export_vertices
from .operators.find import SOLILOQUY_OT_find_bones, SOLILOQUY_OT_find_keys
from .operators.import_live_link import SOLILOQUY_OT_import_live_link, draw_in_import_menu
from .operators.make_shape_keys import SOLILOQUY_OT_make_shape_keys
from .operators.mapping_presets import SOLILOQUY_OT_load_mapping, SOLILOQUY_OT_save_mapping
from .operators.measure_face import SOLILOQUY_OT_measure_face
from .operators.place_marks import SOLILOQUY_OT_clear_marks, SOLILOQUY_OT_place_marks
from .operators.remove_unused_caches import SOLILOQUY_OT_remove_unused_caches
from .operators.report_problem import SOLILOQUY_OT_report_problem
from .operators.styles import (
    SOLILOQUY_OT_draw_style,
    SOLILOQUY_OT_remove_style,
    SOLILOQUY_OT_save_style,
    SOLILOQUY_OT_style_from_action,
    SOLILOQUY_OT_style_from_file,
)
from .operators.takes import SOLILOQUY_OT_new_take, SOLILOQUY_OT_remove_take, SOLILOQUY_OT_show_take
from .operators.worker_operator import WorkerOperator
from .panels import refresh
from .panels.emotion import EmotionSettings, SEQUENCER_PT_soliloquy_emotion, VIEW3D_PT_soliloquy_emotion
from .panels.eyes import (
    EyesSettings,
    SEQUENCER_PT_soliloquy_blinks,
    SEQUENCER_PT_soliloquy_brows,
    SEQUENCER_PT_soliloquy_eyes,
    SEQUENCER_PT_soliloquy_gaze,
    VIEW3D_PT_soliloquy_blinks,
    VIEW3D_PT_soliloquy_brows,
    VIEW3D_PT_soliloquy_eyes,
    VIEW3D_PT_soliloquy_gaze,
)
from .panels.head import (
    HeadSettings,
    SEQUENCER_PT_soliloquy_head,
    SEQUENCER_PT_soliloquy_head_limits,
    SEQUENCER_PT_soliloquy_head_rig,
    VIEW3D_PT_soliloquy_head,
    VIEW3D_PT_soliloquy_head_limits,
    VIEW3D_PT_soliloquy_head_rig,
)
from .panels.main import SEQUENCER_PT_soliloquy, VIEW3D_PT_soliloquy
from .panels.mapping import (
    SEQUENCER_PT_soliloquy_mapping,
    SOLILOQUY_UL_keys,
    VIEW3D_PT_soliloquy_mapping,
)
from .panels.mouth import MouthSettings, SEQUENCER_PT_soliloquy_mouth, VIEW3D_PT_soliloquy_mouth
from .panels.output import OutputSettings, SEQUENCER_PT_soliloquy_output, VIEW3D_PT_soliloquy_output
from .panels.performance import (
    PerformanceSettings,
    SEQUENCER_PT_soliloquy_performance,
    VIEW3D_PT_soliloquy_performance,
)
from .panels.source import SEQUENCER_PT_soliloquy_source, SourceSettings, VIEW3D_PT_soliloquy_source
from .panels.style import (
    SEQUENCER_PT_soliloquy_style,
    SOLILOQUY_MT_style_from,
    VIEW3D_PT_soliloquy_style,
)
from .panels.takes import SEQUENCER_PT_soliloquy_takes, VIEW3D_PT_soliloquy_takes
from .panels.target import (
    SEQUENCER_PT_soliloquy_missing_shapes,
    SEQUENCER_PT_soliloquy_target,
    TargetSettings,
    VIEW3D_PT_soliloquy_missing_shapes,
    VIEW3D_PT_soliloquy_target,
)
from .preferences import SoliloquyPreferences
from .settings import SoliloquySettings
from .shape_settings import MarkSettings
from .styles import OwnStyle, StyleSettings

CLASSES = (
    KeySettings,
    MarkSettings,
    SourceSettings,
    TargetSettings,
    PerformanceSettings,
    OwnStyle,
    StyleSettings,
    MouthSettings,
    EyesSettings,
    EmotionSettings,
    HeadSettings,
    OutputSettings,
    SoliloquySettings,
    SoliloquyPreferences,
    SOLILOQUY_OT_animate_from_audio,
    SOLILOQUY_OT_animate_part,
    SOLILOQUY_OT_new_take,
    SOLILOQUY_OT_show_take,
    SOLILOQUY_OT_remove_take,
    SOLILOQUY_OT_remove_unused_caches,
    SOLILOQUY_OT_export_vertices,
    SOLILOQUY_OT_import_live_link,
    SOLILOQUY_OT_style_from_action,
    SOLILOQUY_OT_style_from_file,
    SOLILOQUY_OT_draw_style,
    SOLILOQUY_OT_save_style,
    SOLILOQUY_OT_remove_style,
    SOLILOQUY_OT_add_emotion_sliders,
    SOLILOQUY_OT_remove_emotion_sliders,
    SOLILOQUY_OT_find_bones,
    SOLILOQUY_OT_find_keys,
    SOLILOQUY_OT_measure_face,
    SOLILOQUY_OT_make_shape_keys,
    SOLILOQUY_OT_place_marks,
    SOLILOQUY_OT_clear_marks,
    SOLILOQUY_OT_save_mapping,
    SOLILOQUY_OT_load_mapping,
    SOLILOQUY_OT_add_head,
    SOLILOQUY_OT_report_problem,
    SOLILOQUY_UL_keys,
    SOLILOQUY_MT_style_from,
    VIEW3D_PT_soliloquy,
    VIEW3D_PT_soliloquy_source,
    VIEW3D_PT_soliloquy_target,
    VIEW3D_PT_soliloquy_missing_shapes,
    VIEW3D_PT_soliloquy_mapping,
    VIEW3D_PT_soliloquy_performance,
    VIEW3D_PT_soliloquy_style,
    VIEW3D_PT_soliloquy_mouth,
    VIEW3D_PT_soliloquy_eyes,
    VIEW3D_PT_soliloquy_blinks,
    VIEW3D_PT_soliloquy_gaze,
    VIEW3D_PT_soliloquy_brows,
    VIEW3D_PT_soliloquy_emotion,
    VIEW3D_PT_soliloquy_head,
    VIEW3D_PT_soliloquy_head_limits,
    VIEW3D_PT_soliloquy_head_rig,
    VIEW3D_PT_soliloquy_output,
    VIEW3D_PT_soliloquy_takes,
    SEQUENCER_PT_soliloquy,
    SEQUENCER_PT_soliloquy_source,
    SEQUENCER_PT_soliloquy_target,
    SEQUENCER_PT_soliloquy_missing_shapes,
    SEQUENCER_PT_soliloquy_mapping,
    SEQUENCER_PT_soliloquy_performance,
    SEQUENCER_PT_soliloquy_style,
    SEQUENCER_PT_soliloquy_mouth,
    SEQUENCER_PT_soliloquy_eyes,
    SEQUENCER_PT_soliloquy_blinks,
    SEQUENCER_PT_soliloquy_gaze,
    SEQUENCER_PT_soliloquy_brows,
    SEQUENCER_PT_soliloquy_emotion,
    SEQUENCER_PT_soliloquy_head,
    SEQUENCER_PT_soliloquy_head_limits,
    SEQUENCER_PT_soliloquy_head_rig,
    SEQUENCER_PT_soliloquy_output,
    SEQUENCER_PT_soliloquy_takes,
)
"""In the order of registering: settings before their owner, parents before sub-panels."""

_undo: list[Callable[[], None]] = []
"""What `unregister` does, in the order of registering."""


@bpy.app.handlers.persistent
def _stop_work(*_: object) -> None:
    """Another file takes the place of the one that the work is for."""
    WorkerOperator.stop()
    SOLILOQUY_OT_place_marks.stop()
    _forget_objects()


def _forget_objects() -> None:
    """Forget what was found out of objects: others may get the same session UIDs."""
    from . import measurement

    measurement.forget()
    face_bones.forget()


def _run_command(argv: list[str]) -> int:
    """`blender --command soliloquy ...`; imported only then."""
    from .command_line import main

    return main(argv)


def register() -> None:
    """Add classes, settings, menu entry, handler and command."""
    translations.register()
    _undo.append(translations.unregister)
    for each in CLASSES:
        bpy.utils.register_class(each)
        _undo.append(lambda each=each: bpy.utils.unregister_class(each))
    bpy.types.Scene.soliloquy = bpy.props.PointerProperty(type=SoliloquySettings)
    _undo.append(lambda: delattr(bpy.types.Scene, "soliloquy"))
    rig.register()
    _undo.append(rig.unregister)
    mapping.register()
    _undo.append(mapping.unregister)
    shape_settings.register()
    _undo.append(shape_settings.unregister)
    entries: dict[Any, Any] = {
        bpy.types.VIEW3D_MT_mesh_add: draw_in_menu,
        bpy.types.TOPBAR_MT_file_import: draw_in_import_menu,
    }
    for menu, draw in entries.items():
        menu.append(draw)
        _undo.append(lambda menu=menu, draw=draw: menu.remove(draw))
    bpy.app.handlers.load_pre.append(_stop_work)
    _undo.append(lambda: bpy.app.handlers.load_pre.remove(_stop_work))
    command = bpy.utils.register_cli_command("soliloquy", _run_command)
    _undo.append(lambda: bpy.utils.unregister_cli_command(command))


def unregister() -> None:
    """Remove everything that `register` added, in reverse, after ending work under way."""
    WorkerOperator.stop()
    SOLILOQUY_OT_place_marks.stop()
    refresh.stop()
    machine.stop()
    last_error.forget()
    _forget_objects()
    while _undo:
        _undo.pop()()
