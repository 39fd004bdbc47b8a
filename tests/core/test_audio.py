# SPDX-License-Identifier: GPL-3.0-or-later
import os
import shutil
import struct
import subprocess
import tracemalloc

import numpy as np
import pytest
from soliloquy.core.audio import SAMPLE_RATE, decode, decode_blocks, estimate_duration, load
from soliloquy.core.audio.av_decoder import AvDecoder
from soliloquy.core.audio.blender_decoder import BlenderDecoder, find
from soliloquy.core.audio.decoder import CHUNK_VALUES
from soliloquy.core.audio.soundfile_decoder import SoundfileDecoder
from soliloquy.core.errors import AudioError

soundfile = pytest.importorskip("soundfile", reason="soundfile writes the test files")


def tones(seconds: float, rate: int, highest: float = 3300.0) -> np.ndarray:
    """Gliding and steady tones as a formula, so that it can be evaluated at any rate; (n,) float32."""
    t = np.arange(round(seconds * rate)) / rate
    glide = np.sin(2 * np.pi * (150 * t + 40 * np.sin(2 * np.pi * 0.4 * t)) * 4)
    steady = np.sin(2 * np.pi * 440.5 * t + 1) + np.sin(2 * np.pi * highest * t)
    fade = np.sin(np.pi / 2 * np.clip(np.minimum(t, seconds - t) / 0.1, 0, 1)) ** 4
    return (0.2 * (glide * (0.5 + 0.5 * np.sin(2 * np.pi * 1.3 * t)) + steady) * fade).astype(np.float32)


def write(path, samples, rate, **options):
    soundfile.write(str(path), samples, rate, **options)
    return path


def ffmpeg(*arguments):
    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg is not installed: no M4A or MP4 to test with")
    subprocess.run(["ffmpeg", "-v", "error", "-y", *map(str, arguments)], check=True, timeout=60)


def available_decoders():
    """The decoders that work here. `aud` is there once bpy is."""
    pytest.importorskip("bpy", reason="Blender's decoder needs bpy")
    return [d for d in (SoundfileDecoder(), BlenderDecoder(), AvDecoder()) if d.available()]


@pytest.fixture
def only(monkeypatch):
    """Decode with the given decoder alone."""
    return lambda *decoders: monkeypatch.setattr(decode, "DECODERS", decoders)


# What comes out


@pytest.mark.parametrize(
    ("suffix", "options", "tolerance"),
    [
        (".wav", {"subtype": "PCM_U8"}, 1e-2),
        (".wav", {"subtype": "PCM_16"}, 1e-4),
        (".wav", {"subtype": "PCM_24"}, 3e-5),
        (".wav", {"subtype": "PCM_32"}, 3e-5),
        (".wav", {"subtype": "FLOAT"}, 3e-5),
        (".wav", {"subtype": "DOUBLE"}, 3e-5),
        (".wav", {"subtype": "ULAW"}, 2e-2),
        (".wav", {"format": "RF64", "subtype": "FLOAT"}, 3e-5),
        (".aiff", {}, 1e-4),
        (".flac", {}, 1e-4),
        (".ogg", {"subtype": "VORBIS"}, 5e-2),
        (".opus", {"format": "OGG", "subtype": "OPUS"}, 5e-2),
        (".mp3", {}, 5e-2),
    ],
)
def test_formats(tmp_path, suffix, options, tolerance):
    path = write(tmp_path / f"sound{suffix}", tones(1.5, 48000), 48000, **options)
    samples = load(path)
    assert samples.dtype == np.float32
    assert samples.shape == (24000,)
    np.testing.assert_allclose(samples[800:-800], tones(1.5, 16000)[800:-800], rtol=0, atol=tolerance)
    assert estimate_duration(path) == pytest.approx(1.5)


@pytest.mark.parametrize(
    "rate", [8000, 11025, 16000, 22050, 24000, 32000, 44056, 44100, 47952, 48000, 88200, 96000, 192000]
)
def test_rates(tmp_path, rate):
    path = write(tmp_path / "sound.wav", tones(1.2345, rate), rate, subtype="FLOAT")
    count = round(round(1.2345 * rate) * SAMPLE_RATE / rate)
    samples = load(path)
    assert len(samples) == count
    np.testing.assert_allclose(
        samples[800:-800], tones(1.2345, 16000)[: len(samples)][800:-800], rtol=0, atol=3e-5
    )


def test_16_khz_is_left_alone(tmp_path):
    samples = tones(1, 16000)
    assert np.array_equal(load(write(tmp_path / "a.wav", samples, 16000, subtype="FLOAT")), samples)


def test_above_8_khz_nothing_is_folded_back(tmp_path):
    t = np.arange(48000) / 48000
    path = write(tmp_path / "a.wav", 0.9 * np.sin(2 * np.pi * 8050 * t), 48000, subtype="FLOAT")
    assert np.abs(load(path)[800:-800]).max() < 2e-4


def test_resampling_agrees_with_soxr(tmp_path):
    soxr = pytest.importorskip("soxr", reason="soxr is the reference")
    noise = np.random.default_rng(0).standard_normal(48000).astype(np.float32) * 0.1
    band = np.fft.rfft(noise)
    band[7000:] = 0  # both pass this band unchanged; above, their slopes differ
    noise = np.fft.irfft(band).astype(np.float32)
    ours = load(write(tmp_path / "a.wav", noise, 48000, subtype="FLOAT"))
    theirs = soxr.resample(noise, 48000, 16000)
    np.testing.assert_allclose(ours[800:-800], theirs[800:-800], rtol=0, atol=1e-4)


def test_channels_are_averaged(tmp_path):
    mono = tones(0.5, 44100)
    channels = np.stack([mono * gain for gain in (0.1, 0.9, -0.3, 0.2, 0, 0.5, 0.7, 0.3)], axis=1)
    path = write(tmp_path / "a.wav", channels, 44100, subtype="FLOAT")
    expected = load(write(tmp_path / "b.wav", mono * 0.3, 44100, subtype="FLOAT"))
    np.testing.assert_allclose(load(path), expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("value", [0.0, 0.25, -1.0])
def test_constants_stay(tmp_path, value):
    path = write(tmp_path / "a.wav", np.full(44100, value), 44100, subtype="FLOAT")
    np.testing.assert_allclose(load(path)[200:-200], value, rtol=0, atol=2e-6)


def test_level_does_not_matter(tmp_path):
    loud = load(write(tmp_path / "loud.wav", 5 * tones(0.5, 44100), 44100, subtype="FLOAT"))
    quiet = load(write(tmp_path / "quiet.wav", 5e-6 * tones(0.5, 44100), 44100, subtype="FLOAT"))
    assert loud.max() > 1.5  # above full scale is kept
    np.testing.assert_allclose(quiet * 1e6, loud, rtol=0, atol=1e-4)


def test_clipped_sound(tmp_path):
    samples = load(write(tmp_path / "a.wav", np.clip(9 * tones(0.5, 44100), -1, 1), 44100))
    assert np.isfinite(samples).all()
    assert 0.9 < samples.max() < 1.5


def test_shorter_than_one_output_sample(tmp_path):
    assert load(write(tmp_path / "a.wav", np.ones(1), 48000)).shape == (0,)


# How it flows


@pytest.mark.parametrize("seconds", [0.001, 0.37, 1.0, 100.0])
def test_blocks_do_not_change_the_sound(tmp_path, seconds):
    path = write(tmp_path / "a.flac", tones(3.1, 44100), 44100)
    blocks = list(decode_blocks(path, block_seconds=seconds))
    size = round(seconds * SAMPLE_RATE)
    assert all(len(block) == size for block in blocks[:-1])
    assert 0 < len(blocks[-1]) <= size
    assert np.array_equal(np.concatenate(blocks), load(path))


def test_memory_does_not_grow_with_length_or_channels(tmp_path):
    channels, rate, seconds = 8, 192000, 12
    path = write(tmp_path / "a.wav", np.zeros((1, channels)), rate, subtype="PCM_16")
    data = bytearray(path.read_bytes())
    start = data.index(b"data") + 8
    data[start - 4 : start] = struct.pack("<I", seconds * rate * channels * 2)
    path.write_bytes(data)
    os.truncate(path, start + seconds * rate * channels * 2)  # zeros that take no room on the disk
    tracemalloc.start()
    total = sum(len(block) for block in decode_blocks(path, block_seconds=1.0))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert total == seconds * SAMPLE_RATE
    assert peak < 8 * CHUNK_VALUES * 4 < seconds * rate * channels * 4 / 2


# Files that are not as they should be


def test_wrong_extension_and_unicode_path(tmp_path):
    folder = tmp_path / "Größe 声 🎤"
    folder.mkdir()
    path = write(tmp_path / "a.flac", tones(0.5, 48000), 48000)
    for name in ("ä.mp3", "b.raw", "c", "d e.wav"):
        shutil.copy(path, folder / name)
        assert np.array_equal(load(folder / name), load(path))


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF, 0x7FFFFFFF])
def test_wav_whose_recorder_never_wrote_the_size(tmp_path, size):
    whole = write(tmp_path / "whole.wav", tones(1, 48000), 48000)
    data = bytearray(whole.read_bytes())
    start = data.index(b"data") + 8
    data[4:8] = data[start - 4 : start] = struct.pack("<I", size)
    broken = tmp_path / "broken.wav"
    broken.write_bytes(data)
    assert np.array_equal(load(broken), load(whole))


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".ogg", ".mp3"])
def test_of_a_truncated_file_the_rest_is_used(tmp_path, suffix):
    whole = write(tmp_path / f"whole{suffix}", tones(12, 44100), 44100)
    data = whole.read_bytes()
    cut = tmp_path / f"cut{suffix}"
    cut.write_bytes(data[: len(data) // 2 + 1])
    samples, expected = load(cut), load(whole)
    assert 4.5 < len(samples) / SAMPLE_RATE < 7.5
    np.testing.assert_allclose(samples[:-2000], expected[: len(samples) - 2000], rtol=0, atol=1e-5)


def test_mp3_of_variable_bit_rate_without_an_index_is_read_to_its_end(tmp_path):
    speech = tones(12, 44100)
    speech[: 9 * 44100] *= np.random.default_rng(0).standard_normal(9 * 44100)  # large packets, then small
    whole = write(tmp_path / "a.wav", np.clip(speech, -1, 1), 44100)
    ffmpeg("-i", whole, "-q:a", "6", "-write_xing", "0", tmp_path / "a.mp3")
    assert len(load(tmp_path / "a.mp3")) / SAMPLE_RATE == pytest.approx(12, abs=0.1)


# What is refused


def message_of(path) -> str:
    with pytest.raises(AudioError) as caught:
        for _ in decode_blocks(path):
            pass
    message = str(caught.value)
    assert "\n" not in message
    assert str(path) in message
    return message


def test_missing_file_folder_and_empty_file(tmp_path):
    assert "No sound file" in message_of(tmp_path / "no.wav")
    assert "folder" in message_of(tmp_path)
    (tmp_path / "empty.wav").touch()
    assert "empty file" in message_of(tmp_path / "empty.wav")


@pytest.mark.parametrize(
    "content", [b"hello, world\n" * 50, b"RIFFxxxxWAVEjunk" + b"\1" * 999, b"\x89PNG\r\n\x1a\n" + bytes(99)]
)
def test_what_is_not_sound(tmp_path, content):
    (tmp_path / "a.wav").write_bytes(content)
    assert "no sound that can be read" in message_of(tmp_path / "a.wav")


def test_refused_before_the_first_block(tmp_path):
    with pytest.raises(AudioError):
        decode_blocks(tmp_path / "no.wav")


def test_no_samples(tmp_path):
    assert "no samples" in message_of(write(tmp_path / "a.wav", np.zeros(0), 48000))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_numbers(tmp_path, value):
    samples = tones(2, 48000)
    samples[72000] = value
    assert "1.500 s" in message_of(write(tmp_path / "a.wav", samples, 48000, subtype="FLOAT"))


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="needs POSIX access rights")
def test_file_that_may_not_be_read(tmp_path):
    path = write(tmp_path / "a.wav", tones(0.1, 48000), 48000)
    path.chmod(0)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)  # root may read everything
    try:
        message = message_of(path)
    finally:
        os.seteuid(user)
    assert "permission" in message


def test_without_any_decoder(tmp_path, only):
    only()
    path = write(tmp_path / "a.wav", tones(0.1, 48000), 48000)
    with pytest.raises(AudioError, match="pip install soundfile"):
        load(path)


def test_a_film_without_its_decoder_names_what_to_install(tmp_path, only):
    only(SoundfileDecoder())
    path = tmp_path / "a.mp4"
    path.write_bytes(struct.pack(">I", 24) + b"ftypmp42" + bytes(12))
    assert "pip install soliloquy[av]" in message_of(path)


# One decoder against the other


@pytest.mark.blender
@pytest.mark.parametrize("suffix", [".wav", ".flac", ".ogg", ".mp3"])
@pytest.mark.parametrize("channels", [1, 2, 8])
def test_decoders_agree(tmp_path, only, suffix, channels):
    if channels > 2 and suffix == ".mp3":
        pytest.skip("MP3 has at most two channels")
    samples = tones(1.5, 44100)[:, None] * np.linspace(1, 0.3, channels)
    path = write(tmp_path / f"a{suffix}", samples, 44100)
    decoders = available_decoders()
    if len(decoders) < 2:
        pytest.skip("only one decoder here")
    results = []
    for decoder in decoders:
        only(decoder)
        results.append(load(path))
    for other in results[1:]:
        # FFmpeg keeps the padding at the end of some Vorbis files.
        assert 0 <= len(other) - len(results[0]) <= (400 if suffix == ".ogg" else 0)
        # 16-bit samples are divided by 32767 in one library and by 32768 in the other.
        np.testing.assert_allclose(other[: len(results[0])], results[0], rtol=0, atol=4e-5)


@pytest.mark.blender
@pytest.mark.parametrize("suffix", [".m4a", ".mp4", ".mov", ".mkv"])
def test_sound_of_films(tmp_path, only, suffix):
    decoders = [d for d in available_decoders() if not isinstance(d, SoundfileDecoder)]
    if not decoders:
        pytest.skip("neither Blender's aud nor PyAV is here")
    sound = write(tmp_path / "a.wav", tones(2, 48000), 48000)
    picture = [] if suffix == ".m4a" else ["-f", "lavfi", "-i", "color=d=2:s=32x32:r=5"]
    ffmpeg("-i", sound, *picture, "-b:a", "192k", "-c:a", "aac", tmp_path / f"a{suffix}")
    expected = load(sound)
    for decoder in decoders:
        only(SoundfileDecoder(), decoder)
        samples = load(tmp_path / f"a{suffix}")
        # AAC adds up to a packet of silence, in front too where the container cannot say so.
        assert 0 <= len(samples) - len(expected) <= 1000
        offset, level = find(expected[8000:16000], samples[7000:17000], 1000)
        assert level > 0.95
        assert abs(offset - 1000) <= (342 if suffix == ".mkv" else 0)


@pytest.mark.blender
def test_film_without_sound(tmp_path, only):
    ffmpeg("-f", "lavfi", "-i", "color=d=1:s=32x32:r=5", tmp_path / "mute.mp4")
    for decoder in available_decoders():
        only(decoder)
        message_of(tmp_path / "mute.mp4")


@pytest.mark.blender
@pytest.mark.parametrize("suffix", [".wav", ".flac", ".ogg", ".opus", ".mp3"])
@pytest.mark.parametrize("piece", [96000, 100003])
def test_blender_joins_the_pieces_of_a_long_sound(tmp_path, only, monkeypatch, suffix, piece):
    from soliloquy.core.audio import blender_decoder

    pytest.importorskip("bpy", reason="Blender's decoder needs bpy")
    if not BlenderDecoder().available():
        pytest.skip("this bpy has no aud")
    samples = tones(9.3, 48000)
    samples += 1e-3 * np.random.default_rng(0).standard_normal(len(samples)).astype(np.float32)
    samples[round(3.1 * 48000) : round(3.8 * 48000)] = 0  # a pause over a join
    samples[6 * 48000 : 8 * 48000] = 0  # and one longer than a piece
    options = {"format": "OGG", "subtype": "OPUS"} if suffix == ".opus" else {}
    path = write(tmp_path / f"a{suffix}", np.stack([samples, samples], axis=1), 48000, **options)
    only(BlenderDecoder())
    whole = load(path)
    monkeypatch.setattr(blender_decoder, "PIECE_VALUES", piece)
    pieces = load(path)
    assert len(pieces) == len(whole)
    np.testing.assert_allclose(pieces[: 6 * 16000], whole[: 6 * 16000], rtol=0, atol=1e-4)
    # A seek into nothing but silence may be a sample off (of 48000 a second).
    offset, level = find(whole[130000:140000], pieces[129000:141000], 1000)
    assert offset == 1000
    assert level > 0.95


def test_find():
    rng = np.random.default_rng(0)
    samples = rng.standard_normal(5000).astype(np.float32)
    samples[:1000] = 0
    assert find(samples[2345:2845], samples, 0) == (2345, pytest.approx(1))
    assert find(rng.standard_normal(500), samples, 0)[1] < 0.5
    assert find(np.zeros(500), samples, 77) == (77, 0)
    tone = np.sin(2 * np.pi * np.arange(2000) / 100)
    assert find(tone[:500], tone, 730) == (700, pytest.approx(1, abs=2e-3))
