"""The frames that teach and judge an avatar, cut out of a video with masks and depth."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from borelli.avatar.crops import Crop, crop_around, cut_out, distorted, sample
from borelli.avatar.depth_maps import DepthMaps
from borelli.avatar.key_frames import FEWEST, Shot, Split, split_frames
from borelli.avatar.losses import Target
from borelli.avatar.masks import person_mask
from borelli.avatar.pose_evidence import Subject
from borelli.avatar.refine_config import RefineConfig
from borelli.body.kinematics import forward, joint_points, landmark_points, place
from borelli.errors import BorelliError
from borelli.motion.observations import Track
from borelli.video import Frame

BLACK = 0.03
"""Brightness in [0, 1] below which the brightest tenth of a person is not seen."""
IN_PICTURE = 0.6
"""Share of the joints and landmarks that a usable frame must show."""


@dataclass(frozen=True, eq=False)
class Footage:
    """One person in a video: who they are in it, and where their frames are."""

    own: Track
    """Over all frames of the video."""
    others: tuple[Track, ...]
    first: int
    """Frame of the video at which the motion begins."""
    depth: DepthMaps | None = None
    """One map per frame of the video."""


def choose(subject: Subject, footage: Footage, valid: np.ndarray, config: RefineConfig) -> Split:
    """Key frames and held-out frames among those that show the person and have a mask.

    Args:
        subject: T frames.
        footage: the video.
        valid: (T,) bool, frames that the estimator vouches for.
        config: how many of each.

    Raises:
        BorelliError: no masks at all, or too few usable frames; the message says which.
    """
    if footage.own.masks is None or footage.own.mask_to_image is None:
        raise BorelliError(
            "the avatar needs person masks, and these keypoints came without: run the built-in detector "
            "(leave out --keypoints), or leave out --avatar"
        )
    frames = footage.first + np.arange(len(subject.coordinates))
    masked = np.isfinite(footage.own.mask_to_image[frames]).all(axis=(1, 2))
    masked &= footage.own.masks[frames].any(axis=(1, 2))
    if masked.sum() < FEWEST:
        raise BorelliError(
            f"the avatar needs person masks in {FEWEST} frames, and {masked.sum()} have one: "
            "give a longer clip, or leave out --avatar"
        )
    seen = _in_picture(subject) >= IN_PICTURE
    if (seen & masked).sum() < FEWEST:
        raise BorelliError(
            f"the person is mostly outside the picture: {(seen & masked).sum()} of {len(frames)} frames show "
            f"{100 * IN_PICTURE:.0f} % of the body, the avatar needs {FEWEST}; leave out --avatar"
        )
    return split_frames(masked & seen & valid, config.key_frames, config.held_out)


def gather(
    pictures: Iterable[Frame], subject: Subject, footage: Footage, split: Split, config: RefineConfig
) -> tuple[list[Shot], list[Shot]]:
    """Key shots and held-out shots from the frames of the video, which are read once.

    Raises:
        BorelliError: too few frames show anything but black, or a depth map is bad.
    """
    wanted = set((footage.first + np.r_[split.key, split.held_out]).tolist())
    found: dict[int, Shot] = {}
    for picture in pictures:
        if picture.index in wanted:
            frame = picture.index - footage.first
            shot = _shot(picture, frame, subject, footage, config)
            if shot is not None:
                found[frame] = shot
        if picture.index >= max(wanted):
            break
    key = [found[frame] for frame in split.key if frame in found]
    held_out = [found[frame] for frame in split.held_out if frame in found]
    if len(key) + len(held_out) < FEWEST or not held_out:
        raise BorelliError(
            f"{len(wanted) - len(found)} of {len(wanted)} frames looked at are black where the person is; "
            "the avatar cannot be learnt from them: brighten the video, or leave out --avatar"
        )
    return key, held_out


def _shot(
    picture: Frame, frame: int, subject: Subject, footage: Footage, config: RefineConfig
) -> Shot | None:
    """One crop, or None where it shows nothing."""
    crop = crop_around(_body(subject, frame), subject.camera, config.size)
    image, inside = cut_out(picture.image, crop, subject.camera)
    found = person_mask(image, inside, crop, subject.camera, footage.own, footage.others, picture.index)
    if found is None or not _lit(image, found.mask * found.known):
        return None
    depth = None if footage.depth is None else _depth(footage.depth, picture.index, crop, subject)
    return Shot(frame, crop.view, Target(image, found.mask, found.known, depth))


def _lit(image: np.ndarray, mask: np.ndarray) -> bool:
    pixels = image[mask > 0.5]
    return len(pixels) > 0 and float(np.quantile(pixels.max(axis=1), 0.9)) > BLACK


def _depth(maps: DepthMaps, index: int, crop: Crop, subject: Subject) -> np.ndarray:
    """(N, N) metres in the crop; nearest, as depth between two surfaces is no surface."""
    return sample(maps.frame(index), distorted(crop.pixels, subject.camera), order=0)


def _body(subject: Subject, frame: int) -> np.ndarray:
    """(P, 3) joints and landmarks in one frame, world."""
    model = subject.model
    pose = forward(model, subject.person, subject.coordinates[frame : frame + 1])
    points = joint_points(model).and_then(landmark_points(model))
    return place(pose, points, model, subject.person)[0]


def _in_picture(subject: Subject) -> np.ndarray:
    """(T,) share of joints and landmarks that the picture shows."""
    camera, model = subject.camera, subject.model
    assert camera.T_camera_world is not None
    points = joint_points(model).and_then(landmark_points(model))
    world = place(forward(model, subject.person, subject.coordinates), points, model, subject.person)
    seen = world @ camera.T_camera_world[:3, :3].T + camera.T_camera_world[:3, 3]
    ahead = seen[..., 2] > 0.1
    pixels = camera.project(np.where(ahead[..., None], seen, [0.0, 0.0, 1.0]))
    inside = (pixels > -0.5).all(axis=-1) & (pixels < (camera.width - 0.5, camera.height - 0.5)).all(axis=-1)
    return (inside & ahead).mean(axis=1)
