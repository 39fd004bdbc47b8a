# SPDX-License-Identifier: GPL-3.0-or-later
"""Make pictures of every emotion, and a film of one sound in several of them side by side.

  soliloquy emotions --out emotions
  soliloquy emotions speech.wav --emotions happy "angry 0.6" neutral --out emotions

Writes into the folder:
  emotions.png             the built-in head at rest, each emotion from nothing to all
  emotions_other_head.png  the same on a cartoon head that came without shape keys
  emotion_closures.png     lips in m, b and p, if there are any, under each emotion at full strength
  emotions.blend           the heads of the film, with their keyframes and the sound
  emotions.mp4             the film, with sound
Without a sound it takes the sample.
Needs Blender as a Python module (pip install bpy==5.0.1) and matplotlib.
"""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..core.errors import InputError
from ..core.output_folders import make_folder
from .motion_arguments import add_motion_arguments, animation_settings, providers, style_choice
from .parser import load_for, progress_bar
from .steps import steps

if TYPE_CHECKING:
    from ..core.generate.emotion.directions import EmotionTag
    from ..core.generate.settings import AnimationSettings
    from ..core.motion import FaceMotion

USUAL: Final = ("happy", "sad", "angry", "afraid")
MOST: Final = 8
"""Heads of one film."""
_CLOSURES_FPS: Final = 60
"""Frames a second among which those of lips that meet are found."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `soliloquy emotions`."""
    parser.add_argument(
        "audio", type=Path, nargs="?", metavar="AUDIO", help="sound to animate from (default: the sample)"
    )
    parser.add_argument(
        "--emotions",
        nargs="+",
        default=list(USUAL),
        metavar="EMOTION",
        help=f"one head of the film each, as --emotion takes it (default {' '.join(USUAL)})",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("emotions"),
        metavar="FOLDER",
        help="where to write (default emotions)",
    )
    parser.add_argument("--fps", type=int, default=25, metavar="N", help="frames per second (default 25)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of all heads (default 0)")
    parser.add_argument("--columns", type=int, default=4, metavar="N", help="heads in a row (default 4)")
    add_motion_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Draw the pictures, animate each emotion, bake and render."""
    from ..core.generate.emotion.directions import EMOTIONS, NEUTRAL, EmotionTag

    felt = asked_emotions(args)
    preview = load_for(".bake.preview", "blender")
    pictures = load_for(".command_line.emotion_pictures", "demo")
    from .. import samples

    sound = (args.audio or samples.SOUND).absolute()
    folder = make_folder(args.out)
    grid, other, closures, blend, film = (
        folder / name
        for name in (
            "emotions.png",
            "emotions_other_head.png",
            "emotion_closures.png",
            "emotions.blend",
            "emotions.mp4",
        )
    )
    settings = animation_settings(args)
    say = steps()
    # The sound comes first: where it cannot be animated, pictures of before stay as they are.
    motions = {}
    for name, tag in felt.items():
        say(f"animating {name}")
        motions[name] = animated(sound, tag, args, settings, args.fps)
    say("animating lips that meet")
    # Nothing but the hand: what the voice feels and what a resting face does would hide what is looked at.
    plain = replace(settings, voice_emotion=0.0, idle_amount=0.0)
    strongest = [EmotionTag(0.0, emotion) for emotion in (NEUTRAL, *EMOTIONS)]
    lips = {tag.emotion: animated(sound, tag, args, plain, _CLOSURES_FPS) for tag in strongest}

    say("drawing the built-in head")
    pictures.draw_grid(grid, pictures.built_in_head())
    say("drawing another head")
    pictures.draw_grid(other, pictures.cartoon_head())
    say("drawing lips that meet")
    has_closures = pictures.draw_closures(closures, lips)
    if not has_closures:
        say("no m, b or p was heard: no picture of them")

    say(f"baking {len(next(iter(motions.values())))} frames")
    scene = pictures.film_scene(blend, sound, motions, fps=args.fps, columns=args.columns)
    say("rendering the film")
    preview.render_film(scene, film, progress_bar("film"))
    say("done")
    for path in (grid, other, *((closures,) if has_closures else ()), blend, film):
        print(path)
    return 0


def asked_emotions(args: argparse.Namespace) -> "dict[str, EmotionTag]":
    """What each head of the film feels, by what is written beside it.

    Raises:
        InputError: too many, two that would have one name, no such emotion, or one for all heads.
    """
    from ..core.generate.emotion.words import emotion_tag

    if args.emotion:
        raise InputError(
            f"--emotion is '{args.emotion}', but each head has its own: name them with --emotions instead."
        )
    if len(args.emotions) > MOST or args.columns < 1:
        raise InputError(
            f"{len(args.emotions)} heads in rows of {args.columns}: expected up to {MOST} heads, rows of 1 "
            "or more."
        )
    felt = {text: emotion_tag(text) for text in args.emotions}
    for text in args.emotions:
        if args.emotions.count(text) > 1:
            raise InputError(f"Two heads would be called '{text}': expected different ones. Leave one out.")
    return felt


def animated(
    sound: Path, tag: "EmotionTag", args: argparse.Namespace, settings: "AnimationSettings", fps: float
) -> "FaceMotion":
    """The sound performed with one emotion, with its phones."""
    from ..core.generate import animate
    from ..core.generate.emotion.directions import EmotionDirections

    return animate(
        sound,
        fps=fps,
        seed=args.seed,
        model=args.model,
        settings=settings,
        style=style_choice(args).made(args.model),
        emotions=EmotionDirections((tag,)),
        phones=True,
        providers=providers(args),
    )
