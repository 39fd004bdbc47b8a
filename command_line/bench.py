# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure speed and memory: realtime factor, CPU seconds and peak memory, end to end and by stage."""

import argparse

from .parser import load_for


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `soliloquy bench`, which are the benchmark's own."""
    bench = load_for(".core.evaluation.bench", "cpu")
    bench.add_arguments(parser)
    parser.set_defaults(run=bench.run)
