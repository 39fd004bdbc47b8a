# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures of head motion against motion of which they are known."""

import numpy as np
import pytest

pytest.importorskip("scipy")

from scipy.signal import butter, sosfilt
from scipy.spatial.transform import Rotation
from soliloquy.core.evaluation.pose_beats import aligned, beat_align, motion_beats
from soliloquy.core.evaluation.pose_coupling import band_limited, compare, coupling, head_curve, voice_curves
from soliloquy.core.evaluation.pose_metrics import (
    accelerations,
    angular_velocity,
    distances,
    diversity,
    diversity_of_seeds,
    drift,
    from_first_frame,
    mean_speed,
    same_spectrum_noise,
    seams,
    spectrum,
    speeds,
    spread_over_clips,
    spread_over_time,
)
from soliloquy.core.generate.prosody import PROSODY_FPS, Prosody

FPS = 25.0


def swing(count: int, degrees: float, hertz: float, axis: int = 0, fps: float = FPS) -> np.ndarray:
    """A head that swings about one axis."""
    clip = np.zeros((count, 3))
    clip[:, axis] = np.radians(degrees) * np.sin(2 * np.pi * hertz * np.arange(count) / fps)
    return clip


def wander(random: np.random.Generator, count: int = 75, degrees: float = 1.0, hertz: float = 1.0):
    """A head that moves at random, slower than so many hertz."""
    noise = random.normal(size=(count + 100, 3))
    slow = sosfilt(butter(2, hertz, fs=FPS, output="sos"), noise, axis=0)[100:]
    return np.radians(degrees) * slow / slow.std()


def test_angular_velocity_is_that_of_matrices():
    """Against SciPy's rotations, far from small angles, where differences of angles would be wrong."""
    angles = np.random.default_rng(0).uniform(-1.2, 1.2, (40, 3))
    heads = Rotation.from_euler("YXZ", angles * (1, -1, 1))
    expected = np.degrees((heads[:-1].inv() * heads[1:]).as_rotvec()) * FPS
    assert np.allclose(angular_velocity(angles, FPS), expected, atol=1e-7)
    assert np.allclose(speeds(angles, FPS), np.linalg.norm(expected, axis=1))
    shifted = np.degrees((heads[0].inv() * heads).as_rotvec())
    assert np.allclose(from_first_frame(angles), shifted, atol=1e-9)


@pytest.mark.parametrize("axis", range(3))
def test_swinging_head(axis):
    clip = swing(1000, degrees=2.0, hertz=0.5, axis=axis)
    # A sine's standard deviation is 1 / sqrt 2 of its size, one axis of three moves; its mean speed is
    # 4 f times its size.
    assert spread_over_time([clip]) == pytest.approx(2 / np.sqrt(2) / 3, rel=1e-3)
    assert mean_speed([clip], FPS) == pytest.approx(4 * 0.5 * 2.0, rel=0.01)
    top = accelerations(clip, FPS).max()
    assert top == pytest.approx(2.0 * (2 * np.pi * 0.5) ** 2, rel=0.01)


def test_a_still_head_has_no_spread_and_no_speed():
    clip = np.tile([0.3, -0.2, 0.1], (50, 1))
    assert spread_over_time([clip]) == pytest.approx(0, abs=1e-12)
    assert mean_speed([clip], FPS) == pytest.approx(0, abs=1e-9)
    assert spread_over_clips([clip, clip + 0.5]) == pytest.approx(0, abs=1e-9)


def test_spread_over_clips_and_diversity():
    """Heads that all turn steadily about yaw, each to another place."""
    targets = np.array([-3.0, -1.0, 1.0, 3.0])
    ramp = np.linspace(0, 1, 51)
    clips = [np.radians(target) * ramp[:, None] * [1, 0, 0] for target in targets]
    # Over clips the spread grows evenly from the second frame on; two axes of three do not move.
    assert spread_over_clips(clips) == pytest.approx(targets.std() * ramp[1:].mean() / 3, rel=1e-6)
    assert diversity(clips) == pytest.approx(np.outer(ramp, targets).std() / 3, rel=1e-6)
    # Where a head begins says nothing of how it moves.
    turned = [clip + np.array([0.3 * k, 0, 0]) for k, clip in enumerate(clips)]
    assert spread_over_clips(turned) == pytest.approx(spread_over_clips(clips))
    assert diversity_of_seeds([clips, clips]) == pytest.approx(targets.std() * ramp.mean() / 3, rel=1e-6)
    assert diversity_of_seeds([[clips[0], clips[0]]]) == 0


def test_spectrum_finds_a_swing_and_jitter():
    slow, quick = swing(750, 1.0, 1.0), swing(750, 0.1, 10.0, axis=1)
    found = spectrum([slow + quick], FPS)
    assert found.hertz[found.density.argmax()] == pytest.approx(1.0)
    # Power of a sine is half its square; nothing but the quick one is above 8 Hz.
    assert found.jitter() == pytest.approx(0.1 / np.sqrt(2), rel=0.02)
    assert found.share() == pytest.approx(0.01 / 1.01, rel=0.05)
    assert spectrum([slow], FPS).share() < 1e-6
    with pytest.raises(ValueError, match="75 frames"):
        spectrum([slow[:50]], FPS)


def test_spectrum_counts_short_clips_less():
    slow, still = swing(75, 1.0, 1.0), np.zeros((300, 3))
    power = [spectrum(clips, FPS).density.sum() for clips in ([slow], [slow, still])]
    # One stretch of 75 frames beside six that begin every 38.
    assert power[1] == pytest.approx(power[0] / 7, rel=1e-6)


def test_noise_has_the_spectrum_but_not_the_histogram():
    """Of heads that rest most of the time and sometimes jump."""
    random = np.random.default_rng(1)
    clips = []
    for _ in range(200):
        jump = 1 / (1 + np.exp(-(np.arange(75) - random.uniform(10, 65)) / 1.5))
        clips.append(np.radians(6) * jump[:, None] * random.normal(size=3))
    noise = same_spectrum_noise(clips, FPS, seed=3)
    own, made = (
        np.mean([np.abs(np.fft.rfft(angular_velocity(clip, FPS), axis=0)) ** 2 for clip in each], axis=0)
        for each in (clips, noise)
    )
    assert made.sum() == pytest.approx(own.sum(), rel=0.1)
    assert np.allclose(made[:8] / own[:8], 1, atol=0.35)
    assert [len(clip) for clip in noise] == [75] * 200
    values, noisy = ([speeds(clip, FPS) for clip in each] for each in (clips, noise))
    found = distances(values, values, noisy)
    assert found.pooled == found.clip == 0
    assert found.pooled_noise > 5 * found.halves
    assert found.noise > 0
    assert found.shuffled > 0


def test_noise_keeps_what_axes_have_in_common():
    random = np.random.default_rng(2)
    clips = [wander(random) for _ in range(100)]
    for clip in clips:
        clip[:, 2] = 0.5 * clip[:, 0]
    turned = np.concatenate([angular_velocity(clip, FPS) for clip in same_spectrum_noise(clips, FPS, 0)])
    # Rotation vectors are about x, y, z: yaw is about y, roll about z, pitch about -x.
    assert np.corrcoef(turned[:, 1], turned[:, 2])[0, 1] > 0.97
    assert abs(np.corrcoef(turned[:, 0], turned[:, 1])[0, 1]) < 0.2


def test_distances_of_known_histograms():
    reference = [np.full(10, 1.0), np.full(10, 3.0)]
    found = distances([np.full(10, 2.0), np.full(10, 4.0)], reference, reference)
    # Everything is 1 faster; clips exchanged are 2 off; all frames together are noise's own.
    assert found.pooled == pytest.approx(1)
    assert found.clip == pytest.approx(1)
    assert found.shuffled == found.halves == pytest.approx(2)
    assert found.noise == found.pooled_noise == 0
    unpaired = distances([np.full(7, 2.0)] * 3, reference, reference, is_paired=False)
    assert np.isnan(unpaired.clip)
    assert unpaired.pooled == pytest.approx(1)


def test_seams_are_found_where_the_head_jumps():
    smooth = [swing(240, 2.0, 0.7, axis) for axis in range(3)]
    firsts = range(24, 240, 24)
    even = seams(smooth, FPS, firsts)
    assert 0.7 < even.speed_ratio < 1.4
    assert 0.7 < even.acceleration_ratio < 1.4
    broken = []
    for clip in smooth:
        jump = np.zeros_like(clip)
        jump[list(firsts), 0] = np.radians(0.5)
        broken.append(clip + np.cumsum(jump, axis=0))
    found = seams(broken, FPS, firsts)
    assert found.speed_ratio > 1.8
    assert found.acceleration_ratio > 5
    # What lies within is as it was.
    assert found.speed_within == pytest.approx(even.speed_within)
    assert found.acceleration_within == pytest.approx(even.acceleration_within)
    wide = seams(broken, FPS, firsts, width=9)
    assert wide.acceleration_ratio > 1.5


def test_drift_of_a_head_that_slips_away():
    clip = swing(36000, 1.0, 0.5)
    still = drift(clip)
    assert np.abs(still.means).max() < 1e-3
    assert still.spreads == pytest.approx(np.full(10, 1 / np.sqrt(2) / 3), rel=1e-3)
    slipped = drift(clip + np.radians(5) * np.linspace(0, 1, len(clip))[:, None] * [0, 1, 0])
    # From the middle of the first tenth to that of the last.
    assert slipped.slope == pytest.approx([0, 4.5, 0], abs=0.01)


def test_beats():
    clip = swing(500, 2.0, 0.5)
    beats = motion_beats(clip, FPS)
    # A swing of 0.5 Hz turns round once a second, at its ends.
    assert np.diff(beats) == pytest.approx(np.full(len(beats) - 1, FPS), abs=1)
    assert beats[0] % FPS == pytest.approx(FPS / 2, abs=1)
    assert aligned(beats, beats) == 1
    assert aligned(beats + 3, beats) == pytest.approx(np.exp(-0.5))
    assert aligned(beats, np.zeros(0)) == 0
    assert np.isnan(aligned(np.zeros(0), beats))


def test_beat_align_tells_alignment_from_chance():
    random = np.random.default_rng(0)
    clips = [wander(random, 250, hertz=0.6) for _ in range(40)]
    own = [motion_beats(clip, FPS) for clip in clips]
    found = beat_align(clips, own, FPS)
    assert found.score == 1
    assert found.chance < 0.5
    random_beats = [np.sort(random.uniform(0, 250, len(beats))) for beats in own]
    found = beat_align(clips, random_beats, FPS)
    assert found.score == pytest.approx(found.chance, abs=0.06)


def test_band_passes_only_its_periods():
    times = np.arange(0, 20, 1 / FPS)
    for hertz, least, most in ((1.0, 0.95, 1.05), (0.1, 0, 0.05), (8.0, 0, 0.05)):
        middle = band_limited(np.sin(2 * np.pi * hertz * times), FPS)[125:-125]
        assert least <= middle.std() * np.sqrt(2) <= most
    # Zero phase: a curve within the band stays where it is.
    curve = np.sin(2 * np.pi * times)
    assert np.corrcoef(band_limited(curve, FPS)[125:-125], curve[125:-125])[0, 1] > 0.999


def voices_of(random, count, seconds=6.0, form=0.0):
    """Voices whose loudness wanders, in part as in every other clip."""
    frames = int(seconds * PROSODY_FPS)
    sections = butter(2, (0.5, 2), btype="bandpass", fs=PROSODY_FPS, output="sos")
    common = sosfilt(sections, random.normal(size=frames + 400))[400:]
    voices = []
    for _ in range(count):
        own = sosfilt(sections, random.normal(size=frames + 400))[400:]
        loudness = 10 * (form * common + (1 - form) * own) / common.std()
        pitch = np.cumsum(random.normal(size=frames)) * 0.05
        voices.append(
            Prosody(
                loudness.astype(np.float32),
                pitch.astype(np.float32),
                np.ones(frames, np.float32),
                np.ones(frames, np.float32),
            )
        )
    return voices


def heads_of(random, voices, share):
    """Heads whose speed follows a voice's loudness to some share."""
    clips = []
    for voice in voices:
        frames = int(len(voice) / PROSODY_FPS * FPS)
        loud = np.interp((np.arange(frames) + 0.5) / FPS, np.arange(len(voice)) / PROSODY_FPS, voice.loudness)
        other = sosfilt(butter(2, 2, fs=FPS, output="sos"), random.normal(size=frames + 100))[100:]
        speed = np.exp(share * loud / loud.std() + (1 - share) * other / other.std())
        clips.append(np.radians(np.cumsum(speed) / FPS)[:, None] * [1, 0, 0])
    return clips


def test_planted_coupling_is_found():
    random = np.random.default_rng(0)
    voices = voices_of(random, 40)
    found = compare(heads_of(random, voices, 0.6), voices, FPS)
    assert found["loudness"].verdict == "moves with its voice"
    assert found["loudness"].own > 0.4
    assert abs(found["loudness"].other) < 0.1
    # The pitch of these voices goes its own way.
    assert found["pitch movement"].verdict == "no claim"


def test_absent_coupling_is_not_claimed():
    """By chance one interval in twenty lies beside zero; of 24 draws at most four may claim anything."""
    claims = 0
    for seed in range(24):
        random = np.random.default_rng(seed)
        voices = voices_of(random, 30)
        found = compare(heads_of(random, voices, 0.0), voices, FPS)["loudness"]
        claims += found.verdict != "no claim"
    assert claims <= 4


def test_what_all_sentences_share_is_no_coupling():
    """Heads that follow the common form of the sentences, and nothing of their own voice."""
    random = np.random.default_rng(5)
    voices = voices_of(random, 40, form=0.6)
    others = [*voices[1:], voices[0]]
    found = compare(heads_of(random, others, 0.6), voices, FPS)["loudness"]
    assert found.own > 0.2
    assert found.other > 0.2
    assert found.verdict == "no claim"


def test_interval_is_over_speakers():
    """One speaker of four with many clips must not decide for all."""
    random = np.random.default_rng(7)
    voices = voices_of(random, 43)
    clips = [*heads_of(random, voices[:40], 0.6), *heads_of(random, voices[40:], 0.0)]
    groups = ["one"] * 40 + ["two", "three", "four"]
    curves = [voice_curves(voice)["loudness"] for voice in voices]
    heads = [head_curve(clip, FPS) for clip in clips]
    over_speakers, over_clips = coupling(heads, curves, FPS, groups), coupling(heads, curves, FPS)
    assert over_speakers.groups == 4
    assert over_clips.groups == 43
    assert over_speakers.high - over_speakers.low > 1.5 * (over_clips.high - over_clips.low)


def test_a_still_head_has_no_coupling():
    voices = voices_of(np.random.default_rng(0), 5)
    found = compare([np.zeros((150, 3))] * 5, voices, FPS)
    assert found["loudness"].own == found["loudness"].other == 0
    assert found["loudness"].verdict == "no claim"
