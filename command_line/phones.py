# SPDX-License-Identifier: GPL-3.0-or-later
"""The phone track of what is animated."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..core.motion import FaceMotion
    from ..core.transcript.text import Transcript


def with_phones(
    motion: FaceMotion, audio: Path, transcript: Transcript | None, providers: Sequence[str] | None
) -> FaceMotion:
    """The motion with what is spoken in its sound; prints what the user should know of the transcript.

    Raises:
        SoliloquyError: the sound or the transcript cannot be used, or the speech encoder is missing.
    """
    from ..core.generate.phones import time_phones

    track = time_phones(audio, transcript=transcript, providers=providers)
    for note in track.notes:
        print(note, file=sys.stderr)
    return track.on(motion)
