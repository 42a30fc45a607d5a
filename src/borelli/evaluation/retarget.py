"""Motion capture onto our skeleton: the estimator's own solver with joint centres as evidence."""

from dataclasses import dataclass

import numpy as np

from borelli.body.kinematics import Points, forward, place
from borelli.body.model import REFERENCE_STATURE, BodyModel, Person, average_person
from borelli.errors import BorelliError
from borelli.evaluation.mocap import Clip
from borelli.fitting.camera_state import CAMERA_UNKNOWNS, LEVEL, CameraState
from borelli.fitting.regular import regular_terms
from borelli.fitting.solver import Problem, SolverConfig, solve
from borelli.fitting.start import trunk_angles
from borelli.fitting.state import State, border_names
from borelli.fitting.terms.positions import Positions
from borelli.fitting.terms.priors import BorderPrior

LIMB_SD = {
    "UpLeg": ("femur", 0.04),
    "Leg": ("tibia", 0.01),
    "Foot": ("talus", 0.01),
    "Toe": ("toes", 0.02),
    "Arm": ("humerus", 0.03),
    "ForeArm": ("ulna", 0.01),
    "Hand": ("hand", 0.01),
}
"""Joint of the recording and our segment, without their sides, and by how many metres they may differ: the
two kinds of skeleton place hips, shoulders and necks differently."""
TRUNK_SD = {"Neck1": ("head", 0.03)}
EARS_SD = {"HeadEnd": 0.05, "NeckEnd": 0.05}
"""What recordings have in the middle of the head; the first that exists is used."""
SCORED = ("Leg", "Foot", "ForeArm", "Hand")
"""Joints that both skeletons define alike: the error is taken over these."""
LENGTH_SD = 0.15
"""Spread of log segment lengths; wide, because some recordings are of stock avatars."""


@dataclass(frozen=True)
class Retargeted:
    """A recording as coordinates of our skeleton, in the recording's world (metres, Y up)."""

    times: np.ndarray
    """(T,) seconds."""
    person: Person
    coordinates: np.ndarray
    """(T, 49), inside the joint limits."""
    error: np.ndarray
    """(T, 8) metres between knees, ankles, elbows, wrists of the recording and of the result."""


@dataclass(frozen=True)
class _Match:
    """A joint of the recording, a point of ours given by segment and offset, and its tolerance."""

    joint: str
    segment: int
    offset: np.ndarray
    """(3,)."""
    sd: float


def retarget(model: BodyModel, clip: Clip) -> Retargeted:
    """Fit the coordinates of every frame, segment lengths and scale to a recording.

    Raises BorelliError for a recording that has not the joints of the mocap pack.
    """
    matches = _matches(model, clip)
    points = Points(
        np.array([m.segment for m in matches]),
        np.stack([m.offset for m in matches]),
        np.zeros((len(matches), 3, model.shape_size)),
    )
    targets = np.stack([clip.joint(m.joint) for m in matches], axis=1)
    names = border_names(model.shape_size)
    lengths = np.array([name.startswith("length_") for name in names])
    weight = np.broadcast_to([1 / m.sd for m in matches], targets.shape[:2])
    terms = (
        Positions(np.arange(len(matches)), targets, weight),
        BorderPrior(np.zeros(len(names)), lengths / LENGTH_SD),
        *regular_terms(model.skeleton, clip.times),
    )
    problem = Problem(model, points, terms, lengths | (np.array(names) == "scale"))
    start = State(_start(model, clip), _of_size(clip), CameraState(LEVEL, np.zeros(len(CAMERA_UNKNOWNS))))
    found = solve([problem], [start], SolverConfig(iterations=30, tolerance=3e-3)).states[0]
    coordinates = np.clip(found.coordinates, model.skeleton.lower, model.skeleton.upper)
    reached = place(forward(model, found.person, coordinates), points, model, found.person)
    scored = [
        i for i, m in enumerate(matches) if m.joint.removeprefix("Left").removeprefix("Right") in SCORED
    ]
    error = np.linalg.norm(reached - targets, axis=-1)[:, scored]
    return Retargeted(clip.times, found.person, coordinates, error)


def _matches(model: BodyModel, clip: Clip) -> list[_Match]:
    """Joints of the recording that our skeleton has too."""
    origin, table = np.zeros(3), model.skeleton
    limbs = [
        _Match(side + name, table.segment(f"{segment}_{side[0].lower()}"), origin, sd)
        for side in ("Left", "Right")
        for name, (segment, sd) in LIMB_SD.items()
    ]
    trunk = [_Match(name, table.segment(segment), origin, sd) for name, (segment, sd) in TRUNK_SD.items()]
    ears = model.landmark_offsets[[model.landmark("ear_r"), model.landmark("ear_l")]].mean(axis=0)
    head = [_Match(name, table.segment("head"), ears, sd) for name, sd in EARS_SD.items()]
    found = [m for m in (*limbs, *trunk, *head) if m.joint in clip.joint_names]
    missing = {f"{side}{name}" for side in ("Left", "Right") for name in (*SCORED, "UpLeg", "Arm")}
    missing -= {m.joint for m in found}
    if missing:
        raise BorelliError(f"the recording lacks {', '.join(sorted(missing))}: is it of the mocap pack?")
    return found


def _of_size(clip: Clip) -> Person:
    """A person with the legs of the recording; the solver does the rest."""
    bones = [("LeftUpLeg", "LeftLeg"), ("LeftLeg", "LeftFoot")]
    leg = sum(float(np.linalg.norm(clip.joint(a)[0] - clip.joint(b)[0])) for a, b in bones)
    return average_person(REFERENCE_STATURE * leg / LEG)


LEG = 0.82
"""Metres from hip to ankle at a stature of 1.70 m."""


def _start(model: BodyModel, clip: Clip) -> np.ndarray:
    """(T, 49): a relaxed posture, turned and placed as the trunk of the recording."""
    hips = clip.joint("LeftUpLeg"), clip.joint("RightUpLeg")
    shoulders = clip.joint("LeftArm"), clip.joint("RightArm")
    middle = (hips[0] + hips[1]) / 2
    coordinates = np.tile(model.skeleton.neutral, (len(clip.times), 1))
    angles = trunk_angles(hips[1] - hips[0], (shoulders[0] + shoulders[1]) / 2 - middle)
    coordinates[:, :3] = np.unwrap(angles, axis=0)
    coordinates[:, -3:] = middle
    return coordinates
