"""What avatars are kept in: avatar.npz for ourselves, avatar.ply for other viewers."""

import struct
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from borelli.avatar.files import SavedAvatar, load_avatar, save_avatar
from borelli.avatar.gaussians import Gaussians
from borelli.avatar.ply import rest_gaussians, write_ply
from borelli.avatar.start import StartConfig, start_avatar
from borelli.body.model import BodyModel, Person, average_person, body_model
from borelli.body.stature import stature
from borelli.errors import BorelliError


@pytest.fixture(scope="module")
def model() -> BodyModel:
    return body_model()


@pytest.fixture(scope="module")
def saved(model: BodyModel) -> SavedAvatar:
    person = Person(np.linspace(-1, 1, model.shape_size), np.linspace(-0.1, 0.1, 10), 1.02)
    avatar = start_avatar(model, person, StartConfig(count=500))
    rng = np.random.default_rng(0)
    return SavedAvatar(replace(avatar, colours=rng.random((500, 3))), person, 0.006, model.version)


def test_an_avatar_reads_back_as_it_was_written(tmp_path: Path, model, saved) -> None:
    save_avatar(tmp_path / "new" / "avatar.npz", saved)
    found = load_avatar(tmp_path / "new" / "avatar.npz", model)
    for field in fields(saved.avatar):
        expected = getattr(saved.avatar, field.name)
        np.testing.assert_allclose(getattr(found.avatar, field.name), expected, rtol=1e-6, atol=1e-7)
    np.testing.assert_array_equal(found.person.shape, saved.person.shape)
    np.testing.assert_array_equal(found.person.log_lengths, saved.person.log_lengths)
    assert (found.person.scale, found.pixel_size, found.body_version) == (1.02, 0.006, model.version)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["avatar.npz"]


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, model, saved, monkeypatch) -> None:
    path = tmp_path / "avatar.npz"
    save_avatar(path, saved)
    before = path.read_bytes()

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez_compressed", full)
    with pytest.raises(OSError, match="No space"):
        save_avatar(path, saved)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_unusable_files_are_refused_with_what_to_do(tmp_path: Path, model, saved) -> None:
    path = tmp_path / "avatar.npz"
    with pytest.raises(BorelliError, match=r"does not exist; make one with `borelli run --avatar`"):
        load_avatar(path, model)
    path.write_bytes(b"PK not a zip")
    with pytest.raises(BorelliError, match="not a readable"):
        load_avatar(path, model)
    np.savez(path, format=np.array("borelli-avatar-9"))
    with pytest.raises(BorelliError, match="format borelli-avatar-9; this version reads borelli-avatar-1"):
        load_avatar(path, model)
    np.savez(path, format=np.array("borelli-avatar-1"), faces=np.zeros(3, dtype=np.int32))
    with pytest.raises(BorelliError, match="lacks barycentric"):
        load_avatar(path, model)


def test_an_avatar_of_another_body_is_refused(tmp_path: Path, model, saved) -> None:
    path = tmp_path / "avatar.npz"
    save_avatar(path, replace(saved, body_version="0"))
    with pytest.raises(BorelliError, match="bound to body 0"):
        load_avatar(path, model)
    beyond = replace(saved.avatar, faces=saved.avatar.faces + len(model.faces))
    save_avatar(path, replace(saved, avatar=beyond))
    with pytest.raises(BorelliError, match="bound to body"):
        load_avatar(path, model)


def test_ply_has_the_columns_and_numbers_that_viewers_of_splats_read(tmp_path: Path) -> None:
    half = np.sqrt(0.5)
    one = Gaussians(
        means=np.array([[1.0, 2.0, 3.0]]),
        quaternions=np.array([[2.0, 0.0, 2.0, 0.0]]),
        log_scales=np.array([[-4.0, -5.0, -6.0]]),
        opacity_logits=np.array([1.5]),
        colours=np.array([[0.5, 1.0, 0.0]]),
    )
    write_ply(tmp_path / "avatar.ply", one)
    header, body = (tmp_path / "avatar.ply").read_bytes().split(b"end_header\n")
    lines = header.decode("ascii").splitlines()
    assert lines[:3] == ["ply", "format binary_little_endian 1.0", "element vertex 1"]
    names = [line.removeprefix("property float ") for line in lines[3:]]
    expected = "x y z nx ny nz f_dc_0 f_dc_1 f_dc_2 opacity scale_0 scale_1 scale_2 rot_0 rot_1 rot_2 rot_3"
    assert names == expected.split()
    values = dict(zip(names, struct.unpack("<17f", body), strict=True))
    assert [values[k] for k in "xyz"] == [1, 2, 3]
    # a viewer shows 0.5 + 0.28209479 f_dc
    shown = [0.5 + 0.28209479 * values[f"f_dc_{k}"] for k in range(3)]
    assert shown == pytest.approx([0.5, 1.0, 0.0], abs=1e-6)
    assert values["opacity"] == 1.5
    assert [values[f"scale_{k}"] for k in range(3)] == [-4, -5, -6]
    assert [values[f"rot_{k}"] for k in range(4)] == pytest.approx([half, 0, half, 0])


def test_rest_pose_stands_on_the_floor_upright(model) -> None:
    person = average_person(1.8)
    avatar = start_avatar(model, person, StartConfig(count=2000))
    rest = rest_gaussians(SavedAvatar(avatar, person, 0.006, model.version), model)
    assert 0.0 < rest.means[:, 1].min() < 0.03
    assert rest.means[:, 1].max() == pytest.approx(stature(model, person), abs=0.05)
    assert np.abs(rest.means[:, [0, 2]].mean(axis=0)).max() < 0.1
    # a pixel of 6 mm was blurred by 0.3 square pixels
    wider = np.exp(2 * rest.log_scales) - np.exp(2 * avatar.log_scales)
    np.testing.assert_allclose(wider, 0.3 * 0.006**2, rtol=1e-9)
