# SPDX-License-Identifier: GPL-3.0-or-later
"""The speech encoder: sound to what is said, 80 times a second.

It begins as Moonshine's tiny encoder (Jeffries et al., Moonshine: Speech Recognition for Live Transcription
and Voice Commands, 2024; MIT licence, "Copyright (c) 2025 Useful Sensors, Inc."), which has heard far more
people than any set of phone-timed speech holds, and is changed so that it can listen to a stream:

- Its first convolution is resampled to our hop: three of its frames are 200 samples. Sound runs 4 % slower
  through the rest than it was made for, and frames fall on whole mel columns.
- Its normalisation over the whole clip becomes one over a few seconds around each column.
- Attention sees 0.8 s of each layer's frames, 0.6 behind and 0.2 ahead. Positions are turned into angles
  (Su et al. 2021), which depend on distances only.
- Only the first layers are kept: phones are clearest in the middle of such networks.

Two residual blocks over time and a narrow embedding follow; everything else is one linear layer away from it.
Nothing pads in time: a frame depends on a fixed stretch of sound around it and on nothing else, so that a
stream gives what the whole gives.

Shape letters: N clips, T rows of 200 samples, P frames of the first convolution's rows, R frames (40 a
second), H heads, D = 288, F frames (80 a second) = T - `SpeechEncoder.context`, E = embedding size.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from ..audio.mel import HOP
from ..errors import ModelError
from .moonshine import HEADS, ROTATED, WIDTH, MoonshineEncoder
from .parameters import load_parameters, read_metadata
from .speech_outputs import (
    Probabilities,
    SpeechHeads,
    SpeechOutputs,
    TimeBlock,
    encoder_metadata,
    interleave,
)

_PHASES: Final = 3
"""Frames of the first convolution in a row."""
_SLOWER: Final = 24 / 25
"""Rate at which sound passes, so that 64 of Moonshine's samples are 66 2/3 of ours."""
_SINC_HALF: Final = 16
"""Samples on either side that the interpolation between samples takes in."""
_TAPS: Final = 164
"""Of a resampled filter: 127 / `_SLOWER`, and both sides of the interpolation."""
_FIRST_SAMPLES: Final = (0, 67, 133)
"""Where the filters of the three phases begin in a row; the last ends in the next."""
_QUIET: Final = 1e-6
"""Power below which the normalisation stops to amplify."""
_CHUNK: Final = 16
"""Frames whose attention is calculated together."""
_READER_DILATIONS: Final = ((1, 2), (2, 3))
_READER_AHEAD: Final = (3, 4)


@dataclass(frozen=True)
class SpeechEncoderConfig:
    """Sizes of the encoder.

    Attributes:
        layers: of attention.
        behind: frames before its own (40 a second) that a layer's frame sees.
        ahead: frames after its own; `behind` + `ahead` is a multiple of 16.
        loudness_behind: rows before its own from which a row's loudness is measured.
        loudness_ahead: rows after its own.
        width: channels of the residual blocks.
        embedding: size E of the bottleneck.
    """

    layers: int = 4
    behind: int = 24
    ahead: int = 8
    loudness_behind: int = 168
    loudness_ahead: int = 16
    width: int = 192
    embedding: int = 96


class LocalAttention(nn.Module):
    """Self-attention over the frames from `behind` before to `ahead` after each; loses those at the ends."""

    visible: Tensor

    def __init__(self, behind: int, ahead: int) -> None:
        super().__init__()
        self.behind, self.ahead = behind, ahead
        self.q_proj = nn.Linear(WIDTH, WIDTH, bias=False)
        self.k_proj = nn.Linear(WIDTH, WIDTH, bias=False)
        self.v_proj = nn.Linear(WIDTH, WIDTH, bias=False)
        self.dense = nn.Linear(WIDTH, WIDTH, bias=False)
        query, key = torch.arange(_CHUNK)[:, None], torch.arange(_CHUNK + behind + ahead)
        visible = torch.where((key >= query) & (key <= query + behind + ahead), 0.0, -1e4)
        self.register_buffer("visible", visible, persistent=False)

    def forward(self, x: Tensor, turns: Tensor) -> Tensor:
        """(N, R, D) to (N, R - behind - ahead, D), which is a multiple of 16 frames; `turns` (2, R, 1, 16)
        are cosines and sines."""
        inner = slice(self.behind, -self.ahead)
        queries = _turn(self.q_proj(x[:, inner]), turns[:, inner])
        keys = self._windows(_turn(self.k_proj(x), turns))
        values = self._windows(_heads(self.v_proj(x)))
        queries = queries.reshape(x.shape[0], -1, _CHUNK, HEADS, WIDTH // HEADS)
        scores = queries.transpose(2, 3) @ keys.permute(0, 1, 3, 4, 2)
        mixed = (scores * (WIDTH // HEADS) ** -0.5 + self.visible).softmax(dim=4) @ values.transpose(2, 3)
        return self.dense(mixed.transpose(2, 3).reshape(x.shape[0], -1, WIDTH))

    def _windows(self, x: Tensor) -> Tensor:
        """(N, R, H, d) to (N, chunks, 16 + behind + ahead, H, d): what each chunk of frames sees."""
        chunks = x.reshape(x.shape[0], -1, _CHUNK, HEADS, WIDTH // HEADS)
        views = (self.behind + self.ahead) // _CHUNK + 1
        # Ends counted from the end: the exporter would fix a length that it calculates.
        return torch.cat([chunks[:, start : start - views + 1 or None] for start in range(views)], dim=2)


class LocalLayer(nn.Module):
    """Attention and a two-layer perceptron, each after a normalisation and beside a shortcut."""

    def __init__(self, behind: int, ahead: int) -> None:
        super().__init__()
        self.behind, self.ahead = behind, ahead
        self.input_layernorm = nn.LayerNorm(WIDTH, bias=False)
        self.self_attn = LocalAttention(behind, ahead)
        self.post_attention_layernorm = nn.LayerNorm(WIDTH, bias=False)
        self.fc1 = nn.Linear(WIDTH, 4 * WIDTH)
        self.fc2 = nn.Linear(4 * WIDTH, WIDTH)
        self.dropout = nn.Dropout(0.0)

    def forward(self, x: Tensor, turns: Tensor) -> Tensor:
        """(N, R, D) to (N, R - behind - ahead, D)."""
        mixed = self.self_attn(self.input_layernorm(x), turns)
        x = x[:, self.behind : -self.ahead] + self.dropout(mixed)
        changed = self.fc2(functional.gelu(self.fc1(self.post_attention_layernorm(x))))
        return x + self.dropout(changed)


class SpeechEncoder(nn.Module):
    """Rows of samples to phones, articulation, voice activity and an embedding."""

    stride: Final = 2 * _CHUNK
    """Frames come in multiples of these."""

    def __init__(self, config: SpeechEncoderConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or SpeechEncoderConfig()
        # Convolutions laid out as matrices: what they see stands in one row.
        self.conv1 = nn.ModuleList(nn.Linear(_TAPS, WIDTH, bias=False) for _ in range(_PHASES))
        self.conv2 = nn.Linear(7 * WIDTH, 2 * WIDTH)
        self.conv3 = nn.Linear(3 * 2 * WIDTH, WIDTH)
        self.layers = nn.ModuleList(LocalLayer(config.behind, config.ahead) for _ in range(config.layers))
        self.layer_norm = nn.LayerNorm(WIDTH, bias=False)
        self.enter = nn.Sequential(
            nn.Conv1d(WIDTH, config.width, 1, bias=False), nn.BatchNorm1d(config.width), nn.ReLU()
        )
        self.blocks = nn.Sequential(
            *(
                TimeBlock(config.width, dilations, ahead)
                for dilations, ahead in zip(_READER_DILATIONS, _READER_AHEAD, strict=True)
            )
        )
        self.leave = nn.Conv1d(config.width, 2 * config.embedding, 1)
        self.heads = SpeechHeads(config.embedding)

    @property
    def columns_before(self) -> int:
        """Rows that a frame needs before the one that begins at its time."""
        reader = sum(2 * sum(pair) for pair in _READER_DILATIONS) - sum(_READER_AHEAD)
        return self.config.loudness_behind + 2 * (self.config.layers * self.config.behind + reader) + 2

    @property
    def columns_after(self) -> int:
        """Rows that a frame needs from the one that begins at its time, this one not counted."""
        reader = sum(_READER_AHEAD)
        return self.config.loudness_ahead + 2 * (self.config.layers * self.config.ahead + reader) + 2

    @property
    def context(self) -> int:
        """T - F."""
        return self.columns_before + self.columns_after

    def forward(self, sound: Tensor) -> SpeechOutputs:
        """Hear.

        Args:
            sound: (N, T, 200) samples at 16 kHz, T = `context` + a multiple of 16.

        Returns:
            Frames; frame j stands at the first sample of row j + `columns_before`.
        """
        x = self._filtered(sound)
        x = functional.gelu(self.conv2(torch.cat([x[:, :-2], x[:, 1:-1], x[:, 2:, :WIDTH]], dim=2)))
        pairs = x[:, :-1].reshape(x.shape[0], -1, 4 * WIDTH)
        x = functional.gelu(self.conv3(torch.cat([pairs, x[:, 2::2]], dim=2)))
        for layer in self.layers:
            x = layer(x, _turns(x))
        x = self.blocks(self.enter(self.layer_norm(x).transpose(1, 2)))
        return self.heads(interleave(self.leave(x)).transpose(1, 2))

    def _filtered(self, sound: Tensor) -> Tensor:
        """First convolution and normalisation: (N, T, 200) to (N, P, 3 D), phase after phase."""
        reach = _FIRST_SAMPLES[-1] + _TAPS - HOP
        pairs = torch.cat([sound[:, :-1], sound[:, 1:, :reach]], dim=2)
        phases = [
            phase(pairs[..., first : first + _TAPS])
            for phase, first in zip(self.conv1, _FIRST_SAMPLES, strict=True)
        ]
        x = torch.cat(phases, dim=2).tanh()
        behind, ahead = self.config.loudness_behind, self.config.loudness_ahead
        power = functional.avg_pool1d((x * x).mean(dim=2)[:, None].float(), behind + 1 + ahead, stride=1)
        return x[:, behind:-ahead] * (power + _QUIET).rsqrt().transpose(1, 2)

    @classmethod
    def from_moonshine(cls, path: Path, config: SpeechEncoderConfig | None = None) -> "SpeechEncoder":
        """An encoder that begins with the weights of Moonshine's published encoder_model.onnx.

        Raises:
            ModelError: the file is another one.
        """
        encoder = cls(config)
        published = MoonshineEncoder.from_published(path, encoder.config.layers)
        state = {
            name: value
            for name, value in published.state_dict().items()
            if name.startswith(("layers.", "layer_norm."))
        }
        filters = resampled_filters(published.conv1.weight[:, 0].detach().numpy())
        state |= {f"conv1.{phase}.weight": torch.from_numpy(rows) for phase, rows in enumerate(filters)}
        for name in ("conv2", "conv3"):
            convolution = getattr(published, name)
            state[f"{name}.weight"] = convolution.weight.transpose(1, 2).flatten(1)
            state[f"{name}.bias"] = convolution.bias
        # Pairs of turned channels lie side by side there, and half a head apart here.
        head = torch.cat(
            [torch.arange(0, ROTATED, 2), torch.arange(1, ROTATED, 2), torch.arange(ROTATED, WIDTH // HEADS)]
        )
        order = (torch.arange(HEADS)[:, None] * (WIDTH // HEADS) + head).flatten()
        for name in state:
            if name.endswith(("q_proj.weight", "k_proj.weight")):
                state[name] = state[name][order]
        # The normalisation's own factors and offsets go into the convolution that follows.
        norm = published.groupnorm
        state["conv2.bias"] = state["conv2.bias"] + state["conv2.weight"] @ norm.bias.repeat(7)
        state["conv2.weight"] = state["conv2.weight"] * norm.weight.repeat(7)
        encoder.load_state_dict(state, strict=False)
        return encoder

    @classmethod
    def from_onnx(cls, path: Path) -> "SpeechEncoder":
        """The network of an exported file in float32, in evaluation mode; the file names its own sizes.

        Raises:
            ModelError: the file is not an export of the speech encoder.
        """
        metadata = read_metadata(path)
        if metadata.get("model") != "speech_encoder" or metadata.get("input") != "sound":
            raise ModelError(
                f"'{path}' holds '{metadata.get('model', 'no named network')}', expected a speech_encoder "
                "that takes sound."
            )
        network = cls(SpeechEncoderConfig(**json.loads(metadata["config"])))
        load_parameters(Probabilities(network), path)
        return network.eval()

    @property
    def metadata(self) -> dict[str, str]:
        """What the exported file says of itself."""
        return encoder_metadata(
            "sound", self.columns_before, self.columns_after, self.stride, asdict(self.config)
        )


def resampled_filters(filters: NDArray[np.floating]) -> list[NDArray[np.float32]]:
    """Moonshine's first filters for our sound, whose samples lie closer than those they were made for.

    Args:
        filters: (D, 127), 64 samples from one to the next, for sound that passes at `_SLOWER`.

    Returns:
        For each of the three phases of a row, (D, 164) that give what the filters give on slowed sound.
    """
    taps = np.arange(filters.shape[1]) / _SLOWER
    phases = []
    for phase, first in enumerate(_FIRST_SAMPLES):
        # Filter tap k of this phase lies at this time, in our samples; slowed sound holds nothing above its
        # own half rate.
        times = HOP * phase / _PHASES + taps + _SINC_HALF - first
        distance = times[:, None] - np.arange(_TAPS)
        window = np.cos(0.5 * np.pi * (distance / _SINC_HALF).clip(-1, 1)) ** 2
        phases.append((filters @ (_SLOWER * np.sinc(_SLOWER * distance) * window)).astype(np.float32))
    return phases


def _heads(x: Tensor) -> Tensor:
    """(N, R, D) to (N, R, H, D / H)."""
    return x.reshape(x.shape[0], -1, HEADS, WIDTH // HEADS)


def _turns(x: Tensor) -> Tensor:
    """Cosines and sines (2, R, 1, 16) of the angles by which positions of x (N, R, D) turn pairs."""
    rates = 10000.0 ** (-torch.arange(0, ROTATED, 2) / ROTATED)
    # Counted by adding ones: the exporter would fix the length of a range.
    positions = torch.ones_like(x[0, :, :1]).cumsum(dim=0)
    angles = positions[:, None] * rates
    return torch.stack([angles.cos(), angles.sin()])


def _turn(x: Tensor, turns: Tensor) -> Tensor:
    """(N, R, D) to heads (N, R, H, D / H) whose first channels are turned pair by pair."""
    x = _heads(x)
    cosines, sines = turns[0], turns[1]
    half = ROTATED // 2
    one, other, rest = x[..., :half], x[..., half:ROTATED], x[..., ROTATED:]
    return torch.cat([one * cosines - other * sines, other * cosines + one * sines, rest], dim=3)
