# SPDX-License-Identifier: GPL-3.0-or-later
"""Styles: how somebody speaks, whatever is said, as a short code that is read from any performance.

VAST's style code (Chen et al., ICCVW 2023, supplement section 1). The code 0 is the neutral style; a code
times a number is more or less of it, and a mean of two codes is a mixture.

Shape letters: F frames, S = 32 numbers of a code.
"""

import json
import re
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, ModelError
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
STYLE_SIZE: Final = 32
"""S."""
SHORTEST_STYLE: Final = 2.0
"""Seconds of a performance from which its style can be told."""

ENCODER_FILE: Final = "encoder.onnx"
DECODER_FILE: Final = "decoder.onnx"
PRESETS_FILE: Final = "presets.json"
"""Performance to code, sound and code to expression, and codes, in a folder that training wrote."""

STYLE_FOLDER: Final = WEIGHTS_FOLDER / "style"


@dataclass(frozen=True)
class Style:
    """How somebody speaks.

    Attributes:
        name: for messages and lists.
        code: (32,) float32.
        family: which training of the style encoder it is of; empty where nobody knows.
    """

    name: str
    code: NDArray[np.float32]
    family: str = ""

    def __post_init__(self) -> None:
        if np.shape(self.code) != (STYLE_SIZE,) or not np.isfinite(self.code).all():
            raise InputError(
                f"The style '{self.name}' is {np.shape(self.code)} numbers: expected "
                f"{STYLE_SIZE} finite ones. Read it again from a performance."
            )

    def scaled(self, strength: float) -> "Style":
        """More or less of it: 0 is neutral, 1 as it is."""
        return replace(self, code=(strength * self.code).astype(np.float32))


def check_family(style: Style, family: str, model: str) -> None:
    """Refuse a style whose numbers mean something else to a network.

    Args:
        style: to speak in.
        family: which training of the style encoder the network knows.
        model: its name, for the message.

    Raises:
        InputError: the style was read by another one.
    """
    if style.code.any() and style.family and style.family != family:
        raise InputError(
            f"The style '{style.name}' was read by another style encoder than the one that '{model}' was "
            "trained with: read it from the performance again."
        )


def neutral_style() -> Style:
    """As the networks speak where nobody asks for a style."""
    return Style("neutral", no_style())


def no_style() -> NDArray[np.float32]:
    """The code (32,) of the neutral style."""
    return np.zeros(STYLE_SIZE, np.float32)


def preset_style(name: str, folder: Path = STYLE_FOLDER) -> Style:
    """One of `PRESETS`, as the style networks of a folder know it.

    Raises:
        InputError: there is none of that name.
        ModelError: the folder's presets cannot be read.
    """
    table = _preset_table(folder)
    if name not in table["codes"]:
        raise InputError(f"No style is called '{name}'. Known: {', '.join(table['codes'])}.")
    return Style(name, np.array(table["codes"][name], np.float32), table["family"])


@cache
def _preset_table(folder: Path) -> dict[str, Any]:
    path = folder / PRESETS_FILE
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(
            f"The styles' file '{path}' is missing or broken: install Soliloquy again, or train the styles "
            "anew."
        ) from error


def style_of(motion: FaceMotion, name: str, folder: Path = STYLE_FOLDER) -> Style:
    """The style of a performance: anybody's, of any length from `SHORTEST_STYLE`, whatever is said in it.

    Args:
        motion: the performance; its ARKit weights are looked at.
        name: of the style.
        folder: of the style networks; those that ship by default.

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
    encoder = load_network(str(folder / ENCODER_FILE), providers=["cpu"])
    (code,) = encoder.run(expression=styled_expression(frames)[None])
    return Style(name, code[0], encoder.metadata["style_family"])


_LEAST_MOVEMENT: Final = 0.01
"""Standard deviation of the most moving weight of a mouth that speaks."""


def style_frames(weights: NDArray[np.floating], fps: float) -> NDArray[np.float32]:
    """Weights (F, 52) at `STYLE_FPS`."""
    count = max(1, int(len(weights) / fps * STYLE_FPS))
    return interpolate_monotone(weights, fps, np.arange(count) / STYLE_FPS)


def styled_expression(weights: NDArray[np.floating]) -> NDArray[np.float32]:
    """beta (..., 64) of what tells a style in weights (..., 52): mouth and brows, without lids and gaze."""
    used = [*arkit_indices(MOUTH_NAMES), *arkit_indices(BROW_NAMES)]
    return (weights[..., used] @ load_head().arkit_to_expression[:, used].T).astype(np.float32)


def drawn_style(seed: int, folder: Path = STYLE_FOLDER) -> Style:
    """A style that nobody showed, drawn from the enhancer's prior (supplement, equation 7: a normal one)."""
    code = random_of(seed, "style").standard_normal(STYLE_SIZE)
    return Style(f"drawn {seed}", code.astype(np.float32), _preset_table(folder)["family"])


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
    if one.family and other.family and one.family != other.family:
        raise InputError(
            f"The styles '{one.name}' and '{other.name}' were read by different style encoders: read one "
            "of them from its performance again."
        )
    code = (1 - share) * one.code + share * other.code
    return Style(f"{one.name} + {other.name}", code.astype(np.float32), one.family or other.family)


def write_style(path: Path, style: Style) -> None:
    """Keep a style in a .json file."""
    text = json.dumps(
        {
            "soliloquy_style": 1,
            "name": style.name,
            "family": style.family,
            "code": [round(float(value), 5) for value in style.code],
        }
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
        code = np.array(table["code"], np.float32)
        return Style(str(table["name"]), code, str(table.get("family", "")))
    except OSError as error:
        raise InputError(f"Cannot read '{path}': {error.strerror}. Choose a style's file.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"'{path}' is not a style: expected a .json file that Soliloquy wrote.") from error


def style_from(text: str, model: str = "") -> Style:
    """A style as it is named on a command line.

    Args:
        text: one of `PRESETS`; a file of `write_style` (.json); a performance to speak like: a Live Link Face
            recording (.csv) or a motion (.npz); or "drawn:SEED".
        model: that is to speak: a folder of style networks, or a file in it, reads performances by its own
            encoder.

    Raises:
        InputError: none of these, or no style can be told from it.
    """
    if text == "neutral":
        return neutral_style()
    own = Path(model).parent if model.endswith(".onnx") else Path(model)
    folder = own if model and (own / ENCODER_FILE).is_file() else STYLE_FOLDER
    if text in PRESETS:
        return preset_style(text, folder)
    kind, _, seed = text.partition(":")
    if kind == "drawn" and re.fullmatch("-?[0-9]+", seed):
        return drawn_style(int(seed), folder)
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
    return style_of(readers[suffix](path), path.stem, folder)
