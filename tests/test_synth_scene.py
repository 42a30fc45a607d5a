"""Motion, clothes, cameras and props of synthetic scenes."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from borelli.body.kinematics import forward, landmark_points, place
from borelli.body.mirror import MIRROR
from borelli.body.model import average_person, body_model
from borelli.body.skin import bind_joints, bind_pose
from borelli.evaluation.virtual import random_person
from borelli.geometry.frames import camera_centre, transform_points
from borelli.training.synth.backdrop import random_backdrop
from borelli.training.synth.camera import FILLS, FILLS_CROPPED, random_camera
from borelli.training.synth.garments import chart, dressed, fields
from borelli.training.synth.movement import SOLES, random_motion
from borelli.training.synth.outfit import MATERIALS, random_outfit
from borelli.training.synth.props import PROP_FACES, box
from borelli.training.synth.recorded import recorded_motion
from borelli.training.synth.scene import body_extent

MODEL = body_model()
TIMES = np.arange(90) / 30
SEEDS = range(12)


def lowest_soles(coordinates: np.ndarray) -> np.ndarray:
    person = average_person()
    return place(forward(MODEL, person, coordinates), landmark_points(MODEL, SOLES), MODEL, person)


@pytest.mark.parametrize("seed", SEEDS)
def test_random_motion_stays_inside_the_limits_and_on_the_floor(seed: int) -> None:
    q = random_motion(MODEL, average_person(), TIMES, np.random.default_rng(seed))
    table = MODEL.skeleton
    assert (q >= table.lower - 1e-9).all() and (q <= table.upper + 1e-9).all()
    np.testing.assert_allclose(lowest_soles(q)[..., 1].min(axis=1), 0.0, atol=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_random_motion_is_smooth_and_the_standing_foot_hardly_slides(seed: int) -> None:
    q = random_motion(MODEL, average_person(), TIMES, np.random.default_rng(seed))
    acceleration = np.diff(q[:, :46], n=2, axis=0) * 30**2
    assert np.abs(acceleration).max() < 60.0  # rad/s^2, sprinters' knees reach several hundred
    soles = lowest_soles(q)
    step = np.linalg.norm(np.diff(soles[..., [0, 2]], axis=0), axis=-1)
    lowest = soles[1:, :, 1].argmin(axis=1)
    slip = step[np.arange(len(step)), lowest] * 30
    assert np.median(slip) < 0.15


def test_people_walk_forwards() -> None:
    table, ahead = MODEL.skeleton, []
    for seed in range(40):
        q = random_motion(MODEL, average_person(), TIMES, np.random.default_rng(seed))
        swing = np.ptp(q[:, table.coordinate("hip_flexion_r")] - q[:, table.coordinate("hip_flexion_l")])
        heading = q[:, table.coordinate("pelvis_rotation")].mean()
        path = q[-1, [-3, -1]] - q[0, [-3, -1]]
        if np.linalg.norm(path) > 0.8 and swing > 0.9:
            ahead.append(path @ [np.cos(heading), -np.sin(heading)] / np.linalg.norm(path))
    # motion of other kinds whose legs swing as far is among them, and goes anywhere
    assert len(ahead) >= 5 and np.mean(np.array(ahead) > 0.9) >= 0.7


def test_limb_fractions_count_from_shoulder_and_hip() -> None:
    map_, joints = chart(), bind_joints(MODEL, average_person())
    for values, names in ((map_.arm, ("humerus_r", "ulna_r", "hand_r")), (map_.leg, ("femur_l", "tibia_l"))):
        for expected, name in enumerate(names):
            near = np.linalg.norm(map_.position - joints[MODEL.skeleton.segment(name)], axis=1) < 0.09
            on_limb = values[near & (values >= 0)]
            assert abs(np.median(on_limb) - expected) < 0.2, name


def test_clothes_are_where_they_belong() -> None:
    outfit = replace(random_outfit(np.random.default_rng(0)), sleeve=0.5, leg=0.6, hem=0.03, hairline=0.06)
    positive = fields(outfit) > 0
    material = np.where(positive.any(axis=1), positive.argmax(axis=1), len(MATERIALS) - 1)
    points = landmark_points(MODEL)
    person = average_person()
    places = place(bind_pose(MODEL, person), points, MODEL, person)[0]
    expected = {
        "vertex": "hair", "chin": "skin", "xiphoid": "shirt", "t8": "shirt", "trochanter_r": "trousers",
        "epicondyle_lateral_l": "skin", "styloid_radial_r": "skin", "femoral_epicondyle_lateral_r": "skin",
        "heel_l": "shoe", "big_toe_r": "shoe", "fingertip_l": "skin", "nose": "skin",
    }  # fmt: skip
    for landmark, wanted in expected.items():
        nearest = np.linalg.norm(chart().position - places[MODEL.landmark(landmark)], axis=1).argmin()
        assert MATERIALS[material[nearest]] == wanted, landmark


def test_clothes_are_the_same_on_both_sides() -> None:
    values = fields(random_outfit(np.random.default_rng(1)))
    position = chart().position
    for name in ("shirt", "trousers", "shoe", "hair"):
        own = position[values[:, MATERIALS.index(name)] > 0]
        assert abs((own * MIRROR).mean(axis=0) - own.mean(axis=0))[2] < 0.004, name


def test_clothes_stand_off_the_skin_by_no_more_than_they_may() -> None:
    outfit = replace(random_outfit(np.random.default_rng(2)), looseness=0.01, hair_volume=0.02)
    values = fields(outfit)
    moved = np.linalg.norm(dressed(MODEL, outfit, values).vertices - MODEL.vertices, axis=1)
    shoe, hair = (values[:, MATERIALS.index(name)] > 0 for name in ("shoe", "hair"))
    assert moved[hair].max() > 0.015 and moved[hair].max() <= 0.0201
    assert moved[~shoe & ~hair].max() <= 0.0101
    assert moved[(values <= 0).all(axis=1)].max() == 0


@pytest.mark.parametrize("seed", SEEDS)
def test_a_camera_holds_the_whole_person_unless_cropped(seed: int) -> None:
    rng = np.random.default_rng(seed)
    person = random_person(MODEL, rng)
    points = body_extent(MODEL, person, random_motion(MODEL, person, TIMES, rng)).reshape(-1, 3)
    for cropped, bounds in ((False, FILLS), (True, FILLS_CROPPED)):
        camera = random_camera(points, (320, 240), cropped, rng)
        assert camera.T_camera_world is not None
        seen = transform_points(camera.T_camera_world, points)
        offset = np.abs(camera.project(seen) - camera.K[:2, 2]) / [160, 120]
        assert seen[:, 2].min() > 0.2 and camera_centre(camera.T_camera_world)[1] > 0.3
        # very near or very far cameras may fill less; none fills more
        assert offset.max() < bounds[1] + 1e-3
        assert offset.max() > 0.2


def test_the_floor_of_a_backdrop_lies_below_the_horizon() -> None:
    rng = np.random.default_rng(5)
    points = np.array([[-0.3, 0.0, -0.3], [0.3, 1.7, 0.3]])
    camera = random_camera(points, (160, 120), False, rng)
    light = np.array([[0, 1, 0], [1, 1, 1], [1, 1, 1], [1, 1, 1]], dtype=np.float32)
    backdrop = random_backdrop(camera, light, None, rng)
    assert camera.T_camera_world is not None
    rows, columns = np.nonzero(backdrop.floor)
    rays = np.column_stack([camera.normalise(np.column_stack([columns, rows])), np.ones(len(rows))])
    assert ((rays @ camera.T_camera_world[:3, :3])[:, 1] < 0).all()
    assert backdrop.floor.any() and backdrop.picture.min() >= 0 and backdrop.picture.max() <= 1


def test_a_box_is_closed_and_faces_outwards() -> None:
    prop = box(np.array([1.0, 2.0, 3.0]), np.array([0.1, 0.2, 0.3]), 0.7, np.zeros(12))
    a, b, c = (prop.vertices[PROP_FACES[:, k]] for k in range(3))
    # divergence theorem: the signed volume of outward faces is that of the box
    assert np.sum(np.cross(a, b) * c) / 6 == pytest.approx(8 * 0.1 * 0.2 * 0.3)
    facing = np.cross(b - a, c - a) * prop.normals[PROP_FACES[:, 0]]
    assert (facing.sum(axis=1) > 0).all()


def test_recorded_motion_is_of_the_training_clips_and_on_the_floor() -> None:
    pack = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "mocap"
    if not pack.is_dir():
        pytest.skip("the motion capture pack is not at hand")
    times = np.arange(20) / 20
    q = recorded_motion(MODEL, average_person(), pack, times, np.random.default_rng(3))
    assert q.shape == (20, 49) and np.isfinite(q).all()
    low = lowest_soles(q)[..., 1].min(axis=1)
    assert np.quantile(low, 0.2) == pytest.approx(0.0, abs=1e-9) and low.min() > -0.1
    assert np.abs(np.diff(q[:, :46], axis=0)).max() < 1.0
