# SPDX-License-Identifier: GPL-3.0-or-later
"""Head motion made from a voice by rule, for styles of which there is no capture.

What is taken from findings on heads that talk:

- People who speak move their heads nearly all the time, slowly (below 1.8 Hz) for the greater part, in nods
  and turns at 1.8 to 3.7 Hz, and little above (Hadar, Steiner, Grant & Rose, "Kinematics of head movements
  accompanying speech during conversation", Human Movement Science 2, 1983).
- Posture changes where speech begins anew, at pauses and boundaries (Hadar, Steiner & Rose, "The timing of
  shifts of head postures during conversation", Human Movement Science 3, 1984).
- Nods and other quick movements go with pitch accents (Graf, Cosatto, Strom & Huang, "Visual prosody: facial
  movements accompanying speech", Automatic Face and Gesture Recognition, 2002); stressed syllables are where
  rapid movements cluster (Hadar, Steiner, Grant & Rose, "Head movement correlates of juncture and stress at
  sentence level", Language and Speech 26, 1983).
- Head rotation and fundamental frequency go together within a sentence (Yehia, Kuratate & Vatikiotis-Bateson,
  "Linking facial animation, head motion and speech acoustics", Journal of Phonetics 30, 2002).
- Strokes follow the minimum-jerk path of reaching (Flash & Hogan, Journal of Neuroscience 5, 1985).

Sizes, probabilities and durations are choices of our own, set so that each style has the figures of
`core.generate.pose_styles`.

Letter: F frames, 25 a second.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from ...generate.cues import SpeechCues
from ...generate.pose_sound import POSE_FPS
from ...generate.prosody import PROSODY_FPS, Prosody


@dataclass(frozen=True)
class Manner:
    """How a style is made. Degrees and seconds.

    Attributes:
        posture: standard deviation of the poses (yaw, pitch, roll) that are taken up.
        shift_every: mean seconds from one posture to the next within a phrase.
        shift_seconds: mean duration of the way there.
        sway: standard deviation of the slow wandering around a posture.
        nod: size of a nod on a fully stressed syllable.
        nod_share: part of the accents that the head marks.
        turn_share: part of these that are turns or tilts, not nods.
        nod_seconds: from the beginning of the stroke to its lowest point.
        pitch_follow: degrees that the chin lifts with each semitone.
        lean: metres that the head comes forward with loud speech.
    """

    posture: tuple[float, float, float]
    shift_every: float
    shift_seconds: float
    sway: float
    nod: float
    nod_share: float
    turn_share: float
    nod_seconds: float
    pitch_follow: float
    lean: float


_CONVERSATION: Final = Manner(
    posture=(3.3, 1.9, 2.1),
    shift_every=1.7,
    shift_seconds=0.55,
    sway=1.15,
    nod=5.0,
    nod_share=0.85,
    turn_share=0.25,
    nod_seconds=0.24,
    pitch_follow=0.16,
    lean=0.004,
)

MANNERS: Final[dict[str, Manner]] = {
    "calm": replace(
        _CONVERSATION,
        posture=(2.0, 1.1, 1.3),
        shift_every=2.4,
        shift_seconds=0.75,
        sway=0.85,
        nod=3.0,
        nod_share=0.7,
        nod_seconds=0.30,
        pitch_follow=0.08,
        lean=0.002,
    ),
    "conversation": _CONVERSATION,
    "lively": replace(
        _CONVERSATION,
        posture=(4.8, 2.6, 3.1),
        shift_every=1.2,
        shift_seconds=0.45,
        sway=1.6,
        nod=7.0,
        nod_share=0.85,
        turn_share=0.4,
        pitch_follow=0.25,
        lean=0.006,
    ),
    "emphatic": replace(
        _CONVERSATION,
        posture=(3.2, 1.7, 2.0),
        shift_every=2.0,
        sway=1.1,
        nod=10.5,
        nod_share=1.0,
        turn_share=0.12,
        nod_seconds=0.22,
        pitch_follow=0.22,
        lean=0.008,
    ),
}

_NECK: Final = np.array([0.0, -0.09, -0.01])
"""Metres from between the ears to where the neck bends."""
_SWAY_HERTZ: Final = 0.9
_TREMOR: Final = 0.02
"""Part of the sway that is quick, 1.8 to 3.7 Hz and above: no living head is still."""
_LATE: Final = 0.06
"""Seconds after the middle of a stressed syllable at which a nod is lowest."""
_RECOVERY: Final = 1.7
"""Times the stroke that the way back takes."""
_RAISE: Final = 0.22
"""Part of a nod that the head rises before it."""


def make_head_motion(prosody: Prosody, cues: SpeechCues, manner: Manner, count: int, seed: int) -> NDArray:
    """A head that speaks.

    Args:
        prosody: of the voice.
        cues: its phrases and accents.
        manner: of the style.
        count: frames.
        seed: any whole number from 0 on.

    Returns:
        (F, 6) float32: yaw, pitch, roll in radians and translation in metres, around 0.
    """
    random = np.random.default_rng([seed, count])
    times = np.arange(count) / POSE_FPS
    degrees = _postures(times, cues, manner, random) + _sway(count, manner.sway, random)
    _add_strokes(degrees, times, cues, manner, random)
    degrees[:, 1] += manner.pitch_follow * _slow(np.interp(times, _clock(prosody), prosody.pitch), 2.5)
    rotation = np.radians(degrees)
    loud = np.clip(1 + prosody.loudness / 20, 0, 1.5) * prosody.voice
    lean = _slow(np.interp(times, _clock(prosody), loud), 0.8)
    translation = _neck_shift(rotation)
    translation[:, 2] += manner.lean * (lean - lean.mean())
    return np.concatenate([rotation, translation], axis=1).astype(np.float32)


def _clock(prosody: Prosody) -> NDArray[np.float64]:
    return np.arange(len(prosody)) / PROSODY_FPS


def _slow(values: NDArray[np.floating], hertz: float) -> NDArray[np.float64]:
    """Values without what is faster, as a muscle follows: somewhat late."""
    sections = butter(2, hertz, fs=POSE_FPS, output="sos")
    return np.asarray(sosfilt(sections, values, axis=0))


def _minimum_jerk(phase: NDArray[np.floating]) -> NDArray[np.float64]:
    phase = np.clip(phase, 0, 1)
    return phase**3 * (10 + phase * (6 * phase - 15))


def _postures(
    times: NDArray[np.float64], cues: SpeechCues, manner: Manner, random: np.random.Generator
) -> NDArray[np.float64]:
    """One posture after the other (F, 3), each held for a while."""
    end = float(times[-1]) + 1 if len(times) else 1.0
    shifts: list[float] = []
    for start, stop in cues.phrases:
        if random.random() < 0.8:
            shifts.append(start + random.uniform(-0.3, 0.2))
        moment = start + random.exponential(manner.shift_every)
        while moment < stop:
            shifts.append(moment)
            moment += 0.5 + random.exponential(manner.shift_every)
    moment = random.exponential(2 * manner.shift_every)
    while moment < end:
        # Those who listen or think move too, if less often.
        if not ((cues.phrases[:, 0] <= moment) & (moment <= cues.phrases[:, 1])).any():
            shifts.append(moment)
        moment += random.exponential(2 * manner.shift_every)
    pose = random.normal(size=3) * manner.posture * 0.5
    result = np.tile(pose, (len(times), 1))
    for moment in sorted(shifts):
        # Part of the way back to the middle, part anew: nobody wanders off.
        target = 0.15 * pose + random.normal(size=3) * manner.posture * 0.95
        way = np.linalg.norm(target - pose) / np.linalg.norm(manner.posture)
        seconds = manner.shift_seconds * (0.75 + 0.4 * way) * random.uniform(0.85, 1.2)
        result += _minimum_jerk((times - moment) / seconds)[:, None] * (target - pose)
        pose = target
    return result


def _sway(count: int, size: float, random: np.random.Generator) -> NDArray[np.float64]:
    """Slow wandering (F, 3), and a trace of quick movement on it."""
    run_in = 4 * POSE_FPS
    noise = random.normal(size=(run_in + count, 3))
    slow = sosfilt(butter(2, _SWAY_HERTZ, fs=POSE_FPS, output="sos"), noise, axis=0)[run_in:]
    quick = sosfilt(butter(2, 4.0, fs=POSE_FPS, output="sos"), noise[:, ::-1], axis=0)[run_in:]
    # Standard deviation of white noise behind such a low-pass.
    slow *= size / np.sqrt(_SWAY_HERTZ / POSE_FPS * 2.2)
    quick *= _TREMOR * size / np.sqrt(4.0 / POSE_FPS * 2.2)
    return (slow + quick) * (1.0, 0.7, 0.7)


def _add_strokes(
    degrees: NDArray[np.float64],
    times: NDArray[np.float64],
    cues: SpeechCues,
    manner: Manner,
    random: np.random.Generator,
) -> None:
    """Nods, turns and tilts on stressed syllables."""
    chances = random.random((len(cues.accents), 3))
    sizes = manner.nod * np.exp(0.3 * random.normal(size=len(cues.accents)))
    for moment, strength, (is_marked, kind, side), size in zip(
        cues.accents, cues.strengths, chances, sizes, strict=True
    ):
        if is_marked > manner.nod_share:
            continue
        lowest = moment + _LATE
        down, up = manner.nod_seconds, manner.nod_seconds * _RECOVERY
        # Outside of these nothing moves.
        near = slice(*np.searchsorted(times, (lowest - 2 * down, lowest + up)))
        there = _minimum_jerk((times[near] - (lowest - down)) / down)
        back = _minimum_jerk((times[near] - lowest) / up)
        rise = _minimum_jerk((times[near] - (lowest - 2 * down)) / down) - there
        stroke = (_RAISE * rise - (there - back)) * size * (0.4 + 0.6 * strength)
        if kind >= manner.turn_share:
            degrees[near, 1] += stroke
            continue
        sign = 1 if side < 0.5 else -1
        degrees[near, 0] += 0.7 * sign * stroke
        degrees[near, 2] += 0.4 * sign * stroke
        degrees[near, 1] += 0.3 * stroke


def _neck_shift(rotation: NDArray[np.float64]) -> NDArray[np.float64]:
    """How the point between the ears moves (F, 3), in metres, when half of the turn is the neck's."""
    yaw, pitch, roll = (rotation / 2).T
    # For small angles R p - p is the cross product; p points from the neck's bend to between the ears.
    turn = np.stack([-pitch, yaw, roll], axis=1)
    return np.cross(turn, -_NECK)
