# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast generators are beside each other, and how large.

Speed is processor time on one thread, of all generators in turn and again: what else the machine does then
slows all alike, and ratios within a round hold.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from ..audio import SAMPLE_RATE
from ..generate.generators import FaceGenerator
from ..generate.models import MODELS
from ..generate.one_pass import run_networks
from ..generate.styles import STYLE_FOLDER
from ..runtime import WEIGHTS_FOLDER, Network
from .bench import read_speech
from .generators_motion import RememberingEncoder

SPEECH_SECONDS: Final = 30.0
REPEATS: Final = 5

_ONLY_TO_LEARN: Final = ("faces.onnx", "encoder.onnx")
"""Files of a model's folder that nobody needs to animate."""


@dataclass(frozen=True)
class Speed:
    """Seconds of speech a second of one processor's time, medians over rounds.

    Attributes:
        own: of the generator alone.
        whole: with the encoder that it listens through, or that hears the phones beside it.
        ratio: by how much the generator alone is faster than the first one of the comparison.
        whole_ratio: the same with the encoder.
    """

    own: float
    whole: float
    ratio: float
    whole_ratio: float


def measure_speed(
    generators: Mapping[str, FaceGenerator], encoder: Network, repeats: int = REPEATS
) -> dict[str, Speed]:
    """Speed of each generator; ratios to the first.

    Args:
        generators: by name.
        encoder: the speech encoder, one that does not remember.
        repeats: rounds.
    """
    samples = read_speech(None, SPEECH_SECONDS)
    knowing = RememberingEncoder.of(encoder)

    def seconds(generator: FaceGenerator, ear: Network) -> float:
        started = time.process_time()
        run_networks(generator, ear, [samples])
        return time.process_time() - started

    for generator in generators.values():  # memory is found, and all that is heard is known
        seconds(generator, knowing)
    rounds = [
        [(seconds(generator, knowing), seconds(generator, encoder)) for generator in generators.values()]
        for _ in range(repeats)
    ]
    spent = np.array(rounds)  # (repeats, generators, 2)
    factors = len(samples) / SAMPLE_RATE / np.median(spent, axis=0)
    ratios = np.median(spent[:, :1] / spent, axis=0)
    return {
        name: Speed(*factors[number].tolist(), *ratios[number].tolist())
        for number, name in enumerate(generators)
    }


def model_files(model: str) -> list[Path]:
    """The files that a model animates with.

    Args:
        model: as `core.generate.generators.load_generator` takes it.
    """
    place = Path(model) if model not in MODELS else WEIGHTS_FOLDER / model
    if model == "hybrid":
        place = STYLE_FOLDER
    if model in MODELS and not place.is_dir():
        place = place.with_suffix(".onnx")
    if place.is_dir():
        return [path for path in sorted(place.glob("*.onnx")) if path.name not in _ONLY_TO_LEARN]
    return [place] if place.is_file() else []


def parameter_count(files: Sequence[Path]) -> int:
    """Numbers that the files hold to compute with: weights and tables."""
    import onnx

    kinds = (
        onnx.TensorProto.FLOAT,
        onnx.TensorProto.FLOAT16,
        onnx.TensorProto.INT8,
        onnx.TensorProto.UINT8,
    )
    return sum(
        int(np.prod(tensor.dims))
        for path in files
        for tensor in onnx.load(path).graph.initializer
        if tensor.data_type in kinds
    )
