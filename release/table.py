# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of zips: which there are, for whom, how large, and which there are not and why."""

from .archive import size_of
from .wheels import Combination, Pins


def table(pins: Pins) -> str:
    """The zips as a Markdown table, then what does not exist."""
    rows = [row(entry, cuda=False) for entry in pins.combinations]
    rows += [row(entry, cuda=True) for entry in pins.combinations if entry.cuda_wheel]
    lines = [
        "| zip | Blender | system | ONNX Runtime | SciPy | MB |",
        "|---|---|---|---|---|---|",
        *("| " + " | ".join(cells) + " |" for cells in rows),
        "",
        "Why some wheels are older than others:",
        *(
            f"- {entry.platform}-{entry.python_tag}: {entry.note}"
            for entry in pins.combinations
            if entry.note
        ),
        "",
        "Not there:",
        *(f"- {platform}-{tag}: {reason}" for platform, tag, reason in pins.missing),
        *(f"- {platform} with CUDA: {reason}" for platform, reason in pins.missing_cuda),
    ]
    return "\n".join(lines)


def row(entry: Combination, *, cuda: bool) -> list[str]:
    """Cells of one zip."""
    versions = {wheel.distribution: wheel.version for wheel in entry.carried(cuda=cuda)}
    system = entry.system
    if cuda:
        system = f"{system}, CUDA {entry.cuda}.x, cuDNN {entry.cudnn}.x"
    return [
        f"{entry.platform}-{entry.python_tag}{'-cuda' if cuda else ''}",
        entry.blender,
        system,
        versions["onnxruntime-gpu" if cuda else "onnxruntime"],
        versions["scipy"],
        f"{size_of(entry, cuda=cuda) / 1e6:.1f}",
    ]
