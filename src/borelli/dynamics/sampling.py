"""Proof by simulation: a body with motors and no force at its root performs a motion.

Sampling control after Liu et al. 2010 (ACM TOG 29:128) and 2015 (ACM TOG 34:132). The motion is cut into
short windows. In each, offsets to the targets of leg and waist motors are drawn around those of the parent
state, all are simulated, the best states are kept as parents of the next window, and the best of the last
window is traced back. The winner is then simulated once more from its beginning.
"""

import time
from dataclasses import dataclass, field

import numpy as np

from borelli.body.model import BodyModel
from borelli.dynamics.performance import Performance
from borelli.dynamics.sampling_cost import CostWeights, window_cost
from borelli.dynamics.simulated_person import SimulatorConfig
from borelli.dynamics.simulation import Simulation, judge
from borelli.dynamics.simulator import Simulator
from borelli.dynamics.tracking_plan import Plan, tracking_plan

HOPELESS = 0.4
"""Metres that the pelvis of the best sample may be too low before sampling ends."""


@dataclass(frozen=True)
class SamplingConfig:
    """More samples track better; keeping one state only falls."""

    samples: int = 400
    kept: int = 80
    slow_window: float = 0.1
    """Seconds, for motion whose feet stay near the ground ..."""
    fast_window: float = 0.05
    """... and where it flies."""
    spread: float = 0.06
    """Standard deviation of the offsets, radians."""
    inheritance: float = 0.6
    """Share of the parent's offset that a child starts from."""
    memory: float = 0.3
    """Share of the parent's cost that a child carries."""
    seed: int = 0
    threads: int = 2
    weights: CostWeights = field(default_factory=CostWeights)
    simulator: SimulatorConfig = field(default_factory=SimulatorConfig)


@dataclass(frozen=True)
class _Generation:
    """The kept samples of one window, best first."""

    parents: np.ndarray
    """(K,) index into the generation before."""
    offsets: np.ndarray
    """(K, M)."""
    states: np.ndarray
    """(K, S) at the end of the window."""
    cost: np.ndarray
    """(K,)."""


def perform(model: BodyModel, performance: Performance, config: SamplingConfig) -> Simulation:
    """Simulate a person who tries to repeat a performance, without any force at the root.

    The same seed gives the same bits, whatever the number of threads.
    Raises BorelliError for a performance shorter than one window.
    """
    begun = time.perf_counter()
    window = config.fast_window if flies(performance) else config.slow_window
    plan = tracking_plan(model, performance, window, config.simulator)
    with Simulator(plan.compiled, config.threads) as simulator:
        generations = _search(plan, config, simulator)
        offsets, starts = _best_line(generations, plan.start_state())
        controls = plan.controlled(offsets)
        # One batch: every window starts from the recorded state, so all repeat what was found, bit by bit.
        paths, _ = simulator.roll(starts, controls)
    states = np.concatenate([plan.start_state()[None], paths.reshape(-1, paths.shape[-1])])
    return judge(model, performance, plan, states, offsets, time.perf_counter() - begun)


def flies(performance: Performance) -> bool:
    """Is nothing in contact for more than three frames in a hundred?"""
    return bool((~performance.contacts.any(axis=1)).mean() > 0.03)


def _search(plan: Plan, config: SamplingConfig, simulator: Simulator) -> list[_Generation]:
    rng = np.random.default_rng(config.seed)
    motors = plan.compiled.nu
    last = _Generation(np.zeros(1, int), np.zeros((1, motors)), plan.start_state()[None], np.zeros(1))
    generations = []
    for w in range(plan.windows):
        parents = np.sort(np.arange(max(config.samples, len(last.states))) % len(last.states))
        offsets = config.inheritance * last.offsets[parents]
        offsets += config.spread * rng.standard_normal((len(parents), motors)) * plan.sampled
        first = np.r_[True, np.diff(parents) > 0]
        offsets[first] = last.offsets
        paths, sensors = simulator.roll(last.states[parents], plan.controls_of(w) + offsets[:, None])
        at = (w + 1) * plan.steps
        cost = window_cost(config.weights, plan.targets, at, plan.split(paths[:, -1]), sensors[:, -1])
        cost += config.weights.effort * np.square(offsets).mean(axis=1) + config.memory * last.cost[parents]
        best = np.argsort(cost, kind="stable")[: config.kept]
        last = _Generation(parents[best], offsets[best], paths[best, -1], cost[best])
        generations.append(last)
        if plan.drop(at, last.states[0]) > HOPELESS:
            break
    return generations


def _best_line(generations: list[_Generation], start: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Offsets (W, M) of the best last sample and its ancestors, and the states (W, S) they started from."""
    index, offsets, states = 0, [], []
    for generation in reversed(generations):
        offsets.append(generation.offsets[index])
        states.append(generation.states[index])
        index = generation.parents[index]
    return np.array(offsets[::-1]), np.array([start, *states[:0:-1]])
