# SPDX-License-Identifier: GPL-3.0-or-later
"""What an animator can set."""

from dataclasses import dataclass
from typing import Final

from ..errors import InputError

SAMPLING_STYLES: Final = ("steady", "natural", "lively")
"""How freely a network that draws its performance draws it, calmest first."""

HEAD_STYLES: Final = ("reading", "calm", "conversation", "lively", "emphatic")
"""How the head moves, stillest first."""


@dataclass(frozen=True)
class AnimationSettings:
    """Amounts of a performance.

    Attributes:
        mouth_amount: factor of all mouth and jaw weights, 0..2; 1 as the network speaks.
        blink_amount: how far the lids close, 0..1.
        blinks_per_minute: mean rate of spontaneous blinks, 0..60; 0 makes none.
        brows_amount: factor of the brow weights, 0..2.
        accents: how far brows and upper lids rise on stressed syllables, 0..2.
        gaze: whether the eyes move at all; without, they look ahead and the lids follow nothing.
        eye_shapes: whether the face turns its eyes by eyeLook shapes, which take the lids along; where bones
            do, the lids follow by eyeBlink and eyeWide alone.
        gaze_amount: how far the eyes wander from what they look at, 0..2; at 0 they stay on it while the
            head moves.
        head_amount: factor of the head's rotation and translation, 0..2.
        head_style: of `HEAD_STYLES`.
        head_model: network that moves the head: the one that ships, or an .onnx file of one trained like it.
        articulation: how far lips do what the sounds that were heard ask for, 0..1: meet in m, b and p, touch
            the teeth in f and v, round, and rest in pauses; 0 leaves the mouth to the network alone.
        sampling: of `SAMPLING_STYLES`; only for networks that draw their performance.
        style_strength: how much of the style there is, 0..1.5, where one is given; 0 is neutral, 1 as it was
            read.
        voice_emotion: how strongly the face shows what the voice feels, 0..2; 0 leaves it to the hand.
        emotion_model: network that hears what the voice feels: the one that ships, or an emotion.onnx, or its
            folder, that training wrote.
        idle_amount: factor of breath, swallowing and what a resting face does by itself, 0..2.
        drawn_blinks: take the blinks that are drawn from the seed even where the network moves the lids.
    """

    mouth_amount: float = 1.0
    blink_amount: float = 1.0
    blinks_per_minute: float = 17.0
    brows_amount: float = 1.0
    accents: float = 1.0
    gaze: bool = True
    eye_shapes: bool = True
    gaze_amount: float = 1.0
    head_amount: float = 1.0
    head_style: str = "conversation"
    head_model: str = "pose_vae"
    articulation: float = 1.0
    sampling: str = "natural"
    style_strength: float = 1.0
    voice_emotion: float = 1.0
    emotion_model: str = "disentangled_audio"
    idle_amount: float = 1.0
    drawn_blinks: bool = False

    def __post_init__(self) -> None:
        limits = {
            "mouth_amount": 2,
            "blink_amount": 1,
            "blinks_per_minute": 60,
            "brows_amount": 2,
            "accents": 2,
            "gaze_amount": 2,
            "head_amount": 2,
            "articulation": 1,
            "style_strength": 1.5,
            "voice_emotion": 2,
            "idle_amount": 2,
        }
        for name, highest in limits.items():
            value = getattr(self, name)
            if not 0 <= value <= highest:
                raise InputError(f"{name} is {value}: expected a number from 0 to {highest}.")
        if self.sampling not in SAMPLING_STYLES:
            raise InputError(
                f"The sampling style is '{self.sampling}': expected one of {', '.join(SAMPLING_STYLES)}."
            )
        if self.head_style not in HEAD_STYLES:
            raise InputError(
                f"The head style is '{self.head_style}': expected one of {', '.join(HEAD_STYLES)}."
            )
