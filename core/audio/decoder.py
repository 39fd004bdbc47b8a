# SPDX-License-Identifier: GPL-3.0-or-later
"""What a decoder of sound files is. Each has a file of its own; `decode` chooses among them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

CHUNK_VALUES = 1 << 20
"""Samples times channels that a decoder hands over at once: 4 MiB, whatever the rate and channels."""


class UnknownFormat(Exception):
    """This decoder cannot read the file; another one may."""


@dataclass(frozen=True)
class OpenSound:
    """A sound file that a decoder has opened.

    Attributes:
        rate: samples per second, a whole number above zero.
        duration: seconds as the file's header has them, None when unknown. An estimate: headers err.
        chunks: yields (n, channels) float32 from the start to the end, each once. Where a file is damaged
            or cut off, they end early.
        close: closes the file.
    """

    rate: int
    duration: float | None
    chunks: Iterator[NDArray[np.float32]]
    close: Callable[[], None]


class Decoder(Protocol):
    """Reads sound files with one library, imported at first use."""

    def available(self) -> bool:
        """Whether the library is there."""
        ...

    def open(self, path: Path) -> OpenSound:
        """Open a sound file. Raises `UnknownFormat` when the library cannot read it."""
        ...
