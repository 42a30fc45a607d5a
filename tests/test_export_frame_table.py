import csv
import sys
from pathlib import Path

import numpy as np
import pytest
from exported_motion import FRAMES, GAP, moving_person, with_forces

from borelli.errors import BorelliError
from borelli.export.frame_table import frame_table
from borelli.pipeline.export import export_motion


def test_columns_say_their_units_and_hold_the_motion() -> None:
    motion = with_forces(moving_person())
    table = frame_table(motion)
    np.testing.assert_allclose(table["knee_angle_r_deg"], np.degrees(motion.coordinate("knee_angle_r")))
    np.testing.assert_array_equal(table["pelvis_ty_m"], motion.coordinate("pelvis_ty"))
    np.testing.assert_array_equal(table["knee_l_z_m"], motion.joint("knee_l")[:, 2])
    assert (
        table["heel_medial_r_force_y_N"][0] == 300 and np.isnan(table["heel_medial_r_force_y_N"][GAP]).all()
    )
    assert {len(column) for column in table.values()} == {FRAMES}
    assert not any("force" in name or "torque" in name for name in frame_table(moving_person()))


def test_csv_leaves_empty_what_is_not_known(tmp_path: Path) -> None:
    motion = moving_person()
    path = export_motion(tmp_path, motion, ["csv"])[0]
    with path.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["valid"] for row in rows] == [str(int(valid)) for valid in motion.valid]
    assert rows[GAP.start]["hip_r_x_m"] == "" and rows[GAP.start]["time_s"] == "0.200000"
    assert float(rows[5]["hip_r_x_m"]) == pytest.approx(motion.joint("hip_r")[5, 0], abs=1e-6)


def test_parquet_holds_the_same_table(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    motion = moving_person()
    read = parquet.read_table(export_motion(tmp_path, motion, ["parquet"])[0]).to_pydict()
    for name, column in frame_table(motion).items():
        np.testing.assert_array_equal(np.array(read[name], dtype=column.dtype), column)


def test_parquet_without_pyarrow_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(BorelliError, match=r"pip install 'borelli\[parquet\]'"):
        export_motion(tmp_path, moving_person(), ["parquet"])
    assert not list(tmp_path.iterdir())
