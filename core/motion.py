# SPDX-License-Identifier: GPL-3.0-or-later
"""FaceMotion: the one thing that flows from the generators to `retarget` and `bake`.

Shape letters: F frames, V vertices.

Head axes: x = the subject's left, y = up, z = out of the face (right-handed).
"""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from .errors import InputError
from .frame_times import frame_times
from .retarget.arkit import ARKIT_NAMES

EXPRESSION_SIZE = 64
"""Length of beta, the 3DMM expression coefficients (papers/SadTalker section 3.1)."""


@dataclass(frozen=True)
class Phone:
    """A timed speech sound. Times in seconds from the start of the sound; confidence in 0..1."""

    name: str
    start: float
    end: float
    confidence: float = 1.0


@dataclass(frozen=True)
class Word:
    """A timed word of the transcript. Times in seconds from the start of the sound; confidence in 0..1."""

    text: str
    start: float
    end: float
    confidence: float = 1.0


@dataclass(frozen=True)
class FaceMotion:
    """The motion of one face. Frame i is at second i / fps, exactly.

    Attributes:
        fps: frames per second, not necessarily whole (24000 / 1001).
        weights: (F, 52) float32 in 0..1, ARKit names and order of `retarget.arkit.ARKIT_NAMES`.
        expression: (F, 64) float32, 3DMM expression coefficients beta.
        head_rotation: (F, 3) float32, yaw, pitch, roll in radians: +yaw turns to the subject's left,
            +pitch lifts the chin, +roll tips the top of the head to the subject's right;
            R = Ry(yaw) Rx(-pitch) Rz(roll).
        head_translation: (F, 3) float32, metres.
        gaze: (F, 2) float32, yaw and pitch of both eyes in radians, signs as for the head.
        vertices: (F, V, 3) float32 metres when a mesh model made them, else None.
        phones: the timed phone track, empty when nothing recognised it.
        words: the timed words of the transcript, empty when there is none.
        notes: lines for the user, such as words of the transcript that were not heard; not kept in files.
        emotion: (F, 52) float32 in -1..1, what emotion and idle motion changed of `weights`, which hold it
            already; None where nothing was.
    """

    fps: float
    weights: NDArray[np.float32]
    expression: NDArray[np.float32]
    head_rotation: NDArray[np.float32]
    head_translation: NDArray[np.float32]
    gaze: NDArray[np.float32]
    vertices: NDArray[np.float32] | None = None
    phones: tuple[Phone, ...] = ()
    words: tuple[Word, ...] = ()
    notes: tuple[str, ...] = ()
    emotion: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        count = len(self.weights)
        expected = {
            "weights": (count, len(ARKIT_NAMES)),
            "expression": (count, EXPRESSION_SIZE),
            "head_rotation": (count, 3),
            "head_translation": (count, 3),
            "gaze": (count, 2),
        }
        if self.emotion is not None:
            expected["emotion"] = expected["weights"]
        for name, shape in expected.items():
            got = np.shape(getattr(self, name))
            if got != shape:
                raise InputError(f"FaceMotion.{name} has shape {got}, expected {shape}.")
        if self.vertices is not None and (self.vertices.ndim != 3 or len(self.vertices) != count):
            raise InputError(
                f"FaceMotion.vertices has shape {self.vertices.shape}, expected ({count}, V, 3)."
            )

    @classmethod
    def still(cls, count: int, fps: float) -> "FaceMotion":
        """A face at rest for `count` frames."""
        return cls(
            fps=fps,
            weights=np.zeros((count, len(ARKIT_NAMES)), np.float32),
            expression=np.zeros((count, EXPRESSION_SIZE), np.float32),
            head_rotation=np.zeros((count, 3), np.float32),
            head_translation=np.zeros((count, 3), np.float32),
            gaze=np.zeros((count, 2), np.float32),
        )

    def __len__(self) -> int:
        return len(self.weights)

    @property
    def times(self) -> NDArray[np.float64]:
        """Seconds of the frames, shape (F,)."""
        return frame_times(len(self), self.fps)

    @property
    def duration(self) -> float:
        """Seconds covered by the frames."""
        return len(self) / self.fps

    def to_arrays(self) -> dict[str, NDArray]:
        """Every field as an array, as written to an .npz file."""
        arrays: dict[str, NDArray] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name == "phones":
                arrays["phone_names"] = np.array([phone.name for phone in value], dtype=np.str_)
                arrays["phone_times"] = _times(value)
            elif field.name == "words":
                arrays["word_texts"] = np.array([word.text for word in value], dtype=np.str_)
                arrays["word_times"] = _times(value)
            elif value is not None and field.name != "notes":
                arrays[field.name] = np.asarray(value)
        arrays["weight_names"] = np.array(ARKIT_NAMES)
        return arrays

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray]) -> "FaceMotion":
        """The inverse of `to_arrays`."""
        phones = tuple(
            Phone(str(name), *map(float, times))
            for name, times in zip(arrays["phone_names"], arrays["phone_times"], strict=True)
        )
        # Files of before there were transcripts have no words.
        words = tuple(
            Word(str(text), *map(float, times))
            for text, times in zip(arrays.get("word_texts", ()), arrays.get("word_times", ()), strict=True)
        )
        return cls(
            fps=float(arrays["fps"]),
            weights=arrays["weights"],
            expression=arrays["expression"],
            head_rotation=arrays["head_rotation"],
            head_translation=arrays["head_translation"],
            gaze=arrays["gaze"],
            vertices=arrays.get("vertices"),
            phones=phones,
            words=words,
            emotion=arrays.get("emotion"),
        )


def _times(items: tuple[Phone, ...] | tuple[Word, ...]) -> NDArray[np.float64]:
    """Start, end and confidence of each, shape (items, 3)."""
    return np.array([(item.start, item.end, item.confidence) for item in items], np.float64).reshape(-1, 3)
