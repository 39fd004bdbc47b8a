# SPDX-License-Identifier: GPL-3.0-or-later
"""A speech encoder that learns from nothing: log-mel spectrogram to what is said, 80 times a second.

It is the yardstick for `speech_encoder`, which begins with weights of a network that heard far more.

Residual convolutions over time at 40, then 20, then 40 columns a second: most of the work is done at the
slowest rate, where a phone is two or three columns long, and the skip from the first to the last stage keeps
the times sharp. A narrow embedding comes last, and everything else is one linear layer away from it.

No convolution pads in time: a frame depends on a fixed stretch of sound around it and on nothing else, so
that a stream gives what the whole gives.

Shape letters: N clips, T mel columns, F frames = T - `MelSpeechEncoder.context`, E = embedding size.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from torch import Tensor, nn
from torch.nn import functional

from ..audio.mel import MEL_BANDS, SILENCE
from ..errors import ModelError
from .parameters import load_parameters, read_metadata
from .speech_outputs import (
    Probabilities,
    SpeechHeads,
    SpeechOutputs,
    TimeBlock,
    encoder_metadata,
    interleave,
)


@dataclass(frozen=True)
class MelSpeechEncoderConfig:
    """Sizes of the encoder.

    Attributes:
        bands: channels of the two convolutions over bands and time.
        width: channels at 40 columns a second.
        middle: channels at 20 columns a second.
        dilations: of the two convolutions of each block in the middle.
        ahead: how many columns of the slowest rate each of these blocks looks ahead.
        embedding: size E of the bottleneck.
    """

    bands: tuple[int, int] = (16, 24)
    width: int = 192
    middle: int = 320
    dilations: tuple[tuple[int, int], ...] = ((1, 1), (1, 2), (1, 2), (1, 2), (1, 1))
    ahead: tuple[int, ...] = (2, 3, 2, 2, 1)
    embedding: int = 96


class MelSpeechEncoder(nn.Module):
    """Mel columns to phones, articulation, voice activity and an embedding."""

    stride: Final = 4
    """Mel columns in a step of the slowest stage: inputs hold `context` + a multiple of these."""

    def __init__(self, config: MelSpeechEncoderConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or MelSpeechEncoderConfig()
        bands, more_bands = config.bands
        self.bands = nn.Sequential(
            nn.Conv2d(1, bands, (5, 3), stride=2, padding=(2, 0), bias=False),
            nn.BatchNorm2d(bands),
            nn.ReLU(),
            nn.Conv2d(bands, more_bands, 3, stride=(2, 1), padding=(1, 0), bias=False),
            nn.BatchNorm2d(more_bands),
            nn.ReLU(),
        )
        self.enter = nn.Sequential(
            nn.Conv1d(more_bands * (MEL_BANDS // 4), config.width, 1, bias=False),
            nn.BatchNorm1d(config.width),
            nn.ReLU(),
        )
        self.before = TimeBlock(config.width, (1, 1), 2)
        self.down = nn.Sequential(
            nn.Conv1d(config.width, config.middle, 3, stride=2, bias=False),
            nn.BatchNorm1d(config.middle),
            nn.ReLU(),
        )
        self.middle = nn.Sequential(
            *(
                TimeBlock(config.middle, dilations, ahead)
                for dilations, ahead in zip(config.dilations, config.ahead, strict=True)
            )
        )
        self.up = nn.Conv1d(config.middle, 2 * config.width, 1)
        self.after = TimeBlock(config.width, (1, 1), 2)
        self.leave = nn.Conv1d(config.width, 2 * config.embedding, 1)
        self.heads = SpeechHeads(config.embedding)
        self._behind = sum(2 * sum(pair) for pair in config.dilations) - sum(config.ahead)

    @property
    def columns_before(self) -> int:
        """Mel columns that a frame needs before the column it stands at."""
        return 13 + 4 * self._behind

    @property
    def columns_after(self) -> int:
        """Mel columns that a frame needs after the column it stands at, and up to three more, because four
        frames at a time come out of the slowest stage: the look-ahead."""
        return 10 + 4 * sum(self.config.ahead)

    @property
    def context(self) -> int:
        """T - F."""
        return self.columns_before + self.columns_after

    def forward(self, mel: Tensor) -> SpeechOutputs:
        """Hear.

        Args:
            mel: (N, T, 80) log10 mel magnitudes of `core.audio.mel`, T = `context` + a multiple of 4.

        Returns:
            Frames; frame j stands at column j + `columns_before`.
        """
        # The spectrogram spans about -5 (silence) to 1.5; the network wants numbers around 0.
        x = self.bands((mel / 1.5 - SILENCE / 3).transpose(1, 2)[:, None])
        x = self.before(self.enter(x.flatten(1, 2)))
        y = interleave(self.up(self.middle(self.down(x))))
        start = 1 + 2 * self._behind
        x = self.after(functional.relu(y + x[:, :, start : start + y.shape[2]]))
        return self.heads(interleave(self.leave(x)).transpose(1, 2))

    @classmethod
    def from_onnx(cls, path: Path) -> "MelSpeechEncoder":
        """The network of an exported file, in evaluation mode; the file names its own sizes.

        Raises:
            ModelError: the file is not an export of the speech encoder.
        """
        metadata = read_metadata(path)
        if metadata.get("model") != "speech_encoder" or metadata.get("input") == "sound":
            raise ModelError(
                f"'{path}' holds '{metadata.get('model', 'no named network')}', expected a speech_encoder "
                "that takes mel columns."
            )
        sizes = json.loads(metadata["config"])
        config = MelSpeechEncoderConfig(
            bands=tuple(sizes["bands"]),
            width=sizes["width"],
            middle=sizes["middle"],
            dilations=tuple(tuple(pair) for pair in sizes["dilations"]),
            ahead=tuple(sizes["ahead"]),
            embedding=sizes["embedding"],
        )
        network = cls(config)
        load_parameters(Probabilities(network), path)
        return network.eval()

    @property
    def metadata(self) -> dict[str, str]:
        """What the exported file says of itself."""
        return encoder_metadata(
            "mel", self.columns_before, self.columns_after, self.stride, asdict(self.config)
        )
