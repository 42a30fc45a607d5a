"""Reader for the .toml calibrations of Pose2Sim, Sports2D, OpenCap exports and anipose.

One table per camera: name, size [w, h], matrix, distortions, rotation (Rodrigues vector) and translation in
metres with x_camera = R X + t, in a world whose Z axis points up.
"""

import tomllib
from pathlib import Path

import numpy as np

from borelli.errors import BorelliError
from borelli.geometry.camera import Camera
from borelli.geometry.frames import R_ZUP_YUP, make_transform
from borelli.geometry.rotations import matrix_from_rotvec


def read_pose2sim(path: Path) -> dict[str, Camera]:
    """Cameras by name, in the order of the file."""
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BorelliError(f"{path} is not valid TOML: {error}") from error
    tables = {key: value for key, value in document.items() if isinstance(value, dict) and "matrix" in value}
    return {str(table.get("name", key)): _camera(path, key, table) for key, table in tables.items()}


def _camera(path: Path, key: str, table: dict) -> Camera:
    missing = [field for field in ("size", "matrix", "distortions") if field not in table]
    if missing:
        raise BorelliError(f"{path}: camera [{key}] has no {', '.join(missing)}")
    if table.get("fisheye"):
        raise BorelliError(f"{path}: camera [{key}] is a fisheye; undistort the video first")
    width, height = (round(value) for value in table["size"])
    return Camera(
        K=np.array(table["matrix"], dtype=np.float64),
        distortion=np.array(table["distortions"], dtype=np.float64),
        width=width,
        height=height,
        T_camera_world=_pose(table),
        source=f"{path.name}, camera {table.get('name', key)}",
    )


def _pose(table: dict) -> np.ndarray | None:
    """T_camera_world for the Y-up world; None for no pose or for the identity, which stands for none."""
    rotvec = np.array(table.get("rotation", np.zeros(3)), dtype=np.float64)
    t = np.array(table.get("translation", np.zeros(3)), dtype=np.float64)
    if not rotvec.any() and not t.any():
        return None
    return make_transform(matrix_from_rotvec(rotvec) @ R_ZUP_YUP, t)
