"""Whole-body control: what to tell the motors so that the body gets back to its motion, from any state.

Accelerations that lead back (centre of mass, trunk, joints) and those of the feet (`footsteps`) are weighed
against each other, explained by forces inside the friction cones (`ground_forces`), and turned into joint
torques; a position motor gets the target at which it would give that torque halfway to the next decision.
All that it knows of the motion comes from the video.
"""

# pyright: reportAttributeAccessIssue=false
# MuJoCo is a native module without type stubs.

from collections.abc import Sequence

import mujoco
import numpy as np

from borelli.dynamics.ground_forces import Grip, ground_forces
from borelli.dynamics.policy.clips import RATE
from borelli.dynamics.policy.footsteps import Grounding, grounding
from borelli.dynamics.policy.gains import Gains
from borelli.dynamics.policy.goal import Goal
from borelli.dynamics.policy.library import Library
from borelli.dynamics.policy.moment import Moment, moment_of
from borelli.geometry.rotations import matrix_from_quaternion, rotvec_from_matrix

ROOT, TURN = slice(0, 3), slice(3, 6)
"""Degrees of freedom of the pelvis."""


def whole_body_targets(
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
        now = moment_of(goal.body, goal.floor, workspace, qpos[n], qvel[n])
        result[n] = _targets(goal, gains, now, min(int(frame[n]), len(goal) - 1))
    return result


def actions_of(clips: Library, clip: np.ndarray, frame: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Actions (N, 43) that tell the motors targets (N, 43) at frames (N,) of clips (N,)."""
    reach = np.stack([clips.bodies[int(c)].reach for c in clip])
    return (targets - clips.targets[clip, frame]) / reach


def _targets(goal: Goal, gains: Gains, now: Moment, t: int) -> np.ndarray:
    """Wanted accelerations, what of them the ground allows, and the torques and targets that give it."""
    ground = grounding(goal, gains, now, t)
    wanted, weight = _wanted(goal, gains, now, ground, t)
    normal, right = np.diag(weight), weight * wanted
    rows = np.flatnonzero(ground.weight)
    levers = now.levers[rows].reshape(-1, len(wanted))
    pull = np.repeat(ground.weight[rows], 3)[:, None] * levers
    normal = normal + levers.T @ pull
    right = right + pull.T @ (ground.wanted - now.swerve)[rows].ravel()
    acceleration, push = np.linalg.solve(normal, right), np.zeros(len(wanted))
    if ground.firmness.any():
        push = _push(goal, gains, now, ground, acceleration)
        # the pelvis has no motor: it accelerates as weight and ground forces make it
        inertia = now.mass[:6]
        firm = 1e4 / np.square(np.diag(now.mass)[:6])[:, None] * inertia
        acceleration = np.linalg.solve(normal + inertia.T @ firm, right + firm.T @ (push - now.bias)[:6])
    torque = now.mass @ acceleration + now.bias - push
    return _motor_targets(goal, now, acceleration, torque)


def _wanted(
    goal: Goal, gains: Gains, now: Moment, ground: Grounding, t: int
) -> tuple[np.ndarray, np.ndarray]:
    """Accelerations (49,) that lead back to the motion, and how much each matters (49,)."""
    wanted, weight = goal.acceleration[t].copy(), np.full(len(now.qvel), gains.joint_weight)
    weight[goal.legs] = gains.leg_weight
    weight[ROOT] = gains.centre_weight, gains.rise_weight, gains.centre_weight
    weight[TURN] = gains.trunk_weight
    moved = goal.centre[t] - now.centre + gains.follow * ground.misplaced
    wanted[ROOT] += np.array([gains.centre, gains.rise, gains.centre]) * moved
    slow = goal.drift[t] - now.drift
    wanted[ROOT] += np.array([gains.centre_rate, gains.rise_rate, gains.centre_rate]) * slow
    turn = rotvec_from_matrix(now.pelvis.T @ matrix_from_quaternion(goal.qpos[t, 3:7]))
    wanted[TURN] += gains.trunk * turn + gains.trunk_rate * (goal.qvel[t, TURN] - now.qvel[TURN])
    hinges, dofs = goal.body.layout.positions, goal.body.layout.velocities
    wanted[dofs] += gains.joint * (goal.qpos[t] - now.qpos)[hinges]
    wanted[dofs] += gains.joint_rate * (goal.qvel[t] - now.qvel)[dofs]
    return wanted, weight


def _push(goal: Goal, gains: Gains, now: Moment, ground: Grounding, acceleration: np.ndarray) -> np.ndarray:
    """(49,) generalised forces of the ground that suit wanted accelerations best."""
    need = (now.mass @ acceleration + now.bias)[:6]
    wrench = np.concatenate([now.pelvis @ need[TURN], need[ROOT]])
    weight = 9.81 * goal.body.compiled.body_mass.sum()
    each = np.repeat([1 / (gains.moment * weight), 1 / (gains.force * weight)], 3)
    grip = Grip(each, 1 / (5 * weight), gains.friction)
    found = ground_forces(wrench[None], (now.soles - now.qpos[:3])[None], ground.firmness[None], grip)
    return np.einsum("pij,pi->j", now.levers, found.forces[0])


def _motor_targets(goal: Goal, now: Moment, acceleration: np.ndarray, torque: np.ndarray) -> np.ndarray:
    """(43,) radians: motors that have moved on by half a decision then give these torques."""
    body, half = goal.body, 0.5 / RATE
    dofs = body.layout.velocities
    speed, gain = now.qvel[dofs], acceleration[dofs]
    angle = now.qpos[body.layout.positions] + half * speed + half**2 / 2 * gain
    return angle + body.lead * (speed + half * gain) + torque[dofs] / body.stiffness
