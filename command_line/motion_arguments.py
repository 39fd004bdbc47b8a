# SPDX-License-Identifier: GPL-3.0-or-later
"""Arguments that every subcommand which animates has, and what they mean for `core`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ..core.runtime import PROVIDERS

if TYPE_CHECKING:
    from ..core.generate.emotion.directions import EmotionDirections
    from ..core.generate.settings import AnimationSettings
    from ..core.generate.style_choice import StyleChoice

AUTOMATIC = "auto"
"""Leaves the choice to `core.runtime`."""


def add_motion_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that say how to animate."""
    from ..core.generate.models import MODELS, USUAL_MODEL
    from ..core.generate.settings import HEAD_STYLES, SAMPLING_STYLES

    group = parser.add_argument_group("how to animate")
    group.add_argument(
        "--mouth", type=float, default=1.0, metavar="AMOUNT", help="mouth amount, 0 to 2 (default 1)"
    )
    group.add_argument(
        "--blink", type=float, default=1.0, metavar="AMOUNT", help="blink amount, 0 to 1 (default 1)"
    )
    group.add_argument(
        "--blinks-per-minute", type=float, default=17.0, metavar="N", help="how often, 0 to 60 (default 17)"
    )
    group.add_argument(
        "--brows", type=float, default=1.0, metavar="AMOUNT", help="brows amount, 0 to 2 (default 1)"
    )
    group.add_argument(
        "--accents",
        type=float,
        default=1.0,
        metavar="AMOUNT",
        help="how far brows and upper lids rise on stressed syllables, 0 to 2 (default 1)",
    )
    group.add_argument(
        "--gaze-amount",
        type=float,
        default=1.0,
        metavar="AMOUNT",
        help="how far the eyes wander from what they look at, 0 to 2; at 0 they stay on it while the head "
        "turns (default 1)",
    )
    group.add_argument(
        "--head-style",
        choices=HEAD_STYLES,
        default="conversation",
        help="how the head moves, from hardly to strongly (default conversation)",
    )
    group.add_argument(
        "--head-amount",
        type=float,
        default=1.0,
        metavar="AMOUNT",
        help="how far the head turns, 0 to 2; 0 keeps it still (default 1)",
    )
    group.add_argument(
        "--head-model",
        default="pose_vae",
        metavar="FILE",
        help="an .onnx file made by 'soliloquy train pose' (default: the network that ships)",
    )
    group.add_argument(
        "--articulation",
        type=float,
        default=1.0,
        metavar="AMOUNT",
        help="how far lips meet in m, b, p, touch the teeth in f, v, round and rest as heard, 0 to 1; "
        "0 leaves the mouth to the network alone (default 1)",
    )
    group.add_argument(
        "--sampling",
        choices=SAMPLING_STYLES,
        default="natural",
        help="how freely a model that draws its performance does so (default natural)",
    )
    add_emotion_arguments(group)
    add_style_arguments(group)
    group.add_argument(
        "--drawn-blinks",
        action="store_true",
        help="blinks that are drawn from the seed, also where the model moves the lids",
    )
    group.add_argument(
        "--model",
        default=USUAL_MODEL,
        metavar="NAME",
        help=f"{', '.join(map(repr, MODELS))}, or an .onnx file made by 'soliloquy train' (default "
        f"{USUAL_MODEL})",
    )
    group.add_argument(
        "--provider",
        choices=(AUTOMATIC, *PROVIDERS),
        default=AUTOMATIC,
        help="where the network runs (default: the fastest that there is)",
    )


def add_emotion_arguments(group: argparse._ArgumentGroup) -> None:
    """Add the arguments that say what the face feels."""
    from ..core.generate.emotion.words import WORDS

    known = ", ".join(words[0] for words in WORDS.values())
    group.add_argument(
        "--emotion",
        default="",
        metavar="EMOTION",
        help=f"what the face feels from the start on, in place of what is heard: {known}, alone or with a "
        "strength, as in 'angry 0.6'; [tags] in the transcript change it (default: what is heard)",
    )
    group.add_argument(
        "--voice-emotion",
        type=float,
        default=1.0,
        metavar="AMOUNT",
        help="how strongly the face shows what the voice feels where neither --emotion nor a tag says it, "
        "0 to 2 (default 1)",
    )
    group.add_argument(
        "--emotion-model",
        default="disentangled_audio",
        metavar="FILE",
        help="an emotion.onnx, or its folder, made by 'soliloquy train disentangled' (default: the network "
        "that ships)",
    )
    group.add_argument(
        "--idle",
        type=float,
        default=1.0,
        metavar="AMOUNT",
        help="breath, swallowing and small movements between lines, 0 to 2 (default 1)",
    )


def add_style_arguments(group: argparse._ArgumentGroup) -> None:
    """Add the arguments that say how somebody speaks."""
    from ..core.generate.style_presets import PRESETS

    group.add_argument(
        "--style",
        default="",
        metavar="STYLE",
        help=f"how to speak, for models that take styles: {', '.join(PRESETS)}, drawn:SEED, a style's file "
        "(.json), or a performance to speak like (a Live Link Face .csv, an .npz) (default: neutral)",
    )
    group.add_argument("--mix-with", default="", metavar="STYLE", help="a second style to mix in")
    group.add_argument(
        "--style-share",
        type=float,
        default=0.5,
        metavar="SHARE",
        help="how much of the mixture is the second style, 0 to 1 (default 0.5)",
    )
    group.add_argument(
        "--style-strength",
        type=float,
        default=1.0,
        metavar="AMOUNT",
        help="how much of the style there is, 0 to 1.5; 0 is neutral (default 1)",
    )


def style_choice(args: argparse.Namespace) -> StyleChoice:
    """The style that the arguments name; nothing is read yet.

    Raises:
        InputError: a share out of range.
    """
    from ..core.generate.style_choice import StyleChoice

    return StyleChoice(args.style, args.mix_with, args.style_share)


def emotion_directions(args: argparse.Namespace) -> EmotionDirections | None:
    """The emotion that the arguments name; None where they name none.

    Raises:
        InputError: no such emotion, or a strength out of range.
    """
    from ..core.generate.emotion.directions import EmotionDirections
    from ..core.generate.emotion.words import emotion_tag

    return EmotionDirections(tags=(emotion_tag(args.emotion),)) if args.emotion else None


def animation_settings(args: argparse.Namespace) -> AnimationSettings:
    """The settings that the arguments describe.

    Raises:
        InputError: an amount out of range.
    """
    from ..core.generate.settings import AnimationSettings

    return AnimationSettings(
        mouth_amount=args.mouth,
        blink_amount=args.blink,
        blinks_per_minute=args.blinks_per_minute,
        brows_amount=args.brows,
        accents=args.accents,
        gaze_amount=args.gaze_amount,
        head_amount=args.head_amount,
        head_style=args.head_style,
        head_model=args.head_model,
        articulation=args.articulation,
        sampling=args.sampling,
        style_strength=args.style_strength,
        voice_emotion=args.voice_emotion,
        emotion_model=args.emotion_model,
        idle_amount=args.idle,
        drawn_blinks=args.drawn_blinks,
    )


def providers(args: argparse.Namespace) -> tuple[str, ...] | None:
    """Names of `core.runtime.PROVIDERS` in order of preference, or None for the fastest there is."""
    return None if args.provider == AUTOMATIC else (args.provider,)
