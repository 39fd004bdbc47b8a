# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows that come in parts, in one array."""

import numpy as np
from numpy.typing import NDArray


class GrowingRows:
    """An array that grows in place as rows come, so that hours of them are never held twice."""

    def __init__(self) -> None:
        self._held: NDArray[np.floating] | None = None
        self._count = 0

    def append(self, rows: NDArray[np.floating]) -> None:
        """Take the next rows (n, ...); the first ones say of what type and shape rows are."""
        if self._held is None:
            self._held = np.empty((len(rows), *rows.shape[1:]), rows.dtype)
        needed = self._count + len(rows)
        if needed > len(self._held):
            # Memory that grows by a fourth is moved by the system, not copied, once it is large.
            self._held.resize((max(needed, len(self._held) * 5 // 4), *rows.shape[1:]), refcheck=False)
        self._held[self._count : needed] = rows
        self._count = needed

    def rows(self) -> NDArray[np.floating]:
        """All rows (N, ...); nothing may be appended afterwards.

        Raises:
            ValueError: there are none.
        """
        if self._held is None:
            raise ValueError("No rows came.")
        self._held.resize((self._count, *self._held.shape[1:]), refcheck=False)
        return self._held
