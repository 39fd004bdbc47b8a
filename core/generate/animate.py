# SPDX-License-Identifier: GPL-3.0-or-later
"""Sound to FaceMotion: every generator together."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from os import PathLike

import numpy as np
from numpy.typing import NDArray

from ..audio import SAMPLE_RATE, decode_blocks, estimate_duration
from ..errors import AudioError, Cancelled, InputError
from ..frame_times import frame_count, frame_times
from ..head import load_head
from ..head.head_model import IDENTITY_COUNT
from ..motion import FaceMotion
from ..retarget.arkit import ARKIT_NAMES, BLINK_NAMES, BROW_NAMES, MOUTH_NAMES, arkit_indices
from ..retarget.solve import WeightSolver
from ..runtime import load_network
from ..transcript.text import Transcript
from .articulation import Demands, constrain, demands
from .blink import generate_blinks
from .expression import ExpressionTrack
from .generators import FaceGenerator, load_generator
from .lids import blink_rate, full_blinks, thin_blinks
from .one_pass import run_networks
from .phones import phone_track
from .sampling import STYLES
from .settings import AnimationSettings

_FRAMES_PER_BLOCK = 4096
_SOUND_SHARE = 0.85
"""Part of the whole work, for progress, that is done when the last sound has gone through the networks."""
_PHONES_SHARE = 0.9
"""Part that is done when the phones are timed."""

_EYELIDS = arkit_indices(("eyeBlinkLeft", "eyeBlinkRight"))
_HALF_CLOSED = 0.5
"""Closure from which the eyes begin to do the same."""
_OPEN = 0.02
"""Closure below which the lids are open, and the eyes do not differ."""

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
        seed: draws everything that the sound leaves open: blinks, or with MeshTalk the whole performance.
        model: network that ships with the package ("expnet", "meshtalk"), or what training wrote: an .onnx
            file of an ExpNet, a folder of a MeshTalk.
        settings: amounts; as the networks speak by default.
        transcript: what is said, in English; without it the sound alone tells.
        phones: time the phones even where neither articulation nor transcript asks for them.
        encoder: speech encoder that ships with the package, or an .onnx file of one trained like it.
        identity: (80,) alpha of the head that speaks, which MeshTalk's decoder looks at; the built-in head's
            own by default. Its vertices are `head.vertices(identity, motion.expression)`.
        providers: of "cuda", "cpu" in order of preference; the fastest that works by default.
        threads: CPU threads of one operator of the network; see `core.runtime.load_network`.
        duration: seconds of sound to come, if known; only for `progress`.
        progress: called with 0..1 as the work goes on.
        cancelled: asked between blocks; True ends the work.

    Returns:
        FaceMotion with frame i at i / fps, one for each frame that begins within the sound. Its phones and
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
        providers=providers,
        threads=threads,
    )
    is_heard = settings.articulation > 0 or transcript is not None or phones
    needed = is_heard or generator.needs_encoder
    listener = load_network(encoder, providers=providers, threads=threads) if needed else None
    if isinstance(source, str | PathLike):
        blocks: Iterable[Samples] = decode_blocks(source)
        duration = estimate_duration(source) if duration is None else duration
        name = f"'{source}'"
    else:
        blocks, name = source, "The sound"

    counter = _Counter(blocks, duration, report, cancelled)
    track, heard = run_networks(generator, listener, counter.blocks(), counter.look)
    seconds = counter.samples / SAMPLE_RATE
    count = frame_count(seconds, fps)
    if counter.samples == 0:
        raise AudioError(f"{name} holds no samples: expected speech. Choose another sound.")
    if seconds * fps < 1:
        raise AudioError(
            f"{name} lasts {seconds:.4f} s, less than one frame at {fps:g} frames a second: expected speech. "
            "Choose a longer sound."
        )
    spoken = None
    wanted = None
    if is_heard and heard is not None:
        spoken = phone_track(heard.phones, seconds, transcript, counter.look)
        report(_PHONES_SHARE)
        if settings.articulation > 0:
            # A transcript of another sound gives no words, and the sound alone decides.
            told = spoken.spoken if spoken.words else None
            wanted = demands(heard, count, fps, heard=spoken.spoken, phones=told)
    del heard  # hours of it are large, and the faces are yet to come
    motion = _assemble(track, generator, wanted, count, fps, seed, settings, report, counter.look)
    # What the lids have to tell stands beside what the words have to.
    return motion if spoken is None else replace(spoken.on(motion), notes=(*spoken.notes, *motion.notes))


def _assemble(
    track: ExpressionTrack,
    generator: FaceGenerator,
    wanted: Demands | None,
    count: int,
    fps: float,
    seed: int,
    settings: AnimationSettings,
    report: Callable[[float], None],
    look: Callable[[], None],
) -> FaceMotion:
    """Put mouth and lids together at the frames of the result."""
    solver = WeightSolver(load_head().arkit_to_expression)
    own_lids = generator.moves_lids and not settings.drawn_blinks
    blink = np.zeros(count, np.float32)
    if not own_lids:
        blink = generate_blinks(count, fps, seed=seed, per_minute=settings.blinks_per_minute)
        blink = (blink * settings.blink_amount).astype(np.float32)
    lids = generator.lid_response()
    motion = FaceMotion.still(count, fps)
    times = frame_times(count, fps)
    # Lids and gaze have owners of their own: what the network's mouth moves there gives way to them.
    # Lips meet whatever the amount: what is louder comes before the articulation, what is softer after it.
    louder, softer = (np.zeros(len(ARKIT_NAMES), np.float32) for _ in range(2))
    for names, amount in ((MOUTH_NAMES, settings.mouth_amount), (BROW_NAMES, settings.brows_amount)):
        louder[arkit_indices(names)] = max(1.0, amount)
        softer[arkit_indices(names)] = min(1.0, amount)
    if own_lids:
        # Squints and wide eyes come with the blinks from the same source.
        louder[arkit_indices(BLINK_NAMES)] = softer[arkit_indices(BLINK_NAMES)] = 1
    for first in range(0, count, _FRAMES_PER_BLOCK):
        look()
        rows = slice(first, first + _FRAMES_PER_BLOCK)
        expression = track.at(times[rows])
        solved = solver.solve(expression)
        weights = np.minimum(solved * louder, 1)
        if wanted is not None:
            weights = constrain(weights, wanted[rows], strength=settings.articulation)
        weights *= softer
        # beta keeps what no ARKit shape can say, and follows what the amounts changed.
        motion.expression[rows] = expression + (weights - solved) @ solver.matrix.T + blink[rows, None] * lids
        if not own_lids:
            weights[:, _EYELIDS] = blink[rows, None]
        motion.weights[rows] = weights
        report(_PHONES_SHARE + (1 - _PHONES_SHARE) * min(1, (first + _FRAMES_PER_BLOCK) / count))
    return _calmed_lids(motion, solver, seed, settings) if own_lids else motion


def _calmed_lids(
    motion: FaceMotion, solver: WeightSolver, seed: int, settings: AnimationSettings
) -> FaceMotion:
    """Blinks that the generator drew itself, as often and as far as the settings ask for."""
    lids = motion.weights[:, _EYELIDS]
    # Both eyes blink together, as they were captured: the more closed one says when.
    closure = lids.max(axis=1)
    drawn = blink_rate(closure, motion.fps)
    calmed = full_blinks(
        thin_blinks(closure, motion.fps, per_minute=settings.blinks_per_minute, seed=seed), motion.fps
    )
    share = calmed / np.maximum(closure, 1e-6)
    # Where the lids are moved elsewhere, each keeps its own part of the way.
    new = np.where(closure[:, None] > _OPEN, np.minimum(lids * share[:, None], 1), calmed[:, None])
    # Both close in a blink: an eye that its captured speaker kept open by a hair would be seen to.
    together = np.clip((calmed[:, None] - _HALF_CLOSED) / (1 - _HALF_CLOSED), 0, 1)
    new = new + (calmed[:, None] - new) * together
    new = (new * settings.blink_amount).astype(np.float32)
    for first in range(0, len(motion), _FRAMES_PER_BLOCK):
        rows = slice(first, first + _FRAMES_PER_BLOCK)
        motion.expression[rows] += (new[rows] - lids[rows]) @ solver.matrix[:, _EYELIDS].T
    motion.weights[:, _EYELIDS] = new
    kept = blink_rate(calmed, motion.fps)
    if drawn <= kept + 0.5:
        return motion
    note = f"The performance blinked {drawn:.0f} times a minute, {kept:.0f} were kept."
    return replace(motion, notes=(*motion.notes, note))


class _Counter:
    """Counts the samples that pass, reports progress and watches for cancellation."""

    def __init__(
        self,
        blocks: Iterable[Samples],
        duration: float | None,
        report: Callable[[float], None],
        cancelled: Callable[[], bool] | None,
    ) -> None:
        self.samples = 0
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
            yield block
            if self._expected:
                self._report(_SOUND_SHARE * min(1.0, self.samples / self._expected))
