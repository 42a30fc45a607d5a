"""An expert that knows the whole motion: what to tell the motors to get back to it, from any state.

Whole-body control. Accelerations that lead back to the reference (centre of mass, trunk, joints; swinging
feet placed where the error of the capture point asks, Pratt et al. 2006, IEEE-RAS Humanoids) are made
compatible with standing feet, explained by forces inside the friction cones (`dynamics.ground_forces`), and
turned into joint torques; a position motor gets the target at which it would give that torque halfway to the
next decision.
"""

# pyright: reportAttributeAccessIssue=false
# MuJoCo is a native module without type stubs.

from collections.abc import Sequence
from dataclasses import dataclass

import mujoco
import numpy as np

from borelli.dynamics.ground_forces import Grip, ground_forces
from borelli.dynamics.policy.clips import RATE
from borelli.dynamics.policy.library import Library
from borelli.geometry.rotations import matrix_from_quaternion, rotvec_from_matrix
from borelli.training.policy.goal import Goal, sole_points

ROOT, TURN = slice(0, 3), slice(3, 6)
"""Degrees of freedom of the pelvis."""
HIP_FLEXION, HIP_ADDUCTION, KNEE, ANKLE = 0, 1, 3, 4
"""Columns of `Goal.legs`."""


@dataclass(frozen=True)
class Gains:
    """Feedback of the expert: 1/s^2 for places and angles, 1/s for velocities, unless said otherwise."""

    centre: float = 60.0
    centre_rate: float = 14.0
    rise: float = 86.0
    """Of the height of the centre of mass."""
    rise_rate: float = 21.0
    trunk: float = 60.0
    trunk_rate: float = 14.0
    joint: float = 100.0
    joint_rate: float = 20.0
    swing: float = 200.0
    swing_rate: float = 14.0
    standing: float = 80.0
    """Of the height of points that stand over the floor."""
    standing_rate: float = 15.0
    centre_weight: float = 3.0
    """How much each acceleration matters where not all can be had."""
    trunk_weight: float = 3.0
    joint_weight: float = 0.2
    swing_weight: float = 1.0
    stance_weight: float = 1.5
    standing_weight: float = 5.1
    follow: float = 0.37
    """Share of a misplaced stance foot by which the whole motion is moved."""
    place_ahead: float = 0.98
    """Metres of a step per metre of the centre of mass ahead of its reference, ..."""
    place_ahead_rate: float = 0.3
    """... and per m/s; the same sidewards."""
    place_aside: float = 0.82
    place_aside_rate: float = 0.23
    place_track: float = 0.8
    """Metres of correction per metre that a swinging foot is away from there."""
    reach: float = 0.35
    """Metres: longest change of a step."""
    clear_knee: float = 12.0
    """Radians per metre that a swinging foot is too low."""
    clear_hip: float = 7.6
    clear_ankle: float = 9.1
    margin: float = 0.03
    """Metres that a swinging foot should be higher than in the reference: landing late beats tripping."""
    touch: float = 0.006
    """Metres over the floor at which a point counts as touching."""
    early: float = 0.45
    """Firmness of points that touch before they should."""
    leaving: float = 0.0
    """Firmness of points that still touch when they should have left."""
    moment: float = 0.0091
    """Unexplained moment that counts as one, as a share of weight times a metre; likewise the force."""
    force: float = 0.029
    friction: float = 0.9


@dataclass(frozen=True)
class _Now:
    """A body at one moment."""

    qpos: np.ndarray
    """(50,)."""
    qvel: np.ndarray
    """(49,)."""
    mass: np.ndarray
    """(49, 49)."""
    bias: np.ndarray
    """(49,) forces of gravity and velocity."""
    pelvis: np.ndarray
    """(3, 3) R_world_pelvis."""
    centre: np.ndarray
    """(3,) of mass ..."""
    drift: np.ndarray
    """(3,) ... and its velocity."""
    soles: np.ndarray
    """(12, 3)."""
    height: np.ndarray
    """(12,) of the soles over the floor."""


@dataclass(frozen=True)
class _Grounding:
    """What the feet can do at one moment."""

    firmness: np.ndarray
    """(12,) how firmly each point may push."""
    still: np.ndarray
    """(12,) bool: the point should stay on the floor."""
    swings: np.ndarray
    """(2,) bool: nothing of the foot should touch."""
    levers: np.ndarray
    """(12, 3, 49) derivative of the points by the degrees of freedom; zero where not needed."""


def expert_targets(
    goals: Sequence[Goal],
    workspace: mujoco.MjData,
    gains: Gains,
    clip: np.ndarray,
    frame: np.ndarray,
    qpos: np.ndarray,
    qvel: np.ndarray,
) -> np.ndarray:
    """Targets (N, 43) of the motors, radians, for bodies in states (N, 50), (N, 49) at frames of clips (N,).

    `workspace` is overwritten; one of any of the bodies serves all, as they have the same joints.
    """
    result = np.empty((len(clip), len(goals[0].body.reach)))
    for n, c in enumerate(clip):
        goal = goals[int(c)]
        t = min(int(frame[n]), len(goal) - 1)
        now = _now(goal, workspace, qpos[n], qvel[n])
        result[n] = _targets(goal, gains, workspace, now, t)
    return result


def actions_of(clips: Library, clip: np.ndarray, frame: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Actions (N, 43) that tell the motors targets (N, 43) at frames (N,) of clips (N,)."""
    reach = np.stack([clips.bodies[int(c)].reach for c in clip])
    return (targets - clips.targets[clip, frame]) / reach


def _now(goal: Goal, data: mujoco.MjData, qpos: np.ndarray, qvel: np.ndarray) -> _Now:
    compiled = goal.body.compiled
    data.qpos[:], data.qvel[:] = qpos, qvel
    mujoco.mj_kinematics(compiled, data)
    mujoco.mj_comPos(compiled, data)
    mujoco.mj_crb(compiled, data)
    mujoco.mj_fwdVelocity(compiled, data)
    mujoco.mj_subtreeVel(compiled, data)
    bias, mass = np.empty(compiled.nv), np.empty((compiled.nv, compiled.nv))
    mujoco.mj_rne(compiled, data, 0, bias)
    mujoco.mj_fullM(compiled, data, mass)
    soles = sole_points(goal.body, data)
    pelvis = data.xmat[goal.body.segments[0]].reshape(3, 3).copy()
    return _Now(
        qpos,
        qvel,
        mass,
        bias,
        pelvis,
        data.subtree_com[0].copy(),
        data.subtree_linvel[0].copy(),
        soles,
        soles[:, 1] - goal.floor.height(soles),
    )


def _targets(goal: Goal, gains: Gains, data: mujoco.MjData, now: _Now, t: int) -> np.ndarray:
    """Wanted accelerations, what of them the ground allows, and the torques and targets that give it."""
    ground = _grounding(goal, gains, data, now, t)
    wanted, weight = _wanted(goal, gains, now, ground, t)
    normal, right = np.diag(weight), weight * wanted
    for p in np.flatnonzero(ground.still):
        lever = ground.levers[p]
        sinking = np.array([0.0, gains.standing * max(now.height[p], -0.002), 0.0])
        held = (
            -_lever_rate(goal, data, now, int(p)) @ now.qvel
            - gains.standing_rate * (lever @ now.qvel)
            - sinking
        )
        normal += gains.standing_weight * lever.T @ lever
        right = right + gains.standing_weight * lever.T @ held
    acceleration = np.linalg.solve(normal, right)
    push = np.zeros(len(wanted))
    if ground.firmness.any():
        push = _push(goal, gains, now, ground, acceleration)
        # the pelvis has no motor: it accelerates as weight and ground forces make it
        rows = now.mass[:6]
        firm = 1e4 / np.square(np.diag(now.mass)[:6])[:, None] * rows
        acceleration = np.linalg.solve(normal + rows.T @ firm, right + firm.T @ (push - now.bias)[:6])
    torque = now.mass @ acceleration + now.bias - push
    return _motor_targets(goal, now, acceleration, torque)


def _grounding(goal: Goal, gains: Gains, data: mujoco.MjData, now: _Now, t: int) -> _Grounding:
    after = min(t + 1, len(goal) - 1)
    due = goal.stands[t] | goal.stands[after]
    later = min(t + 2, len(goal) - 1)
    leaving = ~due & (goal.soles[later, :, 1] > goal.soles[t, :, 1])
    touches, near = now.height < gains.touch, now.height < 2.5 * gains.touch
    firmness = np.where(
        touches,
        np.where(due, 1.0, np.where(leaving, gains.leaving, gains.early)),
        np.where(due & near, gains.early, 0.0),
    )
    still = goal.stands[t] & goal.stands[after] & goal.firm[t]
    swings = np.array([not due[goal.feet == foot].any() for foot in (0, 1)])
    levers = np.zeros((len(due), 3, len(now.qvel)))
    bodies = goal.body.compiled.geom_bodyid[goal.body.soles]
    for p in np.flatnonzero((firmness > 0) | still):
        mujoco.mj_jac(goal.body.compiled, data, levers[p], None, now.soles[p], bodies[p])
    return _Grounding(firmness, still & (now.height < 5 * gains.touch), swings, levers)


def _lever_rate(goal: Goal, data: mujoco.MjData, now: _Now, point: int) -> np.ndarray:
    """(3, 49) time derivative of a row of `levers`."""
    rate = np.zeros((3, len(now.qvel)))
    compiled = goal.body.compiled
    mujoco.mj_jacDot(
        compiled, data, rate, None, now.soles[point], compiled.geom_bodyid[goal.body.soles[point]]
    )
    return rate


def _wanted(goal: Goal, gains: Gains, now: _Now, ground: _Grounding, t: int) -> tuple[np.ndarray, np.ndarray]:
    """Accelerations (49,) that lead back to the reference, and how much each matters (49,)."""
    wanted, weight = goal.acceleration[t].copy(), np.full(len(now.qvel), gains.joint_weight)
    hinges, dofs = goal.body.layout.positions, goal.body.layout.velocities
    behind, slow = goal.centre[t] - now.centre, goal.drift[t] - now.drift
    moved = behind + gains.follow * _misplaced(goal, now, ground, t)
    wanted[ROOT] += np.array([gains.centre, gains.rise, gains.centre]) * moved
    wanted[ROOT] += np.array([gains.centre_rate, gains.rise_rate, gains.centre_rate]) * slow
    turn = rotvec_from_matrix(now.pelvis.T @ matrix_from_quaternion(goal.qpos[t, 3:7]))
    wanted[TURN] += gains.trunk * turn + gains.trunk_rate * (goal.qvel[t, TURN] - now.qvel[TURN])
    stiff, damp = np.full(len(weight), gains.joint), np.full(len(weight), gains.joint_rate)
    weight[ROOT], weight[TURN] = gains.centre_weight, gains.trunk_weight
    angles = np.zeros(len(weight))
    angles[dofs] = goal.qpos[t, hinges]
    for foot, leg in enumerate(goal.legs):
        own = goal.feet == foot
        stands = ground.still[own].any()
        weight[leg] = gains.stance_weight if stands else gains.swing_weight
        if not stands:
            stiff[leg], damp[leg] = gains.swing, gains.swing_rate
        if ground.swings[foot]:
            angles[leg] += _step(goal, gains, now, behind, slow, foot, t)
    wanted[dofs] += (stiff * angles)[dofs] - stiff[dofs] * now.qpos[hinges]
    wanted[dofs] += damp[dofs] * (goal.qvel[t] - now.qvel)[dofs]
    return wanted, weight


def _misplaced(goal: Goal, now: _Now, ground: _Grounding, t: int) -> np.ndarray:
    """(3,) how far the feet that carry weight stand from where they do in the reference, level."""
    load = np.array([ground.firmness[goal.feet == foot].max() for foot in (0, 1)])
    if not load.any():
        return np.zeros(3)
    off = [(now.soles - goal.soles[t])[goal.feet == foot].mean(axis=0) for foot in (0, 1)]
    return load @ np.array(off) / load.sum() * (1.0, 0.0, 1.0)


def _step(
    goal: Goal, gains: Gains, now: _Now, behind: np.ndarray, slow: np.ndarray, foot: int, t: int
) -> np.ndarray:
    """(7,) changes of the angles of a swinging leg: where to step, and clear of the floor."""
    ahead = now.pelvis[:, 0] * (1.0, 0.0, 1.0)
    ahead = ahead / np.linalg.norm(ahead)
    aside = np.array([-ahead[2], 0.0, ahead[0]])
    own = goal.feet == foot
    off = (now.soles - goal.soles[t])[own].mean(axis=0)
    forwards = -gains.place_ahead * behind @ ahead - gains.place_ahead_rate * slow @ ahead
    rightwards = -gains.place_aside * behind @ aside - gains.place_aside_rate * slow @ aside
    forwards += gains.place_track * (forwards - off @ ahead)
    rightwards += gains.place_track * (rightwards - off @ aside)
    leg = max(now.centre[1] - 0.05, 0.4)
    change = np.zeros(goal.legs.shape[1])
    change[HIP_FLEXION] = np.clip(forwards, -gains.reach, gains.reach) / leg
    # adduction moves a foot towards the other one
    outwards = rightwards if foot == 0 else -rightwards
    change[HIP_ADDUCTION] = -np.clip(outwards, -gains.reach, gains.reach) / leg
    floor = goal.floor.height(goal.soles[t])
    wanted = (goal.soles[t, :, 1] - floor)[own].min() + gains.margin
    low = float(np.clip(wanted - now.height[own].min(), 0.0, 0.06))
    low += 0.02 * bool((now.height[own] < gains.touch).any())
    change[KNEE] += gains.clear_knee * low
    change[HIP_FLEXION] += gains.clear_hip * low
    change[ANKLE] += gains.clear_ankle * low
    return change


def _push(goal: Goal, gains: Gains, now: _Now, ground: _Grounding, acceleration: np.ndarray) -> np.ndarray:
    """(49,) generalised forces of the ground that suit wanted accelerations best."""
    need = (now.mass @ acceleration + now.bias)[:6]
    wrench = np.concatenate([now.pelvis @ need[TURN], need[ROOT]])
    weight = 9.81 * goal.body.compiled.body_mass.sum()
    each = np.repeat([1 / (gains.moment * weight), 1 / (gains.force * weight)], 3)
    grip = Grip(each, 1 / (5 * weight), gains.friction)
    found = ground_forces(wrench[None], (now.soles - now.qpos[:3])[None], ground.firmness[None], grip)
    return np.einsum("pij,pi->j", ground.levers, found.forces[0])


def _motor_targets(goal: Goal, now: _Now, acceleration: np.ndarray, torque: np.ndarray) -> np.ndarray:
    """(43,) radians: motors that have moved on by half a decision then give these torques."""
    body, half = goal.body, 0.5 / RATE
    dofs = body.layout.velocities
    speed, gain = now.qvel[dofs], acceleration[dofs]
    angle = now.qpos[body.layout.positions] + half * speed + half**2 / 2 * gain
    return angle + body.lead * (speed + half * gain) + torque[dofs] / body.stiffness
