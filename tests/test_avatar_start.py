"""The first avatar: even, covering what the body covers, coloured by what pictures show."""

import numpy as np
import pytest
from scipy.spatial import KDTree

from borelli.avatar.avatar import Avatar
from borelli.avatar.gaussians import View
from borelli.avatar.paint import Sighting, paint_avatar
from borelli.avatar.posing import pose_avatar
from borelli.avatar.scatter import scatter
from borelli.avatar.splat import rasterise
from borelli.avatar.start import StartConfig, pixel_size, start_avatar
from borelli.body.kinematics import forward
from borelli.body.model import BodyModel, Person, average_person, body_model
from borelli.body.skin import bind_pose, normals, skin
from borelli.errors import BorelliError
from borelli.geometry.camera import Camera
from borelli.geometry.mesh import Mesh, MeshPicture, z_buffer

DISTANCE = 4.0
FINE = 1024
"""Samples per side of the picture in which the mesh is measured, about."""


@pytest.fixture(scope="module")
def model() -> BodyModel:
    return body_model()


@pytest.fixture(scope="module")
def heavy(model: BodyModel) -> Person:
    rng = np.random.default_rng(1)
    return Person(np.r_[1.5, -1.0, 1.0, 0.5, rng.normal(0, 1, model.shape_size - 4)], scale=1.1)


def _view(size: int, pixel_size: float, angle: float = 0.0) -> View:
    """From in front (angle 0), along -X, turned towards the right side (+Z)."""
    forwards = np.array([-np.cos(angle), 0.0, -np.sin(angle)])
    down = np.array([0.0, -1.0, 0.0])
    R = np.stack([np.cross(down, forwards), down, forwards])
    T = np.eye(4)
    T[:3, :3], T[:3, 3] = R, R @ (DISTANCE * forwards)
    focal = DISTANCE / pixel_size
    return View(np.array([[focal, 0, size / 2 - 0.5], [0, focal, size / 2 - 0.5], [0, 0, 1]]), T, size, size)


def _drawn(
    model: BodyModel, person: Person, coordinates: np.ndarray, view: View, samples: int
) -> MeshPicture:
    surface = skin(model, person, forward(model, person, coordinates[None]))
    K = np.diag([samples, samples, 1.0]) @ view.K
    K[:2, 2] += 0.5 * samples - 0.5
    camera = Camera(K, np.zeros(0), samples * view.width, samples * view.height, view.T_camera_world)
    return z_buffer([Mesh(surface[0], model.faces, normals(surface, model.faces)[0])], camera)


@pytest.mark.parametrize(("size", "count"), [(192, 5000), (256, 5000), (384, 10000), (512, 10000)])
def test_gaussians_cover_as_much_as_the_body_at_every_resolution(model, heavy, size, count) -> None:
    rng = np.random.default_rng(2)
    bent = model.skeleton.neutral + np.r_[rng.normal(0, 0.25, 46), 0, 0, 0]
    pixel_size = 2.1 / size
    for person, coordinates in ((average_person(1.75), model.skeleton.neutral), (heavy, bent)):
        avatar = start_avatar(model, person, StartConfig(count=count, pixel_size=pixel_size))
        gaussians = pose_avatar(avatar, model, person, coordinates).gaussians
        for angle in (0.0, 0.8):
            view = _view(size, pixel_size, angle)
            samples = FINE // size
            body = _drawn(model, person, coordinates, view, samples).mask.sum() / samples**2
            assert rasterise(gaussians, view).alpha.sum() == pytest.approx(body, rel=0.02)


def test_points_are_even_and_denser_on_head_and_hands(model) -> None:
    person = average_person()
    surface = skin(model, person, bind_pose(model, person))[0]
    spread = scatter(model, surface, 5000, 0)
    points = np.einsum("nk,nka->na", spread.barycentric, surface[model.faces[spread.faces]])
    gaps, _ = KDTree(points).query(points, k=2)
    assert np.percentile(gaps[:, 1] / spread.spacing, 20) > 0.5  # 0.27 for random points
    segments = model.skin_segments[model.faces[spread.faces, 0], 0]
    spacing = {name: spread.spacing[segments == model.skeleton.segment(name)][0] for name in _PARTS}
    assert spacing["thorax"] / spacing["head"] == pytest.approx(np.sqrt(2.5))
    assert spacing["thorax"] / spacing["hand_r"] == pytest.approx(np.sqrt(3.0))
    hands = [np.sum(segments == model.skeleton.segment(f"hand_{side}")) for side in "rl"]
    assert hands[0] == pytest.approx(hands[1], rel=0.05) and hands[0] > 200


_PARTS = ("thorax", "head", "hand_r")


def test_the_seed_decides_the_avatar(model) -> None:
    first, again, other = (
        start_avatar(model, average_person(), StartConfig(count=500, seed=seed)) for seed in (4, 4, 5)
    )
    for name in vars(first):
        np.testing.assert_array_equal(getattr(first, name), getattr(again, name))
    assert not np.array_equal(first.faces, other.faces)


def test_fingers_are_not_turned_inside_out(model) -> None:
    person = average_person()
    avatar = start_avatar(model, person, StartConfig(count=5000, pixel_size=0.02))
    in_hand = model.skin_segments[model.faces[avatar.faces, 0], 0] == model.skeleton.segment("hand_r")
    depths = -avatar.normal_offsets
    assert np.percentile(depths[in_hand], 20) < 0.008 < np.percentile(depths, 80)


def test_pixels_are_larger_farther_away() -> None:
    view = _view(256, 0.008)
    assert pixel_size(view, np.zeros(3)) == pytest.approx(0.008)
    assert pixel_size(view, np.array([-DISTANCE, 0.3, 0.1])) == pytest.approx(0.016)
    assert pixel_size(view, np.array([2 * DISTANCE, 0.0, 0.0])) == 1e-4  # behind the camera


def test_bad_configurations_are_refused(model) -> None:
    with pytest.raises(BorelliError, match="at least 100"):
        start_avatar(model, average_person(), StartConfig(count=7))
    with pytest.raises(BorelliError, match="pixel_size is 0"):
        start_avatar(model, average_person(), StartConfig(pixel_size=0.0))


def _painted(model: BodyModel, angle: float, colours: np.ndarray) -> tuple[Avatar, np.ndarray]:
    """An avatar painted from one view of a body coloured by face (F, 3), and its segments (N,)."""
    person = average_person(1.75)
    avatar = start_avatar(model, person, StartConfig(count=3000))
    view = _view(256, 0.0085, angle)
    picture = _drawn(model, person, model.skeleton.neutral, view, 1)
    image = np.where(picture.mask[..., None], colours[picture.face], [0.0, 1.0, 0.0])
    sighting = Sighting(model.skeleton.neutral, view, image, picture.mask.astype(np.float64))
    painted = paint_avatar(avatar, model, person, [sighting])
    return painted, model.skin_segments[model.faces[avatar.faces, 0], 0]


def test_colours_come_from_the_pictures_and_never_from_the_background(model) -> None:
    hands = np.isin(
        model.skin_segments[model.faces[:, 0], 0], [model.skeleton.segment(f"hand_{side}") for side in "rl"]
    )
    avatar, segments = _painted(model, -0.6, np.where(hands[:, None], [0.0, 0, 1], [1.0, 0, 0]))
    thorax = avatar.colours[segments == model.skeleton.segment("thorax")]
    assert thorax[:, 0].min() > 0.7 and thorax[:, 1].max() < 0.3
    assert np.mean(avatar.colours[segments == model.skeleton.segment("hand_r"), 2]) > 0.9


def test_the_unseen_side_looks_like_the_other_one(model) -> None:
    right = model.vertices[model.faces].mean(axis=1)[:, 2] > 0.0
    avatar, segments = _painted(model, np.pi / 2, np.where(right[:, None], [0.0, 0, 1], [1.0, 0, 0]))
    for name in ("femur_r", "femur_l", "humerus_r", "humerus_l"):
        # what is seen of the right side is blue, so that the left side becomes blue
        assert np.median(avatar.colours[segments == model.skeleton.segment(name), 2]) > 0.9
    assert not np.any(np.all(avatar.colours == 0.5, axis=1))


def test_nothing_seen_leaves_the_avatar_grey(model) -> None:
    person = average_person()
    avatar = start_avatar(model, person, StartConfig(count=200))
    view = _view(64, 0.03)
    blank = Sighting(model.skeleton.neutral, view, np.ones((64, 64, 3)), np.zeros((64, 64)))
    np.testing.assert_array_equal(paint_avatar(avatar, model, person, [blank]).colours, 0.5)
    np.testing.assert_array_equal(paint_avatar(avatar, model, person, []).colours, 0.5)
