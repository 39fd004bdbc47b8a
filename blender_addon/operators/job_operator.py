# SPDX-License-Identifier: GPL-3.0-or-later
"""What operators that animate share: a job that does not hold up Blender's window."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ..job import Job, Made, compute, discard, notes, plan, summary, why_not, write
from ..texts import iface, message
from .worker_operator import WorkerOperator

if TYPE_CHECKING:
    import bpy

    from ..worker import IsCancelled, Progress


class JobOperator(WorkerOperator):
    """An operator that plans a job, has it computed, and writes what comes of it."""

    task = "animate"

    is_new_take: ClassVar[bool] = False
    """Whether what the head shows is kept, and the job makes another take."""

    def only_part(self) -> str | None:
        """The one part that is animated; None for all that are switched on."""
        return None

    @classmethod
    def refusal(cls, context: bpy.types.Context) -> str | None:
        """Why the scene cannot be animated: there is no speech, or no head."""
        return why_not(context)

    def read(self, context: bpy.types.Context) -> Job:
        """The job that the panel describes."""
        return plan(context, is_new_take=self.is_new_take, only_part=self.only_part())

    @staticmethod
    def compute(plan: Job, progress: Progress, cancelled: IsCancelled) -> Made:
        """The motion, and the file of its vertices."""
        return compute(plan, progress, cancelled)

    def finish(self, plan: Job, made: Made) -> None:
        """Put the motion on the head."""
        written = write(plan, made)
        for note in notes(plan, made, written):
            self.report({"WARNING"}, message(note))
        self.report({"INFO"}, message(summary(plan, written)))

    @staticmethod
    def status(share: str) -> str:
        """For the status bar."""
        return iface("Animating from audio: {share}   Esc: cancel").format(share=share)

    @staticmethod
    def release(plan: Job, made: Made | None) -> None:
        """Close the sound, and delete the file of what was not written."""
        plan.line.close()
        if made is not None:
            # What was not written goes; of what was, nothing is left here.
            discard(made)
