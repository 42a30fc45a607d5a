"""Where a batch keeps what: whole results in sight, everything unfinished in a hidden folder beside them."""

import os
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

    def begun(self, name: str) -> bool:
        """Whether there is anything of an item; as text, as a plan asks this a million times."""
        return any(
            os.path.lexists(f"{self.out}{os.sep}{path}")
            for path in (name, f"{name}{FAILED}", f"{HIDDEN}{os.sep}work{os.sep}{name}")
        )

    @property
    def work(self) -> Path:
        """Where results are made; finished stages of interrupted ones wait here."""
        return self.out / HIDDEN / "work"

    def replaced(self, name: str) -> Path:
        """A copy of a result that is to be redone, then the result itself until the newer one is in place."""
        return self.out / HIDDEN / "replaced" / name

    def lock(self, name: str) -> Path:
        """Says who works on an item."""
        return self.out / HIDDEN / "locks" / f"{name}.json"

    def tries(self, name: str) -> Path:
        """How often work on an item was begun and not ended."""
        return self.out / HIDDEN / "tries" / name

    def input(self, name: str) -> Path:
        """Folder of the local copy of a video from elsewhere, while it is worked on."""
        return self.out / HIDDEN / "inputs" / name

    def log(self, worker: int) -> Path:
        """What a worker and its libraries print."""
        return self.out / HIDDEN / "logs" / f"worker_{worker}.txt"

    def failed(self, name: str) -> Path:
        """Why there is no result, or none newer than the one that is there."""
        return self.out / f"{name}{FAILED}"

    def results(self) -> Iterator[Path]:
        """Folders of whole results, in order."""
        for name in self._names():
            if not name.startswith(".") and (self.out / name / "run.json").is_file():
                yield self.out / name

    def failures(self) -> Iterator[Path]:
        """Reasons, in order."""
        for name in self._names():
            if name.endswith(FAILED) and not name.startswith("."):
                yield self.out / name

    def _names(self) -> list[str]:
        """Everything in the folder; plain names, as there may be a million."""
        if not self.out.is_dir():
            return []
        with os.scandir(self.out) as entries:
            return sorted(entry.name for entry in entries)
