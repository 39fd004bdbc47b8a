# SPDX-License-Identifier: GPL-3.0-or-later
"""A small lip reader: which viseme a mouth shows, from the movement of its landmarks.

SadTalker (Zhang et al., CVPR 2023), equation 9, reads characters from rendered pictures of the mouth, five
frames at a time. On a head with landmarks no picture is needed, and the map from beta to them is linear.
It sees five frames, as there: with more it would learn the sentences of its training set by heart.

Shape letters: N clips, F frames, B = 64, P = 20 landmarks, V visemes, R = 2 frames on either side.
"""

from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..errors import ModelError
from ..head import load_head
from ..motion import EXPRESSION_SIZE
from .parameters import load_parameters, read_metadata

MOUTH_POINTS: Final = slice(48, 68)
"""Of the 68-point scheme: outer and inner lips."""
_LANDMARK_UNIT: Final = 1 / 0.003
"""Lips move by millimetres, networks like numbers about 1."""


class LipReader(nn.Module):
    """Landmarks of the mouth, and two convolutions of three frames each."""

    points: Tensor

    def __init__(self, visemes: int, width: int = 64) -> None:
        """Draw an untrained network.

        Args:
            visemes: number of classes, V.
            width: channels of the hidden layers.
        """
        super().__init__()
        head = load_head()
        basis = torch.tensor(head.expression_basis_at(head.landmarks["face68"][MOUTH_POINTS]))
        self.visemes, self.width = visemes, width
        # (B, 3 P): landmarks are the head's business and learn nothing.
        self.register_buffer("points", basis.flatten(1).float() * _LANDMARK_UNIT)
        self.first = nn.Conv1d(self.points.shape[1], width, 3)
        self.second = nn.Conv1d(width, width, 3)
        self.dropout = nn.Dropout(0.2)
        self.mapping = nn.Conv1d(width, visemes, 1)

    @property
    def reach(self) -> int:
        """Frames that are lost on either side: there is no padding in time."""
        return 2

    def forward(self, expression: Tensor) -> Tensor:
        """beta (N, F, 64) at 25 or 30 frames a second to logits (N, F - 4, V)."""
        moved = (expression @ self.points).transpose(1, 2)
        x = functional.relu(self.first(moved))
        x = functional.relu(self.second(self.dropout(x)))
        return self.mapping(self.dropout(x)).transpose(1, 2)

    @classmethod
    def from_onnx(cls, path: Path) -> "LipReader":
        """The network of an exported file, in evaluation mode.

        Raises:
            ModelError: the file is not an export of the lip reader.
        """
        metadata = read_metadata(path)
        if metadata.get("model") != "lip_reader":
            raise ModelError(
                f"'{path}' holds '{metadata.get('model', 'no named network')}', expected lip_reader."
            )
        network = cls(int(metadata["visemes"]), int(metadata["width"]))
        load_parameters(network, path)
        return network.eval()

    @property
    def metadata(self) -> dict[str, str]:
        """What the exported file says of itself."""
        return {
            "model": "lip_reader",
            "visemes": str(self.visemes),
            "width": str(self.width),
            "expression_size": str(EXPRESSION_SIZE),
        }
