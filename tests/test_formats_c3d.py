from pathlib import Path

import numpy as np
import pytest

from borelli.errors import BorelliError
from borelli.formats.c3d import axes_of_screen, read_c3d
from borelli.formats.trc import read_trc

ezc3d = pytest.importorskip("ezc3d")

BIOMECH = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "biomech"
POSITIONS = np.arange(24, dtype=float).reshape(4, 2, 3) * 10 + 100


def write(path, labels, unit="mm", screen=("+X", "+Z"), rate=100.0, missing=()):
    """Four frames of two points, in the unit of the file."""
    file = ezc3d.c3d()
    parameters = file["parameters"]["POINT"]
    parameters["RATE"]["value"] = [rate]
    parameters["UNITS"]["value"] = [unit]
    parameters["LABELS"]["value"] = labels
    if screen is not None:
        file.add_parameter("POINT", "X_SCREEN", screen[0])
        file.add_parameter("POINT", "Y_SCREEN", screen[1])
    data = np.ones((4, 2, 4))
    data[:3] = POSITIONS.transpose(2, 1, 0)
    for frame, point in missing:
        data[:3, point, frame] = np.nan
    file["data"]["points"] = data
    file.write(str(path))
    return path


def test_positions_are_metres_whatever_the_unit(tmp_path):
    for unit, factor in (("mm", 1e-3), ("cm", 1e-2), ("m", 1.0)):
        found = read_c3d(write(tmp_path / "a.c3d", ["RASI", "LASI"], unit))
        np.testing.assert_allclose(found.markers.positions, POSITIONS * factor, rtol=1e-6)
        assert found.markers.names == ("RASI", "LASI")
        np.testing.assert_allclose(np.diff(found.markers.times), 0.01, atol=1e-9)
    with pytest.raises(BorelliError, match="POINT:UNITS 'inch' is unknown"):
        read_c3d(write(tmp_path / "a.c3d", ["RASI", "LASI"], "inch"))


def test_missing_points_are_nan(tmp_path):
    positions = read_c3d(write(tmp_path / "a.c3d", ["A", "B"], missing=[(2, 1)])).markers.positions
    assert np.isnan(positions[2, 1]).all()
    assert np.isfinite(np.delete(positions.reshape(8, 3), 5, axis=0)).all()


def test_points_nobody_named_are_left_out(tmp_path):
    found = read_c3d(write(tmp_path / "a.c3d", ["*12", "RASI"])).markers
    assert found.names == ("RASI",)
    np.testing.assert_allclose(found.positions[:, 0], POSITIONS[:, 1] / 1000, rtol=1e-6)


def test_files_without_labels_are_refused_in_one_sentence(tmp_path):
    with pytest.raises(BorelliError, match=r"labels none of its points.*label the markers"):
        read_c3d(write(tmp_path / "a.c3d", ["*1", "*2"]))


@pytest.mark.parametrize("content", [b"", b"hello", bytes(600)])
def test_damaged_files_are_refused(tmp_path, content):
    (tmp_path / "a.c3d").write_bytes(content)
    with pytest.raises(BorelliError, match=r"a\.c3d"):
        read_c3d(tmp_path / "a.c3d")
    with pytest.raises(BorelliError, match="does not exist"):
        read_c3d(tmp_path / "none.c3d")


@pytest.mark.parametrize(
    ("right", "up", "point", "expected"),
    [
        ("+X", "+Z", (1, 2, 3), (1, 3, -2)),
        ("+Y", "+Z", (1, 2, 3), (2, 3, 1)),
        ("+X", "+Y", (1, 2, 3), (1, 2, 3)),
        ("-X", "+Z", (1, 2, 3), (-1, 3, 2)),
        ("Z", "-X", (1, 2, 3), (3, -1, -2)),
    ],
)
def test_axes_of_the_screen_by_hand(right, up, point, expected):
    R = axes_of_screen(right, up)
    assert R is not None
    np.testing.assert_array_equal(R @ point, expected)
    assert np.linalg.det(R) == pytest.approx(1.0)


def test_axes_that_are_absent_or_alike_say_nothing(tmp_path):
    assert axes_of_screen("", "+Z") is None
    assert axes_of_screen("+Z", "-Z") is None
    assert read_c3d(write(tmp_path / "a.c3d", ["A", "B"], screen=None)).R_world_file is None


@pytest.mark.parametrize("name", ["walking2", "walking5"])
def test_recorded_trials_agree_with_opensims_reader(name):
    folder = BIOMECH / "opensim_core_c3d"
    if not folder.exists():
        pytest.skip("the shared C3D files are not here")
    ours, theirs = read_c3d(folder / f"{name}.c3d"), read_trc(folder / f"std_{name}_markers.trc")
    rows = np.searchsorted(ours.markers.times, theirs.times - 1e-6)
    rows = rows[rows < len(ours.markers.times)]
    columns = [ours.markers.names.index(label) for label in theirs.names]
    difference = ours.markers.positions[rows][:, columns] - theirs.positions[: len(rows)]
    assert np.isfinite(difference).sum() > 7000
    assert np.nanmax(np.abs(difference)) < 1e-4
