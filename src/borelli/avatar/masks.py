"""Who is where in a crop: the detector's coarse masks, sharpened by the colours of person and surroundings.

The detector's mask has cells of several pixels and is drawn a little too generously. Between its sure
inside and its sure outside lies a band; there, colours decide, by histograms learnt on both sides of it
(the idea of Rother, Kolmogorov, Blake 2004, GrabCut), and what remains noisy follows the picture's edges
(He, Sun, Tang 2010, Guided Image Filtering).
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import distance_transform_edt, gaussian_filter, uniform_filter
from scipy.special import expit

from borelli.avatar.crops import Crop, distorted, sample
from borelli.geometry.camera import Camera
from borelli.motion.observations import Track
from borelli.perception.warp import apply, invert

BAND = 2.0
"""Cells on both sides of the coarse edge in which colours decide."""
SURROUNDINGS = 6.0
"""Cells outside the band whose colours stand for what is behind."""
LEVELS = 16
"""Of each colour channel in a histogram."""
COLOUR_WEIGHT = 0.3
"""Of the logarithm of the odds by colour: neighbouring pixels say the same."""
CRISPNESS = 4.0
"""Slope with which a share becomes a person's edge, about a pixel wide."""
FEWEST = 40
"""Pixels on either side of the band that a histogram needs."""
SOMEBODY = 0.3
"""Coverage by another person's mask from which a pixel may be theirs."""


@dataclass(frozen=True)
class PersonMask:
    """One person in one crop."""

    mask: np.ndarray
    """(N, N) float32 share of the pixel that is the person."""
    known: np.ndarray
    """(N, N) float32: 0 where others may hide the person, or the picture ends."""


def person_mask(
    image: np.ndarray, inside: np.ndarray, crop: Crop, camera: Camera, own: Track, others: tuple[Track, ...],
    frame: int,
) -> PersonMask | None:  # fmt: skip
    """The mask of one person in one frame, or None where the detector gave none.

    Args:
        image: (N, N, 3) colours of the crop in [0, 1].
        inside: (N, N) bool, pixels that the frame holds.
        crop: where the crop is.
        camera: of the video.
        own: the person.
        others: everybody else who was found.
        frame: of the tracks.
    """
    coarse = coarse_mask(own, frame, crop, camera)
    if coarse is None or coarse.max() < 0.5:
        return None
    sharp = sharpened(image, coarse, inside, cell_size(own, frame) / crop.step)
    rival = np.zeros_like(coarse)
    for other in others:
        theirs = coarse_mask(other, frame, crop, camera)
        rival = rival if theirs is None else np.maximum(rival, theirs)
    # who is in front where two masks meet is not known: neither may learn from there
    known = inside & (rival < SOMEBODY)
    return PersonMask(sharp, known.astype(np.float32))


def coarse_mask(track: Track, frame: int, crop: Crop, camera: Camera) -> np.ndarray | None:
    """(N, N) float32 the detector's mask in a crop, bilinear; None where there is none."""
    if track.masks is None or track.mask_to_image is None:
        return None
    T_image_mask = track.mask_to_image[frame]
    if not np.isfinite(T_image_mask).all():
        return None
    grid = np.unpackbits(track.masks[frame], axis=1).astype(np.float32)
    return sample(grid, apply(invert(T_image_mask), distorted(crop.pixels, camera)), 1, "constant")


def cell_size(track: Track, frame: int) -> float:
    """Picture pixels per cell of the detector's mask."""
    assert track.mask_to_image is not None
    return float(np.sqrt(abs(np.linalg.det(track.mask_to_image[frame][:, :2]))))


def sharpened(image: np.ndarray, coarse: np.ndarray, inside: np.ndarray, cell: float) -> np.ndarray:
    """(N, N) float32 in [0, 1]: a coarse mask whose edge follows the picture.

    Args:
        image: (N, N, 3) in [0, 1].
        coarse: (N, N) the detector's mask.
        inside: (N, N) bool, pixels that the frame holds.
        cell: crop pixels per cell of the detector's mask.
    """
    cell = max(cell, 1.0)
    depth = signed_distance(coarse > 0.5) / cell
    person = (depth > BAND) & inside
    behind = (depth < -BAND) & (depth > -BAND - SURROUNDINGS) & inside
    if person.sum() < FEWEST:
        person = (depth > BAND / 4) & inside
    if min(person.sum(), behind.sum()) < FEWEST:
        return np.clip(coarse, 0, 1)
    odds = _colour_odds(image, person, behind)
    logit = 2.0 * depth + COLOUR_WEIGHT * odds * (np.abs(depth) < BAND)
    share = expit(np.clip(logit, -20, 20)).astype(np.float32)
    smooth = guided(image.mean(axis=2), share, max(2, round(cell / 2)))
    return np.clip(0.5 + CRISPNESS * (smooth - 0.5), 0, 1).astype(np.float32)


def signed_distance(mask: np.ndarray) -> np.ndarray:
    """(N, N) pixels to the edge of a mask, positive inside."""
    if mask.all() or not mask.any():
        return np.where(mask, 1e3, -1e3)
    return distance_transform_edt(mask) - distance_transform_edt(~mask)


def _colour_odds(image: np.ndarray, person: np.ndarray, behind: np.ndarray) -> np.ndarray:
    """(N, N) logarithm of the odds that a pixel's colour is the person's."""
    cells = np.clip((image * LEVELS).astype(np.int64), 0, LEVELS - 1)
    index = (cells[..., 0] * LEVELS + cells[..., 1]) * LEVELS + cells[..., 2]

    def density(where: np.ndarray) -> np.ndarray:
        counts = np.bincount(index[where], minlength=LEVELS**3).astype(np.float64)
        smooth = gaussian_filter(counts.reshape((LEVELS,) * 3), 0.8, mode="nearest").ravel()
        return smooth / smooth.sum() + 1e-4

    return np.clip(np.log(density(person) / density(behind)), -5, 5)[index]


def guided(guide: np.ndarray, values: np.ndarray, radius: int, roughness: float = 1e-3) -> np.ndarray:
    """Values (N, N) smoothed where the guide (N, N) is even, kept sharp along its edges."""
    width = 2 * radius + 1

    def mean(x: np.ndarray) -> np.ndarray:
        return uniform_filter(x, width, mode="nearest")

    mean_guide, mean_values = mean(guide), mean(values)
    slope = (mean(guide * values) - mean_guide * mean_values) / (
        mean(guide * guide) - mean_guide**2 + roughness
    )
    return mean(slope) * guide + mean(mean_values - slope * mean_guide)


def agreement(mask: np.ndarray, silhouette: np.ndarray, known: np.ndarray) -> float:
    """Intersection over union of a mask and a body's coverage, where the picture says something."""
    both = float(np.sum(known * np.minimum(mask, silhouette)))
    either = float(np.sum(known * np.maximum(mask, silhouette)))
    return both / max(either, 1e-9)


def trust(agreements: np.ndarray) -> np.ndarray:
    """(F,) in [0, 1] weight of each frame's mask, from its agreement with the posed body.

    A bad mask stands out from the frames of the same clip; a pose that is equally wrong everywhere does not.
    """
    middle = float(np.median(agreements))
    spread = max(1.4826 * float(np.median(np.abs(agreements - middle))), 0.03)
    excess = np.maximum(middle - agreements, 0.0) / (2 * spread)
    return 1 / (1 + excess**4)
