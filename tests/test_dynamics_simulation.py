"""Proof by simulation: tracking, falls, determinism, and what is refused."""

from dataclasses import replace
from functools import cache

import mujoco
import numpy as np
import pytest

from borelli.body.inertia import inertia
from borelli.body.kinematics import forward, place
from borelli.body.model import average_person, body_model
from borelli.dynamics.clearance import grounded
from borelli.dynamics.contact_points import contact_points
from borelli.dynamics.ground import ground_under
from borelli.dynamics.performance import Performance
from borelli.dynamics.sampling import SamplingConfig, flies, perform
from borelli.dynamics.sampling_cost import CostWeights, window_residuals
from borelli.dynamics.sampling_guess import Tried, better_offsets
from borelli.dynamics.simulated_person import SimulatorConfig
from borelli.dynamics.simulation import judge
from borelli.dynamics.simulator import Simulator
from borelli.dynamics.tracking_plan import TOPPLING, Plan, tracking_plan
from borelli.errors import BorelliError

MODEL = body_model()
TABLE = MODEL.skeleton
PERSON = average_person(1.75)
MASS = 70.0
POINTS = contact_points(MODEL)
SMALL = SamplingConfig(samples=40, kept=10)


@cache
def bow(seconds: float = 0.8, floor: float = 0.0) -> Performance:
    """A person who stands on both feet and bends the upper trunk a little; joint torques of statics."""
    times = np.arange(round(seconds * 60) + 1) / 60
    coordinates = np.zeros((len(times), 49))
    coordinates[:, TABLE.coordinate("ankle_angle_r")] = 0.03
    coordinates[:, TABLE.coordinate("ankle_angle_l")] = 0.03
    coordinates[:, TABLE.coordinate("pelvis_tilt")] = -0.03
    coordinates[:, TABLE.coordinate("head_extension")] = -0.2 * np.sin(2 * times)
    soles = place(forward(MODEL, PERSON, coordinates), POINTS.points, MODEL, PERSON)
    coordinates[:, -2] = floor - soles[:, POINTS.soles, 1].min()
    points = place(forward(MODEL, PERSON, coordinates), POINTS.points, MODEL, PERSON)
    contacts = np.zeros(points.shape[:2], bool)
    contacts[:, POINTS.soles] = True
    forces = np.zeros(points.shape)
    forces[:, POINTS.soles, 1] = MASS * 9.81 / len(POINTS.soles)
    return Performance(
        times=times,
        person=PERSON,
        mass=MASS,
        coordinates=coordinates,
        point_names=POINTS.names,
        points=points,
        contacts=contacts,
        support=np.full(points.shape[:2], floor),
        forces=forces,
        torques=np.zeros_like(coordinates),
        residual=np.zeros((len(times), 6)),
        explained=np.ones(len(times), bool),
    )


def crouch(height: float) -> Performance:
    """Knees bent, soles level and that high above the floor."""
    stand = bow()
    bent = stand.coordinates.copy()
    for side in "rl":
        for name, angle in (("knee_angle", 0.4), ("hip_flexion", 0.2), ("ankle_angle", 0.2)):
            bent[:, TABLE.coordinate(f"{name}_{side}")] += angle
    points = place(forward(MODEL, PERSON, bent), POINTS.points, MODEL, PERSON)
    drop = points[:, POINTS.soles, 1].mean() - height
    bent[:, -2] -= drop
    return replace(stand, coordinates=bent, points=points - np.array([0, drop, 0]))


def test_a_person_who_stands_is_simulated_to_the_end_within_centimetres() -> None:
    found = perform(MODEL, bow(), SMALL)
    assert not found.fell and found.simulated.all()
    assert found.coordinates.shape == bow().coordinates.shape
    np.testing.assert_allclose(found.coordinates[0], bow().coordinates[0], atol=2e-3)
    assert np.nanmean(found.local_error) < 0.03
    assert (found.global_error[1:] > 0).all()


def test_the_floor_is_where_the_motion_says() -> None:
    high = perform(MODEL, bow(floor=0.4), SMALL)
    low = perform(MODEL, bow(), SMALL)
    assert not high.fell
    np.testing.assert_allclose(high.coordinates[-1, -2] - low.coordinates[-1, -2], 0.4, atol=0.01)


def test_one_seed_gives_the_same_bits_whatever_the_number_of_threads() -> None:
    one = perform(MODEL, bow(), replace(SMALL, threads=1))
    two = perform(MODEL, bow(), replace(SMALL, threads=2))
    three = perform(MODEL, bow(), replace(SMALL, threads=3))
    np.testing.assert_array_equal(one.coordinates, two.coordinates)
    np.testing.assert_array_equal(one.offsets, two.offsets)
    np.testing.assert_array_equal(one.coordinates, three.coordinates)


def test_another_seed_gives_another_motion() -> None:
    one, other = perform(MODEL, bow(), SMALL), perform(MODEL, bow(), replace(SMALL, seed=1))
    assert not np.array_equal(one.coordinates, other.coordinates)


def test_more_samples_track_better_than_none() -> None:
    alone = perform(MODEL, bow(), replace(SMALL, samples=1, kept=1))
    many = perform(MODEL, bow(), replace(SMALL, samples=120, kept=30))
    assert np.nanmean(many.global_error) < np.nanmean(alone.global_error)


def test_a_motion_that_cannot_be_performed_is_labelled_from_the_fall_on() -> None:
    """The reference leans back as a plank until nobody could stand, its feet in place."""
    stand = bow(2.0)
    lean = stand.coordinates.copy()
    pivot = stand.points[0, POINTS.soles].mean(axis=0)
    angle = np.radians(40) * np.clip(stand.times - 0.2, 0, 1)
    lean[:, TABLE.coordinate("pelvis_tilt")] += angle
    arm = stand.coordinates[:, -3:] - pivot
    lean[:, -3] = pivot[0] + arm[:, 0] * np.cos(angle) - arm[:, 1] * np.sin(angle)
    lean[:, -2] = pivot[1] + arm[:, 0] * np.sin(angle) + arm[:, 1] * np.cos(angle)
    points = place(forward(MODEL, PERSON, lean), POINTS.points, MODEL, PERSON)
    impossible = replace(stand, coordinates=lean, points=points)
    found = perform(MODEL, impossible, SMALL)
    assert found.fell
    first = int(np.argmin(found.simulated))
    assert found.fall_time == pytest.approx(stand.times[first])
    assert found.simulated[:first].all() and not found.simulated[first:].any()
    np.testing.assert_array_equal(found.coordinates[first:], lean[first:])
    assert np.isnan(found.local_error[first:]).all() and np.isfinite(found.local_error[:first]).all()


def test_a_clip_shorter_than_a_window_is_refused() -> None:
    with pytest.raises(BorelliError, match="too short"):
        perform(MODEL, bow(0.05), SMALL)


def test_nothing_pulls_at_the_root_in_flight() -> None:
    """Far above the floor the centre of mass of every sample falls freely."""
    stand = bow()
    high = stand.coordinates.copy()
    high[:, -2] += 3.0
    flying = replace(
        stand, coordinates=high, points=stand.points + np.array([0, 3, 0]), contacts=stand.contacts & False
    )
    found = perform(MODEL, flying, replace(SMALL, kept=1, samples=1))
    count = int(found.simulated.sum())
    pose = forward(MODEL, PERSON, found.coordinates[:count])
    body = inertia(MODEL, PERSON, MASS)
    places = pose.joints + np.einsum("tjik,jk->tji", pose.rotations, body.centres)
    centre = np.einsum("j,tji->ti", body.masses / body.mass, places)
    fallen = 0.5 * 9.81 * stand.times[:count] ** 2
    np.testing.assert_allclose(centre[0, 1] - centre[:, 1], fallen, atol=0.01 + 0.05 * fallen[-1])
    np.testing.assert_allclose(centre[:, [0, 2]] - centre[0, [0, 2]], 0.0, atol=2e-3)
    assert flies(flying) and not flies(stand)


def test_the_winner_repeats_what_the_search_found() -> None:
    plan = tracking_plan(MODEL, bow(), 0.1, SimulatorConfig())
    offsets = np.random.default_rng(3).normal(0, 0.05, (plan.windows, plan.compiled.nu))
    with Simulator(plan.compiled, 2) as simulator:
        state, whole = plan.start_state(), []
        for w in range(plan.windows):
            path, _ = simulator.roll(state[None], plan.controls_of(w)[None] + offsets[w])
            whole.append(path[0])
            state = path[0, -1]
        starts = np.array([plan.start_state(), *[path[-1] for path in whole[:-1]]])
        again, _ = simulator.roll(starts, plan.controlled(offsets))
    np.testing.assert_array_equal(again, np.array(whole))


def test_windows_end_exactly_with_the_performance() -> None:
    plan = tracking_plan(MODEL, bow(0.75), 0.1, SimulatorConfig())
    assert plan.times[-1] == bow(0.75).times[-1]
    assert plan.windows * plan.steps == len(plan.controls) == len(plan.times) - 1
    assert plan.compiled.opt.timestep <= 0.005


def cost_of(
    weights: CostWeights, plan: Plan, state: tuple[np.ndarray, np.ndarray], sensors: np.ndarray
) -> float:
    """Of one sample at the end of the first window."""
    return float(np.square(window_residuals(weights, plan.targets, plan.steps, state, sensors)).sum())


def test_the_reference_costs_nothing_and_any_error_costs() -> None:
    plan = tracking_plan(MODEL, bow(), 0.1, SimulatorConfig())
    at = plan.steps
    qpos, qvel = plan.targets.positions[at][None], plan.targets.velocities[at][None]
    sensors = plan.targets.sensors[at - 1].reshape(1, -1)
    weights = CostWeights()
    assert cost_of(weights, plan, (qpos, qvel), sensors) == pytest.approx(0, abs=1e-12)
    for change in ("pose", "tilt", "spin", "sensors"):
        q, v, s = qpos.copy(), qvel.copy(), sensors.copy()
        if change == "pose":
            q[0, 20] += 0.1
        elif change == "tilt":
            mujoco.mju_quatIntegrate(q[0, 3:7], np.array([0.1, 0.0, 0.0]), 1.0)
        elif change == "spin":
            v[0, 4] += 0.5
        else:
            s[0, -6] += 0.05
        assert cost_of(weights, plan, (q, v), s) > 1e-3, change


def test_a_turn_of_the_pelvis_costs_its_square() -> None:
    plan = tracking_plan(MODEL, bow(), 0.1, SimulatorConfig())
    at = plan.steps
    q = plan.targets.positions[at][None].copy()
    turned = np.ascontiguousarray(q[0, 3:7])
    mujoco.mju_quatIntegrate(turned, np.array([0.0, 0.02, 0.0]), 1.0)
    q[0, 3:7] = -turned
    nothing = {name: 0.0 for name in CostWeights.__dataclass_fields__}
    weights = CostWeights(**{**nothing, "tilt": 6.0})
    sensors = plan.targets.sensors[at - 1].reshape(1, -1)
    cost = cost_of(weights, plan, (q, plan.targets.velocities[at][None]), sensors)
    assert cost == pytest.approx(6.0 * 0.02**2, rel=1e-3)


def test_the_horizon_is_the_rest_of_a_flight() -> None:
    stand = bow(1.6)
    contacts = stand.contacts.copy()
    contacts[30:70] = False
    plan = tracking_plan(MODEL, replace(stand, contacts=contacts), 0.1, SimulatorConfig())
    landing, middle = stand.times[70], np.searchsorted(plan.times, stand.times[32])
    assert plan.targets.horizon[middle] == pytest.approx(landing - plan.times[middle])
    assert plan.targets.horizon[0] == plan.targets.horizon[-1] == TOPPLING


def test_a_foot_that_skims_is_lifted_and_one_that_stands_is_not() -> None:
    stand = crouch(0.0)
    right = np.array([foot == "r" for foot in POINTS.foot])
    contacts = stand.contacts & ~right
    skim = replace(stand, contacts=contacts, forces=stand.forces * contacts[..., None])
    moved = grounded(MODEL, skim, 0.012, 0.05)
    points = place(forward(MODEL, PERSON, moved), POINTS.points, MODEL, PERSON)
    soles = POINTS.soles
    own, other = soles[right[soles]], soles[~right[soles]]
    assert points[:, own, 1].min() > 0.008
    np.testing.assert_allclose(points[:, other], stand.points[:, other], atol=5e-3)
    np.testing.assert_array_equal(moved[:, -3:], stand.coordinates[:, -3:])


def test_a_foot_that_pushes_from_above_is_brought_down() -> None:
    hover = crouch(0.02)
    moved = place(forward(MODEL, PERSON, grounded(MODEL, hover, 0.012, 0.05)), POINTS.points, MODEL, PERSON)
    before, after = hover.points[:, POINTS.soles, 1], moved[:, POINTS.soles, 1]
    assert np.abs(after).mean() < 0.4 * np.abs(before).mean()


def test_the_ground_is_the_plane_of_most_stances_and_a_pad_for_the_rest() -> None:
    stand = bow()
    support = 0.05 + 0.02 * stand.points[..., 0]
    support[:, 0] = 0.4
    ground = ground_under(replace(stand, support=support))
    assert ground.floor.slope_x == pytest.approx(0.02, abs=0.003)
    assert ground.floor.level == pytest.approx(0.05, abs=0.001)
    assert len(ground.pads) == 1
    assert ground.pads[0].centre[1] == pytest.approx(0.4)
    np.testing.assert_allclose(ground.pads[0].centre[[0, 2]], stand.points[:, 0].mean(axis=0)[[0, 2]])


def test_the_linear_model_finds_the_optimum_of_a_linear_world() -> None:
    rng = np.random.default_rng(8)
    effect, start = rng.normal(size=(4, 9)), rng.normal(size=(3, 9)) * 0.1
    parents = np.repeat(np.arange(3), 6)
    offsets = rng.normal(0, 0.1, (18, 4))
    residuals = start[parents] + offsets @ effect
    found, cost = better_offsets(Tried(parents, offsets, residuals), effort=0.5, reach=10.0)
    stacked = np.vstack([effect.T, np.sqrt(0.5) * np.eye(4)])
    for k in range(3):
        wanted = np.linalg.lstsq(stacked, np.r_[-start[k], np.zeros(4)])[0]
        np.testing.assert_allclose(found[k], wanted, atol=2e-3)
        lowest = np.square(start[k] + wanted @ effect).sum() + 0.5 * np.square(wanted).sum()
        assert cost[k] == pytest.approx(lowest, rel=0.01)


def test_a_refinement_goes_no_farther_than_its_reach() -> None:
    rng = np.random.default_rng(9)
    parents, offsets = np.repeat(np.arange(2), 8), rng.normal(0, 0.1, (16, 3))
    residuals = 5.0 + offsets @ rng.normal(size=(3, 6))
    found, _ = better_offsets(Tried(parents, offsets, residuals), effort=1e-6, reach=0.2)
    middle = np.stack([offsets[parents == k].mean(axis=0) for k in range(2)])
    np.testing.assert_allclose(np.abs(found - middle).max(axis=1), 0.2)


def test_errors_are_distances_of_joint_centres() -> None:
    """States that are the reference moved 1 cm sideways: 10 mm globally, none seen from the pelvis."""
    stand = bow()
    plan = tracking_plan(MODEL, stand, 0.1, SimulatorConfig())
    states = np.zeros((len(plan.times), len(plan.start_state())))
    qpos, qvel = plan.split(states)
    qpos[:], qvel[:] = plan.targets.positions, plan.targets.velocities
    qpos[:, 2] += 0.01
    found = judge(MODEL, stand, plan, states, np.zeros((plan.windows, 43)), 1.0)
    np.testing.assert_allclose(found.global_error, 0.01, atol=2e-3)
    np.testing.assert_allclose(found.local_error, 0.0, atol=2e-3)
    assert not found.fell and found.simulated.all()
