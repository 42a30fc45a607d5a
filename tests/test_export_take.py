from dataclasses import replace

import numpy as np
import pytest
from exported_motion import FRAMES, GAP, moving_person

from borelli.errors import BorelliError
from borelli.export.take import even_take, valid_take
from borelli.motion.motion import Motion


@pytest.fixture(scope="module")
def motion() -> Motion:
    return moving_person()


def test_valid_frames_keep_their_own_times_and_numbers(motion: Motion) -> None:
    take = valid_take(motion)
    np.testing.assert_array_equal(take.times, motion.time[motion.valid])
    difference = take.coordinates - motion.coordinates[motion.valid]
    np.testing.assert_allclose(np.sin(difference / 2), 0, atol=1e-12)
    assert np.abs(np.diff(take.coordinates[:, 2])).max() < 0.5, "pelvis_rotation jumps"


def test_even_frames_stay_and_gaps_are_straight_lines_that_are_marked(motion: Motion) -> None:
    take, measured = even_take(motion), valid_take(motion)
    np.testing.assert_array_equal(take.times, motion.time[: FRAMES - 1])
    np.testing.assert_array_equal(np.flatnonzero(~take.valid), np.arange(FRAMES)[GAP])
    np.testing.assert_allclose(take.coordinates[take.valid], measured.coordinates, atol=1e-12)
    before, after = take.coordinates[GAP.start - 1], take.coordinates[GAP.stop]
    np.testing.assert_allclose(take.coordinates[11], (before + after) / 2, atol=1e-9)


def test_uneven_timestamps_are_put_on_a_grid(motion: Motion) -> None:
    times = motion.time.copy()
    times[20:] += 0.9 / 50
    take = even_take(replace(motion, time=times))
    np.testing.assert_allclose(np.diff(take.times), 1 / 50)
    assert len(take.times) == FRAMES
    column = valid_take(replace(motion, time=times)).coordinates[:, -3]
    np.testing.assert_allclose(take.coordinates[:, -3], np.interp(take.times, times[motion.valid], column))


def test_uneven_timestamps_are_valid_where_a_measured_frame_is_near(motion: Motion) -> None:
    times = np.sort(motion.time + np.random.default_rng(0).uniform(-0.4, 0.4, FRAMES) / 50)
    take, measured = even_take(replace(motion, time=times)), times[motion.valid]
    nearest = np.abs(take.times[:, None] - measured).min(axis=1)
    np.testing.assert_array_equal(take.valid, nearest <= 0.52 / take.rate)
    assert 0 < take.valid.sum() < len(take.valid)


def test_a_single_frame_is_a_take(motion: Motion) -> None:
    only = np.zeros(FRAMES, dtype=bool)
    only[5] = True
    take = even_take(replace(motion, valid=only))
    assert take.times.tolist() == [0.1] and take.valid.tolist() == [True]


def test_a_motion_without_valid_frames_is_refused(motion: Motion) -> None:
    with pytest.raises(BorelliError, match=r"person 2 of clip one\.mp4 has no valid frame"):
        even_take(replace(motion, valid=np.zeros(FRAMES, dtype=bool)))
