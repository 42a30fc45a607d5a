"""Finished stages on disk: a marker per stage says from what it was made, so that a run resumes."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

CHUNK = 1 << 20


@dataclass(frozen=True)
class StageRecord:
    """A finished stage."""

    stage: str
    key: str
    """Hash of everything that the stage depends on."""
    seconds: float
    files: tuple[str, ...]
    """What it wrote, relative to the folder of the video."""


def file_hash(path: Path) -> str:
    """SHA-256 of a file; of the names and contents of all its files for a folder."""
    digest = hashlib.sha256()
    parts = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    for part in parts:
        if path.is_dir():
            digest.update(f"{part.relative_to(path).as_posix()}\0{part.stat().st_size}\0".encode())
        with part.open("rb") as stream:
            while block := stream.read(CHUNK):
                digest.update(block)
    return digest.hexdigest()


def stage_key(stage: str, depends_on: Mapping[str, object]) -> str:
    """Hash of a stage's inputs; values must be plain JSON or have a stable `str`."""
    text = json.dumps([stage, depends_on], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def finished(folder: Path, stage: str, key: str) -> StageRecord | None:
    """The record of a stage that was made from the same inputs and whose files are all there."""
    try:
        data = json.loads(_marker(folder, stage).read_text("utf-8"))
        record = StageRecord(data["stage"], data["key"], float(data["seconds"]), tuple(data["files"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    whole = record.key == key and all((folder / name).is_file() for name in record.files)
    return record if whole else None


def record(folder: Path, finished_stage: StageRecord) -> None:
    """Mark a stage as finished; its files must be whole by now."""
    write_json(_marker(folder, finished_stage.stage), asdict(finished_stage))


def forget(folder: Path, stage: str) -> None:
    """Take the mark of a stage away before its files change."""
    _marker(folder, stage).unlink(missing_ok=True)


def write_json(path: Path, content: object) -> None:
    """Write JSON whole or not at all."""
    with whole_file(path) as partial:
        text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False, default=str)
        partial.write_text(text + "\n", "utf-8")


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A file of the same name in a temporary folder beside `path`, moved there once the block succeeds.

    The name is kept because some formats write it into the file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".partial-", dir=path.parent) as folder:
        partial = Path(folder) / path.name
        yield partial
        partial.replace(path)


def _marker(folder: Path, stage: str) -> Path:
    return folder / "stages" / f"{stage}.json"
