"""The lifter as it runs: any network file of the right kind, any keypoint set, any length of clip."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from borelli.body.mirror import mirror_coordinates
from borelli.body.skeleton import skeleton
from borelli.errors import BorelliError
from borelli.lifting.guess import Guess
from borelli.lifting.lifter import Lifter, _runs, lift, load_lifter
from borelli.lifting.rays import LIMBS, SLOTS
from borelli.training.calibrate import KINDS

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")

from borelli.lifting.network import LifterNetwork, NetworkConfig  # noqa: E402
from borelli.training.export import export_lifter, import_lifter  # noqa: E402

SMALL = NetworkConfig(frames=8, width=24, layers=2, heads=2, hidden=32)


@pytest.fixture(scope="module")
def network() -> LifterNetwork:
    torch.manual_seed(0)
    return LifterNetwork(SMALL).eval()


@pytest.fixture(scope="module")
def path(network: LifterNetwork, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("lifter") / "small.onnx"
    export_lifter(network, dict.fromkeys(KINDS, 1.5), path)
    return path


@pytest.fixture(scope="module")
def lifter(path: Path) -> Lifter:
    return load_lifter(path)


def seen(frames: int, names: tuple[str, ...] = SLOTS, seed: int = 0) -> tuple:
    """A made-up track: names, times, image, confidence, covariance."""
    rng = np.random.default_rng(seed)
    image = 0.1 * rng.normal(size=(1, len(names), 2)) + 0.01 * rng.normal(size=(frames, len(names), 2))
    confidence = rng.uniform(0.5, 1, (frames, len(names)))
    covariance = np.tile(1e-6 * np.eye(2), (frames, len(names), 1, 1))
    return names, np.arange(frames) / 30, image, confidence, covariance


def guess(lifter: Lifter, track: tuple) -> Guess:
    found = lift(lifter, *track, None)
    assert found is not None
    return found


def test_the_exported_network_computes_what_the_trained_one_does(
    network: LifterNetwork, lifter: Lifter
) -> None:
    features = np.random.default_rng(0).normal(size=(3, 8, 117)).astype(np.float32)
    answers, latent = lifter.session.run(None, {"features": features})
    with torch.no_grad():
        given = torch.tensor(features)
        assert np.asarray(answers) == pytest.approx(network(given).numpy(), abs=1e-5)
        assert np.asarray(latent) == pytest.approx(network.latent(given).numpy(), abs=1e-5)


def test_weights_come_back_from_the_file_to_the_bit(network: LifterNetwork, path: Path) -> None:
    again, factors = import_lifter(path)
    assert factors == dict.fromkeys(KINDS, 1.5)
    for name, value in network.state_dict().items():
        assert torch.equal(value, again.state_dict()[name])


@pytest.mark.parametrize("frames", [1, 5, 8, 9, 40, 61])
def test_clips_of_any_length_get_a_guess_for_every_frame(lifter: Lifter, frames: int) -> None:
    found = guess(lifter, seen(frames))
    table = skeleton()
    assert found.coordinates.shape == (frames, 46)
    assert found.R_camera_pelvis @ found.R_camera_pelvis.swapaxes(1, 2) == pytest.approx(
        np.tile(np.eye(3), (frames, 1, 1)), abs=1e-9
    )
    assert np.all(found.coordinates[:, 3:] >= table.lower[3:46])
    assert np.all(found.coordinates[:, 3:] <= table.upper[3:46])
    assert np.all((found.contacts >= 0) & (found.contacts <= 1))
    assert np.all(found.bone_sd > 0)


def test_fast_video_is_seen_as_interleaved_tracks_that_cover_every_frame() -> None:
    runs = _runs(100, 4, 8)
    assert sorted(set(np.concatenate(runs).tolist())) == list(range(100))
    assert all(np.all(np.diff(run) == 4) for run in runs)


def test_every_keypoint_set_can_be_lifted(lifter: Lifter) -> None:
    few = guess(lifter, seen(10, LIMBS))
    assert np.isfinite(few.coordinates).all()
    unknown = (*LIMBS, "tail")
    names, times, image, confidence, covariance = seen(10, unknown)
    assert lift(lifter, names, times, image, confidence, covariance, None) is not None


def test_nobody_seen_gives_no_guess(lifter: Lifter) -> None:
    names, times, image, confidence, covariance = seen(10)
    assert lift(lifter, names, times, image, 0 * confidence, covariance, None) is None


def test_a_mirrored_video_gives_the_mirrored_guess(lifter: Lifter) -> None:
    names, times, image, confidence, covariance = seen(20)
    twins = [
        SLOTS.index(n.replace("left", "*").replace("right", "left").replace("*", "right")) for n in SLOTS
    ]
    straight = guess(lifter, (names, times, image, confidence, covariance))
    reflected = guess(lifter, (names, times, image[:, twins] * [-1, 1], confidence[:, twins], covariance))
    flipped = np.pad(reflected.coordinates, ((0, 0), (0, 3)))
    hinges = ~np.char.startswith(np.array(skeleton().coordinate_names[:46]), "arm_")
    expected = mirror_coordinates(skeleton(), flipped)[:, :46]
    assert straight.coordinates[:, hinges] == pytest.approx(expected[:, hinges], abs=1e-4)
    M = np.diag([-1.0, 1, 1])
    assert straight.R_camera_pelvis == pytest.approx(
        M @ reflected.R_camera_pelvis @ np.diag([1.0, 1, -1]), abs=1e-4
    )
    assert straight.contacts == pytest.approx(reflected.contacts[:, [2, 3, 0, 1]], abs=1e-5)


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(BorelliError, match="borelli train lifter"):
        load_lifter(tmp_path / "none.onnx")


def test_a_file_that_is_no_network_is_refused(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.onnx"
    wrong.write_bytes(b"not a network")
    with pytest.raises(BorelliError, match="not a lifter"):
        load_lifter(wrong)
    with pytest.raises(BorelliError, match="not a lifter"):
        import_lifter(wrong)


def test_a_network_of_other_sizes_is_refused_with_both_sizes(path: Path, tmp_path: Path) -> None:
    model = onnx.load(str(path))
    model.graph.input[0].type.tensor_type.shape.dim[2].dim_value = 99
    del model.graph.node[:]
    zeros = [("answers", 222), ("latent", 24)]
    for name, size in zeros:
        value = onnx.numpy_helper.from_array(np.zeros((1, 8, size), np.float32), f"{name}_value")
        model.graph.initializer.append(value)
        model.graph.node.append(onnx.helper.make_node("Identity", [f"{name}_value"], [name]))
    other = tmp_path / "other.onnx"
    onnx.save(model, str(other))
    with pytest.raises(BorelliError, match="99 numbers"):
        load_lifter(other)


def test_a_guess_can_be_cut_in_time(lifter: Lifter) -> None:
    whole = guess(lifter, seen(20))
    part = whole.cut(slice(5, 15))
    assert part.coordinates == pytest.approx(whole.coordinates[5:15])
    assert part.log_lengths == pytest.approx(whole.log_lengths)
    assert replace(part, contacts=part.contacts).contacts.shape == (10, 4)
