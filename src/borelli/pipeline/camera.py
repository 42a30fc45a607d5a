"""Which camera took the video: a calibration, a stated angle, the file's own metadata, or a prior."""

from dataclasses import dataclass

import numpy as np

from borelli.geometry.calibration import read_calibration
from borelli.geometry.calibration.intrinsics import (
    intrinsics_from_35mm,
    intrinsics_from_focal_px,
    intrinsics_from_fov,
    prior_intrinsics,
)
from borelli.geometry.camera import Camera
from borelli.pipeline.config import RunConfig

PHOTO_FOCAL_SD, VIDEO_FOCAL_SD = 0.05, 0.10
"""Relative: the metadata describe the lens; stabilised video crops the sensor by an unknown 5-15 %."""


@dataclass(frozen=True)
class CameraEvidence:
    """What was known about the camera and what the estimate made of it, for the report."""

    source: str
    focal_px: float
    """After estimation."""
    focal_sd_percent: float
    """Of what was given; 0 when calibrated."""
    pose: str
    """Where position and tilt come from."""
    height_m: float | None = None
    """Of the camera over the floor, after estimation."""

    def line(self) -> str:
        """One sentence for the terminal."""
        doubt = f" +- {self.focal_sd_percent:.0f} %" if self.focal_sd_percent else ""
        height = f", {self.height_m:.2f} m over the floor" if self.height_m is not None else ""
        return f"camera: focal length {self.focal_px:.0f} px{doubt} ({self.source}); pose {self.pose}{height}"


def choose_camera(
    config: RunConfig,
    width: int,
    height: int,
    focal_35mm: float | None,
    photo: bool,
    video_name: str | None = None,
) -> Camera:
    """The best evidence there is about the camera of frames of width x height.

    Args:
        config: `calib`, `focal_px` and `fov` come before anything else.
        width, height: displayed frames in pixels.
        focal_35mm: from EXIF or QuickTime metadata, millimetres.
        photo: the file is a photo, whose metadata hold exactly.
        video_name: the file's name without its ending; it chooses among the cameras of a calibration.

    Raises:
        BorelliError: an unreadable calibration, another picture size, an impossible angle.
    """
    if config.calib is not None:
        return read_calibration(config.calib, config.camera, (width, height), video_name)
    if config.focal_px is not None:
        return intrinsics_from_focal_px(width, height, config.focal_px, source="--focal-px")
    if config.fov is not None:
        return intrinsics_from_fov(width, height, config.fov)
    if focal_35mm is not None:
        sd = PHOTO_FOCAL_SD if photo else VIDEO_FOCAL_SD
        source = f"{'EXIF' if photo else 'QuickTime'}: {focal_35mm:g} mm equivalent"
        return intrinsics_from_35mm(width, height, focal_35mm, source=source, focal_sd=sd)
    return prior_intrinsics(width, height)


def camera_evidence(given: Camera, K: np.ndarray, height_m: float) -> CameraEvidence:
    """Report of a camera after estimation.

    Args:
        given: what `choose_camera` chose.
        K: (3, 3) estimated intrinsics, pixels.
        height_m: estimated height over the floor.
    """
    pose = "calibrated" if given.T_camera_world is not None else "estimated from the people"
    return CameraEvidence(given.source, float(K[0, 0]), 100 * given.focal_sd, pose, height_m)
