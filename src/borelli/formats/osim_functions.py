"""Functions of one coordinate in OpenSim models, with their first two derivatives."""

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from scipy.interpolate import PPoly, make_interp_spline

from borelli.errors import BorelliError, choices


class Function(Protocol):
    """How far a joint goes along an axis for a value of its coordinate."""

    def derivatives(self, x: np.ndarray) -> np.ndarray:
        """(3, T): value, first and second derivative at x (T,)."""
        ...


@dataclass(frozen=True)
class Polynomial:
    """Constant, linear function or polynomial."""

    coefficients: np.ndarray
    """Highest power first, as in the file."""

    def derivatives(self, x: np.ndarray) -> np.ndarray:
        """(3, T)."""
        rows = [np.polyval(np.polyder(self.coefficients, order), x) for order in range(3)]
        return np.stack([np.broadcast_to(row, x.shape) for row in rows])


@dataclass(frozen=True)
class Spline:
    """SIMM's cubic spline; straight lines beyond its ends."""

    pieces: PPoly

    def derivatives(self, x: np.ndarray) -> np.ndarray:
        """(3, T)."""
        first, last = self.pieces.x[0], self.pieces.x[-1]
        inside = np.clip(x, first, last)
        rows = np.stack([self.pieces(inside, order) for order in range(3)])
        beyond = x - inside
        rows[0] += rows[1] * beyond
        rows[2, beyond != 0] = 0.0
        return rows


@dataclass(frozen=True)
class Scaled:
    """Another function times a number."""

    inner: Function
    scale: float

    def derivatives(self, x: np.ndarray) -> np.ndarray:
        """(3, T)."""
        return self.scale * self.inner.derivatives(x)


def constant(value: float) -> Polynomial:
    """The same everywhere."""
    return Polynomial(np.array([value]))


def linear(slope: float = 1.0, offset: float = 0.0) -> Polynomial:
    """slope x + offset."""
    return Polynomial(np.array([slope, offset]))


def simm_spline(x: np.ndarray, y: np.ndarray) -> Spline:
    """Cubic spline through points (n,), as SIMM and OpenSim use it.

    Its third derivative at each end is that of the cubic through the four points next to it (Forsythe,
    Malcolm & Moler 1977, section 4.4). Raises BorelliError when x does not increase.
    """
    if len(x) != len(y) or len(x) < 2 or np.any(np.diff(x) <= 0):
        raise BorelliError(f"a spline needs two or more points with increasing x, not x {x} and y {y}")
    if len(x) == 2:
        return Spline(PPoly(np.array([[(y[1] - y[0]) / (x[1] - x[0])], [y[0]]]), x))
    ends = (_third(x[:4], y[:4]), _third(x[-4:], y[-4:])) if len(x) > 3 else (0.0, 0.0)
    both: Any = ([(3, ends[0])], [(3, ends[1])])  # the stubs know conditions of order 1 and 2 only
    return Spline(_pieces(PPoly.from_spline(make_interp_spline(x, y, k=3, bc_type=both).tck), x))


def _third(x: np.ndarray, y: np.ndarray) -> float:
    """Third derivative of the cubic through four points: six times their divided difference."""
    table = y
    for order in range(1, 4):
        table = np.diff(table) / (x[order:] - x[:-order])
    return 6.0 * float(table[0])


def _pieces(pieces: PPoly, x: np.ndarray) -> PPoly:
    """Without the empty pieces that the knots of a B-spline leave at its ends."""
    kept = np.diff(pieces.x) > 0
    return PPoly(pieces.c[:, kept], np.r_[pieces.x[:-1][kept], x[-1]])


def read_function(element: ET.Element) -> Function:
    """A function of an OpenSim model, of either file generation.

    Raises BorelliError for a kind that is not known.
    """
    match element.tag:
        case "Constant":
            return constant(float(element.findtext("value") or 0.0))
        case "LinearFunction" | "PolynomialFunction":
            return Polynomial(_numbers(element, "coefficients"))
        case "SimmSpline" | "NaturalCubicSpline" | "natCubicSpline":
            return simm_spline(_numbers(element, "x"), _numbers(element, "y"))
        case "MultiplierFunction":
            inner = element.find("function")
            if inner is None or not len(inner):
                raise BorelliError("a MultiplierFunction of the model scales nothing; repair the file")
            return Scaled(read_function(inner[0]), float(element.findtext("scale") or 1.0))
    valid = ["Constant", "LinearFunction", "PolynomialFunction", "SimmSpline", "MultiplierFunction"]
    raise choices("function of a joint", element.tag, valid)


def _numbers(element: ET.Element, tag: str) -> np.ndarray:
    return np.array((element.findtext(tag) or "").split(), dtype=np.float64)
