# SPDX-License-Identifier: GPL-3.0-or-later
"""How well transcripts are aligned with the speech of people that the encoder was not trained on.

  soliloquy evaluate alignment --data FOLDER

The written text of each clip is aligned as `soliloquy animate --transcript` does it. Of the words that were
said: the share heard (not reported as unspoken), the share whose start lies within 20, 50 and 100 ms of the
label, and the median error of those heard. Of the phones: the share whose middle lies in the labelled phone
of the same name, and recall and precision of m, b, p (40 ms). "x real" is speed from sound to phone track.

Then transcripts that are wrong, made from the same texts by seeded rules:
  too many   at one place in twelve, one to three words in a row of another clip's text are put in;
             "caught": reported as not heard; "false": share of such reports that are wrong
  missing    at one word in twelve, one to three words are taken out; "caught": no other word lies on them
  misspelt   one letter of one word in eight is wrong (of four letters or more): the words beside it;
             "caught": misspelt words within 100 ms
  (the same) these neighbours and words with the right spelling
  script     a speaker's name in front, a direction in brackets between two words; "caught": names and
             directions that no sound was given to
  another    the text of another clip; "caught": clips of which the report says so; "heard": words that were
             laid on the sound all the same. "as written", "caught": right transcripts of which it says so

Labels are the sets' own, made by a forced aligner; where a set has no times of words, those of its phones
that fit the words best.
"""

import argparse
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..argument_types import at_least_one
from ..audio import SAMPLE_RATE
from ..generate.speech import SPEECH_FPS, hear
from ..phones import BILABIALS
from ..runtime import Network, load_network
from ..transcript.align import AlignedTranscript, align_words
from .speech_events import Count, count_events, phone_events
from .transcribed import TranscribedClip, transcribed_clips
from .transcript_changes import (
    ChangedTranscript,
    as_a_script,
    as_written,
    with_misspelt_words,
    with_words_missing,
    with_words_too_many,
)

GROUPS: Final = {
    "real": ("librispeech", ""),
    "real, accent": ("speechocean", ""),
    "synthetic US": ("kokoro", "a"),
    "synthetic GB": ("kokoro", "b"),
}
"""Name in the table to set, and to what the names of the speakers begin with. All are held out."""
CASES: Final = ("as written", "too many", "missing", "misspelt", "(the same)", "script", "another")
_WITHIN: Final = (0.02, 0.05, 0.1)


@dataclass
class AlignmentCounts:
    """Sums over clips.

    Attributes:
        words: words that were said and stand in the transcript.
        errors: seconds between start and label of each of them that was heard.
        phones, phones_right: phones of the track, and those in the labelled phone of the same name.
        lips: m, b and p.
        changes, caught: what was wrong in the transcripts, and how much of it was noticed.
        reported, reported_wrongly: words that were called unspoken, and those that had been spoken.
        sound, spent: seconds.
    """

    words: int = 0
    errors: list[float] = field(default_factory=list)
    phones: int = 0
    phones_right: int = 0
    lips: Count = field(default_factory=Count)
    changes: int = 0
    caught: int = 0
    reported: int = 0
    reported_wrongly: int = 0
    sound: float = 0.0
    spent: float = 0.0

    def within(self, seconds: float) -> float:
        """Share of the words that start at most so far from the label."""
        return sum(abs(error) <= seconds for error in self.errors) / max(self.words, 1)

    def add_words(
        self,
        clip: TranscribedClip,
        changed: ChangedTranscript,
        aligned: AlignedTranscript,
        only: Collection[int] | None = None,
    ) -> None:
        """Count the words of a clip that stand in the transcript, or some of them by number."""
        for number, times in word_times(changed, aligned).items():
            if only is not None and number not in only:
                continue
            self.words += 1
            if times is None:
                self.reported_wrongly += 1
                self.reported += 1
            else:
                self.errors.append(times[0] - clip.words[number].start)

    def add_phones(self, clip: TranscribedClip, aligned: AlignedTranscript) -> None:
        """Count the phones of a clip."""
        found = aligned.track.spoken
        starts = np.array([phone.start for phone in clip.phones])
        for phone in found:
            middle = (phone.start + phone.end) / 2
            label = clip.phones[max(0, int(np.searchsorted(starts, middle, side="right")) - 1)]
            self.phones_right += label.name == phone.name and label.start <= middle < label.end
        self.phones += len(found)
        count_events(phone_events(found, BILABIALS), phone_events(clip.phones, BILABIALS), self.lips)


def word_times(
    changed: ChangedTranscript, aligned: AlignedTranscript
) -> dict[int, tuple[float, float] | None]:
    """Of each spoken word that stands in the transcript, when it was found.

    Words that are read as several, such as those with hyphens, are left out.
    """
    return {
        said: times
        for written, times in _units(changed, aligned)
        if (said := changed.said[written]) is not None
    }


def _units(
    changed: ChangedTranscript, aligned: AlignedTranscript
) -> Iterator[tuple[int, tuple[float, float] | None]]:
    """Number of a word of the transcript and when it was found, where both are one word."""
    ours, theirs = [_bare(word) for word in changed.written], [_bare(word) for word in aligned.written]
    for block in SequenceMatcher(None, ours, theirs, autojunk=False).get_matching_blocks():
        for place in range(block.size):
            yield block.a + place, aligned.times[block.b + place]


def _bare(word: str) -> str:
    return "".join(letter for letter in word.lower() if letter.isalnum())


@dataclass(frozen=True)
class HeardClip:
    """A clip, the phones (F, 40) that the encoder heard in it, and the seconds that it took."""

    clip: TranscribedClip
    posteriors: NDArray[np.floating]
    spent: float = 0.0

    def aligned(self, text: str) -> AlignedTranscript:
        """The clip with a transcript."""
        duration = len(self.clip.samples) / SAMPLE_RATE
        return align_words(self.posteriors, SPEECH_FPS, text, duration=duration)


def evaluate(heard: Sequence[HeardClip], *, seed: int = 0) -> Iterator[tuple[str, AlignmentCounts]]:
    """Counts of each of `CASES`, in order.

    Args:
        heard: clips of one group of people, two at least.
        seed: of the wrong transcripts.
    """
    texts = [[word.text for word in each.clip.words] for each in heard]
    yield CASES[0], _written(heard)

    def changes(case: int, change: Callable[[int, np.random.Generator], ChangedTranscript]):
        for number, each in enumerate(heard):
            changed = change(number, np.random.default_rng([seed, case, number]))
            yield each, changed, each.aligned(changed.text)

    counts = AlignmentCounts()
    for each, changed, aligned in changes(
        1, lambda n, random: with_words_too_many(texts[n], texts[:n] + texts[n + 1 :], random)
    ):
        _count(counts, each, changed, aligned)
        added = [times for written, times in _units(changed, aligned) if changed.said[written] is None]
        counts.changes += len(added)
        counts.caught += added.count(None)
        counts.reported += added.count(None)
    yield CASES[1], counts

    counts = AlignmentCounts()
    for each, changed, aligned in changes(2, lambda n, random: with_words_missing(texts[n], random)):
        _count(counts, each, changed, aligned)
        counts.changes += len(changed.changed)
        counts.caught += sum(not _is_covered(each.clip, number, aligned) for number in changed.changed)
    yield CASES[2], counts

    wrong, right = AlignmentCounts(), AlignmentCounts()
    for each, changed, aligned in changes(3, lambda n, random: with_misspelt_words(texts[n], random)):
        beside = {n + by for n in changed.changed for by in (-1, 1)} - changed.changed
        plain = as_written([word.text for word in each.clip.words])
        for counts, version, found in (
            (wrong, changed, aligned),
            (right, plain, each.aligned(plain.text)),
        ):
            counts.add_words(each.clip, version, found, beside)
            counts.add_phones(each.clip, found)
            times = word_times(version, found)
            for number in changed.changed & times.keys():
                start = times[number]
                counts.changes += 1
                counts.caught += start is not None and abs(start[0] - each.clip.words[number].start) <= 0.1
    yield CASES[3], wrong
    yield CASES[4], right

    counts = AlignmentCounts()
    for each, changed, aligned in changes(5, lambda n, random: as_a_script(texts[n], random)):
        _count(counts, each, changed, aligned)
        asides = [times for written, times in _units(changed, aligned) if changed.said[written] is None]
        counts.changes += len(asides)
        counts.caught += asides.count(None)
    yield CASES[5], counts
    yield CASES[6], _another(heard)


def hear_clip(network: Network, clip: TranscribedClip) -> HeardClip:
    """Send a clip through the speech encoder."""
    start = time.process_time()
    posteriors = np.concatenate([part.phones for part in hear(network, [clip.samples])])
    return HeardClip(clip, posteriors, time.process_time() - start)


def _written(heard: Sequence[HeardClip]) -> AlignmentCounts:
    counts = AlignmentCounts()
    for each in heard:
        changed = as_written([word.text for word in each.clip.words])
        start = time.process_time()
        aligned = each.aligned(changed.text)
        counts.spent += each.spent + time.process_time() - start
        counts.sound += len(each.clip.samples) / SAMPLE_RATE
        _count(counts, each, changed, aligned)
        counts.changes += 1
        counts.caught += says_another_text(aligned)
    return counts


def _another(heard: Sequence[HeardClip]) -> AlignmentCounts:
    counts = AlignmentCounts()
    for number, each in enumerate(heard):
        words = heard[(number + 1) % len(heard)].clip.words
        aligned = each.aligned(" ".join(word.text for word in words))
        counts.words += len(aligned.times)
        counts.errors += [times[0] for times in aligned.times if times is not None]
        counts.changes += 1
        counts.caught += says_another_text(aligned)
    return counts


def says_another_text(aligned: AlignedTranscript) -> bool:
    """Whether the notes say that the transcript is not of this sound."""
    return any(note.startswith("The transcript is not of this sound") for note in aligned.track.notes)


def _count(
    counts: AlignmentCounts, each: HeardClip, changed: ChangedTranscript, aligned: AlignedTranscript
) -> None:
    counts.add_words(each.clip, changed, aligned)
    counts.add_phones(each.clip, aligned)


def _is_covered(clip: TranscribedClip, number: int, aligned: AlignedTranscript) -> bool:
    """Whether the middle of a spoken word lies in a word of the track."""
    middle = (clip.words[number].start + clip.words[number].end) / 2
    return any(word.start <= middle < word.end for word in aligned.track.words)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `soliloquy evaluate alignment`."""
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER", help="folder of the sets")
    parser.add_argument("--encoder", default="speech_encoder", help="speech_encoder, or an .onnx file")
    parser.add_argument("--clips", type=at_least_one, default=60, help="of each group, at most (default: 60)")
    parser.add_argument("--seed", type=int, default=0, help="of the wrong transcripts (default: 0)")


def run(args: argparse.Namespace) -> int:
    """Carry out `soliloquy evaluate alignment`."""
    network = load_network(args.encoder, providers=["cpu"])
    names = ("words", "heard", "20 ms", "50 ms", "100 ms", "median", "phones", "m/b/p", "caught", "false")
    widths = (7, 7, 7, 7, 7, 8, 8, 15, 8, 7)
    head = "".join(f"{name:>{width}}" for name, width in zip(names, widths, strict=True))
    print(f"{'':28}{head}{'x real':>8}", flush=True)
    for group, (name, speakers) in GROUPS.items():
        if not (args.data / name).is_dir():
            continue
        clips = transcribed_clips(args.data / name, "val", args.clips, speakers)
        if len(clips) < 2:
            continue
        for case, counts in evaluate([hear_clip(network, clip) for clip in clips], seed=args.seed):
            cells = "".join(f"{cell:>{width}}" for cell, width in zip(_cells(counts), widths, strict=True))
            speed = f"{counts.sound / counts.spent:8.0f}" if counts.spent else ""
            print(f"{group:16}{case:12}{cells}{speed}", flush=True)
    return 0


def _cells(counts: AlignmentCounts) -> list[str]:
    """Figures of a line of the table; a dash for those that the case does not have."""
    timed = counts.phones > 0
    lips = f"{counts.lips.recall:.3f} / {counts.lips.precision:.3f}"
    return [
        f"{counts.words}",
        _share(len(counts.errors), counts.words),
        *(f"{counts.within(seconds):.3f}" if timed else "-" for seconds in _WITHIN),
        f"{1000 * float(np.median(np.abs(counts.errors))):.0f} ms" if timed and counts.errors else "-",
        _share(counts.phones_right, counts.phones),
        lips if timed else "-",
        _share(counts.caught, counts.changes),
        _share(counts.reported_wrongly, counts.reported),
    ]


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.3f}" if whole else "-"
