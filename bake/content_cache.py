# SPDX-License-Identifier: GPL-3.0-or-later
"""Results of long work, kept by the content that went in."""

from collections.abc import Callable
from threading import Lock
from typing import Final, Generic, TypeVar

from ..core.errors import InputError

T = TypeVar("T")

MOST_BYTES: Final = 300_000_000
"""Shapes of two heads of 80,000 vertices each."""

_WAITS: Final = 0.1
"""Seconds after which who waits for another thread's work is asked whether it still wants to."""


class ContentCache(Generic[T]):
    """Keeps the latest results of work that any thread may ask for; what was refused is refused again.

    Any other error, such as a cancellation, ends the work and leaves nothing behind.
    """

    def __init__(self, kept: int, bytes_of: Callable[[T], int] | None = None) -> None:
        """Keep so many results, of so many bytes altogether as `MOST_BYTES`; the latest in any case."""
        self._kept = kept
        self._bytes_of = bytes_of
        self._results: dict[str, T | InputError] = {}
        self._working = Lock()

    def get(self, digest: str, make: Callable[[], T], waiting: Callable[[], object] | None = None) -> T:
        """The result for some content, made by the first who asks for it.

        Args:
            digest: the same for the same content.
            make: makes the result.
            waiting: called now and then while another thread makes one; what it raises ends the waiting.

        Raises:
            InputError: as `make` raised it.
        """
        while not self._working.acquire(timeout=_WAITS):
            if waiting is not None:
                waiting()
        try:
            result = self._results.pop(digest, None)
            if result is None:
                try:
                    result = make()
                except InputError as error:
                    result = error.with_traceback(None)
            self._results[digest] = result  # the latest last
            while len(self._results) > 1 and (len(self._results) > self._kept or self._are_large()):
                self._results.pop(next(iter(self._results)))
        finally:
            self._working.release()
        if isinstance(result, InputError):
            raise result
        return result

    def _are_large(self) -> bool:
        if self._bytes_of is None:
            return False
        results = (each for each in self._results.values() if not isinstance(each, InputError))
        return sum(map(self._bytes_of, results)) > MOST_BYTES
