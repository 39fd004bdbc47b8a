# SPDX-License-Identifier: GPL-3.0-or-later
"""Small sets of captured faces and of speech, in the form of the real ones, made of the sample."""

import json
from pathlib import Path

import numpy as np
import pytest

soundfile = pytest.importorskip("soundfile")
pytest.importorskip("scipy")

from soliloquy import samples
from soliloquy.core.audio import load
from soliloquy.core.generate import AnimationSettings, animate
from soliloquy.core.phones import SILENCE_PHONE
from soliloquy.core.retarget.arkit import ARKIT_NAMES
from soliloquy.core.training.fit import RIGID_POINTS, landmark_model, lip_gap, mouth_width

RATE = 16000
PIXELS = 64.0
NETWORK_ALONE = AnimationSettings(articulation=0.0)


def spoken_pieces(count: int, seconds: float) -> list[np.ndarray]:
    speech = load(samples.SOUND)
    starts = np.linspace(0.3 * RATE, len(speech) - seconds * RATE, count).astype(int)
    return [speech[start : start + int(seconds * RATE)] for start in starts]


def write_sounds(folder: Path, sounds: list[np.ndarray], rows: list[dict]) -> None:
    folder.mkdir()
    soundfile.write(folder / "a.wav", np.concatenate(sounds), RATE, subtype="FLOAT")
    start = 0
    for row, sound in zip(rows, sounds, strict=True):
        row |= {"file": "a.wav", "start_sample": start, "n_samples": len(sound)}
        start += len(sound)
    (folder / "index.jsonl").write_text("\n".join(json.dumps(row) for row in rows))


def write_grid(folder: Path) -> None:
    """Twelve clips whose face moves as the network moves it: evaluation must find perfect agreement."""
    sounds = spoken_pieces(12, 1.6)
    motions = [animate([sound], fps=25, settings=NETWORK_ALONE).weights for sound in sounds]
    for weights in motions:
        weights[:, :14] = 0
    write_sounds(folder, sounds, [{"id": f"c{number}", "row": number} for number in range(12)])
    weights = np.stack(motions)
    model = landmark_model()
    rigid = [point for point in RIGID_POINTS if point not in model.index]
    still = np.random.default_rng(0).normal(0, 0.4, (len(rigid), 3))
    moved = model.neutral + np.einsum("nfw,wpc->nfpc", weights, model.displacement)
    points = np.concatenate([moved, np.broadcast_to(still, (*moved.shape[:2], *still.shape))], axis=2)
    pixels = points * PIXELS * [1, -1, -1]
    steps = np.diff(np.round(pixels * 16).astype(np.int64), axis=1, prepend=0)
    np.savez(
        folder / "landmarks.npz",
        delta=steps.transpose(0, 3, 2, 1).astype(np.int16),
        scale=16,
        mediapipe_index=[*model.index, *rigid],
    )
    flat = weights.reshape(-1, 52)
    shape = weights.shape[:2]
    np.savez(
        folder / "curves.npz",
        blendshape_names=ARKIT_NAMES,
        blendshapes=weights.astype(np.float16),
        valid=np.ones(shape, bool),
        head_rotvec=np.zeros((*shape, 3), np.float16),
        inner_lip_aperture=lip_gap(flat).reshape(shape).astype(np.float16),
        mouth_width=mouth_width(flat).reshape(shape).astype(np.float16),
        fps=25,
    )


def write_facegood(folder: Path) -> None:
    takes = ["2_01", "2_04"]
    sounds = spoken_pieces(2, 4)
    write_sounds(folder, sounds, [{"id": take} for take in takes])
    channels = ["mouth_oh_c", "mouth_oo_c"]
    arrays = {}
    for take, sound in zip(takes, sounds, strict=True):
        weights = animate([sound], fps=30, settings=NETWORK_ALONE).weights
        arrays[f"t{take}_arkit"] = weights[:, ::-1].astype(np.float16)
        arrays[f"t{take}_channels"] = np.zeros((len(weights), 2), np.float16)
    np.savez(
        folder / "curves.npz", takes=takes, fps=30, channel_names=channels,
        arkit_names=ARKIT_NAMES[::-1], **arrays,
    )  # fmt: skip


def write_speech_set(folder: Path) -> None:
    """The whole sample as two clips of somebody whom nobody trains on, with its phones."""
    sound = load(samples.SOUND)
    spoken = [phone for phone in samples.phones() if phone.name != SILENCE_PHONE]
    rows = [{"id": f"clip {number}", "speaker": "somebody", "split": "val"} for number in range(2)]
    write_sounds(folder, [sound, sound], rows)
    names = sorted({phone.name for phone in spoken})
    np.savez(
        folder / "phones.npz",
        phone_names=names,
        offsets=[0, len(spoken), 2 * len(spoken)],
        phone=[names.index(phone.name) for phone in spoken] * 2,
        start_ms=[round(1000 * phone.start) for phone in spoken] * 2,
        end_ms=[round(1000 * phone.end) for phone in spoken] * 2,
    )
