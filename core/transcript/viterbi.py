# SPDX-License-Identifier: GPL-3.0-or-later
"""The likeliest way through a graph of words, in bounded memory.

Only units near the best ones are kept in view, and as soon as all ways in view agree on what came before,
that is settled and forgotten. What led to a state is not stored but found again from the scores on the way
back.

Words may be skipped at a price; skipping several in a row costs less for each. After seconds of speech that
the transcript does not have, it may go on anywhere further on.

Shape letters: F frames, S states in view, U units in view.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..phone_decoding import REFERENCE_RATE, SILENCE_CODE, scaled_logs
from .graph import OTHER_SPEECH, Graph

SKIP_PENALTY: Final = 12.0
"""What it costs to leave out words."""
SKIP_WORD: Final = 2.0
"""What each of them costs in addition."""

JUMP_PENALTY: Final = 100.0
"""What it costs to go on anywhere further on; more than a second of speech that fits by chance brings."""

_LOST_SECONDS: Final = 5.0
_JUMP_SECONDS: Final = (10.0, 60.0)
"""How often going on elsewhere is tried, at first and when it has long been in vain."""
_TRIAL_SECONDS: Final = 4.0
"""So long may it show that a jump was right."""
_TRIAL_UNITS: Final = 100
_JUMP_UNITS: Final = 10_000
_MOST_SCORES: Final = 20_000_000
"""Scores that are held at most, 80 MB."""
_OTHER_FRAME: Final = 1.4
"""What a frame at `REFERENCE_RATE` of speech outside the transcript costs against the likeliest phone."""
_OUTSIDE: Final = 4.0
"""What a frame costs for each second that a word lies outside its times."""
_OUTSIDE_MOST: Final = 8.0
_BEAM: Final = 140.0
_BLOCK_SECONDS: Final = 0.25
_UNITS_AHEAD: Final = 8
_SETTLE_SECONDS: Final = 10.0
_LONGEST_MEMORY: Final = 60.0
_NEVER: Final = np.float32(-1e30)

Scores = NDArray[np.float32]


@dataclass(frozen=True)
class _View:
    """The units `low` to `high` of a graph, with indices from their first state on.

    Attributes:
        start: first state.
        code, moves: (S,) of the states; `moves` is 0 where a state may last, else never.
        entries, entry_unit, entry_cost: of the states that are entered from a boundary.
        ends, end_offsets: states that end something, and where each boundary's begin among them.
        unit_offsets: first state of each unit.
        ramp: (U,) what skipping costs from the first unit on.
        jumps: (E,) what entering each state from any earlier boundary costs, if that is possible.
    """

    low: int
    high: int
    start: int
    code: NDArray[np.int64]
    moves: Scores
    entries: NDArray[np.int64]
    entry_unit: NDArray[np.int64]
    entry_cost: Scores
    ends: NDArray[np.int64]
    end_offsets: NDArray[np.int64]
    unit_offsets: NDArray[np.int64]
    ramp: Scores
    jumps: Scores | None = None


def find_path(
    posteriors: NDArray[np.floating],
    rate: float,
    graph: Graph,
    *,
    first: float = 0.0,
    watch: Callable[[float], None] | None = None,
) -> NDArray[np.int64]:
    """State of each frame (F,) on the likeliest way.

    Args:
        posteriors: (F, 40).
        rate: frames a second.
        graph: of the words; made for the same rate.
        first: second of frame 0.
        watch: called now and then with the share of the work done; may raise to stop it.
    """
    return _Search(posteriors, rate, graph, first).run(watch)


class _Search:
    def __init__(self, posteriors: NDArray[np.floating], rate: float, graph: Graph, first: float) -> None:
        self.posteriors = posteriors
        self.rate = rate
        self.graph = graph
        self.first = first
        self.path = np.empty(len(posteriors), np.int64)
        self.settled = 0
        self.history: list[tuple[_View, Scores]] = []
        """Of each frame from `settled` on: what was in view, and scores."""
        self.held = 0
        """Scores in `history`."""
        self.entry_costs = dict(zip(graph.entries.tolist(), graph.entry_cost.tolist(), strict=True))
        self.lost = 0
        """Blocks in which the best way was not in the transcript, less twice those in which it was."""
        self.since_jump = 0

    def run(self, watch: Callable[[float], None] | None) -> NDArray[np.int64]:
        count, block = len(self.posteriors), max(1, round(_BLOCK_SECONDS * self.rate))
        blocks_to_settle = max(1, round(_SETTLE_SECONDS / _BLOCK_SECONDS))
        view = self._view(0, min(self.graph.units, _UNITS_AHEAD))
        scores: Scores | None = None
        for number, begin in enumerate(range(0, count, block)):
            if scores is not None:
                if number % blocks_to_settle == 0 or self._is_full():
                    scores = self._settle(view, scores)
                view, scores = self._moved(view, scores)
                self.held += len(scores) - len(self.history[-1][1])
                self.history[-1] = (view, scores)
                if watch is not None and number % blocks_to_settle == 0:
                    watch(begin / count)
            outside = self._outside(view, begin)
            for row in self._emitted(begin, min(begin + block, count)):
                scores = _step(view, scores, row)
                if outside is not None:
                    scores -= outside
                self.history.append((view, scores))
                self.held += len(scores)
        assert scores is not None
        self._finish(view, scores)
        return self.path

    def _emitted(self, begin: int, end: int) -> Scores:
        """Log likelihoods of phones and of other speech, (frames, 41)."""
        logs = scaled_logs(self.posteriors[begin:end], self.rate)
        phones = np.delete(logs, SILENCE_CODE, axis=1)
        other = phones.max(axis=1) - np.float32(_OTHER_FRAME * REFERENCE_RATE / self.rate)
        return np.concatenate([logs, other[:, None]], axis=1)

    def _outside(self, view: _View, begin: int) -> Scores | None:
        """What words outside their times cost a frame, (S,), or None if there are none."""
        seconds = self.first + begin / self.rate
        units = slice(view.low, view.high)
        off = np.maximum(self.graph.earliest[units] - seconds, seconds - self.graph.latest[units])
        if not (off > 0).any():
            return None
        cost = np.clip(off * _OUTSIDE, 0, _OUTSIDE_MOST) * (REFERENCE_RATE / self.rate)
        states = slice(view.start, view.start + len(view.code))
        return (cost[self.graph.unit[states] - view.low] * self.graph.of_word[states]).astype(np.float32)

    def _view(self, low: int, high: int) -> _View:
        graph = self.graph
        start, stop = int(graph.unit_start[low]), int(graph.unit_start[high])
        entries = slice(*np.searchsorted(graph.entries, (start, stop)))
        ends = slice(np.searchsorted(graph.ends, start), np.searchsorted(graph.end_boundary, high))
        return _View(
            low=low,
            high=high,
            start=start,
            code=graph.code[start:stop],
            moves=np.where(graph.loops[start:stop], np.float32(0), _NEVER),
            entries=graph.entries[entries] - start,
            entry_unit=graph.unit[graph.entries[entries]] - low,
            entry_cost=graph.entry_cost[entries],
            ends=graph.ends[ends] - start,
            end_offsets=np.searchsorted(graph.end_boundary[ends], np.arange(low, high)),
            unit_offsets=graph.unit_start[low:high] - start,
            ramp=np.arange(high - low, dtype=np.float32) * np.float32(SKIP_WORD),
        )

    def _moved(self, view: _View, scores: Scores) -> tuple[_View, Scores]:
        """The view around the units that still have a chance, and scores in it, 0 for the best."""
        best_state = view.start + int(scores.argmax())
        # Short words fit other speech now and then, without the transcript being found again.
        self.lost = max(0, self.lost - 2) if self.graph.of_word[best_state] else self.lost + 1
        self.since_jump += 1
        lost_seconds = self.lost * _BLOCK_SECONDS
        pause = min(max(_JUMP_SECONDS[0], lost_seconds / 3), _JUMP_SECONDS[1])
        jumps = bool(
            lost_seconds >= _LOST_SECONDS
            and self.since_jump * _BLOCK_SECONDS >= pause
            and self.graph.code[best_state] == OTHER_SPEECH
        )
        self.since_jump *= not jumps
        best = np.maximum.reduceat(scores, view.unit_offsets)
        alive = view.low + np.flatnonzero(best > best.max() - _BEAM)
        low, high = int(alive[0]), min(self.graph.units, int(alive[-1]) + 1 + _UNITS_AHEAD)
        if self.since_jump == round(_TRIAL_SECONDS / _BLOCK_SECONDS):
            # Where it came from and where it went are too far apart to keep both in view.
            best_unit = int(self.graph.unit[best_state])
            low, high = max(low, best_unit - _TRIAL_UNITS), min(high, best_unit + _TRIAL_UNITS)
        if jumps:
            high = min(self.graph.units, max(high, low + _JUMP_UNITS))
        elif (low, high) == (view.low, view.high) and view.jumps is None:
            return view, scores - scores.max()
        new = self._view(low, high)
        if jumps:
            # Only into words: pauses and other speech fit anywhere.
            entered = new.start + new.entries
            into_word = self.graph.of_word[entered] & (self.graph.code[entered] != SILENCE_CODE)
            new = replace(new, jumps=np.where(into_word, np.float32(JUMP_PENALTY), -_NEVER))
        moved = np.full(len(new.code), _NEVER, np.float32)
        stop = min(new.start + len(new.code), view.start + len(view.code))
        moved[: stop - new.start] = scores[new.start - view.start : stop - view.start]
        return new, moved - moved.max()

    def _settle(self, view: _View, scores: Scores) -> Scores:
        """Write down what every way in view has in common; returns scores without ways that were given up."""
        best = self._trace(view.start + int(scores.argmax()))
        beam = _BEAM
        common = self._common(view, scores, best, beam)
        while common < len(best) // 2 and self._is_full():
            # Memory is bounded: the least likely ways are given up until the others agree.
            beam /= 2
            if beam < 1:
                scores = np.where(np.arange(len(scores)) == scores.argmax(), scores, _NEVER)
                common = len(best)
                break
            scores = np.where(scores >= scores.max() - beam, scores, _NEVER)
            common = self._common(view, scores, best, beam)
        self._write(best[:common])
        return scores

    def _is_full(self) -> bool:
        """Whether as much is remembered as may be."""
        return len(self.history) > _LONGEST_MEMORY * self.rate or self.held > _MOST_SCORES

    def _common(self, view: _View, scores: Scores, best: NDArray[np.int64], beam: float) -> int:
        """For how many frames from `settled` on the ways within a beam are the best one."""
        unit_best = np.maximum.reduceat(scores, view.unit_offsets)
        alive = view.low + np.flatnonzero(unit_best >= unit_best.max() - beam)
        agreed = np.ones(len(best), bool)
        # Ways keep their order, so that the outermost ones meet last.
        for unit in (alive[0], alive[-1]):
            states = _states_of(view, self.graph, unit)
            agreed &= self._trace(view.start + states.start + int(scores[states].argmax())) == best
        return len(best) if agreed.all() else int(agreed.argmin())

    def _write(self, way: NDArray[np.int64]) -> None:
        # The last frame stays, for those after it to come from.
        way = way[: len(self.history) - 1] if len(way) == len(self.history) else way
        self.path[self.settled : self.settled + len(way)] = way
        self.settled += len(way)
        self.held -= sum(len(scores) for _, scores in self.history[: len(way)])
        del self.history[: len(way)]

    def _finish(self, view: _View, scores: Scores) -> None:
        """Choose the end: the transcript's, or earlier if the rest was not said."""
        boundary = np.maximum.reduceat(scores[view.ends], view.end_offsets).astype(float)
        left = self.graph.units - 1 - np.arange(view.low, view.high)
        boundary -= np.where(left > 0, np.minimum(SKIP_PENALTY + SKIP_WORD * left, JUMP_PENALTY), 0)
        self.path[self.settled :] = self._trace(_end_state(view, scores, int(boundary.argmax())))

    def _trace(self, state: int) -> NDArray[np.int64]:
        """States of the frames from `settled` on, on the way to a state of the last of them."""
        graph, loops = self.graph, self.graph.loops
        way = np.empty(len(self.history), np.int64)
        way[-1] = state
        for place in range(len(way) - 2, -1, -1):
            view, scores = self.history[place]
            local = state - view.start
            stay = scores[local] if loops[state] else 2 * _NEVER
            cost = self.entry_costs.get(state)
            if cost is None:
                if scores[local - 1] > stay:
                    state -= 1
            else:
                came, score = _source(view, scores, int(graph.unit[state]) - view.low, state)
                if score - cost > stay:
                    state = came
            way[place] = state
        return way


def _step(view: _View, scores: Scores | None, row: Scores) -> Scores:
    """Scores (S,) of a frame from those of the frame before; None before the first frame."""
    emitted = row[view.code]
    if scores is None:
        boundary = np.full(view.high - view.low, _NEVER, np.float32)
        boundary[0] = 0
        moved = np.full(len(view.code), _NEVER, np.float32)
    else:
        boundary = np.maximum.reduceat(scores[view.ends], view.end_offsets)
        moved = np.empty_like(scores)
        moved[1:] = scores[:-1]
    moved[view.entries] = _entered(view, boundary) - view.entry_cost
    if scores is not None:
        np.maximum(moved, scores + view.moves, out=moved)
    moved += emitted
    return moved


def _entered(view: _View, boundary: Scores) -> Scores:
    """Scores (E,) from which states are entered, when words may be skipped."""
    skipped = np.maximum.accumulate(boundary + view.ramp) - view.ramp
    entered = np.maximum(boundary, skipped - np.float32(SKIP_PENALTY))[view.entry_unit]
    if view.jumps is not None:
        np.maximum(entered, np.maximum.accumulate(boundary)[view.entry_unit] - view.jumps, out=entered)
    return entered


def _source(view: _View, scores: Scores, boundary: int, entry: int) -> tuple[int, float]:
    """The state from which an entry after a boundary of the view is best reached, and its score."""
    # Boundaries after this one do not matter.
    stop = view.end_offsets[boundary + 1] if boundary + 1 < len(view.end_offsets) else len(view.ends)
    reached = np.maximum.reduceat(scores[view.ends[:stop]], view.end_offsets[: boundary + 1])
    skipped = reached + view.ramp[: boundary + 1]
    other = int(skipped.argmax())
    score = float(skipped[other] - view.ramp[boundary]) - SKIP_PENALTY
    if view.jumps is not None:
        jumped = float(reached.max() - view.jumps[np.searchsorted(view.entries, entry - view.start)])
        if jumped > score:
            other, score = int(reached.argmax()), jumped
    if reached[boundary] >= score:
        other, score = boundary, float(reached[boundary])
    return _end_state(view, scores, other), score


def _end_state(view: _View, scores: Scores, boundary: int) -> int:
    """The best state that reaches a boundary of the view without skipping."""
    offsets = view.end_offsets
    stop = offsets[boundary + 1] if boundary + 1 < len(offsets) else len(view.ends)
    ends = view.ends[offsets[boundary] : stop]
    return view.start + int(ends[scores[ends].argmax()])


def _states_of(view: _View, graph: Graph, unit: int) -> slice:
    return slice(int(graph.unit_start[unit]) - view.start, int(graph.unit_start[unit + 1]) - view.start)
