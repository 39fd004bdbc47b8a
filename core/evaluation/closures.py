# SPDX-License-Identifier: GPL-3.0-or-later
"""What the finished motion shows of the sounds of people who were not trained on.

  soliloquy evaluate closures --data FOLDER

Through the head's geometry (closed = inner lips nearer than 2 % of the mouth's width): the share of m, b, p
that seal within 40 ms and in the frame at their middle; of the seals, the share in m, b, p and silence; f and
v with the lower lip at the teeth; vowels shown closed; rounded against spread vowels by the mouth's width
(AUC); how far the lips move in pauses. For ExpNet alone, with the articulation constraints, and with these
and a transcript (the set's own phones, timed by the encoder).
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..frame_times import frame_count, frame_times
from ..generate.articulation import constrain, demands
from ..generate.expression import ExpressionTrack, generate_expression
from ..generate.speech import SPEECH_FPS, SpeechFeatures, hear
from ..head import load_head
from ..motion import Phone
from ..phone_alignment import align_phones
from ..phone_decoding import decode_phones
from ..retarget.solve import WeightSolver
from ..runtime import Network, load_network
from .mouth_events import MouthCounts
from .speech import GROUPS, speech_clips

MODES: Final = ("network alone", "constraints", "and transcript")


def evaluate(
    expression: Network, encoder: Network, data: Path, *, rates: Sequence[float], most: int
) -> Iterator[tuple[str, float, str, MouthCounts]]:
    """Counts for each group of people, frame rate and mode.

    Args:
        expression: ExpNet.
        encoder: the speech encoder.
        data: folder of the sets; those that are not there are left out.
        rates: frames a second.
        most: clips of each group, evenly spread.
    """
    solver = WeightSolver(load_head().arkit_to_expression)
    for group, (name, split) in GROUPS.items():
        if not (data / name).is_dir():
            continue
        counts = {(fps, mode): MouthCounts() for fps in rates for mode in MODES}
        for label, samples in speech_clips(data / name, split, most):
            spoken = label.phones or ()
            features = SpeechFeatures.joined(hear(encoder, [samples]))
            found = decode_phones(features.phones, SPEECH_FPS).spoken
            aligned = _aligned(features, [phone.name for phone in spoken])
            track = ExpressionTrack(np.concatenate(list(generate_expression(expression, [samples]))))
            for fps in rates:
                count = frame_count(len(samples) / 16000, fps)
                raw = solver.solve(track.at(frame_times(count, fps)))
                heard = constrain(raw, demands(features, count, fps, heard=found))
                told = constrain(raw, demands(features, count, fps, phones=aligned))
                for mode, weights in zip(MODES, (raw, heard, told), strict=True):
                    counts[fps, mode].add(weights, spoken, fps)
        for (fps, mode), count in counts.items():
            yield group, fps, mode, count


def _aligned(features: SpeechFeatures, names: Sequence[str]) -> tuple[Phone, ...]:
    found = align_phones(np.log(np.maximum(features.phones, 1e-4)), names)
    return tuple(
        Phone(name, max(0.0, (start - 0.5) / SPEECH_FPS), (end - 0.5) / SPEECH_FPS)
        for name, start, end in zip(names, found.starts.tolist(), found.ends.tolist(), strict=True)
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `soliloquy evaluate closures`."""
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER", help="folder of the sets")
    parser.add_argument("--model", default="expnet", help="expnet, or an .onnx file")
    parser.add_argument("--encoder", default="speech_encoder", help="speech_encoder, or an .onnx file")
    parser.add_argument("--clips", type=int, default=100, help="of each group, at most (default: 100)")
    parser.add_argument("--fps", nargs="+", type=float, default=[24.0, 25.0, 30.0, 60.0], metavar="N")


def run(args: argparse.Namespace) -> int:
    """Carry out `soliloquy evaluate closures`."""
    expression = load_network(args.model, providers=["cpu"])
    encoder = load_network(args.encoder, providers=["cpu"])
    names = ("sealed", "middle", "right", "f/v", "vowels", "round", "rest mm", "m/b/p")
    print(f"{'':16}{'fps':>5}  {'':16}" + "".join(f"{name:>9}" for name in names), flush=True)
    for group, fps, mode, count in evaluate(expression, encoder, args.data, rates=args.fps, most=args.clips):
        values: list[float] = [
            _mean(count.sealed),
            _mean(count.sealed_middle),
            _mean(count.seals_right),
            _mean(count.bites),
            _mean(count.vowels_closed),
            count.rounding_auc,
            1000 * _mean(count.unrest),
        ]
        cells = "".join(f"{value:9.3f}" for value in values)
        print(f"{group:16}{fps:5g}  {mode:16}{cells}{len(count.sealed):9d}", flush=True)
    return 0


def _mean(values: Sequence[float] | NDArray[np.floating]) -> float:
    return float(np.mean(values)) if len(values) else float("nan")
