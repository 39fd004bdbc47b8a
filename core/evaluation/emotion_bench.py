# SPDX-License-Identifier: GPL-3.0-or-later
"""What emotion costs beside the mouth: processor time of each, on the same sound in the same process.

  soliloquy bench --emotion

One core in a fresh process, at 60 frames a second. The mouth's part is what it takes from samples to
articulated weights: speech encoder, ExpNet, weights, and what the sounds ask for. Emotion's part is all that
comes on top: the spectrum and the course of the voice, the network, and the layer with idle motion, with
which the articulation is computed a second time. Prosody is measured for the head anyway. Both are done in
turn, several times, and medians are taken.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..audio import SAMPLE_RATE
from ..frame_times import frame_count
from ..generate.articulation import Demands, demands
from ..generate.assembly import assemble
from ..generate.emotion.directions import EmotionDirections, EmotionTag
from ..generate.emotion.feeling import Feeling, feeling_of
from ..generate.emotion.voice import VoiceMeter, emotion_network, feel
from ..generate.generators import load_generator
from ..generate.head_and_eyes import move_head_and_eyes
from ..generate.one_pass import run_networks
from ..generate.phones import phone_track
from ..generate.prosody import ProsodyMeter
from ..generate.settings import AnimationSettings
from ..generate.speech import SpeechFeatures
from ..motion import FaceMotion
from ..runtime import load_network

STEPS: Final = ("mouth", "voice", "network", "layer")
LENGTHS: Final = (60, 600)
"""Seconds of speech."""
LIMIT: Final = 0.10
"""Of the mouth's time that emotion may take."""

_FPS: Final = 60.0
_BLOCK: Final = 30 * 16000
_TURNS: Final = 3
_ASKED: Final = EmotionDirections((EmotionTag(0.0, "happiness", 0.5), EmotionTag(5.0, "sadness", 0.5)))
"""The hand asks for something, so that the layer has work to do whatever the voice feels."""


def run(audio: Path | None, repeat: int, network: str = "disentangled_audio") -> int:
    """Print the table: CPU milliseconds a second of speech, medians, and emotion's share of the mouth's time.

    Args:
        audio: speech to repeat; the sample by default.
        repeat: fresh processes of each length.
        network: what hears what the voice feels: what ships, or an emotion.onnx.
    """
    from .bench import measure_in_fresh_process, median

    print("Emotion beside the mouth at 60 frames a second: CPU ms a second of speech, one core")
    print(f"{'speech':>9}", " ".join(f"{step:>8}" for step in STEPS), f"{'emotion':>8} {'/ mouth':>8}")
    for seconds in LENGTHS:
        results = [
            measure_in_fresh_process(__name__, str(audio or ""), str(seconds), network) for _ in range(repeat)
        ]
        spent = {step: median(results, step) / seconds * 1000 for step in STEPS}
        share = median(results, "share")
        emotion = sum(spent[step] for step in STEPS[1:])
        cells = " ".join(f"{spent[step]:8.3f}" for step in STEPS)
        print(f"{seconds:8g}s {cells} {emotion:8.3f} {100 * share:7.1f}%", flush=True)
    print(f"Emotion may take {100 * LIMIT:.0f} % of the mouth's time.")
    return 0


def _measure(audio: Path | None, seconds: float, name: str) -> dict[str, float]:
    """Processor seconds of each step, and emotion's share of the mouth's time: medians over turns."""
    from .bench import read_speech

    samples = read_speech(audio, seconds)
    settings = AnimationSettings()
    generator = load_generator("expnet", providers=["cpu"])
    encoder = load_network("speech_encoder", providers=["cpu"])
    network = emotion_network(name, providers=["cpu"])
    head = load_network(settings.head_model, providers=["cpu"])
    count = frame_count(len(samples) / SAMPLE_RATE, _FPS)
    blocks = [samples[first : first + _BLOCK] for first in range(0, len(samples), _BLOCK)]
    meter = ProsodyMeter()
    for block in blocks:
        meter.push(block)
    # The first run is not counted: it also warms caches and memory.
    _, voiced = run_networks(generator, encoder, blocks)
    assert voiced is not None  # as there is an encoder
    prosody = meter.finish(voiced.voice)
    living = move_head_and_eyes(prosody, count, _FPS, seed=0, settings=settings, network=head)

    def listened(phones: NDArray[np.floating]) -> NDArray[np.float32]:
        voice = VoiceMeter()
        for block in blocks:
            voice.push(block)
        return voice.course(prosody, phones)

    def articulated(heard: SpeechFeatures) -> Demands:
        spoken = phone_track(heard.phones, len(samples) / SAMPLE_RATE, None)
        return demands(heard, count, _FPS, heard=spoken.spoken)

    def turn() -> dict[str, float]:
        spent: dict[str, float] = dict.fromkeys((*STEPS, "plain", "felt"), 0.0)

        def timed(step: str, work: Callable[[], Any]) -> Any:
            started = time.process_time()
            result = work()
            spent[step] += time.process_time() - started
            return result

        track, heard = timed("mouth", lambda: run_networks(generator, encoder, blocks))
        wanted = timed("mouth", lambda: articulated(heard))
        course = timed("voice", lambda: listened(heard.phones))
        felt = timed("network", lambda: feel(network, course))
        feeling = timed(
            "layer",
            lambda: feeling_of(living.cues, seed=0, settings=settings, directions=_ASKED, voice=felt),
        )

        def assembled(with_feeling: Feeling | None) -> FaceMotion:
            return assemble(
                track,
                generator,
                wanted,
                living,
                _FPS,
                seed=0,
                settings=settings,
                report=lambda _: None,
                look=lambda: None,
                feeling=with_feeling,
            )

        timed("plain", lambda: assembled(None))
        timed("felt", lambda: assembled(feeling))
        spent["mouth"] += spent["plain"]
        spent["layer"] += max(0.0, spent["felt"] - spent["plain"])
        return spent

    turns = [turn() for _ in range(1 + _TURNS)][1:]
    shares = [sum(each[step] for step in STEPS[1:]) / each["mouth"] for each in turns]
    figures = {step: float(np.median([each[step] for each in turns])) for step in STEPS}
    return figures | {"share": float(np.median(shares))}


if __name__ == "__main__":
    print(json.dumps(_measure(Path(sys.argv[1]) if sys.argv[1] else None, float(sys.argv[2]), sys.argv[3])))
