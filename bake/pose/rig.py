# SPDX-License-Identifier: GPL-3.0-or-later
"""What carries the head and the eyes: bones or objects, named by the user."""

from dataclasses import dataclass
from typing import Final

HEAD: Final = "Head"
GAZE: Final = "Gaze"
POSE_PARTS: Final = (HEAD, GAZE)
"""Parts of a take that turn bones and objects."""

FACINGS: Final = ("AUTO", "-Y", "Y", "X", "-X", "Z", "-Z")
"""Where a face at rest looks, in the axes of the armature or the object that carries it. Z is up, but with
"Z" and "-Z" it is Y. Blender's convention is "-Y", that of glTF and Mixamo "Z". "AUTO" finds it."""


@dataclass(frozen=True)
class Carrier:
    """An object, an empty, or a bone of an armature.

    Attributes:
        object_name: the object, or the armature's object.
        bone: the bone; empty when the object itself is turned.
    """

    object_name: str
    bone: str = ""

    def __str__(self) -> str:
        return f"'{self.bone}' of '{self.object_name}'" if self.bone else f"'{self.object_name}'"


@dataclass(frozen=True)
class HeadRig:
    """What carries a head and its eyes.

    Attributes:
        head: turns the head.
        neck: turns with it, where the turn is shared.
        neck_share: share of the turn that the neck takes, 0..1; head and neck together turn by all of it.
        left_eye: the subject's left eye, or the bone that it looks at.
        right_eye: the subject's right eye, or the bone that it looks at.
        facing: one of `FACINGS`.
    """

    head: Carrier | None = None
    neck: Carrier | None = None
    neck_share: float = 0.4
    left_eye: Carrier | None = None
    right_eye: Carrier | None = None
    facing: str = "AUTO"


@dataclass(frozen=True)
class Limits:
    """How far the head turns to either side, degrees. The defaults are our own, within what necks do."""

    yaw: float = 60.0
    pitch: float = 40.0
    roll: float = 30.0
