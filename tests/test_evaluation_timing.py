import numpy as np

from borelli.evaluation.timing import resample


def test_own_timestamps_give_the_values_back_holes_included():
    times = np.array([0.0, 0.1, 0.2, 0.3])
    values = np.array([[1.0], [np.nan], [3.0], [4.0]])
    np.testing.assert_array_equal(resample(values, times, times), values)


def test_between_frames_it_is_linear_and_never_bridges_a_hole():
    times = np.array([0.0, 0.1, 0.2, 0.3, 1.0, 1.1])
    values = np.array([0.0, 1.0, np.nan, 3.0, 10.0, 11.0])
    at = np.array([0.025, 0.15, 0.25, 0.6, 1.05])
    np.testing.assert_allclose(resample(values, times, at), [0.25, np.nan, np.nan, np.nan, 10.5])


def test_beyond_the_ends_only_half_a_frame_is_held():
    times = np.array([0.0, 0.1])
    np.testing.assert_allclose(
        resample(np.array([5.0, 7.0]), times, np.array([-0.06, -0.04, 0.14, 0.16])), [np.nan, 5, 7, np.nan]
    )


def test_empty_and_single_frames():
    assert np.isnan(resample(np.zeros((0, 2)), np.zeros(0), np.array([0.0, 1.0]))).all()
    out = resample(np.array([[2.0]]), np.array([0.5]), np.array([0.5, 0.6]))
    np.testing.assert_array_equal(out, [[2.0], [np.nan]])
