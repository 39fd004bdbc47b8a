# SPDX-License-Identifier: GPL-3.0-or-later
"""A teacher for the speech encoder: a reader of another encoder's features, its labels and its posteriors.

The reader learns our phones from the labelled sets, can align the labels anew (a net that has heard all
speakers errs less than the aligner that made them), and says what is spoken in every clip, labelled or not.

Shape letters: T teacher frames, F frames of the reader (83.3 a second), C mel columns.
"""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from ..audio import SAMPLE_RATE
from ..audio.mel import HOP
from ..models.speech_teacher import READER_REACH, TeacherReader
from ..motion import Phone
from ..phone_alignment import align_phones
from ..phones import ARTICULATIONS, PHONE_INDEX, PHONES, SILENCE_PHONE, articulation, phone_labels
from .speech_cache import TEACHER_FIRST, TEACHER_HOP, TeacherView, cached_teacher
from .speech_sets import ClipLabel, SpeechSet

_log = logging.getLogger(__name__)

READ_SIZE: Final = len(PHONES) + len(ARTICULATIONS) + 1
"""Phones, articulation and voice activity, all as probabilities, in one row."""
_FRAME_HOP: Final = TEACHER_HOP / 2
_EXCERPT: Final = 240
_BATCH: Final = 24
_STEPS_A_LINE: Final = 100
_LONGEST_MOVE: Final = 0.08
"""Seconds by which a boundary may move before the clip's label is taken for wrong."""


@dataclass(frozen=True)
class ReaderExample:
    """A labelled clip: features (T, 288), phone codes (F,) and articulation (F, 6) at the reader's frames."""

    features: NDArray[np.float16]
    phones: NDArray[np.int64]
    articulation: NDArray[np.float32]
    weight: float


def reader_times(count: int) -> NDArray[np.float64]:
    """Seconds of the reader's frames for `count` teacher frames, shape (2 count,)."""
    return (TEACHER_FIRST - TEACHER_HOP / 4 + _FRAME_HOP * np.arange(2 * count)) / SAMPLE_RATE


def reader_examples(spoken: SpeechSet, view: TeacherView, split: str, weight: float) -> list[ReaderExample]:
    """Labelled clips of one split of a set."""
    examples = []
    for number, label in enumerate(spoken.labels):
        features = view.clip(number)
        if label.split == split and label.phones and len(features) > 2 * READER_REACH:
            times = reader_times(len(features))
            examples.append(
                ReaderExample(
                    features, phone_labels(label.phones, times), articulation(label.phones, times), weight
                )
            )
    return examples


def train_reader(
    training: Sequence[ReaderExample],
    validation: dict[str, list[ReaderExample]],
    steps: int,
    seed: int,
    *,
    start: TeacherReader | None = None,
) -> TeacherReader:
    """Train a reader, or go on with one, and log its frame accuracy on each validation set."""
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    reader = start or TeacherReader()
    if start is None:
        sample = np.concatenate([example.features[::20] for example in training]).astype(np.float32)
        reader.mean.copy_(torch.from_numpy(sample.mean(axis=0)))
        reader.scale.copy_(torch.from_numpy(sample.std(axis=0) + 1e-3))
    lengths = np.array([len(example.features) * example.weight for example in training], np.float64)
    rate = 2e-3 if start is None else 1e-3
    optimiser = torch.optim.AdamW(reader.parameters(), rate, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps, pct_start=0.2)
    started, total = time.monotonic(), 0.0
    reader.train()
    for step in range(steps):
        chosen = random.choice(len(training), _BATCH, p=lengths / lengths.sum())
        features, phones, articulated = _batch([training[i] for i in chosen], random)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            output = reader(features)
        spoken = (phones != PHONE_INDEX[SILENCE_PHONE]).float()
        known = phones >= 0
        loss = (
            functional.cross_entropy(output.phones.float().flatten(0, 1), phones.flatten(), ignore_index=-1)
            + functional.binary_cross_entropy_with_logits(
                output.articulation.float()[known], articulated[known]
            )
            + 0.5
            * functional.binary_cross_entropy_with_logits(output.voice.float()[..., 0][known], spoken[known])
        )
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(reader.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        total += float(loss.detach())
        if (step + 1) % _STEPS_A_LINE == 0 or step + 1 == steps:
            _log.info(
                "reader %d/%d %.0f s | loss %.3f",
                step + 1,
                steps,
                time.monotonic() - started,
                total / (step % _STEPS_A_LINE + 1),
            )
            total = 0.0
    reader.eval()
    for name, examples in validation.items():
        _log.info("reader: %s %.3f of the frames right", name, _accuracy(reader, examples))
    return reader.eval()


def read(reader: TeacherReader, features: NDArray[np.floating]) -> NDArray[np.float32]:
    """Probabilities (2 T, 47) of a clip's features (T, 288)."""
    padded = np.pad(features.astype(np.float32), ((READER_REACH, READER_REACH), (0, 0)), mode="edge")
    with torch.no_grad():
        output = reader(torch.from_numpy(padded)[None])
    return torch.cat(
        [output.phones.softmax(-1), output.articulation.sigmoid(), output.voice.sigmoid()], dim=2
    )[0].numpy()


def at_columns(readings: NDArray[np.floating], columns: int) -> NDArray[np.float16]:
    """Readings (F, 47) at the clip's mel columns: (C, 47)."""
    position = (np.arange(columns) * HOP - TEACHER_FIRST + TEACHER_HOP / 4) / _FRAME_HOP
    position = position.clip(0, len(readings) - 1.001)
    left = position.astype(np.int64)
    share = (position - left)[:, None].astype(np.float32)
    return ((1 - share) * readings[left] + share * readings[left + 1]).astype(np.float16)


def realign(
    label: ClipLabel, readings: NDArray[np.floating], log_prior: NDArray[np.floating]
) -> tuple[tuple[Phone, ...], float]:
    """The clip's phones at their likeliest times, and the mean log likelihood ratio of their frames.

    Boundaries move at most 80 ms; a phone that would move further keeps its time. Confidence is
    the mean posterior of the phone's frames.
    """
    phones = label.phones or ()
    log_posterior = np.log(readings[:, : len(PHONES)].astype(np.float64) + 1e-4)
    if not phones or len(readings) < len(phones):
        return phones, -9.0
    found = align_phones(log_posterior - 0.5 * log_prior, [phone.name for phone in phones])
    # A frame stands for the time half a hop before and after its middle.
    edges = (
        TEACHER_FIRST - TEACHER_HOP / 4 + _FRAME_HOP * (np.arange(len(readings) + 1) - 0.5)
    ) / SAMPLE_RATE
    starts, ends = edges[found.starts], edges[found.ends]
    result, end = [], 0.0
    for number, phone in enumerate(phones):
        rows = log_posterior[found.starts[number] : found.ends[number], PHONE_INDEX[phone.name]]
        confidence = float(np.exp(rows.mean()))
        near = abs(starts[number] - phone.start) < _LONGEST_MOVE and (
            abs(ends[number] - phone.end) < _LONGEST_MOVE
        )
        first, last = (starts[number], ends[number]) if near else (phone.start, phone.end)
        first = max(first, end)
        end = max(last, first + 0.01)
        result.append(Phone(phone.name, float(first), float(end), confidence))
    return tuple(result), float(np.mean([phone.confidence for phone in result]))


def log_priors(labels: Sequence[ClipLabel]) -> NDArray[np.float64]:
    """Log share of the time that each of `PHONES` takes, (40,)."""
    seconds = np.full(len(PHONES), 1e-3)
    for label in labels:
        if label.phones:
            for phone in label.phones:
                seconds[PHONE_INDEX[phone.name]] += phone.end - phone.start
            spoken = sum(phone.end - phone.start for phone in label.phones)
            seconds[PHONE_INDEX[SILENCE_PHONE]] += max(0.0, label.count / SAMPLE_RATE - spoken)
    return np.log(seconds / seconds.sum())


def _batch(examples: list[ReaderExample], random: np.random.Generator) -> tuple[Tensor, Tensor, Tensor]:
    window = _EXCERPT + 2 * READER_REACH
    features = np.zeros((len(examples), window, examples[0].features.shape[1]), np.float32)
    phones = np.full((len(examples), 2 * _EXCERPT), -1, np.int64)
    articulated = np.zeros((len(examples), 2 * _EXCERPT, len(ARTICULATIONS)), np.float32)
    for row, example in enumerate(examples):
        length = len(example.features)
        first = int(random.integers(0, max(1, length - window + 1)))
        part = example.features[first : first + window]
        features[row] = np.pad(part, ((0, window - len(part)), (0, 0)), mode="edge")
        begin = 2 * (first + READER_REACH)
        count = min(2 * _EXCERPT, 2 * (length - first) - 2 * READER_REACH)
        if count > 0:
            phones[row, :count] = example.phones[begin : begin + count]
            articulated[row, :count] = example.articulation[begin : begin + count]
    return torch.from_numpy(features), torch.from_numpy(phones), torch.from_numpy(articulated)


def _accuracy(reader: TeacherReader, examples: Sequence[ReaderExample]) -> float:
    right = total = 0
    for example in examples:
        guess = read(reader, example.features)[:, : len(PHONES)].argmax(axis=1)
        right += int((guess == example.phones).sum())
        total += len(guess)
    return right / max(total, 1)


@dataclass(frozen=True)
class Lesson:
    """What the teacher has to say of a set: labels aligned anew, readings (columns, 47), its own features."""

    labels: tuple[ClipLabel, ...]
    readings: NDArray[np.float16]
    view: TeacherView


def taught_sets(
    sets: Sequence[SpeechSet], encoder: Path, cache: Path, seed: int, *, steps: int = 500, align: bool = True
) -> dict[str, Lesson]:
    """Train a reader, align the labels anew, and read every set; kept in the cache.

    Args:
        sets: labelled ones and others.
        encoder: the teacher's .onnx file.
        cache: folder.
        seed: of the reader.
        steps: of the reader's training.
        align: whether to align the labels anew, rather than to take them as they came.
    """
    labelled = [spoken for spoken in sets if any(label.phones for label in spoken.labels)]
    aligned, kept = cache / "aligned.npz", cache / "reader.pt"
    reader = TeacherReader()
    if not kept.is_file():
        views = {spoken.name: cached_teacher(spoken, encoder, cache) for spoken in labelled}
        reader = train_reader(*_examples(labelled, views), steps, seed)
        torch.save(reader.state_dict(), kept)
    reader.load_state_dict(torch.load(kept, weights_only=True))
    reader.eval()
    if align and not aligned.is_file():
        _write_labels(
            aligned,
            {
                spoken.name: _realigned(spoken, cached_teacher(spoken, encoder, cache), reader)
                for spoken in labelled
            },
        )
    new = _read_labels(aligned, labelled) if align else {}
    return {
        spoken.name: _lesson(spoken, reader, encoder, cache, new.get(spoken.name, spoken.labels))
        for spoken in sets
    }


def _lesson(
    spoken: SpeechSet, reader: TeacherReader, encoder: Path, cache: Path, labels: tuple[ClipLabel, ...]
) -> Lesson:
    view = cached_teacher(spoken, encoder, cache)
    path = cache / f"{spoken.name}.readings.npy"
    if not path.is_file():
        _log.info("reading %s", spoken.name)
        rows = [
            at_columns(read(reader, view.clip(number)), label.count // HOP + 1)
            for number, label in enumerate(labels)
        ]
        np.save(path, np.concatenate(rows))
    return Lesson(labels, np.load(path, mmap_mode="r"), view)


def _examples(
    sets: Sequence[SpeechSet], views: Mapping[str, TeacherView]
) -> tuple[list[ReaderExample], dict[str, list[ReaderExample]]]:
    training, validation = [], {}
    for spoken in sets:
        view = views[spoken.name]
        training += reader_examples(spoken, view, "train", _WEIGHTS.get(spoken.name, 1.0))
        for split in ("val", "seen"):
            examples = reader_examples(spoken, view, split, 1.0)
            if examples:
                validation[f"{spoken.name} {split}"] = examples[:100]
    return training, validation


_WEIGHTS: Final = {"kokoro": 0.8, "kathleen": 0.8, "grid_s1": 0.6, "speechocean": 0.5}
"""How often a second of a set is drawn, for its variety and the trust in its labels."""


def _realigned(spoken: SpeechSet, view: TeacherView, reader: TeacherReader) -> tuple[ClipLabel, ...]:
    priors = log_priors(spoken.labels)
    labels, moves = [], []
    for number, label in enumerate(spoken.labels):
        if label.phones:
            phones, _ = realign(label, read(reader, view.clip(number)), priors)
            moves += [after.start - before.start for after, before in zip(phones, label.phones, strict=True)]
            label = replace(label, phones=phones)
        labels.append(label)
    if moves:
        _log.info(
            "%s: starts moved by %+.1f ms (median), %.1f ms (mean absolute)",
            spoken.name,
            1000 * float(np.median(moves)),
            1000 * float(np.abs(moves).mean()),
        )
    return tuple(labels)


def _write_labels(path: Path, labels: Mapping[str, Sequence[ClipLabel]]) -> None:
    arrays: dict[str, NDArray] = {}
    for name, clips in labels.items():
        rows = [
            (PHONE_INDEX[phone.name], phone.start, phone.end, phone.confidence)
            for label in clips
            for phone in label.phones or ()
        ]
        arrays[f"{name}.phones"] = np.array(rows, np.float32).reshape(-1, 4)
        arrays[f"{name}.offsets"] = np.cumsum([0, *(len(label.phones or ()) for label in clips)])
    np.savez(path, **arrays)


def _read_labels(path: Path, sets: Sequence[SpeechSet]) -> dict[str, tuple[ClipLabel, ...]]:
    result = {}
    with np.load(path) as table:
        for spoken in sets:
            rows, offsets = table[f"{spoken.name}.phones"].tolist(), table[f"{spoken.name}.offsets"]
            result[spoken.name] = tuple(
                label
                if label.phones is None
                else replace(
                    label,
                    phones=tuple(
                        Phone(PHONES[int(code)], start, end, confidence)
                        for code, start, end, confidence in rows[first:last]
                    ),
                )
                for label, first, last in zip(spoken.labels, offsets[:-1], offsets[1:], strict=True)
            )
    return result
