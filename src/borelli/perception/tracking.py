"""People from frame to frame: regions from the last landmarks, a detector on a schedule, one assignment.

Every frame gathers candidate poses (one per followed person, one per new detection), removes repeats, and
assigns what is left to the followed people by keypoints and clothes. So a region that slips from a hidden
person to the one in front makes a repeat, not an exchange.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from borelli.perception.blazepose import BlazePose, Detection, Pose
from borelli.perception.config import PerceptionConfig
from borelli.perception.matching import assign, diffuseness, limb_spread, merge, oks, rank, suppress
from borelli.perception.tracklet import Measured, Sightings, Tracklet

DETECTION_SCORE = 0.5
POSE_SCORE = 0.5
COAST_FRAMES = 8  # a person not found is looked for at the old place for so many frames
HEIGHT_PER_SIDE = 0.8  # body height over the side of the region of interest
MAX_COST = 0.85
MAX_NEW_DIFFUSENESS = 0.03  # somebody followed already may be blurred or half hidden for a while
COLOUR_WEIGHT = 0.3
PLACE_STEP, SIZE_STEP, ANGLE_STEP = 0.15, 1 / 6, np.deg2rad(6.0)  # of hip to circle; octaves; radians
MAX_LIMB_SPREAD = 0.03  # blurrier limbs are looked at again in a freshly laid region


@dataclass(frozen=True)
class Followed:
    """Who was followed through a clip, or through a part of it."""

    times: np.ndarray
    """(N,) seconds of the frames that were looked at."""
    people: list[list[Sightings]]
    """Of everybody followed without interruption, in order of appearance; frames count `times`."""


def snapped(axis: np.ndarray) -> np.ndarray:
    """Mid-hip and circle point (2, 2) on a grid of place, size and angle.

    Regions that differ by little become the same one, whose landmarks are then the same to the bit: two
    trackers that have ever agreed about everybody agree from there on.
    """
    along = axis[1] - axis[0]
    length = float(np.hypot(*along))
    if length == 0:
        return axis
    size = 2.0 ** (np.round(np.log2(length) / SIZE_STEP) * SIZE_STEP)
    angle = np.round(np.arctan2(along[1], along[0]) / ANGLE_STEP) * ANGLE_STEP
    step = PLACE_STEP * size
    centre = np.round(axis[0] / step) * step
    return np.stack([centre, centre + size * np.array([np.cos(angle), np.sin(angle)])])


class Tracker:
    """State of following: who is followed now, who was, and where is looked next."""

    def __init__(
        self,
        networks: BlazePose,
        size: tuple[int, int],
        config: PerceptionConfig,
        measure: Callable[[np.ndarray, Pose], Measured] | None = None,
    ) -> None:
        """`size` is width and height; `measure` re-measures the keypoints of everybody who is followed."""
        self._networks = networks
        self._measure = measure
        self._config = config
        self._whole, self._large, self._small = windows(*size)
        self._looks = 0
        self._live: list[Tracklet] = []
        self._done: list[Tracklet] = []

    @property
    def people(self) -> list[list[Sightings]]:
        """Everybody seen so far, in order of appearance, larger ones first."""
        tracklets = sorted(self._done + self._live, key=lambda t: (t.first, -t.pose.side))
        return [tracklet.sightings() for tracklet in tracklets]

    def step(self, index: int, image: np.ndarray) -> None:
        """Take in the frame (H, W, 3) uint8 with this index; indices must increase by one."""
        candidates = [self._follow(image, track.pose) for track in self._live]
        lost = [c.score < POSE_SCORE for c in candidates]
        if index % self._config.detect_every == 0 or any(lost) or not self._live:
            explained = [c for c, gone in zip(candidates, lost, strict=True) if not gone]
            missing = [t.pose for t, gone in zip(self._live, lost, strict=True) if gone]
            candidates += self._look(image, index == 0, explained, missing)
        found = suppress([c for c in candidates if self._plausible(c)])
        self._update(index, image, found)

    def _follow(self, image: np.ndarray, last: Pose) -> Pose:
        """The pose where somebody was last; the better of two looks when elbows to ankles are blurred.

        A region that lags behind a fast person, or just lies unluckily, gives mixed or exchanged legs.
        """
        first = self._pose(image, last.axis)
        if first.score < POSE_SCORE or limb_spread(first) < MAX_LIMB_SPREAD:
            return first
        return max(first, self._pose(image, first.axis), key=rank)

    def _pose(self, image: np.ndarray, axis: np.ndarray) -> Pose:
        return self._networks.pose(image, snapped(axis) if self._config.snapped else axis)

    def _plausible(self, pose: Pose) -> bool:
        return pose.score >= POSE_SCORE and pose.side * HEIGHT_PER_SIDE >= self._config.min_height_px

    def _look(
        self, image: np.ndarray, everywhere: bool, known: list[Pose], missing: list[Pose]
    ) -> list[Pose]:
        """Poses of people whom the detector sees and nobody followed explains."""
        chosen = [self._whole, *(np.array([*(p.axis[0] - p.side / 2), p.side]) for p in missing)]
        for tiles in (self._large, self._small):
            chosen += tiles if everywhere else tiles[self._looks % max(len(tiles), 1) :][:1]
        self._looks += 1
        found: list[Detection] = []
        for window in chosen:
            found += self._networks.detect(image, window[:2], float(window[2]), DETECTION_SCORE)
        poses = []
        for detection in merge(found):
            if any(_explains(pose, detection) for pose in known):
                continue
            first = self._pose(image, detection.axis)
            if first.score >= POSE_SCORE / 2:  # the second pass, on the network's own region, decides
                second = self._pose(image, first.axis)
                if diffuseness(second) < MAX_NEW_DIFFUSENESS:
                    poses.append(second)
        return poses

    def _update(self, index: int, image: np.ndarray, found: list[Pose]) -> None:
        cost = np.array([[_cost(track, pose) for pose in found] for track in self._live])
        pairs = assign(cost, MAX_COST)
        for row, column in pairs:
            self._add(self._live[row], index, image, found[column])
        taken = {column for _, column in pairs}
        fresh = [pose for column, pose in enumerate(found) if column not in taken]
        still = [track for track in self._live if index - track.last <= COAST_FRAMES]
        self._done += [track for track in self._live if index - track.last > COAST_FRAMES]
        for pose in sorted(fresh, key=lambda p: -p.side)[: max(0, self._config.max_people - len(still))]:
            still.append(Tracklet(pose))
            self._add(still[-1], index, image, pose)
        self._live = still

    def _add(self, track: Tracklet, index: int, image: np.ndarray, pose: Pose) -> None:
        track.add(index, pose, self._measure(image, pose) if self._measure else None)


def windows(width: int, height: int) -> tuple[np.ndarray, list[np.ndarray], list[np.ndarray]]:
    """Square windows (x0, y0, side) for the detector: the whole picture, large tiles, small tiles.

    Tiles overlap by half. The large ones have the picture's short side, the small ones half of it, so that
    people of an eighth of the picture are found.
    """
    long, short = max(width, height), min(width, height)
    whole = np.array([(width - long) / 2, (height - long) / 2, long])
    return whole, _tiles(width, height, short) if short < long else [], _tiles(width, height, short // 2)


def _tiles(width: int, height: int, side: int) -> list[np.ndarray]:
    columns = np.linspace(0, width - side, int(np.ceil(2 * (width - side) / side)) + 1)
    rows = np.linspace(0, height - side, int(np.ceil(2 * (height - side) / side)) + 1)
    return [np.array([x, y, side]) for y in rows for x in columns]


def _explains(pose: Pose, detection: Detection) -> bool:
    """The detection is this person: same hip and same circle point, to a tenth and a fifth of the region."""
    distance = np.linalg.norm(pose.axis - detection.axis, axis=1) / pose.side
    return bool(distance[0] < 0.1 and distance[1] < 0.2)


def _cost(track: Tracklet, pose: Pose) -> float:
    """Unlikeness in [0, 1] of a pose and a followed person, by keypoints and by the clothes' colours."""
    likeness = float(track.colours @ pose.colours)
    return (1 - COLOUR_WEIGHT) * (1 - oks(track.pose, pose)) + COLOUR_WEIGHT * (1 - likeness)
