"""What a finished run says on the terminal: camera, verdict per person, and the files with their sizes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from borelli.pipeline.run import RunResult


def print_result(console: Console, result: RunResult) -> None:
    """Everything a user should know before opening the files."""
    lines = [*_about(result), *result_lines(result.report), *file_lines(result.folder, result.files)]
    for line in lines:
        console.print(line, highlight=False, markup=False, soft_wrap=True)


def _about(result: RunResult) -> list[str]:
    if not result.reused:
        return []
    what = "everything" if len(result.reused) == len(result.report["seconds"]) else ", ".join(result.reused)
    return [f"reused from an earlier run with the same video and settings: {what}"]


def result_lines(report: dict[str, Any]) -> list[str]:
    """Sentences from the content of a run.json."""
    lines = [f"warning: {text}" for text in report["warnings"]]
    lines.append(report["camera"]["summary"])
    for person in report["people"]:
        lines.append(person_line(person))
        lines += [f"  {note}" for note in person["notes"]]
    lines += [f"person {person['person']} left out: {person['reason']}" for person in report["dropped"]]
    return lines


def person_line(person: dict[str, Any]) -> str:
    """The numbers of one verdict in one line."""
    slips = person["stance_slip_mm"]
    feet = f"{len(slips)} stances, median slip {np.median(slips):.0f} mm" if slips else "no foot contacts"
    return (
        f"person {person['person']}: {person['frames_seen']} of {person['frames']} frames seen; stature "
        f"{person['stature_m']:.2f} +- {person['stature_sd_m']:.2f} m ({person['stature_source']}); "
        f"{person['reprojection_mm']:.0f} mm from the keypoints; {feet}; "
        f"{person['limit_violations']} joint-limit violations"
    )


def file_lines(folder: Path, files: Sequence[Path]) -> list[str]:
    """Paths and sizes, one per line."""
    listed = [*files, folder / "run.json"]
    width = max(len(str(path)) for path in listed)
    return [f"{path!s:<{width}}  {_size(path.stat().st_size):>8}" for path in listed]


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{max(count / 1e3, 0.1):.1f} kB"
