"""Affine crops of a picture with area sampling, compiled; the only image resampling of perception."""

import numpy as np
from numba import njit

MAX_SAMPLES_PER_SIDE = 8
PIXELS_PER_SAMPLE = 2.5  # a bilinear sample already averages over a tent two pixels wide


def crop(
    image: np.ndarray, T_image_crop: np.ndarray, size: tuple[int, int], scale: float, offset: float
) -> np.ndarray:
    """Crop through an affine map, bilinear, averaged over sub-samples where it shrinks.

    Without averaging, a person of 1000 pixels in a 256-pixel crop is a sieve of single pixels; the
    number of sub-samples follows the scale of the map and is bounded.

    Args:
        image: (H, W, 3) uint8.
        T_image_crop: (2, 3), takes crop pixels (column, row) to image pixels; integers are pixel centres.
        size: width and height of the crop in pixels.
        scale, offset: the result is scale * value + offset, with value in [0, 255]; black outside.

    Returns:
        (height, width, 3) float32.
    """
    zoom = float(np.sqrt(abs(np.linalg.det(T_image_crop[:, :2]))))
    samples = int(np.clip(round(zoom / PIXELS_PER_SAMPLE), 1, MAX_SAMPLES_PER_SIDE))
    return _crop(image, np.ascontiguousarray(T_image_crop, dtype=np.float64), *size, samples, scale, offset)


def square(centre: np.ndarray, side: float, angle: float, size: int) -> np.ndarray:
    """T_image_crop (2, 3) of a rotated square: crop pixels of a `size` grid to image pixels.

    Args:
        centre: (2,) image pixels.
        side: image pixels.
        angle: radians from the image's x axis to the crop's (clockwise as seen, as y points down).
        size: crop pixels per side.
    """
    c, s = np.cos(angle), np.sin(angle)
    linear = np.array([[c, -s], [s, c]]) * side / size
    return np.column_stack([linear, centre - linear @ np.full(2, (size - 1) / 2)])


def apply(T: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Affine map (2, 3) of points (..., 2)."""
    return points @ T[:, :2].T + T[:, 2]


def invert(T: np.ndarray) -> np.ndarray:
    """Inverse of an affine map (2, 3)."""
    linear = np.linalg.inv(T[:, :2])
    return np.column_stack([linear, -linear @ T[:, 2]])


@njit(cache=True, nogil=True, fastmath=True, inline="always")
def _pixel(image, x, y, channel):
    height, width, _ = image.shape
    if x < 0 or y < 0 or x >= width or y >= height:
        return 0.0
    return float(image[y, x, channel])


@njit(cache=True, nogil=True, fastmath=True)
def _crop(image, T, columns, rows, samples, scale, offset):
    height, width, _ = image.shape
    out = np.empty((rows, columns, 3), dtype=np.float32)
    gain = scale / (samples * samples)
    for row in range(rows):
        for column in range(columns):
            red, green, blue = 0.0, 0.0, 0.0
            for k in range(samples * samples):
                u = column + (k % samples + 0.5) / samples - 0.5
                v = row + (k // samples + 0.5) / samples - 0.5
                x = T[0, 0] * u + T[0, 1] * v + T[0, 2]
                y = T[1, 0] * u + T[1, 1] * v + T[1, 2]
                if x <= -1 or y <= -1 or x >= width or y >= height:
                    continue
                x0, y0 = int(np.floor(x)), int(np.floor(y))
                fx, fy = x - x0, y - y0
                a, b, c, d = (1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy
                if 0 <= x0 < width - 1 and 0 <= y0 < height - 1:
                    top, low = image[y0], image[y0 + 1]
                    red += a * top[x0, 0] + b * top[x0 + 1, 0] + c * low[x0, 0] + d * low[x0 + 1, 0]
                    green += a * top[x0, 1] + b * top[x0 + 1, 1] + c * low[x0, 1] + d * low[x0 + 1, 1]
                    blue += a * top[x0, 2] + b * top[x0 + 1, 2] + c * low[x0, 2] + d * low[x0 + 1, 2]
                else:
                    for weight, xx, yy in (
                        (a, x0, y0),
                        (b, x0 + 1, y0),
                        (c, x0, y0 + 1),
                        (d, x0 + 1, y0 + 1),
                    ):
                        red += weight * _pixel(image, xx, yy, 0)
                        green += weight * _pixel(image, xx, yy, 1)
                        blue += weight * _pixel(image, xx, yy, 2)
            out[row, column, 0] = red * gain + offset
            out[row, column, 1] = green * gain + offset
            out[row, column, 2] = blue * gain + offset
    return out
