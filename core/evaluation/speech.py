# SPDX-License-Identifier: GPL-3.0-or-later
"""How well the speech encoder hears people it was not trained on.

  soliloquy evaluate speech --data FOLDER

Frames right, and recall and precision of lip closures (m, b, p), of f and v, of rounded vowels and of
silence (40 ms), for real readers, for speakers with an accent, and for synthetic voices that were held out;
as recorded, in noise (pink, 10 and 0 dB below the speech), in a telephone's band, 4 semitones up and down,
and 20 dB fainter.
The labels are the sets' own, made by a forced aligner: they agree with the ear to about 20 ms.
"""

import argparse
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..argument_types import at_least_one
from ..generate.speech import SPEECH_FPS, SpeechFeatures, hear
from ..phone_decoding import decode_phones
from ..phones import phone_labels
from ..runtime import Network, load_network
from ..training.augment import change_pitch, coloured_noise, telephone
from ..training.speech_sets import ClipLabel, SpeechSet
from .speech_events import SpeechCounts

Samples = NDArray[np.float32]
Change = Callable[[Samples, np.random.Generator], Samples]

GROUPS: Final = {
    "real": ("librispeech", "val"),
    "real, accent": ("speechocean", "val"),
    "synthetic": ("kokoro", "val"),
    "seen, GRID": ("grid_s1", "seen"),
    "seen, Kathleen": ("kathleen", "seen"),
}
"""Name in the table to set and split; "seen" speakers were trained on, with other clips."""


def _noise(decibels: float) -> Change:
    def change(samples: Samples, random: np.random.Generator) -> Samples:
        noise = coloured_noise(len(samples), 1.0, random)
        factor = np.sqrt(np.mean(samples**2)) * 10 ** (-decibels / 20)
        return (samples + np.float32(factor) * noise).astype(np.float32)

    return change


CONDITIONS: Final[Mapping[str, Change]] = {
    "clean": lambda samples, _: samples,
    "noise 10 dB": _noise(10),
    "noise 0 dB": _noise(0),
    "telephone": lambda samples, _: telephone(samples),
    "+4 semitones": lambda samples, _: change_pitch(samples, 4),
    "-4 semitones": lambda samples, _: change_pitch(samples, -4),
    "-20 dB": lambda samples, _: (samples * np.float32(0.1)).astype(np.float32),
}


def evaluate(
    network: Network, data: Path, *, conditions: Mapping[str, Change], most: int
) -> Iterator[tuple[str, str, SpeechCounts]]:
    """Counts for each group of people and each condition.

    Args:
        network: the speech encoder.
        data: folder of the sets; those that are not there are left out.
        conditions: name to change of the sound.
        most: clips of each group, evenly spread.
    """
    for group, (name, split) in GROUPS.items():
        if not (data / name).is_dir():
            continue
        clips = speech_clips(data / name, split, most)
        for condition, change in conditions.items():
            counts = SpeechCounts()
            for number, (label, samples) in enumerate(clips):
                features = _heard(network, change(samples, np.random.default_rng(number)))
                spoken = label.phones or ()
                times = np.arange(len(features)) / SPEECH_FPS
                counts.add(
                    features.phones,
                    phone_labels(spoken, times),
                    decode_phones(features.phones, SPEECH_FPS).spoken,
                    spoken,
                    SPEECH_FPS,
                )
            yield group, condition, counts


def _heard(network: Network, samples: Samples) -> SpeechFeatures:
    return SpeechFeatures.joined(hear(network, [samples]))


def speech_clips(folder: Path, split: str, most: int) -> list[tuple[ClipLabel, Samples]]:
    """Labelled clips of a split of a set, at most `most`, evenly spread."""
    spoken = SpeechSet(folder)
    wanted = [number for number, label in enumerate(spoken.labels) if label.split == split and label.phones]
    chosen = set(wanted[:: max(1, -(-len(wanted) // most))])
    return [(spoken.labels[number], samples) for number, samples in spoken.sounds() if number in chosen]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `soliloquy evaluate speech`."""
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER", help="folder of the sets")
    parser.add_argument("--model", default="speech_encoder", help="speech_encoder, or an .onnx file")
    parser.add_argument(
        "--clips", type=at_least_one, default=200, help="of each group, at most (default: 200)"
    )
    parser.add_argument(
        "--conditions", nargs="+", choices=list(CONDITIONS), default=list(CONDITIONS), metavar="NAME"
    )


def run(args: argparse.Namespace) -> int:
    """Carry out `soliloquy evaluate speech`."""
    network = load_network(args.model, providers=["cpu"])
    names = ("frames", "m/b/p", "f/v", "rounded", "silence")
    print("frames: share right; others: recall / precision")
    print(f"{'':16}{'':14}" + "".join(f"{name:>14}" for name in names), flush=True)
    conditions = {name: CONDITIONS[name] for name in args.conditions}
    for group, condition, counts in evaluate(network, args.data, conditions=conditions, most=args.clips):
        events = [*counts.events.values(), counts.silence]
        cells = [
            f"{counts.accuracy:.3f}",
            *(f"{event.recall:.3f} / {event.precision:.3f}" for event in events),
        ]
        print(f"{group:16}{condition:14}" + "".join(f"{cell:>14}" for cell in cells), flush=True)
    return 0
