import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from exported_motion import FRAMES, RATE, first_frames, moving_person

from borelli.errors import BorelliError
from borelli.export.keypoints import keypoints_as
from borelli.motion.motion import Motion
from borelli.perception.files import observe_files
from borelli.perception.keypoint_sets import keypoint_set
from borelli.pipeline.export import export_motion
from borelli.video import VideoInfo


@pytest.fixture(scope="module")
def motion() -> Motion:
    motion = moving_person()
    keypoints = motion.keypoints.copy()
    keypoints[3] = np.nan
    return replace(motion, keypoints=keypoints)


@pytest.mark.parametrize(("name", "set_name"), [("openpose", "body25"), ("coco", "coco17")])
def test_our_reader_of_other_programs_files_gets_the_same_points(
    motion: Motion, tmp_path: Path, name: str, set_name: str
) -> None:
    path = export_motion(tmp_path, motion, [name])[0]
    info = VideoInfo(Path("clip one.mp4"), 640, 480, RATE, FRAMES, FRAMES / RATE, 0, ())
    read = observe_files(path, info, motion.time, set_name)
    assert read.keypoint_set == set_name and len(read.tracks) == 1
    names = keypoint_set(set_name).keypoints
    elbow = read.tracks[0].keypoints[:, names.index("left_elbow")]
    wanted = motion.keypoints[:, motion.keypoint_names.index("left_elbow")]
    seen = np.isfinite(wanted).all(axis=1)
    np.testing.assert_allclose(elbow[seen], wanted[seen], atol=1e-4)


def test_openpose_points_between_others_are_their_middle_and_unknown_ones_zero(motion: Motion) -> None:
    points = keypoints_as(motion, "body25")
    names, ours = keypoint_set("body25").keypoints, motion.keypoint_names
    ends = motion.keypoints[:, [ours.index("left_shoulder"), ours.index("right_shoulder")]]
    neck = points[:, names.index("neck")]
    np.testing.assert_allclose(neck[0, :2], ends[0, :, :2].mean(axis=0))
    assert neck[0, 2] == ends[0, :, 2].min()
    assert not points[:, names.index("left_small_toe")].any()
    toe = motion.keypoints[0, ours.index("left_foot_index")]
    np.testing.assert_allclose(points[0, names.index("left_big_toe")], toe)


def test_frames_without_the_person_have_no_people(motion: Motion, tmp_path: Path) -> None:
    folder, coco = export_motion(tmp_path, motion, ["openpose", "coco"])
    files = sorted(folder.iterdir())
    assert len(files) == FRAMES and files[3].name == "clip one_000000000003_keypoints.json"
    assert json.loads(files[3].read_text())["people"] == []
    results = json.loads(coco.read_text())
    assert [r["image_id"] for r in results] == [f for f in range(FRAMES) if f != 3]
    x, y, width, _ = results[0]["bbox"]
    points = np.reshape(results[0]["keypoints"], (-1, 3))
    assert points[:, 0].max() == pytest.approx(x + width, abs=1e-3) and points[:, 1].min() == y


def test_a_shorter_motion_leaves_no_frames_of_the_longer_one(motion: Motion, tmp_path: Path) -> None:
    folder = export_motion(tmp_path, motion, ["openpose"])[0]
    (folder / "notes.txt").write_text("mine")
    export_motion(tmp_path, first_frames(motion, 5), ["openpose"])
    assert len(list(folder.glob("*.json"))) == 5 and (folder / "notes.txt").exists()


def test_a_motion_from_markers_has_no_keypoints(motion: Motion, tmp_path: Path) -> None:
    bare = replace(motion, keypoint_names=(), keypoints=np.zeros((FRAMES, 0, 3)))
    with pytest.raises(BorelliError, match="has no keypoints; only videos and photos"):
        export_motion(tmp_path, bare, ["coco"])
    assert not list(tmp_path.iterdir())
