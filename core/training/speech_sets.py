# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets of speech for the speech encoder: who speaks, in which split, and when which phone is spoken.

A set is a folder with `index.jsonl` (one clip a line: file, start_sample, n_samples, ...), sound files and,
where the phones are known, `phones.npz` (phone_names, offsets, phone, start_ms, end_ms).
"""

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..audio import SAMPLE_RATE
from ..errors import InputError
from ..motion import Phone

LABELLED: Final = ("librispeech", "speechocean", "kokoro", "kathleen", "grid_s1")
"""Sets with timed phones."""
UNLABELLED: Final = ("picovoice_commands", "kerstin_de")
SYNTHETIC: Final = frozenset({"kokoro"})

HELD_OUT_VOICES: Final = frozenset({"af_sky", "am_liam", "bf_emma", "bm_daniel"})
"""Synthetic voices kept from training; the other sets mark their own speakers."""


@dataclass(frozen=True)
class ClipLabel:
    """What is known of a clip.

    Attributes:
        name: set and clip.
        dataset: the set.
        speaker: who speaks; unknown ones of a set count as one.
        split: "train"; "val", of people nobody trains on; "seen", kept aside but of a trained speaker;
            or "" for clips to leave out.
        count: samples at 16 kHz.
        phones: timed phones without silence, in order; None when unknown.
    """

    name: str
    dataset: str
    speaker: str
    split: str
    count: int
    phones: tuple[Phone, ...] | None


@dataclass(frozen=True)
class _Place:
    file: str
    start: int


class SpeechSet:
    """A set on disk; iterating decodes each sound file once."""

    def __init__(self, folder: Path) -> None:
        """Read the index of a set.

        Raises:
            InputError: the folder is not a set.
        """
        index = folder / "index.jsonl"
        if not index.is_file():
            raise InputError(f"'{folder}' is no set of speech: it has no index.jsonl.")
        rows = [json.loads(line) for line in index.read_text(encoding="utf-8").splitlines()]
        phones = _read_phones(folder / "phones.npz", len(rows))
        self.folder = folder
        self.name = folder.name
        self.labels = tuple(
            _label(self.name, number, row, phones[number] if phones else None)
            for number, row in enumerate(rows)
        )
        self._places = [_Place(row["file"], row["start_sample"]) for row in rows]

    def __len__(self) -> int:
        return len(self.labels)

    def sound(self, number: int) -> NDArray[np.float32]:
        """Samples (n,) float32 at 16 kHz of one clip, without decoding the rest of its file.

        A decoder that begins there gives other values than `sounds`, by 0.3 % of full scale at most.
        """
        import soundfile

        place = self._places[number]
        samples, rate = soundfile.read(
            self.folder / place.file, self.labels[number].count, place.start, dtype="float32"
        )
        if rate != SAMPLE_RATE:
            raise InputError(f"'{self.folder / place.file}' has {rate} samples a second, expected 16000.")
        return np.asarray(samples, np.float32)

    def sounds(self) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """Number of each clip and its samples (n,) float32 at 16 kHz, file by file."""
        import soundfile

        files = sorted({place.file for place in self._places})
        for file in files:
            whole, rate = soundfile.read(self.folder / file, dtype="float32")
            if rate != SAMPLE_RATE:
                raise InputError(f"'{self.folder / file}' has {rate} samples a second, expected 16000.")
            for number, place in enumerate(self._places):
                if place.file == file:
                    part = whole[place.start : place.start + self.labels[number].count]
                    yield number, np.asarray(part, np.float32)


def _label(dataset: str, number: int, row: dict[str, Any], phones: tuple[Phone, ...] | None) -> ClipLabel:
    speaker, split = str(row.get("speaker", dataset)), str(row.get("split", "train"))
    if dataset == "kokoro":
        voices = {row["voice"], row["voice2"]} if row["mix"] < 1 else {row["voice"]}
        speaker = row["voice"]
        split = "val" if voices <= HELD_OUT_VOICES else "" if voices & HELD_OUT_VOICES else "train"
    elif dataset in {"kathleen", "grid_s1"}:
        # One speaker each. Kathleen read some prompts several times: a whole prompt is kept aside.
        key = int(row["prompt"][-4:]) if "prompt" in row else number
        split = "seen" if key % 20 == 10 else "train"
    return ClipLabel(f"{dataset}/{row['id']}", dataset, speaker, split, row["n_samples"], phones)


def _read_phones(path: Path, clips: int) -> list[tuple[Phone, ...]] | None:
    if not path.is_file():
        return None
    with np.load(path) as table:
        names = [str(name) for name in table["phone_names"]]
        offsets, codes = table["offsets"], table["phone"]
        starts, ends = table["start_ms"].tolist(), table["end_ms"].tolist()
    if len(offsets) != clips + 1:
        raise InputError(f"'{path}' is of {len(offsets) - 1} clips, expected {clips} as in its index.jsonl.")
    return [
        tuple(
            Phone(names[codes[i]], starts[i] / 1000, ends[i] / 1000)
            for i in range(first, last)
            if names[codes[i]] != "SIL"
        )
        for first, last in itertools.pairwise(offsets)
    ]
