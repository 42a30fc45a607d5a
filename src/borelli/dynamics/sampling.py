"""Proof by simulation: a body with motors and no force at its root performs a motion.

Sampling control after Liu et al. 2010 (ACM TOG 29:128) and 2015 (ACM TOG 34:132). The motion is cut into
short windows. In each, offsets to the targets of leg and waist motors are drawn around those of the parent
state and simulated; a linear model of the outcome proposes better ones, which are simulated too. The best
states are parents of the next window, and the best of the last window is traced back and simulated again.
"""

import time
from dataclasses import dataclass, field, fields, replace

import numpy as np

from borelli.body.model import BodyModel
from borelli.dynamics.performance import Performance
from borelli.dynamics.sampling_cost import CostWeights, window_residuals
from borelli.dynamics.sampling_guess import Tried, better_offsets
from borelli.dynamics.simulated_person import SimulatorConfig
from borelli.dynamics.simulation import Simulation, judge
from borelli.dynamics.simulator import Simulator
from borelli.dynamics.tracking_plan import Plan, tracking_plan

REWIND = 1.0
"""Seconds: a fall begins about so long before it shows."""
HOPELESS = 0.4
"""Metres that the pelvis of the best sample may be too low before sampling ends."""


@dataclass(frozen=True)
class SamplingConfig:
    """More samples track better; keeping one state only falls."""

    samples: int = 360
    kept: int = 72
    slow_window: float = 0.1
    """Seconds, for motion whose feet stay near the ground ..."""
    fast_window: float = 0.05
    """... and where it flies."""
    siblings: int = 4
    """Most children of one parent that are kept."""
    spread: float = 0.06
    """Standard deviation of the offsets, radians."""
    inheritance: float = 0.6
    """Share of the parent's offset that a child starts from."""
    explored: float = 0.5
    """Share of the samples drawn around their parents; the rest refines them with a linear model."""
    refinement: float = 0.4
    """Spread of the refined samples, as a share of `spread`."""
    reach: float = 2.5
    """How far a refinement may go, in units of `spread`."""
    astray: float = 2.0
    """Least cost of a window at which the search goes back a second and tries twice as hard, ..."""
    rewinds: int = 2
    """... so many times in a clip."""
    memory: float = 0.3
    """Share of the parent's cost that a child carries."""
    seed: int = 0
    threads: int = 2
    weights: CostWeights = field(default_factory=CostWeights)
    simulator: SimulatorConfig = field(default_factory=SimulatorConfig)


@dataclass(frozen=True)
class _Samples:
    """Simulated offsets of one window."""

    parents: np.ndarray
    """(N,) index into the samples kept from the window before."""
    offsets: np.ndarray
    """(N, M) of the sampled motors, radians."""
    states: np.ndarray
    """(N, S) flat, at the end of the window."""
    residuals: np.ndarray
    """(N, R)."""
    cost: np.ndarray
    """(N,)."""

    def chosen(self, index: np.ndarray) -> "_Samples":
        """Some of them."""
        return _Samples(*(getattr(self, field.name)[index] for field in fields(self)))

    def and_then(self, other: "_Samples") -> "_Samples":
        """These and others of the same window."""
        return _Samples(*(np.r_[getattr(self, f.name), getattr(other, f.name)] for f in fields(self)))


def perform(
    model: BodyModel, performance: Performance, config: SamplingConfig, start: np.ndarray | None = None
) -> Simulation:
    """Simulate a person who tries to repeat a performance, without any force at the root.

    `start` is a flat state (S,) to begin from, the performance's own at its first moment by default. The
    same seed gives the same bits, whatever the number of threads.
    Raises BorelliError for a performance shorter than one window.
    """
    begun = time.perf_counter()
    window = config.fast_window if flies(performance) else config.slow_window
    plan = tracking_plan(model, performance, window, config.simulator)
    begin = plan.start_state() if start is None else start
    with Simulator(plan.compiled, config.threads) as simulator:
        generations = _search(plan, config, simulator, begin)
        offsets, starts = _best_line(generations, begin)
        controls = plan.controlled(plan.widened(offsets))
        # One batch: every window starts from the recorded state, so all repeat what was found, bit by bit.
        paths, _ = simulator.roll(starts, controls)
    states = np.concatenate([begin[None], paths.reshape(-1, paths.shape[-1])])
    return judge(model, performance, plan, states, plan.widened(offsets), time.perf_counter() - begun)


def flies(performance: Performance) -> bool:
    """Is nothing in contact for more than three frames in a hundred?"""
    return bool((~performance.contacts.any(axis=1)).mean() > 0.03)


def _search(plan: Plan, config: SamplingConfig, simulator: Simulator, begin: np.ndarray) -> list[_Samples]:
    """The kept samples of every window, best first."""
    rng = np.random.default_rng(config.seed)
    nothing = np.zeros((1, len(plan.sampled)))
    start = _Samples(np.zeros(1, int), nothing, begin[None], np.zeros((1, 1)), np.zeros(1))
    generations, hard, rewinds = [], 0, config.rewinds
    while len(generations) < plan.windows:
        w = len(generations)
        effort = replace(config, samples=2 * config.samples, kept=2 * config.kept) if w < hard else config
        last = generations[-1] if generations else start
        explored = _try(plan, effort, simulator, w, last, *_explore(effort, last, rng))
        refined = _try(plan, effort, simulator, w, last, *_refine(effort, last, explored, rng))
        every = explored.and_then(refined)
        generations.append(every.chosen(_survivors(effort, every)))
        astray = float(np.square(generations[-1].residuals).sum(axis=1).min())
        if astray > config.astray and rewinds and w >= hard:
            rewinds -= 1
            hard = w + 1
            del generations[max(0, hard - round(REWIND * plan.windows / plan.duration)) :]
        elif plan.drop((w + 1) * plan.steps, generations[-1].states[0]) > HOPELESS:
            break
    return generations


def _survivors(config: SamplingConfig, every: _Samples) -> np.ndarray:
    """Indices of the samples to keep, best first: no parent keeps more children than its share.

    Without that all would soon descend from one state, and share its fate.
    """
    order = np.argsort(every.cost, kind="stable")
    parents = every.parents[order]
    by_parent = np.argsort(parents, kind="stable")
    firsts = np.r_[True, np.diff(parents[by_parent]) > 0]
    rank = np.empty(len(order), int)
    rank[by_parent] = np.arange(len(order)) - np.flatnonzero(firsts)[np.cumsum(firsts) - 1]
    most = config.siblings if parents.any() else config.kept
    return order[rank < most][: config.kept]


def _explore(
    config: SamplingConfig, last: _Samples, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Parents and offsets: every parent gets children around what it did itself."""
    count = max(round(config.explored * config.samples), 2 * len(last.cost))
    parents = np.sort(np.arange(count) % len(last.cost))
    noise = config.spread * rng.standard_normal((count, last.offsets.shape[1]))
    return parents, config.inheritance * last.offsets[parents] + noise


def _refine(
    config: SamplingConfig, last: _Samples, explored: _Samples, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Parents and offsets: the most promising parents do what a linear model recommends, or nearly so."""
    tried = Tried(explored.parents, explored.offsets, explored.residuals)
    offsets, cost = better_offsets(tried, config.weights.effort, config.reach * config.spread)
    count = max(config.samples - len(explored.cost), 2)
    promising = np.argsort(cost + config.memory * last.cost, kind="stable")[: count // 2]
    parents = np.resize(promising, count)
    noise = config.refinement * config.spread * rng.standard_normal((count, offsets.shape[1]))
    noise[: len(promising)] = 0.0
    return parents, offsets[parents] + noise


def _try(
    plan: Plan,
    config: SamplingConfig,
    simulator: Simulator,
    window: int,
    last: _Samples,
    parents: np.ndarray,
    offsets: np.ndarray,
) -> _Samples:
    """Simulate and judge children of the kept states."""
    controls = plan.controls_of(window) + plan.widened(offsets)[:, None]
    paths, sensors = simulator.roll(last.states[parents], controls)
    at, states = (window + 1) * plan.steps, paths[:, -1]
    residuals = window_residuals(config.weights, plan.targets, at, plan.split(states), sensors[:, -1])
    cost = np.square(residuals).sum(axis=1) + config.weights.effort * np.square(offsets).sum(axis=1)
    return _Samples(parents, offsets, states, residuals, cost + config.memory * last.cost[parents])


def _best_line(generations: list[_Samples], start: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Offsets (W, M) of the best last sample and its ancestors, and the states (W, S) they started from."""
    index, offsets, states = 0, [], []
    for generation in reversed(generations):
        offsets.append(generation.offsets[index])
        states.append(generation.states[index])
        index = generation.parents[index]
    return np.array(offsets[::-1]), np.array([start, *states[:0:-1]])
