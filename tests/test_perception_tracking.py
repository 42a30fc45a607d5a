"""Identities over time on synthetic scenes: crossings, gaps, ghosts."""

from collections.abc import Callable
from typing import cast

import numpy as np
import pytest
from people import Scene, picture, standing

from borelli.perception.blazepose import BlazePose, Detection, Pose
from borelli.perception.config import PerceptionConfig
from borelli.perception.identity import people
from borelli.perception.tracking import Tracker, windows
from borelli.perception.tracklet import Sightings

RED, BLUE = 48, 3
HIP = np.array([400.0, 250.0])


def follow(
    scene: Callable[[int], list[Pose]], count: int, config: PerceptionConfig | None = None
) -> list[list[Sightings]]:
    """People of a scene at 30 frames per second."""
    tracker = Tracker(cast(BlazePose, Scene(scene)), (1000, 500), config or PerceptionConfig())
    for frame in range(count):
        tracker.step(frame, picture(frame))
    return people(tracker.people, np.arange(count) / 30, 0.3, 4.0)


def hips(chain: list[Sightings]) -> dict[int, float]:
    """Horizontal place of the mid-hip per frame."""
    return {
        int(frame): float(keypoints[23:25, 0].mean())
        for seen in chain
        for frame, keypoints in zip(seen.frames, seen.keypoints, strict=True)
    }


def crossing(frame: int) -> list[Pose]:
    """Red walks right in front, blue walks left and is hidden while they overlap."""
    red = standing(np.array([200.0 + 6 * frame, 250.0]), 300, RED)
    blue = standing(np.array([800.0 - 6 * frame, 255.0]), 300, BLUE)
    return [red] if abs(red.axis[0, 0] - blue.axis[0, 0]) < 60 else [red, blue]


def test_crossing_people_keep_their_identities() -> None:
    chains = follow(crossing, 100)
    assert len(chains) == 2
    chains.sort(key=lambda chain: hips(chain)[0])
    for chain, path in zip(chains, (lambda f: 200 + 6 * f, lambda f: 800 - 6 * f), strict=True):
        places = hips(chain)
        assert len(places) > 80
        assert all(abs(x - path(frame)) < 1 for frame, x in places.items())


def test_someone_hidden_for_a_second_comes_back_as_the_same_person() -> None:
    def scene(frame: int) -> list[Pose]:
        walker = standing(np.array([100.0 + 5 * frame, 250.0]), 300, RED)
        return [] if 40 <= frame < 75 else [walker]

    (chain,) = follow(scene, 120)
    assert set(hips(chain)) == set(range(120)) - set(range(40, 75))


def test_another_person_at_the_same_place_is_not_the_same_person() -> None:
    def scene(frame: int) -> list[Pose]:
        place = np.array([500.0, 250.0])
        if frame < 40:
            return [standing(place, 300, RED)]
        return [standing(place, 300, BLUE)] if frame >= 75 else []

    assert len(follow(scene, 120)) == 2


def test_a_ghost_of_a_few_frames_is_dropped() -> None:
    def scene(frame: int) -> list[Pose]:
        person = standing(np.array([200.0, 250.0]), 300, RED)
        return [person, standing(np.array([800.0, 250.0]), 300, BLUE)] if 20 <= frame < 24 else [person]

    (chain,) = follow(scene, 60)
    assert len(hips(chain)) == 60


def test_a_diffuse_pose_does_not_start_a_track() -> None:
    def scene(frame: int) -> list[Pose]:
        tree = standing(np.array([800.0, 250.0]), 300, BLUE)
        tree.covariance[:] *= 100
        return [standing(np.array([200.0, 250.0]), 300, RED), tree]

    assert len(follow(scene, 30)) == 1


def test_somebody_entering_later_is_found_within_the_detection_interval() -> None:
    def scene(frame: int) -> list[Pose]:
        first = standing(np.array([200.0, 250.0]), 300, RED)
        return [first, standing(np.array([700.0, 250.0]), 300, BLUE)] if frame >= 31 else [first]

    chains = follow(scene, 60, PerceptionConfig(detect_every=10))
    assert min(hips(chains[1])) == 40


def test_no_more_than_the_largest_people_are_followed() -> None:
    def scene(frame: int) -> list[Pose]:
        return [standing(np.array([150.0 + 250 * i, 250.0]), 100 + 50 * i, RED) for i in range(4)]

    chains = follow(scene, 20, PerceptionConfig(max_people=2))
    assert sorted(hips(chain)[0] for chain in chains) == pytest.approx([650, 900])


def test_small_people_are_ignored() -> None:
    assert follow(lambda frame: [standing(np.array([500.0, 250.0]), 40, RED)], 20) == []


@pytest.mark.parametrize("size", [(1920, 1080), (1080, 1920), (640, 640), (3000, 400)])
def test_windows_cover_the_picture_and_stay_inside(size: tuple[int, int]) -> None:
    whole, large, small = windows(*size)
    assert whole[2] == max(size)
    for tiles in filter(None, (large, small)):
        covered = np.zeros((size[1], size[0]), dtype=bool)
        for x, y, side in tiles:
            assert x >= 0 and y >= 0 and x + side <= size[0] + 1e-6 and y + side <= size[1] + 1e-6
            covered[round(y) : round(y + side), round(x) : round(x + side)] = True
        assert covered.all()


@pytest.mark.parametrize("blurred, looks", [(False, 1), (True, 2)])
def test_blurred_limbs_are_looked_at_twice_and_the_sharper_answer_is_kept(blurred: bool, looks: int) -> None:
    sharp, other = standing(HIP, 300, RED), standing(HIP + 3, 300, RED)
    if blurred:
        other.covariance[25:29] = 60.0**2 * np.eye(2)
    start = standing(HIP, 300, RED)
    answers = [start, start, other, sharp]

    class Networks:
        def pose(self, image: np.ndarray, axis: np.ndarray) -> Pose:
            return answers.pop(0)

        def detect(self, *window: object) -> list[Detection]:
            return [Detection(0.9, np.array([300.0, 100.0, 500.0, 400.0]), start.axis)]

    tracker = Tracker(cast(BlazePose, Networks()), (1000, 500), PerceptionConfig())
    tracker.step(0, picture(0))
    tracker.step(1, picture(1))
    assert len(answers) == 2 - looks
    expected = sharp if blurred else other
    assert np.allclose(tracker.people[0][-1].keypoints[-1], expected.keypoints.astype(np.float32))
