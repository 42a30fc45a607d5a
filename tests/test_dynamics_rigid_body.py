"""Newton-Euler equations: against MuJoCo, against finite differences, against momentum."""

import mujoco
import numpy as np
import pytest

from borelli.body.inertia import inertia
from borelli.body.kinematics import forward
from borelli.body.mjcf import to_mjcf
from borelli.body.model import average_person, body_model
from borelli.dynamics.rigid_body import FORCE, HINGES, MOMENT, Kinematics, inverse_dynamics

MODEL, PERSON = body_model(), average_person(1.8)
INERTIA = inertia(MODEL, PERSON, 80.0)


def random_motion(frames: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    q = rng.uniform(-0.8, 0.8, (frames, 49))
    q[:, -3:] = rng.uniform(-20, 20, (frames, 3))
    return q, rng.normal(0, 2, (frames, 49)), rng.normal(0, 10, (frames, 49))


def loads(q: np.ndarray, v: np.ndarray, a: np.ndarray, derivatives: str = "none"):
    pose = forward(MODEL, PERSON, q)
    return inverse_dynamics(MODEL.skeleton, INERTIA, pose, v, a, derivatives)


def test_joint_torques_and_root_force_agree_with_mujoco() -> None:
    simulator = mujoco.MjModel.from_xml_string(to_mjcf(MODEL, PERSON, 80.0))
    data = mujoco.MjData(simulator)
    names = MODEL.skeleton.coordinate_names
    at = np.array([simulator.joint(name).dofadr[0] for name in names])
    q, v, a = random_motion(5, 0)
    ours = loads(q, v, a).values
    simulator.opt.disableflags |= int(mujoco.mjtDisableBit.mjDSBL_LIMIT)
    for t in range(5):
        data.qpos[at], data.qvel[at], data.qacc[at] = q[t], v[t], a[t]
        mujoco.mj_inverse(simulator, data)
        theirs = data.qfrc_inverse[at]
        np.testing.assert_allclose(ours[t, HINGES], theirs[HINGES], atol=1e-8)
        np.testing.assert_allclose(ours[t, FORCE], theirs[FORCE], atol=1e-8)
        axes = forward(MODEL, PERSON, q[t : t + 1]).hinge_axes[0, :3]
        np.testing.assert_allclose(axes @ ours[t, MOMENT], theirs[MOMENT], atol=1e-8)


@pytest.mark.parametrize("what", ["q", "v", "a"])
def test_derivatives_agree_with_finite_differences(what: str) -> None:
    q, v, a = random_motion(2, 1)
    found = loads(q, v, a, "all")
    analytic = getattr(found, f"by_{what}")
    origin = q[:, -3:].copy()
    step = 1e-6
    for c in range(49):
        ends = []
        for sign in (1, -1):
            state = {"q": q.copy(), "v": v.copy(), "a": a.copy()}
            state[what][:, c] += sign * step
            values = loads(**state).values
            # the moment about a point that does not move with the body
            shift = state["q"][:, -3:] - origin
            values[:, MOMENT] += np.cross(shift, values[:, FORCE])
            ends.append(values)
        numeric = (ends[0] - ends[1]) / (2 * step)
        np.testing.assert_allclose(analytic[:, :, c], numeric, atol=2e-4, rtol=1e-5)


def test_wrench_rows_alone_equal_those_of_all_rows() -> None:
    motion = random_motion(3, 2)
    few, every = loads(*motion, "wrench"), loads(*motion, "all")
    rows = [0, 1, 2, 46, 47, 48]
    for name in ("by_q", "by_v", "by_a"):
        np.testing.assert_allclose(getattr(few, name), getattr(every, name)[:, rows])


def test_a_body_at_rest_weighs_its_weight() -> None:
    found = loads(np.zeros((1, 49)), np.zeros((1, 49)), np.zeros((1, 49))).values
    np.testing.assert_allclose(found[0, FORCE], [0, 80 * 9.81, 0], atol=1e-9)


def test_uneven_times_differentiate_a_parabola_exactly_in_acceleration() -> None:
    times = np.array([0.0, 0.1, 0.25, 0.3, 0.5])
    q = (3 + 2 * times - 4.9 * times**2)[:, None]
    np.testing.assert_allclose(Kinematics.of(times).acceleration(q), -9.8, atol=1e-9)
    even = np.arange(5) * 0.1
    q = (3 + 2 * even - 4.9 * even**2)[:, None]
    np.testing.assert_allclose(Kinematics.of(even).velocity(q)[:, 0], 2 - 9.8 * even[1:-1])
