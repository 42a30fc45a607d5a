"""Many items by several processes: everything once, whoever dies; the same bits whichever way."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import batch_clips
import numpy as np
import pytest
from batch_clips import CONFIG, clips, here

from borelli.batch import run as batch_run
from borelli.batch.config import BatchConfig
from borelli.batch.events import Died, Ended, Event
from borelli.batch.item import Item
from borelli.batch.process import worker_environment
from borelli.batch.run import run_batch
from borelli.batch.tally import Tally
from borelli.batch.task import Setting
from borelli.batch.work import ItemWork
from borelli.errors import BorelliError


def motions(out: Path) -> dict[str, dict[str, np.ndarray]]:
    found = {}
    for path in sorted(out.glob("*/person_0/motion.npz")):
        with np.load(path) as data:
            found[path.parent.parent.name] = {name: data[name] for name in data.files}
    return found


def assert_bit_equal(a: dict[str, dict[str, np.ndarray]], b: dict[str, dict[str, np.ndarray]]) -> None:
    assert a.keys() == b.keys()
    for name, arrays in a.items():
        assert arrays.keys() == b[name].keys()
        assert all(value.tobytes() == b[name][key].tobytes() for key, value in arrays.items())


@pytest.fixture(scope="module")
def pooled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three good clips and a bad one, worked on by two processes; tests must not change it."""
    folder = tmp_path_factory.mktemp("pool")
    clips(folder / "videos")
    (folder / "videos" / "bad.mp4").write_text("not a video")
    config = BatchConfig(folder / "out", jobs=2)
    tally = run_batch([str(folder / "videos")], CONFIG, config, load=batch_clips.load)
    assert (tally.total, tally.done, tally.failed, tally.died) == (4, 3, 1, 0)
    return folder


def test_every_good_video_has_a_result_and_every_bad_one_a_reason(pooled: Path) -> None:
    out = pooled / "out"
    assert {p.parent.name for p in out.glob("*/run.json")} == {"clip_0", "clip_1", "clip_2"}
    assert "not a video" in json.loads((out / "bad.failed.json").read_text())["reason"]
    assert not list(out.rglob("*partial*")) and not list((out / ".batch" / "locks").iterdir())


def test_a_second_batch_has_nothing_to_do(pooled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_run, "pooled", here)
    tally = run_batch(
        [str(pooled / "videos")], CONFIG, BatchConfig(pooled / "out", jobs=1), load=batch_clips.load
    )
    assert (tally.kept, tally.failed, tally.done) == (3, 1, 0)


def test_shards_together_do_the_same_as_a_pool_to_the_bit(pooled: Path, tmp_path: Path) -> None:
    for shard in ("1/2", "2/2"):
        config = BatchConfig(tmp_path / "out", jobs=1, shard=shard)
        tally = run_batch([str(pooled / "videos")], CONFIG, config, load=batch_clips.load)
        assert tally.total == 2
    assert_bit_equal(motions(pooled / "out"), motions(tmp_path / "out"))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("gpus", [0.0, 0.5])
def test_ray_does_the_same_as_a_pool_to_the_bit(
    pooled: Path, tmp_path: Path, gpus: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    ray = pytest.importorskip("ray", reason="ray is not installed: pip install 'borelli[ray]'")
    if gpus:  # Ray believes what it is told: no GPU is needed to separate the stages
        start = ray.init
        monkeypatch.setattr(ray, "init", lambda *args, **kwargs: start(*args, num_gpus=1, **kwargs))
    config = BatchConfig(tmp_path / "out", jobs=1, engine="ray", gpus=gpus)
    tally = run_batch([str(pooled / "videos")], CONFIG, config, load=batch_clips.load)
    assert (tally.done, tally.failed) == (3, 1)
    assert_bit_equal(motions(pooled / "out"), motions(tmp_path / "out"))


def test_a_killed_worker_loses_its_item_only_and_that_is_tried_again(tmp_path: Path) -> None:
    events: list[Event] = []
    tally = run_batch(
        [str(clips(tmp_path / "videos"))],
        CONFIG,
        BatchConfig(tmp_path / "out", jobs=1),
        lambda event, tally: events.append(event),
        batch_clips.load_deadly_once,
    )
    assert (tally.done, tally.died, tally.failed) == (3, 1, 0)
    death = next(event for event in events if isinstance(event, Died))
    assert death.task.item.name == "clip_1" and "SIGKILL" in death.reason


def test_a_video_that_kills_every_worker_is_given_up(tmp_path: Path) -> None:
    config = BatchConfig(tmp_path / "out", jobs=1, attempts=2)
    tally = run_batch([str(clips(tmp_path / "videos"))], CONFIG, config, load=batch_clips.load_deadly)
    assert (tally.done, tally.died, tally.failed) == (2, 2, 1)
    failure = json.loads((tmp_path / "out" / "clip_1.failed.json").read_text())
    assert failure["kind"] == "transient" and "died in the middle of this video 2 times" in failure["reason"]


BATCH = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in the background of a shell
sys.path.insert(0, {tests!r})
import batch_clips
from pathlib import Path
from borelli.batch.config import BatchConfig
from borelli.batch.run import run_batch
run_batch([{videos!r}], batch_clips.CONFIG, BatchConfig(Path({out!r}), jobs=1), load=batch_clips.load_slow)
"""


def alive(out: Path) -> bool:
    """Whether the process that holds the lock of an item still runs."""
    owners = [json.loads(p.read_text())["pid"] for p in (out / ".batch" / "locks").glob("clip*.json")]
    return any(Path(f"/proc/{pid}").exists() for pid in owners)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_or_killed_driver_takes_its_workers_along(
    tmp_path: Path, how: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not Path("/proc/self").exists():
        pytest.skip("processes are looked up in /proc")
    videos, out = clips(tmp_path / "videos", 1), tmp_path / "out"
    script = BATCH.format(tests=str(Path(__file__).parent), videos=str(videos), out=str(out))
    driver = subprocess.Popen(
        [sys.executable, "-c", script], env=worker_environment(1), stderr=subprocess.DEVNULL
    )
    wait((tmp_path / "waiting").exists)
    assert alive(out)
    os.kill(driver.pid, how)
    driver.wait(120)
    wait(lambda: not alive(out))
    assert not list(out.glob("clip*")) and not list(out.rglob("*partial*"))
    monkeypatch.setattr(batch_run, "pooled", here)
    assert run_batch([str(videos)], CONFIG, BatchConfig(out, jobs=1)).done == 1


def wait(until: Any, seconds: float = 180) -> None:
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.05)


def unusable(setting: Setting) -> Any:
    raise BorelliError("the networks are missing; do this and that")


def test_workers_that_cannot_work_stop_the_batch_with_their_reason(tmp_path: Path) -> None:
    videos = clips(tmp_path / "videos", 1)
    with pytest.raises(BorelliError, match="do this and that"):
        run_batch([str(videos)], CONFIG, BatchConfig(tmp_path / "out", jobs=1), load=unusable)
    assert not list((tmp_path / "out").glob("*.failed.json"))


def test_work_travels_and_workers_have_few_threads(tmp_path: Path) -> None:
    import pickle

    work = ItemWork(Setting(tmp_path, CONFIG, threads=3))
    assert pickle.loads(pickle.dumps(work)) == work
    environment = worker_environment(3)
    assert {environment[name] for name in ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS")} == {"3"}
    assert BatchConfig(jobs=10_000).threads() == 1


def test_contradictions_are_stated() -> None:
    for config, words in (
        (BatchConfig(jobs=0), "--jobs 0"),
        (BatchConfig(attempts=0), "--attempts 0"),
        (BatchConfig(gpus=1.0), "--engine ray"),
        (BatchConfig(engine="ray", parts=True), "--parts"),
        (BatchConfig(Path("s3://bucket/results")), "--out s3:/bucket/results is not a folder"),
    ):
        with pytest.raises(BorelliError, match=words):
            config.checked()


def test_the_tally_counts_every_item_once(tmp_path: Path) -> None:
    from borelli.batch.task import Outcome, Task

    task = Task(Item("a.mp4", "a", "a"))
    tally = Tally(total=4)
    for state in ("again", "done", "kept", "busy", "failed"):
        tally = tally.after(Ended(0, Outcome(task, state, frames=5, seconds=2.0)))
    tally = tally.after(Died(0, task, "killed"))
    assert tally == Tally(4, done=1, kept=1, failed=1, again=2, died=1, frames=5, work_seconds=8.0)
    assert tally.settled == 3 and replace(tally, total=3).total == 3
