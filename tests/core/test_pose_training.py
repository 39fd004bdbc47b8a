# SPDX-License-Identifier: GPL-3.0-or-later
"""Training of PoseVAE: captured and made head motion, the network, its losses, its file."""

import argparse
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from scipy.spatial.transform import Rotation
from soliloquy import samples
from soliloquy.core.audio import load
from soliloquy.core.errors import InputError, ModelError
from soliloquy.core.generate.cues import speech_cues
from soliloquy.core.generate.pose_sound import POSE_FPS
from soliloquy.core.generate.pose_styles import STYLE_FIGURES
from soliloquy.core.generate.prosody import Prosody, measure_prosody
from soliloquy.core.models.parameters import load_parameters, read_metadata
from soliloquy.core.models.pose_vae import PoseDiscriminator, PoseVAE, PoseVAEConfig
from soliloquy.core.motion import FaceMotion
from soliloquy.core.motion_files import write_csv
from soliloquy.core.runtime import WEIGHTS_FOLDER, load_network
from soliloquy.core.training.captures import Capture, read_recordings
from soliloquy.core.training.pose import train
from soliloquy.core.training.pose.clips import PoseClip, Windows, captured_clips, made_clips
from soliloquy.core.training.pose.head_motion import head_motions
from soliloquy.core.training.pose.losses import PoseLossWeights, generator_losses, judge_loss
from soliloquy.core.training.pose.made_motion import MANNERS, make_head_motion

SMALL = PoseVAEConfig(latent=8, hidden=64, sound=16)


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def prosody() -> Prosody:
    return measure_prosody([load(samples.SOUND)], load_network("speech_encoder", providers=["cpu"]))


def _capture(angles: np.ndarray, fps: float = 25.0) -> Capture:
    """A head with these angles (F, 3), radians, that sits 40 cm away from the camera."""
    count = len(angles)
    place = np.tile(np.array([0.1, -0.05, -0.4], np.float32), (count, 1))
    return Capture(
        name="clip",
        dataset="grid",
        samples=np.zeros(int(count / fps * 16000), np.float32),
        fps=fps,
        weights=np.zeros((count, 52), np.float32),
        valid=np.ones(count, bool),
        head=np.concatenate([angles, place], axis=1).astype(np.float32),
    )


def _wave(count: int, hertz: float, degrees: float) -> np.ndarray:
    return np.radians(degrees) * np.sin(2 * np.pi * hertz * np.arange(count) / 25)


def test_where_the_camera_stood_makes_no_difference():
    """A head that nods by 3 degrees does so whether it faces the camera or not."""
    nod = np.zeros((100, 3))
    nod[:, 1] = _wave(100, 1.0, 3.0)
    matrices = Rotation.from_euler("YXZ", nod * (1, -1, 1))
    turned = Rotation.from_euler("YXZ", (0.5, -0.2, 0.1)) * matrices
    angles = turned.as_euler("YXZ") * (1, -1, 1)
    ahead, aside = (head_motions([_capture(each)])[0] for each in (nod, angles))
    np.testing.assert_allclose(aside.raw_rotation, ahead.raw_rotation, atol=1e-5)
    assert np.degrees(ahead.rotation[:, 1]).max() == pytest.approx(3, abs=0.1)
    assert np.abs(ahead.rotation[:, [0, 2]]).max() < 1e-3
    assert np.abs(ahead.translation).max() < 1e-6


def test_jitter_goes_and_motion_stays():
    angles = np.zeros((250, 3))
    angles[:, 0] = _wave(250, 1.5, 2.0) + _wave(250, 10.5, 0.3)
    motion = head_motions([_capture(angles)])[0]
    spectrum = np.abs(np.fft.rfft(motion.rotation[25:225, 0]))
    hertz = np.fft.rfftfreq(200, 1 / 25)
    before = np.abs(np.fft.rfft(motion.raw_rotation[25:225, 0]))
    slow, fast = np.argmin(np.abs(hertz - 1.5)), np.argmin(np.abs(hertz - 10.5))
    assert spectrum[slow] > 0.97 * before[slow]
    assert spectrum[fast] < 0.05 * before[fast]


def test_own_recordings_teach_too(tmp_path):
    import soundfile

    sound = load(samples.SOUND)
    count = int(len(sound) / 16000 * 60)
    motion = FaceMotion.still(count, 60)
    motion.head_rotation[:, 0] = np.radians(4) * np.sin(np.arange(count) / 60 * 5)
    write_csv(tmp_path / "take.csv", motion)
    soundfile.write(tmp_path / "take.wav", sound, 16000)
    heads = head_motions(read_recordings(tmp_path))
    clips = captured_clips(heads, "calm", load_network("speech_encoder", providers=["cpu"]))
    assert [clip.style for clip in clips] == ["calm"]
    assert len(clips[0]) == pytest.approx(count / 60 * POSE_FPS, abs=1)
    expected = np.radians(4) * np.sin(np.arange(len(clips[0])) / POSE_FPS * 5)
    inside = slice(10, -10)
    away = clips[0].poses[inside, 0] - expected[inside]
    assert np.abs(away - away.mean()).max() < np.radians(0.15)
    assert clips[0].sound[:, 3].max() > 0.9


@pytest.mark.parametrize("style", list(MANNERS))
def test_made_motion_has_the_figures_of_its_style(prosody, style):
    cues = speech_cues(prosody)
    spreads, speeds = [], []
    for seed in range(40):
        poses = make_head_motion(prosody, cues, MANNERS[style], 250, seed)
        heads = Rotation.from_euler("YXZ", poses[:, :3].astype(float) * (1, -1, 1))
        speeds.append(np.degrees((heads[:-1].inv() * heads[1:]).magnitude() * 25).mean())
        spreads.append(np.degrees(poses[:, :3].std(axis=0)).mean())
    told = STYLE_FIGURES[style]
    assert np.mean(spreads) == pytest.approx(told.spread_degrees, rel=0.25)
    assert np.mean(speeds) == pytest.approx(told.speed_degrees, rel=0.25)


def test_made_heads_nod_on_stressed_syllables(prosody):
    cues = speech_cues(prosody)
    manner = replace(
        MANNERS["conversation"], posture=(1e-9,) * 3, sway=0, pitch_follow=0, turn_share=0, nod_share=1
    )
    chins = np.degrees(make_head_motion(prosody, cues, manner, 250, 0)[:, 1])
    lowest = np.round((cues.accents + 0.06) * POSE_FPS).astype(int)
    assert (chins[lowest] < -1.5).all()
    moved = np.abs(np.diff(chins)) > 1e-4
    near = np.abs(np.arange(249)[:, None] - lowest).min(axis=1) <= 0.6 * POSE_FPS
    assert not moved[~near].any()


def test_a_seed_makes_one_motion(prosody):
    cues, manner = speech_cues(prosody), MANNERS["lively"]
    one, again, other = (make_head_motion(prosody, cues, manner, 200, seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(one, again)
    assert np.abs(other - one).max() > np.radians(1)


def _clips() -> list[PoseClip]:
    """Waves whose phase the sound tells, larger in each style than in the one before."""
    clips = []
    for number, style in enumerate(SMALL.styles):
        for seed in range(6):
            phase = np.random.default_rng(seed).uniform(0, 6)
            wave = np.sin(np.arange(80) * 0.4 + phase)
            poses = np.zeros((80, 6), np.float32)
            poses[:, 1] = np.radians(1 + number) * wave
            sound = np.zeros((80, 6), np.float32)
            sound[:, 0] = wave
            clips.append(PoseClip(f"{style} {seed}", style, poses, sound))
    return clips


def test_windows_lie_within_one_clip_and_one_style():
    windows = Windows(_clips(), SMALL, seed=0)
    assert windows.styles == SMALL.styles
    batch = windows.draw(200)
    assert batch.residual.shape == (200, 32, 6)
    assert not batch.residual[:, 0].any()
    poses = batch.residual + batch.first[:, None]
    size = torch.deg2rad(1 + batch.style.argmax(dim=1).float())
    np.testing.assert_allclose(poses[:, :, 1], size[:, None] * batch.sound[:, :, 0], atol=1e-6)
    scale = windows.scale()
    assert (scale[1:, 1] / scale[:1, 1]).numpy() == pytest.approx([2, 3, 4, 5], rel=0.01)


def test_residuals_begin_at_zero_and_poses_at_the_first():
    model = PoseVAE(SMALL)
    first = torch.randn(3, 6)
    style = torch.eye(5)[:3]
    poses = model(torch.randn(3, 8), torch.randn(3, 32, 6), style, first)
    torch.testing.assert_close(poses[:, 0], first)


def test_the_losses_are_those_of_the_paper():
    """Equation 11 and the divergence of two normal distributions, computed the long way round."""
    model, judge = PoseVAE(SMALL, torch.full((5, 6), 0.1)), PoseDiscriminator(SMALL)
    batch = Windows(_clips(), SMALL, seed=1).draw(16)
    weights = PoseLossWeights(unit=0.5)
    torch.manual_seed(3)
    terms = generator_losses(model, judge, batch, weights)
    torch.manual_seed(3)
    mean, spread = model.encode(batch.residual, batch.sound, batch.style, batch.first)
    deviation = (0.5 * spread).exp()
    latent = mean + torch.randn_like(mean) * deviation
    coded = model.decode(latent, batch.sound, batch.style, batch.first)
    squares = ((coded - batch.residual) / 0.05).pow(2).sum(dim=2)
    torch.testing.assert_close(terms["error"], squares.mean())
    normal = torch.distributions.Normal
    apart = torch.distributions.kl_divergence(normal(mean, deviation), normal(0.0, 1.0))
    torch.testing.assert_close(terms["divergence"], apart.sum(dim=1).mean())
    assert terms["adversarial"] > 0
    assert judge_loss(model, judge, batch) > 0
    assert judge(batch.residual, batch.sound, batch.style).shape == (16, 8)


def test_it_learns_what_the_sound_tells():
    model, judge = PoseVAE(SMALL), PoseDiscriminator(SMALL)
    windows = Windows(_clips(), SMALL, seed=2)
    model.scale.copy_(windows.scale())
    optimiser = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(300):
        terms = generator_losses(model, judge, windows.draw(64), PoseLossWeights(unit=0.2, adversarial=0))
        optimiser.zero_grad()
        (terms["error"] + terms["divergence"]).backward()
        optimiser.step()
    batch = windows.draw(100)
    with torch.no_grad():
        drawn = model.decode(torch.randn(100, 8), batch.sound, batch.style, batch.first)
    scale = (batch.style @ model.scale)[:, None, 1]
    # Left and right may be mirrored, up and down not: the nod is all in the sound.
    error = ((drawn - batch.residual)[:, :, 1] / scale).pow(2).mean().sqrt()
    assert error < 0.35


def test_the_file_gives_what_torch_gives(tmp_path):
    model = PoseVAE(SMALL, torch.rand(5, 6) * 0.1)
    path = tmp_path / "pose_vae.onnx"
    train.write_pose_vae(model, [1, 1, 1, 1, 1], path, {"seed": 0})
    network = load_network(str(path), providers=["cpu"])
    inputs = {
        "latent": torch.randn(7, 8),
        "sound": torch.rand(7, 32, 6),
        "style": torch.eye(5)[[0, 1, 2, 3, 4, 0, 1]],
        "first": torch.randn(7, 6) * 0.1,
    }
    found = network.run(**{name: tensor.numpy() for name, tensor in inputs.items()})[0]
    with torch.no_grad():
        np.testing.assert_allclose(found, model(*inputs.values()).numpy(), atol=1e-5)


def test_the_network_that_ships_is_the_one_torch_has():
    path = WEIGHTS_FOLDER / "pose_vae.onnx"
    metadata = read_metadata(path)
    config = PoseVAEConfig()
    assert metadata["styles"].split(",") == list(config.styles)
    model = PoseVAE(config)

    class Drawing(torch.nn.Module):
        """What the file holds: no encoder."""

        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("scale", model.scale)
            self.audio_encoder = model.audio_encoder
            self.style_embedding, self.decoder = model.style_embedding, model.decoder

    drawing = Drawing()
    load_parameters(drawing, path)
    inputs = (torch.randn(3, 64), torch.rand(3, 32, 6), torch.eye(5)[:3], torch.randn(3, 6) * 0.02)
    names = ("latent", "sound", "style", "first")
    network = load_network("pose_vae", providers=["cpu"])
    found = network.run(**{name: each.numpy() for name, each in zip(names, inputs, strict=True)})[0]
    with torch.no_grad():
        np.testing.assert_allclose(found, model(*inputs).numpy(), atol=1e-5)


def _arguments(folder, **changes) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    train.add_arguments(parser)
    args = parser.parse_args(["--out", str(folder), "--threads", "1"])
    for name, value in ({"iterations": 4, "batch": 8} | changes).items():
        setattr(args, name, value)
    return args


def test_an_interrupted_training_goes_on_with_the_same_draws(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(train, "_clips", lambda args, config: (_clips(), []))
    monkeypatch.setattr(train, "_SAVE_EVERY", 2)
    train.run(_arguments(tmp_path / "whole"))
    whole = torch.load(tmp_path / "whole" / "pose_vae.pt", weights_only=False)

    class Stopped(Exception):
        pass

    steps = 0
    real = train.generator_losses

    def stopping(*inputs):
        nonlocal steps
        steps += 1
        if steps == 4:
            raise Stopped
        return real(*inputs)

    monkeypatch.setattr(train, "generator_losses", stopping)
    with pytest.raises(Stopped):
        train.run(_arguments(tmp_path / "parts"))
    monkeypatch.setattr(train, "generator_losses", real)
    assert train.run(_arguments(tmp_path / "parts")) == 0
    parts = torch.load(tmp_path / "parts" / "pose_vae.pt", weights_only=False)
    for one, other in zip(whole["states"][0].values(), parts["states"][0].values(), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=0)
    assert "Wrote" in capsys.readouterr().out
    with pytest.raises(ModelError, match="trained with other options"):
        train.run(_arguments(tmp_path / "parts", rate=1.0))


def test_a_style_without_clips_is_told(tmp_path, monkeypatch):
    some = [clip for clip in _clips() if clip.style != "lively"]
    monkeypatch.setattr(train, "_clips", lambda args, config: (some, []))
    with pytest.raises(InputError, match="teaches the style lively"):
        train.run(_arguments(tmp_path / "out"))


def test_made_clips_carry_the_voice(prosody):
    encoder = load_network("speech_encoder", providers=["cpu"])
    clips = made_clips([("sample", load(samples.SOUND))], ["calm", "lively"], encoder, variants=2, seed=0)
    assert [clip.style for clip in clips] == ["calm", "calm", "lively", "lively"]
    assert len({clip.poses.tobytes() for clip in clips}) == 4
    assert all(len(clip.sound) == len(clip.poses) == int(prosody.duration * POSE_FPS) for clip in clips)
