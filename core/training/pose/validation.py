# SPDX-License-Identifier: GPL-3.0-or-later
"""How heads that PoseVAE draws for unheard clips move, beside those that belong to the clips."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from ...generate.pose import joined_windows
from ...generate.pose_sound import POSE_FEATURES, POSE_FPS
from ...models.pose_vae import PoseVAE
from .clips import PoseClip

_ACCENT = POSE_FEATURES.index("accent")


class Validation:
    """Draws each clip once; those that were held out, or a few of those that were learnt from."""

    def __init__(self, clips: Sequence[PoseClip]) -> None:
        self._clips = [clip for clip in clips if len(clip) > POSE_FPS]

    def gains(self, model: PoseVAE) -> list[float]:
        """By style, the factor that brings spread and speed of what is drawn nearest to the clips' own: what
        a decoder draws is a little smoother and smaller than what it learnt from. 1 without clips."""
        scores = self.scores(model)
        return [
            (scores.get(f"{style} spread", 1.0) * scores.get(f"{style} speed", 1.0)) ** -0.5
            for style in model.config.styles
        ]

    def scores(self, model: PoseVAE, gains: Sequence[float] | None = None) -> dict[str, float]:
        """By style: spread, speed and jerkiness as parts of the clips' own motion, and how much more the head
        moves on stressed syllables (correlation of speed and accents, drawn and the clips' own)."""
        model.eval()
        styles = model.config.styles
        scores: dict[str, float] = {}
        for number, style in enumerate(styles):
            clips = [clip for clip in self._clips if clip.style == style]
            if not clips:
                continue
            gain = np.float32(1 if gains is None else gains[number])
            drawn = [gain * self._draw(model, clip, number, seed) for seed, clip in enumerate(clips)]
            told = _figures(drawn, clips)
            held = _figures([clip.poses for clip in clips], clips)
            scores |= {
                f"{style} {name}": told[name] / held[name] for name in ("spread", "speed", "acceleration")
            }
            scores[f"{style} accents"] = told["accents"]
            scores[f"{style} accents, own"] = held["accents"]
        return scores

    def _draw(self, model: PoseVAE, clip: PoseClip, number: int, seed: int) -> NDArray[np.float32]:
        def decode(*inputs: NDArray[np.float32]) -> NDArray[np.float32]:
            with torch.no_grad():
                return model(*map(torch.from_numpy, inputs)).numpy()

        return joined_windows(
            decode,
            np.concatenate([clip.sound, np.zeros((model.config.frames, clip.sound.shape[1]), np.float32)]),
            number=number,
            styles=len(model.config.styles),
            window=model.config.frames,
            latent=model.config.latent,
            seed=seed,
        )


def _figures(poses: Sequence[NDArray[np.float32]], clips: Sequence[PoseClip]) -> dict[str, float]:
    spread, speed, acceleration, accents = [], [], [], []
    for each, clip in zip(poses, clips, strict=True):
        heads = Rotation.from_euler("YXZ", each[:, :3].astype(np.float64) * (1, -1, 1))
        velocity = np.degrees((heads[:-1].inv() * heads[1:]).as_rotvec()) * POSE_FPS
        moves = np.linalg.norm(velocity, axis=1)
        spread.append(np.degrees(each[:, :3].std(axis=0)).mean())
        speed.append(moves.mean())
        acceleration.append(np.linalg.norm(np.diff(velocity, axis=0), axis=1).mean() * POSE_FPS)
        stress = np.convolve(clip.sound[:-1, _ACCENT], np.ones(9) / 9, "same")
        if stress.std() > 1e-3:
            accents.append(np.corrcoef(moves, stress)[0, 1])
    return {
        "spread": float(np.mean(spread)),
        "speed": float(np.mean(speed)),
        "acceleration": float(np.mean(acceleration)),
        "accents": float(np.mean(accents)) if accents else 0.0,
    }
