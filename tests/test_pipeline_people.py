"""Who is reconstructed, and with which stature."""

from dataclasses import replace

import numpy as np
import pytest
from synthetic_clip import observe_motion

from borelli.errors import BorelliError
from borelli.motion.observations import Observations
from borelli.pipeline.people import each, evident, select

TIMES = np.arange(10) / 30


@pytest.fixture
def two() -> Observations:
    """Person 0 is seen briefly, person 1 throughout; person 0 is larger."""
    both = observe_motion(TIMES, (-0.5, 0.5))
    keypoints = both.tracks[0].keypoints.copy()
    keypoints[6:, :, 2] = 0.0
    boxes = both.tracks[0].boxes + np.array([0.0, -20.0, 0.0, 0.0])
    return replace(both, tracks=(replace(both.tracks[0], keypoints=keypoints, boxes=boxes), both.tracks[1]))


@pytest.mark.parametrize(
    ("people", "ids"), [("all", [0, 1]), ("largest", [0]), ("longest", [1]), ("1", [1]), ("1,0", [0, 1])]
)
def test_people_are_chosen_by_word_or_id(two: Observations, people: str, ids: list[int]) -> None:
    tracks, dropped = select(two, people)
    assert [track.person for track in tracks] == ids
    assert dropped == ()


@pytest.mark.parametrize("people", ["2", "0,7", "tallest", ""])
def test_unknown_choices_list_the_valid_ones(two: Observations, people: str) -> None:
    with pytest.raises(BorelliError, match=r"valid: all, largest, longest, or ids of this video: 0, 1"):
        select(two, people)


def test_somebody_seen_in_three_frames_is_dropped_with_the_reason(two: Observations) -> None:
    keypoints = two.tracks[0].keypoints.copy()
    keypoints[3:, :, 2] = 0.0
    few = replace(two, tracks=(replace(two.tracks[0], keypoints=keypoints), two.tracks[1]))
    tracks, dropped = select(few, "all")
    assert [track.person for track in tracks] == [1]
    assert dropped[0].person == 0 and "3 of 10 frames" in dropped[0].reason


def test_nobody_fully_visible_is_an_error_that_says_so(two: Observations) -> None:
    keypoints = two.tracks[0].keypoints.copy()
    keypoints[:, 5:, 2] = 0.0
    hidden = replace(two, tracks=(replace(two.tracks[0], keypoints=keypoints),))
    assert not evident(hidden.tracks[0]).any()
    with pytest.raises(BorelliError, match="never visible enough"):
        select(hidden, "all")


def test_an_empty_scene_is_an_error(two: Observations) -> None:
    with pytest.raises(BorelliError, match="nobody was found"):
        select(replace(two, tracks=()), "all")


def test_stated_values_go_to_people_in_order_of_id(two: Observations) -> None:
    assert each("--stature", (), two.tracks) == (None, None)
    assert each("--stature", (0.0, 1.65), two.tracks) == (None, 1.65)
    with pytest.raises(BorelliError, match=r"1 value\(s\) of --stature for 2 people \(person 0: .* px tall"):
        each("--stature", (1.65,), two.tracks)
