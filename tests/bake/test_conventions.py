# SPDX-License-Identifier: GPL-3.0-or-later
"""Every naming convention on a mesh that carries its names: found, mapped and animated with no hand work."""

from collections import Counter

import numpy as np
import pytest
from soliloquy.bake import bake_motion
from soliloquy.core.retarget.arkit import PARTS
from soliloquy.core.retarget.channels import CHANNELS
from soliloquy.core.retarget.detection import detect

from ..core.retarget.rig_names import RIGS
from .rigs import asked_gap, lips_of, make_rig, sealed_share, speech


@pytest.mark.parametrize("rig", RIGS)
def test_a_mesh_with_these_names_speaks(rig: str) -> None:
    driven, others, _ = RIGS[rig]
    names = [*driven, *others]
    channels = {row.key: row.channel for row in detect(tuple(names)).keys if row.channel}
    pieces = Counter(channels[name] for name in driven)
    sculpts = {}
    for name in names:
        meaning = CHANNELS[channels[name]].meaning if name in channels else {}
        share = 1 / max(pieces[channels.get(name, "")], 1)
        sculpts[name] = {shape: share * weight for shape, weight in meaning.items()}
    obj, motion = make_rig(sculpts), speech()
    report = bake_motion(obj, motion, start_frame=1, take="hello", parts=tuple(PARTS))
    assert {row.key for row in report.mapped} <= set(driven)
    assert report.movement is not None
    assert report.movement > 0.002
    lips = lips_of(obj, len(motion))
    assert sealed_share(motion, lips.gap, lips.closed) > 0.9
    if any("jawOpen" in sculpts[name] for name in driven):
        assert np.corrcoef(lips.gap, asked_gap(motion))[0, 1] > 0.9
