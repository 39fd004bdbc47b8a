# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that arguments of several commands take, as argparse's `type`."""

import argparse


def at_least_one(text: str) -> int:
    """A whole number of 1 or more.

    Raises:
        argparse.ArgumentTypeError: it is none.
    """
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number of 1 or more, got '{text}'")
    return number
