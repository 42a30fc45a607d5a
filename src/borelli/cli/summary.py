"""What a finished run says on the terminal: camera, verdict per person, and the files with their sizes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from borelli.cli.certificate import print_certificate
from borelli.dynamics.certificate_json import certificate_from_json
from borelli.pipeline.run import RunResult


def print_result(console: Console, result: RunResult) -> None:
    """Everything a user should know before opening the files."""
    _print_lines(console, [*_about(result), *result_lines(result.report)])
    for person in result.report["people"]:
        certificate = certificate_from_json(person["certificate"])
        print_certificate(console, f"physics of person {person['person']}", certificate)
        _print_lines(console, simulation_lines(person))
    _print_lines(console, file_lines(result.folder, result.files))


def simulation_lines(person: dict[str, Any]) -> list[str]:
    """How the simulated person fared; nothing without a simulation."""
    if "simulation" not in person:
        return []
    done = person["simulation"]
    error = done["local_error_mm"]
    fell = (
        "" if done["fell_at_s"] is None else f"; fell at {done['fell_at_s']:.2f} s, not simulated from there"
    )
    away = "" if error is None else f", {error:.0f} mm from the motion (pelvis removed)"
    return [f"  simulated without outside force: {done['performed_percent']:.0f} % of the clip{away}{fell}"]


def _print_lines(console: Console, lines: Sequence[str]) -> None:
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
        lines += avatar_lines(person)
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


def avatar_lines(person: dict[str, Any]) -> list[str]:
    """What became of the avatar, and whether it changed the motion; nothing without one."""
    if "avatar" not in person:
        return []
    avatar = person["avatar"]
    if not avatar["made"]:
        return [f"  no avatar, the motion stays as it was: {avatar['reason']}"]
    if avatar["accepted"]:
        return [f"  avatar learnt; motion refined through it by {avatar['moved_mm']:.0f} mm"]
    return [f"  avatar learnt; the motion stays as it was: {'; '.join(avatar['reasons'])}"]


def file_lines(folder: Path, files: Sequence[Path]) -> list[str]:
    """Paths and sizes, one per line."""
    listed = [*files, folder / "run.json"]
    width = max(len(str(path)) for path in listed)
    return [f"{path!s:<{width}}  {_size(path.stat().st_size):>8}" for path in listed]


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{max(count / 1e3, 0.1):.1f} kB"
