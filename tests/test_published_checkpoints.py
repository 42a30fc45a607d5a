"""Loading users' checkpoints: all three layouts, what is refused and why, and that nothing in a file runs."""

import os
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from published_checkpoints import SMALL, SMALL_CF, official_file, random_weights

from borelli.errors import BorelliError
from borelli.lifting.published.checkpoint import read_tensors
from borelli.lifting.published.kinds import Kind
from borelli.lifting.published.layouts import HMR2, sizes_of
from borelli.lifting.published.load import empty_network, load_network

KINDS: tuple[Kind, ...] = ("hsmr", "hmr2", "skelcf")


def saved(path: Path, content: Any, **options: Any) -> Path:
    torch.save(content, path, **options)
    return path


@pytest.mark.parametrize("kind", KINDS)
def test_each_layout_loads_and_answers_like_its_own_weights(kind: Kind, tmp_path: Path) -> None:
    weights = random_weights(kind)
    network = load_network(kind, saved(tmp_path / "x.ckpt", official_file(kind, weights)), "float32", "cpu")
    pictures, places = np.random.default_rng(0).normal(size=(2, 3, 256, 192)), np.full((2, 3), 0.1)
    code, shape = network.predict(pictures, places)
    module = empty_network(kind, SMALL_CF if kind == "skelcf" else SMALL)
    names = {HMR2.ours(name): value for name, value in weights.items()}
    module.load_state_dict(names, assign=True)
    with torch.inference_mode():
        expected = module(torch.from_numpy(pictures).float(), torch.from_numpy(places).float())
    assert np.allclose(code, expected.pose.numpy(), atol=1e-5)
    assert np.allclose(shape, expected.shape.numpy(), atol=1e-5)
    assert np.ptp(code, axis=0).max() > 1e-3


def test_sizes_come_from_the_shapes() -> None:
    shapes = {name: tuple(value.shape) for name, value in random_weights("skelcf").items()}
    from borelli.lifting.published.layouts import SKELCF

    assert sizes_of(SKELCF, shapes) == SMALL_CF


def test_skelcf_hears_where_its_crop_lies_and_hsmr_does_not(tmp_path: Path) -> None:
    picture = np.random.default_rng(0).normal(size=(1, 3, 256, 192))
    for kind, listens in (("hsmr", False), ("skelcf", True)):
        path = saved(tmp_path / f"{kind}.pth", official_file(kind, random_weights(kind)))
        network = load_network(kind, path, "float32", "cpu")
        left, right = (network.predict(picture, np.array([[x, 0, 0.5]]))[0] for x in (-0.5, 0.5))
        assert bool(np.abs(left - right).max() > 1e-4) is listens


def test_layers_under_the_shorter_name_are_found_too(tmp_path: Path) -> None:
    weights = {
        name.replace("transformer.transformer.", "transformer."): value
        for name, value in random_weights("skelcf").items()
    }
    network = load_network("skelcf", saved(tmp_path / "x.pth", {"ema_model": weights}), "float32", "cpu")
    assert network.predict(np.zeros((1, 3, 256, 192)), np.zeros((1, 3)))[0].shape == (1, 144)


def test_half_precision_is_the_default_and_close(tmp_path: Path) -> None:
    path = saved(tmp_path / "x.ckpt", official_file("hsmr", random_weights("hsmr")))
    picture = np.random.default_rng(0).normal(size=(1, 3, 256, 192))
    exact = load_network("hsmr", path, "float32", "cpu").predict(picture, np.zeros((1, 3)))[0]
    half = load_network("hsmr", path, device="cpu").predict(picture, np.zeros((1, 3)))[0]
    assert 0 < np.abs(half - exact).max() < 0.02 * np.abs(exact).max()


class Saboteur:
    """Unpickled by an ordinary reader, it leaves a file behind."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.target),)


class Settings(dict):
    """A framework's configuration object, with items and a state."""


def test_nothing_in_a_file_runs_and_settings_do_not_hinder(tmp_path: Path) -> None:
    weights, trap = random_weights("hsmr"), tmp_path / "trap"
    settings = Settings(lr=1e-5)
    settings.owner = [Settings(deep=Settings())]  # type: ignore[attr-defined]
    content = official_file("hsmr", weights) | {"hyper_parameters": settings, "callbacks": Saboteur(trap)}
    for modern in (True, False):
        path = saved(tmp_path / f"{modern}.ckpt", content, _use_new_zipfile_serialization=modern)
        tensors = read_tensors(path)
        assert not trap.exists()
        assert all(torch.equal(tensors[name], value) for name, value in weights.items())
    torch.load(path, weights_only=False)
    assert trap.exists(), "the trap itself must work"


def test_weights_hidden_behind_a_call_are_not_weights(tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    path = saved(tmp_path / "x.ckpt", {"state_dict": {"backbone.pos_embed": Saboteur(trap)}})
    with pytest.raises(BorelliError, match="holds no weights"):
        read_tensors(path)
    assert not trap.exists()


def test_files_that_are_no_checkpoint_are_named(tmp_path: Path) -> None:
    with pytest.raises(BorelliError, match=r"gone\.ckpt does not exist; give the checkpoint"):
        load_network("hsmr", tmp_path / "gone.ckpt")
    with pytest.raises(BorelliError, match="is a folder"):
        load_network("hsmr", tmp_path)
    text, archive, numbers = tmp_path / "text.ckpt", tmp_path / "a.zip", tmp_path / "numbers.pkl"
    text.write_text("hello")
    with zipfile.ZipFile(archive, "w") as stream:
        stream.writestr("readme", "hello")
    numbers.write_bytes(pickle.dumps({"state_dict": {"a": 1}}))
    for path in (text, archive, numbers):
        with pytest.raises(
            BorelliError, match=rf"{path.name} (is not a PyTorch checkpoint|holds no weights)"
        ):
            load_network("hsmr", path)


def test_missing_and_misshapen_weights_are_named_as_the_file_names_them(tmp_path: Path) -> None:
    weights = random_weights("hmr2")
    del weights["smpl_head.decpose.weight"]
    path = saved(tmp_path / "x.ckpt", {"state_dict": weights})
    with pytest.raises(
        BorelliError, match=r"x\.ckpt is not a checkpoint of HMR2\.0.*lacks smpl_head\.decpose"
    ):
        load_network("hmr2", path)
    weights = random_weights("hsmr")
    weights["head.cam_decoder.weight"] = torch.zeros(4, 96)
    path = saved(tmp_path / "y.ckpt", {"state_dict": weights})
    with pytest.raises(BorelliError, match=r"head\.cam_decoder\.weight 4 x 96 instead of 3 x 96"):
        load_network("hsmr", path)
    weights = random_weights("hsmr")
    weights["backbone.pos_embed"] = torch.zeros(193)
    path = saved(tmp_path / "z.ckpt", {"state_dict": weights})
    with pytest.raises(BorelliError, match=r"shapes of .* are unknown"):
        load_network("hsmr", path)


def test_another_projects_checkpoint_is_recognised(tmp_path: Path) -> None:
    for kind, other, title in (
        ("hsmr", "hmr2", r"HMR2\.0"),
        ("hmr2", "skelcf", "SKEL-CF"),
        ("skelcf", "hsmr", "HSMR"),
    ):
        path = saved(tmp_path / f"{kind}.ckpt", official_file(other, random_weights(other)))
        with pytest.raises(BorelliError, match=rf"looks like {title}\): it lacks .*; give "):
            load_network(kind, path)


def test_skel_constants_in_a_checkpoint_are_kept(tmp_path: Path) -> None:
    weights = random_weights("hsmr")
    sparse = torch.eye(24, 30).to_sparse()
    content = {"state_dict": {**weights, "skel_model.J_regressor_osim": sparse}}
    network = load_network("hsmr", saved(tmp_path / "x.ckpt", content), device="cpu")
    assert np.array_equal(network.body["J_regressor_osim"], np.eye(24, 30))
    assert set(network.body) == {"J_regressor_osim"}
