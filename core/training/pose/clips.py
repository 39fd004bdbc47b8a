# SPDX-License-Identifier: GPL-3.0-or-later
"""What PoseVAE is trained on: head poses with what is heard, 25 frames a second.

Letters: F frames, N windows, W frames of a window, A features of the voice, S styles.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from ...generate.cues import speech_cues
from ...generate.pose_sound import POSE_FPS, pose_sound
from ...generate.prosody import measure_prosody
from ...interpolation import interpolate_smooth
from ...models.pose_vae import PoseVAEConfig
from ...runtime import Network
from .head_motion import HeadMotion
from .made_motion import MANNERS, make_head_motion


@dataclass(frozen=True)
class PoseClip:
    """A clip of head motion.

    Attributes:
        name: of the clip.
        style: that it is an example of.
        poses: (F, 6) float32, yaw, pitch, roll in radians and translation in metres.
        sound: (F, A) float32, features of the voice.
    """

    name: str
    style: str
    poses: NDArray[np.float32]
    sound: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.poses)


def captured_clips(motions: Iterable[HeadMotion], style: str, encoder: Network) -> list[PoseClip]:
    """Captured heads as examples of a style."""
    clips = []
    for motion in motions:
        captured = np.concatenate([motion.rotation, motion.translation], axis=1)
        count = int((len(motion) - 1) / motion.fps * POSE_FPS) + 1
        poses = interpolate_smooth(captured, motion.fps, np.arange(count) / POSE_FPS)
        prosody = measure_prosody([motion.samples], encoder)
        sound = pose_sound(prosody, speech_cues(prosody), count)
        clips.append(PoseClip(motion.name, style, poses, sound))
    return clips


def made_clips(
    sounds: Iterable[tuple[str, NDArray[np.float32]]],
    styles: Sequence[str],
    encoder: Network,
    *,
    variants: int,
    seed: int,
) -> list[PoseClip]:
    """Head motion made for speech, some versions of each clip in every style.

    Args:
        sounds: name and samples (n,) of each clip.
        styles: of `made_motion.MANNERS`.
        encoder: the speech encoder.
        variants: versions of each clip in each style.
        seed: of what is drawn.
    """
    clips = []
    for number, (name, samples) in enumerate(sounds):
        prosody = measure_prosody([samples], encoder)
        cues = speech_cues(prosody)
        count = int(prosody.duration * POSE_FPS)
        sound = pose_sound(prosody, cues, count)
        for style in styles:
            for variant in range(variants):
                # Neighbouring styles and clips share no draws.
                drawn = (seed * 1_000_003 + number * 64 + variant) * 16 + list(MANNERS).index(style)
                poses = make_head_motion(prosody, cues, MANNERS[style], count, drawn)
                clips.append(PoseClip(name, style, poses, sound))
    return clips


@dataclass(frozen=True)
class WindowBatch:
    """Windows for a step.

    Attributes:
        residual: (N, W, 6) poses less the first one.
        sound: (N, W, A).
        style: (N, S) one-hot.
        first: (N, 6) the first pose.
    """

    residual: Tensor
    sound: Tensor
    style: Tensor
    first: Tensor

    def to(self, device: torch.device) -> "WindowBatch":
        """The same elsewhere."""
        return WindowBatch(*(getattr(self, name).to(device) for name in self.__dataclass_fields__))


_WINDOWS_FOR_SCALE: Final = 4096
_MIRRORED: Final = np.array([-1, 1, -1, -1, 1, 1], np.float32)
"""Yaw, roll and the shift to the side change their sign in a mirror."""


class Windows:
    """Draws windows of clips, each style as often as every other.

    Args:
        clips: at least one as long as a window in each style that there is.
        config: of the network.
        seed: of the draws.
    """

    def __init__(self, clips: Sequence[PoseClip], config: PoseVAEConfig, *, seed: int) -> None:
        self._config = config
        self._random = np.random.default_rng(seed)
        long = [clip for clip in clips if len(clip) >= config.frames]
        self._poses = np.concatenate([clip.poses for clip in long]) if long else np.zeros((0, 6), np.float32)
        self._sound = np.concatenate([clip.sound for clip in long]) if long else self._poses
        ends = np.cumsum([len(clip) for clip in long])
        # First frames of all windows that lie within one clip, by style.
        self._starts: dict[int, NDArray[np.intp]] = {}
        for number, style in enumerate(config.styles):
            found = [
                np.arange(end - len(clip), end - config.frames + 1)
                for clip, end in zip(long, ends, strict=True)
                if clip.style == style
            ]
            if found:
                self._starts[number] = np.concatenate(found)

    @property
    def styles(self) -> tuple[str, ...]:
        """Those that have clips."""
        return tuple(self._config.styles[number] for number in self._starts)

    def scale(self) -> Tensor:
        """(S, 6) root mean square of the residuals of each style, over windows."""
        scale = torch.ones(len(self._config.styles), 6)
        for number, starts in self._starts.items():
            chosen = starts[:: max(1, len(starts) // _WINDOWS_FOR_SCALE)]
            windows = self._poses[chosen[:, None] + np.arange(self._config.frames)]
            residual = windows - windows[:, :1]
            scale[number] = torch.from_numpy(np.sqrt((residual**2).mean(axis=(0, 1))))
        return scale.clamp_min(1e-6)

    def draw(self, count: int) -> WindowBatch:
        """Windows at random places of random clips."""
        numbers = self._random.choice(list(self._starts), size=count)
        starts = np.array([self._random.choice(self._starts[number]) for number in numbers])
        frames = starts[:, None] + np.arange(self._config.frames)
        poses, sound = self._poses[frames], self._sound[frames]
        # Left and right are alike to a voice.
        mirrored = self._random.random(count) < 0.5
        poses[mirrored] *= _MIRRORED
        held = torch.from_numpy(poses)
        style = functional.one_hot(torch.from_numpy(numbers), len(self._config.styles)).float()
        return WindowBatch(held - held[:, :1], torch.from_numpy(sound), style, held[:, 0])

    @property
    def random_state(self) -> Mapping[str, Any]:
        """Where the draws stand."""
        return self._random.bit_generator.state

    @random_state.setter
    def random_state(self, state: Mapping[str, Any]) -> None:
        self._random.bit_generator.state = state
