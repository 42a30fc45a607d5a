"""Videos in a bucket: listed, fetched, followed when they change, and what is wrong with some of them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from batch_clips import call, clips, here
from synthetic_clip import make_video

from borelli.batch import run as batch_run

moto = pytest.importorskip("moto.server", reason="moto, flask and flask-cors are not installed")
s3fs = pytest.importorskip("s3fs", reason="s3fs is not installed: pip install 'borelli[remote]'")
pytestmark = pytest.mark.filterwarnings("ignore")  # those of the store's libraries are not ours
FLAGS = ("--focal-px", "130", "--no-physics")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Address of a store on this machine."""
    running = moto.ThreadedMotoServer(port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture
def bucket(server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The store with one empty bucket, and its credentials in the environment; items are worked on here."""
    tell(server, "reset", b"")
    known = {"ACCESS_KEY_ID": "x", "SECRET_ACCESS_KEY": "x", "REGION": "us-east-1", "ENDPOINT_URL": server}
    for name, value in {**known, "EC2_METADATA_DISABLED": "true"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setattr(batch_run, "pooled", here)
    store = s3fs.S3FileSystem(skip_instance_cache=True)
    store.mkdir("bucket")
    yield store
    tell(server, "reset-auth", b"inf")
    forget()


def tell(server: str, what: str, content: bytes) -> None:
    """Set something about the store itself."""
    asked = Request(f"{server}/moto-api/{what}", content, {"Content-Type": "text/plain"})
    urlopen(asked).close()


def forget() -> None:
    """What a new process would not know: listings and credentials."""
    s3fs.S3FileSystem.clear_instance_cache()


def reason(out: Path, name: str) -> str:
    return json.loads((out / f"{name}.failed.json").read_text())["reason"]


def rows(out: Path) -> list[dict[str, Any]]:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    return parquet.read_table(str(out / "index.parquet")).to_pylist()


def test_a_batch_over_a_bucket_leaves_results_and_reasons_here(bucket: Any, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for clip in clips(tmp_path / "videos", 2).iterdir():
        bucket.put_file(str(clip), f"bucket/{clip.name}")
    bucket.pipe("bucket/cut.mp4", (tmp_path / "videos" / "clip_0.mp4").read_bytes()[:300])
    asked = ("batch", "s3://bucket/*.mp4", "s3://bucket/gone.mp4", "--out", out, *FLAGS)
    assert call(*asked) == 1
    assert [(row["video"], row["state"], row["source"]) for row in rows(out)] == [
        ("clip_0", "done", "s3://bucket/clip_0.mp4"),
        ("clip_1", "done", "s3://bucket/clip_1.mp4"),
        ("cut", "failed", "s3://bucket/cut.mp4"),
        ("gone", "failed", "s3://bucket/gone.mp4"),
    ]
    assert reason(out, "gone") == "s3://bucket/gone.mp4 does not exist; correct its address"
    assert "s3://bucket/cut.mp4" in reason(out, "cut") and str(tmp_path) not in reason(out, "cut")
    assert not list((out / ".batch" / "inputs").iterdir())


def test_an_object_that_changes_is_fetched_again(
    bucket: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for frames, words in (
        (4, "1 video reconstructed"),
        (4, "1 was done already"),
        (6, "1 video reconstructed"),
    ):
        content = make_video(tmp_path / "walk.mp4", frames).read_bytes()
        if not bucket.exists("bucket/walk.mp4") or bucket.cat("bucket/walk.mp4") != content:
            bucket.pipe("bucket/walk.mp4", content)
        forget()
        assert call("batch", "s3://bucket/walk.mp4", "--out", tmp_path / "out", *FLAGS) == 0
        assert words in capsys.readouterr().out
    assert [row["frames"] for row in rows(tmp_path / "out")] == [6]


def test_a_list_in_a_bucket_names_videos_beside_it(bucket: Any, tmp_path: Path) -> None:
    bucket.put_file(str(make_video(tmp_path / "a.mp4", 4)), "bucket/day/a.mp4")
    bucket.pipe("bucket/day/list.csv", b"path,stature,site\na.mp4,1.9,north\n")
    assert call("batch", "s3://bucket/day/list.csv", "--out", tmp_path / "out", *FLAGS) == 0
    (row,) = rows(tmp_path / "out")
    assert (row["stature_m"], row["site"]) == (1.9, "north")


def test_wrong_credentials_are_one_line(
    bucket: Any, server: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bucket.put_file(str(make_video(tmp_path / "walk.mp4", 4)), "bucket/walk.mp4")
    tell(server, "reset-auth", b"0")  # from now on it looks at them
    forget()
    out = tmp_path / "out"
    for uri in ("s3://bucket/*.mp4", "s3://bucket/list.csv"):
        assert call("batch", uri, "--out", out, *FLAGS) == 1
        error = capsys.readouterr().err
        assert error.startswith(f"borelli: {uri} may not be read (") and error.count("\n") == 1
    assert call("batch", "s3://bucket/walk.mp4", "--out", out, *FLAGS) == 1
    assert "s3://bucket/walk.mp4 may not be read (" in reason(out, "walk")


def test_missing_credentials_are_one_line(
    bucket: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    forget()
    assert call("batch", "s3://bucket/*.mp4", "--out", tmp_path / "out", *FLAGS) == 1
    error = capsys.readouterr().err
    assert "give this store its credentials" in error and error.count("\n") == 1


def test_results_do_not_go_to_a_bucket(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("batch", clips(tmp_path / "videos", 1), "--out", "s3://bucket/results") == 1
    assert "--out s3:/bucket/results is not a folder" in capsys.readouterr().err
