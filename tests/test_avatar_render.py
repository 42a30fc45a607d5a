"""Showing avatars: where from, how wide, in whose motion, over what; and the command that does it."""

from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from avatar_motion import MODEL, PIXEL, dressed, walk
from PIL import Image

from borelli.avatar.animate import STILL_FRAMES, animate, followed, shown_frames
from borelli.avatar.display import over, show, widened
from borelli.avatar.files import SavedAvatar, save_avatar
from borelli.avatar.gaussians import View
from borelli.avatar.posing import pose_avatar
from borelli.avatar.splat import rasterise
from borelli.avatar.viewpoints import views
from borelli.body.kinematics import forward
from borelli.body.model import Person, average_person
from borelli.body.skin import skin
from borelli.cli.commands import Render
from borelli.cli.main import main
from borelli.cli.render import parse_background, render
from borelli.errors import BorelliError
from borelli.motion.motion import save_motion
from borelli.video import probe

PERSON = average_person(1.7)


@pytest.fixture(scope="module")
def saved() -> SavedAvatar:
    return dressed(PERSON)


@pytest.fixture
def results(tmp_path: Path, saved: SavedAvatar) -> Path:
    """A folder as `borelli run --avatar` leaves it."""
    folder = tmp_path / "out" / "walk" / "person_0"
    save_avatar(folder / "avatar.npz", saved)
    save_motion(folder / "motion.npz", walk(PERSON, frames=3))
    return tmp_path / "out"


def _pixels(view: View, points: np.ndarray) -> np.ndarray:
    seen = points @ view.T_camera_world[:3, :3].T + view.T_camera_world[:3, 3]
    assert (seen[..., 2] > 0.5).all()
    return (seen / seen[..., 2:]) @ view.K[:2].T


@pytest.mark.parametrize("viewpoint", ["turntable", "front", "side", "back", "top"])
def test_the_whole_body_stays_in_the_picture(viewpoint) -> None:
    motion = walk(PERSON, frames=60, heading=0.7)
    frames = np.arange(60)
    surface = skin(MODEL, PERSON, forward(MODEL, PERSON, motion.coordinates))
    for view, vertices in zip(views(motion, frames, viewpoint, 200), surface, strict=True):
        pixels = _pixels(view, vertices)
        assert pixels.min() > 0 and pixels.max() < 199
        np.testing.assert_allclose(
            view.T_camera_world[:3, :3] @ view.T_camera_world[:3, :3].T, np.eye(3), atol=1e-12
        )
        assert np.linalg.det(view.T_camera_world[:3, :3]) == pytest.approx(1.0)


@pytest.mark.parametrize("heading", [0.0, 1.9])
def test_sides_are_named_after_the_person(heading) -> None:
    motion = walk(PERSON, heading=heading)
    hips = [motion.joints[2, MODEL.skeleton.segment(f"femur_{side}")] for side in "rl"]
    (front,), (back,), (side,), (top,) = (
        views(motion, np.array([2]), name, 100) for name in ("front", "back", "side", "top")
    )
    assert _pixels(front, hips[0])[0] < _pixels(front, hips[1])[0]  # the right hip on the left
    assert _pixels(back, hips[0])[0] > _pixels(back, hips[1])[0]
    depths = [(side.T_camera_world[:3, :3] @ hip + side.T_camera_world[:3, 3])[2] for hip in hips]
    assert depths[0] < depths[1]
    up = np.array([0.0, 1.0, 0.0])
    assert _pixels(front, hips[0] + up)[1] < _pixels(front, hips[0])[1]
    np.testing.assert_allclose(top.T_camera_world[2, :3], -up, atol=1e-12)


def test_the_turntable_turns_once_and_starts_in_front() -> None:
    motion = walk(PERSON, frames=8)
    turned = [view.T_camera_world[2, [0, 2]] for view in views(motion, np.arange(8), "turntable", 100)]
    angles = np.degrees(np.unwrap([np.arctan2(z, x) for x, z in turned]))
    assert np.abs(np.diff(angles)) == pytest.approx(np.full(7, 45.0))
    assert turned[0] / np.linalg.norm(turned[0]) == pytest.approx([-1.0, 0.0], abs=1e-9)


def test_the_own_camera_sees_what_the_video_shows() -> None:
    motion = walk(PERSON)
    view = views(motion, np.array([1]), "own", 320)[0]
    assert (view.width, view.height) == (320, 240)
    expected = motion.joints_camera[1] @ motion.K.T
    full = expected[:, :2] / expected[:, 2:]
    # pixel centres: the middle of a pair of pixels is the centre of the pixel they become
    np.testing.assert_allclose(_pixels(view, motion.joints[1]), (full - 0.5) / 2, atol=1e-9)


def test_finer_pictures_show_the_same_width(saved) -> None:
    person = saved.person
    motion = walk(person)
    gaussians = pose_avatar(saved.avatar, MODEL, person, motion.coordinates[0]).gaussians
    T = motion.T_camera_world[0]

    def area(pixel: float, shown) -> float:
        focal, size = 6.0 / pixel, round(2.2 / pixel)
        K = np.array([[focal, 0, size / 2], [0, focal, size / 2], [0, 0, 1]])
        return float(shown(View(K, T, size, size)).sum()) * pixel**2

    learnt = area(PIXEL, lambda view: rasterise(gaussians, view).alpha)
    assert area(PIXEL / 3, lambda view: show(gaussians, view, PIXEL)[..., 3]) == pytest.approx(
        learnt, rel=0.01
    )
    assert area(PIXEL * 3, lambda view: show(gaussians, view, PIXEL)[..., 3]) == pytest.approx(
        learnt, rel=0.01
    )
    unhelped = area(PIXEL / 3, lambda view: rasterise(gaussians, view).alpha)
    assert unhelped < 0.97 * learnt
    np.testing.assert_allclose(widened(gaussians, PIXEL, PIXEL).log_scales, gaussians.log_scales)


def test_backgrounds_are_mixed_by_coverage() -> None:
    picture = np.array([[[0.5, 0.0, 0.0, 0.5], [0.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 1.0]]])
    np.testing.assert_array_equal(over(picture, (0, 0, 255)), [[[128, 0, 128], [0, 0, 255], [0, 255, 0]]])
    np.testing.assert_array_equal(over(picture, None), [[[255, 0, 0, 128], [0, 0, 0, 0], [0, 255, 0, 255]]])


def test_front_and_back_show_different_clothes(saved) -> None:
    motion = walk(PERSON, frames=2)
    for viewpoint, channel in (("front", 0), ("back", 2)):
        _, picture = next(animate(saved, MODEL, motion, viewpoint, 96, None))
        body = picture[..., 3] > 200
        assert body.mean() > 0.05
        assert picture[body].mean(axis=0)[channel] > 200


def test_a_taller_person_walks_in_the_footsteps_of_a_smaller_one_on_the_same_floor() -> None:
    small, tall = average_person(1.5), average_person(1.95)
    motion = walk(small, frames=20)
    q = followed(motion, MODEL, tall)
    np.testing.assert_array_equal(q[:, :46], motion.coordinates[:, :46])
    soles = skin(MODEL, tall, forward(MODEL, tall, q))[..., 1].min(axis=1)
    own = skin(MODEL, small, forward(MODEL, small, motion.coordinates))[..., 1].min(axis=1)
    np.testing.assert_allclose(soles, own * 1.95 / 1.5, atol=2e-3)
    assert np.ptp(q[:, -3]) == pytest.approx(np.ptp(motion.coordinates[:, -3]) * 1.95 / 1.5, rel=1e-3)


def test_their_own_motion_is_not_changed() -> None:
    person = Person(np.linspace(-1, 1, MODEL.shape_size), np.full(10, 0.03), 1.1)
    motion = walk(person)
    np.testing.assert_array_equal(followed(motion, MODEL, person), motion.coordinates)


def test_unknown_frames_are_left_out_and_a_single_one_is_held(saved) -> None:
    motion = walk(PERSON, frames=4)
    gap = motion.coordinates.copy()
    gap[1] = np.nan
    np.testing.assert_array_equal(shown_frames(replace(motion, coordinates=gap)), [0, 2, 3])
    gap[2:] = np.nan
    still = replace(motion, coordinates=gap)
    assert shown_frames(still).tolist() == [0] * STILL_FRAMES
    times = [time for time, _ in animate(saved, MODEL, still, "turntable", 16, (0, 0, 0))]
    assert len(times) == STILL_FRAMES and np.all(np.diff(times) > 0)
    with pytest.raises(BorelliError, match="no frame with a known pose"):
        shown_frames(replace(motion, coordinates=np.full_like(gap, np.nan)))


def test_motions_of_other_skeletons_are_refused() -> None:
    motion = walk(PERSON)
    other = replace(motion, coordinate_names=tuple(reversed(motion.coordinate_names)))
    with pytest.raises(BorelliError, match="another skeleton"):
        followed(other, MODEL, PERSON)


def test_the_command_writes_a_video(results: Path, tmp_path: Path, capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["render", str(results), "--size", "64", "-o", str(tmp_path / "new" / "turn.mp4")])
    assert ended.value.code == 0
    info = probe(tmp_path / "new" / "turn.mp4")
    assert (info.width, info.height, info.frame_count) == (64, 64, 3)
    assert "drawing avatar" in capsys.readouterr().out


def test_the_command_writes_transparent_pictures(results: Path, tmp_path: Path) -> None:
    frames = tmp_path / "frames"
    command = Render(results / "walk", size=64, camera="front", background="transparent", out=frames)
    assert render(command) == 0
    names = sorted(path.name for path in frames.iterdir())
    assert names == ["frame_00000.png", "frame_00001.png", "frame_00002.png"]
    picture = np.array(Image.open(frames / names[0]))
    assert picture.shape == (64, 64, 4)
    assert picture[0, 0, 3] == 0 and picture[..., 3].max() == 255
    with pytest.raises(BorelliError, match="holds frames already"):
        render(command)


def test_transparent_video_keeps_its_coverage(results: Path, tmp_path: Path) -> None:
    path = tmp_path / "clear.webm"
    assert render(Render(results, size=64, camera="front", background="transparent", out=path)) == 0
    decoder = av.CodecContext.create("libvpx-vp9", "r")
    with av.open(str(path)) as container:
        decoded = [frame for packet in container.demux(video=0) for frame in decoder.decode(packet)]
    picture = decoded[0].to_ndarray(format="rgba")
    assert picture[2, 2, 3] < 10 and picture[..., 3].max() > 245


def test_another_motion_may_be_given(results: Path, tmp_path: Path) -> None:
    save_motion(tmp_path / "other.npz", walk(average_person(1.9), frames=5))
    command = Render(results, motion=tmp_path / "other.npz", size=32, out=tmp_path / "frames")
    assert render(command) == 0
    assert len(list((tmp_path / "frames").iterdir())) == 5


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"person": 3}, "no avatar of person 3; people with one: 0"),
        ({"folder": Path("nowhere")}, "nowhere is not a folder"),
        ({"background": "blurple"}, "--background blurple is no colour; give a name such as green"),
        ({"out": Path("a.gif")}, "neither .mp4, .webm nor a folder"),
        ({"background": "transparent", "out": Path("a.mp4")}, "cannot be transparent; give a .webm"),
        ({"size": 5}, "--size 5 is not between 16 and 4096"),
        ({"motion": Path("none.npz")}, "none.npz does not exist"),
    ],
)
def test_wrong_requests_say_what_to_do(results: Path, change, said) -> None:
    with pytest.raises(BorelliError, match=said):
        render(replace(Render(results, out=Path("unused")), **change))


def test_folders_without_or_with_too_many_avatars_are_refused(results: Path, tmp_path: Path, saved) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(BorelliError, match=r"holds no avatar.npz; make one with `borelli run --avatar`"):
        render(Render(tmp_path / "empty", out=Path("unused")))
    save_avatar(results / "second" / "person_0" / "avatar.npz", saved)
    with pytest.raises(BorelliError, match=r"several videos; give the folder of one: .*second.*walk"):
        render(Render(results, out=Path("unused")))


def test_colours_are_those_of_css() -> None:
    assert parse_background("#00ff7f") == (0, 255, 127)
    assert parse_background("green") == (0, 128, 0)
    assert parse_background("transparent") is None
