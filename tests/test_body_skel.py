import numpy as np
import pytest
from body_files import SKEL_PARENTS, skel_content, smpl_content, write
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from borelli.body import load_skel, skel_limits, skel_pose, skel_rest, skel_vertices
from borelli.body.skel import skel_table
from borelli.body.skel_forward import SMPL_JOINT
from borelli.body.skel_jacobian import marks_jacobian, marks_of
from borelli.body.skel_joints import arc, scapula_place, shortest_turn, spine_offset
from borelli.errors import BorelliError

RIGHT = np.array([[0.0, 0.0, -1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
"""OpenSim axes in SMPL's: x_osim = z_smpl, y_osim = y_smpl, z_osim = -x_smpl."""


@pytest.fixture(scope="module")
def content():
    return skel_content(np.random.default_rng(3))


@pytest.fixture(scope="module")
def skel(content, tmp_path_factory):
    return load_skel(write(tmp_path_factory.mktemp("skel") / "skel_female.pkl", content))


@pytest.fixture
def plain(content, tmp_path):
    """Bones whose axes are OpenSim's, parallel to the body at rest, with the joints on a grid."""
    joints = np.zeros((24, 3))
    for j, parent in enumerate(SKEL_PARENTS[1:], start=1):
        side = 0 if 11 <= j <= 13 else 1 if j > 18 or 6 <= j <= 10 else -1
        joints[j] = joints[parent] + [0.01 * side, -0.4 if j < 11 else 0.2, 0.02]
    apose = np.tile(np.eye(4), (24, 1, 1))
    apose[1:, :3, 3] = (joints[1:] - joints[SKEL_PARENTS[1:]]) @ RIGHT
    apose[12, :3, 3] = apose[13, :3, 3] = (joints[12] - joints[11]) @ RIGHT
    vertices = content["skin_template_v"]
    shares = np.linalg.lstsq(
        np.vstack([vertices.T, np.ones(len(vertices))]), np.vstack([joints.T, np.ones(24)]), rcond=None
    )[0].T
    changed = content | {
        "J_regressor_osim": shares,
        "shapedirs": np.zeros((len(vertices), 3, 10)),
        "per_joint_rot": np.tile(RIGHT, (24, 1, 1)),
        "apose_rel_transfo": apose,
    }
    return load_skel(write(tmp_path / "skel_male.pkl", changed)), joints


def _posed(model, **angles):
    table = skel_table()
    q = np.zeros((1, 46))
    for name, value in angles.items():
        q[0, table.coordinate_names.index(name)] = value
    pose = skel_pose(model, skel_rest(model, np.zeros(0)), q, np.zeros((1, 3)))
    return {name: pose.T_world_joint[0, j] for j, name in enumerate(table.segment_names)}


def test_the_table_has_46_angles_of_24_segments_in_the_file_order():
    table = skel_table()
    assert table.parents.tolist() == SKEL_PARENTS
    counts = np.bincount(table.segments).tolist()
    assert counts == [3, 3, 1, 1, 1, 1, 3, 1, 1, 1, 1, 3, 3, 3, 3, 3, 1, 1, 2, 3, 3, 1, 1, 2]
    assert np.all(np.diff(table.segments) >= 0)
    assert table.coordinate_names[23:29] == (
        "head_bending", "head_extension", "head_twist",
        "scapula_abduction_r", "scapula_elevation_r", "scapula_upward_rot_r",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("coordinate", "offset"),
    [
        ("ankle_angle_r", (0.175895, -0.105208, 0.0186622)),
        ("ankle_angle_l", (0.175895, -0.105208, 0.0186622)),
        ("subtalar_angle_r", (-1.76818999, 0.906223, 1.8196)),
        ("subtalar_angle_l", (1.76818999, -0.906223, 1.8196)),
        ("mtp_angle_r", (-3.14159, 0.619901, 0)),
        ("mtp_angle_l", (-3.14159, -0.619901, 0)),
    ],
)
def test_pins_turn_about_the_z_axis_of_their_offset(coordinate, offset):
    table = skel_table()
    axis = table.axes[table.coordinate_names.index(coordinate)]
    assert axis == pytest.approx(Rotation.from_euler("XYZ", offset).as_matrix()[:, 2], abs=1e-5)


def test_at_zero_no_segment_is_turned_and_joints_are_where_the_regressor_says(skel, content):
    betas, t = np.linspace(-1, 1, 10), np.array([[0.1, 0.2, 0.3]])
    rest = skel_rest(skel, betas)
    pose = skel_pose(skel, rest, np.zeros((1, 46)), t)
    shaped = content["skin_template_v"] + content["shapedirs"][..., :10] @ betas
    assert pose.joints[0] == pytest.approx(content["J_regressor_osim"] @ shaped + t, abs=1e-12)
    assert np.allclose(pose.rotations, np.eye(3), atol=1e-12)
    assert skel_vertices(skel, rest, pose)[0] == pytest.approx(shaped + t, abs=1e-9)


def test_angles_turn_the_way_their_names_say(plain):
    model, joints = plain
    behind = _posed(model, knee_angle_r=np.pi / 2)["talus_r"][:3, 3] - joints[2]
    assert behind[2] == pytest.approx(-0.4, abs=1e-5), "a bent knee takes the ankle backwards"
    forward = _posed(model, hip_flexion_l=np.pi / 2)["tibia_l"][:3, 3] - joints[6]
    assert forward[2] == pytest.approx(0.4, abs=1e-5), "hip flexion takes the knee forwards"
    back = _posed(model, lumbar_extension=0.5)["lumbar_body"][:3, 3] - joints[11]
    assert back[2] < -0.01
    right = _posed(model, lumbar_bending=0.5)["lumbar_body"][:3, 3] - joints[11]
    assert right[0] < -0.01, "x is to the left"


def test_root_angles_are_tilt_then_list_then_rotation_in_opensim_axes(plain):
    model, _ = plain
    tilt, pelvis_list, rotation = 0.3, -0.5, 1.1
    found = _posed(model, pelvis_tilt=tilt, pelvis_list=pelvis_list, pelvis_rotation=rotation)["pelvis"]
    expected = Rotation.from_euler("YZX", [rotation, pelvis_list, -tilt]).as_matrix()
    assert found[:3, :3] == pytest.approx(expected, abs=1e-12)


def test_a_mirrored_pose_mirrors_the_body_but_for_the_ankles(plain):
    model, joints = plain
    left = np.arange(24)
    left[1:11], left[14:24] = np.r_[6:11, 1:6], np.r_[19:24, 14:19]
    assert joints[left] * [-1, 1, 1] == pytest.approx(joints, abs=1e-9)
    rng = np.random.default_rng(0)
    q = rng.uniform(-0.7, 0.7, size=(1, 46))
    q[0, [7, 14]] = 0.0  # the files turn both ankles about one axis, not about mirrored ones
    swap = np.arange(46)
    swap[3:17], swap[26:46] = np.r_[10:17, 3:10], np.r_[36:46, 26:36]
    signs = np.ones(46)
    signs[[1, 2, 17, 19, 20, 22, 23, 25, 26, 27, 29, 30, 36, 37, 39, 40]] = -1.0
    rest = skel_rest(model, np.zeros(0))
    one = skel_pose(model, rest, q, np.zeros((1, 3))).joints[0]
    other = skel_pose(model, rest, (q * signs)[:, swap], np.zeros((1, 3))).joints[0]
    assert other[left] * [-1, 1, 1] == pytest.approx(one, abs=1e-9)


def test_an_arc_is_an_arc_and_continuous_where_its_series_begins():
    across, along = arc(0.2, np.array([np.pi / 2, np.pi]))
    assert across == pytest.approx([0.4 / np.pi, 0.4 / np.pi])
    assert along == pytest.approx([0.4 / np.pi, 0.0], abs=1e-12)
    near = np.array([-1.0001e-5, -0.9999e-5, 0.0, 0.9999e-5, 1.0001e-5])
    across, along = arc(0.2, near)
    assert across == pytest.approx(0.1 * near, abs=1e-11)
    assert along == pytest.approx(np.full(5, 0.2), abs=1e-9)


def test_the_spine_sums_the_arcs_of_both_planes():
    moved = spine_offset(0.2, np.array([np.pi / 2]), np.array([0.0]))[0]
    assert moved == pytest.approx([-0.4 / np.pi, 0.4 / np.pi - 0.2, 0.0])
    moved = spine_offset(0.2, np.array([0.0]), np.array([np.pi / 2]))[0]
    assert moved == pytest.approx([0.0, 0.4 / np.pi - 0.2, -0.4 / np.pi])


def test_scapulae_slide_on_an_ellipsoid():
    zero = np.zeros(1)
    s = np.sqrt(0.5)
    assert scapula_place(0.4, 0.3, 1.0, zero, zero)[0] == pytest.approx([-0.1 * s, 0.15 * s, 0.0])
    assert scapula_place(0.4, 0.3, -1.0, zero, zero)[0] == pytest.approx([0.1 * s, 0.15 * s, 0.0])
    quarter = np.array([np.pi / 4])
    assert scapula_place(0.4, 0.3, 1.0, zero, quarter)[0] == pytest.approx([-0.1, 0.0, 0.0])
    assert scapula_place(0.4, 0.3, -1.0, 2 * quarter, -quarter)[0] == pytest.approx([0.0, 0.0, -0.1])


def test_upward_rotation_and_twist_move_no_joint_centre(plain):
    model, joints = plain
    for name, segment in (("scapula_upward_rot_r", "scapula_r"), ("thorax_twist", "thorax")):
        place = joints[skel_table().segment_names.index(segment)]
        assert _posed(model, **{name: 0.4})[segment][:3, 3] == pytest.approx(place, abs=1e-9)


@given(st.lists(st.floats(-1, 1), min_size=3, max_size=3), st.lists(st.floats(-1, 1), min_size=3, max_size=3))
def test_the_shortest_turn_takes_one_direction_to_the_other(start, end):
    u, w = np.array(start), np.array(end)
    R = shortest_turn(u, w)
    assert R @ R.T == pytest.approx(np.eye(3), abs=1e-9)
    assert np.linalg.det(R) == pytest.approx(1.0)
    if min(np.linalg.norm(u), np.linalg.norm(w)) > 1e-6:
        assert R @ u / np.linalg.norm(u) == pytest.approx(w / np.linalg.norm(w), abs=1e-6)


@pytest.mark.parametrize("u", [[1.0, 0, 0], [0, -2.0, 0], [0.3, -0.4, 1.2]])
def test_opposite_and_equal_and_vanishing_vectors_have_a_turn(u):
    u = np.array(u)
    half = shortest_turn(u, -3 * u)
    assert half @ u == pytest.approx(-u) and np.linalg.det(half) == pytest.approx(1.0)
    assert shortest_turn(u, 2 * u) == pytest.approx(np.eye(3))
    assert shortest_turn(np.zeros(3), u) == pytest.approx(np.eye(3))


def test_pose_blend_shapes_of_a_doubled_joint_come_from_the_last_segment():
    assert SMPL_JOINT[3] == SMPL_JOINT[4] == 8 and SMPL_JOINT[8] == SMPL_JOINT[9] == 7
    assert set(range(24)) - set(SMPL_JOINT.tolist()) == {9, 12, 22, 23}
    assert SMPL_JOINT[17] == SMPL_JOINT[22] == 0


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 1000))
def test_joints_and_skin_agree_with_an_independent_implementation(tmp_path_factory, seed):
    reference = pytest.importorskip(
        "body_models.skel.numpy", reason="dev dependency body-models (Apache-2.0)"
    )
    rng = np.random.default_rng(seed)
    path = write(tmp_path_factory.mktemp("skel") / "skel_male.pkl", skel_content(rng))
    ours, theirs = load_skel(path), reference.SKEL(model_path=path, gender="male")
    betas, q, t = rng.normal(size=10), rng.normal(size=(4, 46)) * 1.5, rng.normal(size=(4, 3))
    q[0] *= 1e-7  # the series of the arcs
    rest = skel_rest(ours, betas)
    pose = skel_pose(ours, rest, q, t)
    given_angles = {
        "body_pose": np.delete(q, np.s_[23:26], axis=1).astype(np.float32),
        "head_pose": q[:, 23:26].astype(np.float32),
        "shape": np.tile(betas, (4, 1)).astype(np.float32),
        "global_translation": t.astype(np.float32),
    }
    frames = theirs.forward_skeleton(**given_angles)
    assert pose.T_world_joint == pytest.approx(np.asarray(frames), abs=1e-5)
    vertices = np.asarray(theirs.forward_vertices(**given_angles))
    assert skel_vertices(ours, rest, pose) == pytest.approx(vertices, abs=1e-5)
    some = np.array([5, 3, 59])
    assert skel_vertices(ours, rest, pose, some) == pytest.approx(vertices[:, some], abs=1e-5)


def test_derivatives_agree_with_finite_differences(content, tmp_path):
    still = content | {"posedirs": np.zeros_like(content["posedirs"])}
    model = load_skel(write(tmp_path / "skel_male.pkl", still))
    rng = np.random.default_rng(0)
    rest, marks = skel_rest(model, rng.normal(size=10)), marks_of(model, 2)
    x, h = rng.normal(size=(2, 49)), 1e-6

    def points(x):
        pose = skel_pose(model, rest, x[:, :46], x[:, 46:])
        return np.concatenate([pose.joints, skel_vertices(model, rest, pose, marks.vertices)], axis=1)

    numeric = np.stack([(points(x + h * e) - points(x - h * e)) / (2 * h) for e in np.eye(49)], axis=-1)
    assert marks_jacobian(model, rest, marks, x[:, :46], x[:, 46:]) == pytest.approx(numeric, abs=1e-7)


def test_presets_limit_what_their_authors_limit():
    names = skel_table().coordinate_names
    for preset, free in (("SKEL", 14), ("HSMR", 3)):
        lower, upper = skel_limits(preset)
        assert int(np.isinf(lower).sum()) == int(np.isinf(upper).sum()) == free
        assert np.all(lower < upper)
        assert (lower[names.index("knee_angle_l")], upper[names.index("knee_angle_l")]) == pytest.approx(
            (0.0, np.radians(135))
        )
        assert upper[names.index("scapula_elevation_l")] == -0.1, "their T-pose violates their own limits"
    with pytest.raises(BorelliError, match="valid: HSMR, SKEL"):
        skel_limits("smpl")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": "1.0"}, "version 1.0; this reads 1.1.1"),
        ({"version": None, "joint_sockets": np.zeros(3)}, "version"),
        ({"per_joint_rot": None}, "lacks per_joint_rot"),
        ({"per_joint_rot": np.zeros((23, 3, 3))}, "per_joint_rot is 23 x 3 x 3, expected 24 x 3 x 3"),
        ({"posedirs": np.full((60, 3, 207), np.nan)}, "posedirs holds numbers that are not finite"),
        ({"shapedirs": np.zeros((60, 3, 7))}, "shapedirs has 7 components"),
        ({"skin_weights": ["a"]}, "skin_weights is not an array"),
        ({"osim_kintree_table": np.stack([np.arange(24), np.arange(24)])}, "not a tree"),
    ],
)
def test_unusable_files_are_refused_with_what_is_wrong(content, tmp_path, change, message):
    path = write(tmp_path / "skel_male.pkl", {k: v for k, v in (content | change).items() if v is not None})
    with pytest.raises(BorelliError, match=message):
        load_skel(path)


def test_other_models_and_genders_are_recognised(content, tmp_path):
    smpl = write(tmp_path / "SMPL_MALE.pkl", smpl_content(np.random.default_rng(0)))
    with pytest.raises(BorelliError, match=r"is an SMPL model.*skel\.is\.tue\.mpg\.de"):
        load_skel(smpl)
    female = write(tmp_path / "skel_female.pkl", content)
    assert load_skel(female).gender == load_skel(female, "female").gender == "female"
    with pytest.raises(BorelliError, match="is the female model by its name, not male"):
        load_skel(female, "male")
    with pytest.raises(BorelliError, match="valid: male, female"):
        load_skel(female, "neutral")
    with pytest.raises(BorelliError, match="does not exist"):
        load_skel(tmp_path / "absent.pkl")
    with pytest.raises(BorelliError, match="is a folder"):
        load_skel(tmp_path)


def test_wrong_parameters_are_refused(skel):
    with pytest.raises(BorelliError, match="11 shape numbers"):
        skel_rest(skel, np.zeros(11))
    with pytest.raises(BorelliError, match=r"expected \(frames, 46\)"):
        skel_pose(skel, skel_rest(skel, np.zeros(10)), np.zeros(46), np.zeros((1, 3)))
