"""What a finished run says on the terminal: camera, verdict per person, and the files with their sizes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from borelli.cli.certificate import print_certificate
from borelli.dynamics.certificate_json import certificate_from_json
from borelli.pipeline.run import RunResult
from borelli.report.sentences import avatar_lines, clip_lines, dropped_lines, person_line, simulation_lines


def print_result(console: Console, result: RunResult) -> None:
    """Everything a user should know before opening the files."""
    _print_lines(console, [*_about(result), *result_lines(result.report)])
    for person in result.report["people"]:
        certificate = certificate_from_json(person["certificate"])
        print_certificate(console, f"physics of person {person['person']}", certificate)
        _print_lines(console, [f"  {text}" for text in simulation_lines(person)])
    _print_lines(console, file_lines(result.folder, result.files))


def _print_lines(console: Console, lines: Sequence[str]) -> None:
    for line in lines:
        console.print(line, highlight=False, markup=False, soft_wrap=True)


def _about(result: RunResult) -> list[str]:
    if not result.reused:
        return []
    stages = set(result.report["seconds"]) - {"report"}
    what = "everything" if stages == set(result.reused) else ", ".join(result.reused)
    return [f"reused from an earlier run with the same video and settings: {what}"]


def result_lines(report: dict[str, Any]) -> list[str]:
    """Sentences from the content of a run.json."""
    lines = clip_lines(report)
    for person in report["people"]:
        lines.append(person_line(person))
        lines += [f"  {text}" for text in (*person["notes"], *avatar_lines(person))]
    return [*lines, *dropped_lines(report)]


def file_lines(folder: Path, files: Sequence[Path]) -> list[str]:
    """Paths and sizes, one per line."""
    listed = [*files, folder / "run.json"]
    width = max(len(str(path)) for path in listed)
    return [f"{path!s:<{width}}  {_size(path.stat().st_size):>8}" for path in listed]


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{max(count / 1e3, 0.1):.1f} kB"
