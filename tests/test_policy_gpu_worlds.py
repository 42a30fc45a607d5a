"""The simulator for GPUs moves people as MuJoCo does: the same code, on its processor device."""

from dataclasses import fields, replace

import numpy as np
import pytest
from performing_person import MODEL, standing_clip

from borelli.dynamics.policy.environment import EnvConfig, PolicyEnv
from borelli.dynamics.policy.library import Library, library
from borelli.dynamics.policy.worlds import Physics, Worlds, flat_states

DECISIONS = 30
ROOM = 4


@pytest.fixture(scope="module")
def clips() -> Library:
    """Two people of different build."""
    one = standing_clip()
    other = replace(one.person, shape=one.person.shape + 0.5)
    return library(MODEL, [one, replace(one, person=other, mass=88.0)])


@pytest.fixture(scope="module")
def warp(clips: Library) -> Physics:
    pytest.importorskip("mujoco_warp", reason="mujoco_warp is not installed: pip install 'borelli[gpu]'")
    from borelli.dynamics.policy.gpu_worlds import GpuWorlds

    return GpuWorlds(clips.bodies, ROOM, "cpu")


def strides(clips: Library) -> np.ndarray:
    """(2, 100): both people in mid-step, one leg ahead, at walking speed."""
    qpos, qvel = clips.nominal.qpos[:, 0].copy(), clips.nominal.qvel[:, 0].copy()
    body = clips.bodies[0]
    places = {body.compiled.actuator(i).name: place for i, place in enumerate(body.layout.positions)}
    for name, turn in {"hip_flexion_r": 0.4, "knee_angle_r": 0.3, "hip_flexion_l": -0.2}.items():
        qpos[:, places[name]] += turn
    qvel[:, 0] += 1.2
    return flat_states(qpos, qvel)


def apart(clips: Library, warp: Physics, states: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """(DECISIONS, N) metres between the joints of people who were told the same in both simulators."""
    found = []
    theirs = states.copy()
    with Worlds(clips.bodies[0], 1) as threads:
        for frame in range(DECISIONS):
            states, broken = threads.advance(clips.bodies, states, targets[:, frame])
            theirs, gone = warp.advance(clips.bodies, theirs, targets[:, frame])
            assert not broken.any() and not gone.any()
            ours, felt = (w.sense(clips.bodies, s).joints for w, s in ((threads, states), (warp, theirs)))
            found.append(np.linalg.norm(ours - felt, axis=-1).max(axis=1))
    return np.stack(found)


def test_people_who_stand_stand_alike(clips: Library, warp: Physics) -> None:
    states = flat_states(clips.nominal.qpos[:, 0], clips.nominal.qvel[:, 0])
    assert apart(clips, warp, states, clips.targets).max() < 1e-4


def test_people_who_stride_land_alike(clips: Library, warp: Physics) -> None:
    distance = apart(clips, warp, strides(clips), clips.targets)
    assert distance[:10].max() < 1e-4 and distance.max() < 1e-3


def test_the_same_states_feel_the_same(clips: Library, warp: Physics) -> None:
    states = strides(clips)
    with Worlds(clips.bodies[0], 1) as threads:
        ours, theirs = threads.sense(clips.bodies, states), warp.sense(clips.bodies, states)
    for field in fields(ours):
        np.testing.assert_allclose(getattr(theirs, field.name), getattr(ours, field.name), atol=1e-5)


def test_another_person_may_enter_a_world(clips: Library, warp: Physics) -> None:
    states, swapped = strides(clips), clips.bodies[::-1]
    with Worlds(clips.bodies[0], 1) as threads:
        for bodies in (clips.bodies, swapped, swapped[:1], clips.bodies):
            some = states[: len(bodies)]
            ours, _ = threads.advance(bodies, some, clips.targets[: len(bodies), 0])
            theirs, _ = warp.advance(bodies, some, clips.targets[: len(bodies), 0])
            np.testing.assert_allclose(theirs[:, 1:51], ours[:, 1:51], atol=2e-5)


def test_a_world_of_no_numbers_ends_alone(clips: Library, warp: Physics) -> None:
    bodies = [clips.bodies[0]] * 3
    states = np.repeat(strides(clips)[:1], 3, axis=0)
    calm, _ = warp.advance(bodies, states, np.repeat(clips.targets[:1, 0], 3, axis=0))
    troubled = states.copy()
    troubled[1, 60] = np.nan
    troubled[2, 55:] = 1e9
    found, broken = warp.advance(bodies, troubled, np.repeat(clips.targets[:1, 0], 3, axis=0))
    assert list(broken) == [False, True, True]
    np.testing.assert_array_equal(found[0], calm[0])
    np.testing.assert_array_equal(found[1:], troubled[1:])
    again, broken = warp.advance(bodies, states, np.repeat(clips.targets[:1, 0], 3, axis=0))
    assert not broken.any()
    np.testing.assert_array_equal(again, calm)


def test_the_environment_runs_on_it(clips: Library, warp: Physics) -> None:
    rows = []
    for gpu in (None, "cpu"):
        env = PolicyEnv(clips, EnvConfig(worlds=3, threads=1, gpu=gpu))
        env.reset(options={"clip": np.array([0, 1, 1]), "frame": np.array([0, 3, 28])})
        env.step(np.zeros((3, 43)))
        observation, reward, fell, _, _ = env.step(np.zeros((3, 43)))
        assert not fell.any()
        rows.append((observation[:2], reward))
        env.close()
    np.testing.assert_allclose(rows[1][0], rows[0][0], atol=1e-3)
    np.testing.assert_allclose(rows[1][1], rows[0][1], atol=1e-3)
