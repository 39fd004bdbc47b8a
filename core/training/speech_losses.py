# SPDX-License-Identifier: GPL-3.0-or-later
"""What the speech encoder is trained for: labels, the teacher's readings, and the teacher's features.

Shape letters: N excerpts, F frames, E = embedding size.
"""

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..models.speech_outputs import SpeechOutputs
from ..phones import ARTICULATIONS, PHONE_INDEX, PHONES, SILENCE_PHONE
from .speech_batches import TEACHER_EVERY, SpeechBatch
from .speech_cache import TEACHER_SIZE

_ARTICULATION_WEIGHTS: Final = (2.0, 2.0, 1.0, 0.7, 0.7, 0.6)
"""In the order of `ARTICULATIONS`: contacts of the lips are rare and short, and missed when they lack."""
_SILENT: Final = PHONE_INDEX[SILENCE_PHONE]


class Distiller(nn.Module):
    """From the embedding to the teacher's features, each with mean 0 and deviation 1."""

    mean: Tensor
    scale: Tensor

    def __init__(self, embedding: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(TEACHER_SIZE))
        self.register_buffer("scale", torch.ones(TEACHER_SIZE))
        self.linear = nn.Linear(embedding, TEACHER_SIZE)

    def forward(self, embedding: Tensor, features: Tensor) -> Tensor:
        """Mean squared distance of embeddings (N, F, E) to features (N, F / TEACHER_EVERY, 288)."""
        guess = self.linear(embedding[:, ::TEACHER_EVERY])
        return functional.mse_loss(guess.float(), (features - self.mean) / self.scale)


def losses(outputs: SpeechOutputs, batch: SpeechBatch, taught: float) -> dict[str, Tensor]:
    """Terms of the loss: phones, articulation, voice; from the labels and from the teacher's readings."""
    known = (batch.phones >= 0).float() * batch.weight
    log_posterior = functional.log_softmax(outputs.phones.float(), dim=2)
    articulated, voice = outputs.articulation.float(), outputs.voice.float()[..., 0]
    from_labels = functional.nll_loss(
        log_posterior.flatten(0, 1), batch.phones.clamp(min=0).flatten(), reduction="none"
    )
    phones = from_labels.view_as(known)
    spoken = (batch.phones != _SILENT).float()
    wanted = batch.articulation
    if batch.readings is None:
        share = known
    else:
        count = len(PHONES)
        read = batch.readings
        from_teacher = -(read[..., :count] * log_posterior).sum(2)
        label_share = (1 - taught) * known
        phones = label_share * phones + (1 - label_share) * from_teacher
        wanted = (
            label_share[..., None] * wanted
            + (1 - label_share[..., None]) * read[..., count : count + len(ARTICULATIONS)]
        )
        spoken = label_share * spoken + (1 - label_share) * read[..., -1]
        share = torch.ones_like(known)
    total = share.sum().clamp(min=1)
    articulation = functional.binary_cross_entropy_with_logits(articulated, wanted, reduction="none")
    articulation = articulation * torch.tensor(_ARTICULATION_WEIGHTS)
    voices = functional.binary_cross_entropy_with_logits(voice, spoken, reduction="none")
    if batch.readings is None:
        phones = phones * share
    return {
        "phones": phones.sum() / total,
        "articulation": 1.5 * (articulation.mean(2) * share).sum() / total,
        "voice": 0.3 * (voices * share).sum() / total,
    }
