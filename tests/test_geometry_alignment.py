import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from borelli.geometry.alignment import align, align_clip
from borelli.geometry.rotations import matrix_from_rotvec


def cloud(seed: int, frames: int = 4, points: int = 7) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(frames, points, 3))


@given(st.integers(0, 10_000), st.floats(0.2, 5.0))
def test_a_known_similarity_is_recovered_in_every_frame(seed, scale):
    rng = np.random.default_rng(seed)
    source = cloud(seed)
    R = matrix_from_rotvec(rng.uniform(-1.5, 1.5, (4, 3)))
    t = rng.normal(size=(4, 3))
    target = scale * source @ R.swapaxes(-1, -2) + t[:, None]
    found = align(source, target, scale=True)
    np.testing.assert_allclose(found.scale, scale, rtol=1e-9)
    np.testing.assert_allclose(found.rotation, R, atol=1e-9)
    np.testing.assert_allclose(found.apply(source), target, atol=1e-9)


def test_a_rigid_alignment_leaves_the_size_alone():
    source = cloud(1)
    found = align(source, 2.0 * source, scale=False)
    np.testing.assert_array_equal(found.scale, 1.0)
    np.testing.assert_allclose(found.rotation, np.broadcast_to(np.eye(3), (4, 3, 3)), atol=1e-12)


def test_a_mirrored_target_is_not_met_by_a_reflection():
    source = cloud(2)
    found = align(source, source * [1, 1, -1], scale=True)
    np.testing.assert_allclose(np.linalg.det(found.rotation), 1.0)
    assert np.linalg.norm(found.apply(source) - source * [1, 1, -1], axis=-1).max() > 0.3


def test_missing_points_do_not_count_and_too_few_give_nothing():
    source, shift = cloud(3), np.array([1.0, 2.0, 3.0])
    target = source + shift
    source[0, 0] = np.nan
    target[0, 1] = np.nan
    source[1, 2:] = np.nan
    found = align(source, target, scale=True)
    np.testing.assert_allclose(found.translation[[0, 2, 3]], np.tile(shift, (3, 1)), atol=1e-9)
    assert np.isnan(found.scale[1]) and np.isnan(found.rotation[1]).all()


def test_a_clip_gets_one_transform():
    source = cloud(4)
    R = matrix_from_rotvec(np.array([0.1, 0.2, 0.3]))
    found = align_clip(source, 1.5 * source @ R.T + 1.0, scale=True)
    assert found.rotation.shape == (3, 3)
    np.testing.assert_allclose(found.scale, 1.5)


@given(st.integers(0, 1000))
def test_no_small_change_of_the_rotation_fits_better(seed):
    rng = np.random.default_rng(seed)
    source, target = cloud(seed), cloud(seed + 1)
    found = align_clip(source, target, scale=True)
    best = np.sum((found.apply(source.reshape(-1, 3)) - target.reshape(-1, 3)) ** 2)
    turned = matrix_from_rotvec(rng.normal(size=3) * 1e-3) @ found.rotation
    other = found.scale * source.reshape(-1, 3) @ turned.T
    other += target.reshape(-1, 3).mean(0) - other.mean(0)
    assert np.sum((other - target.reshape(-1, 3)) ** 2) >= best - 1e-9
