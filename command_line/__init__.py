# SPDX-License-Identifier: GPL-3.0-or-later
"""The `soliloquy` command: one file per subcommand, each with `add_arguments(parser)` and `run(args)`."""

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final

from ..core.errors import Cancelled, SoliloquyError
from .parser import Parser

DESCRIPTION: Final = """\
Soliloquy makes heads speak: it turns recorded speech into facial animation (52 ARKit weights).

  soliloquy animate speech.wav --out speech.csv --fps 60
"""

SUBCOMMANDS: Final = {
    "animate": "animate one sound: a Live Link Face CSV or an .npz of every field",
    "batch": "animate many sounds listed in a manifest, in one process",
    "style": "read how somebody speaks from a performance, as a style to speak in",
    "demo": "make a film of the built-in head talking, with a contact sheet (needs bpy)",
    "seeds": "make a film of the built-in head with several seeds side by side (needs bpy)",
    "emotions": "make pictures of every emotion, and a film of several side by side (needs bpy)",
    "bench": "measure speed and memory from sound to motion",
    "evaluate": "measure how near the motion comes to captured faces",
    "train": "build the head's data or train a network",
}
"""Name and one-line help of each subcommand; its module, of the same name, is imported only when chosen."""

EXIT_BAD_INPUT: Final = 2
EXIT_INTERRUPTED: Final = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    0 success, 1 some rows of a batch failed, 2 unusable input (one line on stderr), 130 interrupted.
    """
    try:
        args = build_parser().parse_args(argv)
        return args.run(args)
    except SystemExit as stop:  # argparse, after --help
        return int(stop.code or 0)
    except (KeyboardInterrupt, Cancelled):
        print("soliloquy: interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED
    except SoliloquyError as error:
        print(f"soliloquy: error: {' '.join(str(error).split())}", file=sys.stderr)
        return EXIT_BAD_INPUT


def build_parser() -> Parser:
    """The parser of the whole command; a subcommand's arguments are added when it is reached."""
    parser = Parser(prog="soliloquy", description=DESCRIPTION)
    parser.add_argument("--version", action="version", version=f"soliloquy {_version()}")
    chosen = parser.add_subparsers(title="commands", dest="command", metavar="COMMAND", required=True)
    for name, text in SUBCOMMANDS.items():
        chosen.add_parser(name, help=text, fill=lambda inner, name=name: _fill(inner, name))
    return parser


def _fill(parser: Parser, name: str) -> None:
    module = import_module(f".{name}", __package__)
    parser.description = module.__doc__
    module.add_arguments(parser)
    if hasattr(module, "run"):
        parser.set_defaults(run=module.run)


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("soliloquy")
    except PackageNotFoundError:
        return "(not installed)"
