# SPDX-License-Identifier: GPL-3.0-or-later
"""The entries of the look-up table h_e: emotions with their places in arousal and valence.

Entries without a name lie on a grid, and what lies between them is read between them (bilinear), so that
feelings may be labelled by numbers. Named ones are acted emotions of a corpus.

Shape letters: K entries, G grid points, D latent, N latents.
"""

import json
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

GRID: Final = (-1.0, 0.0, 1.0)
"""Arousal and valence of the entries without a name."""


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

    def name_posterior(
        self, latents: NDArray[np.floating], means: NDArray[np.floating], variance: float
    ) -> NDArray[np.float32]:
        """p(name | z) (N, names), all as likely before.

        Args:
            latents: (N, D) means of q(z_e | x).
            means: (K, D) the table.
            variance: of a latent around its mean.
        """
        latents = np.asarray(latents, np.float32)
        named = np.asarray(means, np.float32)[self.grid_size :]
        logits = -((latents[:, None] - named[None]) ** 2).sum(axis=2) / np.float32(2 * variance)
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        return shares / shares.sum(axis=1, keepdims=True)

    def to_json(self) -> str:
        """For a file's metadata."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "EmotionTable":
        """The inverse of `to_json`."""
        values = json.loads(text)
        return cls(tuple(values["names"]), values["has_grid"])
