"""Measured 3D points to motion: .trc and .c3d of marker laboratories, .bvh of animation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from borelli.body.model import body_model
from borelli.errors import BorelliError
from borelli.formats.bvh import bvh_pose, metres_per_unit, read_bvh
from borelli.formats.c3d import read_c3d
from borelli.formats.trc import Markers, read_trc
from borelli.markers.ik import Solved as Angles
from borelli.markers.ik import solve_ik
from borelli.markers.map_file import read_marker_map
from borelli.markers.names import Site, match
from borelli.markers.start import place_trunk
from borelli.pipeline.run import RunResult
from borelli.pipeline.run_body import Solved, run_body
from borelli.pipeline.without_camera import Recorded, motion_without_camera

UPRIGHT = 0.8
"""Share of the trunk's direction along an axis of the file, on average, above which that axis is up."""
ON_FLOOR = 0.2
"""Metres: the lowest marker is that close to the floor of the laboratory."""
SHOWN = 5
"""Markers with the largest distances that are named."""
LISTED = 12
"""Markers without a place that are named."""


@dataclass(frozen=True)
class PointsConfig:
    """The user's choices about one file of points."""

    stature: float | None = None
    """Metres."""
    start: float | None = None
    """Seconds; what is before is left out."""
    end: float | None = None
    marker_map: Path | None = None
    """Table of own marker places."""


@dataclass(frozen=True)
class PointFile:
    """Points of a file, in its own axes."""

    markers: Markers
    R_world_file: np.ndarray | None
    """(3, 3) to Y up as the file or its format says; None when neither does."""


Reader = Callable[[Path], PointFile]


def trc_points(path: Path) -> PointFile:
    """Points of a .trc file; the format has no word for its axes, OpenSim's are Y up."""
    return PointFile(read_trc(path), np.eye(3))


def c3d_points(path: Path) -> PointFile:
    """Points of a .c3d file."""
    found = read_c3d(path)
    return PointFile(found.markers, found.R_world_file)


def bvh_points(path: Path) -> PointFile:
    """Joints of a .bvh file in metres; the unit is told by the figure's size.

    Raises BorelliError for a figure that is no person's size in metres, centimetres or millimetres.
    """
    bvh = read_bvh(path)
    unit = metres_per_unit(bvh)
    if unit is None:
        raise BorelliError(
            f"{path}: the figure is no person's size in m, cm or mm; scale the file to centimetres"
        )
    times = np.arange(len(bvh.values)) * bvh.frame_time
    return PointFile(Markers(times, bvh.joint_names, unit * bvh_pose(bvh).positions), np.eye(3))


def run_points(path: Path, reader: Reader, config: PointsConfig, out: Path, force: bool = False) -> RunResult:
    """Motion of the person in a file of 3D points, written into `out/<name of the file>`.

    Raises:
        BorelliError: a file that cannot be read, that shows nobody, or a folder with another result.
    """
    settings = {
        "reader": reader.__name__,
        "stature": config.stature,
        "span": [config.start, config.end],
        "marker_map": None if config.marker_map is None else config.marker_map.read_text("utf-8"),
    }
    return run_body(path, settings, out, lambda: solve_points(path, reader, config), force)


def solve_points(path: Path, reader: Reader, config: PointsConfig) -> Solved:
    """Motion of the person in a file of 3D points; errors as `run_points`."""
    model = body_model()
    found = reader(path)
    places = read_marker_map(config.marker_map) if config.marker_map is not None else None
    markers = _cut(path, _without_zeros(found.markers), config)
    R, turned = up_axis(replace(found, markers=markers), places)
    solved = solve_ik(
        markers.positions @ R.T,
        markers.names,
        markers.times,
        marker_map=places,
        skip_unknown=True,
        stature=config.stature,
    )
    unknown = np.full((len(markers.times), len(model.skeleton.joint_names)), np.nan)
    recorded = Recorded(path.name, solved.times, solved.person, solved.coordinates, unknown, solved.valid)
    motion = motion_without_camera(model, recorded)
    facts = {
        "naming": solved.matched.set_name,
        "marker_rms_mm": {name: round(mm, 2) for name, mm in solved.marker_rms_mm().items()},
        "left_out": list(solved.matched.unknown),
        "frames": len(solved.times),
        "frames_valid": int(solved.valid.sum()),
        "stature_m": round(motion.stature, 3),
        "R_world_file": R.tolist(),
    }
    size = f"stature {motion.stature:.2f} m ({'given' if config.stature else 'from the markers'})"
    return Solved(motion, (*turned, *_summary(solved, len(markers.names)), size), facts)


def up_axis(
    file: PointFile, places: Mapping[str, Site | None] | None = None
) -> tuple[np.ndarray, tuple[str, ...]]:
    """R_world_file (3, 3), and a sentence when the person contradicts what the file says.

    The trunk of a person is upright on average; when it clearly is along another axis of the file than the
    one that is said to be up, or when none is said to be, that axis is taken. Somebody who lies in a file
    that is right looks the same, except that the lowest marker along the trunk is not at zero.
    """
    markers, said = file.markers, file.R_world_file
    matched = match(markers.names, places)
    positions = markers.positions[:, list(matched.index)]
    seen = np.isfinite(positions.sum(axis=-1))
    some = np.flatnonzero(seen.sum(axis=1) >= 3)[:: max(1, len(positions) // 50)]
    if not len(some) or not matched.names:
        return np.eye(3) if said is None else said, ()
    trunk = place_trunk(body_model(), matched.points(body_model()), positions[some], seen[some])
    up = trunk.rotations[:, :, 1].mean(axis=0)
    axis = int(np.argmax(np.abs(up)))
    R = _y_up(axis, float(np.sign(up[axis])))
    lowest = float(np.nanmin(positions[some] @ R[1]))
    if abs(up[axis]) < UPRIGHT or (said is not None and (said[1] @ up > UPRIGHT or abs(lowest) > ON_FLOOR)):
        return np.eye(3) if said is None else said, ()
    name = f"{'-' if up[axis] < 0 else '+'}{'XYZ'[axis]}"
    return R, (f"the person stands along {name} of the file, which is taken as up",)


def _y_up(axis: int, sign: float) -> np.ndarray:
    """Turns a signed axis of the file to +Y and keeps the handedness."""
    up = sign * np.eye(3)[axis]
    first = np.eye(3)[0 if axis != 0 else 1]
    return np.stack([first, up, np.cross(first, up)])


def _without_zeros(markers: Markers) -> Markers:
    """Some programs write a missing marker as the origin."""
    missing = (markers.positions == 0).all(axis=-1, keepdims=True)
    return replace(markers, positions=np.where(missing, np.nan, markers.positions))


def _cut(path: Path, markers: Markers, config: PointsConfig) -> Markers:
    first = -np.inf if config.start is None else config.start
    last = np.inf if config.end is None else config.end
    kept = (markers.times >= first) & (markers.times <= last)
    if not kept.any():
        span = f"{markers.times[0]:g} to {markers.times[-1]:g} s" if len(kept) else "no frames"
        raise BorelliError(f"{path} has nothing between --start and --end; it covers {span}")
    return replace(markers, times=markers.times[kept], positions=markers.positions[kept])


def _summary(solved: Angles, count: int) -> list[str]:
    rms = solved.marker_rms_mm()
    worst = sorted(rms, key=lambda name: -rms[name])[:SHOWN]
    whole = float(np.sqrt(np.nanmean(solved.residuals_mm**2)))
    lines = [
        f"{len(rms)} of {count} points used, named as in {solved.matched.set_name}",
        f"{whole:.1f} mm RMS from the points; largest: "
        + ", ".join(f"{name} {rms[name]:.0f} mm" for name in worst),
        f"{int(solved.valid.sum())} of {len(solved.times)} frames have enough points",
    ]
    if unknown := solved.matched.unknown:
        more = f" and {len(unknown) - LISTED} more" if len(unknown) > LISTED else ""
        names = ", ".join(unknown[:LISTED]) + more
        lines.append(f"left out, no place on the body known: {names} (--marker-map gives one)")
    return lines
