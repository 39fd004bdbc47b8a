# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom the generators are tested on, by which networks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from ..generate.generators import load_generator
from ..generate.models import MODELS
from ..runtime import Network
from ..training.captures import read_grid
from ..training.dataset import read_captures, split
from .captured_people import Group, beginning, evenly, fitted, read_groups
from .expression import CROSS_NETWORKS
from .generators_motion import Line, Speaker
from .generators_speed import model_files

GENERATORS: Final = ("expnet", "contextual", "hybrid", "meshtalk")
"""Compared where nobody chooses, as far as they are there."""
_TRAINING_CLIPS: Final = 90
"""GRID clips that the baselines are fitted to."""
_LONGEST: Final = 40.0
"""Seconds of each take of FACEGOOD that crossed networks are tested on: three minutes in all, of eight."""


class Kind(Enum):
    """How well the networks know who speaks."""

    SEEN = "known people"
    VOICES = "a known person's other voices"
    OTHERS = "three other people"
    CROSSED = "trained on one, tested on the other"


@dataclass(frozen=True)
class Test:
    """A group of clips.

    Attributes:
        kind: of the group.
        group: the clips.
        speakers: by the model's name; those that there are.
        baseline: fitted to people whom the speakers know.
    """

    kind: Kind
    group: Group
    speakers: Mapping[str, Speaker]
    baseline: Line


def make_tests(
    data: Path,
    models: Mapping[str, str],
    speakers: Mapping[str, Speaker],
    ear: Network,
    *,
    most: int,
    crossed: Path | None = None,
) -> Iterator[Test]:
    """All groups.

    Args:
        data: folder of the sets.
        models: short name to what `load_generator` takes.
        speakers: of them.
        ear: the speech encoder.
        most: GRID clips of a group, at most.
        crossed: where networks that were trained on one set alone are looked for first.

    Raises:
        InputError: a set is missing.
    """
    grid = fitted(evenly(split(read_grid(data / "grid_s1"))[0], _TRAINING_CLIPS))
    facegood = split(read_captures(data, ["facegood"]))[0]
    lines = {"grid": Line.fitted(grid), "facegood": Line.fitted(facegood)}
    groups = {group.title: group for group in read_groups(data, most)}
    for group in groups.values():
        if not group.for_strangers:
            name = "facegood" if group.dataset == "facegood" else "grid"
            yield Test(_kind(group), group, speakers, lines[name])
    folders = [CROSS_NETWORKS] if crossed is None else [crossed, CROSS_NETWORKS]
    for trained, tested, source in (
        ("grid", "FACEGOOD, trained on GRID alone", "FACEGOOD, all takes"),
        ("facegood", "GRID s1, trained on FACEGOOD alone", "GRID s1, held-out clips"),
    ):
        group = Group(tested, trained, [beginning(clip, _LONGEST) for clip in groups[source].captures])
        yield Test(Kind.CROSSED, group, crossed_speakers(models, trained, folders, ear), lines[trained])


def _kind(group: Group) -> Kind:
    if group.dataset == "grid_others":
        return Kind.OTHERS
    return Kind.SEEN if "held-out" in group.title else Kind.VOICES


def chosen_models(chosen: Sequence[str] | None) -> dict[str, str]:
    """Short name to what `load_generator` takes."""
    if chosen is None:
        return {name: name for name in GENERATORS if name in MODELS and model_files(name)}
    names = [model if model in MODELS else Path(model).name.removesuffix(".onnx") for model in chosen]
    # Two files of one name must not hide each other.
    return {
        name if names.count(name) == 1 else model: model for name, model in zip(names, chosen, strict=True)
    }


def make_speaker(model: str, ear: Network) -> Speaker:
    """A model that listens."""
    return Speaker(load_generator(model, providers=["cpu"]), ear)


def crossed_speakers(
    models: Mapping[str, str], dataset: str, folders: Sequence[Path], ear: Network
) -> dict[str, Speaker]:
    """Those of the models that were trained on one set alone too, from the first folder that has them."""
    found = {}
    for name in models:
        places = [folder / f"{name}_{dataset}{ending}" for folder in folders for ending in (".onnx", "")]
        path = next((place for place in places if place.exists()), None)
        if path is not None:
            found[name] = make_speaker(str(path), ear)
    return found
