"""The certificate frame by frame, ready to plot: one row per frame, units in the names of the columns."""

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from borelli.dynamics.certificate import Certified
from borelli.dynamics.frame_figures import FrameFigures


def write_certificate_csv(path: Path, certified: Certified) -> None:
    """Write `certificate.csv`: `<figure>_<unit>` columns after physics, `before_<figure>_<unit>` ahead of it.

    BW is the body weight; flags are 0 and 1; cells are empty where a figure does not exist. Does not write
    anything when nothing could be judged.
    """
    columns = dict(_columns(certified))
    if not columns:
        return
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)
        for row in zip(*columns.values(), strict=True):
            writer.writerow([_cell(value) for value in row])


def _columns(certified: Certified) -> Iterator[tuple[str, np.ndarray]]:
    shown = certified.after or certified.before
    if shown is None:
        return
    yield "time_s", shown.times
    if certified.after is not None:
        yield from _forces(certified.after)
        yield "moved_mm", 1e3 * certified.moved
        yield from _contacts(certified.after, "")
    if certified.before is not None:
        yield "before_residual_force_percent_BW", certified.before.residual_force
        yield "before_residual_moment_percent_BW_height", certified.before.residual_moment
        yield from _contacts(certified.before, "before_")


def _forces(frames: FrameFigures) -> Iterator[tuple[str, np.ndarray]]:
    yield "explained", frames.explained
    yield "residual_force_percent_BW", frames.residual_force
    yield "residual_moment_percent_BW_height", frames.residual_moment
    yield "vertical_force_BW", frames.vertical_force
    yield "vertical_force_right_foot_BW", frames.vertical_by_foot[:, 0]
    yield "vertical_force_left_foot_BW", frames.vertical_by_foot[:, 1]
    yield "largest_torque_percent_of_strength", 100 * frames.torque_shares.max(axis=1)


def _contacts(frames: FrameFigures, prefix: str) -> Iterator[tuple[str, np.ndarray]]:
    if not prefix:
        yield "right_foot_stands", frames.standing[:, 0]
        yield "left_foot_stands", frames.standing[:, 1]
        yield "airborne", frames.airborne
    yield f"{prefix}centre_of_mass_height_m", frames.centre_of_mass[:, 1]
    yield f"{prefix}slide_mm_per_frame", 1e3 * frames.slide
    yield f"{prefix}penetration_mm", 1e3 * frames.penetration
    yield f"{prefix}floating_mm", 1e3 * frames.floating
    yield f"{prefix}self_penetration_mm", 1e3 * frames.self_penetration


def _cell(value: float | np.bool_) -> str:
    if isinstance(value, np.bool_):
        return str(int(value))
    return f"{value:.5f}" if np.isfinite(value) else ""
