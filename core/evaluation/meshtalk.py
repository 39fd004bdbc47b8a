# SPDX-License-Identifier: GPL-3.0-or-later
"""MeshTalk measured: lips, the life of the upper face, and whether the two are apart.

  soliloquy evaluate meshtalk --data FOLDER --models meshtalk FOLDER_OF_ANOTHER

Held-out clips, each from its start, at MeshTalk's 30 frames a second, the networks' own motion without the
articulation that `animate` adds. Tables:

- Lips and upper face against the capture: from sound and face together ("reconstructed"), drawn from the
  sound alone, beside the mean face and ExpNet.
- Disentanglement: what changes where the sound, or the face, of another clip is put in.
- Five seeds: what they share and where they differ.
- Use of the categories.

Shape letters: K clips, F frames, H heads, S seeds.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..generate.expression import ExpressionTrack, generate_expression
from ..generate.generators import mesh_track
from ..generate.lids import find_blinks
from ..generate.mesh import (
    MESH_FPS,
    MeshTalkNetworks,
    draw_labels,
    frame_codes,
    load_meshtalk,
    move,
    sound_columns,
)
from ..generate.sampling import STYLES
from ..head import load_head
from ..head.head_model import IDENTITY_COUNT
from ..retarget.solve import WeightSolver
from ..runtime import WEIGHTS_FOLDER, Network, load_network
from ..training.captures import Capture
from ..training.dataset import read_captures, split
from ..training.meshtalk.usage import head_perplexity
from ..training.performances import expression_of, motion_of
from .lip_figures import lip_figures
from .vertex_metrics import (
    agreement,
    explained_variance,
    lid_opening,
    lip_opening,
    region_change,
    region_deviation,
    region_weights,
)

SEEDS: Final = (0, 1, 2, 3, 4)
SEED_CLIPS: Final = 20
"""Clips that are joined for the seeds: a minute of speech."""
SAME_BLINK: Final = 0.15
"""Seconds within which two blinks count as one."""

_EYELIDS: Final = ("eyeBlinkLeft", "eyeBlinkRight")


@dataclass(frozen=True)
class Clip:
    """A held-out clip.

    Attributes:
        samples: (n,) its sound.
        beta: (F, 64) captured, at `MESH_FPS`.
        has_upper: whether lids and brows were captured.
    """

    samples: NDArray[np.float32]
    beta: NDArray[np.float32]
    has_upper: bool


@dataclass(frozen=True)
class Group:
    """Clips of people who are known, or not."""

    title: str
    clips: list[Clip]


@dataclass(frozen=True)
class Disentanglement:
    """What changes when one signal is another clip's, in units of the region's captured standard deviation.

    Attributes:
        by_sound: region -> change by another sound.
        by_face: region -> change by another face.
        lids_explained: share of the captured lids' variance that the face alone explains.
        reconstructed: the same from sound and face.
    """

    by_sound: dict[str, float]
    by_face: dict[str, float]
    lids_explained: float
    reconstructed: float

    @property
    def sound_ratio(self) -> float:
        """How much more another sound changes the lips than lids and brows."""
        return self.by_sound["lips"] / max(self.by_sound["lids"], self.by_sound["brows"])

    @property
    def face_ratio(self) -> float:
        """How much more another face changes lids and brows than the lips."""
        return min(self.by_face["lids"], self.by_face["brows"]) / self.by_face["lips"]


@dataclass(frozen=True)
class SeedFigures:
    """What several performances of one sound share.

    Attributes:
        gap, least_gap: mean and least correlation of the lip gaps of two seeds.
        blinks: blinks a minute of each seed, as they come.
        same_blinks: share of a seed's blinks that another seed has at the same time.
        chance: the same for times drawn evenly.
        captured: blinks a minute of the captured speaker.
    """

    gap: float
    least_gap: float
    blinks: tuple[float, ...]
    same_blinks: float
    chance: float
    captured: float


class MeshTalk:
    """The networks of one training, on whole clips."""

    def __init__(self, folder: Path, encoder: Network) -> None:
        self.networks: MeshTalkNetworks = load_meshtalk(folder, providers=["cpu"], threads=2)
        self.encoder = encoder

    def codes(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Audio codes (F, W) of a sound."""
        columns, silence = sound_columns(self.networks, [samples], self.encoder, lambda features: None)
        return np.concatenate(list(frame_codes(self.networks, columns, silence)))

    def labels(self, codes: NDArray[np.float32], beta: NDArray[np.float32]) -> NDArray[np.int64]:
        """Likeliest categories (F, H) of a sound's codes and a face."""
        head = load_head()
        if self.networks.movement.metadata["mesh"] == "vertices":
            mesh = head.vertices(beta=beta).reshape(len(beta), -1)
        else:
            mesh = np.concatenate([np.zeros((len(beta), IDENTITY_COUNT), np.float32), beta], axis=1)
        logits = self.networks.faces.run(audio=codes[None, : len(beta)], mesh=mesh[None])[0][0]
        return logits.argmax(axis=-1)

    def moved(self, labels: NDArray[np.int64]) -> NDArray[np.float32]:
        """beta (S, F, 64) of categories (S, F, H), smoothed as `animate` does."""
        beta = np.concatenate(list(move(self.networks, [labels])), axis=1)
        times = np.arange(beta.shape[1]) / MESH_FPS
        return np.stack([mesh_track(each).at(times) for each in beta])

    def drawn(self, codes: NDArray[np.float32], style: str, seeds: Sequence[int]) -> NDArray[np.float32]:
        """beta (S, F, 64) drawn from the sound alone."""
        labels = list(draw_labels(self.networks, [codes], STYLES[style], seeds))
        return self.moved(np.concatenate(labels, axis=1))


def read_groups(data: Path) -> tuple[list[Group], NDArray[np.float32]]:
    """Held-out clips by who speaks, and the mean captured expression (64,) of those who are known."""
    training, held_out = split(read_captures(data, ["grid"]))
    groups = [Group("GRID s1, held-out clips (seen speaker)", _clips(held_out))]
    if (data / "grid_others").is_dir():
        groups.append(Group("GRID, three other people", _clips(read_captures(data, ["grid_others"]))))
    groups.append(
        Group("FACEGOOD, held-out take (seen speaker)", _clips(split(read_captures(data, ["facegood"]))[1]))
    )
    mean = np.concatenate([clip.beta for clip in _clips(training[::10])]).mean(axis=0)
    return groups, mean


def _clips(captures: Sequence[Capture]) -> list[Clip]:
    clips = []
    for capture in captures:
        weights, valid, has_upper = motion_of(capture, MESH_FPS)
        # The longest stretch from the start that was really captured.
        count = len(valid) if valid.all() else int(np.argmin(valid))
        if count > MESH_FPS:
            clips.append(Clip(capture.samples, expression_of(weights[:count]), has_upper))
    return clips


def disentangle(model: MeshTalk, clips: Sequence[Clip]) -> Disentanglement:
    """Put the sound, then the face, of the next clip in; clips are cut to the length of the shortest."""
    head = load_head()
    clips = [clip for clip in clips if clip.has_upper]
    frames = min(len(clip.beta) for clip in clips)
    faces = [clip.beta[:frames] for clip in clips]
    codes = [_padded(model.codes(clip.samples), frames) for clip in clips]

    def moved(sounds: Sequence[NDArray], seen: Sequence[NDArray]) -> NDArray[np.float32]:
        labels = np.stack([model.labels(code, face) for code, face in zip(sounds, seen, strict=True)])
        return model.moved(labels)

    own = moved(codes, faces)
    other_sound = moved([*codes[1:], codes[0]], faces)
    other_face = moved(codes, [*faces[1:], faces[0]])
    by_sound, by_face = {}, {}
    for name in ("lips", "lids", "brows"):
        weights = region_weights(head, name)
        unit = region_deviation(faces, weights, head)
        for result, changed in ((by_sound, other_sound), (by_face, other_face)):
            changes = [region_change(a, b, weights, head) for a, b in zip(own, changed, strict=True)]
            result[name] = float(np.concatenate(changes).mean()) / unit

    def explained(made: NDArray[np.float32]) -> float:
        return explained_variance(
            *(np.concatenate([lid_opening(each, head) for each in side]) for side in (made, faces))
        )

    return Disentanglement(by_sound, by_face, explained(other_sound), explained(own))


def compare_seeds(model: MeshTalk, clips: Sequence[Clip], style: str) -> SeedFigures:
    """Five performances of some clips, one after the other."""
    head = load_head()
    solver = WeightSolver(head.arkit_to_expression)
    codes = np.concatenate([model.codes(clip.samples) for clip in clips])
    takes = model.drawn(codes, style, SEEDS)
    gaps = agreement([lip_opening(each, head) for each in takes])
    minutes = takes.shape[1] / MESH_FPS / 60
    times = [_blink_times(each, solver) for each in takes]
    same, expected = [], []
    for one in range(len(SEEDS)):
        for other in range(len(SEEDS)):
            if one != other and len(times[one]):
                near = np.abs(times[one][:, None] - times[other][None]) < SAME_BLINK
                same.append(float(near.any(axis=1).mean()))
                expected.append(1 - np.exp(-2 * SAME_BLINK * len(times[other]) / (60 * minutes)))
    captured = [clip for clip in clips if clip.has_upper]
    captured_blinks = sum(len(_blink_times(clip.beta, solver)) for clip in captured)
    captured_minutes = sum(len(clip.beta) for clip in captured) / MESH_FPS / 60
    return SeedFigures(
        gap=gaps.mean,
        least_gap=gaps.least,
        blinks=tuple(len(each) / minutes for each in times),
        same_blinks=float(np.mean(same)) if same else 0.0,
        chance=float(np.mean(expected)) if expected else 0.0,
        captured=captured_blinks / captured_minutes if captured else float("nan"),
    )


def _blink_times(beta: NDArray[np.float32], solver: WeightSolver) -> NDArray[np.float64]:
    """Seconds of the blinks (n,) of a face (F, 64)."""
    from ..retarget.arkit import arkit_indices

    closure = solver.solve(beta)[:, arkit_indices(_EYELIDS)].max(axis=1)
    return np.array([event.peak for event in find_blinks(closure, MESH_FPS)]) / MESH_FPS


def _padded(rows: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    """Exactly `count` rows; the last is repeated where a sound ends before its picture."""
    return rows[np.minimum(np.arange(count), len(rows) - 1)]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `soliloquy evaluate meshtalk`."""
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER", help="folder of the data sets")
    parser.add_argument(
        "--models",
        nargs="+",
        default=["meshtalk"],
        metavar="FOLDER",
        help="meshtalk, or folders that training wrote (default: meshtalk)",
    )
    parser.add_argument("--expnet", default="expnet", metavar="NAME", help="ExpNet to stand beside")
    parser.add_argument("--encoder", default="speech_encoder", metavar="NAME", help="speech encoder")
    parser.add_argument(
        "--style", choices=tuple(STYLES), default="natural", help="how it draws (default %(default)s)"
    )


def run(args: argparse.Namespace) -> int:
    """Print the tables."""
    encoder = load_network(args.encoder, providers=["cpu"])
    models = {}
    for name in args.models:
        folder = WEIGHTS_FOLDER / name if name == "meshtalk" else Path(name)
        if not folder.is_dir():
            raise InputError(f"No MeshTalk at '{folder}': train one with 'soliloquy train meshtalk'.")
        # Two folders of one name must not hide each other.
        models[name if folder.name in models else folder.name] = MeshTalk(folder, encoder)
    expnet = load_network(args.expnet, providers=["cpu"])
    groups, mean = read_groups(args.data)
    for group in groups:
        _print_lips(group, models, expnet, encoder, mean, args.style)
    clips = groups[0].clips
    for name, model in models.items():
        _print_apart(name, disentangle(model, clips))
    for name, model in models.items():
        _print_seeds(name, compare_seeds(model, clips[:SEED_CLIPS], args.style), args.style)
        labels = np.concatenate(
            [model.labels(_padded(model.codes(clip.samples), len(clip.beta)), clip.beta) for clip in clips]
        )
        _, classes = model.networks.shape
        used = head_perplexity(labels, classes)
        print(
            f"  categories used on held-out clips: perplexity of {len(used)} heads of {classes} classes "
            f"{used.mean():.1f}, least {used.min():.1f}; each: {' '.join(f'{value:.0f}' for value in used)}"
        )
    return 0


def _print_lips(
    group: Group,
    models: dict[str, MeshTalk],
    expnet: Network,
    encoder: Network,
    mean: NDArray[np.float32],
    style: str,
) -> None:
    clips = group.clips
    seconds = sum(len(clip.beta) for clip in clips) / MESH_FPS
    print(f"\n{group.title}: {len(clips)} clips, {seconds / 60:.1f} min")
    print(f"{'':34} {'lips mm':>8} {'LVE mm2':>8} {'gap':>6} {'MOD mm':>7} {'FDD mm2':>8} {'|FDD|':>7}")

    def line(title: str, made: Sequence[NDArray[np.float32]]) -> None:
        own = lip_figures(made, [clip.beta for clip in clips], [clip.has_upper for clip in clips])
        cells = f"{own.error:8.2f} {own.lve:8.2f} {own.gap:6.3f} {own.mod:7.2f}"
        print(f"{title:34} {cells} {own.fdd:8.3f} {own.fdd_size:7.3f}", flush=True)

    line("mean face", [np.repeat(mean[None], len(clip.beta), axis=0) for clip in clips])
    made = []
    for clip in clips:
        track = ExpressionTrack(
            np.concatenate(list(generate_expression(expnet, [clip.samples], encoder=encoder)))
        )
        made.append(track.at(np.arange(len(clip.beta)) / MESH_FPS))
    line("ExpNet, from sound", made)
    for name, model in models.items():
        codes = [_padded(model.codes(clip.samples), len(clip.beta)) for clip in clips]
        line(
            f"{name}, reconstructed",
            [
                model.moved(model.labels(code, clip.beta)[None])[0]
                for code, clip in zip(codes, clips, strict=True)
            ],
        )
        for each in dict.fromkeys(("steady", style)):
            line(f"{name}, from sound, {each}", [model.drawn(code, each, [0])[0] for code in codes])


def _print_apart(name: str, result: Disentanglement) -> None:
    print(f"\n{name}: what changes, in standard deviations of the captured region")
    print(f"{'':24} {'lips':>8} {'lids':>8} {'brows':>8} {'ratio':>8}")
    for title, changes, ratio in (
        ("another clip's sound", result.by_sound, result.sound_ratio),
        ("another clip's face", result.by_face, result.face_ratio),
    ):
        cells = " ".join(f"{changes[region]:8.3f}" for region in ("lips", "lids", "brows"))
        print(f"{title:24} {cells} {ratio:8.1f}")
    print(
        f"  lids' variance explained: by the face alone (another sound) {result.lids_explained:.3f}, "
        f"by both {result.reconstructed:.3f}"
    )


def _print_seeds(name: str, result: SeedFigures, style: str) -> None:
    rates = " ".join(f"{value:.0f}" for value in result.blinks)
    print(f"\n{name}: {len(SEEDS)} seeds, {style}")
    print(f"  lip gap, correlation between seeds: mean {result.gap:.3f}, least {result.least_gap:.3f}")
    print(f"  blinks a minute as they come: {rates}; captured {result.captured:.0f}")
    print(
        f"  blinks that another seed has within {SAME_BLINK:g} s: {result.same_blinks:.2f} "
        f"(by chance {result.chance:.2f})"
    )
