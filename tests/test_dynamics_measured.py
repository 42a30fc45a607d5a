"""Forces of measured motion: accelerations are kept, belts are seen through, forces carry the body."""

from dataclasses import replace

import numpy as np
import pytest

from borelli.body.model import average_person, body_model
from borelli.dynamics.actor import Actor
from borelli.dynamics.measured import Measured, Predicted, SameAcceleration, predicted_forces
from borelli.errors import BorelliError
from borelli.fitting.camera_state import CAMERA_UNKNOWNS, LEVEL, CameraState
from borelli.fitting.normal import Normal
from borelli.fitting.state import State, View

MODEL, PERSON, MASS = body_model(), average_person(1.75), 70.0
TIMES = np.arange(90) / 60
WEIGHT = MASS * 9.81


def bobbing(amplitude: float = 0.02, hertz: float = 1.5) -> np.ndarray:
    """Standing with knees that give way and straighten; the soles stay nearly where they are."""
    actor, table = Actor.of(MODEL, PERSON, MASS), MODEL.skeleton
    q = np.tile(table.neutral, (len(TIMES), 1))
    bend = 0.35 + 10 * amplitude * np.sin(2 * np.pi * hertz * TIMES)
    for side in "rl":
        q[:, table.coordinate(f"knee_angle_{side}")] = bend
        q[:, table.coordinate(f"hip_flexion_{side}")] = bend / 2
        q[:, table.coordinate(f"ankle_angle_{side}")] = bend / 2
    soles = actor.touch.soles
    middle = actor.places(q)[0][:, soles].mean(axis=1)
    q[:, -3:] -= middle
    return q


@pytest.fixture(scope="module")
def found() -> Predicted:
    return predicted_forces(MODEL, PERSON, TIMES, bobbing(), MASS)


def test_the_vertical_force_is_weight_plus_acceleration_of_the_mass(found: Predicted) -> None:
    centre = Actor.of(MODEL, PERSON, MASS).places(bobbing())[1][:, 1]
    expected = MASS * (9.81 + np.gradient(np.gradient(centre, TIMES), TIMES))
    inner = slice(5, -5)
    vertical = found.after.forces[..., 1].sum(axis=1)
    assert np.ptp(expected[inner]) > 0.1 * WEIGHT
    np.testing.assert_allclose(vertical[inner], expected[inner], atol=0.02 * WEIGHT)
    assert found.after.explained.all() and not found.ground.any()


def test_a_belt_changes_nothing_but_the_place(found: Predicted) -> None:
    """The same motion in a laboratory through which the ground moves backwards."""
    carried = bobbing()
    carried[:, -3] -= 1.2 * TIMES
    moving = predicted_forces(MODEL, PERSON, TIMES, carried, MASS)
    np.testing.assert_allclose(moving.ground, [-1.2, 0, 0], atol=0.03)
    difference = moving.after.forces.sum(axis=1) - found.after.forces.sum(axis=1)
    assert np.abs(difference).max() < 0.05 * WEIGHT
    shown, soles = moving.in_laboratory(), Actor.of(MODEL, PERSON, MASS).touch.soles
    place = Actor.of(MODEL, PERSON, MASS).places(shown.coordinates)[0]
    np.testing.assert_allclose(shown.points, place, atol=1e-7)
    drift = np.ptp(shown.points[:, soles, 0].mean(axis=1))
    assert abs(drift - 1.2 * TIMES[-1]) < 0.1


def test_the_cost_of_other_accelerations_has_the_right_gradient() -> None:
    rng = np.random.default_rng(0)
    mean, q = rng.normal(size=(2, 6, 49))
    term = SameAcceleration(TIMES[:6], mean, np.full((6, 49), 5.0))

    def normal(coordinates: np.ndarray, cost_only: bool) -> Normal:
        state = State(coordinates, PERSON, CameraState(LEVEL, np.zeros(len(CAMERA_UNKNOWNS))))
        result = Normal(6, 49, np.zeros(0, dtype=bool), cost_only)
        term.add_to(result, View(MODEL, Actor.of(MODEL, PERSON, MASS).touch.points, state))
        return result

    assert normal(mean, True).cost == 0
    step, half_gradient = 1e-4 * rng.normal(size=q.shape), normal(q, False).b
    difference = normal(q + step, True).cost - normal(q - step, True).cost
    np.testing.assert_allclose(difference, 4 * np.sum(half_gradient * step), rtol=1e-6)


def test_a_source_can_be_cut_with_everything_it_holds(found: Predicted) -> None:
    source = Measured(MODEL, TIMES, bobbing(), np.ones(49), TIMES > 1)
    part = source.cut(slice(50, 70))
    assert len(part.times) == len(part.mean) == len(part.smeared) == 20
    assert part.smeared.sum() == 9 and replace(part, times=TIMES).model is MODEL


def test_what_has_no_forces_is_refused() -> None:
    q = bobbing()
    with pytest.raises(BorelliError, match="too few"):
        predicted_forces(MODEL, PERSON, TIMES[:4], q[:4])
    q[3, 5] = np.nan
    with pytest.raises(BorelliError, match="not numbers"):
        predicted_forces(MODEL, PERSON, TIMES, q)
    falling = bobbing(0)
    falling[:, -2] += 15 - 3 * TIMES - 9.81 / 2 * TIMES**2
    with pytest.raises(BorelliError, match="nothing in this clip touches"):
        predicted_forces(MODEL, PERSON, TIMES, falling)
