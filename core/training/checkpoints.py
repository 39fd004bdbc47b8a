# SPDX-License-Identifier: GPL-3.0-or-later
"""States of trainings, written whole or not at all."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from ..errors import ModelError


def write_checkpoint(path: Path, state: Mapping[str, Any]) -> None:
    """Write a state in place of an earlier one."""
    unfinished = path.with_suffix(".unfinished")
    torch.save(dict(state), unfinished)
    unfinished.replace(path)


def read_checkpoint(path: Path, wanted: Mapping[str, Any], device: torch.device) -> dict[str, Any] | None:
    """The state at a path, or None where there is none.

    Args:
        path: as given to `write_checkpoint`.
        wanted: what the training is made of now; what a checkpoint does not tell of itself is not held
            against it.
        device: where tensors shall be.

    Raises:
        ModelError: it was made of something else.
    """
    if not path.is_file():
        return None
    saved: dict[str, Any] = torch.load(path, map_location=device, weights_only=False)
    differing = [name for name, value in wanted.items() if saved.get(name, value) != value]
    if differing:
        raise ModelError(
            f"'{path}' was trained with other {' and '.join(differing)}: give the same options, or "
            f"another folder. Its own: {', '.join(str(saved[name]) for name in differing)}."
        )
    return saved
