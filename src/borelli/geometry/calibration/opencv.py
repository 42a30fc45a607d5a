"""Reader for one camera as OpenCV's FileStorage (YAML or JSON) and ROS `camera_info` YAML write it.

Keys: camera_matrix, distortion_coefficients (or dist_coeffs), image_width, image_height. Matrices are
nested lists or {rows, cols, data}. Neither format holds a pose.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from borelli.errors import BorelliError
from borelli.geometry.camera import Camera

_FISHEYE = ("equidistant", "fisheye")


def read_opencv(path: Path) -> dict[str, Camera]:
    """The one camera of the file, under the name the file gives it or the file's stem."""
    document = _parse(path)
    if document.get("distortion_model") in _FISHEYE:
        raise BorelliError(
            f"{path}: distortion model {document['distortion_model']}; undistort the video first"
        )
    K = _matrix(path, document, ("camera_matrix", "K"))
    distortion = _matrix(path, document, ("distortion_coefficients", "dist_coeffs", "D"))
    if K.size != 9:
        raise BorelliError(f"{path}: camera_matrix has {K.size} numbers; 9 are needed")
    if distortion.size not in (0, 4, 5, 8):
        raise BorelliError(f"{path}: {distortion.size} distortion coefficients; valid: 0, 4, 5, 8")
    for key in ("image_width", "image_height"):
        if not isinstance(document.get(key), int):
            raise BorelliError(f"{path}: {key} is missing; add the size of the calibration images in pixels")
    name = str(document.get("camera_name", path.stem))
    camera = Camera(
        K.reshape(3, 3),
        distortion.ravel(),
        width=document["image_width"],
        height=document["image_height"],
        source=f"{path.name}, camera {name}",
    )
    return {name: camera}


def _parse(path: Path) -> dict[str, Any]:
    text = path.read_text("utf-8")
    try:
        if path.suffix == ".json":
            document = json.loads(text)
        else:
            # OpenCV opens with a directive that is not YAML 1.1 ("%YAML:1.0") and tags its matrices.
            lines = [line for line in text.splitlines() if not line.startswith("%YAML")]
            document = yaml.safe_load("\n".join(lines).replace("!!opencv-matrix", ""))
    except (json.JSONDecodeError, yaml.YAMLError) as error:
        raise BorelliError(f"{path} cannot be parsed: {' '.join(str(error).split())}") from error
    if not isinstance(document, dict):
        raise BorelliError(f"{path} holds no camera; keys needed: camera_matrix, distortion_coefficients")
    return document


def _matrix(path: Path, document: dict[str, Any], keys: tuple[str, ...]) -> np.ndarray:
    value = next((document[key] for key in keys if key in document), None)
    if value is None:
        raise BorelliError(f"{path} has no {keys[0]}")
    try:
        return np.array(value["data"] if isinstance(value, dict) else value, dtype=np.float64)
    except (KeyError, TypeError, ValueError) as error:
        raise BorelliError(f"{path}: {keys[0]} is not a matrix of numbers") from error
