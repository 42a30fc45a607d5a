"""The overlay of a known motion: right pixels, right colours, right frames."""

from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from synthetic_clip import CAMERA, HEIGHT, T_CAMERA_WORLD, WIDTH, make_video, moving_coordinates

from borelli.body.kinematics import forward, landmark_points, place
from borelli.body.model import body_model
from borelli.body.stature import person_of_stature
from borelli.fitting.estimator import CONTACT_LANDMARKS
from borelli.motion.motion import Motion
from borelli.report import overlay_file
from borelli.report.figure import figures
from borelli.report.overlay import (
    SIDES,
    Canvas,
    bones,
    draw_frame,
    picture_size,
    scaled_intrinsics,
)
from borelli.report.overlay_file import draw_overlay
from borelli.video import probe


def motion_of(times: np.ndarray, place_z: float = 0.0, identity: int = 0) -> Motion:
    """Somebody who faces away from the camera, with exact numbers."""
    model = body_model()
    person, q = person_of_stature(model, 1.70), moving_coordinates(len(times), place_z)
    pose = forward(model, person, q)
    T = np.tile(T_CAMERA_WORLD, (len(times), 1, 1))
    return Motion(
        person=identity,
        video="clip.mp4",
        width=WIDTH,
        height=HEIGHT,
        time=times,
        coordinate_names=model.skeleton.coordinate_names,
        coordinates=q,
        joint_names=model.skeleton.joint_names,
        joints=pose.joints,
        joints_camera=pose.joints @ T_CAMERA_WORLD[:3, :3].T + T_CAMERA_WORLD[:3, 3],
        joint_sigma=np.full(pose.joints.shape[:2], 0.02),
        landmark_names=model.landmark_names,
        landmarks=place(pose, landmark_points(model), model, person),
        shape=person.shape,
        log_lengths=person.log_lengths,
        scale=person.scale,
        segment_names=(),
        segment_lengths=np.zeros(0),
        stature=1.70,
        mass=65.0,
        K=CAMERA.K,
        distortion=np.zeros(0),
        T_camera_world=T,
        keypoint_names=(),
        keypoints=np.zeros((len(times), 0, 3)),
        contact_names=CONTACT_LANDMARKS,
        contacts=np.zeros((len(times), 4)),
        valid=np.ones(len(times), dtype=bool),
    )


@pytest.fixture(scope="module")
def canvas() -> Canvas:
    model = body_model()
    return Canvas(WIDTH, HEIGHT, tuple(bones(model.skeleton)[1]), model.faces)


def drawn(motion: Motion, canvas: Canvas) -> np.ndarray:
    figure = next(figures(motion, body_model(), motion.K))
    return draw_frame(np.full((HEIGHT, WIDTH, 3), 90, dtype=np.uint8), [(0, figure)], canvas)


def pixel(motion: Motion, joint: str) -> tuple[int, int]:
    x, y = CAMERA.project(motion.joints_camera[0, motion.joint_names.index(joint)])
    return round(float(y)), round(float(x))


def test_the_knees_are_drawn_where_the_camera_sees_them_in_the_colour_of_their_side(canvas: Canvas) -> None:
    motion = motion_of(np.arange(1.0))
    picture = drawn(motion, canvas).astype(int)
    for side in ("r", "l"):
        colour = picture[pixel(motion, f"knee_{side}")]
        assert np.abs(colour - SIDES[side]).max() < 40
    assert pixel(motion, "knee_r")[1] > pixel(motion, "knee_l")[1]  # seen from behind, right is right


def test_the_body_is_not_drawn_beside_the_person(canvas: Canvas) -> None:
    motion = motion_of(np.arange(1.0))
    picture = drawn(motion, canvas)
    row, column = pixel(motion, "hip_r")
    assert (picture[row, [2, column + 30, WIDTH - 3]] == 90).all()
    assert (picture[row, column] != 90).any()


def test_standing_feet_are_marked(canvas: Canvas) -> None:
    motion = motion_of(np.arange(1.0))
    contacts = motion.contacts.copy()
    contacts[:, 0] = 0.9
    lifted, standing = drawn(motion, canvas), drawn(replace(motion, contacts=contacts), canvas)
    changed = np.argwhere((lifted != standing).any(axis=2))
    heel = motion.landmarks[0, motion.landmark_names.index(CONTACT_LANDMARKS[0])]
    x, y = CAMERA.project(T_CAMERA_WORLD[:3, :3] @ heel + T_CAMERA_WORLD[:3, 3])
    assert len(changed) > 0 and np.abs(changed - [y, x]).max() < 10


def test_frames_without_evidence_are_fainter(canvas: Canvas) -> None:
    motion = motion_of(np.arange(1.0))
    sure = drawn(motion, canvas).astype(int)
    unsure = drawn(replace(motion, valid=np.zeros(1, dtype=bool)), canvas).astype(int)
    row, column = pixel(motion, "knee_r")
    assert 0 < np.abs(unsure[row, column] - 90).sum() < 0.8 * np.abs(sure[row, column] - 90).sum()


def shown(path: Path) -> tuple[np.ndarray, list[np.ndarray]]:
    """Timestamps and pictures of a video."""
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
    times = np.array([float(frame.time or 0.0) for frame in frames])
    return times, [frame.to_ndarray(format="rgb24").astype(int) for frame in frames]


def test_an_overlay_in_stretches_shows_what_one_pass_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = probe(make_video(tmp_path / "clip.mp4", 23))
    times, _ = shown(info.path)
    people = [motion_of(times[:16], -0.5, 0), motion_of(times[9:], 0.5, 1)]
    draw_overlay(tmp_path / "at_once.mp4", info, people, times)
    monkeypatch.setattr(overlay_file, "STRETCH", 5)
    done: list[int] = []
    path = tmp_path / "overlay.mp4"
    assert draw_overlay(path, info, people, times, progress=lambda k, _: done.append(k)) == 23
    assert done == [5, 10, 15, 20, 23]
    (one_times, one), (some_times, some) = shown(tmp_path / "at_once.mp4"), shown(path)
    np.testing.assert_allclose(some_times, one_times, atol=1e-4)
    differing = [(np.abs(a - b).max(axis=2) > 40).mean() for a, b in zip(some, one, strict=True)]
    assert max(differing) < 0.003  # of the pixels, by encoding; somebody missing makes 0.06
    with av.open(str(path)) as container:
        stamps = [packet.dts for packet in container.demux(video=0) if packet.dts is not None]
    assert all(np.diff(stamps) > 0)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["at_once.mp4", "clip.mp4", "overlay.mp4"]


def test_a_video_that_cannot_be_entered_where_it_should_is_drawn_in_one_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = probe(make_video(tmp_path / "clip.mp4", 12))
    times, _ = shown(info.path)
    monkeypatch.setattr(overlay_file, "STRETCH", 5)
    between = np.sort(np.concatenate([times, [times[3] + 0.01]]))  # a frame that is not there again
    assert draw_overlay(tmp_path / "overlay.mp4", info, [motion_of(times)], between) == 12


def test_an_overlay_has_every_frame_of_the_clip_though_people_come_and_go(tmp_path: Path) -> None:
    info = probe(make_video(tmp_path / "clip.mp4", 10))
    times, _ = shown(info.path)
    people = [motion_of(times[:6], -0.5, 0), motion_of(times[4:], 0.5, 1)]
    seen: list[tuple[int, int]] = []
    count = draw_overlay(
        tmp_path / "overlay.mp4", info, people, times, progress=lambda *done: seen.append(done)
    )
    assert count == 10 and len(seen) == 10
    _, frames = shown(tmp_path / "overlay.mp4")
    left, right = (slice(None), slice(20, 60)), (slice(None), slice(100, 140))

    def busy(picture: np.ndarray, part: tuple[slice, slice]) -> bool:
        return bool((np.abs(picture[part][:80] - 90) > 25).any())

    assert [busy(frame, left) for frame in frames] == [True] * 6 + [False] * 4
    assert [busy(frame, right) for frame in frames] == [False] * 4 + [True] * 6


def test_a_failed_overlay_leaves_no_file(tmp_path: Path) -> None:
    info = probe(make_video(tmp_path / "clip.mp4", 4))

    def stop(done: int, expected: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        draw_overlay(
            tmp_path / "overlay.mp4", info, [motion_of(np.arange(4) / 30)], np.arange(4) / 30, progress=stop
        )
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]


def test_large_frames_are_drawn_with_even_sides_of_at_most_1280() -> None:
    assert picture_size(3840, 2160) == (1280, 720)
    assert picture_size(1768, 994) == (1280, 720)
    assert picture_size(1080, 1920) == (720, 1280)
    assert picture_size(719, 405) == (720, 404)


def test_intrinsics_follow_the_pixels_when_a_frame_is_halved() -> None:
    K = np.array([[100.0, 0, 9.5], [0, 100.0, 4.5], [0, 0, 1]])
    half = scaled_intrinsics(K, (20, 10), (10, 5))
    np.testing.assert_allclose(half, [[50, 0, 4.5], [0, 50, 2.0], [0, 0, 1]])
