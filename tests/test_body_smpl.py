import io
import pickle
import zipfile

import numpy as np
import pytest
from body_files import our_body_as_skel, our_body_as_smpl, skel_content, smpl_content, write
from scipy import sparse

from borelli.body import load_skel, load_smpl, smpl_pose, smpl_to_skel, smpl_vertices
from borelli.body.skel import skel_table
from borelli.body.skel_start import continuous
from borelli.body.smpl import SMPL_JOINTS
from borelli.body.smpl_surface import surface_points
from borelli.errors import BorelliError
from borelli.geometry.rotations import matrix_from_rotvec


@pytest.fixture(scope="module")
def content():
    return smpl_content(np.random.default_rng(1))


@pytest.fixture
def smpl(content, tmp_path):
    return load_smpl(write(tmp_path / "SMPL_NEUTRAL.pkl", content))


@pytest.fixture(scope="module")
def bodies(tmp_path_factory):
    """SMPL and SKEL files of one anatomical body, ours."""
    folder, content = tmp_path_factory.mktemp("bodies"), our_body_as_smpl(stride=20)
    smpl = load_smpl(write(folder / "SMPL_MALE.pkl", content))
    return smpl, load_skel(write(folder / "skel_male.pkl", our_body_as_skel(content)))


def _single(joint: int, rotvec, frames: int = 1) -> np.ndarray:
    pose = np.zeros((frames, 24, 3))
    pose[:, joint] = rotvec
    return pose


def test_at_rest_joints_are_regressed_and_skin_is_the_shaped_template(smpl, content):
    betas, t = np.linspace(-2, 2, 10), np.array([[0.1, -0.2, 0.3]])
    pose = smpl_pose(smpl, betas, np.zeros((1, 24, 3)), t)
    shaped = content["v_template"] + content["shapedirs"] @ betas
    assert pose.joints[0] == pytest.approx(content["J_regressor"] @ shaped + t, abs=1e-12)
    assert smpl_vertices(smpl, pose)[0] == pytest.approx(shaped + t, abs=1e-12)


def test_a_bent_knee_moves_the_ankle_about_the_knee_and_nothing_above(smpl):
    knee, ankle = SMPL_JOINTS.index("left_knee"), SMPL_JOINTS.index("left_ankle")
    rest = smpl_pose(smpl, np.zeros(0), np.zeros((1, 24, 3)), np.zeros((1, 3))).joints[0]
    bent = smpl_pose(smpl, np.zeros(0), _single(knee, [np.pi / 2, 0, 0]), np.zeros((1, 3))).joints[0]
    x, y, z = rest[ankle] - rest[knee]
    assert bent[ankle] - bent[knee] == pytest.approx([x, -z, y])
    below = [7, 10]
    assert np.delete(bent, below, axis=0) == pytest.approx(np.delete(rest, below, axis=0))


def test_pose_blend_shapes_follow_the_entries_of_the_rotation(smpl, content):
    joint, angle = 9, 0.8
    pose = smpl_pose(smpl, np.zeros(0), _single(joint, [0, 0, angle]), np.zeros((1, 3)))
    change = matrix_from_rotvec(np.array([0, 0, angle])) - np.eye(3)
    first = 9 * (joint - 1)
    bent = content["v_template"] + content["posedirs"][..., first : first + 9] @ change.ravel()
    rest = content["J_regressor"] @ content["v_template"]
    share = content["weights"][:, [9, 12, 13, 14, *range(15, 24)]].sum(axis=1, keepdims=True)
    turned = (bent - rest[9]) @ (change + np.eye(3)).T + rest[9]
    assert smpl_vertices(smpl, pose)[0] == pytest.approx(share * turned + (1 - share) * bent, abs=1e-12)


def test_joints_and_skin_agree_with_an_independent_implementation(content, tmp_path):
    reference = pytest.importorskip(
        "body_models.smpl.numpy", reason="dev dependency body-models (Apache-2.0)"
    )
    rng = np.random.default_rng(5)
    path = write(tmp_path / "SMPL_MALE.pkl", content)
    dense = write(tmp_path / "dense.pkl", content | {"J_regressor": content["J_regressor"].toarray()})
    ours, theirs = load_smpl(path), reference.SMPL(model_path=dense)
    betas, angles, t = rng.normal(size=10), rng.normal(size=(70, 24, 3)), rng.normal(size=(70, 3))
    pose = smpl_pose(ours, betas, angles, t)
    given = {
        "body_pose": angles[:, 1:].astype(np.float32),
        "pelvis_rotation": angles[:, 0].astype(np.float32),
        "shape": np.tile(betas, (70, 1)).astype(np.float32),
        "global_translation": t.astype(np.float32),
    }
    frames = np.asarray(theirs.forward_skeleton(**given))
    assert pose.joints == pytest.approx(frames[..., :3, 3], abs=1e-5)
    vertices = np.asarray(theirs.forward_vertices(**given))
    assert smpl_vertices(ours, pose) == pytest.approx(vertices, abs=1e-5)
    assert smpl_vertices(ours, pose, np.array([4, 2])) == pytest.approx(vertices[:, [4, 2]], abs=1e-5)


def test_pkl_and_npz_hold_the_same_body(content, smpl, tmp_path):
    dense = content | {"J_regressor": content["J_regressor"].toarray()}
    np.savez(tmp_path / "model.npz", **dense, unused=np.array([{"a": 1}], dtype=object))
    other = load_smpl(tmp_path / "model.npz")
    for name in ("template", "joints", "joint_directions", "weights", "pose_directions", "faces", "parents"):
        assert getattr(other, name) == pytest.approx(getattr(smpl, name), abs=1e-14), name


def test_an_npz_with_a_pickle_inside_is_read_by_the_restricted_reader(content, tmp_path):
    dense = content | {"J_regressor": np.array(sparse.csc_matrix(content["J_regressor"]), dtype=object)}
    np.savez(tmp_path / "good.npz", **dense)
    assert load_smpl(tmp_path / "good.npz").family == "SMPL"
    member = io.BytesIO()
    np.lib.format.write_array_header_1_0(member, {"descr": "|O", "fortran_order": False, "shape": ()})
    member.write(pickle.dumps(print))
    np.savez(tmp_path / "bad.npz", **{k: v for k, v in dense.items() if k != "J_regressor"})
    with zipfile.ZipFile(tmp_path / "bad.npz", "a") as archive:
        archive.writestr("J_regressor.npy", member.getvalue())
    with pytest.raises(BorelliError, match=r"asks for (__builtin__|builtins)\.print"):
        load_smpl(tmp_path / "bad.npz")


@pytest.mark.parametrize(
    ("name", "gender"),
    [
        ("SMPL_FEMALE.pkl", "female"),
        ("basicmodel_m_lbs_10_207_0_v1.1.0.pkl", "male"),
        ("basicModel_f_lbs_10_207_0_v1.0.0.pkl", "female"),
        ("basicmodel_neutral_lbs_10_207_0_v1.1.0.pkl", "neutral"),
        ("male/model.pkl", "male"),
        ("body.pkl", "unknown"),
    ],
)
def test_the_gender_is_in_the_name_of_the_file(content, tmp_path, name, gender):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    assert load_smpl(write(tmp_path / name, content)).gender == gender


def test_facial_expressions_of_smpl_x_are_not_shape(content, tmp_path):
    rng, parents = np.random.default_rng(0), np.r_[-1, np.arange(54)]
    big = content | {
        "kintree_table": np.stack([parents, np.arange(55)]),
        "J_regressor": np.full((55, 60), 1 / 60),
        "weights": np.full((60, 55), 1 / 55),
        "posedirs": np.zeros((60, 3, 486)),
        "shapedirs": rng.normal(size=(60, 3, 20)),
    }
    model = load_smpl(write(tmp_path / "SMPLX_MALE.pkl", big))
    assert (model.family, model.shape_size, len(model.parents)) == ("SMPL-X", 10, 55)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weights": None}, "no SMPL model: it lacks weights; register at smpl"),
        ({"weights": np.zeros((60, 23))}, "weights is 60 x 23, expected 60 x 24"),
        ({"kintree_table": np.zeros((2, 7))}, "has 7 joints; valid: 24"),
        ({"posedirs": np.zeros((60, 3, 200))}, "posedirs is 60 x 3 x 200, expected 60 x 3 x 207"),
    ],
)
def test_unusable_files_are_refused_with_what_is_wrong(content, tmp_path, change, message):
    path = write(tmp_path / "SMPL_MALE.pkl", {k: v for k, v in (content | change).items() if v is not None})
    with pytest.raises(BorelliError, match=message):
        load_smpl(path)


def test_other_files_are_recognised(tmp_path):
    skel = write(tmp_path / "skel_male.pkl", skel_content(np.random.default_rng(0)))
    with pytest.raises(BorelliError, match="is a SKEL model; read it with load_skel"):
        load_smpl(skel)
    (tmp_path / "a.zip").write_bytes(b"")
    with pytest.raises(BorelliError, match="no SMPL model file: give the unpacked"):
        load_smpl(tmp_path / "a.zip")
    (tmp_path / "a.npz").write_bytes(b"PK")
    with pytest.raises(BorelliError, match="cannot be read"):
        load_smpl(tmp_path / "a.npz")
    with pytest.raises(BorelliError, match="holds a list"):
        load_smpl(write(tmp_path / "a.pkl", [1]))  # type: ignore[arg-type]


def test_too_many_shape_numbers_are_refused(smpl):
    with pytest.raises(BorelliError, match="11 shape numbers for a SMPL file of 10"):
        smpl_pose(smpl, np.zeros(11), np.zeros((1, 24, 3)), np.zeros((1, 3)))


def test_surface_points_are_where_their_names_say(bodies):
    smpl, _ = bodies
    at = {name: smpl.template[i] for name, i in surface_points(smpl).items()}
    assert set(at) == {
        "vertex",
        "nose",
        *(f"{n}_{s}" for n in ("heel", "big_toe", "fingertip") for s in "rl"),
    }
    assert at["fingertip_l"][0] > 0.7 and at["fingertip_r"][0] < -0.7
    assert at["big_toe_l"][2] - at["heel_l"][2] == pytest.approx(0.25, abs=0.04)
    assert at["vertex"][1] - at["heel_l"][1] == pytest.approx(1.67, abs=0.06)
    assert abs(at["nose"][0]) < 0.02


def _walk(frames: int = 12) -> np.ndarray:
    """(T, 24, 3) swinging arms that hang, bending knees, a turning trunk."""
    phase = np.linspace(0, 2 * np.pi, frames)
    pose = np.zeros((frames, 24, 3))
    pose[:, 0, 1] = 0.5 * phase
    pose[:, 3, 1], pose[:, 9, 0] = 0.2 * np.sin(phase), 0.1
    for side, sign in (("left", 1.0), ("right", -1.0)):
        at = {name: SMPL_JOINTS.index(f"{side}_{name}") for name in ("hip", "knee", "shoulder", "elbow")}
        pose[:, at["hip"], 0] = -0.4 * sign * np.sin(phase)
        pose[:, at["knee"], 0] = 0.5 + 0.4 * sign * np.cos(phase)
        pose[:, at["shoulder"], 2] = -sign * 1.2
        pose[:, at["elbow"], 1] = -sign * (0.6 + 0.3 * np.sin(phase))
    return pose


def test_smpl_becomes_skel_with_a_stated_error(bodies):
    smpl, skel = bodies
    pose = smpl_pose(smpl, np.zeros(10), _walk(), np.tile([0.0, 1.0, 0.0], (12, 1)))
    found = smpl_to_skel(smpl, skel, pose)
    rms = found.joint_rms_mm()
    limbs = [f"{s}_{side}" for s in ("femur", "tibia", "talus", "humerus", "ulna", "hand") for side in "rl"]
    assert max(rms[name] for name in limbs) < 12.0
    assert np.median(found.skin_error) < 0.012
    names = skel_table().coordinate_names
    for side, sign in (("l", 1.0), ("r", -1.0)):
        knee = 0.5 + 0.4 * sign * np.cos(np.linspace(0, 2 * np.pi, 12))
        assert found.q[:, names.index(f"knee_angle_{side}")] == pytest.approx(knee, abs=np.radians(4))
    assert np.ptp(found.q[:, names.index("pelvis_rotation")]) == pytest.approx(np.pi, abs=0.1)


def test_bodies_with_other_vertices_cannot_be_converted(bodies, tmp_path):
    smpl, _ = bodies
    other = load_skel(write(tmp_path / "skel_male.pkl", skel_content(np.random.default_rng(0))))
    pose = smpl_pose(smpl, np.zeros(0), np.zeros((1, 24, 3)), np.zeros((1, 3)))
    with pytest.raises(BorelliError, match="the SKEL file 60"):
        smpl_to_skel(smpl, other, pose)


def test_continuous_angles_keep_the_rotation():
    rng = np.random.default_rng(0)
    q = np.cumsum(rng.normal(size=(30, 46)) * 0.1, axis=0)
    flipped = q.copy()
    flipped[10:, 3] += np.pi
    flipped[10:, 4] = np.pi - flipped[10:, 4]
    flipped[10:, 5] -= np.pi
    assert continuous(flipped)[:, 3:6] == pytest.approx(q[:, 3:6])
    assert np.array_equal(continuous(q), q)
