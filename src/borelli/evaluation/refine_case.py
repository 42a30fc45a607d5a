"""A rendered clip handed to the refinement of poses by pictures, as the pipeline would hand over a video."""

import numpy as np

from borelli.avatar.crops import crop_around, cut_out, distorted, sample
from borelli.avatar.key_frames import Shot, Split, split_frames
from borelli.avatar.losses import Target
from borelli.avatar.masks import person_mask
from borelli.avatar.pose_evidence import Subject
from borelli.avatar.refine_config import RefineConfig
from borelli.body.kinematics import forward, joint_points, landmark_points, place
from borelli.body.model import Person, body_model
from borelli.evaluation.case_motion import case_observations
from borelli.evaluation.rendered_clips import KEYPOINT_SET, RefinementCase
from borelli.fitting.config import EstimatorConfig
from borelli.fitting.evidence import make_evidence
from borelli.fitting.subject import CONTACT_LANDMARKS
from borelli.geometry.camera import Camera
from borelli.perception.keypoint_sets import keypoint_set


def subject_of(
    case: RefinementCase,
    person: Person | None = None,
    coordinates: np.ndarray | None = None,
    camera: Camera | None = None,
) -> Subject:
    """The person of a case with coordinates (T, 49); what is known at first by default, without contacts."""
    model, camera = body_model(), camera or case.camera
    track = case_observations(case).tracks[0]
    seen, times = keypoint_set(KEYPOINT_SET), case.clip.truth.times
    return Subject(
        model=model,
        person=person or case.person,
        coordinates=case.start if coordinates is None else coordinates,
        camera=camera,
        evidence=make_evidence(model, track, times, seen, camera, EstimatorConfig()),
        contacts=np.zeros((len(times), len(CONTACT_LANDMARKS))),
        contact_points=landmark_points(model, CONTACT_LANDMARKS),
    )


def shots_of(
    case: RefinementCase, subject: Subject, config: RefineConfig, with_depth: bool = False
) -> tuple[list[Shot], list[Shot]]:
    """Key frames and held-out frames of a case, cropped round the body of `subject`."""
    model, person = subject.model, subject.person
    points = joint_points(model).and_then(landmark_points(model))
    places = place(forward(model, person, subject.coordinates), points, model, person)
    track = case_observations(case).tracks[0]
    split: Split = split_frames(np.ones(len(places), dtype=bool), config.key_frames, config.held_out)

    def shot(t: int) -> Shot:
        crop = crop_around(places[t], subject.camera, config.size)
        image, inside = cut_out(case.clip.images[t], crop, subject.camera)
        seen = person_mask(image, inside, crop, subject.camera, track, (), t)
        mask = np.zeros_like(image[..., 0]) if seen is None else seen.mask
        known = inside.astype(np.float32) if seen is None else seen.known
        pixels = distorted(crop.pixels, subject.camera)
        depth = sample(case.depth[t], pixels, order=0) if with_depth else None
        return Shot(t, crop.view, Target(image, mask, known, depth))

    return [shot(int(t)) for t in split.key], [shot(int(t)) for t in split.held_out]
