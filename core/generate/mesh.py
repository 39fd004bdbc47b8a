# SPDX-License-Identifier: GPL-3.0-or-later
"""Sound to a moving face with MeshTalk, block by block.

Shape letters: T columns of sound, F frames, H heads, C classes, W width of a code, N takes, R coordinates.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import tee
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..audio.mel import MESHTALK_MEL, SILENCE, mel_columns
from ..errors import ModelError
from ..head import load_head
from ..head.head_model import IDENTITY_COUNT
from ..runtime import Network, load_network
from .draws import random_of
from .sampling import Sampling
from .sound_frames import heard_columns
from .speech import SPEECH_FPS, SpeechFeatures, hear

MESH_FPS: Final = 30.0
"""Frames a second of MeshTalk; frame i is at second i / 30."""

SOUND_COLUMNS: Final = {"mel": 100.0, "phones": 80.0}
"""Columns a second of what the audio encoder takes."""

MESHTALK_FILES: Final = {
    "audio": "audio.onnx",
    "faces": "faces.onnx",
    "sampler": "sampler.onnx",
    "movement": "movement.onnx",
}
"""What the folder of a trained MeshTalk holds: sound to codes, codes and faces to logits (only to measure and
to train), codes to drawn categories, categories to displacements."""

_FRAMES_BEFORE: Final = 30
"""Frames that are drawn before the first: twice what the autoregressive network sees of the past."""
_FRAMES_PER_DRAW: Final = 60
"""So few that whoever wants to cancel need not wait."""


@dataclass(frozen=True)
class MeshTalkNetworks:
    """The networks of one training.

    Attributes:
        folder: where they are.
        audio, sampler, movement: as in `MESHTALK_FILES`.
        providers, threads: with which they were loaded.
    """

    folder: Path
    audio: Network
    sampler: Network
    movement: Network
    providers: tuple[str, ...] | None
    threads: int

    @property
    def sound(self) -> str:
        """What they hear: "mel" or "phones"."""
        return self.audio.metadata["sound"]

    @cached_property
    def faces(self) -> Network:
        """Reads faces; not needed to animate."""
        network = _load(self.folder, "faces", self.providers, self.threads)
        _check_training(self.folder, self.audio, "faces", network)
        return network

    @property
    def moves_lids(self) -> bool:
        """Whether they learnt from lids that were captured."""
        return json.loads(self.audio.metadata["training"]).get("lids", True)

    @property
    def reach(self) -> int:
        """Columns of sound that a code sees on either side of its own."""
        return int(self.audio.metadata["reach"])

    @property
    def shape(self) -> tuple[int, int]:
        """H, C."""
        _, heads, classes = next(
            each.shape for each in self.sampler.session.get_inputs() if each.name == "noise"
        )
        return heads, classes


def load_meshtalk(
    folder: Path, *, providers: Sequence[str] | None = None, threads: int = 1
) -> MeshTalkNetworks:
    """The networks of a folder that `soliloquy train meshtalk` wrote.

    Raises:
        ModelError: a file is missing, or is another network, or one of another training.
    """
    chosen = None if providers is None else tuple(providers)
    audio, sampler, movement = (
        _load(folder, part, chosen, threads) for part in ("audio", "sampler", "movement")
    )
    for part, network in (("sampler", sampler), ("movement", movement)):
        _check_training(folder, audio, part, network)
    return MeshTalkNetworks(folder, audio, sampler, movement, chosen, threads)


def _load(folder: Path, part: str, providers: tuple[str, ...] | None, threads: int) -> Network:
    network = load_network(str(folder / MESHTALK_FILES[part]), providers=providers, threads=threads)
    found = network.metadata.get("model", "no named network")
    if found != f"meshtalk_{part}":
        raise ModelError(
            f"'{folder / MESHTALK_FILES[part]}' holds '{found}', expected meshtalk_{part}: choose a folder "
            "that 'soliloquy train meshtalk' wrote."
        )
    return network


def _check_training(folder: Path, audio: Network, part: str, network: Network) -> None:
    """Refuse files that were not written together: even where their sizes fit, categories mean others."""
    told = ("config", "training", "fingerprint")
    if any(audio.metadata.get(name) != network.metadata.get(name) for name in told):
        raise ModelError(
            f"'{folder}' holds {MESHTALK_FILES['audio']} and {MESHTALK_FILES[part]} of different trainings: "
            "choose a folder that 'soliloquy train meshtalk' wrote."
        )


def sound_columns(
    networks: MeshTalkNetworks,
    blocks: Iterable[NDArray[np.float32]],
    encoder: Network | None,
    keep: Callable[[SpeechFeatures], None],
) -> tuple[Iterator[NDArray[np.float32]], NDArray[np.float32] | None]:
    """What the audio encoder takes of a sound, and what stands before and after it.

    Args:
        networks: MeshTalk.
        blocks: 1-D float32 blocks at 16 kHz, of any sizes; read once.
        encoder: the speech encoder; None where nobody needs it.
        keep: gets everything that the encoder hears.

    Returns:
        Consecutive columns (t, C), and the column (C,) of silence; None where the first and the last column
        stand for what is outside.

    Raises:
        ModelError: they listen through the speech encoder, and there is none.
    """
    if networks.sound == "phones":
        return heard_columns(blocks, encoder, keep), None
    silence = np.full(MESHTALK_MEL.bands, SILENCE, np.float32)
    return _mel_columns(blocks, encoder, keep), silence


def _mel_columns(
    blocks: Iterable[NDArray[np.float32]],
    encoder: Network | None,
    keep: Callable[[SpeechFeatures], None],
) -> Iterator[NDArray[np.float32]]:
    if encoder is None:
        yield from mel_columns(blocks, MESHTALK_MEL)
        return
    for_mel, for_encoder = tee(blocks)
    heard = hear(encoder, for_encoder)
    seconds = heard_seconds = 0.0
    for columns in mel_columns(for_mel, MESHTALK_MEL):
        seconds += len(columns) / SOUND_COLUMNS["mel"]
        yield columns
        # Neither gets far ahead of the other, so that only seconds of the sound wait in between.
        while heard_seconds < seconds and (features := next(heard, None)) is not None:
            heard_seconds += len(features) / SPEECH_FPS
            keep(features)
    for features in heard:
        keep(features)


def frame_codes(
    networks: MeshTalkNetworks, columns: Iterable[NDArray[np.float32]], silence: NDArray[np.float32] | None
) -> Iterator[NDArray[np.float32]]:
    """Audio codes (f, W) at the frames of a sound, consecutive, the same whatever the blocks.

    Args:
        networks: MeshTalk.
        columns: consecutive columns (t, C).
        silence: (C,) what is before and after the sound; None repeats its first and last column.
    """
    rate = SOUND_COLUMNS[networks.sound]
    codes = _column_codes(networks, columns, silence)
    held = np.empty((0, 0), np.float32)
    first = frame = 0
    for part in codes:
        held = part if not held.size else np.concatenate([held, part])
        # A frame between two columns needs both.
        last = int(np.floor((first + len(held) - 1) * MESH_FPS / rate - 1e-9))
        if last < frame:
            continue
        position = np.arange(frame, last + 1) * rate / MESH_FPS - first
        yield _between(held, position)
        frame = last + 1
        used = min(int(frame * rate / MESH_FPS) - first, len(held))
        held, first = held[used:], first + used
    left = np.arange(frame, int(np.floor((first + len(held) - 1) * MESH_FPS / rate + 1e-9)) + 1)
    if len(left):
        yield _between(held, left * rate / MESH_FPS - first)


def _between(rows: NDArray[np.float32], position: NDArray[np.float64]) -> NDArray[np.float32]:
    left = np.clip(position.astype(np.int64), 0, max(0, len(rows) - 2))
    right = np.minimum(left + 1, len(rows) - 1)
    share = np.clip(position - left, 0, 1).astype(np.float32)[:, None]
    return rows[left] * (1 - share) + rows[right] * share


def _column_codes(
    networks: MeshTalkNetworks, columns: Iterable[NDArray[np.float32]], silence: NDArray[np.float32] | None
) -> Iterator[NDArray[np.float32]]:
    reach = networks.reach
    held: NDArray[np.float32] | None = None
    for part in columns:
        if not len(part):
            continue
        if held is None:
            edge = part[:1] if silence is None else silence[None]
            held = np.concatenate([np.repeat(edge, reach, axis=0), part])
        else:
            held = np.concatenate([held, part])
        if len(held) > 2 * reach:
            yield networks.audio.run(columns=held[None])[0][0]
            held = held[len(held) - 2 * reach :]
    if held is not None:
        edge = held[-1:] if silence is None else silence[None]
        yield networks.audio.run(columns=np.concatenate([held, np.repeat(edge, reach, axis=0)])[None])[0][0]


def draw_labels(
    networks: MeshTalkNetworks,
    codes: Iterable[NDArray[np.float32]],
    sampling: Sampling,
    seeds: Sequence[int],
) -> Iterator[NDArray[np.int64]]:
    """Categories (N, f, H) of one take for each seed, for audio codes (f, W) that come in parts.

    A seed draws the same whatever the parts and whatever other seeds are drawn beside it.
    """
    heads, classes = networks.shape
    randoms = [random_of(seed, "mesh") for seed in seeds]
    labels = np.full((len(seeds), heads), -1, np.int64)
    kept_shape = next(each.shape for each in networks.sampler.session.get_inputs() if each.name == "kept")
    kept = np.zeros((len(seeds), *kept_shape[1:]), np.float32)
    noise = np.zeros((len(seeds), heads, classes), np.float32)
    settings = {
        "temperature": np.array(sampling.temperature or 1.0, np.float32),
        "top_p": np.array(sampling.top_p, np.float32),
    }
    before = True
    for part in _pieces(codes):
        if before:
            # A face does not begin with its sound: what it did before is drawn too, and not shown.
            part = np.concatenate([np.repeat(part[:1], _FRAMES_BEFORE, axis=0), part])
        drawn = np.empty((len(seeds), len(part), heads), np.int64)
        for number, code in enumerate(part):
            if sampling.temperature:
                noise[:] = [random.gumbel(size=(heads, classes)) for random in randoms]
            audio = np.repeat(code[None], len(seeds), axis=0)
            labels, kept, _ = networks.sampler.session.run(
                None, {"audio": audio, "labels": labels, "kept": kept, "noise": noise, **settings}
            )
            drawn[:, number] = labels
        yield drawn[:, _FRAMES_BEFORE if before else 0 :]
        before = False


def _pieces(codes: Iterable[NDArray[np.float32]]) -> Iterator[NDArray[np.float32]]:
    """Consecutive codes, some seconds at a time."""
    for part in codes:
        for first in range(0, len(part), _FRAMES_PER_DRAW):
            yield part[first : first + _FRAMES_PER_DRAW]


def move(
    networks: MeshTalkNetworks,
    labels: Iterable[NDArray[np.int64]],
    alpha: NDArray[np.float32] | None = None,
) -> Iterator[NDArray[np.float32]]:
    """Expressions beta (N, f, 64) of categories (N, f, H) that come in parts.

    Args:
        networks: MeshTalk.
        labels: consecutive parts.
        alpha: (80,) identity of the head that moves; the built-in one by default.
    """
    head = load_head()
    is_vertices = networks.movement.metadata["mesh"] == "vertices"
    identity = np.zeros(IDENTITY_COUNT, np.float32) if alpha is None else np.asarray(alpha, np.float32)
    template = head.vertices(identity).reshape(-1) if is_vertices else identity
    width = next(each.shape[2] for each in networks.movement.session.get_inputs() if each.name == "hidden")
    hidden = cell = np.empty((2, 0, width), np.float32)
    for part in labels:
        takes = len(part)
        if not hidden.size:
            hidden = cell = np.zeros((2, takes, width), np.float32)
        moved, hidden, cell = networks.movement.run(
            template=np.repeat(template[None], takes, axis=0), labels=part, hidden=hidden, cell=cell
        )
        yield moved @ head.expression_basis.T if is_vertices else moved
