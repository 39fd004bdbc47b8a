# SPDX-License-Identifier: GPL-3.0-or-later
"""The entries of the look-up table h_e: emotions with their places in arousal and valence.

Entries without a name lie on a grid, and what lies between them is read between them (bilinear), so that
feelings may be labelled by numbers. Named ones are acted emotions of a corpus.

Shape letters: K entries, G grid points, D latent, N latents, P points of the plane.
"""

import json
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

GRID: Final = (-1.0, 0.0, 1.0)
"""Arousal and valence of the entries without a name."""
_FINE: Final = 13
"""Points to either axis at which a posterior over the plane is computed."""


@dataclass(frozen=True)
class EmotionTable:
    """Which entry is what.

    Attributes:
        names: of the acted emotions, behind the grid's G entries.
        has_grid: whether there is a grid; without, all labels are names.
    """

    names: tuple[str, ...] = ()
    has_grid: bool = True

    def __len__(self) -> int:
        return self.grid_size + len(self.names)

    @property
    def grid_size(self) -> int:
        """G."""
        return len(GRID) ** 2 if self.has_grid else 0

    def shares(self, arousal: NDArray[np.floating], valence: NDArray[np.floating]) -> NDArray[np.float32]:
        """Shares (..., K) of the entries for points of the plane (...,); rows sum to 1.

        Raises:
            ValueError: there is no grid.
        """
        if not self.has_grid:
            raise ValueError("A table without a grid knows only names.")
        hats = [
            np.maximum(0, 1 - np.abs(np.clip(value, -1, 1)[..., None] - np.array(GRID)))
            for value in (np.asarray(arousal), np.asarray(valence))
        ]
        grid = hats[0][..., :, None] * hats[1][..., None, :]
        grid = grid.reshape(*grid.shape[:-2], self.grid_size)
        named = np.zeros((*grid.shape[:-1], len(self.names)))
        return np.concatenate([grid, named], axis=-1).astype(np.float32)

    def share_of(self, name: str, strength: float = 1.0) -> NDArray[np.float32]:
        """Shares (K,) of an acted emotion; a weaker one is partly neutral, where that has an entry."""
        shares = np.zeros(len(self), np.float32)
        shares[self.grid_size + self.names.index(name)] = strength
        if "neutral" in self.names:
            shares[self.grid_size + self.names.index("neutral")] += 1 - strength
        return shares / shares.sum()

    @cached_property
    def plane(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Points (P, 2), arousal and valence, and the shares (P, K) of the entries there."""
        axis = np.linspace(-1, 1, _FINE)
        points = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
        return points.astype(np.float32), self.shares(points[:, 0], points[:, 1])

    def plane_posterior(
        self, latents: NDArray[np.floating], means: NDArray[np.floating], variance: float
    ) -> NDArray[np.float32]:
        """p(point | z) of each point of the plane (N, P), all as likely before.

        Args:
            latents: (N, D) means of q(z_e | x).
            means: (K, D) the table.
            variance: of a latent around its mean.
        """
        return _posterior(latents, self.plane[1] @ np.asarray(means, np.float32), variance)

    def name_posterior(
        self, latents: NDArray[np.floating], means: NDArray[np.floating], variance: float
    ) -> NDArray[np.float32]:
        """p(name | z) (N, names), all as likely before; arguments as for `plane_posterior`."""
        return _posterior(latents, np.asarray(means, np.float32)[self.grid_size :], variance)

    def to_json(self) -> str:
        """For a file's metadata."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "EmotionTable":
        """The inverse of `to_json`."""
        values = json.loads(text)
        return cls(tuple(values["names"]), values["has_grid"])


def _posterior(
    latents: NDArray[np.floating], means: NDArray[np.float32], variance: float
) -> NDArray[np.float32]:
    """Softmax of log N(z; mean, variance I)."""
    latents = np.asarray(latents, np.float32)
    distance = ((latents[:, None] - means[None]) ** 2).sum(axis=2)
    logits = -distance / np.float32(2 * variance)
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)
