from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from borelli.errors import BorelliError
from borelli.export.trc import write_trc
from borelli.formats.trc import Markers, read_trc

opensim = pytest.importorskip("opensim")

BIOMECH = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "biomech"
TIMES = np.arange(5) / 60.0
NAMES = ("heel_r", "toe_r")


def opensim_positions(table) -> np.ndarray:
    """(T, M, 3) in the table's unit. The flat table must outlive its matrix, which is a view into it."""
    flat = table.flatten()
    values = flat.getMatrix().to_numpy().copy()
    return values.reshape(len(values), -1, 3)


@pytest.mark.parametrize("unit", ["m", "mm"])
@given(positions=arrays(np.float64, (5, 2, 3), elements=st.floats(-20, 20, width=32) | st.just(np.nan)))
def test_metres_come_back_from_either_unit(tmp_path_factory, unit, positions):
    path = tmp_path_factory.mktemp("trc") / "a.trc"
    write_trc(path, Markers(TIMES, NAMES, positions), unit)
    back = read_trc(path)
    assert back.names == NAMES
    np.testing.assert_allclose(back.times, TIMES, atol=1e-6)
    np.testing.assert_allclose(back.positions, positions, atol=1e-6)


def test_opensim_reads_markers_units_and_missing_ones(tmp_path):
    positions = np.random.default_rng(0).normal(size=(5, 2, 3))
    positions[3, 1] = np.nan
    write_trc(tmp_path / "a.trc", Markers(TIMES, NAMES, positions))
    table = opensim.TimeSeriesTableVec3(str(tmp_path / "a.trc"))
    assert tuple(table.getColumnLabels()) == NAMES
    assert table.getTableMetaDataString("Units") == "mm"
    assert float(table.getTableMetaDataString("DataRate")) == pytest.approx(60.0)
    np.testing.assert_allclose(opensim_positions(table), positions * 1000, atol=1e-5)
    assert opensim.MarkerData(str(tmp_path / "a.trc")).getNumFrames() == 5


@pytest.mark.parametrize(
    "name",
    [
        "gait2354_subject01_walk/subject01_walk1.trc",
        "opensim_core_walk3d/markers_walk.trc",
        "opensim_core_c3d/std_walking2_markers.trc",
    ],
)
def test_recorded_markers_are_people_sized_and_agree_with_opensim(name):
    path = BIOMECH / name
    if not path.exists():
        pytest.skip(f"shared recording {name} is not here")
    markers = read_trc(path)
    # The raw C3D table has its own axes and no blank label, so only the files for OpenSim are compared.
    if "c3d" not in name:
        referee = opensim_positions(opensim.TimeSeriesTableVec3(str(path)))
        np.testing.assert_allclose(markers.positions, referee / 1000, atol=1e-9)
        heights = markers.positions[..., 1]
        assert 1.0 < np.nanmax(heights) < 2.2 and -0.05 < np.nanmin(heights) < 0.2
    assert len(markers.names) == len(set(markers.names)) == markers.positions.shape[1]
    assert np.diff(markers.times).min() > 0


def test_empty_cells_of_other_writers_are_missing_markers(tmp_path):
    write_trc(tmp_path / "a.trc", Markers(TIMES, NAMES, np.ones((5, 2, 3))), "m")
    lines = (tmp_path / "a.trc").read_text().splitlines()
    lines[6] = "1\t0.0\t\t\t\t1.0\t2.0\t3.0"
    lines[7] = "2\t0.016667\t1.0\t2.0\t3.0"
    (tmp_path / "b.trc").write_text("\n".join(lines))
    positions = read_trc(tmp_path / "b.trc").positions
    np.testing.assert_array_equal(positions[0], [[np.nan] * 3, [1, 2, 3]])
    np.testing.assert_array_equal(positions[1], [[1, 2, 3], [np.nan] * 3])


def test_unknown_units_and_damaged_files_are_refused(tmp_path):
    markers = Markers(TIMES, NAMES, np.ones((5, 2, 3)))
    with pytest.raises(BorelliError, match="valid: m, mm"):
        write_trc(tmp_path / "a.trc", markers, "cm")
    write_trc(tmp_path / "a.trc", markers)
    text = (tmp_path / "a.trc").read_text()
    for broken, words in [
        (text.replace("\tmm\t", "\tinch\t"), "unit 'inch' is unknown"),
        (text + "6\t0.1\t" + "\t".join("1234567") + "\n", "does not fit 2 markers"),
        (text + "6\tsoon\n", "does not fit 2 markers"),
        ("hello", "not a .trc file"),
    ]:
        (tmp_path / "b.trc").write_text(broken)
        with pytest.raises(BorelliError, match=words):
            read_trc(tmp_path / "b.trc")
    with pytest.raises(BorelliError, match="cannot be read"):
        read_trc(tmp_path / "none.trc")
