"""All groups of rows, one after the other."""

from collections.abc import Callable
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
from borelli.evaluation.benchmark.report import markdown, print_rows, provenance, to_json
from borelli.evaluation.benchmark.rows import Row, Setting, skipped

Part = Callable[[Setting], list[Row]]
PARTS: tuple[tuple[str, Part], ...] = (
    ("recorded clips", recorded.measure),
    ("stages", stages.measure),
    ("virtual cameras", virtual_cameras.measure),
    ("lifter", lifter.measure),
    ("detector", detector.measure),
    ("body", referees.measure),
    ("OpenSim IK", opensim_ik.measure),
    ("markers", markers.measure),
    ("dynamics", dynamics.measure),
    ("dynamics on video", dynamics_video.measure),
    ("dynamics sweeps", dynamics_sweeps.measure),
    ("forces", forces.measure),
    ("simulation", simulation.measure),
    ("policy", policy.measure),
    ("avatar", avatar.measure),
    ("many videos", batch.measure),
    ("speed", speed.measure),
)


def main(config: BenchmarkConfig) -> None:
    """Measure, print one table, and write the files asked for."""
    if config.data is not None and not config.data.is_dir():
        raise BorelliError(f"--data {config.data} is not a folder; give the one with the recordings")
    console = Console()
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
            config.avatar,
            config.batch,
            config.policy,
        )
        rows = [row for name, part in PARTS for row in _run(console, name, part, setting)]
    origin = provenance(config.seed)
    print_rows(console, rows, origin)
    if config.json is not None:
        config.json.write_text(to_json(rows, origin), "utf-8")
    if config.markdown is not None:
        config.markdown.write_text(markdown(rows, origin), "utf-8")


def _run(console: Console, name: str, part: Part, setting: Setting) -> list[Row]:
    """Rows of a part; a missing network or an unreadable file is a row too."""
    started = perf_counter()
    try:
        rows = part(setting)
    except BorelliError as error:
        rows = [skipped(name, "all", str(error))]
    console.print(f"{name}: {perf_counter() - started:.0f} s", highlight=False)
    return rows
