"""The refinement of one person's motion by pictures, step by step, so that each step can be judged alone."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from borelli.avatar.depth_maps import DepthMaps, open_depth_maps
from borelli.avatar.key_frames import Shot
from borelli.avatar.pose_evidence import Subject
from borelli.avatar.refine import Learnt, learn
from borelli.avatar.refine_config import RefineConfig
from borelli.avatar.shots import Footage, choose, gather
from borelli.body.model import body_model
from borelli.evaluation.rendered_clips import RefinementCase
from borelli.fitting.config import EstimatorConfig
from borelli.fitting.evidence import make_evidence
from borelli.geometry.camera import Camera
from borelli.motion.motion import Motion
from borelli.motion.observations import Observations, trimmed
from borelli.perception.keypoint_sets import keypoint_set
from borelli.pipeline.avatar import subject_of
from borelli.video import Frame


@dataclass(frozen=True, eq=False)
class Trial:
    """One person with the frames that teach and those that judge."""

    subject: Subject
    key: list[Shot]
    held_out: list[Shot]

    def learnt(self, config: RefineConfig) -> Learnt:
        """A first avatar in the poses so far."""
        return learn(self.subject, self.key, self.held_out, config, lambda: None)


def prepare(
    motion: Motion,
    observations: Observations,
    pictures: Iterable[Frame],
    config: RefineConfig,
    depth: DepthMaps | None = None,
) -> Trial:
    """Cut the frames out, as a run with `--avatar` does; raises BorelliError where it would."""
    own = next(track for track in observations.tracks if track.person == motion.person)
    others = tuple(track for track in observations.tracks if track is not own)
    first = int(np.abs(observations.times - motion.time[0]).argmin())
    seen = trimmed(own, slice(first, first + len(motion.time)))
    kind = keypoint_set(observations.keypoint_set)
    model = body_model()
    camera = Camera(motion.K, motion.distortion, motion.width, motion.height, motion.T_camera_world[0])
    evidence = make_evidence(model, seen, motion.time, kind, camera, EstimatorConfig())
    subject = subject_of(motion, evidence)
    footage = Footage(own, others, first, depth)
    split = choose(subject, footage, motion.valid, config)
    return Trial(subject, *gather(pictures, subject, footage, split, config))


def pictures_of(case: RefinementCase) -> Iterator[Frame]:
    """The frames of a rendered clip as a video delivers them."""
    for index, (time, image) in enumerate(zip(case.clip.truth.times, case.clip.images, strict=True)):
        yield Frame(index, float(time), image)


def depth_of(case: RefinementCase, folder: Path) -> DepthMaps:
    """The depth maps of a rendered clip, written into an empty folder and opened from there."""
    for index, depth in enumerate(case.depth):
        np.save(folder / f"{index}.npy", depth)
    return open_depth_maps(folder, len(case.depth), case.camera.width, case.camera.height)
