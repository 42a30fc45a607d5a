"""Which frames teach and which judge."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from borelli.avatar.key_frames import FEWEST, split_frames
from borelli.errors import BorelliError


@given(st.integers(FEWEST, 400), st.integers(4, 32), st.integers(1, 8))
def test_held_out_frames_lie_between_key_frames(count: int, key: int, held_out: int) -> None:
    split = split_frames(np.ones(count, dtype=bool), key, held_out)
    assert len(split.held_out) >= 1 and not np.intersect1d(split.key, split.held_out).size
    assert split.key[0] < split.held_out.min() and split.held_out.max() < split.key[-1]
    assert split.key[0] == 0 and split.key[-1] == count - 1
    assert len(split.key) + len(split.held_out) == min(count, key + held_out)


def test_unusable_frames_are_not_chosen() -> None:
    usable = np.arange(100) % 3 == 0
    split = split_frames(usable, 24, 8)
    assert usable[split.key].all() and usable[split.held_out].all()


def test_a_clip_of_five_frames_is_refused_with_the_way_out() -> None:
    with pytest.raises(BorelliError, match=r"8 frames.*5 of 5.*longer clip"):
        split_frames(np.ones(5, dtype=bool), 24, 8)
