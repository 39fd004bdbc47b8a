# SPDX-License-Identifier: GPL-3.0-or-later
"""Lids that go with the gaze.

The upper lid follows the eye up and down nearly degree for degree, as it starts and stops with it (Becker
and Fuchs, "Lid-eye coordination during vertical gaze changes in man and monkey", Journal of Neurophysiology
60(4), 1988; Evinger, Manning and Sibony, Investigative Ophthalmology and Visual Science 32(2), 1991).

ARKit's eyeLook shapes hold some of that. On the built-in head, at the middle of the lids, whose gap is 8.97
mm:

| at weight 1 | eye | iris, above | upper lid | lower lid |
|---|---|---|---|---|
| eyeLookDown | 18 degrees | -5.1 mm | -3.85 mm | -0.43 mm |
| eyeLookUp | 15 degrees | +3.8 mm | +1.39 mm | +2.67 mm |
| eyeWide | | | +3.85 mm | -0.21 mm |
| eyeBlink | | | -8.96 mm | 0 |

So nothing is added downwards. Upwards the upper lid would stay behind and cover the pupil: eyeWide takes it
along. And lids that are nearer to each other already need less of eyeBlink to meet: with all of it they
would cross by what the gaze did, 3.4 mm with eyeLookDown.

Letter: F frames.
"""

from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..head import load_head
from ..retarget.arkit import ARKIT_INDEX, GAZE_NAMES

LID_NAMES: Final = ("eyeBlinkLeft", "eyeWideLeft", "eyeBlinkRight", "eyeWideRight")

_FOLLOWING: Final = 0.85
"""How far the upper lid goes with an eye that looks up: our own choice, a little less than the eye, whose
white is not seen above the iris."""

_LOOK: Final = {
    side: (GAZE_NAMES.index(f"eyeLookDown{side}"), GAZE_NAMES.index(f"eyeLookUp{side}"))
    for side in ("Left", "Right")
}


class LidTravel(NamedTuple):
    """What shapes do to the lids of the built-in head's left eye; the right one is its mirror image."""

    narrowed_down: float
    narrowed_up: float
    """Share of eyeBlink's way by which eyeLookDown and eyeLookUp bring the lids together."""
    wide_up: float
    """Weight of eyeWide that goes with eyeLookUp."""
    wide_up_alone: float
    """Weight of eyeWide that takes the upper lid along without eyeLookUp."""
    wide: float
    """Way of eyeWide over that of eyeBlink."""


@lru_cache(maxsize=1)
def lid_travel() -> LidTravel:
    """Measured on the middle pair of the lids' landmarks and on the eyeball."""
    head = load_head()
    upper, lower = (int(head.landmarks[f"eyelid_{lid}_left"][1]) for lid in ("upper", "lower"))

    def moved(name: str, vertex: int) -> float:
        return float(head.arkit_deltas[ARKIT_INDEX[name + "Left"], vertex, 1])

    def narrowed(name: str) -> float:
        return moved(name, lower) - moved(name, upper)

    eye = head.template[head.spans["eye_left"]]
    front = int(eye[:, 2].argmax())
    risen = float(head.arkit_deltas[ARKIT_INDEX["eyeLookUpLeft"], head.spans["eye_left"]][front, 1])
    blink = narrowed("eyeBlink")
    return LidTravel(
        narrowed_down=narrowed("eyeLookDown") / blink,
        narrowed_up=narrowed("eyeLookUp") / blink,
        wide_up_alone=_FOLLOWING * risen / moved("eyeWide", upper),
        wide_up=max(0.0, (_FOLLOWING * risen - moved("eyeLookUp", upper)) / moved("eyeWide", upper)),
        wide=-narrowed("eyeWide") / blink,
    )


def follow_gaze(
    closure: ArrayLike, look: ArrayLike, wide: ArrayLike | None = None, *, shapes_move_lids: bool = True
) -> NDArray[np.float32]:
    """Lids of a face that looks somewhere, blinks and stresses what it says.

    Args:
        closure: (F,) in 0..1, how far blinks close the eyes: at 1 the lids meet, wherever the eyes look.
        look: (F, 8) weights of the eyeLook shapes, in the order of `GAZE_NAMES`.
        wide: (F, 2) weights of eyeWide that other things ask for, left and right.
        shapes_move_lids: whether the eyeLook shapes are shown, which take the lids along. Where bones turn
            the eyes, eyeBlink and eyeWide do for the lids what these shapes would have done.

    Returns:
        (F, 4) in 0..1, in the order of `LID_NAMES`; only one of eyeBlink and eyeWide is above 0 on each side.
    """
    travel = lid_travel()
    closed, looks = np.asarray(closure, np.float32), np.asarray(look, np.float32)
    asked = np.zeros((len(closed), 2), np.float32) if wide is None else np.asarray(wide, np.float32)
    lids = np.empty((len(closed), len(LID_NAMES)), np.float32)
    for number, (down, up) in enumerate(_LOOK.values()):
        down, up = looks[:, down], looks[:, up]
        if shapes_move_lids:
            raised = np.minimum(travel.wide_up * up + asked[:, number], 1) * (1 - closed)
            needed = closed * (1 - travel.narrowed_down * down - travel.narrowed_up * up)
        else:
            raised = np.minimum(travel.wide_up_alone * up + asked[:, number], 1) * (1 - closed)
            needed = closed + (1 - closed) * travel.narrowed_down * down
        # How far the upper lid is from where the gaze alone would leave it, in weights of eyeBlink.
        way = needed - travel.wide * raised
        lids[:, 2 * number] = np.maximum(way, 0)
        lids[:, 2 * number + 1] = np.maximum(-way, 0) / travel.wide
    return lids


def feel_lids(
    lids: NDArray[np.floating],
    closure: NDArray[np.floating],
    *,
    wide: NDArray[np.floating],
    closing: NDArray[np.floating],
) -> NDArray[np.float32]:
    """Lids of `follow_gaze` with an emotion, which leaves blinks their whole way: closed lids stay closed.

    Args:
        lids: (F, 4) in the order of `LID_NAMES`.
        closure: (F,) or (F, 2), left and right, in 0..1: how far blinks close the eyes.
        wide: (F, 2) weights of eyeWide that an emotion asks for, left and right.
        closing: (F, 2) likewise of eyeBlink, lids that droop.

    Returns:
        (F, 4) in 0..1, of which only one of eyeBlink and eyeWide is above 0 on each side.
    """
    share = lid_travel().wide
    free = np.broadcast_to((1 - closure).reshape(len(lids), -1), wide.shape)
    closed, opened = lids[:, 0::2], lids[:, 1::2]
    way = closed - share * opened + free * (closing * (1 - closed) - share * wide * (1 - opened))
    result = np.empty(lids.shape, np.float32)
    result[:, 0::2] = np.clip(way, 0, 1)
    result[:, 1::2] = np.clip(-way / share, 0, 1)
    return result
