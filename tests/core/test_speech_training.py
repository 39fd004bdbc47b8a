# SPDX-License-Identifier: GPL-3.0-or-later
import json

import numpy as np
import pytest

torch = pytest.importorskip("torch")
soundfile = pytest.importorskip("soundfile")

from soliloquy.core.errors import InputError
from soliloquy.core.models.mel_speech_encoder import MelSpeechEncoder, MelSpeechEncoderConfig
from soliloquy.core.models.speech_encoder import SpeechEncoder, SpeechEncoderConfig
from soliloquy.core.motion import Phone
from soliloquy.core.phones import PHONE_INDEX, PHONES
from soliloquy.core.training import speech_encoder as training
from soliloquy.core.training.augment import compress, harden
from soliloquy.core.training.speech_batches import SpeechSampler
from soliloquy.core.training.speech_cache import TEACHER_FIRST, TEACHER_HOP, cached_teacher
from soliloquy.core.training.speech_sets import ClipLabel, SpeechSet
from soliloquy.core.training.speech_teacher import (
    READER_REACH,
    at_columns,
    reader_times,
    realign,
    taught_sets,
)


def small_encoder(kind):
    torch.manual_seed(0)
    if kind == "mel":
        return MelSpeechEncoder(MelSpeechEncoderConfig(bands=(4, 6), width=8, middle=12, embedding=10))
    return SpeechEncoder(SpeechEncoderConfig(layers=1, width=8, embedding=10))


CLIP = 32000


def tone_set(folder, name, clips, labelled=True):
    """Clips of two seconds: silence, a tone of 200 Hz called M, one of 2000 Hz called S, silence."""
    place = folder / name
    place.mkdir()
    time = np.arange(CLIP) / 16000
    clip = 0.001 * np.random.default_rng(0).standard_normal(CLIP)
    clip += 0.3 * np.sin(2 * np.pi * 200 * time) * ((time >= 0.5) & (time < 1))
    clip += 0.3 * np.sin(2 * np.pi * 2000 * time) * ((time >= 1) & (time < 1.5))
    soundfile.write(place / "sound.wav", np.tile(clip, clips).astype(np.float32), 16000)
    rows = [
        {
            "id": f"c{k}",
            "file": "sound.wav",
            "start_sample": k * CLIP,
            "n_samples": CLIP,
            "speaker": str(k),
            "split": "val" if k == 0 else "train",
        }
        for k in range(clips)
    ]
    (place / "index.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    if labelled:
        np.savez(
            place / "phones.npz",
            phone_names=np.array(PHONES),
            offsets=2 * np.arange(clips + 1),
            phone=np.tile([PHONE_INDEX["M"], PHONE_INDEX["S"]], clips),
            start_ms=np.tile([500, 1000], clips),
            end_ms=np.tile([1000, 1500], clips),
        )
    return place


@pytest.fixture
def teacher(tmp_path):
    """A network of the teacher's frame rate and size that tells low from high sounds."""

    class Ear(torch.nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(0)
            self.filters = torch.nn.Conv1d(1, 288, 895, stride=384, bias=False)
            time = torch.arange(895) / 16000
            hertz = torch.linspace(100, 3000, 288)[:, None]
            self.filters.weight.data[:, 0] = 0.02 * torch.sin(2 * torch.pi * hertz * time)

        def forward(self, samples):
            return self.filters(samples[:, None]).abs().transpose(1, 2)

    path = tmp_path / "ear.onnx"
    torch.onnx.export(
        Ear(),
        (torch.zeros(1, 16000),),
        str(path),
        input_names=["samples"],
        dynamic_axes={"samples": {1: "count"}},
        dynamo=False,
    )
    return path


def test_a_set_is_read_with_its_splits_and_phones(tmp_path):
    spoken = SpeechSet(tone_set(tmp_path, "librispeech", 3))
    assert [label.split for label in spoken.labels] == ["val", "train", "train"]
    assert spoken.labels[1].phones == (Phone("M", 0.5, 1.0), Phone("S", 1.0, 1.5))
    sounds = dict(spoken.sounds())
    assert {number: len(samples) for number, samples in sounds.items()} == {0: CLIP, 1: CLIP, 2: CLIP}


def test_a_folder_without_index_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"index\.jsonl"):
        SpeechSet(tmp_path)


def test_the_teachers_frames_lie_where_stated(tmp_path, teacher):
    spoken = SpeechSet(tone_set(tmp_path, "librispeech", 1))
    frames = cached_teacher(spoken, teacher, tmp_path).clip(0).astype(np.float32).sum(axis=1)
    times = (TEACHER_FIRST + TEACHER_HOP * np.arange(len(frames))) / 16000
    loud = times[frames > 0.15 * frames.max()]
    assert loud[0] == pytest.approx(0.5, abs=0.04)
    assert loud[-1] == pytest.approx(1.5, abs=0.04)


def test_readings_reach_the_columns_at_their_times():
    readings = reader_times(50)[:, None] * np.ones((1, 47))
    columns = at_columns(readings, 80)
    inside = slice(4, 60)
    np.testing.assert_allclose(columns[inside, 0], np.arange(80)[inside] / 80, atol=2e-3)


def test_a_shifted_label_is_aligned_anew():
    times = reader_times(80)
    readings = np.full((160, 47), 0.01)
    for row, time in enumerate(times):
        name = "M" if 0.5 <= time < 1 else "S" if 1 <= time < 1.5 else "SIL"
        readings[row, PHONE_INDEX[name]] = 0.8
    label = ClipLabel("x", "x", "x", "train", CLIP, (Phone("M", 0.45, 0.95), Phone("S", 0.95, 1.55)))
    phones, confidence = realign(label, readings, np.zeros(40))
    assert [phone.name for phone in phones] == ["M", "S"]
    assert phones[0].start == pytest.approx(0.5, abs=0.013)
    assert phones[0].end == pytest.approx(1.0, abs=0.013)
    assert confidence > 0.7


def test_excerpts_agree_with_their_labels(tmp_path):
    """What is loud in an excerpt, and how high, is what its labels call speech."""
    tone_set(tmp_path, "librispeech", 3)
    sets = training.prepare(tmp_path, tmp_path / "cache", ["librispeech"], [], None, 0)
    sampler = SpeechSampler(
        sets.pools, {"librispeech": 1.0}, batch=8, frames=160, before=3, after=2, changed=0.3
    )
    batch = sampler.draw(np.random.default_rng(0))
    again = sampler.draw(np.random.default_rng(0))
    torch.testing.assert_close(batch.sound, again.sound)
    assert batch.sound.shape == (8, 165, 200)
    assert batch.phones.shape == (8, 160)
    assert batch.readings is None
    assert set(batch.phones.unique().tolist()) <= {PHONE_INDEX[name] for name in ("M", "S", "SIL")}
    own = batch.sound[:, 3:-2]
    power = own.square().mean(dim=2)
    changes = own.diff(dim=2).square().mean(dim=2) / (power + 1e-9)
    silent, low, high = (batch.phones == PHONE_INDEX[name] for name in ("SIL", "M", "S"))
    assert power[low | high].median() > 30 * power[silent].median()
    assert changes[high].median() > 10 * changes[low].median()


def test_hardened_sound_keeps_its_times():
    """A click at half a second stays there, a tenth later when played slower."""
    click = np.zeros(20000, np.float32)
    click[8000] = 1
    other = np.zeros(1000, np.float32)
    for seed in range(6):
        random = np.random.default_rng(seed)
        plain = harden(click, 16000, 1.0, other, random, changed=False)
        assert np.abs(plain).argmax() == 8000
        slow = harden(click, 16000, 1 / 1.1, other, random, changed=False)
        assert abs(int(np.abs(slow).argmax()) - 8800) < 8


@pytest.mark.parametrize("kind", ["moonshine", "mel"])
def test_learns_resumes_and_listens_to_the_teacher(tmp_path, teacher, monkeypatch, kind):
    tone_set(tmp_path, "librispeech", 4)
    tone_set(tmp_path, "kerstin_de", 3, labelled=False)
    monkeypatch.setattr("soliloquy.core.training.speech_encoder._STEPS_A_CHECKPOINT", 2)
    cache = tmp_path / "cache"
    cache.mkdir()
    sets = [SpeechSet(tmp_path / name) for name in ("librispeech", "kerstin_de")]
    lessons = taught_sets(sets, teacher, cache, 0, steps=20)
    read = lessons["librispeech"].readings[:161, : len(PHONES)].argmax(axis=1)
    assert (read[60:70] == PHONE_INDEX["M"]).mean() > 0.8
    assert lessons["kerstin_de"].labels[1].phones is None
    assert len(lessons["kerstin_de"].view.clip(1)) > 2 * READER_REACH

    prepared = training.prepare(tmp_path, cache, ["librispeech"], ["kerstin_de"], teacher, 0)
    options = training.SpeechTrainingOptions(steps=4, batch=2, frames=96, distill=0.5)
    whole = training.train(prepared, options, small_encoder(kind), tmp_path / "whole.pt")
    assert training.accuracies(whole, prepared.validation).keys() == {"librispeech val"}

    class Stopped(Exception):
        pass

    def stop(*_):
        raise Stopped

    monkeypatch.setattr(training._log, "info", stop)
    with pytest.raises(Stopped):
        training.train(prepared, options, small_encoder(kind), tmp_path / "parts.pt")
    monkeypatch.undo()
    resumed = training.train(prepared, options, small_encoder(kind), tmp_path / "parts.pt")
    for name, value in whole.state_dict().items():
        torch.testing.assert_close(resumed.state_dict()[name], value)


def test_a_telephone_keeps_the_length():
    samples = (0.1 * np.random.default_rng(0).standard_normal(5001)).astype(np.float32)
    assert compress(samples, np.random.default_rng(1)).shape == samples.shape
