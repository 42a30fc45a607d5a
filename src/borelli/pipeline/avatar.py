"""The avatar stage of a run: an avatar per person, and the motion refined through it where that holds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from borelli.avatar.avatar import Avatar
from borelli.avatar.depth_maps import DepthMaps
from borelli.avatar.gate import Judgement
from borelli.avatar.pose_evidence import Subject
from borelli.avatar.refine import Candidate, Watch, decide, learn, refine, steps
from borelli.avatar.refine_config import RefineConfig
from borelli.avatar.shots import Footage, choose, gather
from borelli.body.kinematics import landmark_points
from borelli.body.mjcf import GRAVITY
from borelli.body.model import Person, body_model
from borelli.dynamics.contact_points import contact_points
from borelli.errors import BorelliError
from borelli.fitting.evidence import Evidence
from borelli.geometry.camera import Camera
from borelli.motion.motion import Motion
from borelli.motion.observations import Observations
from borelli.pipeline.config import RunConfig
from borelli.pipeline.detect import Progress
from borelli.pipeline.files import person_of
from borelli.pipeline.first_guess import Pictures
from borelli.pipeline.physics import Physical
from borelli.pipeline.posed import with_pose
from borelli.pipeline.refined_physics import refined_physics
from borelli.pipeline.stages import people_evidence


@dataclass(frozen=True)
class Made:
    """One person's avatar and the motion that goes with it."""

    avatar: Avatar
    person: Person
    pixel_size: float
    """Metres on the body that one pixel of the crops shows."""
    motion: Motion
    """Refined, or the one that came in."""
    refined: Motion
    """What the gate judged, kept or not."""
    judgement: Judgement
    physical: Physical | None
    """Physics of the refined motion; None where the motion is as it was, or had no forces."""


@dataclass(frozen=True)
class NotMade:
    """A person whose avatar cannot be learnt; the motion stays."""

    reason: str


def make_avatars(
    motions: Sequence[Motion],
    observations: Observations,
    pictures: Pictures,
    config: RunConfig,
    depth: DepthMaps | None,
    progress: Progress,
    assumed: RefineConfig | None = None,
) -> list[Made | NotMade]:
    """Learn everybody's avatar, and refine the motions through them.

    Args:
        motions: of one video, in one world.
        observations: of the same video.
        pictures: opens its frames.
        config: choices of the user.
        depth: metric depth of every frame of the video, where there is any.
        progress: told after every step.
        assumed: of the refinement.
    """
    assumed = assumed or RefineConfig()
    camera = _camera(motions[0])
    lifter = config if config.lifter in ("own", "none") else replace(config, lifter="own", checkpoint=None)
    evidence = people_evidence(observations, camera, lifter, progress, pictures)
    work = _Work(observations, pictures, config, depth, assumed, progress, steps(assumed) * len(motions))
    return [
        work.make(motion, seen, done)
        for done, (motion, seen) in enumerate(zip(motions, evidence, strict=True))
    ]


@dataclass(frozen=True, eq=False)
class _Work:
    """What is the same for all people of a video."""

    observations: Observations
    pictures: Pictures
    config: RunConfig
    depth: DepthMaps | None
    assumed: RefineConfig
    progress: Progress
    expected: int

    def make(self, motion: Motion, evidence: Evidence, people_done: int) -> Made | NotMade:
        """One person's avatar."""
        done = steps(self.assumed) * people_done

        def watch() -> None:
            nonlocal done
            done += 1
            self.progress("avatar", done, self.expected)

        try:
            return self._made(motion, evidence, watch)
        except BorelliError as error:
            self.progress("avatar", steps(self.assumed) * (people_done + 1), self.expected)
            return NotMade(str(error))

    def _made(self, motion: Motion, evidence: Evidence, watch: Watch) -> Made:
        subject = subject_of(motion, evidence)
        tracks = self.observations.tracks
        own = next(track for track in tracks if track.person == motion.person)
        first = int(np.argmin(np.abs(self.observations.times - motion.time[0])))
        footage = Footage(own, tuple(t for t in tracks if t is not own), first, self.depth)
        split = choose(subject, footage, motion.valid, self.assumed)
        key, held_out = gather(self.pictures(), subject, footage, split, self.assumed)
        learnt = learn(subject, key, held_out, self.assumed, watch)
        candidate = refine(learnt, self.assumed, watch)
        motion_after, physical = self._with_physics(motion, subject, candidate)
        candidate = replace(candidate, coordinates=motion_after.coordinates)
        percents = (residual_percent(motion), residual_percent(motion_after))
        judgement, kept = decide(learnt, candidate, self.assumed, watch, percents)
        size = learnt.pixel_size
        if not judgement.accepted:
            return Made(kept.avatar, kept.person, size, motion, motion_after, judgement, None)
        return Made(kept.avatar, kept.person, size, motion_after, motion_after, judgement, physical)

    def _with_physics(
        self, motion: Motion, subject: Subject, candidate: Candidate
    ) -> tuple[Motion, Physical | None]:
        """The candidate as a motion; where the motion so far has forces, made to obey physics again."""
        moved = with_pose(motion, candidate.person, candidate.coordinates)
        if motion.forces is None:
            return moved, None
        return refined_physics(moved, subject, candidate, self.config)


def subject_of(motion: Motion, evidence: Evidence) -> Subject:
    """What the refinement is told about a person."""
    model = body_model()
    if motion.contact_points is None:
        touching = landmark_points(model, motion.contact_names)
    else:
        table = contact_points(model)
        touching = table.points.at(np.array([table.names.index(name) for name in motion.contact_names]))
    return Subject(
        model, person_of(motion), motion.coordinates, _camera(motion), evidence, motion.contacts, touching
    )


def residual_percent(motion: Motion) -> float | None:
    """Root mean square of the force that no contact explains, % of body weight; None without forces."""
    if motion.residual_wrench is None:
        return None
    force = np.linalg.norm(motion.residual_wrench[1:-1, :3], axis=1)
    return round(100 * float(np.sqrt(np.mean(force**2))) / (motion.mass * GRAVITY), 2)


def _camera(motion: Motion) -> Camera:
    return Camera(motion.K, motion.distortion, motion.width, motion.height, motion.T_camera_world[0])
