"""Skinning, mirror symmetry and the shipped asset."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from borelli.body.kinematics import forward, joint_points, landmark_points, place
from borelli.body.mirror import MIRROR, mirror_coordinates, mirror_index
from borelli.body.model import Person, body_model
from borelli.body.skin import bind_pose, normals, skin

MODEL = body_model()
TABLE = MODEL.skeleton
seeds = st.integers(0, 2**32 - 1)


def random_person(rng: np.random.Generator) -> Person:
    return Person(rng.normal(size=MODEL.shape_size), rng.normal(0, 0.05, 10), rng.uniform(0.9, 1.15))


def random_coordinates(rng: np.random.Generator, frames: int) -> np.ndarray:
    low = np.where(np.isfinite(TABLE.lower), TABLE.lower, -1.0)
    high = np.where(np.isfinite(TABLE.upper), TABLE.upper, 1.0)
    return rng.uniform(low, high, (frames, len(low)))


def mirrored_vertices() -> np.ndarray:
    from scipy.spatial import cKDTree

    distance, partner = cKDTree(MODEL.vertices).query(MODEL.vertices * MIRROR)
    assert np.max(distance) < 1e-6
    return np.asarray(partner)


def test_skin_weights_are_a_partition_of_unity() -> None:
    np.testing.assert_allclose(MODEL.skin_weights.sum(axis=1), 1.0, atol=1e-6)
    assert MODEL.skin_weights.min() >= 0.0
    assert (np.diff(MODEL.skin_weights, axis=1) <= 1e-7).all()


def test_bind_pose_reproduces_the_template() -> None:
    rng = np.random.default_rng(0)
    shape = rng.normal(size=MODEL.shape_size)
    surface = skin(MODEL, Person(shape), bind_pose(MODEL, Person(shape)))[0]
    np.testing.assert_allclose(surface, MODEL.vertices + MODEL.vertices_shape @ shape, atol=2e-6)


def test_scale_enlarges_the_whole_surface() -> None:
    big = Person(np.zeros(MODEL.shape_size), scale=1.1)
    surface = skin(MODEL, big, bind_pose(MODEL, big))[0]
    np.testing.assert_allclose(surface, 1.1 * MODEL.vertices, atol=2e-6)


def test_vertex_subset_is_a_slice_of_the_whole() -> None:
    rng = np.random.default_rng(1)
    person, pose = random_person(rng), None
    pose = forward(MODEL, person, random_coordinates(rng, 2))
    some = rng.choice(len(MODEL.vertices), 50, replace=False)
    np.testing.assert_array_equal(skin(MODEL, person, pose, some), skin(MODEL, person, pose)[:, some])


def test_skin_moves_rigidly_with_the_root() -> None:
    rng = np.random.default_rng(2)
    person, q = random_person(rng), random_coordinates(rng, 1)
    moved = q.copy()
    moved[:, -3:] += (0.3, -0.2, 0.5)
    a, b = (skin(MODEL, person, forward(MODEL, person, c)) for c in (q, moved))
    np.testing.assert_allclose(b - a, np.broadcast_to((0.3, -0.2, 0.5), a.shape), atol=2e-6)


@settings(max_examples=5, deadline=None)
@given(seeds)
def test_mirrored_coordinates_give_the_mirrored_mesh_joints_and_landmarks(seed: int) -> None:
    rng = np.random.default_rng(seed)
    person, q = random_person(rng), random_coordinates(rng, 1)
    pose, image = (forward(MODEL, person, c) for c in (q, mirror_coordinates(TABLE, q)))
    expected = pose.joints[:, mirror_index(TABLE.segment_names)] * MIRROR
    np.testing.assert_allclose(image.joints, expected, atol=1e-6)
    points = landmark_points(MODEL)
    marks, marks_image = (place(p, points, MODEL, person) for p in (pose, image))
    np.testing.assert_allclose(marks_image, marks[:, mirror_index(MODEL.landmark_names)] * MIRROR, atol=1e-6)
    surface, surface_image = (skin(MODEL, person, p)[0] for p in (pose, image))
    np.testing.assert_allclose(surface_image, surface[mirrored_vertices()] * MIRROR, atol=2e-5)


@given(seeds)
def test_mirroring_twice_changes_nothing(seed: int) -> None:
    q = random_coordinates(np.random.default_rng(seed), 3)
    np.testing.assert_array_equal(mirror_coordinates(TABLE, mirror_coordinates(TABLE, q)), q)


def test_normals_of_a_tetrahedron_point_outwards() -> None:
    corners = np.array([[[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]], dtype=float)
    faces = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])
    found = normals(corners, faces)[0]
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1.0, atol=1e-6)
    assert (np.sum(found * (corners[0] - 0.25), axis=1) > 0).all()
    np.testing.assert_allclose(found[0], -np.ones(3) / np.sqrt(3), atol=1e-6)


def test_template_normals_face_outwards() -> None:
    inflated = MODEL.vertices + 1e-3 * normals(MODEL.vertices[None], MODEL.faces)[0]
    assert _volume(inflated) > _volume(MODEL.vertices)


def _volume(vertices: np.ndarray) -> float:
    a, b, c = (vertices[MODEL.faces[:, k]] for k in range(3))
    return float(np.sum(a * np.cross(b, c)) / 6)


def test_zero_pose_stands_straight_on_flat_soles() -> None:
    person = Person(np.zeros(MODEL.shape_size))
    pose = forward(MODEL, person, np.zeros((1, 49)))
    joints = pose.joints[0]
    for side in "rl":
        chains = (("femur", "tibia", "talus"), ("humerus", "ulna", "hand"))
        for chain in chains:
            centres = np.array([joints[TABLE.segment(f"{name}_{side}")] for name in chain])
            np.testing.assert_allclose(centres[:, [0, 2]], centres[[0] * 3][:, [0, 2]], atol=2e-3)
    names = tuple(f"sole_{place}_{side}" for place in ("heel", "ball", "toe") for side in "rl")
    heights = place(pose, landmark_points(MODEL, names), MODEL, person)[0, :, 1]
    assert np.ptp(heights) < 1e-4


def test_joint_points_are_the_joint_centres() -> None:
    rng = np.random.default_rng(3)
    person = random_person(rng)
    pose = forward(MODEL, person, random_coordinates(rng, 2))
    np.testing.assert_allclose(place(pose, joint_points(MODEL), MODEL, person), pose.joints)
