"""Where a batch keeps what: whole results in sight, everything unfinished in a hidden folder beside them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HIDDEN = ".batch"
FAILED = ".failed.json"


@dataclass(frozen=True)
class Places:
    """The folder of results of a batch."""

    out: Path

    def result(self, name: str) -> Path:
        """A whole result, which appears here only by being renamed."""
        return self.out / name

    @property
    def work(self) -> Path:
        """Where results are made; finished stages of interrupted ones wait here."""
        return self.out / HIDDEN / "work"

    def lock(self, name: str) -> Path:
        """Says who works on an item."""
        return self.out / HIDDEN / "locks" / f"{name}.json"

    def input(self, name: str) -> Path:
        """Folder of the local copy of a video from elsewhere, while it is worked on."""
        return self.out / HIDDEN / "inputs" / name

    def log(self, worker: int) -> Path:
        """What a worker and its libraries print."""
        return self.out / HIDDEN / "logs" / f"worker_{worker}.txt"

    def failed(self, name: str) -> Path:
        """Why there is no result."""
        return self.out / f"{name}{FAILED}"

    def results(self) -> Iterator[Path]:
        """Folders of whole results, in order."""
        if self.out.is_dir():
            yield from sorted(path.parent for path in self.out.glob("*/run.json"))

    def failures(self) -> Iterator[Path]:
        """Reasons, in order."""
        if self.out.is_dir():
            yield from sorted(self.out.glob(f"*{FAILED}"))
