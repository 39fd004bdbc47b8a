# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of keys: against SciPy's bounded least squares, and against what a rigger would expect."""

import numpy as np
import pytest
from soliloquy.core.errors import InputError
from soliloquy.core.head import lip_gap_model, load_head
from soliloquy.core.retarget.arkit import ARKIT_INDEX, ARKIT_NAMES, PARTS
from soliloquy.core.retarget.beliefs import names_suffice
from soliloquy.core.retarget.detection import detect
from soliloquy.core.retarget.face_features import LIP_PAIRS, arkit_displacements, face_features
from soliloquy.core.retarget.mapping import MappedKey, RigMapping
from soliloquy.core.retarget.measured_shapes import FaceSurface, MeasuredShapes, measure_shapes
from soliloquy.core.retarget.retargeter import make_retargeter
from soliloquy.core.retarget.splitting import Splitting


def unnamed(count: int) -> RigMapping:
    """Keys whose names say nothing."""
    return RigMapping(tuple(MappedKey(f"Key {number}") for number in range(count)), "shapes")


def shapes_of(displacements: np.ndarray, rest_gap: float = -4e-4) -> MeasuredShapes:
    """What unnamed keys do, known exactly."""
    keys = tuple(f"Key {number}" for number in range(len(displacements)))
    return MeasuredShapes(keys, displacements, np.full(LIP_PAIRS, rest_gap), 0.0)


def speech(count: int = 60) -> np.ndarray:
    """ARKit weights (F, 52) of a mouth that opens, rounds and closes."""
    times = np.linspace(0, 6 * np.pi, count)
    weights = np.zeros((count, len(ARKIT_NAMES)), np.float32)
    weights[:, ARKIT_INDEX["jawOpen"]] = 0.2 + 0.2 * np.sin(times)
    weights[:, ARKIT_INDEX["mouthPucker"]] = 0.3 + 0.3 * np.sin(0.7 * times)
    weights[:, ARKIT_INDEX["mouthSmileLeft"]] = 0.2 + 0.2 * np.cos(1.3 * times)
    weights[:, ARKIT_INDEX["mouthSmileRight"]] = 0.2 + 0.2 * np.cos(1.3 * times)
    return weights


def test_splitting_is_as_good_as_scipy() -> None:
    optimize = pytest.importorskip("scipy.optimize")
    random = np.random.default_rng(0)
    columns = random.normal(size=(40, 9))
    columns /= np.linalg.norm(columns, axis=0)
    goals = random.normal(size=(20, 40))
    upper = random.uniform(0.1, 1, 9)
    zeros = np.zeros((20, 9))
    found, _ = Splitting.of(columns.T @ columns).iterate(
        goals @ columns, np.zeros(9), upper, zeros, zeros, 400
    )
    for goal, row in zip(goals, found, strict=True):
        best = optimize.lsq_linear(columns, goal, (0, upper)).x
        assert np.allclose(row, best, atol=2e-3)


def test_arkit_names_take_their_weights() -> None:
    retargeter = make_retargeter(detect(ARKIT_NAMES).mapping, {})
    weights = np.random.default_rng(1).random((7, 52)).astype(np.float32)
    order = [ARKIT_INDEX[key] for key in retargeter.keys]
    assert np.array_equal(retargeter.values(weights), weights[:, order])
    assert (retargeter.missing, retargeter.notes) == ((), ())
    assert names_suffice(detect(ARKIT_NAMES).mapping)
    odd = MappedKey("Hat", "No Such Channel")
    assert names_suffice(RigMapping((*detect(ARKIT_NAMES).keys, odd)))


def test_gain_offset_inversion_and_range() -> None:
    rows = (
        MappedKey("open", "jawOpen", gain=2.0, offset=0.1),
        MappedKey("closed", "jawOpen", invert=True),
        MappedKey("shut", "mouthClose", use=False),
    )
    retargeter = make_retargeter(RigMapping(rows), {"open": (0.0, 0.8)})
    weights = np.zeros((3, 52), np.float32)
    weights[:, ARKIT_INDEX["jawOpen"]] = (0, 0.25, 1)
    values = dict(zip(retargeter.keys, retargeter.values(weights).T, strict=True))
    assert set(values) == {"open", "closed"}
    assert np.allclose(values["open"][[0, 2]], (0.1, 0.8))
    assert values["closed"][0] == 1
    assert values["closed"][2] < 0.5


def test_parts_that_are_not_asked_for_rest() -> None:
    retargeter = make_retargeter(detect(ARKIT_NAMES).mapping, {})
    values = retargeter.values(np.ones((2, 52), np.float32), parts=("Blink",))
    moving = {key for key, value in zip(retargeter.keys, values[0], strict=True) if value > 0}
    assert moving == set(PARTS["Blink"])


def test_unnamed_arkit_shapes_get_their_weights() -> None:
    features = face_features()
    order = np.random.default_rng(2).permutation(52)
    retargeter = make_retargeter(unnamed(52), {}, shapes_of(features.arkit[order]))
    weights = speech()
    made = np.tensordot(
        retargeter.values(weights).astype(float),
        features.arkit[order[[int(key.split()[1]) for key in retargeter.keys]]],
        1,
    )
    wanted = np.tensordot(weights.astype(float), features.arkit, 1)
    for name in ("lip gap 3", "mouth width", "jaw", "corner height left"):
        made_curve, wanted_curve = features.measure(name, made), features.measure(name, wanted)
        assert np.corrcoef(made_curve, wanted_curve)[0, 1] > 0.99, name
        assert 0.9 < made_curve.std() / wanted_curve.std() < 1.1, name


def test_lips_meet_with_visemes_alone() -> None:
    meanings = (
        {"jawOpen": 0.6},
        {"jawOpen": 0.15, "mouthPucker": 0.8},
        {"jawOpen": 0.2, "mouthSmileLeft": 0.5, "mouthSmileRight": 0.5},
        {"mouthPressLeft": 0.4, "mouthPressRight": 0.4},
    )
    retargeter = make_retargeter(
        unnamed(4), {}, shapes_of(np.array([arkit_displacements(each) for each in meanings]))
    )
    weights = speech()
    jaw = weights[:, ARKIT_INDEX["jawOpen"]]
    weights[10:14, ARKIT_INDEX["mouthClose"]] = jaw[10:14]
    weights[10:14, ARKIT_INDEX["mouthPressLeft"]] = 0.12
    model = lip_gap_model()
    heights = model.rest + retargeter.values(weights) @ retargeter.lip_slopes
    full = model.heights(weights)
    closed = full <= model.closed
    assert closed[10:14].all()
    assert (heights[closed] <= model.closed).all()
    apart = full > 3 * model.closed
    assert (heights[apart] > model.closed).all()
    assert any("close the lips while the jaw is open" in note for note in retargeter.notes)


def test_names_that_lie_are_not_believed() -> None:
    features = face_features()
    order = np.random.default_rng(3).permutation(52)
    names = tuple(ARKIT_NAMES)
    shapes = MeasuredShapes(names, features.arkit[order], np.full(LIP_PAIRS, -4e-4), 0.0)
    retargeter = make_retargeter(detect(names).mapping, {}, shapes)
    weights = speech()
    row = [int(np.flatnonzero(np.array(names) == key)[0]) for key in retargeter.keys]
    made = np.tensordot(retargeter.values(weights).astype(float), features.arkit[order[row]], 1)
    wanted = np.tensordot(weights.astype(float), features.arkit, 1)
    gaps = [features.measure("lip gap 3", each) for each in (made, wanted)]
    assert np.corrcoef(*gaps)[0, 1] > 0.99
    assert not retargeter.remarks


def test_a_measurement_that_opens_no_mouth_gives_way_to_the_names() -> None:
    names = ("jawOpen", "mouthPucker", "mouthSmileLeft", "mouthSmileRight", "mouthFunnel")
    wrong = np.array([arkit_displacements({"browInnerUp": 1.0})] * len(names)) * 0.3
    retargeter = make_retargeter(
        detect(names).mapping, {}, MeasuredShapes(names, wrong, np.zeros(LIP_PAIRS), 0.01)
    )
    assert len(retargeter.remarks) == 1
    assert retargeter.notes[0].endswith("the names are believed.")
    values = dict(zip(retargeter.keys, retargeter.values(speech()).T, strict=True))
    assert values["jawOpen"].max() > 0.3


def test_measured_on_the_head_itself_keys_do_what_they_do() -> None:
    pytest.importorskip("scipy")
    head = load_head()
    triangles = np.concatenate([head.faces[:, [0, 1, 2]], head.faces[:, [0, 2, 3]]])
    names = ("jawOpen", "mouthPucker", "mouthSmileLeft", "eyeBlinkLeft", "browInnerUp", "eyeLookOutLeft")
    keys = tuple(f"Key {number}" for number in range(len(names)))
    deltas = head.arkit_deltas[[ARKIT_INDEX[name] for name in names]]
    shapes = measure_shapes(FaceSurface(head.template, triangles, np.eye(3)), keys, deltas)
    features = face_features()
    for key, measured in zip(shapes.keys, shapes.displacements, strict=True):
        truth = features.arkit[ARKIT_INDEX[names[keys.index(key)]]]
        assert np.linalg.norm(measured - truth, axis=1).mean() < 2e-4
    assert np.abs(shapes.rest_gaps - features.rest_gap).max() < 1e-3
    assert shapes.gaze == {"Key 5": ("eyeLookOutLeft",)}
    retargeter = make_retargeter(unnamed(len(names)), {}, shapes)
    assert dict(zip(retargeter.keys, retargeter.parts, strict=True)) == {
        "Key 0": "Mouth",
        "Key 1": "Mouth",
        "Key 2": "Mouth",
        "Key 3": "Blink",
        "Key 4": "Brows",
        "Key 5": "Gaze",
    }


def test_lids_of_split_vertices_are_no_eyeballs() -> None:
    pytest.importorskip("scipy")
    head = load_head()
    triangles = np.concatenate([head.faces[:, [0, 1, 2]], head.faces[:, [0, 2, 3]]])
    corners = triangles.ravel()
    names = ("jawOpen", "eyeBlinkLeft", "eyeLookUpRight")
    deltas = head.arkit_deltas[[ARKIT_INDEX[name] for name in names]][:, corners]
    surface = FaceSurface(head.template[corners], np.arange(len(corners)).reshape(-1, 3), np.eye(3))
    shapes = measure_shapes(surface, ("Key 0", "Key 1", "Key 2"), deltas)
    assert shapes.gaze == {"Key 2": ("eyeLookUpRight",)}


def test_nothing_to_drive_is_refused() -> None:
    with pytest.raises(InputError, match="None of the 2 keys is known by its name"):
        make_retargeter(unnamed(2), {})
    with pytest.raises(InputError, match="shape"):
        make_retargeter(detect(ARKIT_NAMES).mapping, {}).values(np.zeros((3, 51)))
