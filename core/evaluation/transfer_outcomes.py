# SPDX-License-Identifier: GPL-3.0-or-later
"""Characters get their shapes in several ways, and each way is scored against the truth."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..head import load_head
from ..head.registration import NotAFace, Registration, template_skin
from ..head.registration.face_search import find_face
from ..transfer import make_shapes
from .made_heads import Doubles
from .transfer_baselines import after_pose, after_registration
from .transfer_heads import Character
from .transfer_metrics import Score, landmark_error, score
from .transfer_truth import LANDMARKS, Truth

WAYS: Final = ("made", "marked", "pose", "laid")
"""Made from the mesh alone; made with marks; copied after the pose was found; copied after registration."""
FOUND: Final = 0.03
"""Mean error of landmarks, as a share of the face's height, below which the face was found."""
MARKS_OFF: Final = 0.003
"""Metres by which marks are off."""


@dataclass(frozen=True)
class Outcome:
    """What became of one character in one way.

    Attributes:
        way: of `WAYS`.
        off: error of fitted landmarks, as a share of the face's height; NaN where there is no fit.
        score: None where it was refused.
        seconds: of a processor that finding the face took, and that making the shapes took.
        refusal: what the user is told instead.
        notes: what the user is told beside the shapes.
    """

    way: str
    off: float
    score: Score | None
    seconds: tuple[float, float]
    refusal: str = ""
    notes: tuple[str, ...] = ()

    @property
    def is_found(self) -> bool:
        """Whether the face was found where it is."""
        return self.off < FOUND and self.score is not None


def evaluate(title: str, character: Character, ways: Sequence[str] = WAYS) -> list[Outcome]:
    """One character in some ways; `title` draws how marks are off."""
    truth = Truth.of(character)
    outcomes = []
    found = _found(truth, marked=False, seed=0) if set(ways) - {"marked"} else None
    for way in ways:
        if way in ("made", "marked"):
            seed = sum(title.encode())
            fit = _found(truth, marked=True, seed=seed) if way == "marked" else found
            outcomes.append(_made(truth, way, fit, seed))
        elif isinstance(found, _Found):
            copy = after_pose if way == "pose" else after_registration
            started = time.process_time()
            vertices = character.head.vertices
            deltas = copy(found.fit, vertices)
            seconds = (found.seconds, time.process_time() - started)
            made = character.gathered([deltas[:, rows] for rows in character.objects])
            outcomes.append(Outcome(way, found.off, score(truth, made), seconds))
        else:
            outcomes.append(Outcome(way, np.nan, None, (np.nan, np.nan), str(found)))
    return outcomes


@dataclass(frozen=True)
class _Found:
    fit: Registration
    off: float
    seconds: float


def _found(truth: Truth, *, marked: bool, seed: int) -> "_Found | NotAFace":
    """Where the template was found on a character, or why not."""
    meshes = truth.character.meshes
    counts = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes)])
    triangles = [mesh.triangles + first for mesh, first in zip(meshes, counts, strict=False)]
    vertices = np.concatenate([mesh.vertices for mesh in meshes])
    marks = truth.user_marks(seed, MARKS_OFF) if marked else None
    started = time.process_time()
    try:
        fit = find_face(
            vertices, np.concatenate(triangles), chosen=np.arange(counts[-1]) < counts[1], marks=marks
        )
    except NotAFace as refusal:
        return refusal
    seconds = time.process_time() - started
    return _Found(fit, landmark_error(truth, fitted_landmarks(truth, fit)), seconds)


def fitted_landmarks(truth: Truth, fit: Registration) -> Doubles:
    """(N, 3) metres in true head axes where `Truth.landmarks` were found."""
    numbers = load_head().landmarks["face68"][list(LANDMARKS)]
    fitted = fit.fitted[np.searchsorted(template_skin(), numbers)]
    return truth.character.head.to_head_axes((fitted - fit.offset) @ np.linalg.inv(fit.linear).T)


def _made(truth: Truth, way: str, found: "_Found | NotAFace | None", seed: int) -> Outcome:
    meshes = truth.character.meshes
    marks = truth.user_marks(seed, MARKS_OFF) if way == "marked" else None
    off, fitting = (found.off, found.seconds) if isinstance(found, _Found) else (np.nan, np.nan)
    started = time.process_time()
    try:
        shapes = make_shapes(meshes[0], meshes[1:], marks=marks)
    except NotAFace as refusal:
        return Outcome(way, off, None, (fitting, np.nan), str(refusal))
    seconds = (fitting, time.process_time() - started)
    made = truth.character.gathered(shapes.deltas)
    return Outcome(way, off, score(truth, made), seconds, notes=shapes.notes)
