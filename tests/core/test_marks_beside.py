# SPDX-License-Identifier: GPL-3.0-or-later
"""Marks that are in other coordinates than the mesh lie beside it."""

import numpy as np
import pytest

pytest.importorskip("scipy")

from soliloquy.core.head import load_head
from soliloquy.core.head.registration import NotAFace
from soliloquy.core.head.registration.face_search import find_face

HEAD = load_head()
TRIANGLES = np.concatenate([HEAD.faces[:, [0, 1, 2]], HEAD.faces[:, [0, 2, 3]]])
FACE = HEAD.landmarks["face68"]
PLACES = {"nose_tip": FACE[30], "mouth_right": FACE[48], "mouth_left": FACE[54], "eye_outer_left": FACE[45]}


@pytest.mark.parametrize(
    ("factor", "shift", "names"),
    [
        (1.0, 1.6, ("nose_tip", "mouth_right", "mouth_left", "eye_outer_left")),
        (1.0, 1.6, ("nose_tip", "mouth_left")),
        (100.0, 0.0, ("nose_tip", "mouth_right", "mouth_left", "eye_outer_left")),
        (0.0, 1.6, ("nose_tip", "mouth_left")),
    ],
    ids=["elsewhere", "two elsewhere", "centimetres", "all in one place"],
)
def test_marks_beside_the_mesh_are_refused(factor: float, shift: float, names: tuple[str, ...]) -> None:
    places = {name: factor * HEAD.template[PLACES[name]] + (0, shift, 0) for name in names}
    with pytest.raises(NotAFace, match="do not lie as those of a face do"):
        find_face(HEAD.template, TRIANGLES, marks=places)


def test_marks_in_one_place_on_the_mesh_are_refused() -> None:
    nose = HEAD.template[PLACES["nose_tip"]]
    with pytest.raises(NotAFace, match="do not lie as those of a face do"):
        find_face(HEAD.template, TRIANGLES, marks={"nose_tip": nose, "mouth_left": nose})
