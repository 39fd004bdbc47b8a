# SPDX-License-Identifier: GPL-3.0-or-later
"""Sizes of the style networks."""

import json
from dataclasses import asdict, dataclass

from ...generate.styles import STYLE_FPS, STYLE_SIZE


@dataclass(frozen=True)
class StyleConfig:
    """What the three networks share.

    Attributes:
        code: numbers of a style.
        fps: frames a second of expressions.
        encoder_width: channels of the style encoder.
        reflections: Householder steps of the enhancer.
        width: channels of the decoder's convolutions over what is heard.
        kernel: columns of a convolution.
        dilations: of the convolutions, one residual stage each.
        memory: channels of the decoder's recurrent part.
        dropout: on what is heard, in training only.
    """

    code: int = STYLE_SIZE
    fps: float = STYLE_FPS
    encoder_width: int = 128
    reflections: int = 4
    width: int = 64
    kernel: int = 3
    dilations: tuple[int, ...] = (1, 2, 4, 8, 16)
    memory: int = 32
    dropout: float = 0.25

    @property
    def reach(self) -> int:
        """Columns of sound that a frame sees on either side."""
        return sum(self.dilations) * (self.kernel - 1) // 2

    def to_json(self) -> str:
        """For a file's metadata."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "StyleConfig":
        """The inverse of `to_json`."""
        values = json.loads(text)
        return cls(**values | {"dilations": tuple(values["dilations"])})
