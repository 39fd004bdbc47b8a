# SPDX-License-Identifier: GPL-3.0-or-later
"""All generators side by side: people whom they know and whom they do not, closures, jitter, speed, size.

  soliloquy evaluate generators --data FOLDER
  soliloquy evaluate generators --data FOLDER --models expnet FILE.onnx FOLDER_OF_ANOTHER --clips 90

All motion is the networks' own, without articulation, at the capture's frames; the lines of the tables are
explained in docs/generator_figures.md. "Trained on ... alone" takes networks NAME_grid and NAME_facegood
(.onnx, or a folder) below --crossed, or beside those that ship for such tests.
"""

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path

from ..argument_types import at_least_one
from ..motion_files import whole_file
from ..runtime import Network, load_network
from .closures import closure_figures
from .generators_closures import CLOSURE_FPS, count_captured, count_closures, unheard_clips
from .generators_figures import Result, fast_figures, measure
from .generators_motion import Captured, RememberingEncoder, Speaker
from .generators_pages import (
    CAPTURED_COLUMN,
    Results,
    closure_table,
    difference_tables,
    overview,
    people_table,
    speed_table,
)
from .generators_speed import REPEATS, measure_speed
from .generators_tables import Table
from .generators_tests import Kind, chosen_models, make_speaker, make_tests


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `soliloquy evaluate generators`."""
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER", help="folder of the sets")
    parser.add_argument(
        "--models",
        nargs="+",
        metavar="NAME",
        help="models that ship, .onnx files, folders; the first is what others are compared with",
    )
    parser.add_argument(
        "--clips",
        type=at_least_one,
        default=30,
        metavar="N",
        help="of each group, at most (default: %(default)s)",
    )
    parser.add_argument("--encoder", default="speech_encoder", metavar="NAME", help="speech encoder")
    parser.add_argument(
        "--crossed",
        type=Path,
        metavar="FOLDER",
        help="where more networks trained on one set alone lie, as NAME_grid and NAME_facegood",
    )
    parser.add_argument(
        "--repeats",
        type=at_least_one,
        default=REPEATS,
        metavar="N",
        help="rounds of the speed (default: %(default)s)",
    )
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables to a page too")


def run(args: argparse.Namespace) -> int:
    """Print the tables."""
    encoder = load_network(args.encoder, providers=["cpu"])
    ear = RememberingEncoder.of(encoder)
    models = chosen_models(args.models)
    speakers = {name: make_speaker(model, ear) for name, model in models.items()}
    tables: list[Table] = []
    for table in _tables(args, models, speakers, ear, encoder):
        print(table.text(), flush=True)
        tables.append(table)
    if args.markdown is not None:
        with whole_file(args.markdown, "w") as stream:
            # What comes last is what most people want to see first.
            stream.write("\n".join(table.markdown() for table in (tables[-1], *tables[:-1])))
    return 0


def _tables(
    args: argparse.Namespace,
    models: Mapping[str, str],
    speakers: Mapping[str, Speaker],
    ear: Network,
    encoder: Network,
) -> Iterator[Table]:
    all_results: list[tuple[Kind, str, Results]] = []
    known = None
    for test in make_tests(args.data, models, speakers, ear, most=args.clips, crossed=args.crossed):
        captures = test.group.captures
        known = known or test.group
        contestants = {"mean face": test.baseline.still, "loudness": test.baseline, **test.speakers}
        results = {name: measure(each, captures) for name, each in contestants.items()}
        truth = fast_figures([Captured().make(clip) for clip in captures], captures)
        all_results.append((test.kind, test.group.title, results | {CAPTURED_COLUMN: Result(truth)}))
        yield people_table(test.group, models, all_results[-1][-1])
    yield from difference_tables(models, all_results)
    assert known is not None  # there is always a group
    unheard = []
    for title, clips in unheard_clips(args.data, args.clips):
        counts = count_closures(speakers, clips)
        unheard.append({key: closure_figures(count) for key, count in counts.items()})
        yield closure_table(f"Closures, {title}, {CLOSURE_FPS:g} frames a second", models, counts)
    if any(clip.phones for clip in known.captures):
        fps = known.captures[0].fps
        counts = count_captured(speakers, known)
        yield closure_table(f"Closures, {known.title}, {fps:g} frames a second", models, counts)
    speeds = measure_speed({name: each.generator for name, each in speakers.items()}, encoder, args.repeats)
    yield speed_table(models, speeds)
    yield overview(models, all_results, unheard, speeds)
