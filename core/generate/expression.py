# SPDX-License-Identifier: GPL-3.0-or-later
"""Sound to expression coefficients with ExpNet, block by block.

Shape letters: T columns, F frames at the rate of the columns, C channels of an input, B = 64.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..audio.mel import COLUMNS_PER_SECOND, SILENCE, WINDOW_COLUMNS
from ..errors import ModelError
from ..interpolation import interpolate_monotone
from ..motion import EXPRESSION_SIZE
from ..retarget.solve import WeightSolver
from ..runtime import Network
from .expression_inputs import INPUT_CHANNELS, Blocks, Rows, check_encoder, input_names, input_rows

EXPRESSION_FPS = COLUMNS_PER_SECOND
"""ExpNet gives one frame for each mel column: 80 a second, 12.5 ms, which sound and network share exactly."""

FIRST_FRAME_SECONDS = -0.5 / COLUMNS_PER_SECOND
"""An even window is centred between two columns, half a column before the first."""

SMOOTHING_SECONDS = 0.025
"""Standard deviation of the Gaussian over time. ExpNet sees each window alone, so neighbours differ by noise
that looks like jitter; this much takes it away and still lets lips close for a tenth of a second."""

CONTROLS = frozenset({"blink", "reference_expression"})
"""Inputs of ExpNet that the sound has no part in."""

_COLUMNS_PER_RUN = 480 + WINDOW_COLUMNS - 1
"""Six seconds of frames: the network's layers then stay in the processor's cache."""


@dataclass(frozen=True)
class ExpressionTrack:
    """Expression coefficients at a network's own rate; ExpNet's by default.

    Attributes:
        expression: (F, 64) float32; row j is at second first_frame_seconds + j / fps.
        fps: frames a second.
        first_frame_seconds: when the first row is.
        smoothing_seconds: standard deviation of the Gaussian over time.
    """

    expression: NDArray[np.float32]
    fps: float = EXPRESSION_FPS
    first_frame_seconds: float = FIRST_FRAME_SECONDS
    smoothing_seconds: float = SMOOTHING_SECONDS

    def at(self, times: NDArray[np.floating]) -> NDArray[np.float32]:
        """Smoothed coefficients (N, 64) at any times (N,) in seconds, without overshoot.

        Only the rows between the first and the last time are smoothed, so that hours can be taken in parts.
        """
        position = (np.asarray(times, np.float64) - self.first_frame_seconds) * self.fps
        count = len(self.expression)
        # A cubic between two rows looks at one more on either side.
        first = int(np.clip(np.floor(position.min()) - 1, 0, count - 1))
        last = int(np.clip(np.floor(position.max()) + 3, first + 1, count))
        return interpolate_monotone(self._smoothed(first, last), 1.0, position - first)

    def _smoothed(self, first: int, last: int) -> NDArray[np.float32]:
        """Rows first..last-1 smoothed over time; beyond the ends the end rows hold."""
        kernel = smoothing_kernel(self.smoothing_seconds * self.fps)
        reach = len(kernel) // 2
        rows = np.arange(first - reach, last + reach).clip(0, len(self.expression) - 1)
        source = self.expression[rows]
        result = np.zeros((last - first, self.expression.shape[1]), np.float32)
        for offset, weight in enumerate(kernel):
            result += weight * source[offset : offset + len(result)]
        return result


def smoothing_kernel(deviation: float = SMOOTHING_SECONDS * EXPRESSION_FPS) -> NDArray[np.float32]:
    """Weights (odd,) of the Gaussian over frames, its standard deviation in frames; their sum is 1."""
    if deviation == 0:
        return np.ones(1, np.float32)
    reach = math.ceil(3 * deviation)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / deviation) ** 2)
    return (weights / weights.sum()).astype(np.float32)


def check_expnet(network: Network, name: str) -> None:
    """Refuse a network that was not made by `soliloquy train`.

    Raises:
        ModelError: its inputs are not those of ExpNet.
    """
    inputs = {each.name for each in network.session.get_inputs()}
    sounds = inputs - CONTROLS
    if not (inputs >= CONTROLS and sounds and sounds <= set(INPUT_CHANNELS)):
        expected = sorted({*CONTROLS, "mel"})
        raise ModelError(
            f"'{name}' is not a network of Soliloquy: its inputs are {', '.join(sorted(inputs))}, expected "
            f"{', '.join(expected)}. Choose another model."
        )


def run_expnet(
    network: Network,
    rows: Rows,
    *,
    reference_expression: NDArray[np.float32] | None = None,
    blink: NDArray[np.float32] | None = None,
) -> NDArray[np.float32]:
    """Expression coefficients of every window.

    Args:
        network: ExpNet.
        rows: (T, C) columns of each of its inputs, T >= 16.
        reference_expression: (64,) beta_0; the head's own neutral by default.
        blink: (T - 15,) z_blink in 0..1; open lids by default.

    Returns:
        (T - 15, 64) float32.
    """
    frames = len(next(iter(rows.values()))) - WINDOW_COLUMNS + 1
    if reference_expression is None:
        reference_expression = np.zeros(EXPRESSION_SIZE, np.float32)
    if blink is None:
        blink = np.zeros(frames, np.float32)
    (expression,) = network.run(
        **{name: row[None] for name, row in rows.items()},
        blink=blink[None, :, None].astype(np.float32),
        reference_expression=reference_expression[None].astype(np.float32),
    )
    return expression[0]


def lid_response(network: Network) -> NDArray[np.float32]:
    """What z_blink = 1 adds to beta, shape (64,): ExpNet is linear in z_blink (equation 2)."""
    window = {
        name: np.full((WINDOW_COLUMNS, INPUT_CHANNELS[name]), SILENCE if name == "mel" else 0, np.float32)
        for name in input_names(network)
    }
    closed = run_expnet(network, window, blink=np.ones(1, np.float32))
    return (closed - run_expnet(network, window))[0]


def expression_weights(
    network: Network,
    samples: NDArray[np.float32],
    times: NDArray[np.floating],
    solver: WeightSolver,
    encoder: Network | None = None,
) -> NDArray[np.float32]:
    """ARKit weights (N, 52) that the network gives a whole sound (n,) at times (N,) in seconds."""
    track = np.concatenate(list(generate_expression(network, [samples], encoder=encoder)))
    return solver.solve(ExpressionTrack(track).at(times))


def generate_expression(
    network: Network,
    blocks: Blocks,
    *,
    encoder: Network | None = None,
    reference_expression: NDArray[np.float32] | None = None,
) -> Iterator[NDArray[np.float32]]:
    """Stream sound through ExpNet with open lids.

    Args:
        network: ExpNet.
        blocks: 1-D float32 blocks at 16 kHz, of any sizes.
        encoder: the speech encoder, for a network that takes what it hears.
        reference_expression: (64,) beta_0, the expression at rest.

    Yields:
        (f, 64) float32, consecutive frames; the same whatever the blocks.

    Raises:
        ModelError: the encoder is missing or another one than in training.
    """
    check_encoder(network, encoder)
    rows = input_rows(input_names(network), blocks, encoder)
    yield from generate_from_rows(network, rows, reference_expression=reference_expression)


def generate_from_rows(
    network: Network,
    stream: Iterable[Rows],
    *,
    reference_expression: NDArray[np.float32] | None = None,
) -> Iterator[NDArray[np.float32]]:
    """As `generate_expression`, from consecutive columns of the network's inputs, of any number."""
    held: Mapping[str, NDArray[np.float32]] = {}
    count = 0
    for rows in stream:
        held = {name: np.concatenate([held[name], row]) for name, row in rows.items()} if held else rows
        count = len(next(iter(held.values())))
        while count >= _COLUMNS_PER_RUN:
            run = {name: row[:_COLUMNS_PER_RUN] for name, row in held.items()}
            held = {name: row[_COLUMNS_PER_RUN - WINDOW_COLUMNS + 1 :] for name, row in held.items()}
            count -= _COLUMNS_PER_RUN - WINDOW_COLUMNS + 1
            yield run_expnet(network, run, reference_expression=reference_expression)
    if count >= WINDOW_COLUMNS:
        yield run_expnet(network, held, reference_expression=reference_expression)
