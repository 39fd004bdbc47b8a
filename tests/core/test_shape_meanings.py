# SPDX-License-Identifier: GPL-3.0-or-later
import numpy as np
import pytest
from soliloquy.core.retarget.arkit import ARKIT_INDEX
from soliloquy.core.retarget.face_features import LIP_PAIRS, arkit_displacements, face_features
from soliloquy.core.retarget.measured_shapes import MeasuredShapes
from soliloquy.core.retarget.shape_meanings import shape_meanings


def measured(**shapes):
    return MeasuredShapes(tuple(shapes), np.array(list(shapes.values())), np.zeros(LIP_PAIRS), 0.0)


def test_arkit_shapes_mean_themselves():
    features = face_features()
    names = ("jawOpen", "mouthPucker", "eyeBlinkLeft", "browInnerUp")
    found = shape_meanings(measured(**{name: features.arkit[ARKIT_INDEX[name]] for name in names}))
    for name in names:
        assert next(iter(found[name].weights)) == name
        assert found[name].weights == {name: pytest.approx(1.0, abs=1e-6)}
        assert found[name].likeness == pytest.approx(1.0)
    assert 0.01 < found["jawOpen"].movement < 0.1


def test_mixtures_name_their_pieces_with_the_strongest_first():
    found = shape_meanings(measured(oh=arkit_displacements({"jawOpen": 0.3, "mouthFunnel": 0.8})))["oh"]
    assert list(found.weights) == ["mouthFunnel", "jawOpen"]
    assert list(found.weights.values()) == pytest.approx([0.8, 0.3], abs=1e-6)


def test_what_no_face_does_is_told_apart():
    shapes = face_features().positions.shape
    grown = np.random.default_rng(1).standard_normal(shapes)
    found = shape_meanings(measured(still=np.zeros(shapes), noise=grown))
    assert found["still"].weights == {}
    assert found["still"].movement == 0
    assert found["noise"].likeness < 0.2
