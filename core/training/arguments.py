# SPDX-License-Identifier: GPL-3.0-or-later
"""Arguments that several trainings share."""

import argparse
from pathlib import Path


def add_capture_arguments(parser: argparse.ArgumentParser) -> None:
    """Add where the data sets are, and which captured faces are learnt from."""
    parser.add_argument(
        "--data", type=Path, default=Path("."), metavar="FOLDER", help="folder of the data sets"
    )
    parser.add_argument(
        "--sets",
        nargs="+",
        default=["grid", "facegood"],
        metavar="SET",
        help="grid, facegood, or folders of your own recordings (default: grid facegood)",
    )
