import numpy as np
import pytest

from borelli.errors import BorelliError
from borelli.geometry.filters import lowpass

TIMES = np.arange(400) / 100.0


def gain(frequency: float, times: np.ndarray = TIMES, cutoff: float = 6.0) -> float:
    """Amplitude after filtering a unit sine, away from the ends."""
    out = lowpass(np.sin(2 * np.pi * frequency * times), times, cutoff)
    middle = slice(100, 300)
    basis = np.stack([np.sin(2 * np.pi * frequency * times), np.cos(2 * np.pi * frequency * times)], 1)[
        middle
    ]
    sine, cosine = np.linalg.lstsq(basis, out[middle], rcond=None)[0]
    assert abs(cosine) < 0.02, "the filter must not shift in time"
    return float(sine)


def test_slow_motion_passes_fast_noise_does_not_and_the_cutoff_is_at_minus_3_db():
    assert gain(1.0) == pytest.approx(1.0, abs=0.01)
    assert gain(6.0) == pytest.approx(np.sqrt(0.5), abs=0.01)
    assert gain(25.0) < 0.01


def test_uneven_timestamps_are_filtered_in_time_not_in_frames():
    jitter = np.random.default_rng(0).uniform(-0.4, 0.4, 400) / 100.0
    times = np.sort(TIMES + jitter)
    assert gain(2.0, times) == pytest.approx(gain(2.0), abs=0.02)
    assert gain(20.0, times) < 0.05


def test_a_straight_line_is_kept_to_its_ends():
    line = np.stack([TIMES, 3 - 2 * TIMES], 1)[:, None]
    np.testing.assert_allclose(lowpass(line, TIMES, 6.0), line, atol=1e-6)


def test_gaps_stay_and_do_not_leak():
    values = np.stack([np.sin(TIMES), np.cos(TIMES)], 1)
    holed = values.copy()
    holed[150:160, 0] = np.nan
    holed[170:173, 0] = 100.0
    holed[[169, 173], 0] = np.nan
    out = lowpass(holed, TIMES, 6.0)
    np.testing.assert_array_equal(np.isnan(out), np.isnan(holed))
    np.testing.assert_array_equal(out[170:173, 0], 100.0)
    np.testing.assert_allclose(out[:150, 0], values[:150, 0], atol=2e-3)
    np.testing.assert_array_equal(out[:, 1], lowpass(values[:, 1], TIMES, 6.0))


def test_a_pause_in_the_timestamps_ends_a_run():
    times = np.r_[TIMES[:200], TIMES[200:] + 2.0]
    step = np.r_[np.zeros(200), np.ones(200)]
    np.testing.assert_allclose(lowpass(step, times, 6.0), step, atol=1e-9)


def test_a_cutoff_beyond_what_the_frames_carry_changes_nothing():
    noise = np.random.default_rng(1).normal(size=400)
    np.testing.assert_array_equal(lowpass(noise, TIMES, 60.0), noise)


@pytest.mark.parametrize(
    ("times", "cutoff", "words"),
    [(TIMES, 0.0, "positive frequency"), (TIMES[::-1], 6.0, "do not increase after frame 0")],
)
def test_nonsense_is_refused_in_one_line(times, cutoff, words):
    with pytest.raises(BorelliError, match=words):
        lowpass(np.zeros(400), times, cutoff)


def test_tiny_inputs_come_back():
    for count in range(1, 8):
        out = lowpass(np.ones(count), TIMES[:count], 6.0)
        np.testing.assert_allclose(out, 1.0, atol=1e-9)
    assert lowpass(np.zeros((0, 3)), np.zeros(0), 6.0).shape == (0, 3)
