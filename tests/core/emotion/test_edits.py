# SPDX-License-Identifier: GPL-3.0-or-later
"""Both tools do what an edit says, by Praat's measurements and SciPy's, on speech of the samples."""

import dataclasses
import functools
from collections.abc import Callable

import numpy as np
import pytest

pytest.importorskip("pyworld")
parselmouth = pytest.importorskip("parselmouth")
signal = pytest.importorskip("scipy.signal")

from soliloquy import samples
from soliloquy.core.audio import SAMPLE_RATE, load
from soliloquy.core.evaluation.praat_edits import praat_edited
from soliloquy.core.training.augment import Augmented
from soliloquy.core.training.emotion.edits import (
    HIGHEST_PEAK,
    VoiceEdit,
    WorldVoice,
    deviating,
    edit_of,
)

LOUDNESS = 0.03
"""Root mean square that leaves room above."""

Tool = Callable[[VoiceEdit], Augmented]


@functools.cache
def speech() -> np.ndarray:
    spoken = load(samples.SOUND)[: 5 * SAMPLE_RATE]
    return (spoken * (LOUDNESS / np.sqrt(np.mean(spoken**2)))).astype(np.float32)


@functools.cache
def voice() -> WorldVoice:
    return WorldVoice(speech())


@functools.cache
def by_world(edit: VoiceEdit) -> Augmented:
    return voice().edited(edit)


@functools.cache
def by_praat(edit: VoiceEdit) -> Augmented:
    return praat_edited(speech(), edit)


TOOLS = pytest.mark.parametrize("tool", [by_world, by_praat], ids=["world", "praat"])


def sound(samples: np.ndarray) -> "parselmouth.Sound":
    return parselmouth.Sound(samples.astype(float), SAMPLE_RATE)


def melody(samples: np.ndarray) -> tuple[float, float]:
    """Median pitch and range between the deciles in semitones."""
    hertz = sound(samples).to_pitch_ac(0.005, 65, pitch_ceiling=650).selected_array["frequency"]
    semitones = 12 * np.log2(hertz[hertz > 0])
    return float(np.median(semitones)), float(np.subtract(*np.percentile(semitones, [90, 10])))


def decibels(samples: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(samples.astype(float) ** 2)))


def tilt_between(samples: np.ndarray, plain: np.ndarray) -> float:
    """dB per octave, 200 to 6500 Hz, of one long-term spectrum over another."""
    hertz, power = signal.welch(samples, SAMPLE_RATE, nperseg=512)
    _, reference = signal.welch(plain, SAMPLE_RATE, nperseg=512)
    kept = (hertz > 200) & (hertz < 6500)
    return float(np.polyfit(np.log2(hertz[kept]), 10 * np.log10(power / reference)[kept], 1)[0])


def formants(samples: np.ndarray) -> np.ndarray:
    """(T, 2): the second and third formant every 20 ms of the original."""
    found = sound(samples).to_formant_burg(maximum_formant=5500)
    times = np.arange(0.1, len(samples) / SAMPLE_RATE - 0.1, 0.02)
    return np.array([[found.get_value_at_time(number, time) for number in (2, 3)] for time in times])


def harmonicity(samples: np.ndarray) -> float:
    values = sound(samples).to_harmonicity().values
    return float(values[values != -200].mean())


def irregularity(samples: np.ndarray) -> tuple[float, float]:
    """Local jitter and shimmer."""
    call = parselmouth.praat.call
    periods = call(sound(samples), "To PointProcess (periodic, cc)", 65, 650)
    jitter = call(periods, "Get jitter (local)", 0, 0, 0.0001, 0.02, 1.3)
    shimmer = call([sound(samples), periods], "Get shimmer (local)", 0, 0, 0.0001, 0.02, 1.3, 1.6)
    return jitter, shimmer


def test_no_feeling_is_no_edit() -> None:
    assert edit_of(0, 0) == VoiceEdit()


def test_edits_are_continuous() -> None:
    steps = np.linspace(-1, 1, 81)
    table = np.array([[dataclasses.astuple(edit_of(a, v)) for v in steps] for a in steps])
    widest = np.ptp(table, axis=(0, 1))
    for axis in (0, 1):
        assert (np.abs(np.diff(table, axis=axis)).max(axis=(0, 1)) < 0.04 * widest).all()


def test_arousal_is_heard_in_every_cue_as_the_literature_says() -> None:
    high, low = edit_of(0.8, 0), edit_of(-0.8, 0)
    for cue in ("pitch", "pitch_range", "rate", "level", "tilt"):
        assert getattr(high, cue) > getattr(VoiceEdit(), cue) > getattr(low, cue), cue
    assert low.breathiness > high.breathiness == 0


def test_valence_smiles_or_roughens() -> None:
    assert edit_of(0, 1).formants > 1
    assert edit_of(1, -1).roughness > edit_of(1, 1).roughness == 0
    assert edit_of(1, -1).tilt > edit_of(1, 1).tilt
    assert edit_of(-1, -1).pitch_range < edit_of(-1, 1).pitch_range
    assert edit_of(-1, -1).breathiness > edit_of(-1, 1).breathiness


def test_edits_stay_natural() -> None:
    corners = [edit_of(a, v) for a in (-1, 1) for v in (-1, 0, 1)]
    assert all(abs(edit.pitch) <= 4 and 0.85 <= edit.rate <= 1.2 for edit in corners)
    assert all(abs(edit.tilt) <= 3 and 0.95 <= edit.formants <= 1.06 for edit in corners)


def test_deviating_edits_follow_the_feeling_but_no_cue_is_the_label() -> None:
    random = np.random.default_rng(5)
    arousal, valence = random.uniform(-1, 1, (2, 500))
    drawn = [deviating(edit_of(*feeling), random) for feeling in zip(arousal, valence, strict=True)]
    for cue in ("pitch", "pitch_range", "rate", "level", "tilt"):
        correlation = np.corrcoef(arousal, [getattr(each, cue) for each in drawn])[0, 1]
        assert 0.7 < correlation < 0.95, cue
    assert all(0 <= each.breathiness <= 1 and 0 <= each.roughness <= 1 for each in drawn)


@TOOLS
def test_nothing_changes_nothing_but_the_vocoder(tool: Tool) -> None:
    result = tool(VoiceEdit())
    assert result.speed == 1
    assert result.samples.dtype == np.float32
    assert len(result.samples) == len(speech())
    assert decibels(result.samples) == pytest.approx(decibels(speech()), abs=0.05)
    assert melody(result.samples)[0] == pytest.approx(melody(speech())[0], abs=0.3)
    assert abs(tilt_between(result.samples, speech())) < 0.4


@TOOLS
@pytest.mark.parametrize("semitones", [-4.0, 4.0])
def test_pitch_moves_by_semitones(tool: Tool, semitones: float) -> None:
    before, after = melody(speech())[0], melody(tool(VoiceEdit(pitch=semitones)).samples)[0]
    assert after - before == pytest.approx(semitones, abs=0.4)


@TOOLS
@pytest.mark.parametrize("factor", [0.6, 1.5])
def test_pitch_range_is_a_factor_around_the_median(tool: Tool, factor: float) -> None:
    before, after = melody(tool(VoiceEdit()).samples), melody(tool(VoiceEdit(pitch_range=factor)).samples)
    assert after[0] == pytest.approx(before[0], abs=0.4)
    assert after[1] / before[1] == pytest.approx(factor, rel=0.12)


@TOOLS
@pytest.mark.parametrize("rate", [0.85, 1.2])
def test_what_was_at_a_time_is_at_the_time_over_the_rate(tool: Tool, rate: float) -> None:
    result = tool(VoiceEdit(rate=rate))
    assert result.speed == rate
    assert len(result.samples) == round(len(speech()) / rate)
    assert melody(result.samples)[0] == pytest.approx(melody(speech())[0], abs=0.4)
    lowpass = signal.butter(2, 12, fs=SAMPLE_RATE, output="sos")
    loudness, expected = (
        signal.sosfiltfilt(lowpass, np.abs(samples))
        for samples in (result.samples, tool(VoiceEdit()).samples)
    )
    stretched = np.interp(np.arange(len(loudness)) * rate, np.arange(len(expected)), expected)
    assert np.corrcoef(loudness, stretched)[0, 1] > 0.95


@TOOLS
@pytest.mark.parametrize("level", [-8.0, 6.0])
def test_level_is_of_the_whole_sound(tool: Tool, level: float) -> None:
    edit = VoiceEdit(level=level, tilt=-2, formants=1.03)
    assert decibels(tool(edit).samples) - decibels(speech()) == pytest.approx(level, abs=0.05)


@TOOLS
def test_nothing_is_clipped(tool: Tool) -> None:
    samples = tool(VoiceEdit(level=40)).samples
    assert np.abs(samples).max() == pytest.approx(HIGHEST_PEAK, abs=1e-4)
    assert (np.abs(samples) > HIGHEST_PEAK - 1e-3).sum() < 5


@TOOLS
@pytest.mark.parametrize("tilt", [-3.0, 3.0])
def test_tilt_is_in_decibels_per_octave(tool: Tool, tilt: float) -> None:
    slope = tilt_between(tool(VoiceEdit(tilt=tilt)).samples, tool(VoiceEdit()).samples)
    assert slope == pytest.approx(tilt, abs=0.3)


@TOOLS
@pytest.mark.parametrize("factor", [0.94, 1.06])
def test_formants_move_by_a_factor(tool: Tool, factor: float) -> None:
    edited = formants(tool(VoiceEdit(formants=factor)).samples)
    ratio = edited / formants(tool(VoiceEdit()).samples)
    assert np.nanmedian(ratio) == pytest.approx(factor, abs=0.02)


@TOOLS
def test_breath_is_noise_in_place_of_harmonics(tool: Tool) -> None:
    plain, breathy = tool(VoiceEdit()).samples, tool(VoiceEdit(breathiness=0.7)).samples
    assert harmonicity(plain) - harmonicity(breathy) > 1.5
    assert abs(tilt_between(breathy, plain)) < 0.5


@TOOLS
def test_roughness_is_jitter_and_shimmer(tool: Tool) -> None:
    (jitter, shimmer), rough = (
        irregularity(tool(VoiceEdit(roughness=roughness)).samples) for roughness in (0.0, 0.7)
    )
    assert rough[0] > 1.3 * jitter
    assert rough[1] > 1.3 * shimmer


@TOOLS
def test_the_same_edit_gives_the_same_samples(tool: Tool) -> None:
    edit = edit_of(0.9, -0.8)
    assert (tool.__wrapped__(edit).samples == tool(edit).samples).all()  # type: ignore[attr-defined]


@pytest.mark.parametrize(("arousal", "valence"), [(0.8, 0.8), (0.8, -0.8), (-0.8, -0.8), (-0.8, 0.8)])
def test_two_tools_sound_alike(arousal: float, valence: float) -> None:
    """By what one measures, and nothing in them is the same code."""
    edit = edit_of(arousal, valence)
    world, praat = by_world(edit), by_praat(edit)
    assert world.speed == praat.speed
    assert len(world.samples) == len(praat.samples)
    assert melody(world.samples)[0] == pytest.approx(melody(praat.samples)[0], abs=0.7)
    assert melody(world.samples)[1] == pytest.approx(melody(praat.samples)[1], rel=0.15)
    assert abs(tilt_between(world.samples, praat.samples)) < 1
    lowpass = signal.butter(2, 12, fs=SAMPLE_RATE, output="sos")
    envelopes = [signal.sosfiltfilt(lowpass, np.abs(each.samples)) for each in (world, praat)]
    assert np.corrcoef(*envelopes)[0, 1] > 0.9


def test_silence_and_noise_have_no_pitch_to_move() -> None:
    silence = np.zeros(4000, np.float32)
    noise = (0.1 * np.random.default_rng(1).standard_normal(4000)).astype(np.float32)
    for spoken in (silence, noise):
        result = WorldVoice(spoken).edited(edit_of(1, -1))
        assert np.isfinite(result.samples).all()
        assert len(result.samples) == round(4000 / result.speed)
