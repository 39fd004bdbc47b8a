# SPDX-License-Identifier: GPL-3.0-or-later
import numpy as np
import pytest
from soliloquy.core.audio.timeline import Curve, PlacedSound, mix


def blocks_of(samples, size):
    def open_blocks():
        for begin in range(0, len(samples), size):
            yield samples[begin : begin + size]

    return open_blocks


def by_hand(placements, length):
    """The same mix, written sample by sample."""
    mixed = np.zeros(length)
    for samples, origin, first, last, gain in placements:
        for position in range(max(first, 0), min(last, length)):
            source = position - origin
            if 0 <= source < len(samples):
                factor = gain if isinstance(gain, float) else np.interp(position, gain.positions, gain.values)
                mixed[position] += samples[source] * factor
    return mixed


@pytest.mark.parametrize("block", [1, 7, 64, 1000])
@pytest.mark.parametrize("source_block", [1, 13, 500])
def test_mixed_in_blocks_equals_mixed_by_hand(block, source_block):
    generator = np.random.default_rng(0)
    fade = Curve(np.array([50.0, 90.0]), np.array([0.0, 1.0]))
    placements = [
        (generator.standard_normal(200).astype(np.float32), -40, 0, 100, 1.0),
        (generator.standard_normal(90).astype(np.float32), 30, 45, 300, 0.5),
        (generator.standard_normal(90).astype(np.float32), 20, 20, 110, fade),
        (generator.standard_normal(90).astype(np.float32), 150, 120, 400, 1.0),
        (generator.standard_normal(10).astype(np.float32), 280, 280, 400, 1.0),
    ]
    sounds = [
        PlacedSound(blocks_of(samples, source_block), origin, first, last, gain)
        for samples, origin, first, last, gain in placements
    ]
    mixed = list(mix(sounds, 300, block))
    assert all(len(part) == block for part in mixed[:-1])
    np.testing.assert_allclose(np.concatenate(mixed), by_hand(placements, 300), atol=1e-6)


@pytest.mark.parametrize("block", [500, 7777, 100_000])
def test_changing_speed_reads_the_sound_where_the_curve_says(block):
    def sound(position):
        return np.sin(position * 0.11) + 0.5 * np.sin(position * 0.7 + 1)

    knots = Curve(np.array([1000.0, 5000, 11000, 12000]), np.array([-50.0, 1950, 13950, 14950]))
    source = sound(np.arange(20000)).astype(np.float32)
    placed = PlacedSound(blocks_of(source, 999), knots, 1000, 12000)
    mixed = np.concatenate(list(mix([placed], 13000, block)))
    positions = knots.at(0, 13000)
    for first, last in ((1200, 4950), (5050, 10950), (11050, 11990)):
        # Speeds 0.5, 2 and 1. At speed 2 everything here stays below half the Nyquist frequency.
        np.testing.assert_allclose(mixed[first:last], sound(positions[first:last]), atol=0.02)
    assert not mixed[:1000].any()
    assert not mixed[12000:].any()


def test_faster_sound_does_not_alias():
    source = np.sin(np.arange(20000) * 0.75 * np.pi).astype(np.float32)
    twice = Curve(np.array([0.0, 5000]), np.array([0.0, 10000]))
    mixed = np.concatenate(list(mix([PlacedSound(blocks_of(source, 999), twice, 0, 5000)], 5000, 5000)))
    assert np.abs(mixed[100:-100]).max() < 0.05


def test_stopped_sound_is_silent():
    stop = Curve(np.array([0.0, 1000, 2000, 3000]), np.array([0.0, 1000, 1000, 2000]))
    placed = PlacedSound(blocks_of(np.ones(3000, np.float32), 100), stop, 0, 3000)
    (mixed,) = mix([placed], 3000, 3000)
    assert np.abs(mixed[1000:1999]).max() == 0
    assert mixed[2500] == pytest.approx(1, abs=1e-2)


def test_sounds_are_opened_only_when_they_are_heard_and_never_held_whole():
    opened = []

    def open_late():
        opened.append(True)
        yield np.ones(10, np.float32)

    stream = mix([PlacedSound(open_late, 100, 100, 110)], 200, 50)
    next(stream)
    next(stream)
    assert not opened
    assert next(stream).sum() == 10
