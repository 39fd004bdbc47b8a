# SPDX-License-Identifier: GPL-3.0-or-later
"""Parsers that import a subcommand only when it is chosen, and the arguments that subcommands share."""

import argparse
import os
import sys
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any, NoReturn

from ..core.errors import InputError


class Parser(argparse.ArgumentParser):
    """An ArgumentParser whose arguments may be added late and whose errors are InputError.

    Args:
        fill: adds this parser's arguments; called when the parser is first used, so that `soliloquy animate`
            never imports what only `soliloquy train` needs.
    """

    def __init__(self, *args: Any, fill: Callable[["Parser"], None] | None = None, **kwargs: Any) -> None:
        kwargs.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        # An abbreviation that works today would change its meaning when an option is added.
        kwargs.setdefault("allow_abbrev", False)
        super().__init__(*args, **kwargs)
        self._fill = fill

    def parse_known_args(  # pyright: ignore[reportIncompatibleMethodOverride] (overloaded there)
        self, args: Any = None, namespace: Any = None
    ) -> tuple[Any, list[str]]:
        """Add the arguments, then parse; argparse comes through here for subcommands too."""
        fill, self._fill = self._fill, None
        if fill is not None:
            fill(self)
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        """One line instead of argparse's usage text."""
        raise InputError(f"{message} ('{self.prog} --help' explains)")


def load_for(module: str, extra: str) -> ModuleType:
    """Import a module of the package that needs the libraries of an extra.

    Args:
        module: name relative to the package, such as '.core.training.expnet'.
        extra: the extra that brings its libraries.

    Raises:
        InputError: a library is not installed.
    """
    package = (__package__ or "").rpartition(".")[0]
    try:
        return import_module(module, package)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith(package):
            raise
        raise InputError(
            f"This command needs the library '{error.name}': run 'pip install soliloquy[{extra}]'."
        ) from error


def progress_bar(unit: str) -> Callable[[float], None] | None:
    """A callback that shows a fraction 0..1 as a bar, or None when nobody is watching.

    Args:
        unit: what is being made, shown before the bar.
    """
    if not sys.stderr.isatty():
        return None
    from tqdm import tqdm

    # A stream of its own, because the terminal is kept from Blender while it renders.
    stream = os.fdopen(os.dup(sys.stderr.fileno()), "w")
    bar = tqdm(
        total=100,
        desc=unit,
        bar_format="{desc} {percentage:3.0f}%|{bar}| {elapsed}<{remaining}",
        leave=False,
        file=stream,
    )

    def show(fraction: float) -> None:
        bar.update(100.0 * fraction - bar.n)
        if fraction >= 1.0:
            bar.close()
            stream.close()

    return show


def filled_from(module: str, extra: str) -> Callable[["Parser"], None]:
    """What fills a subcommand's parser from a module with a docstring, `add_arguments` and `run`.

    The module is imported only when its subcommand is used. Arguments as of `load_for`.
    """

    def fill(parser: Parser) -> None:
        loaded = load_for(module, extra)
        parser.description = loaded.__doc__
        loaded.add_arguments(parser)
        parser.set_defaults(run=loaded.run)

    return fill
