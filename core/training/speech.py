# SPDX-License-Identifier: GPL-3.0-or-later
"""Speech without faces, from many people: a network's own motion, corrected where the phones are known.

Two captured speakers cannot teach how others sound. Speech of hundreds with timed phones can, if each clip
gets a plausible motion: a first network's, with the lips closed in m, b and p, the lower lip at the upper
teeth in f and v, the lips rounded in rounded vowels and w, and the mouth at rest in pauses. A second network
that learns from captures and from these targets hears lip closures in voices it never met.

Shape letters: F frames.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..audio import SAMPLE_RATE
from ..errors import InputError
from ..generate.expression import expression_weights
from ..head import load_head
from ..motion import Phone
from ..retarget.arkit import ARKIT_INDEX, ARKIT_NAMES, MOUTH_NAMES
from ..retarget.solve import WeightSolver
from ..runtime import load_network
from .captures import Capture
from .fit import lip_gap, mouth_width

SPEECH_FPS: Final = 30.0
LONGEST_CLIP: Final = 6.0
"""Seconds taken of a clip."""

BILABIALS: Final = frozenset({"M", "B", "P"})
LABIODENTALS: Final = frozenset({"F", "V"})
ROUNDED: Final = frozenset({"UW", "OW", "UH", "W", "OY", "AO"})
VOWELS: Final = frozenset(
    {"AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW"}
)
SHORTEST_PAUSE: Final = 0.3
"""Seconds of silence from which the mouth comes to rest; shorter ones may be the gaps of t, d, k, g."""

_APPROACH: Final = 0.08
"""Seconds before a closure in which the lips approach, and after it in which they part."""
_ANTICIPATION: Final = 0.12
"""Seconds before speech at which the mouth begins to open."""
_OPENERS: Final = ("mouthLowerDown", "mouthUpperUp", "mouthFunnel", "mouthShrugUpper", "mouthRollUpper")
"""Beginnings of the names of shapes that part the lips."""


@dataclass(frozen=True)
class SpokenClip:
    """A clip of speech with timed phones, times in seconds from its start."""

    name: str
    samples: NDArray[np.float32]
    phones: tuple[Phone, ...]

    @property
    def duration(self) -> float:
        """Seconds."""
        return len(self.samples) / SAMPLE_RATE


def read_speech(folder: Path, count: int, *, validation: bool, seed: int) -> list[SpokenClip]:
    """Clips of a set of phone-timed speech: `index.jsonl`, `phones.npz` and sound files.

    Args:
        folder: the set.
        count: clips to draw, at most.
        validation: from people marked `val` rather than from all others.
        seed: of the draw.

    Raises:
        InputError: the folder is not such a set.
    """
    import soundfile

    index = folder / "index.jsonl"
    if not index.is_file() or not (folder / "phones.npz").is_file():
        raise InputError(f"'{folder}' is no set of phone-timed speech: it needs index.jsonl and phones.npz.")
    rows = [json.loads(line) for line in index.read_text(encoding="utf-8").splitlines()]
    wanted = [number for number, row in enumerate(rows) if (row.get("split") == "val") == validation]
    random = np.random.default_rng([seed, len(rows)])
    with np.load(folder / "phones.npz") as table:
        names = [str(name) for name in table["phone_names"]]
        offsets, codes = table["offsets"], table["phone"]
        starts, ends = table["start_ms"] / 1000, table["end_ms"] / 1000
    clips = []
    for number in random.permutation(wanted)[:count]:
        row = rows[number]
        length = min(row["n_samples"], int(LONGEST_CLIP * SAMPLE_RATE))
        skipped = int(random.integers(0, row["n_samples"] - length + 1))
        samples, rate = soundfile.read(
            folder / row["file"], start=row["start_sample"] + skipped, frames=length, dtype="float32"
        )
        if rate != SAMPLE_RATE or len(samples) != length:
            raise InputError(f"'{folder / row['file']}' is not what its index says: expected 16 kHz.")
        part = range(offsets[number], offsets[number + 1])
        phones = (
            Phone(
                names[codes[i]],
                float(starts[i]) - skipped / SAMPLE_RATE,
                float(ends[i]) - skipped / SAMPLE_RATE,
            )
            for i in part
            if names[codes[i]] != "SIL"
        )
        inside = tuple(phone for phone in phones if phone.end > 0 and phone.start < length / SAMPLE_RATE)
        clips.append(SpokenClip(f"{folder.name}/{row['id']}", np.asarray(samples, np.float32), inside))
    return clips


def corrected_capture(clip: SpokenClip, teacher: Callable[[Capture], NDArray[np.float32]]) -> Capture:
    """The clip with the teacher's motion, corrected by its phones, as if it had been captured.

    Args:
        clip: speech with phones.
        teacher: from a clip to ARKit weights (F, 52) at its frames.
    """
    count = int(clip.duration * SPEECH_FPS)
    still = np.zeros((count, len(ARKIT_NAMES)), np.float32)
    capture = Capture(
        clip.name, "speech", clip.samples, SPEECH_FPS, still, np.ones(count, bool), phones=clip.phones
    )
    still[:] = correct(teacher(capture), clip.phones, np.arange(count) / SPEECH_FPS)
    return capture


def taught_captures(clips: Sequence[SpokenClip], teacher: str, encoder: str) -> list[Capture]:
    """Clips of speech with the motion of a trained ExpNet, corrected by their phones.

    Args:
        clips: speech with phones.
        teacher: network that ships, or an .onnx file.
        encoder: speech encoder that the teacher listens through, likewise.
    """
    network = load_network(teacher, providers=["cpu"])
    ear = load_network(encoder, providers=["cpu"])
    solver = WeightSolver(load_head().arkit_to_expression)

    def motion(capture: Capture) -> NDArray[np.float32]:
        times = np.arange(len(capture)) / capture.fps
        return expression_weights(network, capture.samples, times, solver, ear)

    return [corrected_capture(clip, motion) for clip in clips]


def correct(
    weights: NDArray[np.float32], phones: Sequence[Phone], times: NDArray[np.floating]
) -> NDArray[np.float32]:
    """Weights (F, 52) with the articulations that the phones demand, at times (F,) in seconds."""
    result = weights.copy()

    def column(name: str) -> NDArray[np.float32]:
        return result[:, ARKIT_INDEX[name]]

    rest = _rest(phones, times)[:, None]
    mouth = [ARKIT_INDEX[name] for name in MOUTH_NAMES]
    result[:, mouth] *= 1 - rest

    rounding = _activity(phones, ROUNDED, times)
    for name, wanted in (("mouthPucker", 0.5), ("mouthFunnel", 0.15)):
        np.maximum(column(name), wanted * rounding, out=column(name))
    for side in ("Left", "Right"):
        for name in ("mouthSmile", "mouthStretch", "mouthDimple"):
            column(name + side)[:] *= 1 - rounding

    openers = [index for name, index in ARKIT_INDEX.items() if name.startswith(_OPENERS)]
    bite = _activity(phones, LABIODENTALS, times)
    result[:, openers] *= 1 - bite[:, None]
    jaw = column("jawOpen")
    jaw *= 1 - bite * np.maximum(0, 1 - 0.08 / np.maximum(jaw, 0.08))
    np.maximum(column("mouthRollLower"), 0.3 * bite, out=column("mouthRollLower"))
    for side in ("Left", "Right"):
        np.maximum(column("mouthUpperUp" + side), 0.12 * bite, out=column("mouthUpperUp" + side))

    closing = _activity(phones, BILABIALS, times)
    result[:, openers] *= 1 - closing[:, None]
    column("mouthRollLower")[:] *= 1 - 0.5 * closing
    close = column("mouthClose")
    close += closing * (column("jawOpen") - close)
    for name in ("mouthPressLeft", "mouthPressRight"):
        np.maximum(column(name), 0.1 * closing, out=column(name))
    return result


@dataclass(frozen=True)
class ClosureCount:
    """Shares over some clips of speech.

    Attributes:
        sealed: of m, b and p whose lip gap falls below 2 % of the mouth's width within 40 ms of them.
        vowels_sealed: of vowels whose middle shows closed lips.
    """

    sealed: float
    vowels_sealed: float


def count_closures(
    clips: Sequence[SpokenClip], motions: Sequence[NDArray[np.float32]], fps: float, tolerance: float = 0.04
) -> ClosureCount:
    """Count seals in motions (F, 52) at `fps` of clips with timed phones."""
    sealed: list[bool] = []
    vowels: list[bool] = []
    for clip, weights in zip(clips, motions, strict=True):
        closed = lip_gap(weights) < 0.02 * mouth_width(weights)
        times = np.arange(len(weights)) / fps
        for phone in clip.phones:
            if phone.start < tolerance or phone.end > times[-1] - tolerance:
                continue
            if phone.name in BILABIALS:
                near = (times >= phone.start - tolerance) & (times <= phone.end + tolerance)
                sealed.append(bool(closed[near].any()))
            elif phone.name in VOWELS:
                vowels.append(bool(closed[int(np.abs(times - (phone.start + phone.end) / 2).argmin())]))
    return ClosureCount(float(np.mean(sealed)), float(np.mean(vowels)))


def _activity(
    phones: Sequence[Phone], names: frozenset[str], times: NDArray[np.floating]
) -> NDArray[np.float32]:
    """0..1 (F,): 1 in the phones, falling as a raised cosine before and after them."""
    activity = np.zeros(len(times), np.float32)
    for phone in phones:
        if phone.name in names:
            # A phone shorter than two frames still gets one in which it is whole.
            shortfall = max(0.0, 1.2 / SPEECH_FPS - (phone.end - phone.start)) / 2
            outside = np.maximum(phone.start - shortfall - times, times - phone.end - shortfall)
            share = np.clip(outside / _APPROACH, 0, 1)
            np.maximum(activity, 0.5 + 0.5 * np.cos(np.pi * share), out=activity, casting="same_kind")
    return activity


def _rest(phones: Sequence[Phone], times: NDArray[np.floating]) -> NDArray[np.float32]:
    """0..1 (F,): 1 in pauses, with the mouth closing after speech and opening ahead of it."""
    rest = np.zeros(len(times), np.float32)
    edges = [(-np.inf, -np.inf), *((phone.start, phone.end) for phone in phones), (np.inf, np.inf)]
    for (_, before), (after, _) in pairwise(edges):
        if after - before < SHORTEST_PAUSE:
            continue
        away = np.minimum((times - before) / 0.15, (after - times) / _ANTICIPATION)
        np.maximum(rest, 0.5 - 0.5 * np.cos(np.pi * np.clip(away, 0, 1)), out=rest, casting="same_kind")
    return rest
