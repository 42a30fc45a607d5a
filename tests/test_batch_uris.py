"""Videos from elsewhere: listed, fetched for the time of the work, and recognised when they changed."""

from pathlib import Path

import pytest
from batch_clips import CONFIG
from synthetic_clip import Observer, make_video

from borelli.batch import uris
from borelli.batch.item import Item
from borelli.batch.run import listed
from borelli.batch.task import Setting, Task
from borelli.batch.work import Hands, work_on
from borelli.errors import BorelliError

fsspec = pytest.importorskip("fsspec", reason="fsspec is not installed: pip install 'borelli[remote]'")


def names(*inputs: str) -> list[str]:
    return [item.source for item in listed(inputs)[1]]


def test_stores_are_listed_like_folders(tmp_path: Path) -> None:
    store = fsspec.filesystem("memory")
    for name in ("/v/b.mp4", "/v/deep/a.mov", "/v/notes.txt"):
        store.pipe(name, b"x")
    store.pipe("/lists/all.csv", b"path,subject\nv/b.mp4,1\nmemory://v/deep/a.mov,2\n")
    assert names("memory://v/") == ["memory:///v/b.mp4", "memory:///v/deep/a.mov"]
    assert names("memory://v/*.mp4") == ["memory:///v/b.mp4"]
    assert names("memory://lists/all.csv") == ["memory://lists/v/b.mp4", "memory://v/deep/a.mov"]
    assert names("https://example.org/a%20b.mp4?key=1") == ["https://example.org/a%20b.mp4?key=1"]
    assert next(listed(["https://example.org/a%20b.mp4?key=1"])[1]).name == "a b"


def work(source: str, out: Path, observer: Observer) -> str:
    item = Item(source, "walk", "walk")
    return work_on(Task(item), Hands(Setting(out, CONFIG), observer)).state


def test_a_video_is_fetched_for_its_work_only_and_again_when_it_changes(tmp_path: Path) -> None:
    store, observer = fsspec.filesystem("memory"), Observer()
    store.pipe("/w/walk.mp4", make_video(tmp_path / "walk.mp4", 4).read_bytes())
    assert work("memory://w/walk.mp4", tmp_path / "out", observer) == "done"
    inputs = tmp_path / "out" / ".batch" / "inputs"
    assert not list(inputs.rglob("*.mp4")) and observer.calls == 1
    assert work("memory://w/walk.mp4", tmp_path / "out", observer) == "kept"
    store.pipe("/w/walk.mp4", make_video(tmp_path / "walk.mp4", 7).read_bytes())
    assert work("memory://w/walk.mp4", tmp_path / "out", observer) == "done" and observer.calls == 2
    assert work("memory://w/gone.mp4", tmp_path / "gone", observer) == "failed"


def test_a_network_that_fails_is_worth_another_attempt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        def info(self, path: str) -> dict[str, int]:
            return {"size": 1}

        def get_file(self, path: str, target: str) -> None:
            raise RuntimeError("connection reset")

    monkeypatch.setattr(uris, "_opened", lambda uri: (Broken(), "walk.mp4"))
    assert work("s3://bucket/walk.mp4", tmp_path / "out", Observer()) == "again"


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(uris, "import_module", missing)
    for uri, extra in (("s3://b/a.mp4", "remote"), ("gs://b/a.mp4", "gcs")):
        with pytest.raises(BorelliError, match=rf"borelli\[{extra}\]"):
            list(uris.listed(uri))
