"""The avatar stage on disk: avatar.npz and avatar.ply per person, the refined motion, and the decisions."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from borelli.avatar.depth_maps import DepthMaps, open_depth_maps
from borelli.avatar.files import SavedAvatar, save_avatar
from borelli.avatar.ply import rest_gaussians, write_ply
from borelli.body.model import body_model
from borelli.errors import BorelliError
from borelli.motion.motion import Motion, load_motion, save_motion
from borelli.motion.observations import Observations, load_observations
from borelli.pipeline.avatar import Made, NotMade, make_avatars
from borelli.pipeline.avatar_report import AVATARS, UNREFINED
from borelli.pipeline.cache import whole_file, write_json
from borelli.pipeline.detect import Progress
from borelli.pipeline.job import Job
from borelli.pipeline.physics_files import physics_report, write_physics
from borelli.pipeline.results import OBSERVATIONS, motion_paths
from borelli.video import frames


def write_avatars(job: Job, progress: Progress) -> list[Path]:
    """Learn the avatars; where one cannot be learnt, run.json says why, and the motion stays."""
    motions = [_unrefined(job.folder, load_motion(path)) for path in motion_paths(job)]
    observations = load_observations(job.folder / OBSERVATIONS)
    try:
        depth = _depth(job, observations)
        made = make_avatars(
            motions,
            observations,
            lambda: frames(job.info.path, job.config.start, job.config.end),
            job.config,
            depth,
            progress,
        )
    except BorelliError as error:
        made = [NotMade(str(error)) for _ in motions]
    files, report = [job.folder / AVATARS], {}
    for motion, person in zip(motions, made, strict=True):
        folder = job.folder / f"person_{motion.person}"
        report[str(motion.person)] = _said(person)
        if isinstance(person, NotMade):
            save_motion(folder / "motion.npz", motion)
        else:
            files += _write(folder, person)
    write_json(files[0], report)
    return files


def _depth(job: Job, observations: Observations) -> DepthMaps | None:
    if job.config.depth is None:
        return None
    return open_depth_maps(job.config.depth, len(observations.times), observations.width, observations.height)


def _unrefined(folder: Path, motion: Motion) -> Motion:
    """The motion as the stage before left it, kept aside so that this stage may run again."""
    aside = folder / UNREFINED.format(motion.person)
    if not aside.is_file():
        save_motion(aside, motion)
    return load_motion(aside)


def _write(folder: Path, made: Made) -> list[Path]:
    model = body_model()
    save_motion(folder / "motion.npz", made.motion)
    saved = SavedAvatar(made.avatar, made.person, made.pixel_size, model.version)
    save_avatar(folder / "avatar.npz", saved)
    with whole_file(folder / "avatar.ply") as path:
        write_ply(path, rest_gaussians(saved, model))
    physics = [] if made.physical is None else write_physics(folder, made.motion, made.physical)
    return [folder / "avatar.npz", folder / "avatar.ply", *physics]


def _said(made: Made | NotMade) -> dict[str, Any]:
    """What run.json says of one person."""
    if isinstance(made, NotMade):
        return {"avatar": {"made": False, "reason": made.reason}}
    told: dict[str, Any] = {"avatar": {"made": True} | asdict(made.judgement)}
    return told if made.physical is None else told | physics_report(made.physical)
