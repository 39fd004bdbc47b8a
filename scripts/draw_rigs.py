# SPDX-License-Identifier: GPL-3.0-or-later
"""Draw the same sentence on rigs of several kinds: docs/images/any_rig.png.

    python scripts/draw_rigs.py docs/images/any_rig.png

It needs a Python with `bpy` and the extra [demo]. Each row is a rig that is found, measured and keyed as in
Blender, with no hand work; each column is a frame of the sample sentence.
"""
# The package is the whole repository, which a type checker finds only where it is installed.
# pyright: reportMissingImports=false

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray
from soliloquy import samples
from soliloquy.bake import bake_motion
from soliloquy.bake.head_mesh import create_head, to_blender_axes
from soliloquy.bake.pose.face_bones import bake_face_bones
from soliloquy.bake.preview import StageSettings, build_stage, new_scene, render_stills
from soliloquy.core.evaluation import retarget_rigs
from soliloquy.core.evaluation.made_heads import built_in, person
from soliloquy.core.evaluation.retarget_bones import BONES, JAW, LOWER, BoneRig, viseme_bones
from soliloquy.core.evaluation.retarget_rigs import KeyedRig
from soliloquy.core.generate import animate
from soliloquy.core.motion import FaceMotion
from soliloquy.core.retarget.arkit import ARKIT_INDEX

Doubles = NDArray[np.float64]

FPS = 30
PARTS = ("Mouth", "Blink", "Brows")
SOUNDS = {"m": ("M",), "ae": ("AE",), "oh": ("OW",), "f": ("F",), "ee": ("IY",), "silence": ("SIL",)}
STAGE = StageSettings(width=190, height=190, turn=float(np.radians(12)), cut=0.2)
CLOSER, LOWER_BY = 1.32, 0.1
"""How much nearer to a face than to a whole head, and by how much lower, as a part of the picture."""


def shown_frames(motion: FaceMotion) -> dict[str, int]:
    """Frame of each sound where it is longest, and of the widest blink while nothing is said of the mouth."""
    frames = {}
    for label, names in SOUNDS.items():
        phone = max(
            (each for each in motion.phones if each.name in names), key=lambda each: each.end - each.start
        )
        frames[label] = round((phone.start + phone.end) / 2 * FPS) + 1
    frames["blink"] = int(motion.weights[:, ARKIT_INDEX["eyeBlinkLeft"]].argmax()) + 1
    return frames


def scene() -> bpy.types.Scene:
    """The one scene."""
    found = bpy.context.scene
    assert found is not None
    return found


def put_keys(obj: bpy.types.Object, rest: Doubles, keys: dict[str, Doubles]) -> None:
    """Give an object this shape (V, 3) and these keys, name -> displacement (V, 3), instead of its own."""
    obj.shape_key_clear()
    assert isinstance(obj.data, bpy.types.Mesh)
    obj.data.vertices.foreach_set("co", rest.astype(np.float32).ravel())
    obj.shape_key_add(name="Basis", from_mix=False)
    for name, displacement in keys.items():
        key = obj.shape_key_add(name=name, from_mix=False)
        key.value = 0.0
        key.points.foreach_set("co", (rest + displacement).astype(np.float32).ravel())


def make_keyed(rig: KeyedRig) -> bpy.types.Object:
    """A rig of shape keys in the scene."""
    obj = create_head(scene().collection, rig.title)
    deltas = to_blender_axes(rig.deltas)
    put_keys(obj, to_blender_axes(rig.head.vertices), dict(zip(rig.keys, deltas, strict=True)))
    return obj


def make_bones(rig: BoneRig) -> tuple[bpy.types.Object, bpy.types.Object]:
    """A face of bones in the scene: its mesh, without shape keys, and its armature."""
    obj = create_head(scene().collection, rig.title)
    obj.shape_key_clear()
    data: Any = bpy.data.armatures.new("Rig")
    armature = bpy.data.objects.new("Rig", data)
    scene().collection.objects.link(armature)
    view_layer: Any = bpy.context.view_layer
    view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    bones = data.edit_bones
    skull = bones.new("head")
    skull.tail = (0, 0, 0.1)
    for name, pivot in zip(BONES, to_blender_axes(rig.bones.pivots), strict=True):
        bone = bones.new(name)
        # Its own axes are those of the head: x to the left, y up, z out of the face.
        bone.head, bone.tail = pivot, pivot + np.array((0, 0, 0.02))
        bone.align_roll((0, -1, 0))
        bone.parent = skull
    for name in LOWER:
        bones[name].parent = bones[JAW]
    bpy.ops.object.mode_set(mode="OBJECT")
    weights = rig.bones.weights
    for name, column in (*zip(BONES, weights.T, strict=True), ("head", 1 - weights.sum(axis=1))):
        group = obj.vertex_groups.new(name=name)
        for vertex in np.flatnonzero(column > 1e-4):
            group.add([int(vertex)], float(column[vertex]), "REPLACE")
    modifier = obj.modifiers.new("Armature", "ARMATURE")
    assert isinstance(modifier, bpy.types.ArmatureModifier)
    modifier.object = armature
    return obj, armature


def make_monkey() -> bpy.types.Object:
    """Blender's Suzanne with five morphs, as somebody makes them in a minute, and names that say nothing."""
    bpy.ops.mesh.primitive_monkey_add()
    obj = bpy.context.object
    assert obj is not None
    assert isinstance(obj.data, bpy.types.Mesh)
    obj.data.polygons.foreach_set("use_smooth", np.ones(len(obj.data.polygons), bool))
    fur: Any = bpy.data.materials.new("Fur")
    fur.diffuse_color = (0.5, 0.3, 0.17, 1.0)
    obj.data.materials.append(fur)
    v = np.zeros(3 * len(obj.data.vertices), np.float32)
    obj.data.vertices.foreach_get("co", v)
    v = v.reshape(-1, 3).astype(np.float64)
    x, y, z = v.T
    muzzle = (np.abs(x) < 0.36) & (y < -0.3) & (z < -0.25)
    mouth = np.exp(-(((z + 0.78) / 0.12) ** 2)) * muzzle * (y < -0.6)
    below = muzzle * np.clip((-z - 0.76) / 0.1, 0, 1)
    # Upper lip and inside of the mouth stay; so do the sides of the muzzle above the chin.
    below[(np.abs(x) > 0.2) & (z > -0.85)] = 0
    around = np.hypot(np.abs(x) - 0.34, z - 0.24)
    balls = np.isin(np.arange(len(v)), _small_islands(obj.data))
    lids = (y < -0.5) & (around < 0.3) & (around > 0.1) & (np.abs(x) > 0.05) & ~balls
    upper, lower = lids & (z > 0.22), lids & (z <= 0.22)
    brows = np.clip((z - 0.42) / 0.13, 0, 1) * np.clip((0.95 - z) / 0.2, 0, 1) * (y < -0.35) * ~balls
    still = np.zeros_like(x)
    keys = {
        "Key 1": (still, 0.04 * below, -0.22 * below),
        "Key 2": (0.6 * x * mouth, still, 0.4 * np.abs(x) * mouth),
        "Key 3": (-0.5 * x * mouth, -0.09 * mouth * np.exp(-((x / 0.16) ** 2)), still),
        "Key 4": (
            still,
            -0.09 * upper - 0.06 * lower,
            upper * (-1.5 * (z - 0.24) - 0.03) + lower * 0.45 * (0.24 - z),
        ),
        "Key 5": (still, still, 0.14 * brows),
    }
    put_keys(obj, v, {name: np.stack(moves, axis=1) for name, moves in keys.items()})
    return obj


def _small_islands(mesh: bpy.types.Mesh) -> NDArray[np.int64]:
    """Vertices that are not of the largest connected piece: Suzanne's eyeballs."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    ends = np.zeros(2 * len(mesh.edges), np.int32)
    mesh.edges.foreach_get("vertices", ends)
    ends, count = ends.reshape(-1, 2).T, len(mesh.vertices)
    piece = connected_components(coo_matrix((np.ones(ends.shape[1]), ends), shape=(count, count)))[1]
    return np.flatnonzero(piece != np.bincount(piece).argmax())


def keyed(rig: Callable[[], KeyedRig]) -> Callable[[FaceMotion], bpy.types.Object]:
    """A row of a rig of shape keys."""

    def row(motion: FaceMotion) -> bpy.types.Object:
        obj = make_keyed(rig())
        bake_motion(obj, motion, start_frame=1, take="sentence", parts=PARTS)
        return obj

    return row


def bones_row(motion: FaceMotion) -> bpy.types.Object:
    """A row of a face that bones move."""
    rig = viseme_bones(built_in(), 2)
    obj, armature = make_bones(rig)
    bake_face_bones(armature, motion, poses=rig.poses, start_frame=1, take="sentence", parts=PARTS)
    return obj


def monkey_row(motion: FaceMotion) -> bpy.types.Object:
    """The row of Suzanne."""
    obj = make_monkey()
    bake_motion(obj, motion, start_frame=1, take="sentence", parts=PARTS)
    return obj


ROWS: dict[str, Callable[[FaceMotion], bpy.types.Object]] = {
    "52 ARKit\nshapes": keyed(lambda: retarget_rigs.full_rig(built_in())),
    "15 Oculus\nvisemes": keyed(lambda: retarget_rigs.oculus(built_in(), 1)),
    "VRM: five\nvowels, blink": keyed(lambda: retarget_rigs.vrm(built_in(), 1)),
    "52 keys\nwithout names": keyed(lambda: retarget_rigs.nameless(person(5), 1)),
    "bones, 15\nviseme poses": bones_row,
    "Suzanne, five\nkeys without\nnames": monkey_row,
}


def draw(path: Path) -> None:
    """Animate all rigs and put their frames into one picture."""
    from PIL import Image, ImageDraw, ImageFont

    motion = animate(str(samples.SOUND), fps=FPS, seed=1)
    frames = shown_frames(motion)
    margin, head = 112, 26
    size = (margin + len(frames) * STAGE.width, head + len(ROWS) * STAGE.height)
    sheet = Image.new("RGB", size, (24, 27, 32))
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(15)
    for column, label in enumerate(frames):
        centre = margin + (column + 0.5) * STAGE.width
        pen.text((centre, head / 2), label, fill=(230, 230, 230), font=font, anchor="mm")
    for number, (label, make) in enumerate(ROWS.items()):
        stage = new_scene(FPS)
        obj = make(motion)
        camera = build_stage(stage, obj, STAGE).data
        assert isinstance(camera, bpy.types.Camera)
        monkey = make is monkey_row
        # Suzanne's mouth is far below her eyes.
        camera.lens *= 0.8 if monkey else CLOSER
        camera.shift_y = -0.11 if monkey else -LOWER_BY
        top = head + number * STAGE.height
        pen.multiline_text((8, top + STAGE.height / 2), label, (230, 230, 230), font, anchor="lm")
        with tempfile.TemporaryDirectory() as folder:
            for column, still in enumerate(render_stills(stage, list(frames.values()), Path(folder))):
                sheet.paste(Image.open(still), (margin + column * STAGE.width, top))
    sheet.quantize(160, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path}: {path.stat().st_size / 1000:.0f} KB, frames {frames}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python scripts/draw_rigs.py PICTURE.png")
    draw(Path(sys.argv[1]))
