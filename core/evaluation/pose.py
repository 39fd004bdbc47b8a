# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure how heads move: each style against its reference, and whether they move with the voice.

  soliloquy evaluate pose --data FOLDER
  soliloquy evaluate pose --data FOLDER --styles reading conversation --plots plots
  soliloquy evaluate pose --data FOLDER --network my_head/pose_vae.onnx --recordings my_recordings

References: for the style that was learnt from capture the held-out clips of GRID s1 (and GRID's three other
people as a second look), or held-out recordings of your own; for the styles that are made by rule, that
motion, made for the same speech of people nobody trains on with other seeds, and each style's stated figures.
Heads move at 25 frames a second, that of the captures. Tables:

- Spread over time and over clips, speed and acceleration, made / reference; beyond 0.7 to 1.4 stands a "!".
- Distances of the histograms of speed and acceleration, beside a shuffled clip's and noise's.
- Diversity and Beat Align, with chance.
- Coupling to the voice beyond that of another clip, with a 95 % interval.
- Jitter: what is faster than 8 Hz.
- Seams of the windows, and drift over an hour.

Letters: F frames.
"""

import argparse
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..audio import SAMPLE_RATE
from ..errors import InputError
from ..generate.pose import OVERLAP, generate_pose
from ..generate.pose_sound import POSE_FPS
from ..generate.pose_styles import STYLE_FIGURES
from ..interpolation import interpolate_smooth
from ..runtime import Network, load_network
from ..training.captures import read_grid, read_recordings
from ..training.dataset import split
from ..training.pose.head_motion import HeadMotion, head_motions
from ..training.pose.made_motion import MANNERS, make_head_motion
from .pose_metrics import Drift, drift
from .pose_report import FINE_FPS, Heads, print_report
from .pose_speech import HELD_OUT_SETS, Spoken, heard, long_speech, read_held_out

SEEDS: Final = (0, 1, 2, 3, 4)
SEED_CLIPS: Final = 12
"""Sounds that are performed with each seed."""
_REFERENCE_SEED: Final = 1_000_003
_PIECES: Final = 10
_FEWEST: Final = 4
"""Clips, of which each is compared with others."""
_SHORTEST: Final = 3.0
"""Seconds of a recording, that its spectrum can be told."""

Rotations = list[NDArray[np.float32]]


@dataclass(frozen=True)
class PoseNetwork:
    """PoseVAE on whole clips.

    Attributes:
        network: of `soliloquy train pose`.
    """

    network: Network

    def rotation(self, spoken: Spoken, count: int, fps: float, style: str, seed: int) -> NDArray[np.float32]:
        """Yaw, pitch, roll (F, 3) of a head that speaks."""
        rotation, _ = generate_pose(
            spoken.prosody, spoken.cues, count, fps, style=style, seed=seed, network=self.network
        )
        return rotation

    def rotations(self, sounds: Sequence[Spoken], counts: Iterable[int], fps: float, style: str) -> Rotations:
        """A head for each sound, each with a seed of its own."""
        return [
            self.rotation(spoken, count, fps, style, seed)
            for seed, (spoken, count) in enumerate(zip(sounds, counts, strict=True))
        ]

    @property
    def seam_step(self) -> int:
        """Frames from the beginning of one window to that of the next."""
        return int(self.network.metadata["frames"]) - OVERLAP

    @property
    def styles(self) -> list[str]:
        """Those that it knows."""
        return self.network.metadata["styles"].split(",")

    @property
    def captured_style(self) -> str:
        """What recordings taught; GRID teaches "reading"."""
        return self._training.get("captured_style", "reading")

    @property
    def sets(self) -> list[str]:
        """Names and folders of what it was trained on."""
        return self._training.get("sets", ["grid"])

    @property
    def _training(self) -> dict[str, Any]:
        return json.loads(self.network.metadata.get("training", "{}"))


def captured_heads(
    model: PoseNetwork,
    title: str,
    motions: Sequence[HeadMotion],
    speakers: Mapping[str, str] | None,
    style: str,
    encoder: Network,
) -> Heads:
    """A style beside heads that were captured speaking the same.

    Args:
        model: PoseVAE.
        title: of the captured heads.
        motions: of them, at `POSE_FPS` and of about one length.
        speakers: who is in each clip; None where nobody knows.
        style: to make.
        encoder: the speech encoder.
    """
    # Some clips are a frame shorter.
    frames = min(len(motion) for motion in motions)
    names = [speakers[motion.name] if speakers else title for motion in motions]
    sounds = [heard(name, motion.samples, encoder) for name, motion in zip(names, motions, strict=True)]
    return Heads(
        title=style,
        style=style,
        reference_title=title,
        fps=POSE_FPS,
        sounds=sounds,
        made=model.rotations(sounds, [frames] * len(sounds), POSE_FPS, style),
        reference=[motion.rotation[:frames] for motion in motions],
        raw=[motion.raw_rotation[:frames] for motion in motions],
        groups=names if len(set(names)) > 1 else None,
        fine=_fine(model, sounds, frames / POSE_FPS, style),
        seeds=_seeds(model, sounds, frames, style),
    )


def cut_motions(motions: Iterable[HeadMotion], seconds: float) -> list[HeadMotion]:
    """Recordings in pieces of one length at `POSE_FPS`: of so many seconds, or of the shortest that are 3 s
    long."""
    even: list[HeadMotion] = []
    for motion in motions:
        times = np.arange(int((len(motion) - 1) / motion.fps * POSE_FPS) + 1) / POSE_FPS
        turned, raw = (
            interpolate_smooth(angles, motion.fps, times) for angles in (motion.rotation, motion.raw_rotation)
        )
        if times[-1] >= _SHORTEST:
            even.append(replace(motion, fps=POSE_FPS, rotation=turned, raw_rotation=raw))
    frames = min([round(seconds * POSE_FPS), *(len(motion) for motion in even)])
    step = SAMPLE_RATE // POSE_FPS
    return [
        replace(
            motion,
            rotation=motion.rotation[first : first + frames],
            raw_rotation=motion.raw_rotation[first : first + frames],
            samples=motion.samples[first * step : (first + frames) * step],
        )
        for motion in even
        for first in range(0, len(motion) - frames + 1, frames)
    ]


def other_voices(
    model: PoseNetwork, captured: Heads, data: Path, sets: Sequence[str], count: int, encoder: Network
) -> Heads:
    """The captured style moved by many people's voices, beside the captured heads."""
    frames = len(captured.reference[0])
    sounds = read_held_out(data, sets, frames / POSE_FPS, count, encoder)
    return Heads(
        title=f"{captured.style}, other voices",
        style=captured.style,
        reference_title=captured.reference_title,
        fps=POSE_FPS,
        sounds=sounds,
        made=model.rotations(sounds, [frames] * len(sounds), POSE_FPS, captured.style),
        reference=captured.reference,
        groups=[spoken.speaker for spoken in sounds],
        fine=_fine(model, sounds, frames / POSE_FPS, captured.style),
        seeds=_seeds(model, sounds, frames, captured.style),
        is_paired=False,
    )


def made_heads(model: PoseNetwork, sounds: Sequence[Spoken], style: str) -> Heads:
    """A style beside the motion made by rule that it was trained on, for the same sounds."""
    frames = int(min(spoken.prosody.duration for spoken in sounds) * POSE_FPS)
    reference = [
        make_head_motion(spoken.prosody, spoken.cues, MANNERS[style], frames, _REFERENCE_SEED + number)
        for number, spoken in enumerate(sounds)
    ]
    return Heads(
        title=style,
        style=style,
        is_made=True,
        reference_title="made by rule",
        fps=POSE_FPS,
        sounds=list(sounds),
        made=model.rotations(sounds, [frames] * len(sounds), POSE_FPS, style),
        reference=[poses[:, :3] for poses in reference],
        groups=[spoken.speaker for spoken in sounds],
        fine=_fine(model, sounds, frames / POSE_FPS, style),
        seeds=_seeds(model, sounds, frames, style),
    )


def hour_of_drift(model: PoseNetwork, spoken: Spoken, styles: Sequence[str]) -> dict[str, Drift]:
    """Where the head of each style is in each tenth of a long sound."""
    frames = int(spoken.prosody.duration * POSE_FPS)
    return {style: drift(model.rotation(spoken, frames, POSE_FPS, style, 0), _PIECES) for style in styles}


def _all_captured(
    model: PoseNetwork, styles: Sequence[str], args: argparse.Namespace, encoder: Network
) -> list[Heads]:
    """Each style that was learnt from captures beside those of them that were held out."""
    heads: list[Heads] = []
    if "reading" in styles and "grid" in model.sets:
        folder = args.data / "grid_s1"
        motions = head_motions(split(read_grid(folder))[1])
        captured = captured_heads(model, "GRID s1, held out", motions, _speakers(folder), "reading", encoder)
        heads += [captured, other_voices(model, captured, args.data, args.speech, args.clips, encoder)]
        folder = args.data / "grid_others"
        if folder.is_dir():
            motions = head_motions(read_grid(folder))
            heads.append(
                captured_heads(model, "GRID, three others", motions, _speakers(folder), "reading", encoder)
            )
    own = model.captured_style
    if own in styles and args.recordings:
        captures = [capture for folder in args.recordings for capture in read_recordings(folder)]
        motions = cut_motions(head_motions(split(captures)[1]), STYLE_FIGURES["conversation"].seconds)
        if len(motions) < _FEWEST:
            raise InputError(
                f"The recordings hold {len(motions)} held-out pieces of 3 s or more: expected {_FEWEST} or "
                "more. Every tenth recording, from the sixth on, is held out."
            )
        heads.append(captured_heads(model, "own, held out", motions, None, own, encoder))
    return heads


def _fine(model: PoseNetwork, sounds: Sequence[Spoken], seconds: float, style: str) -> Rotations:
    return model.rotations(sounds, [int(seconds * FINE_FPS)] * len(sounds), FINE_FPS, style)


def _seeds(model: PoseNetwork, sounds: Sequence[Spoken], frames: int, style: str) -> list[Rotations]:
    return [
        [model.rotation(spoken, frames, POSE_FPS, style, seed) for seed in SEEDS]
        for spoken in sounds[:SEED_CLIPS]
    ]


def _speakers(folder: Path) -> dict[str, str]:
    """Who speaks in each clip of a set; the set itself where its index does not say."""
    lines = (folder / "index.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return {row["id"]: row.get("speaker", folder.name) for row in rows}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `soliloquy evaluate pose`."""
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER", help="folder of the data sets")
    parser.add_argument(
        "--network", default="pose_vae", metavar="NAME", help="pose_vae, or an .onnx file (default: pose_vae)"
    )
    parser.add_argument("--encoder", default="speech_encoder", metavar="NAME", help="speech encoder")
    parser.add_argument(
        "--styles", nargs="+", choices=tuple(STYLE_FIGURES), metavar="STYLE", help="default: all it knows"
    )
    parser.add_argument(
        "--recordings",
        nargs="+",
        type=Path,
        default=[],
        metavar="FOLDER",
        help="your own recordings, if the network learnt a style from them: the held-out ones are compared",
    )
    parser.add_argument(
        "--speech",
        nargs="+",
        default=list(HELD_OUT_SETS),
        metavar="SET",
        help="sets of speech below --data that mark held-out speakers (default: %(default)s)",
    )
    parser.add_argument(
        "--clips", type=int, default=108, metavar="N", help="pieces of their speech (default %(default)s)"
    )
    parser.add_argument(
        "--hours", type=float, default=1.0, metavar="H", help="over which drift is measured (default 1)"
    )
    parser.add_argument("--plots", type=Path, metavar="FOLDER", help="draw spectra and curves there")


def run(args: argparse.Namespace) -> int:
    """Print the tables."""
    if args.clips < _FEWEST:
        raise InputError(
            f"--clips is {args.clips}: expected {_FEWEST} or more, each is compared with others."
        )
    network = load_network(args.network, providers=["cpu"])
    encoder = load_network(args.encoder, providers=["cpu"])
    model = PoseNetwork(network)
    styles = [style for style in args.styles or STYLE_FIGURES if style in model.styles]
    heads = _all_captured(model, styles, args, encoder)
    made = [style for style in styles if style in MANNERS and style != model.captured_style]
    if made:
        seconds = STYLE_FIGURES[made[0]].seconds
        sounds = read_held_out(args.data, args.speech, seconds, args.clips, encoder)
        heads += map(partial(made_heads, model, sounds), made)
    if not heads:
        raise InputError(
            f"There is nothing to compare {', '.join(styles)} with: give --recordings, which taught it."
        )
    drifts = {}
    if args.hours > 0:
        drifts = hour_of_drift(model, long_speech(args.data, args.hours * 3600, encoder), styles)
    print_report(heads, drifts, model.seam_step, OVERLAP + 1)
    if args.plots is not None:
        from .pose_plots import draw_plots

        for path in draw_plots(heads, args.plots):
            print(path)
    return 0
