"""The one error that users see: a sentence that says what, where, and what to do next."""

from pathlib import Path


class BorelliError(Exception):
    """A problem the user can act on. The command line prints it as one line and exits with 1."""


def no_file(path: Path, wanted: str) -> BorelliError:
    """Error for a path that is no file: a folder, or nothing; `wanted` says what to give."""
    what = "is a folder" if path.is_dir() else "does not exist"
    return BorelliError(f"{path} {what}; give {wanted}")


def choices(name: str, value: object, valid: list[str]) -> BorelliError:
    """Error for a value outside a closed list, with the list."""
    return BorelliError(f"{name} {value!r} is unknown; valid: {', '.join(sorted(valid))}")
