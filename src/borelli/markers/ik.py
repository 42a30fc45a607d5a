"""`borelli.solve_ik`: measured 3D points of a person to joint angles, segment lengths and marker places."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import cpu_count

import numpy as np
from threadpoolctl import threadpool_limits

from borelli.body.kinematics import Points, forward, place
from borelli.body.model import BodyModel, Person, average_person, body_model
from borelli.body.skeleton import Skeleton
from borelli.errors import BorelliError
from borelli.fitting.camera_state import CAMERA_UNKNOWNS, LEVEL, CameraState
from borelli.fitting.regular import regular_terms
from borelli.fitting.solver import Problem, SolverConfig, solve
from borelli.fitting.state import State, border_names
from borelli.fitting.terms.coordinates import Limits, Rest, Smoothness
from borelli.fitting.terms.positions import Positions
from borelli.markers.calibrate import Calibration, Keyframes, calibrate
from borelli.markers.frames import Stretch, make_rig, solve_stretches
from borelli.markers.names import OWN_SET, Matched, Site, known_names, match
from borelli.markers.start import best_posture, place_trunk, start_coordinates

KEYFRAMES = 40
"""Frames from which the person is found, spread over the trial."""
CHUNK = 250
"""Frames between two frames whose posture is searched from scratch, when the person is known already."""
FEWEST, SHARE = 6, 1 / 3
"""A frame needs that many markers and that share of all of them to say something about a whole body."""
ROBUST = 6.0
"""Standard deviations at which a marker begins to count as mistaken."""
REST = 0.3
"""Factor on the precision of the relaxed pose: markers say more than video."""


@dataclass(frozen=True)
class Solved:
    """Inverse kinematics of one trial, in the world that the positions were given in (Y up, metres)."""

    times: np.ndarray
    """(T,) seconds."""
    coordinate_names: tuple[str, ...]
    coordinates: np.ndarray
    """(T, 49) radians and metres, inside the joint limits."""
    valid: np.ndarray
    """(T,) bool: frames with enough markers; the others are carried over from their neighbours."""
    calibration: Calibration
    """The person with markers on; give it to `solve_ik` for further trials of the same session."""
    positions: np.ndarray
    """(T, M, 3) metres: where the solution has the markers."""
    residuals_mm: np.ndarray
    """(T, M) distance to the measured markers, NaN where missing."""
    matched: Matched
    """How the names were understood."""

    @property
    def person(self) -> Person:
        """Size and segment lengths."""
        return self.calibration.person

    @property
    def marker_names(self) -> tuple[str, ...]:
        """(M,) markers used, as the recording calls them."""
        return self.calibration.marker_names

    def marker_rms_mm(self) -> dict[str, float]:
        """Root mean square distance per marker over the frames that have it."""
        count = np.maximum(np.isfinite(self.residuals_mm).sum(axis=0), 1)
        rms = np.sqrt(np.nansum(self.residuals_mm**2, axis=0) / count)
        return dict(zip(self.marker_names, rms.tolist(), strict=True))

    def coordinate(self, name: str) -> np.ndarray:
        """(T,) radians or metres."""
        return self.coordinates[:, self.coordinate_names.index(name)]


def solve_ik(
    positions: np.ndarray,
    names: Sequence[str],
    times: np.ndarray,
    *,
    marker_map: Mapping[str, Site | str | None] | None = None,
    skip_unknown: bool = False,
    stature: float | None = None,
    calibration: Calibration | None = None,
    smooth: bool = False,
    threads: int | None = None,
) -> Solved:
    """Joint angles from measured 3D points: skin markers, joint centres or triangulated keypoints.

    Segment lengths and the place of every marker on its segment are found once per trial from up to 40 of
    its frames, then every frame is solved, each beginning with the one before.

    Args:
        positions: (T, N, 3) metres, world with Y up; NaN where a marker is missing.
        names: (N,) of the markers; see `borelli.markers.names` and docs/markers.md for those known.
        times: (T,) seconds, increasing.
        marker_map: places of markers by name, before all known ones: a `Site`, a landmark or
            `joint:SEGMENT`, or None to leave the marker out.
        skip_unknown: leave markers without a known place out instead of raising an error.
        stature: metres, when it was measured.
        calibration: of another trial of the same session; markers that it lacks are left out.
        smooth: solve the whole trial once more at once, with the estimator's limits on accelerations; slower,
            and gaps are bridged smoothly.
        threads: at most so many; all cores by default. The result does not depend on it.

    Raises:
        BorelliError: shapes that do not fit, unknown names, units that are not metres, too few markers.
    """
    model = body_model()
    positions, times = _checked(positions, names, times)
    matched = match(names, marker_map)
    if matched.unknown and not skip_unknown:
        raise _unknown(matched)
    matched, kept = _kept(matched, calibration)
    data = _Data.of(model, positions[:, list(kept)], times, matched)
    workers = threads or cpu_count() or 1
    with threadpool_limits(1, user_api="blas"):
        if calibration is None:
            person, points, stretches = _calibrated(model, matched, data, stature, workers)
        else:
            person, points = calibration.person, _chosen(calibration, matched)
            stretches = _searched(model, person, points, data, workers)
        q = _all_frames(model, person, points, data, stretches, workers)
        if smooth:
            q = _smoothed(model, person, points, data, q)
    q = np.clip(q, model.skeleton.lower, model.skeleton.upper)
    return _solved(model, data, matched, Calibration(person, points, matched.names), q)


@dataclass(frozen=True)
class _Data:
    """Measured markers of one trial, ready to be fitted."""

    times: np.ndarray
    targets: np.ndarray
    """(T, M, 3) zero where missing."""
    weight: np.ndarray
    """(T, M) 1 / sd, zero where missing."""
    placement_sd: np.ndarray
    limits: Limits
    rest: Rest

    @staticmethod
    def of(model: BodyModel, positions: np.ndarray, times: np.ndarray, matched: Matched) -> "_Data":
        """Raises BorelliError when no frame has enough markers."""
        seen = np.isfinite(positions.sum(axis=-1))
        if not _enough(seen).any():
            found = ", ".join(matched.names) or "none"
            raise BorelliError(f"no frame has {FEWEST} markers with a known place; known are: {found}")
        sd = np.array([site.skin_sd for site in matched.sites])
        table = model.skeleton
        limits, rest = _priors(table, times)
        placement = np.array([site.placement_sd for site in matched.sites])
        return _Data(times, np.where(seen[..., None], positions, 0.0), seen / sd, placement, limits, rest)

    @property
    def valid(self) -> np.ndarray:
        """(T,) bool: enough markers."""
        return _enough(self.weight > 0)

    @property
    def interval(self) -> float:
        """Median time between frames."""
        return float(np.median(np.diff(self.times))) if len(self.times) > 1 else np.inf

    def keyframes(self, count: int) -> np.ndarray:
        """Indices of up to `count` frames with the most markers, evenly spread over the valid ones."""
        usable = np.flatnonzero(self.valid)
        seen = (self.weight > 0).sum(axis=1)
        groups = np.array_split(usable, min(count, len(usable)))
        return np.array([group[np.argmax(seen[group])] for group in groups])


def _enough(seen: np.ndarray) -> np.ndarray:
    """(T,) bool from (T, M) bool."""
    return seen.sum(axis=1) >= max(FEWEST, SHARE * seen.shape[1])


def _priors(table: Skeleton, times: np.ndarray) -> tuple[Limits, Rest]:
    terms = regular_terms(table, times, REST)
    limits = next(term for term in terms if isinstance(term, Limits))
    rest = next(term for term in terms if isinstance(term, Rest))
    return limits, rest


def _calibrated(
    model: BodyModel, matched: Matched, data: _Data, stature: float | None, workers: int
) -> tuple[Person, Points, list[Stretch]]:
    """Person and markers from keyframes, and the stretches that begin there."""
    points, frames = matched.points(model), data.keyframes(KEYFRAMES)
    targets, weight = data.targets[frames], data.weight[frames]
    placement = place_trunk(model, points, targets, weight > 0)
    person = average_person(1.70 * placement.scale)
    # markers are not yet where they sit on this person: their places are part of the error
    loose = weight / np.sqrt(1 + (weight * data.placement_sd) ** 2)
    rig = make_rig(model, person, points, data.limits, data.rest)
    starts = start_coordinates(model, placement)
    coordinates = best_posture(rig, starts, targets, loose, ROBUST, workers)
    key = Keyframes(targets, weight, data.placement_sd, data.limits, data.rest, ROBUST, stature)
    person, points, coordinates = calibrate(model, person, points, key, coordinates)
    return person, points, _stretches(frames, coordinates, len(data.times))


def _searched(model: BodyModel, person: Person, points: Points, data: _Data, workers: int) -> list[Stretch]:
    """Stretches of a person whose body and markers are known."""
    frames = data.keyframes(max(2, len(data.times) // CHUNK))
    targets, weight = data.targets[frames], data.weight[frames]
    placement = place_trunk(model, points, targets, weight > 0)
    rig = make_rig(model, person, points, data.limits, data.rest)
    starts = start_coordinates(model, placement)
    coordinates = best_posture(rig, starts, targets, weight, ROBUST, workers)
    return _stretches(frames, coordinates, len(data.times))


def _stretches(frames: np.ndarray, coordinates: np.ndarray, count: int) -> list[Stretch]:
    """From every keyframe to the next; from the first one backwards too."""
    ends = np.r_[frames[1:], count]
    forwards = [
        Stretch(np.arange(first, last), q) for first, last, q in zip(frames, ends, coordinates, strict=True)
    ]
    return [Stretch(np.arange(frames[0] - 1, -1, -1), coordinates[0]), *forwards]


def _all_frames(
    model: BodyModel, person: Person, points: Points, data: _Data, stretches: list[Stretch], workers: int
) -> np.ndarray:
    rig = make_rig(model, person, points, data.limits, data.rest)
    q, _ = solve_stretches(rig, data.targets, data.weight, stretches, data.interval, ROBUST, workers)
    q[:, :3] = np.unwrap(q[:, :3], axis=0)
    return q


def _smoothed(model: BodyModel, person: Person, points: Points, data: _Data, q: np.ndarray) -> np.ndarray:
    """The estimator's whole-clip solver, begun at a solution of single frames."""
    smooth = next(t for t in regular_terms(model.skeleton, data.times) if isinstance(t, Smoothness))
    markers = Positions(np.arange(len(points.segments)), data.targets, data.weight, ROBUST)
    free = np.zeros(len(border_names(model.shape_size)), dtype=bool)
    problem = Problem(model, points, (markers, data.limits, data.rest, smooth), free)
    state = State(q, person, CameraState(LEVEL, np.zeros(len(CAMERA_UNKNOWNS))))
    return solve([problem], [state], SolverConfig(iterations=8)).states[0].coordinates


def _solved(
    model: BodyModel, data: _Data, matched: Matched, calibration: Calibration, q: np.ndarray
) -> Solved:
    pose = forward(model, calibration.person, q)
    reached = place(pose, calibration.points, model, calibration.person)
    distance = 1e3 * np.linalg.norm(reached - data.targets, axis=-1)
    return Solved(
        times=data.times,
        coordinate_names=model.skeleton.coordinate_names,
        coordinates=q,
        valid=data.valid,
        calibration=calibration,
        positions=reached,
        residuals_mm=np.where(data.weight > 0, distance, np.nan),
        matched=matched,
    )


def _checked(positions: np.ndarray, names: Sequence[str], times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    positions, times = np.asarray(positions, dtype=np.float64), np.asarray(times, dtype=np.float64)
    wanted = (len(times), len(names), 3)
    if positions.shape != wanted:
        raise BorelliError(f"positions have shape {positions.shape}; {wanted} follows from times and names")
    if len(times) == 0 or not np.isfinite(times).all() or np.any(np.diff(times) <= 0):
        raise BorelliError("times must be finite and increase from frame to frame, in seconds")
    return positions, times


def _kept(matched: Matched, calibration: Calibration | None) -> tuple[Matched, tuple[int, ...]]:
    """The matched markers, with a calibration only those that it has."""
    if calibration is None:
        return matched, matched.index
    have = [i for i, name in enumerate(matched.names) if name in calibration.marker_names]
    chosen = Matched(
        matched.set_name,
        tuple(matched.index[i] for i in have),
        tuple(matched.names[i] for i in have),
        tuple(matched.sites[i] for i in have),
        matched.unknown,
    )
    return chosen, chosen.index


def _chosen(calibration: Calibration, matched: Matched) -> Points:
    index = [calibration.marker_names.index(name) for name in matched.names]
    points = calibration.points
    return Points(points.segments[index], points.offsets[index], points.offsets_shape[index])


def _unknown(matched: Matched) -> BorelliError:
    sets = known_names()
    closest = ", ".join(sets[matched.set_name])
    others = ", ".join(sorted(set(sets) - {matched.set_name}))
    return BorelliError(
        f"no place on the body is known for {', '.join(matched.unknown)}; give one with marker_map or leave "
        f"them out with skip_unknown=True. Known in the closest naming, {matched.set_name}: {closest}; other "
        f"namings: {others}{'' if matched.set_name == OWN_SET else ' (docs/markers.md lists them)'}"
    )
