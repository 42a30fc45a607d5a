"""The registered keypoint sets: complete, symmetric, on the body, and anatomically where they say."""

import numpy as np
import pytest

from borelli.body.kinematics import forward, place
from borelli.body.model import average_person, body_model
from borelli.errors import BorelliError
from borelli.perception.keypoint_sets import KeypointSet, keypoint_set, keypoint_sets

MODEL = body_model()
SIZES = {"blazepose33": 33, "coco17": 17, "halpe26": 26, "body25": 25, "body25b": 25, "wholebody133": 133}
every_set = pytest.mark.parametrize("name", sorted(keypoint_sets()))


def standing(kinds: KeypointSet) -> dict[str, np.ndarray]:
    """Keypoint name to world place on the average body, all coordinates zero, facing +X."""
    used, points = kinds.on_body(MODEL)
    person = average_person()
    placed = place(forward(MODEL, person, np.zeros((1, 49))), points, MODEL, person)[0]
    return {kinds.keypoints[i]: where for i, where in zip(used, placed, strict=True)}


def other_side(name: str) -> str:
    """`left_hip` <-> `right_hip`, `mouth_left` <-> `mouth_right`, `knee_l` <-> `knee_r`."""
    for a, b in (("left", "right"), ("right", "left")):
        if a in name.split("_"):
            return "_".join(b if part == a else part for part in name.split("_"))
    sides = {"_l": "_r", "_r": "_l"}
    return name[:-2] + sides.get(name[-2:], name[-2:])


@pytest.mark.parametrize(("name", "size"), sorted(SIZES.items()))
def test_known_sets_have_the_size_of_their_detector(name: str, size: int) -> None:
    assert len(keypoint_set(name).keypoints) == size
    assert keypoint_set(name).name == name


def test_unknown_set_is_refused_with_the_valid_names() -> None:
    with pytest.raises(BorelliError) as refused:
        keypoint_set("stickman3")
    assert "stickman3" in str(refused.value)
    assert all(name in str(refused.value) for name in keypoint_sets())


@every_set
def test_names_are_unique_and_found_by_index(name: str) -> None:
    kinds = keypoint_set(name)
    assert len(set(kinds.keypoints)) == len(kinds.keypoints)
    assert [kinds.index(k) for k in kinds.keypoints] == list(range(len(kinds.keypoints)))
    assert kinds.index("third_elbow") is None


@every_set
def test_columns_have_one_row_per_keypoint(name: str) -> None:
    kinds = keypoint_set(name)
    count = len(kinds.keypoints)
    assert len(kinds.body_points) == count
    assert kinds.offsets.shape == (count, 3)
    assert kinds.spread.shape == (count,)


@every_set
def test_points_on_the_body_have_a_spread_and_the_others_none(name: str) -> None:
    kinds = keypoint_set(name)
    on_body = np.array([bool(point) for point in kinds.body_points])
    assert np.array_equal(np.isfinite(kinds.spread), on_body)
    assert np.all(kinds.spread[on_body] > 0)
    assert not kinds.offsets[~on_body].any()


@every_set
def test_left_and_right_are_mirror_images(name: str) -> None:
    kinds = keypoint_set(name)
    for i, keypoint in enumerate(kinds.keypoints):
        partner = kinds.index(other_side(keypoint))
        assert partner is not None, keypoint
        assert kinds.body_points[partner] == other_side(kinds.body_points[i])
        np.testing.assert_array_equal(kinds.offsets[partner], kinds.offsets[i] * [1, 1, -1])
        np.testing.assert_array_equal(kinds.spread[partner], kinds.spread[i])


@every_set
def test_points_are_on_the_segment_and_place_they_name(name: str) -> None:
    kinds = keypoint_set(name)
    used, points = kinds.on_body(MODEL)
    for row, i in enumerate(used):
        target = kinds.body_points[i]
        if target.startswith("joint:"):
            assert MODEL.skeleton.segment_names[points.segments[row]] == target.removeprefix("joint:")
            np.testing.assert_allclose(points.offsets[row], kinds.offsets[i])
            assert not points.offsets_shape[row].any()
        else:
            landmark = MODEL.landmark(target)
            assert points.segments[row] == MODEL.landmark_segments[landmark]
            expected = MODEL.landmark_offsets[landmark] + kinds.offsets[i]
            np.testing.assert_allclose(points.offsets[row], expected)
            np.testing.assert_array_equal(points.offsets_shape[row], MODEL.landmark_offsets_shape[landmark])


@every_set
def test_standing_body_carries_them_from_head_to_toe(name: str) -> None:
    where = standing(keypoint_set(name))
    for side, sign in (("left", -1), ("right", 1)):
        chain = [where["nose"], *(where[f"{side}_{p}"] for p in ("shoulder", "hip", "knee", "ankle"))]
        heights = [point[1] for point in chain]
        assert heights == sorted(heights, reverse=True)
        assert np.all(np.diff(heights) < -0.1)
        assert all(sign * point[2] > 0.03 for point in chain[1:])
        assert where[f"{side}_elbow"][1] > where[f"{side}_wrist"][1]
        assert where["nose"][0] > where[f"{side}_shoulder"][0] - 0.05
    assert np.ptp([point[1] for point in where.values()]) > 1.4


@every_set
def test_offsets_are_corrections_of_centimetres(name: str) -> None:
    assert np.abs(keypoint_set(name).offsets).max() < 0.1
