# SPDX-License-Identifier: GPL-3.0-or-later
"""The text of a problem report. English, because those who mend read it; no folder of the user's is in it."""

import os
import platform
import re
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import bpy

from ..core import installation
from ..core.audio import SAMPLE_RATE
from ..core.errors import SoliloquyError
from .face_bones import moved_by_bones, source_of
from .job import why_not
from .last_error import last_error
from .machine import facts
from .mapping import companions_of, detected, listed_keys
from .measurement import measurement_of
from .preferences import preferences
from .rig import carriers_of, rig_of
from .sequencer import audible_frames, frame_rate, muted_by, parents, read, sequencer_scene, speech_strips
from .target import target_object

FIRST_LINE = (
    "Problem with Soliloquy: paste this into a new issue, and say what you did and what you expected. "
    "Paths of files are left out, for your privacy; names are kept."
)

_FOLDERS = re.compile(
    r"""(?:(?<![\w.])(?:[A-Za-z]:)?[\\/]+|(?<=')(?=[^'\\/\n]+[\\/][^'\n]*\.\w+'))"""
    r"""(?:(?:[^\\/'"\n*?<>|]|(?<=\w)'(?=[\w ]))+[\\/]+)+"""
)
"""The folders of a path, up to the file's name: of an absolute one, and of a relative one in quotes. Folders
may have apostrophes."""


def problem_report(context: bpy.types.Context) -> str:
    """Versions, processor, settings, speech, head and last error, one fact a line."""
    sections: dict[str, Callable[[bpy.types.Context], Iterator[str]]] = {
        "Versions": _versions,
        "Processor": _processor,
        "Preferences": _preferences,
        "Panel": _panel,
        "Speech": _speech,
        "Head": _head,
        "Last error": _last_error,
    }
    lines = [FIRST_LINE]
    for title, section in sections.items():
        lines += ["", title]
        try:
            lines += [f"  {line}" for line in section(context)]
        except Exception as error:
            # A report must come also where what it reports on is broken.
            lines.append(f"  cannot be told: {type(error).__name__}: {error}")
    return without_folders("\n".join(lines))


def without_folders(text: str) -> str:
    """The text with "…/" for the folders of every path in it."""
    return _FOLDERS.sub("…/", text.replace(str(Path.home()), "…"))


def _versions(context: bpy.types.Context) -> Iterator[str]:
    app = bpy.app
    wheels = ", ".join(installation.carried_tags()) or "none"
    kind = "extension" if installation.is_extension() else "package"
    yield f"Soliloquy {installation.version()}, {kind}, wheels for: {wheels}"
    yield f"Blender {app.version_string}, hash {app.build_hash.decode()}, {app.build_platform.decode()}"
    yield f"{installation.platform_name()}, {platform.platform()}, {os.cpu_count()} cores"
    yield f"Python {platform.python_version()} ({installation.python_tag()})"
    for name in ("numpy", "onnxruntime", "onnxruntime-gpu", "scipy", "soundfile"):
        yield f"{name} {_version(name)}"
    yield f"In the background: {app.background}; language: {app.translations.locale or 'en'}"
    yield f"GPU backend: {_gpu()}"


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "is not installed"


def _gpu() -> str:
    import gpu

    try:
        found = gpu.platform
        return f"{found.backend_type_get()}, {found.renderer_get()}, {found.version_get()}"
    except SystemError:
        return "none in the background"


def _processor(context: bpy.types.Context) -> Iterator[str]:
    from ..core.runtime import loaded_on

    found = facts()
    if isinstance(found, str):
        yield found
        return
    yield f"ONNX Runtime {found.version} offers {', '.join(found.offered)}"
    yield f"Usable: {', '.join(found.usable)}; CUDA: {found.cuda_problem or 'works'}"
    yield f"Networks loaded on: {', '.join(loaded_on()) or 'none yet'}"


def _preferences(context: bpy.types.Context) -> Iterator[str]:
    settings = preferences()
    if settings is None:
        yield "none: the add-on is not enabled in the preferences"
        return
    yield from _values(settings)


def _panel(context: bpy.types.Context) -> Iterator[str]:
    settings = context.scene.soliloquy
    for name in type(settings).__annotations__:
        group = getattr(settings, name)
        yield f"{name}: {'; '.join(_values(group))}"
    yield f"The button says: {why_not(context) or 'ready'}"


def _values(group: bpy.types.bpy_struct) -> Iterator[str]:
    for name in type(group).__annotations__:
        value = getattr(group, name)
        if isinstance(value, str) and ("/" in value or "\\" in value):
            value = "…/" + re.split(r"[\\/]", value.rstrip("\\/"))[-1]
        if isinstance(value, float):
            value = f"{value:g}"
        if isinstance(value, bpy.types.bpy_prop_collection):
            value = ", ".join(each.name for each in value) or "none"
        yield f"{name} = {value.name if isinstance(value, bpy.types.ID) else value}"


def _speech(context: bpy.types.Context) -> Iterator[str]:
    scene = sequencer_scene(context)
    yield f"{frame_rate(scene):.6g} frames a second ({scene.render.fps} / {scene.render.fps_base:.6g})"
    source = context.scene.soliloquy.source
    if source.kind == "FILE":
        yield from _sound_facts(bpy.path.abspath(source.filepath)) if source.filepath else ("no file",)
        return
    for strip in speech_strips(scene):
        sound = strip.sound
        first, last = audible_frames(scene, strip)
        retiming = len(strip.retiming_keys) if hasattr(strip, "retiming_keys") else "unknown"
        yield (
            f"Strip '{strip.name}': frames {first} to {last}, offsets {read(strip, 'left_handle_offset'):g} "
            f"and {read(strip, 'right_handle_offset'):g}, retiming keys {retiming}, volume {strip.volume:g}, "
            f"modifiers {len(strip.modifiers)}, inside {len(parents(scene, strip))} meta strips, "
            f"{muted_by(scene, strip) or 'heard'}, packed: {bool(sound and sound.packed_file)}"
        )
        if sound is None:
            yield "  its sound is lost"
        elif sound.packed_file is None:
            yield from _sound_facts(bpy.path.abspath(sound.filepath, library=sound.library))


def _sound_facts(path: str) -> Iterator[str]:
    from ..core.audio.decode import sound_facts

    try:
        rate, duration = sound_facts(path)
    except SoliloquyError as error:
        yield f"  {error}"
        return
    length = "unknown length" if duration is None else f"{duration:.3f} s"
    yield f"  sound '{Path(path).name}': {rate} Hz, {length}, heard at {SAMPLE_RATE} Hz"


def _head(context: bpy.types.Context) -> Iterator[str]:
    from ..bake import find_target

    obj = target_object(context)
    if obj is not None:
        rig = rig_of(obj)
        turned = ", ".join(map(str, carriers_of(rig))) or "nothing"
        yield f"Rig {obj.soliloquy_rig}: {turned}; neck's share {rig.neck_share:g}, facing {rig.facing}"
        yield from _mapping(obj)
    if obj is not None and moved_by_bones(obj):
        return
    target = find_target(obj)
    modifiers = ", ".join(each.type for each in obj.modifiers) or "none"
    keys = obj.data.shape_keys.key_blocks
    yield f"'{obj.name}': {len(obj.data.vertices)} vertices, {len(keys)} shape keys, modifiers: {modifiers}"
    yield f"{len(target.mapping)} ARKit shapes found; missing: {', '.join(target.missing) or 'none'}"
    yield f"Blocked: {', '.join(map(str, target.blocked)) or 'none'}"
    yield f"Linked: {obj.data.library is not None}, override: {obj.override_library is not None}"


def _mapping(obj: Any) -> Iterator[str]:
    found = detected(obj)
    conventions = ", ".join(f"{each.name} {each.found} of {each.of}" for each in found.conventions)
    yield (
        f"Mapping {obj.soliloquy_mapping}, method {obj.soliloquy_method}: {conventions or 'no names known'}, "
        f"confidence {found.confidence:.2f}"
    )
    unknown = [each.key for each in found.keys if not each.channel]
    yield f"Keys whose names say nothing: {', '.join(unknown) or 'none'}"
    if obj.soliloquy_mapping == "CHOSEN":
        chosen = {key.key: key for key in listed_keys(obj).values()}
        edited = [str(chosen[each.key]) for each in found.keys if chosen.get(each.key, each) != each]
        yield f"Edited: {', '.join(edited) or 'none'}"
    if moved_by_bones(obj):
        yield f"Face of bones: poses of {source_of(obj) or 'nothing'}"
    else:
        yield f"Along with it: {', '.join(each.name for each in companions_of(obj)) or 'nothing'}"
    measured = measurement_of(obj)
    yield from () if measured is None else measured.notes


def _last_error(context: bpy.types.Context) -> Iterator[str]:
    error = last_error()
    if error is None:
        yield "none in this session"
        return
    yield error.text
    yield from error.details.splitlines()
