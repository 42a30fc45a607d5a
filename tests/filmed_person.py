"""Somebody made of Gaussians, filmed: a motion, pictures, and the masks that a detector would give."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from synthetic_clip import CAMERA, HEIGHT, RATE, T_CAMERA_WORLD, WIDTH, observe_motion

from borelli.avatar.gaussians import View
from borelli.avatar.posing import pose_avatar
from borelli.avatar.splat import rasterise
from borelli.avatar.start import StartConfig, start_avatar
from borelli.body.model import body_model
from borelli.motion.motion import Motion
from borelli.motion.observations import Observations
from borelli.pipeline.config import RunConfig
from borelli.pipeline.detect import silent
from borelli.pipeline.files import person_of
from borelli.pipeline.stages import reconstruct_people
from borelli.video import Frame

CELLS = 64


@dataclass(frozen=True)
class Film:
    """A clip with the motion that an estimator made of it."""

    motion: Motion
    observations: Observations
    images: np.ndarray
    """(T, H, W, 3) uint8."""
    depth: np.ndarray
    """(T, H, W) metres, 0 where the person is not."""

    def frames(self) -> Iterator[Frame]:
        """The frames of the clip."""
        for t, image in enumerate(self.images):
            yield Frame(t, t / RATE, image)


def film(count: int) -> Film:
    """A person with a patterned suit who stands and swings an arm; the motion is not exactly theirs."""
    observations = observe_motion(np.arange(count) / RATE)
    camera = replace(CAMERA, T_camera_world=T_CAMERA_WORLD)
    config = RunConfig(stature=(1.7,), no_physics=True, lifter="none")
    motion = reconstruct_people(observations, camera, "walk.mp4", config, silent).motions[0]
    model, person = body_model(), person_of(motion)
    suit = start_avatar(model, person, StartConfig(count=1500))
    rest = model.vertices[model.faces[suit.faces, 0]]
    suit = replace(suit, colours=0.5 + 0.4 * np.sin(12 * rest + np.arange(3)))
    view = View(motion.K, motion.T_camera_world[0], WIDTH, HEIGHT)
    images, masks, depth = [], [], []
    for q in motion.coordinates:
        shown = rasterise(pose_avatar(suit, model, person, q).gaussians, view)
        images.append(np.clip(255 * (shown.colour + 0.1 * (1 - shown.alpha[..., None])), 0, 255))
        masks.append(shown.alpha > 0.5)
        depth.append(np.where(masks[-1], shown.depth / np.maximum(shown.alpha, 0.5), 0.0))
    track = replace(observations.tracks[0], **_coarse(np.stack(masks)))
    return Film(
        motion, replace(observations, tracks=(track,)), np.stack(images).astype(np.uint8), np.stack(depth)
    )


def _coarse(masks: np.ndarray) -> dict[str, np.ndarray]:
    """Masks (T, H, W) on grids of CELLS x CELLS cells over the picture's square."""
    step = max(WIDTH, HEIGHT) / CELLS
    places = np.round(step * np.arange(CELLS)).astype(int)
    rows, columns = places[places < HEIGHT], places[places < WIDTH]
    grid = np.zeros((len(masks), CELLS, CELLS), dtype=bool)
    grid[:, : len(rows), : len(columns)] = masks[:, rows][:, :, columns]
    T = np.tile(np.array([[step, 0, 0], [0, step, 0]]), (len(masks), 1, 1))
    return {"masks": np.packbits(grid, axis=2), "mask_to_image": T}
