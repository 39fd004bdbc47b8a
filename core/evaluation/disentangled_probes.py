# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of probes: content, emotion and speaker, each from each latent.

Shape letters: N segments.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .disentangled_latents import (
    CORNERS,
    KNOWN,
    NOISY,
    OTHER_TOOL,
    RECORDED,
    STRENGTHS,
    SYNTHETIC,
    VOCODED,
    ProbedSegments,
)
from .generators_tables import Table, number
from .probes import Labelled, chance, classifier, folds_of, means_of, predicted, regressor
from .resampling import Interval, correlation, share_right

LATENTS: Final = ("z_c", "z_e", "z_s")
SOURCES: Final = ("heard", "course")
"""What latents are made of: the ceiling of what they could hold."""

_LEAST_CLIPS, _MOST_CLIPS = 4, 8
"""Of a person, for the probe of who speaks."""
_PLACES: Final = 2


def by_whom(found: ProbedSegments, name: str, labels: NDArray[Any], rows: NDArray[np.bool_]) -> Labelled:
    """Rows that are probed on other people."""
    return Labelled(found.values[name][rows], labels[rows], found.person[rows])


def people_folds(found: ProbedSegments) -> dict[str, int]:
    """A fold for each person; synthetic voices share one, since some clips blend two of them."""
    together = np.where(np.char.startswith(found.clip, SYNTHETIC), SYNTHETIC, found.person)
    folds = folds_of(together)
    return {str(who): folds[str(group)] for who, group in zip(found.person, together, strict=True)}


def content_probe(found: ProbedSegments, name: str) -> Interval:
    """Visemes right, as recorded and under edits, on people the probe was not fitted to."""
    rows = np.isin(found.version, [RECORDED, VOCODED, KNOWN])
    every = by_whom(found, name, found.viseme, rows)
    said = predicted(classifier, every, {"": every}, people_folds(found))[""]
    return share_right(said == every.labels, every.units)


def speaker_probe(found: ProbedSegments, name: str) -> tuple[Interval, float]:
    """Speakers right in other clips, as recorded; and what somebody gets right who heard nothing."""
    rows = found.version == RECORDED
    kept = np.zeros(len(rows), bool)
    for person in np.unique(found.person[rows]):
        clips = np.unique(found.clip[rows & (found.person == person)])
        if len(clips) >= _LEAST_CLIPS:
            kept |= rows & np.isin(found.clip, clips[:_MOST_CLIPS])
    every = Labelled(found.values[name][kept], found.person[kept], found.clip[kept])
    folds = _clip_folds(found.person[kept], found.clip[kept])
    said = predicted(classifier, every, {"": every}, folds)[""]
    return share_right(said == every.labels, every.units), chance(every.labels)


def _clip_folds(person: NDArray[np.str_], clip: NDArray[np.str_]) -> dict[str, int]:
    """Every person's clips in all folds in turn, so that nobody is missing where probes are fitted."""
    folds = {}
    for who in np.unique(person):
        for place, name in enumerate(np.unique(clip[person == who])):
            folds[str(name)] = place % _LEAST_CLIPS
    return folds


def emotion_answers(
    found: ProbedSegments, name: str, labels: NDArray[Any], make: Any, *, whole: bool
) -> dict[str, tuple[NDArray[Any], Labelled]]:
    """What probes that were fitted to WORLD's edits say of people they do not know, for each way of editing.

    Args:
        found: segments of all versions.
        name: of the numbers that are probed.
        labels: (N,) or (N, L).
        make: `classifier` or `regressor`.
        whole: whether the mean of a clip is probed instead of its segments.
    """
    edited = ~np.isin(found.version, [RECORDED, VOCODED])
    keys = np.array(
        [
            f"{version} {corner} {clip}"
            for version, corner, clip in zip(found.version, found.corner, found.clip, strict=True)
        ]
    )

    def rows(version: str, is_wanted: NDArray[np.bool_] | None = None) -> Labelled:
        chosen = edited & (found.version == version)
        if is_wanted is not None:
            chosen &= is_wanted
        labelled = by_whom(found, name, labels, chosen)
        return means_of(labelled, keys[chosen]) if whole else labelled

    fitted = rows(KNOWN)
    tested = {version: rows(version) for version in (*STRENGTHS, OTHER_TOOL, NOISY)}
    answers = predicted(make, fitted, tested, people_folds(found))
    result = {version: (answers[version], tested[version]) for version in tested}
    synthetic = np.char.startswith(found.clip, SYNTHETIC)
    if synthetic.any() and not synthetic.all():
        folds = dict.fromkeys(np.unique(found.person[synthetic]).tolist(), 0)
        ways = {f"synthetic voices, {way}": rows(way, synthetic) for way in (KNOWN, OTHER_TOOL)}
        strange = predicted(make, fitted, ways, folds)
        result |= {way: (strange[way], ways[way]) for way in ways}
    return result


def main_table(found: ProbedSegments) -> Table:
    """Three probes, three latents."""
    columns = [*LATENTS, *SOURCES]
    speakers = {name: speaker_probe(found, name) for name in columns}
    corners = {
        name: _right(emotion_answers(found, name, found.corner, classifier, whole=False)[KNOWN])
        for name in columns
    }
    content = {name: content_probe(found, name) for name in columns}
    visemes = found.viseme[np.isin(found.version, [RECORDED, VOCODED, KNOWN])]
    by_chance = [chance(visemes), 1 / len(CORNERS), speakers["z_c"][1]]
    titles = ("content: 12 visemes", "emotion: 4 corners", f"speaker: {_speakers(found)} people")
    figures = (content, corners, {name: each for name, (each, _) in speakers.items()})
    rows = [
        (title, [*_cells(each, columns), number(guess, _PLACES)])
        for title, each, guess in zip(titles, figures, by_chance, strict=True)
    ]
    clips, people = (len(np.unique(each)) for each in (found.clip, found.person))
    return Table(
        "Share right of probes on single segments",
        [*columns, "chance"],
        rows,
        [
            f"{clips} clips of {people} people whom nobody trained on. Probes of content and emotion are "
            "asked about other people than they are fitted to, probes of the speaker about other clips. In "
            "brackets 95 % of the draws of people (speaker: of clips).",
            "heard (posteriors, articulation and embedding of the speech encoder) and course: what z_c, and "
            "z_e and z_s, are made of, at the same moment.",
        ],
    )


def _speakers(found: ProbedSegments) -> int:
    rows = found.version == RECORDED
    people, clips = found.person[rows], found.clip[rows]
    return sum(len(np.unique(clips[people == who])) >= _LEAST_CLIPS for who in np.unique(people))


def clip_table(found: ProbedSegments) -> Table:
    """What whole clips tell of arousal and valence."""
    columns = [*LATENTS, *SOURCES]
    tasks: Mapping[str, tuple[NDArray[Any], float]] = {
        "4 corners": (found.corner, 0.25),
        "high or low arousal": (found.feeling[:, 0] > 0, 0.5),
        "high or low valence": (found.feeling[:, 1] > 0, 0.5),
    }
    rows = []
    for title, (labels, guess) in tasks.items():
        cells = {
            name: _right(emotion_answers(found, name, labels.astype(np.int64), classifier, whole=True)[KNOWN])
            for name in columns
        }
        rows.append((title, [*_cells(cells, columns), number(guess, _PLACES)]))
    answers = {
        name: emotion_answers(found, name, found.feeling, regressor, whole=True)[KNOWN] for name in columns
    }
    for axis, title in enumerate(("arousal, correlation", "valence, correlation")):
        cells = {name: _correlated(answers[name], axis) for name in columns}
        rows.append((title, [*_cells(cells, columns), number(0.0, _PLACES)]))
    return Table("Emotion from the mean of a clip", [*columns, "chance"], rows)


def edits_tables(found: ProbedSegments) -> list[Table]:
    """Emotion on edits that no probe was fitted to, from probes that were fitted to WORLD's edits."""
    columns = [*LATENTS, "course"]
    tables = []
    is_high = (found.feeling[:, 0] > 0).astype(np.int64)
    tasks: Sequence[tuple[str, NDArray[Any], str]] = (
        ("4 corners, mean of a clip, share right", found.corner, "0.25"),
        ("high or low arousal, mean of a clip, share right", is_high, "0.50"),
    )
    for title, labels, guess in tasks:
        answers = {name: emotion_answers(found, name, labels, classifier, whole=True) for name in columns}
        rows = [
            (way, [*_cells({name: _right(answers[name][way]) for name in columns}, columns), guess])
            for way in answers["z_e"]
        ]
        tables.append(Table(f"Edits that the probe never saw: {title}", [*columns, "chance"], rows))
    answers = emotion_answers(found, "z_e", found.feeling, regressor, whole=True)
    rows = [(way, [_correlated(answers[way], axis).text(_PLACES) for axis in range(2)]) for way in answers]
    tables.append(
        Table(
            "Edits that the probe never saw: correlation with what was asked for, from z_e, mean of a clip",
            ["arousal", "valence"],
            rows,
            [
                "Probes are fitted to WORLD's edits of other people; those of the synthetic voices to real "
                "people alone. The network learnt from WORLD's edits no stronger than the first line's, half "
                "of them elsewhere or under noise; Praat's, and stronger ones, it never heard."
            ],
        )
    )
    return tables


def _right(answered: tuple[NDArray[Any], Labelled]) -> Interval:
    said, rows = answered
    return share_right(said == rows.labels, rows.units)


def _correlated(answered: tuple[NDArray[Any], Labelled], axis: int) -> Interval:
    said, rows = answered
    return correlation(said[:, axis], rows.labels[:, axis], rows.units)


def _cells(found: Mapping[str, Interval], columns: Sequence[str]) -> list[str]:
    return [found[name].text(_PLACES) for name in columns]
