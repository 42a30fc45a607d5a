"""A person cut out of some frames of a video, with a mask: what renderings of an avatar are compared with."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from borelli.avatar.crops import crop_around, cut_out
from borelli.avatar.gaussians import View
from borelli.avatar.masks import person_mask
from borelli.geometry.camera import Camera
from borelli.motion.observations import Observations
from borelli.video import frames

SIZE = 256
"""Pixels per side."""
SURE = 0.5


@dataclass(frozen=True)
class Portrait:
    """One person in one frame, cropped and undistorted."""

    frame: int
    """Of the motion."""
    view: View
    image: np.ndarray
    """(N, N, 3) in [0, 1]."""
    mask: np.ndarray
    """(N, N) bool: the person, by the detector and the colours of the picture."""

    @property
    def camera(self) -> Camera:
        """The view as a camera."""
        return Camera(self.view.K, np.zeros(0), self.view.width, self.view.height, self.view.T_camera_world)


def portraits(
    video: Path,
    observations: Observations,
    person: int,
    camera: Camera,
    times: np.ndarray,
    points_world: np.ndarray,
    chosen: Sequence[int],
) -> list[Portrait]:
    """Cut a person out of a video.

    Args:
        video: file.
        observations: of that video, with masks.
        person: identity in them.
        camera: of the video, with its pose.
        times: (T,) seconds of the motion's frames.
        points_world: (T, P, 3) points of the moving body, around which the crops lie.
        chosen: frames of the motion; those without a mask are left out.
    """
    own = next(track for track in observations.tracks if track.person == person)
    others = tuple(track for track in observations.tracks if track is not own)
    index = {int(np.abs(observations.times - times[frame]).argmin()): int(frame) for frame in chosen}
    found = []
    for number, picture in enumerate(frames(video)):
        if number not in index:
            continue
        crop = crop_around(points_world[index[number]], camera, SIZE)
        image, inside = cut_out(picture.image, crop, camera)
        seen = person_mask(image, inside, crop, camera, own, others, number)
        if seen is not None:
            mask = (seen.mask > SURE) & (seen.known > SURE)
            found.append(Portrait(index[number], crop.view, image, mask))
    return found
