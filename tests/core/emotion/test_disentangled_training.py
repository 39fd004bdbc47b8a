# SPDX-License-Identifier: GPL-3.0-or-later
"""The disentangled audio model learns from a corpus of acted emotions, in one command."""

import argparse
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
soundfile = pytest.importorskip("soundfile")
pytest.importorskip("pyworld")
pytest.importorskip("onnx")

from soliloquy import samples
from soliloquy.command_line import build_parser
from soliloquy.core.audio import SAMPLE_RATE, load
from soliloquy.core.errors import InputError, ModelError, OutputError
from soliloquy.core.generate.content import CONTENT_FILE
from soliloquy.core.generate.emotion.directions import EMOTIONS
from soliloquy.core.generate.emotion.emotion_table import EmotionTable
from soliloquy.core.generate.emotion.voice import EMOTION_FILE, feel
from soliloquy.core.runtime import load_network
from soliloquy.core.training import loop
from soliloquy.core.training.disentangled import train
from soliloquy.core.training.disentangled.segments import SegmentSource
from soliloquy.core.training.disentangled.sequences import LabelledClip, listened, make_sequences
from soliloquy.core.training.emotion.edits import WorldVoice, edit_of

ACTED = {"05": "anger", "04": "sadness", "01": "neutral"}
ACTORS = 6

FELT = {"anger": (0.6, -0.5), "sadness": (-0.3, -0.6), "neutral": (0.0, 0.0)}
"""Arousal and valence."""


def make_ravdess(folder: Path) -> None:
    """One line of the sample, as six voices act it; the sixth will be held out."""
    voice = WorldVoice(load(samples.SOUND)[: 3 * SAMPLE_RATE // 2])
    for actor in range(1, ACTORS + 1):
        for code, emotion in ACTED.items():
            arousal, valence = FELT[emotion]
            edit = edit_of(1.5 * arousal, 1.5 * valence)
            edit = replace(
                edit, pitch=edit.pitch + actor - 3, formants=edit.formants * (1 + 0.02 * (actor - 3))
            )
            place = folder / f"Actor_{actor:02}"
            place.mkdir(parents=True, exist_ok=True)
            path = place / f"03-01-{code}-01-01-01-{actor:02}.wav"
            soundfile.write(path, voice.edited(edit).samples, SAMPLE_RATE)


def arguments(*given: str) -> argparse.Namespace:
    return build_parser().parse_args(["train", "disentangled", "--threads", "1", *given])


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The corpus, and what was learnt from it."""
    corpus, out = tmp_path_factory.mktemp("ravdess"), tmp_path_factory.mktemp("out")
    make_ravdess(corpus)
    before = torch.get_num_threads()
    given = ("--sets", "--corpus", str(corpus), "--out", str(out), "--iterations", "60")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train, "USUAL_OPTIONS", replace(train.USUAL_OPTIONS, batch=48))
        assert train.run(arguments(*given)) == 0
    torch.set_num_threads(before)
    return corpus, out


def test_emotions_have_the_names_of_the_corpus_and_its_licence(folders: tuple[Path, Path]) -> None:
    for file in (CONTENT_FILE, EMOTION_FILE):
        metadata = load_network(str(folders[1] / file), providers=["cpu"]).metadata
        (licence,) = json.loads(metadata["licences"])
        assert licence.startswith("RAVDESS: CC BY-NC-SA 4.0")
    table = EmotionTable.from_json(metadata["table"])
    assert table.names == tuple(sorted(ACTED.values()))
    assert not table.has_grid


def test_a_held_out_voice_is_understood(folders: tuple[Path, Path]) -> None:
    corpus, out = folders
    network = load_network(str(out / EMOTION_FILE), providers=["cpu"])
    encoder = load_network("speech_encoder", providers=["cpu"])
    table = EmotionTable.from_json(network.metadata["table"])
    means = np.array(json.loads(network.metadata["h_e"]))
    heard, shown = {}, {}
    for code, emotion in ACTED.items():
        (path,) = corpus.glob(f"Actor_{ACTORS:02}/03-01-{code}-*.wav")
        course = listened(LabelledClip(path.stem, "", load(path), None), encoder).course
        (latents, _) = network.run(course=course)
        variance = float(network.metadata["prior_variance"])
        heard[emotion] = table.name_posterior(latents, means, variance).mean(axis=0)
        shown[emotion] = feel(network, course).intensities
    for column, emotion in enumerate(table.names):
        assert max(heard, key=lambda acted: heard[acted][column]) == emotion
    # What is not sure is not shown; so little training is sure of anger alone.
    assert shown["anger"][:, EMOTIONS.index("anger")].max() > 0.3
    assert not shown["neutral"].any()
    assert all(np.isfinite(values).all() and values.max() <= 1 for values in shown.values())


def test_nothing_to_learn_from_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing to learn from"):
        train.run(arguments("--sets", "--out", str(tmp_path / "out")))
    with pytest.raises(InputError, match="--iterations: expected a whole number of 1 or more, got '0'"):
        arguments("--sets", "--out", str(tmp_path / "out"), "--iterations", "0")
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="Cannot make the folder"):
        train.run(arguments("--sets", "--out", str(tmp_path / "file")))


@pytest.mark.parametrize("missing", ["neutral", "emotion"])
def test_corpora_must_hold_neutral_speech_and_an_emotion(tmp_path: Path, missing: str) -> None:
    """A voice is taken for one of the names: with one name alone every voice would be that."""
    for name in ("angry", "sad") if missing == "neutral" else ("neutral", "calm"):
        folder = tmp_path / "ours" / name
        folder.mkdir(parents=True)
        soundfile.write(folder / "a.wav", np.zeros(SAMPLE_RATE, np.float32), SAMPLE_RATE)
    with pytest.raises(InputError, match="expected neutral speech and an emotion"):
        train.run(arguments("--sets", "--corpus", str(tmp_path / "ours"), "--out", str(tmp_path / "out")))


def test_noise_does_not_change_what_is_said() -> None:
    clip = LabelledClip("ours/a", "", load(samples.SOUND)[: 2 * SAMPLE_RATE], None, "anger")
    # Drawn so that the encoder hears other phones under this noise.
    clean, noisy = make_sequences([clip], "speech_encoder", seed=3, workers=1)
    assert (clean.is_noisy, noisy.is_noisy) == (False, True)
    assert clean.phones == noisy.phones


class Interrupted(Exception):
    """Somebody stopped the training."""


class StoppedTrainer(train.Trainer):
    """Is stopped after the third step."""

    done = 0

    def step(self) -> Any:
        self.done += 1
        if self.done > 3:
            raise Interrupted
        return super().step()


def test_an_interruption_changes_nothing(
    folders: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus, prepared = folders
    monkeypatch.setattr(train, "USUAL_OPTIONS", replace(train.USUAL_OPTIONS, batch=8))
    monkeypatch.setattr(loop, "_SAVE_EVERY", 2)
    reached = []
    for name in ("whole", "interrupted"):
        out = tmp_path / name
        out.mkdir()
        shutil.copy(prepared / "sequences.pickle", out)
        # Of another training, from which this one does not go on.
        (out / train.BOUND_FILE).write_text("[{}]", encoding="utf-8")
        given = arguments("--sets", "--corpus", str(corpus), "--iterations", "5", "--out", str(out))
        if name == "interrupted":
            with monkeypatch.context() as patch:
                patch.setattr(train, "Trainer", StoppedTrainer)
                with pytest.raises(Interrupted):
                    train.run(given)
        assert train.run(given) == 0
        reached.append(torch.load(out / "disentangled.pt", weights_only=False)["model"])
        assert len(json.loads((out / train.BOUND_FILE).read_text(encoding="utf-8"))) == 3
    for name, value in reached[0].items():
        assert torch.equal(value, reached[1][name]), name


def test_other_clips_or_seeds_do_not_go_on_from_a_training(
    folders: tuple[Path, Path], tmp_path: Path
) -> None:
    corpus, out = folders
    given = ("--sets", "--out", str(out), "--iterations", "60")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train, "USUAL_OPTIONS", replace(train.USUAL_OPTIONS, batch=48))
        with pytest.raises(ModelError, match="trained with other clips and seed"):
            train.run(arguments("--corpus", str(corpus), *given, "--seed", "1"))
        other = tmp_path / corpus.name
        shutil.copytree(corpus, other)
        # The same names, another recording.
        path = next(other.rglob("*.wav"))
        soundfile.write(path, 0.5 * load(path), SAMPLE_RATE)
        with pytest.raises(ModelError, match="trained with other clips"):
            train.run(arguments("--corpus", str(other), *given))


def test_labels_tell_clips_apart() -> None:
    clip = LabelledClip("ours/a", "ours anna", np.zeros(8, np.float32), None, "anger")
    marks = {
        train.mark_of([each])
        for each in (clip, replace(clip, emotion="sadness"), replace(clip, samples=np.ones(8, np.float32)))
    }
    assert len(marks) == 3
    assert train.mark_of([replace(clip)]) in marks


def test_a_clip_of_a_moment_is_silence() -> None:
    encoder = load_network("speech_encoder", providers=["cpu"])
    clip = LabelledClip("ours/a", "", np.zeros(SAMPLE_RATE // 40, np.float32), None, "anger")
    table = EmotionTable(("anger", "neutral"), has_grid=False)
    batch = SegmentSource([listened(clip, encoder)], table, seed=0).draw(3)
    assert batch.viseme.tolist() == [0, 0, 0]
    assert all(torch.isfinite(view).all() for view in batch.x)
