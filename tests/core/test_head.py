# SPDX-License-Identifier: GPL-3.0-or-later
"""The shipped head: its bases, shapes, landmarks and what its mouth and eyes do."""

import os
import subprocess
import sys
import time

import numpy as np
import pytest
from soliloquy.core.errors import ModelError
from soliloquy.core.head import HEAD_FILE, PART_COLOURS, Head, load_head
from soliloquy.core.retarget.arkit import ARKIT_INDEX, ARKIT_NAMES


@pytest.fixture(scope="module")
def head() -> Head:
    return load_head()


def posed(head: Head, **weights: float) -> np.ndarray:
    row = np.zeros(52, np.float32)
    for name, weight in weights.items():
        row[ARKIT_INDEX[name]] = weight
    return head.template + head.displacement(row)


def partner(name: str) -> str:
    if name.endswith("Left"):
        return name.removesuffix("Left") + "Right"
    return name.removesuffix("Right") + "Left" if name.endswith("Right") else name


def lip_gaps(head: Head, vertices: np.ndarray) -> np.ndarray:
    upper, lower = head.landmarks["inner_lip_upper"], head.landmarks["inner_lip_lower"]
    return np.linalg.norm(vertices[upper] - vertices[lower], axis=1)


def lid_gaps(head: Head, vertices: np.ndarray, side: str) -> np.ndarray:
    upper = head.landmarks[f"eyelid_upper_{side}"]
    return vertices[upper, 1] - vertices[head.landmarks[f"eyelid_lower_{side}"], 1]


def test_counts_and_labels(head):
    count = head.vertex_count
    assert head.template.shape == (count, 3)
    assert head.arkit_deltas.shape == (52, count, 3)
    assert head.expression_basis.shape == (64, 3 * count)
    assert head.identity_basis.shape == (80, 3 * count)
    assert head.faces.min() == 0
    assert head.faces.max() == count - 1
    assert len(np.unique(head.faces)) == count
    assert head.face_uvs.shape == head.faces.shape
    assert head.face_uvs.max() == len(head.uvs) - 1
    assert set(head.parts) == set(PART_COLOURS)
    assert set(np.unique(head.face_part)) == set(range(len(head.parts)))
    ends = [span.stop for span in head.spans.values()]
    assert [span.start for span in head.spans.values()] == [0, *ends[:-1]]
    assert ends[-1] == count


def test_data_file_is_small():
    assert HEAD_FILE.stat().st_size <= 3_000_000


def test_is_life_size(head):
    height = head.template[:, 1].max() - head.template[head.landmarks["face68"][8], 1]
    assert 0.21 < height < 0.25
    eyes = [head.template[head.spans[f"eye_{side}"]].mean(axis=0) for side in ("left", "right")]
    assert 0.060 < np.linalg.norm(eyes[0] - eyes[1]) < 0.066
    assert eyes[0][0] > 0 > eyes[1][0]


def test_bases_are_orthonormal(head):
    for basis in (head.expression_basis, head.identity_basis):
        gram = basis.astype(np.float64) @ basis.astype(np.float64).T
        assert np.abs(gram - np.eye(len(basis))).max() < 1e-5


def test_beta_gives_exactly_the_arkit_shapes(head):
    weights = np.random.default_rng(0).random((10, 52)).astype(np.float32)
    from_beta = head.vertices(beta=weights @ head.arkit_to_expression.T)
    from_shapes = head.template + np.einsum("fs,svc->fvc", weights, head.arkit_deltas)
    assert np.abs(from_beta - from_shapes).max() < 1e-5
    projected = head.arkit_deltas.reshape(52, -1) @ head.expression_basis.T
    assert np.abs(projected.T - head.arkit_to_expression).max() < 1e-5


def test_basis_at_some_vertices_is_the_basis(head):
    chosen = head.landmarks["face68"]
    whole = head.expression_basis.reshape(64, -1, 3)[:, chosen]
    assert np.array_equal(head.expression_basis_at(chosen), whole)


def test_spreads_fall(head):
    for spread in (head.expression_spread, head.identity_spread):
        assert (np.diff(spread) <= 1e-9).all()
        assert spread.min() > 0


def test_inference_needs_no_large_array():
    code = (
        "import time; from soliloquy.core.head import load_head; start = time.process_time();"
        "head = load_head(); head.arkit_to_expression; print(time.process_time() - start);"
        "assert not {'_shapes', 'expression_basis', 'identity_basis'} & set(head.__dict__)"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    runs = [
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
        )
        for _ in range(2)
    ]
    assert min(float(run.stdout) for run in runs) < 0.05


def test_landmark_basis_is_fast():
    fresh = load_head.__wrapped__()
    start = time.process_time()
    fresh.expression_basis_at(fresh.landmarks["face68"])
    assert time.process_time() - start < 0.3


@pytest.mark.parametrize("name", ARKIT_NAMES)
def test_partners_mirror(head, name):
    own = head.arkit_deltas[ARKIT_INDEX[name]]
    other = head.arkit_deltas[ARKIT_INDEX[partner(name)]]
    assert np.abs(own).max() > 1e-3, "the shape moves nothing"
    assert np.abs(own - other[head.mirror] * [-1, 1, 1]).max() < 2e-4


def test_template_is_symmetric(head):
    assert np.abs(head.template - head.template[head.mirror] * [-1, 1, 1]).max() < 1e-6


def test_lips_meet_and_part(head):
    assert lip_gaps(head, head.template).max() < 0.0015
    opened = lip_gaps(head, posed(head, jawOpen=1))
    assert opened[3] > 0.030
    assert opened.min() > 0.015
    for amount in (0.3, 1.0):
        closed = posed(head, jawOpen=amount, mouthClose=amount)
        assert np.abs(lip_gaps(head, closed) - lip_gaps(head, head.template)).max() < 3e-4


@pytest.mark.parametrize(
    "name",
    ["mouthSmileLeft", "mouthPressLeft", "mouthShrugLower", "mouthPucker", "mouthRollLower", "cheekPuff"],
)
def test_closed_shapes_keep_the_lips_level(head, name):
    moved = posed(head, **{name: 1.0})
    upper, lower = (moved[head.landmarks[f"inner_lip_{lip}"], 1] for lip in ("upper", "lower"))
    rest = head.template[:, 1]
    before = rest[head.landmarks["inner_lip_upper"]] - rest[head.landmarks["inner_lip_lower"]]
    assert np.abs(upper - lower - before).max() < 0.0012


def test_blink_closes_one_eye(head):
    for side, other in (("Left", "right"), ("Right", "left")):
        closed = posed(head, **{f"eyeBlink{side}": 1.0})
        assert lid_gaps(head, head.template, side.lower()).min() > 0.005
        assert np.abs(lid_gaps(head, closed, side.lower())).max() < 4e-4
        assert np.allclose(lid_gaps(head, closed, other), lid_gaps(head, head.template, other), atol=2e-5)


def test_jaw_moves_the_lower_teeth_only(head):
    moved = head.arkit_deltas[ARKIT_INDEX["jawOpen"]]
    assert np.abs(moved[head.spans["teeth_upper"]]).max() == 0
    assert moved[head.spans["teeth_lower"], 1].min() < -0.015
    assert moved[head.spans["teeth_lower"], 1].max() < 0
    assert moved[head.spans["tongue"], 1].min() < -0.010
    sideways = head.arkit_deltas[ARKIT_INDEX["jawLeft"]][head.spans["teeth_lower"], 0]
    assert sideways.min() > 0.003


def test_jaw_shapes_keep_the_teeth_in_shape(head):
    first = head.template[head.spans["teeth_lower"]][:16]
    size = np.linalg.norm(first - first[0], axis=1)[1:]
    for name in ("jawForward", "jawLeft"):
        moved = first + head.arkit_deltas[ARKIT_INDEX[name]][head.spans["teeth_lower"]][:16]
        assert np.abs(np.linalg.norm(moved - moved[0], axis=1)[1:] / size - 1).max() < 0.05


def test_eyes_turn_rigidly_the_right_way(head):
    for side, outwards in (("Left", 1), ("Right", -1)):
        span = head.spans[f"eye_{side.lower()}"]
        eye = head.template[span]
        centre = np.array([*(eye[:, :2].max(axis=0) + eye[:, :2].min(axis=0)) / 2, 0])
        centre[2] = eye[:, 2].min() + (eye[:, 0].max() - eye[:, 0].min()) / 2
        pupil = eye[:, 2].argmax()
        for direction, axis, sign in (
            ("Out", 0, outwards), ("In", 0, -outwards), ("Up", 1, 1), ("Down", 1, -1)
        ):  # fmt: skip
            turned = posed(head, **{f"eyeLook{direction}{side}": 1.0})[span]
            assert sign * (turned[pupil, axis] - eye[pupil, axis]) > 0.002
            radii = np.linalg.norm(turned - centre, axis=1) / np.linalg.norm(eye - centre, axis=1)
            assert np.abs(radii - 1).max() < 0.01


def test_landmarks_lie_where_their_names_say(head):
    marks, at = head.landmarks, head.template
    face = at[marks["face68"]]
    assert face.shape == (68, 3)
    sizes = {
        "mediapipe_lips_outer": 20, "mediapipe_lips_inner": 20, "mediapipe_eye_right": 16,
        "mediapipe_eye_left": 16, "mediapipe_brow_right": 5, "mediapipe_brow_left": 5,
        "mediapipe_chin": 4, "mediapipe_nose": 10,
    }  # fmt: skip
    assert {name: len(marks[name]) for name in sizes} == sizes
    for points in marks.values():
        assert points.max() < head.spans["skin"].stop
    assert face[0, 0] < -0.05
    assert face[16, 0] > 0.05
    assert (np.diff(face[:17, 0]) > -0.005).all()
    for right in ((36, 45), (48, 54), (17, 26), (31, 35), (60, 64)):
        assert face[right[0], 0] < 0 < face[right[1], 0]
        assert np.abs(face[right[0]] * [-1, 1, 1] - face[right[1]]).max() < 1e-6
    down = [27, 30, 33, 51, 62, 57, 8]
    assert (np.diff(face[down, 1]) < 1e-3).all()
    assert np.abs(face[down, 0]).max() < 1e-6
    assert (at[marks["mediapipe_eye_right"], 0] < 0).all()
    assert (at[marks["mediapipe_eye_left"], 0] > 0).all()
    assert (at[marks["mediapipe_brow_right"], 0] < 0).all()
    assert at[marks["mouth_corners"][0], 0] < 0 < at[marks["mouth_corners"][1], 0]
    for side in ("left", "right"):
        upper, lower = marks[f"eyelid_upper_{side}"], marks[f"eyelid_lower_{side}"]
        assert np.abs(at[upper, 0] - at[lower, 0]).max() < 0.002
    # The lips' rows run right, along the lower lip to the left, and back along the upper lip.
    for name in ("mediapipe_lips_outer", "mediapipe_lips_inner"):
        x = at[marks[name], 0]
        assert (np.diff(x[:11]) > 0).all()
        assert (np.diff(x[10:]) < 0).all()
    assert (at[marks["mediapipe_lips_outer"][1:10], 1] < at[marks["mediapipe_lips_outer"][:10:-1], 1]).all()


def test_regions_cover_their_places(head):
    assert set(head.regions) == {"lips", "mouth", "eyelids", "upper_face", "jaw"}
    for mask in head.regions.values():
        assert mask.shape == (head.vertex_count,)
        assert mask.min() >= 0
        assert mask.max() <= 1
    face68, regions = head.landmarks["face68"], head.regions
    assert regions["lips"][face68[48:]].min() > 0.9
    assert regions["mouth"][face68[48:]].min() > 0.9
    assert regions["lips"][face68[:48]].max() < 0.1
    assert regions["eyelids"][face68[36:48]].min() > 0.9
    assert regions["upper_face"][face68[17:27]].min() > 0.9
    assert regions["upper_face"][face68[48:]].max() < 0.01
    assert regions["jaw"][face68[8]] > 0.9


def test_people_keep_closed_lips_and_teeth_behind_them(head):
    random = np.random.default_rng(3)
    alpha = (random.normal(size=(10, 80)) * head.identity_spread).astype(np.float32)
    for person in head.vertices(alpha=alpha):
        assert lip_gaps(head, person).max() < 0.0035
        lips = person[head.landmarks["mediapipe_lips_inner"], 2].max()
        assert person[head.spans["teeth_upper"], 2].max() < lips
        assert person[head.spans["teeth_lower"], 2].max() < lips


def test_wrong_sizes_are_named(head):
    with pytest.raises(ValueError, match=r"\(51,\)"):
        head.displacement(np.zeros(51))
    with pytest.raises(ValueError, match="beta"):
        head.vertices(beta=np.zeros(52))


def test_missing_and_damaged_files_are_refused(tmp_path):
    with pytest.raises(ModelError, match="absent"):
        load_head(tmp_path / "absent.npz")
    damaged = tmp_path / "damaged.npz"
    damaged.write_bytes(HEAD_FILE.read_bytes()[:1000])
    with pytest.raises(ModelError, match="damaged"):
        load_head(damaged)
    other = tmp_path / "other.npz"
    np.savez(other, format_version=np.array(99))
    with pytest.raises(ModelError, match="99"):
        load_head(other)
