"""How far a batch is."""

from dataclasses import dataclass, replace

from borelli.batch.events import Died, Ended, Event


@dataclass(frozen=True)
class Tally:
    """Counts of items, and what their work amounted to."""

    total: int = 0
    """Items of this batch, or of its shard."""
    done: int = 0
    kept: int = 0
    """Found done."""
    failed: int = 0
    again: int = 0
    """Further attempts that were needed."""
    died: int = 0
    """Workers that ended in the middle of an item."""
    frames: int = 0
    work_seconds: float = 0.0
    """Of all workers together."""

    @property
    def settled(self) -> int:
        """Items about which nothing is left to do."""
        return self.done + self.kept + self.failed

    def after(self, event: Event) -> "Tally":
        """The tally once an event has happened."""
        if isinstance(event, Died):
            return replace(self, died=self.died + 1, again=self.again + 1)
        if not isinstance(event, Ended):
            return self
        outcome = event.outcome
        spent = replace(self, work_seconds=self.work_seconds + outcome.seconds)
        match outcome.state:
            case "done":
                return replace(spent, done=self.done + 1, frames=self.frames + outcome.frames)
            case "kept":
                return replace(spent, kept=self.kept + 1)
            case "failed":
                return replace(spent, failed=self.failed + 1)
            case "again":
                return replace(spent, again=self.again + 1)
            case _:
                return self
