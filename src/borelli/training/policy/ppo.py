"""Refinement by reward: proximal policy optimisation from the distilled student on.

Schulman et al. 2017 (arXiv:1707.06347), generalised advantages (arXiv:1506.02438), actions of fixed spread.
The critic learns alone first, and the student is held near what it was distilled to. Processes that learn
together (`processes`) each have worlds of their own and average their gradients.
"""

import copy
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from borelli.dynamics.policy.environment import PolicyEnv
from borelli.dynamics.policy.library import Library
from borelli.training.policy.checkpoint import read_checkpoint, write_checkpoint
from borelli.training.policy.config import PolicyTraining, PpoConfig
from borelli.training.policy.distil import act, environment
from borelli.training.policy.network import Perceptron
from borelli.training.policy.processes import averaged, descend, from_first, rank


@dataclass(frozen=True)
class Experience:
    """What S steps of N worlds brought, flattened to M = S N."""

    observations: Tensor
    """(M, D)."""
    actions: Tensor
    """(M, 43)."""
    means: Tensor
    """(M, 43) of the policy that acted."""
    advantages: Tensor
    """(M,)."""
    returns: Tensor
    """(M,)."""


def refine(
    training: PolicyTraining,
    student: Perceptron,
    clips: Library,
    checkpoint: Path,
    report: Callable[[int, dict[str, float]], None],
) -> Perceptron:
    """A better student; goes on from `checkpoint` where that exists. The given one is not changed.

    Raises BorelliError when the checkpoint is of another training.
    """
    config = training.ppo
    env = environment(training, clips, config.worlds)
    torch.manual_seed(training.seed)
    teacher, actor = student.to(training.device), copy.deepcopy(student).to(training.device)
    critic = Perceptron(env.layout.size, training.network.hidden, 1).to(training.device)
    for name in ("mean", "scale", "shown"):
        critic.get_buffer(name).copy_(actor.get_buffer(name))
    actors = torch.optim.Adam(actor.parameters(), lr=config.rate)
    critics = torch.optim.Adam(critic.parameters(), lr=config.critic_rate)
    parts = {"actor": actor, "critic": critic, "actors": actors, "critics": critics}
    first, about = 0, {"kind": "ppo", **asdict(training)}
    held = from_first(lambda: read_checkpoint(checkpoint, about))
    if held is not None:
        first, env.failures = held["iteration"], held["failures"].numpy()
        for name, part in parts.items():
            part.load_state_dict(held[name])
    for number in range(first, config.iterations):
        rng = np.random.default_rng([training.seed, rank(), number])
        gained, told = _collect(env, actor, critic, config, rng)
        told |= _improve(gained, actor, critic, teacher, actors, critics, config, number, rng)
        env.failures = averaged(env.failures)
        if rank() == 0:
            kept = {"iteration": number + 1, "failures": torch.from_numpy(env.failures)}
            write_checkpoint(checkpoint, about, kept | {n: part.state_dict() for n, part in parts.items()})
            report(number, told)
    env.close()
    return actor


def advantages(
    rewards: np.ndarray,
    values: np.ndarray,
    after: np.ndarray,
    ended: np.ndarray,
    discount: float,
    trace: float,
) -> np.ndarray:
    """Generalised advantages (S, N) of rewards (S, N).

    Args:
        rewards: (S, N).
        values: (S, N) what the critic expects of each state.
        after: (S, N) what it expects of the state that followed, zero after a fall.
        ended: (S, N) bool: the episode ended there, by a fall or otherwise.
        discount: per step.
        trace: lambda.
    """
    result, running = np.zeros_like(rewards), np.zeros(rewards.shape[1])
    for s in range(len(rewards) - 1, -1, -1):
        surprise = rewards[s] + discount * after[s] - values[s]
        running = surprise + discount * trace * np.where(ended[s], 0.0, running)
        result[s] = running
    return result


def _collect(
    env: PolicyEnv, actor: Perceptron, critic: Perceptron, config: PpoConfig, rng: np.random.Generator
) -> tuple[Experience, dict[str, float]]:
    observation, _ = env.reset(seed=int(rng.integers(2**31)))
    rows: dict[str, list[np.ndarray]] = {k: [] for k in ("seen", "done", "mean", "reward", "after", "ended")}
    values, falls = [], 0
    for _ in range(config.steps):
        mean = act(actor, observation)
        chosen = mean + config.spread * rng.standard_normal(mean.shape)
        following, reward, fell, cut, info = env.step(chosen)
        values.append(act(critic, observation)[:, 0])
        after = act(critic, following)[:, 0]
        ended = np.asarray(fell | cut)
        if cut.any():
            last = np.stack([np.asarray(o, np.float32) for o in info["final_obs"][cut]])
            after[cut] = act(critic, last)[:, 0]
        after[fell] = 0.0
        for name, value in zip(rows, (observation, chosen, mean, reward, after, ended), strict=True):
            rows[name].append(np.asarray(value))
        observation, falls = following, falls + int(fell.sum())
    value = np.stack(values)
    stacked = {name: np.stack(part) for name, part in rows.items()}
    gain = advantages(
        stacked["reward"], value, stacked["after"], stacked["ended"], config.discount, config.trace
    )
    device = actor.leave.bias.device

    def flat(array: np.ndarray) -> Tensor:
        return torch.as_tensor(array.reshape(-1, *array.shape[2:]).astype(np.float32), device=device)

    seconds = config.steps * config.worlds / 30.0
    told = {"reward": float(stacked["reward"].mean()), "falls per second": falls / seconds}
    parts = (stacked["seen"], stacked["done"], stacked["mean"], gain, gain + value)
    return Experience(*(flat(part) for part in parts)), told


def _improve(
    gained: Experience,
    actor: Perceptron,
    critic: Perceptron,
    teacher: Perceptron,
    actors: torch.optim.Adam,
    critics: torch.optim.Adam,
    config: PpoConfig,
    number: int,
    rng: np.random.Generator,
) -> dict[str, float]:
    """Epochs over what was gained, cut short when the policy has moved enough."""
    weight = (gained.advantages - gained.advantages.mean()) / (gained.advantages.std() + 1e-6)
    moved, errors = 0.0, []
    for _ in range(config.epochs):
        order = rng.permutation(len(weight))
        for start in range(0, len(order) - config.batch + 1, config.batch):
            some = torch.as_tensor(order[start : start + config.batch], device=weight.device)
            seen = gained.observations[some]
            error = (critic(seen)[:, 0] - gained.returns[some]).square().mean()
            descend(critics, critic, error)
            errors.append(float(error.detach()))
            if number < config.critic_first or moved > config.most_change:
                continue
            mean = actor(seen)
            before = _log_likelihood(gained.actions[some], gained.means[some], config.spread)
            ratio = torch.exp(_log_likelihood(gained.actions[some], mean, config.spread) - before)
            clipped = ratio.clamp(1 - config.clip, 1 + config.clip)
            gain = torch.minimum(ratio * weight[some], clipped * weight[some]).mean()
            with torch.no_grad():
                kept = teacher(seen)
                change = (mean - gained.means[some]).square().sum(dim=1).mean() / (2 * config.spread**2)
            descend(actors, actor, config.clone * (mean - kept).square().mean() - gain)
            # of all, lest one stops while another waits for its gradients
            moved = float(averaged(change.cpu().numpy()))
    return {"critic": float(np.mean(errors)), "moved": moved}


def _log_likelihood(actions: Tensor, means: Tensor, spread: float) -> Tensor:
    """(M,) of actions (M, 43) under independent normal distributions."""
    scaled = ((actions - means) / spread).square().sum(dim=1)
    return -0.5 * scaled - actions.shape[1] * math.log(spread)
