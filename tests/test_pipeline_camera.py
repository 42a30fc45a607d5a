"""Which evidence about the camera is used."""

from pathlib import Path

import numpy as np
import pytest

from borelli.errors import BorelliError
from borelli.pipeline.camera import camera_evidence, choose_camera
from borelli.pipeline.config import RunConfig, check

CALIBRATION = """[cam01]
name = "cam01"
size = [ 160.0, 120.0,]
matrix = [ [ 130.0, 0.0, 80.0,], [ 0.0, 130.0, 60.0,], [ 0.0, 0.0, 1.0,],]
distortions = [ 0.0, 0.0, 0.0, 0.0,]
rotation = [ 1.5707963, 0.0, 0.0,]
translation = [ 0.0, 1.0, 4.0,]
fisheye = false
"""


def test_without_any_evidence_the_prior_is_stated() -> None:
    camera = choose_camera(RunConfig(), 160, 120, None, photo=False)
    assert "prior" in camera.source and camera.focal_sd == 0.2


def test_a_stated_focal_length_comes_before_metadata() -> None:
    camera = choose_camera(RunConfig(focal_px=140.0), 160, 120, 26.0, photo=False)
    assert camera.K[0, 0] == 140.0 and camera.focal_sd == 0.0


def test_a_field_of_view_of_90_degrees_is_half_the_width() -> None:
    camera = choose_camera(RunConfig(fov=90.0), 160, 120, None, photo=False)
    np.testing.assert_allclose(camera.K[0, 0], 80.0)


@pytest.mark.parametrize(("photo", "word", "sd"), [(True, "EXIF", 0.05), (False, "QuickTime", 0.10)])
def test_metadata_are_trusted_more_for_photos(photo: bool, word: str, sd: float) -> None:
    camera = choose_camera(RunConfig(), 160, 120, 26.0, photo)
    assert word in camera.source and camera.focal_sd == sd


def test_a_calibration_comes_with_its_pose(tmp_path: Path) -> None:
    (tmp_path / "calib.toml").write_text(CALIBRATION)
    camera = choose_camera(RunConfig(calib=tmp_path / "calib.toml"), 160, 120, None, photo=False)
    evidence = camera_evidence(camera, camera.K, 1.5)
    assert camera.T_camera_world is not None
    assert evidence.pose == "calibrated" and "1.50 m over the floor" in evidence.line()


def test_the_camera_called_like_the_video_is_taken(tmp_path: Path) -> None:
    second = CALIBRATION.replace("cam01", "cam02").replace("130.0", "150.0")
    (tmp_path / "calib.toml").write_text(CALIBRATION + "\n" + second)
    config = RunConfig(calib=tmp_path / "calib.toml")
    assert choose_camera(config, 160, 120, None, False, video_name="cam02").K[0, 0] == 150.0
    with pytest.raises(BorelliError, match="several cameras"):
        choose_camera(config, 160, 120, None, False, video_name="walk")


def test_a_calibration_of_another_format_is_refused(tmp_path: Path) -> None:
    (tmp_path / "calib.toml").write_text(CALIBRATION)
    with pytest.raises(BorelliError, match="is for 160x120 frames but the video shows 120x160"):
        choose_camera(RunConfig(calib=tmp_path / "calib.toml"), 120, 160, None, photo=False)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (RunConfig(focal_px=100.0, fov=60.0), "--focal-px and --fov both state"),
        (RunConfig(camera="cam01"), "--calib"),
        (RunConfig(keypoints=Path("a"), pose_model=Path("b")), "both sources of keypoints"),
        (RunConfig(stature=(175.0,)), "175 m is not a person's"),
        (RunConfig(start=3.0, end=2.0), "must be after"),
    ],
)
def test_contradicting_choices_are_refused_before_any_work(config: RunConfig, message: str) -> None:
    with pytest.raises(BorelliError, match=message):
        check(config)
