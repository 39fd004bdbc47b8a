# SPDX-License-Identifier: GPL-3.0-or-later
"""How a feeling sounds, as changes of a voice that was recorded without it.

`edit_of` says which cues of the voice go with how much arousal and valence; `WorldVoice` puts them into a
recording, all in one resynthesis. The directions are the literature's, which agrees on them from actors:

- Scherer, "Vocal communication of emotion: a review of research paradigms", Speech Communication 40, 2003
- Juslin and Laukka, "Communication of emotions in vocal expression and music performance: different
  channels, same code?", Psychological Bulletin 129, 2003
- Banse and Scherer, "Acoustic profiles in vocal emotion expression", J. Personality and Social Psychology 70,
  1996
- Murray and Arnott, "Toward the simulation of emotion in synthetic speech", J. Acoustical Society of
  America 93, 1993
- Goudbeek and Scherer, "Beyond arousal: valence and potency/control cues in the vocal expression of
  emotion", J. Acoustical Society of America 128, 2010
- Tartter, "Happy talk: perceptual and acoustic effects of smiling on speech", Perception and Psychophysics
  27, 1980

The sizes are ours: those papers give directions and ranks, seldom units, and each speaker has an own measure.

Shape letters: n samples, F frames, B frequency bins.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...audio import SAMPLE_RATE
from ..augment import Augmented, Samples

TILT_PIVOT: Final = 500.0
"""Hz where a tilt changes nothing."""
LOWEST_TILTED: Final = 62.5
"""Hz below which the gain of a tilt stays as it is: no voice is there."""
HIGHEST_PEAK: Final = 0.98
"""Of full scale. What would be louder becomes softer as a whole, never clipped."""

_FRAME_MILLISECONDS: Final = 5.0
_LOWEST_PITCH, _HIGHEST_PITCH = 65.0, 650.0
_DOWNSAMPLED: Final = 2
"""Dio looks for the pitch at this part of the sample rate."""
_WIDEST_EXCURSION: Final = 14.0
"""Semitones from the median. What is farther off, before or after the edit, is seldom melody: most of it are
octaves wrongly heard."""
_BREATH: Final = (500.0, 2000.0)
"""Hz between which breath replaces more and more of the voice: below, harmonics stay even in a breathy voice
(Klatt and Klatt, "Analysis, synthesis, and perception of voice quality variations among female and male
talkers", J. Acoustical Society of America 87, 1990)."""
_JITTER: Final = 0.9
"""Semitones of standard deviation from frame to frame at roughness 1."""
_SHIMMER: Final = 2.0
"""dB of standard deviation from frame to frame at roughness 1."""


@dataclass(frozen=True)
class VoiceEdit:
    """What changes in a voice; the defaults change nothing.

    Attributes:
        pitch: semitones that the median of the fundamental frequency moves.
        pitch_range: factor of all excursions from that median, in semitones.
        rate: factor of the tempo; 2 is twice as fast.
        level: dB of the sound's root mean square, whatever the other changes do to it.
        tilt: dB per octave, 0 dB at `TILT_PIVOT`; negative is darker.
        breathiness: 0..1; the part of the harmonics' power above 2 kHz that becomes noise.
        formants: factor of the vocal tract's resonances; above 1 is a shorter tract, as in a smile.
        roughness: 0..1; how irregular the glottal periods are in length (jitter) and strength (shimmer).
    """

    pitch: float = 0.0
    pitch_range: float = 1.0
    rate: float = 1.0
    level: float = 0.0
    tilt: float = 0.0
    breathiness: float = 0.0
    formants: float = 1.0
    roughness: float = 0.0


def edit_of(arousal: float, valence: float) -> VoiceEdit:
    """The voice of a feeling: continuous, and nothing at (0, 0).

    Arousal raises pitch, range, rate and level and gives high frequencies more energy; its absence does the
    reverse and adds breath (the reviews of Scherer 2003, Juslin and Laukka 2003, Murray and Arnott 1993). A
    pleasant feeling has a wider melody (Murray and Arnott: happiness) and a smile's shorter tract (Tartter
    1980). An aroused unpleasant one is tense: rough, its spectrum still flatter, its tract a little longer
    (Banse and Scherer 1996: hot anger; Goudbeek and Scherer 2010: valence is heard in the spectrum too). An
    unpleasant one without arousal is narrow, slow and breathy (Murray and Arnott: sadness).

    The sizes are ours, those of an actor who does not overdo it: at most 4 semitones, 1.18 in rate, 9 dB,
    3 dB per octave, 5 % in formants. Less breath or roughness than the recording has is not asked for.

    Args:
        arousal: -1 (asleep) to 1 (frantic).
        valence: -1 (awful) to 1 (wonderful).
    """
    aroused, calm = max(arousal, 0.0), max(-arousal, 0.0)
    pleasant, unpleasant = max(valence, 0.0), max(-valence, 0.0)
    tension = aroused * unpleasant
    gloom = calm * unpleasant
    return VoiceEdit(
        pitch=3.5 * arousal + 0.5 * valence,
        pitch_range=float(np.exp(0.35 * arousal + 0.25 * pleasant - 0.2 * gloom)),
        rate=float(np.exp(0.14 * arousal + 0.02 * valence)),
        level=8.0 * arousal + tension,
        tilt=2.2 * arousal + 0.8 * tension - 0.5 * gloom,
        breathiness=0.35 * calm + 0.35 * gloom,
        formants=float(np.exp(0.05 * pleasant - 0.03 * tension)),
        roughness=0.7 * tension,
    )


def deviating(edit: VoiceEdit, random: np.random.Generator) -> VoiceEdit:
    """An edit each of whose cues goes its own way a little, so that no single cue is the label.

    The deviations are ours: standard deviations of about a third of what arousal does from 0 to 1.

    Args:
        edit: from `edit_of`.
        random: source of every choice.
    """
    own = random.standard_normal(8).clip(-2, 2)
    return VoiceEdit(
        pitch=float(edit.pitch + 1.2 * own[0]),
        pitch_range=float(edit.pitch_range * np.exp(0.12 * own[1])),
        rate=float(edit.rate * np.exp(0.05 * own[2])),
        level=float(edit.level + 2.5 * own[3]),
        tilt=float(edit.tilt + 0.8 * own[4]),
        breathiness=float(np.clip(edit.breathiness + 0.1 * own[5], 0, 1)),
        formants=float(edit.formants * np.exp(0.015 * own[6])),
        roughness=float(np.clip(edit.roughness + 0.1 * own[7], 0, 1)),
    )


class WorldVoice:
    """A recording taken apart by WORLD, to be put together again with other expressions.

    One second of sound takes 0.8 MB.

    Morise, Yokomori and Ozawa, "WORLD: a vocoder-based high-quality speech synthesis system for real-time
    applications", IEICE Transactions E99-D, 2016: pitch by Dio and StoneMask, envelope by CheapTrick,
    aperiodicity by D4C. Whoever trains on edits takes `edited(VoiceEdit())` for what has none: otherwise the
    sound of the vocoder tells them apart.
    """

    def __init__(self, samples: Samples, seed: int = 0) -> None:
        """Analyse (n,) float32 at 16 kHz; `seed` decides what roughness does."""
        import pyworld

        sound = np.ascontiguousarray(samples, np.float64)
        rough, times = pyworld.dio(
            sound,
            SAMPLE_RATE,
            f0_floor=_LOWEST_PITCH,
            f0_ceil=_HIGHEST_PITCH,
            frame_period=_FRAME_MILLISECONDS,
            speed=_DOWNSAMPLED,
        )
        self._pitch: NDArray[np.float64] = pyworld.stonemask(sound, rough, times, SAMPLE_RATE)
        envelope = pyworld.cheaptrick(sound, self._pitch, times, SAMPLE_RATE, f0_floor=_LOWEST_PITCH)
        self._log_envelope: NDArray[np.float32] = np.log(envelope).astype(np.float32)
        self._aperiodicity: NDArray[np.float32] = pyworld.d4c(
            sound, self._pitch, times, SAMPLE_RATE, fft_size=2 * (envelope.shape[1] - 1)
        ).astype(np.float32)
        self._count = len(samples)
        self._loudness = _root_mean_square(samples)
        self._seed = seed

    def edited(self, edit: VoiceEdit) -> Augmented:
        """The same words in the same voice, otherwise felt; the same edit gives the same samples."""
        import pyworld

        random = np.random.default_rng(self._seed)
        sound = pyworld.synthesize(
            self._edited_pitch(edit, random),
            self._edited_envelope(edit, random),
            self._edited_aperiodicity(edit),
            SAMPLE_RATE,
            # The frames stand closer or farther apart: the tempo without any resampling.
            _FRAME_MILLISECONDS / edit.rate,
        )
        count = round(self._count / edit.rate)
        sound = np.pad(sound[:count], (0, max(0, count - len(sound))))
        return Augmented(at_level(sound, self._loudness, edit.level), edit.rate)

    def _edited_pitch(self, edit: VoiceEdit, random: np.random.Generator) -> NDArray[np.float64]:
        """(F,) Hz, 0 where there is no voice."""
        result = np.zeros_like(self._pitch)
        voiced = self._pitch > 0
        if not voiced.any():
            return result
        heard = 12 * np.log2(self._pitch[voiced])
        median = np.median(heard)
        excursion = np.clip(heard - median, -_WIDEST_EXCURSION, _WIDEST_EXCURSION) * edit.pitch_range
        excursion = np.clip(excursion, -_WIDEST_EXCURSION, _WIDEST_EXCURSION)
        jitter = _JITTER * edit.roughness * random.standard_normal(len(heard))
        result[voiced] = 2 ** ((median + edit.pitch + excursion + jitter) / 12)
        return result

    def _edited_envelope(self, edit: VoiceEdit, random: np.random.Generator) -> NDArray[np.float64]:
        """(F, B) power."""
        bins = self._log_envelope.shape[1]
        place = np.minimum(np.arange(bins) / edit.formants, bins - 1)
        below = np.minimum(place.astype(int), bins - 2)
        above = (place - below).astype(np.float32)
        log_power = self._log_envelope[:, below] * (1 - above) + self._log_envelope[:, below + 1] * above
        decibels = tilt_gain(np.linspace(0, SAMPLE_RATE / 2, bins), edit.tilt)[None]
        shimmer = _SHIMMER * edit.roughness * random.standard_normal(len(log_power))
        decibels = decibels + np.where(self._pitch > 0, shimmer, 0)[:, None]
        return np.exp(log_power + np.log(10) / 10 * decibels).astype(np.float64)

    def _edited_aperiodicity(self, edit: VoiceEdit) -> NDArray[np.float64]:
        """(F, B), the square root of the part of the power that is noise."""
        hertz = np.linspace(0, SAMPLE_RATE / 2, self._aperiodicity.shape[1])
        noise = self._aperiodicity.astype(np.float64) ** 2
        return np.sqrt(noise + (1 - noise) * edit.breathiness * breath_share(hertz))


def tilt_gain(hertz: NDArray[np.floating], tilt: float) -> NDArray[np.float64]:
    """dB of a tilt in dB per octave at each frequency."""
    return tilt * np.log2(np.maximum(hertz, LOWEST_TILTED) / TILT_PIVOT)


def breath_share(hertz: NDArray[np.floating]) -> NDArray[np.float64]:
    """The part, 0..1, of the harmonics' power that full breathiness takes at each frequency."""
    low, high = np.log2(_BREATH)
    return np.clip((np.log2(np.maximum(hertz, 1.0)) - low) / (high - low), 0, 1)


def at_level(sound: NDArray[np.floating], loudness: float, level: float) -> Samples:
    """(n,) float32, `level` dB above a root mean square; softer where its peak would pass `HIGHEST_PEAK`."""
    scaled = sound * (loudness * 10 ** (level / 20) / max(_root_mean_square(sound), 1e-9))
    peak = float(np.abs(scaled).max(initial=0.0))
    return (scaled * min(1.0, HIGHEST_PEAK / max(peak, 1e-9))).astype(np.float32)


def _root_mean_square(sound: NDArray[np.floating]) -> float:
    return float(np.sqrt(np.mean(np.square(sound, dtype=np.float64)))) if len(sound) else 0.0
