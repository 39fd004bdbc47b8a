# SPDX-License-Identifier: GPL-3.0-or-later
"""What PoseVAE is trained on: head poses with what is heard, 25 frames a second.

Letters: F frames, N windows, W frames of a window, A features of the voice, S styles.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from ...generate.cues import SpeechCues, speech_cues
from ...generate.pose_sound import POSE_FPS, pose_sound
from ...generate.prosody import Prosody, ProsodyMeter
from ...generate.speech import hear
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


def listen(samples: NDArray[np.float32], encoder: Network) -> tuple[Prosody, SpeechCues]:
    """Prosody and cues of a sound, 1-D at 16 kHz."""
    meter = ProsodyMeter()
    meter.push(samples)
    prosody = meter.finish(np.concatenate([part.voice for part in hear(encoder, [samples])]))
    return prosody, speech_cues(prosody)


def captured_clips(motions: Iterable[HeadMotion], style: str, encoder: Network) -> list[PoseClip]:
    """Captured heads as examples of a style."""
    clips = []
    for motion in motions:
        captured = np.concatenate([motion.rotation, motion.translation], axis=1)
        count = int((len(motion) - 1) / motion.fps * POSE_FPS) + 1
        poses = interpolate_smooth(captured, motion.fps, np.arange(count) / POSE_FPS)
        sound = pose_sound(*listen(motion.samples, encoder), count)
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
        prosody, cues = listen(samples, encoder)
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
        self._by_style = {
            number: [clip for clip in long if clip.style == style]
            for number, style in enumerate(config.styles)
        }
        self._by_style = {number: found for number, found in self._by_style.items() if found}
        self._lengths = {
            number: np.array([len(clip) - config.frames + 1 for clip in found], float)
            for number, found in self._by_style.items()
        }

    @property
    def styles(self) -> tuple[str, ...]:
        """Those that have clips."""
        return tuple(self._config.styles[number] for number in self._by_style)

    def scale(self) -> Tensor:
        """(S, 6) root mean square of the residuals of each style, over windows."""
        scale = torch.ones(len(self._config.styles), 6)
        for number, clips in self._by_style.items():
            width = self._config.frames
            views = [
                np.lib.stride_tricks.sliding_window_view(clip.poses, width, axis=0)[:: width // 4]
                for clip in clips
            ]
            residual = np.concatenate([view - view[..., :1] for view in views])
            scale[number] = torch.from_numpy(np.sqrt((residual**2).mean(axis=(0, 2))))
        return scale.clamp_min(1e-6)

    def draw(self, count: int) -> WindowBatch:
        """Windows at random places of random clips."""
        width = self._config.frames
        numbers = self._random.choice(list(self._by_style), size=count)
        poses = np.empty((count, width, 6), np.float32)
        sound = np.empty((count, width, len(self._config.features)), np.float32)
        for row, number in enumerate(numbers):
            lengths = self._lengths[number]
            clip = self._by_style[number][self._random.choice(len(lengths), p=lengths / lengths.sum())]
            start = int(self._random.integers(0, len(clip) - width + 1))
            poses[row], sound[row] = clip.poses[start : start + width], clip.sound[start : start + width]
        if self._random.random() < 0.5:
            # Left and right are alike to a voice.
            poses = poses * np.array([-1, 1, -1, -1, 1, 1], np.float32)
        held = torch.from_numpy(poses)
        style = functional.one_hot(torch.from_numpy(numbers), len(self._config.styles)).float()
        return WindowBatch(held - held[:, :1], torch.from_numpy(sound), style, held[:, 0])

    @property
    def random_state(self) -> dict:
        """Where the draws stand."""
        return self._random.bit_generator.state

    @random_state.setter
    def random_state(self, state: dict) -> None:
        self._random.bit_generator.state = state
