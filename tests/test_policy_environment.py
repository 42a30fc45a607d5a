"""The environment: Gymnasium's conventions, determinism, autoreset, and worlds that break alone."""

from dataclasses import replace
from pathlib import Path

import gymnasium
import mujoco
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode
from performing_person import standing_library

from borelli.dynamics.policy.body import motor_inertia
from borelli.dynamics.policy.environment import EnvConfig, PolicyEnv
from borelli.dynamics.policy.worlds import Worlds, flat_states
from borelli.dynamics.simulator_state import positions_from_coordinates

CLIPS = standing_library()
IDLE = np.zeros((3, 43), dtype=np.float32)


def env(**changes: object) -> PolicyEnv:
    return PolicyEnv(CLIPS, replace(EnvConfig(worlds=3, threads=1), **changes))  # type: ignore[arg-type]


def test_spaces_and_results_are_those_of_a_vector_environment() -> None:
    world = env()
    assert isinstance(world, gymnasium.vector.VectorEnv) and world.num_envs == 3
    assert world.metadata["autoreset_mode"] == AutoresetMode.SAME_STEP
    observation, info = world.reset(seed=1)
    assert observation in world.observation_space and observation.dtype == np.float32
    assert world.single_observation_space.shape == (world.layout.size,)
    action = world.action_space.sample()
    assert action in world.action_space and action.shape == (3, 43)
    observation, reward, terminated, truncated, info = world.step(action)
    assert observation in world.observation_space
    assert reward.shape == terminated.shape == truncated.shape == (3,)
    assert terminated.dtype == truncated.dtype == bool and np.isfinite(reward).all()
    assert info["qpos"].shape == (3, 50) and info["qvel"].shape == (3, 49)
    world.close()


def test_a_seed_decides_everything_and_threads_nothing() -> None:
    def run(seed: int, threads: int) -> np.ndarray:
        world = env(threads=threads)
        rows = [world.reset(seed=seed)[0]]
        rng = np.random.default_rng(0)
        for _ in range(12):
            rows.append(world.step(0.3 * rng.normal(size=(3, 43)))[0])
        world.close()
        return np.stack(rows)

    np.testing.assert_array_equal(run(5, 1), run(5, 2))
    assert not np.array_equal(run(5, 1), run(6, 1))


def test_a_chosen_start_is_the_reference_itself() -> None:
    world = env()
    _, info = world.reset(options={"clip": np.array([0, 1, 0]), "frame": np.array([0, 4, 9])})
    np.testing.assert_allclose(info["qpos"], CLIPS.reference.qpos[[0, 1, 0], [0, 4, 9]], atol=1e-12)
    assert list(info["clip"]) == [0, 1, 0] and list(info["frame"]) == [0, 4, 9]
    _, _, _, _, info = world.step(IDLE)
    assert list(info["frame"]) == [1, 5, 10]
    world.close()


def test_worlds_at_the_end_of_their_clip_are_truncated_and_start_again_at_once() -> None:
    world = env()
    world.reset(seed=0)
    world.reset(options={"clip": np.zeros(3), "frame": np.array([28, 0, 0])})
    _, _, terminated, truncated, _ = world.step(IDLE)
    assert not terminated.any() and not truncated.any()
    observation, _, terminated, truncated, info = world.step(IDLE)
    assert list(truncated) == [True, False, False] and not terminated.any()
    assert list(info["_final_obs"]) == [True, False, False]
    assert info["final_obs"][0].shape == observation[0].shape and info["final_obs"][1] is None
    assert not np.array_equal(info["final_obs"][0], observation[0])
    assert info["final_info"]["frame"][0] == 30 and info["frame"][0] < 30
    world.close()


def test_who_falls_is_terminated_and_that_second_is_tried_more_often() -> None:
    world = env()
    world.reset(seed=0)
    before = world.failures.copy()
    world.failures[:] = 0.5
    world.reset(options={"clip": np.zeros(3)})
    fold = np.zeros((3, 43))
    names = [CLIPS.bodies[0].compiled.actuator(i).name for i in range(43)]
    for side in "rl":
        fold[0, names.index(f"knee_angle_{side}")] = 3.0
        fold[0, names.index(f"hip_flexion_{side}")] = -3.0
    ended = np.zeros(3, dtype=bool)
    rewards = []
    for _ in range(28):
        _, reward, terminated, _, info = world.step(fold)
        rewards.append(reward)
        ended |= terminated
        if terminated[0]:
            assert info["fell"][0] and not info["broken"].any()
            break
    assert ended[0] and world.failures.max() > 0.5 and (before == 1).all()
    assert rewards[-1][0] < rewards[0][0]
    world.close()


def test_a_world_of_no_numbers_ends_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # MuJoCo writes its own log into the current folder
    monkeypatch.chdir(tmp_path)
    calm, troubled = env(), env()
    for world in (calm, troubled):
        world.reset(options={"clip": np.zeros(3)})
    troubled.states[1, 60] = np.nan
    troubled.states[2, 55:] = 1e9
    good = calm.step(IDLE)
    observation, reward, terminated, _, info = troubled.step(IDLE)
    assert list(info["broken"]) == [False, True, True] and list(terminated) == [False, True, True]
    assert np.isfinite(observation).all() and np.isfinite(reward).all()
    np.testing.assert_array_equal(observation[0], good[0][0])
    for _ in range(3):
        observation, _, _, _, info = troubled.step(IDLE)
        assert np.isfinite(observation).all() and not info["broken"].any()
    calm.close()
    troubled.close()


def test_actions_of_no_numbers_are_none() -> None:
    one, other = env(), env()
    for world in (one, other):
        world.reset(options={"clip": np.zeros(3)})
    np.testing.assert_array_equal(one.step(IDLE)[0], other.step(np.full((3, 43), np.nan))[0])
    one.close()
    other.close()


def test_standing_earns_nearly_everything() -> None:
    world = env()
    world.reset(options={"clip": np.zeros(3)})
    weights = world.config.weights
    most = weights.pose + weights.place + weights.velocity + weights.rays + weights.alive + weights.contact
    reward = world.step(IDLE)[1]
    assert (reward > 0.9 * most).all() and (reward <= most).all()
    world.close()


def test_gains_follow_from_the_inertia_that_mujoco_has_too() -> None:
    body = CLIPS.bodies[0]
    compiled, data = body.compiled, mujoco.MjData(body.compiled)
    neutral = body.layout.skeleton.neutral[None]
    data.qpos[:] = positions_from_coordinates(body.layout, neutral)[0]
    mujoco.mj_forward(compiled, data)
    full = np.zeros((compiled.nv, compiled.nv))
    mujoco.mj_fullM(compiled, data, full)
    # MuJoCo's mass matrix knows the side beyond; the other one is the whole body's inertia less that
    beyond = full[body.layout.velocities, body.layout.velocities]
    found = motor_inertia(compiled, body.layout)
    assert (found > beyond - 1e-9).all()
    np.testing.assert_allclose(body.stiffness, found * (2 * np.pi * 2.0) ** 2)
    names = [compiled.actuator(i).name for i in range(43)]
    wrist, hip = names.index("wrist_flex_r"), names.index("hip_flexion_r")
    assert body.stiffness[hip] > 5 * body.stiffness[wrist]
    np.testing.assert_allclose(body.reach * body.stiffness * 2, np.abs(_isometric(body)), rtol=1e-9)


def _isometric(body: object) -> np.ndarray:
    return np.abs(body.compiled.actuator_forcerange).max(axis=1) / 2.0  # type: ignore[attr-defined]


def test_motors_do_what_the_torque_formula_says() -> None:
    body = CLIPS.bodies[0]
    rng = np.random.default_rng(3)
    data = mujoco.MjData(body.compiled)
    qpos = CLIPS.nominal.qpos[0, 0] + np.r_[np.zeros(7), 0.2 * rng.normal(size=43)]
    data.qpos, data.qvel = qpos, rng.normal(size=49)
    wild = data.qpos[body.layout.positions] + 0.3 * rng.normal(size=43)
    targets = body.within_strength(data.qpos, data.qvel, wild)
    data.ctrl = targets
    mujoco.mj_forward(body.compiled, data)
    np.testing.assert_allclose(body.torques(data.qpos, data.qvel, targets), data.actuator_force, atol=1e-9)
    assert (data.actuator_force >= body.strength[:, 0] - 1e-9).all()
    assert (data.actuator_force <= body.strength[:, 1] + 1e-9).all()
    gentle = np.clip(wild, targets - 1e-12, targets + 1e-12) == wild
    assert gentle.any() and not gentle.all()


def test_a_step_lasts_a_thirtieth_of_a_second_of_free_fall() -> None:
    qpos = CLIPS.nominal.qpos[:, 0].copy()
    qpos[:, 1] += 2.0
    states = flat_states(qpos, np.zeros((2, 49)))
    with Worlds(CLIPS.bodies[0], 1) as worlds:
        later, broken = worlds.advance(CLIPS.bodies, states, CLIPS.targets[:, 0])
        first, last = (worlds.sense(CLIPS.bodies, s) for s in (states, later))
    assert not broken.any()
    np.testing.assert_allclose(last.drift[:, 1], -9.81 / 30, rtol=1e-6)
    # semi-implicit Euler falls g dt^2 n (n + 1) / 2
    np.testing.assert_allclose(first.centre[:, 1] - last.centre[:, 1], 9.81 * (1 / 210) ** 2 * 28, rtol=1e-3)
