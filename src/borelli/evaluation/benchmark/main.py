"""All groups of rows, one after the other."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from rich.console import Console

from borelli.errors import BorelliError
from borelli.evaluation.benchmark import (
    avatar,
    batch,
    detector,
    dynamics,
    dynamics_sweeps,
    dynamics_video,
    forces,
    lifter,
    long_video,
    markers,
    opensim_ik,
    policy,
    recorded,
    referees,
    simulation,
    speed,
    stages,
    virtual_cameras,
)
from borelli.evaluation.benchmark.config import BenchmarkConfig
from borelli.evaluation.benchmark.report import (
    Measured,
    from_json,
    markdown,
    print_rows,
    provenance,
    to_json,
)
from borelli.evaluation.benchmark.rows import Row, Setting, skipped


@dataclass(frozen=True)
class Part:
    """Rows that are measured together."""

    name: str
    measure: Callable[[Setting], list[Row]]
    slow: bool = False
    """Takes many minutes, and is therefore measured only when it is named."""


PARTS = (
    Part("clips", recorded.measure),
    Part("stages", stages.measure),
    Part("cameras", virtual_cameras.measure),
    Part("lifter", lifter.measure),
    Part("detector", detector.measure),
    Part("body", referees.measure),
    Part("opensim", opensim_ik.measure),
    Part("markers", markers.measure),
    Part("dynamics", dynamics.measure),
    Part("video", dynamics_video.measure),
    Part("sweeps", dynamics_sweeps.measure),
    Part("forces", forces.measure),
    Part("simulation", simulation.measure),
    Part("policy", policy.measure, slow=True),
    Part("avatar", avatar.measure, slow=True),
    Part("batch", batch.measure, slow=True),
    Part("long", long_video.measure, slow=True),
    Part("speed", speed.measure),
)


def main(config: BenchmarkConfig) -> None:
    """Measure, print one table, and write the files asked for."""
    _check(config)
    console = Console()
    old = {}
    if config.parts and config.json is not None and config.json.is_file():
        old = {part.name: part for part in from_json(config.json)}
    with TemporaryDirectory(prefix="borelli-benchmark-") as folder:
        setting = Setting(
            config.recordings,
            Path(folder),
            config.models,
            config.seed,
            config.quick,
            config.long,
            config.loop,
            config.sweeps,
        )
        found = [_part(console, part, setting, config.parts, old.get(part.name)) for part in PARTS]
    print_rows(console, found)
    if config.json is not None:
        config.json.write_text(to_json(found), "utf-8")
    if config.markdown is not None:
        config.markdown.write_text(markdown(found), "utf-8")


def _check(config: BenchmarkConfig) -> None:
    if config.data is not None and not config.data.is_dir():
        raise BorelliError(f"--data {config.data} is not a folder; give the one with the recordings")
    names = [part.name for part in PARTS]
    wrong = [name for name in config.parts if name not in names]
    if wrong:
        raise BorelliError(f"--parts: there is no part {wrong[0]!r}; choose among {', '.join(names)}")


def _part(
    console: Console, part: Part, setting: Setting, named: tuple[str, ...], old: Measured | None
) -> Measured:
    """A part's rows: measured now, else as they were, else why not."""
    if part.name in named or not (named or part.slow):
        return Measured(part.name, _run(console, part, setting), provenance(setting.seed))
    if old is not None:
        return old
    reason = f"measured with --parts {part.name}"
    return Measured(part.name, [skipped(part.name, "all", reason)], provenance(setting.seed))


def _run(console: Console, part: Part, setting: Setting) -> list[Row]:
    """Rows of a part; a missing network or an unreadable file is a row too."""
    started = perf_counter()
    try:
        rows = part.measure(setting)
    except BorelliError as error:
        rows = [skipped(part.name, "all", str(error))]
    console.print(f"{part.name}: {perf_counter() - started:.0f} s", highlight=False)
    return rows
