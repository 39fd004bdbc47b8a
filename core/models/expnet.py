# SPDX-License-Identifier: GPL-3.0-or-later
"""ExpNet: 0.2 s of sound, as a spectrogram or as the speech encoder hears it, to the expression of a frame.

SadTalker (Zhang et al., CVPR 2023), section 3.2, equation 2 and figure B11: an audio encoder Phi_A of
four residual stages embeds the window, and one linear layer Phi_M maps the embedding, the blink control
z_blink and the reference expression beta_0 to beta.

Two things differ from the printed network. No convolution pads in time: a window of 16 columns still gives
exactly one frame, but a longer sound gives all of its overlapping windows at once, equal to running them one
by one and about ten times cheaper. And beside the mel, or instead of it, the window may hold what the speech
encoder hears, whose four residual stages run over time alone, since phones have no bands.

Shape letters: N clips, T columns, C channels of an input, F = T - 15 frames, one for each window of 16
columns, B = 64.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..audio.mel import MEL_BANDS, SILENCE, WINDOW_COLUMNS
from ..errors import InputError, ModelError
from ..generate.expression_inputs import INPUT_CHANNELS
from ..motion import EXPRESSION_SIZE
from .parameters import load_parameters, read_metadata

EMBEDDING_UNIT: Final = 0.5
"""Brings the speech encoder's embedding, whose values spread by about 2, to the size of probabilities."""


@dataclass(frozen=True)
class ExpNetConfig:
    """What ExpNet takes of a sound, and its sizes.

    Attributes:
        width: channels of the first stage over mel; each later stage has twice those before it.
        dropout: on the embedding, in training only.
        inputs: of "mel", "phones", "embedding", joined by "+"; see `INPUT_CHANNELS`.
        heard_width: channels of the stages over what the speech encoder hears.
    """

    width: int = 24
    dropout: float = 0.3
    inputs: str = "mel"
    heard_width: int = 96

    @property
    def input_names(self) -> tuple[str, ...]:
        """Names of the inputs, in the order of `ExpNet.forward`.

        Raises:
            InputError: a name is unknown or comes twice.
        """
        names = self.inputs.split("+")
        if not set(names) <= set(INPUT_CHANNELS) or len(set(names)) < len(names):
            raise InputError(
                f"Inputs are '{self.inputs}': expected some of {', '.join(INPUT_CHANNELS)}, joined by +."
            )
        return tuple(name for name in INPUT_CHANNELS if name in names)


class ResidualBlock(nn.Module):
    """Two 3 x 3 convolutions with batch normalisation and a shortcut; halves the bands, shortens time.

    Time is not padded: `time_kernel` - 1 columns are lost on either side, and the shortcut is cropped alike.
    """

    def __init__(self, channels_in: int, channels_out: int, time_kernel: int) -> None:
        super().__init__()
        kernel = (3, time_kernel)
        self.crop = time_kernel - 1
        self.first = nn.Conv2d(channels_in, channels_out, kernel, stride=(2, 1), padding=(1, 0), bias=False)
        self.first_norm = nn.BatchNorm2d(channels_out)
        self.second = nn.Conv2d(channels_out, channels_out, kernel, padding=(1, 0), bias=False)
        self.second_norm = nn.BatchNorm2d(channels_out)
        self.shortcut = nn.Conv2d(channels_in, channels_out, 1, stride=(2, 1))

    def forward(self, x: Tensor) -> Tensor:
        """(N, channels_in, bands, T) to (N, channels_out, bands / 2, T - 2 crop)."""
        y = functional.relu(self.first_norm(self.first(x)))
        y = self.second_norm(self.second(y))
        return functional.relu(y + self.shortcut(x[..., self.crop : x.shape[3] - self.crop]))


class AudioEncoder(nn.Module):
    """Phi_A: a strided stem and four residual stages, 16 columns of context in all."""

    def __init__(self, config: ExpNetConfig) -> None:
        super().__init__()
        width = config.width
        # Time comes last: it is the long axis, along which processors work fastest.
        self.stem = nn.Conv2d(1, width, (5, 2), stride=(2, 1), padding=(2, 0), bias=False)
        self.stem_norm = nn.BatchNorm2d(width)
        # Columns left of a window of 16: 15 after the stem, then 11, 7, 3, 1. Bands: 40, then 20, 10, 5, 3.
        self.stages = nn.Sequential(
            ResidualBlock(width, width, 3),
            ResidualBlock(width, 2 * width, 3),
            ResidualBlock(2 * width, 4 * width, 3),
            ResidualBlock(4 * width, 8 * width, 2),
        )
        self.size = 8 * width * 3

    def forward(self, mel: Tensor) -> Tensor:
        """(N, T, 80) to (N, F, size)."""
        x = functional.relu(self.stem_norm(self.stem(mel.transpose(1, 2)[:, None])))
        return self.stages(x).permute(0, 3, 1, 2).flatten(2)


class TimeBlock(nn.Module):
    """A residual stage over time alone: as `ResidualBlock`, without bands."""

    def __init__(self, channels: int, kernel: int) -> None:
        super().__init__()
        self.crop = kernel - 1
        self.first = nn.Conv1d(channels, channels, kernel, bias=False)
        self.first_norm = nn.BatchNorm1d(channels)
        self.second = nn.Conv1d(channels, channels, kernel, bias=False)
        self.second_norm = nn.BatchNorm1d(channels)

    def forward(self, x: Tensor) -> Tensor:
        """(N, channels, T) to (N, channels, T - 2 crop)."""
        y = functional.relu(self.first_norm(self.first(x)))
        y = self.second_norm(self.second(y))
        return functional.relu(y + x[..., self.crop : x.shape[2] - self.crop])


class HeardEncoder(nn.Module):
    """Phi_A over what the speech encoder hears: a linear stem and four residual stages, 16 columns in all."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.stem = nn.Conv1d(channels, width, 2)
        # A phone that never comes in training, as "sh" in GRID, then changes next to nothing, not anything.
        nn.init.normal_(self.stem.weight, std=0.02)
        self.stages = nn.Sequential(*(TimeBlock(width, kernel) for kernel in (3, 3, 3, 2)))
        self.size = width

    def forward(self, heard: Tensor) -> Tensor:
        """(N, T, channels) to (N, F, width)."""
        return self.stages(self.stem(heard.transpose(1, 2))).transpose(1, 2)


class ExpNet(nn.Module):
    """beta = Phi_M(Phi_A(sound), z_blink, beta_0)."""

    expression_mean: Tensor
    expression_scale: Tensor

    def __init__(self, config: ExpNetConfig | None = None) -> None:
        super().__init__()
        self.config = config or ExpNetConfig()
        self.input_names = self.config.input_names
        self.embedding_size = 0
        if "mel" in self.input_names:
            self.encoder = AudioEncoder(self.config)
            self.embedding_size += self.encoder.size
        heard = sum(INPUT_CHANNELS[name] for name in self.input_names if name != "mel")
        if heard:
            self.listener = HeardEncoder(heard, self.config.heard_width)
            self.embedding_size += self.listener.size
        self.dropout = nn.Dropout(self.config.dropout)
        self.mapping = nn.Linear(self.embedding_size + 1 + EXPRESSION_SIZE, EXPRESSION_SIZE)
        # Set from the training data and kept in the network, so that it takes and gives plain coefficients.
        self.register_buffer("expression_mean", torch.zeros(EXPRESSION_SIZE))
        self.register_buffer("expression_scale", torch.ones(EXPRESSION_SIZE))

    def forward(self, *arguments: Tensor) -> Tensor:
        """Expression coefficients of every window.

        Args:
            arguments: the inputs in the order of `input_names`, each (N, T, C): log10 mel magnitudes of
                `core.audio.mel`; posteriors and articulation; the embedding. Then blink (N, F, 1), z_blink
                in 0..1, 1 = lids closed. Then beta_0 (N, 64), the expression at rest; 0 is the head's own
                neutral.

        Returns:
            (N, F, 64) beta; frame j is centred between the columns j + 7 and j + 8.
        """
        *sounds, blink, reference_expression = arguments
        inputs = dict(zip(self.input_names, sounds, strict=True))
        embeddings = []
        if "mel" in inputs:
            # The spectrogram spans about -5 (silence) to 1.5; the network wants numbers around 0.
            embeddings.append(self.encoder(inputs.pop("mel") / 1.5 - SILENCE / 3))
        if inputs:
            if "embedding" in inputs:
                inputs["embedding"] = inputs["embedding"] * EMBEDDING_UNIT
            embeddings.append(self.listener(torch.cat(list(inputs.values()), dim=2)))
        embedding = self.dropout(torch.cat(embeddings, dim=2))
        reference = (reference_expression / self.expression_scale)[:, None].expand(-1, blink.shape[1], -1)
        beta = self.mapping(torch.cat([embedding, blink, reference], dim=2))
        return self.expression_mean + self.expression_scale * beta

    @classmethod
    def from_onnx(cls, path: Path) -> "ExpNet":
        """The network of an exported file, in evaluation mode; the file names its own inputs and sizes.

        Raises:
            ModelError: the file is not an export of ExpNet.
        """
        metadata = read_metadata(path)
        if metadata.get("model") != "expnet":
            raise ModelError(
                f"'{path}' holds '{metadata.get('model', 'no named network')}', expected expnet."
            )
        usual = ExpNetConfig()
        network = cls(
            ExpNetConfig(
                width=int(metadata["config_width"]),
                dropout=float(metadata["config_dropout"]),
                # Files from before there was a choice hold neither of these.
                inputs=metadata.get("config_inputs", usual.inputs),
                heard_width=int(metadata.get("config_heard_width", usual.heard_width)),
            )
        )
        load_parameters(network, path)
        return network.eval()

    @property
    def metadata(self) -> dict[str, str]:
        """What the exported file says of itself."""
        return {
            "model": "expnet",
            "mel_bands": str(MEL_BANDS),
            "window_columns": str(WINDOW_COLUMNS),
            **{f"config_{name}": str(value) for name, value in asdict(self.config).items()},
        }
