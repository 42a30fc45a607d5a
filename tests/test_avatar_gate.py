"""The gate: pictures must gain, and nothing else may lose."""

from dataclasses import replace

import pytest

from borelli.avatar.gate import Errors, judge

BEFORE = Errors(0.05, 0.3, 0.04, 20.0, 4.0, 2.0)
BETTER = Errors(0.04, 0.25, 0.035, 20.5, 4.0, 2.1)


def test_a_motion_that_explains_held_out_pictures_better_is_taken() -> None:
    found = judge(BEFORE, BETTER, 8, 0.012)
    assert found.accepted and found.reasons == () and found.moved_mm == 12.0


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("colour", 0.08, "pictures"),
        ("colour", float("nan"), "pictures"),
        ("mask", 0.042, "masks"),
        ("keypoints_mm", 27.0, "keypoints"),
        ("slide_mm", 7.0, "feet slide"),
        ("physics_percent", 3.0, "residual force"),
        ("physics_percent", None, "physics"),
    ],
)
def test_one_thing_that_gets_worse_is_enough_to_keep_the_motion(name: str, value: float, word: str) -> None:
    found = judge(BEFORE, replace(BETTER, **{name: value}), 8, 0.01)
    assert not found.accepted
    assert len(found.reasons) == 1 and word in found.reasons[0]


def test_no_gain_is_no_reason_to_change_a_motion() -> None:
    assert not judge(BEFORE, BEFORE, 8, 0.0).accepted


def test_a_motion_without_forces_is_not_asked_for_any() -> None:
    assert judge(
        replace(BEFORE, physics_percent=None), replace(BETTER, physics_percent=None), 8, 0.0
    ).accepted
