import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from borelli.body.skeleton import skeleton
from borelli.export.tables import write_angles, write_column_definitions
from borelli.motion.motion import Motion


@pytest.fixture
def motion() -> Motion:
    table = skeleton()
    coordinates = np.zeros((4, 49))
    coordinates[:, table.coordinate("pelvis_rotation")] = [3.0, 3.1, 3.2 - 2 * np.pi, 3.3 - 2 * np.pi]
    coordinates[:, table.coordinate("knee_angle_r")] = np.pi / 3
    coordinates[:, table.coordinate("pelvis_ty")] = 0.9
    empty = np.zeros((4, 0))
    return Motion(
        person=0,
        video="a.mp4",
        width=2,
        height=2,
        time=np.array([0.0, 0.04, 0.08, 0.13]),
        coordinate_names=table.coordinate_names,
        coordinates=coordinates,
        joint_names=(),
        joints=empty[..., None].repeat(3, -1),
        joints_camera=empty[..., None].repeat(3, -1),
        joint_sigma=empty,
        landmark_names=(),
        landmarks=empty[..., None].repeat(3, -1),
        shape=np.zeros(0),
        log_lengths=np.zeros(10),
        scale=1.0,
        segment_names=(),
        segment_lengths=np.zeros(0),
        stature=1.7,
        mass=70.0,
        K=np.eye(3),
        distortion=np.zeros(0),
        T_camera_world=np.tile(np.eye(4), (4, 1, 1)),
        keypoint_names=(),
        keypoints=empty[..., None].repeat(3, -1),
        contact_names=(),
        contacts=empty,
        valid=np.array([True, True, True, False]),
        coordinate_sigma=np.full((4, 49), np.radians(2.0)),
    )


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_angles_are_degrees_without_jumps_and_translations_metres(tmp_path, motion):
    write_angles(tmp_path / "angles.csv", motion)
    table = rows(tmp_path / "angles.csv")
    assert [float(row["time"]) for row in table] == [0.0, 0.04, 0.08, 0.13]
    assert float(table[0]["knee_angle_r"]) == pytest.approx(60.0)
    assert float(table[0]["pelvis_ty"]) == pytest.approx(0.9)
    np.testing.assert_allclose(
        [float(row["pelvis_rotation"]) for row in table[:3]], np.degrees([3.0, 3.1, 3.2]), atol=1e-4
    )
    assert float(table[1]["knee_angle_r_sd"]) == pytest.approx(2.0)


def test_frames_not_vouched_for_are_empty_and_flagged(tmp_path, motion):
    write_angles(tmp_path / "angles.csv", motion)
    last = rows(tmp_path / "angles.csv")[-1]
    assert last["valid"] == "0" and last["time"] == "0.130000"
    assert {value for key, value in last.items() if key not in ("time", "valid")} == {""}


def test_without_stated_uncertainty_there_are_no_such_columns(tmp_path, motion):
    write_angles(tmp_path / "angles.csv", replace(motion, coordinate_sigma=None))
    header = list(rows(tmp_path / "angles.csv")[0])
    assert header == ["time", "valid", *motion.coordinate_names]


def test_every_coordinate_has_a_meaning_a_zero_and_a_unit(tmp_path):
    write_column_definitions(tmp_path / "columns.csv")
    table = rows(tmp_path / "columns.csv")
    assert [row["column"] for row in table] == list(skeleton().coordinate_names)
    assert all(row["definition"] and row["positive"] and row["zero"] and row["isb"] for row in table)
    assert {row["unit"] for row in table} == {"deg", "m"}
    knee = next(row for row in table if row["column"] == "knee_angle_r")
    assert (knee["lower"], knee["upper"], knee["order"]) == ("0.0", "155.0", "1")
    assert float(knee["axis_z"]) == -1.0


# Where a positive angle takes a point of a right-hand segment, as the definitions say in words:
# (coordinate, point in the segment, direction it moves in; x forward, y up, z right).
DIRECTIONS = [
    ("pelvis_tilt", (1, 0, 0), (0, 1, 0)),
    ("pelvis_list", (0, 0, 1), (0, -1, 0)),
    ("pelvis_rotation", (1, 0, 0), (0, 0, -1)),
    ("hip_flexion_r", (0, -1, 0), (1, 0, 0)),
    ("hip_adduction_r", (0, -1, 0), (0, 0, -1)),
    ("hip_rotation_r", (1, 0, 0), (0, 0, -1)),
    ("knee_angle_r", (0, -1, 0), (-1, 0, 0)),
    ("ankle_angle_r", (1, 0, 0), (0, 1, 0)),
    ("subtalar_angle_r", (0, -1, 0), (0, 0, -1)),
    ("mtp_angle_r", (1, 0, 0), (0, -1, 0)),
    ("lumbar_bending", (0, 1, 0), (0, 0, 1)),
    ("lumbar_extension", (0, 1, 0), (-1, 0, 0)),
    ("lumbar_rotation", (1, 0, 0), (0, 0, -1)),
    ("thorax_bending", (0, 1, 0), (0, 0, 1)),
    ("thorax_extension", (0, 1, 0), (-1, 0, 0)),
    ("thorax_rotation", (1, 0, 0), (0, 0, -1)),
    ("head_bending", (0, 1, 0), (0, 0, 1)),
    ("head_extension", (0, 1, 0), (-1, 0, 0)),
    ("head_rotation", (1, 0, 0), (0, 0, -1)),
    ("scapula_abduction_r", (0, 0, 1), (1, 0, 0)),
    ("scapula_elevation_r", (0, 0, 1), (0, 1, 0)),
    ("scapula_upward_rot_r", (0, 1, 0), (-1, 0, 0)),
    ("arm_flex_r", (0, -1, 0), (1, 0, 0)),
    ("arm_add_r", (0, -1, 0), (0, 0, -1)),
    ("arm_rot_r", (1, 0, 0), (0, 0, -1)),
    ("elbow_flex_r", (0, -1, 0), (1, 0, 0)),
    ("pro_sup_r", (1, 0, 0), (0, 0, -1)),
    ("wrist_flex_r", (0, -1, 0), (0, 0, -1)),
    ("wrist_dev_r", (0, -1, 0), (-1, 0, 0)),
]


@pytest.mark.parametrize(("name", "point", "direction"), DIRECTIONS)
def test_positive_angles_move_as_the_definitions_say(name, point, direction):
    table = skeleton()
    axis = table.axes[table.coordinate(name)]
    assert np.cross(axis, point) @ np.array(direction) > 0.5
    if name.endswith("_r"):
        mirrored = table.axes[table.coordinate(name[:-1] + "l")]
        flip = np.array([1, 1, -1])
        assert np.cross(mirrored, flip * point) @ (flip * direction) > 0.5
