# SPDX-License-Identifier: GPL-3.0-or-later
"""Sound to FaceMotion: every generator together."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from os import PathLike

import numpy as np
from numpy.typing import NDArray

from ..audio import SAMPLE_RATE, decode_blocks, estimate_duration
from ..errors import AudioError, Cancelled, InputError
from ..frame_times import frame_count
from ..head.head_model import IDENTITY_COUNT
from ..motion import FaceMotion
from ..runtime import load_network
from ..transcript.text import Transcript
from .articulation import demands
from .assembly import assemble
from .emotion.directions import EmotionDirections
from .emotion.feeling import directed, feeling_of
from .emotion.voice import VoiceMeter, emotion_network, feel
from .emotion.words import written_tags
from .gaze import LookAt
from .generators import load_generator
from .head_and_eyes import move_head_and_eyes
from .one_pass import run_networks
from .phones import phone_track
from .prosody import ProsodyMeter
from .sampling import STYLES
from .settings import AnimationSettings
from .styles import Style

_SOUND_SHARE = 0.85
"""Part of the whole work, for progress, that is done when the last sound has gone through the networks."""
_PHONES_SHARE = 0.9
"""Part that is done when the phones are timed."""

_SMALL_PROVIDERS = ("cpu",)
"""A window of the head, or of the voice, takes less time than its way to a graphics card."""

Samples = NDArray[np.float32]


def animate(
    source: str | PathLike[str] | Iterable[Samples],
    *,
    fps: float,
    seed: int = 0,
    model: str = "expnet",
    settings: AnimationSettings | None = None,
    transcript: Transcript | str | None = None,
    phones: bool = False,
    encoder: str = "speech_encoder",
    identity: NDArray[np.float32] | None = None,
    look_at: LookAt | None = None,
    style: Style | None = None,
    emotions: EmotionDirections | None = None,
    providers: Sequence[str] | None = None,
    threads: int = 1,
    duration: float | None = None,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> FaceMotion:
    """Animate a face from speech.

    Args:
        source: a sound file, or 1-D float32 blocks of 16 kHz mono sound.
        fps: frames per second of the result; need not be whole.
        seed: draws everything that the sound leaves open: head, eyes and blinks, with MeshTalk the whole
            performance.
        model: network that ships with the package ("expnet", "meshtalk"), or what training wrote: an .onnx
            file of an ExpNet, a folder of a MeshTalk.
        settings: amounts; as the networks speak by default.
        transcript: what is said, in English; without it the sound alone tells. Emotions in it, such as
            [happy] and [angry 0.6], hold from the word that they stand before.
        phones: time the phones even where neither articulation nor transcript asks for them.
        encoder: speech encoder that ships with the package, or an .onnx file of one trained like it.
        identity: (80,) alpha of the head that speaks, which MeshTalk's decoder looks at; the built-in head's
            own by default. Its vertices are `head.vertices(identity, motion.expression)`.
        look_at: what the eyes rest on; straight ahead of the head at rest by default.
        style: how to speak, for models that take one; neutral by default.
        emotions: what the animator asks the face to feel, besides the transcript; nothing by default.
        providers: of "cuda", "cpu" in order of preference; the fastest that works by default.
        threads: CPU threads of one operator of the network; see `core.runtime.load_network`.
        duration: seconds of sound to come, if known; only for `progress`.
        progress: called with 0..1 as the work goes on.
        cancelled: asked between blocks; True ends the work.

    Returns:
        FaceMotion with frame i at i / fps, one for each frame that begins within the sound. Its `emotion` is
        None where nothing is felt and the face does nothing by itself (`idle_amount` 0). Its phones and
        words are empty where articulation is 0 and nobody asked for them.

    Raises:
        AudioError: the sound is missing, unreadable, empty or shorter than a frame.
        InputError: a setting is out of range, a transcript without words that can be said, or no such model
            or provider.
        ModelError: a network cannot be loaded.
        Cancelled: `cancelled` said so.
    """
    if not 1 <= fps <= 1000:
        raise InputError(f"fps is {fps}: expected 1 to 1000 frames per second.")
    settings = settings or AnimationSettings()
    report = progress or (lambda fraction: None)
    if identity is not None and np.shape(identity) != (IDENTITY_COUNT,):
        raise InputError(f"The identity has shape {np.shape(identity)}: expected ({IDENTITY_COUNT},), alpha.")
    generator = load_generator(
        model,
        seed=seed,
        sampling=STYLES[settings.sampling],
        identity=identity,
        style=None if style is None else style.scaled(settings.style_strength),
        providers=providers,
        threads=threads,
    )
    is_timed = settings.articulation > 0 or transcript is not None or phones
    # Whether somebody speaks, which head and eyes go by, is heard best by the encoder.
    listener = load_network(encoder, providers=providers, threads=threads)
    head = load_network(settings.head_model, providers=_SMALL_PROVIDERS, threads=threads)
    voice = None
    if settings.voice_emotion > 0:
        voice = emotion_network(settings.emotion_model, providers=_SMALL_PROVIDERS, threads=threads)
    if isinstance(source, str | PathLike):
        blocks: Iterable[Samples] = decode_blocks(source)
        duration = estimate_duration(source) if duration is None else duration
        name = f"'{source}'"
    else:
        blocks, name = source, "The sound"

    counter = _Counter(blocks, duration, report, cancelled, hears_feelings=voice is not None)
    track, heard = run_networks(generator, listener, counter.blocks(), counter.look)
    assert heard is not None  # as there is an encoder
    seconds = counter.samples / SAMPLE_RATE
    count = frame_count(seconds, fps)
    if counter.samples == 0:
        raise AudioError(f"{name} holds no samples: expected speech. Choose another sound.")
    if seconds * fps < 1:
        raise AudioError(
            f"{name} lasts {seconds:.4f} s, less than one frame at {fps:g} frames a second: expected speech. "
            "Choose a longer sound."
        )
    prosody = counter.meter.finish(heard.voice)
    living = move_head_and_eyes(
        prosody,
        count,
        fps,
        seed=seed,
        settings=settings,
        network=head,
        look_at=look_at,
    )
    spoken = None
    wanted = None
    if is_timed:
        spoken = phone_track(heard.phones, seconds, transcript, counter.look)
        if settings.articulation > 0:
            # A transcript of another sound gives no words, and the sound alone decides.
            told = spoken.spoken if spoken.words else None
            wanted = demands(heard, count, fps, heard=spoken.spoken, phones=told)
    tags, misread = written_tags(() if spoken is None else spoken.directions)
    felt = None
    if voice is not None and counter.voice is not None:
        felt = feel(voice, counter.voice.course(prosody, heard.phones))
    feeling = feeling_of(
        living.cues, seed=seed, settings=settings, directions=directed(emotions, tags), voice=felt
    )
    report(_PHONES_SHARE)
    del heard  # hours of it are large, and the faces are yet to come
    motion = assemble(
        track,
        generator,
        wanted,
        living,
        fps,
        seed=seed,
        settings=settings,
        report=lambda share: report(_PHONES_SHARE + (1 - _PHONES_SHARE) * share),
        look=counter.look,
        feeling=feeling,
    )
    # What the lids have to tell stands beside what the words have to.
    if spoken is None:
        return motion
    return replace(spoken.on(motion), notes=(*spoken.notes, *misread, *motion.notes))


class _Counter:
    """Counts the samples that pass, measures their prosody, reports progress and watches for cancellation."""

    def __init__(
        self,
        blocks: Iterable[Samples],
        duration: float | None,
        report: Callable[[float], None],
        cancelled: Callable[[], bool] | None,
        *,
        hears_feelings: bool,
    ) -> None:
        self.samples = 0
        self.meter = ProsodyMeter()
        self.voice = VoiceMeter() if hears_feelings else None
        self._blocks = blocks
        self._expected = duration * SAMPLE_RATE if duration else None
        self._report = report
        self._cancelled = cancelled

    def look(self) -> None:
        """End the work if the user wants it."""
        if self._cancelled is not None and self._cancelled():
            raise Cancelled("Cancelled: nothing was changed.")

    def blocks(self) -> Iterator[Samples]:
        for block in self._blocks:
            self.look()
            self.samples += len(block)
            self.meter.push(block)
            if self.voice is not None:
                self.voice.push(block)
            yield block
            if self._expected:
                self._report(_SOUND_SHARE * min(1.0, self.samples / self._expected))
