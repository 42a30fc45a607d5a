from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from exported_motion import GAP, MODEL, RATE, moving_person, with_forces

from borelli.formats.c3d import read_c3d
from borelli.motion.motion import Motion
from borelli.pipeline.export import export_motion


@pytest.fixture(scope="module")
def motion() -> Motion:
    return with_forces(moving_person())


@pytest.fixture(scope="module")
def path(motion: Motion, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_motion(Path(tmp_path_factory.mktemp("c3d")), motion, ["c3d"])[0]


@pytest.fixture(scope="module")
def raw(path: Path) -> Any:
    return import_module("ezc3d").c3d(str(path))


def column(raw: Any, label: str) -> np.ndarray:
    """(T, 3) of a point."""
    labels = raw["parameters"]["POINT"]["LABELS"]["value"]
    return raw["data"]["points"][:3, labels.index(label)].T


def test_markers_and_joints_come_back_in_metres_and_gaps_stay_gaps(motion: Motion, path: Path) -> None:
    read = read_c3d(path)
    np.testing.assert_array_equal(read.R_world_file, np.eye(3))
    names, wanted = (*motion.landmark_names, *motion.joint_names), [motion.landmarks, motion.joints]
    at = [read.markers.names.index(name) for name in names]
    found, wanted = read.markers.positions[:, at], np.concatenate(wanted, axis=1)[:-1]
    np.testing.assert_allclose(found, wanted, atol=1e-6)
    assert np.isnan(found[GAP]).all() and not np.isnan(found[GAP.stop :]).any()
    np.testing.assert_allclose(np.diff(read.markers.times), 1 / RATE, atol=1e-6)


def test_model_outputs_are_not_taken_for_markers(path: Path) -> None:
    assert not any(
        name.endswith(("_angles", "_ground_force", "_free_moment")) for name in read_c3d(path).markers.names
    )


def test_angles_are_degrees_named_by_their_coordinates(motion: Motion, raw: Any) -> None:
    point = raw["parameters"]["POINT"]
    described = point["DESCRIPTIONS"]["value"][point["LABELS"]["value"].index("hip_r_angles")]
    assert described == "hip_flexion_r, hip_adduction_r, hip_rotation_r"
    wanted = np.stack([np.degrees(motion.coordinate(name)) for name in described.split(", ")], axis=1)[:-1]
    np.testing.assert_allclose(column(raw, "hip_r_angles"), wanted, atol=1e-3)
    assert not np.nan_to_num(column(raw, "knee_l_angles"))[:, 1:].any()
    assert len(point["ANGLES"]["value"]) == len(MODEL.skeleton.joint_names)
    assert point["ANGLE_UNITS"]["value"] == ["deg"] and point["UNITS"]["value"] == ["mm"]


def test_forces_and_centres_of_pressure_are_those_of_each_foot(raw: Any) -> None:
    force, centre = column(raw, "r_ground_force"), column(raw, "r_pressure_centre")
    np.testing.assert_allclose(force[0], [20, 300, 0], atol=1e-3)
    np.testing.assert_allclose(centre[0], [400, 0, 100], atol=1e-3)
    np.testing.assert_allclose(column(raw, "l_ground_force")[0], 0, atol=1e-6)
    assert np.isnan(force[20]).all(), "a frame that the contacts do not explain"
    assert raw["parameters"]["POINT"]["FORCE_UNITS"]["value"] == ["N"]


def test_a_motion_without_forces_has_no_force_points(tmp_path: Path) -> None:
    path = export_motion(tmp_path, moving_person(), ["c3d"])[0]
    labels = import_module("ezc3d").c3d(str(path))["parameters"]["POINT"]["LABELS"]["value"]
    assert "hip_r_angles" in labels and not any("force" in label for label in labels)


def test_forces_of_an_uneven_recording_follow_the_new_times(motion: Motion, tmp_path: Path) -> None:
    assert motion.forces is not None
    times, growing = motion.time.copy(), motion.forces * np.arange(len(motion.time))[:, None, None]
    times[30:] += 0.5 / RATE
    changed = replace(motion, time=times, forces=growing, valid=np.ones(len(times), dtype=bool))
    filled = replace(changed, coordinates=np.nan_to_num(motion.coordinates))
    read = import_module("ezc3d").c3d(str(export_motion(tmp_path, filled, ["c3d"])[0]))
    assert column(read, "r_ground_force")[34, 1] == pytest.approx(300 * 33.5, rel=1e-5)
