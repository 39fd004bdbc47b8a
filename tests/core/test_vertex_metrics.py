# SPDX-License-Identifier: GPL-3.0-or-later
import numpy as np
import pytest
from soliloquy.core.evaluation.vertex_metrics import (
    REGIONS,
    agreement,
    explained_variance,
    face_dynamics_deviation,
    lid_opening,
    lip_errors,
    lip_opening,
    lip_score,
    mouth_opening_deviation,
    region_change,
    region_deviation,
    region_vertices,
    region_weights,
    upper_face_dynamics,
)
from soliloquy.core.head import lip_gap_model, load_head
from soliloquy.core.retarget.arkit import ARKIT_INDEX


@pytest.fixture(scope="module")
def head():
    return load_head()


@pytest.fixture(scope="module")
def pair(head):
    """Two animations, beta (300, 64): more than a block of frames."""
    random = np.random.default_rng(0)
    weights = random.uniform(0, 0.4, (2, 300, 52)).astype(np.float32)
    return weights[0] @ head.arkit_to_expression.T, weights[1] @ head.arkit_to_expression.T


def moved(head, *steps):
    """Positions (F, V, 3): the template with vertices moved, for each frame (vertices, millimetres)."""
    frames = np.repeat(head.template[None].astype(np.float64), len(steps), axis=0)
    for frame, (vertices, way) in zip(frames, steps, strict=True):
        frame[vertices] += np.array(way) / 1000
    return frames


def test_regions_are_skin_that_is_seen(head):
    counts = {name: len(region_vertices(head, name)) for name in REGIONS}
    assert counts == {"lips": 307, "lids": 638, "brows": 106, "upper_face": 1639}
    lips, lids, brows, upper = (set(region_vertices(head, name).tolist()) for name in REGIONS)
    assert not lips & upper
    assert not lids & brows
    assert lids | brows <= upper
    hidden = np.setdiff1d(np.arange(head.vertex_count), np.arange(head.spans["skin"].stop))
    cavity = head.faces[head.face_part == head.parts.index("mouth_cavity")]
    rims = head.faces[np.isin(head.face_part, [head.parts.index("skin"), head.parts.index("lips")])]
    for name in REGIONS:
        weights = region_weights(head, name)
        assert weights.shape == (head.vertex_count,)
        assert 0 <= weights.min() <= weights.max() <= 1
        assert not weights[hidden].any()
        assert not weights[np.setdiff1d(cavity, rims)].any()
        np.testing.assert_array_equal(weights > 0.9, weights[head.mirror] > 0.9)
    for landmark in ("mouth_corners", "inner_lip_upper", "inner_lip_lower"):
        assert set(head.landmarks[landmark].tolist()) <= lips
    assert set(head.landmarks["mediapipe_eye_left"].tolist()) <= lids
    assert set(head.landmarks["mediapipe_brow_right"].tolist()) <= brows
    with pytest.raises(ValueError, match="no region 'ears'"):
        region_weights(head, "ears")


def test_beta_and_positions_give_what_the_whole_mesh_gives(head, pair):
    one, other = pair
    meshes = [head.vertices(beta=beta).astype(np.float64) * 1000 for beta in pair]
    rest = head.template.astype(np.float64) * 1000
    lips, upper = (region_vertices(head, name) for name in ("lips", "upper_face"))
    expected = np.linalg.norm(meshes[0] - meshes[1], axis=-1)[:, lips].max(axis=1)
    dynamics = [((mesh - rest)[:, upper] ** 2).sum(-1).std(axis=0).mean() for mesh in meshes]
    weights = region_weights(head, "lids")
    change = np.sqrt(((meshes[0] - meshes[1]) ** 2).sum(-1) @ weights / weights.sum())
    spread = np.sqrt(meshes[0].var(axis=0).sum(-1) @ weights / weights.sum())
    for left in (one, meshes[0] / 1000):
        np.testing.assert_allclose(upper_face_dynamics(left, head), dynamics[0], rtol=1e-4)
        np.testing.assert_allclose(region_deviation([left], weights, head), spread, rtol=1e-4)
        for right in (other, meshes[1] / 1000):
            np.testing.assert_allclose(lip_errors(left, right, head), expected, rtol=1e-4)
            np.testing.assert_allclose(region_change(left, right, weights, head), change, rtol=1e-4)
            fdd = face_dynamics_deviation(left, right, head)
            np.testing.assert_allclose(fdd, dynamics[1] - dynamics[0], rtol=1e-3, atol=1e-3)


def test_lip_error_and_lve_by_hand(head):
    lips = region_vertices(head, "lips")
    truth = moved(head, *[([0], (0, 0, 0))] * 3)
    # 5 mm at one lip vertex and 1 mm at another; 2 mm; and a centimetre at the forehead, which is no lip.
    brow = head.landmarks["mediapipe_brow_left"]
    prediction = moved(head, (lips[:1], (0, 3, 4)), (lips[4:9], (0, 0, -2)), (brow, (10, 0, 0)))
    prediction[0, lips[1], 0] += 0.001
    errors = lip_errors(prediction, truth, head)
    np.testing.assert_allclose(errors, [5, 2, 0], atol=1e-9)
    score = lip_score(errors)
    assert score.error == pytest.approx(7 / 3)
    assert score.lve == pytest.approx(29 / 3)


def test_face_dynamics_by_hand(head):
    upper = region_vertices(head, "upper_face")
    still = moved(head, *[([0], (0, 0, 0))] * 4)
    truth = moved(head, *[(upper, (0, step, 0)) for step in (0, 2, 0, 2)])
    # Squared distances 0, 4, 0, 4: deviation 2. Half of the vertices moving: half of it.
    assert upper_face_dynamics(truth, head) == pytest.approx(2)
    assert face_dynamics_deviation(still, truth, head) == pytest.approx(2)
    assert face_dynamics_deviation(truth, still, head) == pytest.approx(-2)
    part = upper[: len(upper) // 2]
    half = moved(head, *[(part, (0, step, 0)) for step in (0, 2, 0, 2)])
    assert upper_face_dynamics(half, head) == pytest.approx(2 * len(part) / len(upper))
    # Of a face with another rest: from that rest.
    neutral = head.template + np.float32(0.01)
    assert upper_face_dynamics(truth + 0.01, head, neutral=neutral) == pytest.approx(2, rel=1e-3)
    assert upper_face_dynamics(np.repeat(truth[1:2], 700, axis=0), head) == pytest.approx(0, abs=1e-9)


def test_openings(head):
    weights = np.zeros((3, 52), np.float32)
    weights[1, ARKIT_INDEX["jawOpen"]] = 0.5
    weights[2, [ARKIT_INDEX["eyeBlinkLeft"], ARKIT_INDEX["eyeBlinkRight"]]] = 1
    beta = weights @ head.arkit_to_expression.T
    heights = lip_gap_model().heights(weights) * 1000
    np.testing.assert_allclose(lip_opening(beta, head), heights, atol=1e-3)
    np.testing.assert_allclose(lip_opening(head.vertices(beta=beta), head), heights, atol=1e-3)
    lids = lid_opening(beta, head)
    np.testing.assert_allclose(lids, lid_opening(head.vertices(beta=beta), head), atol=1e-3)
    assert 7 < lids[0] < 9
    assert abs(lids[1] - lids[0]) < 0.01
    assert abs(lids[2]) < 0.7
    still = np.zeros_like(beta)
    assert mouth_opening_deviation(beta, still, head) == pytest.approx(
        (heights[1] - heights[0]) / 3, rel=1e-3
    )
    # Both eyes count.
    left = np.zeros((1, 52), np.float32)
    left[0, ARKIT_INDEX["eyeBlinkLeft"]] = 1
    (winking,) = lid_opening(left @ head.arkit_to_expression.T, head)
    assert winking == pytest.approx((lids[0] + lids[2]) / 2, rel=1e-3)


def test_change_in_units_of_what_a_region_does_in_life(head):
    weights = region_weights(head, "brows")
    brows = np.flatnonzero(weights)
    still = moved(head, *[([0], (0, 0, 0))] * 4)
    captured = moved(head, *[(brows, (0, step, 0)) for step in (-1, 1, -1, 1)])
    deviation = region_deviation([captured], weights, head)
    assert deviation == pytest.approx(1)
    assert region_deviation([captured[:2], captured[2:], still], weights, head) == pytest.approx(np.sqrt(0.5))
    other = moved(head, *[(brows, (0, 0, step)) for step in (3, 0, 0, 3)])
    np.testing.assert_allclose(region_change(still, other, weights, head) / deviation, [3, 0, 0, 3])
    assert not region_change(still, other, region_weights(head, "lips"), head).any()


def test_explained_variance():
    truth = np.sin(np.arange(100.0))
    assert explained_variance(truth, truth) == 1
    assert explained_variance(np.full(100, truth.mean()), truth) == pytest.approx(0)
    assert explained_variance(-truth, truth) < -2
    assert explained_variance(truth * 0.5 + truth.mean() / 2, truth) == pytest.approx(0.75)
    assert np.isnan(explained_variance(truth, np.ones(100)))


def test_agreement():
    time = np.arange(200.0)
    result = agreement([np.sin(time), 3 * np.sin(time) + 5, -np.sin(time)])
    assert result.mean == pytest.approx(-1 / 3)
    assert result.least == pytest.approx(-1)
    assert agreement([np.sin(time), np.zeros(200)]).least == 0
    with pytest.raises(ValueError, match="two or more"):
        agreement([time])


def test_what_cannot_be_compared_is_refused(head, pair):
    one, other = pair
    for work in (lip_errors, mouth_opening_deviation):
        with pytest.raises(ValueError, match="frames"):
            work(one, other[:10], head)
    with pytest.raises(ValueError, match="without frames"):
        lip_errors(one[:0], other[:0], head)
    with pytest.raises(ValueError, match="numbers a frame"):
        lip_errors(one[:, :63], other, head)
    with pytest.raises(ValueError, match="numbers a frame"):
        lip_opening(np.zeros((2, 100, 3)), head)
    with pytest.raises(ValueError, match="frames"):
        explained_variance(np.zeros(3), np.zeros(4))
