# SPDX-License-Identifier: GPL-3.0-or-later
"""What the finished motion shows of the sounds of people who were not trained on.

  soliloquy evaluate closures --data FOLDER

Through the head's geometry (closed = inner lips nearer than 2 % of the mouth's width): the share of m, b, p
that seal within 40 ms and in the frame at their middle; of the seals, the share in m, b, p and silence; f and
v with the lower lip at the teeth; vowels shown closed; rounded against spread vowels by the mouth's width
(AUC); how far the lips move in pauses. For the network alone, with the articulation constraints, and with
these and a transcript (the set's own phones, timed by the encoder); beside a mouth that follows the loudness,
and with --rhubarb beside Rhubarb Lip Sync, as it comes and 40 ms later.
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..argument_types import at_least_one
from ..audio import SAMPLE_RATE
from ..frame_times import frame_count, frame_times
from ..generate.articulation import constrain, demands
from ..generate.generators import FaceGenerator, load_generator
from ..generate.one_pass import run_networks
from ..generate.speech import SPEECH_FPS, SpeechFeatures
from ..head import load_head
from ..motion import Phone
from ..phone_alignment import align_phones
from ..phone_decoding import decode_phones
from ..retarget.solve import WeightSolver
from ..runtime import Network, load_network
from .loudness import loudness_weights
from .mouth_events import MouthCounts
from .rhubarb import LATE, PACKAGE, Cue, Rhubarb, cue_weights, delayed, find_rhubarb
from .speech import GROUPS, speech_clips

MODES: Final = ("network alone", "constraints", "and transcript", "loudness")


def evaluate(
    generator: FaceGenerator,
    encoder: Network,
    data: Path,
    *,
    rates: Sequence[float],
    most: int,
    rhubarbs: Sequence[Rhubarb] = (),
) -> Iterator[tuple[str, Mapping[tuple[str, float], MouthCounts]]]:
    """Counts for each group of people, of each mode at each frame rate.

    Args:
        generator: sound to expression.
        encoder: the speech encoder.
        data: folder of the sets; those that are not there are left out.
        rates: frames a second.
        most: clips of each group, evenly spread.
        rhubarbs: Rhubarbs to compare with; two modes each, as it comes and `LATE` later.
    """
    solver = WeightSolver(load_head().arkit_to_expression)
    modes = (*MODES, *(name for rhubarb in rhubarbs for name in (rhubarb.name, f"{rhubarb.name} late")))
    for group, (name, split) in GROUPS.items():
        if not (data / name).is_dir():
            continue
        counts = {(mode, fps): MouthCounts() for mode in modes for fps in rates}
        clips = speech_clips(data / name, split, most)
        drawn: list[list[tuple[Cue, ...]]] = []
        for rhubarb in rhubarbs:
            cues = rhubarb.cues([samples for _, samples in clips])
            drawn += [cues, [delayed(each, LATE) for each in cues]]
        for number, (label, samples) in enumerate(clips):
            spoken = label.phones or ()
            track, features = run_networks(generator, encoder, [samples])
            assert features is not None  # there is an encoder
            found = decode_phones(features.phones, SPEECH_FPS).spoken
            aligned = _aligned(features, [phone.name for phone in spoken])
            for fps in rates:
                count = frame_count(len(samples) / SAMPLE_RATE, fps)
                times = frame_times(count, fps)
                raw = solver.solve(track.at(times))
                motions = (
                    raw,
                    constrain(raw, demands(features, count, fps, heard=found)),
                    constrain(raw, demands(features, count, fps, phones=aligned)),
                    loudness_weights(samples, times),
                    *(cue_weights(each[number], count, fps) for each in drawn),
                )
                for mode, weights in zip(modes, motions, strict=True):
                    counts[mode, fps].add(weights, spoken, fps)
        yield group, counts


def _aligned(features: SpeechFeatures, names: Sequence[str]) -> tuple[Phone, ...]:
    found = align_phones(np.log(np.maximum(features.phones, 1e-4)), names)
    return tuple(
        Phone(name, max(0.0, (start - 0.5) / SPEECH_FPS), (end - 0.5) / SPEECH_FPS)
        for name, start, end in zip(names, found.starts.tolist(), found.ends.tolist(), strict=True)
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `soliloquy evaluate closures`."""
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER", help="folder of the sets")
    parser.add_argument("--model", default="expnet", help="expnet, meshtalk, an .onnx file or a folder")
    parser.add_argument("--encoder", default="speech_encoder", help="speech_encoder, or an .onnx file")
    parser.add_argument(
        "--clips", type=at_least_one, default=100, help="of each group, at most (default: 100)"
    )
    parser.add_argument("--fps", nargs="+", type=float, default=[24.0, 25.0, 30.0, 60.0], metavar="N")
    parser.add_argument(
        "--rhubarb",
        nargs="+",
        type=Path,
        default=[],
        metavar="PATH",
        help=f"compare with Rhubarb: a folder in which 'npm install {PACKAGE}' ran, or its executable",
    )
    parser.add_argument(
        "--rhubarb-cache", type=Path, metavar="FOLDER", help="keep Rhubarb's mouth shapes between runs"
    )


def run(args: argparse.Namespace) -> int:
    """Carry out `soliloquy evaluate closures`."""
    rhubarbs = [find_rhubarb(path, cache=args.rhubarb_cache) for path in args.rhubarb]
    generator = load_generator(args.model, providers=["cpu"])
    encoder = load_network(args.encoder, providers=["cpu"])
    for rhubarb in rhubarbs:
        print(f"{rhubarb.name}: {rhubarb.version}")
    print(f"each cell at {', '.join(f'{fps:g}' for fps in args.fps)} frames a second", flush=True)
    groups = evaluate(generator, encoder, args.data, rates=args.fps, most=args.clips, rhubarbs=rhubarbs)
    for group, counts in groups:
        print("\n".join(table(group, counts, args.fps)), flush=True)
    return 0


def table(
    group: str, counts: Mapping[tuple[str, float], MouthCounts], rates: Sequence[float]
) -> Iterator[str]:
    """Lines of a table: a column for each mode, in each cell the figures at all frame rates."""
    modes = list(dict.fromkeys(mode for mode, _ in counts))
    figures = {key: closure_figures(count) for key, count in counts.items()}
    lips = len(next(iter(counts.values())).sealed)
    width = max(5 * len(rates) - 1, *map(len, modes)) + 2
    yield ""
    yield f"{group}, {lips} m/b/p"
    yield f"{'':8}" + "".join(f"{mode:>{width}}" for mode in modes)
    for name in next(iter(figures.values())):
        cells = [" ".join(_short(figures[mode, fps][name]) for fps in rates) for mode in modes]
        yield f"{name:8}" + "".join(f"{cell:>{width}}" for cell in cells)


def closure_figures(count: MouthCounts) -> dict[str, float]:
    """Lines of the table: shares, the AUC of rounding, and millimetres of the lips in pauses."""
    return {
        "sealed": _mean(count.sealed),
        "middle": _mean(count.sealed_middle),
        "right": _mean(count.seals_right),
        "f/v": _mean(count.bites),
        "vowels": _mean(count.vowels_closed),
        "round": count.rounding_auc,
        "rest mm": 1000 * _mean(count.unrest),
    }


def _short(value: float) -> str:
    """Four characters: .917, 1.00, 12.3."""
    if np.isnan(value):
        return "   -"
    return f"{value:.3f}".removeprefix("0")[:4]


def _mean(values: Sequence[float] | NDArray[np.floating]) -> float:
    return float(np.mean(values)) if len(values) else float("nan")
