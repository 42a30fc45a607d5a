"""Intrinsics of a camera that nobody calibrated: from a field of view, a focal length, or a prior."""

import numpy as np

from borelli.errors import BorelliError
from borelli.geometry.camera import Camera

_DIAGONAL_35MM = float(np.hypot(36.0, 24.0))
"""Diagonal of the 35 mm frame in millimetres; equivalent focal lengths compare diagonals (CIPA DCG-001)."""
_PRIOR_35MM = 28.0
"""Main cameras of phones are 24-28 mm in 4:3; cropping 26 mm to a 16:9 video makes it 28 by the diagonal."""
_PRIOR_FOCAL_SD = 0.2


def intrinsics_from_focal_px(
    width: int, height: int, focal_px: float, *, source: str = "focal length", focal_sd: float = 0.0
) -> Camera:
    """Square pixels, no distortion, principal point at the image centre; focal length in pixels."""
    if not (np.isfinite(focal_px) and focal_px > 0):
        raise BorelliError(f"focal length is {focal_px} px; it must be positive")
    # Pixel (0, 0) is the centre of the first pixel, so the middle of the image is half a pixel short.
    centre_x, centre_y = (width - 1) / 2, (height - 1) / 2
    K = np.array([[focal_px, 0.0, centre_x], [0.0, focal_px, centre_y], [0.0, 0.0, 1.0]])
    return Camera(K, np.zeros(0), width, height, source=source, focal_sd=focal_sd)


def intrinsics_from_fov(width: int, height: int, fov_deg: float) -> Camera:
    """From the angle of view across the width of the displayed frame, in degrees, between 1 and 179."""
    if not 1.0 <= fov_deg <= 179.0:
        raise BorelliError(f"field of view is {fov_deg} degrees; give the horizontal one, between 1 and 179")
    focal_px = 0.5 * width / np.tan(np.radians(fov_deg) / 2.0)
    return intrinsics_from_focal_px(width, height, focal_px, source=f"field of view {fov_deg:g} deg")


def intrinsics_from_35mm(
    width: int, height: int, focal_mm: float, *, source: str = "", focal_sd: float = 0.0
) -> Camera:
    """From the 35 mm equivalent focal length in millimetres, as cameras write it into EXIF."""
    if not (np.isfinite(focal_mm) and focal_mm > 0):
        raise BorelliError(f"35 mm equivalent focal length is {focal_mm} mm; it must be positive")
    focal_px = focal_mm / _DIAGONAL_35MM * float(np.hypot(width, height))
    stated = source or f"35 mm equivalent {focal_mm:g} mm"
    return intrinsics_from_focal_px(width, height, focal_px, source=stated, focal_sd=focal_sd)


def prior_intrinsics(width: int, height: int) -> Camera:
    """What a phone usually records: 28 mm equivalent, give or take 20 % (one standard deviation)."""
    source = f"prior: {_PRIOR_35MM:g} mm equivalent, 20 % uncertain"
    return intrinsics_from_35mm(width, height, _PRIOR_35MM, source=source, focal_sd=_PRIOR_FOCAL_SD)
