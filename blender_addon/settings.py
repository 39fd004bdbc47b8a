# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of a scene: one group for each sub-panel."""

from typing import TYPE_CHECKING

import bpy
from bpy.props import PointerProperty

from ..core.retarget.arkit import FELT_PARTS
from .output import Output
from .panels.emotion import EmotionSettings
from .panels.eyes import EyesSettings
from .panels.head import HeadSettings
from .panels.mouth import MouthSettings
from .panels.output import OutputSettings
from .panels.performance import PerformanceSettings
from .panels.source import SourceSettings
from .panels.target import TargetSettings
from .styles import StyleSettings, style_folder, takes_style

if TYPE_CHECKING:
    from ..core.generate.settings import AnimationSettings
    from ..core.generate.styles import Style


class SoliloquySettings(bpy.types.PropertyGroup):
    """`scene.soliloquy`."""

    source: PointerProperty(type=SourceSettings)
    target: PointerProperty(type=TargetSettings)
    performance: PointerProperty(type=PerformanceSettings)
    style: PointerProperty(type=StyleSettings)
    mouth: PointerProperty(type=MouthSettings)
    eyes: PointerProperty(type=EyesSettings)
    emotion: PointerProperty(type=EmotionSettings)
    head: PointerProperty(type=HeadSettings)
    output: PointerProperty(type=OutputSettings)

    def parts(self) -> tuple[str, ...]:
        """Parts of the take that are switched on."""
        switches = {
            "Mouth": self.mouth.use,
            "Blink": self.eyes.use,
            "Gaze": self.eyes.use_gaze,
            "Brows": self.eyes.use_brows,
        }
        # Emotion lies over the face: animated without, it loses what there was of it.
        switches["Emotion"] = any(switches[part] for part in FELT_PARTS)
        switches["Head"] = self.head.use
        return tuple(part for part, is_used in switches.items() if is_used)

    def amounts(self, only_part: str | None = None) -> "AnimationSettings":
        """How face, eyes and head move; emotion that is asked for alone needs not be switched on."""
        from ..core.generate.settings import AnimationSettings

        is_felt = self.emotion.use or only_part == "Emotion"
        return AnimationSettings(
            mouth_amount=self.mouth.amount,
            blink_amount=self.eyes.blink_amount,
            blinks_per_minute=self.eyes.blinks_per_minute,
            brows_amount=self.eyes.brows_amount,
            accents=self.eyes.accents,
            gaze_amount=self.eyes.gaze_amount,
            head_amount=self.head.amount,
            head_style=self.head.style,
            head_model=self.head.model(),
            articulation=self.mouth.articulation,
            sampling=self.performance.sampling,
            style_strength=self.style.strength,
            voice_emotion=self.emotion.voice if is_felt else 0.0,
            emotion_model=self.emotion.model(),
            idle_amount=self.emotion.idle if is_felt else 0.0,
            drawn_blinks=self.eyes.drawn_blinks,
        )

    def chosen_style(self) -> "Style | None":
        """How the head speaks; None for the neutral style, and where the model speaks in none.

        Raises:
            InputError: a style is not there.
        """
        if self.style.strength == 0 or not takes_style(self.performance.facts()):
            return None
        return self.style.chosen(style_folder(self.performance))

    def output_options(self, scene: bpy.types.Scene, only_part: str | None = None) -> Output:
        """What the motion becomes, and how; of one part alone where that is given."""
        return Output(
            parts=self.parts() if only_part is None else (only_part,),
            playing=self.parts(),
            frame_range=self.output.frame_range(scene),
            key_reduction=self.output.key_error if self.output.use_key_reduction else None,
            blocked=self.output.blocked,
            phone_markers=self.output.use_phone_markers,
            kind=self.output.kind,
            step=self.output.step,
            on_copy=self.output.on_copy,
            gaze_on=self.eyes.gaze_on,
            head_mode=self.head.mode,
            limits=self.head.limits(),
        )
