# SPDX-License-Identifier: GPL-3.0-or-later
"""Arguments of `--command soliloquy` that say how to animate, and what they mean."""

import argparse
from dataclasses import replace
from typing import Any, Final

from ..core.generate.emotion.words import WORDS
from ..core.generate.models import MODELS, USUAL_MODEL
from ..core.generate.settings import HEAD_STYLES, SAMPLING_STYLES, AnimationSettings
from ..core.generate.style_choice import StyleChoice
from ..core.generate.style_presets import PRESETS
from .output import Output, OutputKind
from .parts import ALL_PARTS
from .processing import Processing, preferred_processing

OUTPUTS: Final[dict[str, OutputKind]] = {
    "shape-keys": "shape_keys",
    "vertex-cache": "cache",
    "absolute-keys": "absolute_keys",
}
"""What --output calls the kinds of output."""


def add_amounts(parser: argparse.ArgumentParser) -> None:
    """Add those of a performance, and of what becomes of it."""
    amounts = parser.add_argument_group("how to animate")
    amounts.add_argument(
        "--mouth", type=float, default=1.0, metavar="AMOUNT", help="mouth amount, 0 to 2 (default 1)"
    )
    amounts.add_argument(
        "--blink", type=float, default=1.0, metavar="AMOUNT", help="blink amount, 0 to 1 (default 1)"
    )
    amounts.add_argument(
        "--blinks-per-minute", type=float, default=17.0, metavar="N", help="how often, 0 to 60 (default 17)"
    )
    amounts.add_argument(
        "--brows",
        type=float,
        default=1.0,
        metavar="AMOUNT",
        help="brows amount, 0 to 2 (default 1)",
    )
    amounts.add_argument(
        "--accents",
        type=float,
        default=1.0,
        metavar="AMOUNT",
        help="how far brows and upper lids rise on stressed syllables, 0 to 2 (default 1)",
    )
    amounts.add_argument(
        "--gaze-amount",
        type=float,
        default=1.0,
        metavar="AMOUNT",
        help="how far the eyes wander from what they look at, 0 to 2; at 0 they stay on it while the head "
        "turns (default 1)",
    )
    amounts.add_argument(
        "--look-at",
        metavar="OBJECT",
        help="what the eyes look at: an object's name, or 'camera' for the scene's camera (default: straight "
        "ahead)",
    )
    amounts.add_argument(
        "--head-style",
        choices=HEAD_STYLES,
        default="conversation",
        help="how the head moves, from hardly to strongly (default conversation)",
    )
    amounts.add_argument(
        "--head-amount",
        type=float,
        default=1.0,
        metavar="AMOUNT",
        help="how far the head turns, 0 to 2; 0 keeps it still (default 1)",
    )
    amounts.add_argument(
        "--head-model",
        default="pose_vae",
        metavar="FILE",
        help="an .onnx file made by 'soliloquy train pose' (default: the network that ships)",
    )
    amounts.add_argument(
        "--articulation",
        type=float,
        default=1.0,
        metavar="AMOUNT",
        help="how far lips meet in m, b, p, touch the teeth in f, v, round and rest as heard, 0 to 1; "
        "0 leaves the mouth to the network alone (default 1)",
    )
    amounts.add_argument(
        "--sampling",
        choices=SAMPLING_STYLES,
        default="natural",
        help="how freely a model that draws its performance does so (default natural)",
    )
    amounts.add_argument(
        "--style",
        default="",
        metavar="STYLE",
        help="how to speak, for models that take styles: an own style of the .blend file, "
        f"{', '.join(PRESETS)}, drawn:SEED, a style's file (.json), or a performance to speak like (a Live "
        "Link Face .csv, an .npz); '//' starts at the .blend file's folder (default: neutral)",
    )
    amounts.add_argument("--mix-with", default="", metavar="STYLE", help="a second style to mix in")
    amounts.add_argument(
        "--style-share",
        type=float,
        default=0.5,
        metavar="SHARE",
        help="how much of the mixture is the second style, 0 to 1 (default 0.5)",
    )
    amounts.add_argument(
        "--style-strength",
        type=float,
        default=1.0,
        metavar="AMOUNT",
        help="how much of the style there is, 0 to 1.5; 0 is neutral (default 1)",
    )
    amounts.add_argument(
        "--emotion",
        default="",
        metavar="EMOTION",
        help=f"what the face feels from the start on: {', '.join(words[0] for words in WORDS.values())}, "
        "alone or with a strength, as in 'angry 0.6'; [tags] in the transcript, markers of these names and "
        "the object's emotion sliders come on top (default: what is heard)",
    )
    amounts.add_argument(
        "--voice-emotion",
        type=float,
        default=1.0,
        metavar="AMOUNT",
        help="how strongly the face shows what the voice feels, 0 to 2; 0 leaves it to the hand (default 1)",
    )
    amounts.add_argument(
        "--emotion-model",
        default="disentangled_audio",
        metavar="FILE",
        help="an emotion.onnx, or its folder, made by 'soliloquy train disentangled' (default: the network "
        "that ships)",
    )
    amounts.add_argument(
        "--idle",
        type=float,
        default=1.0,
        metavar="AMOUNT",
        help="breath, swallowing and small movements between lines, 0 to 2 (default 1)",
    )
    amounts.add_argument(
        "--no-markers",
        action="store_true",
        help="leave markers alone that are named like emotions (happy, angry 0.6, neutral)",
    )
    amounts.add_argument(
        "--drawn-blinks",
        action="store_true",
        help="blinks that are drawn from the seed, also where the model moves the lids",
    )
    amounts.add_argument(
        "--phone-markers", action="store_true", help="mark where each sound of speech begins in the time line"
    )
    amounts.add_argument(
        "--provider",
        choices=("auto", "cuda", "cpu"),
        help="where the network runs: the fastest that works, CUDA or nothing, or the processor "
        "(default: as in the preferences)",
    )
    amounts.add_argument(
        "--threads",
        type=int,
        metavar="N",
        help="processor threads of the network (default: as in the preferences, 1)",
    )
    amounts.add_argument(
        "--model",
        default=USUAL_MODEL,
        metavar="NAME",
        help=f"{', '.join(map(repr, MODELS))}, or an .onnx file made by 'soliloquy train' (default "
        f"{USUAL_MODEL})",
    )
    add_output(parser)


def add_output(parser: argparse.ArgumentParser) -> None:
    """Add those of what a motion becomes."""
    output = parser.add_argument_group("what to write")
    output.add_argument(
        "--parts",
        nargs="+",
        choices=ALL_PARTS,
        default=ALL_PARTS,
        help="parts to animate; the keys of all other parts stay (default: all)",
    )
    output.add_argument(
        "--output",
        choices=tuple(OUTPUTS),
        default="shape-keys",
        help="keyframes on the head's shape keys, every vertex in a cache beside the .blend file, or every "
        "vertex as absolute shape keys (default shape-keys)",
    )
    output.add_argument(
        "--frame-step", type=int, default=1, metavar="N", help="frames between absolute keys (default 1)"
    )
    output.add_argument(
        "--key-reduction",
        type=float,
        default=0.01,
        metavar="ERROR",
        help="leave out keys within this error in weight; 0 keys every frame (default 0.01)",
    )
    output.add_argument(
        "--blocked",
        choices=("error", "skip", "fix"),
        default="error",
        help="shape keys with drivers, mutes or locks: refuse, leave out, or clear the way (default error)",
    )


def amounts_of(args: argparse.Namespace) -> AnimationSettings:
    """How face, eyes and head move.

    Raises:
        InputError: an amount out of range.
    """
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


def style_choice(args: argparse.Namespace) -> StyleChoice:
    """The style that the arguments name; nothing is read yet.

    Raises:
        InputError: a share out of range.
    """
    return StyleChoice(args.style, args.mix_with, args.style_share)


def output_of(args: argparse.Namespace, frames: list[int] | None = None) -> Output:
    """What the motion becomes."""
    return Output(
        parts=tuple(dict.fromkeys(args.parts)),
        frame_range=(frames[0], frames[1]) if frames else None,
        key_reduction=args.key_reduction or None,
        blocked=args.blocked,
        phone_markers=getattr(args, "phone_markers", False),
        kind=OUTPUTS[args.output],
        step=args.frame_step,
        gaze_on=args.gaze_on,
        head_mode=args.head_mode,
        limits=tuple(args.head_limits),
    )


def processing_of(args: argparse.Namespace) -> Processing:
    """The preferences, with what the arguments say in their place."""
    given: dict[str, Any] = {}
    if args.provider is not None:
        given["providers"] = None if args.provider == "auto" else (args.provider,)
    if args.threads is not None:
        given["threads"] = args.threads
    return replace(preferred_processing(args.model), **given)
