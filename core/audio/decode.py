# SPDX-License-Identifier: GPL-3.0-or-later
"""Sound files to mono float32 at 16 kHz, in blocks, with whichever decoder is there."""

from collections.abc import Iterator
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import AudioError
from .av_decoder import AvDecoder
from .blender_decoder import BlenderDecoder
from .decoder import Decoder, OpenSound, UnknownFormat
from .resample import Resampler
from .sample_rate import SAMPLE_RATE
from .soundfile_decoder import SoundfileDecoder

BLOCK_SECONDS = 30.0

DECODERS: tuple[Decoder, ...] = (SoundfileDecoder(), BlenderDecoder(), AvDecoder())
"""In order of preference: the first that is there and knows the file reads it. libsndfile comes first
because it reads on exactly where it stopped; Blender seldom has it."""


def decode_blocks(
    path: str | PathLike[str], *, block_seconds: float = BLOCK_SECONDS
) -> Iterator[NDArray[np.float32]]:
    """Decode a sound file, or the first sound track of a film, block by block.

    Channels are averaged. The samples do not depend on the size of the blocks, and memory on neither
    length, rate nor channels of the file.

    Args:
        path: WAV, FLAC, Ogg, Opus, MP3; in Blender or with the `av` extra also M4A, MP4, MOV, MKV.
        block_seconds: seconds in a block; the last one is shorter.

    Returns:
        An iterator of (n,) float32 at 16 kHz, round(samples * 16000 / rate) in all.

    Raises:
        AudioError: the file is missing, not readable, not sound or empty (at once), or holds values that
            are not numbers (at their block).
    """
    path = Path(path)
    sound = _open(path)
    return _regroup(_resampled(sound, path), max(1, round(block_seconds * SAMPLE_RATE)))


def load(path: str | PathLike[str]) -> NDArray[np.float32]:
    """Decode a whole sound file: (n,) float32 mono at 16 kHz. Raises as `decode_blocks` does."""
    return np.concatenate([np.empty(0, np.float32), *decode_blocks(path)])


def estimate_duration(path: str | PathLike[str]) -> float | None:
    """Seconds of sound by the file's header, for progress bars; None when it does not say."""
    return sound_facts(path)[1]


def sound_facts(path: str | PathLike[str]) -> tuple[int, float | None]:
    """Samples per second and seconds by the file's header. Raises as `decode_blocks` does, at once."""
    sound = _open(Path(path))
    sound.close()
    return sound.rate, sound.duration


def _open(path: Path) -> OpenSound:
    head = _read_head(path)
    decoders: list[Decoder] = []
    for decoder in DECODERS:
        # Asking imports the library (PyAV: 0.2 s): only when those before do not know the file.
        if not decoder.available():
            continue
        decoders.append(decoder)
        try:
            return decoder.open(path)
        except UnknownFormat:
            continue
    if not decoders:
        raise AudioError("No sound decoder found: install one with `pip install soundfile`.")
    can_read_films = any(isinstance(decoder, BlenderDecoder | AvDecoder) for decoder in decoders)
    if _is_film(head) and not can_read_films:
        raise AudioError(
            f"'{path}' (M4A or a film) needs one more package outside Blender: "
            "`pip install soliloquy[av]`, or convert it to WAV."
        )
    raise AudioError(
        f"'{path}' holds no sound that can be read: expected WAV, FLAC, Ogg, Opus, MP3, M4A or a film "
        "with sound. If another program plays it, save it as WAV there."
    )


def _read_head(path: Path) -> bytes:
    """The first bytes of the file; the errors that do not depend on its content are found here."""
    try:
        if path.is_dir():
            raise AudioError(f"'{path}' is a folder: expected a sound file in it.")
        with path.open("rb") as file:
            head = file.read(16)
    except FileNotFoundError:
        raise AudioError(f"No sound file at '{path}': check the path.") from None
    except PermissionError:
        raise AudioError(f"No permission to read '{path}': check the file's access rights.") from None
    except OSError as error:
        raise AudioError(f"'{path}' cannot be read: {error.strerror or error}.") from None
    if not head:
        raise AudioError(f"'{path}' is an empty file: expected sound. Export or copy it again.")
    return head


def _is_film(head: bytes) -> bool:
    """MP4 family (ISO 14496-12: 'ftyp' after the box's size) or Matroska and WebM (EBML's magic)."""
    return head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free") or head[:4] == b"\x1a\x45\xdf\xa3"


def _resampled(sound: OpenSound, path: Path) -> Iterator[NDArray[np.float32]]:
    resampler = Resampler(sound.rate)
    received = 0
    try:
        for chunk in sound.chunks:
            mono = _average(chunk)
            wrong = np.flatnonzero(~np.isfinite(mono))
            if len(wrong):
                seconds = (received + wrong[0]) / sound.rate
                raise AudioError(
                    f"'{path}' has samples that are not numbers (NaN or infinite), the first at "
                    f"{seconds:.3f} s: expected finite samples. Export the sound again."
                )
            received += len(mono)
            yield resampler.push(mono)
    finally:
        sound.close()
    if received == 0:
        raise AudioError(f"'{path}' holds no samples: expected sound. Export it again.")
    yield resampler.finish()


def _average(chunk: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n, channels) to (n,). As a product, because NumPy's mean over short rows is slow."""
    channels = chunk.shape[1]
    if channels == 1:
        return np.ascontiguousarray(chunk[:, 0])
    return chunk @ np.full(channels, 1 / channels, np.float32)


def _regroup(parts: Iterator[NDArray[np.float32]], size: int) -> Iterator[NDArray[np.float32]]:
    """The same samples in blocks of `size`."""
    held: list[NDArray[np.float32]] = []
    count = 0
    for part in parts:
        held.append(part)
        count += len(part)
        if count >= size:
            joined = np.concatenate(held)
            whole = count - count % size
            yield from joined[:whole].reshape(-1, size)
            held, count = [joined[whole:].copy()], count - whole
    if count:
        yield np.concatenate(held)
