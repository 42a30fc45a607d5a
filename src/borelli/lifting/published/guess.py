"""First guesses of posture from a published network: crops of a clip in, coordinates and their doubt out."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from borelli.body.skel import SkelModel
from borelli.body.skeleton import skeleton
from borelli.errors import BorelliError
from borelli.geometry.camera import Camera
from borelli.lifting.published.crops import CropBoxes, box_features, crop, crop_boxes, crop_turns
from borelli.lifting.published.foreign_poses import from_skel, from_smpl
from borelli.lifting.published.kinds import KNOWS_PLACE, MPJPE_3DPW, Kind
from borelli.lifting.published.pose_codes import skel_angles, smpl_rotations
from borelli.lifting.published.skel_constants import SkelBones, skel_bones
from borelli.motion.observations import Track
from borelli.video import Frame

if TYPE_CHECKING:
    from borelli.lifting.published.load import Network

BATCH = 8
SAME_TIME = 1e-3
"""Seconds by which a frame's time may differ from that of its observation."""
LIMB = 0.42
"""Metres: thigh or shank."""


class BodyNetwork(Protocol):
    """What is asked of a network; `load.Network` is one."""

    @property
    def kind(self) -> Kind:
        """Which published network it is."""
        ...

    @property
    def body(self) -> Mapping[str, np.ndarray]:
        """SKEL's constants, where the checkpoint holds them."""
        ...

    def predict(self, pictures: np.ndarray, boxes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Pose codes (N, 144) and shapes (N, 10) of crops (N, 3, 256, 192) with their place (N, 3)."""
        ...


@dataclass(frozen=True)
class _Part:
    """The crop of one person in one frame."""

    person: int
    frame: int
    picture: np.ndarray
    """(3, 256, 192)."""


Answers = dict[int, tuple[np.ndarray, np.ndarray]]
"""Frame to pose code (144,) and shape (10,)."""


@dataclass(frozen=True)
class CrudeGuess:
    """One person over all T frames of a clip."""

    times: np.ndarray
    """(T,) seconds."""
    coordinates: np.ndarray
    """(T, 46) radians inside our limits; the pelvis' three are zero, see R_camera_pelvis."""
    R_camera_pelvis: np.ndarray
    """(T, 3, 3), in the axes of the real camera."""
    seen: np.ndarray
    """(T,) bool: False where the person has no box; coordinates there are carried over from neighbours."""
    sigma: np.ndarray
    """(J,) radians: standard deviation of each segment's direction per axis; inf where nothing is known."""


def open_network(kind: Kind, checkpoint: Path) -> "Network":
    """Load a published network from the user's checkpoint.

    Raises BorelliError without PyTorch, or for a file that is not the checkpoint of this network.
    """
    try:
        from borelli.lifting.published.load import load_network
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        raise BorelliError(
            f"--lifter {kind} runs on PyTorch, which is not installed: pip install 'borelli[torch]'"
        ) from error
    return load_network(kind, checkpoint)


def network_guesses(
    pictures: Iterable[Frame],
    times: np.ndarray,
    tracks: tuple[Track, ...],
    camera: Camera,
    network: BodyNetwork,
    skel: SkelModel | None = None,
    rate_hz: float = np.inf,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[CrudeGuess, ...]:
    """Guesses for several people from one pass over a clip.

    Args:
        pictures: the clip; frames whose time is not among `times` are passed over.
        times: (T,) seconds, of the observations.
        tracks: the people, each over T frames.
        camera: intrinsics of the clip.
        network: from `open_network`.
        skel: the user's SKEL file; without it, and unless the checkpoint holds SKEL's constants, HSMR and
            SKEL-CF say nothing about arms.
        rate_hz: crops per person and second; between them the continuous pose code is interpolated.
        progress: called with (crops done, crops wanted).

    Raises BorelliError when no wanted frame can be decoded for a person.
    """
    boxes = [crop_boxes(track.boxes) for track in tracks]
    wanted = [_chosen(box.seen, times, rate_hz) for box in boxes]
    places = [box_features(box, camera) for box in boxes]
    found: list[Answers] = [{} for _ in boxes]
    for batch in _batches(_crops(pictures, times, boxes, wanted)):
        here = np.stack([places[part.person][part.frame] for part in batch])
        codes, shapes = network.predict(np.stack([part.picture for part in batch]), here)
        for part, code, shape in zip(batch, codes, shapes, strict=True):
            found[part.person][part.frame] = code, shape
        if progress is not None:
            progress(sum(map(len, found)), sum(int(w.sum()) for w in wanted))
    bones = SkelBones(skel, arms=True) if skel is not None else skel_bones(network.body)
    return tuple(
        _guess(network, bones, times, box, camera, answers, track)
        for box, answers, track in zip(boxes, found, tracks, strict=True)
    )


def direction_sd(mpjpe: float) -> float:
    """Radians per axis by which the direction of a limb errs whose two ends err by `mpjpe` metres on average.

    The mean length of a normal error in three dimensions is 1.596 standard deviations per axis (Maxwell).
    """
    return float(np.sqrt(2) * mpjpe / 1.596 / LIMB)


def _chosen(seen: np.ndarray, times: np.ndarray, rate_hz: float) -> np.ndarray:
    """(T,) bool: seen frames that lie at least a period apart."""
    result, due = np.zeros(len(times), dtype=bool), -np.inf
    for i in np.flatnonzero(seen):
        if times[i] >= due - 1e-6:
            result[i], due = True, times[i] + 1 / rate_hz
    return result


def _crops(
    pictures: Iterable[Frame], times: np.ndarray, boxes: list[CropBoxes], wanted: list[np.ndarray]
) -> Iterator[_Part]:
    for picture in pictures:
        frame = int(np.argmin(np.abs(times - picture.time)))
        if abs(times[frame] - picture.time) > SAME_TIME:
            continue
        for person, box in enumerate(boxes):
            if wanted[person][frame]:
                yield _Part(person, frame, crop(picture.image, box.centres[frame], float(box.sides[frame])))


def _batches(parts: Iterator[_Part]) -> Iterator[list[_Part]]:
    while batch := list(islice(parts, BATCH)):
        yield batch


def _guess(
    network: BodyNetwork,
    bones: SkelBones,
    times: np.ndarray,
    boxes: CropBoxes,
    camera: Camera,
    found: Answers,
    track: Track,
) -> CrudeGuess:
    """All frames of a person from those that the network saw."""
    if not found:
        raise BorelliError(f"no frame shows person {track.person}; is this the video of the keypoints?")
    frames = sorted(found)
    codes = np.stack([found[frame][0] for frame in frames])
    shape = np.median([found[frame][1] for frame in frames], axis=0)
    bridged = np.stack([np.interp(times, times[frames], column) for column in codes.T], axis=1)
    smpl = network.kind == "hmr2"
    pose = from_smpl(smpl_rotations(bridged)) if smpl else from_skel(skel_angles(bridged), bones, shape)
    turn = np.eye(3) if network.kind in KNOWS_PLACE else crop_turns(boxes, camera)
    R_camera_pelvis = turn @ pose.R_frame_pelvis
    coordinates = pose.coordinates.copy()
    coordinates[:, skeleton().hinges(0)] = 0.0
    sd = direction_sd(MPJPE_3DPW[network.kind])
    sigma = np.where(pose.known, sd, np.inf)
    return CrudeGuess(times, coordinates, R_camera_pelvis, boxes.seen, sigma)
