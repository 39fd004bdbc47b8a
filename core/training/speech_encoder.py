# SPDX-License-Identifier: GPL-3.0-or-later
"""Train the speech encoder: sound to phones, articulation, voice activity and an embedding.

  soliloquy train speech --data FOLDER --cache FOLDER --moonshine encoder_model.onnx --out speech_encoder.onnx
  soliloquy train speech --data FOLDER --cache FOLDER --network mel --out mel_speech_encoder.onnx

The sets of phone-timed speech (librispeech, speechocean, kokoro, kathleen, grid_s1) lie below --data. The
network begins as Moonshine's tiny encoder (MIT licence, `dist/model/tiny/quantized/encoder_model.onnx` of the
npm package @usefulsensors/moonshine-js 0.1.21), which also, as a teacher with a reader of its own, says what
is spoken in unlabelled sets and gives part of the targets elsewhere. The yardstick, a network on mel columns
that begins with nothing, can do without, learn from the teacher's readings (--moonshine) and learn to see
what it sees (--distill). Decoded sound and the teacher's view are computed once and kept in --cache: about
3 GB. Interrupt and run the same command again to go on.
"""

import argparse
import json
import logging
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ..audio.mel import COLUMNS_PER_SECOND, HOP, SILENCE, log_mel
from ..errors import InputError
from ..models.mel_speech_encoder import MelSpeechEncoder
from ..models.speech_encoder import SpeechEncoder
from ..models.speech_outputs import Probabilities, SpeechOutputs
from ..motion_files import whole_file
from ..phones import phone_labels
from .export import export_onnx
from .quantize import quantize_onnx
from .speech_batches import Pool, SpeechBatch, SpeechSampler, make_pool
from .speech_cache import SoundRows, cached_sound
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
        frames: of an excerpt; a multiple of 16.
        learning_rate: highest rate of the one-cycle schedule (AdamW), of parameters that begin at random.
        tuning_rate: highest rate of those that begin with published weights.
        weight_decay: of AdamW.
        seed: of the initial network, the changes and the order.
        taught: share of the phones' loss that follows the teacher's posteriors, where there are labels too.
        distill: factor of the distance to the teacher's features.
        dropout: in every block and layer.
        shares: expected share of each set in a batch.
    """

    steps: int = 2500
    batch: int = 5
    frames: int = 1600
    learning_rate: float = 2e-3
    tuning_rate: float = 4e-4
    weight_decay: float = 0.03
    seed: int = 0
    taught: float = 0.3
    distill: float = 0.0
    dropout: float = 0.1
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


_EXACT: Final = ("conv1",)
"""Samples in 8 bits would lose faint speech."""
_LIMITS: Final = {"conv2": 9.0}
_SPLIT: Final = {"conv3": 8.0}
"""A hundredth part of the third convolution's input is a hundred times the rest: in one 8-bit number one
frame in twenty changes its phone, in two one in fifty."""
_EXAMPLES: Final = 8
"""Batches from which the scales of the 8-bit network are taken."""


class SpokenSets(NamedTuple):
    """What there is to learn from and to be measured on.

    Attributes:
        pools: training clips by set.
        validation: sound (T, 200) int16 and labels of clips that are not trained on, by set and split.
        feature_mean, feature_scale: (288,) of the teacher's features, or None.
    """

    pools: dict[str, Pool]
    validation: dict[str, list[tuple[NDArray[np.int16], NDArray[np.int64]]]]
    feature_mean: NDArray[np.float32] | None
    feature_scale: NDArray[np.float32] | None


Encoder = SpeechEncoder | MelSpeechEncoder


def prepare(
    data: Path,
    cache: Path,
    labelled: Sequence[str],
    unlabelled: Sequence[str],
    teacher: Path | None,
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
        sound = cached_sound(spoken, cache)
        if name in lessons:
            lesson = lessons[name]
            pools[name] = make_pool(lesson.labels, sound, readings=lesson.readings, view=lesson.view)
            if name == "librispeech" or mean is None:
                sample = lesson.view.frames[::20].astype(np.float32)
                mean, scale = sample.mean(axis=0), sample.std(axis=0) + 1e-3
        else:
            pools[name] = make_pool(spoken.labels, sound)
        # Accuracy is measured against the labels as they came: the teacher must not mark its own pupil.
        for split in ("val", "seen"):
            clips = _measured(spoken.labels, sound, split)
            if clips:
                validation[f"{name} {split}"] = clips
        _log.info("%s: %.1f h to learn from", name, pools[name].seconds / 3600)
    return SpokenSets(pools, validation, mean, scale)


def train(
    sets: SpokenSets,
    options: SpeechTrainingOptions,
    model: Encoder,
    checkpoint: Path,
) -> Encoder:
    """Train an encoder.

    Args:
        sets: from `prepare`.
        options: see `SpeechTrainingOptions`.
        model: to begin with.
        checkpoint: file to go on from and to write now and then.
    """
    torch.manual_seed(options.seed)
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = options.dropout
    distiller = Distiller(model.config.embedding)
    if sets.feature_mean is not None and sets.feature_scale is not None:
        distiller.mean.copy_(torch.from_numpy(sets.feature_mean))
        distiller.scale.copy_(torch.from_numpy(sets.feature_scale))
    both = nn.ModuleList([model, distiller])
    rates, groups = _parameter_groups(model, distiller, options)
    optimiser = torch.optim.AdamW(groups, weight_decay=options.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rates, total_steps=options.steps, pct_start=0.1)
    first = 0
    if checkpoint.is_file():
        saved = torch.load(checkpoint, weights_only=True)
        both.load_state_dict(saved["model"])
        optimiser.load_state_dict(saved["optimiser"])
        schedule.load_state_dict(saved["schedule"])
        first = saved["step"]
        _log.info("going on after step %d", first)
    sampler = _sampler(sets, options, model)

    def draw(step: int) -> tuple[torch.Tensor, SpeechBatch]:
        batch = sampler.draw(np.random.default_rng([options.seed, step]))
        return _input(model, batch.sound), batch

    sums: dict[str, float] = {}
    started = time.monotonic()
    both.train()
    with ThreadPoolExecutor(1) as background:
        coming = background.submit(draw, first)
        for step in range(first, options.steps):
            rows, batch = coming.result()
            torch.manual_seed(options.seed * 1_000_003 + step)  # what is dropped: the same after a restart
            coming = background.submit(draw, step + 1)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                outputs = model(rows)
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


def _parameter_groups(
    model: Encoder, distiller: Distiller, options: SpeechTrainingOptions
) -> tuple[list[float], list[dict[str, Any]]]:
    """Highest rates and the parameters that learn at them: published ones move slowly."""
    published: list[nn.Parameter] = []
    fresh = list(distiller.parameters())
    for name, parameter in model.named_parameters():
        is_fresh = isinstance(model, MelSpeechEncoder) or name.startswith(_FRESH)
        (fresh if is_fresh else published).append(parameter)
    rates = [options.learning_rate, options.tuning_rate]
    groups = [{"params": fresh}, {"params": published}]
    return (rates, groups) if published else (rates[:1], groups[:1])


_FRESH: Final = ("enter.", "blocks.", "leave.", "heads.")
"""Parts of the speech encoder that Moonshine does not have."""


def _sampler(sets: SpokenSets, options: SpeechTrainingOptions, model: Encoder) -> SpeechSampler:
    return SpeechSampler(
        sets.pools,
        options.shares,
        batch=options.batch,
        frames=options.frames,
        before=model.columns_before,
        after=model.columns_after,
        with_features=options.distill > 0,
    )


def _input(model: Encoder, sound: torch.Tensor) -> torch.Tensor:
    """What a network takes of sound (N, T, 200): this, or its mel columns (N, T, 80)."""
    if isinstance(model, SpeechEncoder):
        return sound
    return torch.from_numpy(np.stack([log_mel(rows.numpy().reshape(-1))[:-1] for rows in sound]))


def write_eight_bits(
    source: Path, target: Path, sets: SpokenSets, options: SpeechTrainingOptions, model: Encoder
) -> None:
    """Write an exported encoder in 8-bit integers, with scales from excerpts of the training sets."""
    sampler = _sampler(sets, options, model)
    # Numbers that no step of the training draws.
    draws = (sampler.draw(np.random.default_rng([options.seed, 10**9 + k])).sound for k in range(_EXAMPLES))
    inputs = ({_input_name(model): _input(model, sound).numpy()} for sound in draws)
    quantize_onnx(source, target, inputs, exact=_EXACT, limits=_LIMITS, split=_SPLIT)


def whole_clip(model: Encoder, rows: NDArray[np.integer]) -> SpeechOutputs:
    """Outputs (1, T, ...) for all rows (T, 200) int16 of a clip, with silence around it."""
    tail = -len(rows) % model.stride
    sound = torch.from_numpy(rows.astype(np.float32) / np.float32(32767))
    if isinstance(model, MelSpeechEncoder):
        columns, silence = _input(model, torch.cat([sound, torch.zeros(1, HOP)])[None])[0, :-1], SILENCE
    else:
        columns, silence = sound, 0.0
    padding = (0, 0, model.columns_before, model.columns_after + tail)
    with torch.no_grad():
        outputs = model(nn.functional.pad(columns, padding, value=silence)[None])
    return SpeechOutputs(*(output[:, : len(rows)] for output in outputs))


def accuracies(
    model: Encoder,
    validation: Mapping[str, Sequence[tuple[NDArray[np.int16], NDArray[np.int64]]]],
    most: int = 10**6,
) -> dict[str, float]:
    """Share of frames whose likeliest phone is the label, by set, over at most `most` clips of each."""
    model.eval()
    scores = {}
    for name, clips in validation.items():
        right = total = 0
        step = max(1, len(clips) // most)
        for rows, labels in clips[::step]:
            guess = whole_clip(model, rows).phones[0].argmax(dim=1).numpy()
            right += int((guess == labels).sum())
            total += len(labels)
        scores[name] = right / max(total, 1)
    return scores


def write_encoder(
    model: Encoder, path: Path, options: SpeechTrainingOptions, sets: Sequence[str], teacher: str
) -> None:
    """Export an encoder whose outputs are probabilities, with all that is needed to run it."""
    name = _input_name(model)
    axes = {name: {0: "clips", 1: "rows"}}
    outputs = ("phones", "articulation", "voice", "embedding")
    axes |= {name: {0: "clips", 1: "frames"} for name in outputs}
    metadata = model.metadata | {
        "columns_per_second": str(COLUMNS_PER_SECOND),
        "training": json.dumps({"sets": list(sets), "teacher": teacher, "options": asdict(options)}),
    }
    example = _input(model, 0.05 * torch.randn(1, model.context + 10 * model.stride, HOP))
    export_onnx(Probabilities(model), {name: example}, outputs, axes, metadata, path)


def _input_name(model: Encoder) -> str:
    return model.metadata["input"]


def _measured(
    labels: Sequence[ClipLabel], sound: SoundRows, split: str
) -> list[tuple[NDArray[np.int16], NDArray[np.int64]]]:
    clips = []
    for number, label in enumerate(labels):
        if label.split == split and label.phones:
            rows = sound.clip(number)
            clips.append((rows, phone_labels(label.phones, np.arange(len(rows)) / COLUMNS_PER_SECOND)))
    return clips


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `soliloquy train speech`."""
    defaults = SpeechTrainingOptions()
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER", help="folder of the sets")
    parser.add_argument(
        "--cache", type=Path, required=True, metavar="FOLDER", help="for what is computed once"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="network to write: .onnx")
    parser.add_argument(
        "--network",
        choices=("moonshine", "mel"),
        default="moonshine",
        help="begins as Moonshine's encoder (default), or with nothing and on mel columns",
    )
    parser.add_argument("--moonshine", type=Path, metavar="FILE", help="Moonshine's encoder_model.onnx")
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
    parser.add_argument("--tuning-rate", type=float, default=defaults.tuning_rate)
    parser.add_argument("--taught", type=float, default=defaults.taught)
    parser.add_argument("--distill", type=float, default=defaults.distill)
    parser.add_argument("--seed", type=int, default=defaults.seed)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--checkpoint", type=Path, metavar="FILE", help="default: beside --out")


def _new_encoder(args: argparse.Namespace) -> Encoder:
    torch.manual_seed(args.seed)
    if args.network == "mel":
        return MelSpeechEncoder.from_onnx(args.start) if args.start else MelSpeechEncoder()
    if args.start:
        return SpeechEncoder.from_onnx(args.start)
    return SpeechEncoder.from_moonshine(args.moonshine)


def run(args: argparse.Namespace) -> int:
    """Carry out `soliloquy train speech`."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    torch.set_num_threads(args.threads)
    if args.moonshine and not args.moonshine.is_file():
        raise InputError(f"'{args.moonshine}' does not exist; expected Moonshine's encoder_model.onnx.")
    if args.network == "moonshine" and not (args.moonshine or args.start):
        raise InputError("Give --moonshine, the encoder_model.onnx to begin with, or take --network mel.")
    with whole_file(args.out):  # an unwritable place is found before an hour of work, not after
        pass
    args.out.unlink()
    options = replace(
        SpeechTrainingOptions(),
        steps=args.steps,
        batch=args.batch,
        learning_rate=args.learning_rate,
        tuning_rate=args.tuning_rate,
        taught=args.taught,
        distill=args.distill,
        seed=args.seed,
    )
    sets = prepare(
        args.data,
        args.cache,
        args.sets,
        args.unlabelled,
        args.moonshine,
        args.seed,
        align=not args.keep_labels,
    )
    checkpoint = args.checkpoint or args.out.with_suffix(".pt")
    model = train(sets, options, _new_encoder(args), checkpoint)
    names = list(sets.pools)
    exported = args.out.with_suffix(".float32.onnx") if args.eight_bits else args.out
    write_encoder(model, exported, options, names, "moonshine-tiny" if args.moonshine else "none")
    if args.eight_bits:
        write_eight_bits(exported, args.out, sets, options, model)
    print(f"Wrote '{args.out}'. Frames right on clips not trained on:")
    for name, value in accuracies(model, sets.validation).items():
        print(f"  {name:20} {value:.3f}")
    return 0
