# SPDX-License-Identifier: GPL-3.0-or-later
"""Head motion from a voice: PoseVAE, window after window.

Letters: F frames of the result, T frames of PoseVAE (25 a second), W frames of a window.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, ModelError
from ..frame_times import frame_times
from ..interpolation import interpolate_smooth
from ..runtime import Network
from .cues import SpeechCues
from .draws import random_of
from .pose_sound import POSE_FEATURES, POSE_FPS, pose_sound
from .prosody import Prosody

OVERLAP: Final = 8
"""Frames that two windows share, a third of a second. The paper's windows meet in one pose, where the speed
jumps; here each begins at a pose of the one before and takes over while that one ends."""

CANDIDATES: Final = 6
"""Windows that are drawn; the one that goes on most like the one before is taken, so that few heads are
stopped and turned where two meet."""

_VOICE: Final = POSE_FEATURES.index("voice")
_SILENT: Final = 0.4
"""Part of the motion that is left where nobody speaks for long: our own choice. The network has only heard
speech and its pauses, and people who listen hold their heads stiller than those who speak (Hadar, Steiner,
Grant & Rose, "Kinematics of head movements accompanying speech during conversation", Human Movement Science
2, 1983)."""
_PAUSE_SECONDS: Final = 1.0
"""Silence from the nearest speech that changes nothing."""
_FADE_SECONDS: Final = 1.5

Decode = Callable[
    [NDArray[np.float32], NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]], NDArray[np.float32]
]
"""Latent vectors (N, Z), voice (N, W, A), styles (N, S) and first poses (N, 6) to poses (N, W, 6)."""


def generate_pose(
    prosody: Prosody, cues: SpeechCues, count: int, fps: float, *, style: str, seed: int, network: Network
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """A head that moves as the voice and the style ask for.

    The same seed gives the same motion at any frame rate, and a longer sound that begins like a shorter one
    begins with its motion.

    Args:
        prosody: of the voice.
        cues: its phrases and accents.
        count: F.
        fps: frames per second of the result.
        style: of those that the network knows, by default `settings.HEAD_STYLES`.
        seed: any whole number.
        network: PoseVAE.

    Returns:
        Rotation (F, 3): yaw, pitch, roll in radians; translation (F, 3) in metres, in head axes. Both begin
        at 0.

    Raises:
        ModelError: the network is another one.
        InputError: it does not know the style.
    """
    check_pose_vae(network)
    styles = network.metadata["styles"].split(",")
    if style not in styles:
        raise InputError(f"The network knows no head style '{style}': expected one of {', '.join(styles)}.")
    window = int(network.metadata["frames"])
    frames = int(np.ceil(count / fps * POSE_FPS)) + 2

    def decode(latent, sound, one_hot, first) -> NDArray[np.float32]:
        return network.run(latent=latent, sound=sound, style=one_hot, first=first)[0]

    sound = pose_sound(prosody, cues, frames + window)
    poses = joined_windows(
        decode,
        sound,
        number=styles.index(style),
        styles=len(styles),
        window=window,
        latent=int(network.metadata["latent"]),
        seed=seed,
    )
    gain = np.float32(network.metadata["gains"].split(",")[styles.index(style)])
    poses *= gain * _liveliness(sound[:frames, _VOICE])
    result = interpolate_smooth(poses, POSE_FPS, frame_times(count, fps))
    return result[:, :3], result[:, 3:]


def check_pose_vae(network: Network) -> None:
    """Refuse another network.

    Raises:
        ModelError: it is none of `soliloquy train pose`.
    """
    if network.metadata.get("model") != "pose_vae":
        raise ModelError(
            f"The network for the head is '{network.metadata.get('model', '?')}': expected pose_vae, as "
            "'soliloquy train pose' writes it."
        )
    if network.metadata.get("features") != ",".join(POSE_FEATURES):
        raise ModelError(
            f"The network for the head hears {network.metadata.get('features', '?')}: expected "
            f"{','.join(POSE_FEATURES)}. Train it with this version of Soliloquy."
        )


def joined_windows(
    decode: Decode,
    sound: NDArray[np.float32],
    *,
    number: int,
    styles: int,
    window: int,
    latent: int,
    seed: int,
) -> NDArray[np.float32]:
    """Poses (T, 6) for what is heard: windows that begin in poses of those before them.

    Args:
        decode: PoseVAE's decoder.
        sound: (T + W, A) features of the voice: those of the last window too.
        number: of the style.
        styles: how many there are.
        window: W.
        latent: size of a latent vector.
        seed: any whole number.
    """
    count, stride = len(sound) - window, window - OVERLAP
    one_hot = np.eye(styles, dtype=np.float32)[number : number + 1]
    random = random_of(seed, "pose")
    share = _take_over()
    poses = np.zeros((count + window, 6), np.float32)
    one_hot = np.repeat(one_hot, CANDIDATES, axis=0)
    for start in range(0, count, stride):
        drawn = random.standard_normal((CANDIDATES, latent), np.float32)
        heard = np.repeat(sound[None, start : start + window], CANDIDATES, axis=0)
        drawn_poses = decode(drawn, heard, one_hot, np.repeat(poses[None, start], CANDIDATES, axis=0))
        made = drawn_poses[0]
        if start:
            shared = poses[start : start + OVERLAP]
            apart = ((drawn_poses[:, :OVERLAP, :3] - shared[:, :3]) ** 2).sum(axis=(1, 2))
            made = drawn_poses[int(np.argmin(apart))]
            made[:OVERLAP] = (1 - share) * shared + share * made[:OVERLAP]
        poses[start : start + window] = made
    return poses[:count]


def _liveliness(voice: NDArray[np.float32]) -> NDArray[np.float32]:
    """Factor (T, 1) of the poses: 1 in speech and its pauses, `_SILENT` in longer silence."""
    near = round(_PAUSE_SECONDS * POSE_FPS)
    padded = np.pad(voice, near, mode="edge")
    speaks = np.lib.stride_tricks.sliding_window_view(padded, 2 * near + 1).max(axis=1)
    fade = np.hanning(round(_FADE_SECONDS * POSE_FPS) + 2)[1:-1]
    padded = np.pad(speaks, (len(fade) // 2, len(fade) - 1 - len(fade) // 2), mode="edge")
    smooth = np.convolve(padded, fade / fade.sum(), "valid")
    return (_SILENT + (1 - _SILENT) * smooth).astype(np.float32)[:, None]


def _take_over() -> NDArray[np.float32]:
    """Part (OVERLAP, 1) that a window has in the frames which it shares, from 0 to nearly 1; its first two
    derivatives are 0 at both ends, so that neither speed nor acceleration jumps."""
    phase = np.arange(OVERLAP, dtype=np.float32)[:, None] / OVERLAP
    return phase**3 * (10 + phase * (6 * phase - 15))
