# SPDX-License-Identifier: GPL-3.0-or-later
"""Torch networks to ONNX files that carry all that is needed to run them."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import ModelError
from ..motion_files import whole_file

OPSET = 17


def export_onnx(
    model: nn.Module,
    inputs: Mapping[str, Tensor],
    outputs: tuple[str, ...],
    dynamic_axes: Mapping[str, Mapping[int, str]],
    metadata: Mapping[str, str],
    path: Path,
    *,
    half: bool = False,
) -> None:
    """Write a network as one ONNX file and check it against torch.

    Args:
        model: the network; put into evaluation mode.
        inputs: example inputs by name, in the order of `forward`.
        outputs: names of the outputs.
        dynamic_axes: name of input or output -> axis -> name of the size.
        metadata: stored in the file.
        path: where to write.
        half: store what half precision holds exactly in half precision.

    Raises:
        ModelError: the file's result differs from torch's by more than 1e-4.
    """
    import onnx

    model.eval()
    buffer = io.BytesIO()
    with torch.no_grad():
        # The exporter that keeps the parameters' names, so that `models.parameters` finds them again.
        torch.onnx.export(
            model,
            tuple(inputs.values()),
            cast(Any, buffer),  # takes a file object too, which its signature leaves out
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_axes={name: dict(axes) for name, axes in dynamic_axes.items()},
            opset_version=OPSET,
            training=torch.onnx.TrainingMode.PRESERVE,
            do_constant_folding=False,
            dynamo=False,
        )
        result = model(*inputs.values())
    expected = [result] if isinstance(result, Tensor) else list(result)
    proto = onnx.load_from_string(buffer.getvalue())
    if half:
        _halve(proto)
    onnx.helper.set_model_props(proto, dict(metadata))
    onnx.checker.check_model(proto, full_check=True)
    data = proto.SerializeToString()
    difference = _difference(data, inputs, expected)
    if difference > 1e-4:
        raise ModelError(
            f"The exported network differs from torch by {difference:.2e}, expected at most 1e-4."
        )
    with whole_file(path) as stream:
        stream.write(data)


_WORTH_HALVING: Final = 256
"""Parameters with fewer numbers are not worth a node of their own."""


def _halve(proto: Any) -> None:
    """Store parameters as float16 and cast them when the file is loaded, which the runtime does once."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    graph = proto.graph
    casts = []
    for number, tensor in enumerate(graph.initializer):
        values = numpy_helper.to_array(tensor)
        if tensor.data_type != TensorProto.FLOAT or values.size < _WORTH_HALVING:
            continue
        if not np.array_equal(values.astype(np.float16).astype(np.float32), values):
            continue
        name, stored = tensor.name, f"{tensor.name}.half"
        graph.initializer[number].CopyFrom(numpy_helper.from_array(values.astype(np.float16), stored))
        casts.append(helper.make_node("Cast", [stored], [name], name=f"{name}.cast", to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.checker.check_model(proto)


def _difference(data: bytes, inputs: Mapping[str, Tensor], expected: Sequence[Tensor]) -> float:
    import onnxruntime

    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    results = session.run(None, {name: tensor.numpy() for name, tensor in inputs.items()})
    return max(
        float(np.abs(result - wanted.numpy()).max(initial=0))
        for result, wanted in zip(results, expected, strict=True)
    )
