"""A clip for the policy from a reconstructed motion: its keypoints become rays, its coordinates nominal."""

import numpy as np
from scipy.interpolate import make_interp_spline

from borelli.body.kinematics import Points, forward
from borelli.body.model import BodyModel, Person
from borelli.dynamics.clearance import grounded
from borelli.dynamics.floor_plane import LEVEL
from borelli.dynamics.ground import ground_under
from borelli.dynamics.one_floor import on_one_floor
from borelli.dynamics.performance import Performance
from borelli.dynamics.policy.clips import Clip, Course, Evidence, course, frame_times, nominal_features
from borelli.dynamics.policy.library import SHORTEST
from borelli.dynamics.tracking_plan import CLEARANCE, ONSET
from borelli.errors import BorelliError
from borelli.geometry.camera import Camera
from borelli.geometry.frames import camera_centre
from borelli.motion.motion import Motion
from borelli.perception.keypoint_sets import KeypointSet, keypoint_sets

SEEN = (
    ("nose",),
    *((f"{side}_{joint}",) for joint in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle", "heel")
      for side in ("right", "left")),
    ("right_big_toe", "right_foot_index"),
    ("left_big_toe", "left_foot_index"),
)  # fmt: skip
"""The 17 keypoints whose rays a policy sees, each by the names that sets give it."""
_SOLE_WORDS = (("sole_heel_", "heel_"), ("sole_ball_", "metatarsal_"))


def clip_of_motion(
    model: BodyModel,
    motion: Motion,
    performance: Performance | None,
    name: str,
    reference: Course | None = None,
) -> Clip:
    """The clip that a policy is to perform.

    Args:
        model: the body.
        motion: of one person, on the ground y = 0 where `performance` does not know better.
        performance: the forces and torques of that motion, where physics explained it.
        name: for messages.
        reference: the truth at RATE from the motion's first frame on, where it is known.

    Raises:
        BorelliError: too few frames, frames that are not numbers, or no keypoints of a camera.
    """
    person = Person(motion.shape, motion.log_lengths, motion.scale)
    _check(motion, name)
    at = frame_times(motion.time)
    coordinates, torques, floor = motion.coordinates, None, LEVEL
    if performance is not None:
        torques, floor = performance.torques, ground_under(performance).floor
        coordinates = grounded(model, on_one_floor(performance, floor), CLEARANCE, ONSET)
    nominal = course(motion.time, coordinates, at, torques)
    evidence = _evidence(model, motion, person, nominal, at, name)
    return Clip(name, person, motion.mass, floor, evidence, nominal, reference)


def _check(motion: Motion, name: str) -> None:
    if len(motion.time) < 2 or len(frame_times(motion.time)) < SHORTEST:
        raise BorelliError(f"{name}: too short for a policy; give {SHORTEST} frames at 30 per second or more")
    bad = np.flatnonzero(~np.isfinite(motion.coordinates).all(axis=1))
    if len(bad):
        raise BorelliError(
            f"{name}: {len(bad)} frames, the first at {motion.time[bad[0]]:g} s, are not numbers: "
            "leave them out"
        )


def _evidence(
    model: BodyModel, motion: Motion, person: Person, nominal: Course, at: np.ndarray, name: str
) -> Evidence:
    columns, points = _seen_points(model, _set_of(motion, name))
    near = np.abs(motion.time[:, None] - at).argmin(axis=0)
    # a keypoint stays where the nearest frame has seen it: in fast video that is within 17 ms
    keypoints = motion.keypoints[near][:, columns]
    pose = motion.T_camera_world[near]
    known = np.isfinite(keypoints[..., :2]).all(axis=-1) & (columns >= 0)
    confidence = np.where(known, np.nan_to_num(keypoints[..., 2]), 0.0)
    camera = Camera(motion.K, motion.distortion, motion.width, motion.height)
    image = camera.normalise(np.where(known[..., None], keypoints[..., :2], motion.K[:2, 2]))
    rays = np.concatenate([image, np.ones((*image.shape[:-1], 1))], axis=-1) @ pose[:, :3, :3]
    rays /= np.linalg.norm(rays, axis=-1, keepdims=True)
    contacts = make_interp_spline(motion.time, _sole_contacts(motion), k=1)(np.minimum(at, motion.time[-1]))
    return Evidence(
        points,
        camera_centre(pose),
        np.where((confidence > 0)[..., None], rays, 0.0),
        confidence,
        forward(model, person, nominal.coordinates).rotations[:, 0],
        nominal_features(model.skeleton, nominal, np.asarray(contacts)),
    )


def _set_of(motion: Motion, name: str) -> KeypointSet:
    """The registered set that has exactly the motion's keypoints."""
    for known in keypoint_sets().values():
        if known.keypoints == motion.keypoint_names:
            return known
    raise BorelliError(
        f"{name}: its {len(motion.keypoint_names)} keypoints are of no known set, and a policy needs rays: "
        f"give a result of a video"
    )


def _seen_points(model: BodyModel, keypoints: KeypointSet) -> tuple[np.ndarray, Points]:
    """Columns (17,) of SEEN in a set, -1 where it lacks one, and their places on the body."""
    used, points = keypoints.on_body(model)
    names = [keypoints.keypoints[i] for i in used]
    rows = [next((names.index(word) for word in words if word in names), -1) for words in SEEN]
    columns = np.array([used[row] if row >= 0 else -1 for row in rows])
    return columns, points.at(np.array(rows))


def _sole_contacts(motion: Motion) -> np.ndarray:
    """(T, 4) probability that heel and ball of the right, then of the left foot stand."""
    contacts = np.zeros((len(motion.time), 4))
    for column, (words, side) in enumerate((words, side) for side in "rl" for words in _SOLE_WORDS):
        own = [
            i for i, n in enumerate(motion.contact_names) if n.startswith(words) and n.endswith(f"_{side}")
        ]
        if own:
            contacts[:, column] = np.nan_to_num(motion.contacts[:, own]).max(axis=1)
    return contacts
