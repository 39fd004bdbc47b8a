# SPDX-License-Identifier: GPL-3.0-or-later
"""Styles: how somebody speaks, whatever is said, as a short code that is read from any performance.

VAST's style code (Chen et al., ICCVW 2023, supplement section 1). The code 0 is the neutral style; a code
times a number is more or less of it, and a mean of two codes is a mixture.

Shape letters: F frames, S = 16 numbers of a code.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..head import load_head
from ..interpolation import interpolate_monotone
from ..motion import FaceMotion
from ..motion_files import read_csv, read_npz, whole_file
from ..retarget.arkit import BROW_NAMES, MOUTH_NAMES, arkit_indices
from ..runtime import WEIGHTS_FOLDER, load_network
from .draws import random_of
from .style_presets import PRESETS

STYLE_FPS: Final = 25.0
"""Frames a second at which the style encoder looks at a performance."""
STYLE_SIZE: Final = 16
"""S."""
SHORTEST_STYLE: Final = 2.0
"""Seconds of a performance from which its style can be told."""

STYLE_FOLDER: Final = WEIGHTS_FOLDER / "style"
_PRESET_CODES: Final = STYLE_FOLDER / "presets.json"


@dataclass(frozen=True)
class Style:
    """How somebody speaks.

    Attributes:
        name: for messages and lists.
        code: (16,) float32.
    """

    name: str
    code: NDArray[np.float32]

    def __post_init__(self) -> None:
        if np.shape(self.code) != (STYLE_SIZE,) or not np.isfinite(self.code).all():
            raise InputError(
                f"The style '{self.name}' is {np.shape(self.code)} numbers: expected "
                f"{STYLE_SIZE} finite ones. Read it again from a performance."
            )


def neutral_style() -> Style:
    """As the networks speak where nobody asks for a style."""
    return Style("neutral", np.zeros(STYLE_SIZE, np.float32))


def preset_style(name: str) -> Style:
    """One of `PRESETS`.

    Raises:
        InputError: there is none of that name.
    """
    if name not in PRESETS:
        raise InputError(f"No style is called '{name}'. Known: {', '.join(PRESETS)}.")
    return Style(name, np.array(_preset_codes()[name], np.float32))


@cache
def _preset_codes() -> dict[str, list[float]]:
    return json.loads(_PRESET_CODES.read_text(encoding="utf-8"))["codes"]


def style_of(motion: FaceMotion, name: str) -> Style:
    """The style of a performance: anybody's, of any length from `SHORTEST_STYLE`, whatever is said in it.

    Args:
        motion: the performance; its ARKit weights are looked at.
        name: of the style.

    Raises:
        InputError: it is too short, or its mouth does not move.
    """
    if motion.duration < SHORTEST_STYLE:
        raise InputError(
            f"'{name}' lasts {motion.duration:.1f} s: expected {SHORTEST_STYLE:g} s or more to tell how "
            "somebody speaks. Choose a longer performance."
        )
    frames = style_frames(motion.weights, motion.fps)
    mouth = frames[:, arkit_indices(MOUTH_NAMES)]
    if mouth.std(axis=0).max() < _LEAST_MOVEMENT:
        raise InputError(
            f"The mouth hardly moves in '{name}': expected somebody who speaks. Choose another performance."
        )
    return Style(name, encode_style(frames))


_LEAST_MOVEMENT: Final = 0.01
"""Standard deviation of the most moving weight of a mouth that speaks."""


def style_frames(weights: NDArray[np.floating], fps: float) -> NDArray[np.float32]:
    """Weights (F, 52) at `STYLE_FPS`."""
    count = max(1, int(len(weights) / fps * STYLE_FPS))
    return interpolate_monotone(weights, fps, np.arange(count) / STYLE_FPS)


def encode_style(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """The code (16,) that the style encoder reads from weights (F, 52) at `STYLE_FPS`."""
    encoder = load_network(str(STYLE_FOLDER / "encoder.onnx"), providers=["cpu"])
    (code,) = encoder.run(expression=styled_expression(frames)[None])
    return code[0]


def styled_expression(weights: NDArray[np.floating]) -> NDArray[np.float32]:
    """beta (..., 64) of what tells a style in weights (..., 52): mouth and brows, without lids and gaze."""
    used = [*arkit_indices(MOUTH_NAMES), *arkit_indices(BROW_NAMES)]
    return (weights[..., used] @ load_head().arkit_to_expression[:, used].T).astype(np.float32)


def drawn_style(seed: int) -> Style:
    """A style that nobody showed, drawn from the enhancer's prior (supplement, equation 7: a normal one)."""
    code = random_of(seed, "style").standard_normal(STYLE_SIZE)
    return Style(f"drawn {seed}", code.astype(np.float32))


def mixed_style(one: Style, other: Style, share: float) -> Style:
    """A style between two.

    Args:
        one, other: the styles.
        share: of the other, 0..1.

    Raises:
        InputError: the share is out of range.
    """
    if not 0 <= share <= 1:
        raise InputError(f"The mixture's share is {share}: expected a number from 0 to 1.")
    code = (1 - share) * one.code + share * other.code
    return Style(f"{one.name} + {other.name}", code.astype(np.float32))


def write_style(path: Path, style: Style) -> None:
    """Keep a style in a .json file."""
    text = json.dumps(
        {"soliloquy_style": 1, "name": style.name, "code": [round(float(v), 5) for v in style.code]}
    )
    with whole_file(path, "w") as stream:
        stream.write(text + "\n")


def read_style(path: Path) -> Style:
    """A style from a file of `write_style`.

    Raises:
        InputError: the file is missing or something else.
    """
    try:
        table = json.loads(Path(path).read_text(encoding="utf-8"))
        return Style(str(table["name"]), np.array(table["code"], np.float32))
    except OSError as error:
        raise InputError(f"Cannot read '{path}': {error.strerror}. Choose a style's file.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"'{path}' is not a style: expected a .json file that Soliloquy wrote.") from error


def style_from(text: str) -> Style:
    """A style as it is named on a command line.

    Args:
        text: one of `PRESETS`; a file of `write_style` (.json); a performance to speak like: a Live Link Face
            recording (.csv) or a motion (.npz); or "drawn:SEED".

    Raises:
        InputError: none of these, or no style can be told from it.
    """
    if text == "neutral":
        return neutral_style()
    if text in PRESETS:
        return preset_style(text)
    kind, _, seed = text.partition(":")
    if kind == "drawn" and seed.lstrip("-").isdigit():
        return drawn_style(int(seed))
    path = Path(text)
    readers = {".csv": read_csv, ".npz": read_npz}
    suffix = path.suffix.lower()
    if suffix == ".json":
        return read_style(path)
    if suffix not in readers:
        raise InputError(
            f"No style is called '{text}'. Known: {', '.join(PRESETS)}, drawn:SEED; or give a style (.json) "
            "or a performance to speak like (.csv, .npz)."
        )
    if not path.is_file():
        raise InputError(f"No performance at '{path}': expected a Live Link Face .csv or an .npz motion.")
    return style_of(readers[suffix](path), path.stem)
