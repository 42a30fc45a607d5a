"""Stretches of frames in which one person was followed: as it grows, and as arrays of what was seen."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from borelli.perception.blazepose import Pose
from borelli.perception.matching import diffuseness

PACKED_AT = 256
"""Frames that are kept one by one, before they become one array: objects take as much as their numbers."""

Measured = tuple[np.ndarray, np.ndarray]
"""Keypoints (K, 3) and covariances (K, 2, 2) of another keypoint network, as in `Pose`."""


@dataclass(frozen=True)
class Sightings:
    """One person in n frames, not necessarily without gaps."""

    side: float
    """Of the region of interest in the last frame, image pixels."""
    colours: np.ndarray
    """(B,) running mean of the colour histograms."""
    frames: np.ndarray
    """(n,) indices, increasing."""
    keypoints: np.ndarray
    """(n, K, 3) float32: x, y in pixels, confidence."""
    covariance: np.ndarray
    """(n, K, 2, 2) float32."""
    diffuseness: np.ndarray
    """(n,)."""
    hints: np.ndarray
    """(n, 33, 3) float32, see `Pose`."""
    masks: np.ndarray
    """(n, M, M // 8) uint8, bits packed by row."""
    T_image_mask: np.ndarray
    """(n, 2, 3)."""

    @property
    def sides(self) -> np.ndarray:
        """(n,) side of the region of interest in image pixels."""
        return np.sqrt(np.abs(np.linalg.det(self.T_image_mask[:, :, :2]))) * self.masks.shape[1]

    @property
    def centres(self) -> np.ndarray:
        """(n, 2) centre of the region of interest, about the mid-hip of the frame before."""
        T = self.T_image_mask
        return T[:, :, :2] @ np.full(2, self.masks.shape[1] / 2) + T[:, :, 2]

    def moved(self, shift: int) -> "Sightings":
        """The same with frames counted from elsewhere."""
        return replace(self, frames=self.frames + shift)

    def cut(self, start: int, stop: int | None = None) -> "Sightings | None":
        """The part in frames [start, stop); None when nothing is left."""
        first = int(np.searchsorted(self.frames, start))
        last = len(self.frames) if stop is None else int(np.searchsorted(self.frames, stop))
        if first == 0 and last == len(self.frames):
            return self
        over_time = {n: v[first:last] for n, v in vars(self).items() if n not in ("side", "colours")}
        return replace(self, **over_time) if last > first else None


@dataclass
class Tracklet:
    """Somebody who is followed: single frames until there are many, then arrays."""

    pose: Pose
    """The latest pose, which places the next region."""
    first: int = -1
    """The frame with which it began."""
    last: int = -1
    count: int = 0
    colours: np.ndarray = field(default_factory=lambda: np.zeros(64))
    """Running mean of the colour histograms."""
    packed: list[Sightings] = field(default_factory=list)
    recent: list[tuple[int, Pose, Measured]] = field(default_factory=list)

    def add(self, frame: int, pose: Pose, measured: Measured | None = None) -> None:
        """Append what was seen in one frame; `measured` replaces the keypoints that are kept."""
        self.pose, self.last = pose, frame
        self.first = frame if self.count == 0 else self.first
        self.count += 1
        rate = max(1 / self.count, 0.02)
        self.colours = (1 - rate) * self.colours + rate * pose.colours
        self.recent.append((frame, pose, measured or (pose.keypoints, pose.covariance)))
        if len(self.recent) == PACKED_AT:
            self._pack()

    def sightings(self) -> list[Sightings]:
        """Everything seen so far, in order."""
        if self.recent:
            self._pack()
        return self.packed

    def _pack(self) -> None:
        def stacked(value: Callable[[Pose], np.ndarray | float]) -> np.ndarray:
            return np.array([value(pose) for _, pose, _ in self.recent])

        self.packed.append(
            Sightings(
                side=self.pose.side,
                colours=self.colours,
                frames=np.array([frame for frame, _, _ in self.recent]),
                keypoints=np.array([keypoints for _, _, (keypoints, _) in self.recent], dtype=np.float32),
                covariance=np.array([covariance for _, _, (_, covariance) in self.recent], dtype=np.float32),
                diffuseness=stacked(diffuseness),
                hints=stacked(lambda pose: pose.hints).astype(np.float32),
                masks=stacked(lambda pose: np.packbits(pose.mask, axis=1)),
                T_image_mask=stacked(lambda pose: pose.T_image_mask),
            )
        )
        self.recent.clear()
