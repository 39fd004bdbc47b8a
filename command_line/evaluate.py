# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure how near the motion comes to captured faces, and how well speech is heard."""

import argparse

from .parser import filled_from


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the evaluations; each brings its own arguments."""
    chosen = parser.add_subparsers(title="evaluations", dest="evaluation", metavar="WHAT", required=True)
    chosen.add_parser(
        "expression",
        help="lip gap, width, jaw, pucker and funnel, and lag",
        fill=filled_from(".core.evaluation.expression", "train"),
    )
    chosen.add_parser(
        "speech",
        help="phones, lip closures, f/v, rounding and silence on unseen people",
        fill=filled_from(".core.evaluation.speech", "train"),
    )
    chosen.add_parser(
        "closures",
        help="what the motion shows of m/b/p, f/v, vowels and pauses",
        fill=filled_from(".core.evaluation.closures", "train"),
    )
    chosen.add_parser(
        "alignment",
        help="when the words of right and wrong transcripts were spoken",
        fill=filled_from(".core.evaluation.alignment", "train"),
    )
    chosen.add_parser(
        "meshtalk",
        help="MeshTalk: lips, upper face, what sound and face each move, and seeds",
        fill=filled_from(".core.evaluation.meshtalk", "train"),
    )
    chosen.add_parser(
        "generators",
        help="all models side by side: known and unknown people, closures, jitter, speed and size",
        fill=filled_from(".core.evaluation.generators", "train"),
    )
    chosen.add_parser(
        "style",
        help="styles: whether they can be told apart, keep the closures, and leave out what is said",
        fill=filled_from(".core.evaluation.style", "train"),
    )
    chosen.add_parser(
        "context",
        help="contextual transformers trained on sequences of different lengths",
        fill=filled_from(".core.evaluation.context", "train"),
    )
    chosen.add_parser(
        "pose",
        help="how heads move: styles against their references, coupling to the voice, jitter and drift",
        fill=filled_from(".core.evaluation.pose", "train"),
    )
    chosen.add_parser(
        "retarget",
        help="how near other rigs come to the full one: lips on visemes, mixtures, bones, other heads",
        fill=filled_from(".core.evaluation.retarget", "train"),
    )
    chosen.add_parser(
        "transfer",
        help="how near shapes made for meshes without any come to the true ones, lips and lids",
        fill=filled_from(".core.evaluation.transfer", "train"),
    )
    chosen.add_parser(
        "emotions",
        help="emotions at full strength: closures, f/v, rounding, shapes that fight, range and steps",
        fill=filled_from(".core.evaluation.emotions", "train"),
    )
    chosen.add_parser(
        "disentangled",
        help="what is said, felt and by whom: probes of each latent, other edits, mouths under noise",
        fill=filled_from(".core.evaluation.disentangled", "train"),
    )
