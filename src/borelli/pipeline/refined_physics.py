"""Physics once more for a motion that was refined through pictures."""

from dataclasses import replace

import numpy as np

from borelli.avatar.pose_evidence import Subject as Seen
from borelli.avatar.refine import Candidate
from borelli.fitting.config import EstimatorConfig
from borelli.fitting.evidence import Evidence
from borelli.fitting.fit import Fit
from borelli.fitting.subject import Estimate, Known, Subject
from borelli.motion.motion import Motion
from borelli.pipeline.config import RunConfig
from borelli.pipeline.performer import simulated
from borelli.pipeline.physics import Physical, make_physical, motion_with_forces
from borelli.pipeline.posed import with_pose

HELD_SD = 0.01
"""Radians and metres: how closely physics keeps to what the pictures said."""


def refined_physics(
    motion: Motion, seen: Seen, candidate: Candidate, config: RunConfig
) -> tuple[Motion, Physical | None]:
    """A refined motion made to obey physics again.

    Args:
        motion: with the candidate's pose, without forces.
        seen: what the refinement knew, the motion before it.
        candidate: refined.
        config: choices of the user.

    Returns:
        The motion with forces, and what physics says about it; without forces where physics does not apply.
    """
    assumed = EstimatorConfig()
    subject = Subject(_held(seen.evidence, candidate, assumed), None)
    state = seen.state(candidate.coordinates, candidate.person)
    fit = Fit.of(seen.model, subject, seen.camera, assumed, Known(person=candidate.person))
    estimate = Estimate(
        state=state,
        contacts=fit.contacts(state),
        joint_sigma=motion.joint_sigma,
        reprojection=fit.reprojection(state),
        contacts_accepted=True,
        stature_sd=0.0,
    )
    (physical,) = make_physical(seen.model, [subject], [estimate], seen.camera, config, [motion.mass])
    performance = physical.outcome.performance
    if performance is None:
        return motion, physical
    posed = with_pose(motion, candidate.person, physical.estimate.state.coordinates)
    moved = motion_with_forces(posed, performance)
    return moved, simulated(seen.model, physical, moved, config) if config.simulate else physical


def _held(evidence: Evidence, candidate: Candidate, assumed: EstimatorConfig) -> Evidence:
    """The refined motion takes the place of a network's guess of angles and directions."""
    learned = evidence.learned
    if learned is None:
        return evidence
    precision = np.full_like(candidate.coordinates, 1 / HELD_SD / np.sqrt(assumed.guess_angle_weight))
    return replace(
        evidence,
        learned=replace(
            learned,
            angles=candidate.coordinates,
            angle_precision=precision,
            sqrt_information=np.zeros_like(learned.sqrt_information),
        ),
    )
