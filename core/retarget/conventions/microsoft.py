# SPDX-License-Identifier: GPL-3.0-or-later
"""The 22 visemes of Microsoft's speech interface.

Sources: Microsoft, Speech API 5, SPVISEMES, and Azure, "Map phonemes to visemes" (numbers 0 to 21);
MPFB 2, src/mpfb/services/faceservice.py, MICROSOFT_VISEMES (the names of its pack visemes01).
"""

from typing import Final

from . import postures
from .convention import Convention, Shape

_VISEMES: Final = (
    ("sil_00", postures.REST),
    ("aa_ah_ax_01", postures.MIDDLE),
    ("aa_02", postures.OPEN),
    ("ao_03", postures.OPEN_ROUNDED),
    ("ey_eh_uh_04", postures.MIDDLE_FRONT),
    ("er_05", postures.MIDDLE_ROUNDED),
    ("y_iy_ih_ix_06", postures.CLOSE_FRONT),
    ("w_uw_07", postures.CLOSE_ROUNDED),
    ("ow_08", postures.ROUNDED),
    ("aw_09", postures.WIDE_OPEN),
    ("oy_10", postures.ROUNDED),
    ("ay_11", postures.OPEN_FRONT),
    ("h_12", postures.GLOTTAL),
    ("r_13", postures.RHOTIC),
    ("l_14", postures.LATERAL),
    ("s_z_15", postures.SIBILANT),
    ("sh_ch_jh_zh_16", postures.POSTALVEOLAR),
    ("th_dh_17", postures.DENTAL),
    ("f_v_18", postures.BITTEN),
    ("d_t_n_19", postures.ALVEOLAR),
    ("k_g_ng_20", postures.VELAR),
    ("p_b_m_21", postures.PRESSED),
)

MICROSOFT: Final = Convention(
    name="Microsoft visemes",
    label="Microsoft",
    shapes=tuple(
        Shape(name, weights, tuple(dict.fromkeys((f"viseme_{number}", f"viseme_{number:02}"))), bool(weights))
        for number, (name, weights) in enumerate(_VISEMES)
    ),
    weak=frozenset(f"viseme_{number:{width}}" for number in range(22) for width in ("", "02")),
    enough=17,  # fifteen numbers may be Oculus's visemes
)
