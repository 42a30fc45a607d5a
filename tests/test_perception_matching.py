"""Similarity, suppression and assignment on synthetic people."""

from itertools import pairwise

import numpy as np
import pytest
from people import standing

from borelli.perception.blazepose import Detection
from borelli.perception.matching import assign, containment, diffuseness, merge, oks, suppress

HIP = np.array([300.0, 250.0])


def test_oks_is_one_for_the_same_pose_and_falls_with_distance() -> None:
    a = standing(HIP, 200, 0)
    values = [oks(a, standing(HIP + np.array([dx, 0]), 200, 0)) for dx in (0, 5, 20, 60, 200)]
    assert values[0] == pytest.approx(1.0)
    assert all(x > y for x, y in pairwise(values))
    assert values[-1] < 0.01


def test_oks_does_not_depend_on_the_size_of_the_picture() -> None:
    small = oks(standing(HIP, 100, 0), standing(HIP + 5, 100, 0))
    large = oks(standing(2 * HIP, 200, 0), standing(2 * (HIP + 5), 200, 0))
    assert small == pytest.approx(large)


def test_a_head_inside_a_body_is_contained_and_neighbours_are_not() -> None:
    body = standing(HIP, 400, 0)
    assert containment(body, standing(HIP - np.array([0, 120]), 80, 0)) > 0.95
    assert containment(body, standing(HIP + np.array([400, 0]), 400, 0)) == 0.0


def test_suppress_keeps_the_sharper_of_two_answers_for_one_person() -> None:
    sharp = standing(HIP, 200, 0)
    blurred = standing(HIP + 4, 200, 0)
    blurred.covariance[:] *= 25
    far = standing(HIP + np.array([250, 0]), 200, 0)
    kept = suppress([blurred, far, sharp])
    assert len(kept) == 2
    assert any(pose is sharp for pose in kept)
    assert not any(pose is blurred for pose in kept)


def test_diffuseness_is_relative_to_size() -> None:
    assert diffuseness(standing(HIP, 100, 0)) == pytest.approx(0.008)
    assert diffuseness(standing(HIP, 900, 0)) == pytest.approx(0.008)


def test_merge_averages_overlapping_detections_by_score() -> None:
    def detection(score: float, x: float) -> Detection:
        return Detection(score, np.array([x, 0.0, x + 100, 100.0]), np.full((2, 2), x))

    merged = merge([detection(0.9, 0.0), detection(0.3, 12.0), detection(0.8, 500.0)])
    assert [m.score for m in merged] == [0.9, 0.8]
    assert merged[0].box[0] == pytest.approx(0.3 * 12 / 1.2)
    assert merged[0].axis == pytest.approx(np.full((2, 2), 3.0))


def test_merge_ends_on_degenerate_boxes() -> None:
    flat = Detection(0.9, np.zeros(4), np.zeros((2, 2)))
    assert len(merge([flat, flat])) == 2


def test_assign_takes_the_cheapest_whole_and_leaves_out_dear_pairs() -> None:
    cost = np.array([[0.1, 0.2, 9.0], [0.1, 0.9, np.inf], [np.inf, np.inf, 5.0]])
    assert sorted(assign(cost, 1.0)) == [(0, 1), (1, 0)]
    assert assign(np.zeros((0, 0)), 1.0) == []
