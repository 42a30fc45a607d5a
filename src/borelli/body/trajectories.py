"""Where body points are over long clips: segments are posed for a run of frames at a time.

The segments of a frame take 3.4 kB, which a clip of hours need not hold at once.
"""

from collections.abc import Iterator

import numpy as np

from borelli.body.kinematics import Points, forward, place
from borelli.body.model import BodyModel, Person

FRAMES_AT_ONCE = 2000


def frame_runs(frames: int) -> Iterator[slice]:
    """Runs that cover so many frames; an empty one when there are none."""
    for first in range(0, max(frames, 1), FRAMES_AT_ONCE):
        yield slice(first, min(first + FRAMES_AT_ONCE, frames))


def trajectories(
    model: BodyModel,
    person: Person,
    coordinates: np.ndarray,
    points: Points,
    dtype: type[np.floating] = np.float64,
) -> np.ndarray:
    """World positions (T, P, 3) of body-fixed points under coordinates (T, 49)."""
    result = np.empty((len(coordinates), len(points.segments), 3), dtype=dtype)
    for run in frame_runs(len(coordinates)):
        result[run] = place(forward(model, person, coordinates[run]), points, model, person)
    return result
