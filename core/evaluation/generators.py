# SPDX-License-Identifier: GPL-3.0-or-later
"""All generators side by side: people whom they know and whom they do not, closures, jitter, speed, size.

  soliloquy evaluate generators --data FOLDER
  soliloquy evaluate generators --data FOLDER --models expnet FILE.onnx FOLDER_OF_ANOTHER --clips 90

All motion is the networks' own, without articulation, at the capture's frames; the lines of the tables are
explained in docs/generator_figures.md. "Trained on ... alone" takes networks NAME_grid and NAME_facegood
(.onnx, or a folder) beside those that ship for such tests, or below --crossed.
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..audio import SAMPLE_RATE
from ..errors import InputError
from ..generate.generators import load_generator
from ..generate.models import MODELS
from ..motion_files import whole_file
from ..runtime import Network, load_network
from ..training.captures import Capture
from ..training.dataset import read_captures, split
from .captured_people import Group, evenly, read_groups
from .closures import closure_figures
from .expression import CROSS_NETWORKS
from .generators_closures import (
    ALONE,
    CAPTURED,
    CLOSURE_FPS,
    CONSTRAINED,
    Counts,
    count_captured,
    count_closures,
    unheard_clips,
)
from .generators_figures import (
    CORRELATIONS,
    Result,
    error_difference,
    fast_figures,
    gap_difference,
    measure,
)
from .generators_motion import Captured, Line, RememberingEncoder, Speaker
from .generators_speed import REPEATS, measure_speed, model_files, parameter_count
from .generators_tables import NOTHING, Table, number, percent

GENERATORS: Final = ("expnet", "contextual", "hybrid", "meshtalk")
"""Compared where nobody chooses, as far as they are there."""
BASELINES: Final = ("mean face", "loudness")
_TRAINING_CLIPS: Final = 90
"""GRID clips that the baselines are fitted to."""

_PLACES: Final = {
    **dict.fromkeys((*CORRELATIONS, "amount", "FDD", "|FDD|"), 3),
    **dict.fromkeys(("lips mm", "LVE mm2", "moved mm"), 2),
}
_SHARES: Final = ("fast", "fast seen", "quick seen")


@dataclass(frozen=True)
class Test:
    """A group of clips, who speaks them, and what the baselines were fitted to."""

    group: Group
    speakers: Mapping[str, Speaker]
    baseline: Line
    is_unseen: bool


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
        "--clips", type=int, default=30, metavar="N", help="of each group, at most (default: %(default)s)"
    )
    parser.add_argument("--encoder", default="speech_encoder", metavar="NAME", help="speech encoder")
    parser.add_argument(
        "--crossed",
        type=Path,
        metavar="FOLDER",
        help="where more networks trained on one set alone lie, as NAME_grid and NAME_facegood",
    )
    parser.add_argument(
        "--repeats", type=int, default=REPEATS, metavar="N", help="rounds of the speed (default: %(default)s)"
    )
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables to a page too")


def run(args: argparse.Namespace) -> int:
    """Print the tables."""
    if args.clips < 1 or args.repeats < 1:
        raise InputError(f"--clips is {args.clips} and --repeats {args.repeats}: expected 1 or more.")
    encoder = load_network(args.encoder, providers=["cpu"])
    ear = RememberingEncoder.of(encoder)
    models = _models(args.models)
    speakers = {name: _speaker(model, ear) for name, model in models.items()}
    tables: list[Table] = []
    for table in _tables(args, models, speakers, ear):
        print(table.text(), flush=True)
        tables.append(table)
    tables.append(_speed_table(models, speakers, encoder, args.repeats))
    print(tables[-1].text())
    if args.markdown is not None:
        with whole_file(args.markdown, "w") as stream:
            stream.write("\n".join(table.markdown() for table in tables))
    return 0


def _models(chosen: Sequence[str] | None) -> dict[str, str]:
    """Short name to what `load_generator` takes."""
    if chosen is None:
        return {name: name for name in GENERATORS if name in MODELS and model_files(name)}
    names = [model if model in MODELS else Path(model).name.removesuffix(".onnx") for model in chosen]
    # Two files of one name must not hide each other.
    return {
        name if names.count(name) == 1 else model: model for name, model in zip(names, chosen, strict=True)
    }


def _speaker(model: str, ear: Network) -> Speaker:
    return Speaker(load_generator(model, providers=["cpu"]), ear)


def _crossed(
    models: Mapping[str, str], dataset: str, folders: Sequence[Path], ear: Network
) -> dict[str, Speaker]:
    """Those of the models that were trained on one set alone too, from the first folder that has them."""
    found = {}
    for name in models:
        places = [folder / f"{name}_{dataset}{ending}" for folder in folders for ending in (".onnx", "")]
        path = next((place for place in places if place.exists()), None)
        if path is not None:
            found[name] = _speaker(str(path), ear)
    return found


def _tests(
    args: argparse.Namespace, models: Mapping[str, str], speakers: Mapping[str, Speaker], ear: Network
) -> Iterator[Test]:
    grid, facegood = (split(read_captures(args.data, [name]))[0] for name in ("grid", "facegood"))
    lines = {"grid": Line.fitted(evenly(grid, _TRAINING_CLIPS)), "facegood": Line.fitted(facegood)}
    groups = {group.title: group for group in read_groups(args.data, args.clips)}
    for group in groups.values():
        if not group.for_strangers:
            name = "facegood" if group.dataset == "facegood" else "grid"
            is_unseen = not group.title.endswith(("held-out clips", "held-out take"))
            yield Test(group, speakers, lines[name], is_unseen)
    for trained, tested, source in (
        ("grid", "FACEGOOD", "FACEGOOD, all takes"),
        ("facegood", "GRID s1", "GRID s1, held-out clips"),
    ):
        title = f"{tested}, trained on {'GRID' if trained == 'grid' else 'FACEGOOD'} alone"
        group = Group(title, trained, groups[source].captures)
        folders = [CROSS_NETWORKS] if args.crossed is None else [args.crossed, CROSS_NETWORKS]
        yield Test(group, _crossed(models, trained, folders, ear), lines[trained], is_unseen=True)


def _tables(
    args: argparse.Namespace, models: Mapping[str, str], speakers: Mapping[str, Speaker], ear: Network
) -> Iterator[Table]:
    unseen: dict[str, dict[str, Result]] = {}
    known: Group | None = None
    for test in _tests(args, models, speakers, ear):
        known = known or test.group
        contestants = {"mean face": test.baseline.still, "loudness": test.baseline, **test.speakers}
        results = {name: measure(each, test.group.captures) for name, each in contestants.items()}
        if test.is_unseen:
            unseen[test.group.title] = results
        yield _people_table(test.group, models, results)
    yield from _difference_tables(models, unseen)
    assert known is not None  # there is always a group
    for title, clips in unheard_clips(args.data, args.clips):
        counts = count_closures(speakers, clips)
        yield _closure_table(f"Closures, {title}, {CLOSURE_FPS:g} frames a second", models, counts)
    if any(clip.phones for clip in known.captures):
        counts = count_captured(speakers, known)
        yield _closure_table(
            f"Closures, {known.title}, {known.captures[0].fps:g} frames a second", models, counts
        )


def _people_table(group: Group, models: Mapping[str, str], results: Mapping[str, Result]) -> Table:
    captured = fast_figures([Captured().make(clip) for clip in group.captures], group.captures)
    columns = [*BASELINES, *models, "captured"]
    rows = {}
    for name in (*_PLACES, *_SHARES):
        cells = []
        for column in columns:
            figures = (
                captured if column == "captured" else results[column].figures if column in results else {}
            )
            value = figures.get(name)
            cells.append(percent(value, 2) if name in _SHARES else number(value, _PLACES.get(name, 3)))
        rows[f"{name} %" if name in _SHARES else name] = cells
    missing = [name for name in models if name not in results]
    notes = [f"No network of this training: {', '.join(missing)}."] if missing else []
    return Table(f"{group.title}: {_amount(group.captures)}", columns, rows, notes)


def _amount(captures: Sequence[Capture]) -> str:
    seconds = sum(len(clip.samples) for clip in captures) / SAMPLE_RATE
    return f"{len(captures)} {'clip' if len(captures) == 1 else 'clips'}, {seconds:.0f} s"


def _difference_tables(
    models: Mapping[str, str], unseen: Mapping[str, Mapping[str, Result]]
) -> Iterator[Table]:
    first, *others = models
    if not others:
        return
    for title, difference, places in (
        (f"Lip gap, correlation above that of {first}", gap_difference, 3),
        (f"Lips, mm farther away than {first}", error_difference, 2),
    ):
        rows = {}
        for group, results in unseen.items():
            cells = []
            for name in others:
                pair = [results[each].pieces if each in results else None for each in (name, first)]
                if pair[0] is None or pair[1] is None:
                    cells.append(NOTHING)
                    continue
                found = difference(pair[0], pair[1])
                low, high = (number(each, places, signed=True) for each in (found.low, found.high))
                cells.append(f"{number(found.value, places, signed=True)} ({low} to {high})")
            rows[group] = cells
        yield Table(
            title,
            others,
            rows,
            ["In brackets 95 % of the differences of 2000 draws of pieces of 3 s."],
        )


def _closure_table(title: str, models: Mapping[str, str], counts: Counts) -> Table:
    figures = {key: closure_figures(count) for key, count in counts.items()}
    keys = [key for key in figures if key[0] == CAPTURED]
    keys += [key for key in figures if key[0] not in (CAPTURED, *models)]
    keys += [(name, mode) for mode in (ALONE, CONSTRAINED) for name in models]
    lines = next(iter(figures.values()))
    rows = {
        f"{name}, {mode}" if name in models else name: [number(figures[name, mode][line]) for line in lines]
        for name, mode in keys
    }
    sounds = len(next(iter(counts.values())).sealed)
    return Table(f"{title}: {sounds} m, b, p", list(lines), rows)


def _speed_table(
    models: Mapping[str, str], speakers: Mapping[str, Speaker], encoder: Network, repeats: int
) -> Table:
    speeds = measure_speed({name: each.generator for name, each in speakers.items()}, encoder, repeats)
    rows = {}
    for name, model in models.items():
        speed, files = speeds[name], model_files(model)
        rows[name] = [
            f"{speed.own:.0f}x",
            f"{speed.ratio:.2f}",
            f"{speed.whole:.0f}x",
            f"{speed.whole_ratio:.2f}",
            number(sum(path.stat().st_size for path in files) / 1e6, 2),
            number(parameter_count(files) / 1e6, 2),
        ]
    first = next(iter(models))
    columns = ["alone", f"/ {first}", "with encoder", f"/ {first}", "MB", "M numbers"]
    return Table("Speed on one thread, times realtime, and size", columns, rows)
