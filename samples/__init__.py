# SPDX-License-Identifier: GPL-3.0-or-later
"""A sample of speech, made for Soliloquy, with the times of its sounds."""

import json
from pathlib import Path
from typing import Final

from ..core.motion import Phone

SOUND: Final = Path(__file__).with_name("soliloquy.flac")
"""Speech synthesised with Kokoro-82M (Apache License 2.0); the sentences were written for Soliloquy."""

PHONES: Final = Path(__file__).with_name("soliloquy.phones.json")


def phones() -> tuple[Phone, ...]:
    """The sample's phones in the order of time: ARPAbet without stress, `SIL` for pauses."""
    content = json.loads(PHONES.read_text(encoding="utf-8"))
    return tuple(Phone(name, start, end) for name, start, end in content)
