# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether what is said, how it is felt and who says it lie apart in the disentangled audio model.

  soliloquy evaluate disentangled --data FOLDER
  soliloquy evaluate disentangled --data FOLDER --networks FOLDER --clips 40 --out FOLDER

Speech is of people whom nobody trained on. What each table says is explained in docs/emotion_figures.md;
plots go to the folder of `--out`.
"""

import argparse
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from ..argument_types import at_least_one
from ..audio import SAMPLE_RATE
from ..generate.content import DISENTANGLED_FOLDER
from ..motion_files import whole_file
from ..output_folders import make_folder
from ..runtime import load_network
from ..training.captures import Capture, read_grid
from ..training.dataset import make_target, read_captures, split
from ..training.disentangled.sequences import read_clips
from .captured_people import evenly, fitted, held_out_grid
from .disentangled_latents import LatentNetworks, probed_segments, read_versions
from .disentangled_noise import CHANGES, CLEAN, OWN, TRUE, Agreement, agreement_of, read_mouths
from .disentangled_plots import draw_bound, draw_noise, draw_tsne, read_bound
from .disentangled_probes import clip_table, edits_tables, main_table
from .generators_tables import Table, number
from .mouth_readers import (
    CONTENT,
    CONTENT_ALONE,
    CURVES,
    EMBEDDING,
    EXPNET,
    EXPNET_OF_CONTENT,
    READ,
    SHIPPED,
    Ear,
    SpokenClip,
    cut,
    fit_readers,
    mouth_curves,
)

BOUND_FILE: Final = "bound.json"
FIGURES: Final = "disentangled_figures.md"

_READER_SHARE: Final = 4
"""Mouths are learnt from so many times as many clips of each set as are asked about."""
_PIECE: Final = 6.0
"""Seconds of what is heard of a clip."""
_FPS: Final = 40
"""Mouths that nobody captured are compared at so many frames a second."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `soliloquy evaluate disentangled`."""
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER", help="folder of the data sets")
    parser.add_argument(
        "--networks",
        type=Path,
        default=DISENTANGLED_FOLDER,
        metavar="FOLDER",
        help="what 'soliloquy train disentangled' wrote (default: what ships)",
    )
    parser.add_argument(
        "--clips", type=at_least_one, default=40, metavar="N", help="clips of each set (default %(default)s)"
    )
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="where plots and tables are written")


def run(args: argparse.Namespace) -> int:
    """Print the tables; draw the plots where a folder is given."""
    import torch

    if args.out is not None:
        make_folder(args.out)
    torch.set_num_threads(1)
    log = logging.getLogger(__name__)
    networks = LatentNetworks(args.networks)
    encoder = load_network("speech_encoder", providers=["cpu"])
    bound = read_bound(args.networks / BOUND_FILE)

    def done(number: int, count: int) -> None:
        if number % 10 == 0:
            log.info("%d of %d clips are edited.", number, count)

    found = probed_segments(read_versions(args.data, encoder, args.clips, done), networks)
    written = [_shown(table) for table in (main_table(found), clip_table(found), *edits_tables(found))]
    if bound:
        written.append(_shown(bound_table(bound)))
    speaking = {name: load_network(model, providers=["cpu"]) for name, model in SHIPPED.items()}
    ear = Ear(encoder, networks, speaking)
    readers = fit_readers(ear, reader_clips(args.data, _READER_SHARE * args.clips))
    heard = {}
    for title, clips in mouth_groups(args.data, args.clips).items():
        heard[title] = agreement_of(read_mouths(ear, readers, clips))
        written += [_shown(table) for table in mouth_tables(title, len(clips), heard[title])]
    if args.out is not None:
        with whole_file(args.out / FIGURES) as stream:
            stream.write("\n".join(table.markdown() for table in written).encode())
        paths = [draw_tsne(found, args.out), draw_noise(heard, args.out)]
        if bound:
            paths.append(draw_bound(bound, args.out))
        for path in paths:
            print(f"Wrote '{path}'.")
    return 0


def _shown(table: Table) -> Table:
    print(table.text(), flush=True)
    return table


def bound_table(rows: Sequence[dict[str, dict[str, float]]]) -> Table:
    """The first and the last values of the bound and of its terms."""
    last = rows[-1]
    lines = []
    for part, title in (("training", "training"), ("held_out", "held-out people")):
        for name, value in last[part].items():
            lines.append((f"{title}: {name}", [number(rows[0][part].get(name), 2), number(value, 2)]))
    return Table("The bound and its terms, a segment", ["first", "last"], lines)


def reader_clips(data: Path, most: int) -> list[SpokenClip]:
    """Clips that mouths are learnt from: GRID and FACEGOOD, without those that are kept out."""
    grid = fitted(evenly(split(read_grid(data / "grid_s1"))[0], most))
    takes = split(read_captures(data, ["facegood"]))[0]
    return [*captured_clips(grid), *_spread(captured_clips(takes), most)]


def captured_clips(captures: Sequence[Capture]) -> list[SpokenClip]:
    """Clips with the curves of their captured mouths, cut to `_PIECE`."""
    matrix = mouth_curves()
    clips = []
    for capture in captures:
        times = np.arange(len(capture)) / capture.fps
        inside = capture.valid & (times < len(capture.samples) / SAMPLE_RATE)
        truth = make_target(capture)[0] @ matrix
        whole = SpokenClip(f"{capture.dataset}/{capture.name}", capture.samples, times[inside], truth[inside])
        clips += cut(whole, _PIECE)
    return clips


def mouth_groups(data: Path, most: int) -> dict[str, list[SpokenClip]]:
    """Speech of people whose faces mouths were learnt from, of others with captured faces, and of people
    nobody ever heard."""
    takes = split(read_captures(data, ["facegood"]))[1]
    known = [
        *captured_clips(fitted(evenly(held_out_grid(data), most))),
        *_spread(captured_clips(takes), most),
    ]
    groups = {"Known people (GRID s1, FACEGOOD), held-out faces": known}
    if (data / "grid_others").is_dir():
        others = captured_clips(fitted(evenly(read_grid(data / "grid_others"), most)))
        groups["GRID, three other people"] = others
    strangers = []
    for name in ("librispeech", "speechocean"):
        if not (data / name).is_dir():
            continue
        for clip in read_clips(data, [name], most, validation=True, seed=3):
            times = np.arange(int(len(clip.samples) / SAMPLE_RATE * _FPS)) / _FPS
            strangers.append(SpokenClip(clip.name, clip.samples, times))
    if strangers:
        groups["People never heard (librispeech, speechocean)"] = strangers
    return groups


def _spread(clips: Sequence[SpokenClip], most: int) -> list[SpokenClip]:
    """At most so many of some clips, evenly spread."""
    return list(clips[:: max(1, -(-len(clips) // most))])


def mouth_tables(title: str, clips: int, agreement: Agreement) -> list[Table]:
    """Tables of a group of clips."""
    changes = [change for change in CHANGES if change != CLEAN]
    names = [*READ, *SHIPPED]
    plain = [name for name in names if name not in (CONTENT, CONTENT_ALONE, EXPNET_OF_CONTENT)]
    pairs = [(one, other) for one in (CONTENT, CONTENT_ALONE) for other in plain]
    pairs.append((EXPNET_OF_CONTENT, EXPNET))
    gaps = [(CONTENT, EMBEDDING), (CONTENT_ALONE, EMBEDDING), (EXPNET_OF_CONTENT, EXPNET)]
    tables = [
        Table(
            f"{title}: mouth curves under changes, correlation with the own clean result",
            changes,
            [
                (name, [agreement.correlation(OWN, change, name).text(3) for change in changes])
                for name in names
            ],
            [f"{clips} clips; mean over {', '.join(CURVES)}, each clip from its own mean."],
        ),
        Table(
            f"{title}: {CONTENT} above the others",
            changes,
            [
                (
                    f"{one} - {other}{part}",
                    [
                        agreement.difference(OWN, change, one, other, curve).text(3, signed=True)
                        for change in changes
                    ],
                )
                for part, curve, shown in (("", None, pairs), (", lip gap alone", 0, gaps))
                for one, other in shown
            ],
            ["Paired on the same clips: where the range is above 0, the curves from z_c change less."],
        ),
        Table(
            f"{title}: how much is left of the curves' spread",
            changes,
            [
                (name, [number(agreement.amount(OWN, change, name), 2) for change in changes])
                for name in names
            ],
            ["Beside the own clean result: below 1, the mouth moves less."],
        ),
    ]
    if agreement.has(TRUE, CLEAN, CONTENT):
        tables.append(
            Table(
                f"{title}: correlation with the captured face",
                list(CHANGES),
                [
                    (name, [agreement.correlation(TRUE, change, name).text(3) for change in CHANGES])
                    for name in names
                ],
                ["What says nothing never changes, so the tables above say little without this one."],
            )
        )
    return tables
