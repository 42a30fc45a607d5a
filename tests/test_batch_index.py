"""The results of a batch as a table, a page and a plan."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest
from batch_clips import CONFIG, clips
from synthetic_clip import Observer

from borelli.batch import table
from borelli.batch.config import BatchConfig
from borelli.batch.cost import Speed, Speeds, known_speeds, shipped_speeds
from borelli.batch.index import build_index
from borelli.batch.item import Item
from borelli.batch.plan import make_plan
from borelli.batch.rows import index_rows
from borelli.batch.run import listed
from borelli.batch.summary import summarise
from borelli.batch.table import write_table
from borelli.batch.task import Setting, Task
from borelli.batch.work import Hands, work_on
from borelli.cli.plan import plan_lines
from borelli.errors import BorelliError


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two videos, one with two people, and a bad one; tests must not change it."""
    folder = tmp_path_factory.mktemp("index")
    clips(folder / "videos", 2)
    (folder / "videos" / "bad.mp4").write_text("x")
    for k, people in (("clip_0", (-0.4, 0.4)), ("clip_1", (0.0,)), ("bad", ())):
        path = folder / "videos" / f"{k}.mp4"
        item = Item(str(path), k, k, {}, {"subject": "007", "age": 30, "notes": "mine"})
        config = replace(CONFIG, stature=(), focal_px=130.0)
        work_on(Task(item), Hands(Setting(folder / "out", config), Observer(people)))
    return folder


def test_there_is_a_row_per_person_and_per_failure(batch: Path) -> None:
    rows = list(index_rows(batch / "out"))
    assert [(r["video"], r["state"], r.get("person")) for r in rows] == [
        ("clip_0", "done", 0),
        ("clip_0", "done", 1),
        ("clip_1", "done", 0),
        ("bad", "failed", None),
    ]
    report = json.loads((batch / "out" / rows[1]["run"]).read_text())
    assert rows[1]["reprojection_mm"] == report["people"][1]["reprojection_mm"]
    assert rows[1]["physics"] is False and "--no-physics" in rows[1]["physics_reason"]
    for name in ("motion", "overlay", "run"):
        assert (batch / "out" / rows[0][name]).is_file()
    assert rows[0]["subject"] == "007" and rows[3]["subject"] == "007" and rows[0]["manifest_notes"] == "mine"


def test_the_table_reads_back_with_its_types(batch: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    made = build_index(batch / "out")
    assert made.table.name == "index.parquet"
    found = parquet.read_table(str(made.table)).to_pylist()
    assert [row["video"] for row in found] == ["clip_0", "clip_0", "clip_1", "bad"]
    assert [row["subject"] for row in found] == ["007"] * 4 and found[0]["age"] == 30
    assert found[3]["frames"] is None and found[0]["frames"] == 4


def test_duckdb_answers_questions_about_it(batch: Path) -> None:
    duckdb = pytest.importorskip("duckdb", reason="duckdb is not installed")
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    path = build_index(batch / "out").table
    answer = duckdb.sql(
        f"select state, count(distinct video), max(frames) from '{path}' group by 1 order by 1"
    )
    assert answer.fetchall() == [("done", 2, 5), ("failed", 1, None)]


def test_without_pyarrow_the_table_is_csv(batch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(table, "import_module", missing)
    made = build_index(batch / "out")
    with made.table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert made.table.name == "index.csv" and not (batch / "out" / "index.parquet").exists()
    assert [row["video"] for row in rows] == ["clip_0", "clip_0", "clip_1", "bad"]
    made.table.unlink()


def test_columns_of_mixed_kinds_become_text_and_numbers_widen(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    rows = [{"a": 1, "b": 1, "c": True}, {"a": 2.5, "b": "x", "d": None}]
    path = write_table(tmp_path, "t", rows, lambda again: None)
    assert parquet.read_table(str(path)).to_pylist() == [
        {"a": 1.0, "b": "1", "c": True, "d": None},
        {"a": 2.5, "b": "x", "c": None, "d": None},
    ]


def test_the_summary_counts_and_finds_the_worst() -> None:
    def row(video: str, person: int, error: float) -> dict[str, object]:
        known = {"video": video, "state": "done", "person": person, "frames": 10, "physics": person == 0}
        return {**known, "reprojection_mm": error, "core_seconds": 3.0}

    bad = {"state": "failed", "source": "/v/c.mp4", "reason": "/v/c.mp4 is empty"}
    rows = [
        row("a", 0, 1.0),
        row("a", 1, 9.0),
        row("b", 0, 5.0),
        {"video": "c", **bad},
        {"video": "d", **bad},
    ]
    found = summarise(iter(rows))
    assert (found.videos, found.failed, found.people, found.frames, found.with_physics) == (2, 2, 3, 30, 2)
    assert found.outdated == 0
    assert found.core_seconds == 6.0  # once per video
    assert [r["reprojection_mm"] for r in found.worst] == [9.0, 5.0, 1.0]
    assert found.quantiles["reprojection_mm"][0] == 5.0 and "moved_mm" not in found.quantiles
    assert found.reasons == (("the video is empty", 2),)


def test_a_result_whose_newer_one_failed_is_counted_as_kept() -> None:
    known = {"video": "a", "state": "outdated", "frames": 10, "physics": True, "reason": "new.mp4 is empty"}
    rows = [
        {**known, "person": p, "reprojection_mm": 1.0, "core_seconds": 3.0, "source": "new.mp4"}
        for p in (0, 1)
    ]
    found = summarise(iter(rows))
    assert (found.videos, found.outdated, found.failed, found.people) == (1, 1, 0, 2)
    assert found.reasons == (("the video is empty", 1),)


def test_the_page_opens_by_itself_with_pictures_and_links(batch: Path) -> None:
    page = build_index(batch / "out").page.read_text()
    assert page.count("data:image/jpeg;base64,") == 3 and "<script" not in page and "http" not in page
    assert "<b>2</b>videos with a result" in page and "<b>1</b>failed" in page
    assert 'href="clip_0/' in page


def test_a_folder_without_results_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BorelliError, match="holds no results"):
        build_index(tmp_path)


def test_a_plan_tells_states_apart_and_costs_what_is_to_do(batch: Path) -> None:
    config = replace(CONFIG, stature=(), focal_px=130.0)
    before = {p: p.stat().st_mtime_ns for p in batch.rglob("*")}
    inputs = [str(batch / "videos"), str(batch / "gone.mp4")]
    plan = make_plan(inputs, config, BatchConfig(batch / "out"))
    assert plan.counts == {"done": 2, "failed": 1, "new": 1} and plan.to_do == 1
    assert plan.frames_per_video is None and plan.unopened == 1
    changed = make_plan(inputs, replace(config, stature=(1.7,)), BatchConfig(batch / "out"))
    assert changed.counts == {"changed": 2, "new": 2}
    assert changed.frames_per_video == 4.5 and changed.sampled == 2
    assert {p: p.stat().st_mtime_ns for p in batch.rglob("*")} == before
    lines = plan_lines(changed, 4, 1)
    assert "random sample of 2; 2 more could not be opened" in "\n".join(lines)
    assert lines[0] == "4 videos, 4 to do" and any(
        "2 done, but video or settings changed" in x for x in lines
    )


def test_a_plan_of_videos_that_cannot_be_opened_states_the_cost_of_an_hour(tmp_path: Path) -> None:
    plan = make_plan([str(tmp_path / f"{k}.mp4") for k in range(3600)], CONFIG, BatchConfig(tmp_path))
    plan = replace(plan, speeds=Speeds({"a": Speed(1.0, 0.02), "b": Speed(1.0, 0.06)}, "nowhere"))
    lines = plan_lines(plan, 4, 2)
    # 0.08 s for each of 108,000 frames are 2.4 core-hours; 2 s for each of 3600 videos are 2
    assert "length: unknown, as none of a sample of 32 could be opened from here" in lines[2]
    assert lines[3] == (
        "cost: 2.4 core-hours per hour of video at 30 frames per second with one person "
        "(a 25 %, b 75 %), and 2 core-hours besides for 3600 videos"
    )
    assert lines[4:] == [
        "time: 18 min per hour of video, and 15 min besides",
        "that is with 4 workers of 2 threads; speeds from nowhere",
    ]


def test_results_that_cannot_be_read_are_no_help_for_a_plan(tmp_path: Path) -> None:
    (tmp_path / "walk").mkdir()
    (tmp_path / "walk" / "run.json").write_text("{")
    assert known_speeds([tmp_path / "walk"]) == shipped_speeds()


def test_cost_is_per_video_and_per_frame() -> None:
    assert Speed(2.0, 0.5).cost(3, 10) == 11.0
    speeds = shipped_speeds()
    assert set(speeds.stages) >= {"people", "motion", "files", "overlay"} and speeds.source
    assert isinstance(speeds, Speeds) and all(s.per_frame > 0 for s in speeds.stages.values())


def test_a_long_list_is_planned_quickly(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("path,stature\n" + "".join(f"c/{i:06d}.mp4,1.{i % 50 + 50}\n" for i in range(5000)))
    plan = make_plan([str(path)], CONFIG, BatchConfig(tmp_path / "out"))
    assert plan.counts == {"new": 5000} == {"new": listed([str(path)])[0]}
