# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs in Blender: sets up what the checks look at, and tells the driver where things are on the screen."""

import wave
from typing import Any

import bpy
import compare
import numpy as np
from bpy_extras.view3d_utils import location_3d_to_region_2d
from mathutils import Vector

CATEGORY = "Soliloquy"


def long_sound(path: str, sample: str, minutes: float) -> None:
    """Write the sample as often as it takes, as WAV."""
    import aud

    once = aud.Sound(sample).resample(16000, 3).data().mean(axis=1)
    repeated = np.resize(once, int(minutes * 60 * 16000))
    with wave.open(path, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes((np.clip(repeated, -1, 1) * 32767).astype("<i2").tobytes())


def empty_file() -> None:
    """A new file without objects, with the factory's windows; preferences and extensions stay."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)


def close_editors() -> None:
    """Leave nothing but the 3D View."""
    window = bpy.context.window_manager.windows[0]
    for kind in ("OUTLINER", "PROPERTIES", "DOPESHEET_EDITOR"):
        for area in [each for each in window.screen.areas if each.type == kind]:
            with bpy.context.temp_override(window=window, screen=window.screen, area=area):
                bpy.ops.screen.area_close()


def split_view(factor: float) -> None:
    """Cut the 3D View into two above each other; the new area can be used when it has been drawn."""
    window, area = bpy.context.window_manager.windows[0], _area("VIEW_3D")
    with bpy.context.temp_override(
        window=window, screen=window.screen, area=area, region=_region(area, "WINDOW")
    ):
        bpy.ops.screen.area_split(direction="HORIZONTAL", factor=factor)


def change_lower_view(kind: str) -> None:
    """Show another editor in the lower one of the 3D Views."""
    window = bpy.context.window_manager.windows[0]
    lower = min((each for each in window.screen.areas if each.type == "VIEW_3D"), key=lambda each: each.y)
    with bpy.context.temp_override(window=window, screen=window.screen, area=lower):
        lower.type = kind


def open_sidebars() -> None:
    """Open the sidebars of the 3D View and the sequencer."""
    for kind in ("VIEW_3D", "SEQUENCE_EDITOR"):
        area = _area(kind)
        if area is not None:
            area.spaces[0].show_region_ui = True


def open_tab() -> bool:
    """Open the Soliloquy tab of both sidebars; False while one of them has not been drawn."""
    for kind in ("VIEW_3D", "SEQUENCE_EDITOR"):
        area = _area(kind)
        if area is not None:
            try:
                _region(area, "UI").active_panel_category = CATEGORY
            except TypeError:
                return False
            finally:
                area.tag_redraw()
    return True


def prepare(sound: str | None, minutes: float = 0) -> str:
    """A head, a sound strip and an animator's own work around them; the name of the head.

    By hand there are: keys on a shape key of the head that is not ARKit's, a moving and an edited
    cube, an armature, a light with keys and one with a driver, a hidden object, markers, a second scene.
    """
    scene = bpy.context.scene
    scene.render.fps = 24
    bpy.ops.object.light_add(type="SUN", location=(2, -3, 4))
    light = bpy.context.object
    light.data.energy = 2.0
    light.data.keyframe_insert("energy", frame=1)
    light.data.energy = 3.0
    light.data.keyframe_insert("energy", frame=40)
    bpy.ops.mesh.primitive_cube_add(size=0.1, location=(0.4, 0, 0))
    cube = bpy.context.object
    cube.name = "Cube"
    for frame, height in ((1, 0.0), (50, 0.3)):
        cube.location.z = height
        cube.keyframe_insert("location", index=2, frame=frame)
    driver = cube.driver_add("scale", 0).driver
    driver.expression = "1 + frame / 1000"
    bpy.ops.object.armature_add(location=(-0.4, 0, 0))
    bpy.context.object.name = "Armature"
    bpy.ops.object.empty_add(location=(0, 1, 0))
    bpy.context.object.name = "Hidden"
    bpy.context.object.hide_set(True)
    scene.timeline_markers.new("cue", frame=12)
    bpy.data.scenes.new("Other")
    bpy.ops.soliloquy.add_head()
    head = bpy.context.object
    own = head.shape_key_add(name="Own", from_mix=False)
    for frame, value in ((1, 0.0), (20, 0.6), (60, 0.1)):
        own.value = value
        own.keyframe_insert("value", frame=frame)
    head["note"] = "made by hand"
    if sound is not None:
        add_sound(sound)
    if minutes == 0:
        scene.frame_end = 244
    scene.frame_set(7)
    return head.name


def write_plain_head(path: str) -> None:
    """Write the head as an OBJ file as a modelling program would: fewer faces, no shape keys."""
    bpy.ops.soliloquy.add_head()
    head = bpy.context.object
    head.shape_key_clear()
    head.modifiers.new("Decimate", "DECIMATE").ratio = 0.5
    bpy.ops.wm.obj_export(filepath=path, export_selected_objects=True, export_materials=False)


def import_head(path: str, sound: str) -> str:
    """Import such a head into an empty file with a sound strip; its name."""
    scene = bpy.context.scene
    scene.render.fps = 24
    bpy.ops.wm.obj_import(filepath=path)
    bpy.context.object.name = "Imported"
    add_sound(sound)
    scene.frame_end = 244
    scene.soliloquy.head.use = False  # nothing carries it
    return "Imported"


def on_screen(name: str, points: list[list[float]]) -> list[list[float]]:
    """Where points of an object's mesh are in the 3D View, in pixels from the window's lower left corner."""
    area = _area("VIEW_3D")
    region = _region(area, "WINDOW")
    matrix = bpy.data.objects[name].matrix_world
    view = area.spaces[0].region_3d
    found = [location_3d_to_region_2d(region, view, matrix @ Vector(point)) for point in points]
    return [[region.x + place.x, region.y + place.y] for place in found]


def marks(name: str) -> dict[str, list[float]]:
    """The marks of a face."""
    return {mark.name: list(mark.place) for mark in bpy.data.objects[name].soliloquy_marks}


def add_sound(path: str, frame: int = 1) -> str:
    """Put a sound into the sequencer; the strip's name."""
    scene = bpy.context.scene
    editor = scene.sequence_editor or scene.sequence_editor_create()
    strip = editor.strips.new_sound(path.rpartition("/")[2], path, channel=1, frame_start=frame)
    workspace = bpy.context.workspace
    if hasattr(workspace, "sequencer_scene"):
        workspace.sequencer_scene = scene
    editor.active_strip = strip
    return strip.name


def look_at_face(distance: float = 0.62) -> None:
    """Turn the 3D View to the face, in good light."""
    space = _area("VIEW_3D").spaces[0]
    space.region_3d.view_perspective = "PERSP"
    space.region_3d.view_rotation = (0.7071, 0.7071, 0, 0)
    space.region_3d.view_distance = distance
    space.region_3d.view_location = (0, 0, 0.005)
    space.lens = 70
    space.overlay.show_floor = space.overlay.show_axis_x = space.overlay.show_axis_y = False
    space.overlay.show_cursor = space.overlay.show_relationship_lines = False
    space.shading.type = "SOLID"


def undo_push(message: str = "Prepared") -> None:
    """What a user's own last action would have left behind it."""
    bpy.ops.ed.undo_push(message=message)


def fill_window(kind: str) -> None:
    """Make an editor fill the window."""
    window = bpy.context.window_manager.windows[0]
    with bpy.context.temp_override(window=window, screen=window.screen, area=_area(kind)):
        bpy.ops.screen.screen_full_area()


def tidy() -> None:
    """Leave out of the 3D View what distracts from the head."""
    space = _area("VIEW_3D").spaces[0]
    space.overlay.show_extras = False
    space.overlay.show_outline_selected = False
    space.overlay.show_object_origins = False
    space.overlay.show_text = False
    space.shading.light = "STUDIO"
    space.shading.studio_light = "paint.sl"
    space.shading.show_cavity = False
    space.show_gizmo_navigate = False
    space.show_region_toolbar = False


def view_all() -> None:
    """Show the whole strip, and all keys, in the editors below the 3D View; no sidebars there."""
    window = bpy.context.window_manager.windows[0]
    for kind in ("SEQUENCE_EDITOR", "DOPESHEET_EDITOR"):
        area = _area(kind)
        if area is None:
            continue
        area.spaces[0].show_region_ui = False
        if kind == "DOPESHEET_EDITOR":
            area.spaces[0].mode = "SHAPEKEY"
        region = _region(area, "WINDOW")
        with bpy.context.temp_override(window=window, screen=window.screen, area=area, region=region):
            show = bpy.ops.sequencer.view_selected if kind == "SEQUENCE_EDITOR" else bpy.ops.action.view_all
            if show.poll():
                show()


def filter_keys(text: str) -> None:
    """Show only the shape keys in the Dope Sheet whose names have this in them."""
    _area("DOPESHEET_EDITOR").spaces[0].dopesheet.filter_text = text


def redraw() -> None:
    """Draw everything again, as after a change by hand."""
    for area in bpy.context.window_manager.windows[0].screen.areas:
        area.tag_redraw()


def show_preferences(module: str) -> None:
    """Open a window with the preferences of an extension."""
    import addon_utils

    bpy.context.window_manager.addon_search = "Soliloquy"
    bpy.ops.screen.userpref_show(section="ADDONS")
    shown = next(each for each in addon_utils.modules() if each.__name__ == module)
    if not addon_utils.module_bl_info(shown)["show_expanded"]:
        bpy.ops.preferences.addon_expand(module=module)


def area(kind: str) -> dict[str, Any] | None:
    """Where an editor and its sidebar are, in pixels from the window's lower left corner."""
    found = _area(kind)
    if found is None:
        return None
    sidebar = _region(found, "UI")
    return {
        "area": [found.x, found.y, found.width, found.height],
        "sidebar": [sidebar.x, sidebar.y, sidebar.width, sidebar.height],
        "category": sidebar.active_panel_category if sidebar.width > 1 else None,
        "window": [bpy.context.window_manager.windows[0].width, bpy.context.window_manager.windows[0].height],
    }


def hovered(kind: str) -> str:
    """What the button under the mouse in a sidebar does: its Python command, or the path of its property."""
    window = bpy.context.window_manager.windows[0]
    found = _area(kind)
    manager = bpy.context.window_manager
    manager.clipboard = ""
    with bpy.context.temp_override(
        window=window, screen=window.screen, area=found, region=_region(found, "UI")
    ):
        if bpy.ops.ui.copy_python_command_button.poll():
            bpy.ops.ui.copy_python_command_button()
        elif bpy.ops.ui.copy_data_path_button.poll():
            bpy.ops.ui.copy_data_path_button(full_path=True)
    return manager.clipboard


def keys(name: str) -> dict[str, Any]:
    """The keys of a head: of each curve its path, their number, first and last frame."""
    animation = bpy.data.objects[name].data.shape_keys.animation_data
    if animation is None or animation.action is None:
        return {}
    found = {}
    for layer in animation.action.layers:
        for strip in layer.strips:
            for bag in strip.channelbags:
                for curve in bag.fcurves:
                    frames = [key.co.x for key in curve.keyframe_points]
                    found[curve.data_path] = [len(frames), min(frames, default=0), max(frames, default=0)]
    return found


def mouth(name: str, frames: list[int]) -> list[float]:
    """How far the evaluated vertices are from rest at these frames of the scene: the largest, in metres."""
    scene = bpy.context.scene
    before = scene.frame_current
    rest = np.empty((len(bpy.data.objects[name].data.vertices), 3), np.float32)
    bpy.data.objects[name].data.shape_keys.reference_key.points.foreach_get("co", rest.ravel())
    moved = []
    for frame in frames:
        scene.frame_set(frame)
        graph = bpy.context.evaluated_depsgraph_get()
        now = compare.positions(bpy.data.objects[name].evaluated_get(graph))
        moved.append(float(np.linalg.norm(now - rest, axis=1).max()))
    scene.frame_set(before)
    return moved


def turns(name: str, frames: list[int]) -> list[float]:
    """How far an object has turned from the scene's first frame on, in degrees, at these frames."""
    scene = bpy.context.scene
    before = scene.frame_current
    rotations = []
    for frame in [scene.frame_start - 100, *frames]:
        scene.frame_set(frame)
        rotations.append(bpy.data.objects[name].matrix_world.to_quaternion())
    scene.frame_set(before)
    return [float(np.degrees(rotations[0].rotation_difference(each).angle)) for each in rotations[1:]]


def groups(name: str) -> list[str]:
    """Groups of the curves that move an object itself, each with as many curves as it has."""
    animation = bpy.data.objects[name].animation_data
    if animation is None or animation.action is None:
        return []
    bags = [bag for layer in animation.action.layers for strip in layer.strips for bag in strip.channelbags]
    return sorted(curve.group.name for bag in bags for curve in bag.fcurves if curve.group)


def _area(kind: str) -> Any:
    areas = bpy.context.window_manager.windows[0].screen.areas
    found = [each for each in areas if each.type == kind]
    return max(found, key=lambda each: each.width * each.height, default=None)


def _region(area: Any, kind: str) -> Any:
    return next(each for each in area.regions if each.type == kind)
