from pathlib import Path

import numpy as np
import pytest
from exported_motion import MODEL, moving_person
from gltf_reader import Gltf, read_glb

from borelli.body.kinematics import forward
from borelli.body.skin import skin
from borelli.export.glb import write_glb
from borelli.export.gltf_buffer import Column, glb, pack
from borelli.export.rig import Rig, make_rig
from borelli.export.take import Take, valid_take
from borelli.geometry.frames import R_ZFRONT_XFRONT

FRAMES = (0, 7, 20, 35)


@pytest.fixture(scope="module")
def take() -> Take:
    return valid_take(moving_person())


@pytest.fixture(scope="module")
def rig(take: Take) -> Rig:
    return make_rig(MODEL, take.person, take.coordinates, "mixamo")


@pytest.fixture(scope="module")
def read(take: Take, rig: Rig, tmp_path_factory: pytest.TempPathFactory) -> Gltf:
    path = Path(tmp_path_factory.mktemp("glb")) / "body.glb"
    write_glb(path, MODEL, take.person, rig, take.times)
    return read_glb(path)


def test_bones_are_where_the_joints_of_the_motion_are(read: Gltf, rig: Rig) -> None:
    assert [node["name"] for node in read.content["nodes"][: len(rig.names)]] == list(rig.names)
    for frame in FRAMES:
        world = read.worlds(frame)[: len(rig.names)]
        np.testing.assert_allclose(world[:, :3, 3], rig.positions[frame], atol=1e-5)
        np.testing.assert_allclose(world[:, :3, :3], rig.rotations[frame], atol=1e-5)


def test_the_skin_is_that_of_the_body_within_five_millimetres(read: Gltf, take: Take) -> None:
    pose = forward(MODEL, take.person, take.coordinates[list(FRAMES)])
    points = skin(MODEL, take.person, pose) @ R_ZFRONT_XFRONT.T
    for frame, wanted in zip(FRAMES, points, strict=True):
        distance = np.linalg.norm(read.skin_at(frame) - wanted, axis=1)
        assert distance.max() < 0.005 and np.median(distance) < 0.0005


def test_it_rests_in_a_t_pose_on_the_floor(read: Gltf, rig: Rig) -> None:
    np.testing.assert_allclose(read.worlds(None)[: len(rig.names), :3, 3], rig.rest, atol=1e-6)
    rest = read.skin_at(None)
    assert rest[:, 1].min() == pytest.approx(0, abs=0.01)
    assert np.ptp(rest[:, 0]) == pytest.approx(np.ptp(rest[:, 1]), rel=0.15), "arm span is about the stature"


def test_frames_that_are_not_valid_are_left_out_of_the_keys(read: Gltf, take: Take) -> None:
    animation = read.content["animations"][0]
    times = read.accessor(animation["samplers"][0]["input"])[:, 0]
    np.testing.assert_allclose(times, take.times, atol=1e-6)
    assert len(times) == 36 and np.all(np.diff(times) > 0)
    assert all(len(read.accessor(s["output"])) == len(times) for s in animation["samplers"])
    assert np.isfinite(read.accessor(animation["samplers"][0]["output"])).all()


def test_neighbouring_quaternions_never_turn_the_long_way(read: Gltf) -> None:
    for sampler in read.content["animations"][0]["samplers"][1:]:
        wxyz = read.accessor(sampler["output"])
        np.testing.assert_allclose(np.linalg.norm(wxyz, axis=1), 1, atol=1e-6)
        assert np.sum(wxyz[1:] * wxyz[:-1], axis=1).min() > 0


def test_attributes_keep_the_promises_of_the_format(read: Gltf) -> None:
    primitive = read.content["meshes"][0]["primitives"][0]
    attribute = {name: read.accessor(index) for name, index in primitive["attributes"].items()}
    np.testing.assert_allclose(attribute["WEIGHTS_0"].sum(axis=1), 1, atol=1e-6)
    assert not attribute["JOINTS_0"][attribute["WEIGHTS_0"] == 0].any()
    np.testing.assert_allclose(np.linalg.norm(attribute["NORMAL"], axis=1), 1, atol=1e-5)
    assert read.accessor(primitive["indices"]).max() == read.vertex_count - 1
    bounds = read.content["accessors"][primitive["attributes"]["POSITION"]]
    np.testing.assert_array_equal(np.float32(bounds["max"]), attribute["POSITION"].max(axis=0))
    for view in read.content["bufferViews"]:
        assert view["byteOffset"] % 4 == 0
    inverse = read.accessor(read.content["skins"][0]["inverseBindMatrices"]).reshape(-1, 4, 4)
    np.testing.assert_allclose(inverse[:, :, 3], np.tile([0, 0, 0, 1.0], (len(inverse), 1)), atol=0)


def test_the_container_is_padded_as_the_specification_asks() -> None:
    matrix = np.arange(16, dtype=np.float32).reshape(1, 4, 4)
    binary, described = pack([Column(np.arange(3, dtype=np.uint8)), Column(matrix, bounded=False)])
    assert binary[:4] == b"\0\1\2\0" and described["bufferViews"][1]["byteOffset"] == 4
    assert np.frombuffer(binary[4:], "<f4")[:4].tolist() == [0, 4, 8, 12], "column after column"
    file = glb({"a": 1}, b"12345")
    assert len(file) == 12 + 8 + 8 + 8 + 8 and file[20:28] == b'{"a":1} ' and file[-8:] == b"12345\0\0\0"
