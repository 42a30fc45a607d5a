"""Rows about performed motion: units, targets, and what is skipped."""

from pathlib import Path

import numpy as np
from performing_person import standing_library

from borelli.evaluation.benchmark.policy import (
    _action_rows,
    _environment_row,
    _kinematic_rows,
    _summary_rows,
    measure,
)
from borelli.evaluation.benchmark.rows import Setting
from borelli.evaluation.performed import Summary

FOUND = Summary(21, 0.81, 0.9, 0.5, 0.93, 0.062, 0.05, 0.12, 9.0, 0.03, 0.004, 0.011)


def test_without_the_recordings_it_is_skipped(tmp_path: Path) -> None:
    (row,) = measure(Setting(tmp_path, tmp_path, None, 0, False, False))
    assert row.value is None and row.note == "skipped: the mocap pack is absent"


def test_shares_are_percent_and_lengths_millimetres_beside_their_targets() -> None:
    rows = {row.name: row for row in _summary_rows("policy", FOUND, targets=True)}
    performed = rows["performed 5 s or to the end"]
    assert (performed.value, performed.target, performed.met) == (81.0, ">= 80", True)
    error = rows["MPJPE, root-relative, while up"]
    assert (error.value, error.target, error.met) == (62.0, "<= 80", True)
    assert rows["slide of soles on the floor"].value == 30.0 and rows["up"].value == 93.0
    assert all(row.note == "21 clips" for row in rows.values())


def test_what_the_policy_is_compared_with_has_no_targets() -> None:
    others = [
        *_summary_rows("sampling", FOUND),
        *_kinematic_rows(FOUND),
        *_action_rows("policy", {"run": FOUND}),
    ]
    assert all(row.met is None for row in others)
    assert {row.group.rsplit(", ", 2)[1] for row in _action_rows("policy", {"run": FOUND})} == {"run"}


def test_the_environment_is_timed() -> None:
    row = _environment_row("speed", standing_library())
    assert row.value is not None and row.value > 20 and row.at_least == 2000
    assert np.isfinite(row.value)
