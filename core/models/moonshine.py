# SPDX-License-Identifier: GPL-3.0-or-later
"""Moonshine's tiny speech encoder (Jeffries et al., Moonshine: Speech Recognition for Live Transcription and
Voice Commands, 2024), written anew in torch so that it can be fine-tuned.

The weights come from the encoder_model.onnx that its makers publish under the MIT licence ("Copyright (c)
2025 Useful Sensors, Inc."); what is trained from them is a derived work and keeps that notice.

Shape letters: N clips, n samples, T frames (41.67 a second: n // 384 - 1 or so), H heads, D = 288.
"""

from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from ..errors import ModelError

WIDTH: Final = 288
HEADS: Final = 8
ROTATED: Final = 32
"""Of the 36 channels of a head, those that are turned by the position."""
_LAYERS: Final = 6


class Attention(nn.Module):
    """Self-attention over all frames, with rotary positions (Su et al. 2021) in neighbouring pairs."""

    def __init__(self) -> None:
        super().__init__()
        self.q_proj = nn.Linear(WIDTH, WIDTH, bias=False)
        self.k_proj = nn.Linear(WIDTH, WIDTH, bias=False)
        self.v_proj = nn.Linear(WIDTH, WIDTH, bias=False)
        self.dense = nn.Linear(WIDTH, WIDTH, bias=False)

    def forward(self, x: Tensor, turns: Tensor) -> Tensor:
        """(N, T, D) to (N, T, D); `turns` (2, T, 16) are cosines and sines."""
        queries, keys, values = (
            projection(x).unflatten(2, (HEADS, -1)).transpose(1, 2)
            for projection in (self.q_proj, self.k_proj, self.v_proj)
        )
        mixed = functional.scaled_dot_product_attention(_turn(queries, turns), _turn(keys, turns), values)
        return self.dense(mixed.transpose(1, 2).flatten(2))


class Layer(nn.Module):
    """Attention and a two-layer perceptron, each after a normalisation and beside a shortcut."""

    def __init__(self) -> None:
        super().__init__()
        self.input_layernorm = nn.LayerNorm(WIDTH, bias=False)
        self.self_attn = Attention()
        self.post_attention_layernorm = nn.LayerNorm(WIDTH, bias=False)
        self.fc1 = nn.Linear(WIDTH, 4 * WIDTH)
        self.fc2 = nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, x: Tensor, turns: Tensor) -> Tensor:
        """(N, T, D) to (N, T, D)."""
        x = x + self.self_attn(self.input_layernorm(x), turns)
        return x + self.fc2(functional.gelu(self.fc1(self.post_attention_layernorm(x))))


class MoonshineEncoder(nn.Module):
    """Samples to frames; every frame sees the whole clip."""

    def __init__(self, layers: int = _LAYERS) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(1, WIDTH, 127, stride=64, bias=False)
        self.groupnorm = nn.GroupNorm(1, WIDTH)
        self.conv2 = nn.Conv1d(WIDTH, 2 * WIDTH, 7, stride=3)
        self.conv3 = nn.Conv1d(2 * WIDTH, WIDTH, 3, stride=2)
        self.layers = nn.ModuleList(Layer() for _ in range(layers))
        self.layer_norm = nn.LayerNorm(WIDTH, bias=False)

    def forward(self, samples: Tensor) -> Tensor:
        """(N, n) 16 kHz mono to (N, T, 288)."""
        x = self.groupnorm(torch.tanh(self.conv1(samples[:, None])))
        x = functional.gelu(self.conv3(functional.gelu(self.conv2(x)))).transpose(1, 2)
        turns = _turns(x.shape[1])
        for layer in self.layers:
            x = layer(x, turns)
        return self.layer_norm(x)

    @classmethod
    def from_published(cls, path: Path, layers: int = _LAYERS) -> "MoonshineEncoder":
        """The encoder with the weights of the published, 8-bit encoder_model.onnx.

        Args:
            path: the file.
            layers: how many of the six layers to take, from the first.

        Raises:
            ModelError: the file is another one.
        """
        import onnx

        graph = onnx.load(path).graph
        stored = _published_weights(graph)
        encoder = cls(layers)
        state = encoder.state_dict()
        missing = [name for name in state if name not in stored]
        if missing:
            raise ModelError(f"'{path}' does not hold {missing[0]}: it is not Moonshine's tiny encoder.")
        encoder.load_state_dict({name: torch.from_numpy(stored[name].copy()) for name in state})
        return encoder.eval()


def _published_weights(graph: Any) -> dict[str, NDArray[np.float32]]:
    """Float weights by our names, from 8-bit ones with scale and zero point."""
    from onnx import numpy_helper

    raw = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    weights = {name: value for name, value in raw.items() if value.dtype == np.float32}
    constants = {
        node.output[0]: numpy_helper.to_array(node.attribute[0].t)
        for node in graph.node
        if node.op_type == "Constant"
    }
    for name in ("conv1.weight", "conv2.weight", "conv3.weight"):
        if f"{name}_quantized" in raw:
            # Stored as quantized * scale + zero, unlike the others.
            weights[name] = raw[f"{name}_quantized"].astype(np.float32) * raw[f"{name}_scale"]
            weights[name] = weights[name] + raw[f"{name}_zero_point"].astype(np.float32)
    for node in graph.node:
        if node.op_type == "MatMulInteger" and node.input[1] in raw:
            stem = node.input[1].removesuffix("_quantized")
            integers = raw[f"{stem}_quantized"].astype(np.float32)
            matrix = (integers - raw[f"{stem}_zero_point"].astype(np.float32)) * raw[f"{stem}_scale"]
            name = node.name.strip("/").removesuffix("/MatMul_quant").replace("/", ".").replace("mlp.", "")
            weights[f"{name}.weight"] = matrix.T
        elif node.op_type in {"Mul", "Add"} and node.name.startswith("/groupnorm/"):
            kind = "weight" if node.op_type == "Mul" else "bias"
            values = raw.get(node.input[1], constants.get(node.input[1]))
            if values is not None:
                weights[f"groupnorm.{kind}"] = values.reshape(-1).astype(np.float32)
    return {name.replace("mlp.", ""): value for name, value in weights.items()}


def _turns(frames: int) -> Tensor:
    """Cosines and sines (2, T, 16) of the angles by which positions turn pairs of channels."""
    rates = 10000.0 ** (-torch.arange(0, ROTATED, 2) / ROTATED)
    angles = torch.arange(frames)[:, None] * rates
    return torch.stack([angles.cos(), angles.sin()])


def _turn(x: Tensor, turns: Tensor) -> Tensor:
    """Turn the first channels of (N, H, T, 36), pair by pair."""
    cosines, sines = turns
    even, odd, rest = x[..., 0:ROTATED:2], x[..., 1:ROTATED:2], x[..., ROTATED:]
    turned = torch.stack([even * cosines - odd * sines, odd * cosines + even * sines], dim=4).flatten(3)
    return torch.cat([turned, rest], dim=3)
