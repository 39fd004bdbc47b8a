# SPDX-License-Identifier: GPL-3.0-or-later
"""A MeshTalk that has learnt nothing yet, and what it must know beforehand."""

import hashlib

import torch
from torch import nn

from ...models.meshtalk.autoencoder import MeshTalk
from ...models.meshtalk.config import MeshTalkConfig
from ...models.meshtalk.mesh_space import mesh_space


def new_network(config: MeshTalkConfig) -> MeshTalk:
    """A network whose means and scales are those of the head, with everything else drawn."""
    model = MeshTalk(config, mesh_space(config.mesh))
    set_scales(model)
    return model


def set_scales(model: MeshTalk) -> None:
    """Means and scales of the meshes, which live inside the network: those of the head's own variation."""
    space = model.space
    template, mesh, displacement = map(torch.from_numpy, space.spread())
    rest = torch.zeros(1, len(space.head.identity_spread))
    still = torch.zeros(1, 1, len(space.head.expression_spread))
    model.decoder.template_mean.copy_(space.template(rest)[0])
    model.decoder.template_scale.copy_(template)
    model.decoder.displacement_scale.copy_(displacement)
    model.expression_encoder.mean.copy_(space.mesh(rest, still)[0, 0])
    model.expression_encoder.scale.copy_(mesh)


def fingerprint(*models: nn.Module) -> str:
    """Some letters that tell these weights from all others, wherever they are."""
    digest = hashlib.sha256()
    for model in models:
        for value in model.state_dict().values():
            digest.update(value.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]
