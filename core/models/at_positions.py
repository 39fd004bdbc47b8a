# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies between the columns of a sound."""

import torch
from torch import Tensor


def at_positions(codes: Tensor, positions: Tensor) -> Tensor:
    """Codes (N, T, W) at positions (N, F) in columns, interpolated linearly; to (N, F, W)."""
    left = positions.floor().long().clamp(0, codes.shape[1] - 2)
    share = (positions - left)[..., None].clamp(0, 1)
    rows = torch.arange(len(codes), device=codes.device)[:, None]
    return codes[rows, left] * (1 - share) + codes[rows, left + 1] * share
