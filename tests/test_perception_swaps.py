"""Left/right repair on synthetic walkers whose sides are exchanged on purpose."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from people import FIGURE

from borelli.motion.observations import Track
from borelli.perception import swaps
from borelli.perception.keypoint_sets import keypoint_set
from borelli.perception.swap_costs import CUE_COST, bone_cue, heel_to_toe_cue, jerkiness, trunk_cue
from borelli.perception.swaps import repair

NAMES = keypoint_set("blazepose33").keypoints
LEGS = [name for name in NAMES if any(part in name for part in ("hip", "knee", "ankle", "heel", "foot"))]
COUNT = 60


def mirrored(names: list[str]) -> list[int]:
    """For every keypoint the one that takes its place when `names` are exchanged."""
    swap = {n: n.replace("left", "#").replace("right", "left").replace("#", "right") for n in names}
    return [NAMES.index(swap.get(name, name)) for name in NAMES]


def walker(seed: int = 0, side_view: bool = True) -> Track:
    """A walker whose legs and arms swing and cross, 300 px tall, with 2 px of noise."""
    rng = np.random.default_rng(seed)
    phase = 2 * np.pi * np.arange(COUNT) / 30
    points = np.tile(np.column_stack([FIGURE, np.zeros(33)]), (COUNT, 1, 1))
    if side_view:
        points[..., 2], points[..., 0] = points[..., 0], 0.0
    for i, name in enumerate(NAMES):
        reach = max(0.0, FIGURE[i, 1]) if name in LEGS else max(0.0, FIGURE[i, 1] + 0.3)
        sign = (1 if "left" in name else -1) * (1 if name in LEGS else -1)
        if "left" in name or "right" in name:
            points[:, i, 0] += sign * 0.5 * reach * np.sin(phase)
    pixels = 300 * points[..., :2] + [300, 300] + rng.normal(0, 2, (COUNT, 33, 2))
    pixels[..., 0] += 3 * np.arange(COUNT)[:, None]
    return Track(
        person=0,
        keypoints=np.concatenate([pixels, np.full((COUNT, 33, 1), 0.9)], axis=-1),
        covariance=np.tile(np.eye(2), (COUNT, 33, 1, 1)),
        hints=1.7 * points + rng.normal(0, 0.02, points.shape),
        boxes=np.zeros((COUNT, 4)),
        swapped=np.zeros(COUNT, dtype=bool),
    )


def exchange(track: Track, frames: slice, names: list[str]) -> Track:
    """The track with the sides of the named keypoints exchanged in some frames."""
    order = mirrored(names)
    assert track.hints is not None
    keypoints, hints, covariance = track.keypoints.copy(), track.hints.copy(), track.covariance.copy()
    for array in (keypoints, hints, covariance):
        array[frames] = array[frames][:, order]
    return replace(track, keypoints=keypoints, hints=hints, covariance=covariance)


@pytest.mark.parametrize("side_view", [True, False])
def test_a_clean_walker_with_crossing_legs_is_left_alone(side_view: bool) -> None:
    track = walker(side_view=side_view)
    repaired = repair(track, NAMES)
    assert not repaired.swapped.any()
    assert np.array_equal(repaired.keypoints, track.keypoints)


@given(start=st.integers(20, 40), length=st.integers(1, 15), seed=st.integers(0, 3))
def test_exchanged_legs_are_put_back(start: int, length: int, seed: int) -> None:
    track = walker(seed, side_view=False)
    frames = slice(start, start + length)
    repaired = repair(exchange(track, frames, LEGS), NAMES)
    expected = np.zeros(COUNT, dtype=bool)
    expected[frames] = True
    assert np.array_equal(repaired.swapped, expected)
    assert np.array_equal(repaired.keypoints, track.keypoints)
    assert repaired.hints is not None and track.hints is not None
    assert np.array_equal(repaired.hints, track.hints)


@given(start=st.integers(16, 40), length=st.integers(1, 12))
def test_a_person_turned_around_by_the_network_is_turned_back(start: int, length: int) -> None:
    track = walker(1)
    repaired = repair(exchange(track, slice(start, start + length), list(NAMES)), NAMES)
    assert np.array_equal(repaired.keypoints, track.keypoints)
    assert repaired.swapped.sum() == length


SHANKS = [name for name in LEGS if "hip" not in name]
FOREARMS = [name for name in NAMES if any(p in name for p in ("elbow", "wrist", "pinky", "_index", "thumb"))]


@pytest.mark.parametrize("names", [SHANKS, [n for n in FOREARMS if "foot" not in n]])
@pytest.mark.parametrize("length", [1, 3, 10, 25])
def test_limbs_exchanged_below_hips_or_shoulders_are_put_back(names: list[str], length: int) -> None:
    track = walker(2, side_view=False)
    frames = slice(17, 17 + length)
    repaired = repair(exchange(track, frames, names), NAMES)
    assert np.array_equal(repaired.keypoints, track.keypoints)
    assert np.array_equal(np.flatnonzero(repaired.swapped), np.arange(60)[frames])


def test_exchanges_across_stretches_of_a_long_clip_are_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(swaps, "STRETCH", 20)
    monkeypatch.setattr(swaps, "LEAD", 12)
    track, frames = walker(2, side_view=False), slice(14, 26)
    repaired = repair(exchange(track, frames, LEGS), NAMES)
    assert np.array_equal(repaired.keypoints, track.keypoints)
    assert np.array_equal(np.flatnonzero(repaired.swapped), np.arange(60)[frames])


def test_exchanging_never_hides_a_jump_behind_a_faint_point() -> None:
    pairs = np.zeros((3, 1, 2, 4))
    pairs[:, 0, 0, 3], pairs[:, 0, 1, 3] = 1.0, 0.05
    pairs[:, 0, 1, 0] = 3.0
    costs = jerkiness(pairs, 0.1)[0]
    assert costs[0, 0, 0] == costs[1, 1, 1] == 0
    assert costs[0, 1, 0] > 0.5
    assert np.allclose(costs, costs[::-1, ::-1, ::-1])


def test_bones_across_the_body_speak_for_an_exchange() -> None:
    hips = np.tile([[0.1, 0.0, 0.0], [-0.1, 0.0, 0.0]], (9, 1, 1))
    knees = hips + np.array([0.0, 0.4, 0.0])
    knees[4] = knees[4, ::-1] * np.array([3.0, 1.0, 1.0])
    cue = bone_cue(hips, knees, np.ones(9))
    assert cue[4] > 0.1 and (np.delete(cue, 4) < 0).all()
    assert (bone_cue(hips, knees, np.zeros(9)) == 0).all()


def test_hips_belong_along_the_shoulders() -> None:
    shoulders = np.array([[[0.2, -0.5, 0.0], [-0.2, -0.5, 0.0]]])
    assert trunk_cue(shoulders, shoulders)[0] == -trunk_cue(shoulders, shoulders[:, ::-1])[0] < 0


def test_repair_works_without_hints_and_across_gaps() -> None:
    track = exchange(walker(side_view=False), slice(20, 26), LEGS)
    keypoints = track.keypoints.copy()
    keypoints[40:45] = np.nan
    keypoints[40:45, :, 2] = 0
    repaired = repair(replace(track, hints=None, keypoints=keypoints), NAMES)
    assert np.flatnonzero(repaired.swapped).tolist() == [20, 21, 22, 23, 24, 25]
    assert repaired.hints is None


def feet(along: np.ndarray) -> np.ndarray:
    """Hints (n, 4, 2, 3) of a person facing the camera whose toes are `along` metres ahead of the heels."""
    hints = np.zeros((len(along), 4, 2, 3))
    hints[:, 0] = [[0.2, -0.5, 0], [-0.2, -0.5, 0]]
    hints[:, 1] = [[0.1, 0, 0], [-0.1, 0, 0]]
    hints[:, 2:, :, 1] = 0.9
    hints[:, 3, :, 2] = -along[:, None]
    return hints


def test_the_cue_speaks_only_where_two_populations_exist() -> None:
    noise = np.random.default_rng(0).normal(0, 0.02, 40)
    assert (heel_to_toe_cue(feet(0.2 + noise)) == 0).all()
    mixed = np.where(np.arange(40) % 5 == 0, 0.0, 0.22) + noise
    expected = np.where(np.arange(40) % 5 == 0, CUE_COST, -CUE_COST)
    assert np.array_equal(heel_to_toe_cue(feet(mixed)), expected)


def test_the_cue_does_not_condemn_the_majority() -> None:
    mixed = np.where(np.arange(40) % 5 == 0, 0.22, 0.0)
    assert (heel_to_toe_cue(feet(mixed)) == 0).all()


def test_two_frames_are_too_few_to_judge() -> None:
    track = walker()
    short = replace(
        track,
        keypoints=track.keypoints[:2],
        covariance=track.covariance[:2],
        hints=None,
        boxes=track.boxes[:2],
        swapped=track.swapped[:2],
    )
    assert repair(short, NAMES) is short
