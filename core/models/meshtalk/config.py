# SPDX-License-Identifier: GPL-3.0-or-later
"""Sizes of MeshTalk's networks, and two sets of them by name."""

import json
from dataclasses import asdict, dataclass
from typing import Final

from ...errors import InputError


@dataclass(frozen=True)
class MeshTalkConfig:
    """Sizes of all networks; the supplement's section in brackets.

    Attributes:
        heads: H, categorical variables of a frame (1.3).
        classes: C, values of each (1.3).
        width: of the audio code, the expression code and the LSTMs (1.1, 1.2, 1.4).
        projection: of the first layer over a mesh, and of the fusion's hidden layers (1.2, 1.3).
        sound: what the audio encoder takes: "mel", as printed, or "phones", what the speech encoder hears.
        kernel: columns of a convolution over sound.
        dilations: of these convolutions, one each (1.1).
        dropout: in the audio encoder (1.1).
        mesh: in which coordinates meshes come and go, see `mesh_space`: "vertices", as printed, or "bases".
        head_channels: channels of a categorical head in the autoregressive network (1.5).
        past_dilations: of its convolutions, one a layer (1.5).
    """

    heads: int = 16
    classes: int = 64
    width: int = 128
    projection: int = 256
    sound: str = "phones"
    kernel: int = 5
    dilations: tuple[int, ...] = (1, 2, 3, 1, 2, 3)
    dropout: float = 0.2
    mesh: str = "bases"
    head_channels: int = 32
    past_dilations: tuple[int, ...] = (1, 2, 4, 8)

    def __post_init__(self) -> None:
        if self.sound not in ("mel", "phones") or self.mesh not in ("vertices", "bases"):
            raise InputError(
                f"MeshTalk with sound '{self.sound}' and mesh '{self.mesh}': expected mel or phones, and "
                "vertices or bases."
            )
        if self.past_dilations[:1] != (1,):
            raise InputError(
                f"MeshTalk with past dilations {self.past_dilations}: expected 1 first, since the "
                "sampler keeps the categories of one frame."
            )

    def to_json(self) -> str:
        """For a file's metadata."""
        return json.dumps(asdict(self))


CONFIGS: Final = {
    "compact": MeshTalkConfig(),
    "paper": MeshTalkConfig(
        heads=64,
        classes=128,
        sound="mel",
        dilations=(2, 4, 6, 2, 4, 6),
        mesh="vertices",
        head_channels=64,
    ),
}
"""`paper`: the supplement's sizes, for a graphics card; `compact`: what ships."""
