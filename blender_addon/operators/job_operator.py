# SPDX-License-Identifier: GPL-3.0-or-later
"""What operators that animate share: a job that does not hold up Blender's window."""

import functools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import bpy

from ...core.errors import Cancelled
from ..job import Job, Made, compute, discard, notes, plan, summary, why_not, write
from ..last_error import line_for
from ..texts import iface, message
from ..worker import Worker

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems

_TICK = 0.05
"""Seconds between looks at the worker."""


@dataclass(eq=False)
class Run:
    """Work under way. Kept apart from the operator, which Blender frees when it likes."""

    job: Job
    worker: Worker[Made]
    timer: bpy.types.Timer | None = None
    workspaces: set[str] = field(default_factory=set)
    """Names of those whose status bar shows the progress: each has its own."""


class JobOperator:
    """An operator that plans a job, has it computed in a thread, and writes what comes of it.

    Of all operators together one job is under way at a time.
    """

    is_new_take: ClassVar[bool] = False
    """Whether what the head shows is kept, and the job makes another take."""

    running: ClassVar[Run | None] = None
    """The work under way, set on this class for all."""

    report: Any
    _run: Run

    def only_part(self) -> str | None:
        """The one part that is animated; None for all that are switched on."""
        return None

    @staticmethod
    def progress() -> float | None:
        """How much of the work is done, 0..1; None when none is under way."""
        return None if JobOperator.running is None else JobOperator.running.worker.fraction

    @classmethod
    def poll(cls: Any, context: bpy.types.Context) -> bool:
        """Whether there is speech and a head, and no work under way; else Blender shows the reason."""
        reason = "Another animation is under way: wait for it, or cancel it with Esc."
        if JobOperator.running is None:
            reason = why_not(context)
        if reason is not None:
            cls.poll_message_set(message(reason))
        return reason is None

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Do everything at once: without a window, and when called from scripts."""
        try:
            job = plan(context, is_new_take=self.is_new_take, only_part=self.only_part())
            try:
                self._tell(job, compute(job, lambda fraction: None, lambda: False))
            finally:
                job.line.close()
        except Exception as error:
            self._refuse(error)
            return {"CANCELLED"}
        return {"FINISHED"}

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> "set[OperatorReturnItems]":
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

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> "set[OperatorReturnItems]":
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
        self._end(context, self._run)

    def begin(self, context: bpy.types.Context) -> None:
        """Read the scene and start the worker.

        Raises:
            SoliloquyError: the scene cannot be animated.
        """
        job = plan(context, is_new_take=self.is_new_take, only_part=self.only_part())
        self._run = JobOperator.running = Run(job, Worker(functools.partial(compute, job)))
        self._run.worker.start()

    def step(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """One look at the worker: show its progress, or write its result."""
        if JobOperator.running is not self._run:
            # The add-on was told to stop meanwhile.
            self._end(context, self._run)
            return {"CANCELLED"}
        if self._run.worker.is_running:
            self._show(context, self._run.worker.fraction)
            return {"PASS_THROUGH"}
        try:
            self._tell(self._run.job, self._run.worker.result())
        except Exception as error:
            self._refuse(error)
            return {"CANCELLED"}
        finally:
            self._end(context, self._run)
        return {"FINISHED"}

    @staticmethod
    def stop() -> None:
        """End the work under way and wait for its thread: the add-on or the file goes away."""
        if JobOperator.running is not None:
            JobOperator.running.worker.stop()
            JobOperator._end(bpy.context, JobOperator.running)

    def _tell(self, job: Job, made: Made) -> None:
        """Write what was made, and tell the user what came of it."""
        report = write(job, made)
        for note in notes(job, made, report):
            self.report({"WARNING"}, message(note))
        self.report({"INFO"}, message(summary(job, report)))

    def _refuse(self, error: Exception) -> None:
        """Tell what went wrong; the traceback of a fault of ours goes to the console."""
        kind = "WARNING" if isinstance(error, Cancelled) else "ERROR"
        self.report({kind}, message(line_for(error)))

    def _show(self, context: bpy.types.Context, fraction: float) -> None:
        context.window_manager.progress_update(100 * fraction)
        if context.workspace is not None:
            text = iface("Animating from audio: {share}   Esc: cancel")
            context.workspace.status_text_set(text.format(share=f"{fraction:.0%}"))
            self._run.workspaces.add(context.workspace.name)
        _redraw(context)

    @staticmethod
    def _end(context: bpy.types.Context, run: Run) -> None:
        """Give back what the window lent. May be called again for the same work."""
        if JobOperator.running is run:
            JobOperator.running = None
        run.job.line.close()
        made = run.worker.finished
        if made is not None:
            # What was not written goes; of what was, nothing is left here.
            discard(made)
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
        _redraw(context)


def _redraw(context: bpy.types.Context) -> None:
    """Draw the sidebars again, and not the editors beside them: a heavy scene would hold up the window."""
    for window in context.window_manager.windows:
        for area in window.screen.areas:
            if area.type in {"VIEW_3D", "SEQUENCE_EDITOR"}:
                for region in area.regions:
                    if region.type == "UI":
                        region.tag_redraw()
