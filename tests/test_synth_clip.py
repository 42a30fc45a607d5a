"""Rendered clips against their own truth, and against another rasteriser."""

from dataclasses import replace

import numpy as np
import pytest

from borelli.body.kinematics import forward
from borelli.body.model import average_person, body_model
from borelli.body.skin import normals, skin
from borelli.geometry.frames import camera_centre
from borelli.geometry.mesh import Mesh, z_buffer
from borelli.training.synth.clip import RenderedClip, render_clip
from borelli.training.synth.config import SynthConfig
from borelli.training.synth.garments import dressed, fields
from borelli.training.synth.props import box
from borelli.training.synth.render import render_frames
from borelli.training.synth.scene import Scene, random_scene
from borelli.training.synth.truth import CONTACT_NAMES, HIDDEN, OUTSIDE, VISIBLE

CONFIG = SynthConfig(frames=8, fps=8.0, size="320x240", occluded=0.0, crowded=0.0, cropped=0.0)
CLIPS = range(4)


@pytest.fixture(scope="module", params=CLIPS)
def scene(request: pytest.FixtureRequest) -> Scene:
    return random_scene(CONFIG, request.param)


@pytest.fixture(scope="module")
def clip(scene: Scene) -> RenderedClip:
    return render_clip(scene)


def joint_pixels(clip: RenderedClip) -> tuple[np.ndarray, np.ndarray]:
    """Nearest pixel (T, J, 2: row, column) of every joint, and its depth (T, J)."""
    points = clip.truth.joints_camera
    projected = points @ clip.truth.K.T
    pixels = np.rint(projected[..., :2] / projected[..., 2:]).astype(int)
    return pixels[..., ::-1], points[..., 2]


def test_joints_fall_on_the_mask(clip: RenderedClip) -> None:
    pixels, _ = joint_pixels(clip)
    frame = np.arange(len(pixels))[:, None]
    assert clip.masks[frame, pixels[..., 0], pixels[..., 1]].mean() > 0.98


def test_the_surface_at_a_joint_is_in_front_of_it_by_less_than_the_body(clip: RenderedClip) -> None:
    pixels, z = joint_pixels(clip)
    frame = np.arange(len(pixels))[:, None]
    surface = clip.depth[frame, pixels[..., 0], pixels[..., 1]]
    front = (z - surface)[surface > 0]
    assert front.min() > -0.03  # a pixel's centre is not the joint: slanted surfaces, thin hands
    assert np.median(front) < 0.12
    # nearer surfaces are those of other limbs before the joint, which a person's reach bounds
    assert np.mean(front < 0.25) > 0.75 and front.max() < 1.2


def test_mask_and_depth_say_the_same(clip: RenderedClip) -> None:
    np.testing.assert_array_equal(clip.masks, clip.depth > 0)
    assert 0.01 < clip.masks.mean() < 0.5


def test_mask_and_depth_are_those_of_the_dressed_body(scene: Scene, clip: RenderedClip) -> None:
    model, actor = body_model(), scene.actors[0]
    clothed = dressed(model, actor.outfit, fields(actor.outfit))
    vertices = skin(clothed, actor.person, forward(model, actor.person, actor.coordinates[3:4]))
    seen = z_buffer([Mesh(vertices[0], model.faces, normals(vertices, model.faces)[0])], scene.camera)
    np.testing.assert_array_equal(clip.masks[3], seen.mask)
    np.testing.assert_array_equal(clip.depth[3][seen.mask], seen.depth[seen.mask])


def test_the_mask_is_where_the_picture_changes(scene: Scene, clip: RenderedClip) -> None:
    empty = replace(scene, grain=0.0, softness=0.0, backdrop=replace(scene.backdrop, shadow=0.0))
    background = np.rint(255 * scene.backdrop.picture)
    picture = next(iter(render_frames(empty)))
    changed = np.abs(picture.image - background).max(axis=2) > 1
    # edge pixels are mixed; elsewhere only clothes of exactly the background's colour can hide
    assert np.mean(changed & ~clip.masks[0]) < 0.01
    assert np.mean(changed[clip.masks[0]]) > 0.9


def test_keypoints_project_from_the_body_and_know_the_picture(clip: RenderedClip) -> None:
    points = clip.truth.keypoints["coco17"]
    wrist = clip.truth.joints_camera[:, body_model().skeleton.segment("hand_l")]
    projected = wrist @ clip.truth.K.T
    np.testing.assert_allclose(points[:, 9, :2], projected[:, :2] / projected[:, 2:], atol=1e-6)
    assert set(np.unique(points[..., 2])) <= {OUTSIDE, HIDDEN, VISIBLE}
    visible = points[..., 2] == VISIBLE
    assert 0.3 < visible.mean() <= 1.0
    outside = ((points[..., :2] < -0.5) | (points[..., :2] > np.array([319.5, 239.5]))).any(axis=-1)
    np.testing.assert_array_equal(points[..., 2] == OUTSIDE, outside)


def test_eyes_are_hidden_from_behind_and_seen_from_the_front() -> None:
    seen: dict[bool, list[float]] = {True: [], False: []}
    for number in range(12):
        scene = random_scene(replace(CONFIG, frames=1), number)
        truth = render_clip(scene).truth
        joints, landmarks = truth.joints[0], truth.landmarks[0]
        assert scene.camera.T_camera_world is not None
        view = camera_centre(scene.camera.T_camera_world) - joints[body_model().skeleton.segment("head")]
        face = landmarks[body_model().landmark("nose")] - landmarks[body_model().landmark("ear_l")] / 2
        face -= landmarks[body_model().landmark("ear_r")] / 2
        towards = face @ view / np.linalg.norm(face) / np.linalg.norm(view)
        if abs(towards) > 0.5:
            eyes = truth.keypoints["coco17"][0, 1:3, 2]
            seen[bool(towards > 0)].append(float(np.mean(eyes == VISIBLE)))
    assert seen[True] and min(seen[True]) == 1.0
    assert seen[False] and max(seen[False]) == 0.0


def test_a_wall_before_the_person_hides_everything() -> None:
    scene = random_scene(CONFIG, 0)
    assert scene.camera.T_camera_world is not None
    eye = camera_centre(scene.camera.T_camera_world)
    middle = scene.actors[0].coordinates[:, -3:].mean(axis=0)
    wall = box(eye + 0.3 * (middle - eye), np.array([3.0, 3.0, 0.01]), _facing(middle - eye), np.zeros(12))
    clip = render_clip(replace(scene, props=(wall,)))
    assert not clip.masks.any()
    points = clip.truth.keypoints["blazepose33"]
    assert not (points[..., 2] == VISIBLE).any() and (points[..., 2] == HIDDEN).any()


def _facing(direction: np.ndarray) -> float:
    """Turn of a box whose thin side (z) lies along a horizontal direction."""
    return float(np.arctan2(direction[0], direction[2]))


def test_contacts_are_low_and_at_rest_and_somebody_always_stands(clip: RenderedClip) -> None:
    truth = clip.truth
    soles = truth.landmarks[:, [body_model().landmark(name) for name in CONTACT_NAMES]]
    assert soles[truth.contacts][:, 1].max() < 0.03 and soles[..., 1].min() > -1e-6
    moved = np.linalg.norm(np.diff(soles, axis=0), axis=-1) * 8
    both = truth.contacts[1:] & truth.contacts[:-1]
    assert not both.any() or np.median(moved[both]) < 0.25


def test_a_person_at_rest_stands_on_heels_and_balls() -> None:
    scene = random_scene(replace(CONFIG, frames=3), 0)
    still = np.zeros((3, 49))
    person = average_person()
    truth = render_clip(scene).truth
    sole = body_model().landmark("sole_heel_r")
    ground = forward(body_model(), person, still[:1]).joints[0, 0, 1]
    actor = replace(scene.actors[0], person=person, coordinates=still)
    floating = render_clip(replace(scene, actors=(actor,))).truth
    still[:, -2] = ground - floating.landmarks[0, sole, 1]
    standing = render_clip(replace(scene, actors=(replace(actor, coordinates=still),))).truth
    assert standing.contacts.all() and not truth.contacts.all()


def test_the_same_seed_gives_the_same_pixels_and_another_seed_others() -> None:
    first, again = (render_clip(random_scene(replace(CONFIG, frames=2), 7)) for _ in range(2))
    np.testing.assert_array_equal(first.images, again.images)
    np.testing.assert_array_equal(first.depth, again.depth)
    other = render_clip(random_scene(replace(CONFIG, frames=2, seed=1), 7))
    assert np.mean(first.images != other.images) > 0.5


def test_crowds_and_props_come_in_the_share_asked_for() -> None:
    config = replace(CONFIG, frames=2, crowded=1.0, occluded=1.0)
    scenes = [random_scene(config, number) for number in range(3)]
    assert all(len(scene.actors) > 1 and scene.props for scene in scenes)
    alone = random_scene(CONFIG, 0)
    assert len(alone.actors) == 1 and not alone.props
