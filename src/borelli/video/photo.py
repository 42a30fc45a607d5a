"""Photos as clips of one frame: EXIF orientation applied, 35 mm equivalent focal length read."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from borelli.errors import BorelliError

PHOTO_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"})
EXIF_IFD, FOCAL_LENGTH_IN_35MM = 0x8769, 0xA405


def open_photo(path: Path) -> tuple[np.ndarray, float | None]:
    """Picture (H, W, 3) uint8 RGB as displayed, and its 35 mm equivalent focal length if recorded.

    Raises:
        BorelliError: the file is not a readable picture.
    """
    try:
        with Image.open(path) as picture:
            focal = picture.getexif().get_ifd(EXIF_IFD).get(FOCAL_LENGTH_IN_35MM)
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as error:
        raise BorelliError(f"{path} is not a picture that can be read ({error})") from error
    return np.ascontiguousarray(np.asarray(upright)), float(focal) if focal else None
