# SPDX-License-Identifier: GPL-3.0-or-later
"""What `soliloquy evaluate disentangled` measures, on numbers that the test makes."""

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("scipy")
pytest.importorskip("sklearn")
pytest.importorskip("torch")
pytest.importorskip("soundfile")

from soliloquy.command_line import build_parser
from soliloquy.core.errors import InputError, ModelError, OutputError
from soliloquy.core.evaluation.disentangled import bound_table, mouth_tables, run
from soliloquy.core.evaluation.disentangled_latents import (
    CORNERS,
    KNOWN,
    NOISY,
    OTHER_TOOL,
    RECORDED,
    STRENGTHS,
    VOCODED,
    LatentNetworks,
    ProbedSegments,
    with_noise,
)
from soliloquy.core.evaluation.disentangled_noise import (
    CHANGES,
    CLEAN,
    OWN,
    TRUE,
    agreement_of,
    read_mouths,
)
from soliloquy.core.evaluation.disentangled_plots import (
    draw_bound,
    draw_noise,
    draw_tsne,
    read_bound,
    thickest,
)
from soliloquy.core.evaluation.disentangled_probes import clip_table, edits_tables, main_table, people_folds
from soliloquy.core.evaluation.mouth_readers import (
    CONTENT,
    EMBEDDING,
    EXPNET,
    READ,
    SHIPPED,
    SpokenClip,
    cut,
    fit_readers,
)
from soliloquy.core.evaluation.probes import Labelled, classifier, folds_of, means_of, predicted
from soliloquy.core.evaluation.resampling import correlation, interval, share_right
from soliloquy.core.training.augment import Augmented

RATE = 16000
PNG = b"\x89PNG"


def test_intervals_are_those_of_the_normal_distribution_where_that_holds() -> None:
    random = np.random.default_rng(0)
    right = random.random(4000) < 0.7
    found = share_right(right, np.arange(4000).astype(str))
    error = 1.96 * np.sqrt(0.7 * 0.3 / 4000)
    assert found.value == pytest.approx(right.mean())
    assert found.high - found.low == pytest.approx(2 * error, rel=0.1)
    # Rows that come in groups of ten equal ones tell a tenth as much.
    grouped = share_right(np.repeat(right[:400], 10), np.repeat(np.arange(400), 10).astype(str))
    assert grouped.high - grouped.low == pytest.approx(2 * error * np.sqrt(10), rel=0.1)


def test_a_paired_difference_of_equals_is_nothing() -> None:
    sums = np.random.default_rng(0).random((30, 2))
    pair = np.concatenate([sums, sums], axis=1)
    found = interval(pair, lambda s: s[..., 0] / s[..., 1] - s[..., 2] / s[..., 3])
    assert (found.value, found.low, found.high) == (0, 0, 0)


def test_correlation_is_numpys() -> None:
    random = np.random.default_rng(0)
    x = random.standard_normal(300)
    y = 0.5 * x + random.standard_normal(300)
    found = correlation(x, y, np.arange(300).astype(str))
    assert found.value == pytest.approx(np.corrcoef(x, y)[0, 1])
    assert found.low < 0.447 < found.high


def test_folds_keep_people_together() -> None:
    people = np.repeat([f"p{number}" for number in range(11)], np.arange(1, 12))
    folds = folds_of(people)
    assert set(folds) == set(people)
    sizes = np.bincount([folds[person] for person in people])
    assert len(sizes) == 5
    assert sizes.max() <= 1.5 * sizes.min()


def test_a_probe_finds_what_is_there_and_not_what_it_learnt_of_a_person() -> None:
    random = np.random.default_rng(0)
    labels = random.integers(0, 3, 900)
    people = np.array([f"p{number}" for number in random.integers(0, 10, 900)])
    noise = 0.3 * random.standard_normal((900, 10))
    planted = noise[:, :3] + np.eye(3)[labels]
    # Numbers that tell only who speaks, whose labels are mostly the same.
    own = np.array([int(person[1:]) % 3 for person in people])
    labels_of_people = np.where(random.random(900) < 0.9, own, labels)
    by_person = 0.3 * noise + np.eye(10)[[int(person[1:]) for person in people]]
    found = Labelled(planted, labels, people)
    assert (predicted(classifier, found, {"": found})[""] == labels).mean() > 0.9
    empty = Labelled(noise, labels, people)
    assert (predicted(classifier, empty, {"": empty})[""] == labels).mean() < 0.45
    known = Labelled(by_person, labels_of_people, people)
    probe = classifier().fit(known.values, known.labels)
    assert (probe.predict(known.values) == known.labels).mean() > 0.85
    assert (predicted(classifier, known, {"": known})[""] == known.labels).mean() < 0.6


def test_means_of_groups() -> None:
    rows = Labelled(np.arange(6.0)[:, None], np.array([0, 0, 1, 1, 1, 0]), np.array(list("aabbba")))
    found = means_of(rows, np.array(["x", "x", "y", "y", "y", "z"]))
    assert found.values[:, 0].tolist() == [0.5, 3, 5]
    assert found.labels.tolist() == [0, 1, 0]
    assert found.units.tolist() == ["a", "b", "a"]


def planted(clips_of_each: int = 4, people: int = 6, size: int = 3) -> ProbedSegments:
    """z_c holds the viseme, z_e the feeling, z_s the speaker, each nothing else."""
    random = np.random.default_rng(0)
    rows: dict[str, list] = {name: [] for name in ("viseme", "person", "clip", "version", "feeling")}
    versions = [(RECORDED, (0.0, 0.0)), (VOCODED, (0.0, 0.0))]
    ways = {**STRENGTHS, OTHER_TOOL: 1.0, NOISY: 1.0}
    versions += [(way, (0.8 * s * a, 0.8 * s * v)) for way, s in ways.items() for a, v in CORNERS]
    for person in range(people):
        folder = "kokoro" if person >= people - 2 else "librispeech"
        for clip in range(clips_of_each):
            for version, feeling in versions:
                rows["viseme"] += random.integers(0, 4, size).tolist()
                rows["person"] += [f"p{person}"] * size
                rows["clip"] += [f"{folder}/{person} {clip}"] * size
                rows["version"] += [version] * size
                rows["feeling"] += [feeling] * size
    made = {name: np.array(values) for name, values in rows.items()}
    count = len(made["viseme"])
    noise = 0.2 * random.standard_normal((count, 8))
    who = np.array([int(person[1:]) for person in made["person"]])
    felt = np.concatenate([made["feeling"], np.zeros((count, 6))], axis=1)
    latents = {
        "z_c": noise + np.eye(8)[made["viseme"]],
        "z_e": noise[::-1] + felt,
        "z_s": np.roll(noise, 1, axis=0) + np.eye(8)[who],
    }
    return ProbedSegments(latents | {"heard": latents["z_c"], "course": latents["z_s"]}, **made)


def test_voices_that_blend_are_kept_out_together() -> None:
    folds = people_folds(planted())
    assert set(folds) == {f"p{number}" for number in range(6)}
    assert folds["p4"] == folds["p5"]
    assert len({folds[f"p{number}"] for number in range(5)}) == 5


def cells(rows: list, title: str) -> list[float]:
    """Values of the line whose name begins so."""
    (found,) = [row for name, row in rows if name.startswith(title)]
    return [float(cell.split()[0]) for cell in found]


def test_the_table_of_probes_is_the_planted_one() -> None:
    found = planted()
    table = main_table(found)
    rows = list(table.rows)
    for place, title in enumerate(("content", "emotion", "speaker")):
        line = cells(rows, title)
        assert line[place] > 0.9, title
        guess = line[-1]
        assert all(line[other] < guess + 0.15 for other in range(3) if other != place), title
    assert cells(rows, "emotion")[-1] == 0.25
    assert cells(rows, "speaker")[-1] == pytest.approx(1 / 6, abs=0.01)
    assert "24 clips of 6 people" in table.text()
    whole = list(clip_table(found).rows)
    assert cells(whole, "arousal, correlation")[1] > 0.95
    assert abs(cells(whole, "arousal, correlation")[0]) < 0.3


def test_probes_of_other_edits() -> None:
    corners, arousal, numbers = edits_tables(planted())
    assert [name for name, _ in corners.rows] == [
        *STRENGTHS,
        OTHER_TOOL,
        NOISY,
        f"synthetic voices, {KNOWN}",
        f"synthetic voices, {OTHER_TOOL}",
    ]
    for table in (corners, arousal):
        for name, row in table.rows:
            guess = float(row[-1])
            z_c, z_e, *_ = (float(cell.split()[0]) for cell in row)
            assert z_e > 0.9, name
            assert abs(z_c - guess) < 0.2, name
    assert all(float(row[0].split()[0]) > 0.9 for _, row in numbers.rows)


def test_noise_is_as_loud_as_asked() -> None:
    random = np.random.default_rng(0)
    sound, noise = (random.standard_normal(RATE).astype(np.float32) for _ in range(2))
    made = with_noise(0.1 * sound, 3 * noise, 10) - 0.1 * sound
    assert 10 * np.log10(0.01 * np.mean(sound**2) / np.mean(made**2)) == pytest.approx(10, abs=0.01)


class TwoEars:
    """z_c is the strength of a tone, which noise hardly changes; the encoder's is the whole sound's."""

    def rows(self, samples: np.ndarray) -> dict[str, tuple[np.ndarray, float]]:
        count = len(samples) // 200
        carrier = np.exp(-2j * np.pi * 1000 * np.arange(count * 200) / RATE)
        blocks = samples[: count * 200].reshape(count, 200)
        tone = np.abs((samples[: count * 200] * carrier).reshape(count, 200).mean(axis=1))
        loud = np.sqrt((blocks**2).mean(axis=1))
        robust, fragile = (np.tile(each[:, None], (1, 40)).astype(np.float32) for each in (tone, loud))
        return {
            name: (robust if "z_c" in name else fragile, 0.0) for name in READ if "components" not in name
        }

    def betas(self, samples: np.ndarray, times: np.ndarray) -> dict[str, np.ndarray]:
        return dict.fromkeys(SHIPPED, np.outer(np.sin(times), np.ones(64)).astype(np.float32))


def toned(number: float, seconds: float = 3.0) -> SpokenClip:
    """A tone that is as strong as the lips are open."""
    time = np.arange(int(seconds * RATE)) / RATE
    opening = 1 + np.sin(2 * np.pi * (2 + 0.3 * number) * time)
    times = np.arange(int(25 * seconds)) / 25
    truth = np.interp(times, time, opening)
    samples = (0.1 * opening * np.sin(2 * np.pi * 1000 * time)).astype(np.float32)
    return SpokenClip(f"clip {number}", samples, times, np.outer(truth, [1.0, -0.5, 2.0]))


def test_what_is_robust_is_found_robust() -> None:
    ear = TwoEars()
    readers = fit_readers(ear, [toned(number) for number in range(10)])  # type: ignore[arg-type]
    clips = [toned(number + 0.5) for number in range(6)]

    def drowned(samples: np.ndarray, others: object, seed: int) -> Augmented:
        noise = np.random.default_rng(seed).standard_normal(len(samples)).astype(np.float32)
        return Augmented(with_noise(samples, noise, -12), 1.0)

    changes = {CLEAN: CHANGES[CLEAN], "drowned": drowned}
    found = agreement_of(read_mouths(ear, readers, clips, changes))  # type: ignore[arg-type]
    assert found.correlation(OWN, CLEAN, CONTENT).value == pytest.approx(1)
    assert found.correlation(TRUE, CLEAN, CONTENT).value > 0.95
    assert found.correlation(TRUE, CLEAN, EMBEDDING).value > 0.95
    noisy = [found.correlation(OWN, "drowned", name).value for name in (CONTENT, EMBEDDING)]
    assert noisy[0] > noisy[1] + 0.05
    difference = found.difference(OWN, "drowned", CONTENT, EMBEDDING)
    assert difference.low > 0
    assert difference.value == pytest.approx(noisy[0] - noisy[1])
    # The network that hears nothing never changes, and is not right for it.
    assert found.correlation(OWN, "drowned", EXPNET).value == pytest.approx(1)
    assert found.correlation(TRUE, "drowned", EXPNET).value < 0.3


def test_long_clips_are_cut() -> None:
    clip = toned(0, 7.0)
    parts = cut(clip, 3.0)
    assert [len(part.times) for part in parts] == [75, 75]
    assert parts[1].times[0] == pytest.approx(0)
    assert clip.truth is not None
    assert parts[1].truth is not None
    assert parts[1].truth[0] == pytest.approx(clip.truth[75])
    assert parts[1].samples[0] == clip.samples[3 * RATE]


def test_pictures_and_tables_are_written(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    assert draw_tsne(planted(2, 4, 3), tmp_path).read_bytes()[:4] == PNG
    ear = TwoEars()
    readers = fit_readers(ear, [toned(number) for number in range(5)])  # type: ignore[arg-type]
    found = agreement_of(read_mouths(ear, readers, [toned(n + 0.5) for n in range(4)]))  # type: ignore[arg-type]
    assert draw_noise({"People": found}, tmp_path).read_bytes()[:4] == PNG
    tables = mouth_tables("People", 4, found)
    assert len(tables) == 4
    assert all(len(cells) == len(tables[0].columns) for _, cells in tables[0].rows)
    rows = [
        {
            "training": {"x": 9.0 - n, "kl_c": 1.0},
            "held_out": {"bound": -9.0 + n, "kl_c": 2.0, "visemes": 0.5},
        }
        for n in range(3)
    ]
    (tmp_path / "bound.json").write_text(json.dumps(rows))
    assert read_bound(tmp_path / "bound.json") == rows
    assert draw_bound(rows, tmp_path).read_bytes()[:4] == PNG
    assert ("held-out people: bound", ["-9.00", "-7.00"]) in bound_table(rows).rows


def test_a_class_in_two_heaps_is_named_in_the_thicker_one() -> None:
    heap = np.random.default_rng(0).standard_normal((40, 2))
    places = np.concatenate([0.1 * heap + [5, 0], heap[:30] - [5, 0]])
    assert thickest(places) == pytest.approx([5, 0], abs=0.2)
    assert thickest(places[:1]).tolist() == places[0].tolist()


def test_without_networks(tmp_path: Path) -> None:
    assert read_bound(tmp_path / "bound.json") == []
    with pytest.raises(ModelError, match=r"content\.onnx' is missing"):
        LatentNetworks(tmp_path)


def test_no_clips_at_all() -> None:
    with pytest.raises(InputError, match="--clips: expected a whole number of 1 or more, got '0'"):
        build_parser().parse_args(["evaluate", "disentangled", "--data", "sets", "--clips", "0"])


def test_a_folder_that_cannot_be_made_is_said_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    args = build_parser().parse_args(
        ["evaluate", "disentangled", "--data", "sets", "--out", str(tmp_path / "file")]
    )
    with pytest.raises(OutputError, match="Cannot make the folder"):
        run(args)


def test_arguments() -> None:
    args = build_parser().parse_args(["evaluate", "disentangled", "--data", "sets", "--clips", "7"])
    assert (args.data, args.clips, args.out) == (Path("sets"), 7, None)
    assert args.networks.name == "disentangled_audio"
