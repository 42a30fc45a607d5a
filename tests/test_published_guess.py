"""From crops to first guesses: the geometry of crops, frames between crops, doubt, and our own guess."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from published_checkpoints import official_file, random_weights

from borelli.body.model import body_model
from borelli.body.skel import skel_table
from borelli.body.skeleton import skeleton
from borelli.errors import BorelliError
from borelli.geometry.camera import Camera
from borelli.geometry.rotations import angle_between, matrix_from_rotvec
from borelli.lifting.bones import BONES
from borelli.lifting.guess import Guess
from borelli.lifting.published.crops import COLUMNS, MEAN, box_features, crop, crop_boxes, crop_turns
from borelli.lifting.published.guess import direction_sd, network_guesses, open_network
from borelli.lifting.published.join import with_posture
from borelli.lifting.published.kinds import Kind
from borelli.lifting.published.pose_codes import skel_code, smpl_code
from borelli.motion.observations import Track
from borelli.video import Frame

K = np.array([[800.0, 0, 320], [0, 800, 240], [0, 0, 1]])
CAMERA = Camera(K, np.zeros(4), 640, 480)
TABLE, SKEL = skeleton(), skel_table()


def track(boxes: np.ndarray) -> Track:
    count = len(boxes)
    return Track(0, np.zeros((count, 1, 3)), np.zeros((count, 1, 2, 2)), None, boxes, np.zeros(count, bool))


def pictures(times: np.ndarray, image: np.ndarray | None = None) -> Iterator[Frame]:
    for i, time in enumerate(times):
        yield Frame(i, float(time), np.zeros((480, 640, 3), np.uint8) if image is None else image)


@dataclass
class Script:
    """A network that answers with prepared codes and remembers what it was asked."""

    codes: np.ndarray
    kind: Kind = "hsmr"
    body: dict[str, np.ndarray] = field(default_factory=dict)
    asked: list[np.ndarray] = field(default_factory=list)

    def predict(self, crops: np.ndarray, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        first = sum(len(x) for x in self.asked)
        self.asked.append(places)
        assert crops.shape[1:] == (3, 256, 192)
        return self.codes[first : first + len(crops)], np.zeros((len(crops), 10))


def upright(count: int, **degrees: float) -> np.ndarray:
    """Codes of SKEL, whose tilt of pi means upright and facing the camera."""
    q = np.zeros((count, 46))
    q[:, 0] = np.pi
    for name, value in degrees.items():
        q[:, SKEL.coordinate_names.index(name)] = np.radians(value)
    return skel_code(q)


def test_boxes_grow_to_three_by_four_and_then_to_squares() -> None:
    boxes = crop_boxes(np.array([[100.0, 50, 150, 250], [100, 50, 400, 250], [np.nan] * 4, [5, 5, 5, 5]]))
    assert np.allclose(boxes.centres[:2], [[125, 150], [250, 150]])
    assert np.allclose(boxes.sides[:2], [1.2 * 200, 1.2 * 300 * 4 / 3])
    assert boxes.seen.tolist() == [True, True, False, False]


def test_the_crop_is_the_middle_of_the_square_normalised() -> None:
    image = np.zeros((400, 400, 3), np.uint8)
    image[:, :, 0] = np.arange(400, dtype=np.uint16)[None] // 2
    part = crop(image, np.array([200.0, 200.0]), 256.0)
    assert part.shape == (3, 256, COLUMNS)
    red = part[0] * 0.229 + 0.485
    columns = 200 - (COLUMNS - 1) / 2 + np.arange(COLUMNS)
    assert np.allclose(red * 255, np.interp(columns, np.arange(400), image[0, :, 0]), atol=1e-3)
    outside = crop(image, np.array([-500.0, 200.0]), 256.0)
    assert np.allclose(outside[2], -MEAN[2] / 0.225)


def test_crops_off_the_axis_are_turned_to_their_rays() -> None:
    boxes = crop_boxes(np.array([[310.0, 140, 330, 340], [1110, 140, 1130, 340], [np.nan] * 4]))
    turns = crop_turns(boxes, CAMERA)
    assert np.allclose(turns[0], np.eye(3)) and np.allclose(turns[2], np.eye(3))
    assert np.allclose(turns[1] @ [0, 0, 1], np.array([1, 0, 1]) / np.sqrt(2))
    assert np.allclose(turns[1] @ [0, 1, 0], [0, 1, 0])
    assert np.allclose(box_features(boxes, CAMERA)[1], [1.0, 0.0, 240 / 800])


def test_a_person_facing_the_camera_faces_it_in_the_guess() -> None:
    times, box = np.arange(3) / 30, np.tile([310.0, 140, 330, 340], (3, 1))
    (found,) = network_guesses(pictures(times), times, (track(box),), CAMERA, Script(upright(3)))
    forward, up, right = found.R_camera_pelvis[0].T
    assert np.allclose(forward, [0, 0, -1]) and np.allclose(up, [0, -1, 0]) and np.allclose(right, [-1, 0, 0])
    assert (found.coordinates[:, :3] == 0).all() and found.seen.all()
    smpl = np.tile(np.eye(3), (3, 24, 1, 1))
    smpl[:, 0] = matrix_from_rotvec(np.array([np.pi, 0, 0]))
    script = Script(smpl_code(smpl), kind="hmr2")
    (other,) = network_guesses(pictures(times), times, (track(box),), CAMERA, script)
    assert np.allclose(other.R_camera_pelvis, found.R_camera_pelvis, atol=1e-6)


def test_only_networks_that_do_not_know_their_place_are_turned() -> None:
    times, box = np.zeros(1), np.array([[1110.0, 140, 1130, 340]])
    turned, straight = (
        network_guesses(pictures(times), times, (track(box),), CAMERA, Script(upright(1), kind=kind))[0]
        for kind in ("hsmr", "skelcf")
    )
    angle = angle_between(turned.R_camera_pelvis, straight.R_camera_pelvis)
    assert np.degrees(angle) == pytest.approx(45)


def test_frames_between_crops_are_bridged() -> None:
    times, box = np.arange(11) / 30, np.tile([310.0, 140, 330, 340], (11, 1))
    codes = np.concatenate([upright(1, knee_angle_r=angle, hip_flexion_r=20) for angle in (20, 50, 80)])
    script = Script(codes)
    (found,) = network_guesses(pictures(times), times, (track(box),), CAMERA, script, rate_hz=6.0)
    assert sum(len(x) for x in script.asked) == 3
    knee = np.degrees(found.coordinates[:, TABLE.coordinate("knee_angle_r")])
    assert knee[[0, 5, 10]] == pytest.approx([20, 50, 80])
    assert (np.diff(knee) > 0).all()
    hip = np.degrees(found.coordinates[:, TABLE.coordinate("hip_flexion_r")])
    assert hip == pytest.approx(np.full(11, 20), abs=0.1)


def test_frames_without_a_box_ask_nothing_and_say_so() -> None:
    times = np.arange(6) / 10
    box = np.tile([310.0, 140, 330, 340], (6, 1))
    box[2:4] = np.nan
    script, steps = Script(upright(4, knee_angle_l=30)), []
    (found,) = network_guesses(
        pictures(times), times, (track(box),), CAMERA, script, progress=lambda *done: steps.append(done)
    )
    assert found.seen.tolist() == [True, True, False, False, True, True]
    assert np.isfinite(found.coordinates).all() and steps == [(4, 4)]


def test_two_people_share_one_pass_over_the_clip() -> None:
    times = np.arange(5) / 30
    boxes = [np.tile([x, 140.0, x + 20, 340], (5, 1)) for x in (200, 400)]
    boxes[1][0] = np.nan
    code = upright(9)
    script = Script(code)
    found = network_guesses(pictures(times), times, tuple(map(track, boxes)), CAMERA, script)
    assert len(found) == 2 and sum(len(x) for x in script.asked) == 9
    assert np.concatenate(script.asked)[0, 0] < 0 < np.concatenate(script.asked)[2, 0]


def test_another_video_is_refused() -> None:
    times = np.arange(5) / 30
    person, late = track(np.tile([0.0, 0, 50, 90], (5, 1))), pictures(times + 0.015)
    with pytest.raises(BorelliError, match="no frame shows person 0; is this the video of the keypoints"):
        network_guesses(late, times, (person,), CAMERA, Script(upright(5)))


def test_doubt_follows_from_published_errors() -> None:
    assert direction_sd(0.0815) == pytest.approx(0.172, abs=0.001)
    rng = np.random.default_rng(0)
    ends = rng.normal(size=(2, 200_000, 3)) * 0.03
    mpjpe = np.linalg.norm(ends, axis=-1).mean()
    sideways = (ends[1] - ends[0])[:, 0] / 0.42
    assert direction_sd(float(mpjpe)) == pytest.approx(sideways.std(), rel=0.01)


def own_guess(frames: int) -> Guess:
    rest = np.tile(TABLE.neutral[:46], (frames, 1))
    return Guess(
        coordinates=rest, coordinate_sd=np.full((frames, 46), 0.3),
        R_camera_pelvis=np.tile(np.eye(3), (frames, 1, 1)), bone_sd=np.full((frames, len(BONES), 2), 0.3),
        pelvis_camera=np.tile([0.0, 0, 4], (frames, 1)), log_depth_sd=np.full(frames, 0.1),
        velocity_camera=np.zeros((frames, 3)), velocity_sd=np.ones(frames),
        contacts=np.full((frames, 4), 0.7), up_camera=np.tile([0.0, -1, 0], (frames, 1)),
        up_sd=np.full(frames, 0.05), log_lengths=np.zeros(10), log_lengths_sd=np.ones(10),
        shape=np.zeros(body_model().shape_size),
    )  # fmt: skip


def test_a_networks_posture_replaces_ours_where_it_knows_it() -> None:
    times = np.arange(3) / 30
    box = np.tile([310.0, 140, 330, 340], (3, 1))
    box[2] = np.nan
    (found,) = network_guesses(
        pictures(times), times, (track(box),), CAMERA, Script(upright(2, knee_angle_r=50))
    )
    own = own_guess(3)
    joined = with_posture(own, found)
    knee, elbow = TABLE.coordinate("knee_angle_r"), TABLE.coordinate("elbow_flex_r")
    assert np.degrees(joined.coordinates[:, knee]) == pytest.approx([50, 50, 10])
    assert joined.coordinates[:, elbow] == pytest.approx(own.coordinates[:, elbow])
    sd = direction_sd(0.0815)
    assert joined.coordinate_sd[:, knee] == pytest.approx([np.sqrt(2) * sd, np.sqrt(2) * sd, 0.3])
    assert np.isinf(joined.coordinate_sd[:2, 0]).all()
    thigh, arm = BONES.index(("right_hip", "right_knee")), BONES.index(("right_shoulder", "right_elbow"))
    assert joined.bone_sd[:, thigh, 0] == pytest.approx([sd, sd, 0.3])
    assert joined.bone_sd[:, arm, 1] == pytest.approx([np.hypot(0.3, sd)] * 2 + [0.3])
    assert np.allclose(joined.R_camera_pelvis[2], np.eye(3))
    assert np.array_equal(joined.contacts, own.contacts)


@pytest.mark.parametrize("kind", ["hsmr", "hmr2", "skelcf"])
def test_each_network_guesses_from_its_checkpoint(kind: Kind, tmp_path: Path) -> None:
    import torch

    path = tmp_path / "x.ckpt"
    torch.save(official_file(kind, random_weights(kind)), path)
    network = open_network(kind, path)
    times, image = np.arange(2) / 30, np.random.default_rng(0).integers(0, 255, (480, 640, 3), np.uint8)
    box = track(np.tile([200.0, 100, 300, 400], (2, 1)))
    (found,) = network_guesses(pictures(times, image), times, (box,), CAMERA, network)
    assert np.isfinite(found.coordinates).all() and found.coordinates.shape == (2, 46)
    assert np.allclose(np.linalg.det(found.R_camera_pelvis), 1)
    assert np.isfinite(found.sigma[:14]).any()
