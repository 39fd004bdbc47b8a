# SPDX-License-Identifier: GPL-3.0-or-later
"""Arousal and valence as they are read off z_e: what is likeliest for a voice, not the nearest entry of h_e.

Who is not sure says little: least squares over the voices of the training brings what is read as near to 0 as
z_e leaves it open.

Shape letters: Q sequences, D latent.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from ...models.disentangled_audio import DisentangledAudio
from .sequences import AudioSequence


@torch.no_grad()
def sequence_latents(model: DisentangledAudio, sequences: Sequence[AudioSequence]) -> NDArray[np.float64]:
    """Means (Q, D) of q(z_e | x) over the segments of each sequence that are spoken."""
    model.eval()
    device = model.voice_mean.device
    rows = []
    for sequence in sequences:
        latents = model.emotion_encoder(torch.from_numpy(sequence.course).to(device)).mean.cpu().numpy()
        rows.append(np.average(latents, axis=0, weights=sequence.course[:, -1] + 1e-3))
    return np.array(rows)


def fit_readout(latents: NDArray[np.floating], asked: NDArray[np.floating]) -> NDArray[np.float64]:
    """Factors (2, D + 1), the last of them constants, that give arousal and valence (Q, 2) from (Q, D)."""
    design = np.column_stack([latents, np.ones(len(latents))])
    return np.linalg.lstsq(design, asked, rcond=None)[0].T


def edited_only(sequences: Sequence[AudioSequence]) -> list[AudioSequence]:
    """Those whose arousal and valence are known: all that nobody acted."""
    return [each for each in sequences if not each.emotion]


def asked_for(sequences: Sequence[AudioSequence]) -> NDArray[np.float64]:
    """Arousal and valence (Q, 2) of sequences."""
    return np.array([(each.arousal, each.valence) for each in sequences])
