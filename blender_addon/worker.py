# SPDX-License-Identifier: GPL-3.0-or-later
"""Work that runs beside Blender's window. The work itself must not touch bpy."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from ..core.errors import Cancelled

Result = TypeVar("Result")
Progress = Callable[[float], None]
IsCancelled = Callable[[], bool]


class Worker(Generic[Result]):
    """One piece of work in a thread of its own, with progress and cancelling."""

    def __init__(self, work: Callable[[Progress, IsCancelled], Result]) -> None:
        """Prepare `work(progress, cancelled)`, which asks `cancelled()` often and then raises `Cancelled`."""
        self._work = work
        self._cancel = threading.Event()
        self._result: Result | None = None
        self._error: BaseException | None = None
        # A daemon: Blender must be able to quit while it runs.
        self._thread = threading.Thread(target=self._run, name="soliloquy", daemon=True)
        self.fraction = 0.0

    def _run(self) -> None:
        try:
            self._result = self._work(self._report, self._cancel.is_set)
        except BaseException as error:
            # Handed over in `result`, to the thread that may tell the user.
            self._error = error

    def _report(self, fraction: float) -> None:
        self.fraction = min(max(fraction, 0.0), 1.0)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    @property
    def is_running(self) -> bool:
        """Whether the work goes on."""
        return self._thread.is_alive()

    def stop(self, timeout: float = 10.0) -> None:
        """Cancel, and wait up to `timeout` seconds for the thread to end."""
        self._cancel.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    @property
    def finished(self) -> Result | None:
        """What the work returned, though it was cancelled meanwhile; None where it did not get so far."""
        return None if self._thread.is_alive() else self._result

    def result(self) -> Result:
        """What the work returned.

        Raises:
            Cancelled: it was stopped.
            Exception: whatever the work raised.
        """
        if self._cancel.is_set():
            raise Cancelled("Cancelled: nothing was changed.")
        if self._error is not None:
            raise self._error
        return self._result  # type: ignore[return-value]
