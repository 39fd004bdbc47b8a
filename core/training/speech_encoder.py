# SPDX-License-Identifier: GPL-3.0-or-later
"""Train the speech encoder: sound to phones, articulation, voice activity and an embedding.

  soliloquy train speech --data FOLDER --cache FOLDER --out speech_encoder.onnx
  soliloquy train speech --data FOLDER --cache FOLDER --teacher encoder_model.onnx --out speech_encoder.onnx

The sets of phone-timed speech (librispeech, speechocean, kokoro, kathleen, grid_s1) lie below --data. With a
teacher (Moonshine's tiny encoder, MIT licence, `dist/model/tiny/quantized/encoder_model.onnx` of the npm
package @usefulsensors/moonshine-js 0.1.21) the labels are aligned anew, unlabelled sets are learnt from as
well, and the network learns to see what the teacher sees. Spectrograms and the teacher's view are computed
once and kept in --cache: about 3 GB. Interrupt and run the same command again to go on.
"""

import argparse
import json
import logging
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ..audio.mel import COLUMNS_PER_SECOND, SILENCE
from ..errors import InputError
from ..models.speech_encoder import (
    STRIDE,
    Probabilities,
    SpeechEncoder,
    SpeechEncoderConfig,
    SpeechOutputs,
)
from ..motion_files import whole_file
from ..phones import phone_labels
from .export import export_onnx
from .quantize import quantize_onnx
from .speech_batches import Pool, SpeechBatch, SpeechSampler, make_pool
from .speech_cache import Columns, cached_columns
from .speech_losses import Distiller, losses
from .speech_sets import LABELLED, UNLABELLED, ClipLabel, SpeechSet
from .speech_teacher import taught_sets

_log = logging.getLogger(__name__)

_STEPS_A_CHECKPOINT: Final = 100
_CLIPS_A_CHECKPOINT: Final = 12


@dataclass(frozen=True)
class SpeechTrainingOptions:
    """How to train.

    Attributes:
        steps: batches.
        batch: excerpts in a batch.
        frames: of an excerpt; a multiple of 4.
        learning_rate: highest rate of the one-cycle schedule (AdamW).
        weight_decay: of AdamW.
        versions: spectrograms of each clip, the recorded one among them.
        seed: of the initial network, the changes and the order.
        taught: share of the phones' loss that follows the teacher's posteriors, where there are labels too.
        distill: factor of the distance to the teacher's features.
        dropout: between the two convolutions of each block.
        shares: expected share of each set in a batch.
    """

    steps: int = 4000
    batch: int = 10
    frames: int = 800
    learning_rate: float = 2e-3
    weight_decay: float = 0.03
    versions: int = 1
    seed: int = 0
    taught: float = 0.5
    distill: float = 0.5
    dropout: float = 0.0
    shares: Mapping[str, float] = field(
        default_factory=lambda: {
            "librispeech": 0.45,
            "speechocean": 0.08,
            "kokoro": 0.15,
            "kathleen": 0.07,
            "grid_s1": 0.05,
            "picovoice_commands": 0.13,
            "kerstin_de": 0.07,
        }
    )


_EXAMPLES: Final = 24
"""Batches from which the scales of the 8-bit network are taken."""


class SpokenSets(NamedTuple):
    """What there is to learn from and to be measured on.

    Attributes:
        pools: training clips by set.
        validation: spectrograms and labels of clips that are not trained on, by set and split.
        feature_mean, feature_scale: (288,) of the teacher's features, or None.
    """

    pools: dict[str, Pool]
    validation: dict[str, list[tuple[NDArray[np.float32], NDArray[np.int64]]]]
    feature_mean: NDArray[np.float32] | None
    feature_scale: NDArray[np.float32] | None


def prepare(
    data: Path,
    cache: Path,
    labelled: Sequence[str],
    unlabelled: Sequence[str],
    teacher: Path | None,
    versions: int,
    seed: int,
    *,
    align: bool = True,
) -> SpokenSets:
    """Read the sets, fill the cache where it lacks something, and lay everything out for training."""
    cache.mkdir(parents=True, exist_ok=True)
    names = [*labelled, *(unlabelled if teacher else ())]
    sets = {name: SpeechSet(data / name) for name in names}
    lessons = taught_sets(list(sets.values()), teacher, cache, seed, align=align) if teacher else {}
    pools, validation = {}, {}
    mean = scale = None
    for name, spoken in sets.items():
        columns = [cached_columns(spoken, version, cache, seed) for version in range(versions)]
        labels: Sequence[ClipLabel] = spoken.labels
        if name in lessons:
            lesson = lessons[name]
            labels = lesson.labels
            pools[name] = make_pool(labels, columns, seed, readings=lesson.readings, view=lesson.view)
            if name == "librispeech" or mean is None:
                sample = lesson.view.frames[::20].astype(np.float32)
                mean, scale = sample.mean(axis=0), sample.std(axis=0) + 1e-3
        else:
            pools[name] = make_pool(labels, columns, seed)
        # Accuracy is measured against the labels as they came: the teacher must not mark its own pupil.
        for split in ("val", "seen"):
            clips = _measured(spoken.labels, columns[0], split)
            if clips:
                validation[f"{name} {split}"] = clips
        _log.info("%s: %.1f h to learn from", name, len(pools[name].phones) / COLUMNS_PER_SECOND / 3600)
    return SpokenSets(pools, validation, mean, scale)


def train(
    sets: SpokenSets,
    options: SpeechTrainingOptions,
    config: SpeechEncoderConfig,
    checkpoint: Path,
    *,
    start: Path | None = None,
) -> SpeechEncoder:
    """Train an encoder.

    Args:
        sets: from `prepare`.
        options: see `SpeechTrainingOptions`.
        config: sizes of the network.
        checkpoint: file to go on from and to write now and then.
        start: exported encoder to begin with, instead of a random one.
    """
    torch.manual_seed(options.seed)
    model = SpeechEncoder.from_onnx(start) if start else SpeechEncoder(config)
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = options.dropout
    distiller = Distiller(model.config.embedding)
    if sets.feature_mean is not None and sets.feature_scale is not None:
        distiller.mean.copy_(torch.from_numpy(sets.feature_mean))
        distiller.scale.copy_(torch.from_numpy(sets.feature_scale))
    both = nn.ModuleList([model, distiller])
    optimiser = torch.optim.AdamW(both.parameters(), options.learning_rate, weight_decay=options.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, options.learning_rate, total_steps=options.steps, pct_start=0.15
    )
    first = 0
    if checkpoint.is_file():
        saved = torch.load(checkpoint, weights_only=True)
        both.load_state_dict(saved["model"])
        optimiser.load_state_dict(saved["optimiser"])
        schedule.load_state_dict(saved["schedule"])
        first = saved["step"]
        _log.info("going on after step %d", first)
    sampler = _sampler(sets, options, model)

    def draw(step: int) -> SpeechBatch:
        return sampler.draw(np.random.default_rng([options.seed, step]))

    sums: dict[str, float] = {}
    started = time.monotonic()
    both.train()
    with ThreadPoolExecutor(1) as background:
        coming = background.submit(draw, first)
        for step in range(first, options.steps):
            batch = coming.result()
            torch.manual_seed(options.seed * 1_000_003 + step)  # what is dropped: the same after a restart
            coming = background.submit(draw, step + 1)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                outputs = model(batch.mel)
                terms = losses(outputs, batch, options.taught)
                if batch.features is not None:
                    terms["distill"] = options.distill * distiller(outputs.embedding, batch.features)
            loss = torch.stack(list(terms.values())).sum()
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(both.parameters(), 2.0)
            optimiser.step()
            schedule.step()
            for name, value in terms.items():
                sums[name] = sums.get(name, 0.0) + float(value.detach()) / _STEPS_A_CHECKPOINT
            if (step + 1) % _STEPS_A_CHECKPOINT == 0 or step + 1 == options.steps:
                scores = accuracies(model, sets.validation, _CLIPS_A_CHECKPOINT)
                both.train()
                torch.save(
                    {
                        "model": both.state_dict(),
                        "optimiser": optimiser.state_dict(),
                        "schedule": schedule.state_dict(),
                        "step": step + 1,
                    },
                    checkpoint,
                )
                _log.info(
                    "step %d/%d %.0f s | %s | %s",
                    step + 1,
                    options.steps,
                    time.monotonic() - started,
                    " ".join(f"{name} {value:.3f}" for name, value in sums.items()),
                    " ".join(f"{name} {value:.3f}" for name, value in scores.items()),
                )
                sums = {}
    return model.eval()


def _sampler(sets: SpokenSets, options: SpeechTrainingOptions, model: SpeechEncoder) -> SpeechSampler:
    return SpeechSampler(
        sets.pools,
        options.shares,
        batch=options.batch,
        frames=options.frames,
        before=model.columns_before,
        after=model.columns_after,
    )


def write_eight_bits(
    source: Path, target: Path, sets: SpokenSets, options: SpeechTrainingOptions, model: SpeechEncoder
) -> None:
    """Write an exported encoder in 8-bit integers, with scales from excerpts of the training sets."""
    sampler = _sampler(sets, options, model)
    # Numbers that no step of the training draws.
    draws = (sampler.draw(np.random.default_rng([options.seed, 10**9 + k])).mel for k in range(_EXAMPLES))
    quantize_onnx(source, target, ({"mel": mel.numpy()} for mel in draws))


def whole_clip(model: SpeechEncoder, mel: NDArray[np.floating]) -> SpeechOutputs:
    """Outputs (1, T, ...) for all columns (T, 80) of a clip, with silence around it."""
    tail = -len(mel) % STRIDE
    padded = np.pad(
        mel.astype(np.float32),
        ((model.columns_before, model.columns_after + tail), (0, 0)),
        constant_values=SILENCE,
    )
    with torch.no_grad():
        outputs = model(torch.from_numpy(padded)[None])
    return SpeechOutputs(*(output[:, : len(mel)] for output in outputs))


def accuracies(
    model: SpeechEncoder,
    validation: Mapping[str, Sequence[tuple[NDArray[np.float32], NDArray[np.int64]]]],
    most: int = 10**6,
) -> dict[str, float]:
    """Share of frames whose likeliest phone is the label, by set, over at most `most` clips of each."""
    model.eval()
    scores = {}
    for name, clips in validation.items():
        right = total = 0
        step = max(1, len(clips) // most)
        for mel, labels in clips[::step]:
            guess = whole_clip(model, mel).phones[0].argmax(dim=1).numpy()
            right += int((guess == labels).sum())
            total += len(labels)
        scores[name] = right / max(total, 1)
    return scores


def write_encoder(
    model: SpeechEncoder, path: Path, options: SpeechTrainingOptions, sets: Sequence[str], teacher: str
) -> None:
    """Export an encoder whose outputs are probabilities, with all that is needed to run it."""
    axes = {"mel": {0: "clips", 1: "columns"}}
    outputs = ("phones", "articulation", "voice", "embedding")
    axes |= {name: {0: "clips", 1: "frames"} for name in outputs}
    metadata = model.metadata | {
        "columns_per_second": str(COLUMNS_PER_SECOND),
        "training": json.dumps({"sets": list(sets), "teacher": teacher, "options": asdict(options)}),
    }
    example = torch.randn(1, model.context + 20 * STRIDE, 80)
    export_onnx(Probabilities(model), {"mel": example}, outputs, axes, metadata, path)


def _measured(
    labels: Sequence[ClipLabel], columns: Columns, split: str
) -> list[tuple[NDArray[np.float32], NDArray[np.int64]]]:
    clips = []
    for number, label in enumerate(labels):
        if label.split == split and label.phones:
            mel = columns.clip(number).astype(np.float32)
            clips.append((mel, phone_labels(label.phones, np.arange(len(mel)) / COLUMNS_PER_SECOND)))
    return clips


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `soliloquy train speech`."""
    defaults = SpeechTrainingOptions()
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER", help="folder of the sets")
    parser.add_argument(
        "--cache", type=Path, required=True, metavar="FOLDER", help="for what is computed once"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="network to write: .onnx")
    parser.add_argument("--teacher", type=Path, metavar="FILE", help="Moonshine's encoder_model.onnx")
    parser.add_argument("--sets", nargs="+", default=list(LABELLED), metavar="SET", help="phone-timed sets")
    parser.add_argument(
        "--unlabelled",
        nargs="*",
        default=list(UNLABELLED),
        metavar="SET",
        help="sets read by the teacher alone",
    )
    parser.add_argument("--start", type=Path, metavar="FILE", help="exported encoder to begin with")
    parser.add_argument("--keep-labels", action="store_true", help="do not align the labels anew")
    parser.add_argument(
        "--eight-bits", action="store_true", help="write 8-bit integers; NAME.float32.onnx lies beside"
    )
    parser.add_argument("--steps", type=int, default=defaults.steps)
    parser.add_argument("--batch", type=int, default=defaults.batch)
    parser.add_argument("--learning-rate", type=float, default=defaults.learning_rate)
    parser.add_argument("--versions", type=int, default=defaults.versions)
    parser.add_argument("--distill", type=float, default=defaults.distill)
    parser.add_argument("--seed", type=int, default=defaults.seed)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--checkpoint", type=Path, metavar="FILE", help="default: beside --out")


def run(args: argparse.Namespace) -> int:
    """Carry out `soliloquy train speech`."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    torch.set_num_threads(args.threads)
    if args.teacher and not args.teacher.is_file():
        raise InputError(
            f"The teacher '{args.teacher}' does not exist; expected Moonshine's encoder_model.onnx."
        )
    with whole_file(args.out):  # an unwritable place is found before an hour of work, not after
        pass
    args.out.unlink()
    options = replace(
        SpeechTrainingOptions(),
        steps=args.steps,
        batch=args.batch,
        learning_rate=args.learning_rate,
        versions=args.versions,
        distill=args.distill,
        seed=args.seed,
    )
    sets = prepare(
        args.data,
        args.cache,
        args.sets,
        args.unlabelled,
        args.teacher,
        args.versions,
        args.seed,
        align=not args.keep_labels,
    )
    checkpoint = args.checkpoint or args.out.with_suffix(".pt")
    model = train(sets, options, SpeechEncoderConfig(), checkpoint, start=args.start)
    names = list(sets.pools)
    exported = args.out.with_suffix(".float32.onnx") if args.eight_bits else args.out
    write_encoder(model, exported, options, names, "moonshine-tiny" if args.teacher else "none")
    if args.eight_bits:
        write_eight_bits(exported, args.out, sets, options, model)
    print(f"Wrote '{args.out}'. Frames right on clips not trained on:")
    for name, value in accuracies(model, sets.validation).items():
        print(f"  {name:20} {value:.3f}")
    return 0
