"""Errors sorted by what follows from them: another attempt, a stated failure, or the end of the batch."""

import errno
import traceback
from collections.abc import Iterator

from borelli.batch.item import configured
from borelli.batch.marker import Failure, Kind, fingerprint, settings_key, write_failure
from borelli.batch.places import Places
from borelli.batch.task import Outcome, Setting, Task
from borelli.batch.tries import DiedRepeatedly
from borelli.errors import BorelliError

HOPELESS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})
"""A full or locked disk: the next item will meet it as well."""
PERMANENT = (FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError)
"""Errors of the operating system that are the input's, not the moment's."""


def outcome_of(error: Exception, task: Task, setting: Setting) -> Outcome:
    """What follows from an error; a final one is written beside where the result would be."""
    if any(isinstance(cause, OSError) and cause.errno in HOPELESS for cause in _causes(error)):
        return Outcome(task, "stop", f"{task.item.source}: {error}")
    if isinstance(error, DiedRepeatedly):
        return _failed(task, setting, "transient", str(error))
    kind, reason = _kind(error), str(error) or type(error).__name__
    details = ""
    if kind == "internal":
        reason, details = f"{type(error).__name__}: {error}", "".join(traceback.format_exception(error))
    if kind == "transient" and task.attempt < setting.attempts:
        return Outcome(task, "again", reason)
    return _failed(task, setting, kind, reason, details)


def is_interrupt(error: Exception) -> bool:
    """Whether an interruption is behind an error: compiled code turns one into errors of its own."""
    return any(isinstance(cause, KeyboardInterrupt) for cause in _causes(error))


def note_failure(task: Task, setting: Setting, kind: Kind, reason: str, details: str = "") -> None:
    """Write why an item has no result. Raises OSError when that cannot be written."""
    item = task.item
    try:
        settings, read = settings_key(configured(item, setting.config)), fingerprint(item.source)
    except (BorelliError, OSError):
        settings, read = "", ""
    about = Failure(item.source, read, settings, kind, reason, task.attempt, details, dict(item.carried))
    write_failure(Places(setting.out).failed(item.name), about)


def _failed(task: Task, setting: Setting, kind: Kind, reason: str, details: str = "") -> Outcome:
    """A failure for good, which ends the batch when not even that can be written down."""
    try:
        note_failure(task, setting, kind, reason, details)
    except OSError as error:
        return Outcome(task, "stop", f"cannot write into {setting.out}: {error.strerror or error}")
    return Outcome(task, "failed", reason)


def _kind(error: Exception) -> Kind:
    """Errors of the system may pass, wherever they came from; other unforeseen ones are this program's."""
    for cause in _causes(error):
        if isinstance(cause, MemoryError) or (
            isinstance(cause, OSError) and not isinstance(cause, PERMANENT)
        ):
            return "transient"
    return "input" if isinstance(error, BorelliError | OSError) else "internal"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
