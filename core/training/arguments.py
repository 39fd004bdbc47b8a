# SPDX-License-Identifier: GPL-3.0-or-later
"""Arguments that several trainings share."""

import argparse
from collections.abc import Sequence
from pathlib import Path


def add_capture_arguments(
    parser: argparse.ArgumentParser, sets: Sequence[str] = ("grid", "facegood")
) -> None:
    """Add where the data sets are, and which captured faces are learnt from."""
    parser.add_argument(
        "--data", type=Path, default=Path("."), metavar="FOLDER", help="folder of the data sets"
    )
    parser.add_argument(
        "--sets",
        nargs="+",
        default=list(sets),
        metavar="SET",
        help="grid, facegood, or folders of your own recordings (default: %(default)s)",
    )
