"""`borelli run --from-trc`, `--from-c3d`, `--from-bvh`, `--from-amass`: a recording instead of a video."""

from dataclasses import replace
from pathlib import Path

from rich.console import Console

from borelli.cli.commands import Run
from borelli.cli.summary import file_lines
from borelli.errors import BorelliError
from borelli.pipeline.config import RunConfig, check
from borelli.pipeline.from_amass import run_amass
from borelli.pipeline.from_points import PointsConfig, bvh_points, c3d_points, run_points, trc_points
from borelli.pipeline.run import RunResult

READERS = {"--from-trc": trc_points, "--from-c3d": c3d_points, "--from-bvh": bvh_points}


def run_recording(command: Run) -> int:
    """Convert the recording and say how well it went. Raises BorelliError for videos and their flags."""
    if len(command.recordings) > 1:
        raise BorelliError(f"{' and '.join(command.recordings)} are both recordings; run them one by one")
    ((flag, path),) = command.recordings.items()
    if command.videos:
        raise BorelliError(f"{flag} takes no videos: run them by themselves")
    result = _amass(command, path) if flag == "--from-amass" else _points(command, flag, path)
    console = Console()
    for line in (*result.report["summary"], *file_lines(result.folder, result.files)):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    return 0


def _amass(command: Run, path: Path) -> RunResult:
    if replace(command.config, skel_model=None) != RunConfig() or command.marker_map is not None:
        raise BorelliError("--from-amass takes none of the flags of videos and markers")
    return run_amass(path, command.smpl_model, command.out, command.force, command.config.skel_model)


def _points(command: Run, flag: str, path: Path) -> RunResult:
    config = command.config
    check(config)
    if command.smpl_model is not None or replace(config, stature=(), start=None, end=None) != RunConfig():
        raise BorelliError(
            f"{flag} takes --stature, --start, --end and --marker-map, no other flags of videos"
        )
    if len(config.stature) > 1:
        raise BorelliError(f"{flag} reads one person; give one --stature")
    stature = config.stature[0] if config.stature and config.stature[0] else None
    chosen = PointsConfig(stature, config.start, config.end, command.marker_map)
    return run_points(path, READERS[flag], chosen, command.out, command.force)
