# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of keys become the ARKit weights of the face that they show."""

import numpy as np
import pytest
from soliloquy.core.head import load_head
from soliloquy.core.retarget.arkit import ARKIT_INDEX, ARKIT_NAMES, MOUTH_NAMES
from soliloquy.core.retarget.channels import CHANNELS
from soliloquy.core.retarget.face_features import arkit_displacements, face_features
from soliloquy.core.retarget.mapping import MappedKey, RigMapping
from soliloquy.core.retarget.measured_shapes import MeasuredShapes
from soliloquy.core.retarget.retargeter import make_retargeter
from soliloquy.core.retarget.weights_of_keys import weights_of_keys

VISEMES = [name for name in CHANNELS if name.startswith("Oculus")]


TOGETHER = (
    *("jawOpen", "jawForward", "mouthFunnel", "mouthPucker", "mouthRollLower", "mouthUpperUpLeft"),
    *("mouthUpperUpRight", "mouthLowerDownLeft", "mouthLowerDownRight", "mouthSmileLeft", "mouthSmileRight"),
)
"""Shapes of a mouth of which none is another's opposite."""


def wild(count=200, seed=0):
    """Weights (F, 52) of faces, wilder than any."""
    return np.random.default_rng(seed).random((count, len(ARKIT_NAMES))).astype(np.float32)


def measured(shapes):
    """Keys that were measured to do what ARKit weights make of the built-in head."""
    moves = np.array([arkit_displacements(weights) for weights in shapes.values()])
    return MeasuredShapes(tuple(shapes), moves, np.zeros(7), 0.0)


def test_plain_keys_say_what_they_were_told():
    rows = tuple(MappedKey(f"{name} key", name) for name in ARKIT_NAMES)
    asked = wild()
    values = make_retargeter(RigMapping(rows), {}).values(asked)
    columns = make_retargeter(RigMapping(rows), {}).keys
    ordered = [next(row for row in rows if row.key == key) for key in columns]
    read = weights_of_keys(ordered, values)
    np.testing.assert_allclose(read.weights, asked, atol=1e-6)
    assert read.exact == frozenset(ARKIT_NAMES)
    assert set(read.parts) == {"Mouth", "Blink", "Gaze", "Brows"}


@pytest.mark.parametrize(("gain", "offset", "invert"), [(2, 0, False), (0.5, 0.2, False), (0.8, 0.1, True)])
def test_gain_offset_and_inversion(gain, offset, invert):
    row = MappedKey("key", "jawOpen", gain=gain, offset=offset, invert=invert)
    shown = np.linspace(0, 1, 11)
    values = offset + gain * (1 - shown if invert else shown)
    read = weights_of_keys([row], values[:, None])
    np.testing.assert_allclose(read.weights[:, ARKIT_INDEX["jawOpen"]], shown, atol=1e-6)


def test_a_key_without_gain_says_nothing():
    for invert in (False, True):
        row = MappedKey("key", "jawOpen", gain=0.0, offset=0.5, invert=invert)
        assert not weights_of_keys([row], np.full((3, 1), 0.5)).weights.any()


def test_meanings_add_up_and_what_is_too_much_is_the_nearest_face():
    chosen = VISEMES[10:13]
    rows = [MappedKey(name, name) for name in chosen]
    meanings = np.zeros((len(chosen), len(ARKIT_NAMES)))
    for index, name in enumerate(chosen):
        for shape, weight in CHANNELS[name].meaning.items():
            meanings[index, ARKIT_INDEX[shape]] = weight
    values = np.random.default_rng(1).random((50, len(chosen))) / len(chosen)
    read = weights_of_keys(rows, values)
    np.testing.assert_allclose(read.weights, values @ meanings, atol=1e-6)
    assert not read.exact
    # Beyond what shapes can do: the mouth is nearer to the sum than cut weights are.
    values = np.full((1, len(chosen)), 1.6)
    asked = values @ meanings
    assert asked.max() > 1
    found = weights_of_keys(rows, values).weights
    assert (found >= 0).all()
    assert found.max() <= 1
    features = face_features()
    mouth = [ARKIT_INDEX[name] for name in MOUTH_NAMES]
    seen = features.rows("Mouth", features.arkit[mouth])
    off = [np.linalg.norm(seen @ (each - asked)[0, mouth]) for each in (found, np.clip(asked, 0, 1))]
    assert off[0] < off[1]


def test_measured_keys_give_the_face_that_they_make():
    """Keys of no name, each a mixture of shapes: the mouth of the weights is the mouth of the keys."""
    random = np.random.default_rng(2)
    shapes = {
        f"key {index}": {
            str(name): float(random.uniform(0.1, 0.4)) for name in random.choice(TOGETHER, 3, replace=False)
        }
        for index in range(8)
    }
    known = measured(shapes)
    values = random.random((100, 8)) * 0.6
    rows = [MappedKey(key) for key in shapes]
    found = weights_of_keys(rows, values, known).weights
    head, features = load_head(), face_features()
    asked = np.tensordot(values, known.displacements, 1)
    made = np.tensordot(found, head.arkit_deltas[:, features.samples], 1)
    lips = features.weights["Mouth"] > 0.9
    off = np.linalg.norm(made - asked, axis=2)[:, lips]
    size = np.linalg.norm(asked, axis=2)[:, lips]
    assert np.sqrt((off**2).mean()) < 0.1 * np.sqrt((size**2).mean())
    # Without the measurement they say nothing.
    nothing = weights_of_keys(rows, values)
    assert not nothing.weights.any()
    assert nothing.parts == ()


def test_keys_below_zero_are_the_opposite():
    """A slider that smiles above and frowns below zero."""
    shapes = {"smile and frown": {"mouthSmileLeft": 0.8, "mouthSmileRight": 0.8}}
    found = weights_of_keys(
        [MappedKey("smile and frown")], np.array([[0.5], [-0.5]]), measured(shapes)
    ).weights
    smile, frown = ARKIT_INDEX["mouthSmileLeft"], ARKIT_INDEX["mouthFrownLeft"]
    assert found[0, smile] == pytest.approx(0.4, abs=0.02)
    assert found[1, smile] == 0
    assert found[1, frown] > found[0, frown]


def test_eyeballs_that_were_measured_to_turn():
    shapes = measured({"look": {"jawOpen": 1.0}})
    turning = MeasuredShapes(
        shapes.keys, shapes.displacements * 1e-3, shapes.rest_gaps, 0.0, {"eyes": ("eyeLookUpLeft",)}
    )
    read = weights_of_keys([MappedKey("eyes")], np.array([[0.7]]), turning)
    assert read.weights[0, ARKIT_INDEX["eyeLookUpLeft"]] == pytest.approx(0.7)
    assert read.parts == ("Gaze",)
