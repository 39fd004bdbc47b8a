# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether styles can be seen, keep the closures, and leave out what is said in their examples.

  soliloquy evaluate style --data FOLDER
  soliloquy evaluate style --data FOLDER --model FOLDER --sentences 12

Sentences are of people who were never heard and of held-out clips; what each table says is explained in
docs/generator_figures.md.
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..argument_types import at_least_one
from ..errors import InputError
from ..generate.generators import FaceGenerator, load_generator
from ..generate.style_presets import PRESETS
from ..generate.styles import (
    ENCODER_FILE,
    STYLE_FOLDER,
    STYLE_FPS,
    Style,
    preset_style,
    style_frames,
    styled_expression,
)
from ..head import load_head
from ..motion_files import whole_file
from ..retarget.arkit import BROW_NAMES, MOUTH_NAMES, arkit_indices
from ..runtime import Network, load_network
from ..training.captures import Capture
from ..training.dataset import read_captures, split
from ..training.style.edits import PRESET_EDITS, StyleEdit, edited, random_edit
from .captured_people import evenly, fitted, held_out_grid
from .generators_closures import CLOSURE_FPS, unheard_clips
from .generators_motion import RememberingEncoder
from .generators_tables import Table, number, percent
from .style_closures import StyleSeals, shift
from .style_codes import compare_codes, likeness, strength_of
from .style_recognition import equal_displacement, equal_motion, recognise, statistics
from .style_sentences import Sentence, Spoken, Voice, read_sentences, speak
from .vertex_metrics import lip_errors

NEUTRAL: Final = "neutral"
HALF: Final = 0.5
MOST: Final = 1.5
"""Strengths that are tried beside 0 and 1."""

_DRAWN_EDITS: Final = 12
_CODE_CLIPS: Final = 12
"""Clips whose codes are compared, of each person."""
_EXAMPLE_CLIPS: Final = 3
"""GRID clips of 3 s in one example."""
_TAKE_SECONDS: Final = 6.0
"""Pieces that a long take is cut into."""
_SHOWN: Final = [*arkit_indices(MOUTH_NAMES), *arkit_indices(BROW_NAMES)]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `soliloquy evaluate style`."""
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER", help="folder of the sets")
    parser.add_argument(
        "--model", default="hybrid", metavar="NAME", help="contextual, hybrid, or one of your own"
    )
    parser.add_argument(
        "--codes",
        type=Path,
        metavar="FOLDER",
        help="where encoder.onnx and presets.json lie (default: in the model's folder, else those that ship)",
    )
    parser.add_argument("--styles", nargs="+", metavar="NAME", help="presets (default: all)")
    parser.add_argument(
        "--sentences",
        type=at_least_one,
        default=6,
        metavar="N",
        help="to tell styles by (default: %(default)s)",
    )
    parser.add_argument(
        "--clips",
        type=at_least_one,
        default=20,
        metavar="N",
        help="of each group, at most, for closures (default: %(default)s)",
    )
    parser.add_argument("--encoder", default="speech_encoder", metavar="NAME", help="speech encoder")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables to a page too")


def run(args: argparse.Namespace) -> int:
    """Print the tables."""
    if args.sentences < 2 or args.clips < 1:
        raise InputError(
            f"--sentences is {args.sentences} and --clips {args.clips}: expected 2 and 1 or more."
        )
    ear = RememberingEncoder.of(load_network(args.encoder, providers=["cpu"]))
    own = Path(args.model)
    codes = args.codes or (own if (own / ENCODER_FILE).is_file() else STYLE_FOLDER)
    reader = load_network(str(codes / ENCODER_FILE), providers=["cpu"])
    styles = {name: preset_style(name, codes) for name in args.styles or PRESETS}

    def voice(style: Style | None) -> FaceGenerator:
        return load_generator(args.model, style=style, providers=["cpu"])

    grid = fitted(held_out_grid(args.data))
    facegood = split(read_captures(args.data, ["facegood"]))[1]
    sentences = read_sentences(args.data, grid, args.sentences)
    spoken = [speak(voice, ear, each, styles, CLOSURE_FPS) for each in sentences]
    tables: list[Table] = []

    def show(table: Table) -> None:
        print(table.text(), flush=True)
        tables.append(table)

    for table in _recognition_tables(spoken, sentences):
        show(table)
    said = [
        Sentence(title, samples, phones)
        for title, clips in unheard_clips(args.data, args.clips)
        for phones, samples in clips
    ]
    if said:
        show(_closure_table(voice, ear, styles, said))
    show(_strength_table(voice, ear, styles, sentences, spoken))
    people = {"GRID s1, held-out clips": grid, "FACEGOOD, held-out take": _cut(facegood)}
    show(_code_table(people, reader))
    show(_imitation_table(voice, ear, reader, grid))
    if args.markdown is not None:
        with whole_file(args.markdown, "w") as stream:
            stream.write("\n".join(table.markdown() for table in tables))
    return 0


def _recognition_tables(
    spoken: Sequence[Mapping[str, Spoken]], sentences: Sequence[Sentence]
) -> Iterator[Table]:
    names = list(spoken[0])
    rows, confusion = {}, None
    for mode in ("alone", "constrained"):
        outputs = [getattr(each[name], mode) for each in spoken for name in names]
        variants = {
            "as they are": outputs,
            "equal motion of the lips": equal_motion(outputs, keep_posture=True),
            "equal distance from neutral": equal_displacement(outputs),
            "equal motion, without the mean face": equal_motion(outputs, keep_posture=False),
        }
        for title, variant in variants.items():
            described = np.stack([statistics(each, CLOSURE_FPS) for each in variant])
            found = recognise(described.reshape(len(spoken), len(names), -1))
            rows.setdefault(title, []).append(percent(found.share))
            confusion = found.confusion if (mode, title) == ("constrained", "as they are") else confusion
    titles = [each.title for each in sentences]
    who = ", ".join(f"{titles.count(title)} {title}" for title in dict.fromkeys(titles))
    yield Table(
        f"{len(names)} styles told from {len(sentences)} sentences: % named rightly",
        ["network alone", "with constraints"],
        list(rows.items()),
        [f"Sentences: {who}. By chance {100 / len(names):.0f} %."],
    )
    assert confusion is not None  # it was made above
    yield Table(
        "What each style (line) was named, as they are, with constraints",
        names,
        [(name, [str(count) for count in row]) for name, row in zip(names, confusion, strict=True)],
    )


def _closure_table(
    voice: Voice, ear: Network, styles: Mapping[str, Style], said: Sequence[Sentence]
) -> Table:
    wanted: dict[str, Style | None] = {NEUTRAL: None, **styles}
    seals = {(name, mode): StyleSeals() for name in wanted for mode in ("alone", "constrained")}
    for sentence in said:
        for name, output in speak(voice, ear, sentence, wanted, CLOSURE_FPS).items():
            seals[name, "alone"].add(output.alone, sentence.phones, CLOSURE_FPS)
            seals[name, "constrained"].add(output.constrained, sentence.phones, CLOSURE_FPS)
    rows = {}
    for name in wanted:
        cells = []
        for mode in ("alone", "constrained"):
            own = seals[name, mode]
            late, size = shift(own, seals[NEUTRAL, mode])
            cells += [percent(own.sealed), percent(float(np.mean(own.counts.vowels_closed)))]
            cells += [number(1000 * late, 0, signed=True), number(1000 * size, 0)]
        rows[name] = cells
    spread = []
    for mode in ("alone", "constrained"):
        shares = [seals[name, mode].sealed for name in wanted]
        spread += [percent(max(shares) - min(shares)), "", "", ""]
    rows["largest difference"] = spread
    count = len(next(iter(seals.values())).counts.sealed)
    heads = ["sealed %", "vowels closed %", "shift ms", "size of shift ms"]
    return Table(
        f"Closures in each style, {len(said)} clips of people who were never heard, {count} m, b, p",
        [*heads, *(f"{head}, constraints" for head in heads)],
        list(rows.items()),
    )


def _strength_table(
    voice: Voice,
    ear: Network,
    styles: Mapping[str, Style],
    sentences: Sequence[Sentence],
    spoken: Sequence[Mapping[str, Spoken]],
) -> Table:
    parts: dict[str, list[list[float]]] = {name: [] for name in styles}
    for sentence, whole in zip(sentences, spoken, strict=True):
        wanted: dict[str, Style | None] = {NEUTRAL: None}
        for name, style in styles.items():
            wanted |= {f"{name} {share:g}": style.scaled(share) for share in (0, HALF, MOST)}
        outputs = {key: each.alone for key, each in speak(voice, ear, sentence, wanted, CLOSURE_FPS).items()}
        neutral = outputs[NEUTRAL]
        for name in styles:
            full = whole[name].alone
            half, most = (strength_of(outputs[f"{name} {share:g}"], neutral, full) for share in (HALF, MOST))
            none = float(np.abs(outputs[f"{name} 0"] - neutral).max())
            changed = float(np.sqrt(((full - neutral)[:, _SHOWN] ** 2).mean()))
            parts[name].append([none, changed, half.share, half.beside, most.share])
    rows = {}
    for name, values in parts.items():
        _, *means = np.mean(values, axis=0).tolist()
        rows[name] = [number(max(row[0] for row in values), 6), *(number(value) for value in means)]
    return Table(
        "Strength: weights of the network alone at 0, 0.5 and 1.5",
        ["0: largest difference from neutral", "1: change, RMS", "0.5: share of it", "beside", "1.5: share"],
        list(rows.items()),
    )


def _code_table(people: Mapping[str, Sequence[Capture]], reader: Network) -> Table:
    drawn = [random_edit(np.random.default_rng([9, number])) for number in range(_DRAWN_EDITS)]
    kinds = {
        "presets' edits": [StyleEdit(), *PRESET_EDITS.values()],
        f"{_DRAWN_EDITS} drawn edits": drawn,
    }
    rows = {}
    for who, clips in people.items():
        chosen = evenly([clip for clip in clips if clip.valid.all()], _CODE_CLIPS)
        for kind, edits in kinds.items():
            if len(chosen) < 2:
                continue
            shown = [[_styled_clip(clip, edit) for clip in chosen] for edit in edits]
            codes = [[reader.run(expression=each[None])[0][0] for each in row] for row in shown]
            plain = [[np.concatenate([each.mean(axis=0), each.std(axis=0)]) for each in row] for row in shown]
            for title, numbers in (("code", codes), ("mean and deviation", plain)):
                found = compare_codes(np.array(numbers))
                rows[f"{who}, {kind}: {title}"] = [
                    f"{len(edits)} x {len(chosen)}",
                    f"{percent(found.style_found)} ({percent(found.style_chance)})",
                    f"{percent(found.clip_found)} ({percent(found.clip_chance)})",
                    number(found.ratio),
                ]
    return Table(
        "Codes of held-out performances in edited styles: what the nearest one shares, % (by chance)",
        ["styles x clips", "style, of another clip", "clip, of another style", "distance within / between"],
        list(rows.items()),
        ["Beside the codes: mean and standard deviation of the 64 coefficients themselves."],
    )


def _styled_clip(clip: Capture, edit: StyleEdit) -> NDArray[np.float32]:
    """What the style encoder sees (F, 64) of a captured clip in an edited style."""
    return styled_expression(edited(style_frames(clip.weights, clip.fps), edit, STYLE_FPS))


def _imitation_table(voice: Voice, ear: Network, reader: Network, grid: Sequence[Capture]) -> Table:
    """Examples are clips in edited styles, and so is what the speaker did with the other sentence."""
    whole = [clip for clip in grid if clip.valid.all()]
    chosen = evenly(whole, 6)
    examples = [clip for clip in whole if all(clip is not each for each in chosen)]
    if len(examples) < _EXAMPLE_CLIPS:
        return Table("Imitation", [], [], ["Too few held-out clips."])
    head = load_head()
    rows = {}
    for name, edit in PRESET_EDITS.items():
        values: dict[str, list[list[float]]] = {"style": [], NEUTRAL: []}
        for turn, clip in enumerate(chosen):
            start = turn * _EXAMPLE_CLIPS % (len(examples) - _EXAMPLE_CLIPS + 1)
            shown = joined(examples[start : start + _EXAMPLE_CLIPS])
            example = edited(style_frames(shown.weights, shown.fps), edit, STYLE_FPS)
            truth = edited(clip.weights, edit, clip.fps)
            (code,) = reader.run(expression=styled_expression(example)[None])
            sentence = Sentence("", clip.samples, ())
            made = speak(voice, ear, sentence, {"style": Style(name, code[0]), NEUTRAL: None}, clip.fps)
            for which, output in made.items():
                weights = output.alone[: len(truth)]
                errors = lip_errors(
                    styled_expression(weights), styled_expression(truth[: len(weights)]), head
                )
                values[which].append([*likeness(weights, example, _SHOWN), float(errors.mean())])
        means = {which: np.mean(each, axis=0).tolist() for which, each in values.items()}
        rows[name] = [
            number(means[which][part], 2 if part == 2 else 3) for part in range(3) for which in values
        ]
    return Table(
        f"Imitation: {_EXAMPLE_CLIPS} held-out clips in an edited style, for {len(chosen)} other sentences",
        [
            "means off, in the style",
            "neutral",
            "deviations off, in the style",
            "neutral",
            "lips mm off the edited capture, in the style",
            "neutral",
        ],
        list(rows.items()),
    )


def joined(clips: Sequence[Capture]) -> Capture:
    """Clips one after the other, as one performance."""
    return replace(
        clips[0],
        weights=np.concatenate([clip.weights for clip in clips]),
        valid=np.concatenate([clip.valid for clip in clips]),
        samples=np.concatenate([clip.samples for clip in clips]),
        tracked=None,
        phones=None,
        head=None,
    )


def _cut(takes: Sequence[Capture]) -> list[Capture]:
    """Long takes in pieces."""
    pieces = []
    for take in takes:
        length = round(_TAKE_SECONDS * take.fps)
        pieces += [
            replace(
                take,
                weights=take.weights[start : start + length],
                valid=take.valid[start : start + length],
                phones=None,
                head=None,
            )
            for start in range(0, len(take) - length + 1, length)
        ]
    return pieces
