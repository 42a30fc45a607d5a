"""What the lifter sees does not depend on the lens, nor on where the camera points."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from borelli.lifting.mirror import feature_mirror
from borelli.lifting.rays import FEATURES, SLOTS, to_slots, window
from borelli.perception.keypoint_sets import keypoint_sets

FRAMES = 6


def picture(seed: int = 0) -> np.ndarray:
    """(T, 36, 2) a cloud of points around the optical axis."""
    return np.random.default_rng(seed).normal(0, 0.1, (FRAMES, len(SLOTS), 2))


def features(image: np.ndarray, up: np.ndarray | None = None, confidence: float = 0.8) -> np.ndarray:
    ones = np.full(image.shape[:2], confidence)
    seen = window(np.arange(len(SLOTS)), image, ones, 1e-4 * ones, up, 1 / 15)
    assert seen is not None
    return seen.features


def test_every_keypoint_of_every_set_with_a_place_on_the_body_has_a_slot() -> None:
    for known in keypoint_sets().values():
        names = [n for n, point in zip(known.keypoints, known.body_points, strict=True) if point]
        assert len(to_slots(tuple(names))) == len(names)


def test_a_camera_that_turns_about_its_centre_sees_the_same_when_gravity_is_known() -> None:
    image, up = picture(), np.array([0.0, -1.0, 0.0])
    R = Rotation.from_euler("yxz", [0.3, -0.2, 0.4]).as_matrix()
    rays = np.concatenate([image, np.ones((*image.shape[:2], 1))], axis=-1) @ R.T
    turned = rays[..., :2] / rays[..., 2:]
    # the mean ray is taken at depth 1, so that the view is centred a little elsewhere
    assert features(turned, R @ up) == pytest.approx(features(image, up), abs=0.03)


def test_distance_changes_only_the_size_when_perspective_is_weak() -> None:
    near, far = features(1e-2 * picture()), features(0.5e-2 * picture())
    size = 3 * len(SLOTS) + 2
    assert near[:, size] - far[:, size] == pytest.approx(np.log(2), abs=1e-3)
    rest = np.arange(FEATURES) != size
    # the stated uncertainty is a larger share of the smaller picture
    positions = rest & (np.arange(FEATURES) % 3 != 2)
    assert near[:, positions] == pytest.approx(far[:, positions], abs=0.02)


def test_a_missing_keypoint_leaves_zeros() -> None:
    image, confidence = picture(), np.full((FRAMES, len(SLOTS)), 0.9)
    confidence[:, 5] = 0.0
    seen = window(np.arange(len(SLOTS)), image, confidence, 1e-4 * confidence, None, 0.1)
    assert seen is not None
    assert np.all(seen.features[:, 15:18] == 0)


def test_nothing_seen_gives_no_window() -> None:
    image = picture()
    assert window(np.arange(len(SLOTS)), image, 0 * image[..., 0], 0 * image[..., 0], None, 0.1) is None


def test_a_vague_keypoint_counts_less() -> None:
    image = picture()
    confidence = np.full(image.shape[:2], 0.8)
    sharp = window(np.arange(len(SLOTS)), image, confidence, 0 * confidence, None, 0.1)
    vague = window(np.arange(len(SLOTS)), image, confidence, 0 * confidence + 0.1, None, 0.1)
    assert sharp is not None
    assert vague is not None
    assert np.all(vague.features[:, 2:108:3] < 0.6 * sharp.features[:, 2:108:3])


def test_the_mirrored_picture_gives_the_mirrored_features() -> None:
    image, up = picture(), np.array([0.1, -0.99, 0.05])
    twins = [
        SLOTS.index(n.replace("left", "*").replace("right", "left").replace("*", "right")) for n in SLOTS
    ]
    mirrored = image[:, twins] * [-1.0, 1.0]
    source, sign = feature_mirror()
    expected = features(image, up)[:, source] * sign
    assert features(mirrored, up * [-1.0, 1.0, 1.0]) == pytest.approx(expected, abs=1e-5)
