"""The part of a motion that can be exported: frames the estimator vouches for, or all of them evenly spaced.

Formats with a frame rate instead of timestamps (BVH, C3D, AMASS) need every frame at its place. Gaps between
valid frames are filled there by straight lines in the coordinates and marked; nothing is added at the ends.
"""

from dataclasses import dataclass

import numpy as np

from borelli.body.model import Person
from borelli.errors import BorelliError
from borelli.formats.storage import is_translation
from borelli.motion.motion import Motion

JITTER = 0.02
"""Share of a frame by which timestamps may be off the even grid (rounding in containers) and still count."""
SINGLE_FRAME_RATE = 30.0
"""Frames per second stated for a single frame, which has none of its own."""


@dataclass(frozen=True)
class Take:
    """Coordinates of one person over time."""

    person: Person
    times: np.ndarray
    """(T,) seconds of the video."""
    coordinates: np.ndarray
    """(T, 49) radians and metres, finite; rotations without jumps of whole turns."""
    valid: np.ndarray
    """(T,) bool: measured; False where a gap was filled."""
    rate: float
    """Frames per second."""


def usable_frames(motion: Motion) -> np.ndarray:
    """(T,) bool. Raises BorelliError when no frame of the motion can be used."""
    usable = motion.valid & np.isfinite(motion.coordinates).all(axis=1)
    if not usable.any():
        raise BorelliError(
            f"person {motion.person} of {motion.video} has no valid frame; nothing can be exported"
        )
    return usable


def valid_take(motion: Motion) -> Take:
    """The valid frames only, at their own timestamps.

    Raises:
        BorelliError: there is none.
    """
    usable = usable_frames(motion)
    q = _unwrapped(motion, usable)
    person = Person(motion.shape, motion.log_lengths, motion.scale)
    return Take(person, motion.time[usable], q, np.ones(len(q), dtype=bool), _rate(motion))


def even_take(motion: Motion) -> Take:
    """First to last valid frame on an even grid; the frames of the motion themselves where they are even.

    Raises:
        BorelliError: the motion has no valid frame.
    """
    measured, rate = valid_take(motion), _rate(motion)
    first, last = measured.times[[0, -1]]
    inside = (motion.time >= first) & (motion.time <= last)
    times = first + np.arange(round((last - first) * rate) + 1) / rate
    own = motion.time[inside]
    if len(own) == len(times) and np.abs(own - times).max() <= JITTER / rate:
        times, valid = own, usable_frames(motion)[inside]
    else:
        valid = _distance(times, measured.times) <= (0.5 + JITTER) / rate
    columns = [np.interp(times, measured.times, column) for column in measured.coordinates.T]
    return Take(measured.person, times, np.stack(columns, axis=1), valid, rate)


def _distance(times: np.ndarray, known: np.ndarray) -> np.ndarray:
    """(n,) seconds from each of the times to the nearest of the known ones, which increase."""
    after = np.clip(np.searchsorted(known, times), 1, len(known) - 1) if len(known) > 1 else 0
    return np.minimum(np.abs(times - known[after]), np.abs(times - known[np.maximum(after - 1, 0)]))


def _rate(motion: Motion) -> float:
    return motion.frame_rate if len(motion.time) > 1 else SINGLE_FRAME_RATE


def _unwrapped(motion: Motion, usable: np.ndarray) -> np.ndarray:
    q = motion.coordinates[usable].astype(np.float64)
    turning = np.array([not is_translation(name) for name in motion.coordinate_names])
    q[:, turning] = np.unwrap(q[:, turning], axis=0)
    return q
