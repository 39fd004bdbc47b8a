# SPDX-License-Identifier: GPL-3.0-or-later
"""Train the disentangled audio model: what is said, how it is felt and who says it, apart.

  soliloquy train disentangled --data FOLDER --out FOLDER
  soliloquy train disentangled --data FOLDER --corpus RAVDESS CREMA-D --out FOLDER

The first learns arousal and valence from speech that is edited to sound so. The second learns from acted
emotions as well: the folders of corpora whose layout is known, or of your own recordings, one folder for each
emotion. Writes content.onnx, emotion.onnx and bound.json; the same command goes on where it was stopped.
"""

import argparse
import hashlib
import json
import logging
import pickle
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ...argument_types import at_least_one
from ...audio import load
from ...errors import InputError
from ...generate.content import CONTENT_FILE
from ...generate.emotion.directions import NEUTRAL
from ...generate.emotion.emotion_table import EmotionTable
from ...generate.emotion.voice import EMOTION_FILE
from ...generate.emotion.voice_frames import CONTEXT_CHANNELS
from ...generate.expression_inputs import encoder_mark
from ...models.disentangled_audio import (
    HEARD_CHANNELS,
    ContentEncoder,
    DisentangledAudio,
    DisentangledAudioConfig,
    VoiceEncoder,
)
from ...motion_files import whole_file
from ...runtime import load_network
from ..arguments import add_loop_arguments, add_run_arguments, begin_run
from ..checkpoints import read_checkpoint
from ..emotion.corpora import EmotionClip, read_corpus
from ..export import export_onnx
from ..loop import LoopOptions, train_steps
from ..visemes import VISEMES
from .bound import BoundWeights, bound_terms
from .readout import asked_for, edited_only, fit_readout, sequence_latents
from .segments import SegmentSource
from .sequences import AudioSequence, LabelledClip, make_sequences, read_clips
from .validation import Validation

USUAL_OPTIONS = LoopOptions(iterations=2_500, batch=256, frames=1, learning_rate=2e-3, decay=0.01)
"""What ships was trained so; a segment is one frame of the latents."""
SETS: Final = ("librispeech", "kokoro", "speechocean", "kathleen", "grid_s1")
VALIDATION_SETS: Final = ("librispeech", "speechocean", "kokoro")
"""Those with people whom nobody trains on."""
BOUND_FILE: Final = "bound.json"

_FOR_SCALES: Final = 4_096
_LEAST_SCALE: Final = 0.02
_READ_EVERY: Final = 7
"""Every so manyth sequence of the training is enough to score arousal and valence while it runs. The five
versions of a clip follow each other, so that it may not be divisible by five."""
_HELD_OUT_EVERY: Final = 6
"""Of a corpus, every so manyth speaker is held out."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `soliloquy train disentangled`."""
    parser.add_argument(
        "--data", type=Path, default=Path("."), metavar="FOLDER", help="folder of the data sets"
    )
    parser.add_argument(
        "--sets",
        nargs="*",
        default=list(SETS),
        metavar="SET",
        help="sets of phone-timed speech below --data (default: %(default)s)",
    )
    parser.add_argument(
        "--clips",
        type=at_least_one,
        default=200,
        metavar="N",
        help="clips of each set, and of each emotion of a corpus (default %(default)s)",
    )
    parser.add_argument(
        "--corpus",
        nargs="+",
        type=Path,
        default=[],
        metavar="FOLDER",
        help="corpora of acted emotion: RAVDESS, CREMA-D, EmoDB, ESD, or a folder for each emotion",
    )
    add_loop_arguments(parser, USUAL_OPTIONS.iterations)
    add_run_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Train, export, and say what it reached."""
    begin_run(args)
    clips, held_out, licences, names = _clips(args)
    table = EmotionTable(names, has_grid=bool(args.sets))
    config = DisentangledAudioConfig()
    options = LoopOptions(**asdict(USUAL_OPTIONS) | {"iterations": args.iterations})
    weights = BoundWeights()
    encoder = encoder_mark(load_network(args.encoder, providers=["cpu"]))
    heard = {"clips": mark_of([*clips, *held_out]), "encoder": encoder, "seed": args.seed}
    made_of = {"sizes": config.to_json(), "bound": asdict(weights), "table": table.to_json(), **heard}
    checkpoint = args.out / "disentangled.pt"
    # Before the minutes that it takes to prepare clips.
    saved = read_checkpoint(checkpoint, {"options": asdict(options), **made_of}, torch.device("cpu"))
    training, validating = _kept_sequences(args, clips, held_out, heard)
    model = DisentangledAudio(config, len(VISEMES), len(table), len(training)).to(args.device)
    trainer = Trainer(model, SegmentSource(training, table, seed=args.seed), weights, options)
    validation = Validation(validating, table, known=training[::_READ_EVERY])
    history = History(args.out / BOUND_FILE, trainer, goes_on=saved is not None)
    train_steps(
        model,
        trainer.step,
        lambda: history.note(validation.scores(model)),
        options,
        checkpoint,
        made_of,
        trainer,
    )
    facts = {
        "sets": args.sets,
        "corpora": [path.name for path in args.corpus],
        "minutes": round(sum(len(each.course) for each in training) / 10 / 60, 1),
        "options": asdict(options),
        "bound": asdict(weights),
        "seed": args.seed,
    }
    known = edited_only(training)
    readout = fit_readout(sequence_latents(model, known), asked_for(known)) if known else None
    write_networks(model.cpu(), args.out, table, readout, facts, licences, encoder)
    scores = validation.scores(model)
    print(f"Wrote '{args.out}'. {'Held-out people:' if scores else 'Nobody was held out.'}")
    for name, value in scores.items():
        print(f"  {name:12} {value:.3f}")
    for line in licences:
        print(line)
    return 0


def _clips(
    args: argparse.Namespace,
) -> tuple[list[LabelledClip], list[LabelledClip], list[str], tuple[str, ...]]:
    """Clips to learn from and to test on, the licences of the corpora, and their emotions."""
    training, held_out, licences, names = [], [], [], []
    log = logging.getLogger(__name__)
    for name in args.sets:
        training += read_clips(args.data, [name], args.clips, validation=False, seed=args.seed)
        if name in VALIDATION_SETS:
            held_out += read_clips(args.data, [name], args.clips // 3, validation=True, seed=args.seed)
    for folder in args.corpus:
        corpus = read_corpus(folder)
        licences.append(f"{corpus.name}: {corpus.licence}")
        speakers = sorted({clip.speaker for clip in corpus.clips})
        found = Counter(clip.emotion for clip in corpus.clips)
        log.info(
            "'%s' is %s: %d of %d sound files, speakers: %d, %s.",
            folder,
            corpus.name,
            len(corpus.clips),
            corpus.sounds,
            len(speakers),
            ", ".join(f"{emotion}: {count}" for emotion, count in sorted(found.items())),
        )
        aside = set(speakers[_HELD_OUT_EVERY - 1 :: _HELD_OUT_EVERY])
        chosen = _drawn(corpus.clips, args.clips, args.seed)
        for clip in chosen:
            (held_out if clip.speaker in aside else training).append(_acted(clip, corpus.name))
        names += [clip.emotion for clip in chosen]
    if not training:
        raise InputError("There is nothing to learn from: name sets of speech, corpora of emotion, or both.")
    if names and (NEUTRAL not in names or len(set(names)) < 2):
        raise InputError(
            f"The corpora hold {', '.join(sorted(set(names)))}: expected neutral speech and an emotion at "
            "least, since every voice is taken for one of them. Add recordings in a folder named after what "
            "is missing, such as 'neutral'."
        )
    return training, held_out, licences, tuple(dict.fromkeys(sorted(names)))


def _drawn(clips: Sequence[EmotionClip], count: int, seed: int) -> list[EmotionClip]:
    """So many clips of each emotion at most; all of a large corpus would take days and all the memory."""
    taken: Counter[str] = Counter()
    chosen = []
    for number in np.random.default_rng(seed).permutation(len(clips)):
        clip = clips[number]
        taken[clip.emotion] += 1
        if taken[clip.emotion] <= count:
            chosen.append(clip)
    return chosen


def _acted(clip: EmotionClip, corpus: str) -> LabelledClip:
    return LabelledClip(
        name=f"{corpus}/{clip.path.stem}",
        speaker=f"{corpus} {clip.speaker}",
        samples=load(clip.path),
        phones=None,
        emotion=clip.emotion,
        strength=clip.strength,
    )


def mark_of(clips: Sequence[LabelledClip]) -> str:
    """Sixteen letters that tell these clips, their labels and their order from all others."""
    digest = hashlib.sha256()
    for clip in clips:
        digest.update(repr(replace(clip, samples=np.empty(0, np.float32))).encode())
        digest.update(clip.samples.tobytes())
    return digest.hexdigest()[:16]


def _kept_sequences(
    args: argparse.Namespace,
    clips: list[LabelledClip],
    held_out: list[LabelledClip],
    heard: Mapping[str, Any],
) -> tuple[list[AudioSequence], list[AudioSequence]]:
    """All versions of the clips, kept in the folder `args.out` so that going on costs no minutes."""
    wanted = {**heard, "fields": [field.name for field in fields(AudioSequence)]}
    kept = args.out / "sequences.pickle"
    if kept.is_file():
        with kept.open("rb") as stream:
            found = pickle.load(stream)
            if found == wanted:
                return pickle.load(stream)
        logging.getLogger(__name__).info("'%s' is of other clips: they are prepared anew.", kept)
    made = tuple(
        make_sequences(part, args.encoder, seed=args.seed + number, workers=args.threads)
        for number, part in enumerate((clips, held_out))
    )
    with whole_file(kept) as stream:
        pickle.dump(wanted, stream)
        pickle.dump(made, stream)
    return made[0], made[1]


class Trainer:
    """Steps of the training."""

    def __init__(
        self,
        model: DisentangledAudio,
        source: SegmentSource,
        weights: BoundWeights,
        options: LoopOptions,
    ) -> None:
        """Take the units of all that is heard from the segments."""
        self._model, self._source, self._weights, self._options = model, source, weights, options
        self.latest: dict[str, float] = {}
        x = source.draw(_FOR_SCALES).x
        content, voice = model.content_encoder, x.voice.flatten(0, 1)
        heard = x.heard.flatten(0, 1)
        content.heard_mean.copy_(heard.mean(dim=0))
        content.heard_scale.copy_(heard.std(dim=0) + _LEAST_SCALE)
        model.voice_mean.copy_(voice.mean(dim=0))
        model.voice_scale.copy_(voice.std(dim=0) + _LEAST_SCALE)
        for encoder in (model.emotion_encoder, model.sequence_encoder):
            encoder.course_mean.copy_(x.course.mean(dim=0))
            encoder.course_scale.copy_(x.course.std(dim=0) + _LEAST_SCALE)

    def step(self) -> dict[str, Tensor]:
        """Terms of the loss of the next batch."""
        batch = self._source.draw(self._options.batch)
        device = self._model.voice_mean.device
        moved = type(batch)(
            type(batch.x)(*(view.to(device) for view in batch.x)),
            batch.viseme.to(device),
            batch.emotion.to(device),
            batch.sequence.to(device),
        )
        terms = bound_terms(self._model, moved, self._weights)
        self.latest = {name: float(value.detach()) for name, value in terms.items()}
        return terms

    @property
    def random_state(self) -> Mapping[str, Any]:
        """Where the draws are."""
        return self._source.random_state

    @random_state.setter
    def random_state(self, state: Mapping[str, Any]) -> None:
        self._source.random_state = state


class History:
    """The course of the bound, kept as a file."""

    def __init__(self, path: Path, trainer: Trainer, *, goes_on: bool) -> None:
        """Keep what an interrupted training noted, where this one goes on from there."""
        self._path, self._trainer = path, trainer
        self._rows: list[dict[str, Any]] = json.loads(path.read_text()) if goes_on and path.is_file() else []

    def note(self, scores: dict[str, float]) -> dict[str, float]:
        """Keep the terms of the latest step and the scores of held-out clips; gives the scores."""
        self._rows.append({"training": self._trainer.latest, "held_out": scores})
        with whole_file(self._path) as stream:
            stream.write(json.dumps(self._rows, indent=1).encode())
        return scores


class _ContentMeans(nn.Module):
    """What is written of the content encoder: the means of z_c."""

    def __init__(self, encoder: ContentEncoder) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, heard: Tensor) -> Tensor:
        """(1, T, 142) to (1, T - 15, D)."""
        return self.encoder(heard).mean


class _VoiceMeans(nn.Module):
    """What is written of the two others: the means of z_e and z_s."""

    def __init__(self, emotion: VoiceEncoder, sequence: VoiceEncoder) -> None:
        super().__init__()
        self.emotion, self.sequence = emotion, sequence

    def forward(self, course: Tensor) -> tuple[Tensor, Tensor]:
        """(S, 104) to (S, D) each."""
        return self.emotion(course).mean, self.sequence(course).mean


def write_networks(
    model: DisentangledAudio,
    folder: Path,
    table: EmotionTable,
    readout: NDArray[np.floating] | None,
    training: Mapping[str, Any],
    licences: list[str],
    encoder: str,
) -> None:
    """Write the encoders of a trained model, with their tables.

    Args:
        model: trained, on the CPU.
        folder: where to write.
        table: entries of h_e.
        readout: (2, D + 1) of arousal and valence; None where the table has no grid.
        training: facts for the files' metadata.
        licences: of the corpora.
        encoder: mark of the speech encoder that was listened through.

    Raises:
        ModelError: a file's results differ from torch's.
    """
    model.eval()
    shared = {
        "model": "disentangled_audio",
        "config": model.config.to_json(),
        "prior_variance": str(model.config.prior_variance),
        "encoder": encoder,
        "licences": json.dumps(licences),
        "training": json.dumps(dict(training)),
    }
    export_onnx(
        _ContentMeans(model.content_encoder),
        {"heard": torch.rand(1, 40, HEARD_CHANNELS)},
        ("z_c",),
        {"heard": {1: "columns"}, "z_c": {1: "windows"}},
        shared | {"part": "content", "h_c": rows_of(model.h_c), "visemes": json.dumps(list(VISEMES))},
        folder / CONTENT_FILE,
    )
    tables = {"h_e": rows_of(model.h_e), "table": table.to_json()}
    if readout is not None:
        tables["readout"] = json.dumps(np.round(readout, 6).tolist())
    export_onnx(
        _VoiceMeans(model.emotion_encoder, model.sequence_encoder),
        {"course": torch.rand(6, CONTEXT_CHANNELS)},
        ("z_e", "z_s"),
        {name: {0: "segments"} for name in ("course", "z_e", "z_s")},
        shared | {"part": "emotion", **tables},
        folder / EMOTION_FILE,
    )


def rows_of(table: nn.Embedding) -> str:
    """A look-up table for a file's metadata."""
    return json.dumps(np.round(table.weight.detach().numpy(), 5).tolist())
