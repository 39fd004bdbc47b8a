# SPDX-License-Identifier: GPL-3.0-or-later
"""Recordings of faces, such as those of Live Link Face, as motions that can be baked with all parts.

Letter: F frames.
"""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..core.errors import InputError
from ..core.frame_times import frame_count, frame_times
from ..core.generate.gaze import eye_look_weights, gaze_of_weights
from ..core.head import load_head
from ..core.interpolation import interpolate_monotone
from ..core.motion import FaceMotion
from ..core.retarget.arkit import GAZE_NAMES, arkit_indices

_STILL: Final = 1e-4
"""Weight, or radians, below which eyes do not move."""
_GAZE: Final = arkit_indices(GAZE_NAMES)


def place_recording(motion: FaceMotion, fps: float) -> FaceMotion:
    """A recording at the scene's frame rate, with all that a bake of any part needs.

    Weights, rotations and translations go through the recorded values and never beyond them. Expression
    coefficients follow from the weights; gaze and eyeLook weights say the same (`completed`).

    Args:
        motion: as it was read.
        fps: frames a second of the scene.

    Raises:
        InputError: no frames, or a rate that is none.
    """
    if not (np.isfinite(fps) and 1 <= fps <= 1000):
        raise InputError(f"fps is {fps}: expected 1 to 1000 frames per second.")
    if len(motion) == 0:
        raise InputError("The recording holds no frames: choose one in which a face was recorded.")
    if abs(motion.fps - fps) < 1e-9 * fps:
        return completed(motion)
    times = frame_times(max(1, frame_count(motion.duration, fps)), fps)

    def at(values: NDArray[np.floating]) -> NDArray[np.float32]:
        return interpolate_monotone(values, motion.fps, times)

    resampled = FaceMotion(
        fps=fps,
        weights=at(motion.weights),
        expression=at(motion.expression),
        # Heads that turn past half a turn go on.
        head_rotation=at(np.unwrap(motion.head_rotation, axis=0)),
        head_translation=at(motion.head_translation),
        gaze=at(motion.gaze),
        phones=motion.phones,
        words=motion.words,
        notes=motion.notes,
        emotion=None if motion.emotion is None else at(motion.emotion),
    )
    return completed(resampled)


def completed(motion: FaceMotion) -> FaceMotion:
    """A motion of which the ARKit weights are known, with what follows from them.

    Expression coefficients are the head's own of these weights. Where only one of gaze and eyeLook weights
    was recorded, the other follows from it. Where both were, the weights say which way is left and up: who
    records may have other signs for angles, but not for these names.
    """
    weights = np.clip(motion.weights, 0, 1).astype(np.float32)
    gaze = motion.gaze.copy()
    looks = gaze_of_weights(weights[:, _GAZE])
    if np.abs(looks).max(initial=0) < _STILL:
        weights[:, _GAZE] = eye_look_weights(gaze)
    else:
        for axis in range(2):
            agreement = float(gaze[:, axis].astype(np.float64) @ looks[:, axis])
            if np.abs(gaze[:, axis]).max(initial=0) < _STILL:
                gaze[:, axis] = looks[:, axis]
            elif agreement < 0:
                gaze[:, axis] *= -1
    expression = weights @ load_head().arkit_to_expression.T
    return replace(motion, weights=weights, expression=expression.astype(np.float32), gaze=gaze)
