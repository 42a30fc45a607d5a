"""One line of the benchmark table, and what every part of the benchmark is given."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """One measured figure beside its target."""

    group: str
    name: str
    unit: str
    value: float | None
    """None when it could not be measured; then `note` says why."""
    at_most: float | None = None
    at_least: float | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None without a target or a value."""
        if self.value is None or (self.at_most is None and self.at_least is None):
            return None
        above = self.at_least is None or self.value >= self.at_least
        return bool(above and (self.at_most is None or self.value <= self.at_most))

    @property
    def target(self) -> str:
        """The target as text."""
        low, high = self.at_least, self.at_most
        if low is not None and high is not None:
            return f"{low:g} to {high:g}"
        return f">= {low:g}" if low is not None else f"<= {high:g}" if high is not None else ""


@dataclass(frozen=True)
class Setting:
    """What the parts of the benchmark share."""

    data: Path
    """Folder of recordings with known truth; parts whose recording is absent are skipped."""
    work: Path
    """Scratch folder for results of runs."""
    models: Path | None
    """Folder with the network files; None: the cache."""
    seed: int
    quick: bool
    """Short clips and few samples, to test the benchmark itself."""
    long: bool
    """Measure what takes many minutes too."""
    loop: bool = False
    """Fine-tune the lifter on the recorded clips and measure again."""
    sweeps: Path | None = None
    """Folder for plots of how dynamics fares with growing errors; None: not measured."""


def skipped(group: str, name: str, reason: str) -> Row:
    """A row without a value."""
    return Row(group, name, "", None, note=f"skipped: {reason}")
