"""Where a camera comes from: calibration files of the field, stated optics, or a prior."""

from borelli.geometry.calibration.intrinsics import intrinsics_from_35mm as intrinsics_from_35mm
from borelli.geometry.calibration.intrinsics import intrinsics_from_focal_px as intrinsics_from_focal_px
from borelli.geometry.calibration.intrinsics import intrinsics_from_fov as intrinsics_from_fov
from borelli.geometry.calibration.intrinsics import prior_intrinsics as prior_intrinsics
from borelli.geometry.calibration.read import fit_to_image as fit_to_image
from borelli.geometry.calibration.read import read_calibration as read_calibration
