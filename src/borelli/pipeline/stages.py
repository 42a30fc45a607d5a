"""The stages of a run as functions of their inputs; none of them writes a file."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace

from borelli.body.model import BodyModel, body_model
from borelli.dynamics.from_video import Decided
from borelli.fitting.config import EstimatorConfig
from borelli.fitting.estimator import Estimate, Subject, estimate
from borelli.fitting.evidence import Evidence, make_evidence, strictly_increasing
from borelli.fitting.subject import Filmed
from borelli.fitting.tracked import TrackedSubject, with_first_guess
from borelli.fitting.windows import Mapper
from borelli.geometry.camera import Camera
from borelli.memory import give_back
from borelli.motion.motion import Motion
from borelli.motion.observations import Observations, Track, keypoints_only, trimmed
from borelli.perception.keypoint_sets import keypoint_set
from borelli.pipeline.assemble import Clip, motions, span, world_for
from borelli.pipeline.camera import CameraEvidence, camera_evidence
from borelli.pipeline.config import RunConfig
from borelli.pipeline.detect import Observer, Progress, find_people
from borelli.pipeline.first_guess import Pictures, Seen, own_lifter, with_first_guesses
from borelli.pipeline.people import Dropped, each, select
from borelli.pipeline.performer import simulated
from borelli.pipeline.physics import (
    Physical,
    camera_in,
    decided_motions,
    estimate_in,
    forces_in,
    judged_motions,
    motion_with_forces,
)
from borelli.pipeline.verdict import Verdict, verdict
from borelli.pipeline.world import World
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
    physical: tuple[Physical, ...]
    """What physics made of each person."""


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
    over: Mapper = map,
) -> Reconstruction:
    """Motions of the chosen people from observations and a camera.

    Args:
        observations: of the clip.
        camera: as known before estimation.
        video: file name, for the result.
        config: whom to reconstruct and how tall they are.
        progress: told before and after.
        pictures: the frames, for first guesses by networks that look at them.
        over: maps over the stretches of a very long clip.
    """
    progress("motion", 0, 1)
    model = body_model()
    tracks, dropped = select(observations, config.people)
    heights, masses = each("--stature", config.stature, tracks), each("--mass", config.mass, tracks)
    estimates, decided = _decided(
        _subjects(observations, camera, config, progress, pictures), masses, camera, config, progress, over
    )
    # what nobody needs any more goes: in a clip of hours every number per frame counts
    tracks = tuple(keypoints_only(track) for track in tracks)
    observations = replace(observations, tracks=tracks)
    give_back()
    physical = judged_motions(model, estimates, decided)
    give_back()
    shift = world_for(model, camera, [one.estimate for one in physical])
    physical = [forces_in(shift, model, one) for one in physical]
    people = _motions(model, Clip(video, observations, camera), tracks, physical, masses, shift)
    if config.simulate:
        pairs = zip(physical, people, strict=True)
        physical = [simulated(model, one, motion, config) for one, motion in pairs]
    verdicts = tuple(
        verdict(motion, one.estimate, height, camera.T_camera_world is not None)
        for motion, one, height in zip(people, physical, heights, strict=True)
    )
    progress("motion", 1, 1)
    seen = camera_evidence(camera, people[0].K, camera_height(people[0]))
    return Reconstruction(tuple(people), verdicts, dropped, seen, tuple(physical))


def _subjects(
    observations: Observations,
    camera: Camera,
    config: RunConfig,
    progress: Progress,
    pictures: Pictures | None,
) -> list[Filmed]:
    """The chosen people as the estimator takes them, with their statures."""
    model, tracks = body_model(), select(observations, config.people)[0]
    heights = each("--stature", config.stature, tracks)
    if config.lifter not in ("own", "none"):
        evidence = people_evidence(observations, camera, config, progress, pictures)
        return [Subject(seen, stature) for seen, stature in zip(evidence, heights, strict=True)]
    subjects: list[Filmed] = []
    for track, stature in zip(tracks, heights, strict=True):
        seen = span(track)
        times = strictly_increasing(observations.times[seen])
        keypoints = keypoint_set(observations.keypoint_set)
        known = trimmed(track, seen), times, keypoints, camera, EstimatorConfig(), stature
        subject = TrackedSubject(model, *known)
        subjects.append(with_first_guess(subject, own_lifter(config)) if config.lifter == "own" else subject)
    return subjects


def _decided(
    subjects: list[Filmed],
    masses: Sequence[float | None],
    camera: Camera,
    config: RunConfig,
    progress: Progress,
    over: Mapper,
) -> tuple[list[Estimate], list[Decided]]:
    """Estimates of the people in the world of the result, and what of them obeys physics."""
    model = body_model()

    def tell(done: int, total: int) -> None:
        progress("motion", done, total)

    def tell_physics(done: int, total: int) -> None:
        progress("physics", done, total)

    estimates = estimate(model, subjects, camera, EstimatorConfig(), tell, over)
    give_back()
    world = world_for(model, camera, estimates)
    estimates = [estimate_in(world, model, found) for found in estimates]
    known = camera_in(world, camera)
    return estimates, decided_motions(model, subjects, estimates, known, config, masses, tell_physics, over)


def _motions(
    model: BodyModel,
    clip: Clip,
    tracks: Sequence[Track],
    physical: Sequence[Physical],
    masses: Sequence[float | None],
    shift: World,
) -> list[Motion]:
    """Results with forces; physics has moved people a little, and with them where the world begins."""
    bare = motions(model, clip, tracks, [one.estimate for one in physical], shift)
    people = []
    for one, mass, motion in zip(physical, masses, bare, strict=True):
        found = one.outcome.performance
        if found is None:
            people.append(motion if mass is None else replace(motion, mass=mass))
        else:
            people.append(motion_with_forces(motion, found))
    return people


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
