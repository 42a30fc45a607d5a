"""Processes that learn together end with equal weights, from worlds and labels of their own."""

import os
import shutil
import socket
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from performing_person import standing_library
from torch import distributed
from torch.multiprocessing.spawn import spawn

from borelli.cli.main import main
from borelli.dynamics.policy.library import Library
from borelli.errors import BorelliError
from borelli.training.policy.config import DistilConfig, NetworkConfig, PolicyTraining, PpoConfig
from borelli.training.policy.distil import distil
from borelli.training.policy.network import Perceptron
from borelli.training.policy.ppo import refine
from borelli.training.policy.processes import averaged, descend, from_all, from_first, joined, rank

SMALL = PolicyTraining(
    network=NetworkConfig((16,)),
    distil=DistilConfig(rounds=2, worlds=3, steps=6, expert_rounds=1, updates=6, batch=32),
    ppo=PpoConfig(iterations=2, worlds=3, steps=6, epochs=2, batch=9, critic_first=1, rate=1e-3),
)


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What two processes had when they had learnt together, and the folder in which they did."""
    folder = tmp_path_factory.mktemp("two")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    spawn(_one_of_two, args=(standing_library(), port, str(folder)), nprocs=2)
    return [torch.load(folder / f"end_{n}.pt", weights_only=True) | {"folder": folder} for n in (0, 1)]


def _one_of_two(number: int, clips: Library, port: int, folder: str) -> None:
    torch.set_num_threads(1)
    place = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    os.environ |= place | {"WORLD_SIZE": "2", "RANK": str(number), "LOCAL_RANK": str(number)}
    work, reported = Path(folder), []

    def report(round_number: int, figures: dict[str, float]) -> None:
        reported.append(round_number)
        if round_number == 0 and (work / "ppo.pt").exists():
            shutil.copy(work / "ppo.pt", work / "stopped.pt")

    with joined("cpu"):
        shared = [rank(), from_first(lambda: f"of {number}"), from_all(number)]
        mean = averaged(np.array([number, 2.0])).tolist()
        moved = _moved(0.1 + 0.2 * number)
        student = distil(SMALL, clips, work / "distil.pt", report)
        better = refine(SMALL, student, clips, work / "ppo.pt", report)
        resumed = refine(SMALL, student, clips, work / "stopped.pt", report)
    networks = {"distilled": student, "refined": better, "resumed": resumed}
    end = {name: _weights(network) for name, network in networks.items()}
    told = {"shared": [*shared, mean], "moved": moved, "reported": reported}
    torch.save(end | told, work / f"end_{number}.pt")


def _moved(slope: float) -> float:
    """Where a weight gets from zero by one step of 0.1 down a slope."""
    network = torch.nn.Linear(1, 1, bias=False)
    network.weight.data.zero_()
    descend(torch.optim.SGD(network.parameters(), lr=0.1), network, slope * network.weight.sum())
    return float(network.weight.detach())


def _weights(network: Perceptron) -> torch.Tensor:
    return torch.cat([value.ravel() for value in network.state_dict().values()])


def test_two_processes_end_with_equal_weights(ends: list[dict[str, Any]]) -> None:
    first, second = ends
    for name in ("distilled", "refined"):
        torch.testing.assert_close(first[name], second[name], rtol=0, atol=0)
    assert not torch.equal(first["distilled"], first["refined"])
    assert [first["reported"], second["reported"]] == [[0, 1, 0, 1, 1], []]


def test_a_refinement_of_two_that_stopped_ends_the_same(ends: list[dict[str, Any]]) -> None:
    for end in ends:
        torch.testing.assert_close(end["resumed"], end["refined"], rtol=0, atol=0)


def test_two_processes_label_states_of_their_own_and_keep_all(ends: list[dict[str, Any]]) -> None:
    labelled = torch.load(ends[0]["folder"] / "distil.pt", weights_only=True)["observations"].numpy()
    own = SMALL.distil.worlds * SMALL.distil.steps
    assert len(labelled) == SMALL.distil.rounds * 2 * own
    assert not np.array_equal(labelled[:own], labelled[own : 2 * own])


def test_two_processes_share_and_move_as_their_mean_gradient_says(ends: list[dict[str, Any]]) -> None:
    for number, end in enumerate(ends):
        assert end["shared"] == [number, "of 0", [0, 1], [0.5, 2.0]]
        assert end["moved"] == pytest.approx(-0.1 * 0.2, rel=1e-6)


def test_a_process_alone_shares_with_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    mine = np.ones(3)
    with joined("cpu") as device:
        assert device == "cpu" and not distributed.is_initialized() and rank() == 0
        assert from_first(lambda: 4) == 4 and from_all(4) == [4] and averaged(mine) is mine


@pytest.mark.parametrize(
    ("device", "told"),
    [("cuda", "no GPU"), ("cuda:3", "no GPU"), ("gpu", "give cpu, cuda or cuda:N"), ("cuda:x", "give cpu")],
)
def test_a_device_that_is_not_there_is_one_clear_line(
    device: str,
    told: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    with pytest.raises(SystemExit) as stopped:
        main(["train", "policy", "--clips", str(tmp_path), "--device", device])
    message = capsys.readouterr().err
    assert stopped.value.code == 1 and message.count("\n") == 1
    assert f"--device {device}: " in message and told in message


def test_training_on_cuda_without_the_simulator_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "mujoco_warp", None)
    monkeypatch.delitem(sys.modules, "borelli.dynamics.policy.gpu_worlds", raising=False)
    with pytest.raises(
        BorelliError, match=r"physics on a GPU needs mujoco_warp: pip install 'borelli\[gpu\]'"
    ):
        distil(replace(SMALL, device="cuda:0"), standing_library(), tmp_path / "d.pt", lambda n, f: None)
