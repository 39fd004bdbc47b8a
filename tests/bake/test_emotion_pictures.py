# SPDX-License-Identifier: GPL-3.0-or-later
"""What `soliloquy emotions` shows: brows that go with the skin, lips where they meet, heads that feel."""

from dataclasses import replace

import bpy
import numpy as np
import pytest

pytest.importorskip("scipy")
pytest.importorskip("PIL")

from soliloquy import samples
from soliloquy.bake.mesh_reading import coordinates_of
from soliloquy.bake.preview import FIRST_SOUND_IN_WHEEL
from soliloquy.command_line import build_parser
from soliloquy.command_line.drawn_brows import BROW_MARKS
from soliloquy.command_line.emotion_pictures import (
    INTENSITIES,
    LIPS,
    built_in_head,
    closed_frames,
    draw_closures,
    draw_grid,
    film_scene,
)
from soliloquy.command_line.emotions import asked_emotions
from soliloquy.command_line.face_views import face_views
from soliloquy.core.errors import InputError
from soliloquy.core.generate.emotion.directions import EMOTIONS, EmotionTag
from soliloquy.core.generate.emotion.poses import emotion_poses
from soliloquy.core.head import load_head
from soliloquy.core.motion import FaceMotion
from soliloquy.core.retarget.arkit import ARKIT_INDEX


def asked(*arguments: str) -> dict[str, EmotionTag]:
    return asked_emotions(build_parser().parse_args(["emotions", *arguments]))


def test_heads_of_the_film() -> None:
    assert [tag.emotion for tag in asked().values()] == ["happiness", "sadness", "anger", "fear"]
    assert asked("--emotions", "neutral", "angry 0.6") == {
        "neutral": EmotionTag(0.0, "neutral"),
        "angry 0.6": EmotionTag(0.0, "anger", 0.6),
    }
    with pytest.raises(InputError, match="Two heads would be called 'sad'"):
        asked("--emotions", "sad", "sad")
    with pytest.raises(InputError, match="9 heads in rows of 4: expected up to 8"):
        asked("--emotions", *(f"sad 0.{number}" for number in range(9)))
    with pytest.raises(InputError, match="'hapy' is no emotion"):
        asked("--emotions", "hapy")
    with pytest.raises(InputError, match="--emotion is 'sad', but each head has its own"):
        asked("--emotion", "sad")


def test_a_sound_that_is_missing_changes_no_picture(tmp_path) -> None:
    grid = tmp_path / "emotions.png"
    grid.write_bytes(b"of before")
    args = build_parser().parse_args(["emotions", str(tmp_path / "none.wav"), "--out", str(tmp_path)])
    with pytest.raises(InputError, match="No sound file"):
        args.run(args)
    assert grid.read_bytes() == b"of before"


def test_frames_of_lips_that_meet_lie_in_their_sounds() -> None:
    phones = samples.phones()
    frames = closed_frames(phones, 60)
    # The sample has one b.
    assert len(frames) == 5
    assert {label[0] for label in frames} == {"m", "b", "p"}
    for label, frame in frames.items():
        name = label[0].upper()
        assert any(each.name == name and each.start <= frame / 60 <= each.end for each in phones)


def test_a_sound_without_lips_that_meet_has_no_picture_of_them(tmp_path) -> None:
    path = tmp_path / "emotion_closures.png"
    assert not draw_closures(path, {"neutral": FaceMotion.still(5, 25)})
    assert not path.exists()


def test_brows_move_as_the_skin_below_them() -> None:
    shown = built_in_head()
    head = load_head()
    delta = head.arkit_deltas[ARKIT_INDEX["browInnerUp"]]
    left, right = shown.objects[1:]
    for obj, name in zip((left, right), BROW_MARKS, strict=True):
        rest = coordinates_of(obj.data.shape_keys.reference_key.points)
        moved = coordinates_of(obj.data.shape_keys.key_blocks["browInnerUp"].points) - rest
        skin = delta[head.landmarks[name]]
        # Upwards is z in Blender, y in the head.
        assert moved[:, 2].max() == pytest.approx(skin[:, 1].max(), rel=0.25)
        nearest = np.linalg.norm(
            rest[:, None, [0, 2]] - head.template[head.landmarks[name]][None, :, :2], axis=2
        ).min(axis=1)
        assert nearest.max() < 0.015
    assert "tongueOut" not in left.data.shape_keys.key_blocks


def test_a_jaw_that_drops_stays_in_the_picture() -> None:
    head = load_head()
    surprised = emotion_poses()[EMOTIONS.index("surprise")]
    dropped = head.template + np.tensordot(surprised, head.arkit_deltas, axes=1)
    chin = dropped[head.landmarks["mediapipe_chin"], 1].min()
    view = face_views({name: head.template[rows][:, [0, 2, 1]] for name, rows in head.landmarks.items()})[
        "head"
    ]
    # Nearer than the middle of the view, it is seen larger.
    assert view.middle[2] - view.span / 2 < 1.1 * chin
    assert view.middle[2] + view.span / 2 > 1.1 * dropped[head.landmarks["mediapipe_brow_left"], 1].max()


def test_a_sheet_has_a_picture_for_each_emotion_and_strength(tmp_path) -> None:
    from PIL import Image

    path = tmp_path / "emotions.png"
    draw_grid(path, built_in_head(LIPS, "lips"))
    sheet = np.asarray(Image.open(path).convert("RGB")).astype(float)
    width, height = LIPS.width, LIPS.height
    top, left = sheet.shape[0] - len(INTENSITIES) * height, sheet.shape[1] - len(EMOTIONS) * width

    def cell(row: int, emotion: str) -> np.ndarray:
        column = left + EMOTIONS.index(emotion) * width
        return sheet[top + row * height : top + (row + 1) * height, column : column + width]

    neutral = cell(0, "happiness")
    assert np.abs(neutral - cell(0, "surprise")).max() < 16
    for emotion in ("happiness", "surprise", "contempt"):
        changes = [np.abs(cell(row, emotion) - neutral).mean() for row in range(len(INTENSITIES))]
        assert changes == sorted(changes)
        assert changes[-1] > 1


@pytest.mark.skipif(bpy.app.version < FIRST_SOUND_IN_WHEEL, reason="the bpy wheel of 4.2 has no audio")
def test_heads_of_a_film_feel_what_they_are_asked_to(tmp_path) -> None:
    motions = {}
    for name in ("happiness", "anger"):
        pose = np.tile(emotion_poses()[EMOTIONS.index(name)], (5, 1))
        motions[name] = replace(FaceMotion.still(5, 25), weights=pose, emotion=pose)
    scene = film_scene(tmp_path / "emotions.blend", samples.SOUND, motions, fps=25, columns=2)
    assert (tmp_path / "emotions.blend").exists()
    scene.frame_set(3)
    happy, angry = (bpy.data.objects[name].data.shape_keys.key_blocks for name in motions)
    assert happy["mouthSmileLeft"].value > 0.5
    assert angry["browDownLeft"].value > 0.8
    assert angry["mouthSmileLeft"].value == pytest.approx(0, abs=0.05)
    brows = [obj for obj in bpy.data.objects if obj.name.startswith(BROW_MARKS[0])]
    lowered = sorted(obj.data.shape_keys.key_blocks["browDownLeft"].value for obj in brows)
    assert lowered[0] == pytest.approx(0, abs=0.05)
    assert lowered[1] > 0.8
