# SPDX-License-Identifier: GPL-3.0-or-later
"""Animate a face from one sound.

  soliloquy animate speech.wav --out speech.csv --fps 60
  soliloquy animate film.ogg --out film.npz --fps 24000/1001 --mouth 1.2

  soliloquy animate speech.wav --out speech.npz --fps 30 --transcript speech.srt --phones speech.TextGrid
  soliloquy animate speech.wav --out speech.csv --fps 60 --model hybrid --style anna.csv --style-strength 1.2
  soliloquy animate speech.wav --out speech.csv --fps 60 --emotion "angry 0.6"

The ending of --out chooses the format:
  .csv  Live Link Face recording: one row a frame, 52 ARKit weights, head and eye rotations
  .npz  every field of the motion, for NumPy
The file is written whole or not at all.
"""

import argparse
import os
import sys
from pathlib import Path

from ..core.errors import OutputError
from ..core.frame_times import parse_fps
from ..core.motion_files import write_motion, writer_for
from ..core.phone_files import phone_writer_for, write_phones
from ..core.phone_track import PhoneTrack
from ..core.transcript.files import read_transcript
from .motion_arguments import (
    add_motion_arguments,
    animation_settings,
    emotion_directions,
    providers,
    style_choice,
)
from .parser import progress_bar


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `soliloquy animate`."""
    parser.add_argument(
        "audio", type=Path, metavar="AUDIO", help="sound to animate from: wav, flac, ogg, opus, mp3"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="file to write: .csv or .npz")
    parser.add_argument(
        "--fps", type=parse_fps, required=True, metavar="F", help="frames per second: 60, 23.976, 30000/1001"
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=0,
        metavar="N",
        help="draws what the sound leaves open; equal seeds give equal files (default 0)",
    )
    parser.add_argument(
        "--transcript",
        type=Path,
        metavar="FILE",
        help="what is said, in English: .txt, .srt, .vtt, .TextGrid, or times of words as .csv or .json",
    )
    parser.add_argument(
        "--phones", type=Path, metavar="FILE", help="write the timed sounds of speech: .json or .TextGrid"
    )
    add_motion_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Animate and write the file."""
    check_output(args.out)
    if args.phones is not None:
        phone_writer_for(args.phones)
        check_folder(args.phones)
    transcript = None if args.transcript is None else read_transcript(args.transcript)
    from ..core.generate import animate

    motion = animate(
        args.audio,
        fps=args.fps,
        seed=args.seed,
        model=args.model,
        settings=animation_settings(args),
        transcript=transcript,
        phones=args.phones is not None,
        style=style_choice(args).made(args.model),
        emotions=emotion_directions(args),
        providers=providers(args),
        progress=progress_bar(args.audio.name),
    )
    for note in motion.notes:
        print(note, file=sys.stderr)
    if args.phones is not None:
        write_phones(args.phones, PhoneTrack.of(motion))
    write_motion(args.out, motion)
    print(f"Wrote '{args.out}': {len(motion)} frames at {motion.fps:g} a second ({motion.duration:.2f} s).")
    return 0


def check_output(path: Path) -> None:
    """Refuse an output that could not be written before hours of work go into it.

    Raises:
        InputError: the ending is not known.
        OutputError: the folder is missing or read-only, or the path is a folder.
    """
    writer_for(path)
    check_folder(path)


def check_folder(path: Path) -> None:
    """Refuse a file whose folder cannot be written to.

    Raises:
        OutputError: the folder is missing or read-only, or the path is a folder.
    """
    folder = path.absolute().parent
    if not folder.is_dir():
        raise OutputError(f"Cannot write '{path}': there is no folder '{folder}'. Make it first.")
    if path.is_dir():
        raise OutputError(f"Cannot write '{path}': it is a folder. Name a file.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputError(f"Cannot write '{path}': the folder '{folder}' is read-only. Choose another one.")
