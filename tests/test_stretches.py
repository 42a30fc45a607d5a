"""Stretches of a long clip cover it, whatever its length."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from borelli.stretches import stretches


@pytest.mark.parametrize(
    ("frames", "lengths"),
    [(0, [0]), (1, [1]), (9000, [9000]), (13500, [13500]), (13501, [9000, 4501]), (22500, [9000, 13500])],
)
def test_a_short_end_belongs_to_the_stretch_before_it(frames: int, lengths: list[int]) -> None:
    assert [run.stop - run.start for run in stretches(frames, 9000)] == lengths


@given(frames=st.integers(1, 5000), size=st.integers(2, 700))
def test_every_frame_is_in_one_stretch_of_about_the_size_asked_for(frames: int, size: int) -> None:
    runs = stretches(frames, size)
    counted = np.concatenate([np.arange(frames)[run] for run in runs])
    np.testing.assert_array_equal(counted, np.arange(frames))
    lengths = [run.stop - run.start for run in runs]
    assert set(lengths[:-1]) <= {size}
    assert lengths[-1] <= 1.5 * size and (len(runs) == 1 or lengths[-1] >= size / 2)
