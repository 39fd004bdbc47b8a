# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure how near the motion comes to captured faces, and how well speech is heard."""

import argparse

from .parser import Parser, load_for


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the evaluations; each brings its own arguments."""
    chosen = parser.add_subparsers(title="evaluations", dest="evaluation", metavar="WHAT", required=True)
    chosen.add_parser(
        "expression", help="lip gap, width, jaw, pucker and funnel, and lag", fill=_fill_expression
    )
    chosen.add_parser(
        "speech", help="phones, lip closures, f/v, rounding and silence on unseen people", fill=_fill_speech
    )
    chosen.add_parser(
        "closures", help="what the motion shows of m/b/p, f/v, vowels and pauses", fill=_fill_closures
    )


def _fill_expression(parser: Parser) -> None:
    expression = load_for(".core.evaluation.expression", "train")
    parser.description = expression.__doc__
    expression.add_arguments(parser)
    parser.set_defaults(run=expression.run)


def _fill_speech(parser: Parser) -> None:
    speech = load_for(".core.evaluation.speech", "train")
    parser.description = speech.__doc__
    speech.add_arguments(parser)
    parser.set_defaults(run=speech.run)


def _fill_closures(parser: Parser) -> None:
    closures = load_for(".core.evaluation.closures", "train")
    parser.description = closures.__doc__
    closures.add_arguments(parser)
    parser.set_defaults(run=closures.run)
