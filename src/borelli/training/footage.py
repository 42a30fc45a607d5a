"""People in the user's videos as footage to learn from: perception runs once per video and is kept."""

from pathlib import Path

from borelli.body.model import body_model
from borelli.errors import BorelliError
from borelli.fitting.config import EstimatorConfig
from borelli.fitting.evidence import make_evidence
from borelli.motion.observations import load_observations, save_observations, trimmed
from borelli.perception.keypoint_sets import keypoint_set
from borelli.pipeline.assemble import span
from borelli.pipeline.camera import choose_camera
from borelli.pipeline.config import RunConfig
from borelli.pipeline.detect import find_people, silent
from borelli.pipeline.people import select
from borelli.training.loop import Footage
from borelli.video import probe

VIDEOS = (".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v")
SHORTEST = 24
"""Frames of a person that are enough to learn from."""
LONGEST = 600
"""Frames of a person that are used."""


def read_footage(folder: Path, models: Path | None, work: Path) -> list[Footage]:
    """Everybody in the videos of a folder. Raises BorelliError when there is nobody."""
    paths = (
        sorted(path for path in folder.iterdir() if path.suffix.lower() in VIDEOS) if folder.is_dir() else []
    )
    if not paths:
        raise BorelliError(f"{folder} holds no videos ({', '.join(VIDEOS)})")
    found = [shot for path in paths for shot in _people(path, RunConfig(models=models), work)]
    if not found:
        raise BorelliError(f"nobody was found in the {len(paths)} videos of {folder}")
    return found


def _people(path: Path, run: RunConfig, work: Path) -> list[Footage]:
    info = probe(path)
    kept = work / "observations" / f"{path.name}.npz"
    if not kept.is_file():
        kept.parent.mkdir(parents=True, exist_ok=True)
        save_observations(kept, find_people(info, run, silent))
    observations = load_observations(kept)
    camera = choose_camera(run, info.width, info.height, info.focal_35mm, info.fps == 0, path.stem)
    keypoints, found = keypoint_set(observations.keypoint_set), []
    for track in select(observations, run.people)[0]:
        seen = span(track)
        seen = slice(seen.start, min(seen.stop, seen.start + LONGEST))
        if seen.stop - seen.start >= SHORTEST:
            evidence = make_evidence(
                body_model(),
                trimmed(track, seen),
                observations.times[seen],
                keypoints,
                camera,
                EstimatorConfig(),
            )
            found.append(Footage(f"{path.name}/{track.person}", evidence, camera, None))
    return found
