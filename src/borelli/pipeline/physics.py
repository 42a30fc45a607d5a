"""The physics stage of a run: the estimator's people in the result's world, made to obey Newton's laws."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from borelli.body.kinematics import forward, joint_points, landmark_points, place
from borelli.body.model import BodyModel
from borelli.dynamics.boxes import parse_box
from borelli.dynamics.certificate import Certified, certify, not_applied
from borelli.dynamics.from_video import Decided, Outcome, Told, decide_motions, outcome_of, untold
from borelli.dynamics.performance import Performance
from borelli.dynamics.policy.stretches import Stretch
from borelli.dynamics.simulation import Simulation
from borelli.fitting.camera_state import CameraState
from borelli.fitting.config import EstimatorConfig
from borelli.fitting.state import State
from borelli.fitting.subject import Estimate, Filmed
from borelli.fitting.windows import Mapper
from borelli.geometry.camera import Camera
from borelli.geometry.frames import invert_transform
from borelli.motion.motion import Motion
from borelli.pipeline.config import RunConfig
from borelli.pipeline.files import person_of
from borelli.pipeline.world import World


@dataclass(frozen=True)
class Physical:
    """One person after physics."""

    estimate: Estimate
    """With the motion that is kept."""
    outcome: Outcome
    certified: Certified
    simulation: Simulation | None
    """None unless it was asked for, and there were forces to follow or a policy to try."""
    stretches: tuple[Stretch, ...] = ()
    """Who performed what of `simulation`."""


def make_physical(
    model: BodyModel,
    subjects: Sequence[Filmed],
    estimates: Sequence[Estimate],
    camera: Camera,
    config: RunConfig,
    masses: Sequence[float | None],
    over: Mapper = map,
) -> list[Physical]:
    """Physics for all people of a clip, with certificates.

    Args:
        model: the body.
        subjects: what the estimator was given.
        estimates: what it found, in the world of the result.
        camera: as known before estimation, in the same world.
        config: choices of the user.
        masses: kilograms; None where not known.
        over: maps over the stretches of a very long clip.
    """
    decided = decided_motions(model, subjects, estimates, camera, config, masses, over=over)
    return judged_motions(model, list(estimates), decided)


def decided_motions(
    model: BodyModel,
    subjects: Sequence[Filmed],
    estimates: Sequence[Estimate],
    camera: Camera,
    config: RunConfig,
    masses: Sequence[float | None],
    tell: Told = untold,
    over: Mapper = map,
) -> list[Decided]:
    """The first half of `make_physical`, which needs the evidence; nothing where physics is left out."""
    if config.no_physics:
        return []
    boxes = tuple(parse_box(text) for text in config.box)
    return decide_motions(
        model, subjects, estimates, camera, EstimatorConfig(), masses, boxes, tell=tell, over=over
    )


def judged_motions(model: BodyModel, estimates: list[Estimate], decided: list[Decided]) -> list[Physical]:
    """The second half: forces and certificates. Takes its inputs out of the lists, which saves memory."""
    if not decided:
        return [_untouched(model, estimate, "--no-physics was given") for estimate in estimates]
    people = []
    while decided:
        people.append(_judged(model, estimates.pop(0), outcome_of(decided.pop(0))))
    return people


def _untouched(model: BodyModel, estimate: Estimate, why: str) -> Physical:
    error = (estimate.reprojection, estimate.reprojection)
    return Physical(estimate, Outcome(estimate.state, None, None, why, error), not_applied(model, why), None)


def _judged(model: BodyModel, estimate: Estimate, outcome: Outcome) -> Physical:
    kept = replace(estimate, state=outcome.state, reprojection=outcome.reprojection[1])
    if outcome.performance is None or outcome.before is None:
        certified = not_applied(model, outcome.reason, None, outcome.reprojection)
        return Physical(kept, outcome, certified, None)
    certified = certify(model, outcome.performance, outcome.before, outcome.reprojection)
    return Physical(kept, replace(outcome, before=None), certified, None)


def estimate_in(world: World, model: BodyModel, estimate: Estimate) -> Estimate:
    """An estimate in another world."""
    state = estimate.state
    coordinates = world.coordinates(state.coordinates, model.skeleton)
    camera = CameraState(world.camera(state.camera.T_base), state.camera.unknowns)
    return replace(estimate, state=State(coordinates, state.person, camera))


def camera_in(world: World, camera: Camera) -> Camera:
    """A camera in another world; one of unknown pose stays unknown."""
    pose = camera.T_camera_world
    return (
        camera if pose is None else replace(camera, T_camera_world=pose @ invert_transform(world.T_world_old))
    )


def performance_in(world: World, model: BodyModel, performance: Performance) -> Performance:
    """A performance in another world."""
    R, shift = world.T_world_old[:3, :3], world.T_world_old[:3, 3]
    return replace(
        performance,
        coordinates=world.coordinates(performance.coordinates, model.skeleton),
        points=(performance.points @ R.T + shift).astype(performance.points.dtype),
        support=(performance.support + shift[1]).astype(performance.support.dtype),
        forces=(performance.forces @ R.T).astype(performance.forces.dtype),
        residual=np.concatenate(
            [performance.residual[:, :3] @ R.T, performance.residual[:, 3:] @ R.T], axis=1
        ),
    )


def forces_in(world: World, model: BodyModel, physical: Physical) -> Physical:
    """The same person with the forces, but not yet the motion, in another world."""
    found = physical.outcome.performance
    if found is None:
        return physical
    outcome = replace(physical.outcome, performance=performance_in(world, model, found))
    return replace(physical, outcome=outcome)


def motion_with_forces(motion: Motion, performance: Performance) -> Motion:
    """A motion with the contacts and forces that explain it."""
    return replace(
        motion,
        mass=performance.mass,
        contact_names=performance.point_names,
        contacts=performance.contacts.astype(np.float32),
        contact_points=performance.points,
        support=performance.support,
        forces=performance.forces,
        torques=performance.torques,
        residual_wrench=performance.residual,
        explained=performance.explained,
    )


def simulated_motion(model: BodyModel, motion: Motion, simulation: Simulation) -> Motion:
    """What the simulated person did, in the world of `motion`, as a motion of its own without forces."""
    person, coordinates = person_of(motion), simulation.coordinates
    pose = forward(model, person, coordinates)
    joints = place(pose, joint_points(model), model, person)
    T = motion.T_camera_world
    return replace(
        motion,
        coordinates=coordinates,
        joints=joints,
        joints_camera=np.einsum("tij,tkj->tki", T[:, :3, :3], joints) + T[:, None, :3, 3],
        landmarks=place(pose, landmark_points(model), model, person),
        simulated=simulation.simulated,
        forces=None,
        torques=None,
        residual_wrench=None,
        contact_points=None,
        support=None,
        explained=None,
    )
