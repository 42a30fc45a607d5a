"""Clips made ready for many worlds: compiled bodies, and everything over time in arrays to draw from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from borelli.body.kinematics import forward, place
from borelli.body.model import BodyModel
from borelli.dynamics.contact_points import contact_points
from borelli.dynamics.policy.body import Body, BodyConfig, policy_body
from borelli.dynamics.policy.clips import Clip, Course
from borelli.dynamics.policy.goal import Goal, goal_of
from borelli.dynamics.simulator_state import positions_from_coordinates, velocities_from_rates
from borelli.errors import BorelliError

SHORTEST = 5
"""Frames."""


@dataclass(frozen=True)
class Moves:
    """Motions of C clips as the simulator and rewards see them; shorter clips repeat their last frame."""

    qpos: np.ndarray
    """(C, T, 50)."""
    qvel: np.ndarray
    """(C, T, 49)."""
    joints: np.ndarray
    """(C, T, 24, 3) metres."""
    rotations: np.ndarray
    """(C, T, 2, 3, 3) R_world_segment of pelvis and thorax."""
    soles: np.ndarray
    """(C, T, 12) heights of the contact points of the feet over y = 0, metres."""


@dataclass(frozen=True)
class Library:
    """C clips of up to T frames, K keypoints, F features; the largest arrays are float32."""

    clips: tuple[Clip, ...]
    bodies: tuple[Body, ...]
    frames: np.ndarray
    """(C,) number of frames."""
    goals: tuple[Goal, ...]
    """The nominal motions as whole-body control needs them."""
    centre: np.ndarray
    """(C, T, 3) centre of mass of the nominal motion, metres, ..."""
    drift: np.ndarray
    """(C, T, 3) ... its velocity, ..."""
    standing: np.ndarray
    """(C, T, 12, 3) ... the lowest points of its contact spheres, ..."""
    schedule: np.ndarray
    """(C, T, 16) ... and when they carry weight: `Goal.schedule`."""
    nominal: Moves
    reference: Moves
    """The truth; the nominal motion of clips that have none."""
    targets: np.ndarray
    """(C, T, 43) radians: what the motors are told between a frame and the next when the action is zero."""
    centres: np.ndarray
    """(C, T, 3)."""
    rays: np.ndarray
    """(C, T, K, 3)."""
    confidence: np.ndarray
    """(C, T, K)."""
    root: np.ndarray
    """(C, T, 3, 3)."""
    features: np.ndarray
    """(C, T, F)."""


def library(model: BodyModel, clips: Sequence[Clip], config: BodyConfig | None = None) -> Library:
    """Compile all bodies and stack all clips.

    Raises BorelliError without clips, for one of less than five frames, and for clips whose keypoints or
    features differ in number.
    """
    if not clips:
        raise BorelliError("no clips for the policy: give at least one")
    _check(clips)
    bodies = tuple(
        policy_body(model, clip.person, clip.mass, clip.floor, clip.evidence.points, config) for clip in clips
    )
    longest = max(len(clip) for clip in clips)

    def stacked(arrays: Sequence[np.ndarray], kind: type[np.floating] = np.float64) -> np.ndarray:
        return np.stack([_held(array, longest) for array in arrays]).astype(kind)

    evidence = [clip.evidence for clip in clips]
    nominal = [_moves(model, clip, body, clip.nominal) for clip, body in zip(clips, bodies, strict=True)]
    truth = [
        moves if clip.reference is None else _moves(model, clip, body, clip.reference)
        for clip, body, moves in zip(clips, bodies, nominal, strict=True)
    ]
    goals = tuple(
        goal_of(body, clip.floor, moves.qpos, moves.qvel)
        for clip, body, moves in zip(clips, bodies, nominal, strict=True)
    )
    return Library(
        tuple(clips),
        bodies,
        np.array([len(clip) for clip in clips]),
        goals,
        stacked([goal.centre for goal in goals]),
        stacked([goal.drift for goal in goals]),
        stacked([goal.soles for goal in goals]),
        stacked([goal.schedule for goal in goals]),
        _stacked_moves(nominal, longest),
        _stacked_moves(truth, longest),
        stacked([nominal_targets(body, clip.nominal) for clip, body in zip(clips, bodies, strict=True)]),
        stacked([e.centres for e in evidence], np.float32),
        stacked([e.rays for e in evidence], np.float32),
        stacked([e.confidence for e in evidence], np.float32),
        stacked([e.root for e in evidence], np.float32),
        stacked([e.features for e in evidence], np.float32),
    )


def nominal_targets(body: Body, motion: Course) -> np.ndarray:
    """(T, 43) radians that make motors follow a motion of known torques, were each alone.

    A motor of stiffness k and damping d gives k (target - q) - d dq/dt, so that its target is the angle it
    should have halfway to the next frame, plus d/k times its rate, plus torque / k.
    """
    hinges = body.layout.coordinates
    ahead = np.r_[np.arange(1, len(motion)), len(motion) - 1]

    def halfway(values: np.ndarray) -> np.ndarray:
        return (values[:, hinges] + values[ahead][:, hinges]) / 2

    return (
        halfway(motion.coordinates)
        + body.lead * halfway(motion.rates)
        + halfway(motion.torques) / body.stiffness
    )


def _check(clips: Sequence[Clip]) -> None:
    sizes = {(c.evidence.rays.shape[1], c.evidence.features.shape[1]) for c in clips}
    if len(sizes) > 1:
        raise BorelliError(f"clips have different numbers of keypoints and features: {sorted(sizes)}")
    for clip in clips:
        if len(clip) < SHORTEST:
            raise BorelliError(f"clip {clip.name} has {len(clip)} frames; a policy needs {SHORTEST}")
        if len(clip.evidence) != len(clip) or (
            clip.reference is not None and len(clip.reference) != len(clip)
        ):
            raise BorelliError(f"clip {clip.name}: its evidence, motion and reference differ in length")


def _moves(model: BodyModel, clip: Clip, body: Body, motion: Course) -> Moves:
    """Of one clip, without the leading axis."""
    pose = forward(model, clip.person, motion.coordinates)
    trunk = [0, model.skeleton.segment("thorax")]
    touch = contact_points(model)
    soles = place(pose, touch.points.at(touch.soles), model, clip.person)
    return Moves(
        positions_from_coordinates(body.layout, motion.coordinates),
        velocities_from_rates(body.layout, motion.coordinates, motion.rates),
        pose.joints,
        pose.rotations[:, trunk],
        soles[..., 1],
    )


def _stacked_moves(moves: Sequence[Moves], longest: int) -> Moves:
    names = ("qpos", "qvel", "joints", "rotations", "soles")
    return Moves(*(np.stack([_held(getattr(m, name), longest) for m in moves]) for name in names))


def _held(array: np.ndarray, length: int) -> np.ndarray:
    """An array (T, ...) with its last frame repeated up to a length."""
    return np.concatenate([array, np.repeat(array[-1:], length - len(array), axis=0)])
