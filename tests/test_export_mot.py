from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from borelli.errors import BorelliError
from borelli.export.mot import read_mot, write_mot
from borelli.formats.storage import Storage, read_storage, write_storage

opensim = pytest.importorskip("opensim")

BIOMECH = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "biomech"
NAMES = ("knee_angle_r", "pelvis_tx", "hip_flexion_l")
TIMES = np.array([0.0, 0.04, 0.081, 0.12])


def shared(name: str) -> Path:
    path = BIOMECH / name
    if not path.exists():
        pytest.skip(f"shared recording {name} is not here")
    return path


@given(arrays(np.float64, (4, 3), elements=st.floats(-7, 7)))
def test_radians_come_back_from_a_file_in_degrees(tmp_path_factory, values):
    path = tmp_path_factory.mktemp("mot") / "a.mot"
    write_mot(path, TIMES, NAMES, values)
    times, names, back = read_mot(path)
    assert names == NAMES
    np.testing.assert_allclose(times, TIMES)
    np.testing.assert_allclose(back, values, rtol=1e-9, atol=1e-9)


def test_only_rotations_are_turned_into_degrees(tmp_path):
    write_mot(tmp_path / "a.mot", TIMES, NAMES, np.full((4, 3), np.pi / 2))
    storage = read_storage(tmp_path / "a.mot")
    assert storage.in_degrees and storage.title == "Coordinates"
    np.testing.assert_allclose(storage.values[0], [90.0, np.pi / 2, 90.0])


def test_opensim_reads_the_same_numbers_and_the_unit(tmp_path):
    values = np.random.default_rng(0).normal(size=(4, 3))
    write_mot(tmp_path / "a.mot", TIMES, NAMES, values)
    table = opensim.TimeSeriesTable(str(tmp_path / "a.mot"))
    assert table.getTableMetaDataString("inDegrees") == "yes"
    assert tuple(table.getColumnLabels()) == NAMES
    np.testing.assert_allclose(table.getIndependentColumn(), TIMES)
    np.testing.assert_allclose(table.getMatrix().to_numpy()[:, [0, 2]], np.degrees(values[:, [0, 2]]))
    np.testing.assert_allclose(table.getMatrix().to_numpy()[:, 1], values[:, 1])
    storage = opensim.Storage(str(tmp_path / "a.mot"))
    assert storage.isInDegrees() and storage.getSize() == 4


def test_frames_with_a_gap_are_left_out_because_opensim_would_stop_there(tmp_path):
    values = np.random.default_rng(0).normal(size=(4, 3))
    values[1, 2] = np.nan
    write_mot(tmp_path / "a.mot", TIMES, NAMES, values)
    storage = opensim.Storage(str(tmp_path / "a.mot"))
    seen = [storage.getStateVector(i).getTime() for i in range(storage.getSize())]
    np.testing.assert_allclose(seen, TIMES[[0, 2, 3]])
    with pytest.raises(BorelliError, match="nothing to write"):
        write_mot(tmp_path / "b.mot", TIMES, NAMES, np.full((4, 3), np.nan))
    assert not (tmp_path / "b.mot").exists()


def test_a_file_written_by_opensim_is_read(tmp_path):
    table = opensim.TimeSeriesTable()
    table.setColumnLabels(["knee_angle_r", "pelvis_tx"])
    table.addTableMetaDataString("inDegrees", "yes")
    table.appendRow(0.5, opensim.RowVector([90.0, 1.25]))
    opensim.STOFileAdapter.write(table, str(tmp_path / "a.sto"))
    times, names, values = read_mot(tmp_path / "a.sto")
    assert names == ("knee_angle_r", "pelvis_tx") and times[0] == 0.5
    np.testing.assert_allclose(values, [[np.pi / 2, 1.25]])


@pytest.mark.parametrize(
    ("name", "in_degrees", "rows"),
    [
        ("gait2354_subject01_walk/subject01_walk1_ik.mot", True, 73),
        ("opensim_core_walk3d/coordinates.sto", False, 1350),
        ("opensim_core_gait2392_ref/std_subject01_InverseDynamics.sto", True, None),
    ],
)
def test_recorded_files_agree_with_opensim(name, in_degrees, rows):
    path = shared(name)
    storage = read_storage(path)
    table = opensim.TimeSeriesTable(str(path))
    assert storage.in_degrees is in_degrees
    assert rows is None or len(storage.times) == rows
    assert storage.names == tuple(table.getColumnLabels())
    np.testing.assert_allclose(storage.values, table.getMatrix().to_numpy(), atol=1e-9)


def test_a_walking_knee_is_about_a_radian_whichever_unit_the_file_has():
    for name in ("gait2354_subject01_walk/subject01_walk1_ik.mot", "opensim_core_walk3d/coordinates.sto"):
        path = shared(name)
        _, names, values = read_mot(path)
        column = next(i for i, n in enumerate(names) if "knee_angle_r" in n and "beta" not in n)
        assert 0.9 < np.ptp(values[:, column]) < 1.4


def test_forces_keep_their_units(tmp_path):
    storage = Storage("forces", TIMES, ("ground_force_vy",), np.full((4, 1), 700.0))
    write_storage(tmp_path / "f.mot", storage)
    back = read_storage(tmp_path / "f.mot")
    assert not back.in_degrees and back.title == "forces"
    np.testing.assert_array_equal(back.values, storage.values)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Coordinates\n1 2 3\n", "no endheader"),
        ("x\nendheader\ntime a\n0 1 2\n", "do not match the 2 columns"),
    ],
)
def test_damaged_files_are_refused(tmp_path, text, words):
    (tmp_path / "a.mot").write_text(text)
    with pytest.raises(BorelliError, match=words):
        read_storage(tmp_path / "a.mot")
    with pytest.raises(BorelliError, match="cannot be read"):
        read_storage(tmp_path / "none.mot")


@pytest.mark.parametrize(
    ("header", "in_degrees"),
    [
        ("Coordinates\nversion=1\nnRows=2\nnColumns=2\ninDegrees=yes\n", True),
        ("Coordinates\nversion=1\nnRows=2\nnColumns=2\ninDegrees=no\n", False),
        ("Coordinates\nversion=1\nnRows=2\nnColumns=2\n", False),
        ("Coordinates\nnRows=2\nnColumns=2\n\nAngles are in degrees.\n", True),
        ("name walk.mot\ndatacolumns 2\ndatarows 2\nrange 0 1\n", True),
    ],
)
def test_the_unit_is_understood_like_opensim_does(tmp_path, header, in_degrees):
    path = tmp_path / "a.mot"
    path.write_text(header + "endheader\ntime\tknee\n0\t1\n1\t2\n")
    assert read_storage(path).in_degrees == in_degrees
    assert opensim.Storage(str(path)).isInDegrees() == in_degrees
