# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast MeshTalk draws: seconds of performance a second, at the sizes that ship and at the paper's.

  soliloquy bench --sampling

The network that ships runs from its files, the paper's from torch with weights never trained: what a
frame costs does not depend on them.
"""

import time
from typing import Final

import numpy as np
import torch

from ..generate.mesh import MESH_FPS, draw_labels, load_meshtalk
from ..generate.sampling import STYLES
from ..models.meshtalk.autoregressive import Autoregressive
from ..models.meshtalk.config import CONFIGS
from ..models.meshtalk.sampler import Sampler
from ..runtime import WEIGHTS_FOLDER, runtime_facts

_SHIPPED_FRAMES: Final = 300
_PAPER_FRAMES: Final = 30


def run() -> int:
    """Print the table: one take, and four at once."""
    print(f"{'':28} {'weights':>9} {'one take':>10} {'four takes':>11}   x realtime")
    for provider in runtime_facts().usable:
        files = load_meshtalk(WEIGHTS_FOLDER / "meshtalk", providers=[provider], threads=2)
        count = sum(parameter.numel() for parameter in Autoregressive(CONFIGS["compact"]).parameters())
        width = CONFIGS["compact"].width
        codes = np.random.default_rng(0).normal(size=(_SHIPPED_FRAMES, width)).astype(np.float32)
        factors = []
        for seeds in ([0], [0, 1, 2, 3]):
            list(draw_labels(files, [codes[:10]], STYLES["natural"], seeds))
            began = time.perf_counter()
            list(draw_labels(files, [codes], STYLES["natural"], seeds))
            factors.append(_SHIPPED_FRAMES / MESH_FPS / (time.perf_counter() - began))
        _line(f"compact, files, {provider}", count, factors)
    for device in ("cpu", *(["cuda"] if torch.cuda.is_available() else [])):
        network = Autoregressive(CONFIGS["paper"])
        count = sum(parameter.numel() for parameter in network.parameters())
        sampler = Sampler(network).eval().to(device)
        del network
        _line(f"paper, torch, {device}", count, [_paper_factor(sampler, takes, device) for takes in (1, 4)])
        del sampler
    return 0


@torch.inference_mode()
def _paper_factor(sampler: Sampler, takes: int, device: str) -> float:
    config = sampler.config
    labels, kept = (each.to(device) for each in sampler.start(takes))
    noise = torch.zeros(takes, config.heads, config.classes, device=device)
    audio = torch.randn(takes, config.width, device=device)
    one = torch.tensor(1.0, device=device)
    began = 0.0
    for frame in range(_PAPER_FRAMES + 3):
        if frame == 3:  # the first ones find memory
            labels.cpu()
            began = time.perf_counter()
        labels, kept, _ = sampler(audio, labels, kept, noise, one, one)
    labels.cpu()
    return _PAPER_FRAMES / MESH_FPS / (time.perf_counter() - began)


def _line(name: str, weights: int, factors: list[float]) -> None:
    cells = "".join(f"{factor:10.1f}x" for factor in factors)
    print(f"{name:28} {weights / 1e6:7.1f} M {cells}", flush=True)
