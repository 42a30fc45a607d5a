from pathlib import Path

import numpy as np
import pytest

from borelli.errors import BorelliError
from borelli.geometry.calibration import (
    fit_to_image,
    intrinsics_from_35mm,
    intrinsics_from_focal_px,
    intrinsics_from_fov,
    prior_intrinsics,
    read_calibration,
)
from borelli.geometry.camera import Camera
from borelli.geometry.frames import R_ZUP_YUP, camera_centre, transform_points

SHARED = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "video"

TOML = """
[cam]
name = "left"
size = [640.0, 480.0]
matrix = [[500.0, 0.0, 320.0], [0.0, 500.0, 240.0], [0.0, 0.0, 1.0]]
distortions = [0.1, 0.0, 0.0, 0.0]
rotation = [{rotation}]
translation = [{translation}]
fisheye = false
[metadata]
error = 0.0
"""
OPENCV = """%YAML:1.0
---
image_width: 640
image_height: 480
camera_matrix: !!opencv-matrix
   rows: 3
   cols: 3
   dt: d
   data: [ 500., 0., 320., 0., 510., 240., 0., 0., 1. ]
distortion_coefficients: !!opencv-matrix
   rows: 1
   cols: 5
   dt: d
   data: [ 0.1, -0.2, 0.01, 0.02, 0.3 ]
"""
ROS = """image_width: 640
image_height: 480
camera_name: head_camera
camera_matrix:
  rows: 3
  cols: 3
  data: [500, 0, 320, 0, 510, 240, 0, 0, 1]
distortion_model: plumb_bob
distortion_coefficients: {rows: 1, cols: 5, data: [0.1, -0.2, 0.01, 0.02, 0.3]}
"""
JSON = """{"image_width": 640, "image_height": 480, "distortion_coefficients": [[0.1, -0.2, 0.01, 0.02, 0.3]],
"camera_matrix": [[500, 0, 320], [0, 510, 240], [0, 0, 1]]}"""


def shared(name: str) -> Path:
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"shared recording {name} is not here")
    return path


def test_a_toml_pose_becomes_a_level_camera_over_a_floor_at_zero(tmp_path):
    # Looking along the world's +Y (Z up) from 1.5 m above the floor and 4 m back: x = X, y = -Z, z = Y.
    path = tmp_path / "calib.toml"
    path.write_text(TOML.format(rotation=f"{np.pi / 2}, 0.0, 0.0", translation="0.0, 1.5, 4.0"))
    camera = read_calibration(path, None, (640, 480))
    assert camera.T_camera_world is not None
    np.testing.assert_allclose(camera_centre(camera.T_camera_world), [0, 1.5, 4], atol=1e-9)
    floor_and_up = transform_points(camera.T_camera_world, np.array([[0.0, 0, 0], [0, 1.5, 0]]))
    np.testing.assert_allclose(floor_and_up, [[0, 1.5, 4], [0, 0, 4]], atol=1e-9)


def test_an_identity_pose_means_none_was_given(tmp_path):
    path = tmp_path / "calib.toml"
    path.write_text(TOML.format(rotation="0.0, 0.0, 0.0", translation="0.0, 0.0, 0.0"))
    assert read_calibration(path, "left", (640, 480)).T_camera_world is None


@pytest.mark.parametrize(("suffix", "text"), [(".yml", OPENCV), (".yaml", ROS), (".json", JSON)])
def test_opencv_and_ros_files_say_the_same(tmp_path, suffix, text):
    path = tmp_path / f"lens{suffix}"
    path.write_text(text)
    camera = read_calibration(path, None, (640, 480))
    np.testing.assert_array_equal(camera.K, [[500, 0, 320], [0, 510, 240], [0, 0, 1]])
    np.testing.assert_array_equal(camera.distortion, [0.1, -0.2, 0.01, 0.02, 0.3])
    assert camera.T_camera_world is None


def test_the_street_camera_is_level_at_eye_height_ten_metres_away():
    camera = read_calibration(shared("street/Calib_demo.toml"), None, (1768, 994))
    assert camera.T_camera_world is not None
    x, y, z = camera_centre(camera.T_camera_world)
    assert (x, y, z) == pytest.approx((10.0, 1.713, -3.508), abs=1e-3)
    down_in_camera = -camera.T_camera_world[:3, 1]
    np.testing.assert_allclose(down_in_camera, [0, 1, 0], atol=2e-3)


@pytest.mark.parametrize(("index", "name", "width"), [(0, "cam01", 1080), (1, "cam03", 1088)])
def test_qualisys_cameras_agree_with_the_shipped_numbers_of_the_reference(index, name, width):
    camera = read_calibration(shared("balance/calibration/Calib.qca.txt"), name, (width, 1920))
    assert camera.T_camera_world is not None
    with np.load(shared("balance/reference_cam01_cam03.npz")) as data:
        np.testing.assert_allclose(camera.K, data["K"][index])
        np.testing.assert_allclose(camera.distortion, data["dist_k1k2p1p2k3"][index])
        np.testing.assert_allclose(camera.T_camera_world[:3, :3] @ R_ZUP_YUP.T, data["R_shipped"][index])
        np.testing.assert_allclose(camera.T_camera_world[:3, 3], data["t_shipped"][index])
        seen = camera.project(
            transform_points(camera.T_camera_world, data["xyz_m"].astype(float) @ R_ZUP_YUP)
        )
        error = np.linalg.norm(seen - data["kp2d"][index, ..., :2], axis=-1)
        assert (
            np.median(error[data["kp2d"][index, ..., 2] > 0.5]) < 30.0
        )  # the shipped poses are off by up to 40 mm


def test_a_smaller_video_of_the_same_shape_scales_the_pixels_about_their_corners():
    camera = Camera(
        np.array([[1000.0, 0, 959.5], [0, 1000, 539.5], [0, 0, 1]]), np.array([0.1, 0, 0, 0]), 1920, 1080
    )
    half = fit_to_image(camera, 960, 540)
    np.testing.assert_allclose(half.K, [[500, 0, 479.5], [0, 500, 269.5], [0, 0, 1]])
    assert "scaled from 1920x1080 to 960x540" in half.source
    points = np.array([[0.3, -0.2, 2.0], [-0.5, 0.4, 3.0]])
    np.testing.assert_allclose(half.project(points) + 0.5, (camera.project(points) + 0.5) / 2)


def test_codec_padding_moves_no_pixel():
    camera = Camera(np.eye(3), np.zeros(4), 1088, 1920, source="x")
    cut = fit_to_image(camera, 1080, 1920)
    np.testing.assert_array_equal(cut.K, camera.K)
    assert (cut.width, cut.height) == (1080, 1920) and "cut" in cut.source


def test_a_turned_video_is_refused():
    with pytest.raises(BorelliError, match="1920x1080 frames but the video shows 1080x1920"):
        fit_to_image(Camera(np.eye(3), np.zeros(4), 1920, 1080, source="x"), 1080, 1920)


BAD_FILES = [
    ("a.ini", "", "valid: .json"),
    ("a.toml", "[cam]\nmatrix = 3", "no size, distortions"),
    ("a.toml", "[metadata]\nerror = 0", "holds no camera"),
    ("a.toml", "[cam", "not valid TOML"),
    ("a.qca.txt", "<calibration><cameras><camera serial='1'/></cameras></calibration>", "camera 1 lacks"),
    ("a.qca.txt", "no xml", "not a Qualisys"),
    ("a.yaml", "image_width: 3", "no camera_matrix"),
    ("a.yaml", "- 1", "holds no camera"),
    ("a.json", "{", "cannot be parsed"),
    ("a.json", JSON.replace("640", '"wide"'), "image_width is missing"),
    ("a.json", JSON.replace("0.1, -0.2,", ""), "3 distortion coefficients"),
    ("a.yaml", ROS.replace("plumb_bob", "equidistant"), "undistort"),
]


@pytest.mark.parametrize(("name", "text", "words"), BAD_FILES)
def test_a_bad_file_gives_one_line_that_says_what(tmp_path, name, text, words):
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(BorelliError, match=words) as caught:
        read_calibration(path, None, (640, 480))
    assert "\n" not in str(caught.value)


def test_unknown_camera_and_missing_file_list_what_is_there(tmp_path):
    path = tmp_path / "calib.toml"
    with pytest.raises(BorelliError, match="does not exist"):
        read_calibration(path, None, (640, 480))
    one = TOML.format(rotation="0.0, 0.0, 1.0", translation="0.0, 0.0, 0.0")
    path.write_text(
        one + one.replace("[cam]", "[cam2]").replace("left", "right").replace("[metadata]", "[m2]")
    )
    with pytest.raises(BorelliError, match="valid: left, right"):
        read_calibration(path, "middle", (640, 480))
    with pytest.raises(BorelliError, match="several cameras; name one of: left, right"):
        read_calibration(path, None, (640, 480))


def test_focal_lengths_agree_whichever_way_they_are_stated():
    by_fov = intrinsics_from_fov(1920, 1080, 90.0)
    np.testing.assert_allclose(by_fov.K[0, 0], 960.0)
    by_35 = intrinsics_from_35mm(3600, 2400, 50.0)
    np.testing.assert_allclose(by_35.K[0, 0], 5000.0)
    by_px = intrinsics_from_focal_px(101, 51, 80.0)
    np.testing.assert_array_equal(by_px.K[:2, 2], [50, 25])
    assert by_px.focal_sd == by_fov.focal_sd == 0.0


def test_the_prior_says_that_it_is_one():
    camera = prior_intrinsics(1080, 1920)
    assert camera.focal_sd == 0.2 and camera.source.startswith("prior")
    assert 1300 < camera.K[0, 0] < 1500


@pytest.mark.parametrize("bad", [0.0, -1.0, float("nan"), float("inf"), 200.0 - 1e9])
def test_impossible_optics_are_refused(bad):
    with pytest.raises(BorelliError):
        intrinsics_from_fov(640, 480, bad)
    with pytest.raises(BorelliError):
        intrinsics_from_35mm(640, 480, bad)
    with pytest.raises(BorelliError):
        intrinsics_from_focal_px(640, 480, bad)
