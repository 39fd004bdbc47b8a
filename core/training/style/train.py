# SPDX-License-Identifier: GPL-3.0-or-later
"""Train the style networks: encoder, enhancer and hybrid decoder together.

  soliloquy train style --data FOLDER --out FOLDER

Writes encoder.onnx (a performance to its code; the enhancer's reflections are part of it), decoder.onnx
(sound and code to expression) and presets.json (the codes of the presets). The same command goes on where it
was stopped.
"""

import argparse
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ...generate.speech import SPEECH_FPS
from ...generate.styles import DECODER_FILE, ENCODER_FILE, PRESETS_FILE, STYLE_FPS, styled_expression
from ...models.style.config import StyleConfig
from ...models.style.decoder import CHANNELS, HybridDecoder
from ...models.style.encoder import StyleEncoder
from ...models.style.enhancer import StyleEnhancer
from ...motion_files import whole_file
from ...runtime import load_network
from ..arguments import add_capture_arguments, add_loop_arguments, add_run_arguments, begin_run
from ..export import export_onnx
from ..loop import LoopOptions, train_steps
from ..losses import LossWeights as FaceWeights
from ..performances import Performance, phone_listener
from ..prepared import add_speech_arguments, prepared_performances
from .edits import PRESET_EDITS, edited
from .losses import LossWeights, StyleLosses, StyleNetworks, set_scales
from .segments import StylePairs
from .validation import Validation, speak

USUAL_OPTIONS = LoopOptions(iterations=3_000, batch=16, frames=60, learning_rate=2e-3, decay=0.01)
"""What ships was trained so."""

FACE_WEIGHTS = FaceWeights(detail=1.0, contact=4.0)
"""Styles are seen in brows and the corners of the mouth too, and lips must meet in all of them."""

_SIZES = (1.0, 1.25, 1.5, 1.75, 2.0)
_SAID_CLIPS, _MOST_FRAMES = 16, 250
"""Clips, and frames of each, that tell how large the code of a preset has to be."""

_FOR_SCALES = 256
"""Pairs from which the units are taken."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `soliloquy train style`."""
    add_capture_arguments(parser)
    add_speech_arguments(parser)
    add_loop_arguments(parser, USUAL_OPTIONS.iterations)
    add_run_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Train, export, and say what it reached."""
    begin_run(args)
    encoder = load_network(args.encoder, providers=["cpu"])
    training, held_out = prepared_performances(args, phone_listener(encoder), STYLE_FPS, {})
    config = StyleConfig()
    options = replace(USUAL_OPTIONS, iterations=args.iterations)
    pairs = StylePairs(training, options.frames, config.reach, seed=args.seed)
    networks = StyleNetworks(StyleEncoder(config), StyleEnhancer(config), HybridDecoder(config))
    captured = pairs.draw(_FOR_SCALES).target.flatten(0, 1)
    set_scales(networks, captured)
    weights = LossWeights(FACE_WEIGHTS)
    losses = StyleLosses(captured, weights)
    validation = Validation(held_out)
    train_steps(
        networks,
        lambda: losses(networks, pairs.draw(options.batch)),
        lambda: validation.scores(networks),
        options,
        args.out / "style.pt",
        {"sizes": config.to_json(), "losses": asdict(weights)},
        pairs,
    )
    facts = {
        "sets": [*args.sets, *args.speech],
        "minutes": round(sum(map(len, training)) / STYLE_FPS / 60, 1),
        "options": asdict(options),
        "losses": asdict(weights),
        "seed": args.seed,
    }
    write_networks(networks, args.out, facts, held_out or training)
    scores = validation.scores(networks)
    print(
        f"Wrote '{args.out}'. {'Held-out clips:' if scores else 'No clip was held out to tell how it does.'}"
    )
    for name, value in scores.items():
        print(f"  {name:24} {value:.3f}")
    return 0


class _Reading(nn.Module):
    """A performance to its code, without chance."""

    def __init__(self, networks: StyleNetworks) -> None:
        super().__init__()
        self.encoder, self.enhancer = networks.encoder, networks.enhancer

    def forward(self, expression: Tensor) -> Tensor:
        mean, _, features = self.encoder(expression)
        return self.enhancer(mean, features)


def write_networks(
    networks: StyleNetworks, folder: Path, training: Mapping[str, Any], clips: Sequence[Performance]
) -> None:
    """Write the files of a trained style into a folder.

    Args:
        networks: trained.
        folder: where to write.
        training: facts for the files' metadata.
        clips: performances whose edited versions tell the codes of the presets.

    Raises:
        ModelError: a file's results differ from torch's.
    """
    networks.eval()
    config = networks.decoder.config
    family = fingerprint(networks)
    common = {
        "config": config.to_json(),
        "fps": str(config.fps),
        "columns_per_second": str(SPEECH_FPS),
        "reach": str(config.reach),
        "memory": str(config.memory),
        "style_family": family,
        "training": json.dumps(dict(training)),
    }
    clip = {0: "clips", 1: "frames"}
    export_onnx(
        _Reading(networks),
        {"expression": 0.01 * torch.randn(1, 60, 64)},
        ("code",),
        {"expression": clip, "code": {0: "clips"}},
        common | {"model": "style_encoder"},
        folder / ENCODER_FILE,
    )
    frames = 12
    export_onnx(
        networks.decoder,
        {
            "columns": torch.rand(1, 40 + 2 * config.reach, CHANNELS),
            "positions": torch.linspace(0.1, 38, frames)[None],
            "code": torch.randn(1, config.code),
            "state": 0.1 * torch.randn(1, 1, config.memory),
        },
        ("expression", "next_state"),
        {
            "columns": {0: "clips", 1: "columns"},
            "positions": clip,
            "code": {0: "clips"},
            "state": {1: "clips"},
            "expression": clip,
            "next_state": {1: "clips"},
        },
        common | {"model": "hybrid"},
        folder / DECODER_FILE,
    )
    table = {"family": family, "codes": preset_codes(networks, clips)}
    with whole_file(folder / PRESETS_FILE, "w") as stream:
        json.dump(table, stream, indent=1)
        stream.write("\n")


def fingerprint(networks: StyleNetworks) -> str:
    """Sixteen letters that tell one training of the style encoder from another."""
    digest = hashlib.sha256()
    for part in (networks.encoder, networks.enhancer):
        for value in part.state_dict().values():
            digest.update(value.cpu().numpy().tobytes())
    return digest.hexdigest()[:16]


@torch.no_grad()
def preset_codes(networks: StyleNetworks, clips: Sequence[Performance]) -> dict[str, list[float]]:
    """The code of each preset: how it differs from the same clips as they were captured, on average.

    The difference holds nothing of who spoke, so that a preset is put on anybody. What is read is a mean of
    what may be meant, and says less than was shown: each code is made as large as brings mean and spread of
    what is said in it nearest to the edited clips'.
    """

    def mean_code(version: Sequence[np.ndarray]) -> np.ndarray:
        return np.mean([Validation.code(networks, each)[0].numpy() for each in version], axis=0)

    chosen = clips[:: max(1, len(clips) // _SAID_CLIPS)]
    by_set = {each.dataset: [one for one in clips if one.dataset == each.dataset] for each in clips}
    codes = {}
    for name, edit in PRESET_EDITS.items():
        differences = [
            mean_code([edited(each.weights, edit, STYLE_FPS) for each in members])
            - mean_code([each.weights for each in members])
            for members in by_set.values()
        ]
        code = np.mean(differences, axis=0)
        shown = [edited(each.weights, edit, STYLE_FPS) for each in chosen]
        misses = [_miss(networks, chosen, shown, size * code) for size in _SIZES]
        codes[name] = [round(float(value), 5) for value in _SIZES[int(np.argmin(misses))] * code]
    return codes


def _miss(
    networks: StyleNetworks,
    clips: Sequence[Performance],
    shown: Sequence[np.ndarray],
    code: np.ndarray,
) -> float:
    """How far mean and spread of clips that are said in a style are from those of edited weights (F, 52)."""
    told = torch.from_numpy(code.astype(np.float32))[None]
    total = 0.0
    for each, weights in zip(clips, shown, strict=True):
        frames = min(len(each), _MOST_FRAMES)
        made, wanted = speak(networks, each, frames, told).numpy(), styled_expression(weights[:frames])
        total += float(((made.mean(axis=0) - wanted.mean(axis=0)) ** 2).sum())
        total += float(((made.std(axis=0) - wanted.std(axis=0)) ** 2).sum())
    return total
