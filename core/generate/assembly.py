# SPDX-License-Identifier: GPL-3.0-or-later
"""One face of what its parts do: mouth and brows of a network, lips as the sounds ask for, head, eyes, lids.

Emotion and idle motion lie over what the parts do, and give way to the sounds and to blinks.

Letter: F frames.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..frame_times import frame_times
from ..head import load_head
from ..motion import FaceMotion
from ..retarget.arkit import (
    ARKIT_INDEX,
    ARKIT_NAMES,
    BLINK_NAMES,
    BROW_NAMES,
    GAZE_NAMES,
    MOUTH_NAMES,
    arkit_indices,
)
from ..retarget.solve import WeightSolver
from .accents import ACCENT_BROWS
from .articulation import Demands, constrain
from .emotion.feeling import Feeling
from .emotion.layer import added
from .expression import ExpressionTrack
from .gaze import eye_look_weights
from .generators import FaceGenerator
from .head_and_eyes import HeadAndEyes
from .lid_following import LID_NAMES, feel_lids, follow_gaze
from .lids import blink_rate, full_blinks, thin_blinks
from .settings import AnimationSettings

_FRAMES_PER_BLOCK: Final = 4096

_CLOSING: Final = ("eyeBlinkLeft", "eyeBlinkRight")
_OPENING: Final = ("eyeWideLeft", "eyeWideRight")
_EYELIDS: Final = arkit_indices(_CLOSING)
_WIDE: Final = arkit_indices(_OPENING)
_CLOSED_LIDS: Final = [LID_NAMES.index(name) for name in _CLOSING]
_WIDE_LIDS: Final = [LID_NAMES.index(name) for name in _OPENING]
_RAISED: Final = arkit_indices(ACCENT_BROWS)
_GAZE: Final = arkit_indices(GAZE_NAMES)
_SQUINTS: Final = arkit_indices(("eyeSquintLeft", "eyeSquintRight"))
_LIDS: Final = arkit_indices(LID_NAMES)
_MOUTH: Final = arkit_indices(MOUTH_NAMES)
_BROWS: Final = arkit_indices(BROW_NAMES)
_UPPER: Final = [*_BROWS, *_SQUINTS]
_HALF_CLOSED: Final = 0.5
"""Closure from which the eyes begin to do the same."""
_OPEN: Final = 0.02
"""Closure below which the lids are open, and the eyes do not differ."""


def assemble(
    track: ExpressionTrack,
    generator: FaceGenerator,
    wanted: Demands | None,
    living: HeadAndEyes,
    fps: float,
    *,
    seed: int,
    settings: AnimationSettings,
    report: Callable[[float], None],
    look: Callable[[], None],
    feeling: Feeling | None = None,
) -> FaceMotion:
    """Put the parts of a face together at the frames of the result.

    Args:
        track: what the generator made.
        generator: what made it.
        wanted: what the sounds ask of the lips; None leaves the mouth to the generator.
        living: head, eyes, blinks and accents, F frames.
        fps: frames per second.
        seed: draws which blinks stay of those that a network made.
        settings: amounts.
        report: called with 0..1 as the frames are done.
        look: called now and then; may raise to end the work.
        feeling: emotion and idle motion; None for nothing of both.
    """
    solver = WeightSolver(load_head().arkit_to_expression)
    own_lids = generator.moves_lids and not settings.drawn_blinks
    count = len(living.blink)
    lids = generator.lid_response()
    posture = solver.solve(generator.posture()[None])[0]
    motion = FaceMotion.still(count, fps)
    emotion = None if feeling is None else np.zeros((count, len(ARKIT_NAMES)), np.float32)
    motion.head_rotation[:] = living.rotation
    motion.head_translation[:] = living.translation
    motion.gaze[:] = living.gaze.angles
    times = frame_times(count, fps)
    # Lids and gaze have owners of their own: what the network's mouth moves there gives way to them.
    # Lips meet whatever the amount: what is louder comes before the articulation, what is softer after it.
    louder, softer = (np.zeros(len(ARKIT_NAMES), np.float32) for _ in range(2))
    for names, amount in ((MOUTH_NAMES, settings.mouth_amount), (BROW_NAMES, settings.brows_amount)):
        louder[arkit_indices(names)] = max(1.0, amount)
        softer[arkit_indices(names)] = min(1.0, amount)
    if own_lids:
        # Squints and wide eyes come with the blinks from the same source.
        louder[arkit_indices(BLINK_NAMES)] = softer[arkit_indices(BLINK_NAMES)] = 1
    for first in range(0, count, _FRAMES_PER_BLOCK):
        look()
        rows = slice(first, first + _FRAMES_PER_BLOCK)
        expression = track.at(times[rows])
        solved = solver.solve(expression)
        loud = np.minimum(solved * louder, 1)
        asked = None if wanted is None else wanted[rows]
        weights = _articulated(loud, asked, settings, posture)
        if feeling is not None and emotion is not None:
            felt = feeling.at(times[rows])
            # Idle mouths do nothing while somebody speaks.
            moved = np.flatnonzero(felt[:, _MOUTH].any(axis=1))
            mouth = np.zeros((len(moved), len(ARKIT_NAMES)), np.float32)
            mouth[:, _MOUTH] = felt[moved[:, None], _MOUTH]
            there = None if asked is None else asked[moved]
            with_emotion = _articulated(loud[moved], there, settings, posture, mouth)
            # Amounts of what is spoken are none of the emotion.
            felt[moved[:, None], _MOUTH] = (with_emotion - weights[moved])[:, _MOUTH]
            emotion[rows] = felt
        weights = weights * softer
        weights[:, _GAZE] = eye_look_weights(living.gaze.angles[rows])
        weights[:, _RAISED] += settings.brows_amount * living.accents.brows[rows]
        drawn = None
        if not own_lids:
            drawn = follow_gaze(
                living.blink[rows],
                weights[:, _GAZE],
                living.accents.lids[rows],
                shapes_move_lids=settings.eye_shapes,
            )
            weights[:, _WIDE] = drawn[:, _WIDE_LIDS]
        weights = np.minimum(weights, 1)
        # beta keeps what no ARKit shape can say, and follows what was changed.
        motion.expression[rows] = expression + (weights - solved) @ solver.matrix.T
        if drawn is not None:
            # A network that blinks on demand says itself what closed lids add.
            closed = drawn[:, _CLOSED_LIDS]
            motion.expression[rows] += closed.mean(axis=1)[:, None] * lids
            weights[:, _EYELIDS] = closed
        motion.weights[rows] = weights
        report(min(1, (first + _FRAMES_PER_BLOCK) / count))
    closure = living.blink
    if own_lids:
        motion, closure = _calmed_lids(motion, solver, seed, settings)
    return motion if emotion is None else _felt(motion, emotion, closure, solver)


def _articulated(
    weights: NDArray[np.float32],
    wanted: Demands | None,
    settings: AnimationSettings,
    posture: NDArray[np.float32],
    emotion: NDArray[np.float32] | None = None,
) -> NDArray[np.float32]:
    """Weights (f, 52) of some frames, with an emotion's if there is one, that do what the sounds ask for."""
    if wanted is not None:
        return constrain(weights, wanted, strength=settings.articulation, posture=posture, emotion=emotion)
    return weights if emotion is None else added(weights, emotion)


def _felt(
    motion: FaceMotion, emotion: NDArray[np.float32], closure: NDArray[np.float32], solver: WeightSolver
) -> FaceMotion:
    """A motion with emotion and idle motion over it.

    Args:
        motion: without; its arrays are changed.
        emotion: (F, 52), of the mouth's shapes what is to be added to them, of others what is asked for;
            becomes what is changed.
        closure: (F,) or (F, 2), how far blinks close the eyes.
        solver: of the head.
    """
    for first in range(0, len(motion), _FRAMES_PER_BLOCK):
        rows = slice(first, first + _FRAMES_PER_BLOCK)
        plain, asked, closed = motion.weights[rows], emotion[rows], closure[rows]
        weights = np.clip(plain + asked, 0, 1)
        jaw, close = (weights[:, ARKIT_INDEX[name]] for name in ("jawOpen", "mouthClose"))
        np.minimum(close, jaw, out=close)
        above = np.zeros_like(asked)
        above[:, _BROWS] = asked[:, _BROWS]
        # A lid that closes takes the other one's tension along.
        above[:, _SQUINTS] = asked[:, _SQUINTS] * (1 - closed.reshape(len(plain), -1))
        weights[:, _UPPER] = added(plain, above)[:, _UPPER]
        weights[:, _LIDS] = feel_lids(
            plain[:, _LIDS], closed, wide=asked[:, _WIDE], closing=asked[:, _EYELIDS]
        )
        weights[:, _GAZE] = plain[:, _GAZE]
        emotion[rows] = weights - plain
        motion.expression[rows] += emotion[rows] @ solver.matrix.T
        motion.weights[rows] = weights
    return replace(motion, emotion=emotion)


def _calmed_lids(
    motion: FaceMotion, solver: WeightSolver, seed: int, settings: AnimationSettings
) -> tuple[FaceMotion, NDArray[np.float32]]:
    """Blinks that the generator drew itself, as often and as far as the settings ask for; and (F, 2), how far
    they close the eyes wherever these look."""
    lids = motion.weights[:, _EYELIDS]
    # Both eyes blink together, as they were captured: the more closed one says when.
    captured = lids.max(axis=1)
    drawn = blink_rate(captured, motion.fps)
    calmed = full_blinks(
        thin_blinks(captured, motion.fps, per_minute=settings.blinks_per_minute, seed=seed), motion.fps
    )
    share = calmed / np.maximum(captured, 1e-6)
    # Where the lids are moved elsewhere, each keeps its own part of the way.
    new = np.where(captured[:, None] > _OPEN, np.minimum(lids * share[:, None], 1), calmed[:, None])
    # Both close in a blink: an eye that its captured speaker kept open by a hair would be seen to.
    together = np.clip((calmed[:, None] - _HALF_CLOSED) / (1 - _HALF_CLOSED), 0, 1)
    new = new + (calmed[:, None] - new) * together
    new = (new * settings.blink_amount).astype(np.float32)
    # The network knows nothing of where the eyes look.
    looks = motion.weights[:, _GAZE]
    closure, new = (
        new,
        np.stack(
            [
                follow_gaze(new[:, side], looks, shapes_move_lids=settings.eye_shapes)[:, column]
                for side, column in enumerate(_CLOSED_LIDS)
            ],
            axis=1,
        ),
    )
    for first in range(0, len(motion), _FRAMES_PER_BLOCK):
        rows = slice(first, first + _FRAMES_PER_BLOCK)
        motion.expression[rows] += (new[rows] - lids[rows]) @ solver.matrix[:, _EYELIDS].T
    motion.weights[:, _EYELIDS] = new
    kept = blink_rate(calmed, motion.fps)
    if drawn <= kept + 0.5:
        return motion, closure
    note = f"The performance blinked {drawn:.0f} times a minute, {kept:.0f} were kept."
    return replace(motion, notes=(*motion.notes, note)), closure
