# SPDX-License-Identifier: GPL-3.0-or-later
"""The contextual audio-to-expression transformer of Parametric Implicit Face (Huang et al., CVPR 2023).

Supplement section 1, after FaceFormer (Fan et al., CVPR 2022): the previous expression, embedded, plus the
embedded style; a periodic positional encoding (equation 1); decoder blocks of biased causal self-attention
(equation 2), biased cross-attention to what is heard (equation 3) and a feed-forward layer; a linear layer to
beta. Our speech encoder is in the place of wav2vec 2.0.

Four things differ from the print. Equation 2 is printed without its minus: older periods must weigh less (as
in ALiBi: Press et al., ICLR 2022). Equation 3 lets a frame see exactly one key, whose softmax is 1 whatever
the query; here it sees `window` frames on either side, with a learnt bias for each head and distance, and
window 0 is the print. And a frame looks back at most k frames, its own counted, as many as there are in
training: so memory does not grow, and an hour later nothing is as it never was in training. And a style is
not only added to the embedded expression but to the result too: what a face does all the time, such as a
smile, need not be kept up by its own feedback.

Two forms of the same weights: all frames at once with known feedback, for training, and frame by frame with
the keys and values of earlier frames kept (`Step`).

Shape letters: N sequences, F frames, R rows of what is heard, C = 46 channels, D width, H heads, G = D / H,
L blocks, K = k frames, W = 2 window + 1, S code, B = 64.
"""

import json
import math
from dataclasses import asdict, dataclass
from typing import Final, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..generate.styles import STYLE_FPS, STYLE_SIZE
from ..motion import EXPRESSION_SIZE
from ..phones import ARTICULATIONS, PHONES
from .style.decoder import FAR

CHANNELS: Final = len(PHONES) + len(ARTICULATIONS)
"""C: posteriors of phones and silence, and what the mouth does in them."""

_NEVER: Final = -1e9


@dataclass(frozen=True)
class ContextualConfig:
    """Sizes.

    Attributes:
        width: D.
        heads: H.
        feed_forward: channels of the feed-forward layer.
        blocks: decoder blocks.
        period: p of equations 1 and 2, frames.
        frames: k, frames of a training sequence, and as many a frame sees of the past.
        window: frames of what is heard on either side of a frame that it sees.
        dropout: in training.
        fps: frames a second.
        code: numbers of a style.
    """

    width: int = 128
    heads: int = 8
    feed_forward: int = 256
    blocks: int = 1
    period: int = 25
    frames: int = 100
    window: int = 5
    dropout: float = 0.2
    fps: float = STYLE_FPS
    code: int = STYLE_SIZE

    def to_json(self) -> str:
        """For a file's metadata."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "ContextualConfig":
        """The inverse of `to_json`."""
        return cls(**json.loads(text))


CONFIGS: Final = {
    "compact": ContextualConfig(),
    "paper": ContextualConfig(width=1024, heads=4, feed_forward=2048),
}


def periodic_encoding(period: int, width: int) -> Tensor:
    """Equation 1: (p, D), row t for all frames with t mod p."""
    time = torch.arange(period)[:, None]
    angle = time / 10000 ** (torch.arange(0, width, 2) / width)
    return torch.stack([angle.sin(), angle.cos()], dim=2).flatten(1)[:, :width]


def head_slopes(heads: int) -> Tensor:
    """m of equation 2 (H,): a geometric series from 2^(-8 / H) to 2^-8, as ALiBi's."""
    return 2.0 ** (-8.0 * torch.arange(1, heads + 1) / heads)


def age_bias(config: ContextualConfig) -> Tensor:
    """B^F of equation 2 by age (H, K): -m floor(age / p), age = i - j from 0 to K - 1."""
    periods = torch.arange(config.frames) // config.period
    return -head_slopes(config.heads)[:, None] * periods


class Block(nn.Module):
    """A decoder block; normalisation after each residual, as in the transformer of 2017."""

    def __init__(self, config: ContextualConfig) -> None:
        super().__init__()
        width = config.width
        self.heads = config.heads
        self.query, self.key, self.value, self.merge = (nn.Linear(width, width) for _ in range(4))
        self.ask, self.heard_key, self.heard_value, self.take = (nn.Linear(width, width) for _ in range(4))
        # Only frames nearby are seen, and each head may learn which of them it listens to.
        self.alignment = nn.Parameter(torch.zeros(config.heads, 2 * config.window + 1))
        nn.init.normal_(self.alignment, std=1.0)
        self.inner = nn.Linear(width, config.feed_forward)
        self.outer = nn.Linear(config.feed_forward, width)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(3))
        self.dropout = nn.Dropout(config.dropout)

    def look_back(self, x: Tensor, keys: Tensor, values: Tensor, bias: Tensor) -> Tensor:
        """Self-attention of frames (N, F, D) to keys and values (N, J, D) with biases (N or 1, H, F, J)."""
        query = self._split(self.query(x))
        scores = query @ self._split(keys).transpose(2, 3) / math.sqrt(query.shape[-1]) + bias
        found = scores.softmax(-1) @ self._split(values)
        return self.norms[0](x + self.dropout(self.merge(found.transpose(1, 2).flatten(2))))

    def listen(self, x: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """Cross-attention of frames (N, F, D) to each one's own window of keys and values (N, F, W, D)."""
        query = self.ask(x).unflatten(2, (self.heads, -1))
        near, told = (each.unflatten(3, (self.heads, -1)) for each in (keys, values))
        scores = torch.einsum("nfhg,nfwhg->nfhw", query, near) / math.sqrt(query.shape[-1])
        share = (scores + self.alignment).softmax(-1)
        found = torch.einsum("nfhw,nfwhg->nfhg", share, told).flatten(2)
        return self.norms[1](x + self.dropout(self.take(found)))

    def think(self, x: Tensor) -> Tensor:
        """The feed-forward layer."""
        return self.norms[2](x + self.dropout(self.outer(self.dropout(functional.relu(self.inner(x))))))

    def _split(self, x: Tensor) -> Tensor:
        """(N, J, D) to (N, H, J, G)."""
        return x.unflatten(2, (self.heads, -1)).transpose(1, 2)


class Contextual(nn.Module):
    """What is heard, what the face did, and a style, to beta."""

    expression_mean: Tensor
    expression_scale: Tensor
    positions: Tensor
    ages: Tensor

    def __init__(self, config: ContextualConfig) -> None:
        super().__init__()
        self.config = config
        self.projection = nn.Linear(CHANNELS, config.width)
        # A phone that hardly comes in training changes next to nothing, not anything.
        nn.init.normal_(self.projection.weight, std=0.05)
        self.expression = nn.Linear(EXPRESSION_SIZE, config.width, bias=False)
        self.style = nn.Linear(config.code, config.width)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.blocks))
        self.output = nn.Linear(config.width, EXPRESSION_SIZE)
        self.offset = nn.Linear(config.code, EXPRESSION_SIZE, bias=False)
        self.dropout = nn.Dropout(config.dropout)
        self.register_buffer("positions", periodic_encoding(config.period, config.width), persistent=False)
        self.register_buffer("ages", age_bias(config), persistent=False)
        self.register_buffer("expression_mean", torch.zeros(EXPRESSION_SIZE))
        self.register_buffer("expression_scale", torch.ones(EXPRESSION_SIZE))

    def forward(
        self,
        heard: Tensor,
        centres: Tensor,
        time: Tensor,
        feedback: Tensor,
        known: Tensor,
        code: Tensor,
        parts: Tensor,
    ) -> Tensor:
        """All frames at once.

        Args:
            heard: (N, R, 46) rows at the frame rate, of one or several stretches of sound.
            centres: (N, F) int64, the row of each frame, at least `window` from either end of its stretch.
            time: (N, F) int64 number of each frame from the beginning of its sound, or that mod p.
            feedback: (N, F, 64) the expression of the frame before each.
            known: (N, F) 1 where there is a frame before, 0 at the beginning of a sound.
            code: (N, S) style; 0 is neutral.
            parts: (N, F) int64 number of the stretch of each frame; none sees another.

        Returns:
            beta (N, F, 64).
        """
        frames = centres.shape[1]
        config = self.config
        memory = self.project(heard)
        offsets = torch.arange(-config.window, config.window + 1, device=heard.device)
        rows = (centres[:, :, None] + offsets).flatten(1)
        x = self.embed(feedback, known, code) + self.positions[time % config.period]
        age = torch.arange(frames, device=heard.device)
        age = age[:, None] - age[None, :]
        seen = (age >= 0) & (age < config.frames)
        bias = torch.where(seen, self.ages[:, age.clamp(0, config.frames - 1)], _NEVER)
        same = (parts[:, :, None] == parts[:, None, :])[:, None]
        bias = torch.where(same, bias[None], _NEVER)
        for each in self.blocks:
            block = cast(Block, each)
            x = block.look_back(x, block.key(x), block.value(x), bias)
            near = (
                torch.gather(part, 1, rows[:, :, None].expand(-1, -1, config.width)).unflatten(
                    1, (frames, -1)
                )
                for part in (block.heard_key(memory), block.heard_value(memory))
            )
            x = block.think(block.listen(x, *near))
        return self.decode(x, code)

    def project(self, heard: Tensor) -> Tensor:
        """What is heard (N, R, 46) to the decoder's width (N, R, D)."""
        return self.dropout(self.projection(heard))

    def embed(self, feedback: Tensor, known: Tensor, code: Tensor) -> Tensor:
        """The frame before (N, F, 64), where it is known (N, F), and a style (N, S), to (N, F, D)."""
        before = (feedback - self.expression_mean) / self.expression_scale
        return self.expression(before) * known[:, :, None] + self.style(code)[:, None]

    def decode(self, x: Tensor, code: Tensor) -> Tensor:
        """(N, F, D), and styles (N, S), to beta (N, F, 64)."""
        beta = self.output(x) + FAR * self.offset(code)[:, None]
        return self.expression_mean + self.expression_scale * beta


class Step(nn.Module):
    """The same network for one frame, with what the frames before it left."""

    def __init__(self, network: Contextual) -> None:
        super().__init__()
        self.network = network

    def start(self, sequences: int = 1) -> tuple[Tensor, Tensor]:
        """Feedback and memory before the first frame."""
        config = self.network.config
        kept = torch.zeros(2 * config.blocks, sequences, config.frames - 1, config.width)
        return torch.zeros(sequences, EXPRESSION_SIZE), kept

    def forward(
        self, heard: Tensor, feedback: Tensor, kept: Tensor, frame: Tensor, code: Tensor
    ) -> tuple[Tensor, Tensor]:
        """One frame.

        Args:
            heard: (N, W, 46) rows of the frame's window.
            feedback: (N, 64) the frame before; not looked at in the first frame.
            kept: (2 L, N, K - 1, D) keys and values of each block, the oldest first.
            frame: () int64, number of the frame from the beginning.
            code: (N, S) style.

        Returns:
            beta (N, 64), and what is kept for the next frame.
        """
        network = self.network
        config = network.config
        # With k = 1 a frame knows of no other: each is the first.
        place = frame * int(config.frames > 1)
        known = (place > 0).to(heard.dtype).expand(len(heard), 1)
        x = network.embed(feedback[:, None], known, code) + network.positions[place % config.period]
        # The newest stands last: ages fall along the row, and what was before the first frame is not seen.
        ages = torch.arange(config.frames - 1, -1, -1, device=heard.device)
        bias = torch.where(ages <= frame, network.ages[:, ages], _NEVER)[None, :, None]
        memory = network.project(heard)
        after = []
        for number, each in enumerate(network.blocks):
            block = cast(Block, each)
            keys, values = (
                torch.cat([kept[2 * number + part], new], dim=1)
                for part, new in enumerate((block.key(x), block.value(x)))
            )
            after += [keys[:, 1:], values[:, 1:]]
            x = block.look_back(x, keys, values, bias)
            x = block.listen(x, block.heard_key(memory)[:, None], block.heard_value(memory)[:, None])
            x = block.think(x)
        return network.decode(x, code)[:, 0], torch.stack(after)
