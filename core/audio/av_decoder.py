# SPDX-License-Identifier: GPL-3.0-or-later
"""M4A and the sound of MP4, MOV, MKV and whatever else FFmpeg reads, through PyAV (the `av` extra)."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .decoder import OpenSound, UnknownFormat

if TYPE_CHECKING:
    from av import AudioFrame
    from av.container import InputContainer


class AvDecoder:
    """Reads the first sound track, in order, in constant memory."""

    def available(self) -> bool:
        """Whether PyAV can be imported."""
        try:
            import av  # noqa: F401
        except (ImportError, OSError):
            return False
        return True

    def open(self, path: Path) -> OpenSound:
        """Open by content, not by extension."""
        import av
        from av.error import FFmpegError

        try:
            container = av.open(str(path))
        except FFmpegError as error:
            raise UnknownFormat(str(error)) from error
        if not container.streams.audio or not container.streams.audio[0].rate:
            container.close()
            raise UnknownFormat("no sound track")
        stream = container.streams.audio[0]
        duration = None
        if stream.duration is not None and stream.time_base is not None:
            duration = float(stream.duration * stream.time_base)
        elif container.duration is not None:
            duration = container.duration / av.time_base
        chunks = _chunks(container, stream.rate)
        return OpenSound(rate=stream.rate, duration=duration, chunks=chunks, close=container.close)


def _chunks(container: "InputContainer", rate: int) -> Iterator[NDArray[np.float32]]:
    import av

    # Float at one rate, whatever the codec gives and however it changes on the way. Interleaved: PyAV 18
    # crashes on planar frames of more than seven channels.
    converter = av.AudioResampler(format="flt", rate=rate)
    for frame in _frames(container):
        for converted in converter.resample(frame):
            yield _samples(converted)
    for converted in converter.resample(None):
        yield _samples(converted)


def _frames(container: "InputContainer") -> Iterator["AudioFrame"]:
    from av.error import FFmpegError

    packets = container.demux(audio=0)
    while True:
        try:
            packet = next(packets)
        except (StopIteration, FFmpegError):
            return  # the end, or cut off
        try:
            yield from packet.decode()
        except FFmpegError:
            continue  # a damaged packet; the next may be whole


def _samples(frame: "AudioFrame") -> NDArray[np.float32]:
    """(n, channels) of an interleaved frame."""
    return np.asarray(frame.to_ndarray(), np.float32).reshape(-1, frame.layout.nb_channels)
