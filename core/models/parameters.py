# SPDX-License-Identifier: GPL-3.0-or-later
"""Exported networks back into torch."""

from pathlib import Path

import numpy as np
import torch
from torch import nn

from ..errors import ModelError


def read_metadata(path: Path) -> dict[str, str]:
    """What an exported file says of itself."""
    import onnx

    return {item.key: item.value for item in onnx.load(path).metadata_props}


def load_parameters(model: nn.Module, path: Path) -> None:
    """Fill a torch network with the parameters and buffers of an exported file, by name."""
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(path).graph
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    # The exporter stores equal parameters once and names the others by Identity.
    for node in graph.node:
        if node.op_type == "Identity" and node.input[0] in stored:
            stored[node.output[0]] = stored[node.input[0]]
    state = model.state_dict()
    missing = [name for name in state if name not in stored and not name.endswith("num_batches_tracked")]
    if missing:
        raise ModelError(
            f"'{path}' does not hold {missing[0]}: it is not an export of {type(model).__name__}."
        )
    state.update({name: torch.tensor(np.array(stored[name])) for name in state if name in stored})
    model.load_state_dict(state)
