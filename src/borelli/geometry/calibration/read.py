"""One call for every calibration file: find the camera, fit it to the size of the video."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from borelli.errors import BorelliError, choices, no_file
from borelli.geometry.calibration.opencv import read_opencv
from borelli.geometry.calibration.pose2sim import read_pose2sim
from borelli.geometry.calibration.qualisys import read_qualisys
from borelli.geometry.camera import Camera

_READERS: dict[str, Callable[[Path], dict[str, Camera]]] = {
    ".toml": read_pose2sim,
    ".txt": read_qualisys,
    ".xml": read_qualisys,
    ".yaml": read_opencv,
    ".yml": read_opencv,
    ".json": read_opencv,
}
_CODEC_BLOCK = 16


def read_calibration(
    path: Path, camera: str | None, image_size: tuple[int, int], video_name: str | None = None
) -> Camera:
    """Camera from a Pose2Sim/Sports2D .toml, Qualisys .qca.txt, OpenCV .yml/.json or ROS .yaml file.

    `camera` names one of several cameras; None is enough when the file holds one, or one that is called
    like the video, `video_name` (its file name without the ending). `image_size` is (width, height) of
    the displayed frames. `T_camera_world` of the result is for a Y-up world with the file's floor at
    y = 0, or None when the file gives no pose.

    Raises BorelliError for an unreadable file, an unknown camera or another picture format.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise choices(f"{path}: calibration format", path.suffix, list(_READERS))
    if not path.is_file():
        raise no_file(path, "a calibration file")
    cameras = reader(path)
    if not cameras:
        raise BorelliError(f"{path} holds no camera")
    if camera is None and video_name in cameras:
        camera = video_name
    if camera is None and len(cameras) > 1:
        raise BorelliError(f"{path} holds several cameras; name one of: {', '.join(cameras)}")
    name = next(iter(cameras)) if camera is None else camera
    if name not in cameras:
        raise choices(f"{path}: camera", name, list(cameras))
    return fit_to_image(cameras[name], *image_size)


def fit_to_image(camera: Camera, width: int, height: int) -> Camera:
    """The same camera for frames of width x height: scaled when the picture has the same shape.

    Sizes that agree once rounded up to 16 px, the block of video codecs, differ by padding at the
    right or lower edge, which moves no pixel. Raises BorelliError for any other difference in shape.
    """
    size, given = (width, height), (camera.width, camera.height)
    if size == given:
        return camera
    if all(-(-a // _CODEC_BLOCK) == -(-b // _CODEC_BLOCK) for a, b in zip(size, given, strict=True)):
        note = f"{camera.source}; edge of {given[0]}x{given[1]} cut to {width}x{height}"
        return replace(camera, width=width, height=height, source=note)
    x, y = width / camera.width, height / camera.height
    if abs(x / y - 1.0) > 0.01:
        raise BorelliError(
            f"{camera.source} is for {given[0]}x{given[1]} frames but the video shows {width}x{height}; "
            "calibrate in the video's own format"
        )
    # Pixel centres sit at integers: x_new + 1/2 = scale (x_old + 1/2).
    S = np.array([[x, 0.0, 0.5 * x - 0.5], [0.0, y, 0.5 * y - 0.5], [0.0, 0.0, 1.0]])
    note = f"{camera.source}; scaled from {given[0]}x{given[1]} to {width}x{height}"
    return replace(camera, K=S @ camera.K, width=width, height=height, source=note)
