# SPDX-License-Identifier: GPL-3.0-or-later
"""Other styles of a performance, made by editing it: each does what its name says, and lips still meet."""

from functools import cache

import numpy as np
import pytest

pytest.importorskip("scipy")

from soliloquy import samples
from soliloquy.core.generate import animate
from soliloquy.core.generate.style_presets import PRESETS
from soliloquy.core.head import lip_gap_model, load_head
from soliloquy.core.retarget.arkit import (
    ARKIT_INDEX,
    BLINK_NAMES,
    BROW_NAMES,
    GAZE_NAMES,
    OPPOSED_PAIRS,
    arkit_indices,
)
from soliloquy.core.training.style.edits import (
    GROUPS,
    POSTURES,
    PRESET_EDITS,
    StyleEdit,
    edited,
    posture,
    random_edit,
)

FPS = 25.0


@cache
def spoken() -> np.ndarray:
    """The sample's own animation (F, 52), with brows that move."""
    weights = animate(samples.SOUND, fps=FPS, seed=1).weights.copy()
    time = np.arange(len(weights)) / FPS
    weights[:, arkit_indices(BROW_NAMES)] = (0.15 + 0.15 * np.sin(2 * np.pi * 0.7 * time))[:, None]
    weights[:, ARKIT_INDEX["browDownLeft"]] = weights[:, ARKIT_INDEX["browDownRight"]] = 0
    weights.setflags(write=False)
    return weights


def gaps(weights: np.ndarray) -> np.ndarray:
    """Height of the lip gap in units of the height below which lips are closed."""
    model = lip_gap_model()
    return model.heights(weights) / model.closed


def column(weights: np.ndarray, *names: str) -> np.ndarray:
    """Mean over shapes whose names begin so."""
    return weights[:, [index for name, index in ARKIT_INDEX.items() if name.startswith(names)]].mean(axis=1)


def mouth_width(weights: np.ndarray) -> np.ndarray:
    """Millimetres between the corners of the mouth, in the head's own geometry."""
    head = load_head()
    right, left = head.landmarks["mouth_corners"]
    apart = head.arkit_deltas[:, left, 0] - head.arkit_deltas[:, right, 0]
    return 1000 * (weights @ apart + head.template[left, 0] - head.template[right, 0])


def all_edits() -> dict[str, StyleEdit]:
    drawn = {f"drawn {seed}": random_edit(np.random.default_rng(seed)) for seed in range(24)}
    return {**PRESET_EDITS, **drawn}


def test_there_is_an_edit_for_every_preset():
    assert list(PRESET_EDITS) == list(PRESETS)


@pytest.mark.parametrize("name", all_edits())
def test_an_edited_face_is_a_face(name):
    """Weights within 0..1, no opposed shapes at once, nobody touched the lids or the eyes."""
    result = edited(spoken(), all_edits()[name], FPS)
    assert result.shape == spoken().shape
    assert result.dtype == np.float32
    assert result.min() >= 0
    assert result.max() <= 1
    for one, other in OPPOSED_PAIRS:
        assert np.minimum(result[:, ARKIT_INDEX[one]], result[:, ARKIT_INDEX[other]]).max() < 1e-6
    others = arkit_indices((*BLINK_NAMES, *GAZE_NAMES))
    assert np.abs(result[:, others] - spoken()[:, others]).max() < 1e-6


@pytest.mark.parametrize("name", all_edits())
def test_closed_lips_stay_closed(name):
    """Where the lips touched they touch, in the head's own geometry."""
    before, after = gaps(spoken()), gaps(edited(spoken(), all_edits()[name], FPS))
    closed = before < 0.7
    assert closed.sum() > 20
    assert after[closed].max() < 1.0


@pytest.mark.parametrize("name", all_edits())
def test_open_lips_stay_open_unless_the_edit_closes_them(name):
    """Lips that were wide apart do not seal, unless their opening is made small, slurred or pressed away."""
    edit = all_edits()[name]
    before, after = gaps(spoken()), gaps(edited(spoken(), edit, FPS))
    wide = before > 4
    assert wide.sum() > 30
    closes = edit.gains.get("opening", 1) < 0.5 or edit.postures.keys() & {"press", "frown", "pout"}
    if not closes:
        assert (after[wide] > 1).mean() > 0.97


def test_no_edit_changes_next_to_nothing():
    result = edited(spoken(), StyleEdit(), FPS)
    far = gaps(spoken()) > 1.6
    # What is wide open is as it was; what nearly touched is sealed.
    assert np.abs(result[far] - spoken()[far]).max() < 1e-6


def test_gains_scale_their_own_shapes():
    far = gaps(spoken()) > 1.6
    for group, starts in GROUPS.items():
        names = [name for name in ARKIT_INDEX if name.startswith(starts)]
        result = edited(spoken(), StyleEdit({group: 0.5}), FPS)
        own = arkit_indices(tuple(names))
        others = [index for index in range(52) if index not in own]
        assert result[far][:, own] == pytest.approx(0.5 * spoken()[far][:, own], abs=1e-5)
        assert np.abs(result[far][:, others] - spoken()[far][:, others]).max() < 1e-6


def test_postures_name_shapes_that_there_are():
    for name, shapes in POSTURES.items():
        added = posture(StyleEdit(postures={name: 1.0}))
        assert added.max() > 0
        for start, weight in shapes.items():
            hit = [index for shape, index in ARKIT_INDEX.items() if shape.startswith(start)]
            assert hit
            assert (added[hit] >= weight - 1e-6).all()
        assert added.sum() <= 1 + sum(2 * weight for weight in shapes.values())
        assert not posture(StyleEdit(postures={name: -0.5})).any()


def spread(values: np.ndarray) -> float:
    return float(np.percentile(values, 95) - np.percentile(values, 5))


def test_presets_do_what_their_names_say():
    """Measured on the head: opening, width, corners, brows, speed, and which side leads."""
    plain = spoken()
    made = {name: edited(plain, edit, FPS) for name, edit in PRESET_EDITS.items()}

    def opening(weights):
        return spread(gaps(weights))

    def speed(weights):
        return float(np.abs(np.diff(gaps(weights))).mean())

    assert opening(made["calm"]) < 0.8 * opening(plain)
    assert speed(made["calm"]) < 0.7 * speed(plain)

    assert opening(made["articulated"]) > 1.1 * opening(plain)
    assert speed(made["articulated"]) > 1.2 * speed(plain)
    assert spread(mouth_width(made["articulated"])) > 1.2 * spread(mouth_width(plain))

    assert opening(made["mumbling"]) < 0.5 * opening(plain)
    assert opening(made["mumbling"]) < opening(made["calm"])
    assert speed(made["mumbling"]) < 0.5 * speed(plain)

    assert opening(made["big"]) > 1.3 * opening(plain)
    assert column(made["big"], "jawOpen").mean() > 1.3 * column(plain, "jawOpen").mean()
    assert opening(made["big"]) > opening(made["articulated"])

    def smile(weights):
        return float((column(weights, "mouthSmile") - column(weights, "mouthFrown")).mean())

    assert smile(made["smiling"]) > smile(plain) + 0.3
    assert mouth_width(made["smiling"]).mean() > mouth_width(plain).mean() + 2
    assert column(made["smiling"], "browInnerUp").mean() > column(plain, "browInnerUp").mean() + 0.05

    assert smile(made["grim"]) < smile(plain) - 0.3
    assert column(made["grim"], "browDown").mean() > column(plain, "browDown").mean() + 0.3

    assert column(made["pouting"], "mouthPucker").mean() > column(plain, "mouthPucker").mean() + 0.25
    assert mouth_width(made["pouting"]).mean() < mouth_width(plain).mean() - 2

    left, right = (
        column(made["one_sided"], *(f"{name}{side}" for name in ("mouthSmile", "mouthStretch"))).mean()
        for side in ("Left", "Right")
    )
    assert left > 2 * right
    # Only the one that is meant to has a side.
    for name, weights in made.items():
        lead = abs(column(weights, "mouthLeft").mean() - column(weights, "mouthRight").mean())
        assert (lead > 0.1) == (name == "one_sided")


def test_clarity_and_smoothing_keep_what_is_slow():
    """Posture and mean opening stay; only what is faster than a syllable grows or shrinks."""
    plain = gaps(spoken())
    open_ones = plain > 1.6
    for edit in (StyleEdit(clarity=0.6), StyleEdit(smoothing=0.06)):
        result = gaps(edited(spoken(), edit, FPS))
        assert np.abs(np.diff(result)).mean() < 0.85 * np.abs(np.diff(plain)).mean()
        assert result[open_ones].mean() == pytest.approx(plain[open_ones].mean(), rel=0.1)


def test_sides_are_mirror_images():
    """Left and right exchanged in the performance and in the edit give the exchanged result."""
    swapped = [
        ARKIT_INDEX[name.replace("Left", "*").replace("Right", "Left").replace("*", "Right")]
        for name in ARKIT_INDEX
    ]
    edit = StyleEdit({}, {"left": 0.5, "smile": 0.3}, side=0.8)
    mirrored = StyleEdit({}, {"right": 0.5, "smile": 0.3}, side=-0.8)
    one = edited(spoken(), edit, FPS)
    other = edited(spoken()[:, swapped], mirrored, FPS)[:, swapped]
    assert one == pytest.approx(other, abs=1e-5)


def test_the_rate_does_not_matter():
    """Twice the frames of the same motion, edited, are the edited motion at twice the frames."""
    edit = StyleEdit({"opening": 1.2}, {"smile": 0.4}, clarity=0.7, smoothing=0.05)
    slow = edited(spoken(), edit, FPS)
    times = np.arange(2 * len(spoken()) - 1) / 2
    twice = np.stack([np.interp(times, np.arange(len(spoken())), each) for each in spoken().T], axis=1)
    fast = edited(twice.astype(np.float32), edit, 2 * FPS)[::2]
    inside = slice(10, -10)
    assert np.abs(fast[inside] - slow[inside]).mean() < 0.01
    jaw = ARKIT_INDEX["jawOpen"]
    assert np.corrcoef(fast[inside, jaw], slow[inside, jaw])[0, 1] > 0.99


def test_drawn_edits_are_the_same_for_the_same_seed():
    def drawn(seed):
        random = np.random.default_rng(seed)
        return [random_edit(random) for _ in range(50)]

    assert drawn(3) == drawn(3)
    assert drawn(3) != drawn(4)
    many = [*drawn(3), *drawn(4), *drawn(5)]
    # Some of everything, and nothing out of its range.
    assert {name for edit in many for name in edit.gains} == set(GROUPS)
    assert {name for edit in many for name in edit.postures} == set(POSTURES)
    assert all(0 < gain < 2 for edit in many for gain in edit.gains.values())
    assert all(0 < share <= 1 for edit in many for share in edit.postures.values())
    assert all(-1 <= edit.side <= 1 for edit in many)
    assert any(edit.smoothing > 0 for edit in many)
    assert any(edit.clarity > 1.1 for edit in many)


def test_editing_leaves_what_was_given():
    before = spoken().copy()
    edited(spoken(), PRESET_EDITS["big"], FPS)
    assert np.array_equal(before, spoken())
