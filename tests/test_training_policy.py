"""Distillation and refinement: learning shows, interrupted runs go on the same, wrong files are refused."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from performing_person import standing_library

from borelli.cli.main import main
from borelli.dynamics.policy.environment import EnvConfig, PolicyEnv
from borelli.dynamics.policy.library import Library
from borelli.errors import BorelliError
from borelli.training.policy.config import DistilConfig, NetworkConfig, PolicyTraining, PpoConfig
from borelli.training.policy.distil import act, distil, student
from borelli.training.policy.network import Perceptron
from borelli.training.policy.ppo import advantages, refine

CLIPS: Library = standing_library()
SMALL = PolicyTraining(
    network=NetworkConfig((32,)),
    distil=DistilConfig(rounds=3, worlds=4, steps=8, expert_rounds=1, updates=15, batch=32),
    ppo=PpoConfig(iterations=3, worlds=4, steps=8, epochs=2, batch=16, critic_first=1),
)
Told = list[tuple[int, dict[str, float]]]


def run(training: PolicyTraining, checkpoint: Path, told: Told | None = None) -> Perceptron:
    return distil(training, CLIPS, checkpoint, lambda n, f: (told if told is not None else []).append((n, f)))


def refined(
    training: PolicyTraining, start: Perceptron, checkpoint: Path, told: Told | None = None
) -> Perceptron:
    return refine(
        training, start, CLIPS, checkpoint, lambda n, f: (told if told is not None else []).append((n, f))
    )


def weights(network: Perceptron) -> np.ndarray:
    return np.concatenate([p.detach().numpy().ravel() for p in network.parameters()])


def test_the_loss_falls_and_the_experts_share_too(tmp_path: Path) -> None:
    told: Told = []
    longer = replace(SMALL, distil=replace(SMALL.distil, rounds=5, updates=30))
    run(longer, tmp_path / "d.pt", told)
    assert [n for n, _ in told] == [0, 1, 2, 3, 4]
    assert told[-1][1]["loss"] < 0.7 * told[0][1]["loss"]
    assert told[0][1]["expert"] == 1.0 and told[4][1]["expert"] < told[2][1]["expert"] < 1.0


def test_an_interrupted_distillation_ends_with_the_same_weights(tmp_path: Path) -> None:
    whole = run(SMALL, tmp_path / "whole.pt")

    class Stopped(Exception):
        pass

    def stop(number: int, figures: dict[str, float]) -> None:
        if number == 1:
            raise Stopped

    with pytest.raises(Stopped):
        distil(SMALL, CLIPS, tmp_path / "part.pt", stop)
    told: Told = []
    rest = run(SMALL, tmp_path / "part.pt", told)
    assert [n for n, _ in told] == [2]
    np.testing.assert_array_equal(weights(rest), weights(whole))


def test_an_interrupted_refinement_ends_with_the_same_weights(tmp_path: Path) -> None:
    start = run(SMALL, tmp_path / "d.pt")
    before = weights(start).copy()
    whole = refined(SMALL, start, tmp_path / "whole.pt")
    shorter = replace(SMALL, ppo=replace(SMALL.ppo, iterations=3))

    class Stopped(Exception):
        pass

    def stop(number: int, figures: dict[str, float]) -> None:
        if number == 0:
            raise Stopped

    with pytest.raises(Stopped):
        refine(shorter, start, CLIPS, tmp_path / "part.pt", stop)
    rest = refined(shorter, start, tmp_path / "part.pt")
    np.testing.assert_array_equal(weights(rest), weights(whole))
    np.testing.assert_array_equal(weights(start), before)
    assert not np.array_equal(weights(whole), before)


def test_the_critic_learns_alone_at_first(tmp_path: Path) -> None:
    start = run(SMALL, tmp_path / "d.pt")
    waiting = replace(SMALL, ppo=replace(SMALL.ppo, critic_first=9))
    told: Told = []
    same = refined(waiting, start, tmp_path / "r.pt", told)
    np.testing.assert_array_equal(weights(same), weights(start))
    assert all(np.isfinite(figures["critic"]) for _, figures in told)


def test_a_checkpoint_of_another_training_or_of_nothing_is_refused(tmp_path: Path) -> None:
    run(SMALL, tmp_path / "d.pt")
    with pytest.raises(BorelliError, match="other settings"):
        run(replace(SMALL, seed=1), tmp_path / "d.pt")
    (tmp_path / "x.pt").write_bytes(b"torn")
    with pytest.raises(BorelliError, match="no checkpoint"):
        run(SMALL, tmp_path / "x.pt")


def test_hidden_blocks_do_not_matter() -> None:
    env = PolicyEnv(CLIPS, EnvConfig(worlds=2, threads=1))
    network = student(replace(SMALL, hidden_blocks=("rays", "place")), env)
    seen, _ = env.reset(seed=0)
    other = seen.copy()
    other[:, env.layout.blocks["rays"]] += 1.0
    other[:, env.layout.blocks["place"]] -= 1.0
    np.testing.assert_array_equal(act(network, seen), act(network, other))
    other[:, env.layout.blocks["gap"]] += 1.0
    assert not np.array_equal(act(network, seen), act(network, other))
    env.close()


def test_advantages_by_hand() -> None:
    rewards = np.array([[1.0], [0.0], [2.0]])
    values = np.array([[0.5], [1.0], [0.0]])
    after = np.array([[1.0], [0.0], [4.0]])
    ended = np.array([[False], [True], [False]])
    found = advantages(rewards, values, after, ended, 0.5, 0.5)
    last = 2.0 + 0.5 * 4.0
    middle = 0.0 - 1.0
    first = 1.0 + 0.5 - 0.5 + 0.25 * middle
    np.testing.assert_allclose(found[:, 0], [first, middle, last])


def test_a_folder_without_clips_is_one_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "none").mkdir()
    with pytest.raises(SystemExit) as stopped:
        main(["train", "policy", "--clips", str(tmp_path / "none"), "--out", str(tmp_path / "p.onnx")])
    message = capsys.readouterr().err
    assert stopped.value.code == 1 and "has no clips to train on" in message and message.count("\n") == 1
