"""What the user may choose about the benchmark."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class BenchmarkConfig:
    """The defaults measure everything that is measured in minutes."""

    data: Path | None = None
    """Folder of recordings with known truth; None: shared/data here or beside this folder."""
    json: Path | None = None
    """Write the figures there."""
    markdown: Path | None = None
    """Write the page there."""
    models: Path | None = None
    """Network files, for machines without a network."""
    seed: int = 0
    """Of random people, cameras and noise."""
    quick: bool = False
    """Only the rows that take seconds, on short clips."""
    long: bool = False
    """Measure memory on videos of ten minutes and two hours, too."""
    loop: bool = False
    """Fine-tune the lifter on the recorded clips and measure again."""
    sweeps: Path | None = None
    """Measure dynamics with growing errors and plot it into this folder."""
    parts: tuple[str, ...] = ()
    """Names of the parts to measure; empty: all but the slow ones."""

    @property
    def recordings(self) -> Path:
        """The data folder."""
        if self.data is not None:
            return self.data
        beside = (Path("shared/data"), Path("../shared/data"))
        return next((path for path in beside if path.is_dir()), beside[0])
