# SPDX-License-Identifier: GPL-3.0-or-later
"""Training examples: sounds, original and augmented, with expression coefficients at true frame times.

Shape letters: T columns, C channels of an input, F frames, V visemes, B = 64 coefficients.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..audio import SAMPLE_RATE
from ..audio.mel import COLUMNS_PER_SECOND
from ..errors import InputError
from ..generate.expression import FIRST_FRAME_SECONDS
from ..generate.expression_inputs import padded_inputs
from ..generate.speech import SPEECH_FPS, SpeechFeatures, hear
from ..head import load_head
from ..retarget.arkit import ARKIT_INDEX, MOUTH_NAMES, arkit_indices
from ..runtime import Network, load_network
from .augment import Samples, augment, coloured_noise
from .captures import Capture, read_facegood, read_grid, read_recordings
from .fit import fit_weights
from .visemes import VISEMES, viseme_labels, visemes_of

HELD_OUT_EVERY: Final = 10
HELD_OUT_OFFSET: Final = 5
"""GRID clips and own recordings: every tenth, from the sixth on, is held out."""
HELD_OUT_TAKE: Final = "2_04"
"""FACEGOOD's take that is held out."""

EXCERPT_COLUMNS: Final = 240
"""Three seconds, the length of a GRID clip."""
EXCERPT_FRAMES: Final = 112
"""Room for three seconds at 30 frames a second slowed by the speed augmentation."""

_WORTH_PROCESSES: Final = 64
"""Examples from which other processes save more time than they need to start."""


@dataclass(frozen=True)
class Listener:
    """What a network in training takes of a sound; small enough to be sent to other processes.

    Attributes:
        names: of `generate.expression_inputs.INPUT_CHANNELS`.
        encoder: speech encoder that ships, or an .onnx file; None where nothing is heard through one.
    """

    names: tuple[str, ...] = ("mel",)
    encoder: str | None = None

    def inputs(self, samples: Samples) -> dict[str, NDArray[np.float32]]:
        """Columns (T + 16, C) of each input, as `generate.expression` feeds them."""
        return padded_inputs(self.names, samples, self._network())

    def visemes(self, capture: Capture) -> NDArray[np.float16]:
        """What lips show of the speech at the frames of a capture (F, V), as probabilities.

        From its phones where they are known, else from what the encoder hears; all zero where neither is.
        """
        times = np.arange(len(capture)) / capture.fps
        if capture.phones is not None:
            return viseme_labels(capture.phones, times).astype(np.float16)
        network = self._network()
        if network is None:
            return np.zeros((len(capture), len(VISEMES)), np.float16)
        heard = visemes_of(SpeechFeatures.joined(hear(network, [capture.samples])).phones)
        columns = np.clip(np.round(times * SPEECH_FPS).astype(int), 0, len(heard) - 1)
        return heard[columns].astype(np.float16)

    def _network(self) -> Network | None:
        return None if self.encoder is None else load_network(self.encoder, providers=["cpu"])


@dataclass(frozen=True)
class Example:
    """One clip, original or augmented.

    Attributes:
        inputs: (T + 16, C) float16 columns of each input, as `generate.expression` feeds them.
        times: (F,) seconds of the frames in this sound.
        target: (F, 64) float32, lips of the capture, upper face of the reference, lids open.
        reference: (64,) float32 beta_0.
        valid: (F,) bool.
        visemes: (F, V) float16, what lips show of the speech (`Listener.visemes`).
        dataset: which set it is from.
        original: whether the sound is as recorded.
    """

    inputs: dict[str, NDArray[np.float16]]
    times: NDArray[np.float64]
    target: NDArray[np.float32]
    reference: NDArray[np.float32]
    valid: NDArray[np.bool_]
    visemes: NDArray[np.float16]
    dataset: str
    original: bool

    def __len__(self) -> int:
        """Columns of its inputs."""
        return len(next(iter(self.inputs.values())))


def read_captures(data: Path, sets: Sequence[str]) -> list[Capture]:
    """Clips of the named sets below `data`, with weights fitted to our head.

    Args:
        data: folder with `grid_s1`, `facegood` and `grid_others`; own recordings go by their path.
        sets: of "grid", "facegood", "grid_others" (people to test on), or paths of folders with pairs
            NAME.csv and NAME.wav.

    Raises:
        InputError: a set is missing.
    """
    readers = {
        "grid": lambda: read_grid(data / "grid_s1"),
        "facegood": lambda: read_facegood(data / "facegood"),
        "grid_others": lambda: _named(read_grid(data / "grid_others"), "grid_others"),
    }
    captures: list[Capture] = []
    for name in sets:
        captures += readers[name]() if name in readers else read_recordings(Path(name))
    if not captures:
        raise InputError("No recordings to train on: name at least one set, such as grid or facegood.")
    return [fit_weights(capture) for capture in captures]


def _named(captures: Sequence[Capture], dataset: str) -> list[Capture]:
    return [replace(capture, dataset=dataset) for capture in captures]


def is_held_out(capture: Capture, number: int) -> bool:
    """Whether a clip, the `number`-th of its set, is kept out of training."""
    if capture.dataset == "facegood":
        return HELD_OUT_TAKE in capture.name
    return number % HELD_OUT_EVERY == HELD_OUT_OFFSET


def split(captures: Sequence[Capture]) -> tuple[list[Capture], list[Capture]]:
    """(training, held-out) clips."""
    training: list[Capture] = []
    held_out: list[Capture] = []
    count: dict[str, int] = {}
    for capture in captures:
        number = count.get(capture.dataset, 0)
        count[capture.dataset] = number + 1
        (held_out if is_held_out(capture, number) else training).append(capture)
    return training, held_out


def make_example(
    capture: Capture,
    samples: Samples | None = None,
    speed: float = 1.0,
    listener: Listener | None = None,
    visemes: NDArray[np.float16] | None = None,
) -> Example:
    """The example of a clip with its own sound or an augmented one.

    Args:
        capture: the clip.
        samples: (n,) another version of its sound.
        speed: by which that version is faster.
        listener: what is taken of the sound; mel by default.
        visemes: (F, V) of the clip, if they are known already.
    """
    listener = listener or Listener()
    target, reference = make_target(capture)
    return Example(
        inputs=_halved(listener.inputs(capture.samples if samples is None else samples)),
        times=np.arange(len(capture)) / capture.fps / speed,
        target=target,
        reference=reference,
        valid=capture.valid,
        visemes=listener.visemes(capture) if visemes is None else visemes,
        dataset=capture.dataset,
        original=samples is None,
    )


def make_target(capture: Capture) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """What is to be learnt of a clip: beta (F, 64) with its lips and the reference's upper face, and the
    reference beta_0 (64,)."""
    matrix = load_head().arkit_to_expression
    mouth = arkit_indices(MOUTH_NAMES)
    # The face before it speaks is the reference; only the mouth is learnt, the rest stays as it was.
    reference = np.median(capture.weights[: max(1, int(0.12 * capture.fps))], axis=0)
    reference[_LIDS] = 0
    if capture.dataset == "speech":
        # Its clips may begin in the middle of a word, and its motion is on the head's own neutral.
        reference[:] = 0
    weights = np.repeat(reference[None], len(capture), axis=0)
    weights[:, mouth] = capture.weights[:, mouth]
    return (weights @ matrix.T).astype(np.float32), (matrix @ reference).astype(np.float32)


def make_examples(
    captures: Sequence[Capture],
    variants: int,
    seed: int,
    *,
    listener: Listener | None = None,
    workers: int = 2,
) -> list[Example]:
    """Originals and `variants` augmented versions of each clip, plus noise in which the mouth rests.

    What the speech encoder hears in every version is computed here, once, and kept with the examples.
    """
    shared = ([replace(capture, tracked=None) for capture in captures], listener or Listener())
    tasks = [(index, variant, seed) for variant in range(1, variants + 1) for index in range(len(captures))]
    rests = [(seed, number) for number in range(max(8, len(captures) // 20))]

    def make(run: Callable[..., Iterable[Example]]) -> list[Example]:
        originals = list(run(_original_example, range(len(captures))))
        jobs = [(task, originals[task[0]].visemes) for task in tasks]
        return [*originals, *run(_augmented_example, jobs), *run(_rest_example, rests)]

    if len(captures) + len(tasks) < _WORTH_PROCESSES:
        _share(*shared)
        return make(map)
    # Fresh processes: ONNX Runtime must not be carried over from this one by forking.
    with ProcessPoolExecutor(workers, get_context("spawn"), initializer=_share, initargs=shared) as pool:
        return make(lambda work, jobs: pool.map(work, jobs, chunksize=8))


def frame_positions(times: NDArray[np.floating]) -> NDArray[np.float64]:
    """Seconds to positions among the frames that ExpNet gives for `padded_mel`."""
    return (np.asarray(times) - FIRST_FRAME_SECONDS) * COLUMNS_PER_SECOND


_LIDS: Final = [ARKIT_INDEX[name] for name in ("eyeBlinkLeft", "eyeBlinkRight")]
_shared: dict[str, Any] = {}


def _halved(inputs: dict[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float16]]:
    return {name: rows.astype(np.float16) for name, rows in inputs.items()}


def _share(captures: Sequence[Capture], listener: Listener) -> None:
    """Give a worker process the clips once, not with each task."""
    _shared["captures"], _shared["listener"] = captures, listener


def _original_example(index: int) -> Example:
    return make_example(_shared["captures"][index], listener=_shared["listener"])


def _augmented_example(job: tuple[tuple[int, int, int], NDArray[np.float16]]) -> Example:
    (index, variant, seed), visemes = job
    captures: Sequence[Capture] = _shared["captures"]
    others = [capture.samples for capture in captures]
    changed = augment(captures[index].samples, others, np.random.default_rng([seed, variant, index]))
    return make_example(captures[index], changed.samples, changed.speed, _shared["listener"], visemes)


def _rest_example(job: tuple[int, int]) -> Example:
    """Three seconds of noise or digital silence: the mouth stays closed whatever the microphone hears."""
    seed, number = job
    random = np.random.default_rng([seed, 7, number])
    count = 3 * SAMPLE_RATE
    level = 10 ** (random.uniform(-80, -30) / 20)
    noise = coloured_noise(count, float(random.uniform(0, 2)), random) * np.float32(level)
    if random.random() < 0.25:
        noise = np.zeros(count, np.float32)
    frames = 75
    times = np.arange(frames) / 25
    listener: Listener = _shared["listener"]
    return Example(
        inputs=_halved(listener.inputs(noise)),
        times=times,
        target=np.zeros((frames, load_head().expression_spread.size), np.float32),
        reference=np.zeros(load_head().expression_spread.size, np.float32),
        valid=np.ones(frames, bool),
        visemes=viseme_labels((), times).astype(np.float16),
        dataset="rest",
        original=True,
    )
