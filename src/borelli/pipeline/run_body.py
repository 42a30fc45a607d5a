"""One recording without video (markers, motion capture, a body model) to one folder, in one step."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from borelli.errors import BorelliError, no_file
from borelli.motion.motion import Motion
from borelli.pipeline.cache import file_hash, stage_key, write_json
from borelli.pipeline.page import with_page
from borelli.pipeline.results import FORMAT, RUN, read_report, remove_report, remove_stale
from borelli.pipeline.run import RunResult
from borelli.pipeline.versions import versions
from borelli.pipeline.without_camera import write_motion_files


@dataclass(frozen=True)
class Solved:
    """What was made of a file."""

    motion: Motion
    summary: tuple[str, ...]
    """Sentences for people: size, how well it fits, what is missing."""
    facts: Mapping[str, object]
    """The same in numbers, for run.json; plain JSON values."""


def run_body(
    source: Path, settings: Mapping[str, object], out: Path, solve: Callable[[], Solved], force: bool = False
) -> RunResult:
    """Write the motion of a file, and what other programs open, into `out/<name of the file>`.

    Args:
        source: the file; its content is part of the key by which a finished folder is recognised.
        settings: everything else that the result depends on; plain JSON values.
        out: folder of results; made if missing.
        solve: does the work; not called when the folder is already complete.
        force: replace a result of another file or of other settings.

    Raises:
        BorelliError: the file cannot be read or understood, or the folder holds something else.
    """
    if not source.is_file():
        raise no_file(source, "the file of a recording")
    folder, digest = out / source.name.split(".")[0], file_hash(source)
    key = stage_key("run", {"source": digest, "settings": settings, "versions": versions()})
    old = read_report(folder)
    if old is not None and old.get("key") == key and all((folder / name).is_file() for name in old["files"]):
        return RunResult(folder, old, ("motion",))
    if old is not None and old.get("key") != key and not force:
        raise BorelliError(
            f"{folder} holds the result of another file, other settings or another version; "
            "replace it with --force or choose another --out"
        )
    started = perf_counter()
    solved = solve()
    try:
        remove_report(folder)
        report = _write(folder, source, digest, key, settings, solved, started)
    except OSError as error:
        raise BorelliError(f"cannot write into {folder}: {error.strerror or error}") from error
    remove_stale(folder, old, report)
    return RunResult(folder, report, ())


def _write(
    folder: Path,
    source: Path,
    digest: str,
    key: str,
    settings: Mapping[str, object],
    solved: Solved,
    started: float,
) -> dict:
    files = write_motion_files(folder / f"person_{solved.motion.person}", solved.motion)
    report = {
        "format": FORMAT,
        "key": key,
        "source": source.name,
        "source_sha256": digest,
        "config": dict(settings),
        "versions": versions(),
        "seconds": {"motion": round(perf_counter() - started, 3)},
        "summary": list(solved.summary),
        **solved.facts,
        "files": [path.relative_to(folder).as_posix() for path in files],
    }
    plain = json.loads(json.dumps(report, default=str))
    complete = with_page(folder, plain, "summary")
    write_json(folder / RUN, complete)
    return complete
