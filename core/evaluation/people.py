# SPDX-License-Identifier: GPL-3.0-or-later
"""Several networks side by side, on people and voices that they know and that they do not.

  soliloquy evaluate expression --data FOLDER --models A.onnx B.onnx

Groups: held-out clips of GRID's speaker, as recorded and with changes of voice that no training used; three
other speakers of GRID; FACEGOOD's held-out take, and for networks that never saw FACEGOOD all of it. Each
network's file says which sets it was trained on: what it knows is headed "seen". All figures are over the
same clips and taken within clips, from each one's own mean.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from ..audio import SAMPLE_RATE
from ..generate.expression import ExpressionTrack, generate_from_rows
from ..generate.expression_inputs import Rows, check_encoder, input_names, padded_inputs
from ..head import load_head
from ..models.lip_reader import LipReader
from ..retarget.solve import WeightSolver
from ..runtime import Network, load_network
from ..training.captures import Capture
from ..training.dataset import Listener
from ..training.lip_reader import Clip, reading_accuracy
from ..training.scores import MOUTH_MEASURES, lag_seconds, measure_mouth, score
from .captured_people import Group, centred, read_groups
from .loudness import loudness


@dataclass(frozen=True)
class Model:
    """A network to compare."""

    name: str
    network: Network

    def has_seen(self, dataset: str) -> bool:
        """Whether its file says that it was trained on a set."""
        training = json.loads(self.network.metadata.get("training", "{}"))
        return dataset in training.get("sets", [])


def figures(
    captures: Sequence[Capture], heard: Sequence[Rows], model: Model, reader: LipReader | None = None
) -> dict[str, float]:
    """How a network does on clips.

    Args:
        captures: the clips.
        heard: what networks take of each.
        model: the network.
        reader: trained lip reader.

    Returns:
        Correlation of each mouth measure that moves; their "mean" without funnel, which trackers see badly;
        "gap lag" in ms (> 0 is late); "gap amount", its spread beside the truth's; with a lip reader "read",
        the mean over visemes of the frames that it reads right.
    """
    solver = WeightSolver(load_head().arkit_to_expression)
    ear = Listener(encoder=None)
    made, clips = [], []
    names = input_names(model.network)
    for capture, rows in zip(captures, heard, strict=True):
        times = np.arange(len(capture)) / capture.fps
        own_rows = {name: rows[name] for name in names}
        track = np.concatenate(list(generate_from_rows(model.network, [own_rows])))
        expression = ExpressionTrack(track).at(times)
        made.append(measure_mouth(solver.solve(expression)))
        if reader is not None and capture.phones is not None:
            clips.append(_reader_clip(capture, expression, ear))
    truths = [measure_mouth(capture.weights, capture) for capture in captures]
    result: dict[str, float] = {}
    gap: dict[str, float] = {}
    for name in MOUTH_MEASURES:
        truth, own = (centred([curve[name] for curve in curves], captures) for curves in (truths, made))
        if truth.std() > 1e-6:
            result[name] = score(truth, own).correlation
        if name == "lip gap":
            pairs = [(a[name], b[name]) for a, b in zip(truths, made, strict=True)]
            gap = {
                "gap lag": 1000 * lag_seconds(pairs, captures[0].fps),
                "gap amount": float(own.std() / truth.std()),
            }
    result["mean"] = float(np.mean([value for name, value in result.items() if name != "funnel"]))
    result |= gap
    if reader is not None and clips:
        result["read"] = reading_accuracy(reader, clips)[1]
    return result


def loudness_figures(captures: Sequence[Capture]) -> dict[str, float]:
    """Correlation of each mouth measure with the loudness alone, in decibels."""
    truths = [measure_mouth(capture.weights, capture) for capture in captures]
    levels = centred([loudness(clip.samples, np.arange(len(clip)) / clip.fps) for clip in captures], captures)
    result = {}
    for name in MOUTH_MEASURES:
        truth = centred([curve[name] for curve in truths], captures)
        if truth.std() > 1e-6:
            result[name] = abs(score(truth, levels).correlation)
    result["mean"] = float(np.mean([value for name, value in result.items() if name != "funnel"]))
    return result


def run(data: Path, models: Sequence[str], encoder: str, reader: Path | None) -> int:
    """Print a table for each group: a line a measure, a column a network."""
    ear = load_network(encoder, providers=["cpu"])
    compared = [Model(Path(name).stem, load_network(name, providers=["cpu"])) for name in models]
    for model in compared:
        check_encoder(model.network, ear)
    lips = None if reader is None else LipReader.from_onnx(reader)
    names = {name for model in compared for name in input_names(model.network)}
    for group in read_groups(data):
        # Each clip is heard once, for all networks.
        heard = [padded_inputs(sorted(names), clip.samples, ear) for clip in group.captures]
        columns = {"loudness": loudness_figures(group.captures)}
        heads = ["", ""]
        for model in compared:
            is_seen = model.has_seen(group.dataset)
            skipped = group.for_strangers and is_seen
            columns[model.name] = {} if skipped else figures(group.captures, heard, model, lips)
            heads.append("seen" if is_seen else "unseen")
        print("\n".join(_table(group, columns, heads, lips)), flush=True)
    return 0


def _table(
    group: Group, columns: dict[str, dict[str, float]], heads: Sequence[str], reader: LipReader | None
) -> list[str]:
    seconds = sum(len(clip.samples) for clip in group.captures) / SAMPLE_RATE
    width = max(9, *(len(name) + 1 for name in columns))
    lines = [
        "",
        f"{group.title}: {len(group.captures)} clips, {seconds / 60:.1f} min",
        f"{'':12}" + "".join(f"{name:>{width}}" for name in columns),
        f"{heads[0]:12}" + "".join(f"{head:>{width}}" for head in heads[1:]),
    ]
    names = [*MOUTH_MEASURES, "mean", "gap lag", "gap amount", *(["read"] if reader else [])]
    for name in names:
        values = [column.get(name) for column in columns.values()]
        if any(value is not None for value in values):
            places = 0 if name == "gap lag" else 3
            cells = ["-" if value is None else f"{value:.{places}f}" for value in values]
            lines.append(f"{name:12}" + "".join(f"{cell:>{width}}" for cell in cells))
    return lines


def _reader_clip(capture: Capture, expression: NDArray[np.float32], ear: Listener) -> Clip:
    visemes = ear.visemes(capture).astype(np.float32)
    return (
        torch.from_numpy(np.ascontiguousarray(expression, np.float32))[None],
        torch.from_numpy(visemes)[None],
        torch.from_numpy(capture.valid.astype(np.float32))[None],
    )
