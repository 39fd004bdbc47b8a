# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of `evaluate pose`.

Letters: F frames.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..generate.pose_sound import POSE_FPS
from ..generate.pose_styles import STYLE_FIGURES
from .pose_beats import SMOOTHING, TOLERANCE, audio_beats, beat_align
from .pose_coupling import BAND, VOICES, Coupling, compare
from .pose_metrics import (
    JITTER_HERTZ,
    Drift,
    accelerations,
    distances,
    diversity,
    diversity_of_seeds,
    mean_acceleration,
    mean_speed,
    same_spectrum_noise,
    seams,
    spectrum,
    speeds,
    spread_over_clips,
    spread_over_time,
)
from .pose_speech import Spoken

LEAST_RATIO: Final = 0.7
MOST_RATIO: Final = 1.4
"""Between them a figure counts as that of its reference."""
FINE_FPS: Final = 60
"""Frames a second at which jitter is looked for too; most films are made at fewer."""

Rotations = Sequence[NDArray[np.floating]]


@dataclass(frozen=True)
class Heads:
    """Heads that a style moves, beside others that it should be like. Rotations are (F, 3) of one length.

    Attributes:
        title: of the lines in the tables.
        style: of `pose_styles.STYLE_FIGURES`.
        reference_title: what the reference is.
        fps: of made, reference, raw and seeds.
        sounds: that the heads speak.
        made: a head for each sound.
        reference: a head for each sound, or heads of other sounds where `is_paired` is false.
        raw: the reference as the tracker saw it; empty where nobody tracked it.
        groups: who speaks in each sound; None where it is one speaker.
        fine: `made` at `FINE_FPS`.
        seeds: some sounds performed with several seeds.
        is_paired: whether reference and sounds belong together.
        is_made: whether the style is made by rule, and so has stated figures.
    """

    title: str
    style: str
    reference_title: str
    fps: float
    sounds: Sequence[Spoken]
    made: Rotations
    reference: Rotations
    groups: Sequence[str] | None
    raw: Rotations = ()
    fine: Rotations = ()
    seeds: Sequence[Rotations] = field(default_factory=tuple)
    is_paired: bool = True
    is_made: bool = False


def print_report(heads: Sequence[Heads], drifts: Mapping[str, Drift], step: int, width: int) -> None:
    """Print all tables.

    Args:
        heads: what was made.
        drifts: by style, of a long sound; none prints no table.
        step: frames from one window of the generator to the next.
        width: frames from which a window stands alone.
    """
    tables = [
        _sizes(heads),
        _histograms(heads),
        _diversity(heads),
        _coupling(heads),
        _jitter(heads),
        _seams(heads, step, width),
    ]
    if drifts:
        tables.append(_drift(drifts))
    for lines in tables:
        print("\n".join(["", *lines]), flush=True)


def ratio_cell(made: float, reference: float) -> str:
    """made / reference, marked where it is out of bounds."""
    ratio = made / reference
    return f"{ratio:.2f}{' ' if LEAST_RATIO <= ratio <= MOST_RATIO else '!'}"


def _sizes(heads: Sequence[Heads]) -> list[str]:
    measures = {
        "over time, deg": lambda clips, fps: spread_over_time(clips),
        "over clips, deg": lambda clips, fps: spread_over_clips(clips),
        "speed, deg/s": mean_speed,
        "accel., deg/s2": mean_acceleration,
    }
    lines = [
        "Spread, speed and acceleration: made, reference, made / reference "
        f"(! beyond {LEAST_RATIO:g} to {MOST_RATIO:g})",
        f"{'style':22} {'reference':19} {'clips':>7} {'':>5}" + "".join(f"{name:>24}" for name in measures),
    ]

    def cells(made: float, reference: float) -> str:
        places = 0 if made > 100 else 2
        return f"{made:10.{places}f}{reference:7.{places}f}  {ratio_cell(made, reference)}"

    for each in heads:
        seconds = len(each.made[0]) / each.fps
        line = f"{each.title:22} {each.reference_title:19} {len(each.made):7} {seconds:4.0f}s"
        for measure in measures.values():
            line += cells(measure(each.made, each.fps), measure(each.reference, each.fps))
        lines.append(line)
        figures = STYLE_FIGURES[each.style]
        if each.is_made and seconds == figures.seconds:
            lines.append(
                f"{'':22} {'stated figures':19} {'':7} {'':5}"
                + cells(spread_over_time(each.made), figures.spread_degrees)
                + f"{'':24}"
                + cells(mean_speed(each.made, each.fps), figures.speed_degrees)
            )
        if each.raw:
            lines.append(
                f"{'':22} {'as the tracker saw':19} {'':7} {'':5}"
                + "".join(
                    cells(measure(each.made, each.fps), measure(each.raw, each.fps))
                    for measure in measures.values()
                )
            )
    return lines


def _histograms(heads: Sequence[Heads]) -> list[str]:
    lines = [
        "Wasserstein distances to the reference's histograms. All frames: made, one half of the reference to "
        "the other,",
        "noise of its spectrum; clip by clip: made, a shuffled clip of the reference, noise",
        f"{'style':22} {'reference':19} {'speed, deg/s: all frames':>27} {'clip by clip':>21} "
        f"{'acceleration, deg/s2: all':>27} {'clip by clip':>21}",
    ]
    for each in heads:
        line = f"{each.title:22} {each.reference_title:19}"
        noise = same_spectrum_noise(each.reference, each.fps, seed=0)
        for values in (speeds, accelerations):
            made, reference, noisy = (
                [values(clip, each.fps) for clip in clips] for clips in (each.made, each.reference, noise)
            )
            found = distances(made, reference, noisy, is_paired=each.is_paired)
            pooled = (found.pooled, found.halves, found.pooled_noise)
            line += " " * 6 + "".join(f"{value:7.2f}" for value in pooled)
            by_clip = (found.clip, found.shuffled, found.noise)
            line += " " + "".join(f"{value:7.2f}" if value == value else f"{'-':>7}" for value in by_clip)
        lines.append(line)
    return lines


def _diversity(heads: Sequence[Heads]) -> list[str]:
    lines = [
        "Diversity: degrees, standard deviation of the pose from the clip's first frame; between one sound's "
        "seeds.",
        f"Beat Align at {POSE_FPS} frames a second: onsets by librosa, smoothing {SMOOTHING:g} frames, sigma "
        f"{TOLERANCE:g} frames; chance: other clips' sound",
        f"{'style':22} {'reference':19} {'diversity':>10} {'its ref.':>9} {'seeds':>7} "
        f"{'Beat Align':>12} {'chance':>7} {'its ref.':>10} {'chance':>7}",
    ]
    for each in heads:
        beats = [audio_beats(spoken.samples, each.fps) for spoken in each.sounds]
        own = beat_align(each.made, beats, each.fps)
        line = (
            f"{each.title:22} {each.reference_title:19} {diversity(each.made):10.2f} "
            f"{diversity(each.reference):9.2f} {diversity_of_seeds(each.seeds):7.2f} "
            f"{own.score:12.3f} {own.chance:7.3f}"
        )
        if each.is_paired:
            known = beat_align(each.reference, beats, each.fps)
            line += f" {known.score:10.3f} {known.chance:7.3f}"
        lines.append(line)
    return lines


def _coupling(heads: Sequence[Heads]) -> list[str]:
    low, high = BAND
    lines = [
        f"Coupling: correlation of the head's speed with a voice, periods of {1 / high:g} to {1 / low:g} s:",
        "own voice, other clips' voices at the same times, 95 % interval of the difference (bootstrap over n "
        "speakers, or clips of one)",
        f"{'heads':42}" + "".join(f"{'with ' + name:>32} {'n':>4} {'':21}" for name in VOICES),
    ]
    for each in heads:
        prosodies = [spoken.prosody for spoken in each.sounds]
        rows = {each.title: each.made}
        if each.is_paired:
            rows[each.reference_title] = each.reference
        for number, (title, clips) in enumerate(rows.items()):
            name = f"  {title} itself" if number else f"{title} ({each.reference_title})"
            found = compare(clips, prosodies, each.fps, each.groups)
            lines.append(f"{name:42}" + "".join(_coupling_cells(found[voice]) for voice in VOICES))
    return lines


def _coupling_cells(found: Coupling) -> str:
    numbers = f"{found.own:7.3f} {found.other:6.3f} [{found.low:+.3f}, {found.high:+.3f}]"
    return f"{numbers:>32} {found.groups:4}  {found.verdict:20}"[:59].ljust(59)


def _jitter(heads: Sequence[Heads]) -> list[str]:
    lines = [
        f"Jitter: rotation faster than {JITTER_HERTZ:g} Hz, thousandths of a degree (root mean square), and "
        "its share of the power, millionths",
        f"{'style':22} {'reference':19} {'made':>16} {f'made at {FINE_FPS} fps':>18} {'reference':>16} "
        f"{'as the tracker saw':>20}",
    ]
    for each in heads:
        line = f"{each.title:22} {each.reference_title:19}"
        for clips, fps, width in (
            (each.made, each.fps, 16),
            (each.fine, FINE_FPS, 18),
            (each.reference, each.fps, 16),
            (each.raw, each.fps, 20),
        ):
            cell = "-"
            if clips:
                found = spectrum(clips, fps)
                cell = f"{found.jitter() * 1e3:.1f} {found.share() * 1e6:8.1f}"
            line += f" {cell:>{width}}"
        lines.append(line)
    return lines


def _seams(heads: Sequence[Heads], step: int, width: int) -> list[str]:
    lines = [
        f"Seams, every {step} frames, {width} frames long: there, elsewhere, ratio; the reference there, "
        "elsewhere, ratio",
        f"{'style':22} {'reference':19} {'speed, deg/s':>20} {'its reference':>21} "
        f"{'acceleration, deg/s2':>22} {'its reference':>21}",
    ]
    for each in heads:
        firsts = range(step, len(each.made[0]), step)
        own, known = (seams(clips, each.fps, firsts, width) for clips in (each.made, each.reference))
        line = f"{each.title:22} {each.reference_title:19}"
        for name, places in (("speed", 2), ("acceleration", 1)):
            for found in (own, known):
                values = [getattr(found, f"{name}{end}") for end in ("", "_within", "_ratio")]
                line += " {:8.{places}f}{:8.{places}f}{:5.2f}".format(*values, places=places)
        lines.append(line)
    return lines


def _drift(drifts: Mapping[str, Drift]) -> list[str]:
    count = len(next(iter(drifts.values())).means)
    lines = [
        f"Drift: a long sound in {count} pieces, degrees: mean yaw, pitch, roll of each piece, spread within "
        "each, trend from end to end"
    ]
    for style, found in drifts.items():
        for number, name in enumerate(("yaw", "pitch", "roll")):
            cells = "".join(f"{value:7.2f}" for value in found.means[:, number])
            lines.append(
                f"{style if number == 0 else '':14} {name:7}{cells}   trend {found.slope[number]:+.2f}"
            )
        lines.append(f"{'':14} {'spread':7}" + "".join(f"{value:7.2f}" for value in found.spreads))
    return lines
