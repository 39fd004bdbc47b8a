# SPDX-License-Identifier: GPL-3.0-or-later
"""Every format that Blender plays, through its own sound library `aud`."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .decoder import CHUNK_VALUES, OpenSound, UnknownFormat

if TYPE_CHECKING:
    import aud

PIECE_VALUES = 16 * CHUNK_VALUES
"""Samples times channels decoded in one go: 64 MiB, three minutes in stereo. Most sounds are shorter; of a
longer one every piece opens the file anew, which with many channels takes as long as decoding seconds."""
LEAD_SECONDS = 0.5
"""Decoded again before each piece of a long sound: codecs need a few packets until they are right."""
MATCH_SECONDS = 0.1
"""Of the lead, the part that is compared with what came before."""
SEARCH_SECONDS = 0.06
"""How far off a seek may land. Vorbis was seen 23 ms off, Opus 6.5 ms, Matroska 0.4 ms."""

_SILENT_POWER = 1e-10
"""Mean square below which a stretch of sound cannot be recognised: -100 dB."""
_MATCH_LEVEL = 0.9
"""Correlation from which two stretches of sound are the same."""


class BlenderDecoder:
    """Reads with `aud`, which gives whole sounds or stretches of them but has no "read on"."""

    def available(self) -> bool:
        """Whether this runs in a Blender that has `aud` (the bpy 4.2 wheel has not)."""
        try:
            import aud
        except ImportError:
            return False
        return hasattr(aud, "Sound")

    def open(self, path: Path) -> OpenSound:
        """Open by content, not by extension."""
        import aud

        try:
            sound = aud.Sound.file(str(path))
            rate, channels = sound.specs
            length = sound.length
        except aud.error as error:  # pyright: ignore[reportGeneralTypeIssues]
            raise UnknownFormat(str(error)) from error  # pyright: ignore[reportGeneralTypeIssues]
        rate = round(rate)
        if rate <= 0 or channels <= 0:
            raise UnknownFormat(f"{rate} Hz, {channels} channels")
        duration = length / rate if length > 0 else None
        if length * channels <= PIECE_VALUES:
            chunks = _whole(sound)
        else:
            chunks = _pieces(sound, rate, max(rate, PIECE_VALUES // channels))
        # `aud` opens the file anew for every piece and closes it by itself.
        return OpenSound(rate=rate, duration=duration, chunks=chunks, close=lambda: None)


def _decoded(sound: "aud.Sound") -> NDArray[np.float32]:
    """All samples, shape (n, channels); none where the file is damaged so that nothing can be read."""
    import aud

    try:
        return sound.data()
    except aud.error:  # pyright: ignore[reportGeneralTypeIssues]
        return np.empty((0, sound.specs[1]), np.float32)


def _whole(sound: "aud.Sound", start: int = 0) -> Iterator[NDArray[np.float32]]:
    samples = _decoded(sound)
    size = max(1, CHUNK_VALUES // samples.shape[1])
    for begin in range(start, len(samples), size):
        yield samples[begin : begin + size]


def _pieces(sound: "aud.Sound", rate: int, size: int) -> Iterator[NDArray[np.float32]]:
    """A long sound in pieces of about `size` samples, joined without gap or overlap.

    Each piece is a seek, and seeks land beside the sample asked for. So each begins earlier than needed and
    is laid over the end of the piece before.
    """
    lead, match, search = (round(s * rate) for s in (LEAD_SECONDS, MATCH_SECONDS, SEARCH_SECONDS))
    # Half a sample on: the library rounds down, and k / rate * rate may be just below k.
    piece = _decoded(sound.limit(0, (size + 0.5) / rate))
    if len(piece) < size:
        yield piece
        return
    position, late = 0, 0
    tail = np.empty(0, np.float32)
    while True:
        piece = piece[: _end_in_sound(piece, match, size // 2)]
        yield piece
        position += len(piece)
        tail = np.concatenate([tail, piece[-match:].mean(axis=1)])[-match:]

        start = position - lead
        piece = _decoded(sound.limit((start + 0.5) / rate, (position + size + 0.5) / rate))
        expected = lead - match
        window = piece[expected - search : expected + search + match].mean(axis=1)
        if len(window) < match:
            return
        found, level = find(tail, window, search - late)
        if level >= _MATCH_LEVEL:
            late = search - found
        elif level > 0:
            # Not a seek that can be trusted. Better much memory than a mouth out of step.
            yield from _whole(sound, position)
            return
        piece = piece[lead - late :]
        if not len(piece):
            return


def _end_in_sound(piece: NDArray[np.float32], match: int, least: int) -> int:
    """Where to end a piece so that its last `match` samples are not silent, at least at `least`.

    Silence fits everywhere; after a join in silence all that follows could be shifted. It is left to the
    next piece. Where all is silent nothing can be done, and nothing much is lost.
    """
    count = len(piece) // match
    stretches = piece[: count * match].mean(axis=1).reshape(count, match)
    loud = np.flatnonzero(np.mean(stretches**2, axis=1) > 100 * _SILENT_POWER)
    end = int(loud[-1] + 1) * match if len(loud) else 0
    return end if end >= least else len(piece)


def find(pattern: NDArray[np.float32], samples: NDArray[np.float32], expected: int) -> tuple[int, float]:
    """Where a stretch of sound lies in a longer one.

    Args:
        pattern: (n,).
        samples: (m,) with m >= n.
        expected: the offset to prefer among equally good ones (a steady tone fits at every period).

    Returns:
        The offset, and the correlation there in 0..1; 0 when the pattern is silent.
    """
    wanted = pattern.astype(np.float64)
    present = samples.astype(np.float64)
    silent = _SILENT_POWER * len(wanted)
    power = np.sum(wanted**2)
    if power < silent:
        return expected, 0.0
    cumulated = np.cumsum(np.concatenate([[0], present**2]))
    powers = np.maximum(cumulated[len(wanted) :] - cumulated[: -len(wanted)], silent)
    size = len(present) + len(wanted)
    product = np.fft.irfft(np.fft.rfft(present, size) * np.conj(np.fft.rfft(wanted, size)), size)
    level = product[: len(powers)] / np.sqrt(power * powers)
    good = np.flatnonzero(level >= level.max() - 1e-3)
    best = int(good[np.argmin(np.abs(good - expected))])
    return best, float(np.clip(level[best], 1e-6, 1))
