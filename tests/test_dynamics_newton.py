"""Newton's law as a term: its derivatives, and what it says of motions known by hand."""

from dataclasses import replace

import numpy as np
import pytest
from stepping import MODEL, PERSON, falling, squatting, standing

from borelli.dynamics.actor import Actor
from borelli.dynamics.config import Hold, PhysicsConfig, Stage
from borelli.dynamics.explain import explain
from borelli.dynamics.newton import Newton
from borelli.dynamics.schedule import schedule
from borelli.fitting.camera_state import CAMERA_UNKNOWNS, LEVEL, CameraState
from borelli.fitting.normal import Normal
from borelli.fitting.state import State, View, border_names

ACTOR = Actor.of(MODEL, PERSON, 75.0)
CONFIG = PhysicsConfig()
FREE = np.zeros(len(border_names(MODEL.shape_size)), dtype=bool)


def state_of(q: np.ndarray) -> State:
    return State(q, PERSON, CameraState(LEVEL, np.zeros(len(CAMERA_UNKNOWNS))))


def evaluate(term: Newton, q: np.ndarray, cost_only: bool) -> Normal:
    normal = Normal(len(q), 49, FREE, cost_only)
    term.add_to(normal, View(MODEL, ACTOR.touch.points, state_of(q), normal.free))
    return normal


def newton_of(frames: int, strength: float) -> Newton:
    firmness = np.zeros((frames, len(ACTOR.touch.names)))
    firmness[:, ACTOR.touch.soles] = 1.0
    stage = Stage(0.1, Hold.LEVEL)
    config = PhysicsConfig(strength=strength)
    times = np.arange(frames) / 30.0
    return ACTOR.newton(times, np.arange(firmness.shape[1]), firmness, stage, config)


@pytest.mark.parametrize(("strength", "touching"), [(100.0, True), (0.05, False)])
def test_gradient_agrees_with_finite_differences_of_the_cost(strength: float, touching: bool) -> None:
    rng = np.random.default_rng(0)
    q = standing(4) + rng.normal(0, 0.01, (4, 49))
    term = newton_of(4, strength)
    if not touching:
        term = replace(term, firmness=np.zeros_like(term.firmness))
    gradient = evaluate(term, q, cost_only=False).b
    for _ in range(12):
        direction = rng.normal(size=q.shape)
        step = 1e-6
        up, down = (evaluate(term, q + s * step * direction, True).cost for s in (1, -1))
        assert np.sum(gradient * direction) == pytest.approx((up - down) / (4 * step), rel=1e-3)


def test_a_person_at_rest_is_carried_by_their_feet() -> None:
    q, times = standing(10), np.arange(10) / 60
    found = explained(times, q)
    np.testing.assert_allclose(found.forces.sum(axis=1)[:, 1], 75 * 9.81, rtol=0.01)
    assert found.explained.all()
    assert np.abs(found.residual[:, :3]).max() < 0.01 * 75 * 9.81


def test_squats_push_as_hard_as_the_centre_of_mass_accelerates() -> None:
    times, q = squatting(90)
    found = explained(times, q)
    _, centre = ACTOR.places(q)
    rise = np.gradient(np.gradient(centre[:, 1], times), times)
    expected = 75 * (9.81 + rise)
    np.testing.assert_allclose(found.forces.sum(axis=1)[3:-3, 1], expected[3:-3], rtol=0.02)


def test_free_fall_needs_no_force() -> None:
    times, q = falling(20)
    touching = np.zeros((20, len(ACTOR.touch.names)), dtype=bool)
    points, _ = ACTOR.places(q)
    plan = schedule(touching, points, times, np.zeros(touching.shape))
    found = explain(ACTOR, times, q, plan, CONFIG)
    assert not found.forces.any()
    assert np.abs(found.residual).max() < 1.0


def test_hanging_in_the_air_is_not_explained() -> None:
    times, q = np.arange(10) / 60, standing(10)
    q[:, -2] += 1.0
    points, _ = ACTOR.places(q)
    nothing = np.zeros(points.shape[:2], dtype=bool)
    found = explain(ACTOR, times, q, schedule(nothing, points, times, np.zeros(nothing.shape)), CONFIG)
    assert not found.explained.any()
    np.testing.assert_allclose(found.residual[:, 1], 75 * 9.81, rtol=1e-3)


def explained(times: np.ndarray, q: np.ndarray):
    points, _ = ACTOR.places(q)
    active = np.zeros(points.shape[:2], dtype=bool)
    active[:, ACTOR.touch.soles] = True
    plan = schedule(active, points, times, np.zeros(active.shape))
    return explain(ACTOR, times, q, plan, CONFIG)
