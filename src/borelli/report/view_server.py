"""Pages of runs served to the browser of this machine, one beside another, and reloaded when files change."""

import json
import threading
import time
from collections.abc import Callable, Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from mimetypes import guess_type
from pathlib import Path
from urllib.parse import unquote, urlsplit

from borelli.errors import BorelliError
from borelli.report.page import MARK, PageData, page_data, page_template
from borelli.report.shown import Shown, find_shown

HOST, LOCAL_NAMES = "127.0.0.1", ("127.0.0.1", "localhost")
LOOK_EVERY_S, ALIVE_EVERY_S = 1.0, 15.0
CHUNK = 1 << 18
FORWARD = """<!doctype html>
<link rel="icon" href="data:,">
<meta http-equiv="refresh" content="0; url=run/0/">
<title>borelli</title>
"""


class Source:
    """One run, read again when its files have changed."""

    def __init__(self, path: Path, label: str | None) -> None:
        self._path, self._label, self._lock = path, label, threading.Lock()
        self.shown: Shown = find_shown(path)
        self._stamp, self._page = self.stamp(), page_data(self.shown, embed=False, label=label)

    def stamp(self) -> tuple[tuple[str, int], ...]:
        """Names and times of change of the files."""
        return tuple((str(p), p.stat().st_mtime_ns) for p in self.shown.files if p.is_file())

    def page(self) -> PageData:
        """The data of the files as they are; the last whole ones while a run is being replaced."""
        with self._lock:
            if self.stamp() != self._stamp:
                try:
                    shown = find_shown(self._path)
                    page = page_data(shown, embed=False, label=self._label)
                except (BorelliError, OSError):
                    return self._page
                self.shown, self._page = shown, page
                self._stamp = self.stamp()
            return self._page


def make_server(paths: Sequence[Path], port: int = 0) -> ThreadingHTTPServer:
    """A server of the pages of some runs, not yet running; port 0 takes a free one.

    Raises:
        BorelliError: a path shows no run, the page is not installed, or the port is taken.
    """
    labels = [None] if len(paths) == 1 else short_names(paths)
    sources = [Source(path, label) for path, label in zip(paths, labels, strict=True)]
    template = page_template(any(one.page().has_splats for one in sources)).replace(MARK, "")

    class Handler(PageHandler):
        """Requests about these sources."""

        def __init__(self, *arguments: object) -> None:
            self.sources, self.template = sources, template
            super().__init__(*arguments)  # type: ignore[arg-type]

    try:
        server = ThreadingHTTPServer((HOST, port), Handler)
    except (OSError, OverflowError) as error:
        raise BorelliError(f"port {port} cannot be used ({error}); choose another --port") from error
    server.daemon_threads = True
    return server


def short_names(paths: Sequence[Path]) -> list[str]:
    """As much of the ends of paths as tells them apart."""
    parts = [path.absolute().parts for path in paths]
    for depth in range(1, max(map(len, parts)) + 1):
        names = ["/".join(own[-depth:]) for own in parts]
        if len(set(names)) == len(set(parts)):
            return names
    return [str(path) for path in paths]


class PageHandler(BaseHTTPRequestHandler):
    """`/` is a page or several side by side; `/run/0/` the first one with its data, video and files."""

    protocol_version = "HTTP/1.1"
    sources: Sequence[Source]
    template: str

    def do_GET(self) -> None:
        """Answer one request; only for names of this machine, so that no other site can read along."""
        if (self.headers.get("Host") or "").rsplit(":", 1)[0] not in LOCAL_NAMES:
            self.send_error(HTTPStatus.FORBIDDEN)
            return
        path = unquote(urlsplit(self.path).path)
        try:
            self._route(path)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Requests are not worth a line on the terminal."""

    def _route(self, path: str) -> None:
        if path == "/":
            return self._send(self._first_page().encode("utf-8"), "text/html; charset=utf-8")
        parts = path.split("/", 3)
        if len(parts) < 4 or parts[1] != "run" or not parts[2].isdecimal():
            return self.send_error(HTTPStatus.NOT_FOUND)
        if int(parts[2]) >= len(self.sources):
            return self.send_error(HTTPStatus.NOT_FOUND)
        return self._run_file(self.sources[int(parts[2])], parts[3])

    def _run_file(self, source: Source, name: str) -> None:
        answers: dict[str, Callable[[], None]] = {
            "": lambda: self._send(self.template.encode("utf-8"), "text/html; charset=utf-8"),
            "data.json": lambda: self._send(_header(source.page()), "application/json"),
            "blobs.bin": lambda: self._send(source.page().blob, "application/octet-stream"),
            "events": lambda: self._events(source),
        }
        answers.get(name, lambda: self._file(source.shown.folder, name))()

    def _first_page(self) -> str:
        if len(self.sources) == 1:
            return FORWARD
        frames = "\n".join(
            f'<iframe src="run/{number}/" title="{number + 1}"></iframe>'
            for number in range(len(self.sources))
        )
        page = files("borelli.report").joinpath("side_by_side.html").read_text("utf-8")
        return page.replace("<!--FRAMES-->", frames)

    def _events(self, source: Source) -> None:
        """Tell the page when to load its data again, until it goes away."""
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.close_connection = True
        known, said = source.stamp(), 0.0
        while True:
            found, now = source.stamp(), time.monotonic()
            if found != known:
                known, said = found, now
                self.wfile.write(b"event: reload\ndata: changed\n\n")
            elif now - said > ALIVE_EVERY_S:
                said = now
                self.wfile.write(b": alive\n\n")
            time.sleep(LOOK_EVERY_S)

    def _file(self, folder: Path, name: str) -> None:
        """A file of the run, or the part of it that a video player asks for."""
        path = (folder / name).resolve()
        if not path.is_relative_to(folder.resolve()) or not path.is_file():
            return self.send_error(HTTPStatus.NOT_FOUND)
        size = path.stat().st_size
        first, last = byte_range(self.headers.get("Range"), size)
        whole = (first, last) == (0, size - 1)
        self.send_response(HTTPStatus.OK if whole else HTTPStatus.PARTIAL_CONTENT)
        self.send_header("Content-Type", guess_type(path.name)[0] or "application/octet-stream")
        self.send_header("Content-Length", str(last - first + 1))
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Cache-Control", "no-store")
        if not whole:
            self.send_header("Content-Range", f"bytes {first}-{last}/{size}")
        self.end_headers()
        with path.open("rb") as stream:
            stream.seek(first)
            left = last - first + 1
            while left > 0 and (block := stream.read(min(CHUNK, left))):
                self.wfile.write(block)
                left -= len(block)
        return None

    def _send(self, content: bytes, kind: str) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)


def byte_range(header: str | None, size: int) -> tuple[int, int]:
    """First and last byte that a `Range` header asks of `size` bytes; all for what is not one range."""
    kind, _, span = (header or "").partition("=")
    first, dash, last = span.partition("-")
    if kind != "bytes" or not dash or not (first + last).isdecimal():
        return 0, size - 1
    if not first:
        return max(0, size - int(last)), size - 1
    begin = int(first)
    end = min(int(last) if last else size - 1, size - 1)
    return (begin, end) if begin <= end else (0, size - 1)


def _header(page: PageData) -> bytes:
    return json.dumps(page.header | {"live": True}, ensure_ascii=False, allow_nan=False).encode("utf-8")
