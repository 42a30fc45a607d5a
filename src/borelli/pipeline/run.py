"""One video to one folder: stages in order, finished ones reused, nothing overwritten silently."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from borelli.errors import BorelliError
from borelli.fitting.windows import Mapper
from borelli.pipeline import cache, results
from borelli.pipeline.avatar_files import write_avatars
from borelli.pipeline.config import RunConfig, check
from borelli.pipeline.detect import Observer, Progress, find_people, silent
from borelli.pipeline.job import Job, make_job
from borelli.video import probe


@dataclass(frozen=True)
class RunResult:
    """What a run left behind."""

    folder: Path
    report: dict
    """The content of run.json."""
    reused: tuple[str, ...]
    """Stages that were found finished."""

    @property
    def files(self) -> tuple[Path, ...]:
        """Results in the order in which they are worth opening."""
        return tuple(self.folder / name for name in self.report["files"])


def run_one(
    video: Path,
    config: RunConfig,
    out: Path,
    progress: Progress = silent,
    *,
    force: bool = False,
    observer: Observer = find_people,
    name: str | None = None,
    over: Mapper = map,
) -> RunResult:
    """Reconstruct one video into `out/<name of the video>`.

    Args:
        video: video or photo.
        config: the user's choices.
        out: folder of results; made if missing.
        progress: told about every stage.
        force: replace a result of another video or of other settings.
        observer: what finds people, for detectors of one's own.
        name: of the folder, instead of the video's.
        over: maps over the stretches of a very long clip.

    Raises:
        BorelliError: a bad file or choice, nobody to reconstruct, a folder that cannot be written, or a
            result of other inputs in the folder.
    """
    check(config)
    job = make_job(probe(Path(video)), config, Path(out), name)
    old = results.read_report(job.folder)
    if old is not None:
        same = old.get("key") == job.key
        if same and all((job.folder / file).is_file() for file in old["files"]):
            return RunResult(job.folder, old, tuple(job.keys))
        if not same and not force:
            raise BorelliError(
                f"{job.folder} holds the result of another video, other settings or another version; "
                "replace it with --force or choose another --out"
            )
    try:
        _make_writable(job.folder)
        return _run(job, progress, observer, old, over)
    except OSError as error:
        raise BorelliError(f"cannot write into {job.folder}: {error.strerror or error}") from error
    finally:
        _remove_empty(job.folder)


def observe_one(
    video: Path,
    config: RunConfig,
    out: Path,
    progress: Progress = silent,
    *,
    observer: Observer = find_people,
    name: str | None = None,
) -> None:
    """Only the first stage of `run_one`, which then goes on from there, in another process if need be."""
    check(config)
    job = make_job(probe(Path(video)), config, Path(out), name)
    if cache.finished(job.folder, "people", job.keys["people"]) is not None:
        return
    try:
        _make_writable(job.folder)
        results.remove_report(job.folder)
        _finish(job, "people", lambda: results.write_observations(job, observer, progress))
    except OSError as error:
        raise BorelliError(f"cannot write into {job.folder}: {error.strerror or error}") from error
    finally:
        _remove_empty(job.folder)


def _run(job: Job, progress: Progress, observer: Observer, old: dict | None, over: Mapper) -> RunResult:
    stages: dict[str, Callable[[], list[Path]]] = {
        "people": lambda: results.write_observations(job, observer, progress),
        "motion": lambda: results.write_motions(job, progress, over),
        "avatar": lambda: write_avatars(job, progress),
        "files": lambda: results.write_files(job, progress),
        "overlay": lambda: results.write_overlay(job, progress, over),
    }
    results.remove_report(job.folder)
    records, reused = [], []
    for stage, work in stages.items():
        if stage not in job.keys:
            continue
        found = cache.finished(job.folder, stage, job.keys[stage])
        if found is None:
            found = _finish(job, stage, work)
        else:
            reused.append(stage)
        records.append(found)
    report = results.write_report(job, records)
    results.remove_stale(job.folder, old, report)
    return RunResult(job.folder, report, tuple(reused))


def _finish(job: Job, stage: str, work: Callable[[], list[Path]]) -> cache.StageRecord:
    cache.forget(job.folder, stage)
    started = perf_counter()
    files = tuple(path.relative_to(job.folder).as_posix() for path in work())
    done = cache.StageRecord(stage, job.keys[stage], round(perf_counter() - started, 3), files)
    cache.record(job.folder, done)
    return done


def _make_writable(folder: Path) -> None:
    """Make the folder, and find out before the work whether files can be written there."""
    folder.mkdir(parents=True, exist_ok=True)
    probe_file = folder / ".writable"
    try:
        probe_file.write_bytes(b"")
    finally:
        probe_file.unlink(missing_ok=True)


def _remove_empty(folder: Path) -> None:
    """A failed run leaves no empty folders."""
    for path in (folder / "stages", folder, folder.parent):
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()
