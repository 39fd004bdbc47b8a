# SPDX-License-Identifier: GPL-3.0-or-later
"""A trained MeshTalk as ONNX files: sound, faces, drawing and moving, each of use by itself.

Shape letters: N takes or clips, T columns, F frames, H heads, C classes, R coordinates, W width.
"""

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from ...audio import SAMPLE_RATE
from ...generate.mesh import MESH_FPS, MESHTALK_FILES, SOUND_COLUMNS
from ...models.meshtalk.audio_encoder import CHANNELS
from ...models.meshtalk.autoencoder import MeshTalk
from ...models.meshtalk.autoregressive import Autoregressive
from ...models.meshtalk.sampler import Sampler
from ..export import export_onnx
from .network import fingerprint

_EXAMPLE_FRAMES: Final = 12


class _Faces(nn.Module):
    """Audio codes and moving meshes to logits."""

    def __init__(self, model: MeshTalk) -> None:
        super().__init__()
        self.encoder, self.fusion = model.expression_encoder, model.fusion

    def forward(self, audio: Tensor, mesh: Tensor) -> Tensor:
        return self.fusion(audio, self.encoder(mesh))


class _Movement(nn.Module):
    """Categories by number to displacements."""

    def __init__(self, model: MeshTalk) -> None:
        super().__init__()
        self.decoder, self.classes = model.decoder, model.config.classes

    def forward(
        self, template: Tensor, labels: Tensor, hidden: Tensor, cell: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        latent = functional.one_hot(labels, self.classes).to(template.dtype)
        return self.decoder(template, latent, (hidden, cell))


def write_networks(
    model: MeshTalk, network: Autoregressive, folder: Path, training: Mapping[str, Any]
) -> None:
    """Write the files of `generate.mesh.MESHTALK_FILES` into a folder.

    Weights are stored in half precision; the networks are rounded to it first, so that the files give what
    torch gives.

    Raises:
        ModelError: a file's results differ from torch's.
    """
    model, network = copy.deepcopy(model).eval(), copy.deepcopy(network).eval()
    _round(model)
    _round(network)
    config, space = model.config, model.space
    sampler = Sampler(network)
    common = {
        "config": config.to_json(),
        "sound": config.sound,
        "mesh": config.mesh,
        "sample_rate": str(SAMPLE_RATE),
        "columns_per_second": str(SOUND_COLUMNS[config.sound]),
        "reach": str(model.audio_encoder.reach),
        "fps": str(MESH_FPS),
        "training": json.dumps(dict(training)),
        "fingerprint": fingerprint(model, network),
    }
    width, heads, frames = config.width, config.heads, _EXAMPLE_FRAMES
    clips = {0: "clips", 1: "frames"}

    def write(name: str, part: nn.Module, inputs: dict[str, Tensor], outputs, axes) -> None:
        export_onnx(
            part,
            inputs,
            outputs,
            axes,
            common | {"model": f"meshtalk_{name}"},
            folder / MESHTALK_FILES[name],
            half=True,
        )

    columns = torch.rand(1, 40 + 2 * model.audio_encoder.reach, CHANNELS[config.sound])
    columned = {0: "clips", 1: "columns"}
    write(
        "audio",
        model.audio_encoder,
        {"columns": columns},
        ("codes",),
        {"columns": columned, "codes": columned},
    )
    write(
        "faces",
        _Faces(model),
        {
            "audio": torch.randn(1, frames, width),
            "mesh": space.mesh(torch.zeros(1, 80), 0.01 * torch.randn(1, frames, 64)),
        },
        ("logits",),
        {"audio": clips, "mesh": clips, "logits": clips},
    )
    takes = {0: "takes"}
    labels, kept = sampler.start(2)
    # Some frames on, so that every layer has a past by which torch and the file can differ.
    for _ in range(sampler.kept_frames):
        noise = torch.zeros(2, heads, config.classes)
        one = torch.tensor(1.0)
        with torch.no_grad():
            labels, kept, _logits = sampler(torch.randn(2, width), labels, kept, noise, one, one)
    write(
        "sampler",
        sampler,
        {
            "audio": torch.randn(2, width),
            "labels": labels,
            "kept": kept,
            "noise": torch.randn(2, heads, config.classes),
            "temperature": torch.tensor(0.8),
            "top_p": torch.tensor(0.9),
        },
        ("drawn", "kept_after", "logits"),
        dict.fromkeys(("audio", "labels", "kept", "noise", "drawn", "kept_after", "logits"), takes),
    )
    state = {1: "clips"}
    write(
        "movement",
        _Movement(model),
        {
            "template": space.template(torch.zeros(2, 80)),
            "labels": torch.randint(0, config.classes, (2, frames, heads)),
            "hidden": torch.zeros(2, 2, width),
            "cell": torch.zeros(2, 2, width),
        },
        ("displacement", "hidden_after", "cell_after"),
        {
            "template": {0: "clips"},
            "labels": clips,
            "hidden": state,
            "cell": state,
            "displacement": clips,
            "hidden_after": state,
            "cell_after": state,
        },
    )


def _round(model: nn.Module) -> None:
    """Give every parameter the nearest value that half precision holds."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(parameter.half().float())
