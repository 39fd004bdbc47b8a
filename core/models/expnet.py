# SPDX-License-Identifier: GPL-3.0-or-later
"""ExpNet: 0.2 s of mel spectrogram to the expression coefficients of a frame.

SadTalker (Zhang et al., CVPR 2023), section 3.2, equation 2 and figure B11: an audio encoder Phi_A of
four residual stages embeds the window, and one linear layer Phi_M maps the embedding, the blink control
z_blink and the reference expression beta_0 to beta.

One thing differs from the printed network: no convolution pads in time. A window of 16 columns still gives
exactly one frame, but a longer spectrogram gives all of its overlapping windows at once, equal to running
them one by one and about ten times cheaper.

Shape letters: N clips, T mel columns, F = T - 15 frames, one for each window of 16 columns, B = 64.
"""

from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..audio.mel import MEL_BANDS, SILENCE, WINDOW_COLUMNS
from ..errors import ModelError
from ..motion import EXPRESSION_SIZE
from .parameters import load_parameters, read_metadata


@dataclass(frozen=True)
class ExpNetConfig:
    """Sizes of ExpNet.

    Attributes:
        width: channels of the first stage; each later stage has twice those before it.
        dropout: on the embedding, in training only.
    """

    width: int = 24
    dropout: float = 0.3


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


class ExpNet(nn.Module):
    """beta = Phi_M(Phi_A(mel), z_blink, beta_0)."""

    expression_mean: Tensor
    expression_scale: Tensor

    def __init__(self, config: ExpNetConfig | None = None) -> None:
        super().__init__()
        self.config = config or ExpNetConfig()
        self.encoder = AudioEncoder(self.config)
        self.dropout = nn.Dropout(self.config.dropout)
        self.mapping = nn.Linear(self.encoder.size + 1 + EXPRESSION_SIZE, EXPRESSION_SIZE)
        # Set from the training data and kept in the network, so that it takes and gives plain coefficients.
        self.register_buffer("expression_mean", torch.zeros(EXPRESSION_SIZE))
        self.register_buffer("expression_scale", torch.ones(EXPRESSION_SIZE))

    def forward(self, mel: Tensor, blink: Tensor, reference_expression: Tensor) -> Tensor:
        """Expression coefficients of every window.

        Args:
            mel: (N, T, 80) log10 mel magnitudes of `core.audio.mel`.
            blink: (N, F, 1), z_blink in 0..1, 1 = lids closed.
            reference_expression: (N, 64) beta_0, the expression at rest; 0 is the head's own neutral.

        Returns:
            (N, F, 64) beta; frame j is centred between the columns j + 7 and j + 8.
        """
        # The spectrogram spans about -5 (silence) to 1.5; the network wants numbers around 0.
        embedding = self.dropout(self.encoder(mel / 1.5 - SILENCE / 3))
        reference = (reference_expression / self.expression_scale)[:, None].expand(-1, blink.shape[1], -1)
        beta = self.mapping(torch.cat([embedding, blink, reference], dim=2))
        return self.expression_mean + self.expression_scale * beta

    @classmethod
    def from_onnx(cls, path: Path) -> "ExpNet":
        """The network of an exported file, in evaluation mode; the file names its own sizes.

        Raises:
            ModelError: the file is not an export of ExpNet.
        """
        metadata = read_metadata(path)
        if metadata.get("model") != "expnet":
            raise ModelError(
                f"'{path}' holds '{metadata.get('model', 'no named network')}', expected expnet."
            )
        network = cls(ExpNetConfig(int(metadata["config_width"]), float(metadata["config_dropout"])))
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
