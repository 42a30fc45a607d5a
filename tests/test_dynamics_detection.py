"""Contacts from motion alone: made-up steps and jumps with known times, noise, gaps, recordings."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from contact_motion import clock, jumping, of_foot, points, smooth_noise, standing, swing, walking
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from borelli.body.inertia import inertia
from borelli.body.kinematics import forward, place
from borelli.body.model import body_model
from borelli.dynamics.centre_of_mass import centre_of_mass, runs
from borelli.dynamics.detection import DetectionModel, detect_contacts
from borelli.dynamics.support_demand import support_demand
from borelli.evaluation.mocap import read_clip
from borelli.evaluation.retarget import retarget

MOCAP = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "mocap"


def feet(probability: np.ndarray) -> np.ndarray:
    """(T, 2) bool: any point of the right, of the left sole."""
    return np.stack([(probability[:, of_foot(side)] > 0.5).any(axis=1) for side in "rl"], axis=1)


def f1(truth: np.ndarray, found: np.ndarray) -> float:
    return 2 * (truth & found).sum() / (truth.sum() + found.sum())


@pytest.mark.parametrize("floor", [-0.05, 0.0, 0.04])
def test_who_stands_still_stands_on_both_soles_at_whatever_height(floor: float) -> None:
    times = clock(1.0)
    positions, centre = standing(times)
    positions[..., 1] += floor
    found = detect_contacts(points(), positions, centre, times)
    assert (found.probability[:, points().soles] > 0.9).all()
    assert (np.delete(found.probability, points().soles, axis=1) < 0.1).all()
    assert found.floor == pytest.approx(floor, abs=0.015)
    np.testing.assert_allclose(found.support, found.floor)


def test_steps_are_found_when_they_happen() -> None:
    times = clock(4.0)
    positions, centre, truth = walking(times)
    found = feet(detect_contacts(points(), positions, centre, times).probability)
    assert f1(truth, found) > 0.94
    for foot in range(2):
        real, seen = runs(~truth[:, foot]), runs(~found[:, foot])
        assert len(real) == len(seen)
        # these made-up feet begin and end a swing at zero speed: it is seen up to 70 ms later and earlier
        for a, b in zip(real, seen, strict=True):
            assert 0 <= times[b[0]] - times[a[0]] < 0.07 and 0 <= times[a[1] - 1] - times[b[1] - 1] < 0.07


@pytest.mark.parametrize(("size", "least"), [(0.015, 0.93), (0.035, 0.9)])
def test_steps_are_found_under_noise(size: float, least: float) -> None:
    times = clock(5.0)
    positions, centre, truth = walking(times)
    scores = []
    for seed in range(4):
        noisy, whole = positions.copy(), smooth_noise(times, size / 2, seed)
        for k, side in enumerate("rl"):
            noisy[:, of_foot(side)] += smooth_noise(times, size, 10 * seed + k + 1)[:, None]
        noisy += whole[:, None]
        found = detect_contacts(points(), noisy, centre + whole, times)
        scores.append(f1(truth, feet(found.probability)))
    assert np.mean(scores) > least


def test_the_speed_scale_follows_the_noise() -> None:
    times = clock(5.0)
    positions, centre, _ = walking(times)
    scales = []
    for size in (0.0, 0.03, 0.06):
        noisy = positions + smooth_noise(times, size, 1)[:, None]
        scales.append(detect_contacts(points(), noisy, centre, times).speed)
    assert scales[0] < scales[1] < scales[2]
    assert scales[0] == DetectionModel().still[0]


@pytest.mark.parametrize("seconds", [0.25, 0.5])
def test_a_jump_is_a_flight_of_its_duration(seconds: float) -> None:
    times = clock(3.0)
    positions, centre = jumping(times, 1.2, seconds)
    air = runs(
        np.logical_not(feet(detect_contacts(points(), positions, centre, times).probability).any(axis=1))
    )
    assert len(air) == 1
    assert times[air[0][0]] == pytest.approx(1.2, abs=0.06)
    assert times[air[0][1] - 1] == pytest.approx(1.2 + seconds, abs=0.06)


def test_who_needs_support_is_not_in_flight() -> None:
    """Feet as in the jump, but the centre of mass does not fall: something must hold, the calmest foot."""
    times = clock(3.0)
    positions, centre = jumping(times, 1.2, 0.25)
    centre[:, 1] = 0.95
    found = feet(detect_contacts(points(), positions, centre, times).probability)
    assert found.any(axis=1).mean() > 0.99


def test_a_heel_alone_and_toes_alone_are_told_from_the_sole() -> None:
    times = clock(1.5)
    positions, centre = standing(times)
    foot = of_foot("r")
    names = np.array([points().names[p].split("_")[0] for p in foot])
    heel, toe = foot[names == "heel"], foot[np.isin(names, ["big", "small"])]
    for pivot, angle, part in ((heel, 0.4, heel), (toe, -0.5, toe)):
        tipped = positions.copy()
        about = positions[0, pivot].mean(axis=0)
        turned = Rotation.from_rotvec([0, 0, angle]).apply(positions[0, foot] - about) + about
        tipped[:, foot] = turned - [0, turned[:, 1].min(), 0]
        probability = detect_contacts(points(), tipped, centre, times).probability
        assert (probability[:, part] > 0.5).all()
        off = heel if part is toe else toe
        assert (probability[:, off] < 0.5).all()


def test_a_foot_held_up_does_not_carry() -> None:
    times = clock(3.0)
    positions, centre = standing(times)
    positions[:, of_foot("l")] += swing(times, 0.5, 1.0, 0.0, 0.4)[:, None]
    held = times > 0.75
    positions[np.ix_(held, of_foot("l"))] += (0.4 - swing(times, 0.5, 1.0, 0.0, 0.4)[held])[:, None] * [
        0,
        1,
        0,
    ]
    found = feet(detect_contacts(points(), positions, centre, times).probability)
    assert found[:, 0].all()
    assert not found[times > 1.0, 1].any()


def test_knees_and_hands_carry_who_kneels() -> None:
    """A crawling posture, made up: knees and palms at the floor, feet lifted off it."""
    times = clock(1.5)
    positions, centre = standing(times)
    positions[:, points().soles, 1] += 0.3
    spots = {"knee": 0.0, "palm": 0.5, "fingers": 0.6}
    down = [p for p, name in enumerate(points().names) if name.split("_")[0] in spots]
    for p in down:
        side = 0.15 if points().names[p].endswith("r") else -0.15
        positions[:, p] = [spots[points().names[p].split("_")[0]], 0.0, side]
    floor = np.zeros(positions.shape[:2])
    centre[:] = [0.25, 0.4, 0.0]
    probability = detect_contacts(points(), positions, centre, times, floor).probability
    assert (probability[:, down] > 0.5).all()


def test_others_are_heard_but_do_not_decide_alone() -> None:
    times = clock(4.0)
    positions, centre, truth = walking(times)
    noisy = positions.copy()
    for k, side in enumerate("rl"):
        noisy[:, of_foot(side)] += smooth_noise(times, 0.05, k)[:, None]
    right = np.where(np.repeat(truth, 2, axis=1), 0.9, 0.1)
    alone = f1(truth, feet(detect_contacts(points(), noisy, centre, times).probability))
    told = f1(truth, feet(detect_contacts(points(), noisy, centre, times, told=right).probability))
    wrong = detect_contacts(points(), positions, centre, times, told=1 - right).probability
    assert told >= alone
    assert f1(truth, feet(wrong)) > 0.85


def test_frames_without_numbers_claim_nothing_and_disturb_nobody() -> None:
    times = clock(4.0)
    positions, centre, _ = walking(times)
    whole = detect_contacts(points(), positions, centre, times).probability
    positions[100:110] = np.nan
    cut = detect_contacts(points(), positions, centre, times)
    assert (cut.probability[100:110] == 0).all() and np.isnan(cut.support[100:110]).all()
    far = np.r_[0:85, 125 : len(times)]
    assert (feet(cut.probability)[far] == feet(whole)[far]).mean() > 0.98


@pytest.mark.parametrize("frames", [1, 3, 4])
def test_a_few_frames_claim_nothing(frames: int) -> None:
    times = clock(1.0)[:frames]
    positions, centre = standing(times)
    found = detect_contacts(points(), positions, centre, times)
    assert not found.probability.any()
    assert np.isnan(found.floor)


def test_an_uneven_clock_is_understood() -> None:
    times = np.sort(np.r_[clock(4.0)[::2], clock(4.0)[1:120:2]])
    positions, centre, truth = walking(times)
    assert f1(truth, feet(detect_contacts(points(), positions, centre, times).probability)) > 0.93


@settings(max_examples=8, deadline=None)
@given(st.floats(-3, 3), st.floats(-5, 5), st.floats(-5, 5), st.floats(-1, 1))
def test_contacts_do_not_depend_on_where_the_world_begins(
    heading: float, x: float, z: float, y: float
) -> None:
    times = clock(2.0)
    positions, centre, _ = walking(times)
    turn = Rotation.from_rotvec([0, heading, 0]).as_matrix()
    moved, com = positions @ turn.T + [x, y, z], centre @ turn.T + [x, y, z]
    a = detect_contacts(points(), positions, centre, times).probability
    b = detect_contacts(points(), moved, com, times).probability
    # the polygon of the feet is measured in 24 directions of the world: 1 % of nothing much
    np.testing.assert_allclose(a, b, atol=0.02)


def test_demand_is_one_at_rest_and_nothing_in_free_fall() -> None:
    times = clock(2.0)
    centre = np.zeros((len(times), 3))
    np.testing.assert_allclose(support_demand(centre, times), 1.0)
    centre[:, 1] = 3 * times - 9.81 * times**2 / 2
    np.testing.assert_allclose(support_demand(centre, times)[30:-30], 0.0, atol=0.02)


@pytest.mark.skipif(not MOCAP.is_dir(), reason="needs the shared motion capture")
@pytest.mark.parametrize("name", ["val/cmux_te_walking_7.bvh.gz", "val/cmux_tr_jumping_3.bvh.gz"])
def test_recordings_keep_their_contacts_under_noise(name: str) -> None:
    model, clip = body_model(), read_clip(MOCAP / name)
    frames = slice(0, 180)
    clip = replace(
        clip, times=clip.times[frames], joints=clip.joints[frames], rotations=clip.rotations[frames]
    )
    done = retarget(model, clip)
    body = inertia(model, done.person)

    def found(coordinates: np.ndarray) -> np.ndarray:
        pose = forward(model, done.person, coordinates)
        positions = place(pose, points().points, model, done.person)
        return feet(detect_contacts(points(), positions, centre_of_mass(pose, body), done.times).probability)

    truth = found(done.coordinates)
    clean = forward(model, done.person, done.coordinates).joints
    error = np.concatenate([smooth_noise(done.times, 1.0, seed) for seed in range(17)], axis=1)[:, :49]
    error[:, -3:] *= 0.25
    for millimetres, least in ((25, 0.95), (60, 0.9)):
        size = 1e-3 * millimetres / 0.35
        for _ in range(5):
            noisy = forward(model, done.person, done.coordinates + size * error).joints
            size *= 1e-3 * millimetres / np.linalg.norm(noisy - clean, axis=-1).mean()
        assert f1(truth, found(done.coordinates + size * error)) > least
