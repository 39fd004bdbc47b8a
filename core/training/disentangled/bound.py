# SPDX-License-Identifier: GPL-3.0-or-later
"""The variational lower bound of the disentangled audio model (equation 3), term by term.

Maximising the bound alone lets the entries of a table fall together: then no divergence is left, and nothing
is told apart. Hsu et al. (NeurIPS 2017, section 3.1) add the discriminative objective log p(i | z), the
posterior of the label under equal priors, with a factor alpha; so do we, for all three tables.

As it is printed, the bound of each sequence counts log p(mu_c) for every segment and log p(mu_e) once. Here
the entries of a table are the means of all sequences, so the prior of each counts once in the whole training.

Shape letters: N segments, K entries, D latent.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from ...models.disentangled_audio import DisentangledAudio
from .segments import Batch


@dataclass(frozen=True)
class BoundWeights:
    """Factors.

    Attributes:
        likelihood: of log p(x | z_c, z_e, z_s), whose 2,600 numbers say much the same as their neighbours:
            counted as if they were independent they would outweigh all that the latents are for.
        alpha_c: of log p(viseme | z_c).
        alpha_e: of log p(emotion | z_e).
        alpha_s: of log p(sequence | z_s), among the sequences of a batch.
        segments: a sequence has about so many, over which the log prior of its mean is spread.
    """

    likelihood: float = 0.05
    alpha_c: float = 10.0
    alpha_e: float = 10.0
    alpha_s: float = 2.0
    segments: float = 50.0


def bound_terms(model: DisentangledAudio, batch: Batch, weights: BoundWeights) -> dict[str, Tensor]:
    """The terms of the negative bound and of the discriminative objective, means over segments.

    Their names are the supplement's: `x` is (weighted) -E_q[log p(x | z_c, z_e, z_s)]; `kl_c`, `kl_e`, `kl_s`
    are the divergences from N(mu, sigma^2 I); `mu` is minus the log priors of the means; `i_c`, `i_e`, `i_s`
    are minus the discriminative objectives, weighted.
    """
    sigma2 = model.config.prior_variance
    q = model.posteriors(batch.x)
    z_c, z_e, z_s = (each.drawn() for each in q)
    mu_c, mu_s = model.h_c(batch.viseme), model.h_s(batch.sequence)
    mu_e = batch.emotion @ model.h_e.weight
    likelihood = model.log_likelihood(batch.x, torch.cat([z_c, z_e, z_s], dim=1))
    density = model.prior_mean_density(mu_s) / weights.segments
    count = len(model.h_s.weight) * weights.segments
    for table in (model.h_c, model.h_e):
        density = density + model.prior_mean_density(table.weight).sum() / count
    present, places = batch.sequence.unique(return_inverse=True)
    which = functional.one_hot(places, len(present)).to(mu_e)
    known = functional.one_hot(batch.viseme, len(model.h_c.weight)).to(mu_e)
    return {
        "x": -weights.likelihood * likelihood.mean(),
        "kl_c": q.content.divergence(mu_c, sigma2).mean(),
        "kl_e": q.emotion.divergence(mu_e, sigma2).mean(),
        "kl_s": q.sequence.divergence(mu_s, sigma2).mean(),
        "mu": -density.mean(),
        "i_c": weights.alpha_c * surprise(z_c, model.h_c.weight, known, sigma2),
        "i_e": weights.alpha_e * surprise(z_e, model.h_e.weight, batch.emotion, sigma2),
        "i_s": weights.alpha_s * surprise(z_s, model.h_s.weight[present], which, sigma2),
    }


def surprise(z: Tensor, table: Tensor, shares: Tensor, variance: float) -> Tensor:
    """Mean of -log p(entry | z) under equal priors, for shares (N, K) of the entries (K, D)."""
    logits = -((z[:, None] - table[None]) ** 2).sum(dim=2) / (2 * variance)
    return -(shares * logits.log_softmax(dim=1)).sum(dim=1).mean()
