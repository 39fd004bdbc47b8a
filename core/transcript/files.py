# SPDX-License-Identifier: GPL-3.0-or-later
"""Transcripts from files: plain text, SubRip and WebVTT subtitles, TextGrid, word times as CSV or JSON."""

import html
import re
from pathlib import Path
from typing import Final

from ..errors import InputError
from ..textgrid import Tier, parse_textgrid
from .directions import without_directions
from .text import WORD_SLACK, Segment, Transcript
from .word_times import parse_csv, parse_json

SUFFIXES: Final = (".txt", ".srt", ".vtt", ".TextGrid", ".csv", ".json")
"""Endings of files that `read_transcript` knows."""

_CLOCK: Final = r"(?:(\d+):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
_CUE: Final = re.compile(rf"^\s*{_CLOCK}\s*-->\s*{_CLOCK}.*$", re.MULTILINE)
_TAG: Final = re.compile(r"</?[a-zA-Z0-9][^<>]*>|\{\\[^}]*\}")
_SOUND: Final = re.compile(r"\([^)]*\)|[♪♫][^♪♫]*[♪♫]|[♪♫]")
_SPEAKER: Final = re.compile(
    r"^\s*(?:-\s*|>>\s*)?(?P<directions>(?:\[[^\[\]]*\]\s*)*)(?:-\s*|>>\s*)?"
    r"(?:[A-Z][A-Z .'0-9]+(?P<how>(?:\[[^\[\]]*\]\s*)*):\s*)?"
)
_WORD_TIERS: Final = ("words", "word", "wrd", "ort-mau", "ort")
_TEXT_TIERS: Final = (
    "transcript",
    "transcription",
    "utterance",
    "utterances",
    "sentence",
    "sentences",
    "text",
)
_SILENT_LABELS: Final = frozenset({"", "sil", "sp", "<sil>", "<eps>", "<p:>", "silence", "pause", "#"})


def read_transcript(path: Path) -> Transcript:
    """Read a transcript; the file's ending says which kind it is.

    Raises:
        InputError: missing, unreadable, not of its kind, or without a word.
    """
    path = Path(path)
    name = f"The transcript '{path}'"
    readers = {
        ".txt": lambda text: Transcript.from_text(text),
        ".srt": lambda text: _subtitles(text, name),
        ".vtt": lambda text: _subtitles(text, name),
        ".textgrid": lambda text: _from_tiers(parse_textgrid(text, name), name),
        ".csv": lambda text: parse_csv(text, name),
        ".tsv": lambda text: parse_csv(text, name),
        ".json": lambda text: parse_json(text, name),
    }
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise InputError(
            f"{name} has the unknown ending '{path.suffix}': "
            f"use {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}."
        )
    transcript = reader(_decoded(path, name))
    if not any(letter.isalnum() for letter in without_directions(transcript.text)):
        raise InputError(f"{name} has no words: write down what is said.")
    return transcript


def _decoded(path: Path, name: str) -> str:
    """A file's text: UTF-8, UTF-16 with its mark as Praat writes it, or old Western subtitles."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"Cannot read {name[0].lower()}{name[1:]}: {error.strerror or error}.") from error
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", *(["cp1252"] if path.suffix.lower() in {".srt", ".txt", ".csv"} else [])]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text.replace("\r\n", "\n").replace("\r", "\n")
    raise InputError(f"{name} is not text: save it as UTF-8.")


def _subtitles(text: str, name: str) -> Transcript:
    """SubRip and WebVTT: a line of times, then lines of text up to an empty one."""
    cues = list(_CUE.finditer(text))
    if not cues:
        raise InputError(
            f"{name} has no subtitles: expected lines such as 00:00:01,000 --> 00:00:02,500, then the text."
        )
    segments = []
    for cue in cues:
        start, end = _seconds(cue.groups()[:4]), _seconds(cue.groups()[4:])
        if end < start:
            raise InputError(f"{name} has a subtitle that ends before it starts: '{cue.group().strip()}'.")
        lines = text[cue.end() :].lstrip(" \t").removeprefix("\n").partition("\n\n")[0]
        following = _CUE.search(lines)
        if following:
            # No empty line before the next times: its number is not text either.
            lines = re.sub(r"\n?\d+\s*$", "", lines[: following.start()])
        spoken = " ".join(_spoken(line) for line in lines.splitlines()).strip()
        if spoken:
            segments.append(Segment(spoken, start, end))
    segments.sort(key=lambda segment: segment.start or 0.0)
    return Transcript(tuple(segments))


def _spoken(line: str) -> str:
    """A line of a subtitle without markup, sounds in round brackets and who speaks; what stands in square
    ones is not said either, but may tell how."""
    return _SPEAKER.sub(r"\g<directions>\g<how>", _SOUND.sub(" ", html.unescape(_TAG.sub("", line))))


def _seconds(clock: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, fraction = clock
    whole = int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
    return whole + int(fraction or 0) / 10 ** len(fraction or "0")


def _from_tiers(tiers: list[Tier], name: str) -> Transcript:
    """The tier of words, else one of sentences."""
    by_name = {tier.name.lower().strip().split(" - ")[-1]: tier for tier in tiers}
    words = next((by_name[wanted] for wanted in _WORD_TIERS if wanted in by_name), None)
    tier = words or next((by_name[wanted] for wanted in _TEXT_TIERS if wanted in by_name), None)
    if tier is None and len(tiers) == 1:
        tier = tiers[0]
    if tier is None:
        names = ", ".join(f"'{tier.name}'" for tier in tiers) or "none"
        raise InputError(f"{name} has no tier 'words' or 'transcript' (its tiers: {names}): rename one.")
    segments = tuple(
        Segment(interval.text, interval.start, interval.end)
        for interval in tier.intervals
        if interval.text.strip().lower() not in _SILENT_LABELS
    )
    return Transcript(segments, WORD_SLACK) if words else Transcript(segments)
