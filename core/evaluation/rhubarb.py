# SPDX-License-Identifier: GPL-3.0-or-later
"""Rhubarb Lip Sync as others use it on a head with ARKit shapes, to compare with.

Rhubarb (D. S. Wolf, MIT licence) is not part of Soliloquy: it runs where it is installed, its npm build
`rhubarb-lip-sync-wasm` in Node.js or its native executable. It says when which of nine mouth drawings, A to H
and X, is shown. The weights of each drawing here are ours, after the descriptions in Rhubarb's manual, and
chosen in its favour: A seals the lips of the built-in head and G brings the lower lip to the teeth.

Shape letters: F frames.
"""

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import wave
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..audio import SAMPLE_RATE
from ..errors import InputError
from ..retarget.arkit import ARKIT_INDEX, ARKIT_NAMES

PACKAGE: Final = "rhubarb-lip-sync-wasm"
_SCRIPT: Final = Path(__file__).with_suffix(".mjs")

_SIDES: Final = ("Left", "Right")


def _both(name: str, weight: float) -> dict[str, float]:
    return {name + side: weight for side in _SIDES}


SHAPES: Final[Mapping[str, Mapping[str, float]]] = {
    "A": {"jawOpen": 0.05, "mouthClose": 0.05, **_both("mouthPress", 0.15)},
    "B": {
        "jawOpen": 0.08,
        **_both("mouthLowerDown", 0.15),
        **_both("mouthUpperUp", 0.1),
        **_both("mouthStretch", 0.1),
    },
    "C": {"jawOpen": 0.2, **_both("mouthLowerDown", 0.1)},
    "D": {"jawOpen": 0.38, **_both("mouthLowerDown", 0.1)},
    "E": {"jawOpen": 0.12, "mouthFunnel": 0.25, "mouthPucker": 0.3},
    "F": {"jawOpen": 0.06, "mouthFunnel": 0.15, "mouthPucker": 0.7},
    "G": {"jawOpen": 0.05, "mouthRollLower": 0.4, **_both("mouthUpperUp", 0.15)},
    "H": {"jawOpen": 0.28, **_both("mouthLowerDown", 0.1)},
    "X": {},
}
"""ARKit weights of the drawings: A lips pressed together (p, b, m), B clenched and slightly open, C open, D
wide open, E slightly rounded, F puckered, G lower lip at the upper teeth (f, v), H between C and D (l, the
tongue up), X at rest."""

BLEND_FRAMES: Final = 2
"""Frames in which one drawing becomes the next, which is whole where its cue begins; one after A and G, whose
contact is held in each of their frames."""

LATE: Final = 0.04
"""Seconds by which its drawings may come later, which serves Rhubarb best: it draws p and b mostly before
their sounds begin."""


@dataclass(frozen=True)
class Cue:
    """A mouth drawing, shown from `start` seconds until the next one."""

    start: float
    shape: str


@dataclass(frozen=True)
class Rhubarb:
    """Rhubarb as `find_rhubarb` found it.

    Attributes:
        name: name in tables: "Rhubarb wasm" for the npm build, "Rhubarb" for the executable.
        version: what runs, such as "rhubarb-lip-sync-wasm 0.1.8".
        command: what runs it.
        is_npm: it runs once for a folder of sounds; else once for each.
        cache: folder in which the mouth shapes of sounds are kept between runs, or None.
    """

    name: str
    version: str
    command: tuple[str, ...]
    is_npm: bool
    cache: Path | None = None

    def cues(self, sounds: Sequence[NDArray[np.floating]]) -> list[tuple[Cue, ...]]:
        """Mouth drawings of each sound (mono at 16 kHz), on all cores.

        Raises:
            InputError: Rhubarb failed, or its answer is not understood.
        """
        pulses = [_pulses(samples) for samples in sounds]
        places = [self._kept(data) for data in pulses]
        answers = {
            number: place.read_text(encoding="utf-8")
            for number, place in enumerate(places)
            if place is not None and place.is_file()
        }
        waiting = [number for number in range(len(pulses)) if number not in answers]
        workers = min(os.cpu_count() or 1, len(waiting))
        if workers:
            shares = [waiting[first::workers] for first in range(workers)]
            with ThreadPoolExecutor(workers) as pool:
                found = pool.map(self._run, [[pulses[number] for number in share] for share in shares])
                for share, texts in zip(shares, found, strict=True):
                    answers.update(zip(share, texts, strict=True))
        cues = [read_cues(answers[number]) for number in range(len(pulses))]
        for number in waiting:
            place = places[number]
            if place is not None:
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(answers[number], encoding="utf-8")
        return cues

    def _kept(self, data: bytes) -> Path | None:
        name = hashlib.sha256(self.version.encode() + b"\0" + data).hexdigest()
        return None if self.cache is None else self.cache / f"{name}.json"

    def _run(self, pulses: Sequence[bytes]) -> list[str]:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            files = [folder / f"{number:06}.wav" for number in range(len(pulses))]
            for file, data in zip(files, pulses, strict=True):
                _write_wave(file, data)
            if self.is_npm:
                _call([*self.command, str(folder)])
            else:
                for file in files:
                    _call([*self.command, "-o", str(file.with_suffix(".json")), str(file)])
            return [file.with_suffix(".json").read_text(encoding="utf-8") for file in files]


def find_rhubarb(path: Path, *, cache: Path | None = None) -> Rhubarb:
    """Rhubarb at a place, ready to run.

    Args:
        path: a folder in which `npm install rhubarb-lip-sync-wasm` ran, or a native executable.
        cache: folder in which the mouth shapes of sounds are kept between runs.

    Raises:
        InputError: it is not there, or there is no Node.js to run it.
    """
    package = path / "node_modules" / PACKAGE
    if (package / "package.json").is_file():
        node = shutil.which("node")
        if node is None:
            raise InputError("Rhubarb's npm build runs in Node.js, which is not installed: install 'node'.")
        version = json.loads((package / "package.json").read_text(encoding="utf-8"))["version"]
        command = (node, str(_SCRIPT), str(package))
        return Rhubarb(
            name="Rhubarb wasm", version=f"{PACKAGE} {version}", command=command, is_npm=True, cache=cache
        )
    if not path.is_file():
        raise InputError(
            f"There is no Rhubarb at '{path}': expected a folder in which 'npm install {PACKAGE}' ran, or "
            "Rhubarb's executable."
        )
    options = ("-q", "-f", "json", "--threads", "1", "--extendedShapes", "GHX")
    version = " ".join(_call([str(path), "--version"]).split())
    return Rhubarb(name="Rhubarb", version=version, command=(str(path), *options), is_npm=False, cache=cache)


def read_cues(text: str) -> tuple[Cue, ...]:
    """Mouth drawings in order, from Rhubarb's JSON.

    Their ends are not read: the npm build lets some drawings begin within others, which then go on.

    Raises:
        InputError: it is not Rhubarb's, or it names a drawing that nobody knows.
    """
    try:
        cues = [Cue(float(cue["start"]), str(cue["value"])) for cue in json.loads(text)["mouthCues"]]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError("Rhubarb's answer has no mouth shapes: expected its JSON format.") from error
    for cue in cues:
        if cue.shape not in SHAPES:
            raise InputError(f"Rhubarb named the mouth shape '{cue.shape}': expected A to H or X.")
    return tuple(sorted(cues, key=lambda cue: cue.start))


def delayed(cues: Sequence[Cue], seconds: float) -> tuple[Cue, ...]:
    """The same drawings, later."""
    return tuple(Cue(cue.start + seconds, cue.shape) for cue in cues)


def cue_weights(cues: Sequence[Cue], count: int, fps: float) -> NDArray[np.float32]:
    """ARKit weights (F, 52) of mouth drawings, keyed as animators do.

    Each drawing is keyed whole in the frame nearest to its beginning and held until two frames before the
    next, into which it turns on a straight line. As no animator gives a contact away, A and G are held in all
    their frames, and of several drawings in one frame A and else the last is keyed. Without any the mouth is
    at rest.

    Args:
        cues: in order.
        count: frames F.
        fps: frames a second.
    """
    placed: dict[int, str] = {}
    for cue in cues:
        frame = round(cue.start * fps)
        if placed.get(frame) != "A":
            placed[frame] = cue.shape
    frames = sorted(placed)
    knots, values = [], []
    for frame, following in zip(frames, [*frames[1:], max(count, *frames, 0)] if frames else [], strict=True):
        shape = _shape_weights(placed[frame])
        blend = 1 if placed[frame] in "AG" else BLEND_FRAMES
        knots += [frame, max(frame, following - blend)]
        values += [shape, shape]
    weights = np.zeros((count, len(ARKIT_NAMES)), np.float32)
    if knots:
        for column, course in enumerate(np.array(values).T):
            weights[:, column] = np.interp(np.arange(count), knots, course)
    return weights


def _shape_weights(shape: str) -> NDArray[np.float64]:
    weights = np.zeros(len(ARKIT_NAMES))
    for name, weight in SHAPES[shape].items():
        weights[ARKIT_INDEX[name]] = weight
    return weights


def _pulses(samples: NDArray[np.floating]) -> bytes:
    """16-bit samples."""
    return np.round(np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()


def _write_wave(path: Path, data: bytes) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(data)


def _call(command: Sequence[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace")
    except OSError as error:
        raise InputError(f"'{command[0]}' cannot be run: {error.strerror}.") from error
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise InputError(f"Rhubarb failed with exit status {done.returncode}: {''.join(said).strip()}")
    return done.stdout
