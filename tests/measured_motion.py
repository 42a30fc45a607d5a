"""Motions whose readable numbers are known by hand: bodies at rest with feet that step by a script."""

from dataclasses import replace

import numpy as np

from borelli.body.mirror import mirror_coordinates
from borelli.body.model import Person, average_person, body_model
from borelli.motion.motion import Motion
from borelli.pipeline.without_camera import Recorded, motion_without_camera

MODEL = body_model()
TABLE = MODEL.skeleton
RATE = 100.0


def motion_of(
    coordinates: np.ndarray, times: np.ndarray, sigma: float = np.nan, person: Person | None = None
) -> Motion:
    """A motion without camera; joints all off by `sigma` metres."""
    spread = np.full((len(times), len(TABLE.joint_names)), sigma)
    valid = np.ones(len(times), dtype=bool)
    recorded = Recorded("made", times, person or average_person(1.75), coordinates, spread, valid)
    return motion_without_camera(MODEL, recorded)


def standing(times: np.ndarray, sigma: float = np.nan) -> Motion:
    """Somebody at rest, every sole point on the ground."""
    q = np.tile(TABLE.neutral, (len(times), 1))
    q[:, -2] = 0.95
    motion = motion_of(q, times, sigma)
    return replace(motion, contacts=np.ones_like(motion.contacts))


def stepping(
    steps: int = 8,
    right: float = 0.65,
    left: float = 0.55,
    width: float = 0.1,
    heading: float = 0.0,
    sigma: float = np.nan,
) -> Motion:
    """Feet that land every half second, right first, and stand 0.6 s; the heels jump while they swing.

    Lengths of the steps that each foot makes, and width, in metres; heading in radians about the vertical.
    """
    times = np.arange(round((0.5 * steps + 1.0) * RATE)) / RATE
    motion = standing(times, sigma)
    landmarks, contacts = motion.landmarks.copy(), np.zeros_like(motion.contacts)
    ahead = np.array([np.cos(heading), 0.0, -np.sin(heading)])
    across = np.array([np.sin(heading), 0.0, np.cos(heading)])
    reached = 0.0
    for k in range(steps):
        side = "rl"[k % 2]
        reached += right if side == "r" else left
        # half a frame early, so that no event falls on a frame
        landed = 0.3 + 0.5 * k - 0.5 / RATE
        place = reached * ahead + (0.5 if side == "r" else -0.5) * width * across
        heel = motion.landmark_names.index(f"heel_{side}")
        landmarks[times > landed, heel] = place
        stands = (times > landed) & (times < landed + 0.6)
        for point in ("heel", "ball"):
            contacts[stands, motion.contact_names.index(f"sole_{point}_{side}")] = 1.0
    return replace(motion, landmarks=landmarks, contacts=contacts)


def mirrored(motion: Motion) -> Motion:
    """The same person seen in a mirror."""
    person = Person(motion.shape, motion.log_lengths, motion.scale)
    return motion_of(mirror_coordinates(TABLE, motion.coordinates), motion.time, person=person)


def values(measures) -> dict[tuple[str, str], float]:
    return {(item.name, item.side): item.value for item in measures}
