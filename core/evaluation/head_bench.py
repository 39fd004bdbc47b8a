# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast head, eyes and blinks are made: processor time of each step, and of all together.

  soliloquy bench --head

One core in a fresh process, at 60 frames a second, from samples at 16 kHz to rotation, gaze and the weights
of eyes and lids. Whether somebody speaks is taken as given: the speech encoder hears it for the mouth anyway.
Loading the networks and the first call of each step are not counted.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np

STEPS: Final = ("prosody", "cues", "head", "gaze", "blinks", "accents", "weights")
"""Loudness and pitch of the sound; its phrases and stresses; PoseVAE; eyes; blinks; brows and upper lids;
ARKit weights of gaze and lids."""
LENGTHS: Final = (11, 60, 600)
"""Seconds of speech."""

_FPS: Final = 60.0
_BLOCK: Final = 30 * 16000


def run(audio: Path | None, repeat: int, network: str = "pose_vae") -> int:
    """Print the table: CPU milliseconds a second of speech, medians.

    Args:
        audio: speech to repeat; the sample by default.
        repeat: runs of each length.
        network: PoseVAE.
    """
    from .bench import measure_in_fresh_process, median

    print("Head, eyes and blinks at 60 frames a second: CPU ms a second of speech, one core")
    print(f"{'speech':>9}", " ".join(f"{step:>8}" for step in STEPS), f"{'together':>9} {'x realtime':>11}")
    for seconds in LENGTHS:
        results = [
            measure_in_fresh_process(__name__, str(audio or ""), str(seconds), network) for _ in range(repeat)
        ]
        spent = {step: median(results, step) / seconds * 1000 for step in STEPS}
        together = sum(spent.values())
        cells = " ".join(f"{spent[step]:8.3f}" for step in STEPS)
        print(f"{seconds:8g}s {cells} {together:9.3f} {1000 / together:10.0f}x", flush=True)
    print("Whether somebody speaks is taken as given: the speech encoder hears it for the mouth.")
    return 0


def _measure(audio: Path | None, seconds: float, name: str) -> dict[str, float]:
    """Processor seconds of each step, the second time that it is done."""
    from ..audio import SAMPLE_RATE
    from ..frame_times import frame_count
    from ..generate.accents import generate_accents
    from ..generate.blink import generate_blinks
    from ..generate.cues import speech_cues
    from ..generate.gaze import eye_look_weights, generate_gaze
    from ..generate.lid_following import follow_gaze
    from ..generate.pose import generate_pose
    from ..generate.prosody import Prosody, ProsodyMeter
    from ..generate.settings import AnimationSettings
    from ..generate.speech import hear
    from ..runtime import load_network
    from .bench import read_speech

    samples = read_speech(audio, seconds)
    encoder = load_network("speech_encoder", providers=["cpu"])
    voice = np.concatenate([part.voice for part in hear(encoder, [samples])])
    network = load_network(name, providers=["cpu"])
    count = frame_count(len(samples) / SAMPLE_RATE, _FPS)
    style = AnimationSettings().head_style
    spent: dict[str, float] = {}

    def timed(step: str, work: Callable[[], Any]) -> Any:
        # Alone on its core, but for what else the machine does.
        started = time.process_time()
        result = work()
        spent[step] = time.process_time() - started
        return result

    def listen() -> Prosody:
        meter = ProsodyMeter()
        for first in range(0, len(samples), _BLOCK):
            meter.push(samples[first : first + _BLOCK])
        return meter.finish(voice)

    for _ in range(2):
        prosody = timed("prosody", listen)
        cues = timed("cues", lambda prosody=prosody: speech_cues(prosody))
        rotation, _ = timed(
            "head",
            lambda prosody=prosody, cues=cues: generate_pose(
                prosody, cues, count, _FPS, style=style, seed=0, network=network
            ),
        )
        gaze = timed(
            "gaze",
            lambda cues=cues, rotation=rotation: generate_gaze(
                count, _FPS, seed=0, cues=cues, head_rotation=rotation
            ),
        )
        blink = timed(
            "blinks", lambda cues=cues, gaze=gaze: generate_blinks(count, _FPS, seed=0, cues=cues, gaze=gaze)
        )
        accents = timed("accents", lambda cues=cues: generate_accents(count, _FPS, seed=0, cues=cues))
        timed(
            "weights",
            lambda gaze=gaze, blink=blink, accents=accents: follow_gaze(
                blink, eye_look_weights(gaze.angles), accents.lids
            ),
        )
    return spent


if __name__ == "__main__":
    print(json.dumps(_measure(Path(sys.argv[1]) if sys.argv[1] else None, float(sys.argv[2]), sys.argv[3])))
