"""Figures of performed motion by hand: success rules, errors, and clips that count although they failed."""

import numpy as np
import pytest

from borelli.evaluation.performed import by_action, failure, figures, summary

FEET = (3,)
STANDS = np.ones((301, 2), dtype=bool)


def motion(frames: int = 151) -> np.ndarray:
    """(T, 4, 3) a body that walks; the last joint is a foot."""
    rest = np.array([[0.0, 1, 0], [0, 1.5, 0], [0.3, 1.2, 0.1], [0, 0.1, 0]])
    path = np.zeros((frames, 1, 3))
    path[:, 0, 0] = np.arange(frames) / 30
    return rest + path


def soles(frames: int, height: float = 0.0, speed: float = 0.0) -> np.ndarray:
    place = np.zeros((frames, 2, 3))
    place[:, :, 0] = speed * np.arange(frames)[:, None] / 30
    place[..., 1] = height
    return place


def test_the_truth_itself_is_perfect() -> None:
    truth = motion()
    found = figures("a", "walk", truth, truth, soles(151), STANDS, FEET)
    assert found.performed and found.phc and found.physhmr and found.up == found.seconds == 5.0
    assert found.mpjpe == found.root == found.acceleration == found.slide == found.penetration == 0
    assert found.pa_mpjpe == pytest.approx(0, abs=1e-9) and found.height_variation == 0


def test_a_shift_is_an_error_of_the_root_alone() -> None:
    truth = motion()
    found = figures("a", "walk", truth + np.array([0, 0, 0.2]), truth, soles(151), STANDS, FEET)
    assert found.root == pytest.approx(0.2) and found.mpjpe == pytest.approx(0, abs=1e-12)
    assert found.phc and found.physhmr
    far = figures("a", "walk", truth + np.array([0, 0, 0.3]), truth, soles(151), STANDS, FEET)
    assert far.phc and not far.physhmr
    lost = figures("a", "walk", truth + np.array([0, 0, 0.6]), truth, soles(151), STANDS, FEET)
    assert not lost.phc and lost.performed


def test_feet_may_stray_by_the_rule_of_physhmr_hands_not() -> None:
    truth = motion()
    foot, hand = truth.copy(), truth.copy()
    foot[80, 3, 0] += 0.4
    hand[80, 2, 0] += 0.4
    assert figures("a", "walk", foot, truth, soles(151), STANDS, FEET).physhmr
    assert not figures("a", "walk", hand, truth, soles(151), STANDS, FEET).physhmr


def test_a_fall_ends_the_time_up_and_every_success() -> None:
    truth = motion(301)
    late = figures("a", "walk", truth[:200], truth, soles(200), STANDS, FEET)
    assert late.performed and late.up == pytest.approx(199 / 30) and not (late.phc or late.physhmr)
    early = figures("a", "walk", truth[:100], truth, soles(100), STANDS, FEET)
    assert not early.performed and early.mpjpe == 0


def test_slides_penetration_and_height_by_hand() -> None:
    truth = motion()
    found = figures("a", "walk", truth, truth, soles(151, -0.004, 0.3), STANDS, FEET)
    assert found.slide == pytest.approx(0.3) and found.penetration == pytest.approx(0.004)
    assert figures("a", "walk", truth, truth, soles(151, 0.0, 0.3), ~STANDS, FEET).slide == 0
    bobbing = truth + np.where(np.arange(151)[:, None, None] % 2, [0, 0.01, 0], [0, -0.01, 0])
    assert figures("a", "walk", bobbing, truth, soles(151), STANDS, FEET).height_variation == pytest.approx(
        0.01, rel=1e-3
    )


def test_acceleration_is_that_of_a_parabola() -> None:
    truth = motion()
    thrown = truth + (np.arange(151) / 30)[:, None, None] ** 2 * [0, 1.5, 0]
    assert figures("a", "walk", thrown, truth, soles(151), STANDS, FEET).acceleration == pytest.approx(3.0)


def test_no_clip_is_left_out_of_a_mean() -> None:
    truth = motion()
    good = figures("a", "walk", truth, truth, soles(151), STANDS, FEET)
    off = figures("b", "run", truth[:76] + np.array([0.1, 0, 0]), truth, soles(76), STANDS, FEET)
    nothing = failure("c", "run", 5.0)
    found = summary([good, off, nothing])
    assert found.clips == 3 and found.performed == pytest.approx(1 / 3)
    assert found.up == pytest.approx(7.5 / 15)
    assert found.root == pytest.approx((5 * 0 + 2.5 * 0.1) / 7.5)
    classes = by_action([good, off, nothing])
    assert list(classes) == ["run", "walk"] and classes["run"].performed == 0 and classes["walk"].phc == 1
    assert np.isnan(summary([nothing]).mpjpe) and summary([nothing]).up == 0
