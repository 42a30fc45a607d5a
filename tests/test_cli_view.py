"""`borelli view`: what is served, to whom, and what happens when files change."""

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_browser import OpenPage, opened
from reported_run import make_run

from borelli.cli import main
from borelli.errors import BorelliError
from borelli.report import view_server
from borelli.report.page import MARK, page_template
from borelli.report.shown import find_shown
from borelli.report.view_server import byte_range, make_server, short_names

Get = Callable[..., tuple[HTTPResponse, bytes]]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs in one folder."""
    out = tmp_path_factory.mktemp("out")
    make_run(out / "with")
    make_run(out / "without", frames=20)
    return out


@contextmanager
def served(*paths: Path, template: str = f"<html><body>{MARK}</body></html>") -> Iterator[int]:
    """Port of a running server of the pages of some runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(view_server, "page_template", lambda splats: template)
        server = make_server(paths)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def get(results: Path) -> Iterator[Get]:
    with served(results / "with", results / "without") as port:
        yield lambda path, **headers: ask(port, path, **headers)


def ask(port: int, path: str, **headers: str) -> tuple[HTTPResponse, bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, body


def test_each_run_has_a_page_with_its_data(get: Get):
    _, page = get("/")
    assert b'src="run/0/"' in page and b'src="run/1/"' in page
    answer, page = get("/run/0/")
    assert answer.status == 200 and MARK.encode() not in page
    header = json.loads(get("/run/1/data.json")[1])
    assert header["live"] and header["label"] == "without" and len(header["people"]) == 2
    assert header["video"]["src"] == "overlay.mp4"
    assert len(get("/run/1/blobs.bin")[1]) > 100_000


def test_one_run_is_the_page_itself(results: Path):
    with served(results / "with") as port:
        assert b"url=run/0/" in ask(port, "/")[1]
        assert json.loads(ask(port, "/run/0/data.json")[1])["label"] is None


def test_a_player_gets_the_part_of_the_video_that_it_asks_for(get: Get, results: Path):
    whole = (results / "with" / "overlay.mp4").read_bytes()
    answer, body = get("/run/0/overlay.mp4")
    assert (answer.status, body) == (200, whole)
    answer, body = get("/run/0/overlay.mp4", Range="bytes=100-199")
    assert (answer.status, body) == (206, whole[100:200])
    assert answer.headers["Content-Range"] == f"bytes 100-199/{len(whole)}"


@given(st.integers(1, 500), st.integers(0, 600), st.none() | st.integers(0, 600))
def test_a_range_stays_within_the_file(size: int, first: int, last: int | None):
    begin, end = byte_range(f"bytes={first}-{'' if last is None else last}", size)
    assert 0 <= begin <= end < size
    if first < size and (last is None or last >= first):
        assert begin == first and end == min(size - 1, size if last is None else last)


@pytest.mark.parametrize("header", [None, "", "bytes=", "bytes=a-b", "lines=1-2", "bytes=1-2,5-6"])
def test_what_is_not_one_range_is_the_whole_file(header: str | None):
    assert byte_range(header, 10) == (0, 9)
    assert byte_range("bytes=-3", 10) == (7, 9)


@pytest.mark.parametrize(
    "path", ["/run/0/../without/run.json", "/run/0/%2e%2e/without/run.json", "/run/0//etc/passwd",
             "/run/7/", "/run/x/", "/else", "/run/0/person_0", "/run/0/nothing.npz"],
)  # fmt: skip
def test_nothing_outside_the_run_is_served(get: Get, path: str):
    assert get(path)[0].status == 404


def test_other_names_of_this_machine_are_refused(get: Get):
    assert get("/", Host="evil.example:80")[0].status == 403
    assert get("/", Host="localhost:1")[0].status == 200


def test_the_page_is_told_when_a_file_changes_and_gets_new_data(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(view_server, "LOOK_EVERY_S", 0.02)
    run = make_run(tmp_path / "run", frames=2)
    with served(run) as port:
        connection = HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", "/run/0/events")
        events = connection.getresponse()
        assert events.readline() == b": alive\n" and events.readline() == b"\n"
        report = json.loads((run / "run.json").read_text())
        (run / "run.json").write_text(json.dumps(report | {"warnings": ["changed since"]}))
        os.utime(run / "run.json", (time.time() + 5, time.time() + 5))
        assert events.readline() == b"event: reload\n"
        connection.close()
        notes = json.loads(ask(port, "/run/0/data.json")[1])["notes"]
        assert notes[0]["text"] == "warning: changed since"


def test_while_a_run_is_replaced_the_last_whole_page_stays(tmp_path: Path):
    run = make_run(tmp_path / "run", frames=2)
    with served(run) as port:
        before = ask(port, "/run/0/blobs.bin")[1]
        (run / "person_0" / "motion.npz").write_bytes(b"half a file")
        assert ask(port, "/run/0/blobs.bin")[1] == before


def test_what_to_show_is_found_from_a_run_its_parent_a_person_or_a_file(results: Path):
    motion = results / "with" / "person_3" / "motion.npz"
    assert find_shown(results / "with").report["video"]
    assert len(find_shown(results / "with").motions) == 2
    assert find_shown(motion).motions == (motion,)
    assert find_shown(motion.parent).motions == (motion,)
    with pytest.raises(BorelliError, match=r"several runs.*with, .*without"):
        find_shown(results)
    with pytest.raises(BorelliError, match=r"here are results: .*without"):
        find_shown(results / "wthout")
    with pytest.raises(BorelliError, match="give a folder written by `borelli run`"):
        find_shown(results / "with" / "stages" / "x")


def test_labels_are_as_short_as_tells_runs_apart():
    assert short_names([Path("a/demo"), Path("b/demo")]) == ["a/demo", "b/demo"]
    assert short_names([Path("out/a"), Path("out/b")]) == ["a", "b"]


def test_problems_are_one_line(results: Path, capsys: pytest.CaptureFixture[str]):
    def failed(*arguments: object) -> str:
        with pytest.raises(SystemExit) as stop:
            main(["view", *map(str, arguments), "--no-browser"])
        assert stop.value.code == 1
        said = capsys.readouterr().err
        assert said.startswith("borelli: ") and said.count("\n") == 1
        return said

    assert "does not exist" in failed(results / "nothing")
    assert "at most 4" in failed(*[results / "with"] * 5)
    assert "--port" in failed(results / "with", "--port", 99999)
    with served(results / "with") as port:
        assert "choose another --port" in failed(results / "with", "--port", port)


def test_runs_side_by_side_keep_in_step(chromium: object, results: Path):
    try:
        template = page_template(splats=False)
    except BorelliError as error:
        pytest.skip(str(error))
    ready = """() => frames.length === 2 && [...Array(2).keys()].every(i =>
        frames[i].borelli && frames[i].borelli.state && frames[i].borelli.state().drawnFrames > 0)"""
    with (
        served(results / "with", results / "without", template=template) as port,
        opened(chromium, f"http://127.0.0.1:{port}/", drawn=ready) as page,
    ):
        page.run("() => frames[0].borelli.seek(1.2)")
        page.wait("() => Math.abs(frames[1].borelli.state().time - 1.2) < 0.03")
        page.run("() => frames[1].borelli.seek(0.4)")
        page.wait("() => Math.abs(frames[0].borelli.state().time - 0.4) < 0.03")
        look(page)
        titles = page.run("() => [0, 1].map(i => frames[i].document.title)")
    assert "with" in titles[0] and "without" in titles[1]  # type: ignore[index]
    assert page.messages == []


def look(page: OpenPage) -> None:
    """Keep a picture of it."""
    page.run("() => new Promise(done => setTimeout(done, 400))")
    page.picture("view-side-by-side")
