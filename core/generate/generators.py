# SPDX-License-Identifier: GPL-3.0-or-later
"""The generators of a face's expression, behind one interface: sound in, beta out.

Shape letters: F frames at the generator's rate.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..motion import EXPRESSION_SIZE
from ..runtime import WEIGHTS_FOLDER, Network, load_network
from .contextual import CONTEXTUAL_FILE, ContextualGenerator
from .expression import ExpressionTrack, check_expnet, generate_from_rows, lid_response
from .expression_inputs import check_encoder, input_names, input_rows, needs_encoder
from .hybrid import HybridGenerator
from .lids import own_lids
from .mesh import MESH_FPS, MeshTalkNetworks, draw_labels, frame_codes, load_meshtalk, move, sound_columns
from .models import MODELS
from .sampling import STYLES, Sampling
from .speech import SpeechFeatures
from .styles import DECODER_FILE, Style, check_family, no_style

Blocks = Iterable[NDArray[np.float32]]
Keep = Callable[[SpeechFeatures], None]


class FaceGenerator(Protocol):
    """Sound to expression coefficients."""

    @property
    def needs_encoder(self) -> bool:
        """Whether it takes what the speech encoder hears."""
        ...

    @property
    def moves_lids(self) -> bool:
        """Whether it blinks by itself."""
        ...

    def generate(self, blocks: Blocks, encoder: Network | None, keep: Keep) -> Iterator[NDArray[np.float32]]:
        """Consecutive frames (f, 64) of beta for 1-D blocks of sound at 16 kHz, the same whatever the blocks.

        Everything that the encoder hears, where there is one, goes to `keep`.
        """
        ...

    def track(self, expression: NDArray[np.float32]) -> ExpressionTrack:
        """All of its frames (F, 64) with the times that they have."""
        ...

    def lid_response(self) -> NDArray[np.float32]:
        """What closed lids add to its beta (64,)."""
        ...

    def posture(self) -> NDArray[np.float32]:
        """What its style adds to beta while nobody speaks (64,); 0 without a style."""
        ...


@dataclass(frozen=True)
class ExpNetGenerator:
    """ExpNet, whose lids only do what they are told."""

    network: Network
    moves_lids: bool = False

    @property
    def needs_encoder(self) -> bool:
        """Whether it was trained on what the speech encoder hears."""
        return needs_encoder(self.network)

    def generate(self, blocks: Blocks, encoder: Network | None, keep: Keep) -> Iterator[NDArray[np.float32]]:
        """As `FaceGenerator.generate`, with open lids."""
        check_encoder(self.network, encoder)
        return generate_from_rows(self.network, input_rows(input_names(self.network), blocks, encoder, keep))

    def track(self, expression: NDArray[np.float32]) -> ExpressionTrack:
        """80 frames a second, smoothed."""
        return ExpressionTrack(expression)

    def lid_response(self) -> NDArray[np.float32]:
        """The network's own."""
        return lid_response(self.network)

    def posture(self) -> NDArray[np.float32]:
        """None."""
        return np.zeros(EXPRESSION_SIZE, np.float32)


MESH_SMOOTHING_SECONDS: Final = 0.02
"""Standard deviation of MeshTalk's smoothing: categories change from frame to frame."""


def mesh_track(expression: NDArray[np.float32]) -> ExpressionTrack:
    """MeshTalk's frames (F, 64) with the times that they have, smoothed."""
    return ExpressionTrack(expression, MESH_FPS, 0.0, MESH_SMOOTHING_SECONDS)


@dataclass(frozen=True)
class MeshTalkGenerator:
    """MeshTalk: a performance drawn from a seed.

    Attributes:
        networks: of one training.
        sampling: how freely it draws.
        seed: any whole number.
        identity: (80,) alpha of the head that speaks; None for the built-in one.
    """

    networks: MeshTalkNetworks
    sampling: Sampling
    seed: int
    identity: NDArray[np.float32] | None = None

    @property
    def needs_encoder(self) -> bool:
        """Whether it was trained on what the speech encoder hears."""
        return self.networks.sound == "phones"

    @property
    def moves_lids(self) -> bool:
        """Whether anybody whom it learnt from was captured with lids."""
        return self.networks.moves_lids

    def generate(self, blocks: Blocks, encoder: Network | None, keep: Keep) -> Iterator[NDArray[np.float32]]:
        """As `FaceGenerator.generate`."""
        columns, silence = sound_columns(self.networks, blocks, encoder, keep)
        codes = frame_codes(self.networks, columns, silence)
        labels = draw_labels(self.networks, codes, self.sampling, [self.seed])
        for part in move(self.networks, labels, self.identity):
            yield part[0]

    def track(self, expression: NDArray[np.float32]) -> ExpressionTrack:
        """30 frames a second, the first at the start of the sound."""
        return mesh_track(expression)

    def lid_response(self) -> NDArray[np.float32]:
        """That of the head's own lids."""
        return own_lids()

    def posture(self) -> NDArray[np.float32]:
        """None."""
        return np.zeros(EXPRESSION_SIZE, np.float32)


def load_generator(
    model: str,
    *,
    seed: int = 0,
    sampling: Sampling = STYLES["natural"],
    identity: NDArray[np.float32] | None = None,
    style: Style | None = None,
    providers: Sequence[str] | None = None,
    threads: int = 1,
) -> FaceGenerator:
    """The generator of a model.

    Args:
        model: one of `MODELS`; an .onnx file of an ExpNet; a folder of a MeshTalk, of style networks or of a
            contextual transformer, or a file in it.
        seed: for those that draw.
        sampling: likewise.
        identity: (80,) alpha of the head that speaks, for those that look at it.
        style: how to speak, for those that take one; neutral by default.
        providers, threads: see `core.runtime.load_network`.

    Raises:
        InputError: no such model or provider, or a style for a model that has none.
        ModelError: a network cannot be loaded, or is another one.
    """
    # A name comes before a folder of the same name, wherever Soliloquy is run.
    folder = WEIGHTS_FOLDER / _FOLDERS.get(model, model) if model in MODELS else Path(model)
    if model not in MODELS and not model.endswith(".onnx") and not folder.is_dir():
        raise InputError(
            f"No model is called '{model}'. Known: {', '.join(MODELS)}; or give the path of an .onnx file or "
            "of a folder that 'soliloquy train' wrote."
        )
    styled = [folder / name for name in (DECODER_FILE, CONTEXTUAL_FILE) if (folder / name).is_file()]
    if styled:
        model = str(styled[0])
    elif folder.is_dir():
        _refuse(style, model)
        return _meshtalk(folder, sampling, seed, identity, providers, threads)
    network = load_network(model, providers=providers, threads=threads)
    kind = network.metadata.get("model", "")
    if kind in _STYLED:
        generator = _STYLED[kind](network, no_style() if style is None else style.code)
        if style is not None:
            check_family(style, generator.style_family, model)
        return generator
    _refuse(style, model)
    if kind.startswith("meshtalk_"):
        # Whoever chooses one file of a MeshTalk means all of them.
        return _meshtalk(folder.parent, sampling, seed, identity, providers, threads)
    check_expnet(network, model)
    return ExpNetGenerator(network)


_FOLDERS: Final = {"hybrid": "style"}
"""Folders of weights that are not called as their model is."""
_STYLED: Final = {"contextual": ContextualGenerator, "hybrid": HybridGenerator}
"""Generators that take a style, by the kind of their network."""


def _meshtalk(
    folder: Path,
    sampling: Sampling,
    seed: int,
    identity: NDArray[np.float32] | None,
    providers: Sequence[str] | None,
    threads: int,
) -> MeshTalkGenerator:
    networks = load_meshtalk(folder, providers=providers, threads=threads)
    return MeshTalkGenerator(networks, sampling, seed, identity)


def _refuse(style: Style | None, model: str) -> None:
    """Refuse a style where the network has none."""
    if style is not None and style.code.any():
        able = " or ".join(name for name, facts in MODELS.items() if facts.takes_style)
        raise InputError(
            f"The model '{model}' has no styles, and '{style.name}' was asked for: choose {able}, or no "
            "style."
        )
