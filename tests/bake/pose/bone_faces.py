# SPDX-License-Identifier: GPL-3.0-or-later
"""The built-in head moved by bones: jaw, lips, mouth corners and lids, and poses as a rigger makes them."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache

import bpy
import numpy as np
from mathutils import Matrix, Vector
from soliloquy.bake.action import take_action
from soliloquy.bake.head_mesh import to_blender_axes
from soliloquy.core.head import load_head
from soliloquy.core.retarget.arkit import ARKIT_INDEX, ARKIT_NAMES

MODES = ("QUATERNION", "XYZ", "AXIS_ANGLE")

Pose = dict[str, Matrix]
"""What a pose does to each bone: its matrix in its own axes at rest."""

VISEMES: dict[str, dict[str, float]] = {
    "jawOpen": {"jawOpen": 1},
    "mouthClose": {"mouthClose": 1},
    "mouthPucker": {"mouthPucker": 1},
    "mouthFunnel": {"mouthFunnel": 1},
    "mouthSmileLeft": {"mouthSmileLeft": 1},
    "mouthSmileRight": {"mouthSmileRight": 1},
    "mouthStretchLeft": {"mouthStretchLeft": 1},
    "mouthStretchRight": {"mouthStretchRight": 1},
    "mouthFrownLeft": {"mouthFrownLeft": 1},
    "mouthFrownRight": {"mouthFrownRight": 1},
    "mouthLowerDownLeft": {"mouthLowerDownLeft": 1},
    "mouthLowerDownRight": {"mouthLowerDownRight": 1},
    "mouthUpperUpLeft": {"mouthUpperUpLeft": 1},
    "mouthUpperUpRight": {"mouthUpperUpRight": 1},
    "mouthRollLower": {"mouthRollLower": 1},
    "mouthRollUpper": {"mouthRollUpper": 1},
    "mouthShrugLower": {"mouthShrugLower": 1},
    "mouthShrugUpper": {"mouthShrugUpper": 1},
    "mouthPressLeft": {"mouthPressLeft": 1},
    "mouthPressRight": {"mouthPressRight": 1},
    "eyeBlinkLeft": {"eyeBlinkLeft": 1},
    "eyeBlinkRight": {"eyeBlinkRight": 1},
}
"""Poses under ARKit's names, and the ARKit weights of the face that each shows."""


@dataclass(frozen=True)
class Place:
    """A bone: where it is (3,), what hangs on it (V,), its parent, and whether poses turn or move it."""

    head: np.ndarray
    weights: np.ndarray
    parent: str
    turns: bool


def displacement(weights: Mapping[str, float]) -> np.ndarray:
    """Displacements (V, 3) of the built-in head in Blender's axes."""
    row = np.zeros(52)
    for name, value in weights.items():
        row[ARKIT_INDEX[name]] = value
    return to_blender_axes(np.tensordot(row, load_head().arkit_deltas, 1)).astype(np.float64)


@cache
def places() -> dict[str, Place]:
    """The bones of the face; weights on the mesh add up to 1 at most, the rest hangs on the head."""
    head = load_head()
    rest = to_blender_axes(head.template).astype(np.float64)
    jaw = np.linalg.norm(displacement({"jawOpen": 1}), axis=1)
    jaw = np.clip(jaw / jaw[head.landmarks["mediapipe_chin"]].max(), 0, 1)
    found = {"jaw": Place(np.array([0, 0.0, -0.02]), jaw, "head", True)}
    lips = {
        "lip.upper": ("inner_lip_upper", 3, "head"),
        "lip.upper.L": ("inner_lip_upper", 5, "head"),
        "lip.upper.R": ("inner_lip_upper", 1, "head"),
        "lip.lower": ("inner_lip_lower", 3, "jaw"),
        "lip.lower.L": ("inner_lip_lower", 5, "jaw"),
        "lip.lower.R": ("inner_lip_lower", 1, "jaw"),
        "corner.L": ("mouth_corners", 1, "head"),
        "corner.R": ("mouth_corners", 0, "head"),
    }
    upper = np.linalg.norm(displacement({"mouthUpperUpLeft": 1, "mouthUpperUpRight": 1}), axis=1)
    lower = np.linalg.norm(displacement({"mouthLowerDownLeft": 1, "mouthLowerDownRight": 1}), axis=1)
    total = np.zeros(len(rest))
    raw = {}
    for name, (landmark, number, _) in lips.items():
        place = rest[head.landmarks[landmark][number]]
        # Wider than high, as the muscles are.
        away = (rest - place) / (0.011, 0.02, 0.012)
        weight = np.exp(-(away**2).sum(axis=1)) * np.clip(head.regions["mouth"], 0, 1)
        if "upper" in name:
            weight *= upper / (upper + lower + 1e-5)
        elif "lower" in name:
            weight *= lower / (upper + lower + 1e-5)
        raw[name] = weight
        total += weight
    for name, (landmark, number, parent) in lips.items():
        weight = raw[name] / np.maximum(total, 1.0)
        found[name] = Place(rest[head.landmarks[landmark][number]], weight, parent, False)
    for side, span in (("Left", "eye_left"), ("Right", "eye_right")):
        # The upper lid, which goes down.
        weight = np.clip(-displacement({f"eyeBlink{side}": 1})[:, 2], 0, None)
        centre = rest[head.spans[span]].mean(axis=0)
        found[f"lid.{side[0]}"] = Place(centre, np.clip(weight / weight.max(), 0, 1), "head", True)
    return found


def make_face(
    mode: str = "QUATERNION", name: str = "Rig", seed: int = 0
) -> tuple[bpy.types.Object, bpy.types.Object]:
    """An armature with bones of random roll, all in one rotation mode, and the head that hangs on it."""
    random = np.random.default_rng(seed)
    data = bpy.data.armatures.new(name)
    obj = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(obj)
    bpy.context.view_layer.objects.active = obj
    bpy.ops.object.mode_set(mode="EDIT")
    bones = {"head": Place(np.array([0, 0.02, -0.1]), np.zeros(0), "", True)} | places()
    for each, place in bones.items():
        bone = data.edit_bones.new(each)
        bone.head = place.head
        bone.tail = place.head + ((0, 0, 0.1) if each == "head" else (0, -0.03, 0.0))
        bone.roll = random.uniform(-3, 3)
        if place.parent:
            bone.parent = data.edit_bones[place.parent]
    bpy.ops.object.mode_set(mode="OBJECT")
    for bone in obj.pose.bones:
        bone.rotation_mode = mode
    return obj, bind(obj, name)


def bind(obj: bpy.types.Object, name: str) -> bpy.types.Object:
    """The built-in head's mesh without shape keys on an armature."""
    head = load_head()
    mesh = bpy.data.meshes.new(f"{name} Face")
    mesh.from_pydata(to_blender_axes(head.template), [], head.faces)
    face = bpy.data.objects.new(f"{name} Face", mesh)
    bpy.context.scene.collection.objects.link(face)
    left = np.ones(len(head.template))
    for each, place in {name: place for name, place in places().items() if name != "jaw"}.items():
        add_weights(face, each, place.weights * left)
        left = left * (1 - place.weights) if each.startswith("lid") else left - place.weights
    left = np.clip(left, 0, 1)
    jaw = places()["jaw"].weights
    add_weights(face, "jaw", left * jaw)
    add_weights(face, "head", left * (1 - jaw))
    modifier = face.modifiers.new("Armature", "ARMATURE")
    modifier.object = obj
    face.parent = obj
    return face


def add_weights(face: bpy.types.Object, name: str, weights: np.ndarray) -> None:
    group = face.vertex_groups.new(name=name)
    for vertex in np.flatnonzero(weights > 1e-4).tolist():
        group.add([vertex], float(weights[vertex]), "REPLACE")


def pose_of(obj: bpy.types.Object, weights: Mapping[str, float]) -> Pose:
    """What a rigger does to come near to a face: jaw and lids are turned, then the lips are put in place."""
    head = load_head()
    rest = to_blender_axes(head.template).astype(np.float64)
    moved = displacement(weights)
    result: Pose = {}
    space: dict[str, Matrix] = {}
    for name, place in places().items():
        bone = obj.data.bones[name]
        if place.turns:
            angle = turn_near(rest - place.head, moved, place.weights**2)
            turn = Matrix.Rotation(angle, 4, "X")
            away = Matrix.Translation(Vector(place.head))
            space[name] = away @ turn @ away.inverted()
            if abs(angle) > np.radians(0.3):
                result[name] = bone.matrix_local.inverted() @ space[name] @ bone.matrix_local
            continue
        parent = space.get(place.parent, Matrix.Identity(4))
        weight = place.weights**4
        aim = Vector(place.head + (moved * weight[:, None]).sum(axis=0) / weight.sum())
        local = (parent @ bone.matrix_local).inverted() @ aim
        if local.length > 2e-4:
            result[name] = Matrix.Translation(local)
    return result


def turn_near(away: np.ndarray, moved: np.ndarray, weights: np.ndarray) -> float:
    """Angle about X by which weighted points (V, 3) turn to move nearly so; least squares, a few steps."""
    angle = 0.0
    for _ in range(8):
        sine, cosine = np.sin(angle), np.cos(angle)
        y, z = away[:, 1], away[:, 2]
        turned = np.stack([cosine * y - sine * z, sine * y + cosine * z], axis=1)
        slope = np.stack([-turned[:, 1], turned[:, 0]], axis=1)
        left = moved[:, 1:] - (turned - away[:, 1:])
        angle += float((weights[:, None] * slope * left).sum() / (weights[:, None] * slope**2).sum())
    return angle


def channels_of(bone: bpy.types.PoseBone, matrix: Matrix) -> dict[str, tuple[float, ...]]:
    """Values of a bone's properties for its matrix at rest, by Blender's own conversions."""
    location, rotation, scale = matrix.decompose()
    if bone.rotation_mode == "QUATERNION":
        turned = {"rotation_quaternion": tuple(rotation)}
    elif bone.rotation_mode == "AXIS_ANGLE":
        # Blender's own conversion is coarse for small turns.
        axis = np.array(rotation[1:], np.float64)
        sine = max(float(np.linalg.norm(axis)), 1e-12)
        turned = {"rotation_axis_angle": (2 * np.arctan2(sine, rotation[0]), *(axis / sine))}
    else:
        turned = {"rotation_euler": tuple(rotation.to_euler(bone.rotation_mode))}
    found = {}
    if location.length > 1e-9:
        found["location"] = tuple(location)
    if rotation.angle > 1e-9:
        found |= turned
    if (scale - Vector((1, 1, 1))).length > 1e-6:
        found["scale"] = tuple(scale)
    return found


def key_pose(obj: bpy.types.Object, action: bpy.types.Action, frame: float, pose: Pose) -> None:
    """Key a pose into an action, whether or not the armature plays it."""
    if obj.animation_data is None:
        obj.animation_data_create()
    before = obj.animation_data.action
    obj.animation_data.action = action
    with ExitStack() as rollback:
        take = take_action(obj, action.name, rollback)
        curves = take.channels()
        for name, matrix in pose.items():
            for prop, values in channels_of(obj.pose.bones[name], matrix).items():
                for index, value in enumerate(values):
                    path = f'pose.bones["{name}"].{prop}'
                    curve = curves.get((path, index)) or take.new_curve(path, index)
                    curve.keyframe_points.insert(frame, value)
        rollback.pop_all()
    obj.animation_data.action = before


def poses_on_markers(
    obj: bpy.types.Object, poses: Mapping[str, Pose], name: str = "Poses"
) -> bpy.types.Action:
    """An action with a pose marker for each pose."""
    action = bpy.data.actions.new(name)
    for index, (each, pose) in enumerate(poses.items()):
        frame = 10 * index + 3
        key_pose(obj, action, frame, pose)
        action.pose_markers.new(each).frame = frame
    return action


def poses_as_actions(
    obj: bpy.types.Object, poses: Mapping[str, Pose], *, assets: bool
) -> list[bpy.types.Action]:
    """An action of one frame for each pose."""
    made = []
    for name, pose in poses.items():
        action = bpy.data.actions.new(name)
        action.use_fake_user = True
        key_pose(obj, action, 1, pose)
        if assets:
            action.asset_mark()
        made.append(action)
    return made


def all_poses(obj: bpy.types.Object) -> dict[str, Pose]:
    return {name: pose_of(obj, weights) for name, weights in VISEMES.items()}


def lips(positions: np.ndarray) -> tuple[float, float]:
    """Height between the inner lips and width between the corners, of positions (V, 3) in Blender's axes."""
    head = load_head()
    upper, lower = head.landmarks["inner_lip_upper"][3], head.landmarks["inner_lip_lower"][3]
    right, left = head.landmarks["mouth_corners"]
    return float(positions[upper, 2] - positions[lower, 2]), float(
        np.linalg.norm(positions[left] - positions[right])
    )


assert all(name in ARKIT_NAMES for weights in VISEMES.values() for name in weights)
