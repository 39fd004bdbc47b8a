# SPDX-License-Identifier: GPL-3.0-or-later
"""What the mouth must do for the sounds that were heard, whatever the network made of them.

Lips meet in m, b and p; the lower lip comes to the upper teeth in f and v; rounded sounds are round; in
pauses the mouth comes to rest, and opens again ahead of the voice; in other speech the lips do not touch.
Each demand rises before its sound and falls off after it (co-articulation as dominance: Cohen and Massaro,
Modeling coarticulation in synthetic visual speech, 1993), so that nothing pops. At any frame rate every
closure gets at least one frame in which the lips are wholly closed.

Shape letters: F frames of the motion, T frames of the encoder.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..frame_times import frame_times
from ..head import lip_gap_model
from ..motion import Phone
from ..phones import ARTICULATIONS, BILABIALS, LABIODENTALS, PHONE_INDEX, articulation
from ..retarget.arkit import ARKIT_INDEX, MOUTH_NAMES, arkit_indices
from .emotion.layer import added
from .emotion.yielding import columns_of, eased, yielding
from .speech import SPEECH_FPS, SpeechFeatures

SHORTEST_PAUSE: Final = 0.3
"""Seconds of silence from which the mouth comes to rest; shorter ones may be the gaps of t, d, k, g."""
ANTICIPATION: Final = 0.12
"""Seconds before the voice at which the mouth begins to open."""
SETTLING: Final = 0.15
"""Seconds after the voice in which the mouth comes to rest."""

_APPROACH: Final = 0.08
_RELEASE: Final = 0.06
"""Seconds in which lips approach before a contact and part after it."""
_PARTING: Final = 0.4
"""Part of these times after which lips that must not touch do not."""
_SURE: Final = 0.35
"""A contact is where its feature rises above this, as far as it stays above half of its peak. Less than a
half: a closure that is missed is seen at once, and one that is shown beside its sound hardly."""
_SHORTEST_CONTACT: Final = 0.02
_HELD: Final = {"P": 0.7, "B": 0.85, "M": 0.9, "F": 0.9, "V": 0.9}
"""Part of a sound in which lips touch: what follows is release and, in p, breath. The encoder's feature does
not tell p from b and m."""
_HELD_HEARD: Final = 0.85
_BESIDE: Final = 0.02
"""Seconds within which two contacts are one and the same."""
_OPENERS: Final = ("mouthLowerDown", "mouthUpperUp", "mouthFunnel", "mouthShrugUpper", "mouthRollUpper")
"""Beginnings of the names of shapes that part the lips."""
_PARTED: Final = 1.4
"""Lips that must not touch keep this many times the height below which they count as closed."""


@dataclass(frozen=True)
class Contact:
    """Lips (or lip and teeth) that touch. Times in seconds."""

    start: float
    end: float


@dataclass(frozen=True)
class Demands:
    """What the sounds demand of each frame, all (F,) float32 in 0..1.

    Attributes:
        seal: lips pressed together; exactly 1 in at least one frame of every contact.
        teeth: lower lip at the upper teeth, likewise.
        rounding: lips rounded.
        rest: nobody speaks.
        parted: lips must not touch.
        narrowed: rounded lips with a slower approach and release, which corners that an emotion draws apart
            have time to follow.
    """

    seal: NDArray[np.float32]
    teeth: NDArray[np.float32]
    rounding: NDArray[np.float32]
    rest: NDArray[np.float32]
    parted: NDArray[np.float32]
    narrowed: NDArray[np.float32]

    def __getitem__(self, frames: slice | NDArray[np.intp]) -> "Demands":
        """Some of the frames."""
        return Demands(
            self.seal[frames],
            self.teeth[frames],
            self.rounding[frames],
            self.rest[frames],
            self.parted[frames],
            self.narrowed[frames],
        )


def demands(
    features: SpeechFeatures,
    count: int,
    fps: float,
    *,
    heard: Sequence[Phone] = (),
    phones: Sequence[Phone] | None = None,
) -> Demands:
    """What the sounds demand of frames 0..count-1 at i / fps.

    Args:
        features: what the encoder heard.
        count: frames F.
        fps: frames a second; need not be whole.
        heard: the phones that were recognised in the features: their lips meet even where the features alone
            would not say so.
        phones: timed phones, when they are known better than the encoder hears them (a transcript).

    Raises:
        InputError: nothing was heard.
    """
    if len(features) == 0:
        raise InputError("There are no frames of the speech encoder: expected one for each 12.5 ms of sound.")
    times = frame_times(count, fps)
    heard_times = np.arange(len(features)) / SPEECH_FPS
    course = features.articulation if phones is None else articulation(phones, heard_times)

    def at_frames(values: NDArray[np.floating]) -> NDArray[np.float64]:
        return np.interp(times, heard_times, values)

    def feature(name: str) -> NDArray[np.float32]:
        return course[:, ARTICULATIONS.index(name)]

    if phones is None:
        seals, bites = (
            _heard_contacts(features, feature(name), sounds, heard)
            for name, sounds in (("closure", BILABIALS), ("labiodental", LABIODENTALS))
        )
        spoken = _spoken(features.voice)
    else:
        seals, bites = _told_contacts(phones, BILABIALS), _told_contacts(phones, LABIODENTALS)
        spoken = [(phone.start, phone.end) for phone in phones]
    seal = contact_curve(seals, times, fps)
    # Lips that are pressed together are not at the teeth.
    teeth = np.minimum(contact_curve(bites, times, fps), 1 - seal)
    rest = rest_curve(spoken, times)
    rounding, narrowed = (
        np.clip(at_frames(each) * 1.15 - 0.1, 0, 1).astype(np.float32) * (1 - rest)
        for each in (feature("rounding"), eased(feature("rounding"), fps=SPEECH_FPS))
    )
    near = contact_curve([*seals, *bites], times, fps, reach=_PARTING)
    parted = np.clip(1 - near - rest, 0, 1)
    return Demands(seal, teeth, rounding, rest, parted, narrowed)


def find_contacts(feature: NDArray[np.floating], *, fps: float = SPEECH_FPS) -> list[Contact]:
    """Stretches in which a feature (T,) says that lips touch."""
    contacts = []
    for first, last in _stretches(feature > _SURE / 2):
        peak = feature[first:last].max()
        if peak < _SURE:
            continue
        # A feature that is sure of itself passes a half at the boundary of the sound.
        for start, end in _stretches(feature[first:last] >= peak / 2):
            if (end - start) / fps >= _SHORTEST_CONTACT and feature[
                first + start : first + end
            ].max() >= _SURE:
                held = start + _HELD_HEARD * (end - start)
                contacts.append(Contact(max(first + start - 0.5, 0) / fps, (first + held - 0.5) / fps))
    return contacts


def _heard_contacts(
    features: SpeechFeatures, feature: NDArray[np.float32], names: Collection[str], heard: Sequence[Phone]
) -> list[Contact]:
    """Contacts from a feature and the posteriors of its sounds, which err in different places."""
    posterior = features.phones[:, [PHONE_INDEX[name] for name in sorted(names)]].sum(
        axis=1, dtype=np.float32
    )
    contacts = find_contacts((feature + posterior) / 2)
    starts = np.array([contact.start for contact in contacts])
    ends = np.array([contact.end for contact in contacts])
    missed = [
        contact
        for contact in _told_contacts(heard, names)
        if not ((starts < contact.end + _BESIDE) & (ends > contact.start - _BESIDE)).any()
    ]
    return sorted([*contacts, *missed], key=lambda contact: contact.start)


def _told_contacts(phones: Sequence[Phone], names: Collection[str]) -> list[Contact]:
    return [
        Contact(phone.start, phone.start + _HELD[phone.name] * (phone.end - phone.start))
        for phone in phones
        if phone.name in names
    ]


def contact_curve(
    contacts: Sequence[Contact], times: NDArray[np.floating], fps: float, *, reach: float = 1.0
) -> NDArray[np.float32]:
    """How firmly lips touch at `times` (F,): 1 in a contact, rising before it and falling after it.

    Every contact has a frame of 1: the one nearest to its middle, if none lies within.

    Args:
        contacts: in any order.
        times: seconds of the frames, `fps` a second.
        fps: frames a second.
        reach: factor of the times of approach and release.
    """
    curve = np.zeros(len(times), np.float32)
    if len(times) == 0:
        return curve
    for contact in contacts:
        first = int(np.searchsorted(times, contact.start - reach * _APPROACH))
        last = int(np.searchsorted(times, contact.end + reach * _RELEASE, side="right"))
        near = times[first:last]
        before = (contact.start - near) / (reach * _APPROACH)
        after = (near - contact.end) / (reach * _RELEASE)
        away = np.clip(np.maximum(before, after), 0, 1)
        np.maximum(curve[first:last], 0.5 + 0.5 * np.cos(np.pi * away), out=curve[first:last])
        # A sound may end in a closure, past the middle of its last frame.
        middle = min(round((contact.start + contact.end) / 2 * fps), len(times) - 1)
        curve[middle] = 1
    return curve


def rest_curve(spoken: Sequence[tuple[float, float]], times: NDArray[np.floating]) -> NDArray[np.float32]:
    """1 in pauses (F,), with the mouth closing after speech and opening ahead of it."""
    rest = np.zeros(len(times), np.float32)
    edges = [(-np.inf, -np.inf), *spoken, (np.inf, np.inf)]
    end = -np.inf
    for start, stop in edges[1:]:
        if start - end >= SHORTEST_PAUSE:
            away = np.minimum((times - end) / SETTLING, (start - times) / ANTICIPATION)
            np.maximum(rest, 0.5 - 0.5 * np.cos(np.pi * np.clip(away, 0, 1)), out=rest, casting="same_kind")
        end = max(end, stop)
    return rest


def constrain(
    weights: NDArray[np.floating],
    wanted: Demands,
    *,
    strength: float = 1.0,
    posture: NDArray[np.floating] | None = None,
    emotion: NDArray[np.floating] | None = None,
) -> NDArray[np.float32]:
    """ARKit weights (F, 52) that do what the sounds demand.

    Args:
        weights: what a network made, in 0..1.
        wanted: from `demands`.
        strength: 0 leaves the weights as they are, 1 does all.
        posture: (52,) what the mouth does while it rests, such as a smile that stays; nothing by default.
            Its lips meet all the same.
        emotion: (F, 52) in 0..1, what an emotion adds, in speech and at rest; it gives way to all that the
            sounds demand.

    Raises:
        InputError: the strength is not within 0..1, or the counts of frames differ.
    """
    if not 0 <= strength <= 1:
        raise InputError(f"The strength of articulation is {strength}: expected 0 to 1.")
    if len(weights) != len(wanted.seal):
        raise InputError(
            f"There are {len(weights)} frames of weights and {len(wanted.seal)} of demands: expected as many."
        )
    raw = np.asarray(weights, np.float32)
    result = raw.copy()
    if emotion is not None and strength < 1:
        raw = added(raw, emotion)
    if strength == 0:
        return raw.copy()
    _come_to_rest(result, wanted.rest, posture)
    _round(result, wanted.rounding)
    if emotion is not None:
        # Lips that speech closes by itself stay so.
        model = lip_gap_model()
        apart = np.clip(model.heights(result) / (_PARTED * model.closed), 0, 1).astype(np.float32)
        given = yielding(
            emotion,
            narrowed=wanted.narrowed,
            teeth=wanted.teeth,
            opened=np.maximum(apart, wanted.rest),
        )
        result = added(result, given)
    _bite(result, wanted.teeth)
    _seal(result, wanted.seal)
    _part(result, wanted.parted)
    return np.asarray(raw + np.float32(strength) * (result - raw), np.float32)


def _column(weights: NDArray[np.float32], name: str) -> NDArray[np.float32]:
    return weights[:, ARKIT_INDEX[name]]


def _raise_to(weights: NDArray[np.float32], name: str, floor: NDArray[np.floating]) -> None:
    column = _column(weights, name)
    np.maximum(column, floor, out=column, casting="same_kind")


def _come_to_rest(
    weights: NDArray[np.float32], rest: NDArray[np.float32], posture: NDArray[np.floating] | None
) -> None:
    """The mouth at rest; brows and lids keep what they do."""
    mouth = arkit_indices(MOUTH_NAMES)
    weights[:, mouth] *= 1 - rest[:, None]
    if posture is not None and posture.any():
        closed = np.asarray(posture, np.float32)[None].copy()
        _close(closed, np.ones(1, np.float32))
        weights[:, mouth] += rest[:, None] * closed[:, mouth]


def _round(weights: NDArray[np.float32], rounding: NDArray[np.float32]) -> None:
    _raise_to(weights, "mouthPucker", 0.55 * rounding)
    _raise_to(weights, "mouthFunnel", 0.12 * rounding)
    for side in ("Left", "Right"):
        for name in ("mouthSmile", "mouthStretch", "mouthDimple"):
            _column(weights, name + side)[:] *= 1 - rounding


def _bite(weights: NDArray[np.float32], teeth: NDArray[np.float32]) -> None:
    weights[:, _openers()] *= 1 - teeth[:, None]
    _limit_jaw(weights, teeth, 0.08)
    _column(weights, "mouthClose")[:] *= 1 - teeth
    _raise_to(weights, "mouthRollLower", 0.35 * teeth)
    for side in ("Left", "Right"):
        _raise_to(weights, "mouthUpperUp" + side, 0.12 * teeth)


def _part(weights: NDArray[np.float32], parted: NDArray[np.float32]) -> None:
    """Lips that touch where nothing asks for it: give back what closes them, then open the jaw."""
    model = lip_gap_model()
    lack = parted * _PARTED * model.closed - model.heights(weights)
    need = (np.maximum(lack, 0) * (parted > 0) / model.slopes[ARKIT_INDEX["jawOpen"]]).astype(np.float32)
    close, jaw = _column(weights, "mouthClose"), _column(weights, "jawOpen")
    given = np.minimum(close, need)
    close -= given
    np.minimum(jaw + (need - given), 1, out=jaw)


def _seal(weights: NDArray[np.float32], seal: NDArray[np.float32]) -> None:
    """Press the lips together as far as `seal` asks: at 1 they meet."""
    _close(weights, seal)
    for name in ("mouthPressLeft", "mouthPressRight"):
        _raise_to(weights, name, 0.12 * seal)


def _close(weights: NDArray[np.float32], seal: NDArray[np.float32]) -> None:
    """Close the gap of the lips as far as `seal` asks."""
    model = lip_gap_model()
    open_before = np.maximum(model.heights(weights), 0)
    weights[:, _openers()] *= 1 - seal[:, None]
    _column(weights, "mouthRollLower")[:] *= 1 - 0.5 * seal
    # The jaw follows the lips part of the way.
    jaw, close = _column(weights, "jawOpen"), _column(weights, "mouthClose")
    jaw *= 1 - 0.35 * seal
    np.minimum(close, jaw, out=close)
    excess = model.heights(weights) - (1 - seal) * open_before
    need = np.where(seal > 0, np.maximum(excess, 0), 0) / model.slopes[ARKIT_INDEX["jawOpen"]]
    np.minimum(close + need.astype(np.float32), jaw, out=close)


def _limit_jaw(weights: NDArray[np.float32], amount: NDArray[np.float32], limit: float) -> None:
    jaw = _column(weights, "jawOpen")
    jaw *= 1 - amount * np.maximum(0, 1 - limit / np.maximum(jaw, limit))


def _openers() -> list[int]:
    return columns_of(_OPENERS)


def _spoken(voice: NDArray[np.floating], *, fps: float = SPEECH_FPS) -> list[tuple[float, float]]:
    """Stretches (start, end) in seconds in which somebody speaks; specks under 50 ms are noise."""
    return [
        (max(0.0, (first - 0.5) / fps), (last - 0.5) / fps)
        for first, last in _stretches(voice > 0.5)
        if (last - first) / fps >= 0.05
    ]


def _stretches(inside: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First index, and the one after the last, of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], inside, [False]]).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
