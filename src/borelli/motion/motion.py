"""The result: one person's motion over a clip, and the `motion.npz` that holds it.

World: right-handed, metres, Y up, floor y = 0. Camera: OpenCV axes. Angles in radians, time in seconds.
Axis sizes: T frames, C coordinates, J joints, L landmarks, K keypoints, P contact points.
"""

import os
import zipfile
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from borelli.errors import BorelliError, no_file

FORMAT = "borelli-motion-1"

_SHAPES: dict[str, tuple[str | int, ...]] = {
    "time": ("T",),
    "coordinates": ("T", "coordinate_names"),
    "coordinate_sigma": ("T", "coordinate_names"),
    "joints": ("T", "joint_names", 3),
    "joints_camera": ("T", "joint_names", 3),
    "joint_sigma": ("T", "joint_names"),
    "landmarks": ("T", "landmark_names", 3),
    "segment_lengths": ("segment_names",),
    "K": (3, 3),
    "T_camera_world": ("T", 4, 4),
    "keypoints": ("T", "keypoint_names", 3),
    "contacts": ("T", "contact_names"),
    "valid": ("T",),
    "forces": ("T", "contact_names", 3),
    "torques": ("T", "coordinate_names"),
    "residual_wrench": ("T", 6),
    "simulated": ("T",),
    "contact_points": ("T", "contact_names", 3),
    "support": ("T", "contact_names"),
    "explained": ("T",),
}


@dataclass(frozen=True)
class Motion:
    """One person. Frames the estimator does not vouch for are False in `valid`; their numbers may be NaN."""

    person: int
    """Stable identity within the video, 0 for the first person seen."""
    video: str
    """File name of the video, without folders."""
    width: int
    """Size of the displayed frames in pixels."""
    height: int
    time: np.ndarray
    """(T,) the stream's own timestamps."""
    coordinate_names: tuple[str, ...]
    coordinates: np.ndarray
    """(T, C) radians, metres for pelvis_tx, pelvis_ty, pelvis_tz."""
    joint_names: tuple[str, ...]
    joints: np.ndarray
    """(T, J, 3) joint centres, world."""
    joints_camera: np.ndarray
    """(T, J, 3) joint centres, camera axes."""
    joint_sigma: np.ndarray
    """(T, J) metres, one standard deviation along each axis."""
    landmark_names: tuple[str, ...]
    landmarks: np.ndarray
    """(T, L, 3) world."""
    shape: np.ndarray
    """(S,) body shape in standard deviations."""
    log_lengths: np.ndarray
    """(G,) natural logarithm of the factor on each length group of the body."""
    scale: float
    """Factor on the whole reference body."""
    segment_names: tuple[str, ...]
    segment_lengths: np.ndarray
    """(number of segment_names,) metres."""
    stature: float
    """Metres."""
    mass: float
    """Kilograms."""
    K: np.ndarray
    """(3, 3) pixels."""
    distortion: np.ndarray
    """(0, 4, 5 or 8) OpenCV coefficients."""
    T_camera_world: np.ndarray
    """(T, 4, 4) maps world points to camera points."""
    keypoint_names: tuple[str, ...]
    keypoints: np.ndarray
    """(T, K, 3): x, y in pixels, confidence; what the estimator was given."""
    contact_names: tuple[str, ...]
    contacts: np.ndarray
    """(T, P) probability that the point rests on the ground."""
    valid: np.ndarray
    """(T,) bool."""
    coordinate_sigma: np.ndarray | None = None
    """(T, C) one standard deviation in the unit of the coordinate, when the estimator states it."""
    forces: np.ndarray | None = None
    """(T, P, 3) newtons on the foot, world; from physics on."""
    torques: np.ndarray | None = None
    """(T, C) newton metres (newtons for translations); from physics on."""
    residual_wrench: np.ndarray | None = None
    """(T, 6) force in newtons and moment in newton metres that the ground does not explain, at the pelvis."""
    simulated: np.ndarray | None = None
    """(T,) bool: performed by the simulated body."""
    contact_points: np.ndarray | None = None
    """(T, P, 3) metres, world: where the contact points are; from physics on."""
    support: np.ndarray | None = None
    """(T, P) metres: height of the surface under each contact point; from physics on."""
    explained: np.ndarray | None = None
    """(T,) bool: the contacts explain the motion of this frame, so that its forces may be used."""

    def __post_init__(self) -> None:
        _check(self)

    @property
    def frame_rate(self) -> float:
        """Frames per second by the median interval; NaN for a single frame."""
        return float(1.0 / np.median(np.diff(self.time))) if len(self.time) > 1 else float("nan")

    def joint(self, name: str) -> np.ndarray:
        """(T, 3) world trajectory of a joint."""
        return self.joints[:, self.joint_names.index(name)]

    @property
    def contact_places(self) -> np.ndarray:
        """(T, P, 3) world: the contact points, or landmarks of their names; NaN where there is neither."""
        if self.contact_points is not None:
            return self.contact_points
        places = np.full((len(self.time), len(self.contact_names), 3), np.nan)
        for p, name in enumerate(self.contact_names):
            if name in self.landmark_names:
                places[:, p] = self.landmarks[:, self.landmark_names.index(name)]
        return places

    def coordinate(self, name: str) -> np.ndarray:
        """(T,) radians or metres."""
        return self.coordinates[:, self.coordinate_names.index(name)]

    def cut(self, frames: slice) -> "Motion":
        """The same person in some frames only."""
        over_time = [name for name, shape in _SHAPES.items() if shape[0] == "T"]
        parts = {name: value[frames] for name in over_time if (value := getattr(self, name)) is not None}
        return replace(self, **parts)


def _check(motion: Motion) -> None:
    """Raise BorelliError for the first array whose shape contradicts the names and the number of frames."""
    for name, spec in _SHAPES.items():
        value = getattr(motion, name)
        if value is None:
            continue
        wanted = tuple(_size(motion, axis) for axis in spec)
        if np.shape(value) != wanted:
            raise BorelliError(f"motion: {name} has shape {np.shape(value)}; expected {wanted}")
    if np.any(np.diff(motion.time) <= 0):
        raise BorelliError("motion: time does not increase; give one timestamp per frame, in seconds")


def _size(motion: Motion, axis: str | int) -> int:
    if isinstance(axis, int):
        return axis
    return len(motion.time) if axis == "T" else len(getattr(motion, axis))


def save_motion(path: Path, motion: Motion) -> None:
    """Write `motion.npz` whole or not at all: a crash leaves the file that was there before."""
    values = {field.name: getattr(motion, field.name) for field in fields(Motion)}
    arrays = {name: np.asarray(value) for name, value in values.items() if value is not None}
    # numpy gives an empty tuple of names the type float64, which would not read back as names.
    arrays |= {n: np.array(v, dtype=np.str_) for n, v in values.items() if isinstance(v, tuple)}
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with partial.open("wb") as stream:
            np.savez_compressed(stream, allow_pickle=False, format=np.array(FORMAT), **arrays)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def load_motion(path: Path) -> Motion:
    """Read `motion.npz`. Raises BorelliError when it is missing, damaged or of another format."""
    if not path.is_file():
        raise no_file(path, "a motion.npz written by `borelli run`")
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as data:
            arrays = {name: data[name] for name in data.files}
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise BorelliError(f"{path} is not a readable .npz; give one written by `borelli run`") from error
    found = str(arrays.pop("format", "none"))
    if found != FORMAT:
        raise BorelliError(f"{path} has format {found}; this version reads {FORMAT}: run the video again")
    known = {field.name: arrays[field.name] for field in fields(Motion) if field.name in arrays}
    missing = [f.name for f in fields(Motion) if f.name not in arrays and f.default is not None]
    if missing:
        raise BorelliError(f"{path} lacks {', '.join(missing)}: run the video again")
    return Motion(**{name: _plain(name, value) for name, value in known.items()})


def _plain(name: str, value: np.ndarray) -> Any:
    """Python scalars and tuples of names as the dataclass declares them."""
    if name.endswith("_names"):
        return tuple(str(item) for item in value)
    return value.item() if value.ndim == 0 else value
