# SPDX-License-Identifier: GPL-3.0-or-later
"""How near other people's rigs come to the full one when they speak, by names alone and by what keys do.

  soliloquy evaluate retarget
  soliloquy evaluate retarget --data FOLDER --clips 12 --sculptors 3

The built-in head is turned into rigs: other sets of keys, other faces, meshes, units and axes. The same
speech is played on each and on all 52 ARKit shapes of the same face (the full rig), and the lips of both
are compared. Where these are is known from how the rig was made, not from what the solver measured. Keys are
sculpted anew by each of several seeded sculptors, never after the tables by which names are believed.

gap, width: correlation of the lip gap and of the mouth's width with the full rig's. size: how far the lip gap
swings in proportion to the mouth's width, that of the built-in head being 1. off: mean distance of inner lips
and corners from where the full rig has them, mm. seals: share of the m, b, p sealed by the full rig that seal
here too (lips nearer than 2 % of the mouth's width in at least one frame within 40 ms). shut: share of the
frames of the full rig's wide open mouth in which this one is closed. silence: share of the frames of pauses
with closed lips. blinks: share of blinks in which the lids meet. jitter: mean acceleration of the lip gap by
how far it swings, that of the full rig being 1.
"""

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...samples import SOUND
from ...samples import phones as sample_phones
from ..argument_types import at_least_one
from ..audio import load
from ..errors import InputError
from ..generate import animate
from ..motion import FaceMotion, Phone
from ..phones import SILENCE_PHONE
from ..retarget.detection import detect
from ..retarget.face_features import LIP_PAIRS, face_features
from ..retarget.mapping import Method, RigMapping
from ..retarget.measured_shapes import FaceSurface, MeasuredShapes, measure_shapes
from ..retarget.retargeter import make_retargeter
from . import made_heads, made_meshes, retarget_bones, retarget_rigs
from .made_heads import MadeHead, built_in
from .retarget_bones import BoneRig
from .retarget_metrics import SCORES, FaceCurves, Score, face_curves, score
from .retarget_rigs import KeyedRig

Rig = KeyedRig | BoneRig
Maker = Callable[[MadeHead, int], Rig]

KEYS: Final[Mapping[str, Maker]] = {
    "ARKit": lambda head, seed: retarget_rigs.full_rig(head),
    "ARKit without mouthClose": lambda head, seed: retarget_rigs.without(head, ["mouthClose"]),
    "ARKit without names": retarget_rigs.nameless,
    "ARKit, names scrambled": retarget_rigs.misnamed,
    "15 Oculus visemes": retarget_rigs.oculus,
    "14 visemes, lips apart at rest": retarget_rigs.lips_apart,
    "9 Preston Blair": retarget_rigs.preston_blair,
    "VRM: A I U E O, Blink": retarget_rigs.vrm,
    "30 random mixtures": retarget_rigs.mixtures,
    "6 unnamed morphs": retarget_rigs.handful,
    "bones: 15 visemes, Blink": retarget_bones.viseme_bones,
    "bones: ARKit poses": retarget_bones.arkit_bones,
}
"""Sets of keys, all on the built-in head."""


def _blender(head: MadeHead) -> MadeHead:
    return made_heads.turned(
        head,
        f"{head.name}, cm, Z up",
        scale=100.0,
        rotation=made_heads.Z_UP,
        move=(0.0, 3.0, 165.0),
        tells_axes=True,
    )


def _lost(head: MadeHead) -> MadeHead:
    """Nobody says how it stands: in inches, on its side, askew by 12 degrees."""
    cosine, sine = np.cos(np.radians(12)), np.sin(np.radians(12))
    askew = np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]])
    sideways = np.array([[0.0, 0, 1], [1, 0, 0], [0, 1, 0]])
    rotation: NDArray[np.float64] = np.asarray(sideways @ askew, np.float64)
    return made_heads.turned(
        head,
        f"{head.name}, axes unknown",
        scale=1 / 0.0254,
        rotation=rotation,
        move=(40.0, -7.0, 12.0),
        tells_axes=False,
    )


HEADS: Final[Mapping[str, Callable[[int], MadeHead]]] = {
    "another person": lambda seed: made_heads.person(seed),
    "another person, cm, Z up": lambda seed: _blender(made_heads.person(seed + 20)),
    "axes unknown": lambda seed: _lost(made_heads.person(seed + 40)),
    "another mesh": lambda seed: made_meshes.remeshed(made_heads.person(seed + 60), seed),
    "another mesh, 5,000 vertices": lambda seed: made_meshes.remeshed(
        made_heads.person(seed + 80), seed, 5000
    ),
    "with body and hair": lambda seed: _blender(
        made_meshes.with_body(made_meshes.shuffled(made_heads.person(seed + 100), seed))
    ),
    "the face alone": lambda seed: made_meshes.face_alone(made_heads.person(seed + 120)),
    "1,500 vertices": lambda seed: made_meshes.remeshed(made_heads.person(seed + 140), seed, 1500),
    "a cartoon": lambda seed: made_heads.cartoon(),
    "an anime figure": lambda seed: made_heads.anime(),
    "an animal": lambda seed: made_heads.animal(),
}
"""Other heads, each drawn anew by a seed."""

ON_HEADS: Final = ("15 Oculus visemes", "ARKit without names")
"""Sets of keys that the other heads get."""

WAYS: Final = ("names", "shapes")
"""By names alone; by names and shapes together."""


@dataclass(frozen=True)
class Spoken:
    """A clip: what the face does, the sounds, and what is seen of it on the built-in head."""

    motion: FaceMotion
    phones: tuple[Phone, ...]

    @cached_property
    def usual(self) -> FaceCurves:
        """Curves of the built-in head."""
        return _curves(retarget_rigs.full_rig(built_in()), self.motion.weights)


@dataclass(frozen=True)
class Outcome:
    """What became of one rig in one way.

    Attributes:
        score: None where nothing could be driven.
        notes: what the user is told.
        curves: of each clip.
        full: those of the full rig on the same head.
        values: (F, K) of the keys in the first clip.
    """

    score: Score | None
    notes: tuple[str, ...] = ()
    curves: tuple[FaceCurves, ...] = ()
    full: tuple[FaceCurves, ...] = ()
    values: NDArray[np.floating] = field(default_factory=lambda: np.zeros((0, 0)))


def read_speech(data: Path | None, clips: int, fps: float) -> list[Spoken]:
    """The sample, and clips of people whom no training heard where there is a folder of sets."""
    sounds = [(load(SOUND), tuple(each for each in sample_phones() if each.name != SILENCE_PHONE))]
    if data is not None:
        # Reading sets needs the training's libraries, which nothing else here does.
        from .speech import GROUPS, speech_clips

        name, split = GROUPS["real"]
        found = speech_clips(data / name, split, clips)
        sounds += [(samples, label.phones or ()) for label, samples in found]
    return [Spoken(animate([samples], fps=fps), phones) for samples, phones in sounds]


def measure(rig: Rig) -> MeasuredShapes:
    """What the rig's keys do, as the solver sees it: from the mesh alone."""
    head = rig.head
    surface = FaceSurface(head.vertices.astype(np.float32), head.triangles, head.axes)
    return measure_shapes(surface, rig.keys, rig.deltas)


def known(rig: Rig) -> MeasuredShapes:
    """What the keys do, as nobody could measure better: from how the rig was made, on the built-in head."""
    features = face_features()
    plain = replace(rig, head=built_in())
    displacements = plain.deltas[:, features.samples].astype(np.float64)
    moving = np.abs(displacements).max(axis=(1, 2)) > 1e-5
    gaps = [features.measures[f"lip gap {pair}"] for pair in range(LIP_PAIRS)]
    parted = (rig.head.offsets - rig.reference.offsets)[features.samples]
    rest = np.array([np.tensordot(features.positions + parted, gap, 2) for gap in gaps])
    keys = tuple(key for key, moves in zip(rig.keys, moving, strict=True) if moves)
    return MeasuredShapes(keys, displacements[moving], rest, 0.0)


def play(
    rig: Rig,
    speech: Sequence[Spoken],
    full: Sequence[FaceCurves],
    *,
    method: Method,
    shapes: MeasuredShapes | None,
) -> Outcome:
    """Speech on a rig.

    Args:
        rig: what speaks.
        speech: clips.
        full: curves of the full rig on the same head.
        method: of the mapping.
        shapes: what the keys were measured to do; None for names alone.
    """
    mapping = RigMapping(detect(rig.keys).keys, method)
    try:
        retargeter = make_retargeter(mapping, {}, shapes)
    except InputError as error:
        return Outcome(None, (str(error),))
    columns = [rig.keys.index(key) for key in retargeter.keys]
    played = [np.zeros((len(clip.motion), len(rig.keys)), np.float32) for clip in speech]
    for clip, values in zip(speech, played, strict=True):
        values[:, columns] = retargeter.values(clip.motion.weights)
    curves = [_curves(rig, values) for values in played]
    usual, phones = zip(*((clip.usual, clip.phones) for clip in speech), strict=True)
    result = score(curves, full, usual, phones, speech[0].motion.fps)
    return Outcome(result, retargeter.notes, tuple(curves), tuple(full), played[0])


def full_curves(head: MadeHead, speech: Sequence[Spoken]) -> list[FaceCurves]:
    """The same speech on all 52 ARKit shapes of a head."""
    rig = retarget_rigs.full_rig(head)
    return [_curves(rig, clip.motion.weights) for clip in speech]


def _curves(rig: Rig, values: NDArray[np.floating]) -> FaceCurves:
    rest = rig.marks_at(np.zeros((1, len(rig.keys))))[0]
    return face_curves(rig.marks_at(values), rest)


def evaluate(
    cases: Sequence[tuple[str, Callable[[int], Rig]]],
    speech: Sequence[Spoken],
    sculptors: int,
    ways: Sequence[str],
) -> Iterator[tuple[str, dict[str, list[Outcome]]]]:
    """Each case with what became of it: way -> an outcome for each sculptor."""
    for title, make in cases:
        outcomes: dict[str, list[Outcome]] = {way: [] for way in ways}
        for seed in range(1, sculptors + 1):
            rig = make(seed)
            full = full_curves(rig.reference, speech)
            for way in ways:
                shapes = None
                if way != "names":
                    try:
                        shapes = measure(rig) if way == "shapes" else known(rig)
                    except InputError as error:
                        outcomes[way].append(Outcome(None, (str(error),)))
                        continue
                method: Method = "names" if way == "names" else "auto"
                outcomes[way].append(play(rig, speech, full, method=method, shapes=shapes))
        yield title, outcomes


def cases(chosen: Sequence[str] | None = None) -> list[tuple[str, Callable[[int], Rig]]]:
    """All rigs, or those whose titles contain one of some words."""

    def on_built_in(maker: Maker) -> Callable[[int], Rig]:
        return lambda seed: maker(built_in(), seed)

    def on_other(maker: Maker, head: Callable[[int], MadeHead]) -> Callable[[int], Rig]:
        return lambda seed: maker(head(seed), seed)

    result = [(title, on_built_in(maker)) for title, maker in KEYS.items()]
    result += [
        (f"{keys}: {title}", on_other(KEYS[keys], head)) for keys in ON_HEADS for title, head in HEADS.items()
    ]
    if chosen is None:
        return result
    found = [each for each in result if any(word.lower() in each[0].lower() for word in chosen)]
    if not found:
        titles = ", ".join(title for title, _ in result)
        raise InputError(f"No rig is named like {', '.join(chosen)}: expected one of {titles}.")
    return found


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `soliloquy evaluate retarget`."""
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="folder of sets: adds clips of people")
    parser.add_argument("--clips", type=int, default=8, metavar="N", help="of them (default: 8)")
    parser.add_argument("--fps", type=float, default=30.0, metavar="N", help="frames a second (default: 30)")
    parser.add_argument(
        "--sculptors", type=at_least_one, default=3, metavar="N", help="sculptors of each rig (default: 3)"
    )
    parser.add_argument(
        "--rigs", nargs="+", metavar="WORD", help="only rigs whose names contain one of these"
    )
    parser.add_argument(
        "--exact",
        action="store_true",
        help="beside them what the solver would do if shapes were measured without error",
    )
    parser.add_argument("--notes", action="store_true", help="what the user is told that each rig cannot do")
    parser.add_argument("--plots", type=Path, metavar="FOLDER", help="draw the lips of the sample there")


def run(args: argparse.Namespace) -> int:
    """Carry out `soliloquy evaluate retarget`."""
    chosen = cases(args.rigs)
    ways = (*WAYS, "exact") if args.exact else WAYS
    speech = read_speech(args.data, args.clips, args.fps)
    seconds = sum(clip.motion.duration for clip in speech)
    print(
        f"{len(speech)} clips, {seconds:.0f} s at {args.fps:g} frames a second, {args.sculptors} sculptors; "
        "1.00 is as the full rig, 0.00 in shut"
    )
    print(heading(), flush=True)
    pictures = None
    if args.plots is not None:
        # It needs Matplotlib, which nothing else here does.
        from .retarget_plots import Pictures

        pictures = Pictures(args.plots, speech[0])
    for (title, make), (_, outcomes) in zip(
        chosen, evaluate(chosen, speech, args.sculptors, ways), strict=True
    ):
        for line in lines(title, outcomes, tell=args.notes):
            print(line, flush=True)
        if pictures is not None:
            pictures.add(title, make(1), {way: each[0] for way, each in outcomes.items()})
    if pictures is not None:
        for path in pictures.write():
            print(path)
    return 0


def heading() -> str:
    """First line of the table."""
    return f"{'rig':44} {'by':7}" + "".join(f"{name:>9}" for name in SCORES)


def lines(title: str, outcomes: Mapping[str, Sequence[Outcome]], *, tell: bool) -> Iterator[str]:
    """Lines of the table for one rig: means over sculptors, and the notes of the first."""
    for number, (way, each) in enumerate(outcomes.items()):
        scores = [outcome.score for outcome in each if outcome.score is not None]
        start = f"{title if number == 0 else '':44} {way:7}"
        if scores:
            values = [float(np.mean([getattr(one, name) for one in scores])) for name in SCORES]
            yield start + "".join(f"{value:9.2f}" for value in values)
        refused = [outcome for outcome in each if outcome.score is None]
        if refused:
            yield (
                start if not scores else f"{'':52}"
            ) + f"  {len(refused)} of {len(each)}: {refused[0].notes[0]}"
        if tell and way != "names":
            for note in next((outcome.notes for outcome in each if outcome.score is not None), ()):
                yield f"{'':52}  {note}"
