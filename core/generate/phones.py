# SPDX-License-Identifier: GPL-3.0-or-later
"""Which phones are spoken when in a sound, with or without a transcript."""

from collections.abc import Callable, Iterable, Sequence
from os import PathLike

import numpy as np
from numpy.typing import NDArray

from ..audio import SAMPLE_RATE, decode_blocks
from ..errors import AudioError, Cancelled
from ..phone_decoding import decode_phones
from ..phone_track import PhoneTrack
from ..runtime import load_network
from ..transcript.align import align
from ..transcript.text import Transcript
from .speech import SPEECH_FPS, hear

Samples = NDArray[np.float32]


def time_phones(
    source: str | PathLike[str] | Iterable[Samples],
    *,
    transcript: Transcript | str | None = None,
    model: str = "speech_encoder",
    providers: Sequence[str] | None = None,
    threads: int = 1,
    cancelled: Callable[[], bool] | None = None,
) -> PhoneTrack:
    """Hear a sound and tell which phones are spoken when.

    Args:
        source: a sound file, or 1-D float32 blocks of 16 kHz mono sound.
        transcript: what is said, or plain text; without it the sound alone decides.
        model: speech encoder that ships with the package, or an .onnx file of one trained like it.
        providers: of "cuda", "cpu" in order of preference; the fastest that works by default.
        threads: CPU threads of one operator of the network.
        cancelled: asked now and then; True ends the work.

    Raises:
        AudioError: the sound is missing, unreadable or empty.
        InputError: a transcript without words that can be said, or no such model or provider.
        ModelError: the network cannot be loaded.
        Cancelled: `cancelled` said so.
    """
    network = load_network(model, providers=providers, threads=threads)
    if isinstance(source, str | PathLike):
        blocks: Iterable[Samples] = decode_blocks(source)
        name = f"'{source}'"
    else:
        blocks, name = source, "The sound"
    samples = 0

    def stop() -> None:
        if cancelled is not None and cancelled():
            raise Cancelled("Cancelled: nothing was changed.")

    def counted() -> Iterable[Samples]:
        nonlocal samples
        for block in blocks:
            stop()
            samples += len(block)
            yield block

    # Half the precision is enough for probabilities, and an hour of them must be held whole.
    parts = [heard.phones.astype(np.float16) for heard in hear(network, counted())]
    if samples == 0:
        raise AudioError(f"{name} holds no samples: expected speech. Choose another sound.")
    return phone_track(np.concatenate(parts), samples / SAMPLE_RATE, transcript, stop)


def phone_track(
    posteriors: NDArray[np.floating],
    duration: float,
    transcript: Transcript | str | None = None,
    stop: Callable[[], None] | None = None,
) -> PhoneTrack:
    """The phone track of what the speech encoder heard.

    Args:
        posteriors: (F, 40), `SpeechFeatures.phones`.
        duration: seconds of the sound.
        transcript: what is said; without it the sound alone decides.
        stop: called now and then; may raise to end the work.

    Raises:
        InputError: a transcript without words that can be said.
    """
    if transcript is None:
        return decode_phones(posteriors, SPEECH_FPS, duration=duration)
    watch = None if stop is None else lambda share: stop()
    return align(posteriors, SPEECH_FPS, transcript, duration=duration, watch=watch)
