# SPDX-License-Identifier: GPL-3.0-or-later
"""How the model does on sequences that it does not learn from.

Shape letters: N segments, D latent, K entries.
"""

from collections.abc import Sequence
from copy import deepcopy
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...generate.emotion.emotion_table import EmotionTable
from ...generate.emotion.voice import UNSURE
from ...models.disentangled_audio import DisentangledAudio, Gaussian, Latents, Segments
from .readout import asked_for, edited_only, fit_readout, sequence_latents
from .segments import emotion_shares, segments_at, spans_of
from .sequences import AudioSequence

_SEGMENTS: Final = 24
"""Of each sequence."""


class Validation:
    """Fixed segments of held-out sequences."""

    def __init__(
        self,
        sequences: Sequence[AudioSequence],
        table: EmotionTable,
        *,
        known: Sequence[AudioSequence] = (),
        seed: int = 0,
    ) -> None:
        """Choose the segments.

        Args:
            sequences: of people nobody trains on; may be none.
            known: of the training, by which arousal and valence are read off z_e.
            table: entries of h_e.
            seed: of the choice.
        """
        self.sequences, self._table = sequences, table
        self._known = edited_only(known)
        random = np.random.default_rng(seed)
        views, self.viseme, self.sequence = [], [], []
        for number, sequence in enumerate(sequences):
            starts, ends, labels = spans_of(sequence)
            chosen = random.choice(len(starts), min(_SEGMENTS, len(starts)), replace=False)
            times = random.uniform(starts[chosen], ends[chosen])
            views.append(segments_at(sequence, times))
            self.viseme += labels[chosen].tolist()
            self.sequence += [number] * len(chosen)
        if views:
            self.x = Segments(*(torch.from_numpy(np.concatenate(view)) for view in zip(*views, strict=True)))
            self._shares = torch.from_numpy(np.stack([emotion_shares(each, table) for each in sequences]))

    @torch.no_grad()
    def latents(self, model: DisentangledAudio) -> Latents:
        """Posteriors of all segments."""
        model.eval()
        return model.posteriors(self.x)

    def scores(self, model: DisentangledAudio) -> dict[str, float]:
        """The bound for a segment (without the log priors of the means) and its terms, the accuracy of the
        viseme that h_c makes likeliest, and of whole sequences: the correlation of arousal and valence with
        what was asked for, how many of those that nobody edited leave the face unmoved, and how many acted
        emotions are named rightly, of each emotion as many.

        The same network always gets the same scores, wherever it is, and what is drawn here is not missed
        where training goes on.
        """
        if not self.sequences:
            return {}
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            return self._scores(deepcopy(model).cpu())

    @torch.no_grad()
    def _scores(self, model: DisentangledAudio) -> dict[str, float]:
        q = self.latents(model)
        sigma2 = model.config.prior_variance
        numbers = torch.tensor(self.sequence)
        mu_c = model.h_c.weight[torch.tensor(self.viseme)]
        mu_e = (self._shares @ model.h_e.weight)[numbers]
        mu_s = inferred_means(q.sequence, numbers, len(self.sequences), sigma2)[numbers]
        likelihood = model.log_likelihood(self.x, torch.cat([each.drawn() for each in q], dim=1))
        terms = {
            "kl_c": q.content.divergence(mu_c, sigma2),
            "kl_e": q.emotion.divergence(mu_e, sigma2),
            "kl_s": q.sequence.divergence(mu_s, sigma2),
        }
        bound = likelihood - torch.stack(list(terms.values())).sum(dim=0)
        nearest = ((q.content.mean[:, None] - model.h_c.weight[None]) ** 2).sum(dim=2).argmin(dim=1)
        right = (nearest == torch.tensor(self.viseme)).float().mean()
        result = {"bound": bound, "likelihood": likelihood, **terms, "visemes": right}
        scores = {name: float(value.mean()) for name, value in result.items()}
        return scores | self._feelings(model, q.emotion)

    def _feelings(self, model: DisentangledAudio, q: Gaussian) -> dict[str, float]:
        means, variance = model.h_e.weight.numpy(), model.config.prior_variance
        sums = sequence_means(q.mean.numpy(), self.sequence, len(self.sequences))
        acted = np.array([bool(each.emotion) for each in self.sequences])
        scores = {}
        edited = edited_only(self.sequences)
        if self._known and any(each.version == "edited" for each in edited):
            readout = fit_readout(sequence_latents(model, self._known), asked_for(self._known))
            found = sequence_latents(model, edited) @ readout[:, :-1].T + readout[:, -1]
            asked = asked_for(edited)
            for axis, name in enumerate(("arousal", "valence")):
                scores[name] = float(np.corrcoef(found[:, axis], asked[:, axis])[0, 1])
            as_they_are = np.array([each.version != "edited" for each in edited])
            scores["unmoved"] = float((np.abs(found[as_they_are]) < UNSURE).all(axis=1).mean())
        if acted.any():
            named = self._table.name_posterior(sums[acted], means, variance).argmax(axis=1)
            played = np.array(
                [self._table.names.index(each.emotion) for each in self.sequences if each.emotion]
            )
            recalls = [(named[played == emotion] == emotion).mean() for emotion in np.unique(played)]
            scores["emotions"] = float(np.mean(recalls))
        return scores


def inferred_means(q: Gaussian, numbers: Tensor, count: int, variance: float) -> Tensor:
    """mu_s (count, D) of sequences that have no entry: its most likely value for their latents.

    Hsu et al. (2017), section 3.2: the sum of the posteriors' means over their number plus sigma^2.
    """
    sums = torch.zeros(count, q.mean.shape[1]).index_add(0, numbers, q.mean)
    return sums / (torch.bincount(numbers, minlength=count)[:, None] + variance)


def sequence_means(values: NDArray[np.floating], numbers: Sequence[int], count: int) -> NDArray[np.float64]:
    """Means (count, D) of rows (N, D) that belong to sequences."""
    which = np.asarray(numbers)
    return np.stack([values[which == number].mean(axis=0) for number in range(count)])
