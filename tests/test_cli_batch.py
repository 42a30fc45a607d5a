"""`borelli batch`, `plan` and `index` from the command line, and `run` with more than files."""

import json
from pathlib import Path

import pytest
from batch_clips import call, clips, here
from rich.console import Console

from borelli.batch import display
from borelli.batch import run as batch_run
from borelli.batch.config import BatchConfig
from borelli.batch.display import duration_text, progress_text, shown
from borelli.batch.events import Died, Ended, Stage, Started
from borelli.batch.item import Item
from borelli.batch.tally import Tally
from borelli.batch.task import Outcome, Task


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_run, "pooled", here)


def test_a_batch_says_what_it_did_and_where_the_index_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    videos, out = clips(tmp_path / "videos", 1), tmp_path / "out"
    (videos / "bad.mp4").write_text("x")
    log = tmp_path / "log.jsonl"
    assert call("batch", videos, "--out", out, "--log-json", log, "--focal-px", "130") == 1
    printed = capsys.readouterr()
    assert "failed: bad: " in printed.out
    assert "1 video reconstructed, 0 were done already, 1 failed" in printed.out
    assert str(out / "summary.html") in printed.out and (out / "summary.html").is_file()
    assert printed.err.strip().endswith("*.failed.json")
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(x["event"], x["video"]) for x in lines] == [
        ("started", "bad"), ("failed", "bad"), ("started", "clip_0"), ("done", "clip_0"),
    ]  # fmt: skip
    assert lines[-1]["settled"] == lines[-1]["total"] == 2 and lines[-1]["frames"] == 4
    assert call("index", out) == 0 and "1 video, 1 person, 1 failed" in capsys.readouterr().out


def test_a_plan_is_printed_and_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    videos = clips(tmp_path / "videos", 2)
    assert call("plan", videos, "--out", tmp_path / "out", "--jobs", "1") == 0
    printed = capsys.readouterr().out
    assert "2 videos, 2 to do" in printed and "core-hours" in printed and "with 1 worker of" in printed
    assert not (tmp_path / "out").exists()


def test_run_takes_folders_and_lists(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    videos = clips(tmp_path / "videos", 1)
    (tmp_path / "list.csv").write_text("path,stature\nvideos/clip_0.mp4,1.7\n")
    assert call("run", videos, "--out", tmp_path / "a", "--no-physics") == 0
    assert call("run", tmp_path / "list.csv", "--out", tmp_path / "b", "--no-physics") == 0
    assert (tmp_path / "a" / "clip_0" / "item.json").is_file()
    report = json.loads((tmp_path / "b" / "clip_0" / "run.json").read_text())
    assert report["config"]["stature"] == [1.7]
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("command", ["batch", "plan"])
def test_mistakes_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str) -> None:
    assert call(command) == 2
    assert call(command, tmp_path, "--out", tmp_path / "out") == 1
    assert call(command, "gone*.mp4") == 1
    assert call(command, clips(tmp_path / "videos", 1), "--shard", "3/2") == 1
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 4 and all(line.startswith("borelli: ") for line in lines)
    assert "is a folder without videos" in lines[1] and "--shard 3/2" in lines[3]


def test_an_interrupt_ends_with_130(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(items, setting, jobs):  # type: ignore[no-untyped-def]
        raise KeyboardInterrupt
        yield

    monkeypatch.setattr(batch_run, "pooled", interrupted)
    assert call("batch", clips(tmp_path / "videos", 1), "--out", tmp_path / "out") == 130


def test_a_slurm_task_takes_its_share(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("ID", 1), ("MIN", 0), ("COUNT", 2), ("STEP", 1)):
        monkeypatch.setenv(f"SLURM_ARRAY_TASK_{name}", str(value))
    assert call("batch", clips(tmp_path / "videos", 2), "--out", tmp_path / "out", "--no-physics") == 0
    assert {p.parent.name for p in (tmp_path / "out").glob("*/run.json")} == {"clip_1"}
    assert "when all shards are done: borelli index" in capsys.readouterr().out
    assert BatchConfig().part.count == 2


def test_the_display_shows_failures_rate_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    tally = Tally(total=10, done=3, kept=2, failed=1)
    assert progress_text(tally, 60.0) == "1 failed, 4.0 per min, 60 s left"
    assert [duration_text(s) for s in (5, 150, 7200, 400_000)] == ["5 s", "2 min", "2 h", "5 d"]
    task = Task(Item("walk.mp4", "walk", "walk"))
    lines = Console(width=100, record=True, file=open("/dev/null", "w"))
    with lines.file, shown(lines) as watch:
        monkeypatch.setattr(display, "LINE_S", 0.0)
        for event in (Started(0, task), Stage(0, "people", 3, 10)):
            watch(event, tally)
    assert "6 of 10 done, 1 failed" in lines.export_text(clear=False)
    assert "walk: people, 3 of 10" in lines.export_text()
    console = Console(force_terminal=True, width=100, record=True, file=open("/dev/null", "w"))
    with console.file, shown(console) as watch:
        for event in (
            Started(0, task),
            Stage(0, "people", 3, 10),
            Died(0, task, "ended by SIGKILL"),
            Ended(0, Outcome(task, "again", "disk away")),
            Ended(0, Outcome(task, "failed", "is empty")),
        ):
            watch(event, tally)
    text = console.export_text()
    for words in ("ended by SIGKILL", "disk away", "failed: walk: is empty"):
        assert words in text
