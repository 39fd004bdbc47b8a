# SPDX-License-Identifier: GPL-3.0-or-later
"""How near ExpNet's mouth comes to captured mouths, on clips that the network never saw.

  soliloquy evaluate expression --data FOLDER

FOLDER holds grid_s1 and facegood. Four tests: held-out GRID clips; the held-out FACEGOOD take; FACEGOOD with
a network trained on GRID alone; GRID with one trained on FACEGOOD alone. Beside the network stand two
baselines: a mouth that never moves, and one that only follows the loudness.

  soliloquy evaluate expression --data FOLDER --models A.onnx B.onnx

compares any networks, on people whom they know and whom they do not (`people`).
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..audio import SAMPLE_RATE
from ..errors import InputError
from ..generate.expression import expression_weights
from ..generate.expression_inputs import needs_encoder
from ..head import load_head
from ..retarget.solve import WeightSolver
from ..runtime import load_network
from ..training.captures import Capture
from ..training.dataset import read_captures, split
from ..training.scores import MOUTH_MEASURES, Score, lag_seconds, measure_mouth, score
from .loudness import loudness as loudness_at

CROSS_NETWORKS: Final = Path(__file__).parent / "networks"
"""Networks trained on one set alone, for testing on the other; evaluation only, not shipped."""

Curves = dict[str, NDArray[np.float64]]


@dataclass(frozen=True)
class Row:
    """One line of the report."""

    measure: str
    network: Score
    zero: Score
    loudness: Score
    lag: float
    """Seconds by which the network's curve comes late."""


def animate_clip(model: str, encoder: str) -> Callable[[Capture], Curves]:
    """A function from a clip to the mouth that a network makes of its sound, at the clip's frames."""
    network = load_network(model, providers=["cpu"])
    ear = load_network(encoder, providers=["cpu"]) if needs_encoder(network) else None
    solver = WeightSolver(load_head().arkit_to_expression)

    def mouth(capture: Capture) -> Curves:
        times = np.arange(len(capture)) / capture.fps
        return measure_mouth(expression_weights(network, capture.samples, times, solver, ear))

    return mouth


def loudness(capture: Capture) -> NDArray[np.float64]:
    """Loudness of each frame (F,) in decibels."""
    return loudness_at(capture.samples, np.arange(len(capture)) / capture.fps)


def loudness_baseline(training: Sequence[Capture]) -> Callable[[Capture], Curves]:
    """The straight line from loudness to each measure that fits the training clips best."""
    levels = np.concatenate([loudness(clip)[clip.valid] for clip in training])
    truths = [measure_mouth(clip.weights, clip) for clip in training]
    lines = {
        name: np.polyfit(
            levels,
            np.concatenate([truth[name][clip.valid] for truth, clip in zip(truths, training, strict=True)]),
            1,
        )
        for name in MOUTH_MEASURES
    }
    return lambda capture: {name: np.polyval(line, loudness(capture)) for name, line in lines.items()}


def compare(
    captures: Sequence[Capture], mouth: Callable[[Capture], Curves], by_loudness: Callable[[Capture], Curves]
) -> list[Row]:
    """Score a network on clips: one row for each measure that moves in them."""
    truths = [measure_mouth(clip.weights, clip) for clip in captures]
    made = [mouth(clip) for clip in captures]
    loud = [by_loudness(clip) for clip in captures]
    rest = measure_mouth(np.zeros((1, 52)))

    def pooled(curves: Sequence[Curves], name: str) -> NDArray[np.float64]:
        return np.concatenate([curve[name][clip.valid] for curve, clip in zip(curves, captures, strict=True)])

    rows = []
    for name in MOUTH_MEASURES:
        truth, network, loud_curve = (pooled(curves, name) for curves in (truths, made, loud))
        if truth.std() < 1e-6:
            continue
        still = np.full_like(truth, rest[name][0])
        if name == "mouth width":
            # Mouths are not equally wide: what is compared is the change from each one's own median.
            truth, network, loud_curve = (each - np.median(each) for each in (truth, network, loud_curve))
            still = np.zeros_like(truth)
        pairs = [(a[name], b[name]) for a, b in zip(truths, made, strict=True)]
        rows.append(
            Row(
                measure=name,
                network=score(truth, network),
                zero=score(truth, still),
                loudness=score(truth, loud_curve),
                lag=lag_seconds(pairs, captures[0].fps),
            )
        )
    return rows


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `soliloquy evaluate expression`."""
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER", help="folder of the data sets")
    parser.add_argument("--model", default="expnet", metavar="NAME", help="network trained on both sets")
    parser.add_argument(
        "--grid-model",
        default=str(CROSS_NETWORKS / "expnet_grid.onnx"),
        metavar="FILE",
        help="network trained on GRID alone",
    )
    parser.add_argument(
        "--facegood-model",
        default=str(CROSS_NETWORKS / "expnet_facegood.onnx"),
        metavar="FILE",
        help="network trained on FACEGOOD alone",
    )
    parser.add_argument(
        "--models", nargs="+", metavar="FILE", help="compare these networks, on all groups, side by side"
    )
    parser.add_argument(
        "--encoder",
        default="speech_encoder",
        metavar="NAME",
        help="speech encoder of networks that listen through one: %(default)s, or an .onnx file",
    )
    parser.add_argument(
        "--lip-reader", type=Path, metavar="FILE", help="with --models: what a lip reader reads right"
    )


def run(args: argparse.Namespace) -> int:
    """Print the tables."""
    if args.models:
        # Its lip reader needs torch, which nothing else here does.
        from . import people

        return people.run(args.data, args.models, args.encoder, args.lip_reader)
    training: dict[str, list[Capture]] = {}
    held_out: dict[str, list[Capture]] = {}
    for name in ("grid", "facegood"):
        training[name], held_out[name] = split(read_captures(args.data, [name]))
    everything = {name: training[name] + held_out[name] for name in training}
    tests = (
        ("GRID, held-out clips", held_out["grid"], args.model, training["grid"]),
        ("FACEGOOD, held-out take", held_out["facegood"], args.model, training["facegood"]),
        ("FACEGOOD, trained on GRID alone", everything["facegood"], args.grid_model, training["grid"]),
        ("GRID, trained on FACEGOOD alone", everything["grid"], args.facegood_model, training["facegood"]),
    )
    for title, captures, model, learnt_from in tests:
        if model.endswith(".onnx") and not Path(model).is_file():
            raise InputError(f"No network at '{model}': train it with 'soliloquy train expnet --sets ...'.")
        print_table(
            title,
            captures,
            compare(captures, animate_clip(model, args.encoder), loudness_baseline(learnt_from)),
        )
    return 0


def print_table(title: str, captures: Sequence[Capture], rows: Sequence[Row]) -> None:
    """One table: correlation and RMSE of network and baselines, and the lag."""
    seconds = sum(len(clip.samples) for clip in captures) / SAMPLE_RATE
    print(f"\n{title}: {len(captures)} clips, {seconds / 60:.1f} min")
    columns = ("network", "loudness", "gain", "network", "zero", "loudness")
    print(f"{'':12} {'correlation':>29} {'RMSE':>29} {'lag':>9}")
    print(f"{'':12} " + " ".join(f"{column:>9}" for column in columns) + f" {'ms':>9}")
    for row in rows:
        gain = row.network.correlation - abs(row.loudness.correlation)
        print(
            f"{row.measure:12} {row.network.correlation:9.3f} {row.loudness.correlation:9.3f} {gain:+9.3f} "
            f"{row.network.rmse:9.4f} {row.zero.rmse:9.4f} {row.loudness.rmse:9.4f} {row.lag * 1000:+9.1f}"
        )
