# SPDX-License-Identifier: GPL-3.0-or-later
"""What avatars of Ready Player Me have beside ARKit's shapes and Oculus's visemes.

Source: Ready Player Me, documentation "Morph targets" (parameter `morphTargets`, group "Default" and group
"Eyes Extra").
"""

from typing import Final

from .convention import Convention, shape

READY_PLAYER_ME: Final = Convention(
    name="Ready Player Me",
    label="Ready Player Me",
    shapes=(
        shape("mouthOpen", jawOpen=0.7, mouthLowerDown=0.1),
        shape("mouthSmile", mouthSmile=1.0),
        shape("eyesClosed", eyeBlink=1.0),
        shape("eyesLookUp", eyeLookUp=1.0),
        shape("eyesLookDown", eyeLookDown=1.0),
    ),
)
