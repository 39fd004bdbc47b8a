# SPDX-License-Identifier: GPL-3.0-or-later
"""What belongs to a voice besides the mouth: head, gaze, blinks and accents, together.

The order is that of what needs what: the voice's cues, the head, eyes that counter it, lids that go with the
eyes.

Letter: F frames.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..runtime import Network
from .accents import Accents, generate_accents
from .blink import generate_blinks
from .cues import SpeechCues, speech_cues
from .gaze import Gaze, LookAt, generate_gaze
from .pose import generate_pose
from .prosody import Prosody
from .settings import AnimationSettings


@dataclass(frozen=True)
class HeadAndEyes:
    """What a voice's head and eyes do.

    Attributes:
        rotation: (F, 3) float32 yaw, pitch, roll in radians.
        translation: (F, 3) float32 metres.
        gaze: where the eyes look in the head.
        blink: (F,) float32 in 0..1, how far blinks close the lids.
        accents: of brows and upper lids.
        cues: what it all went by.
    """

    rotation: NDArray[np.float32]
    translation: NDArray[np.float32]
    gaze: Gaze
    blink: NDArray[np.float32]
    accents: Accents
    cues: SpeechCues


def move_head_and_eyes(
    prosody: Prosody,
    count: int,
    fps: float,
    *,
    seed: int,
    settings: AnimationSettings,
    network: Network,
    look_at: LookAt | None = None,
) -> HeadAndEyes:
    """Head, gaze, blinks and accents for a voice.

    Args:
        prosody: of the voice.
        count: F.
        fps: frames per second.
        seed: any whole number; each of them draws by itself, so that none changes with another's amount.
        settings: amounts and style.
        network: PoseVAE.
        look_at: what the eyes rest on; straight ahead of the head at rest by default.

    Raises:
        InputError: the network does not know the style.
        ModelError: it is no PoseVAE.
    """
    cues = speech_cues(prosody)
    rotation, translation = generate_pose(
        prosody, cues, count, fps, style=settings.head_style, seed=seed, network=network
    )
    rotation, translation = (np.float32(settings.head_amount) * each for each in (rotation, translation))
    gaze = Gaze.ahead(count)
    if settings.gaze:
        gaze = generate_gaze(
            count,
            fps,
            seed=seed,
            cues=cues,
            head_rotation=rotation,
            look_at=look_at,
            amount=settings.gaze_amount,
        )
    blink = generate_blinks(
        count, fps, seed=seed, per_minute=settings.blinks_per_minute, cues=cues, gaze=gaze
    )
    blink = (blink * settings.blink_amount).astype(np.float32)
    accents = generate_accents(count, fps, seed=seed, cues=cues, amount=settings.accents)
    return HeadAndEyes(rotation, translation, gaze, blink, accents, cues)
