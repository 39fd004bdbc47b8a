# SPDX-License-Identifier: GPL-3.0-or-later
"""Edge loops of the quad mesh: the rings around the lips, the lids and the neck.

The artists of hm08 laid closed loops of quads around mouth and eyes. A ring is such a loop as vertex
indices; rings that start at corresponding vertices correspond vertex by vertex, which makes corrections
easy to fade out from ring to ring.
"""

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError


class QuadMesh:
    """Neighbourhood of a quad mesh given as (F, 4) vertex indices."""

    def __init__(self, faces: NDArray[np.int64]) -> None:
        self.faces = faces
        self.faces_of_edge: dict[frozenset[int], set[int]] = defaultdict(set)
        self.neighbours: dict[int, set[int]] = defaultdict(set)
        for index, corners in enumerate(faces.tolist()):
            for a, b in zip(corners, corners[1:] + corners[:1], strict=True):
                if a != b:
                    self.faces_of_edge[frozenset((a, b))].add(index)
                    self.neighbours[a].add(b)
                    self.neighbours[b].add(a)

    def loop(self, start: int, towards: int) -> list[int]:
        """The closed edge loop through `start` and its neighbour `towards`, beginning with these two.

        Raises `InputError` when the loop runs into a pole, so the mesh is not the expected one.
        """
        path = [start, towards]
        while True:
            previous, current = path[-2], path[-1]
            beside = self.faces_of_edge[frozenset((previous, current))]
            onward = [
                vertex
                for vertex in self.neighbours[current] - {previous}
                if not self.faces_of_edge[frozenset((current, vertex))] & beside
            ]
            if len(self.neighbours[current]) != 4 or len(onward) != 1 or len(path) > 500:
                raise InputError(f"no closed edge loop through vertices {start} and {towards}.")
            if onward[0] == start:
                return path
            path.append(onward[0])

    def loop_to_left(self, start: int, vertices: NDArray[np.float64]) -> list[int]:
        """The closed loop that leaves `start` towards the subject's left (+x) or, at a lid, outwards."""
        best: list[int] | None = None
        for neighbour in sorted(self.neighbours[start], key=lambda n: -abs(vertices[n, 0])):
            if abs(vertices[neighbour, 0]) - abs(vertices[start, 0]) > 1e-3 or vertices[start, 0] == 0:
                try:
                    path = self.loop(start, neighbour)
                except InputError:
                    continue
                if vertices[neighbour, 0] >= 0 or vertices[start, 0] < 0:
                    best = path
                    break
        if best is None:
            raise InputError(f"no closed edge loop through vertex {start}.")
        return best

    def flood(self, start: int, border: set[int]) -> set[int]:
        """Vertices reached from `start` without crossing `border`, with the border's own vertices."""
        reached, waiting = {start}, [start]
        while waiting:
            for neighbour in self.neighbours[waiting.pop()]:
                if neighbour not in reached:
                    reached.add(neighbour)
                    if neighbour not in border:
                        waiting.append(neighbour)
        return reached
