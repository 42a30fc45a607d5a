"""Clips to train on: results of `borelli run`, or motion capture seen by virtual cameras.

The motion that the expert performs is the one that whole-clip dynamics found in the video, on the floor that
it found: the student is taught to perform what it sees. The truth behind motion capture is for evaluation.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from borelli.body.model import BodyModel
from borelli.dynamics.policy.clips import Clip
from borelli.dynamics.policy.from_motion import clip_of_motion
from borelli.errors import BorelliError
from borelli.evaluation.policy_clips import mocap_trials
from borelli.motion.motion import load_motion
from borelli.pipeline.files import performance_of

VIEWS = 4
"""Virtual cameras, each with a person of its own, of every recording."""


def training_clips(
    model: BodyModel,
    folder: Path,
    cache: Path,
    progress: Callable[[int, int], None],
    actions: Sequence[str] = (),
) -> list[Clip]:
    """Clips of a folder, each with its own nominal motion as reference.

    A folder with a manifest.csv is a pack of motion capture: recordings of its training split on flat ground,
    of the kinds `actions` or of all, are seen by a few virtual cameras each and reconstructed (kept in
    `cache`). In any other folder all motion.npz with forces are taken.

    Raises BorelliError when nothing in it can be used.
    """
    if (folder / "manifest.csv").is_file():
        trials, _ = mocap_trials(model, folder, "train", cache, actions, VIEWS, progress=progress)
        clips = [trial.clip for trial in trials]
    else:
        clips = _reconstructed(model, folder)
    if not clips:
        raise BorelliError(
            f"{folder} has no clips to train on: give a folder with a manifest.csv of motion capture, or "
            "results of `borelli run` in which physics succeeded"
        )
    return [replace(clip, reference=clip.nominal) for clip in clips]


def _reconstructed(model: BodyModel, folder: Path) -> list[Clip]:
    clips = []
    for path in sorted(folder.rglob("motion.npz")):
        motion = load_motion(path)
        performance = performance_of(motion)
        if performance is not None:
            clips.append(clip_of_motion(model, motion, performance, str(path.parent)))
    return clips
