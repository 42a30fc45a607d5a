"""Motion capture as the policy meets it: seen by a virtual camera, reconstructed, and the truth beside it.

The estimator is told the camera and the stature; the simulated person is the one it finds. The truth is
carried to that body: the same angles over the same path, on the same floor, made physical where that works.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import numpy as np

from borelli.body.kinematics import forward, place
from borelli.body.model import BodyModel, Person
from borelli.body.stature import stature
from borelli.dynamics.clearance import grounded
from borelli.dynamics.contact_points import contact_points
from borelli.dynamics.policy.clips import RATE, Clip, Course, course, frame_times
from borelli.dynamics.policy.from_motion import clip_of_motion
from borelli.dynamics.recorded import physical_motion
from borelli.dynamics.tracking_plan import CLEARANCE, ONSET
from borelli.errors import BorelliError
from borelli.evaluation.mocap import read_clip, read_manifest
from borelli.evaluation.retarget import retarget
from borelli.evaluation.virtual import Scene, observe_scene, performed_by, random_camera, random_person
from borelli.geometry.filters import lowpass
from borelli.geometry.frames import invert_transform
from borelli.motion.motion import Motion, load_motion, save_motion
from borelli.pipeline.config import RunConfig
from borelli.pipeline.detect import silent
from borelli.pipeline.files import performance_of, person_of
from borelli.pipeline.stages import reconstruct_people
from borelli.pipeline.world import World

LONGEST_S = 10.0
CUTOFF_HZ = 6.0
_FLOOR_QUANTILE = 0.3
"""Of the lowest sole point of every frame: the height on which the feet of a recording stand."""


@dataclass(frozen=True)
class Trial:
    """One recording seen by one camera."""

    name: str
    action: str
    clip: Clip
    motion: Motion
    """What the estimator and whole-clip dynamics made of the pictures."""
    joints: np.ndarray
    """(T, 24, 3) the true person's joint centres at RATE in the clip's world, metres."""


@dataclass(frozen=True)
class Refused:
    """A recording of which no clip could be made; it counts as a failure."""

    name: str
    action: str
    seconds: float
    reason: str


def mocap_trials(
    model: BodyModel,
    folder: Path,
    split: str,
    cache: Path,
    actions: Sequence[str] = (),
    cameras: int = 1,
    seed: int = 0,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[list[Trial], list[Refused]]:
    """Trials of the recordings on flat ground of a split, `cameras` of each; reconstructions are kept.

    `actions` limits them to these values of the manifest's column. Raises BorelliError when there are none.
    """
    rows = [row for row in read_manifest(folder) if row["split"] == split and row["ground"] == "flat"]
    rows = [row for row in rows if not actions or row["action"] in actions]
    if not rows:
        raise BorelliError(
            f"{folder}/manifest.csv has no recordings of the split '{split}' for {list(actions)}"
        )
    cache.mkdir(parents=True, exist_ok=True)
    trials, refused = [], []
    jobs = [(row, seed + k) for row in rows for k in range(cameras)]
    for done, (row, number) in enumerate(jobs):
        name = f"{Path(row['file']).name.split('.')[0]}_{number}"
        try:
            trials.append(_trial(model, folder / row["file"], name, row["action"], number, cache))
        except BorelliError as error:
            refused.append(Refused(name, row["action"], float(row["seconds"]), str(error)))
        progress(done + 1, len(jobs))
    return trials, refused


def _trial(model: BodyModel, path: Path, name: str, action: str, seed: int, cache: Path) -> Trial:
    key = sha256(path.read_bytes() + model.version.encode() + str(seed).encode()).hexdigest()[:16]
    seen, truth = cache / f"{key}.motion.npz", cache / f"{key}.truth.npz"
    if not truth.is_file():
        _make(model, path, seed, seen, truth)
    motion = load_motion(seen)
    with np.load(truth, allow_pickle=False) as data:
        reference = Course(data["coordinates"], data["rates"], data["torques"])
        joints = data["joints"]
    clip = clip_of_motion(model, motion, performance_of(motion), name, reference)
    return Trial(name, action, clip, motion, joints)


def _make(model: BodyModel, path: Path, seed: int, seen: Path, truth: Path) -> None:
    """Show a recording to a camera, reconstruct it, and carry the truth over."""
    rng = np.random.default_rng([seed, *path.name.encode()])
    recording = read_clip(path)
    every = max(1, round(1 / RATE / float(np.median(np.diff(recording.times)))))
    some = slice(0, int(LONGEST_S * RATE) * every, every)
    found = retarget(
        model,
        replace(
            recording,
            times=recording.times[some],
            joints=recording.joints[some],
            rotations=recording.rotations[some],
        ),
    )
    person = random_person(model, rng)
    coordinates = performed_by(model, person, found.person, found.coordinates)
    coordinates = _on_floor(model, person, lowpass(coordinates, found.times, CUTOFF_HZ))
    camera = random_camera(model, person, coordinates, rng)
    assert camera.T_camera_world is not None
    observations = observe_scene(model, Scene(found.times, person, coordinates, camera), rng)
    config = RunConfig(stature=(stature(model, person),))
    motion = reconstruct_people(observations, camera, path.name, config, silent).motions[0]
    T_world_mocap = invert_transform(motion.T_camera_world[0]) @ camera.T_camera_world
    yaw = float(np.arctan2(-T_world_mocap[2, 0], T_world_mocap[0, 0]))
    carried = World(yaw, T_world_mocap).coordinates(coordinates, model.skeleton)
    first = int(np.abs(found.times - motion.time[0]).argmin())
    window = slice(first, first + len(motion.time))
    carried, times = carried[window], found.times[window]
    at = frame_times(motion.time)
    reference = _reference(model, person, person_of(motion), times, carried, at, motion.mass)
    joints = forward(model, person, course(times, carried, at).coordinates).joints
    save_motion(seen, motion)
    part = truth.with_suffix(".part.npz")
    np.savez_compressed(
        part,
        coordinates=reference.coordinates,
        rates=reference.rates,
        torques=reference.torques,
        joints=joints,
    )
    part.replace(truth)


def _reference(
    model: BodyModel,
    person: Person,
    found: Person,
    times: np.ndarray,
    coordinates: np.ndarray,
    at: np.ndarray,
    mass: float,
) -> Course:
    """The truth for the body that the estimator has found; without torques where physics does not apply."""
    own = coordinates.copy()
    own[:, -2] = performed_by(model, found, person, coordinates)[:, -2]
    own = _on_floor(model, found, own)
    try:
        physical = physical_motion(model, found, times, own, mass)
    except BorelliError:
        return course(times, own, at)
    return course(times, grounded(model, physical, CLEARANCE, ONSET), at, physical.torques)


def _on_floor(model: BodyModel, person: Person, coordinates: np.ndarray) -> np.ndarray:
    """Coordinates (T, 49) raised so that the feet stand on y = 0."""
    touch, raised = contact_points(model), coordinates.copy()
    soles = place(forward(model, person, coordinates), touch.points.at(touch.soles), model, person)
    raised[:, -2] -= np.quantile(soles[..., 1].min(axis=1), _FLOOR_QUANTILE)
    return raised
