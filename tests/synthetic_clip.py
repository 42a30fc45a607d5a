"""Tiny videos and observations of a known motion, for tests of the pipeline, the commands and the overlay."""

from pathlib import Path

import numpy as np

from borelli.body.kinematics import forward, place
from borelli.body.model import body_model
from borelli.body.stature import person_of_stature
from borelli.geometry.camera import Camera
from borelli.motion.observations import Observations, Track
from borelli.perception.keypoint_sets import keypoint_set
from borelli.pipeline.config import RunConfig
from borelli.pipeline.detect import Progress
from borelli.video import VideoInfo, frames, write_video

WIDTH, HEIGHT, RATE = 160, 120, 30.0
CAMERA = Camera(np.array([[130.0, 0, 79.5], [0, 130.0, 59.5], [0, 0, 1]]), np.zeros(0), WIDTH, HEIGHT)
T_CAMERA_WORLD = np.array([[0.0, 0, 1, 0], [0, -1, 0, 1.2], [1, 0, 0, 3.0], [0, 0, 0, 1]])
"""1.2 m over the floor, 3 m behind the origin, looking along +X: who faces +X shows the back."""


def make_video(path: Path, count: int = 8, size: tuple[int, int] = (WIDTH, HEIGHT)) -> Path:
    """A grey clip of `count` frames."""
    picture = np.full((size[1], size[0], 3), 90, dtype=np.uint8)
    write_video(path, ((i / RATE, picture) for i in range(count)), RATE)
    return path


def moving_coordinates(count: int, place_z: float = 0.0, heading: float = 0.0) -> np.ndarray:
    """(T, 49) of somebody who stands and swings an arm, `place_z` metres to the right of the origin."""
    table = body_model().skeleton
    q = np.tile(table.neutral, (count, 1))
    q[:, table.coordinate("arm_flex_r")] = np.linspace(0.0, 0.6, count)
    q[:, table.coordinate("pelvis_rotation")] = heading
    q[:, table.coordinate("pelvis_ty")] = 0.96
    q[:, table.coordinate("pelvis_tz")] = place_z
    return q


def observe_motion(
    times: np.ndarray, people: tuple[float, ...] = (0.0,), side_view: float = 0.6
) -> Observations:
    """Exact keypoints of people of 1.70 m, one per place in metres to the right."""
    model, kinds = body_model(), keypoint_set("blazepose33")
    used, points = kinds.on_body(model)
    person = person_of_stature(model, 1.70)
    tracks = []
    for number, right in enumerate(people):
        q = moving_coordinates(len(times), right, side_view)
        world = place(forward(model, person, q), points, model, person)
        camera = world @ T_CAMERA_WORLD[:3, :3].T + T_CAMERA_WORLD[:3, 3]
        tracks.append(_track(number, used, len(kinds.keypoints), camera))
    return Observations(times, WIDTH, HEIGHT, "blazepose33", tuple(tracks))


def _track(number: int, used: np.ndarray, count: int, camera: np.ndarray) -> Track:
    total = len(camera)
    keypoints = np.full((total, count, 3), np.nan)
    keypoints[..., 2] = 0.0
    keypoints[:, used, :2], keypoints[:, used, 2] = CAMERA.project(camera), 0.95
    hints = np.full((total, count, 3), np.nan)
    hints[:, used] = camera - camera.mean(axis=1, keepdims=True)
    low, high = np.nanmin(keypoints[..., :2], axis=1), np.nanmax(keypoints[..., :2], axis=1)
    covariance = np.tile(0.25 * np.eye(2), (total, count, 1, 1))
    boxes = np.concatenate([low, high], axis=1)
    return Track(number, keypoints, covariance, hints, boxes, np.zeros(total, dtype=bool))


class Observer:
    """Stands in for the detector; counts how often it is asked."""

    def __init__(self, people: tuple[float, ...] = (0.0,)) -> None:
        """`people` stand so many metres to the right of the origin."""
        self.people = people
        self.calls = 0

    def __call__(self, info: VideoInfo, config: RunConfig, progress: Progress) -> Observations:
        """Decode the clip for its timestamps and make up the rest."""
        self.calls += 1
        times = [frame.time for frame in frames(info.path, config.start, config.end)]
        progress("people", len(times), len(times))
        return observe_motion(np.array(times), self.people)
