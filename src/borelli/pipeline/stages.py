"""The stages of a run as functions of their inputs; none of them writes a file."""

import warnings
from dataclasses import dataclass

from borelli.body.model import BodyModel, body_model
from borelli.fitting.config import EstimatorConfig
from borelli.fitting.estimator import Subject, estimate
from borelli.fitting.evidence import Evidence, make_evidence
from borelli.geometry.camera import Camera
from borelli.motion.motion import Motion
from borelli.motion.observations import Observations, Track
from borelli.perception.keypoint_sets import keypoint_set
from borelli.pipeline.assemble import Clip, motions, span, trimmed
from borelli.pipeline.camera import CameraEvidence, camera_evidence
from borelli.pipeline.config import RunConfig
from borelli.pipeline.detect import Observer, Progress, find_people
from borelli.pipeline.first_guess import Pictures, Seen, with_first_guesses
from borelli.pipeline.people import Dropped, select, statures
from borelli.pipeline.verdict import Verdict, verdict
from borelli.video import VideoInfo


@dataclass(frozen=True)
class Watched:
    """What was seen in a video, and what was odd about the file."""

    observations: Observations
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Reconstruction:
    """The people of a video, and how far to trust them."""

    motions: tuple[Motion, ...]
    verdicts: tuple[Verdict, ...]
    dropped: tuple[Dropped, ...]
    camera: CameraEvidence


def watch(
    info: VideoInfo, config: RunConfig, progress: Progress, observer: Observer = find_people
) -> Watched:
    """Observations of a video; damage that decoding met becomes warnings of the result."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        observations = observer(info, config, progress)
    notes = tuple(dict.fromkeys(str(w.message) for w in caught if issubclass(w.category, UserWarning)))
    return Watched(observations, notes)


def reconstruct_people(
    observations: Observations,
    camera: Camera,
    video: str,
    config: RunConfig,
    progress: Progress,
    pictures: Pictures | None = None,
) -> Reconstruction:
    """Motions of the chosen people from observations and a camera.

    Args:
        observations: of the clip.
        camera: as known before estimation.
        video: file name, for the result.
        config: whom to reconstruct and how tall they are.
        progress: told before and after.
        pictures: the frames, for first guesses by networks that look at them.
    """
    progress("motion", 0, 1)
    model, assumed = body_model(), EstimatorConfig()
    tracks, dropped = select(observations, config.people)
    heights = statures(config.stature, tracks)
    evidence = people_evidence(observations, camera, config, progress, pictures)
    subjects = [Subject(each, stature) for each, stature in zip(evidence, heights, strict=True)]
    estimates = estimate(model, subjects, camera, assumed, lambda *done: progress("motion", *done))
    people = motions(model, Clip(video, observations, camera), tracks, estimates)
    verdicts = tuple(
        verdict(motion, found, height, camera.T_camera_world is not None)
        for motion, found, height in zip(people, estimates, heights, strict=True)
    )
    progress("motion", 1, 1)
    return Reconstruction(
        tuple(people), verdicts, dropped, camera_evidence(camera, people[0].K, camera_height(people[0]))
    )


def camera_height(motion: Motion) -> float:
    """Metres of the camera over the floor in the first frame."""
    T = motion.T_camera_world[0]
    return float(-(T[:3, :3].T @ T[:3, 3])[1])


def people_evidence(
    observations: Observations,
    camera: Camera,
    config: RunConfig,
    progress: Progress,
    pictures: Pictures | None = None,
) -> list[Evidence]:
    """What the estimator is given about the chosen people, in the order of `select`; see above."""
    model, tracks = body_model(), select(observations, config.people)[0]
    evidence = [_evidence(model, observations, track, camera, EstimatorConfig()) for track in tracks]
    seen = Seen(observations.times, tuple(tracks), camera)
    return with_first_guesses(model, evidence, seen, config, pictures, progress)


def _evidence(
    model: BodyModel, observations: Observations, track: Track, camera: Camera, assumed: EstimatorConfig
) -> Evidence:
    seen = span(track)
    keypoints = keypoint_set(observations.keypoint_set)
    return make_evidence(model, trimmed(track, seen), observations.times[seen], keypoints, camera, assumed)
