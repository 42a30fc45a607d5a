"""Exact truth of a clip: coordinates, joints, landmarks, keypoints with visibility, contacts, camera."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import KDTree

from borelli.body.kinematics import Points, forward, landmark_points, place
from borelli.body.model import BodyModel, Person, body_model
from borelli.body.skin import bind_pose, skin
from borelli.body.stature import stature
from borelli.geometry.frames import transform_points
from borelli.perception.keypoint_sets import keypoint_sets
from borelli.training.synth.render import Picture
from borelli.training.synth.scene import Scene

CONTACT_NAMES = ("sole_heel_r", "sole_ball_r", "sole_heel_l", "sole_ball_l")
CONTACT_HEIGHT, CONTACT_SPEED = 0.025, 0.25
"""Metres and metres per second: a point of the sole that is below both holds the ground."""
OUTSIDE, HIDDEN, VISIBLE = 0, 1, 2
"""Visibility of a keypoint as COCO counts it; OUTSIDE the picture."""
OBLIQUE, SLACK = 2.0, 0.03
"""A point is seen through at most OBLIQUE times the least thickness of flesh over it, and SLACK metres."""


@dataclass(frozen=True)
class Truth:
    """The first person of a clip. T frames, J joints, L landmarks, K keypoints of a set."""

    times: np.ndarray
    """(T,) seconds."""
    person: Person
    stature: float
    """Metres."""
    coordinates: np.ndarray
    """(T, 49)."""
    joints: np.ndarray
    """(T, J, 3) world."""
    joints_camera: np.ndarray
    """(T, J, 3)."""
    landmarks: np.ndarray
    """(T, L, 3) world."""
    keypoints: dict[str, np.ndarray]
    """Per registered set (T, K, 3): x, y in pixels and visibility 0, 1 or 2; NaN, NaN, 0 without a point."""
    contacts: np.ndarray
    """(T, 4) bool of CONTACT_NAMES."""
    K: np.ndarray
    """(3, 3)."""
    T_camera_world: np.ndarray
    """(T, 4, 4)."""


@dataclass(frozen=True)
class Marks:
    """Body points of all keypoint sets, one after the other, as the camera sees them. P points."""

    pixels: np.ndarray
    """(T, P, 2)."""
    depth: np.ndarray
    """(T, P) metres."""
    thickness: np.ndarray
    """(P,) metres between the point and the skin nearest to it."""


def scene_marks(scene: Scene) -> Marks:
    """Where every keypoint of every registered set is in every frame."""
    model, actor = body_model(), scene.actors[0]
    assert scene.camera.T_camera_world is not None
    points = _all_points(model)
    world = place(forward(model, actor.person, actor.coordinates), points, model, actor.person)
    seen = transform_points(scene.camera.T_camera_world, world)
    ahead = np.where(seen[..., 2:] > 1e-3, seen, [0.0, 0.0, 1.0])
    pixels = np.where(seen[..., 2:] > 1e-3, scene.camera.project(ahead), np.inf)
    return Marks(pixels, seen[..., 2], _thickness(model, actor.person, points))


def visibility(marks: Marks, picture: Picture, t: int) -> np.ndarray:
    """(P,) OUTSIDE, HIDDEN or VISIBLE in frame t, by the depth of what is rendered there."""
    height, width = picture.mask.shape
    inside = ((marks.pixels[t] > -0.5) & (marks.pixels[t] < np.array([width, height]) - 0.5)).all(axis=1)
    result = np.full(len(inside), OUTSIDE)
    columns, rows = np.rint(marks.pixels[t, inside]).astype(int).T
    nearest = marks.depth[t, inside] - OBLIQUE * marks.thickness[inside] - SLACK
    result[inside] = np.where(picture.scene_depth[rows, columns] < nearest, HIDDEN, VISIBLE)
    return result


def scene_truth(scene: Scene, marks: Marks, visible: np.ndarray) -> Truth:
    """The truth, given the visibility (T, P) of the marks."""
    model, actor, camera = body_model(), scene.actors[0], scene.camera
    assert camera.T_camera_world is not None
    pose = forward(model, actor.person, actor.coordinates)
    flat = np.concatenate([marks.pixels, visible[..., None]], axis=-1)
    keypoints, first = {}, 0
    for name, kept in keypoint_sets().items():
        used, _ = kept.on_body(model)
        table = np.full((len(scene.times), len(kept.keypoints), 3), np.nan)
        table[..., 2] = 0.0
        table[:, used] = flat[:, first : first + len(used)]
        keypoints[name] = table
        first += len(used)
    soles = place(pose, landmark_points(model, CONTACT_NAMES), model, actor.person)
    return Truth(
        times=scene.times,
        person=actor.person,
        stature=stature(model, actor.person),
        coordinates=actor.coordinates,
        joints=pose.joints,
        joints_camera=transform_points(camera.T_camera_world, pose.joints),
        landmarks=place(pose, landmark_points(model), model, actor.person),
        keypoints=keypoints,
        contacts=_contacts(soles, scene.times),
        K=camera.K,
        T_camera_world=np.tile(camera.T_camera_world, (len(scene.times), 1, 1)),
    )


def _contacts(soles: np.ndarray, times: np.ndarray) -> np.ndarray:
    """(T, C) bool: near the floor y = 0 and at rest; one frame alone counts as rest."""
    low = soles[..., 1] < CONTACT_HEIGHT
    if len(times) < 2:
        return low
    speed = np.linalg.norm(np.gradient(soles, times, axis=0), axis=-1)
    return low & (speed < CONTACT_SPEED)


def _all_points(model: BodyModel) -> Points:
    parts = [kept.on_body(model)[1] for kept in keypoint_sets().values()]
    return Points(
        np.concatenate([part.segments for part in parts]),
        np.concatenate([part.offsets for part in parts]),
        np.concatenate([part.offsets_shape for part in parts]),
    )


def _thickness(model: BodyModel, person: Person, points: Points) -> np.ndarray:
    """(P,) distance from each point to the skin in the bind pose, where limbs are apart."""
    pose = bind_pose(model, person)
    surface = skin(model, person, pose)[0]
    return np.asarray(KDTree(surface).query(place(pose, points, model, person)[0])[0])
