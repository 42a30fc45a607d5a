"""Rows about forces: what they compare, and what is skipped when a recording is absent."""

from pathlib import Path

import numpy as np
import pytest

from borelli.evaluation.benchmark import measured_moments
from borelli.evaluation.benchmark.forces import measure, measured_vertical
from borelli.evaluation.benchmark.measured_moments import moment_rows, share
from borelli.evaluation.benchmark.rows import Setting
from borelli.formats.external_loads import ExternalLoads
from borelli.formats.storage import Storage

DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data"


def test_the_share_is_of_the_range_while_both_have_the_column() -> None:
    times = np.linspace(0, 1, 11)
    ours = Storage("", times, ("knee_moment",), 100 * times[:, None] + 3)
    theirs = Storage("", times + 0.5, ("hip", "knee_moment"), np.stack([times, 100 * (times + 0.5)], axis=1))
    assert abs(share("knee_moment", ours, theirs) - 100 * 3 / 50) < 1e-9


def test_plates_are_taken_by_the_foot_that_stands_on_them() -> None:
    wrenches = np.zeros((2, 2, 6))
    wrenches[:, 0, 4], wrenches[:, 1, 4] = 100, 700
    loads = ExternalLoads(np.array([0.0, 1.0]), ("calcn_l", "calcn_r"), wrenches)
    np.testing.assert_allclose(measured_vertical(loads, np.array([0.5])), [[700, 100]])


def test_absent_recordings_are_named_not_measured(tmp_path: Path) -> None:
    rows = measure(Setting(tmp_path, tmp_path, None, 0, False, False))
    assert rows and all(row.value is None and "skipped: no" in row.note for row in rows)


def test_moments_of_all_recordings_are_within_their_target(tmp_path: Path, monkeypatch) -> None:
    if not (DATA / "biomech" / "opensim_core_walk3d").is_dir():
        pytest.skip("the recordings of the shared data are not here")
    monkeypatch.setattr(measured_moments, "load_opensim", lambda: None)
    rows = moment_rows(Setting(DATA, tmp_path, None, 0, False, False))
    measured = [row for row in rows if row.value is not None]
    assert len(measured) == 9 and all(row.met for row in measured)
    assert [row.note for row in rows if row.value is None] == ["skipped: opensim is not installed"]
