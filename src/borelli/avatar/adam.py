"""Adam (Kingma and Ba 2015) over named arrays, as a pure step from one state to the next."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

BETA1, BETA2, EPSILON = 0.9, 0.99, 1e-12


@dataclass(frozen=True)
class Adam:
    """Running moments of the gradient of every parameter."""

    steps: int
    first: dict[str, np.ndarray]
    second: dict[str, np.ndarray]

    @staticmethod
    def of(parameters: Mapping[str, np.ndarray]) -> "Adam":
        """At rest."""
        zeros = {name: np.zeros_like(value) for name, value in parameters.items()}
        return Adam(0, zeros, {name: value.copy() for name, value in zeros.items()})


def adam_step(
    state: Adam,
    parameters: Mapping[str, np.ndarray],
    gradients: Mapping[str, np.ndarray],
    rates: Mapping[str, np.ndarray | float],
) -> tuple[Adam, dict[str, np.ndarray]]:
    """Moments and parameters after one step against `gradients`; `rates` are step sizes per parameter.

    What has no gradient stays as it is.
    """
    steps = state.steps + 1
    first, second, moved = dict(state.first), dict(state.second), dict(parameters)
    for name, gradient in gradients.items():
        first[name] = BETA1 * state.first[name] + (1 - BETA1) * gradient
        second[name] = BETA2 * state.second[name] + (1 - BETA2) * gradient * gradient
        mean = first[name] / (1 - BETA1**steps)
        spread = np.sqrt(second[name] / (1 - BETA2**steps))
        moved[name] = parameters[name] - rates[name] * mean / (spread + EPSILON)
    return Adam(steps, first, second), moved


def cosine(done: int, steps: int) -> float:
    """Factor on a step size that falls smoothly from 1 to 0."""
    return 0.5 * (1 + float(np.cos(np.pi * done / steps)))
