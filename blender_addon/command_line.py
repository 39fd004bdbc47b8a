# SPDX-License-Identifier: GPL-3.0-or-later
"""`blender -b FILE.blend --command soliloquy ...`: animating without a window."""

import argparse
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final, NoReturn

import bpy

from ..core.batch import MANIFEST_HELP, read_manifest, run_batch
from ..core.errors import InputError, SoliloquyError
from ..core.frame_times import parse_fps
from ..core.transcript.files import read_transcript
from .batch_rows import BlenderRows
from .command_arguments import add_amounts, add_output, amounts_of, output_of, processing_of, style_choice
from .job import Job, compute, make_job, notes, summary, write
from .kept_takes import next_take
from .last_error import line_for
from .mapping_arguments import add_mapping_arguments, companions_from, mapping_from
from .processing import notes_on
from .recording import recording_job
from .rig_arguments import add_rig_arguments, look_target_named, rig_from
from .saving import check_folder, save_copy
from .sequencer import find_strip, sequencer_scene, sound_strips, speech_strips
from .shape_arguments import add_make_shapes, add_shape_arguments, made_by, make_missing, tell
from .sound_strip import SpeechLine, line_from_file, line_from_strips
from .styles import find_style
from .written import cache_folder

EXIT_BAD_INPUT: Final = 2
EXIT_FAULT: Final = 3
EXIT_INTERRUPTED: Final = 130

DESCRIPTION: Final = """\
Soliloquy makes heads speak: it turns recorded speech into keyframes.

  blender -b FILE.blend --command soliloquy animate --audio speech.wav --object Head --save out.blend
  blender -b FILE.blend --command soliloquy make-shapes --object Head --out out.blend
  blender -b FILE.blend --command soliloquy import-live-link take.csv --object Head --out out.blend
  blender -b FILE.blend --command soliloquy batch manifest.csv
  blender -b FILE.blend --command soliloquy report
"""

ANIMATE: Final = """\
Animate one mesh object of the opened file, and save the file.

  blender -b FILE.blend --command soliloquy animate --audio speech.wav --object Head --save out.blend
  blender -b FILE.blend --command soliloquy animate --strip speech.wav --object Head
"""

BATCH: Final = """\
Animate many sounds in one process, with the network loaded once.

  blender -b FILE.blend --command soliloquy batch manifest.csv --report report.json

For a row with an object the opened file is taken as it is on disk, animated and saved under the row's name;
the opened file itself stays as it is. A row that fails never stops the rest; the exit status is then 1.
"""


MAKE_SHAPES: Final = """\
Make the ARKit shape keys that a head lacks, and save the file.

  blender -b FILE.blend --command soliloquy make-shapes --object Head --out out.blend
  blender -b FILE.blend --command soliloquy make-shapes --object Head --marks marks.json

The face is found in the mesh by itself. Keys that are there stay as they are, but for those that this command
or the panel made before: these are made anew. The eyes, teeth, tongue and lashes in its head get keys too.
"""


IMPORT: Final = """\
Animate a head as a face was recorded with Live Link Face, and save the file.

  blender -b FILE.blend --command soliloquy import-live-link take.csv --object Head --out out.blend

The takes that the head has are kept beside it.
"""


class _Parser(argparse.ArgumentParser):
    """Errors are one line on stderr and exit status 2."""

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message} ('{self.prog} --help' explains)")


def main(argv: list[str]) -> int:
    """Run the command; gives the exit status.

    0 success, 1 some rows of a batch failed, 2 unusable input (one line on stderr), 3 a fault of Soliloquy's
    own (with a traceback), 130 interrupted.
    """
    try:
        args = _parser().parse_args(argv)
        return args.run(args)
    except SystemExit as stop:  # argparse, after --help
        return int(stop.code or 0)
    except KeyboardInterrupt:
        print("soliloquy: interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED
    except SoliloquyError as error:
        print(f"soliloquy: error: {line_for(error)}", file=sys.stderr)
        return EXIT_BAD_INPUT
    except Exception as error:
        print(f"soliloquy: error: {line_for(error)}", file=sys.stderr)
        return EXIT_FAULT


def _parser() -> argparse.ArgumentParser:
    layout = argparse.RawDescriptionHelpFormatter
    parser = _Parser(prog="soliloquy", description=DESCRIPTION, formatter_class=layout, allow_abbrev=False)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    animate = commands.add_parser(
        "animate",
        help="animate one object from one sound",
        description=ANIMATE,
        formatter_class=layout,
        allow_abbrev=False,
    )
    animate.set_defaults(run=_animate)
    sound = animate.add_argument_group("sound (default: the selected sound strips, or the only one)")
    sound = sound.add_mutually_exclusive_group()
    sound.add_argument("--audio", metavar="FILE", help="sound file; '//' starts at the .blend file's folder")
    sound.add_argument(
        "--strip",
        action="append",
        metavar="NAME",
        help="sound strip of the sequencer, at its place in time; repeat it for several",
    )
    animate.add_argument("--object", required=True, metavar="NAME", help="mesh object whose face is animated")
    animate.add_argument("--save", type=Path, metavar="OUT.blend", help="default: the opened file")
    animate.add_argument(
        "--start-frame",
        type=int,
        metavar="N",
        help="frame at which --audio begins (default: the scene's first)",
    )
    animate.add_argument(
        "--frames", type=int, nargs=2, metavar=("FIRST", "LAST"), help="key only these frames (default: all)"
    )
    animate.add_argument(
        "--seed", type=int, default=0, metavar="N", help="draws what the sound leaves open (default 0)"
    )
    animate.add_argument(
        "--new-take",
        action="store_true",
        help="keep what the head shows, and make a take of its own beside it",
    )
    animate.add_argument(
        "--transcript",
        metavar="FILE",
        help="what is said, in English: .txt, .srt, .vtt, .TextGrid, or times of words as .csv or .json; "
        "'//' starts at the .blend file's folder",
    )
    add_amounts(animate)
    add_rig_arguments(animate)
    add_mapping_arguments(animate)
    add_make_shapes(animate)

    make_shapes = commands.add_parser(
        "make-shapes",
        help="make the shape keys that a head lacks",
        description=MAKE_SHAPES,
        formatter_class=layout,
        allow_abbrev=False,
    )
    make_shapes.set_defaults(run=_make_shapes)
    make_shapes.add_argument("--object", required=True, metavar="NAME", help="mesh object with the face")
    make_shapes.add_argument("--out", type=Path, metavar="OUT.blend", help="default: the opened file")
    add_shape_arguments(make_shapes)

    recording = commands.add_parser(
        "import-live-link",
        help="animate one object as a face was recorded",
        description=IMPORT,
        formatter_class=layout,
        allow_abbrev=False,
    )
    recording.set_defaults(run=_import_live_link)
    recording.add_argument("recording", metavar="FILE.csv", help="recording; '//' as everywhere")
    recording.add_argument(
        "--object", required=True, metavar="NAME", help="mesh object whose face is animated"
    )
    recording.add_argument("--out", type=Path, metavar="OUT.blend", help="default: the opened file")
    recording.add_argument(
        "--start-frame",
        type=int,
        metavar="N",
        help="frame at which the recording begins (default: the scene's first)",
    )
    recording.add_argument(
        "--fps",
        type=parse_fps,
        metavar="F",
        help="frames per second of the recording: 60, 30000/1001 (default: as its timecodes tell)",
    )
    add_output(recording)
    add_rig_arguments(recording)
    add_mapping_arguments(recording)

    batch = commands.add_parser(
        "batch",
        help="animate many sounds listed in a manifest",
        description=BATCH,
        epilog=MANIFEST_HELP,
        formatter_class=layout,
        allow_abbrev=False,
    )
    batch.set_defaults(run=_batch)
    batch.add_argument("manifest", type=Path, metavar="MANIFEST", help="CSV or JSON lines, described below")
    batch.add_argument("--report", type=Path, metavar="FILE", help="write what became of every row as JSON")
    batch.add_argument("--force", action="store_true", help="make outputs again that exist already")
    add_amounts(batch)
    add_rig_arguments(batch)
    add_mapping_arguments(batch)
    add_make_shapes(batch)

    report = commands.add_parser(
        "report",
        help="print what helps to find a fault: versions, processor, settings",
        description="Print what helps to find a fault; paths of files are left out.",
        allow_abbrev=False,
    )
    report.set_defaults(run=_report)
    return parser


def _animate(args: argparse.Namespace) -> int:
    target = _where_to_save(args.save, "--save")
    style = style_choice(args).made(find=partial(find_style, bpy.context.scene, args.model))
    obj, line = find_object(args.object, needs_keys=not args.make_shapes), _line(args)
    if args.make_shapes:
        tell(make_missing(args, obj))
    seed, new_take = next_take(obj, line.name, args.seed) if args.new_take else (args.seed, None)
    job = make_job(
        obj,
        line,
        bpy.context.scene,
        seed,
        amounts_of(args),
        replace(output_of(args, args.frames), folder=cache_folder(target)),
        processing_of(args),
        None if args.transcript is None else read_transcript(Path(bpy.path.abspath(args.transcript))),
        new_take,
        rig=rig_from(args, obj),
        mapping=mapping_from(args, obj),
        companions=companions_from(args, obj),
        looks_at=look_target_named(args.look_at, bpy.context.scene),
        style=style,
        emotion=args.emotion,
        use_markers=not args.no_markers,
    )
    _do(job, target)
    return 0


def _do(job: Job, target: Path) -> None:
    """Do a job, tell what came of it, and save the file."""
    try:
        made = compute(job, _progress(), lambda: False)
        report = write(job, made)
    finally:
        job.line.close()
    for note in notes(job, made, report):
        print(f"soliloquy: warning: {note}", file=sys.stderr)
    save_copy(target)
    print(f"{summary(job, report)}.\nSaved '{target}'.")


def _import_live_link(args: argparse.Namespace) -> int:
    target = _where_to_save(args.out, "--out")
    obj, scene = find_object(args.object), bpy.context.scene
    job = recording_job(
        obj,
        Path(bpy.path.abspath(args.recording)),
        scene,
        scene.frame_start if args.start_frame is None else args.start_frame,
        replace(output_of(args), folder=cache_folder(target)),
        fps=args.fps,
        rig=rig_from(args, obj),
        mapping=mapping_from(args, obj),
        companions=companions_from(args, obj),
    )
    _do(job, target)
    return 0


def _where_to_save(path: Path | None, argument: str) -> Path:
    """The file that an argument names, else the opened one.

    Raises:
        SoliloquyError: there is none, or it cannot be written.
    """
    path = path or (Path(bpy.data.filepath) if bpy.data.filepath else None)
    if path is None:
        raise InputError(
            f"No .blend file is opened: name one before --command, or where to save with {argument}."
        )
    path = path.absolute()
    check_folder(path)
    return path


def _make_shapes(args: argparse.Namespace) -> int:
    target = _where_to_save(args.out, "--out")
    done, told = made_by(args, find_object(args.object, needs_keys=False), _progress())
    tell(told)
    save_copy(target)
    print(f"{done}.\nSaved '{target}'.")
    return 0


def _line(args: argparse.Namespace) -> SpeechLine:
    scene = bpy.context.scene
    if args.audio is not None:
        start = scene.frame_start if args.start_frame is None else args.start_frame
        return line_from_file(args.audio, start)
    if args.start_frame is not None:
        raise InputError("--start-frame goes with --audio: a strip has its place in time already.")
    scene = sequencer_scene(bpy.context)
    if not args.strip:
        return line_from_strips(scene, speech_strips(scene))
    strips = []
    for name in args.strip:
        strip = find_strip(scene, name)
        if strip is None or not list(sound_strips([strip])):
            raise InputError(f"Scene '{scene.name}' has no sound strip '{name}'.")
        strips += sound_strips([strip])
    return line_from_strips(scene, strips)


def find_object(name: str, *, needs_keys: bool = True) -> bpy.types.Object:
    """An object of the open file, a local one before a linked one.

    Args:
        name: its name.
        needs_keys: whether only meshes with shape keys will do.

    Raises:
        InputError: there is none of that name.
    """
    obj = bpy.data.objects.get((name, None)) or bpy.data.objects.get(name)
    if obj is None:
        meshes = [each for each in bpy.data.objects if each.type == "MESH"]
        fit = sorted(each.name for each in meshes if each.data.shape_keys or not needs_keys)
        there = ", ".join(f"'{each}'" for each in fit[:8]) or "none"
        kind = "meshes with shape keys" if needs_keys else "meshes"
        raise InputError(f"There is no object '{name}'; {kind}: {there}.")
    return obj


def _batch(args: argparse.Namespace) -> int:
    rows = read_manifest(args.manifest)
    processing = processing_of(args)
    maker = BlenderRows(
        amounts_of(args),
        output_of(args),
        processing,
        style_choice(args),
        find_object,
        partial(rig_from, args),
        args.look_at,
        emotion=args.emotion,
        use_markers=not args.no_markers,
        find_mapping=partial(mapping_from, args),
        find_companions=partial(companions_from, args),
        make_shapes=partial(make_missing, args),
        always_makes_shapes=args.make_shapes,
    )
    for note in notes_on(processing):
        print(f"soliloquy: warning: {note}", file=sys.stderr)
    return run_batch(rows, maker.make, args.report, force=args.force, bar=True).exit_status


def _report(args: argparse.Namespace) -> int:
    from .problem_report import problem_report

    print(problem_report(bpy.context))
    return 0


def _progress() -> Callable[[float], None]:
    """Prints every tenth part."""
    told = 0

    def show(fraction: float) -> None:
        nonlocal told
        if int(fraction * 10) > told:
            told = int(fraction * 10)
            print(f"soliloquy: {told * 10} %", flush=True)

    return show
