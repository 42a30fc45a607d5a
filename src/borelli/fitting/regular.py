"""The terms that hold without any image: limits, a relaxed pose, smooth motion. Numbers in `priors.csv`."""

import csv
from functools import cache
from importlib.resources import files

import numpy as np

from borelli.body.skeleton import Skeleton
from borelli.fitting.terms import Term
from borelli.fitting.terms.coordinates import Limits, Rest, Smoothness


@cache
def _priors() -> tuple[np.ndarray, np.ndarray]:
    """Precision of the rest pose (49,) per radian and standard deviation of acceleration (49,)."""
    text = files("borelli.fitting").joinpath("priors.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    spread = np.radians([float(row["rest_sd_deg"]) for row in rows])
    precision = np.divide(1.0, spread, out=np.zeros_like(spread), where=spread > 0)
    return precision, np.array([float(row["acceleration_sd"]) for row in rows])


def regular_terms(skeleton: Skeleton, times: np.ndarray, rest: float = 1.0) -> tuple[Term, ...]:
    """Limits, rest pose (precision times `rest`) and smoothness for frames at `times` (T,) seconds."""
    precision, acceleration_sd = _priors()
    return (
        Limits(skeleton.lower, skeleton.upper),
        Rest(skeleton.neutral, precision * rest),
        Smoothness(times, acceleration_sd),
    )
