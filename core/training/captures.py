# SPDX-License-Identifier: GPL-3.0-or-later
"""Recordings of faces that speak, read into one form: sound, frame rate, ARKit weights or landmarks.

Shape letters: F frames, P tracked landmarks.
"""

import json
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..audio import SAMPLE_RATE, load
from ..errors import InputError
from ..motion import Phone
from ..motion_files import read_csv
from ..phones import SILENCE_PHONE
from ..retarget.arkit import ARKIT_INDEX, ARKIT_NAMES


@dataclass(frozen=True)
class Capture:
    """One recorded clip.

    Attributes:
        name: clip name, unique in its set.
        dataset: "grid", "facegood" or "recordings".
        samples: (n,) float32, 16 kHz mono.
        fps: frames per second; frame i is at i / fps.
        weights: (F, 52) float32, captured ARKit weights or tracker scores.
        valid: (F,) bool, frames in which the face was really captured.
        tracked: what a landmark tracker saw, or None.
        phones: what is said, times in seconds from the start; None where nobody knows.
        head: (F, 6) float32, the head's yaw, pitch, roll (radians, as in `core.motion`) and translation
            (metres) towards the camera's axes or the world's; None where nobody captured it.
        text: the words that are said, empty where nobody knows.

    `weights` may be replaced by better ones (`fit.fit_weights`); `scores` stay as captured.
    """

    name: str
    dataset: str
    samples: NDArray[np.float32]
    fps: float
    weights: NDArray[np.float32]
    valid: NDArray[np.bool_]
    tracked: "Tracked | None" = None
    phones: tuple[Phone, ...] | None = None
    head: NDArray[np.float32] | None = None
    text: str = ""

    @property
    def scores(self) -> NDArray[np.float32]:
        """(F, 52) weights as captured."""
        return self.weights if self.tracked is None else self.tracked.scores

    def __len__(self) -> int:
        return len(self.weights)


@dataclass(frozen=True)
class Tracked:
    """A clip of MediaPipe landmarks.

    Attributes:
        points: (F, P, 3) float32, x right in the image, y up, z towards the viewer, in pixels.
        head_rotation: (F, 3) rotation vectors of the head, camera axes, radians.
        mediapipe_index: (P,) index of each point among MediaPipe's 478.
        lip_gap: (F,) distance of landmarks 13 and 14 in inter-ocular distances.
        mouth_width: (F,) distance of landmarks 61 and 291 in inter-ocular distances.
        scores: (F, 52) the tracker's own ARKit weights.
    """

    points: NDArray[np.float32]
    head_rotation: NDArray[np.float32]
    mediapipe_index: tuple[int, ...]
    lip_gap: NDArray[np.float32]
    mouth_width: NDArray[np.float32]
    scores: NDArray[np.float32]


def read_grid(folder: Path) -> list[Capture]:
    """GRID clips tracked with MediaPipe: `index.jsonl`, `curves.npz`, `landmarks.npz` and sound.

    Raises:
        InputError: the folder is not such a set.
    """
    rows = _index(folder)
    with np.load(folder / "curves.npz") as curves, np.load(folder / "landmarks.npz") as landmarks:
        names = [str(name) for name in curves["blendshape_names"]]
        columns = [(ARKIT_INDEX[name], names.index(name)) for name in names if name in ARKIT_INDEX]
        scores = curves["blendshapes"].astype(np.float32)
        weights = np.zeros((*scores.shape[:2], len(ARKIT_NAMES)), np.float32)
        for target, source in columns:
            weights[..., target] = scores[..., source]
        # Stored as differences along time; y points down and z away in the image.
        points = np.cumsum(landmarks["delta"].astype(np.int32), axis=-1) / landmarks["scale"]
        points = points.transpose(0, 3, 2, 1).astype(np.float32) * np.array([1, -1, -1], np.float32)
        index = tuple(int(value) for value in landmarks["mediapipe_index"])
        rotation = curves["head_rotvec"].astype(np.float32)
        head = None
        if "head_translation_cm" in curves:
            head = _camera_pose(rotation, curves["head_translation_cm"])
        gap = curves["inner_lip_aperture"].astype(np.float32)
        width = curves["mouth_width"].astype(np.float32)
        valid = curves["valid"]
        fps = float(curves["fps"])
    sounds, phones = _Sounds(folder), _phones(folder)
    return [
        Capture(
            name=row["id"],
            dataset="grid",
            phones=None if phones is None else phones[number],
            head=None if head is None else head[row["row"]],
            text=row.get("text", ""),
            samples=sounds.clip(row),
            fps=fps,
            weights=weights[row["row"]],
            valid=valid[row["row"]],
            tracked=Tracked(
                points[row["row"]],
                rotation[row["row"]],
                index,
                gap[row["row"]],
                width[row["row"]],
                weights[row["row"]],
            ),
        )
        for number, row in enumerate(rows)
    ]


def read_facegood(folder: Path) -> list[Capture]:
    """FACEGOOD takes: sound and artist-grade rig curves mapped to ARKit.

    Two rounding channels have no partner in the authors' map and are folded in: mouthFunnel takes the
    maximum with mouth_oh_c, mouthPucker with mouth_oo_c. Lips that press or suck in are closed lips: there
    mouthClose follows jawOpen, which their rig does without a channel.
    """
    rows = _index(folder)
    sounds = _Sounds(folder)
    captures = []
    with np.load(folder / "curves.npz") as curves:
        channel_names = [str(name) for name in curves["channel_names"]]
        arkit_names = [str(name) for name in curves["arkit_names"]]
        for row, take in zip(rows, curves["takes"], strict=True):
            channels = curves[f"t{take}_channels"].astype(np.float32)
            arkit = curves[f"t{take}_arkit"].astype(np.float32)
            weights = arkit[:, [arkit_names.index(name) for name in ARKIT_NAMES]]
            for name, channel in (("mouthFunnel", "mouth_oh_c"), ("mouthPucker", "mouth_oo_c")):
                column = weights[:, ARKIT_INDEX[name]]
                np.maximum(column, channels[:, channel_names.index(channel)], out=column)
            captures.append(
                Capture(
                    name=row["id"],
                    dataset="facegood",
                    samples=sounds.clip(row),
                    fps=float(curves["fps"]),
                    weights=np.clip(weights, 0, 1),
                    valid=np.ones(len(weights), bool),
                )
            )
    return captures


def read_recordings(folder: Path) -> list[Capture]:
    """A user's own recordings: NAME.csv (Live Link Face) beside NAME.wav (or flac, ogg, mp3, m4a ...).

    Raises:
        InputError: the folder holds no such pair.
    """
    captures = []
    for table in sorted(folder.glob("*.csv")):
        sounds = [path for path in sorted(folder.glob(f"{table.stem}.*")) if path.suffix.lower() != ".csv"]
        if not sounds:
            raise InputError(
                f"'{table}' has no sound beside it: expected {table.stem}.wav or another sound file."
            )
        motion = read_csv(table)
        captures.append(
            Capture(
                name=table.stem,
                dataset="recordings",
                samples=load(sounds[0]),
                fps=motion.fps,
                weights=motion.weights,
                valid=np.ones(len(motion), bool),
                head=np.concatenate([motion.head_rotation, motion.head_translation], axis=1),
            )
        )
    if not captures:
        raise InputError(
            f"'{folder}' holds no recordings: expected pairs NAME.csv (Live Link Face) and NAME.wav."
        )
    return captures


def _camera_pose(vectors: NDArray[np.float32], centimetres: NDArray[np.float32]) -> NDArray[np.float32]:
    """Poses (..., 6) of rotation vectors and translations (..., 3); a face that looks into the camera has the
    camera's axes."""
    from scipy.spatial.transform import Rotation

    yaw, pitch, roll = Rotation.from_rotvec(vectors.reshape(-1, 3)).as_euler("YXZ").T
    angles = np.stack([yaw, -pitch, roll], axis=-1).reshape(vectors.shape)
    return np.concatenate([angles, centimetres / 100], axis=-1).astype(np.float32)


@dataclass
class _Sounds:
    """Clips out of the long sound files of a set, each file decoded once."""

    folder: Path
    files: dict[str, NDArray[np.float32]] = field(default_factory=dict)

    def clip(self, row: dict) -> NDArray[np.float32]:
        if row["file"] not in self.files:
            self.files[row["file"]] = load(self.folder / row["file"])
        first = row["start_sample"]
        samples = self.files[row["file"]][first : first + row["n_samples"]]
        if len(samples) != row["n_samples"]:
            raise InputError(f"'{self.folder / row['file']}' is shorter than its index says.")
        return samples.copy()


def _phones(folder: Path) -> list[tuple[Phone, ...]] | None:
    """What is said in each clip, without silence; None for a set without phones."""
    if not (folder / "phones.npz").is_file():
        return None
    with np.load(folder / "phones.npz") as table:
        names = [str(name) for name in table["phone_names"]]
        offsets, codes = table["offsets"], table["phone"]
        starts, ends = table["start_ms"] / 1000, table["end_ms"] / 1000
    return [
        tuple(
            Phone(names[codes[i]], float(starts[i]), float(ends[i]))
            for i in range(first, last)
            if names[codes[i]] != SILENCE_PHONE
        )
        for first, last in pairwise(offsets)
    ]


def _index(folder: Path) -> list[dict]:
    path = folder / "index.jsonl"
    if not path.is_file():
        raise InputError(
            f"'{folder}' is not a data set: it has no index.jsonl. Give --data its parent folder."
        )
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def seconds(captures: list[Capture]) -> float:
    """Total length of the sound of some clips."""
    return sum(len(capture.samples) for capture in captures) / SAMPLE_RATE
