"""One item of a batch: done once, redone when changed, resumed when interrupted, its failures stated."""

import errno
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from batch_clips import CONFIG, clips
from synthetic_clip import Observer, make_video

from borelli.batch.index import build_index
from borelli.batch.item import Item
from borelli.batch.lock import locked
from borelli.batch.marker import read_failure, read_marker, settings_key, state_of
from borelli.batch.places import Places
from borelli.batch.rows import index_rows
from borelli.batch.task import Outcome, Setting, Task
from borelli.batch.work import Hands, work_on
from borelli.errors import BorelliError
from borelli.pipeline.config import RunConfig
from borelli.pipeline.run import run_one


def item(video: Path, **choices: str) -> Item:
    return Item(str(video), video.stem, video.stem, choices, {"site": "A"})


def work(
    video: Path, out: Path, observer: object = None, config: RunConfig = CONFIG, **setting: object
) -> Outcome:
    chosen = Setting(out, config, **setting)  # type: ignore[arg-type]
    return work_on(Task(item(video)), Hands(chosen, observer or Observer()))  # type: ignore[arg-type]


@pytest.fixture
def video(tmp_path: Path) -> Path:
    return clips(tmp_path / "videos", 1) / "clip_0.mp4"


def left(out: Path) -> list[str]:
    """Files outside results, without folders and logs."""
    return [str(p.relative_to(out)) for p in out.rglob("*") if p.is_file() and ".batch" in p.parts]


def test_a_result_appears_whole_with_its_marker_and_is_kept(tmp_path: Path, video: Path) -> None:
    out, observer = tmp_path / "out", Observer()
    done = work(video, out, observer)
    assert (done.state, done.frames, observer.calls) == ("done", 4, 1)
    marker = read_marker(out / "clip_0")
    assert marker is not None and marker.source == str(video) and marker.carried == {"site": "A"}
    report = json.loads((out / "clip_0" / "run.json").read_text())
    assert marker.input_sha256 == report["video_sha256"] and left(out) == []
    assert work(video, out, observer).state == "kept" and observer.calls == 1


def test_touching_a_video_changes_nothing_and_replacing_it_does(tmp_path: Path, video: Path) -> None:
    out, observer = tmp_path / "out", Observer()
    work(video, out, observer)
    written = (out / "clip_0" / "person_0" / "motion.npz").stat().st_mtime_ns
    os.utime(video, (1, 1))
    assert work(video, out, observer).state == "done" and observer.calls == 1
    assert (out / "clip_0" / "person_0" / "motion.npz").stat().st_mtime_ns == written
    assert work(video, out, observer).state == "kept"
    make_video(video, 6)
    again = work(video, out, observer)
    assert (again.state, again.frames, observer.calls) == ("done", 6, 2)


def test_other_settings_redo_the_stages_that_depend_on_them(tmp_path: Path, video: Path) -> None:
    out, observer = tmp_path / "out", Observer()
    work(video, out, observer)
    assert work(video, out, observer, replace(CONFIG, stature=(1.8,))).state == "done"
    assert observer.calls == 1  # people were found already
    assert json.loads((out / "clip_0" / "run.json").read_text())["config"]["stature"] == [1.8]


class Breaks(Observer):
    """Raises in place of seeing somebody, a number of times."""

    def __init__(self, error: BaseException, times: int = 1) -> None:
        super().__init__()
        self.error, self.left = error, times

    def __call__(self, *arguments):  # type: ignore[no-untyped-def]
        if self.left:
            self.left -= 1
            raise self.error
        return super().__call__(*arguments)


def test_bad_videos_are_stated_and_not_tried_again_until_they_change(tmp_path: Path, video: Path) -> None:
    out = tmp_path / "out"
    good = video.read_bytes()
    video.write_bytes(good[:300])
    outcome = work(video, out)
    assert outcome.state == "failed" and "not a video that can be read" in outcome.reason
    failure = read_failure(out / "clip_0.failed.json")
    assert failure is not None and (failure.kind, failure.attempts) == ("input", 1)
    assert not (out / "clip_0").exists() and left(out) == []
    assert work(video, out).reason.startswith("failed before")
    video.write_bytes(good)
    assert work(video, out).state == "done"
    assert not (out / "clip_0.failed.json").exists()


def test_nobody_in_the_picture_is_the_video_s_fault(tmp_path: Path, video: Path) -> None:
    outcome = work(video, tmp_path / "out", Observer(()))
    assert outcome.state == "failed" and "nobody" in outcome.reason


def test_force_tries_again_what_failed(tmp_path: Path, video: Path) -> None:
    out = tmp_path / "out"
    work(video, out, Breaks(BorelliError("nobody was found")))
    assert work(video, out).state == "failed"
    assert work(video, out, force=True).state == "done"


@pytest.mark.parametrize("error", [OSError(errno.EIO, "lost"), MemoryError(), TimeoutError("slow")])
def test_what_may_pass_is_tried_again_a_few_times(tmp_path: Path, video: Path, error: Exception) -> None:
    hands = Hands(Setting(tmp_path / "out", CONFIG, attempts=2), Breaks(error, 5))
    assert work_on(Task(item(video), 1), hands).state == "again"
    assert not (tmp_path / "out" / "clip_0.failed.json").exists()
    assert work_on(Task(item(video), 2), hands).state == "failed"
    failure = read_failure(tmp_path / "out" / "clip_0.failed.json")
    assert failure is not None and (failure.kind, failure.attempts) == ("transient", 2)
    assert work(video, tmp_path / "out").state == "done"  # the next batch tries it anew


def test_a_full_disk_stops_everything(tmp_path: Path, video: Path) -> None:
    outcome = work(video, tmp_path / "out", Breaks(OSError(errno.ENOSPC, "No space left on device")))
    assert outcome.state == "stop" and "No space left" in outcome.reason
    assert not list((tmp_path / "out").glob("*.json"))


def test_an_old_result_stays_when_its_newer_video_fails(tmp_path: Path, video: Path) -> None:
    out = tmp_path / "out"
    work(video, out)
    good, old = video.read_bytes(), (out / "clip_0" / "run.json").read_bytes()
    video.write_text("x")
    assert work(video, out).state == "failed"
    assert (out / "clip_0" / "run.json").read_bytes() == old and left(out) == []
    (row,) = index_rows(out)
    assert row["state"] == "outdated" and "clip_0.mp4" in row["reason"] and row["frames"] == 4
    page = build_index(out).page.read_text()
    assert "<b>1</b>kept from before, as newer ones failed" in page and "Why videos failed" in page
    assert f"failed before ({row['reason']})" in work(video, out).reason
    video.write_bytes(good)
    assert work(video, out).state == "done" and next(index_rows(out))["state"] == "done"


def test_an_old_result_is_seen_until_the_newer_one_is_whole(tmp_path: Path, video: Path) -> None:
    out = tmp_path / "out"
    work(video, out)

    def look(stage: str, done: int, expected: int) -> None:
        seen.append(json.loads((out / "clip_0" / "run.json").read_text())["config"]["stature"])

    seen: list[list[float]] = []
    taller = Setting(out, replace(CONFIG, stature=(1.8,)))
    assert work_on(Task(item(video)), Hands(taller, Observer(), look)).state == "done"
    assert seen and all(stature == [1.7] for stature in seen)
    look("", 0, 0)
    assert seen[-1] == [1.8] and left(out) == []


def test_who_lost_the_lock_meanwhile_brings_nothing_into_sight(tmp_path: Path, video: Path) -> None:
    out = tmp_path / "out"

    def steal(stage: str, done: int, expected: int) -> None:
        Places(out).lock("clip_0").write_text('{"token": "another"}')

    assert work_on(Task(item(video)), Hands(Setting(out, CONFIG), Observer(), steal)).state == "busy"
    assert not (out / "clip_0").exists()


def test_a_folder_that_cannot_be_written_stops_everything(tmp_path: Path, video: Path) -> None:
    (tmp_path / "file").write_text("")
    outcome = work(video, tmp_path / "file" / "out")
    assert outcome.state == "stop" and "cannot write into" in outcome.reason


def test_faults_of_the_program_are_kept_with_their_traceback(tmp_path: Path, video: Path) -> None:
    outcome = work(video, tmp_path / "out", Breaks(ZeroDivisionError("oops")))
    failure = read_failure(tmp_path / "out" / "clip_0.failed.json")
    assert outcome.state == "failed" and failure is not None and failure.kind == "internal"
    assert "ZeroDivisionError: oops" in failure.reason and "Traceback" in failure.details


def test_an_interruption_inside_compiled_code_is_still_one(tmp_path: Path, video: Path) -> None:
    error = SystemError("returned a result with an exception set")
    error.__cause__ = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        work(video, tmp_path / "out", Breaks(error))
    assert not list((tmp_path / "out").glob("*.failed.json")) and left(tmp_path / "out") == []


def test_what_a_killed_worker_left_is_swept_and_its_stages_reused(tmp_path: Path, video: Path) -> None:
    out, observer = tmp_path / "out", Observer()

    def interrupt(stage: str, done: int, expected: int) -> None:
        if stage == "overlay":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work_on(Task(item(video)), Hands(Setting(out, CONFIG), observer, interrupt))
    hidden = out / ".batch" / "work" / "clip_0"
    assert hidden.is_dir() and not (out / "clip_0").exists()
    (hidden / ".partial-abc").mkdir()
    (hidden / ".partial-abc" / "motion.npz").write_bytes(b"half")
    (hidden / ".overlay.partial.mp4").write_bytes(b"half")
    assert state_of(item(video), Places(out), lambda: settings_key(CONFIG)) == "unfinished"
    assert work(video, out, observer).state == "done" and observer.calls == 1
    assert left(out) == [] and not list((out / "clip_0").rglob("*partial*"))


def test_an_item_in_other_hands_is_left_to_them(tmp_path: Path, video: Path) -> None:
    with locked(Places(tmp_path / "out").lock("clip_0")):
        assert work(video, tmp_path / "out").state == "busy"


def test_results_of_single_runs_are_reused_or_refused_in_their_place(tmp_path: Path, video: Path) -> None:
    out, observer = tmp_path / "out", Observer()
    run_one(video, CONFIG, out, observer=observer)
    refused = work(video, out, observer, replace(CONFIG, stature=(1.8,)))
    assert refused.state == "failed" and "--force" in refused.reason
    assert work(video, out, observer, force=True).state == "done" and observer.calls == 1
    assert read_marker(out / "clip_0") is not None
    assert not (out / "clip_0.failed.json").exists()


def test_a_result_follows_its_video_when_the_name_becomes_shared(tmp_path: Path, video: Path) -> None:
    out, observer = tmp_path / "out", Observer()
    work(video, out, observer)
    renamed = replace(item(video), name="clip_0-0123456789ab")
    outcome = work_on(Task(renamed), Hands(Setting(out, CONFIG), observer))
    assert outcome.state == "done" and observer.calls == 1
    assert (out / renamed.name / "run.json").is_file() and not (out / "clip_0").exists()


def test_the_settings_of_an_item_are_part_of_what_is_compared(tmp_path: Path, video: Path) -> None:
    out = tmp_path / "out"
    work(video, out)
    tall = item(video, stature="1.9")
    assert work_on(Task(tall), Hands(Setting(out, CONFIG), Observer())).state == "done"
    assert work_on(Task(tall), Hands(Setting(out, CONFIG), Observer())).state == "kept"
    bad = work_on(Task(item(video, stature="19")), Hands(Setting(out, CONFIG), Observer()))
    assert bad.state == "failed" and "not a person's" in bad.reason


def test_the_first_stage_alone_leaves_the_rest_to_another(tmp_path: Path, video: Path) -> None:
    out, observer = tmp_path / "out", Observer()
    hands = Hands(Setting(out, CONFIG), observer)
    assert work_on(Task(item(video)), replace(hands, only_people=True)).state == "done"
    assert not (out / "clip_0").exists()
    assert work_on(Task(item(video)), hands).state == "done" and observer.calls == 1
