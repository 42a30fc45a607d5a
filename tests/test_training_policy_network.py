"""The student's network and its file: what is trained is what runs."""

from pathlib import Path

import numpy as np
import pytest
import torch

from borelli.dynamics.policy.body import BodyConfig
from borelli.dynamics.policy.observation import Layout
from borelli.dynamics.policy.policy import load_policy
from borelli.errors import BorelliError
from borelli.training.policy.export import Purpose, export_policy, import_policy
from borelli.training.policy.network import LARGEST_INPUT, Perceptron

LAYOUT = Layout(17, 97)
PURPOSE = Purpose(LAYOUT, BodyConfig(), "nothing")


def network(hidden: tuple[int, ...] = (24, 16)) -> Perceptron:
    torch.manual_seed(0)
    made = Perceptron(LAYOUT.size, hidden, 43)
    made.look_at(3.0 + 2.0 * torch.randn(200, LAYOUT.size))
    made.leave.weight.data *= 30
    return made


def test_the_file_answers_as_the_network_does_also_for_wild_inputs(tmp_path: Path) -> None:
    made = network()
    export_policy(made, PURPOSE, tmp_path / "p.onnx")
    seen = np.random.default_rng(0).normal(3, 2, (9, LAYOUT.size)).astype(np.float32)
    seen[0] = 1e6
    with torch.no_grad():
        wanted = made(torch.as_tensor(seen)).numpy()
    policy = load_policy(tmp_path / "p.onnx")
    np.testing.assert_allclose(policy.act(seen), wanted, atol=1e-4)
    assert policy.trained == "nothing" and np.abs(wanted).max() > 0.1


def test_a_file_comes_back_as_the_network_that_was_written(tmp_path: Path) -> None:
    made = network()
    export_policy(made, PURPOSE, tmp_path / "p.onnx")
    back = import_policy(tmp_path / "p.onnx")
    for name, value in made.state_dict().items():
        torch.testing.assert_close(back.state_dict()[name], value)


def test_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "p.onnx").write_bytes(b"no network")
    with pytest.raises(BorelliError, match=r"p\.onnx is not a policy"):
        import_policy(tmp_path / "p.onnx")


def test_inputs_are_normalised_cut_off_and_hidden() -> None:
    made = network()
    seen = 3.0 + 2.0 * torch.randn(5000, LAYOUT.size)
    made.look_at(seen)
    inside = made.normalised(seen)
    assert float(inside.mean().abs()) < 0.01 and abs(float(inside.std()) - 1) < 0.02
    assert float(made.normalised(torch.full((1, LAYOUT.size), 1e9)).max()) == LARGEST_INPUT
    made.get_buffer("shown")[LAYOUT.blocks["rays"]] = 0.0
    other = seen.clone()
    other[:, LAYOUT.blocks["rays"]] = 100.0
    torch.testing.assert_close(made(seen), made(other))


def test_an_input_that_hardly_varies_is_not_blown_up() -> None:
    made = network()
    made.look_at(torch.ones(50, LAYOUT.size))
    assert float(made.normalised(torch.full((1, LAYOUT.size), 1.01)).abs().max()) <= 1.0 + 1e-3
