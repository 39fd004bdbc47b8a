# SPDX-License-Identifier: GPL-3.0-or-later
"""WAV, FLAC, Ogg, Opus, MP3 and more through libsndfile (the `soundfile` package), outside Blender."""

from collections.abc import Iterator
from os import SEEK_CUR, SEEK_END, SEEK_SET
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from .decoder import CHUNK_VALUES, OpenSound, UnknownFormat

if TYPE_CHECKING:
    import soundfile


class SoundfileDecoder:
    """Reads with libsndfile, in order, in constant memory."""

    def available(self) -> bool:
        """Whether `soundfile` and its library can be imported."""
        try:
            import soundfile  # noqa: F401
        except (ImportError, OSError):  # OSError: the package without the C library
            return False
        return True

    def open(self, path: Path) -> OpenSound:
        """Open by content, not by extension."""
        import soundfile

        # Through a file object of our own: a path that ends in .raw would be taken for headerless data.
        file = path.open("rb")
        try:
            sound = _opened(_SoundFileView(file))
            if sound.format == "MP3":
                sound = _longer_mp3(sound, file)
            elif sound.frames == 0 and sound.format in ("WAV", "WAVEX"):
                sound = _opened(_SoundFileView(file, unknown_size_at=_data_size_offset(file)))
        except soundfile.SoundFileError as error:
            file.close()
            raise UnknownFormat(str(error)) from error

        def close() -> None:
            sound.close()
            file.close()

        return OpenSound(
            rate=sound.samplerate,
            duration=sound.frames / sound.samplerate,
            chunks=_chunks(sound),
            close=close,
        )


def _longer_mp3(sound: "soundfile.SoundFile", file: BinaryIO) -> "soundfile.SoundFile":
    """The same MP3, opened in the way that finds more of it.

    Without an index libsndfile works out the length from the file's size and the first bit rate, and stops
    there: with a variable bit rate it reads a part. When it does not know the size it looks.
    """
    looked = _opened(_SoundFileView(file, size_known=False))
    # Not always `looked`: it fails on files that are cut off.
    return looked if looked.frames > sound.frames else _opened(_SoundFileView(file))


class _SoundFileView:
    """A file as libsndfile should see it, which trusts what headers and file systems say of sizes.

    `size_known=False` hides how long the file is.

    A WAV file whose recording was cut off says that it holds 0 bytes. `unknown_size_at` is the offset of
    four bytes to show as 0xFFFFFFFF, which means "up to the end".
    """

    _UNKNOWN = 2**63 - 1  # SF_COUNT_MAX

    def __init__(
        self, file: BinaryIO, *, size_known: bool = True, unknown_size_at: int | None = None
    ) -> None:
        self._file = file
        self._size_known = size_known
        self._patched = None if unknown_size_at is None else range(unknown_size_at, unknown_size_at + 4)
        self._at_unknown_end = False
        file.seek(0)

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        self._at_unknown_end = whence == SEEK_END and not self._size_known
        return self._UNKNOWN if self._at_unknown_end else self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._UNKNOWN if self._at_unknown_end else self._file.tell()

    def read(self, size: int = -1) -> bytes:
        start = self._file.tell()
        data = self._file.read(size)
        if self._patched is None or start >= self._patched.stop:
            return data
        return bytes(0xFF if start + k in self._patched else byte for k, byte in enumerate(data))


def _opened(view: _SoundFileView) -> "soundfile.SoundFile":
    import soundfile

    return soundfile.SoundFile(cast(Any, view))  # any object that reads, seeks and tells


def _data_size_offset(file: BinaryIO) -> int | None:
    """Offset of the size of a RIFF file's "data" chunk, when there is sound after it and it says 0."""
    file.seek(12)
    while len(header := file.read(8)) == 8:
        size = int.from_bytes(header[4:], "little")
        if header[:4] == b"data":
            offset = file.tell() - 4
            return offset if size == 0 and file.read(1) else None
        file.seek(size + size % 2, SEEK_CUR)
    return None


def _chunks(sound: "soundfile.SoundFile") -> Iterator[NDArray[np.float32]]:
    import soundfile

    frames = max(1, CHUNK_VALUES // sound.channels)
    position = 0
    while True:
        # Into an array of ours: what was read before a damaged place is then not lost.
        chunk = np.empty((frames, sound.channels), np.float32)
        try:
            count = len(sound.read(out=chunk))
            damaged = False
        except soundfile.SoundFileError:
            count = max(0, sound.tell() - position)
            damaged = True
        if count:
            yield chunk[:count]
        if damaged or not count:
            return
        position += count
