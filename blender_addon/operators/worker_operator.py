# SPDX-License-Identifier: GPL-3.0-or-later
"""What operators share whose long part must not hold up Blender's window."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import bpy

from ...core.errors import Cancelled
from ..last_error import line_for
from ..texts import message

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems

    from ..worker import IsCancelled, Progress, Worker

_TICK = 0.05
"""Seconds between looks at the worker."""

BUSY = "Other work is under way: wait for it, or cancel it with Esc."


@dataclass(eq=False)
class Run:
    """Work under way. Kept apart from the operator, which Blender frees when it likes."""

    kind: type[WorkerOperator]
    plan: Any
    worker: Worker[Any]
    timer: bpy.types.Timer | None = None
    workspaces: set[str] = field(default_factory=set)
    """Names of those whose status bar shows the progress: each has its own."""


class WorkerOperator:
    """An operator that reads the scene, has something computed in a thread, and writes what comes of it.

    Of all these operators together one is at work at a time.
    """

    task: ClassVar[str]
    """What kind of work it is: several operators may do the same."""

    running: ClassVar[Run | None] = None
    """The work under way, set on this class for all."""

    report: Any
    _run: Run

    @classmethod
    def refusal(cls, context: bpy.types.Context) -> str | None:
        """Why the operator cannot be called now, in one line; None when it can."""
        return None

    def read(self, context: bpy.types.Context) -> Any:
        """Read the scene; gives the plan of the work. On the main thread.

        Raises:
            SoliloquyError: it cannot be done.
        """
        raise NotImplementedError

    @staticmethod
    def compute(plan: Any, progress: Progress, cancelled: IsCancelled) -> Any:
        """Do the work. Touches no Blender data."""
        raise NotImplementedError

    def finish(self, plan: Any, made: Any) -> None:
        """Write what was made, and tell the user what came of it. On the main thread."""
        raise NotImplementedError

    @staticmethod
    def status(share: str) -> str:
        """What the status bar shows of so much work done."""
        raise NotImplementedError

    @staticmethod
    def release(plan: Any, made: Any) -> None:
        """Give back what a plan holds, and drop what was made of it, if anything, and not written.

        May be called again.
        """

    @classmethod
    def progress(cls) -> float | None:
        """How much of this work is done, 0..1; None when none of this kind is under way."""
        run = WorkerOperator.running
        return run.worker.fraction if run is not None and run.kind.task == cls.task else None

    @classmethod
    def poll(cls: Any, context: bpy.types.Context) -> bool:
        """Whether it can be called, and no work is under way; else Blender shows the reason."""
        reason = BUSY if WorkerOperator.running is not None else cls.refusal(context)
        if reason is not None:
            cls.poll_message_set(message(reason))
        return reason is None

    def execute(self, context: bpy.types.Context) -> set[OperatorReturnItems]:
        """Do everything at once: without a window, and when called from scripts."""
        try:
            plan = self.read(context)
            try:
                self.finish(plan, self.compute(plan, lambda fraction: None, lambda: False))
            finally:
                self.release(plan, None)
        except Exception as error:
            self._refuse(error)
            return {"CANCELLED"}
        return {"FINISHED"}

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[OperatorReturnItems]:
        """Start the worker and keep looking at it; without a window do everything at once."""
        if bpy.app.background:
            return self.execute(context)
        try:
            self.begin(context)
        except Exception as error:
            self._refuse(error)
            return {"CANCELLED"}
        manager: Any = context.window_manager
        self._run.timer = manager.event_timer_add(_TICK, window=context.window)
        manager.progress_begin(0, 100)
        manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[OperatorReturnItems]:
        """Look at the worker; everything else stays usable."""
        if event.type == "ESC" and event.value == "PRESS":
            self.cancel(context)
            self.report({"WARNING"}, message("Cancelled: nothing was changed."))
            return {"CANCELLED"}
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        return self.step(context)

    def cancel(self, context: bpy.types.Context) -> None:
        """Stop the worker: Esc, another file, or Blender is closing."""
        # Nothing waits here: the thread ends at its next look, and its result is dropped.
        self._run.worker.stop(timeout=0)
        WorkerOperator._end(context, self._run)

    def begin(self, context: bpy.types.Context) -> None:
        """Read the scene and start the worker.

        Raises:
            SoliloquyError: it cannot be done.
        """
        from ..worker import Worker

        plan = self.read(context)
        worker = Worker(functools.partial(self.compute, plan))
        self._run = WorkerOperator.running = Run(type(self), plan, worker)
        worker.start()

    def step(self, context: bpy.types.Context) -> set[OperatorReturnItems]:
        """One look at the worker: show its progress, or write its result."""
        if WorkerOperator.running is not self._run:
            # The add-on was told to stop meanwhile.
            WorkerOperator._end(context, self._run)
            return {"CANCELLED"}
        if self._run.worker.is_running:
            self._show(context, self._run.worker.fraction)
            return {"PASS_THROUGH"}
        try:
            self.finish(self._run.plan, self._run.worker.result())
        except Exception as error:
            self._refuse(error)
            return {"CANCELLED"}
        finally:
            WorkerOperator._end(context, self._run)
        return {"FINISHED"}

    @staticmethod
    def stop() -> None:
        """End the work under way and wait for its thread: the add-on or the file goes away."""
        if WorkerOperator.running is not None:
            WorkerOperator.running.worker.stop()
            WorkerOperator._end(bpy.context, WorkerOperator.running)

    def _refuse(self, error: Exception) -> None:
        """Tell what went wrong; the traceback of a fault of ours goes to the console."""
        kind = "WARNING" if isinstance(error, Cancelled) else "ERROR"
        self.report({kind}, message(line_for(error)))

    def _show(self, context: bpy.types.Context, fraction: float) -> None:
        context.window_manager.progress_update(100 * fraction)
        if context.workspace is not None:
            context.workspace.status_text_set(self.status(f"{fraction:.0%}"))
            self._run.workspaces.add(context.workspace.name)
        redraw_sidebars(context)

    @staticmethod
    def _end(context: bpy.types.Context, run: Run) -> None:
        """Give back what the window lent. May be called again for the same work."""
        if WorkerOperator.running is run:
            WorkerOperator.running = None
        run.kind.release(run.plan, run.worker.finished)
        manager = context.window_manager
        if run.timer is not None:
            manager.event_timer_remove(run.timer)
            manager.progress_end()
            run.timer = None
        for workspace in bpy.data.workspaces:
            if workspace.name in run.workspaces:
                # Blender gives the text to the context's workspace, whichever it is asked of.
                with context.temp_override(workspace=workspace):
                    workspace.status_text_set(None)
        run.workspaces.clear()
        redraw_sidebars(context)


def redraw_sidebars(context: bpy.types.Context) -> None:
    """Draw the sidebars again, and not the editors beside them: a heavy scene would hold up the window."""
    for window in context.window_manager.windows:
        for area in window.screen.areas:
            if area.type in {"VIEW_3D", "SEQUENCE_EDITOR"}:
                for region in area.regions:
                    if region.type == "UI":
                        region.tag_redraw()
