from dataclasses import fields, replace

import numpy as np
import pytest

from borelli.errors import BorelliError
from borelli.motion.motion import Motion, load_motion, save_motion


def small_motion(frames: int = 3) -> Motion:
    rng = np.random.default_rng(0)
    joints = rng.normal(size=(frames, 2, 3))
    return Motion(
        person=1,
        video="walk.mp4",
        width=640,
        height=480,
        time=np.arange(frames) / 25.0,
        coordinate_names=("knee_angle_r", "pelvis_tx"),
        coordinates=rng.normal(size=(frames, 2)),
        joint_names=("hip_r", "knee_r"),
        joints=joints,
        joints_camera=joints + 1.0,
        joint_sigma=np.full((frames, 2), 0.02),
        landmark_names=(),
        landmarks=np.zeros((frames, 0, 3)),
        shape=np.zeros(4),
        log_lengths=np.zeros(10),
        scale=1.02,
        segment_names=("femur_r",),
        segment_lengths=np.array([0.41]),
        stature=1.75,
        mass=70.5,
        K=np.eye(3),
        distortion=np.zeros(0),
        T_camera_world=np.tile(np.eye(4), (frames, 1, 1)),
        keypoint_names=("nose",),
        keypoints=np.full((frames, 1, 3), np.nan),
        contact_names=("heel_r",),
        contacts=np.ones((frames, 1)),
        valid=np.array([True] * (frames - 1) + [False]),
    )


@pytest.mark.parametrize("physics", [False, True])
def test_every_field_survives_the_file(tmp_path, physics):
    motion = small_motion()
    if physics:
        motion = replace(
            motion,
            coordinate_sigma=np.full((3, 2), 0.1),
            forces=np.ones((3, 1, 3)),
            torques=np.ones((3, 2)),
            residual_wrench=np.zeros((3, 6)),
            simulated=np.array([True, True, False]),
        )
    path = tmp_path / "deep" / "motion.npz"
    save_motion(path, motion)
    back = load_motion(path)
    for field in fields(Motion):
        was, now = getattr(motion, field.name), getattr(back, field.name)
        assert type(was) is type(now), field.name
        if isinstance(was, np.ndarray):
            assert was.dtype == now.dtype
        np.testing.assert_array_equal(was, now)
    assert [p.name for p in path.parent.iterdir()] == ["motion.npz"]


def test_the_file_opens_with_numpy_alone_and_without_pickles(tmp_path):
    save_motion(tmp_path / "m.npz", small_motion())
    with np.load(tmp_path / "m.npz", allow_pickle=False) as data:
        assert str(data["format"]) == "borelli-motion-1"
        assert list(data["joint_names"]) == ["hip_r", "knee_r"]
        assert data["landmark_names"].dtype.kind == "U"


def test_a_failed_save_keeps_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "m.npz"
    save_motion(path, small_motion())
    before = path.read_bytes()

    def full_disk(*_args: object, **_kwargs: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(np, "savez_compressed", full_disk)
    with pytest.raises(OSError, match="no space"):
        save_motion(path, small_motion(4))
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["m.npz"]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("joints", np.zeros((3, 3, 3)), r"joints has shape \(3, 3, 3\); expected \(3, 2, 3\)"),
        ("T_camera_world", np.eye(4), r"T_camera_world has shape \(4, 4\); expected \(3, 4, 4\)"),
        ("forces", np.zeros((3, 2, 3)), r"forces has shape"),
        ("time", np.array([0.0, 0.1, 0.1]), "time does not increase"),
    ],
)
def test_arrays_that_contradict_each_other_are_refused(field, value, words):
    with pytest.raises(BorelliError, match=words):
        replace(small_motion(), **{field: value})


def test_other_files_are_refused_in_one_line(tmp_path):
    with pytest.raises(BorelliError, match="does not exist"):
        load_motion(tmp_path / "none.npz")
    (tmp_path / "text.npz").write_text("hello")
    with pytest.raises(BorelliError, match="not a readable"):
        load_motion(tmp_path / "text.npz")
    np.savez(tmp_path / "other.npz", x=np.zeros(3))
    with pytest.raises(BorelliError, match="format none"):
        load_motion(tmp_path / "other.npz")
    save_motion(tmp_path / "m.npz", small_motion())
    (tmp_path / "cut.npz").write_bytes((tmp_path / "m.npz").read_bytes()[:500])
    with pytest.raises(BorelliError, match="not a readable"):
        load_motion(tmp_path / "cut.npz")
    np.savez(tmp_path / "part.npz", format="borelli-motion-1", time=np.zeros(1))
    with pytest.raises(BorelliError, match="lacks person, video"):
        load_motion(tmp_path / "part.npz")


def test_lookups_by_name_and_rate():
    motion = small_motion()
    assert motion.frame_rate == pytest.approx(25.0)
    np.testing.assert_array_equal(motion.joint("knee_r"), motion.joints[:, 1])
    np.testing.assert_array_equal(motion.coordinate("pelvis_tx"), motion.coordinates[:, 1])
