# SPDX-License-Identifier: GPL-3.0-or-later
"""Styles, and the networks that ship and speak in them."""

import json
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("scipy")

from soliloquy import samples
from soliloquy.core.audio import SAMPLE_RATE, load
from soliloquy.core.errors import InputError, ModelError, SoliloquyError
from soliloquy.core.generate import AnimationSettings, animate, sound_frames
from soliloquy.core.generate.contextual import ContextualGenerator
from soliloquy.core.generate.generators import load_generator
from soliloquy.core.generate.hybrid import HybridGenerator
from soliloquy.core.generate.models import MODELS
from soliloquy.core.generate.sound_frames import heard_columns, silent_columns
from soliloquy.core.generate.speech import SpeechFeatures, hear
from soliloquy.core.generate.style_presets import PRESETS
from soliloquy.core.generate.styles import (
    STYLE_FOLDER,
    STYLE_SIZE,
    Style,
    drawn_style,
    mixed_style,
    neutral_style,
    preset_style,
    read_style,
    style_from,
    style_of,
    write_style,
)
from soliloquy.core.head import lip_gap_model, load_head
from soliloquy.core.motion import FaceMotion
from soliloquy.core.motion_files import write_csv, write_npz
from soliloquy.core.phones import BILABIALS, PHONE_INDEX, SILENCE_PHONE
from soliloquy.core.retarget.arkit import ARKIT_INDEX, BROW_NAMES, MOUTH_NAMES, arkit_indices
from soliloquy.core.runtime import load_network
from soliloquy.core.training.style.edits import PRESET_EDITS, edited

STYLED = ("hybrid", "contextual")
FPS = 30.0
SILENCE_SECONDS = 3.0
MOUTH, BROWS = arkit_indices(MOUTH_NAMES), arkit_indices(BROW_NAMES)


@pytest.fixture(scope="module")
def sound() -> np.ndarray:
    """The sample, and then nobody speaks."""
    return np.concatenate([load(samples.SOUND), np.zeros(int(SILENCE_SECONDS * SAMPLE_RATE), np.float32)])


@pytest.fixture(scope="module")
def features(sound) -> list[SpeechFeatures]:
    return list(hear(load_network("speech_encoder", providers=["cpu"]), [sound]))


@pytest.fixture(scope="module")
def columns(features) -> np.ndarray:
    """(T, 46) of what is heard in it."""
    return np.concatenate([np.concatenate([each.phones, each.articulation], axis=1) for each in features])


@pytest.fixture(scope="module")
def speak(sound, features):
    """`animate` with the sound's features already heard: they are the same for all."""
    made: dict[tuple, FaceMotion] = {}

    def heard_before(encoder, blocks):
        for _ in blocks:
            pass
        yield from features

    def spoken(model: str, style: Style | None = None, **settings) -> FaceMotion:
        code = None if style is None else style.code.tobytes()
        key = (model, code, *sorted(settings.items()))
        if key not in made:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(sound_frames, "hear", heard_before)
                made[key] = animate(
                    [sound], fps=FPS, model=model, style=style, settings=AnimationSettings(**settings)
                )
        return made[key]

    return spoken


def gaps(weights: np.ndarray) -> np.ndarray:
    """Height of the lip gap in units of the height below which lips are closed."""
    model = lip_gap_model()
    return model.heights(weights) / model.closed


def performance(weights: np.ndarray, fps: float = FPS) -> FaceMotion:
    motion = FaceMotion.still(len(weights), fps)
    motion.weights[:] = weights
    return motion


def one_line(error: pytest.ExceptionInfo) -> str:
    assert isinstance(error.value, SoliloquyError)
    message = str(error.value)
    assert "\n" not in message
    return message


# The networks that ship


def test_those_that_ship_are_of_one_training():
    generators = [load_generator(model, providers=["cpu"]) for model in STYLED]
    assert isinstance(generators[0], HybridGenerator)
    assert isinstance(generators[1], ContextualGenerator)
    assert {each.style_family for each in generators} == {preset_style("calm").family}
    assert [name for name, facts in MODELS.items() if facts.takes_style] == ["contextual", "hybrid"]


@pytest.mark.parametrize("model", STYLED)
def test_parts_of_any_size_give_the_same(model, columns):
    """To the bit, from what is heard."""
    generator = load_generator(model, style=preset_style("big"), providers=["cpu"])
    whole = np.concatenate(list(generator.frames([columns])))
    assert len(whole) == int((len(columns) - 1) / 3.2) + 1
    random = np.random.default_rng(0)
    cuts = np.sort(random.integers(0, len(columns), 60))
    for parts in (np.array_split(columns, 7), np.split(columns, cuts), list(columns[:, None])):
        assert np.array_equal(np.concatenate(list(generator.frames(parts))), whole)


@pytest.mark.parametrize("model", STYLED)
def test_blocks_of_sound_of_any_size_give_the_same(model, sound, columns):
    generator = load_generator(model, style=preset_style("smiling"), providers=["cpu"])
    encoder = load_network("speech_encoder", providers=["cpu"])
    heard: list[SpeechFeatures] = []
    blocks = np.array_split(sound, [7, 12_345, 12_346, 80_000, 81_000])
    made = np.concatenate(list(generator.generate(iter(blocks), encoder, heard.append)))
    whole = np.concatenate(list(generator.frames([columns])))
    assert sum(map(len, heard)) == len(columns)
    assert made == pytest.approx(whole, abs=2e-3 * float(np.abs(whole).max()))


@pytest.mark.parametrize("model", STYLED)
def test_an_hour_ends_as_well_as_it_began(model, columns, monkeypatch):
    """The sample for an hour: the last minute moves as an early one does, with as much memory."""
    length = len(columns) // 16 * 16
    repeat = columns[:length]
    times = int(3600 * 80 / length) + 1
    generator = load_generator(model, style=preset_style("articulated"), providers=["cpu"])
    shapes = set()
    if model == "contextual":
        session = generator.network.session

        class Watched:
            get_inputs = session.get_inputs

            def run(self, names, inputs):
                shapes.add(inputs["kept"].shape)
                return session.run(names, inputs)

        generator = replace(generator, network=replace(generator.network, session=Watched()))
    gap = lip_gap_model_of_beta()
    heights = np.concatenate([part @ gap for part in generator.frames(repeat for _ in range(times))])
    frames = length * 5 // 16
    assert len(heights) >= 3600 * 25
    minute = int(np.ceil(60 * 25 / frames)) * frames
    early, late = heights[minute : 2 * minute], heights[times * frames - minute : times * frames]
    # The last frames hear the end of the sound.
    early, late = early[:-50], late[:-50]
    assert late.std() == pytest.approx(float(early.std()), rel=0.05)
    assert late.mean() == pytest.approx(float(early.mean()), abs=0.1 * float(early.std()))
    assert np.corrcoef(early, late)[0, 1] > 0.97
    if model == "contextual":
        assert len(shapes) == 1


def lip_gap_model_of_beta() -> np.ndarray:
    """(64,) what each coefficient adds to the lip gap, in units of the closed height."""
    head = load_head()
    upper, lower = head.landmarks["inner_lip_upper"], head.landmarks["inner_lip_lower"]
    pair = np.array([upper[len(upper) // 2], lower[len(lower) // 2]])
    basis = head.expression_basis_at(pair)
    return ((basis[:, 0, 1] - basis[:, 1, 1]) / lip_gap_model().closed).astype(np.float32)


@pytest.mark.parametrize("model", STYLED)
def test_strength_0_is_neutral_to_the_bit(model, speak):
    plain = speak(model)
    for name in ("smiling", "big"):
        none = speak(model, preset_style(name), style_strength=0.0)
        for part in ("weights", "expression", "head_rotation", "gaze"):
            assert np.array_equal(getattr(none, part), getattr(plain, part)), part
    assert np.array_equal(speak(model, neutral_style()).weights, plain.weights)
    full = speak(model, preset_style("smiling"))
    assert not np.array_equal(full.weights[:, MOUTH], plain.weights[:, MOUTH])
    # Half of it is less of it, and more is more.
    changes = [
        np.abs(
            speak(model, preset_style("smiling"), style_strength=strength).weights[:, MOUTH]
            - plain.weights[:, MOUTH]
        ).mean()
        for strength in (0.5, 1.0, 1.5)
    ]
    assert 0 < changes[0] < changes[1] < changes[2]


@pytest.mark.parametrize("model", STYLED)
def test_a_style_changes_neither_head_nor_eyes(model, speak):
    plain, styled = speak(model), speak(model, preset_style("grim"))
    for part in ("head_rotation", "head_translation", "gaze"):
        assert np.array_equal(getattr(plain, part), getattr(styled, part)), part
    lids = arkit_indices(("eyeBlinkLeft", "eyeBlinkRight"))
    assert np.array_equal(plain.weights[:, lids], styled.weights[:, lids])
    assert plain.phones == styled.phones


@pytest.mark.parametrize("model", ["expnet", "meshtalk"])
def test_models_without_styles_refuse_them(model):
    with pytest.raises(InputError) as error:
        load_generator(model, style=preset_style("calm"))
    assert one_line(error) == (
        f"The model '{model}' has no styles, and 'calm' was asked for: choose contextual or hybrid, or no "
        "style."
    )
    # Neutral is how they speak anyway.
    load_generator(model, style=neutral_style())
    load_generator(model, style=preset_style("calm").scaled(0))


@pytest.mark.parametrize("model", STYLED)
def test_closures_are_kept_in_every_style(model, speak):
    """Of m, b and p of the sample, whose times are known, as many seal in every style, within 5 %."""
    closures = [phone for phone in samples.phones() if phone.name in BILABIALS]
    assert len(closures) >= 10

    def sealed(motion: FaceMotion) -> float:
        height = gaps(motion.weights)
        return float(
            np.mean(
                [
                    height[int((phone.start - 0.04) * FPS) : int((phone.end + 0.04) * FPS) + 2].min() < 1
                    for phone in closures
                ]
            )
        )

    shares = {name: sealed(speak(model, preset_style(name))) for name in PRESETS}
    shares["neutral"] = sealed(speak(model))
    assert min(shares.values()) > 0.9, shares
    assert max(shares.values()) - min(shares.values()) <= 0.05, shares


@pytest.mark.parametrize("model", STYLED)
def test_closures_come_at_the_same_time_in_every_style(model, speak):
    """Where the neutral face closes its lips farthest they are closed in every style, in all but one of m, b
    and p at most."""
    plain = gaps(speak(model).weights)
    deepest = []
    for phone in samples.phones():
        if phone.name in BILABIALS:
            window = np.arange(int(phone.start * FPS) - 2, int(phone.end * FPS) + 3)
            deepest.append(window[plain[window].argmin()])
    for name in PRESETS:
        styled = gaps(speak(model, preset_style(name)).weights)
        assert (styled[deepest] > 1).sum() <= 1, name


def silent_frames(motion: FaceMotion) -> slice:
    """Of the silence at the end, when the mouth has come to rest."""
    return slice(int(len(motion) - (SILENCE_SECONDS - 0.8) * FPS), len(motion))


@pytest.mark.parametrize("model", STYLED)
@pytest.mark.parametrize("name", PRESETS)
def test_silence_keeps_the_mouth_shut(model, name, speak):
    motion = speak(model, preset_style(name))
    rows = silent_frames(motion)
    assert gaps(motion.weights[rows]).max() < 1
    # It is at rest: nothing of the mouth moves.
    assert np.abs(np.diff(motion.weights[rows][:, MOUTH], axis=0)).max() < 0.02


@pytest.mark.parametrize("model", STYLED)
def test_a_neutral_mouth_rests_without_posture(model, speak):
    motion = speak(model)
    # What breathes and stirs lies over the mouth that rests.
    resting = motion.weights - motion.emotion
    assert resting[silent_frames(motion)][:, MOUTH].max() < 0.02


def mean_of(weights: np.ndarray, *names: str) -> float:
    return float(weights[:, [index for name, index in ARKIT_INDEX.items() if name.startswith(names)]].mean())


@pytest.mark.parametrize("model", STYLED)
def test_a_smile_stays_in_pauses(model, speak):
    motion = speak(model, preset_style("smiling"))
    rest = motion.weights[silent_frames(motion)]
    assert mean_of(rest, "mouthSmile") > 0.2
    assert mean_of(rest, "mouthFrown") < 0.02
    # And so do others' postures, and only theirs.
    grim = speak(model, preset_style("grim"))
    assert mean_of(grim.weights[silent_frames(grim)], "mouthFrown") > 0.15
    pouting = speak(model, preset_style("pouting"))
    assert mean_of(pouting.weights[silent_frames(pouting)], "mouthPucker") > 0.15
    calm = speak(model, preset_style("calm"))
    assert mean_of(calm.weights[silent_frames(calm)], "mouthSmile", "mouthFrown") < 0.1


@pytest.mark.parametrize("model", STYLED)
def test_presets_are_seen_on_the_face(model, speak):
    """What each is called, on speech that it was not made for."""

    def spoken(name: str | None = None) -> np.ndarray:
        motion = speak(model, None if name is None else preset_style(name))
        return motion.weights[: int(len(motion) - SILENCE_SECONDS * FPS)]

    def opening(weights: np.ndarray) -> float:
        return float(np.percentile(gaps(weights), 90))

    plain = spoken()
    assert opening(spoken("calm")) < 0.85 * opening(plain)
    assert opening(spoken("mumbling")) < 0.85 * opening(plain)
    assert opening(spoken("articulated")) > 1.05 * opening(plain)
    assert opening(spoken("big")) > 1.25 * opening(plain)
    assert mean_of(spoken("smiling"), "mouthSmile") > mean_of(plain, "mouthSmile") + 0.2
    assert mean_of(spoken("grim"), "mouthFrown") > mean_of(plain, "mouthFrown") + 0.15
    assert mean_of(spoken("pouting"), "mouthPucker") > mean_of(plain, "mouthPucker") + 0.15
    side = spoken("one_sided")
    assert mean_of(side, "mouthLeft", "mouthSmileLeft") > mean_of(side, "mouthRight", "mouthSmileRight") + 0.1
    assert abs(mean_of(plain, "mouthLeft") - mean_of(plain, "mouthRight")) < 0.05
    assert mean_of(spoken("grim"), "browDown") > mean_of(plain, "browDown") + 0.1
    assert mean_of(spoken("smiling"), "browInnerUp") > mean_of(plain, "browInnerUp") + 0.05


@pytest.mark.parametrize("model", STYLED)
def test_posture_is_what_silence_shows(model):
    """`posture` is the last frame of a second of silence; longer silence is no other face."""
    style = preset_style("smiling")
    styled, plain = (load_generator(model, style=each, providers=["cpu"]) for each in (style, None))
    posture = styled.posture()
    assert (plain.posture() == 0).all()
    long = [np.concatenate(list(each.frames([silent_columns(20.0)])))[-1] for each in (styled, plain)]
    size = np.linalg.norm(posture)
    assert size > 0.01
    assert np.linalg.norm(long[0] - long[1] - posture) < 0.25 * size


# Codes


def test_presets_differ_from_each_other():
    codes = {name: preset_style(name).code for name in PRESETS}
    assert list(codes) == list(PRESETS) == list(PRESET_EDITS)
    for one, code in codes.items():
        assert np.linalg.norm(code) > 0.2
        for other in codes:
            if one < other:
                apart = np.linalg.norm(code - codes[other])
                assert apart > 0.3 * max(np.linalg.norm(code), np.linalg.norm(codes[other])), (one, other)


@pytest.fixture(scope="module")
def plain_weights() -> np.ndarray:
    """The sample as ExpNet speaks it (F, 52): nobody's performance that was trained on."""
    return animate(samples.SOUND, fps=25, seed=1).weights


def test_an_edited_performance_is_read_as_its_preset(plain_weights):
    """How the code changes by an edit is nearest to that edit's preset; how large it is is its strength."""
    codes = {name: preset_style(name).code for name in PRESETS}
    directions = {name: code / np.linalg.norm(code) for name, code in codes.items()}
    plain = style_of(performance(plain_weights, 25.0), "plain").code
    for name, edit in PRESET_EDITS.items():
        changed = style_of(performance(edited(plain_weights, edit, 25.0), 25.0), name).code - plain
        nearest = max(directions, key=lambda each: float(directions[each] @ changed))
        assert nearest == name


def test_what_is_said_and_when_hardly_matters(plain_weights):
    """Halves of a performance, and the halves exchanged, are nearer to each other than styles are."""
    half = len(plain_weights) // 2
    smiling = edited(plain_weights, PRESET_EDITS["smiling"], 25.0)

    def code(weights: np.ndarray) -> np.ndarray:
        return style_of(performance(weights, 25.0), "x").code

    whole = code(plain_weights)
    exchanged = code(np.concatenate([plain_weights[half:], plain_weights[:half]]))
    apart = np.linalg.norm(code(smiling) - whole)
    assert np.linalg.norm(exchanged - whole) < 0.05 * apart
    assert np.linalg.norm(code(plain_weights[:half]) - code(plain_weights[half:])) < 0.5 * apart
    assert np.linalg.norm(code(smiling[:half]) - code(smiling[half:])) < 0.5 * apart


def test_a_performance_at_another_rate_is_the_same_style(plain_weights):
    times = np.arange(int(len(plain_weights) / 25 * 60)) / 60 * 25
    faster = np.stack(
        [np.interp(times, np.arange(len(plain_weights)), each) for each in plain_weights.T], axis=1
    )
    one = style_of(performance(plain_weights, 25.0), "x").code
    other = style_of(performance(faster.astype(np.float32), 60.0), "x").code
    smiling = style_of(performance(edited(plain_weights, PRESET_EDITS["smiling"], 25.0), 25.0), "x").code
    assert np.linalg.norm(one - other) < 0.15 * np.linalg.norm(one - smiling)


def test_lids_and_eyes_are_no_style(plain_weights):
    """Whoever blinks or looks about more does not speak differently."""
    other = plain_weights.copy()
    others = [index for index in range(52) if index not in [*MOUTH, *BROWS]]
    other[:, others] = np.random.default_rng(0).random((len(other), len(others)))
    one = style_of(performance(plain_weights, 25.0), "x").code
    assert np.array_equal(one, style_of(performance(other, 25.0), "x").code)


def test_drawn_styles_come_from_the_prior():
    assert np.array_equal(drawn_style(5).code, drawn_style(5).code)
    assert not np.array_equal(drawn_style(5).code, drawn_style(6).code)
    many = np.stack([drawn_style(seed).code for seed in range(400)])
    assert np.abs(many.mean(axis=0)).max() < 0.2
    assert many.std(axis=0) == pytest.approx(1, abs=0.15)
    assert drawn_style(5).family == preset_style("calm").family
    assert np.array_equal(style_from("drawn:5").code, drawn_style(5).code)
    assert np.array_equal(style_from("drawn:-5").code, drawn_style(-5).code)


@pytest.mark.parametrize("model", STYLED)
def test_drawn_styles_speak(model, speak):
    """A style that nobody showed is a face all the same, and lips seal."""
    for seed in range(3):
        motion = speak(model, drawn_style(seed))
        assert np.isfinite(motion.expression).all()
        assert motion.weights.min() >= 0
        assert motion.weights.max() <= 1
        assert np.ptp(gaps(motion.weights)) > 1
        assert gaps(motion.weights[silent_frames(motion)]).max() < 1


def test_mixtures_go_from_one_to_the_other():
    one, other = preset_style("calm"), preset_style("big")
    assert np.array_equal(mixed_style(one, other, 0).code, one.code)
    assert np.array_equal(mixed_style(one, other, 1).code, other.code)
    middle = mixed_style(one, other, 0.5)
    assert middle.code == pytest.approx((one.code + other.code) / 2)
    assert middle.family == one.family
    assert middle.name == "calm + big"
    assert mixed_style(neutral_style(), other, 0.25).code == pytest.approx(other.scaled(0.25).code)
    assert mixed_style(neutral_style(), other, 0.25).family == other.family
    for share in (-0.1, 1.1, float("nan")):
        with pytest.raises(InputError) as error:
            mixed_style(one, other, share)
        assert "expected a number from 0 to 1" in one_line(error)
    with pytest.raises(InputError) as error:
        mixed_style(one, replace(other, family="another"), 0.5)
    assert "different style encoders" in one_line(error)


def test_mixing_in_the_face(speak):
    """A mixture's face lies between the two."""
    calm, big = preset_style("calm"), preset_style("big")
    openings = [
        np.percentile(gaps(speak("hybrid", mixed_style(calm, big, share)).weights), 90)
        for share in (0, 0.5, 1)
    ]
    assert openings[0] < openings[1] < openings[2]
    assert np.array_equal(speak("hybrid", mixed_style(calm, big, 1)).weights, speak("hybrid", big).weights)


# Files and names


def test_style_files_give_back_what_was_written(tmp_path):
    path = tmp_path / "mine.json"
    for style in (preset_style("smiling"), drawn_style(3), neutral_style()):
        write_style(path, style)
        again = read_style(path)
        assert (again.name, again.family) == (style.name, style.family)
        assert again.code == pytest.approx(style.code, abs=1e-5)
        assert again.code.dtype == np.float32
        assert np.array_equal(style_from(str(path)).code, again.code)
    assert np.array_equal(
        style_from("big").code, read_after_writing(preset_style("big"), tmp_path / "big.json").code
    )


def read_after_writing(style: Style, path) -> Style:
    write_style(path, style)
    return read_style(path)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "not json",
        "[1, 2]",
        "3",
        "null",
        '{"name": "x"}',
        '{"code": [1, 2]}',
        '{"name": "x", "code": "soft"}',
        '{"name": "x", "code": [[1, 2], [3]]}',
        '{"name": "x", "code": {"a": 1}}',
        '{"name": "x", "code": [1, 2, 3]}',
        json.dumps({"name": "x", "code": [float("nan")] * STYLE_SIZE}),
        json.dumps({"name": "x", "code": [None] * STYLE_SIZE}),
        json.dumps({"name": "x", "code": 3}),
    ],
)
def test_other_files_are_no_styles(content, tmp_path):
    path = tmp_path / "other.json"
    path.write_text(content)
    with pytest.raises(InputError) as error:
        read_style(path)
    message = one_line(error)
    assert "is not a style" in message or f"expected {STYLE_SIZE} finite ones" in message


def test_bytes_and_folders_are_no_styles(tmp_path):
    path = tmp_path / "sound.json"
    path.write_bytes(bytes(range(256)))
    with pytest.raises(InputError, match="is not a style"):
        read_style(path)
    for wrong in (tmp_path, tmp_path / "missing.json"):
        with pytest.raises(InputError, match="Choose a style's file") as error:
            read_style(wrong)
        one_line(error)


def test_unknown_names_are_told_what_there_is():
    for text in ("angry", "drawn:", "drawn:x", "drawn:--5", "drawn:\u00b2", "Calm", ""):
        with pytest.raises(InputError) as error:
            style_from(text)
        message = one_line(error)
        assert message.startswith(f"No style is called '{text}'. Known: calm, articulated,")
    with pytest.raises(InputError, match=r"No style is called 'angry'\. Known: calm"):
        preset_style("angry")
    for missing in ("no.csv", "no.npz"):
        with pytest.raises(InputError, match="No performance at"):
            style_from(missing)
    assert not style_from("neutral").code.any()


def test_performances_in_files_are_styles(tmp_path, plain_weights):
    motion = performance(edited(plain_weights, PRESET_EDITS["smiling"], 25.0), 25.0)
    write_npz(tmp_path / "take.npz", motion)
    write_csv(tmp_path / "recording.csv", motion)
    by_hand = style_of(motion, "take")
    assert np.array_equal(style_from(str(tmp_path / "take.npz")).code, by_hand.code)
    style = style_from(str(tmp_path / "recording.csv"))
    assert (style.name, style.family) == ("recording", by_hand.family)
    assert style.code == pytest.approx(by_hand.code, abs=0.05)


def test_too_short_and_still_performances_are_refused(plain_weights):
    with pytest.raises(InputError) as error:
        style_of(performance(plain_weights[:49], 25.0), "a cough")
    assert one_line(error).startswith("'a cough' lasts 2.0 s: expected 2 s or more") or (
        "lasts 1.9 s: expected 2 s" in str(error.value)
    )
    style_of(performance(plain_weights[:50], 25.0), "just enough")
    # A held smile and blinks are no speech.
    still = np.zeros((100, 52), np.float32)
    still[:, arkit_indices(("mouthSmileLeft", "mouthSmileRight"))] = 0.7
    still[40:46, ARKIT_INDEX["eyeBlinkLeft"]] = 1
    with pytest.raises(InputError) as error:
        style_of(performance(still, 25.0), "a portrait")
    assert "The mouth hardly moves in 'a portrait'" in one_line(error)


@pytest.mark.parametrize("model", STYLED)
def test_styles_of_another_training_are_refused(model):
    other = replace(preset_style("calm"), family="0123456789abcdef")
    with pytest.raises(InputError) as error:
        load_generator(model, style=other, providers=["cpu"])
    assert "was read by another style encoder" in one_line(error)
    # Nothing of it, or of nobody knows where, is taken.
    load_generator(model, style=other.scaled(0), providers=["cpu"])
    load_generator(model, style=replace(other, family=""), providers=["cpu"])


def test_codes_are_checked():
    for code in (np.zeros(3), np.full(STYLE_SIZE, np.inf), np.zeros((1, STYLE_SIZE))):
        with pytest.raises(InputError) as error:
            Style("broken", code)
        assert "Read it again from a performance" in one_line(error)
    with pytest.raises(InputError, match="strength"):
        AnimationSettings(style_strength=1.6)


def test_a_folder_without_presets_says_so(tmp_path):
    """Somebody's own style networks whose files are not all there."""
    for name in ("encoder.onnx", "decoder.onnx"):
        (tmp_path / name).write_bytes((STYLE_FOLDER / name).read_bytes())
    for text in ("calm", "drawn:1"):
        with pytest.raises(ModelError) as error:
            style_from(text, str(tmp_path))
        assert "presets.json' is missing or broken" in one_line(error)


def test_without_an_encoder_they_do_not_speak():
    generator = load_generator("hybrid", providers=["cpu"])
    with pytest.raises(ModelError, match="choose an encoder"):
        list(generator.generate([np.zeros(16000, np.float32)], None, lambda features: None))


def test_what_is_heard_is_posteriors_and_articulation(features, sound):
    """Columns of 46: phones and silence, then what the mouth does, all of it kept as well."""
    kept: list[SpeechFeatures] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sound_frames, "hear", lambda encoder, blocks: iter(features))
        parts = list(heard_columns([sound], load_network("speech_encoder"), kept.append))
    assert kept == features
    joined = np.concatenate(parts)
    assert np.array_equal(joined[:, :40], np.concatenate([each.phones for each in features]))
    assert np.array_equal(joined[:, 40:], np.concatenate([each.articulation for each in features]))
    # In the silence at the end it is silence that is heard.
    assert joined[-100:, PHONE_INDEX[SILENCE_PHONE]].min() > 0.5
