# SPDX-License-Identifier: GPL-3.0-or-later
"""Place Marks: the user shows where the face is that was not found. And Clear Marks."""

from typing import TYPE_CHECKING, Any, ClassVar, Final

import bpy

from ..last_error import line_for
from ..package import CONTEXT
from ..shape_settings import keep_marks, marks_of
from ..target import object_to_edit, target_object
from ..texts import iface, message
from .worker_operator import BUSY, WorkerOperator

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems

    from ..placing import MarkedSurface, Placing

_NAVIGATION: Final = frozenset(
    {
        "HOME",
        "INBETWEEN_MOUSEMOVE",
        "MIDDLEMOUSE",
        "MOUSEMOVE",
        "MOUSEPAN",
        "MOUSEROTATE",
        "MOUSESMARTZOOM",
        "MOUSEZOOM",
        "TRACKPADPAN",
        "TRACKPADZOOM",
        "WHEELDOWNMOUSE",
        "WHEELINMOUSE",
        "WHEELOUTMOUSE",
        "WHEELUPMOUSE",
    }
)
_ENTER: Final = frozenset({"RET", "NUMPAD_ENTER"})
_GIZMO: Final = 130
"""Pixels at normal size that the gizmo for navigation takes up, in the upper right corner of a view."""


def words_for(mark: str) -> str:
    """What a mark is on, as it is asked for."""
    return {
        "eye_outer_right": iface("the outer corner of the right eye"),
        "eye_inner_right": iface("the inner corner of the right eye"),
        "eye_inner_left": iface("the inner corner of the left eye"),
        "eye_outer_left": iface("the outer corner of the left eye"),
        "nose_tip": iface("the tip of the nose"),
        "mouth_right": iface("the right corner of the mouth"),
        "mouth_left": iface("the left corner of the mouth"),
        "lip_upper": iface("the middle of the upper lip, at its lower edge"),
        "lip_lower": iface("the middle of the lower lip, at its upper edge"),
        "chin": iface("the tip of the chin"),
    }[mark]


class Marking:
    """Marks being placed. Kept apart from the operator, which Blender frees when it likes."""

    def __init__(self, obj: bpy.types.Object, surface: "MarkedSurface", placing: "Placing") -> None:
        """Remember an object without a reference that Blender could take away."""
        self._name, self._uid = obj.name, obj.session_uid
        self.surface = surface
        self.placing = placing
        self.missed = False
        """Whether the last click was beside the mesh."""
        self._handler: Any = bpy.types.SpaceView3D.draw_handler_add(self._draw, (), "WINDOW", "POST_PIXEL")

    @property
    def object(self) -> bpy.types.Object | None:
        """The object; None where it is gone."""
        obj = bpy.data.objects.get(self._name)
        return obj if obj is not None and obj.session_uid == self._uid else None

    def click(self, region: bpy.types.Region, x: int, y: int) -> bool:
        """Put the next mark where a place of a view shows the mesh; whether it does."""
        from bpy_extras.view3d_utils import region_2d_to_origin_3d, region_2d_to_vector_3d

        obj = self.object
        view: Any = region.data
        if obj is None:
            return False
        place = (x - region.x, y - region.y)
        world = obj.matrix_world.inverted_safe()
        origin = region_2d_to_origin_3d(region, view, place)
        end = world @ (origin + region_2d_to_vector_3d(region, view, place))
        origin = world @ origin
        point = self.surface.hit(origin, end - origin)
        self.missed = point is None
        if point is not None:
            self.placing.place(point)
        return point is not None

    def end(self) -> None:
        """Draw no more. May be called again."""
        if self._handler is not None:
            bpy.types.SpaceView3D.draw_handler_remove(self._handler, "WINDOW")
            self._handler = None

    def _draw(self) -> None:
        try:
            from ..marks_overlay import draw_overlay

            obj, placing = self.object, self.placing
            if obj is None or placing.next is None:
                return
            points = [obj.matrix_world @ self.surface.seen(point) for point in placing.marks.values()]
            title = iface("Click on {mark}").format(mark=words_for(placing.next))
            lines = [
                iface("{placed} of {count} marks are placed. Right and left are the character's own").format(
                    placed=len(placing.marks), count=len(placing.names)
                ),
                iface("Backspace: back   S: leave out   Enter: done   Esc: cancel"),
            ]
            if self.missed:
                lines.insert(0, iface("That was beside the mesh"))
            draw_overlay(title, lines, points)
        except Exception as error:
            # Drawn again and again: a fault of ours must not fill the console.
            line_for(error)


class SOLILOQUY_OT_place_marks(bpy.types.Operator):
    """Show where the face is, by clicking on ten places of it: where it is not found by itself"""

    bl_idname = "soliloquy.place_marks"
    bl_label = "Place Marks"
    bl_translation_context = CONTEXT
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    marking: ClassVar[Marking | None] = None
    """The marks being placed, for the panel."""

    _own: Marking

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only on a mesh that can be seen, and while no work is under way."""
        reason = _refusal(context)
        if reason is not None:
            cls.poll_message_set(message(reason))
        return reason is None

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Refuse: there is no mouse."""
        self.report({"ERROR"}, message("Marks are placed with the mouse, in a 3D View."))
        return {"CANCELLED"}

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> "set[OperatorReturnItems]":
        """Begin with the first mark that is missing, or anew where none is."""
        if bpy.app.background:
            return self.execute(context)
        from mathutils import Vector

        from ...core.head.registration.face_search import MARKS
        from ..placing import MarkedSurface, Placing

        try:
            obj = object_to_edit(context)
            placing = Placing(MARKS, {name: Vector(at) for name, at in (marks_of(obj) or {}).items()})
            if placing.next is None:
                placing = Placing(MARKS)
            self._own = Marking(obj, MarkedSurface(obj, context), placing)
        except Exception as error:
            self.report({"ERROR"}, message(line_for(error)))
            return {"CANCELLED"}
        type(self).marking = self._own
        context.window_manager.modal_handler_add(self)
        context.window.cursor_modal_set("CROSSHAIR")
        _redraw(context)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> "set[OperatorReturnItems]":
        """A click places a mark; navigation stays as it is, and nothing else can be done meanwhile."""
        if type(self).marking is not self._own or self._own.object is None:
            self.cancel(context)
            return {"CANCELLED"}
        if _is_navigation(event):
            return {"PASS_THROUGH"}
        placing = self._own.placing
        if event.value == "PRESS":
            if event.type == "ESC":
                self.cancel(context)
                self.report({"WARNING"}, message("Cancelled: nothing was changed."))
                return {"CANCELLED"}
            if event.type == "LEFTMOUSE" and not self._click(context, event):
                return {"PASS_THROUGH"}
            if event.type == "BACK_SPACE" or (event.type == "Z" and (event.ctrl or event.oskey)):
                placing.take_back()
            elif event.type in {"S", "SPACE"}:
                placing.leave_out()
            if event.type in _ENTER or placing.next is None:
                return self._finish(context)
            _redraw(context)
        return {"RUNNING_MODAL"}

    def cancel(self, context: bpy.types.Context) -> None:
        """Leave the marks as they were."""
        self.stop()
        context.window.cursor_modal_restore()
        _redraw(context)

    @classmethod
    def stop(cls) -> None:
        """Draw no more: done, cancelled, or the add-on or the file goes away."""
        if SOLILOQUY_OT_place_marks.marking is not None:
            SOLILOQUY_OT_place_marks.marking.end()
            SOLILOQUY_OT_place_marks.marking = None

    def _click(self, context: bpy.types.Context, event: bpy.types.Event) -> bool:
        """Place a mark where the mouse is; False where the click is meant for Blender."""
        region = _view_below(context, event.mouse_x, event.mouse_y)
        if region is None or self._own.click(region, event.mouse_x, event.mouse_y):
            return True
        reach = _GIZMO * context.preferences.system.ui_scale
        at_the_right = region.x + region.width - event.mouse_x < reach
        return not (at_the_right and region.y + region.height - event.mouse_y < reach)

    def _finish(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        obj, placing = self._own.object, self._own.placing
        self.cancel(context)
        if obj is None:
            return {"CANCELLED"}
        marks = {name: placing.marks[name] for name in placing.names if name in placing.marks}
        keep_marks(obj, {name: point.to_tuple() for name, point in marks.items()})
        self.report({"INFO"}, message(f"Placed {len(placing.marks)} of {len(placing.names)} marks"))
        return {"FINISHED"}


class SOLILOQUY_OT_clear_marks(bpy.types.Operator):
    """Forget the marks of this face"""

    bl_idname = "soliloquy.clear_marks"
    bl_label = "Clear Marks"
    bl_translation_context = CONTEXT
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Forget them."""
        try:
            keep_marks(object_to_edit(context), {})
        except Exception as error:
            self.report({"ERROR"}, message(line_for(error)))
            return {"CANCELLED"}
        return {"FINISHED"}


def _refusal(context: bpy.types.Context) -> str | None:
    if WorkerOperator.running is not None or SOLILOQUY_OT_place_marks.marking is not None:
        return BUSY
    obj = target_object(context)
    if obj is None or obj.type != "MESH":
        return "No head is selected."
    if obj.mode == "EDIT":
        return "Leave the edit mode first (Tab)."
    if not obj.visible_get():
        return f"'{obj.name}' is hidden: show it, so that marks can be placed on it."
    if context.window is not None and not any(each.type == "VIEW_3D" for each in context.window.screen.areas):
        return "Marks are placed with the mouse, in a 3D View."
    return None


def _is_navigation(event: bpy.types.Event) -> bool:
    """Whether an event turns or moves a view, or is none of the user's."""
    if event.type in _NAVIGATION or event.type.startswith(("TIMER", "NDOF_")):
        return True
    if event.type.startswith("NUMPAD_"):
        return event.type not in _ENTER
    # How the middle button is emulated.
    return event.type == "LEFTMOUSE" and event.alt


def _view_below(context: bpy.types.Context, x: int, y: int) -> bpy.types.Region | None:
    """The view of a 3D View at a place of the window; None where something else lies there."""
    for area in context.window.screen.areas:
        if area.type != "VIEW_3D":
            continue
        below = [
            each
            for each in area.regions
            if each.x <= x < each.x + each.width and each.y <= y < each.y + each.height
        ]
        if below and all(each.type == "WINDOW" for each in below):
            return below[0]
    return None


def _redraw(context: bpy.types.Context) -> None:
    """Draw 3D Views and sidebars again."""
    for window in context.window_manager.windows:
        for area in window.screen.areas:
            if area.type in {"VIEW_3D", "SEQUENCE_EDITOR"}:
                area.tag_redraw()
