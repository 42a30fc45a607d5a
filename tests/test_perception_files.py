"""Keypoint files of other software become the same observations."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from borelli.errors import BorelliError
from borelli.perception import observe_files
from borelli.video import VideoInfo

INFO = VideoInfo(Path("clip.mp4"), 640, 480, 25.0, 8, 0, 0.32)


def figure(x: float, count: int) -> np.ndarray:
    """(K, 3) points spread over a standing person at x."""
    angle = np.arange(count) * 2.4
    return np.column_stack([x + 20 * np.cos(angle), 240 + 80 * np.sin(angle), np.full(count, 0.8)])


def two_people(frame: int, count: int) -> list[np.ndarray]:
    """Two people walking apart, listed in an order that changes from frame to frame."""
    people = [figure(100 + 4 * frame, count), figure(500 - 4 * frame, count)]
    return people if frame % 2 == 0 else people[::-1]


def write_openpose(folder: Path, count: int, frames: int = 8) -> Path:
    folder.mkdir()
    for frame in range(frames):
        people = [
            {"person_id": [-1], "pose_keypoints_2d": p.ravel().tolist()} for p in two_people(frame, count)
        ]
        (folder / f"clip_{frame:012d}_keypoints.json").write_text(json.dumps({"people": people}))
    return folder


def write(path: Path, content: Any) -> Path:
    path.write_text(json.dumps(content))
    return path


def test_an_openpose_folder_gives_two_people_with_stable_identities(tmp_path: Path) -> None:
    observed = observe_files(write_openpose(tmp_path / "json", 26), INFO)
    assert observed.keypoint_set == "halpe26"
    assert (observed.width, observed.height) == (640, 480)
    assert np.allclose(observed.times, np.arange(8) / 25)
    assert len(observed.tracks) == 2
    for track, start, step in zip(observed.tracks, (100, 500), (4, -4), strict=True):
        for frame in range(8):
            assert np.allclose(track.keypoints[frame], figure(start + step * frame, 26))
        assert (np.linalg.eigvalsh(track.covariance) >= 1.0).all()
        assert track.boxes[0, 1] < track.boxes[0, 3]


def test_the_videos_own_times_are_used(tmp_path: Path) -> None:
    times = np.array([0.0, 0.03, 0.1, 0.11, 0.2, 0.3, 0.33, 0.4])
    observed = observe_files(write_openpose(tmp_path / "json", 25), INFO, times=times)
    assert np.array_equal(observed.times, times)


def test_a_set_is_chosen_by_count_or_by_name(tmp_path: Path) -> None:
    folder = write_openpose(tmp_path / "json", 25)
    assert observe_files(folder, INFO).keypoint_set == "body25"
    assert observe_files(folder, INFO, keypoint_set="body25b").keypoint_set == "body25b"
    with pytest.raises(BorelliError, match=r"halpe26 has 26 points, the data 25.*body25 \(25\)"):
        observe_files(folder, INFO, keypoint_set="halpe26")
    with pytest.raises(BorelliError, match=r"'openpose' is unknown; valid: .*coco17"):
        observe_files(folder, INFO, keypoint_set="openpose")


def test_an_unknown_number_of_points_lists_the_sets(tmp_path: Path) -> None:
    with pytest.raises(BorelliError, match=r"no keypoint set has 19 points; valid: .*blazepose33 \(33\)"):
        observe_files(write_openpose(tmp_path / "json", 19), INFO)


def test_missing_points_are_absent_not_at_the_corner(tmp_path: Path) -> None:
    people = figure(100, 17)
    people[3] = 0
    entries = [{"image_id": f, "keypoints": people.ravel().tolist(), "score": 1.7} for f in range(8)]
    (track,) = observe_files(write(tmp_path / "coco.json", entries), INFO).tracks
    assert np.isnan(track.keypoints[:, 3, :2]).all()
    assert (track.keypoints[:, 3, 2] == 0).all()
    assert track.seen.all()


def test_coco_annotations_use_their_visibility_flags(tmp_path: Path) -> None:
    people = figure(100, 17)
    people[:, 2] = 2
    people[4, 2], people[5, 2] = 1, 0
    content = {
        "images": [{"id": 70 + f, "file_name": f"{f:06d}.jpg"} for f in range(8)],
        "annotations": [{"image_id": 70 + f, "keypoints": people.ravel().tolist()} for f in range(8)],
    }
    (track,) = observe_files(write(tmp_path / "person_keypoints.json", content), INFO).tracks
    assert track.keypoints[0, [3, 4, 5], 2].tolist() == [1.0, 0.5, 0.0]


def test_alphapose_identities_are_believed(tmp_path: Path) -> None:
    entries = [
        {"image_id": f"{f}.jpg", "keypoints": p.ravel().tolist(), "idx": 7 if p[0, 0] < 300 else 2}
        for f in range(8)
        for p in two_people(f, 17)
    ]
    observed = observe_files(write(tmp_path / "alphapose-results.json", entries), INFO)
    assert observed.keypoint_set == "coco17"
    assert [track.seen.sum() for track in observed.tracks] == [8, 8]


def test_an_mmpose_file_counts_frames_from_one(tmp_path: Path) -> None:
    info = [
        {
            "frame_id": f + 1,
            "instances": [
                {"keypoints": p[:, :2].tolist(), "keypoint_scores": p[:, 2].tolist()}
                for p in two_people(f, 133)
            ],
        }
        for f in range(8)
    ]
    content = {"meta_info": {}, "instance_info": info}
    observed = observe_files(write(tmp_path / "results.json", content), INFO)
    assert observed.keypoint_set == "wholebody133"
    assert np.allclose(observed.tracks[0].keypoints[3], figure(112, 133))


def test_frames_without_people_are_gaps(tmp_path: Path) -> None:
    folder = write_openpose(tmp_path / "json", 26)
    (folder / "clip_000000000004_keypoints.json").write_text('{"people": []}')
    observed = observe_files(folder, INFO)
    assert [np.flatnonzero(~track.seen).tolist() for track in observed.tracks] == [[4], [4]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"a": 1}, "no known keypoint format"),
        ([], "holds no people"),
        ([{"image_id": 0}], "cannot be read"),
        ({"people": [{}]}, "not an OpenPose file"),
        ([{"image_id": 900, "keypoints": [1.0] * 51}], "frame 900, the video 8 frames"),
    ],
)
def test_other_content_is_refused_with_the_known_formats(tmp_path: Path, content: Any, message: str) -> None:
    with pytest.raises(BorelliError, match=message):
        observe_files(write(tmp_path / "odd.json", content), INFO)


def test_paths_that_hold_nothing_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BorelliError, match=r"does not exist; give an OpenPose folder"):
        observe_files(tmp_path / "gone.json", INFO)
    with pytest.raises(BorelliError, match=r"holds no \.json files"):
        observe_files(tmp_path, INFO)
    (tmp_path / "bad_000.json").write_text("{")
    with pytest.raises(BorelliError, match="not readable JSON"):
        observe_files(tmp_path / "bad_000.json", INFO)
