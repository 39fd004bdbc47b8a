# SPDX-License-Identifier: GPL-3.0-or-later
"""Training examples: spectrograms, original and augmented, with expression coefficients at true frame times.

Shape letters: T mel columns, F frames, B = 64 coefficients.
"""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..audio import SAMPLE_RATE
from ..audio.mel import COLUMNS_PER_SECOND, SILENCE, WINDOW_COLUMNS, log_mel
from ..errors import InputError
from ..generate.expression import FIRST_FRAME_SECONDS
from ..head import load_head
from ..retarget.arkit import ARKIT_INDEX, MOUTH_NAMES, arkit_indices
from .augment import Samples, augment, coloured_noise
from .captures import Capture, read_facegood, read_grid, read_recordings
from .fit import fit_weights

HELD_OUT_EVERY: Final = 10
HELD_OUT_OFFSET: Final = 5
"""GRID clips and own recordings: every tenth, from the sixth on, is held out."""
HELD_OUT_TAKE: Final = "2_04"
"""FACEGOOD's take that is held out."""

EXCERPT_COLUMNS: Final = 240
"""Three seconds, the length of a GRID clip."""
EXCERPT_FRAMES: Final = 112
"""Room for three seconds at 30 frames a second slowed by the speed augmentation."""

_PADDING: Final = WINDOW_COLUMNS // 2


@dataclass(frozen=True)
class Example:
    """One clip, original or augmented.

    Attributes:
        mel: (T + 16, 80) float16 log-mel with silence around, as `generate.expression` feeds it.
        times: (F,) seconds of the frames in this sound.
        target: (F, 64) float32, lips of the capture, upper face of the reference, lids open.
        reference: (64,) float32 beta_0.
        valid: (F,) bool.
        dataset: which set it is from.
        original: whether the sound is as recorded.
    """

    mel: NDArray[np.float16]
    times: NDArray[np.float64]
    target: NDArray[np.float32]
    reference: NDArray[np.float32]
    valid: NDArray[np.bool_]
    dataset: str
    original: bool


def read_captures(data: Path, sets: Sequence[str]) -> list[Capture]:
    """Clips of the named sets below `data`, with weights fitted to our head.

    Args:
        data: folder with `grid_s1` and `facegood`; a folder of own recordings goes by its path.
        sets: of "grid", "facegood", or paths of folders with pairs NAME.csv and NAME.wav.

    Raises:
        InputError: a set is missing.
    """
    readers = {
        "grid": lambda: read_grid(data / "grid_s1"),
        "facegood": lambda: read_facegood(data / "facegood"),
    }
    captures: list[Capture] = []
    for name in sets:
        captures += readers[name]() if name in readers else read_recordings(Path(name))
    if not captures:
        raise InputError("No recordings to train on: name at least one set, such as grid or facegood.")
    return [fit_weights(capture) for capture in captures]


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


def make_example(capture: Capture, samples: Samples | None = None, speed: float = 1.0) -> Example:
    """The example of a clip with its own sound or an augmented one."""
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
    return Example(
        mel=padded_mel(capture.samples if samples is None else samples).astype(np.float16),
        times=np.arange(len(capture)) / capture.fps / speed,
        target=(weights @ matrix.T).astype(np.float32),
        reference=(matrix @ reference).astype(np.float32),
        valid=capture.valid,
        dataset=capture.dataset,
        original=samples is None,
    )


def make_examples(
    captures: Sequence[Capture], variants: int, seed: int, *, workers: int = 2
) -> list[Example]:
    """Originals and `variants` augmented versions of each clip, plus noise in which the mouth rests."""
    sounds = [capture.samples for capture in captures]
    tasks = [(index, variant, seed) for variant in range(1, variants + 1) for index in range(len(captures))]
    examples = [make_example(capture) for capture in captures]
    _share(captures, sounds)
    with ProcessPoolExecutor(workers, initializer=_share, initargs=(captures, sounds)) as pool:
        examples += pool.map(_augmented_example, tasks, chunksize=8)
    count = max(8, len(captures) // 20)
    examples += [_rest_example(np.random.default_rng([seed, 7, number])) for number in range(count)]
    return examples


def padded_mel(samples: Samples) -> NDArray[np.float32]:
    """(T + 16, 80) log-mel with half a window of silence on either side."""
    return np.pad(log_mel(samples), ((_PADDING, _PADDING), (0, 0)), constant_values=SILENCE)


def frame_positions(times: NDArray[np.floating]) -> NDArray[np.float64]:
    """Seconds to positions among the frames that ExpNet gives for `padded_mel`."""
    return (np.asarray(times) - FIRST_FRAME_SECONDS) * COLUMNS_PER_SECOND


_LIDS: Final = [ARKIT_INDEX[name] for name in ("eyeBlinkLeft", "eyeBlinkRight")]
_shared: dict[str, Sequence] = {}


def _share(captures: Sequence[Capture], sounds: Sequence[Samples]) -> None:
    """Give a worker process the clips once, not with each task."""
    _shared["captures"], _shared["sounds"] = captures, sounds


def _augmented_example(task: tuple[int, int, int]) -> Example:
    index, variant, seed = task
    capture: Capture = _shared["captures"][index]
    changed = augment(capture.samples, list(_shared["sounds"]), np.random.default_rng([seed, variant, index]))
    return make_example(capture, changed.samples, changed.speed)


def _rest_example(random: np.random.Generator) -> Example:
    """Three seconds of noise or digital silence: the mouth stays closed whatever the microphone hears."""
    count = 3 * SAMPLE_RATE
    level = 10 ** (random.uniform(-80, -30) / 20)
    noise = coloured_noise(count, float(random.uniform(0, 2)), random) * np.float32(level)
    if random.random() < 0.25:
        noise = np.zeros(count, np.float32)
    frames = 75
    return Example(
        mel=padded_mel(noise).astype(np.float16),
        times=np.arange(frames) / 25,
        target=np.zeros((frames, load_head().expression_spread.size), np.float32),
        reference=np.zeros(load_head().expression_spread.size, np.float32),
        valid=np.ones(frames, bool),
        dataset="rest",
        original=True,
    )
