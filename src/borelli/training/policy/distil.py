"""Distillation: the student acts, the expert labels the states that it got into, the student learns from all.

Dataset aggregation (Ross, Gordon & Bagnell 2011, AISTATS): a student that only copied the expert's own runs
would never have seen how to recover from its mistakes. A round depends on the seed, its number and what the
rounds before left, and on nothing else: an interrupted run goes on as if nothing had happened. Processes that
learn together (`processes`) label states of their own, and learn from those of all.
"""

# pyright: reportAttributeAccessIssue=false
# MuJoCo is a native module without type stubs.

import copy
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import mujoco
import numpy as np
import torch
from torch.nn import functional as F

from borelli.dynamics.policy.environment import EnvConfig, PolicyEnv
from borelli.dynamics.policy.gains import Gains
from borelli.dynamics.policy.library import Library
from borelli.dynamics.policy.perform import ACTION_LIMIT
from borelli.dynamics.policy.whole_body import actions_of, whole_body_targets
from borelli.training.policy.checkpoint import read_checkpoint, write_checkpoint
from borelli.training.policy.config import DistilConfig, PolicyTraining
from borelli.training.policy.network import Perceptron
from borelli.training.policy.processes import averaged, descend, from_all, from_first, rank

THREADS = 2

Report = Callable[[int, dict[str, float]], None]
"""Told the number of a round and what happened in it."""


@dataclass(frozen=True)
class Labels:
    """States that were visited, as the student saw them, and what the expert would have done."""

    observations: np.ndarray
    """(M, D) float16."""
    actions: np.ndarray
    """(M, 43) float32, clipped to ACTION_LIMIT."""

    def and_then(self, more: "Labels", capacity: int) -> "Labels":
        """Both, without the oldest beyond `capacity`."""
        observations = np.concatenate([self.observations, more.observations])[-capacity:]
        return Labels(observations, np.concatenate([self.actions, more.actions])[-capacity:])


def distil(
    training: PolicyTraining,
    clips: Library,
    checkpoint: Path,
    report: Report,
    start: Perceptron | None = None,
) -> Perceptron:
    """A student of the expert on these clips, `start` or a new one; goes on from `checkpoint` if that exists.

    Of several processes the first one reads and writes the checkpoint, and reports.
    Raises BorelliError when the checkpoint is of another training.
    """
    config = training.distil
    env = environment(training, clips, config.worlds)
    torch.manual_seed(training.seed)
    network = (copy.deepcopy(start) if start else student(training, env)).to(training.device)
    optimizer = torch.optim.Adam(network.parameters(), lr=config.rate)
    size, motors = env.layout.size, env.clips.targets.shape[2]
    labels = Labels(np.zeros((0, size), np.float16), np.zeros((0, motors), np.float32))
    first, about = 0, {"kind": "distil", **asdict(training)}
    held = from_first(lambda: read_checkpoint(checkpoint, about))
    if held is not None:
        first, labels = held["round"], Labels(held["observations"].numpy(), held["actions"].numpy())
        network.load_state_dict(held["network"])
        optimizer.load_state_dict(held["optimizer"])
        env.failures = held["failures"].numpy()
    for number in range(first, config.rounds):
        # a last number of zero changes nothing: the first process draws what one alone would
        rng = np.random.default_rng([training.seed, number, rank()])
        share = config.decay ** max(0, number - config.expert_rounds + 1)
        more, told = _visit(env, network, config, share, rng)
        for part in from_all(more):
            labels = labels.and_then(part, config.capacity)
        env.failures = averaged(env.failures)
        if number == 0 and start is None:
            network.look_at(_tensor(labels.observations, training.device))
        loss = _learn(network, optimizer, labels, config, number, rng)
        kept = {"round": number + 1, "network": network.state_dict(), "optimizer": optimizer.state_dict()}
        arrays = {"observations": labels.observations, "actions": labels.actions, "failures": env.failures}
        kept |= {name: torch.from_numpy(array) for name, array in arrays.items()}
        if rank() == 0:
            write_checkpoint(checkpoint, about, kept)
            report(number, {"expert": share, "loss": loss, **told})
    env.close()
    return network


def environment(training: PolicyTraining, clips: Library, worlds: int) -> PolicyEnv:
    """Worlds on the GPU of the networks, or on threads of this process where there is none."""
    gpu = training.device if training.device.startswith("cuda") else None
    return PolicyEnv(clips, EnvConfig(worlds=worlds, threads=THREADS, gpu=gpu))


def student(training: PolicyTraining, env: PolicyEnv) -> Perceptron:
    """An untrained network that does not see the hidden blocks."""
    network = Perceptron(env.layout.size, training.network.hidden, env.clips.targets.shape[2])
    for block in training.hidden_blocks:
        network.get_buffer("shown")[env.layout.blocks[block]] = 0.0
    return network


def _visit(
    env: PolicyEnv,
    network: Perceptron,
    config: DistilConfig,
    share: float,
    rng: np.random.Generator,
) -> tuple[Labels, dict[str, float]]:
    """Let worlds run, some led by the expert and the others by the student, and label all of them."""
    observation, info = env.reset(seed=int(rng.integers(2**31)))
    led = rng.random(config.worlds) < share
    workspace = mujoco.MjData(env.clips.bodies[0].compiled)
    observations, actions, falls = [], [], 0
    for _ in range(config.steps):
        clip, frame = info["clip"], info["frame"]
        targets = whole_body_targets(
            env.clips.goals, workspace, Gains(), clip, frame, info["qpos"], info["qvel"]
        )
        label = np.clip(actions_of(env.clips, clip, frame, targets), -ACTION_LIMIT, ACTION_LIMIT)
        observations.append(observation.astype(np.float16))
        actions.append(label.astype(np.float32))
        chosen = np.where(led[:, None], label, act(network, observation))
        chosen = chosen + config.disturbance * rng.standard_normal(chosen.shape)
        observation, _, fell, _, info = env.step(chosen)
        falls += int(fell[~led].sum())
    own = max(int((~led).sum()), 1) * config.steps / 30.0
    return Labels(np.concatenate(observations), np.concatenate(actions)), {"falls per second": falls / own}


def act(network: Perceptron, observation: np.ndarray) -> np.ndarray:
    """Actions (N, 43) of a network for observations (N, D)."""
    with torch.no_grad():
        device = network.leave.bias.device
        return network(torch.as_tensor(observation, device=device)).cpu().numpy().astype(np.float64)


def _learn(
    network: Perceptron,
    optimizer: torch.optim.Adam,
    labels: Labels,
    config: DistilConfig,
    number: int,
    rng: np.random.Generator,
) -> float:
    """Gradient steps on all labels; returns the mean loss."""
    device, total = str(network.leave.bias.device), 0.0
    part = number / max(config.rounds - 1, 1)
    optimizer.param_groups[0]["lr"] = config.rate ** (1 - part) * config.final_rate**part
    for _ in range(config.updates):
        some = rng.integers(len(labels.actions), size=config.batch)
        answers = network(_tensor(labels.observations[some], device))
        loss = F.smooth_l1_loss(answers, _tensor(labels.actions[some], device), beta=0.5)
        descend(optimizer, network, loss)
        total += float(loss.detach())
    return total / config.updates


def _tensor(array: np.ndarray, device: str) -> torch.Tensor:
    return torch.as_tensor(array.astype(np.float32), device=device)
