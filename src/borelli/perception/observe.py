"""The face of perception: frames in, tracks of keypoints out, with bounded memory."""

import queue
import threading
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from borelli.errors import BorelliError
from borelli.memory import give_back
from borelli.motion.observations import Observations, Track
from borelli.perception.blazepose import MASK_SIDE, BlazePose
from borelli.perception.config import PerceptionConfig
from borelli.perception.identity import people
from borelli.perception.keypoint_sets import keypoint_set
from borelli.perception.onnx_pose import OnnxPose
from borelli.perception.set_choice import set_of
from borelli.perception.swaps import repair
from borelli.perception.tracking import Followed, Tracker
from borelli.perception.tracklet import Sightings
from borelli.video import Frame, VideoInfo

MAX_AHEAD = 8
MAX_AHEAD_BYTES = 256 * 2**20
GIVEN_BACK = 64
"""Pieces of a person's sightings after which their memory is handed back, about 60 MB."""


def observe(
    frames: Iterable[Frame],
    info: VideoInfo,
    config: PerceptionConfig | None = None,
    progress: Callable[[int, int], None] | None = None,
    loaded: BlazePose | None = None,
) -> Observations:
    """Find and follow the people of a clip with BlazePose.

    Args:
        frames: the clip, in order; read once, in a thread of its own.
        info: what `probe` said about it.
        config: choices; the defaults if None.
        progress: called with (frames done, frames expected) after every frame.
        loaded: BlazePose, when it is loaded already; else it is loaded here.

    Raises:
        BorelliError: the networks cannot be had, the clip has no frame, or shows nobody, or the user's
            own network is not of a known keypoint set.
    """
    config = config or PerceptionConfig()
    return observations_of(follow(frames, info, config, progress, loaded), info, config)


def follow(
    frames: Iterable[Frame],
    info: VideoInfo,
    config: PerceptionConfig,
    progress: Callable[[int, int], None] | None = None,
    loaded: BlazePose | None = None,
) -> Followed:
    """The first half of `observe`: who was followed through which frames. Arguments and errors as there."""
    network = OnnxPose(config.keypoint_network, config.threads) if config.keypoint_network else None
    size = info.width, info.height
    blazepose = loaded or BlazePose(config.models_dir, config.threads)
    tracker = Tracker(blazepose, size, config, network.measure if network else None)
    times: list[float] = []
    ahead = max(1, min(MAX_AHEAD, MAX_AHEAD_BYTES // (3 * info.width * info.height)))
    for frame in read_ahead(frames, ahead):
        tracker.step(len(times), frame.image)
        times.append(frame.time)
        if progress is not None:
            progress(len(times), max(info.frame_count, len(times)))
    if not times:
        raise BorelliError(f"{info.path} has no frames to look at; check the file or the time range")
    return Followed(np.array(times), tracker.people)


def observations_of(followed: Followed, info: VideoInfo, config: PerceptionConfig) -> Observations:
    """The second half of `observe`: stretches joined to people. Errors as there.

    Takes the sightings out of `followed`: those of hours are not to be in memory twice.
    """
    clock, seen = followed.times, followed.people.copy()
    followed.people.clear()
    found = people(seen, clock, config.min_track_s, config.max_gap_s)
    seen.clear()
    if not found:
        raise BorelliError(
            f"nobody was found in {info.path} ({len(clock)} frames); people must be at least "
            f"{config.min_height_px:g} px tall and mostly visible"
        )
    own = config.keypoint_set if config.keypoint_network else "blazepose33"
    keypoints = set_of(found[0][0].keypoints.shape[1], own)
    tracks = (_track(person, chain, len(clock), keypoints.keypoints) for person, chain in enumerate(found))
    repaired = tuple(repair(track, keypoints.keypoints) for track in tracks)
    return Observations(clock, info.width, info.height, keypoints.name, repaired)


def read_ahead(frames: Iterable[Frame], ahead: int = MAX_AHEAD) -> Iterator[Frame]:
    """The same frames, decoded by a background thread at most `ahead` in advance; errors pass on."""
    waiting: queue.Queue[Frame | BaseException | None] = queue.Queue(ahead)
    stop = threading.Event()

    def produce() -> None:
        end: BaseException | None = None
        try:
            for frame in frames:
                while not stop.is_set():
                    try:
                        waiting.put(frame, timeout=0.1)
                        break
                    except queue.Full:
                        continue
                if stop.is_set():
                    return
        except BaseException as error:  # handed to the consumer, who raises it
            end = error
        while not stop.is_set():
            try:
                waiting.put(end, timeout=0.1)
                return
            except queue.Full:
                continue

    thread = threading.Thread(target=produce, name="decode", daemon=True)
    thread.start()
    try:
        while (item := waiting.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stop.set()
        thread.join()


def _track(person: int, chain: list[Sightings], count: int, names: tuple[str, ...]) -> Track:
    """Arrays over all frames of the clip from the stretches in which a person was seen; empties `chain`."""
    keypoints = np.full((count, len(names), 3), np.nan, dtype=np.float32)
    keypoints[..., 2] = 0
    covariance = np.full((count, len(names), 2, 2), np.nan, dtype=np.float32)
    hints = np.full((count, len(names), 3), np.nan, dtype=np.float32)
    masks = np.zeros((count, MASK_SIDE, MASK_SIDE // 8), dtype=np.uint8)
    mask_to_image = np.full((count, 2, 3), np.nan)
    blazepose = keypoint_set("blazepose33")
    shared = [(k, i) for k, name in enumerate(names) if (i := blazepose.index(name)) is not None]
    to, source = np.array(shared).T
    while chain:
        seen = chain.pop()
        keypoints[seen.frames] = seen.keypoints
        covariance[seen.frames] = seen.covariance
        hints[np.ix_(seen.frames, to)] = seen.hints[:, source]
        masks[seen.frames] = seen.masks
        mask_to_image[seen.frames] = seen.T_image_mask
        del seen
        if len(chain) % GIVEN_BACK == 0:
            give_back()
    swapped = np.zeros(count, dtype=bool)
    boxes = np.concatenate([keypoints[..., :2].min(axis=1), keypoints[..., :2].max(axis=1)], axis=1)
    return Track(person, keypoints, covariance, hints, boxes, swapped, masks, mask_to_image)
