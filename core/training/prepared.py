# SPDX-License-Identifier: GPL-3.0-or-later
"""Performances that a training learns from and is tested on, kept beside its checkpoints."""

import argparse
import logging
import pickle
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..motion_files import whole_file
from .dataset import read_captures, split
from .performances import Listen, Performance, make_performances
from .speech import read_speech, taught_captures


def add_speech_arguments(parser: argparse.ArgumentParser) -> None:
    """Add which speech without faces is learnt from, and what moves it."""
    parser.add_argument(
        "--speech",
        nargs="*",
        default=["librispeech", "kokoro", "speechocean", "kathleen"],
        metavar="SET",
        help="sets of phone-timed speech below --data, moved by ExpNet (default: %(default)s)",
    )
    parser.add_argument(
        "--clips", type=int, default=150, metavar="N", help="clips of each speech set (default %(default)s)"
    )
    parser.add_argument(
        "--variants",
        type=int,
        default=1,
        metavar="N",
        help="versions of each clip with a changed sound (default %(default)s)",
    )
    parser.add_argument("--teacher", default="expnet", metavar="NAME", help="ExpNet that moves the speech")


def prepared_performances(
    args: argparse.Namespace, listen: Listen, fps: float, made_for: Mapping[str, Any]
) -> tuple[list[Performance], list[Performance]]:
    """Training and held-out clips, kept in the folder `args.out` so that going on costs no minutes.

    Args:
        args: with the arguments of `add_capture_arguments`, `add_speech_arguments` and `add_run_arguments`.
        listen: what the network takes of a sound.
        fps: its frames a second.
        made_for: what else the clips depend on.

    Raises:
        InputError: the folder holds a training on other clips.
    """
    wanted: dict[str, Any] = {
        name: getattr(args, name)
        for name in ("sets", "speech", "clips", "variants", "teacher", "encoder", "seed")
    }
    wanted |= {"fps": fps, **made_for}
    kept = args.out / "performances.pickle"
    if kept.is_file():
        found, training, held_out = _read_kept(kept)
        if found == wanted:
            return training, held_out
        if found and any(args.out.glob("*.pt")):
            own = ", ".join(f"{name} {value}" for name, value in found.items() if value != wanted.get(name))
            raise InputError(
                f"'{args.out}' holds a training on other clips: give the same options, or another folder. "
                f"Its own: {own}."
            )
    captured, held = split(read_captures(args.data, args.sets))
    for name in args.speech:
        clips = read_speech(args.data / name, args.clips, validation=False, seed=args.seed)
        captured += taught_captures(clips, args.teacher, args.encoder)
    training = make_performances(captured, listen, fps, variants=args.variants, seed=args.seed)
    held_out = make_performances(held, listen, fps)
    with whole_file(kept) as stream:
        pickle.dump((wanted, training, held_out), stream)
    return training, held_out


def _read_kept(path: Path) -> tuple[dict[str, Any], list[Performance], list[Performance]]:
    """What an earlier run kept: its options and clips; nothing where another version wrote the file."""
    try:
        with path.open("rb") as stream:
            found, training, held_out = pickle.load(stream)
        names = {field.name for field in fields(Performance)}
        if all(vars(each).keys() == names for each in (*training, *held_out)):
            return found, training, held_out
    except (pickle.UnpicklingError, AttributeError, EOFError, ImportError, TypeError, ValueError):
        pass
    logging.getLogger(__name__).info("'%s' is of another version: the clips are made anew.", path)
    return {}, [], []
