# SPDX-License-Identifier: GPL-3.0-or-later
"""ExpNet's losses, SadTalker section B.3, equations 3 to 10, on our head's own landmarks.

The paper measures landmarks in pixels of a rendered picture; here they are measured in 3D, in millimetres,
without a renderer. Every map from beta to a landmark is linear, so the losses see the whole geometry. So does
the lip reader of equation 9, which reads the movement of landmarks instead of pictures of it.

Shape letters: N clips, F frames, B = 64 coefficients, P landmarks.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..head import load_head
from ..models.lip_reader import LipReader
from ..retarget.arkit import ARKIT_INDEX
from .fit import INNER_LIP_PAIRS, LIP_CENTRES, MOUTH_CORNERS, landmark_model

MILLIMETRES: Final = 1000.0

EYE_WIDTH: Final = ((39, 36), (45, 42))
"""Equation 4: corner pairs of the 68-point scheme."""
EYE_HEIGHT: Final = (((37, 38), (40, 41)), ((43, 44), (46, 47)))
"""Equations 5 and 6: upper and lower lid points of each eye."""
_EYE_POINTS: Final = range(36, 48)
_MOUTH_POINTS: Final = range(48, 68)


@dataclass(frozen=True)
class LossWeights:
    """Factors of equation 10 and of the terms that lips need.

    `distill`, `landmarks` and `eye` keep the paper's names; their values belong to our units (the distilled
    error as a share of the variance of beta, landmarks in millimetres, the eye ratio as a share of the open
    eye) and were chosen so that no term outweighs the distilled one in the first epoch. `read` counts only
    where there is a lip reader, `detail` only where the coefficients' own scales are given: metres alone
    would hide brows and corners of the mouth behind the jaw.
    """

    distill: float = 2.0
    read: float = 0.2
    landmarks: float = 0.05
    eye: float = 0.5
    lips: float = 3.0
    contact: float = 2.0
    velocity: float = 0.5
    detail: float = 0.3


class FaceLosses(nn.Module):
    """Losses between generated and target coefficients."""

    points: Tensor
    rest_points: Tensor
    pairs: Tensor
    rest_pairs: Tensor
    expression_variance: Tensor
    pair_scale: Tensor
    lids: Tensor
    open_ratio: Tensor
    scale: Tensor | None

    def __init__(
        self,
        expression_variance: float,
        pair_scale: Tensor,
        weights: LossWeights,
        reader: LipReader | None = None,
        scale: Tensor | None = None,
    ) -> None:
        """Build the linear maps.

        Args:
            expression_variance: mean squared length of beta around its mean over the training frames.
            pair_scale: (pairs + 1,) standard deviation of the lip gaps and the width in millimetres.
            weights: factors of the terms.
            reader: trained lip reader; it does not learn here.
            scale: (64,) unit of each coefficient, for the term `detail`.
        """
        super().__init__()
        self.reader = None if reader is None else reader.eval().requires_grad_(False)
        head = load_head()
        face68 = head.landmarks["face68"]
        self.weights = weights
        self.register_buffer("scale", scale)
        self.register_buffer("points", torch.tensor(head.expression_basis_at(face68)) * MILLIMETRES)
        self.register_buffer("rest_points", torch.tensor(head.template[face68]) * MILLIMETRES)
        matrix, rest = lip_measures()
        self.register_buffer("pairs", torch.tensor(matrix, dtype=torch.float32))
        self.register_buffer("rest_pairs", torch.tensor(rest, dtype=torch.float32))
        self.register_buffer("expression_variance", torch.tensor(expression_variance, dtype=torch.float32))
        self.register_buffer("pair_scale", pair_scale.float())
        self.register_buffer("lids", torch.from_numpy(closed_lids()))
        self.register_buffer(
            "open_ratio", self.eye_ratio(torch.zeros(1, 1, head.expression_spread.size))[0, 0]
        )

    def landmarks(self, expression: Tensor) -> Tensor:
        """(N, F, 64) to the 68 points (N, F, 68, 3) in millimetres."""
        return self.rest_points + torch.einsum("nfb,bpc->nfpc", expression, self.points)

    def eye_ratio(self, expression: Tensor) -> Tensor:
        """R_t = E_h / E_w (N, F), equations 4 to 6: about 0.6 for open eyes, 0 for closed ones.

        In the frontal plane, as the paper measures it in a picture: lids that meet are not equally deep.
        """
        point = self.landmarks(expression)[..., :2]
        widths = [(point[:, :, a] - point[:, :, b]).norm(dim=-1) for a, b in EYE_WIDTH]
        heights = [
            (point[:, :, list(upper)].sum(2) - point[:, :, list(lower)].sum(2)).norm(dim=-1)
            for upper, lower in EYE_HEIGHT
        ]
        return torch.stack(heights).sum(0) / torch.stack(widths).sum(0)

    def forward(
        self,
        generated: Tensor,
        target: Tensor,
        blink: Tensor,
        mask: Tensor,
        visemes: Tensor | None = None,
    ) -> dict[str, Tensor]:
        """Terms of the loss, each already weighted.

        Args:
            generated: (N, F, 64) with lids as `blink` asks.
            target: (N, F, 64), lips and reference upper face, lids open.
            blink: (N, F) z_blink in 0..1, 1 = closed.
            mask: (N, F) 1 for frames that count.
            visemes: (N, F, V) what lips should show, for the lip reader; all zero where nobody knows.
        """
        total = mask.sum().clamp(min=1)

        def mean(values: Tensor) -> Tensor:
            return (values * mask).sum() / total

        # The lids belong to z_blink: what they add is taken out of the distilled error.
        lids = blink[..., None] * self.lids
        error = ((generated - lids - target) ** 2).sum(-1) / self.expression_variance
        points, wanted = self.landmarks(generated), self.landmarks(target)
        others = [point for point in range(68) if point not in _EYE_POINTS]
        moved = ((points - wanted)[:, :, others] ** 2).sum(-1).mean(-1)
        # Equation 7 with z = 1 for closed lids: the ratio falls from the open eye's to zero.
        eye = (self.eye_ratio(generated) / self.open_ratio - (1 - blink)).abs()

        measured = self.lip_measures(generated) / self.pair_scale
        expected = self.lip_measures(target) / self.pair_scale
        lips = nn.functional.smooth_l1_loss(measured, expected, reduction="none").mean(-1)
        closed = (self.lip_measures(target)[..., 0] < CLOSED_MILLIMETRES).float()
        contact = closed * torch.relu(measured[..., 0] - expected[..., 0])
        details = {}
        if self.scale is not None:
            difference = nn.functional.smooth_l1_loss(
                (generated - lids) / self.scale, target / self.scale, reduction="none"
            ).mean(-1)
            details["detail"] = self.weights.detail * mean(difference)
        steps = mask[:, 1:] * mask[:, :-1]
        velocity = ((measured.diff(dim=1) - expected.diff(dim=1)) ** 2).mean(-1)
        reading = {}
        if self.reader is not None and visemes is not None:
            reading["read"] = self.weights.read * reading_loss(self.reader, generated, visemes, mask)
        return (
            reading
            | details
            | {
                "distill": self.weights.distill * mean(error),
                "landmarks": self.weights.landmarks * mean(moved),
                "eye": self.weights.eye * mean(eye),
                "lips": self.weights.lips * mean(lips),
                "contact": self.weights.contact * mean(contact),
                "velocity": self.weights.velocity * (velocity * steps).sum() / steps.sum().clamp(min=1),
            }
        )

    def lip_measures(self, expression: Tensor) -> Tensor:
        """(N, F, 64) to the lip gaps and the mouth's width (N, F, pairs + 1) in millimetres."""
        return self.rest_pairs + expression @ self.pairs


def reading_loss(reader: LipReader, expression: Tensor, visemes: Tensor, mask: Tensor) -> Tensor:
    """Equation 9: cross-entropy of what is read from lips (N, F, 64) and what is said (N, F, V).

    Frames count where the reader's whole window does, mask (N, F).
    """
    edge = reader.reach
    read = reader(expression).log_softmax(dim=2)
    said = visemes[:, edge : visemes.shape[1] - edge]
    whole = mask.unfold(1, 2 * edge + 1, 1).amin(dim=2)
    weight = whole[..., None] * said
    return -(weight * read).sum() / weight.sum().clamp(min=1)


CLOSED_MILLIMETRES: Final = 0.9
"""Lips nearer than this in the target are in contact: 0.01 inter-ocular distances."""


def lip_measures() -> tuple[np.ndarray, np.ndarray]:
    """Matrix (64, pairs + 1) and rest (pairs + 1,) of the lip gaps and the mouth's width, millimetres."""
    model = landmark_model()
    basis = load_head().expression_basis_at(model.vertices).astype(np.float64) * MILLIMETRES
    rest = model.neutral * model.unit * MILLIMETRES
    columns, values = [], []
    for upper, lower in INNER_LIP_PAIRS:
        a, b = model.row(upper), model.row(lower)
        columns.append(basis[:, a, 1] - basis[:, b, 1])
        values.append(rest[a, 1] - rest[b, 1])
    right, left = (model.row(point) for point in MOUTH_CORNERS)
    columns.append(basis[:, left, 0] - basis[:, right, 0])
    values.append(rest[left, 0] - rest[right, 0])
    assert INNER_LIP_PAIRS[0] == LIP_CENTRES
    return np.stack(columns, axis=1), np.array(values)


def closed_lids() -> NDArray[np.float32]:
    """(64,) what both closed eyes add to beta."""
    columns = [ARKIT_INDEX["eyeBlinkLeft"], ARKIT_INDEX["eyeBlinkRight"]]
    return load_head().arkit_to_expression[:, columns].sum(axis=1)
