"""One long video in parts: the same people, the same motion, no seam."""

from dataclasses import replace
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import pytest
from stepping import MODEL, PERSON, squatting

from borelli.batch.mapping import mapped
from borelli.batch.part_work import PART_S, Part, PartWork, parts_of, perception
from borelli.dynamics import newton
from borelli.dynamics.actor import Actor
from borelli.dynamics.config import PhysicsConfig
from borelli.dynamics.explain import explain
from borelli.dynamics.schedule import schedule
from borelli.motion.motion import Motion
from borelli.perception import PerceptionConfig
from borelli.perception.blazepose import BlazePose, Pose
from borelli.perception.models import model_state
from borelli.perception.observe import follow, observations_of
from borelli.perception.parts import joined
from borelli.perception.tracking import Followed
from borelli.perception.tracklet import Sightings, Tracklet
from borelli.pipeline.camera import choose_camera
from borelli.pipeline.config import RunConfig
from borelli.pipeline.detect import silent
from borelli.pipeline.stages import reconstruct_people
from borelli.video import VideoInfo, frames, probe, write_video

BALANCE = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "video" / "balance" / "cam03.mp4"


def pose(x: float) -> Pose:
    keypoints = np.column_stack([np.full(33, x), np.arange(33.0), np.ones(33)])
    zeros = np.zeros
    to_image = np.array([[1.0, 0, x], [0, 1, 0]])
    return Pose(
        1.0,
        keypoints,
        zeros((33, 2, 2)),
        zeros((33, 3)),
        zeros((128, 128), bool),
        to_image,
        zeros((2, 2)),
        zeros(64),
    )


def sightings(places: dict[int, float]) -> list[Sightings]:
    found = Tracklet(pose(0.0))
    for frame, place in places.items():
        found.add(frame, pose(place))
    return found.sightings()


def walk(first: int, last: int, at: float) -> dict[int, float]:
    return {frame: at + frame for frame in range(first, last)}


def followed(first: int, last: int, *people: dict[int, float]) -> Followed:
    """Somebody's part in frames of its own, given in frames of the clip, 10 per second."""
    own = [sightings({f - first: x for f, x in person.items()}) for person in people]
    return Followed(np.arange(first, last) / 10, own)


def spans(whole: Followed) -> list[tuple[int, int]]:
    """First frame and frame after the last of everybody; nobody is missed in between."""
    found = [np.concatenate([seen.frames for seen in chain]) for chain in whole.people]
    for numbers in found:
        np.testing.assert_array_equal(numbers, np.arange(numbers[0], numbers[-1] + 1))
    return [(int(numbers[0]), int(numbers[-1]) + 1) for numbers in found]


def test_people_are_handed_over_to_the_next_part() -> None:
    a = followed(0, 51, walk(0, 51, 0.0), walk(10, 51, 500.0))
    b = followed(30, 100, walk(30, 100, 500.0), walk(30, 90, 0.0), walk(70, 100, 900.0))
    whole = joined([a, b], [5.0])
    np.testing.assert_array_equal(whole.times, np.arange(100) / 10)
    assert spans(whole) == [(0, 90), (10, 100), (70, 100)]
    for chain, offset in zip(whole.people, (0.0, 500.0, 900.0), strict=True):
        for seen in chain:
            np.testing.assert_allclose(seen.keypoints[:, 0, 0], offset + seen.frames)
            assert len(seen.masks) == len(seen.frames) == len(seen.T_image_mask)


def test_who_leaves_or_comes_at_the_turn_is_not_joined_to_anybody() -> None:
    a = followed(0, 51, walk(0, 45, 0.0))
    b = followed(30, 100, walk(48, 100, 700.0))
    whole = joined([a, b], [5.0])
    assert spans(whole) == [(0, 45), (50, 100)]


def test_nobody_at_all_is_nobody() -> None:
    assert joined([followed(0, 51), followed(30, 100)], [5.0]).people == []


def test_parts_cover_the_video_and_begin_before_their_turn() -> None:
    info = VideoInfo(Path("a.mp4"), 64, 48, 30.0, 9000, 0, 300.0)
    parts = parts_of(info, RunConfig(start=10.0))
    assert len(parts) == round(290 / PART_S) and parts[0].start == 10.0 and parts[-1].end is None
    for before, after in pairwise(parts):
        assert before.end == after.turn and after.start is not None and after.start < after.turn
    assert len(parts_of(replace(info, fps=0.0), RunConfig())) == 1
    assert len(parts_of(replace(info, duration=20.0), RunConfig())) == 1


def torques(q: np.ndarray, times: np.ndarray) -> np.ndarray:
    actor = Actor.of(MODEL, PERSON, 75.0)
    points, _ = actor.places(q)
    active = np.zeros(points.shape[:2], dtype=bool)
    active[:, actor.touch.soles] = True
    plan = schedule(active, points, times, np.zeros(active.shape))
    return explain(actor, times, q, plan, PhysicsConfig()).torques


def test_forces_of_a_long_clip_are_found_run_by_run_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    times, q = squatting(40)
    whole = torques(q, times)
    monkeypatch.setattr(newton, "FRAMES_AT_ONCE", 7)
    np.testing.assert_allclose(torques(q, times), whole, rtol=0, atol=1e-9)
    assert np.abs(whole).max() > 10


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds of a recording at half its size."""
    if not BALANCE.is_file():
        pytest.skip("the balance recording of the shared data is not here")
    if not all(present for name, _, present in model_state() if name.endswith(".tflite")):
        pytest.skip("the networks are not in the cache; borelli doctor says how to get them")
    path = tmp_path_factory.mktemp("parts") / "balance.mp4"
    pictures = ((f.time, np.ascontiguousarray(f.image[::2, ::2])) for f in islice(frames(BALANCE), 90))
    write_video(path, pictures)
    return path


def motion_of(path: Path, found: Followed) -> Motion:
    info, config = probe(path), RunConfig(people="largest", stature=(1.75,), no_physics=True)
    camera = choose_camera(config, info.width, info.height, None, False, "balance")
    seen = observations_of(found, info, PerceptionConfig())
    return reconstruct_people(seen, camera, path.name, config, silent).motions[0]


def test_the_seam_cannot_be_seen(clip: Path) -> None:
    """Joints to 5 mm of a single pass, and no step of velocity where one part hands over to the next."""
    info, loaded = probe(clip), BlazePose(None, 1)
    config = perception(RunConfig(), 1)
    times = [frame.time for frame in frames(clip)]
    turn = times[50]
    single = follow(frames(clip), info, config, None, loaded)
    parts = [
        follow(frames(clip, None, turn), info, config, None, loaded),
        follow(frames(clip, times[20], None), info, config, None, loaded),
    ]
    whole = joined(parts, [turn])
    np.testing.assert_array_equal(whole.times, single.times)
    at_once, in_parts = (np.concatenate([s.keypoints for s in f.people[0]]) for f in (single, whole))
    assert np.array_equal(in_parts, at_once)  # even to the bit
    one, two = motion_of(clip, single), motion_of(clip, whole)
    apart = np.linalg.norm(one.joints - two.joints, axis=2)
    assert apart.max() < 0.005
    np.testing.assert_allclose(two.segment_lengths, one.segment_lengths, atol=1e-3)
    steps = np.linalg.norm(np.diff(two.joints - one.joints, axis=0), axis=2) / np.diff(two.time)[:, None]
    assert steps.max() < 0.05  # m/s


def test_workers_find_parts_in_order_and_state_what_is_wrong(clip: Path) -> None:
    info = probe(clip)
    parts = [Part(info, None, 0.0, 0.3), Part(info, 0.2, 0.3, 0.6), Part(info, 50.0, 50.0, None)]
    found = list(mapped(parts, PartWork(RunConfig(), 1), 1))
    assert [f.followed is not None for f in found] == [True, True, False]
    assert found[1].followed is not None and found[1].followed.times[0] >= 0.2
    assert "no decodable video frame" in found[2].error
