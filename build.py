# SPDX-License-Identifier: GPL-3.0-or-later
"""Make and check the Blender extension: one zip for each Blender platform and Python ABI.

  python build.py                                      all of them, into dist/
  python build.py --host                               those for this machine
  python build.py --platform linux-x64 --python-tag cp311
  python build.py --cuda --platform windows-x64        with onnxruntime-gpu
  python build.py --table                              which there are, for whom, how large
  python build.py --check [ZIP...]                     check zips (all in dist/) without building

The same sources give the same zip, byte for byte. Wheels are pinned in release/wheels.toml and kept in
.cache/wheels.
Exit status: 0, 1 when a check fails, 2 when a zip cannot be made.
"""

import argparse
import platform
import sys
from collections.abc import Sequence
from pathlib import Path

from release import archive, blender_validator, cuda
from release.check import check
from release.errors import ReleaseError
from release.paths import ROOT
from release.table import table
from release.wheels import Pins, fetch, load_pins

NOT_RUN = (
    "Blender's own validator: NOT RUN, there is no Blender here. Name one with --blender, or install the "
    "bpy module into this Python."
)


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the arguments say; the exit status."""
    pins = load_pins()
    args = parse(argv, pins)
    try:
        if args.table:
            print(table(pins))
            return 0
        validator = blender_validator.find_validator(args.blender)
        if args.check:
            zips = args.zips or sorted(args.out.glob("soliloquy-*.zip"))
            if not zips:
                raise ReleaseError(f"No zip in {args.out}: name one, or build first.")
            failed = [path for path in zips if not passes(path, pins, validator)]
            print(f"{len(zips) - len(failed)} of {len(zips)} zips are in order")
            if validator is None:
                print(NOT_RUN, file=sys.stderr)
            return 1 if failed or validator is None else 0
        failed = build(args, pins, validator)
    except ReleaseError as error:
        print(f"build.py: error: {error}", file=sys.stderr)
        return 2
    if validator is None:
        print(NOT_RUN, file=sys.stderr)
    return 1 if failed else 0


def build(args: argparse.Namespace, pins: Pins, validator: list[str] | None) -> list[Path]:
    """Build what was asked for and check each; the zips that failed."""
    platforms = [host()] if args.host else args.platform
    failed = []
    for entry in pins.choose(platforms, args.python_tag, cuda=args.cuda):
        path = archive.build(args.out, entry, cuda=args.cuda)
        print(f"{path}  {path.stat().st_size / 1e6:.1f} MB")
        if args.cuda and entry.cuda_wheel:
            print(cuda.describe(entry, fetch(entry.cuda_wheel)))
        if not passes(path, pins, validator, quiet=True):
            failed.append(path)
    return failed


def passes(path: Path, pins: Pins, validator: list[str] | None, *, quiet: bool = False) -> bool:
    """Check one zip and print what is wrong."""
    wrong = check(path, pins)
    if validator and path.is_file():
        wrong += blender_validator.validate(validator, path)
    for line in wrong:
        print(f"{path.name}: {line}", file=sys.stderr)
    if not wrong and not quiet:
        print(f"{path.name}: in order, {path.stat().st_size / 1e6:.1f} MB")
    return not wrong


def host() -> str:
    """This machine's platform in Blender's words, such as 'linux-x64'."""
    system = platform.system().lower().replace("darwin", "macos")
    machine = platform.machine().lower()
    machine = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64"}.get(machine, machine)
    return f"{system}-{machine}"


def parse(argv: Sequence[str] | None, pins: Pins) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="build.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=ROOT / "dist", metavar="FOLDER", help="default: dist")
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--platform", action="append", choices=pins.platforms, help="may be repeated; default: all"
    )
    which.add_argument("--host", action="store_true", help="this machine's platform")
    parser.add_argument(
        "--python-tag", action="append", choices=pins.python_tags, help="ABI, may be repeated; default: all"
    )
    parser.add_argument(
        "--cuda", action="store_true", help="with onnxruntime-gpu, where there is a wheel of it"
    )
    parser.add_argument("--table", action="store_true", help="print the table of zips and build nothing")
    parser.add_argument("--check", action="store_true", help="check zips and build nothing")
    parser.add_argument(
        "zips", nargs="*", type=Path, metavar="ZIP", help="with --check: what to check; default: all in --out"
    )
    parser.add_argument(
        "--blender", metavar="PATH", help="the Blender (or its blender_ext.py) that validates; default: found"
    )
    args = parser.parse_args(argv)
    if args.zips and not args.check:
        parser.error(f"'{args.zips[0]}' is given without --check: say --check, or leave it out.")
    return args


if __name__ == "__main__":
    sys.exit(main())
