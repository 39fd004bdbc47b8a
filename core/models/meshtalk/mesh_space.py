# SPDX-License-Identifier: GPL-3.0-or-later
"""In which coordinates MeshTalk's networks take and give meshes.

Every mesh here is S = template + U_id alpha + U_exp beta, so the printed layers over 3 V coordinates have a
short form that is exactly as strong: a layer that reads a mesh only ever sees what its weights make of the
columns of U_id and U_exp, and every displacement that is to be learnt lies in the rows of U_exp. In "bases"
the networks read (alpha, beta) and give beta, and every sum over vertices in a loss becomes a quadratic form
whose matrix is known beforehand: far cheaper to train, and a far smaller file.

Shape letters: N clips, F frames, V vertices, R coordinates.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...head import Head, load_head
from ...head.head_model import EXPRESSION_COUNT, IDENTITY_COUNT

MILLIMETRES = 1000.0


class MeshSpace(ABC):
    """The built-in head's meshes in one kind of coordinates.

    Attributes:
        template_size: coordinates of a mesh at rest: 3 V, or 80.
        mesh_size: coordinates of a moving mesh: 3 V, or 144.
        displacement_size: coordinates of a displacement: 3 V, or 64.
    """

    template_size: int
    mesh_size: int
    displacement_size: int

    def __init__(self, head: Head | None = None) -> None:
        self.head = head or load_head()

    @abstractmethod
    def template(self, alpha: Tensor) -> Tensor:
        """Identities (N, 80) to meshes at rest (N, template_size)."""

    @abstractmethod
    def mesh(self, alpha: Tensor, beta: Tensor) -> Tensor:
        """Identities (N, 80) and expressions (N, F, 64) to moving meshes (N, F, mesh_size)."""

    @abstractmethod
    def displacement(self, beta: Tensor) -> Tensor:
        """Expressions (..., 64) to displacements (..., displacement_size)."""

    @abstractmethod
    def expression(self, displacement: Tensor) -> Tensor:
        """Displacements (..., displacement_size) to the nearest expressions (..., 64)."""

    @abstractmethod
    def spread(self) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """Standard deviations (R,) of template, mesh and displacement over sampled people and expressions."""

    @abstractmethod
    def norm(self, weights: NDArray[np.floating]) -> "MeshNorm":
        """The weighted mean over vertices, weights (V,), of squared lengths."""


class MeshNorm:
    """sum_v w_v |d_v|^2 / sum_v w_v, in square millimetres, of displacements (..., R)."""

    def __init__(self, factor: Tensor) -> None:
        """From a factor: (R,) of squared coordinates, or (R, r) with d -> |d factor|^2."""
        self.factor = factor

    def __call__(self, displacement: Tensor) -> Tensor:
        """(..., R) to (...)."""
        factor = self.factor.to(displacement)
        if factor.ndim == 1:
            return (displacement.square() * factor).sum(-1)
        return (displacement @ factor).square().sum(-1)


class VertexSpace(MeshSpace):
    """All 3 V coordinates, in metres, as printed."""

    def __init__(self, head: Head | None = None) -> None:
        super().__init__(head)
        self.template_size = self.mesh_size = self.displacement_size = self.head.template.size
        self._rest = torch.from_numpy(self.head.template.reshape(-1))
        self._identity = torch.from_numpy(self.head.identity_basis)
        self._expression = torch.from_numpy(self.head.expression_basis)

    def template(self, alpha: Tensor) -> Tensor:
        """Meshes at rest (N, template_size)."""
        return self._rest.to(alpha) + alpha @ self._identity.to(alpha)

    def mesh(self, alpha: Tensor, beta: Tensor) -> Tensor:
        """Moving meshes (N, F, mesh_size)."""
        return self.template(alpha)[:, None] + self.displacement(beta)

    def displacement(self, beta: Tensor) -> Tensor:
        """Displacements (..., displacement_size)."""
        return beta @ self._expression.to(beta)

    def expression(self, displacement: Tensor) -> Tensor:
        """Expressions (..., 64)."""
        return displacement @ self._expression.to(displacement).T

    def spread(self) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """Standard deviations of template, mesh and displacement."""
        identity, expression = (
            np.sqrt(np.square(basis * spread[:, None]).sum(axis=0)).mean()
            for basis, spread in (
                (self.head.identity_basis, self.head.identity_spread),
                (self.head.expression_basis, self.head.expression_spread),
            )
        )
        # One number for the whole mesh: vertices that hardly move must not become loud.
        ones = np.ones(self.mesh_size, np.float32)
        return ones * identity, ones * np.hypot(identity, expression), ones * expression

    def norm(self, weights: NDArray[np.floating]) -> MeshNorm:
        """The weighted mean of squared lengths."""
        shares = np.repeat(weights / weights.sum(), 3) * MILLIMETRES**2
        return MeshNorm(torch.tensor(shares, dtype=torch.float32))


class BasisSpace(MeshSpace):
    """alpha for a mesh at rest, (alpha, beta) for a moving one, beta for a displacement."""

    template_size = IDENTITY_COUNT
    mesh_size = IDENTITY_COUNT + EXPRESSION_COUNT
    displacement_size = EXPRESSION_COUNT

    def template(self, alpha: Tensor) -> Tensor:
        """Meshes at rest (N, template_size)."""
        return alpha

    def mesh(self, alpha: Tensor, beta: Tensor) -> Tensor:
        """Moving meshes (N, F, mesh_size)."""
        return torch.cat([alpha[:, None].expand(-1, beta.shape[1], -1), beta], dim=2)

    def displacement(self, beta: Tensor) -> Tensor:
        """Displacements (..., displacement_size)."""
        return beta

    def expression(self, displacement: Tensor) -> Tensor:
        """Expressions (..., 64)."""
        return displacement

    def spread(self) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """Standard deviations of template, mesh and displacement."""
        # The smallest components are mostly rounding: they are not blown up to the size of the others.
        identity, expression = (
            np.maximum(spread, 0.05 * spread.max())
            for spread in (self.head.identity_spread, self.head.expression_spread)
        )
        return identity, np.concatenate([identity, expression]), expression

    def norm(self, weights: NDArray[np.floating]) -> MeshNorm:
        """The weighted mean of squared lengths."""
        used = np.flatnonzero(weights)
        basis = self.head.expression_basis_at(used).astype(np.float64) * MILLIMETRES
        shares = np.sqrt(weights[used] / weights.sum())
        weighted = (basis * shares[:, None]).reshape(EXPRESSION_COUNT, -1)
        values, vectors = np.linalg.eigh(weighted @ weighted.T)
        factor = vectors * np.sqrt(np.maximum(values, 0))
        return MeshNorm(torch.tensor(factor, dtype=torch.float32))


def mesh_space(name: str) -> MeshSpace:
    """The space of a configuration: "vertices" or "bases"."""
    return VertexSpace() if name == "vertices" else BasisSpace()


def combined_regions(head: Head, names: Iterable[str]) -> NDArray[np.float64]:
    """Soft weights (V,) of some of the head's regions together, 0..1."""
    return np.max([head.regions[name] for name in names], axis=0).astype(np.float64)
