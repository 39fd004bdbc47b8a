# SPDX-License-Identifier: GPL-3.0-or-later
import numpy as np
import pytest
from soliloquy.core.growing import GrowingRows


def test_rows_are_those_that_came():
    random = np.random.default_rng(0)
    parts = [random.random((int(count), 3)).astype(np.float16) for count in random.integers(0, 40, 200)]
    growing = GrowingRows()
    for part in parts:
        growing.append(part)
    rows = growing.rows()
    assert rows.dtype == np.float16
    np.testing.assert_array_equal(rows, np.concatenate(parts))


def test_one_dimension_and_nothing():
    growing = GrowingRows()
    with pytest.raises(ValueError, match="No rows"):
        growing.rows()
    growing.append(np.zeros(0, np.float32))
    growing.append(np.ones(2, np.float32))
    assert growing.rows().tolist() == [1, 1]
