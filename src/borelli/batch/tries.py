"""How often work on an item ended without a word, as when its worker is killed, counted on disk."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class DiedRepeatedly(Exception):
    """Something about an item ends every worker that tries it."""


@contextmanager
def counted(path: Path, most: int) -> Iterator[None]:
    """Count a try that begins; whatever way the block ends in this process, the count is over.

    Only one process may be inside for the same path. Raises DiedRepeatedly instead of trying once more
    after `most` tries that did not come to this end.
    """
    before = _count(path)
    if before >= most:
        path.unlink(missing_ok=True)
        raise DiedRepeatedly(f"the worker died in the middle of this video {before} times")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(str(before + 1), "ascii")
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _count(path: Path) -> int:
    try:
        return int(path.read_text("ascii"))
    except (OSError, ValueError):
        return 0
