"""What each stage of a run writes into the folder of its video, and run.json, which describes it all."""

import json
import warnings
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from borelli.dynamics.config import PhysicsConfig
from borelli.dynamics.sampling import SamplingConfig
from borelli.errors import BorelliError
from borelli.fitting.config import EstimatorConfig
from borelli.fitting.windows import Mapper
from borelli.memory import give_back
from borelli.motion.motion import load_motion, save_motion
from borelli.motion.observations import load_observations, observed_times, save_observations
from borelli.perception import PerceptionConfig
from borelli.pipeline.avatar_report import remove_unrefined, with_avatars
from borelli.pipeline.cache import StageRecord, whole_file, write_json
from borelli.pipeline.detect import Observer, Progress
from borelli.pipeline.files import write_person
from borelli.pipeline.job import Job
from borelli.pipeline.page import with_page
from borelli.pipeline.physics_files import physics_report, write_physics
from borelli.pipeline.stages import reconstruct_people, watch
from borelli.pipeline.versions import versions
from borelli.report.overlay_file import draw_overlay
from borelli.video import frames

FORMAT = "borelli-run-1"
RUN = "run.json"
OBSERVATIONS, WARNINGS, JUDGEMENT = "stages/observations.npz", "stages/warnings.json", "stages/judgement.json"


def write_observations(job: Job, observer: Observer, progress: Progress) -> list[Path]:
    """Find the people: observations and warnings about the file."""
    seen = watch(job.info, job.config, progress, observer)
    with whole_file(job.folder / OBSERVATIONS) as path:
        save_observations(path, seen.observations)
    write_json(job.folder / WARNINGS, seen.warnings)
    del seen
    give_back()
    return [job.folder / OBSERVATIONS, job.folder / WARNINGS]


def write_motions(job: Job, progress: Progress, over: Mapper = map) -> list[Path]:
    """Estimate the motion of the people: one motion.npz each, and how far to trust them."""
    found = reconstruct_people(
        load_observations(job.folder / OBSERVATIONS, masks=False),
        job.camera,
        job.info.path.name,
        job.config,
        progress,
        lambda: frames(job.info.path, job.config.start, job.config.end),
        over,
    )
    remove_unrefined(job.folder)
    files = [job.folder / JUDGEMENT]
    for motion, physical in zip(found.motions, found.physical, strict=True):
        folder = job.folder / f"person_{motion.person}"
        files += [folder / "motion.npz", *write_physics(folder, motion, physical)]
        save_motion(folder / "motion.npz", motion)
    judgement = {
        "camera": asdict(found.camera) | {"summary": found.camera.line()},
        "people": [
            asdict(person) | physics_report(physical)
            for person, physical in zip(found.verdicts, found.physical, strict=True)
        ],
        "dropped": [asdict(person) for person in found.dropped],
    }
    write_json(files[0], judgement)
    return files


def write_files(job: Job, progress: Progress) -> list[Path]:
    """Files for other programs, per person."""
    files: list[Path] = []
    paths = motion_paths(job)
    for done, path in enumerate(paths):
        progress("files", done, len(paths))
        files += write_person(path.parent, load_motion(path))
    progress("files", len(paths), len(paths))
    return files


def write_overlay(job: Job, progress: Progress, over: Mapper = map) -> list[Path]:
    """The people drawn over the video, or over the photo."""
    path = job.folder / ("overlay.mp4" if job.info.fps > 0 else "overlay.jpg")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # damage was stated when the video was first read
        draw_overlay(
            path,
            job.info,
            [load_motion(path) for path in motion_paths(job)],
            observed_times(job.folder / OBSERVATIONS),
            (job.config.start, job.config.end),
            lambda done, expected: progress("overlay", done, expected),
            over,
        )
    return [path]


def motion_paths(job: Job) -> list[Path]:
    """Motions that the stage `motion` wrote, in order of id."""
    people = _read_json(job.folder / JUDGEMENT)["people"]
    return [job.folder / f"person_{person['person']}" / "motion.npz" for person in people]


def read_report(folder: Path) -> dict | None:
    """The content of run.json, None when there is none. Raises BorelliError when it is not ours."""
    if not (folder / RUN).is_file():
        return None
    report = _read_json(folder / RUN)
    if not isinstance(report, dict) or report.get("format") != FORMAT:
        raise BorelliError(f"{folder / RUN} was not written by this version; choose another --out")
    return report


def write_report(job: Job, records: Sequence[StageRecord]) -> dict:
    """Write report.html and then run.json, whose presence says that the folder is complete."""
    by_stage = {record.stage: record for record in records}
    order = [stage for stage in ("overlay", "motion", "avatar", "files") if stage in by_stage]
    names = dict.fromkeys(name for stage in order for name in by_stage[stage].files)
    listed = [name for name in names if not name.startswith("stages/")]
    report = {
        "format": FORMAT,
        "key": job.key,
        "video": job.info.path.name,
        "video_sha256": job.input_hash,
        "frame_size": [job.info.width, job.info.height],
        "config": asdict(job.config),
        "perception": asdict(PerceptionConfig()),
        "estimator": asdict(EstimatorConfig()),
        "physics": asdict(PhysicsConfig()),
        "versions": versions(),
        "seeds": [SamplingConfig().seed] if job.config.simulate else [],
        "seconds": {record.stage: record.seconds for record in records},
        "warnings": _read_json(job.folder / WARNINGS),
        **with_avatars(job.folder, _read_json(job.folder / JUDGEMENT)),
        "files": sorted(listed, key=_worth),
    }
    plain = json.loads(json.dumps(report, default=str))
    write_json(job.folder / RUN, with_page(job.folder, plain, "warnings"))
    return json.loads((job.folder / RUN).read_text("utf-8"))


def remove_report(folder: Path) -> None:
    """Say that the folder is not complete any more."""
    (folder / RUN).unlink(missing_ok=True)


def remove_stale(folder: Path, old: dict | None, new: dict) -> None:
    """Delete results of the run that was replaced, as far as they were not written anew."""
    for name in set(old["files"] if old else ()) - set(new["files"]):
        path = folder / name
        path.unlink(missing_ok=True)
        if path.parent != folder and path.parent.is_dir() and not any(path.parent.iterdir()):
            path.parent.rmdir()


def _worth(name: str) -> tuple[int, str]:
    """Pictures before numbers, then person by person."""
    return (0 if name.startswith("overlay") else 1, name)


def _read_json(path: Path):  # type: ignore[no-untyped-def]
    return json.loads(path.read_text("utf-8"))
