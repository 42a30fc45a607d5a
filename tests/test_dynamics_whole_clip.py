"""Whole clips made to obey physics."""

import numpy as np
import pytest
from stepping import MODEL, PERSON, falling, squatting, standing

from borelli.body.kinematics import forward
from borelli.dynamics.config import PhysicsConfig
from borelli.dynamics.recorded import physical_motion
from borelli.errors import BorelliError

WEIGHT = 75 * 9.81


def shaken(q: np.ndarray, metres: float, seed: int = 0) -> np.ndarray:
    """Slow errors, as of a motion from video."""
    rng = np.random.default_rng(seed)
    times = np.arange(len(q)) / 60
    waves = sum(np.sin(2 * np.pi * (f * times[:, None] + rng.uniform(size=49))) for f in (0.7, 1.3, 2.1))
    return q + metres * waves


def residual_percent(found) -> float:
    return 100 * float(np.sqrt((found.residual[2:-2, :3] ** 2).sum(axis=1).mean())) / WEIGHT


def test_a_shaken_squat_becomes_explained_and_stays_near() -> None:
    times, clean = squatting(120)
    found = physical_motion(MODEL, PERSON, times, shaken(clean, 0.01), 75.0, accuracy=0.02)
    assert residual_percent(found) < 1.0
    assert found.explained.all()
    assert found.forces[:, :, 1].min() >= 0
    moved = np.linalg.norm(
        forward(MODEL, PERSON, found.coordinates).joints - forward(MODEL, PERSON, clean).joints, axis=-1
    )
    assert moved.mean() < 0.05


def test_the_same_input_gives_the_same_result_to_the_bit() -> None:
    times, clean = squatting(40)
    first, second = (physical_motion(MODEL, PERSON, times, shaken(clean, 0.01), 75.0) for _ in range(2))
    np.testing.assert_array_equal(first.coordinates, second.coordinates)
    np.testing.assert_array_equal(first.forces, second.forces)


def test_windows_of_a_long_clip_meet_without_a_seam() -> None:
    times, clean = squatting(200)
    q = shaken(clean, 0.005)
    whole = physical_motion(MODEL, PERSON, times, q, 75.0)
    pieces = physical_motion(MODEL, PERSON, times, q, 75.0, config=PhysicsConfig(window=110, overlap=45))
    first, second = (forward(MODEL, PERSON, p.coordinates).joints for p in (whole, pieces))
    assert np.linalg.norm(first - second, axis=-1).max() < 0.005
    assert residual_percent(pieces) < 2.0


@pytest.mark.parametrize(
    ("times", "coordinates", "words"),
    [
        (np.arange(3) / 60, standing(3), "3 frames are too few"),
        (np.arange(20) / 60, np.where(np.arange(20)[:, None] == 4, np.nan, standing(20)), "not numbers"),
        (*falling(25), "touches"),
    ],
)
def test_what_physics_cannot_be_applied_to_is_refused_in_one_line(
    times: np.ndarray, coordinates: np.ndarray, words: str
) -> None:
    with pytest.raises(BorelliError, match=words):
        physical_motion(MODEL, PERSON, times, coordinates, 75.0)
