"""Reader for the XML text that Qualisys Track Manager exports as `*.qca.txt`.

Focal lengths, principal points and sensor bounds are in 1/64 pixel, positions in millimetres, Z up.
The matrix r11..r33 maps world to a camera that looks along -Z with y up; OpenCV's axes turn both round.
"""

from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from borelli.errors import BorelliError
from borelli.geometry.camera import Camera
from borelli.geometry.frames import R_ZUP_YUP, make_transform

_SUBPIXELS = 64.0


def read_qualisys(path: Path) -> dict[str, Camera]:
    """Cameras by serial number, in the order of the file."""
    try:
        root = ElementTree.fromstring(path.read_bytes())
    except ElementTree.ParseError as error:
        raise BorelliError(f"{path} is not a Qualisys calibration (XML): {error}") from error
    cameras: dict[str, Camera] = {}
    for i, element in enumerate(root.iter("camera")):
        serial = element.get("serial", str(i))
        try:
            cameras[serial] = _camera(path, element, serial)
        except (KeyError, ValueError) as error:
            raise BorelliError(f"{path}: camera {serial} lacks a usable {error}") from error
    return cameras


def _camera(path: Path, element: ElementTree.Element, serial: str) -> Camera:
    if element.get("viewrotation", "0") != "0":
        raise BorelliError(
            f"{path}: camera {serial} was rotated by {element.get('viewrotation')} degrees in Qualisys; "
            "export the calibration with view rotation 0"
        )
    lens = _attributes(element, "intrinsic")
    view = _attributes(element, "fov_video")
    pose = _attributes(element, "transform")
    fx, fy, cx, cy = (lens[f"{a}{b}"] / _SUBPIXELS for a in ("focalLength", "centerPoint") for b in "UV")
    k1, k2, k3 = (lens[f"radialDistortion{i}"] for i in (1, 2, 3))
    p1, p2 = (lens[f"tangentalDistortion{i}"] for i in (1, 2))
    M = np.array([[pose[f"r{row}{column}"] for column in (1, 2, 3)] for row in (1, 2, 3)])
    R = np.diag([1.0, -1.0, -1.0]) @ M
    centre = np.array([pose[axis] for axis in "xyz"]) / 1000.0
    return Camera(
        K=np.array([[fx, 0.0, cx], [0.0, fy, cy], [0.0, 0.0, 1.0]]),
        distortion=np.array([k1, k2, p1, p2, k3]),
        width=round(view["right"] - view["left"]) + 1,
        height=round(view["bottom"] - view["top"]) + 1,
        T_camera_world=make_transform(R @ R_ZUP_YUP, -R @ centre),
        source=f"{path.name}, camera {serial}",
    )


def _attributes(element: ElementTree.Element, tag: str) -> dict[str, float]:
    child = element.find(tag)
    return {} if child is None else {key: float(value) for key, value in child.attrib.items()}
