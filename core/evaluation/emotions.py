# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether emotions leave to the mouth what the sounds ask of it.

  soliloquy evaluate emotions --data FOLDER

For each emotion at its full strength from the first to the last frame, beside a face that feels nothing and
one that only breathes and stirs: the share of m, b, p that seal within 40 ms and in the frame at their
middle, f and v with the lower lip at the teeth, vowels shown closed, rounded against spread vowels by the
mouth's width (AUC), and how far that width goes as without emotion while somebody speaks (correlation). Then
what must never be: the largest that shapes fight, the lowest and the highest weight, and the largest step
from a frame to the next of what the emotion adds, without the lids, beside that of a mouth that only speaks.
Of people who were never heard in any training; of the sample without a folder.

Shape letters: F frames.
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...samples import SOUND, phones
from ..argument_types import at_least_one
from ..audio import SAMPLE_RATE, load
from ..errors import InputError
from ..frame_times import frame_count
from ..generate.articulation import Demands, demands
from ..generate.assembly import assemble
from ..generate.emotion.directions import EMOTIONS, EmotionDirections, EmotionTag
from ..generate.emotion.feeling import feeling_of
from ..generate.emotion.layer import TOGETHER
from ..generate.expression import ExpressionTrack
from ..generate.generators import FaceGenerator, load_generator
from ..generate.head_and_eyes import HeadAndEyes, move_head_and_eyes
from ..generate.one_pass import run_networks
from ..generate.prosody import ProsodyMeter
from ..generate.settings import AnimationSettings
from ..generate.speech import SPEECH_FPS
from ..motion import FaceMotion, Phone
from ..phone_decoding import decode_phones
from ..retarget.arkit import ARKIT_INDEX, BLINK_NAMES, MOUTH_NAMES, arkit_indices
from ..runtime import Network, load_network
from .generators_closures import UNHEARD, unheard_clips
from .mouth_events import MouthCounts, mouth_widths

NEUTRAL: Final = "nothing"
IDLE: Final = "idle motion"
CONDITIONS: Final = (NEUTRAL, IDLE, *EMOTIONS)
"""What is felt; idle motion goes with each emotion."""

Clips = Sequence[tuple[tuple[Phone, ...], NDArray[np.float32]]]

_MOUTH: Final = arkit_indices(MOUTH_NAMES)
_NOT_LIDS: Final = [index for name, index in ARKIT_INDEX.items() if name not in BLINK_NAMES]


@dataclass
class EmotionCounts:
    """What an emotion did to sentences.

    Attributes:
        mouth: as of any motion.
        widths: correlation of the mouth's width with that without emotion, while somebody speaks.
        fight: the largest of `fight`.
        lowest, highest: weight.
        step: largest change from frame to frame of what the emotion adds, without the lids.
        speech_step: likewise of the mouth's weights without emotion.
    """

    mouth: MouthCounts = field(default_factory=MouthCounts)
    widths: list[float] = field(default_factory=list)
    fight: float = 0.0
    lowest: float = 1.0
    highest: float = 0.0
    step: float = 0.0
    speech_step: float = 0.0

    def add(self, motion: FaceMotion, neutral: FaceMotion, spoken: Sequence[Phone]) -> None:
        """Count a motion beside that without emotion of the same clip."""
        weights = motion.weights
        self.mouth.add(weights, spoken, motion.fps)
        times = motion.times
        speaking = np.zeros(len(times), bool)
        for phone in spoken:
            speaking |= (times >= phone.start) & (times <= phone.end)
        widths = [mouth_widths(each.weights)[speaking] for each in (motion, neutral)]
        if speaking.any() and all(width.std() > 0 for width in widths):
            self.widths.append(float(np.corrcoef(widths[0], widths[1])[0, 1]))
        self.fight = max(self.fight, fight(weights))
        self.lowest = min(self.lowest, float(weights.min()))
        self.highest = max(self.highest, float(weights.max()))
        self.step = max(self.step, _step((weights - neutral.weights)[:, _NOT_LIDS]))
        self.speech_step = max(self.speech_step, _step(neutral.weights[:, _MOUTH]))


def fight(weights: NDArray[np.floating]) -> float:
    """The largest of the smaller one of two shapes that work against each other, beyond what both may do at
    once (`TOGETHER`); of weights (F, 52)."""
    return max(
        float(np.minimum(weights[:, ARKIT_INDEX[first]], weights[:, ARKIT_INDEX[second]]).max()) - together
        for (first, second), together in TOGETHER.items()
    )


def evaluate(
    generator: FaceGenerator, encoder: Network, head: Network, clips: Clips, *, fps: float
) -> dict[str, EmotionCounts]:
    """Counts of each of `CONDITIONS`.

    Args:
        generator: sound to expression.
        encoder: the speech encoder.
        head: PoseVAE.
        clips: phones with their times, and samples at 16 kHz.
        fps: frames a second.
    """
    counts = {condition: EmotionCounts() for condition in CONDITIONS}
    for number, (spoken, samples) in enumerate(clips):
        heard = _Heard.of(generator, encoder, head, samples, fps, seed=number)
        neutral = heard.motion(NEUTRAL)
        for condition, count in counts.items():
            count.add(neutral if condition == NEUTRAL else heard.motion(condition), neutral, spoken)
    return counts


@dataclass(frozen=True)
class _Heard:
    """A clip that was heard once for all emotions."""

    generator: FaceGenerator
    track: ExpressionTrack
    wanted: Demands
    living: HeadAndEyes
    fps: float
    seed: int

    @classmethod
    def of(
        cls,
        generator: FaceGenerator,
        encoder: Network,
        head: Network,
        samples: NDArray[np.float32],
        fps: float,
        *,
        seed: int,
    ) -> "_Heard":
        track, features = run_networks(generator, encoder, [samples])
        assert features is not None  # there is an encoder
        meter = ProsodyMeter()
        meter.push(samples)
        count = frame_count(len(samples) / SAMPLE_RATE, fps)
        living = move_head_and_eyes(
            meter.finish(features.voice), count, fps, seed=seed, settings=AnimationSettings(), network=head
        )
        found = decode_phones(features.phones, SPEECH_FPS).spoken
        wanted = demands(features, count, fps, heard=found)
        return cls(generator, track, wanted, living, fps, seed)

    def motion(self, condition: str) -> FaceMotion:
        """The face with one of `CONDITIONS`."""
        settings = AnimationSettings()
        if condition == NEUTRAL:
            settings = replace(settings, idle_amount=0)
        tags = (EmotionTag(0, condition),) if condition in EMOTIONS else ()
        feeling = feeling_of(
            self.living.cues, seed=self.seed, settings=settings, directions=EmotionDirections(tags)
        )
        return assemble(
            self.track,
            self.generator,
            self.wanted,
            self.living,
            self.fps,
            seed=self.seed,
            settings=settings,
            report=lambda share: None,
            look=lambda: None,
            feeling=feeling,
        )


def table(counts: Mapping[str, EmotionCounts]) -> Iterator[str]:
    """A line for each condition."""
    columns = ("sealed", "middle", "f/v", "closed", "AUC", "width", "fight", "lowest", "highest", "step")
    yield f"{'':12}" + "".join(f"{name:>9}" for name in columns)
    for condition, count in counts.items():
        mouth = count.mouth
        values = (
            _mean(mouth.sealed),
            _mean(mouth.sealed_middle),
            _mean(mouth.bites),
            _mean(mouth.vowels_closed),
            mouth.rounding_auc,
            _mean(count.widths),
            count.fight,
            count.lowest,
            count.highest,
            count.step,
        )
        yield f"{condition:12}" + "".join(f"{value:9.3f}" for value in values)
    neutral = counts[NEUTRAL]
    most = max(abs(_mean(each.mouth.sealed) - _mean(neutral.mouth.sealed)) for each in counts.values())
    yield (
        f"{len(neutral.mouth.sealed)} m/b/p: the share that seals differs by {100 * most:.2f} % at most. "
        f"Largest step of speech alone: {neutral.speech_step:.3f}."
    )


def _step(weights: NDArray[np.floating]) -> float:
    return float(np.abs(np.diff(weights, axis=0)).max(initial=0.0))


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if len(values) else float("nan")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `soliloquy evaluate emotions`."""
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="folder of the sets; else the sample")
    parser.add_argument(
        "--model", default="expnet", help="any that 'soliloquy animate' takes (default: expnet)"
    )
    parser.add_argument("--encoder", default="speech_encoder", help="speech_encoder, or an .onnx file")
    parser.add_argument("--clips", type=at_least_one, default=60, help="of each group, at most (default: 60)")
    parser.add_argument("--fps", type=float, default=60.0, metavar="N", help="frames a second (default: 60)")


def run(args: argparse.Namespace) -> int:
    """Carry out `soliloquy evaluate emotions`."""
    if not 1 <= args.fps <= 1000:
        raise InputError(f"fps is {args.fps}: expected 1 to 1000 frames per second.")
    if args.data is not None and not any((args.data / name).is_dir() for name, _ in UNHEARD.values()):
        names = ", ".join(name for name, _ in UNHEARD.values())
        raise InputError(f"'{args.data}' holds no set of speech: expected a folder with one of {names}.")
    generator = load_generator(args.model, providers=["cpu"])
    networks = (load_network(name, providers=["cpu"]) for name in (args.encoder, "pose_vae"))
    encoder, head = networks
    groups: Iterator[tuple[str, Clips]]
    if args.data is None:
        said = tuple(phone for phone in phones() if phone.name != "SIL")
        groups = iter([("the sample", [(said, load(SOUND))])])
    else:
        groups = unheard_clips(args.data, args.clips)
    print(f"{args.model} at {args.fps:g} frames a second, every emotion at its full strength")
    for group, clips in groups:
        counts = evaluate(generator, encoder, head, clips, fps=args.fps)
        print("\n".join(["", f"{group}, {len(clips)} clips", *table(counts)]), flush=True)
    return 0
