"""The whole way on real footage, when the footage and the networks are at hand."""

import json
from pathlib import Path

import av
import numpy as np
import pytest

import borelli
from borelli.motion.motion import Motion, load_motion
from borelli.perception import model_state
from borelli.perception.keypoint_sets import keypoint_set
from borelli.pipeline.run import RunResult, run_one

CLIP = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "video" / "street" / "demo.mp4"
START, END, COUNT = 3.0, 4.31, 40


@pytest.fixture(scope="module")
def clip() -> Path:
    if not CLIP.exists():
        pytest.skip("the street clip is not at hand")
    if not all(present for name, _, present in model_state() if name.endswith(".tflite")):
        pytest.skip("the pose networks are not in the cache")
    return CLIP


@pytest.fixture(scope="module")
def result(clip: Path, tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    config = borelli.RunConfig(start=START, end=END, stature=(1.65, 0.0))
    return run_one(clip, config, tmp_path_factory.mktemp("clip"))


@pytest.fixture(scope="module")
def walker(result: RunResult) -> Motion:
    return load_motion(result.folder / "person_0" / "motion.npz")


def test_the_walking_woman_walks_at_a_human_speed_on_the_floor(walker: Motion) -> None:
    pelvis = walker.joints[:, 0]
    path = np.linalg.norm(np.diff(pelvis[:, [0, 2]], axis=0), axis=1).sum()
    speed = path / (walker.time[-1] - walker.time[0])
    assert 0.6 < speed < 2.2
    assert 0.75 < np.median(pelvis[:, 1]) < 1.1
    assert abs(walker.stature - 1.65) < 0.03


def test_both_people_are_valid_and_within_anatomical_limits(result: RunResult) -> None:
    people = result.report["people"]
    assert [person["person"] for person in people] == [0, 1]
    assert all(person["frames_seen"] >= 0.9 * COUNT for person in people)
    assert all(person["limit_violations"] == 0 for person in people)


def test_the_joints_project_onto_the_keypoints(walker: Motion) -> None:
    for joint, keypoint in (("knee_r", "right_knee"), ("hip_l", "left_hip"), ("ankle_r", "right_ankle")):
        x = walker.joints_camera[:, walker.joint_names.index(joint)]
        pixels = (x[:, :2] / x[:, 2:]) @ walker.K[:2, :2].T + walker.K[:2, 2]
        seen = walker.keypoints[:, walker.keypoint_names.index(keypoint)]
        error = np.linalg.norm(pixels - seen[:, :2], axis=1)[seen[:, 2] > 0.5]
        assert len(error) > 10 and np.median(error) < 25  # she is about 430 pixels tall


def test_the_overlay_is_a_video_of_all_frames(result: RunResult) -> None:
    with av.open(str(result.folder / "overlay.mp4")) as container:
        frames = sum(1 for _ in container.decode(video=0))
        width = container.streams.video[0].width
    assert (frames, width) == (COUNT, 1280)


def test_keypoints_from_a_file_give_nearly_the_same_motion(
    clip: Path, walker: Motion, tmp_path: Path
) -> None:
    kinds = keypoint_set("coco17").keypoints
    pick = [walker.keypoint_names.index(name) for name in kinds]
    with av.open(str(clip)) as container:
        times = [float(frame.time or 0.0) for frame in container.decode(video=0)]
    entries = [
        {
            "image_id": int(np.argmin(np.abs(np.array(times) - time))),
            "keypoints": np.nan_to_num(points[pick]).ravel().tolist(),
            "score": 1.0,
            "idx": 0,
        }
        for time, points in zip(walker.time, walker.keypoints, strict=True)
    ]
    (tmp_path / "coco.json").write_text(json.dumps(entries))
    motions = borelli.reconstruct(clip, start=START, end=END, stature=1.65, keypoints=tmp_path / "coco.json")
    assert len(motions) == 1 and len(motions[0].time) == len(walker.time)
    knee = [np.degrees(m.coordinate("knee_angle_r")) for m in (motions[0], walker)]
    assert np.abs(knee[0] - knee[1]).mean() < 15
