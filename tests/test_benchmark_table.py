"""The benchmark runs without any data, judges its rows, and writes its files."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from borelli.errors import BorelliError
from borelli.evaluation.benchmark.config import BenchmarkConfig
from borelli.evaluation.benchmark.main import main
from borelli.evaluation.benchmark.report import (
    Measured,
    Provenance,
    from_json,
    markdown,
    number,
    to_json,
)
from borelli.evaluation.benchmark.rows import Row
from borelli.evaluation.benchmark.speed import RUN_AND_TELL_PEAK
from borelli.evaluation.benchmark.virtual_cameras import ClipResult, summarise

ROW = Row("group", "name", "mm", 1.0, at_most=2.0, note="why")
ORIGIN = Provenance("2026-01-01", "a machine", "abc", 0, {"numpy": "2"})


def test_a_row_meets_its_target_or_misses_it() -> None:
    assert Row("g", "n", "mm", 5.0, at_most=5.0).met is True
    assert Row("g", "n", "mm", 5.1, at_most=5.0).met is False
    assert Row("g", "n", "", 0.8, at_least=0.85, at_most=0.95).met is False
    assert Row("g", "n", "", None, at_most=1.0).met is None
    assert Row("g", "n", "", 1.0).met is None
    assert Row("g", "n", "", float("nan"), at_most=1.0).met is False
    assert Row("g", "n", "", 1.0, at_least=200.0).target == ">= 200"


def test_numbers_are_readable() -> None:
    assert number(Row("g", "n", "mm", 12.345)) == "12.3 mm"
    assert number(Row("g", "n", "frames/s", 1234.5)) == "1234 frames/s"
    assert number(Row("g", "n", "", None)) == "-"


def test_the_page_holds_table_origin_and_command() -> None:
    page = markdown([Measured("part", [ROW], ORIGIN)])
    assert "borelli benchmark --markdown docs/benchmarks.md" in page
    assert "| **group** | | | | |" in page
    assert "| name | 1 mm | <= 2 | met | why |" in page
    assert "commit abc; seed 0" in page


def test_the_page_says_which_parts_are_from_elsewhere() -> None:
    later = replace(ORIGIN, commit="def")
    page = markdown([Measured("a", [ROW], ORIGIN), Measured("b", [ROW], later), Measured("c", [], ORIGIN)])
    assert "commit abc; seed 0 | b: 2026-01-01; a machine; commit def; seed 0." in page


def test_figures_are_read_back_as_they_were(tmp_path: Path) -> None:
    parts = [Measured("a", [ROW, Row("group", "other", "", None, note="skipped: why")], ORIGIN)]
    (tmp_path / "b.json").write_text(to_json(parts))
    assert from_json(tmp_path / "b.json") == parts
    (tmp_path / "b.json").write_text('{"rows": []}')
    with pytest.raises(BorelliError, match=r"b\.json holds no figures"):
        from_json(tmp_path / "b.json")


def test_only_named_parts_are_measured_and_the_others_kept(tmp_path: Path) -> None:
    kept = Measured("clips", [ROW], ORIGIN)
    (tmp_path / "b.json").write_text(to_json([kept]))
    main(BenchmarkConfig(data=tmp_path, json=tmp_path / "b.json", quick=True, parts=("markers",)))
    found = {part.name: part for part in from_json(tmp_path / "b.json")}
    assert found["clips"] == kept
    assert found["avatar"].rows[0].note == "skipped: measured with --parts avatar"
    assert all(row.note != "skipped: measured with --parts markers" for row in found["markers"].rows)
    with pytest.raises(BorelliError, match=r"there is no part 'marker'; choose among clips, .*markers"):
        main(BenchmarkConfig(data=tmp_path, parts=("marker",)))


def test_intervals_of_the_right_size_need_no_inflation() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(size=(200, 24, 3))
    error = rng.normal(size=(200, 24, 3)) * 0.02
    q = rng.normal(size=(200, 49))
    shifted = q + np.radians(3.0)
    result = ClipResult("c", 2.0, q, shifted, truth, truth + error, np.full((200, 24), 0.01))
    rows = {row.name: row.value for row in summarise([result])}
    assert rows["knee flexion, RMS"] == pytest.approx(3.0)
    assert rows["retargeting error"] == pytest.approx(2.0)
    assert rows["inflation that would calibrate them, absolute"] == pytest.approx(2.0, rel=0.05)
    assert rows["90 % intervals, absolute, cover"] == pytest.approx(59.0, abs=2.0)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_without_data_the_quick_benchmark_says_what_it_skipped(tmp_path: Path) -> None:
    config = BenchmarkConfig(data=tmp_path, json=tmp_path / "b.json", markdown=tmp_path / "b.md", quick=True)
    main(config)
    every = [row for part in json.loads((tmp_path / "b.json").read_text()) for row in part["rows"]]
    rows = {row["name"]: row for row in every}
    assert rows["MuJoCo, largest difference"]["met"] is True
    assert rows["segment lengths, largest deviation"]["met"] is True
    assert rows["estimator"]["value"] > 0
    reasons = [row["note"] for row in every if row["value"] is None]
    assert any("mocap/val" in reason for reason in reasons)
    assert all(reason.startswith("skipped: ") for reason in reasons)
    assert "MuJoCo, largest difference" in (tmp_path / "b.md").read_text()


def test_peak_memory_is_that_of_the_program_and_not_of_its_parent() -> None:
    ballast = np.ones(60_000_000)  # 480 MB that the child must not be charged for
    command = [sys.executable, "-c", RUN_AND_TELL_PEAK, "--help"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    peak = float(done.stderr.split("peak")[-1])
    assert 5e6 < peak < ballast.nbytes
